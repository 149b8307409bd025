"""The files that PyTorch wrote before its version 1.6: pickles in a row, then storages."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import CheckpointError, CheckpointPickleError, EmptyCheckpointError
from .checks import refuse, shown
from .locations import Restore
from .rebuild import Storage
from .unpickling import TrustedUnpickler, WeightsUnpickler, load_weights, storage_reference

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
# How such a file begins: the magic number in a pickle of protocol 2 or newer.
_BEGINNING = b"\x8a\x0a" + _MAGIC.to_bytes(10, "little")

_COUNT_BYTES = 8


class _Storages:
    """Storages whose bytes come after the pickle that refers to them."""

    def __init__(self, limit: int, restore: Restore) -> None:
        self.found: dict[str, Storage] = {}
        self._restored: dict[str, Storage] = {}
        self._bytes_left = limit
        self._restore = restore

    def find(self, reference: Any) -> Storage:
        """Give a storage whose bytes are still to be filled in."""
        kind, key, location, count = storage_reference(reference)
        width = kind.dtype.itemsize if kind.dtype else 1
        if key not in self.found:
            self._bytes_left -= count * width
            if self._bytes_left < 0:
                raise refuse(f"its storages, at least {count} elements, are longer than the file")
            storage = Storage(np.zeros(count * width, np.uint8), kind.dtype)
            self.found[key] = storage
            self._restored[key] = self._restore(storage, location)
        storage = self.found[key]
        if storage.dtype is not kind.dtype or storage.memory.nbytes != count * width:
            raise refuse(f"the storage {key!r} is described in two ways")
        return self._restored[key]

    def fill(self, data: bytes, keys: Any) -> None:
        """Fill in the bytes of all storages, which come in the order of keys."""
        known = type(keys) is list and all(type(key) is str for key in keys)
        if not known or sorted(keys) != sorted(self.found):
            raise refuse(f"the list of its storages is {shown(keys)}")
        start = 0
        for key in keys:
            storage = self.found[key]
            width = storage.dtype.itemsize if storage.dtype else 1
            count = int.from_bytes(data[start : start + _COUNT_BYTES], "little")
            start += _COUNT_BYTES
            end = start + storage.memory.nbytes
            if count * width != storage.memory.nbytes or end > len(data):
                raise refuse(f"the bytes of the storage {key!r} are cut off or of another number")
            storage.memory[:] = np.frombuffer(data, np.uint8, storage.memory.nbytes, start)
            start = end


def load_legacy(
    data: bytes, where: str, restore: Restore, weights_only: bool, encoding: str
) -> Any:
    """Read such a file.

    Raises:
        EmptyCheckpointError: there is nothing in it.
        CheckpointError: it is of another kind, or damaged.
        CheckpointPickleError: it asks for more than tensors and plain containers.
    """
    if not data:
        raise EmptyCheckpointError(f"{where} is empty: a save was cut off before its first byte.")
    if data[2:14] != _BEGINNING:
        raise CheckpointPickleError(
            f"{where} is no file that torch.save has written, or its beginning is damaged: it is "
            f"neither a zip archive nor of PyTorch's old format. It begins with {data[:16]!r}."
        )
    storages = _Storages(len(data), restore)
    plain = WeightsUnpickler(data, _no_storage)
    plain.load()
    version, facts = plain.load(), plain.load()
    if version != _PROTOCOL:
        raise CheckpointError(f"{where} has the old format's version {shown(version)}, not 1001.")
    if type(facts) is not dict or facts.get("little_endian") is not True:
        raise CheckpointError(
            f"{where} holds numbers in another byte order than 'little', or its beginning is "
            "damaged. Save it again on a machine of the other order."
        )
    found: Any
    if weights_only:
        weights = WeightsUnpickler(data, storages.find, encoding)
        weights.position = plain.position
        found = load_weights(weights, {})
        plain.position = weights.position
    else:
        trusted = TrustedUnpickler(data[plain.position :], storages.find, encoding)
        found = trusted.load()
        plain.position += trusted.position
    keys = plain.load()
    storages.fill(data[plain.position :], keys)
    return found


def _no_storage(reference: Any) -> Storage:
    raise refuse(f"{shown(reference)} stands where no storage may be")
