"""Differences of neighbours along a dimension, and integrals by the trapezoidal rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....errors import ShapeError
from ... import _dtype
from ..._record import Operation, record
from ..._wrap import wrap
from .._operands import Number, write_out
from .._overrides import public
from ..views.views import axis, reshape
from .reductions import sum
from .scans import cumsum

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def diff(
    input: Tensor,
    n: int = 1,
    dim: int = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Compute the n-th differences of neighbours along a dimension; of bool, whether they differ.

    Args:
        input: at least one dimension.
        n: how often.
        dim: along which dimension.
        prepend: what comes before the input.
        append: what comes after it.
        out: where to put the result.

    Raises:
        IndexError: the dimension does not exist.
        RuntimeError: a tensor without dimensions, or a negative n.
    """
    if not input._shape:
        raise ShapeError("diff expects input to be at least one-dimensional, got one number.")
    if n < 0:
        raise RuntimeError(f"diff: order must be non-negative but got {n}")
    place = axis(dim, len(input._shape), "diff")
    parts = [part for part in (prepend, input, append) if part is not None]
    if n == 0:
        result = input.clone()
    else:
        result = input if len(parts) == 1 else _joined(parts, place)
        for _ in range(min(n, result._shape[place])):
            result = _neighbours(result, place, -1)
    return result if out is None else write_out("diff", result._array, out)


def _joined(parts: list[Tensor], place: int) -> Tensor:
    from ..arranging.joining import cat

    return cat(parts, place)


def _neighbours(input: Tensor, place: int, sign: int) -> Tensor:
    """Add to each element but the first the one before it, or subtract that."""
    array = input._array
    before = (*(slice(None),) * place, slice(None, -1))
    after = (*(slice(None),) * place, slice(1, None))
    if array.dtype == np.bool_:
        return wrap(array[after] ^ array[before])
    joined = array[after] + array[before] if sign > 0 else array[after] - array[before]
    return record(wrap(joined), _NEIGHBOURS, input, place, sign, input._shape[place])


def _neighbours_back(grad: Tensor, place: int, sign: int, size: int) -> Tensor:
    """Bring a gradient back to both neighbours."""
    own = grad._array
    array = np.zeros((*own.shape[:place], size, *own.shape[place + 1 :]), own.dtype)
    array[(*(slice(None),) * place, slice(1, None))] = own
    before = array[(*(slice(None),) * place, slice(None, -1))]
    before += own if sign > 0 else -own
    return record(wrap(array), _NEIGHBOURS_BACK, grad, place, sign)


_NEIGHBOURS = Operation("SubBackward0", _neighbours_back)
_NEIGHBOURS_BACK = Operation("SliceBackward0", _neighbours)


# ---- integrals


@public
def trapezoid(
    y: Tensor, x: Tensor | None = None, *, dx: Number | None = None, dim: int = -1
) -> Tensor:
    """Integrate values along a dimension by the trapezoidal rule.

    Args:
        y: the values.
        x: the places of the values, of y's shape or one dimension.
        dx: the distance of all neighbours, 1 by default, instead of x.
        dim: along which dimension.

    Raises:
        IndexError: the dimension does not exist.
        RuntimeError: the values are bool, or x does not fit them.
        TypeError: both x and dx are given.
    """
    place = _place("trapezoid", y, dim)
    if y._shape[place] == 0:
        return sum(y, place).to(y._key.dtype)
    _check("trapezoid", y, x, dx)
    total = sum(_areas(y, x, place), place)
    return total * ((1.0 if dx is None else dx) / 2)


trapz = trapezoid


@public
def cumulative_trapezoid(
    y: Tensor, x: Tensor | None = None, *, dx: Number | None = None, dim: int = -1
) -> Tensor:
    """Integrate values up to each place by the trapezoidal rule; see `trapezoid`."""
    _check("cumulative_trapezoid", y, x, dx)
    place = _place("cumulative_trapezoid", y, dim)
    total = cumsum(_areas(y, x, place), place)
    return total * ((1.0 if dx is None else dx) / 2)


def _place(name: str, y: Tensor, dim: int) -> int:
    if not y._shape:
        raise IndexError(f"{name}: Dimension specified as {dim} but tensor has no dimensions")
    return axis(dim, len(y._shape), name)


def _check(name: str, y: Tensor, x: Tensor | None, dx: Number | None) -> None:
    if x is not None and dx is not None:
        raise TypeError(f"{name}() takes x or dx, got both.")
    for operand in (y, x):
        if operand is not None and operand._key.dtype is _dtype.boolean:
            raise RuntimeError(f"{name}: received a bool input, but bool is not supported")


def _areas(y: Tensor, x: Tensor | None, place: int) -> Tensor:
    """Give twice the areas between neighbours, with places or for a distance of 1."""
    pairs = _neighbours(y, place, 1)
    if x is None:
        return pairs
    if len(x._shape) == 1:
        if x._shape[0] != y._shape[place]:
            raise ShapeError(
                f"trapezoid: there are {x._shape[0]} x values for {y._shape[place]} y values"
            )
        trailing = len(y._shape) - place - 1
        return reshape(_neighbours(x, 0, -1), (-1, *(1,) * trailing)) * pairs
    return _neighbours(x, place + len(x._shape) - len(y._shape), -1) * pairs
