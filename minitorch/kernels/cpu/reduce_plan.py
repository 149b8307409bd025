"""How a reduction goes through an array: which loops, in what order, cut into which launches."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

# The loops go over so many kept and reduced dimensions; others are cut into launches or blocks.
KEPT_DIMS = 4
REDUCED_DIMS = 3
# Longer reductions are cut into blocks of about so many elements, which threads share. It depends
# on nothing but the shape, so that any number of threads gives the same result.
PIECE = 1 << 17
# Outputs that are reduced side by side.
COLUMNS = 512
# Reductions of fewer neighbours go across memory, if there are more outputs than that.
SHORT = 16
# A launch treats at most this many elements before it returns to Python, where Ctrl-C is noticed.
MOST_AT_ONCE = 1 << 25


@dataclass(frozen=True)
class Dim:
    """One loop: its length, and the steps in elements through the operand, out and the values."""

    size: int
    step: int
    out_step: int = 0
    value_step: int = 0

    def times(self, size: int, factor: int) -> Dim:
        """Give the loop of another size that goes `factor` of these steps at a time."""
        return Dim(size, self.step * factor, self.out_step * factor, self.value_step * factor)


@dataclass(frozen=True, eq=False)
class Launch:
    """One call of a kernel.

    Attributes:
        layout: (8, 5) int64. Row 0: the sizes of the kept dimensions, of which the last is gone
            through in chunks. Rows 1 to 3: their steps in the operand, out and the values, and the
            position of the first element. Row 4: the sizes of the reduced dimensions, and the
            length of a chunk. Rows 5 and 6: their steps in the operand and in out. Row 7: the first
            chunk, and the one after the last.
        size: how many elements it treats.
        is_alone: there is a single chunk, so nothing for a second thread.
    """

    layout: NDArray[np.int64]
    size: int
    is_alone: bool


@dataclass(frozen=True, eq=False)
class Plan:
    """A reduction of arrays of one shape and layout.

    Attributes:
        out_shape: the sizes of the kept dimensions.
        partial_shape: what the launches write: first the sizes of the reduced dimensions that are
            left, which are joined afterwards, then those of the kept ones.
        block: how many elements a step along the first reduced dimension left stands for.
        goes_across: the elements of different outputs are neighbours.
        launches: the calls.
    """

    out_shape: tuple[int, ...]
    partial_shape: tuple[int, ...]
    block: int
    goes_across: bool
    launches: tuple[Launch, ...]

    @property
    def dims_left(self) -> tuple[int, ...]:
        """The dimensions of the partial results that are still to be joined."""
        return tuple(range(len(self.partial_shape) - len(self.out_shape)))


@lru_cache(maxsize=4096)
def plan(
    shape: tuple[int, ...],
    steps: tuple[int, ...],
    axes: tuple[int, ...],
    in_order: bool,
    has_values: bool,
) -> Plan:
    """Plan a reduction.

    Args:
        shape: of the operand, without a size of 0.
        steps: its strides in elements.
        axes: the dimensions to reduce, in rising order.
        in_order: positions count, so that the (only) reduced dimension must not be turned.
        has_values: there is a value for each output, in an array of the kept dimensions.
    """
    out_shape = tuple(size for d, size in enumerate(shape) if d not in axes)
    kept = _kept(shape, steps, axes, has_values)
    first = -sum((size - 1) * min(step, 0) for size, step in zip(shape, steps, strict=True))
    reduced = [Dim(shape[d], steps[d]) for d in axes if shape[d] > 1]
    if not in_order:
        first += sum((dim.size - 1) * min(dim.step, 0) for dim in reduced)
        reduced = [Dim(dim.size, abs(dim.step)) for dim in reduced]
    reduced = merged(reduced) or [Dim(1, 0)]
    goes_across = goes_side_by_side(kept, reduced)
    piece = PIECE // min(kept[-1].size, COLUMNS) if goes_across else PIECE

    left = []
    while len(reduced) > REDUCED_DIMS or (len(reduced) > 1 and _size(reduced[1:]) >= piece):
        left.append(reduced.pop(0))
    head, *tail = reduced
    blocks = _blocks(head.size, _size(reduced) // piece)
    block, rest = head.size // blocks, head.size % blocks

    # Partial results lie in dense memory: the blocks, what else is left, then the outputs.
    step = math.prod(out_shape)
    for i in reversed(range(len(left))):
        left[i] = replace(left[i], out_step=step)
        step *= left[i].size
    shape_left = [dim.size for dim in left]
    outer = [*left, *kept]
    if blocks > 1:
        # The elements that the blocks leave over make one more block, of another size.
        shape_left.insert(0, blocks + (rest > 0))
        outer.insert(0, Dim(blocks, block * head.step, step))
    calls = [*launches(outer, [replace(head, size=block), *tail], first, 0, goes_across)]
    if rest:
        first += blocks * block * head.step
        inner = [replace(head, size=rest), *tail]
        calls += launches([*left, *kept], inner, first, blocks * step, goes_across)
    return Plan(out_shape, (*shape_left, *out_shape), block, goes_across, tuple(calls))


def _blocks(size: int, wanted: int) -> int:
    """Choose a number of blocks: as wanted, or up to twice that if then nothing is left over."""
    if wanted <= 1:
        return 1
    if wanted >= size:
        return size
    return next((n for n in range(wanted, min(2 * wanted, size)) if size % n == 0), wanted)


def _kept(
    shape: tuple[int, ...], steps: tuple[int, ...], axes: tuple[int, ...], has_values: bool
) -> list[Dim]:
    """Give the loops over the outputs, which lie in dense memory in the order of dimensions."""
    dims = []
    out_step = 1
    for d in reversed(range(len(shape))):
        if d not in axes:
            if shape[d] > 1:
                dims.append(Dim(shape[d], steps[d], out_step, out_step * has_values))
            out_step *= shape[d]
    return merged(dims[::-1])


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
    kept: list[Dim], reduced: list[Dim], first: int, first_out: int, goes_across: bool
) -> Iterator[Launch]:
    """Write the layouts of one launch or, where there is too much for one, of several.

    Args:
        kept: the loops over outputs; the last one is gone through in chunks.
        reduced: the loops over the elements of one output, at most REDUCED_DIMS.
        first: the position of the operand's first element.
        first_out: that of the first output.
        goes_across: see `Plan`.
    """
    kept = kept or [Dim(1, 0)]
    extra, kept = kept[:-KEPT_DIMS], kept[-KEPT_DIMS:]
    layout = np.zeros((8, 5), dtype=np.int64)
    layout[0, :KEPT_DIMS] = 1
    layout[4, :REDUCED_DIMS] = 1
    for column, dim in enumerate(kept, KEPT_DIMS - len(kept)):
        layout[:4, column] = dim.size, dim.step, dim.out_step, dim.value_step
    for column, dim in enumerate(reduced, REDUCED_DIMS - len(reduced)):
        layout[4:7, column] = dim.size, dim.step, dim.out_step
    work, width = _size(reduced), kept[-1].size
    most = COLUMNS if goes_across else max(1, PIECE // work)
    # Chunks of one size, so that no thread gets a small one while others work.
    chunk = -(-width // -(-width // most))
    chunks = -(-width // chunk) * _size(kept[:-1])
    at_once = max(1, MOST_AT_ONCE // (chunk * work))
    layout[4, 3] = chunk
    for place in product(*(range(dim.size) for dim in extra)):
        for begin in range(0, chunks, at_once):
            own = layout.copy()
            end = min(begin + at_once, chunks)
            own[7, :2] = begin, end
            own[1, 4] = first + sum(i * dim.step for i, dim in zip(place, extra, strict=True))
            own[2, 4] = first_out + sum(
                i * dim.out_step for i, dim in zip(place, extra, strict=True)
            )
            own[3, 4] = sum(i * dim.value_step for i, dim in zip(place, extra, strict=True))
            yield Launch(own, (end - begin) * chunk * work, end - begin == 1)
