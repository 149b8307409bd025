"""PyTorch's zip archives, read with everything checked that can be."""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import CheckpointError
from .archive_writer import CHECKSUMS

# What zipfile raises on a damaged archive.
_SIGNS_OF_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, NotImplementedError,
    OSError, OverflowError, RuntimeError, ValueError,
)  # fmt: skip
_OLDEST_VERSION, _NEWEST_VERSION = 1, 10
_CHUNK = 1 << 20


class ArchiveReader:
    """The records of an archive.

    Args:
        file: the archive, which can seek.
        where: its name, for errors.

    Raises:
        CheckpointError: it is damaged, or no archive of PyTorch's.
    """

    def __init__(self, file: IO[bytes], where: str) -> None:
        self.where = where
        try:
            self._archive = zipfile.ZipFile(file)
            self.length = file.seek(0, 2)
        except _SIGNS_OF_DAMAGE as error:
            raise self.damaged(f"it cannot be read as a zip archive ({error})") from error
        entries = self._archive.infolist()
        self._entries = {entry.filename: entry for entry in entries}
        if len(self._entries) != len(entries):
            raise self.damaged("two of its records have the same name")
        self._root = self._find_root()
        self._checksums: dict[str, str] = {}
        self._checksums = self._read_checksums()
        self._check_kind()

    def damaged(self, what: str) -> CheckpointError:
        """Make the error of a damaged file."""
        return CheckpointError(
            f"{self.where} is damaged: {what}. It may have been cut off or changed after it was "
            "saved; copy it again from where it came, or use an earlier one."
        )

    def _find_root(self) -> str:
        """Find the folder in the archive that holds everything."""
        roots = [name[: -len("data.pkl")] for name in self._entries if name.endswith("/data.pkl")]
        roots = [root for root in roots if root.count("/") == 1]
        if len(roots) != 1:
            raise CheckpointError(
                f"{self.where} is a zip archive with {len(roots)} records data.pkl where a file of "
                "torch.save has one: it is damaged, or of another kind."
            )
        if f"{roots[0]}constants.pkl" in self._entries:
            raise CheckpointError(
                f"{self.where} is a TorchScript archive, which holds a program. Load it with "
                "torch.jit.load in PyTorch, and save its state_dict()."
            )
        return roots[0]

    def _read_checksums(self) -> dict[str, str]:
        """Read the SHA-256 of each record; a file of PyTorch's own has none."""
        if f"{self._root}{CHECKSUMS}" not in self._entries:
            return {}
        lines = self.read(CHECKSUMS).tobytes().decode("ascii", "replace").splitlines()
        pairs = [line.split("  ", 1) for line in lines]
        if any(len(pair) != 2 for pair in pairs):
            raise self.damaged("its record of checksums cannot be read")
        return {name: digest for digest, name in pairs}

    def _check_kind(self) -> None:
        """Look at the version and the byte order.

        Raises:
            CheckpointError: they are unknown.
        """
        version = self._text("version") or self._text(".data/version")
        if version is None:
            raise self.damaged("the record version is missing")
        if not version.isdecimal() or not _OLDEST_VERSION <= int(version) <= _NEWEST_VERSION:
            raise CheckpointError(
                f"{self.where} has the file format version {version!r}; versions "
                f"{_OLDEST_VERSION} to {_NEWEST_VERSION} can be read."
            )
        order = self._text("byteorder")
        if order not in (None, "little"):
            raise CheckpointError(
                f"{self.where} holds numbers in the byte order {order!r}; only 'little' can be "
                "read. Save it again on a machine of that order."
            )

    def _text(self, name: str) -> str | None:
        if f"{self._root}{name}" not in self._entries:
            return None
        return self.read(name).tobytes().decode("utf-8", "replace").strip()

    def read(self, name: str, size: int | None = None) -> NDArray[np.uint8]:
        """Read a record.

        Args:
            name: in the folder of the archive.
            size: that it must have, in bytes.

        Raises:
            CheckpointError: it is missing, has another size, or its checksum is wrong.
        """
        entry = self._entries.get(f"{self._root}{name}")
        if entry is None:
            raise self.damaged(f"the record {name} is missing")
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
            raise self.damaged(f"the record {name} is compressed, which PyTorch never does")
        if entry.file_size > self.length:
            raise self.damaged(f"the record {name} shall be longer than the file")
        if size is not None and entry.file_size != size:
            raise self.damaged(
                f"the record {name} has {entry.file_size} bytes where its tensors need {size}"
            )
        memory = np.empty(entry.file_size, np.uint8)
        try:
            self._fill(memory.data, entry)
        except _SIGNS_OF_DAMAGE as error:
            raise self.damaged(f"the record {name} cannot be read ({error})") from error
        self._check(name, memory)
        return memory

    def _fill(self, view: Any, entry: zipfile.ZipInfo) -> None:
        """Read a record into memory; zipfile compares its CRC at the end."""
        record: Any
        with self._archive.open(entry) as record:
            while len(view):
                count = record.readinto(view[:_CHUNK])
                if not count:
                    raise EOFError(f"it ends {len(view)} bytes too early")
                view = view[count:]
            if record.read(1):
                raise EOFError("it goes on beyond its end")

    def _check(self, name: str, memory: NDArray[np.uint8]) -> None:
        expected = self._checksums.get(name)
        if self._checksums and name != CHECKSUMS and expected is None:
            raise self.damaged(f"there is no checksum of the record {name}")
        if expected is not None and hashlib.sha256(memory.data).hexdigest() != expected:
            raise self.damaged(f"the checksum differs at the record {name}")
