"""Functions that make tensors of sizes, filled with one number or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ... import _dtype
from ..._device import device as device_kind
from ..._layout import empty_as, empty_in, memory_format, preserve_format, strided_empty
from ..._layout import layout as layout_kind
from .._operands import Number, number_array
from .._overrides import public
from ._options import check_options, check_range, made, made_into, out_dtype, plain_number, sizes_of

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
DType = _dtype.dtype | type | None
Device = device_kind | str | int | None
Layout = layout_kind | None


def zeros(
    *sizes: Any,
    size: Sequence[int] | None = None,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of zeros; the sizes come one by one or as a sequence.

    Raises:
        TypeError: a size is no whole number.
        RuntimeError: a size is negative, or an option cannot be had.
    """
    check_options("zeros", device, layout, pin_memory)
    found = out_dtype("zeros", out, dtype)
    array = np.zeros(sizes_of("zeros", sizes, size), found.numpy)
    return made_into("zeros", array, out, requires_grad)


def ones(
    *sizes: Any,
    size: Sequence[int] | None = None,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of ones; see `zeros`."""
    check_options("ones", device, layout, pin_memory)
    found = out_dtype("ones", out, dtype)
    array = np.empty(sizes_of("ones", sizes, size), found.numpy)
    array.fill(1)
    return made_into("ones", array, out, requires_grad)


def empty(
    *sizes: Any,
    size: Sequence[int] | None = None,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: memory_format | None = None,
) -> Tensor:
    """Make a tensor whose elements are whatever lies in the memory; see `zeros`."""
    check_options("empty", device, layout, pin_memory)
    found = out_dtype("empty", out, dtype)
    array = empty_in(sizes_of("empty", sizes, size), found.numpy, memory_format)
    return made_into("empty", array, out, requires_grad)


def full(
    size: Sequence[int],
    fill_value: Number | Tensor,
    *,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of one number, whose kind gives the dtype if none is named.

    Raises:
        TypeError: fill_value is no number, or size no sequence of whole numbers.
        RuntimeError: the dtype does not hold the number.
    """
    check_options("full", device, layout, pin_memory)
    number = plain_number("full", fill_value, "fill_value")
    found = out_dtype("full", out, dtype, _dtype.of_number(number))
    array = _filled(np.empty(sizes_of("full", (), size), found.numpy), number, found)
    return made_into("full", array, out, requires_grad)


def empty_strided(
    size: Sequence[int],
    stride: Sequence[int],
    *,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor with given steps from element to element; its elements are not set.

    Raises:
        RuntimeError: size and stride differ in length, or a number is negative.
    """
    check_options("empty_strided", device, layout, pin_memory)
    found = out_dtype("empty_strided", None, dtype)
    return made(strided_empty(tuple(size), tuple(stride), found.numpy), requires_grad)


def _filled(array: Array, number: Any, dtype: _dtype.dtype) -> Array:
    if dtype.category == _dtype.INTEGER:
        check_range(number, dtype)
        array.fill(number_array(number, dtype))
    elif -_SAFE <= number <= _SAFE:
        array.fill(number)
    else:
        with np.errstate(over="ignore"):
            array.fill(number)
    return array


# Every float dtype holds numbers up to this size.
_SAFE = 60000


# ---- of another tensor's shape


@public
def zeros_like(
    input: Tensor,
    *,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: memory_format = preserve_format,
) -> Tensor:
    """Make a tensor of zeros, of the shape and memory format of another."""
    array = _like("zeros_like", input, dtype, layout, device, pin_memory, memory_format)
    array[...] = 0
    return made(array, requires_grad)


@public
def ones_like(
    input: Tensor,
    *,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: memory_format = preserve_format,
) -> Tensor:
    """Make a tensor of ones, of the shape and memory format of another."""
    array = _like("ones_like", input, dtype, layout, device, pin_memory, memory_format)
    array[...] = 1
    return made(array, requires_grad)


@public
def empty_like(
    input: Tensor,
    *,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: memory_format = preserve_format,
) -> Tensor:
    """Make a tensor of the shape and memory format of another; its elements are not set."""
    array = _like("empty_like", input, dtype, layout, device, pin_memory, memory_format)
    return made(array, requires_grad)


@public
def full_like(
    input: Tensor,
    fill_value: Number | Tensor,
    *,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: memory_format = preserve_format,
) -> Tensor:
    """Make a tensor of one number, of the shape, dtype and memory format of another.

    Raises:
        As `full`.
    """
    array = _like("full_like", input, dtype, layout, device, pin_memory, memory_format)
    number = plain_number("full_like", fill_value, "fill_value")
    return made(_filled(array, number, _dtype.of_numpy(array.dtype)), requires_grad)


def _like(
    function: str,
    input: Tensor,
    dtype: DType,
    layout: Layout,
    device: Device,
    pin_memory: bool,
    memory_format: memory_format,
) -> Array:
    """Make an array of a tensor's shape."""
    array = input._array
    check_options(function, device, layout, pin_memory)
    kind = array.dtype if dtype is None else _dtype.chosen(function, dtype).numpy
    return empty_as(array, kind, memory_format)


# ---- of another tensor's dtype; methods only


@public
def new_zeros(
    input: Tensor,
    *sizes: Any,
    size: Sequence[int] | None = None,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    layout: Layout = None,
    pin_memory: bool = False,
) -> Tensor:
    """Make a tensor of zeros, of the dtype of another."""
    shape = sizes_of("new_zeros", sizes, size)
    return zeros(
        shape, dtype=dtype or input._key.dtype, layout=layout, device=device,
        pin_memory=pin_memory, requires_grad=requires_grad,
    )  # fmt: skip


@public
def new_ones(
    input: Tensor,
    *sizes: Any,
    size: Sequence[int] | None = None,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    layout: Layout = None,
    pin_memory: bool = False,
) -> Tensor:
    """Make a tensor of ones, of the dtype of another."""
    shape = sizes_of("new_ones", sizes, size)
    return ones(
        shape, dtype=dtype or input._key.dtype, layout=layout, device=device,
        pin_memory=pin_memory, requires_grad=requires_grad,
    )  # fmt: skip


@public
def new_empty(
    input: Tensor,
    *sizes: Any,
    size: Sequence[int] | None = None,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    layout: Layout = None,
    pin_memory: bool = False,
) -> Tensor:
    """Make a tensor of the dtype of another; its elements are not set."""
    shape = sizes_of("new_empty", sizes, size)
    return empty(
        shape, dtype=dtype or input._key.dtype, layout=layout, device=device,
        pin_memory=pin_memory, requires_grad=requires_grad,
    )  # fmt: skip


@public
def new_full(
    input: Tensor,
    size: Sequence[int],
    fill_value: Number | Tensor,
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    layout: Layout = None,
    pin_memory: bool = False,
) -> Tensor:
    """Make a tensor of one number, of the dtype of another."""
    return full(
        size, fill_value, dtype=dtype or input._key.dtype, layout=layout, device=device,
        pin_memory=pin_memory, requires_grad=requires_grad,
    )  # fmt: skip


@public
def new_empty_strided(
    input: Tensor,
    size: Sequence[int],
    stride: Sequence[int],
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    layout: Layout = None,
    pin_memory: bool = False,
) -> Tensor:
    """Make a tensor of the dtype of another, with given steps from element to element."""
    return empty_strided(
        size, stride, dtype=dtype or input._key.dtype, layout=layout, device=device,
        pin_memory=pin_memory, requires_grad=requires_grad,
    )  # fmt: skip
