"""Functions that put one number, or another tensor's elements, into a tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import ShapeError
from ....kernels.cpu.elementwise import cast
from ....kernels.cpu.indexing.checks import check_target, scalar_of
from ... import _dtype
from ..._record import Operation, count_change
from ..._wrap import Late, wrap
from .._entering import entered, is_apart
from .._in_place import check_changeable
from .._operands import Number, is_number, number_array
from .._overrides import public
from ..conversion import clone
from ..views.views import sum_to

if TYPE_CHECKING:
    from ..._tensor import Tensor


# Smaller than the largest float32.
_LARGE = 3e38


@public
def fill(input: Tensor, value: Number | Tensor) -> Tensor:
    """Give a tensor of the same shape and dtype that holds one number.

    Raises:
        ShapeError: value is a tensor with dimensions.
        DTypeError: the dtype has no such number.
    """
    return fill_(clone(input), value)


@public
def fill_(input: Tensor, value: Number | Tensor) -> Tensor:
    """Put one number into all places.

    Raises:
        ShapeError: value is a tensor with dimensions.
        DTypeError: the dtype has no such number.
    """
    if is_apart(input) and not isinstance(value, Late.Tensor):
        write_number("fill_", input._array, value)
        count_change(input)
        return input
    check_changeable(input)
    if isinstance(value, Late.Tensor):
        check_single("fill_", value)
        cast.copy_(input._array, value._array)
        return entered(input, _FILL_BY_TENSOR, (input, value), value._key.dtype)
    write_number("fill_", input._array, value)
    return entered(input, _FILL, (input,))


def check_single(function: str, value: Tensor) -> None:
    """Check that a tensor that stands for a number has no dimensions.

    Raises:
        ShapeError: it has.
    """
    if value._shape:
        raise ShapeError(
            f"{function} only supports 0-dimension value tensor but got tensor with "
            f"{len(value._shape)} dimensions, of shape {list(value._shape)}."
        )


def write_number(function: str, array: Any, value: Any, key: Any = ...) -> None:
    """Put a number into places of an array.

    Raises:
        DTypeError: the dtype has no such number.
        LayoutError: the array is read-only.
    """
    number = fitting(function, value, array.dtype)
    if not array.flags.writeable:
        check_target(function, array)
    array[key] = number


def fitting(function: str, value: Any, dtype: np.dtype[Any]) -> Any:
    """Give a number that NumPy converts to a dtype as PyTorch does.

    Raises:
        DTypeError: the dtype has no such number.
    """
    if dtype.char in "fd" and -_LARGE < value < _LARGE:
        return value
    return scalar_of(function, value, dtype)


def _fill_back(
    grad: Tensor, needed: tuple[bool, ...], dtype: _dtype.dtype | None = None
) -> tuple[Tensor | None, ...]:
    own = _zeros(grad) if needed[0] else None
    return (own,) if dtype is None else (own, grad.sum().to(dtype) if needed[1] else None)


def _zeros(grad: Tensor) -> Tensor:
    """Give the gradient of what was overwritten."""
    return wrap(np.zeros(grad._shape, grad._array.dtype))


_FILL = Operation("FillBackward0", _fill_back)
_FILL_BY_TENSOR = Operation("FillBackward1", _fill_back)


@public
def zero_(input: Tensor) -> Tensor:
    """Set all elements to 0."""
    check_changeable(input)
    if not input._array.flags.writeable:
        check_target("zero_", input._array)
    input._array.fill(0)
    if is_apart(input):
        count_change(input)
        return input
    return entered(input, _ZERO, (input,))


_ZERO = Operation("ZeroBackward0", _fill_back)


@public
def copy_(input: Tensor, src: Tensor | Number, non_blocking: bool = False) -> Tensor:
    """Put the elements of another tensor, broadcast and converted, into this one.

    Args:
        input: what is written.
        src: of a shape that broadcasts, and any dtype.
        non_blocking: need not be waited for; on the CPU there is no difference.

    Raises:
        ShapeError: src does not broadcast.
        LayoutError: elements of the tensor share a place in memory.
    """
    source: Any = wrap(number_array(src, _dtype.of_number(src))) if is_number(src) else src
    check_changeable(input)
    if source._shape != input._shape:
        check_broadcast("copy_", source._shape, input._shape)
    cast.copy_(input._array, source._array)
    if source._node is None and is_apart(input):
        count_change(input)
        return input
    return entered(input, _COPY, (input, source), source._shape, source._key.dtype)


def check_broadcast(function: str, shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    """Check that a shape broadcasts to another one.

    Raises:
        ShapeError: it does not.
    """
    missing = len(wanted) - len(shape)
    if missing < 0:
        raise ShapeError(
            f"{function}: output with shape {list(wanted)} doesn't match the broadcast shape of "
            f"the source, {list(shape)}"
        )
    for place, (n, m) in enumerate(zip(shape, wanted[missing:], strict=True)):
        if n not in (1, m):
            raise ShapeError(
                f"{function}: The size of tensor a ({m}) must match the size of tensor b ({n}) at "
                f"non-singleton dimension {place + missing}: shapes {list(wanted)} and "
                f"{list(shape)}."
            )


def _copy_back(
    grad: Tensor, needed: tuple[bool, bool], shape: tuple[int, ...], dtype: _dtype.dtype
) -> tuple[Tensor | None, Tensor | None]:
    own = _zeros(grad) if needed[0] else None
    return own, sum_to(grad, shape).to(dtype) if needed[1] else None


_COPY = Operation("CopyBackwards", _copy_back)


@public
def fill_diagonal_(input: Tensor, fill_value: Number, wrap: bool = False) -> Tensor:
    """Put a number onto the main diagonal.

    Args:
        input: a matrix, or a tensor whose dimensions all have the same size.
        fill_value: the number.
        wrap: go on from the top behind the last row of a tall matrix.

    Raises:
        ShapeError: there is but one dimension, or sizes differ.
    """
    shape = input._shape
    if len(shape) < 2:
        raise ShapeError("fill_diagonal_: dimensions must larger than 1")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise ShapeError(
            f"fill_diagonal_: all dimensions of input must be of equal length, got {list(shape)}"
        )
    check_changeable(input)
    number = scalar_of("fill_diagonal_", fill_value, input._array.dtype)
    check_target("fill_diagonal_", input._array)
    on_diagonal = np.zeros(shape, np.bool_)
    np.fill_diagonal(on_diagonal, True, wrap and len(shape) == 2)
    input._array[on_diagonal] = number
    return entered(input, _FILL_DIAGONAL, (input,), on_diagonal)


_FILL_DIAGONAL = Operation(
    "FillDiagonalBackward0",
    lambda grad, needed, on_diagonal: (grad.masked_fill(wrap(on_diagonal), 0),),
)
