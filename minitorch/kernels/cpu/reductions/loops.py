"""The loops of reductions: along memory, and across it. See `plan.Launch` for the layout."""

from typing import Any

import numpy as np
from numba import njit, prange

from ..elementwise.access import window
from .blocks import Blocks, part_of_caller
from .terms import wide

# Elements of one output in a block, and rows of a block whose elements have gaps between them.
BLOCK = 4096
GAPPY_ROWS = 8

OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}


@part_of_caller
def start_of(layout, unit):  # type: ignore[no-untyped-def]
    """Give where a chunk of outputs starts in the operand, in out and in places, and its length."""
    width, chunk = layout[0, 3], layout[4, 3]
    chunks = np.uint64(width + chunk - 1) // np.uint64(chunk)
    rest = np.int64(np.uint64(unit) // chunks)
    low = (unit - rest * np.int64(chunks)) * chunk
    at = layout[1, 4] + low * layout[1, 3]
    at_out = layout[2, 4] + low * layout[2, 3]
    place = layout[3, 4] + low * layout[3, 3]
    for dim in range(2, -1, -1):
        # Unsigned: a division of signed numbers rounds down, which takes more code.
        outer = np.int64(np.uint64(rest) // np.uint64(layout[0, dim]))
        i = rest - outer * layout[0, dim]
        at += i * layout[1, dim]
        at_out += i * layout[2, dim]
        place += i * layout[3, dim]
        rest = outer
    return at, at_out, place, min(chunk, width - low)


@njit(**OPTIONS)
def gather(a, at, stride, dense, begin, count):  # type: ignore[no-untyped-def]
    """Put elements with gaps between them side by side."""
    row = dense[begin : begin + count]
    for i in range(count):
        row[i] = a[at + i * stride]


def along(blocks: Blocks, has_gaps: bool) -> Any:
    """Reduce one output after the other.

    Args:
        blocks: how to reduce.
        has_gaps: the elements of an output are no neighbours in memory.
    """
    begin, fold, put = blocks.begin, blocks.along, blocks.put
    finish, write = blocks.finish, blocks.write

    @njit(**OPTIONS)
    def fold_chunk(a, outs, partials, layout, numbers, unit):  # type: ignore[no-untyped-def]
        at_a, at_out, place, outputs = start_of(layout, unit)
        # All that the loops need is read here: they write to memory, which might be the layout's.
        a_step, out_step, place_step = layout[1, 3], layout[2, 3], layout[3, 3]
        lines, line_step, line_place = layout[4, 1], layout[5, 1], layout[7, 1]
        length, stride, step = layout[4, 2], layout[5, 2], layout[7, 2]
        is_partial = layout[8, 2] != 0
        source = np.empty(BLOCK, a.dtype) if has_gaps else a
        for k in range(outputs):
            state, seen = begin(wide(a[0])), 0
            for line in range(lines):
                at = at_a + k * a_step + line * line_step
                position = place + k * place_step + line * line_place
                for i in range(0, length, BLOCK):
                    count = min(BLOCK, length - i)
                    x = at + i
                    if has_gaps:
                        gather(a, at + i * stride, stride, source, 0, count)
                        x = 0
                    # A slice, not its limits: the compiler then makes vectors.
                    row = window(source, x, count)
                    state = fold(row, state, seen, position + i * step, step, numbers)
                    seen += count
            if is_partial:
                put(partials, at_out + k * out_step, state)
            else:
                write(outs, at_out + k * out_step, finish(state, seen, numbers))

    @njit(**OPTIONS, parallel=True)
    def reduce_along(a, outs, partials, layout, numbers):  # type: ignore[no-untyped-def]
        for unit in prange(layout[8, 0], layout[8, 1]):
            fold_chunk(a, outs, partials, layout, numbers, unit)

    return reduce_along


def across(blocks: Blocks, has_gaps: bool) -> Any:
    """Reduce many outputs side by side.

    Args:
        blocks: how to reduce.
        has_gaps: the elements of the outputs are no neighbours in memory.
    """
    columns, parts_of, fold_rows = blocks.columns, blocks.parts, blocks.across
    most_rows, is_block_enough = blocks.most_rows, blocks.is_block_enough
    merge, put_all, write_all = blocks.merge, blocks.put_all, blocks.write_all

    @njit(**OPTIONS)
    def fold_chunk(a, outs, partials, layout, numbers, unit):  # type: ignore[no-untyped-def]
        at_a, at_out, place, n = start_of(layout, unit)
        lines, length, stride, row_stride = layout[4, 1], layout[4, 2], layout[1, 3], layout[5, 2]
        parts = parts_of(n, wide(a[0]))
        is_one_block = lines == 1 and length <= most_rows and layout[8, 2] == 0
        if is_block_enough and not has_gaps and is_one_block:
            fold_rows(parts, a, at_a, row_stride, length, place, layout[7, 2], numbers)
            write_all(outs, at_out, layout[2, 3], parts, length, numbers)
            return
        states = columns(n, wide(a[0]))
        most = GAPPY_ROWS if has_gaps else most_rows
        source = np.empty(most * n, a.dtype) if has_gaps else a
        source_stride = n if has_gaps else row_stride
        seen = 0
        for line in range(lines):
            for r in range(0, length, most):
                rows = min(most, length - r)
                x = at_a + line * layout[5, 1] + r * row_stride
                position = place + line * layout[7, 1] + r * layout[7, 2]
                if has_gaps:
                    for k in range(rows):
                        gather(a, x + k * row_stride, stride, source, k * n, n)
                    x = np.int64(0)  # A plain 0 has another type, for which all is compiled again.
                fold_rows(parts, source, x, source_stride, rows, position, layout[7, 2], numbers)
                merge(states, parts, seen, rows)
                seen += rows
        if layout[8, 2]:
            put_all(partials, at_out, layout[2, 3], states, seen, numbers)
        else:
            write_all(outs, at_out, layout[2, 3], states, seen, numbers)

    @njit(**OPTIONS, parallel=True)
    def reduce_across(a, outs, partials, layout, numbers):  # type: ignore[no-untyped-def]
        for unit in prange(layout[8, 0], layout[8, 1]):
            fold_chunk(a, outs, partials, layout, numbers, unit)

    return reduce_across


def joining(blocks: Blocks) -> Any:
    """Join the partial results of all outputs: see row 9 of the layout."""
    merge, part, write_all = blocks.merge, blocks.part, blocks.write_all

    @njit(**OPTIONS)
    def join_partials(outs, partials, layout, numbers):  # type: ignore[no-untyped-def]
        outputs, seen = layout[9, 1], layout[9, 2]
        first = part(partials, 0, outputs)
        for i in range(1, layout[9, 0]):
            more = layout[9, 2] if i < layout[9, 3] else layout[9, 4]
            merge(first, part(partials, i * outputs, (i + 1) * outputs), seen, more)
            seen += more
        write_all(outs, 0, 1, first, seen, numbers)

    return join_partials
