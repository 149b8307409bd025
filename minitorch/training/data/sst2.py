"""SST-2, the film review sentences of the GLUE benchmark."""

import os
from collections.abc import Iterable
from pathlib import Path

from minitorch.errors import DataError

from .archive import is_archive, open_member
from .download import Progress, download
from .splits import LabelledSentence, SentenceSplit

SST2_URL = "https://dl.fbaipublicfiles.com/glue/data/SST-2.zip"

_HEADER = ["sentence", "label"]
_TRAIN, _VALIDATION = "train.tsv", "dev.tsv"


def load_sst2(path: str | os.PathLike[str]) -> SentenceSplit:
    """Load the sentences for training and validation.

    Args:
        path: the published archive SST-2.zip, or a folder that holds train.tsv and dev.tsv, itself
            or in its folder SST-2.

    Returns:
        67,349 sentences to train on and 872 to validate, in the order of the files.

    Raises:
        FileNotFoundError: a file is missing; the text names it and the function to call.
        DataError: a file is damaged; the text gives the line.
    """
    source = Path(path)
    if source.is_file() and is_archive(source):
        return SentenceSplit(_read_member(source, _TRAIN), _read_member(source, _VALIDATION))
    folder = source / "SST-2" if (source / "SST-2").is_dir() else source
    missing = [name for name in (_TRAIN, _VALIDATION) if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(
            f"The SST-2 data at {source} lacks {' and '.join(missing)}. Fetch SST-2.zip with "
            f"minitorch.training.data.download_sst2({str(source)!r}) and load that archive, or "
            "put the files there."
        )
    return SentenceSplit(_read_file(folder / _TRAIN), _read_file(folder / _VALIDATION))


def download_sst2(
    folder: str | os.PathLike[str],
    url: str = SST2_URL,
    checksum: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Download the archive, 7 MB.

    No checksum is published for it; damage is found when the archive is read.

    Args:
        folder: where to put it.
        url: another address of the archive.
        checksum: "md5:..." or "sha256:..." to hold it against.
        progress: called with the bytes done and the total, where it is known.

    Raises:
        DownloadError: it could not be fetched or stored.
        ChecksumError: it does not have the checksum.
    """
    return download(url, Path(folder) / url.rpartition("/")[2], checksum, progress)


def _read_file(path: Path) -> list[LabelledSentence]:
    with path.open("rb") as stream:
        return _parse(stream, str(path))


def _read_member(archive: Path, name: str) -> list[LabelledSentence]:
    with open_member(archive, name) as stream:
        return _parse(stream, f"{archive}/{name}")


def _parse(lines: Iterable[bytes], name: str) -> list[LabelledSentence]:
    """Read the lines of a table: a header, then a sentence, a tab and 0 or 1 on each."""
    sentences = []
    line_number = 0
    for line_number, line in enumerate(lines, start=1):
        columns = _columns(line, name, line_number)
        if line_number == 1:
            if columns != _HEADER:
                raise DataError(
                    f"{name}, line 1: expected the header 'sentence', tab, 'label', "
                    f"found {columns[:3]}."
                )
            continue
        if len(columns) != 2 or not columns[0] or columns[1] not in ("0", "1"):
            raise DataError(
                f"{name}, line {line_number}: expected a sentence, a tab and a label 0 or 1, "
                f"found {columns[:3]}."
            )
        sentences.append((columns[0], int(columns[1])))
    if not sentences:
        raise DataError(f"{name}: the file has no sentences, it ends after line {line_number}.")
    return sentences


def _columns(line: bytes, name: str, line_number: int) -> list[str]:
    """Split a line at its tabs."""
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise DataError(f"{name}, line {line_number}: not UTF-8: {error}.") from error
    return [column.strip() for column in text.split("\t")]
