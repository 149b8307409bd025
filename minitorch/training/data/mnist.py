"""MNIST and Fashion-MNIST from the four IDX files of their authors."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minitorch.errors import DataError, UnknownNameError

from .download import Progress, download
from .idx import read_idx
from .splits import ImageSplit

BASE_URLS = {
    "mnist": "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "fashion": "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
}

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"

# The checksums that were published with the data sets: they are MD5, good enough against damage.
CHECKSUMS = {
    "mnist": {
        TRAIN_IMAGES: "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
        TRAIN_LABELS: "md5:d53e105ee54ea40749a09fcbcd1e9432",
        TEST_IMAGES: "md5:9fb629c4189551a2d022fa330f9573f3",
        TEST_LABELS: "md5:ec29112dd5afa0611ce80d1b7f02629c",
    },
    "fashion": {
        TRAIN_IMAGES: "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        TRAIN_LABELS: "md5:25c81989df183df01b3e8a0aad5dffbe",
        TEST_IMAGES: "md5:bef4ecab320f06d8554ea6380940ec79",
        TEST_LABELS: "md5:bb300cfdad3c16e7a12a480ee83cd310",
    },
}

_IMAGE_SHAPE = (28, 28)


def load_mnist(
    folder: str | os.PathLike[str], kind: str = "mnist", limit: int | None = None
) -> ImageSplit:
    """Load the images and labels from a folder.

    Args:
        folder: holds the four files under the names of their authors, plain or with .gz.
        kind: "mnist" or "fashion"; the two have the same file names, so keep them apart.
        limit: load only the first so many images of each part. All 70,000 take 440 MB.

    Returns:
        Images (n, 28, 28) and their labels.

    Raises:
        UnknownNameError: no such kind.
        FileNotFoundError: files are missing; the text names them and the function to call.
        DataError: a file is damaged, or the files do not fit together.
    """
    _checksums_of(kind)
    found = _find_files(Path(folder), kind)
    train_images, train_labels = _load_part(found[TRAIN_IMAGES], found[TRAIN_LABELS], limit)
    test_images, test_labels = _load_part(found[TEST_IMAGES], found[TEST_LABELS], limit)
    return ImageSplit(train_images, train_labels, test_images, test_labels)


def download_mnist(
    folder: str | os.PathLike[str],
    kind: str = "mnist",
    base_url: str | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Download the four compressed files, about 12 MB (mnist) or 31 MB (fashion).

    Files that are there with the right checksum are not fetched again.

    Args:
        folder: where to put them.
        kind: "mnist" or "fashion".
        base_url: a mirror's address, to which the file names are appended.
        progress: called for each file with the bytes done and the total, where it is known.

    Raises:
        UnknownNameError: no such kind.
        DownloadError: a file could not be fetched or stored.
        ChecksumError: what came is not the published file.
    """
    checksums = _checksums_of(kind)
    base = (base_url or BASE_URLS[kind]).rstrip("/")
    return [
        download(f"{base}/{name}.gz", Path(folder) / f"{name}.gz", checksum, progress)
        for name, checksum in checksums.items()
    ]


def _checksums_of(kind: str) -> dict[str, str]:
    """Give the file names and checksums of a data set."""
    if kind not in CHECKSUMS:
        raise UnknownNameError(
            f"There is no MNIST data set of kind {kind!r}. Choose one of {', '.join(CHECKSUMS)}."
        )
    return CHECKSUMS[kind]


def _find_files(folder: Path, kind: str) -> dict[str, Path]:
    """Find the four files, plain or compressed."""
    found = {}
    for name in CHECKSUMS[kind]:
        for path in (folder / f"{name}.gz", folder / name):
            if path.is_file():
                found[name] = path
    missing = [name for name in CHECKSUMS[kind] if name not in found]
    if missing:
        raise FileNotFoundError(
            f"The {kind} data in {folder} lacks {', '.join(missing)} (plain or with .gz). "
            "Fetch the files with minitorch.training.data.download_mnist"
            f"({str(folder)!r}, {kind!r}), or put them there."
        )
    return found


def _load_part(
    images_path: Path, labels_path: Path, limit: int | None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Load the images (scaled to 0..1) and labels of one part, and check that they fit."""
    images, labels = _read_bytes(images_path, rank=3), _read_bytes(labels_path, rank=1)
    if images.shape[1:] != _IMAGE_SHAPE:
        raise DataError(f"{images_path}: images of {images.shape[1:]} pixels, not {_IMAGE_SHAPE}.")
    if len(images) != len(labels) or len(images) == 0:
        raise DataError(
            f"{images_path} holds {len(images)} images and {labels_path} {len(labels)} labels; "
            "the counts must be equal and more than 0."
        )
    if labels.max() > 9:
        raise DataError(
            f"{labels_path}: label {labels.max()} at position {labels.argmax()}; labels are 0 to 9."
        )
    return images[:limit].astype(np.float64) / 255, labels[:limit].astype(np.int64)


def _read_bytes(path: Path, rank: int) -> NDArray[Any]:
    """Read an IDX file that must hold bytes in this number of dimensions."""
    array = read_idx(path)
    if array.dtype != np.uint8 or array.ndim != rank:
        raise DataError(
            f"{path}: expected bytes in {rank} dimensions, found {array.dtype} elements of shape "
            f"{array.shape}; are the files mixed up?"
        )
    return array
