"""Tensors for tests: `torch.testing.make_tensor`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import _dtype
from .._device import check_device
from .._device import device as device_kind
from .._layout import memory_format as format_kind
from ..functions.creation.filled import empty, full
from ..functions.random.random import rand, randint

if TYPE_CHECKING:
    from .._tensor import Tensor


def make_tensor(
    *shape: int | Sequence[int],
    dtype: _dtype.dtype,
    device: device_kind | str,
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: format_kind | None = None,
) -> Tensor:
    """Make a tensor of numbers drawn evenly from [low, high).

    Args:
        *shape: the sizes.
        dtype: of the elements.
        device: the CPU.
        low: the least; by default -9, and 0 for uint8 and bool.
        high: the bound above; by default 10, for floats 9, for bool 2.
        requires_grad: collect a gradient.
        noncontiguous: leave gaps between the elements.
        exclude_zero: put the smallest number of the dtype in place of 0.
        memory_format: of the tensor.

    Raises:
        ValueError: low is not below high, one is NaN, or no element fits; a gradient is asked for
            integers; or both noncontiguous and memory_format are given.
    """
    check_device(device)
    sizes = _sizes(shape)
    if requires_grad and not dtype.is_floating_point:
        raise ValueError(
            "`requires_grad=True` is not supported for boolean and integral dtypes, but got "
            f"dtype={dtype}"
        )
    if noncontiguous and memory_format is not None:
        raise ValueError(
            "The parameters `noncontiguous` and `memory_format` are mutually exclusive, but got "
            f"noncontiguous={noncontiguous} and memory_format={memory_format}"
        )
    result = _drawn(sizes, dtype, *_range(dtype, low, high))
    if noncontiguous and result.numel() > 1:
        spaced = empty((*sizes, 2), dtype=dtype)[..., 0]
        result = spaced.copy_(result)
    elif memory_format is not None:
        result = result.clone(memory_format=memory_format)
    if exclude_zero:
        least = _dtype_least(dtype)
        result[result == 0] = least
    return result.requires_grad_(requires_grad)


def _sizes(shape: Sequence[int | Sequence[int]]) -> tuple[int, ...]:
    if len(shape) == 1 and not isinstance(shape[0], int):
        return tuple(shape[0])
    return tuple(shape)  # type: ignore[arg-type]


def _range(dtype: _dtype.dtype, low: float | None, high: float | None) -> tuple[float, float]:
    """Choose the limits, and bring them into the range of the dtype.

    Raises:
        ValueError: low is not below high, or one is NaN.
    """
    from .._limits import finfo, iinfo

    if dtype is _dtype.boolean:
        limits, defaults = (0.0, 2.0), (0.0, 2.0)
    elif dtype.is_floating_point:
        info = finfo(dtype)
        limits, defaults = (info.min, info.max), (-9.0, 9.0)
    else:
        whole = iinfo(dtype)
        limits = (whole.min, whole.max + 1)
        defaults = (0.0 if dtype is _dtype.uint8 else -9.0, 10.0)
    low = defaults[0] if low is None else low
    high = defaults[1] if high is None else high
    if math.isnan(low) or math.isnan(high):
        raise ValueError(f"`low` and `high` cannot be NaN, but got low={low} and high={high}")
    equal_floats = dtype.is_floating_point and low == high
    if low >= high and not equal_floats:
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    if high < limits[0] or low >= limits[1]:
        raise ValueError(
            f"No number from {low} to {high} is one of {dtype}, which holds {limits[0]} to "
            f"{limits[1]}."
        )
    return max(low, limits[0]), min(high, limits[1])


def _drawn(sizes: tuple[int, ...], dtype: _dtype.dtype, low: float, high: float) -> Tensor:
    if not dtype.is_floating_point:
        return randint(math.ceil(low), math.ceil(high), sizes, dtype=dtype)
    if low == high:
        return full(sizes, low, dtype=dtype)
    drawn = rand(sizes, dtype=_dtype.float64)
    # Two products, because high - low may be infinite.
    return (drawn * high + (1 - drawn) * low).to(dtype).clamp(low, high)


def _dtype_least(dtype: _dtype.dtype) -> float:
    """Give the smallest positive number of a dtype that has its full precision."""
    from .._limits import finfo

    return finfo(dtype).tiny if dtype.is_floating_point else 1
