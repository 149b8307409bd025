"""The loops of functions that take a mask, and of nonzero."""

from typing import Any

import numpy as np
from numba import njit, prange

from ..layouts.walk_loops import height, rows_of, start, units_of

# Elements that one thread treats at a time.
BLOCK = 1 << 14
OPTIONS = {"error_model": "numpy", "parallel": True}
_inline = njit(error_model="numpy", forceinline=True)


def fill_dense(a, mask, value, out):  # type: ignore[no-untyped-def]
    """Fill dense memory."""
    for i in prange(out.size):
        out[i] = value[0] if mask[i] else a[i]


@_inline
def _fill_row(a, mask, value, out):  # type: ignore[no-untyped-def]
    for i in range(out.size):
        out[i] = value if mask[i] else a[i]


def fill_strided(a, mask, out, value, layout):  # type: ignore[no-untyped-def]
    """Fill any layouts; see `walks.Walk`."""
    n, s_a, s_mask, s_out = layout[0, 3], layout[1, 3], layout[2, 3], layout[3, 3]
    rows = rows_of(layout)
    for unit in prange(units_of(layout, rows)):
        x, m = start(layout, 1, rows, unit), start(layout, 2, rows, unit)
        y = start(layout, 3, rows, unit)
        for _ in range(height(layout, rows, unit)):
            if s_a == 1 and s_mask == 1 and s_out == 1:
                _fill_row(a[x : x + n], mask[m : m + n], value[0], out[y : y + n])
            else:
                for i in range(n):
                    out[y + i * s_out] = value[0] if mask[m + i * s_mask] else a[x + i * s_a]
            x += layout[1, 2]
            m += layout[2, 2]
            y += layout[3, 2]


def count(a, ignored, length, counts):  # type: ignore[no-untyped-def]
    """Count what is not zero in each block; `ignored` bits (a float's sign) do not count."""
    for block in prange(counts.size):
        part = a[block * length[0] : min(a.size, (block + 1) * length[0])]
        found = 0
        for i in range(part.size):
            found += (part[i] & ~ignored[0]) != 0
        counts[block] = found


def coordinates(a, ignored, sizes, length, ends, out):  # type: ignore[no-untyped-def]
    """List the coordinates of what is not zero; each block knows where its list ends.

    A block is made of lines along the last dimension, or is a part of the only one.
    """
    rank = sizes.size
    width = length[0] if rank == 1 else sizes[rank - 1]
    for block in prange(ends.size):
        at = ends[block - 1] if block else 0
        first = block * width if rank == 1 else 0
        for line in range(block * length[0] // width, (block + 1) * length[0] // width):
            start = at
            part = a[line * width : min(a.size, (line + 1) * width)]
            for i in range(part.size):
                if at == ends[block]:
                    break
                # Written in any case, and overwritten by the next one unless it counts.
                out[np.uint64(at * rank + rank - 1)] = first + i
                at += (part[i] & ~ignored[0]) != 0
            rest = line
            for d in range(rank - 2, -1, -1):
                for k in range(start, at):
                    out[k * rank + d] = rest % sizes[d]
                rest //= sizes[d]


def select(a, mask, ends, out):  # type: ignore[no-untyped-def]
    """List the elements where the mask holds."""
    for block in prange(ends.size):
        high = min(mask.size, (block + 1) * BLOCK)
        own, chosen = a[block * BLOCK : high], mask[block * BLOCK : high]
        at = ends[block - 1] if block else 0
        for i in range(chosen.size):
            if at == ends[block]:
                break
            out[np.uint64(at)] = own[i]
            at += chosen[i] != 0


def replace(a, mask, ends, source, out):  # type: ignore[no-untyped-def]
    """Take the next element of the source where the mask holds."""
    for block in prange(ends.size):
        high = min(mask.size, (block + 1) * BLOCK)
        own, chosen = a[block * BLOCK : high], mask[block * BLOCK : high]
        result = out[block * BLOCK : high]
        at = ends[block - 1] if block else 0
        for i in range(chosen.size):
            is_chosen = chosen[i] != 0
            # The last element may be followed by nothing that could be read.
            new = source[np.uint64(min(at, source.size - 1))]
            result[i] = new if is_chosen else own[i]
            at += is_chosen


def compiled(body: Any) -> Any:
    """Compile one of the bodies above."""
    return njit(**OPTIONS)(body)
