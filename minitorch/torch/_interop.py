"""How NumPy and other libraries see a tensor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import _dtype
from ._wrap import Late, wrap

if TYPE_CHECKING:
    from ._tensor import Tensor

Array = NDArray[Any]


class ScalarError(ValueError, RuntimeError, TypeError):
    """Several elements, or none, where a number is needed."""


class StreamError(AssertionError, ValueError):
    """A GPU's stream, for memory that is the CPU's."""


def scalar(tensor: Tensor) -> Any:
    """Give the only element as a Python number.

    Raises:
        ValueError: there are more, or none.
    """
    if tensor._array.size != 1:
        raise ScalarError(
            "only one element tensors can be converted to Python scalars, got shape "
            f"{list(tensor._shape)}"
        )
    return tensor._array.item()


def as_array(tensor: Tensor, dtype: Any = None, copy: bool | None = None) -> Array:
    """Give a tensor's elements to NumPy; memory is shared unless the dtype is another one.

    Raises:
        RuntimeError: the tensor needs a gradient.
        ValueError: copy is False, and the dtype another one.
    """
    array = tensor.numpy()
    if copy:
        return np.array(array, dtype)
    if copy is False and dtype is not None and np.dtype(dtype) != array.dtype:
        raise ValueError(
            f"Unable to avoid copy while creating an array as requested: the tensor is of "
            f"{tensor._key.dtype}, and {np.dtype(dtype)} was asked for."
        )
    return array if dtype is None else array.astype(dtype, copy=False)


def wrapped(array: Array) -> Any:
    """Give what NumPy computed of a tensor as a tensor; bool becomes uint8, as in PyTorch.

    Arrays of dtypes that tensors do not have stay arrays.
    """
    if array.dtype == np.bool_:
        array = array.astype(np.uint8)
    try:
        _dtype.of_numpy(array.dtype)
    except TypeError:
        return array
    return wrap(array)


def by_numpy(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Call a function of NumPy's with arrays in place of tensors.

    Raises:
        RuntimeError: a tensor needs a gradient.
    """
    arrays = {name: _without_tensors(value) for name, value in kwargs.items()}
    return function(*[_without_tensors(value) for value in args], **arrays)


def _without_tensors(value: Any) -> Any:
    if isinstance(value, Late.Tensor):
        return value.numpy()
    if type(value) in (list, tuple):
        return type(value)([_without_tensors(member) for member in value])
    return value


def capsule(
    tensor: Tensor,
    stream: Any,
    max_version: tuple[int, int] | None,
    dl_device: tuple[int, int] | None,
    copy: bool | None,
) -> Any:
    """Give a DLPack capsule of a tensor's memory.

    Raises:
        BufferError: the tensor needs a gradient.
        StreamError: a stream was given.
    """
    if tensor._node is not None:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if stream not in (None, -1):
        raise StreamError(f"stream should be None on cpu, got {stream!r}.")
    array = tensor._array
    if max_version is None and copy is None:
        # The oldest form, which PyTorch's readers take too.
        return array.__dlpack__(dl_device=dl_device)
    return array.__dlpack__(max_version=max_version, dl_device=dl_device, copy=copy)
