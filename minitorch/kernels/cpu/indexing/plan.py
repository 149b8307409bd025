"""How kernels that take indices go through their operands: which loops, cut into which launches."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

# Elements that one thread treats at a time.
BLOCK = 1 << 14
# Columns that one thread writes to, in whatever row an index says, and if each has its own index.
COLUMNS, OWN_COLUMNS = 64, 256
# A launch treats at most this many elements before it returns to Python, where Ctrl-C is noticed.
MOST_AT_ONCE = 1 << 25
# Indices that one thread must take one after the other are cut after so many for the same reason.
LONGEST = MOST_AT_ONCE // OWN_COLUMNS
# Loops over units of work, which threads share.
_UNIT_DIMS = 3

Steps = tuple[int, ...]


@dataclass(frozen=True)
class Dim:
    """One loop: its length, and the steps in elements through the three arrays.

    Attributes:
        size: the length.
        table_step: through the array that indices point into; 0 where these alone say the place.
        index_step: through the indices.
        own_step: through the array that has an element for each step: what is picked or put.
    """

    size: int
    table_step: int
    index_step: int
    own_step: int

    def joins(self, inner: Dim) -> bool:
        """Tell whether one loop can go through this dimension and the next inner one."""
        n = inner.size
        return (
            self.table_step == n * inner.table_step
            and self.index_step == n * inner.index_step
            and self.own_step == n * inner.own_step
        )

    @property
    def reach(self) -> int:
        """How far a step goes in the arrays that are read one after the other."""
        return abs(self.index_step) + abs(self.own_step)


@dataclass(frozen=True, eq=False)
class Launch:
    """One call of a kernel.

    Attributes:
        layout: (5, 6) int64. Row 0: the sizes of five loops: three over units of work, which
            threads share, and two inside a unit. Rows 1 to 3: their steps in the table, the indices
            and the own array, and the position of the first element. Row 4: the lengths of the two
            inner loops in the last unit along the third loop, the first unit, the one after the
            last, and the table's step for one index.
        size: how many elements it treats.
        is_alone: there is a single unit, so nothing for a second thread.
    """

    layout: NDArray[np.int64]
    size: int
    is_alone: bool


@lru_cache(maxsize=4096)
def plan(
    shape: Steps,
    steps: tuple[Steps, Steps, Steps],
    firsts: tuple[int, int, int],
    step: int,
    writes: bool,
) -> tuple[Launch, ...]:
    """Plan a walk over all positions of a shape.

    Args:
        shape: without a size of 0.
        steps: the strides in elements of the table (0 along a dimension where the index alone says
            the place), of the indices and of the own array.
        firsts: the positions of their first elements.
        step: the table's step for one index.
        writes: the table is written. Then positions that may hit the same element of it are taken
            in their order by one thread, so that the last write wins and sums are the same for any
            number of threads.
    """
    dims = [Dim(*sizes) for sizes in zip(shape, *steps, strict=True) if sizes[0] > 1]
    if not writes:
        return tuple(_launches(*_for_reading(dims), firsts, step, writes))
    calls: list[Launch] = []
    for part, begin in _parts(dims):
        calls += _launches(*_for_writing(part), _moved(firsts, begin), step, writes)
    return tuple(calls)


def _parts(dims: list[Dim]) -> Iterator[tuple[list[Dim], tuple[int, int, int]]]:
    """Cut a long loop that one thread must take in order; give how far each part's start is off."""
    ordered = [i for i, dim in enumerate(dims) if dim.table_step == 0]
    if len(ordered) != 1 or dims[ordered[0]].size <= LONGEST:
        yield dims, (0, 0, 0)
        return
    place = ordered[0]
    dim = dims[place]
    for begin in range(0, dim.size, LONGEST):
        part = replace(dim, size=min(LONGEST, dim.size - begin))
        yield (
            [*dims[:place], part, *dims[place + 1 :]],
            (0, begin * dim.index_step, begin * dim.own_step),
        )


def _moved(firsts: tuple[int, int, int], by: tuple[int, int, int]) -> tuple[int, int, int]:
    return firsts[0] + by[0], firsts[1] + by[1], firsts[2] + by[2]


def _merged(dims: Sequence[Dim]) -> list[Dim]:
    result: list[Dim] = []
    for dim in dims:
        if result and result[-1].joins(dim):
            result[-1] = replace(dim, size=result[-1].size * dim.size)
        else:
            result.append(dim)
    return result


_ONE = Dim(1, 0, 0, 0)


def _for_reading(dims: list[Dim]) -> tuple[list[Dim], list[Dim], Dim, Dim]:
    """Give the loops one after the other, over units, and the two inner ones."""
    dims = _merged(sorted(dims, key=lambda dim: -abs(dim.own_step)))
    inner = dims.pop() if dims else _ONE
    middle = dims.pop() if dims and inner.size <= BLOCK else _ONE
    return [], dims, middle, inner


def _for_writing(dims: list[Dim]) -> tuple[list[Dim], list[Dim], Dim, Dim]:
    """Give the loops one after the other, over units, and the two inner ones.

    Different steps along a dimension that has a step of its own in the table never meet.
    """
    ordered = _merged([dim for dim in dims if dim.table_step == 0])
    free = _merged(
        sorted((dim for dim in dims if dim.table_step), key=lambda dim: -abs(dim.table_step))
    )
    if not ordered:
        inner = free.pop() if free else _ONE
        return [], free[:-1], free[-1] if free else _ONE, inner
    last = ordered.pop()
    if free and free[-1].reach <= last.reach:
        inner = free.pop()
        return ordered, free, last, inner
    return ordered, free[:-1], free[-1] if free else _ONE, last


def _launches(
    ordered: list[Dim],
    free: list[Dim],
    middle: Dim,
    inner: Dim,
    firsts: tuple[int, int, int],
    step: int,
    writes: bool,
) -> Iterator[Launch]:
    """Write the layouts, the loops over units first cut so that threads can share them."""
    blocks, middle, inner, rest = _blocks(middle, inner, writes)
    extra, units = free[: -_UNIT_DIMS + 1], free[-_UNIT_DIMS + 1 :]
    layout = np.zeros((5, 6), np.int64)
    layout[0, :5] = 1
    loops = [*units, blocks, middle, inner]
    for column, dim in enumerate(loops, 5 - len(loops)):
        layout[:4, column] = dim.size, dim.table_step, dim.index_step, dim.own_step
    layout[1:4, 5] = firsts
    layout[4, 4] = step
    count = math.prod(dim.size for dim in [*units, blocks])
    work = middle.size * inner.size
    at_once = max(1, MOST_AT_ONCE // work)
    outer = [*ordered, *extra]
    for place in product(*(range(dim.size) for dim in outer)):
        for begin in range(0, count, at_once):
            own = layout.copy()
            end = min(begin + at_once, count)
            own[4, :4] = *rest, begin, end
            for i, dim in zip(place, outer, strict=True):
                own[1:4, 5] += i * np.array([dim.table_step, dim.index_step, dim.own_step])
            yield Launch(own, (end - begin) * work, end - begin == 1)


def _blocks(middle: Dim, inner: Dim, writes: bool) -> tuple[Dim, Dim, Dim, tuple[int, int]]:
    """Cut one of the inner loops into blocks, one for each unit of work.

    Returns:
        The loop over blocks, the two inner loops, and their lengths in the last block.
    """
    if writes and middle.size > 1 and middle.table_step == 0:
        # Rows are written where the middle loop's indices say: threads share the columns.
        inner, blocks, last = _split(inner, OWN_COLUMNS if inner.index_step else COLUMNS)
        return blocks, middle, inner, (middle.size, last)
    if not writes and inner.size > BLOCK:
        inner, blocks, last = _split(inner, BLOCK)
        return blocks, middle, inner, (middle.size, last)
    middle, blocks, last = _split(middle, max(1, BLOCK // inner.size))
    return blocks, middle, inner, (last, inner.size)


def _split(dim: Dim, most: int) -> tuple[Dim, Dim, int]:
    """Cut a loop: give a block's, the one over blocks, and the length of the last block."""
    count = -(-dim.size // most)
    size = -(-dim.size // count)
    count = -(-dim.size // size)
    steps = (dim.table_step * size, dim.index_step * size, dim.own_step * size)
    return replace(dim, size=size), Dim(count, *steps), dim.size - (count - 1) * size
