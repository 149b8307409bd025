"""Sorting and what follows from it: topk, median, mode, unique, searching, counting.

Arrays of any layout and of every dtype, unless a function says so. A NaN is larger than all
numbers, and both zeros are equal. Negative dimensions count from the right; a number counts as one
element.

All raise an IndexError for a dimension that does not exist, an ElementDTypeError for elements of a
type that they are not defined for, and an IndexRangeError (an IndexError and a RuntimeError) where
more elements are asked for than there are.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ..calls.prepared import MOST_KEPT, known
from ..indexing.checks import IndexRangeError, axis_of, check_elements
from .lines import FIRST, MODE, RANK, SORT, Shape, Way, chosen, short_way

Array = NDArray[Any]


def sort(a: Array, dim: int = -1, descending: bool = False) -> tuple[Array, Array]:
    """Sort along a dimension; equal elements stay in their order.

    The gradient is `scatter` of the result's to the positions, and so for all that give positions.

    Returns:
        The sorted elements, and where they come from, in int64.
    """
    way = known(_sort_way, a.dtype, a.shape, dim, descending)
    if way is not None and a.flags.carray:
        found: tuple[Array, Array] = way(a)
        return found
    line, axis = _line("sort", a, dim)
    values, positions = chosen(SORT, line, axis, line.shape[axis], descending, _options())
    return values.reshape(a.shape), positions.reshape(a.shape)


@lru_cache(maxsize=MOST_KEPT)
def _sort_way(dtype: np.dtype[Any], shape: Shape, dim: int, descending: bool) -> Way | None:
    line = shape or (1,)
    if not _is_axis(dim, line):
        return None
    axis = dim % len(line)
    return short_way(SORT, dtype, line, axis, line[axis], shape, descending, _options())


def argsort(a: Array, dim: int = -1, descending: bool = False) -> Array:
    """Give the positions of the sorted elements: see `sort`."""
    return sort(a, dim, descending)[1]


def topk(
    a: Array, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> tuple[Array, Array]:
    """Take the k largest or smallest elements along a dimension.

    Of equal elements the first ones are taken. All dtypes but bool.

    Args:
        a: any shape.
        k: how many.
        dim: along what.
        largest: the largest ones.
        sorted: from the largest (smallest) one on, and not in any order.

    Returns:
        The elements, and where they come from, in int64.

    Raises:
        IndexRangeError: k is negative or larger than the dimension.
    """
    way = known(_topk_way, a.dtype, a.shape, k, dim, largest, sorted)
    if way is not None and a.flags.carray:
        found: tuple[Array, Array] = way(a)
        return found
    check_elements("topk", a, without="b")
    line, axis = _line("topk", a, dim)
    if not 0 <= k <= line.shape[axis]:
        raise IndexRangeError(
            f"topk: k = {k} is out of range for dimension {axis} of shape {a.shape}: "
            f"expected 0 to {line.shape[axis]}."
        )
    if a.ndim == 0:
        return a.copy(), np.zeros((), np.int64)
    return chosen(FIRST, line, axis, k, largest, _options(sorted))


@lru_cache(maxsize=MOST_KEPT, typed=True)
def _topk_way(
    dtype: np.dtype[Any], shape: Shape, k: int, dim: int, largest: bool, sorted: bool
) -> Way | None:
    if type(k) is not int or dtype.kind == "b" or not shape or not _is_axis(dim, shape):
        return None
    axis = dim % len(shape)
    if not 0 <= k <= shape[axis]:
        return None
    out_shape = (*shape[:axis], k, *shape[axis + 1 :])
    return short_way(FIRST, dtype, shape, axis, k, out_shape, largest, _options(sorted))


def kthvalue(a: Array, k: int, dim: int = -1, keepdims: bool = False) -> tuple[Array, Array]:
    """Take the k-th smallest element along a dimension, k counted from 1, and its position.

    Of equal elements the position is that which `sort` gives. All dtypes but bool.

    Raises:
        IndexRangeError: there is no k-th element.
    """
    if type(k) is int and k > 0 and a.dtype.kind != "b":
        found = _one_shortly(RANK, a, dim, keepdims, 0, k - 1)
        if found is not None:
            return found
    check_elements("kthvalue", a, without="b")
    line, axis = _line("kthvalue", a, dim)
    if not 1 <= k <= line.shape[axis]:
        raise IndexRangeError(
            f"kthvalue: k = {k} is out of range for dimension {axis} of shape {a.shape}: "
            f"expected 1 to {line.shape[axis]}."
        )
    return _one("kthvalue", RANK, a, dim, keepdims, _options(0, k - 1))


def median(a: Array, dim: int | None = None, keepdims: bool = False) -> Any:
    """Take the middle element, of two the lower one; a NaN wins. All dtypes but bool.

    Args:
        a: any shape.
        dim: along what; None flattens, and gives no position.
        keepdims: the dimension stays, with size 1.

    Returns:
        The elements, and their positions in int64 unless dim is None. Of nothing, without dim, NaN
        or the lowest integer.

    Raises:
        IndexRangeError: the dimension has size 0.
    """
    return _median("median", a, dim, keepdims, skips_nan=False)


def nanmedian(a: Array, dim: int | None = None, keepdims: bool = False) -> Any:
    """Take the middle one of the elements that are not NaN: see `median`."""
    return _median("nanmedian", a, dim, keepdims, skips_nan=True)


def mode(a: Array, dim: int = -1, keepdims: bool = False) -> tuple[Array, Array]:
    """Take the most frequent element along a dimension, of several the smallest.

    Each NaN counts for itself.

    Returns:
        The elements, and the last positions where they are found, in int64.

    Raises:
        IndexRangeError: the dimension has size 0.
    """
    found = _one_shortly(MODE, a, dim, keepdims)
    if found is not None:
        return found
    return _one("mode", MODE, a, dim, keepdims, _options(nan=_nan_key(a.dtype)))


# ---- lines


def _line(name: str, a: Array, dim: int) -> tuple[Array, int]:
    check_elements(name, a)
    return a.reshape(1) if a.ndim == 0 else a, axis_of(name, dim, a.ndim)


def _is_axis(dim: int, shape: Shape) -> bool:
    return -len(shape) <= dim < len(shape)


def _options(first: int = 0, rank: int = 0, nan: int = 0, skips_nan: bool = False) -> Array:
    """List what kernels take: see `loops`."""
    return np.array([first, rank, nan, skips_nan], np.uint64)


def _nan_key(dtype: np.dtype[Any]) -> int:
    return (1 << 8 * dtype.itemsize) - 1 if dtype.kind == "f" else 0


def _median(name: str, a: Array, dim: int | None, keepdims: bool, skips_nan: bool) -> Any:
    line = a if dim is not None else a.ravel() if a.flags.carray else a.reshape(-1)
    along = 0 if dim is None else dim
    if a.dtype.kind != "b":
        found = _one_shortly(RANK, line, along, keepdims, 1, 0, skips_nan)
        if found is not None:
            return found[0] if dim is None else found
    check_elements(name, a, without="b")
    if dim is None and a.size == 0:
        nothing = np.nan if a.dtype.kind == "f" else np.iinfo(a.dtype).min
        return np.array(nothing, a.dtype)
    options = _options(1, 0, _nan_key(a.dtype), skips_nan)
    found = _one(name, RANK, line, along, keepdims, options)
    return found[0] if dim is None else found


def _one_shortly(
    kernel: SizedKernel,
    a: Array,
    dim: int,
    keepdims: bool,
    is_middle: int = 0,
    rank: int = 0,
    skips_nan: bool = False,
) -> tuple[Array, Array] | None:
    """Take one element from each line, if that is simple."""
    if not a.flags.carray:
        return None
    way = known(_one_way, kernel, a.dtype, a.shape, dim, keepdims, is_middle, rank, skips_nan)
    found: tuple[Array, Array] | None = way and way(a)
    return found


@lru_cache(maxsize=MOST_KEPT)
def _one_way(
    kernel: SizedKernel,
    dtype: np.dtype[Any],
    shape: Shape,
    dim: int,
    keepdims: bool,
    is_middle: int,
    rank: int,
    skips_nan: bool,
) -> Way | None:
    line = shape or (1,)
    if not _is_axis(dim, line) or rank >= line[dim]:
        return None
    axis = dim % len(line)
    kept = (1,) if keepdims and shape else ()
    options = _options(is_middle, rank, _nan_key(dtype), skips_nan)
    out_shape = (*line[:axis], *kept, *line[axis + 1 :])
    return short_way(kernel, dtype, line, axis, 1, out_shape, False, options)


def _one(
    name: str, kernel: SizedKernel, a: Array, dim: int, keepdims: bool, options: Array
) -> tuple[Array, Array]:
    """Take one element from each line."""
    line, axis = _line(name, a, dim)
    if line.shape[axis] == 0:
        raise IndexRangeError(f"{name}: dimension {axis} of shape {a.shape} has size 0.")
    values, positions = chosen(kernel, line, axis, 1, False, options)
    if a.ndim and keepdims:
        return values, positions
    shape = (*a.shape[:axis], *a.shape[axis + 1 :])
    return values.reshape(shape), positions.reshape(shape)
