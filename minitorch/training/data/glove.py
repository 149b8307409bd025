"""GloVe word vectors: a text file with a word and its numbers on each line."""

import math
import os
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import numpy as np

from minitorch.errors import DataError

from .archive import is_archive, open_member
from .download import Progress, download
from .embeddings import WordVectors

GLOVE_URL = "https://nlp.stanford.edu/data/glove.6B.zip"


def load_glove(
    path: str | os.PathLike[str], vocabulary: Iterable[str] | None = None, size: int = 50
) -> WordVectors:
    """Load word vectors, line by line.

    Args:
        path: a text file such as glove.6B.50d.txt, or the published archive glove.6B.zip.
        vocabulary: load only these words, those of them that the file has; None loads all.
        size: numbers per word; it picks the file inside an archive.

    Returns:
        Words in the order of the file; where one is repeated, its first line counts.

    Raises:
        FileNotFoundError: there is no such file.
        DataError: the file is empty or damaged, or has vectors of another size; the text gives the
            line.
    """
    source = Path(path)
    wanted = None if vocabulary is None else {word.encode() for word in vocabulary}
    if is_archive(source):
        name = f"{source.name.removesuffix('.zip')}.{size}d.txt"
        with open_member(source, name) as stream:
            return _read_vectors(stream, f"{source}/{name}", wanted, size)
    with source.open("rb") as stream:
        return _read_vectors(stream, str(source), wanted, size)


def download_glove(
    folder: str | os.PathLike[str],
    url: str = GLOVE_URL,
    checksum: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Download the archive with vectors of 50, 100, 200 and 300 numbers, 862 MB.

    Its authors publish no checksum; damage is found when the archive is read.

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


def _read_vectors(
    stream: IO[bytes], name: str, wanted: set[bytes] | None, size: int
) -> WordVectors:
    """Read the lines; bytes, since some words hold what Python's text files take for a line end."""
    words: dict[bytes, int] = {}
    numbers = array("d")
    line_number = 0
    for line_number, line in enumerate(stream, start=1):
        # Every line is checked in this cheap way, those that are skipped as well.
        word, *values = line.rstrip(b"\r\n").split(b" ")
        if not word or len(values) != size:
            raise DataError(
                f"{name}, line {line_number}: expected a word and {size} numbers, "
                f"found {len(values)} after the first space."
            )
        if word in words or (wanted is not None and word not in wanted):
            continue
        words[word] = line_number
        numbers.extend(_parse(values, name, line_number))
    if line_number == 0:
        raise DataError(f"{name}: the file is empty.")
    return WordVectors(
        [_decode(word, name, number) for word, number in words.items()],
        np.array(numbers, dtype=np.float64).reshape(-1, size),
    )


def _parse(values: list[bytes], name: str, line_number: int) -> list[float]:
    """Read the numbers of one word, all finite."""
    try:
        vector = [float(value) for value in values]
    except ValueError as error:
        raise DataError(f"{name}, line {line_number}: {error}.") from error
    if not all(map(math.isfinite, vector)):
        raise DataError(f"{name}, line {line_number}: a number is not finite.")
    return vector


def _decode(word: bytes, name: str, line_number: int) -> str:
    """Read a word as UTF-8."""
    try:
        return word.decode()
    except UnicodeDecodeError as error:
        raise DataError(f"{name}, line {line_number}: the word is not UTF-8: {error}.") from error
