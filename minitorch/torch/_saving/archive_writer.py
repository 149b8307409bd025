"""PyTorch's zip archives, written."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

# The record that PyTorch's files do not have: lines with the SHA-256 and the name of each other.
CHECKSUMS = ".data/sha256"

_ROOT = "archive/"
_FORMAT_VERSION = b"1"
_VERSION = b"3\n"
_ALIGNMENT = 64
# What stands before a record's bytes: a header of this size, its name, and padding under a mark.
_HEADER = 30
_PADDING_MARK = b"FB"
_ZIP64_EXTRA = 20


class ArchiveWriter:
    """An archive that grows record by record.

    Args:
        file: where to write it; its position may be behind other bytes.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = _FromHere(file)
        self._archive = zipfile.ZipFile(self._file, "w")  # type: ignore[call-overload]
        self._checksums: list[str] = []

    def write_all(self, pickled: bytes, storages: list[NDArray[np.uint8]]) -> None:
        """Write a pickle and the storages that it refers to by their numbers."""
        with self._archive:
            self._write("data.pkl", pickled)
            self._write(".format_version", _FORMAT_VERSION)
            self._write(".storage_alignment", str(_ALIGNMENT).encode())
            self._write("byteorder", b"little")
            for number, storage in enumerate(storages):
                self._write(f"data/{number}", storage.data)
            self._write("version", _VERSION)
            self._write(CHECKSUMS, "".join(self._checksums).encode())

    def _write(self, name: str, data: Any) -> None:
        size = memoryview(data).nbytes
        entry = zipfile.ZipInfo(_ROOT + name)
        entry.extra = self._padding(entry, size)
        self._checksums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
        self._archive.writestr(entry, data)

    def _padding(self, entry: zipfile.ZipInfo, size: int) -> bytes:
        """Give the extra field behind which a record begins at a multiple of the alignment."""
        start = self._file.tell() + _HEADER + len(entry.filename)
        if size * 1.05 > zipfile.ZIP64_LIMIT:
            start += _ZIP64_EXTRA
        length = -(start + 4) % _ALIGNMENT
        return _PADDING_MARK + length.to_bytes(2, "little") + bytes(length)


class _FromHere:
    """A file that begins where another one stands, so that offsets are counted from there."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        seekable = getattr(file, "seekable", None)
        self._can_seek = bool(seekable and seekable())
        self._start = file.tell() if self._can_seek else 0
        self._position = 0

    def write(self, data: Any) -> int:
        rest = memoryview(data).cast("B")
        size = rest.nbytes
        while rest.nbytes:
            # An unbuffered file may take a part only; one that says nothing has taken all.
            count = self._file.write(rest)
            rest = rest[rest.nbytes if count is None else count :]
        self._position += size
        return size

    def flush(self) -> None:
        if hasattr(self._file, "flush"):
            self._file.flush()

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int) -> int:
        if not self._can_seek:
            raise io.UnsupportedOperation("this file cannot seek")
        self._file.seek(self._start + offset)
        self._position = offset
        return offset
