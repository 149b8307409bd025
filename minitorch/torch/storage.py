"""The memory of tensors: `torch.UntypedStorage` and the older `torch.TypedStorage`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _dtype
from ._class_names import NamedClass
from ._device import CPU, device
from ._memory import address_of, bytes_of, is_shared
from ._wrap import new

Array = NDArray[Any]


class UntypedStorage(metaclass=NamedClass):
    """The bytes that a tensor and all views of it lie in.

    Args:
        size: how many bytes; they are not set.
    """

    __slots__ = ("_bytes", "_root")

    _bytes: NDArray[np.uint8]
    _root: Array

    def __init__(self, size: int = 0) -> None:
        self._root = self._bytes = np.empty(size, np.uint8)

    @classmethod
    def _of(cls, root: Array) -> UntypedStorage:
        """Give the storage of an array that owns its memory."""
        result: UntypedStorage = new(cls)
        result._root = root
        result._bytes = bytes_of(root)
        return result

    @property
    def device(self) -> device:
        """Where the bytes are."""
        return CPU

    @property
    def is_cuda(self) -> bool:
        """Tell whether the bytes are on a GPU."""
        return False

    def nbytes(self) -> int:
        """Give the number of bytes."""
        return self._bytes.size

    size = nbytes

    def __len__(self) -> int:
        return self._bytes.size

    def element_size(self) -> int:
        """Give the bytes of an element: it is one."""
        return 1

    def data_ptr(self) -> int:
        """Give the address of the first byte; 0 where there is none."""
        return address_of(self._bytes) if self._bytes.size else 0

    def is_shared(self) -> bool:
        """Tell whether forked children share the bytes."""
        return is_shared(self._root)

    def tolist(self) -> list[int]:
        """Give the bytes as numbers."""
        found: list[int] = self._bytes.tolist()
        return found

    def __iter__(self) -> Iterator[int]:
        return iter(self.tolist())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return UntypedStorage._of(self._bytes[index].copy())
        return int(self._bytes[_place(index, self._bytes.size)])

    def __setitem__(self, index: Any, value: Any) -> None:
        where = index if isinstance(index, slice) else _place(index, self._bytes.size)
        self._bytes[where] = value

    def fill_(self, value: int) -> UntypedStorage:
        """Set all bytes to a number."""
        self._bytes[...] = value
        return self

    def copy_(self, source: UntypedStorage, non_blocking: bool = False) -> UntypedStorage:
        """Copy the bytes of another storage.

        Raises:
            RuntimeError: it has another size.
        """
        if source.nbytes() != self.nbytes():
            raise RuntimeError(
                f"copy_: the storages have {self.nbytes()} and {source.nbytes()} bytes."
            )
        self._bytes[...] = source._bytes
        return self

    def clone(self) -> UntypedStorage:
        """Copy the bytes."""
        return UntypedStorage._of(self._bytes.copy())

    def cpu(self) -> UntypedStorage:
        """Give the storage on the CPU, which is where it is."""
        return self

    def untyped(self) -> UntypedStorage:
        """Give the storage itself."""
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UntypedStorage):
            return NotImplemented
        return self.data_ptr() == other.data_ptr() and self.nbytes() == other.nbytes()

    def __hash__(self) -> int:
        return hash((self.data_ptr(), self.nbytes()))

    def __reduce__(self) -> tuple[Any, ...]:
        return UntypedStorage._of, (self._root if self._root.flags.forc else self._bytes.copy(),)

    def __repr__(self) -> str:
        lines = "".join(f" {byte}\n" for byte in self._bytes)
        return f"{lines}[torch.storage.UntypedStorage(device=cpu) of size {self.nbytes()}]"


class TypedStorage(metaclass=NamedClass):
    """The elements that a tensor and all views of it lie in; PyTorch is about to remove it.

    Args:
        wrap_storage: the bytes.
        dtype: of the elements.
    """

    __slots__ = ("_array", "_untyped", "dtype")

    _array: Array
    _untyped: UntypedStorage
    dtype: _dtype.dtype

    def __init__(self, *, wrap_storage: UntypedStorage, dtype: _dtype.dtype) -> None:
        warn_of_typed()
        self._set(wrap_storage, dtype)

    def _set(self, untyped: UntypedStorage, dtype: _dtype.dtype) -> None:
        self._untyped = untyped
        self.dtype = dtype
        self._array = untyped._bytes.view(dtype.numpy)

    @classmethod
    def _of(cls, untyped: UntypedStorage, dtype: _dtype.dtype) -> TypedStorage:
        """Give the elements of a storage, without a warning."""
        result: TypedStorage = new(cls)
        result._set(untyped, dtype)
        return result

    @property
    def device(self) -> device:
        """Where the elements are."""
        return CPU

    @property
    def is_cuda(self) -> bool:
        """Tell whether the elements are on a GPU."""
        return False

    def untyped(self) -> UntypedStorage:
        """Give the bytes."""
        return self._untyped

    def size(self) -> int:
        """Give the number of elements."""
        return self._array.size

    def __len__(self) -> int:
        return self._array.size

    def nbytes(self) -> int:
        """Give the number of bytes."""
        return self._array.nbytes

    def element_size(self) -> int:
        """Give the bytes of an element."""
        return self._array.itemsize

    def data_ptr(self) -> int:
        """Give the address of the first element; 0 where there is none."""
        return self._untyped.data_ptr()

    def is_shared(self) -> bool:
        """Tell whether forked children share the elements."""
        return self._untyped.is_shared()

    def tolist(self) -> list[Any]:
        """Give the elements as numbers."""
        found: list[Any] = self._array.tolist()
        return found

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __getitem__(self, index: int) -> Any:
        return self._array[_place(index, self._array.size)].item()

    def __setitem__(self, index: Any, value: Any) -> None:
        where = index if isinstance(index, slice) else _place(index, self._array.size)
        self._array[where] = value

    def fill_(self, value: Any) -> TypedStorage:
        """Set all elements to a number."""
        self._array[...] = value
        return self

    def clone(self) -> TypedStorage:
        """Copy the elements."""
        return TypedStorage._of(self._untyped.clone(), self.dtype)

    def __reduce__(self) -> tuple[Any, ...]:
        return TypedStorage._of, (self._untyped, self.dtype)

    def __repr__(self) -> str:
        lines = "".join(f" {number}\n" for number in self.tolist())
        return (
            f"{lines}[torch.storage.TypedStorage(dtype={self.dtype}, device=cpu) of size "
            f"{self.size()}]"
        )


def warn_of_typed() -> None:
    """Tell users that typed storages are about to go."""
    warnings.warn(
        "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be "
        "the only storage class: use tensor.untyped_storage() instead of tensor.storage().",
        UserWarning,
        stacklevel=3,
    )


def is_storage(obj: Any) -> bool:
    """Tell whether an object is the memory of a tensor."""
    return isinstance(obj, UntypedStorage | TypedStorage)


def _place(index: Any, size: int) -> int:
    """Count a place from the beginning.

    Raises:
        IndexError: it does not exist.
    """
    if not -size <= index < size:
        raise IndexError(f"index {index} out of range for storage of size {size}")
    return int(index)
