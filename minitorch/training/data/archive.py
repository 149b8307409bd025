"""Text files that come plain or inside a zip archive, as they were published."""

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from minitorch.errors import DataError

# What zipfile raises for a damaged archive: a wild offset gives the OSError, an impossible version
# the NotImplementedError.
_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
)


def is_archive(path: Path) -> bool:
    """Say whether a file is, or by its name should be, a zip archive."""
    return path.suffix.lower() == ".zip" or zipfile.is_zipfile(path)


@contextmanager
def open_member(path: Path, name: str) -> Iterator[IO[bytes]]:
    """Open one file inside a zip archive, without unpacking it to the disk.

    Args:
        path: the archive.
        name: the file's name inside, in whichever folder.

    Raises:
        FileNotFoundError: there is no such archive.
        DataError: the archive is damaged or lacks the file; also while the block reads it.
    """
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive, _open_named(archive, path, name) as stream:
                yield stream
        except _DAMAGES as error:
            raise DataError(f"{path}: the zip archive is damaged or cut short: {error}.") from error


def _open_named(archive: zipfile.ZipFile, path: Path, name: str) -> IO[bytes]:
    """Find a file by its name, in whichever folder of the archive, and open it."""
    members = archive.namelist()
    for member in members:
        if PurePosixPath(member).name == name:
            try:
                return archive.open(member)
            except RuntimeError as error:  # encrypted, or an unknown compression
                raise DataError(f"{path}: {name} cannot be read from it: {error}.") from error
    held = ", ".join(members[:10]) or "nothing"
    raise DataError(f"{path}: the archive has no file {name}; it holds {held}.")
