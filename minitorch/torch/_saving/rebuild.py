"""The functions that a file calls to make tensors, with everything they are given checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import _dtype
from .._wrap import Late, wrap
from .checks import call, refuse, shown, whole

if TYPE_CHECKING:
    from .._tensor import Tensor

Array = NDArray[Any]

_MOST_DIMENSIONS = 64


class StorageType:
    """A class of storages that a file names, such as `torch.FloatStorage`.

    Attributes:
        name: the class's.
        dtype: of the elements; None for bytes of any kind.
    """

    __slots__ = ("dtype", "name")

    def __init__(self, name: str, dtype: _dtype.dtype | None) -> None:
        self.name = name
        self.dtype = dtype

    def __repr__(self) -> str:
        return f"torch.{self.name}"


@dataclass(slots=True, eq=False, repr=False)
class Storage:
    """The memory of a record.

    Attributes:
        memory: the bytes.
        dtype: of the elements; None for bytes of any kind.
    """

    memory: NDArray[np.uint8]
    dtype: _dtype.dtype | None

    def __repr__(self) -> str:
        return f"a storage of {self.memory.nbytes} bytes"


# ---- tensors


def rebuild_tensor(storage: Any, storage_offset: Any, size: Any, stride: Any) -> Tensor:
    """Show a storage's elements as a tensor.

    Args:
        storage: a Storage.
        storage_offset: where the first element is, in elements.
        size: the shape.
        stride: in elements.

    Raises:
        CheckpointPickleError: the arguments are of other types, or reach beyond the storage.
    """
    dtype = storage.dtype if isinstance(storage, Storage) else None
    return _rebuild(storage, storage_offset, size, stride, dtype)


def rebuild_tensor_v2(
    storage: Any,
    storage_offset: Any,
    size: Any,
    stride: Any,
    requires_grad: Any,
    backward_hooks: Any,
    metadata: Any = None,
) -> Tensor:
    """Show a storage's elements as a tensor, which may need a gradient."""
    result = rebuild_tensor(storage, storage_offset, size, stride)
    return _with_gradient(result, requires_grad)


def rebuild_tensor_v3(
    storage: Any,
    storage_offset: Any,
    size: Any,
    stride: Any,
    requires_grad: Any,
    backward_hooks: Any,
    dtype: Any,
    metadata: Any = None,
) -> Tensor:
    """Show an untyped storage's bytes as a tensor of a dtype."""
    if not isinstance(dtype, _dtype.dtype):
        raise refuse(f"a tensor's dtype is {shown(dtype)}")
    result = _rebuild(storage, storage_offset, size, stride, dtype)
    return _with_gradient(result, requires_grad)


def _rebuild(storage: Any, offset: Any, size: Any, stride: Any, dtype: Any) -> Tensor:
    if not isinstance(storage, Storage) or dtype is None:
        raise refuse(f"a tensor shall show {shown(storage)}, which is no typed storage")
    sizes, steps = whole(size, "size"), whole(stride, "stride")
    if len(sizes) != len(steps) or len(sizes) > _MOST_DIMENSIONS:
        raise refuse(f"a tensor has {len(sizes)} sizes and {len(steps)} strides")
    (first,) = whole((offset,), "storage offset")
    count = storage.memory.nbytes // dtype.itemsize
    last = first + sum([(n - 1) * step for n, step in zip(sizes, steps, strict=True)])
    if 0 in sizes:
        # No element lies anywhere, so it does not count where the first one would.
        first, last = 0, -1
    if last >= count:
        raise refuse(
            f"a tensor of size {shown(sizes)} with strides {shown(steps)} at {first} reaches "
            f"beyond its storage of {count} elements"
        )
    width = dtype.itemsize
    try:
        array = np.ndarray(
            sizes, dtype.numpy, storage.memory, first * width, tuple([n * width for n in steps])
        )
    except (ValueError, OverflowError) as error:
        raise refuse(f"a tensor cannot have size {shown(sizes)}: {error}") from error
    return wrap(array)


def _with_gradient(tensor: Tensor, requires_grad: Any) -> Tensor:
    if type(requires_grad) is not bool or (requires_grad and not tensor._key.is_float):
        raise refuse(f"requires_grad of a {tensor.dtype} tensor is {shown(requires_grad)}")
    return tensor.requires_grad_() if requires_grad else tensor


def rebuild_parameter(data: Any, requires_grad: Any, backward_hooks: Any) -> Tensor:
    """Make a parameter of a tensor."""
    if type(data) is not Late.Tensor:
        raise refuse(f"a parameter is made of {shown(data)}")
    if type(requires_grad) is not bool or (requires_grad and not data._key.is_float):
        raise refuse(f"requires_grad of a {data.dtype} parameter is {shown(requires_grad)}")
    return parameter_class()(data, requires_grad)


def rebuild_parameter_with_state(
    data: Any, requires_grad: Any, backward_hooks: Any, state: Any
) -> Tensor:
    """Make a parameter of a tensor, and give it attributes."""
    result = rebuild_parameter(data, requires_grad, backward_hooks)
    return set_attributes(result, state)


def rebuild_from_type(func: Any, new_type: Any, args: Any, state: Any) -> Tensor:
    """Make a tensor with attributes, maybe of a class of its own."""
    if not any(func is each for each in _OF_TENSORS) or not isinstance(args, tuple):
        raise refuse(f"a tensor shall be made by {shown(func)}")
    if not isinstance(new_type, type) or not issubclass(new_type, Late.Tensor):
        raise refuse(f"a tensor shall be of the class {shown(new_type)}")
    result: Tensor = call(func, args)
    if type(result) is not new_type:
        result = result.as_subclass(new_type)
    return set_attributes(result, state)


_OF_TENSORS: tuple[Callable[..., Any], ...] = (
    rebuild_tensor,
    rebuild_tensor_v2,
    rebuild_tensor_v3,
    rebuild_parameter,
)


def set_attributes(tensor: Tensor, state: Any) -> Tensor:
    """Give a tensor the attributes that its user had set.

    Raises:
        CheckpointPickleError: one would hide what the class has, or the state is no dict.
    """
    if isinstance(state, tuple) and len(state) == 2 and not state[1]:
        state = state[0] or {}
    if not isinstance(state, dict) or not all(isinstance(name, str) for name in state):
        raise refuse(f"the attributes of a tensor are {shown(state)}")
    for name, value in state.items():
        if hasattr(type(tensor), name):
            raise refuse(f"an attribute of a tensor would hide {type(tensor).__name__}.{name}")
        tensor.__dict__[name] = value
    return tensor


def parameter_class() -> Any:
    """Give the class of parameters, which is written on top of the tensors."""
    from ..nn.parameter import Parameter

    return Parameter
