"""Functions of integers: multiples, shifts of bits, and positions in shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....kernels.cpu.indexing.checks import ElementDTypeError
from ... import _dtype
from ..._wrap import Late, wrap
from .._in_place import change
from .._operands import (
    Number,
    OperandError,
    cast,
    check_one_tensor,
    check_tensors,
    common_dtype,
    is_number,
    not_a_tensor,
    number_array,
    write_out,
)
from .._overrides import public

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


def _pair(function: str, input: Any, other: Any) -> tuple[Array, Array]:
    """Give two operands as arrays of the integers that they have in common.

    Raises:
        NotImplementedError: they hold floats or bool.
    """
    for position, (name, value) in enumerate((("input", input), ("other", other)), start=1):
        if not isinstance(value, Late.Tensor) and not is_number(value):
            raise OperandError(not_a_tensor(function, value, name, position))
    check_one_tensor(function, input, other)
    dtype = common_dtype((input, other))
    if dtype.category != _dtype.INTEGER:
        raise ElementDTypeError(
            f"{function} is not implemented for {dtype}. It takes integers: convert with to()."
        )
    first, second = [
        number_array(value, dtype) if is_number(value) else cast(value._array, dtype)
        for value in (input, other)
    ]
    return first, second


def _given(function: str, array: Any, out: Tensor | None) -> Tensor:
    array = np.asarray(array)
    return wrap(array) if out is None else write_out(function, array, out)


@public
def lcm(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Give the least common multiple of each two elements, never negative.

    Raises:
        NotImplementedError: they hold no integers.
    """
    check_tensors("lcm", input=input, other=other)
    return _given("lcm", np.lcm(*_pair("lcm", input, other)), out)


def lcm_(input: Tensor, other: Tensor) -> Tensor:
    """Compute `lcm` in place."""
    return change(lcm, input, other)


@public
def bitwise_left_shift(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Shift the bits of input up by other: `input * 2**other`, without what is too large.

    Raises:
        NotImplementedError: they hold no integers.
    """
    values, steps = _pair("bitwise_left_shift", input, other)
    fits = (steps >= 0) & (steps < 8 * values.itemsize)
    shifted = np.left_shift(values, np.where(fits, steps, 0))
    return _given("bitwise_left_shift", np.where(fits, shifted, 0).astype(values.dtype), out)


@public
def bitwise_right_shift(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Shift the bits of input down by other: `input / 2**other`, rounded down.

    Raises:
        NotImplementedError: they hold no integers.
    """
    values, steps = _pair("bitwise_right_shift", input, other)
    # What is shifted by more bits than there are leaves the sign.
    is_signed = values.dtype.kind == "i"
    bits = 8 * values.itemsize
    fits = (steps >= 0) & (steps < bits)
    shifted = np.right_shift(values, np.where(fits, steps, bits - 1).astype(values.dtype))
    if not is_signed:
        shifted = np.where(fits, shifted, 0).astype(values.dtype)
    return _given("bitwise_right_shift", shifted, out)


def bitwise_left_shift_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Shift bits up in place."""
    return change(bitwise_left_shift, input, other)


def bitwise_right_shift_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Shift bits down in place."""
    return change(bitwise_right_shift, input, other)


@public
def unravel_index(indices: Tensor, shape: int | Sequence[int]) -> tuple[Tensor, ...]:
    """Turn positions in a tensor's elements, counted in order, into those along its dimensions.

    Args:
        indices: integers of any shape.
        shape: of the tensor.

    Returns:
        For each dimension a tensor of the indices' shape.

    Raises:
        TypeError: the indices are no integers.
        ValueError: a size is negative.
    """
    if indices._key.dtype.category != _dtype.INTEGER:
        raise TypeError(
            f"unravel_index: expected 'indices' to be integer dtype, but got {indices._key.dtype}"
        )
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(size < 0 for size in sizes):
        raise ValueError(f"unravel_index: 'shape' cannot have negative values, but got {sizes}")
    rest, found = np.asarray(indices._array, np.int64), []
    for size in reversed(sizes):
        found.append(wrap(np.asarray(rest % size)))
        rest = rest // size
    return tuple(reversed(found))
