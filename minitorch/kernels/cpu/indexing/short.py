"""The short way of functions that take indices, for dense operands.

What the general way checks and plans costs far more than to move a few elements. Here it is kept
for each combination of shapes and dtypes, and kernels are called without Numba's dispatch. All
functions give None (or False) for whatever is not so simple, wrong arguments too: then the general
way is to be taken, which raises the errors.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD
from ..calls.prepared import serial_entry
from .checks import DTYPES, INDEX_DTYPES, within
from .core import PICK, PUT, seen_as, working
from .plan import Launch, plan

Array = NDArray[Any]
Shape = tuple[int, ...]
_Dtype = np.dtype[Any]
Picker = Callable[[Array, Array], Array | None]
Putter = Callable[[Array, Array, Array], bool]

_LAYOUT = np.dtype(np.int64), 2
# NumPy treats so many elements as fast as a kernel.
_FEW = 1 << 12


# ---- whole slices


def take_slices(table: Array, axis: int, index: Array) -> Array | None:
    """Take slices at indices of any shape, which stand in place of the dimension."""
    if table.dtype not in DTYPES or index.dtype not in INDEX_DTYPES:
        return None
    if not table.flags.carray or not index.flags.carray:
        return None
    size = table.shape[axis]
    if index.size == 0 or table.size // (size or 1) * index.size >= PARALLEL_THRESHOLD:
        return None
    if not within(index.dtype)(index.ravel(), size):
        return None
    return table.take(index, axis)


def take_few(table: Array, index: Array) -> Array | None:
    """Take elements of the flattened table; negative indices count from its end."""
    if table.dtype not in DTYPES or index.dtype not in INDEX_DTYPES or index.size > _FEW:
        return None
    if not table.flags.c_contiguous or index.ndim == 0:
        return None
    try:
        return table.take(index)
    except IndexError:
        return None


def put_slices(how: str, table: Array, axis: int, index: Array, new: Array) -> bool:
    """Join slices with a table's, in place, at a list of indices."""
    way = _slices_way(how, table.dtype, table.shape, axis, index.dtype, index.shape)
    return way is not None and way(table, index, new)


@lru_cache(maxsize=1024)
def _slices_way(
    how: str, dtype: _Dtype, shape: Shape, axis: int, index_dtype: _Dtype, index_shape: Shape
) -> Putter | None:
    if len(index_shape) != 1 or not -len(shape) <= axis < len(shape):
        return None
    axis %= len(shape)
    before, after = math.prod(shape[:axis]), math.prod(shape[axis + 1 :])
    (n,) = index_shape
    new_shape = (*shape[:axis], n, *shape[axis + 1 :])
    steps = ((shape[axis] * after, 0, 1), (0, 1, 0), (n * after, after, 1))
    walk = ((before, n, after), steps, after)
    return _putter(how, dtype, shape, index_dtype, shape[axis], new_shape, walk)


# ---- one element for each index


def pick_lines(table: Array, axis: int, index: Array) -> Array | None:
    """Take an element for each index, which points along a dimension."""
    way = _pick_way(table.dtype, table.shape, axis, index.dtype, index.shape)
    return None if way is None else way(table, index)


def put_lines(how: str, table: Array, axis: int, index: Array, new: Array) -> bool:
    """Join an element for each index, which points along a dimension, in place."""
    way = _lines_way(how, table.dtype, table.shape, axis, index.dtype, index.shape, new.shape)
    return way is not None and way(table, index, new)


@lru_cache(maxsize=1024)
def _pick_way(
    dtype: _Dtype, shape: Shape, axis: int, index_dtype: _Dtype, index_shape: Shape
) -> Picker | None:
    walk = _lines(shape, axis, index_shape, index_shape)
    if walk is None or dtype not in DTYPES or index_dtype not in INDEX_DTYPES:
        return None
    launch = _launch(walk, writes=False)
    if launch is None:
        return None
    layout, work = launch.layout, 0 if launch.is_alone else launch.size
    bits, size = np.dtype(f"u{dtype.itemsize}"), shape[axis]
    entry = serial_entry(PICK, bits, index_dtype, bits, _LAYOUT)
    is_within, empty = within(index_dtype), np.empty

    def way(table: Array, index: Array) -> Array | None:
        if not table.flags.carray or not index.flags.carray:
            return None
        if work >= PARALLEL_THRESHOLD and PICK.for_size(work) is not PICK.serial:
            return None
        places = index.ravel()
        if not is_within(places, size):
            return None
        out = empty(index_shape, dtype)
        entry(table.ravel(), places, out.ravel(), layout)
        return out

    return way


@lru_cache(maxsize=1024)
def _lines_way(
    how: str,
    dtype: _Dtype,
    shape: Shape,
    axis: int,
    index_dtype: _Dtype,
    index_shape: Shape,
    new_shape: Shape,
) -> Putter | None:
    walk = _lines(shape, axis, index_shape, new_shape)
    if walk is None:
        return None
    return _putter(how, dtype, shape, index_dtype, shape[axis], new_shape, walk)


Walk = tuple[Shape, tuple[Shape, Shape, Shape], int]


def _lines(shape: Shape, axis: int, index_shape: Shape, own_shape: Shape) -> Walk | None:
    """Give the sizes and steps of a walk over indices, and the table's step for one index."""
    rank = len(shape)
    if not -rank <= axis < rank or len(index_shape) != rank or len(own_shape) != rank:
        return None
    axis %= rank
    for dim in range(rank):
        if index_shape[dim] > own_shape[dim]:
            return None
        if index_shape[dim] > shape[dim] and dim != axis:
            return None
    own = _steps(shape)
    through = (*own[:axis], 0, *own[axis + 1 :])
    return index_shape, (through, _steps(index_shape), _steps(own_shape)), own[axis]


# ---- kernels


def _putter(
    how: str,
    dtype: _Dtype,
    shape: Shape,
    index_dtype: _Dtype,
    size: int,
    new_shape: Shape,
    walk: Walk,
) -> Putter | None:
    """Prepare the way to a kernel that joins elements with a table's."""
    count = math.prod(new_shape)
    if dtype not in DTYPES or index_dtype not in INDEX_DTYPES:
        return None
    if working(how, dtype, math.prod(shape), count) != dtype:
        return None
    launch = _launch(walk, writes=True)
    if launch is None:
        return None
    layout, work = launch.layout, 0 if launch.is_alone else launch.size
    how, seen = seen_as(how, dtype)
    kernel, one = PUT[how], np.ones(1, seen)
    entry = serial_entry(kernel, seen, index_dtype, seen, seen, _LAYOUT)
    is_within, share = within(index_dtype), np.may_share_memory

    def way(table: Array, index: Array, new: Array) -> bool:
        own, index_own, new_own = table.flags, index.flags, new.flags
        if not own.carray or not index_own.carray or not new_own.carray:
            return False
        if new.dtype != dtype or new.shape != new_shape:
            return False
        if work >= PARALLEL_THRESHOLD and kernel.for_size(work) is not kernel.serial:
            return False
        # Arrays that own their memory share it with views alone.
        are_apart = own.owndata and index_own.owndata and new_own.owndata
        are_apart = are_apart and table is not new and table is not index
        if not are_apart and (share(table, new) or share(table, index)):
            return False
        places = index.ravel()
        if not is_within(places, size):
            return False
        entry(table.ravel(), places, new.ravel(), one, layout)
        return True

    return way


def _launch(walk: Walk, writes: bool) -> Launch | None:
    """Plan a walk, if one call of a kernel does it."""
    shape, steps, step = walk
    if 0 in shape:
        return None
    launches = plan(shape, steps, (0, 0, 0), step, writes)
    return launches[0] if len(launches) == 1 else None


def _steps(shape: Shape) -> Shape:
    """Give the steps through a dense array."""
    steps = [1]
    for size in shape[:0:-1]:
        steps.insert(0, steps[0] * size)
    return tuple(steps[: len(shape)])
