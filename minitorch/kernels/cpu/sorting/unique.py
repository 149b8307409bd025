"""Equal elements: unique, unique_consecutive; places among sorted ones: searchsorted; counts.

Results are in the order of elements in which `sorting` puts them, but each NaN differs from all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD, SizedKernel
from ....errors import ShapeError
from ..calls.prepared import MOST_KEPT, known, serial_entry
from ..elementwise.cast import contiguous
from ..indexing.checks import (
    DTYPES,
    IndexRangeError,
    IndexShapeError,
    axis_of,
    bits_of,
    check_elements,
    check_same_dtype,
    checked_indices,
)
from ..indexing.core import pick, slices
from . import loops as loops
from .lines import form_of
from .search_loops import search

Array = NDArray[Any]

_SEARCH = SizedKernel(lambda: loops.compiled(search))
_UNIQUE = SizedKernel(lambda: loops.unique_line)
_COUNT = SizedKernel(lambda: loops.compiled(loops.count_each))
# Steps of `SizedKernel.for_size` that a search costs.
_COSTLY = 16
_INDEX = np.dtype(np.int64)
_NO_SORTER = np.zeros(0, _INDEX)


def unique(a: Array, dim: int | None = None) -> tuple[Array, Array, Array]:
    """List the different elements, sorted.

    Args:
        a: any shape; it is flattened unless there is a dim.
        dim: compare whole slices along this dimension, ordered by their first different elements.

    Returns:
        The elements (or slices); for each element of a (or slice) its place among them, in int64;
        how often each occurs, in int64.

    Raises:
        ShapeError: slices without elements.
    """
    check_elements("unique", a)
    if dim is None:
        return _unique_elements(a)
    axis, rows = _slices("unique", a, dim)
    # Big-endian bytes of keys compare as the elements do: a copy, as long as the slices are.
    keys = np.ascontiguousarray(_keys(rows).astype(f">u{a.itemsize}"))
    order = keys.view(f"V{keys.shape[1] * a.itemsize}").reshape(-1).argsort(kind="stable")
    return _groups(_taken(a, axis, order), rows[order], order, axis, (len(rows),))


def _unique_elements(a: Array) -> tuple[Array, Array, Array]:
    line = a.ravel() if a.flags.carray else contiguous(a).reshape(-1)
    n, dtype, empty = line.size, a.dtype, np.empty
    values, places, firsts = empty(n, dtype), empty(a.shape, np.int64), empty(n + 1, np.int64)
    found = _unique_line(dtype)(line, form_of(dtype, False), values, places.ravel(), firsts, n)
    # A copy, so that a short list does not keep the memory of a long one.
    values = values[:found] if 2 * found >= n else values[:found].copy()
    firsts = firsts[: found + 1]
    return values, places, firsts[1:] - firsts[:-1]


@lru_cache
def _unique_line(dtype: np.dtype[Any]) -> Callable[..., int]:
    bits = np.dtype(f"u{dtype.itemsize}")
    return serial_entry(_UNIQUE, bits, np.dtype(np.uint64), bits, _INDEX, _INDEX, int)


def unique_consecutive(a: Array, dim: int | None = None) -> tuple[Array, Array, Array]:
    """List the elements (or slices) that differ from the one before: see `unique`."""
    check_elements("unique_consecutive", a)
    if dim is None:
        values = a.reshape(-1)
        return _groups(values, values.reshape(-1, 1), None, 0, a.shape)
    axis, rows = _slices("unique_consecutive", a, dim)
    return _groups(a, rows, None, axis, (len(rows),))


def _slices(name: str, a: Array, dim: int) -> tuple[int, Array]:
    """Give the slices along a dimension as rows."""
    axis = axis_of(name, dim, a.ndim)
    line = a.reshape(1) if a.ndim == 0 else a
    rows = np.moveaxis(line, axis, 0)
    if rows.size == 0 and len(rows):
        raise ShapeError(f"{name}: slices of shape {a.shape} along {axis} have no elements.")
    return axis, contiguous(rows).reshape(len(rows), -1 if len(rows) else 1)


def _keys(a: Array) -> Array:
    """Give unsigned integers in the order of the elements; see `loops`."""
    bits = bits_of(a)
    if a.dtype.kind in "bu":
        return bits
    sign = bits.dtype.type(1 << 8 * a.itemsize - 1)
    if a.dtype.kind == "i":
        return bits ^ sign
    keys = np.where(bits & sign, ~bits, bits | sign)
    keys[a == 0] = sign
    keys[np.isnan(a)] = ~bits.dtype.type(0)
    return keys


def _taken(a: Array, axis: int, index: Array) -> Array:
    line = a.reshape(1) if a.ndim == 0 else a
    out = np.empty((*line.shape[:axis], index.size, *line.shape[axis + 1 :]), a.dtype)
    pick(slices(line, axis, index), out)
    return out


def _groups(
    values: Array, rows: Array, order: Array | None, axis: int, shape: tuple[int, ...]
) -> tuple[Array, Array, Array]:
    """Join neighbours that are equal.

    Args:
        values: what lies in order along the axis.
        rows: the same, as rows.
        order: where each was before; None where it is.
        axis: the dimension.
        shape: of the places.
    """
    is_first = np.ones(len(rows), np.bool_)
    np.any(rows[1:] != rows[:-1], axis=1, out=is_first[1:])
    firsts = np.flatnonzero(is_first)
    groups = np.cumsum(is_first) - 1
    places = groups
    if order is not None:
        places = np.empty(len(rows), np.int64)
        places[order] = groups
    counts = np.diff(np.append(firsts, len(rows)))
    return _taken(values, axis, firsts), places.reshape(shape), counts


def searchsorted(
    sorted_sequence: Array, values: Array, right: bool = False, sorter: Array | None = None
) -> Array:
    """Find the places where values would keep a sequence sorted.

    Args:
        sorted_sequence: (N), or (*, N) for values (*, M): lines in rising order.
        values: any shape, of the same dtype.
        right: behind all equal elements, and not before them.
        sorter: of the sequence's shape, the positions that would sort it; int64.

    Returns:
        The values' shape, in int64.

    Raises:
        ShapeError: the shapes do not fit.
        IndexRangeError: a position in the sorter is out of range.
    """
    way = known(_search_way, sorted_sequence.dtype, sorted_sequence.shape, values.shape)
    if way is not None and sorter is None and values.dtype == sorted_sequence.dtype:
        found = way(sorted_sequence, values, right)
        if found is not None:
            return found
    check_elements("searchsorted", sorted_sequence)
    check_same_dtype("searchsorted", sorted_sequence=sorted_sequence, values=values)
    lines = sorted_sequence.ndim > 1
    if sorted_sequence.ndim == 0 or (lines and sorted_sequence.shape[:-1] != values.shape[:-1]):
        raise ShapeError(
            "searchsorted needs a sequence of 1 dimension, or the same dimensions but the last of "
            f"sequence and values; got {sorted_sequence.shape} and {values.shape}."
        )
    n = sorted_sequence.shape[-1]
    if sorter is not None:
        if sorter.shape != sorted_sequence.shape:
            raise IndexShapeError(
                f"searchsorted: sorter {sorter.shape} needs the shape of the sequence, "
                f"{sorted_sequence.shape}."
            )
        sorter = checked_indices("searchsorted", sorter, n, sorter.ndim - 1)
        sorter = contiguous(sorter).reshape(-1).astype(np.int64, copy=False)
    out = np.empty(values.shape, np.int64)
    if out.size:
        # In order, because every value looks through its line by halves.
        flat = [_comparable(a) for a in (sorted_sequence, values)]
        steps = np.array([n, values.shape[-1] if lines else 0])
        kernel = _SEARCH.for_size(_COSTLY * out.size)
        by = _NO_SORTER if sorter is None else sorter
        kernel(flat[0], flat[1], by, out.reshape(-1), steps, right)
    return out


@lru_cache(maxsize=MOST_KEPT)
def _search_way(
    dtype: np.dtype[Any], shape: tuple[int, ...], values_shape: tuple[int, ...]
) -> Callable[[Array, Array, bool], Array | None] | None:
    """Make the way for few values of a type that is compared in itself; see `prepared`."""
    if dtype not in DTYPES or dtype.char in "?e":
        return None
    if len(shape) == 0 or (len(shape) > 1 and shape[:-1] != values_shape[:-1]):
        return None
    if not 0 < prod(values_shape) < PARALLEL_THRESHOLD // _COSTLY:
        return None
    steps = np.array([shape[-1], values_shape[-1] if len(shape) > 1 else 0])
    entry = serial_entry(_SEARCH, dtype, dtype, _INDEX, _INDEX, _INDEX, bool)
    empty = np.empty

    def way(line: Array, values: Array, right: bool) -> Array | None:
        if not line.flags.carray or not values.flags.carray:
            return None
        out = empty(values_shape, _INDEX)
        entry(line.ravel(), values.ravel(), _NO_SORTER, out.ravel(), steps, right)
        return out

    return way


def _comparable(a: Array) -> Array:
    """List the elements, float16 in float32 and bool in uint8."""
    flat = contiguous(a).reshape(-1)
    if a.dtype == np.float16:
        return flat.astype(np.float32)
    return flat.view(np.uint8) if a.dtype == np.bool_ else flat


def bucketize(values: Array, boundaries: Array, right: bool = False) -> Array:
    """Find the bucket of each value between rising boundaries (N): see `searchsorted`."""
    if boundaries.ndim != 1:
        raise ShapeError(f"bucketize needs boundaries of 1 dimension, got {boundaries.shape}.")
    return searchsorted(boundaries, values, right)


def bincount(a: Array, weights: Array | None = None, minlength: int = 0) -> Array:
    """Count how often each number from 0 on occurs, or add up the weights of its places.

    Args:
        a: (N) integers, none negative.
        weights: (N).
        minlength: the least length of the result.

    Returns:
        int64; with weights float32 if these are, and else float64.

    Raises:
        ElementDTypeError: no integers.
        ShapeError: another number of dimensions or of weights.
        IndexRangeError: a negative number or minlength.
    """
    check_elements("bincount", a, without="bf")
    if a.ndim != 1 or (weights is not None and weights.shape != a.shape):
        raise ShapeError(
            f"bincount needs a list of integers, and as many weights; got {a.shape}"
            f"{'' if weights is None else f' and {weights.shape}'}."
        )
    if minlength < 0:
        raise IndexRangeError(f"bincount: minlength must be >= 0, got {minlength}.")
    least, most = (int(a.min()), int(a.max())) if a.size else (0, -1)
    if least < 0:
        raise IndexRangeError(f"bincount: {least} at position {int(a.argmin())} is negative.")
    size = max(minlength, most + 1)
    if weights is not None:
        dtype = np.float32 if weights.dtype == np.float32 else np.float64
        return np.bincount(a, weights, size).astype(dtype, copy=False)
    out = np.zeros(size, np.int64)
    _COUNT.for_size(0)(contiguous(a), out)
    return out


def histc(a: Array, bins: int = 100, min: float = 0, max: float = 0) -> Array:
    """Count the elements in bins of equal width; those outside, and NaN, are left out.

    Args:
        a: floats of any shape.
        bins: how many.
        min: where the first bin begins.
        max: where the last bin ends; if it is min, both are taken from the elements.

    Returns:
        (bins), of the elements' dtype.

    Raises:
        RuntimeError: no bins, limits that are not finite or fall.
    """
    check_elements("histc", a, without="biu")
    low, high = float(min), float(max)
    if low == high and a.size:
        low, high = float(a.min()), float(a.max())
    if low == high:
        low, high = low - 1, high + 1
    if bins <= 0 or not (np.isfinite(low) and np.isfinite(high)) or low > high:
        raise IndexRangeError(
            f"histc needs at least one bin and finite rising limits, got {bins} from {low} to "
            f"{high}."
        )
    elements = a.reshape(-1)
    elements = elements[(elements >= low) & (elements <= high)].astype(
        np.float32 if a.dtype == np.float16 else a.dtype, copy=False
    )
    kind = elements.dtype.type
    places = ((elements - kind(low)) * kind(bins) / (kind(high) - kind(low))).astype(np.int64)
    return np.bincount(np.minimum(places, bins - 1), minlength=bins).astype(a.dtype)
