"""Functions that make tensors of sizes, numbers and arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ShapeError
from .. import _device, _dtype
from .._wrap import Late, wrap
from ._operands import Number, is_number

if TYPE_CHECKING:
    from .._tensor import Tensor

Array = NDArray[Any]


def tensor(
    data: Any,
    *,
    dtype: _dtype.dtype | None = None,
    device: _device.device | str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Copy a number, a nested list or an array into a tensor.

    Args:
        data: what to copy.
        dtype: of the elements; by default that of an array, or the smallest that holds all numbers
            of a list.
        device: where to.
        requires_grad: collect a gradient.

    Raises:
        ValueError: rows of a list differ in length.
        TypeError: there is something else than numbers.
    """
    _check_device(device)
    array = _array_of(data, dtype)
    return wrap(array).requires_grad_() if requires_grad else wrap(array)


def _array_of(data: Any, dtype: _dtype.dtype | None) -> Array:
    """Copy data into an array."""
    if isinstance(data, Late.Tensor):
        data = data._array
    if isinstance(data, np.ndarray | np.generic):
        wanted = dtype or _dtype.of_numpy(data.dtype)
        return np.array(data, wanted.numpy, order="C")
    shape = _shape_of(data)
    found = dtype or _dtype_of(data)
    try:
        return np.array(_plain(data), found.numpy).reshape(shape)
    except OverflowError as error:
        raise RuntimeError(f"value cannot be converted to {found} without overflow") from error


def _shape_of(data: Any) -> tuple[int, ...]:
    """Give the shape of nested lists.

    Raises:
        ValueError: rows differ in length.
    """
    if not isinstance(data, list | tuple):
        return getattr(data, "shape", ()) and tuple(data.shape)
    if not data:
        return (0,)
    inner = _shape_of(data[0])
    for i, row in enumerate(data):
        own = _shape_of(row)
        if own != inner:
            raise ValueError(
                f"expected sequence of length {inner[0] if inner else 1} at dim 1 (got "
                f"{own[0] if own else 1}): row {i} has shape {list(own)}, row 0 {list(inner)}"
            )
    return (len(data), *inner)


def _numbers(data: Any) -> Any:
    """Walk over all numbers of nested lists."""
    if isinstance(data, list | tuple):
        for row in data:
            yield from _numbers(row)
    elif isinstance(data, Late.Tensor):
        yield data.item()
    else:
        yield data


def _plain(data: Any) -> Any:
    if isinstance(data, list | tuple):
        return [_plain(row) for row in data]
    return data._array if isinstance(data, Late.Tensor) else data


def _dtype_of(data: Any) -> _dtype.dtype:
    """Give the dtype that holds all numbers of nested lists."""
    found: _dtype.dtype | None = None
    for number in _numbers(data):
        if isinstance(number, np.ndarray | np.generic):
            own = _dtype.of_numpy(number.dtype)
        elif is_number(number):
            own = _dtype.of_number(number)
        else:
            raise TypeError(f"can't make a tensor of {type(number).__name__}: {number!r}")
        found = own if found is None else _dtype.promote_types(found, own)
    return found or _dtype.get_default_dtype()


def from_numpy(ndarray: Array) -> Tensor:
    """Give a tensor that shares an array's memory.

    Raises:
        TypeError: it is no array, or its elements are of a type that tensors do not have.
        ValueError: a stride is negative.
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    if any(step < 0 for step in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative "
            "strides are not currently supported. (You can probably work around this by making a "
            "copy of your array with array.copy().)"
        )
    return wrap(ndarray)


def full(
    size: Sequence[int],
    fill_value: Number,
    *,
    dtype: _dtype.dtype | None = None,
    device: _device.device | str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of one number."""
    _check_device(device)
    found = dtype or _dtype.of_number(fill_value)
    return _made(np.full(tuple(size), fill_value, found.numpy), requires_grad)


def zeros(
    *size: Any,
    dtype: _dtype.dtype | None = None,
    device: _device.device | str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of zeros; the sizes come one by one or as a sequence."""
    _check_device(device)
    found = dtype or _dtype.get_default_dtype()
    return _made(np.zeros(_sizes("zeros", size), found.numpy), requires_grad)


def ones(
    *size: Any,
    dtype: _dtype.dtype | None = None,
    device: _device.device | str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of ones; the sizes come one by one or as a sequence."""
    _check_device(device)
    found = dtype or _dtype.get_default_dtype()
    return _made(np.ones(_sizes("ones", size), found.numpy), requires_grad)


def empty(
    *size: Any,
    dtype: _dtype.dtype | None = None,
    device: _device.device | str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor whose elements are whatever lies in the memory."""
    _check_device(device)
    found = dtype or _dtype.get_default_dtype()
    return _made(np.empty(_sizes("empty", size), found.numpy), requires_grad)


def arange(
    start: Number,
    end: Number | None = None,
    step: Number = 1,
    *,
    dtype: _dtype.dtype | None = None,
    device: _device.device | str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a vector of the numbers from start to end, without end, in steps.

    Raises:
        RuntimeError: the step is 0, or leads away from end.
    """
    _check_device(device)
    if end is None:
        start, end = 0, start
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    is_whole = all(isinstance(number, int) for number in (start, end, step))
    found = dtype or (_dtype.int64 if is_whole else _dtype.get_default_dtype())
    count = math.ceil((end - start) / step)
    # In float64, and each number by itself: steps that are added up would drift.
    places: Array = np.arange(count, dtype=np.int64 if is_whole else np.float64)
    array = start + places * step
    return _made(np.asarray(array).astype(found.numpy), requires_grad)


def zeros_like(input: Tensor, *, dtype: _dtype.dtype | None = None) -> Tensor:
    """Make a tensor of zeros, of the shape and layout of another."""
    return wrap(np.zeros_like(input._array, (dtype or input._key.dtype).numpy))


def ones_like(input: Tensor, *, dtype: _dtype.dtype | None = None) -> Tensor:
    """Make a tensor of ones, of the shape and layout of another."""
    return wrap(np.ones_like(input._array, (dtype or input._key.dtype).numpy))


def _made(array: Array, requires_grad: bool) -> Tensor:
    return wrap(array).requires_grad_() if requires_grad else wrap(array)


def _sizes(function: str, given: tuple[Any, ...]) -> tuple[int, ...]:
    sizes = tuple(given[0]) if len(given) == 1 and not isinstance(given[0], int) else given
    if any(size < 0 for size in sizes):
        raise ShapeError(
            f"{function}: Trying to create tensor with negative dimension {min(sizes)}: "
            f"{list(sizes)}"
        )
    return sizes


def _check_device(given: _device.device | str | None) -> None:
    if given is not None and _device.device(given).type != _device.CPU.type:
        raise RuntimeError(f"There is no device {given} here: minitorch.torch computes on the CPU.")
