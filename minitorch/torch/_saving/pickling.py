"""From objects to a pickle in which everything of ours has PyTorch's name."""

from __future__ import annotations

import codecs
import io
import pickle
from collections import OrderedDict
from types import FunctionType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...errors import DTypeError
from .. import _device, _dtype, _size
from .._wrap import Late
from ..storage import is_storage
from . import names, rebuild
from .memory import place_of

# Its own pickler in Python, of which type checkers know a part only.
_Python: Any = pickle._Pickler


class _Reference:
    """Stands for a storage in the pickle, where it becomes a reference to a record."""

    __slots__ = ("pid",)

    def __init__(self, pid: tuple[Any, ...]) -> None:
        self.pid = pid


class Pickler(_Python):  # type: ignore[misc]
    """Writes a pickle, and collects the storages that it refers to.

    It is Python's own pickler in Python, since that in C looks up each name that it writes, and
    PyTorch's names are not here to be found.

    Attributes:
        storages: the bytes of the storages, by their numbers.
    """

    def __init__(self, file: Any, protocol: int) -> None:
        super().__init__(file, protocol)
        self.storages: list[NDArray[np.uint8]] = []
        self._known: dict[tuple[int, int], tuple[int, _dtype.dtype]] = {}

    def persistent_id(self, obj: Any) -> Any:
        """Give the reference in place of a storage."""
        return obj.pid if type(obj) is _Reference else None

    def reducer_override(self, obj: Any) -> Any:
        """Give the function and arguments that make a tensor, or another thing of ours."""
        if isinstance(obj, Late.Tensor):
            return self._reduce_tensor(obj)
        kind = type(obj)
        if is_storage(obj):
            raise TypeError(
                f"A {kind.__name__} is saved with its tensor only: save the tensor in its place."
            )
        if kind is _dtype.dtype or kind is rebuild.StorageType:
            return obj.name
        if kind is _size.Size:
            return _size.Size, (tuple(obj),)
        if kind is _device.device:
            return _device.device, ((obj.type,) if obj.index is None else (obj.type, obj.index))
        if kind is bytes and not obj and self.proto < 3:
            # Python would call builtins.bytes, which PyTorch does not allow.
            return codecs.encode, ("", "latin1")
        return NotImplemented

    def save_global(self, obj: Any, name: str | None = None) -> None:
        """Write a name: PyTorch's if the object is ours."""
        official = names.written(obj)
        if official is None:
            super().save_global(obj, name)
            return
        module, qualified = official
        if self.proto >= 4:
            self.save(module)
            self.save(qualified)
            self.write(pickle.STACK_GLOBAL)
        else:
            self.write(pickle.GLOBAL + f"{module}\n{qualified}\n".encode("ascii"))
        self.memoize(obj)

    dispatch: ClassVar[dict[type, Any]] = {**_Python.dispatch, FunctionType: save_global}

    def _reduce_tensor(self, tensor: Any) -> tuple[Any, ...]:
        """Give the call that makes a tensor again: a plain one, a parameter, or one of a class."""
        kind, attributes = type(tensor), dict(tensor.__dict__)
        needs_gradient = tensor._node is not None
        if kind is rebuild.parameter_class():
            data = Late.Tensor.detach(tensor)
            args: tuple[Any, ...] = data, needs_gradient, OrderedDict()
            if attributes:
                return rebuild.rebuild_parameter_with_state, (*args, attributes)
            return rebuild.rebuild_parameter, args
        parts = self._parts(tensor, needs_gradient)
        if kind is not Late.Tensor or attributes:
            return rebuild.rebuild_from_type, (rebuild.rebuild_tensor_v2, kind, parts, attributes)
        return rebuild.rebuild_tensor_v2, parts

    def _parts(self, tensor: Any, needs_gradient: bool) -> tuple[Any, ...]:
        """Give the storage, the layout and the rest of what makes a tensor."""
        place = place_of(tensor._array)
        dtype = tensor._key.dtype
        number = self._number(place.memory, dtype)
        count = place.memory.nbytes // dtype.itemsize
        pid = ("storage", names.STORAGE_TYPES[dtype], str(number), "cpu", count)
        # NumPy's strides of an array without elements say nothing.
        strides = place.strides if tensor._array.size else tensor.stride()
        layout = place.offset, tuple(tensor._shape), tuple(strides)
        return _Reference(pid), *layout, needs_gradient, OrderedDict()

    def _number(self, memory: NDArray[np.uint8], dtype: _dtype.dtype) -> int:
        """Give the number of a storage; it gets one when it is first seen.

        Raises:
            DTypeError: tensors of two dtypes lie in it, which PyTorch's format cannot say.
        """
        address = memory.__array_interface__["data"][0], memory.nbytes
        if memory.nbytes and address in self._known:
            number, first = self._known[address]
            if first is not dtype:
                raise DTypeError(
                    "Cannot save multiple tensors or storages that view the same data as different "
                    f"types: here as {first} and as {dtype}. Save a clone() of one of them."
                )
            return number
        self._known[address] = len(self.storages), dtype
        self.storages.append(memory)
        return len(self.storages) - 1


def pickled(value: Any, protocol: int) -> tuple[bytes, list[NDArray[np.uint8]]]:
    """Write an object as a pickle.

    Returns:
        The pickle, and the storages that it refers to by their numbers.
    """
    file = io.BytesIO()
    pickler = Pickler(file, protocol)
    pickler.dump(value)
    return file.getvalue(), pickler.storages
