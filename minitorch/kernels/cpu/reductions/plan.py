"""How a reduction goes through an array: which loops, in what order, cut into which launches."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

# The loops go over so many kept and reduced dimensions; others are cut into launches or blocks.
KEPT_DIMS = 4
REDUCED_DIMS = 2
# Longer reductions are cut into blocks of about so many elements, which threads share. It depends
# on nothing but the shape, so that any number of threads gives the same result.
PIECE = 1 << 17
# Outputs that are reduced side by side; and the elements of a block of these, which has at least
# so many rows, because its results are written and read again.
COLUMNS = 4096
PIECE_ACROSS = 1 << 18
ROWS = 256
# Reductions of fewer neighbours go across memory, if there are more outputs than that.
SHORT = 16
# A launch treats at most this many elements before it returns to Python, where Ctrl-C is noticed.
MOST_AT_ONCE = 1 << 25


@dataclass(frozen=True)
class Dim:
    """One loop: its length, and its steps.

    Attributes:
        size: how many times it runs.
        step: in elements of the operand.
        out_step: in elements of out.
        place_step: in places: of a reduced dimension the positions that are counted, of the lines
            of a scan the elements of its states.
    """

    size: int
    step: int
    out_step: int = 0
    place_step: int = 0

    def times(self, size: int, factor: int) -> Dim:
        """Give the loop of another size that goes `factor` of these steps at a time."""
        return Dim(size, self.step * factor, self.out_step * factor, self.place_step * factor)


@dataclass(frozen=True)
class Place:
    """Where something starts: in the operand, in out and in places."""

    operand: int
    out: int = 0
    place: int = 0

    def after(self, count: int, dim: Dim) -> Place:
        """Go some steps along a dimension."""
        return Place(
            self.operand + count * dim.step,
            self.out + count * dim.out_step,
            self.place + count * dim.place_step,
        )


@dataclass(frozen=True, eq=False)
class Launch:
    """One call of a kernel.

    Attributes:
        layout: (10, 5) int64. Row 0: the sizes of the kept dimensions, of which the last is gone
            through in chunks. Rows 1 to 3: their steps in the operand, in out and in places, and
            where the first element lies. Row 4: the sizes of the reduced dimensions, and the length
            of a chunk. Rows 5 to 7: their steps. Row 8: the first chunk, the one after the last,
            and whether the results are partial. Row 9, of the last launch, for joining those: how
            many there are of each output, the outputs, and of how many elements the partial results
            are made: the earlier ones, the number of these, and the later ones.
        size: how many elements it treats.
        is_alone: there is a single chunk, so nothing for a second thread.
    """

    layout: NDArray[np.int64]
    size: int
    is_alone: bool

    def steps(self, cost: float) -> int:
        """Give the work for `SizedKernel.for_size`, for elements of some cost."""
        return 0 if self.is_alone else int(self.size * cost)


@dataclass(frozen=True, eq=False)
class Plan:
    """A reduction of arrays of one shape and layout.

    Attributes:
        partials: how many partial results there are, which the last launch joins; 0 for none.
        goes_across: outputs are reduced side by side.
        has_gaps: the elements that a kernel's inner loop goes over are no neighbours in memory.
        launches: the calls.
    """

    partials: int
    goes_across: bool
    has_gaps: bool
    launches: tuple[Launch, ...]


def plan(
    shape: tuple[int, ...], steps: tuple[int, ...], axes: tuple[int, ...], counts_places: bool
) -> Plan:
    """Plan a reduction.

    Args:
        shape: of the operand, without a size of 0.
        steps: its strides in elements.
        axes: the dimensions to reduce, in rising order.
        counts_places: positions are counted, in the order of the reduced dimensions.
    """
    kept = _kept(shape, steps, axes)
    first, reduced = _reduced(shape, steps, axes, counts_places)
    goes_across = goes_side_by_side(kept, reduced)
    piece = max(ROWS, PIECE_ACROSS // kept[-1].size) if goes_across else PIECE

    left = []
    while len(reduced) > REDUCED_DIMS or (len(reduced) > 1 and _size(reduced[1:]) >= piece):
        left.append(reduced.pop(0))
    head, *tail = reduced
    blocks = _blocks(head.size, _size(reduced) // piece)
    block, rest = head.size // blocks, head.size % blocks

    # Partial results lie in dense memory: the blocks, what else is left, then the outputs.
    outputs = _size(kept)
    step = outputs
    for i in reversed(range(len(left))):
        left[i] = replace(left[i], out_step=step)
        step *= left[i].size
    several = replace(head.times(blocks, block), out_step=step)
    parts = (blocks + (rest > 0)) * step // outputs
    outer = [several, *left, *kept] if blocks > 1 else [*left, *kept]
    calls = [*launches(outer, [replace(head, size=block), *tail], first, goes_across)]
    if rest:
        # The elements that the blocks leave over make one more block, of another size.
        inner = [replace(head, size=rest), *tail]
        calls += launches([*left, *kept], inner, first.after(blocks, several), goes_across)
    has_gaps = (kept if goes_across else reduced)[-1].step != 1
    if parts == 1:
        return Plan(0, goes_across, has_gaps, tuple(calls))
    for call in calls:
        call.layout[8, 2] = 1
    size = _size(tail)
    calls[-1].layout[9] = parts, outputs, block * size, blocks * step // outputs, rest * size
    return Plan(parts * outputs, goes_across, has_gaps, tuple(calls))


def _kept(shape: tuple[int, ...], steps: tuple[int, ...], axes: tuple[int, ...]) -> list[Dim]:
    """Give the loops over the outputs, which lie in dense memory in the order of dimensions."""
    dims = []
    out_step = 1
    for d in reversed(range(len(shape))):
        if d not in axes:
            if shape[d] > 1:
                dims.append(Dim(shape[d], steps[d], out_step))
            out_step *= shape[d]
    return merged(dims[::-1])


def _reduced(
    shape: tuple[int, ...], steps: tuple[int, ...], axes: tuple[int, ...], counts_places: bool
) -> tuple[Place, list[Dim]]:
    """Give where the elements of the first output start, and the loops over them, forwards."""
    first = Place(-sum((n - 1) * min(step, 0) for n, step in zip(shape, steps, strict=True)))
    dims = []
    place_step = int(counts_places)
    for d in reversed(axes):
        dim = Dim(shape[d], steps[d], 0, place_step)
        place_step *= shape[d]
        if dim.step < 0:
            first = first.after(dim.size - 1, dim)
            dim = dim.times(dim.size, -1)
        if dim.size > 1:
            dims.append(dim)
    return first, merged(dims[::-1]) or [Dim(1, 1)]


def _blocks(size: int, wanted: int) -> int:
    """Choose a number of blocks: as wanted, or up to twice that if then nothing is left over."""
    if wanted <= 1:
        return 1
    if wanted >= size:
        return size
    return next((n for n in range(wanted, min(2 * wanted, size)) if size % n == 0), wanted)


def merged(dims: Sequence[Dim]) -> list[Dim]:
    """Order loops from large steps to small ones, and join those that one loop can go through."""
    result: list[Dim] = []
    for dim in sorted(dims, key=lambda dim: (dim.step != 0, -abs(dim.step))):
        if result and result[-1] == dim.times(result[-1].size, dim.size):
            result[-1] = replace(dim, size=result[-1].size * dim.size)
        else:
            result.append(dim)
    return result


def goes_side_by_side(kept: Sequence[Dim], reduced: Sequence[Dim]) -> bool:
    """Tell whether to reduce outputs side by side."""
    if not kept or kept[-1].size < 4:
        return False
    inner = reduced[-1]
    if inner.size < SHORT:
        return kept[-1].size > inner.size
    return 0 < abs(kept[-1].step) < abs(inner.step)


def _size(dims: Sequence[Dim]) -> int:
    return math.prod(dim.size for dim in dims)


def launches(
    kept: list[Dim], reduced: list[Dim], first: Place, goes_across: bool
) -> Iterator[Launch]:
    """Write the layouts of one launch or, where there is too much for one, of several.

    Args:
        kept: the loops over outputs; the last one is gone through in chunks.
        reduced: the loops over the elements of one output, at most REDUCED_DIMS.
        first: where the first element is.
        goes_across: see `Plan`.
    """
    kept = kept or [Dim(1, 0)]
    extra, kept = kept[:-KEPT_DIMS], kept[-KEPT_DIMS:]
    layout = np.zeros((10, 5), dtype=np.int64)
    layout[0, :KEPT_DIMS] = 1
    layout[4, :3] = 1
    for column, dim in enumerate(kept, KEPT_DIMS - len(kept)):
        layout[:4, column] = dim.size, dim.step, dim.out_step, dim.place_step
    for column, dim in enumerate(reduced, 3 - len(reduced)):
        layout[4:8, column] = dim.size, dim.step, dim.out_step, dim.place_step
    work, width = _size(reduced), kept[-1].size
    most = COLUMNS if goes_across else max(1, PIECE // work)
    # Chunks of one size, so that no thread gets a small one while others work.
    chunk = -(-width // -(-width // most))
    chunks = -(-width // chunk) * _size(kept[:-1])
    at_once = max(1, MOST_AT_ONCE // (chunk * work))
    layout[4, 3] = chunk
    for index in product(*(range(dim.size) for dim in extra)):
        place = first
        for count, dim in zip(index, extra, strict=True):
            place = place.after(count, dim)
        for begin in range(0, chunks, at_once):
            own = layout.copy()
            end = min(begin + at_once, chunks)
            own[1:4, 4] = place.operand, place.out, place.place
            own[8, :2] = begin, end
            yield Launch(own, (end - begin) * chunk * work, end - begin == 1)
