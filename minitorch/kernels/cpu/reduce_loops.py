"""The loops of reductions: along memory, and across it. See `reduce_plan.Launch` for the layout.

Elements are joined in blocks of bounded length, in the type of `start`; the blocks are joined in
that of `total`, float64 for sums: so the error of a sum does not grow with its length.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange

# Elements of one output in a block that is added up before it is added to the total.
BLOCK = 4096
BLOCK_ROWS = 64

_OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}
_IN_BLOCK = {"error_model": "numpy", "fastmath": {"contract"}, "forceinline": True}


def along(term: Callable[..., Any], join: Callable[..., Any]) -> Any:
    """Reduce one output after the other, for elements that are neighbours in memory."""

    @njit(**_IN_BLOCK)
    def dense_block(row, value, position, start):  # type: ignore[no-untyped-def]
        result = start
        for i in range(row.size):
            result = join(result, term(row[i], value, position + i))
        return result

    @njit(**_IN_BLOCK)
    def strided_block(a, at, step, count, value, position, start):  # type: ignore[no-untyped-def]
        result = start
        for i in range(count):
            result = join(result, term(a[at + i * step], value, position + i))
        return result

    def reduce_along(a, values, out, layout, start, total):  # type: ignore[no-untyped-def]
        n_1, n_2, width = layout[0, 1], layout[0, 2], layout[0, 3]
        m_0, m_1, length, chunk = layout[4, 0], layout[4, 1], layout[4, 2], layout[4, 3]
        step = layout[5, 2]
        chunks = (width + chunk - 1) // chunk
        for unit in prange(layout[7, 0], layout[7, 1]):
            row = unit // chunks
            i_2 = row % n_2
            i_1 = row // n_2 % n_1
            i_0 = row // (n_1 * n_2)
            at_a = layout[1, 4] + i_0 * layout[1, 0] + i_1 * layout[1, 1] + i_2 * layout[1, 2]
            at_out = layout[2, 4] + i_0 * layout[2, 0] + i_1 * layout[2, 1] + i_2 * layout[2, 2]
            at_value = layout[3, 4] + i_0 * layout[3, 0] + i_1 * layout[3, 1] + i_2 * layout[3, 2]
            low = unit % chunks * chunk
            for k in range(low, min(low + chunk, width)):
                value = values[at_value + k * layout[3, 3]]
                result = total[0]
                position = 0
                for line in range(m_0 * m_1):
                    at = at_a + k * layout[1, 3]
                    at += line // m_1 * layout[5, 0] + line % m_1 * layout[5, 1]
                    for i in range(0, length, BLOCK):
                        count = min(BLOCK, length - i)
                        if step == 1:
                            # A slice, not its limits: the compiler then makes vectors.
                            block = a[at + i : at + i + count]
                            part = dense_block(block, value, position, start[0])
                        else:
                            begin = at + i * step
                            part = strided_block(a, begin, step, count, value, position, start[0])
                        result = join(result, part)
                        position += count
                out[at_out + k * layout[2, 3]] = result

    return reduce_along


def across(term: Callable[..., Any], join: Callable[..., Any]) -> Any:
    """Reduce many outputs side by side, for outputs whose elements are neighbours in memory."""

    @njit(**_IN_BLOCK)
    def join_rows(part, values, rows, position):  # type: ignore[no-untyped-def]
        # Eight rows for each time that the result so far is read and written.
        a, b, c, d, e, f, g, h = rows
        for i in range(part.size):
            s = values[i]
            x = join(part[i], term(a[i], s, position))
            x = join(x, term(b[i], s, position + 1))
            x = join(x, term(c[i], s, position + 2))
            x = join(x, term(d[i], s, position + 3))
            x = join(x, term(e[i], s, position + 4))
            x = join(x, term(f[i], s, position + 5))
            x = join(x, term(g[i], s, position + 6))
            part[i] = join(x, term(h[i], s, position + 7))

    @njit(**_IN_BLOCK)
    def join_row(part, values, row, position):  # type: ignore[no-untyped-def]
        for i in range(part.size):
            part[i] = join(part[i], term(row[i], values[i], position))

    @njit(**_IN_BLOCK)
    def join_strided(part, values, a, at, step, position):  # type: ignore[no-untyped-def]
        for i in range(part.size):
            part[i] = join(part[i], term(a[at + i * step], values[i], position))

    @njit(**_IN_BLOCK)
    def join_block(part, values, a, at, step, rows, row_step, position):  # type: ignore[no-untyped-def]
        n = part.size
        r = 0
        if step == 1:
            while r + 8 <= rows:
                x = at + r * row_step
                y = x + 4 * row_step
                eight = (
                    a[x : x + n],
                    a[x + row_step : x + row_step + n],
                    a[x + 2 * row_step : x + 2 * row_step + n],
                    a[x + 3 * row_step : x + 3 * row_step + n],
                    a[y : y + n],
                    a[y + row_step : y + row_step + n],
                    a[y + 2 * row_step : y + 2 * row_step + n],
                    a[y + 3 * row_step : y + 3 * row_step + n],
                )
                join_rows(part, values, eight, position + r)
                r += 8
            while r < rows:
                x = at + r * row_step
                join_row(part, values, a[x : x + n], position + r)
                r += 1
        else:
            for k in range(rows):
                join_strided(part, values, a, at + k * row_step, step, position + k)

    def reduce_across(a, values, out, layout, start, total):  # type: ignore[no-untyped-def]
        n_1, n_2, width = layout[0, 1], layout[0, 2], layout[0, 3]
        m_0, m_1, length, chunk = layout[4, 0], layout[4, 1], layout[4, 2], layout[4, 3]
        chunks = (width + chunk - 1) // chunk
        for unit in prange(layout[7, 0], layout[7, 1]):
            row = unit // chunks
            i_2 = row % n_2
            i_1 = row // n_2 % n_1
            i_0 = row // (n_1 * n_2)
            low = unit % chunks * chunk
            at_a = layout[1, 4] + i_0 * layout[1, 0] + i_1 * layout[1, 1] + i_2 * layout[1, 2]
            at_out = layout[2, 4] + i_0 * layout[2, 0] + i_1 * layout[2, 1] + i_2 * layout[2, 2]
            at_value = layout[3, 4] + i_0 * layout[3, 0] + i_1 * layout[3, 1] + i_2 * layout[3, 2]
            count = min(chunk, width - low)
            own = np.empty(count, values.dtype)
            part = np.empty(count, start.dtype)
            result = np.empty(count, total.dtype)
            for i in range(count):
                own[i] = values[at_value + (low + i) * layout[3, 3]]
                result[i] = total[0]
            position = 0
            for line in range(m_0 * m_1):
                at = at_a + low * layout[1, 3]
                at += line // m_1 * layout[5, 0] + line % m_1 * layout[5, 1]
                for r in range(0, length, BLOCK_ROWS):
                    rows = min(BLOCK_ROWS, length - r)
                    part[:] = start[0]
                    begin = at + r * layout[5, 2]
                    join_block(part, own, a, begin, layout[1, 3], rows, layout[5, 2], position)
                    position += rows
                    for i in range(count):
                        result[i] = join(result[i], part[i])
            for i in range(count):
                out[at_out + (low + i) * layout[2, 3]] = result[i]

    return reduce_across


def compiled(body: Any) -> Any:
    """Compile one of the bodies above."""
    return njit(**_OPTIONS, parallel=True)(body)
