"""How the kernels of `loops` choose elements from all lines along a dimension.

Small dense operands take a short way, which keeps all that follows from dtype and shape; see
`prepared`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ..calls.prepared import MOST_KEPT, serial_entry
from ..indexing.checks import DTYPES, bits_of
from ..indexing.core import flat, steps_of
from . import loops as loops

Array = NDArray[Any]
Shape = tuple[int, ...]
Way = Callable[[Array], tuple[Array, Array]]

SORT = SizedKernel(lambda: loops.each_line(loops.in_order))
FIRST = SizedKernel(lambda: loops.each_line(loops.first_ones))
RANK = SizedKernel(lambda: loops.each_line(loops.ranked))
MODE = SizedKernel(lambda: loops.each_line(loops.most_frequent))

# A launch treats at most this many elements, if they are in several lines: so long it takes to
# return to Python, where Ctrl-C is noticed.
_AT_ONCE = 1 << 22
# Steps of `SizedKernel.for_size` that an element costs.
_COSTLY = 4

_INDEX, _KEY = np.dtype(np.int64), np.dtype(np.uint64)


def chosen(
    kernel: SizedKernel, a: Array, axis: int, count: int, descending: bool, options: Array
) -> tuple[Array, Array]:
    """Choose elements from all lines along an axis; give them, and their positions.

    Args:
        kernel: one of those above.
        a: at least one dimension.
        axis: the dimension.
        count: how many elements of a line are chosen.
        descending: the largest element comes first.
        options: what the kernel takes.
    """
    shape = (*a.shape[:axis], count, *a.shape[axis + 1 :])
    values, positions = np.empty(shape, a.dtype), np.empty(shape, np.int64)
    if values.size == 0:
        return values, positions
    n, bits = a.shape[axis], bits_of(a)
    flat_bits, first = flat(bits)
    steps, out_steps = steps_of(bits), steps_of(positions)
    starts = _starts(a.shape, (steps, out_steps), axis, first)
    lines = max(1, loops.BLOCK // n)
    form = _full_form(a.dtype, descending, options, (n, steps[axis], count, out_steps[axis], lines))
    at_once = max(1, _AT_ONCE // n)
    out = bits_of(values).reshape(-1), positions.reshape(-1)
    for begin in range(0, starts.shape[1], at_once):
        part = np.ascontiguousarray(starts[:, begin : begin + at_once])
        work = part.shape[1] * n if part.shape[1] > lines else 0
        run = kernel.for_size(work * _COSTLY)
        run(flat_bits, form, part, *out)
    return values, positions


def short_way(
    kernel: SizedKernel,
    dtype: np.dtype[Any],
    shape: Shape,
    axis: int,
    count: int,
    out_shape: Shape,
    descending: bool,
    options: Array,
) -> Way | None:
    """Make the way of `chosen` for dense operands of a shape; None where they are not small.

    Args:
        kernel, axis, count, descending, options: see `chosen`.
        dtype, shape: of the operand.
        out_shape: of the results.
    """
    if dtype not in DTYPES or not 0 < math.prod(shape) <= loops.BLOCK or count == 0:
        return None
    n, after = shape[axis], math.prod(shape[axis + 1 :])
    before = np.arange(math.prod(shape[:axis]))[:, None]
    starts = np.stack([(before * (size * after) + np.arange(after)).ravel() for size in (n, count)])
    sizes = n, after, count, after, starts.shape[1]
    form = _full_form(dtype, descending, options, sizes)
    bits = np.dtype(f"u{dtype.itemsize}")
    entry = serial_entry(kernel, bits, _KEY, (_INDEX, 2), bits, _INDEX)
    empty = np.empty

    def one_line(a: Array) -> tuple[Array, Array]:
        values, positions = empty(out_shape, dtype), empty(out_shape, _INDEX)
        entry(a, form, starts, values, positions)
        return values, positions

    def way(a: Array) -> tuple[Array, Array]:
        values, positions = empty(out_shape, dtype), empty(out_shape, _INDEX)
        entry(a.ravel(), form, starts, values.ravel(), positions.ravel())
        return values, positions

    return one_line if len(shape) == len(out_shape) == 1 else way


def _full_form(
    dtype: np.dtype[Any], descending: bool, options: Array, sizes: Sequence[int]
) -> Array:
    """Join what describes elements, options and sizes: see `loops.each_line`."""
    # Steps may be negative.
    own = np.array(sizes, np.int64).view(np.uint64)
    return np.concatenate([form_of(dtype, descending), options, own])


@lru_cache(maxsize=MOST_KEPT)
def form_of(dtype: np.dtype[Any], descending: bool) -> NDArray[np.uint64]:
    """Describe elements: see `loops`."""
    every = (1 << 8 * dtype.itemsize) - 1
    kind = {"b": 0, "u": 0, "i": 1, "f": 2}[dtype.kind]
    infinite = np.array(np.inf, dtype).view(f"u{dtype.itemsize}") if kind == 2 else 0
    sign = (every + 1) >> 1
    return np.array([kind, sign, int(infinite), every, every if descending else 0], np.uint64)


def _starts(shape: Shape, steps: tuple[Shape, Shape], axis: int, first: int) -> Array:
    """Give the position of each line's first element, in the operand and in the results."""
    starts = np.array([[first], [0]])
    for dim, size in enumerate(shape):
        if dim != axis:
            moves = np.outer([own[dim] for own in steps], np.arange(size))
            starts = (starts[:, :, None] + moves[:, None]).reshape(2, -1)
    return starts
