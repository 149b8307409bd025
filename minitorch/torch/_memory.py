"""The memory behind arrays: who owns it, and where an array lies in it."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._layout import is_dense

Array = NDArray[Any]
Bytes = NDArray[np.uint8]


class Borrowed:
    """Memory of somebody else's array, in which that array counts as all there is.

    NumPy remembers of a view of a view only whose memory it is in the end. A tensor of an array
    begins where the array begins, though that may be the middle of a larger one.
    """

    __slots__ = ("__array_interface__", "_owner")

    def __init__(self, owner: Any, interface: dict[str, Any] | None = None) -> None:
        self._owner = owner
        self.__array_interface__ = interface or owner.__array_interface__

    def array(self) -> Array:
        """Give an array of the memory."""
        return np.asarray(self)


def borrowed(array: Array) -> Array:
    """Give an array of the memory of somebody else's, which counts as all there is."""
    if array.base is None and type(array) is np.ndarray:
        return array.view()
    if array.flags.c_contiguous and array.size:
        return np.frombuffer(array.data, array.dtype).reshape(array.shape)
    return Borrowed(array).array()


class SharedBlock(mmap.mmap):
    """Memory that forked children share with this process."""


def root_of(array: Array) -> Array:
    """Give the array that owns the memory of a view, or is the first to be known of it."""
    while True:
        base: Any = array.base
        if type(base).__name__ == "DummyArray":
            # What NumPy's as_strided puts between a view and its array.
            base = base.base
        if not isinstance(base, np.ndarray):
            return array
        array = base


def address_of(array: Array) -> int:
    """Give where the first element lies."""
    found: int = array.__array_interface__["data"][0]
    return found


def bytes_of(root: Array) -> Bytes:
    """See all memory of an array that owns it as bytes."""
    if root.size == 0:
        return np.empty(0, np.uint8)
    span = root.itemsize + sum(
        [(size - 1) * step for size, step in zip(root.shape, root.strides, strict=True)]
    )
    interface = {
        "data": (address_of(root), not root.flags.writeable),
        "shape": (span,),
        "typestr": "|u1",
        "version": 3,
    }
    return Borrowed(root, interface).array()


def offset_of(array: Array) -> int:
    """Give how many elements of memory lie before the first one."""
    if array.size == 0:
        return 0
    return (address_of(array) - address_of(root_of(array))) // array.itemsize


def is_shared(root: Array) -> bool:
    """Tell whether forked children share an array's memory."""
    base: Any = root.base
    return isinstance(base, SharedBlock) or (
        isinstance(base, memoryview) and isinstance(base.obj, SharedBlock)
    )


def shared_copy(array: Array) -> Array:
    """Copy an array into memory that forked children share; its layout stays if it has no gaps."""
    if array.size == 0:
        return array.copy()
    block = SharedBlock(-1, array.nbytes)
    flat = np.frombuffer(block, array.dtype, array.size)
    if is_dense(array):
        order = sorted(range(array.ndim), key=lambda dim: -array.strides[dim])
        shared = flat.reshape([array.shape[dim] for dim in order]).transpose(np.argsort(order))
    else:
        shared = flat.reshape(array.shape)
    shared[...] = array
    return shared
