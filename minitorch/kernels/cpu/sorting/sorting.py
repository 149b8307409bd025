"""Sorting and what follows from it: topk, median, mode, unique, searching, counting.

Arrays of any layout and of every dtype, unless a function says so. A NaN is larger than all
numbers, and both zeros are equal. Negative dimensions count from the right; a number counts as one
element.

All raise an IndexError for a dimension that does not exist, an ElementDTypeError for elements of a
type that they are not defined for, and an IndexRangeError (an IndexError and a RuntimeError) where
more elements are asked for than there are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ..indexing.checks import IndexRangeError, axis_of, bits_of, check_elements
from ..indexing.core import flat, pick, steps_of
from ..indexing.core import lines as route_of_lines
from . import loops as loops

Array = NDArray[Any]

# A launch treats at most this many elements, if they are in several lines: so large is the
# workspace of their keys, and so long it takes to return to Python, where Ctrl-C is noticed.
_AT_ONCE = 1 << 19
# Steps of `SizedKernel.for_size` that an element costs.
_COSTLY = 4

_LOAD = SizedKernel(lambda: loops.compiled(loops.load_lines))
_SORT = SizedKernel(lambda: loops.compiled(loops.sort_lines))
_FIRST = SizedKernel(lambda: loops.compiled(loops.first_lines))
_RANK = SizedKernel(lambda: loops.compiled(loops.rank_lines))
_MODE = SizedKernel(lambda: loops.compiled(loops.mode_lines))
# The rank of the middle, of two the lower one.
_MIDDLE = -1


def sort(a: Array, dim: int = -1, descending: bool = False) -> tuple[Array, Array]:
    """Sort along a dimension; equal elements stay in their order.

    The gradient is `scatter` of the result's to the positions, and so for all that give positions.

    Returns:
        The sorted elements, and where they come from, in int64.
    """
    line, axis = _line("sort", a, dim)
    values, positions = _found(_SORT, line, axis, line.shape[axis], descending)
    return values.reshape(a.shape), positions.reshape(a.shape)


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
    check_elements("topk", a, without="b")
    line, axis = _line("topk", a, dim)
    if not 0 <= k <= line.shape[axis]:
        raise IndexRangeError(
            f"topk: k = {k} is out of range for dimension {axis} of shape {a.shape}: "
            f"expected 0 to {line.shape[axis]}."
        )
    if a.ndim == 0:
        return a.copy(), np.zeros((), np.int64)
    return _found(_FIRST, line, axis, k, largest, k, sorted)


def kthvalue(a: Array, k: int, dim: int = -1, keepdims: bool = False) -> tuple[Array, Array]:
    """Take the k-th smallest element along a dimension, k counted from 1, and its position.

    Of equal elements the position is that which `sort` gives. All dtypes but bool.

    Raises:
        IndexRangeError: there is no k-th element.
    """
    check_elements("kthvalue", a, without="b")
    line, axis = _line("kthvalue", a, dim)
    if not 1 <= k <= line.shape[axis]:
        raise IndexRangeError(
            f"kthvalue: k = {k} is out of range for dimension {axis} of shape {a.shape}: "
            f"expected 1 to {line.shape[axis]}."
        )
    return _one("kthvalue", _RANK, a, dim, keepdims, k - 1, np.uint64(0), False)


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
    return _one("mode", _MODE, a, dim, keepdims, _nan_key(a))


# ---- lines


def _line(name: str, a: Array, dim: int) -> tuple[Array, int]:
    check_elements(name, a)
    return a.reshape(1) if a.ndim == 0 else a, axis_of(name, dim, a.ndim)


def _median(name: str, a: Array, dim: int | None, keepdims: bool, skips_nan: bool) -> Any:
    check_elements(name, a, without="b")
    if dim is not None:
        return _one(name, _RANK, a, dim, keepdims, _MIDDLE, _nan_key(a), skips_nan)
    if a.size == 0:
        nothing = np.nan if a.dtype.kind == "f" else np.iinfo(a.dtype).min
        return np.array(nothing, a.dtype)
    line = a.reshape(-1)
    return _one(name, _RANK, line, 0, False, _MIDDLE, _nan_key(a), skips_nan)[0]


def _one(
    name: str, kernel: SizedKernel, a: Array, dim: int, keepdims: bool, *extra: Any
) -> tuple[Array, Array]:
    """Take one element from each line."""
    line, axis = _line(name, a, dim)
    if line.shape[axis] == 0:
        raise IndexRangeError(f"{name}: dimension {axis} of shape {a.shape} has size 0.")
    values, positions = _found(kernel, line, axis, 1, False, *extra)
    if a.ndim and keepdims:
        return values, positions
    shape = (*a.shape[:axis], *a.shape[axis + 1 :])
    return values.reshape(shape), positions.reshape(shape)


def _nan_key(a: Array) -> np.uint64:
    return np.uint64((1 << 8 * a.itemsize) - 1 if a.dtype.kind == "f" else 0)


def _form(dtype: np.dtype[Any], descending: bool) -> NDArray[np.uint64]:
    """Describe elements: see `loops`."""
    every = (1 << 8 * dtype.itemsize) - 1
    kind = {"b": 0, "u": 0, "i": 1, "f": 2}[dtype.kind]
    infinite = np.array(np.inf, dtype).view(f"u{dtype.itemsize}") if kind == 2 else 0
    sign = (every + 1) >> 1
    return np.array([kind, sign, int(infinite), every, every if descending else 0], np.uint64)


def _found(
    kernel: SizedKernel, a: Array, axis: int, count: int, descending: bool, *extra: Any
) -> tuple[Array, Array]:
    """Run a kernel on all lines along an axis; give the elements found, and their positions.

    Args:
        kernel: of `loops`.
        a: at least one dimension.
        axis: the dimension.
        count: how many elements of a line are found.
        descending: the largest element comes first.
        *extra: further arguments of the kernel.
    """
    shape = (*a.shape[:axis], count, *a.shape[axis + 1 :])
    values, positions = np.empty(shape, a.dtype), np.empty(shape, np.int64)
    if values.size == 0:
        return values, positions
    n, form, bits = a.shape[axis], _form(a.dtype, descending), bits_of(a)
    flat_bits, first = flat(bits)
    steps, out_steps = steps_of(bits), steps_of(positions)
    starts = _starts(a.shape, steps, axis, first)
    out_starts = _starts(shape, out_steps, axis, 0)
    lines = max(1, loops.BLOCK // n)
    at_once = max(1, _AT_ONCE // n)
    keys = np.empty((min(at_once, len(starts)), n), np.uint64)
    for begin in range(0, len(starts), at_once):
        part = starts[begin : begin + at_once]
        own = keys[: len(part)]
        work = own.size if len(part) > lines else 0
        _LOAD.for_size(work)(flat_bits, form, part, steps[axis], own)
        out_part = out_starts[begin : begin + at_once]
        run = kernel.for_size(work * _COSTLY)
        run(own, positions.reshape(-1), out_part, out_steps[axis], lines, *extra)
    pick(route_of_lines(a, axis, positions), values)
    return values, positions


def _starts(shape: tuple[int, ...], steps: tuple[int, ...], axis: int, first: int) -> Array:
    """Give the position of each line's first element."""
    starts = np.array([first], np.int64)
    for dim, (size, step) in enumerate(zip(shape, steps, strict=True)):
        if dim != axis:
            starts = np.add.outer(starts, np.arange(size, dtype=np.int64) * step).reshape(-1)
    return starts
