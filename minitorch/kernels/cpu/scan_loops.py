"""The loops of scans: what every element becomes, given those before it along one dimension.

See `reduce_plan.Launch` for the layout. `states` holds what each line starts with, and is left with
what it ends with, so that a long line can be cut into parts.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange

from .reduce_terms import wide

OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}, "parallel": True}
_INLINE = {"error_model": "numpy", "fastmath": {"contract"}, "forceinline": True}


@njit(**_INLINE)
def _start(layout, chunks, unit):  # type: ignore[no-untyped-def]
    """Give where a chunk of lines starts in the operand, in out and in the states."""
    n_1, n_2 = layout[0, 1], layout[0, 2]
    row = unit // chunks
    i_2 = row % n_2
    i_1 = row // n_2 % n_1
    i_0 = row // (n_1 * n_2)
    low = unit % chunks * layout[4, 3]
    return (
        layout[1, 4] + i_0 * layout[1, 0] + i_1 * layout[1, 1] + i_2 * layout[1, 2]
        + low * layout[1, 3],
        layout[2, 4] + i_0 * layout[2, 0] + i_1 * layout[2, 1] + i_2 * layout[2, 2]
        + low * layout[2, 3],
        layout[3, 4] + i_0 * layout[3, 0] + i_1 * layout[3, 1] + i_2 * layout[3, 2]
        + low * layout[3, 3],
    )  # fmt: skip


@njit(**_INLINE)
def _lines(layout, chunks, unit):  # type: ignore[no-untyped-def]
    """Give the number of lines in a chunk."""
    return min(layout[4, 3], layout[0, 3] - unit % chunks * layout[4, 3])


def running(join: Callable[..., Any]) -> tuple[Any, Any]:
    """Make the loops along memory and across it that join each element with all before it."""

    def scan_along(a, out, states, layout):  # type: ignore[no-untyped-def]
        length, a_step, out_step = layout[4, 2], layout[5, 2], layout[6, 2]
        chunks = (layout[0, 3] + layout[4, 3] - 1) // layout[4, 3]
        for unit in prange(layout[7, 0], layout[7, 1]):
            at_a, at_out, at_state = _start(layout, chunks, unit)
            for line in range(_lines(layout, chunks, unit)):
                place = at_state + line * layout[3, 3]
                x, y = at_a + line * layout[1, 3], at_out + line * layout[2, 3]
                state = states[place]
                for i in range(length):
                    state = join(state, wide(a[x + i * a_step]))
                    out[y + i * out_step] = state
                states[place] = state

    @njit(**_INLINE)
    def join_row(state, row, out):  # type: ignore[no-untyped-def]
        for i in range(state.size):
            state[i] = join(state[i], wide(row[i]))
            out[i] = state[i]

    def scan_across(a, out, states, layout):  # type: ignore[no-untyped-def]
        length, a_step, out_step = layout[4, 2], layout[5, 2], layout[6, 2]
        chunks = (layout[0, 3] + layout[4, 3] - 1) // layout[4, 3]
        is_dense = layout[1, 3] == 1 and layout[2, 3] == 1
        for unit in prange(layout[7, 0], layout[7, 1]):
            at_a, at_out, at_state = _start(layout, chunks, unit)
            n = _lines(layout, chunks, unit)
            state = np.empty(n, states.dtype)
            for k in range(n):
                state[k] = states[at_state + k * layout[3, 3]]
            for i in range(length):
                x, y = at_a + i * a_step, at_out + i * out_step
                if is_dense:
                    join_row(state, a[x : x + n], out[y : y + n])
                else:
                    for k in range(n):
                        state[k] = join(state[k], wide(a[x + k * layout[1, 3]]))
                        out[y + k * layout[2, 3]] = state[k]
            for k in range(n):
                states[at_state + k * layout[3, 3]] = state[k]

    return njit(**OPTIONS)(scan_along), njit(**OPTIONS)(scan_across)


def record(takes: Callable[..., Any]) -> tuple[Any, Any]:
    """Make the loops that keep the latest element which beats those before it, and its position."""

    def record_along(a, out, positions, layout):  # type: ignore[no-untyped-def]
        length, a_step, out_step = layout[4, 2], layout[5, 2], layout[6, 2]
        chunks = (layout[0, 3] + layout[4, 3] - 1) // layout[4, 3]
        for unit in prange(layout[7, 0], layout[7, 1]):
            at_a, at_out, _ = _start(layout, chunks, unit)
            for line in range(_lines(layout, chunks, unit)):
                x, y = at_a + line * layout[1, 3], at_out + line * layout[2, 3]
                best = wide(a[x])
                position = 0
                for i in range(length):
                    candidate = wide(a[x + i * a_step])
                    if takes(candidate, best):
                        best = candidate
                        position = i
                    out[y + i * out_step] = best
                    positions[y + i * out_step] = position

    @njit(**_INLINE)
    def take_row(best, position, row, out, positions, i):  # type: ignore[no-untyped-def]
        for k in range(best.size):
            candidate = wide(row[k])
            is_better = takes(candidate, best[k])
            best[k] = candidate if is_better else best[k]
            position[k] = i if is_better else position[k]
            out[k] = best[k]
            positions[k] = position[k]

    def record_across(a, out, positions, layout):  # type: ignore[no-untyped-def]
        length, a_step, out_step = layout[4, 2], layout[5, 2], layout[6, 2]
        step, result_step = layout[1, 3], layout[2, 3]
        chunks = (layout[0, 3] + layout[4, 3] - 1) // layout[4, 3]
        for unit in prange(layout[7, 0], layout[7, 1]):
            at_a, at_out, _ = _start(layout, chunks, unit)
            n = _lines(layout, chunks, unit)
            best = np.empty(n, out.dtype)
            position = np.zeros(n, np.int64)
            for k in range(n):
                best[k] = wide(a[at_a + k * step])
            for i in range(length):
                x, y = at_a + i * a_step, at_out + i * out_step
                if step == 1 and result_step == 1:
                    take_row(best, position, a[x : x + n], out[y : y + n], positions[y : y + n], i)
                else:
                    for k in range(n):
                        candidate = wide(a[x + k * step])
                        if takes(candidate, best[k]):
                            best[k] = candidate
                            position[k] = i
                        out[y + k * result_step] = best[k]
                        positions[y + k * result_step] = position[k]

    return njit(**OPTIONS)(record_along), njit(**OPTIONS)(record_across)
