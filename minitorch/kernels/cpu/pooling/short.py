"""The short way to pooling over the windows of small inputs: see `prepared`."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from ...._jit import PARALLEL_THRESHOLD, SizedKernel
from ..calls.prepared import MOST_KEPT, Array, fits, is_small, serial_entry
from ..convolutions.form import Numbers, per_dim
from . import loops
from .windows import Windows, adaptive_windows, divisor_of, mean_windows, windows

_LARGEST = SizedKernel(lambda: loops.largest)
_MEAN = SizedKernel(lambda: loops.mean)
_SPREAD_MEAN = SizedKernel(lambda: loops.spread_mean)
_PLACE = SizedKernel(lambda: loops.place)

_INDEX, _DOUBLE = np.dtype(np.int64), np.dtype(np.float64)
_Shape = tuple[int, ...]
_Largest = Callable[[Array], tuple[Array, Array]]
_Mean = Callable[[Array], Array]


@lru_cache(maxsize=MOST_KEPT, typed=True)
def max_pool_way(
    dtype: np.dtype[Any],
    shape: _Shape,
    kernel_size: Numbers,
    stride: Numbers | None,
    padding: Numbers,
    dilation: Numbers,
    ceil_mode: bool,
) -> _Largest | None:
    """Make the way to `max_pool`."""
    if not _is_plain(dtype, shape):
        return None
    name = f"max_pool{len(shape) - 2}d"
    steps = per_dim(name, "dilation", dilation, len(shape) - 2, 1)
    seen = windows(name, shape, kernel_size, stride, padding, steps, ceil_mode, False)
    return _largest_way(dtype, shape, seen, steps)


@lru_cache(maxsize=MOST_KEPT, typed=True)
def adaptive_max_pool_way(
    dtype: np.dtype[Any], shape: _Shape, output_size: Numbers
) -> _Largest | None:
    """Make the way to `adaptive_max_pool`."""
    if not _is_plain(dtype, shape):
        return None
    seen = adaptive_windows(f"adaptive_max_pool{len(shape) - 2}d", shape, output_size)
    return _largest_way(dtype, shape, seen, (1,) * (len(shape) - 2))


@lru_cache(maxsize=MOST_KEPT, typed=True)
def avg_pool_way(
    dtype: np.dtype[Any],
    shape: _Shape,
    kernel_size: Numbers,
    stride: Numbers | None,
    padding: Numbers,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> _Mean | None:
    """Make the way to `avg_pool`."""
    if not _is_plain(dtype, shape):
        return None
    name = f"avg_pool{len(shape) - 2}d"
    seen = mean_windows(name, shape, kernel_size, stride, padding, ceil_mode, count_include_pad)
    divisor = divisor_of(name, divisor_override)
    if not _is_little(shape, seen):
        return None
    out_shape = (*shape[:2], *seen.sizes)
    wide = _wide(out_shape)
    entry = serial_entry(_MEAN, (dtype, 1), (dtype, 5), (_INDEX, 1), (_INDEX, 2), (_DOUBLE, 1))
    tables = _dense_steps(shape), seen.table, np.array([divisor], np.float64)
    empty = np.empty

    def way(x: Array) -> Array:
        out = empty(out_shape, dtype)
        entry(x.ravel(), out.reshape(wide), *tables)
        return out

    return way


@lru_cache(maxsize=MOST_KEPT, typed=True)
def avg_pool_backward_way(
    dtype: np.dtype[Any],
    grad_shape: _Shape,
    shape: _Shape,
    kernel_size: Numbers,
    stride: Numbers | None,
    padding: Numbers,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> _Mean | None:
    """Make the way to `avg_pool_backward`."""
    if not _is_plain(dtype, shape) or len(grad_shape) != len(shape):
        return None
    name = f"avg_pool{len(shape) - 2}d_backward"
    seen = mean_windows(name, shape, kernel_size, stride, padding, ceil_mode, count_include_pad)
    if grad_shape != (*shape[:2], *seen.sizes) or not _is_little(shape, seen):
        return None
    divisor = divisor_of(name, divisor_override)
    wide, wide_grad = _wide(shape), _wide(grad_shape)
    entry = serial_entry(_SPREAD_MEAN, (dtype, 5, "A"), (dtype, 5), (_INDEX, 2), (_DOUBLE, 1))
    tables = seen.table, np.array([divisor], np.float64)
    empty = np.empty

    def way(grad: Array) -> Array:
        out = empty(shape, dtype)
        entry(grad.reshape(wide_grad), out.reshape(wide), *tables)
        return out

    return way


@lru_cache(maxsize=MOST_KEPT)
def max_pool_backward_way(
    dtype: np.dtype[Any], grad_shape: _Shape, shape: _Shape
) -> Callable[[Array, Array], Array | None] | None:
    """Make the way to `max_pool_backward`; it gives None where an index does not exist."""
    if not (_is_plain(dtype, shape) and is_small(dtype, grad_shape)):
        return None
    planes = shape[:2]
    if grad_shape[:2] != planes or len(grad_shape) != len(shape):
        return None
    # One long row costs less than many short ones.
    view, rows = (*planes, prod(shape[2:])), (*planes, 1, 1, prod(grad_shape[2:]))
    entry = serial_entry(
        _PLACE, (dtype, 5, "A"), (_INDEX, 5, "A"), (dtype, 3), (_INDEX, 2), (_INDEX, 1)
    )
    adds, empty, zeros, count = np.array([1]), np.empty, np.zeros, np.count_nonzero

    def way(grad: Array, indices: Array) -> Array | None:
        if not grad.flags.carray or not fits(indices, _INDEX, grad_shape):
            return None
        out, wrong = empty(shape, dtype), zeros(planes, _INDEX)
        entry(grad.reshape(rows), indices.reshape(rows), out.reshape(view), wrong, adds)
        return None if count(wrong) else out

    return way


def _largest_way(
    dtype: np.dtype[Any], shape: _Shape, seen: Windows, dilation: _Shape
) -> _Largest | None:
    if not _is_little(shape, seen):
        return None
    out_shape = (*shape[:2], *seen.sizes)
    wide = _wide(out_shape)
    table, wide_table = (_INDEX, 1), (_INDEX, 2)
    entry = serial_entry(_LARGEST, (dtype, 1), (dtype, 5), (_INDEX, 5), table, wide_table, table)
    distances = np.array([*[1] * (3 - len(dilation)), *dilation, seen.longest], np.int64)
    tables = _dense_steps(shape), seen.table, distances
    empty = np.empty

    def way(x: Array) -> tuple[Array, Array]:
        out, indices = empty(out_shape, dtype), empty(out_shape, _INDEX)
        entry(x.ravel(), out.reshape(wide), indices.reshape(wide), *tables)
        return out, indices

    return way


def _is_plain(dtype: np.dtype[Any], shape: _Shape) -> bool:
    return 3 <= len(shape) <= 5 and is_small(dtype, shape)


def _is_little(shape: _Shape, seen: Windows) -> bool:
    """Tell whether there are windows, none of them empty, and one thread goes through them."""
    visits = prod(shape[:2]) * prod(seen.sizes) * seen.mean_size
    return seen.is_empty is None and min(seen.sizes) > 0 and visits < PARALLEL_THRESHOLD


def _wide(shape: _Shape) -> _Shape:
    """Give a shape with three spatial dimensions, the missing ones of size 1."""
    return (*shape[:2], *[1] * (5 - len(shape)), *shape[2:])


def _dense_steps(shape: _Shape) -> Array:
    """Give the table of steps of `loops.py` for a dense array."""
    sizes = _wide(shape)
    return np.array([0, *[prod(sizes[dim + 1 :]) for dim in range(5)], *sizes[2:]], np.int64)
