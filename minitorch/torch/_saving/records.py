"""The storages of an archive, each read when it is first referred to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import CheckpointError
from .archive_reader import ArchiveReader
from .checks import refuse
from .locations import Restore
from .rebuild import Storage
from .unpickling import storage_reference


class Records:
    """The storages of an archive.

    Args:
        archive: where they are.
        restore: puts each where it belongs.
        keep_damaged: go on with a damaged storage, so that the tensor can be named in the end.

    Attributes:
        damaged: what is wrong with storages, by the address of their memory.
    """

    def __init__(self, archive: ArchiveReader, restore: Restore, keep_damaged: bool) -> None:
        self.damaged: dict[int, CheckpointError] = {}
        # Kept, so that no other array gets the address of a damaged one.
        self._memories: list[NDArray[np.uint8]] = []
        self._archive = archive
        self._restore = restore
        self._keep_damaged = keep_damaged
        self._found: dict[str, tuple[tuple[Any, ...], Storage]] = {}

    def find(self, reference: Any) -> Storage:
        """Give the storage that a pickle refers to.

        Raises:
            CheckpointPickleError: this is no reference, or contradicts an earlier one.
            CheckpointError: its record is damaged.
        """
        kind, key, location, count = facts = storage_reference(reference)
        if key not in self._found:
            size = count * (kind.dtype.itemsize if kind.dtype else 1)
            storage = Storage(self._read(f"data/{key}", size), kind.dtype)
            self._found[key] = facts, self._restore(storage, location)
        first, storage = self._found[key]
        if first != facts:
            raise refuse(f"the storage {key!r} is described in two ways")
        return storage

    def _read(self, name: str, size: int) -> NDArray[np.uint8]:
        try:
            return self._archive.read(name, size)
        except CheckpointError as error:
            if not self._keep_damaged or size > self._archive.length:
                raise
            memory = np.zeros(size, np.uint8)
            self.damaged[id(memory)] = error
            self._memories.append(memory)
            return memory
