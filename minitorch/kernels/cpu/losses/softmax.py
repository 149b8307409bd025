"""Softmax and its logarithm along any dimension of NumPy arrays of any layout.

float16 is computed in float32 and rounded once. A NaN, or +inf, in a line makes all of it NaN, and
so does a line that holds nothing but -inf, as in PyTorch.

All raise an IndexError for a dimension that does not exist, and a ReductionDTypeError for elements
that are no floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ..calls.prepared import MOST_KEPT, fits, is_small, serial_entry, three_at
from ..layouts.dense_blocks import check_like, dense_blocks, split_at, without
from ..reductions.fold import axis_of, check_dtype
from . import padded_loops
from . import softmax_loops as loops

Array = NDArray[Any]

_ALONG = SizedKernel(lambda: loops.softmax_along)
_LOG_ALONG = SizedKernel(lambda: loops.log_softmax_along)
_PADDED = SizedKernel(lambda: padded_loops.softmax_padded)
_SHORT = SizedKernel(lambda: loops.softmax_short)
_ACROSS = SizedKernel(lambda: loops.softmax_across)
_BACKWARD_ALONG = SizedKernel(lambda: loops.softmax_backward_along)
_BACKWARD_ACROSS = SizedKernel(lambda: loops.softmax_backward_across)

# Fewer lines side by side than this are treated one by one.
_VECTOR = 8
# Columns times rows of a tile: what the second pass reads is then still in the cache.
_TILE = 1 << 16


def softmax(a: Array, dim: int) -> Array:
    """Give e^x / sum of e^x along a dimension, without overflow.

    Args:
        a: floats of any shape.
        dim: along which the results sum up to 1; negative ones count from the right.
    """
    return _softmax("softmax", a, dim, is_log=False)


def log_softmax(a: Array, dim: int) -> Array:
    """Give x - log(sum of e^x) along a dimension, without overflow.

    Args:
        a: floats of any shape.
        dim: as in `softmax`.
    """
    return _softmax("log_softmax", a, dim, is_log=True)


def softmax_backward(grad: Array, output: Array, dim: int) -> Array:
    """Give the gradient of softmax's operand: (grad - sum of grad * output) * output.

    Args:
        grad: of the result, of its shape and dtype.
        output: what `softmax` gave.
        dim: what it was given.

    Raises:
        ShapeError, DTypeError: grad does not fit output.
    """
    return _backward("softmax_backward", grad, output, dim, is_log=False)


def log_softmax_backward(grad: Array, output: Array, dim: int) -> Array:
    """Give the gradient of log_softmax's operand: grad - e^output * (sum of grad).

    Args:
        grad: of the result, of its shape and dtype.
        output: what `log_softmax` gave.
        dim: what it was given.

    Raises:
        ShapeError, DTypeError: grad does not fit output.
    """
    return _backward("log_softmax_backward", grad, output, dim, is_log=True)


def lines(
    operands: Sequence[Array], results: Sequence[Array], axis: int
) -> Iterator[tuple[bool, list[Array]]]:
    """Give the lines of arrays along an axis, block after block: see `dense_blocks`.

    Yields:
        Whether lines are rows, (lines, 1, length), else (outer, length, inner), and the blocks.
    """
    first = operands[0]
    before, _, after = groups = split_at(first, axis)
    is_rows = math.prod([first.shape[dim] for dim in after]) < _VECTOR
    if is_rows:
        groups = (*before, *after), (), (axis,)
    for block in dense_blocks(operands, results, groups, without(axis, first.ndim)):
        yield is_rows, block


def tile_width(length: int, inner: int) -> int:
    """Choose how many columns of some length to treat at once."""
    return min(inner, max(256, _TILE // length))


def is_short(length: int) -> bool:
    """Tell whether rows are better treated side by side, from measurements."""
    return length < 24 and length != 16


def padded_width(dtype: np.dtype[Any], length: int) -> int:
    """Give the size to which rows are better filled up, or 0, from measurements."""
    is_worth_it = dtype == np.float32 and 48 < length < 192 and length % 64 > 32
    return -(-length // 64) * 64 if is_worth_it else 0


def _softmax(name: str, a: Array, dim: int, is_log: bool) -> Array:
    way = _dense_way(a.dtype, a.shape, dim, is_log)
    if way and a.flags.carray:
        return way(a)
    check_dtype(name, a, only_floats=True)
    axis = axis_of(name, dim, a.shape)
    if a.ndim == 0:
        return _softmax(name, a.reshape(1), 0, is_log).reshape(())
    out = np.empty_like(a)
    if a.size:
        for is_rows, (x, y) in lines([a], [out], axis):
            if not is_rows:
                _ACROSS.for_size(x.size)(x, y, tile_width(*x.shape[1:]), is_log)
            elif is_short(x.shape[2]):
                _SHORT.for_size(x.size)(x[:, 0], y[:, 0], is_log)
            elif width := padded_width(x.dtype, x.shape[2]):
                _PADDED.for_size(x.size)(x[:, 0], y[:, 0], width, is_log)
            else:
                (_LOG_ALONG if is_log else _ALONG).for_size(x.size)(x[:, 0], y[:, 0])
    return out


@lru_cache(maxsize=MOST_KEPT, typed=True)
def _dense_way(
    dtype: np.dtype[Any], shape: tuple[int, ...], dim: int, is_log: bool
) -> Callable[[Array], Array] | None:
    """Make the way to the kernel of a small operand: see `prepared`."""
    three = _small_lines(dtype, shape, dim)
    if three is None:
        return None
    outer, length, inner = three
    view: tuple[int, ...] = (outer, length)
    options: tuple[Any, ...] = ()
    if inner > 1:
        view, options = three, (tile_width(length, inner), is_log)
        entry = serial_entry(_ACROSS, (dtype, 3), (dtype, 3), int, bool)
    elif is_short(length):
        options = (is_log,)
        entry = serial_entry(_SHORT, (dtype, 2), (dtype, 2), bool)
    elif width := padded_width(dtype, length):
        options = width, is_log
        entry = serial_entry(_PADDED, (dtype, 2), (dtype, 2), int, bool)
    else:
        entry = serial_entry(_LOG_ALONG if is_log else _ALONG, (dtype, 2), (dtype, 2))
    is_seen_so, empty = view == shape, np.empty

    def way(a: Array) -> Array:
        out = empty(shape, dtype)
        if is_seen_so:
            entry(a, out, *options)
        else:
            entry(a.reshape(view), out.reshape(view), *options)
        return out

    return way


def _small_lines(
    dtype: np.dtype[Any], shape: tuple[int, ...], dim: int
) -> tuple[int, int, int] | None:
    """Give a small array's (outer, length, inner); None where lines have to be turned to rows."""
    rank = len(shape)
    if not isinstance(dim, int) or not -rank <= dim < rank or not is_small(dtype, shape):
        return None
    three = three_at(shape, dim % rank)
    return None if 1 < three[2] < _VECTOR else three


def _backward(name: str, grad: Array, output: Array, dim: int, is_log: bool) -> Array:
    way = _dense_backward_way(output.dtype, output.shape, dim, is_log)
    if way and output.flags.carray and fits(grad, output.dtype, output.shape):
        return way(grad, output)
    check_dtype(name, output, only_floats=True)
    check_like(name, "grad", grad, output)
    axis = axis_of(name, dim, output.shape)
    if output.ndim == 0:
        return _backward(name, grad.reshape(1), output.reshape(1), 0, is_log).reshape(())
    result = np.empty_like(output)
    if output.size:
        for is_rows, (g, y, r) in lines([grad, output], [result], axis):
            if is_rows:
                kernel = _BACKWARD_ALONG.for_size(g.size)
                kernel(g[:, 0], y[:, 0], r[:, 0], is_log)
            else:
                kernel = _BACKWARD_ACROSS.for_size(g.size)
                kernel(g, y, r, tile_width(*g.shape[1:]), is_log)
    return result


@lru_cache(maxsize=MOST_KEPT, typed=True)
def _dense_backward_way(
    dtype: np.dtype[Any], shape: tuple[int, ...], dim: int, is_log: bool
) -> Callable[[Array, Array], Array] | None:
    """Make the way to the backward kernel of small operands: see `prepared`."""
    three = _small_lines(dtype, shape, dim)
    if three is None:
        return None
    outer, length, inner = three
    view: tuple[int, ...] = (outer, length)
    options: tuple[Any, ...] = (is_log,)
    if inner > 1:
        view, options = three, (tile_width(length, inner), is_log)
        entry = serial_entry(_BACKWARD_ACROSS, *[(dtype, 3)] * 3, int, bool)
    else:
        entry = serial_entry(_BACKWARD_ALONG, *[(dtype, 2)] * 3, bool)
    is_seen_so, empty = view == shape, np.empty

    def way(grad: Array, output: Array) -> Array:
        out = empty(shape, dtype)
        if is_seen_so:
            entry(grad, output, out, *options)
        else:
            entry(grad.reshape(view), output.reshape(view), out.reshape(view), *options)
        return out

    return way
