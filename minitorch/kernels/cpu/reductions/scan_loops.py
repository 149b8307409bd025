"""The loops of scans: what every element becomes, given those before it along one dimension.

See `plan.Launch` for the layout. In scans its row 8 goes on with the number of elements
that came before along each line, whether the lines start with a given state, and whether they leave
one: so a long line can be cut into parts.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange

from .loops import OPTIONS, start_of
from .terms import wide

# Elements of a line that are treated before the next line has its turn.
BLOCK = 256

_inline = njit(**OPTIONS, forceinline=True)


def running(join: Callable[..., Any], start: float) -> tuple[Any, Any]:
    """Make the loops along memory and across it that join each element with all before it.

    Args:
        join: joins a state with an element.
        start: the state before the first element.
    """

    @_inline
    def read(own, states, at, layout):  # type: ignore[no-untyped-def]
        for k in range(own.size):
            own[k] = states[at + k * layout[3, 3]] if layout[8, 3] != 0 else start

    @_inline
    def write(own, states, at, layout):  # type: ignore[no-untyped-def]
        if layout[8, 4] != 0:
            for k in range(own.size):
                states[at + k * layout[3, 3]] = own[k]

    along = _running_along(join, read, write)
    across = _running_across(join, read, write)

    @njit(**OPTIONS, parallel=True)
    def scan_along(a, out, states, layout):  # type: ignore[no-untyped-def]
        for unit in prange(layout[8, 0], layout[8, 1]):
            along(a, out, states, layout, unit)

    @njit(**OPTIONS, parallel=True)
    def scan_across(a, out, states, layout):  # type: ignore[no-untyped-def]
        for unit in prange(layout[8, 0], layout[8, 1]):
            across(a, out, states, layout, unit)

    return scan_along, scan_across


@njit(**OPTIONS)
def read_lines(space, a, at, line_step, lines, step, count):  # type: ignore[no-untyped-def]
    """Put elements of up to four lines into space of the type that is computed in."""
    for j in range(lines):
        x = at + j * line_step
        line = space[j * BLOCK : j * BLOCK + count]
        if step == 1:
            row = a[x : x + count]
            for i in range(count):
                line[i] = wide(row[i])
        else:
            for i in range(count):
                line[i] = wide(a[x + i * step])


@njit(**OPTIONS)
def write_lines(space, out, at, line_step, lines, step, count):  # type: ignore[no-untyped-def]
    """Put these lines where they belong, in the type of the result."""
    for j in range(lines):
        y = at + j * line_step
        line = space[j * BLOCK : j * BLOCK + count]
        if step == 1:
            row = out[y : y + count]
            for i in range(count):
                row[i] = line[i]
        else:
            for i in range(count):
                out[y + i * step] = line[i]


def _running_along(join: Callable[..., Any], read: Any, write: Any) -> Any:
    """Make the loop over a chunk of lines, four at once.

    Types are converted before and after, in vector instructions: one by one takes longer than all
    else. And each addition waits for the one before it: those of four lines wait together.
    """

    @_inline
    def join_line(line, states, j):  # type: ignore[no-untyped-def]
        state = states[j]
        for i in range(line.size):
            state = join(state, line[i])
            line[i] = state
        states[j] = state

    @_inline
    def join_four(space, count, states):  # type: ignore[no-untyped-def]
        a, b = space[:count], space[BLOCK : BLOCK + count]
        c, d = space[2 * BLOCK : 2 * BLOCK + count], space[3 * BLOCK : 3 * BLOCK + count]
        s, t, u, v = states[0], states[1], states[2], states[3]
        for i in range(count):
            s = join(s, a[i])
            a[i] = s
            t = join(t, b[i])
            b[i] = t
            u = join(u, c[i])
            c[i] = u
            v = join(v, d[i])
            d[i] = v
        states[0], states[1], states[2], states[3] = s, t, u, v

    @njit(**OPTIONS)
    def scan_chunk(a, out, states, layout, unit):  # type: ignore[no-untyped-def]
        at_a, at_out, at_state, lines = start_of(layout, unit)
        line, out_line = layout[1, 3], layout[2, 3]
        length, a_step, out_step = layout[4, 2], layout[5, 2], layout[6, 2]
        space = np.empty(4 * BLOCK + 4, states.dtype)
        for k in range(0, lines, 4):
            four = min(4, lines - k)
            own = space[4 * BLOCK : 4 * BLOCK + four]
            read(own, states, at_state + k * layout[3, 3], layout)
            for begin in range(0, length, BLOCK):
                count = min(BLOCK, length - begin)
                x, y = at_a + k * line + begin * a_step, at_out + k * out_line + begin * out_step
                read_lines(space, a, x, line, four, a_step, count)
                if four == 4:
                    join_four(space, count, own)
                else:
                    for j in range(four):
                        join_line(space[j * BLOCK : j * BLOCK + count], own, j)
                write_lines(space, out, y, out_line, four, out_step, count)
            write(own, states, at_state + k * layout[3, 3], layout)

    return scan_chunk


def _running_across(join: Callable[..., Any], read: Any, write: Any) -> Any:
    """Make the loop over a chunk of lines side by side."""

    @_inline
    def join_row(state, row, out):  # type: ignore[no-untyped-def]
        for k in range(state.size):
            state[k] = join(state[k], wide(row[k]))
            out[k] = state[k]

    @njit(**OPTIONS)
    def scan_chunk(a, out, states, layout, unit):  # type: ignore[no-untyped-def]
        at_a, at_out, at_state, n = start_of(layout, unit)
        line, out_line = layout[1, 3], layout[2, 3]
        length, a_step, out_step = layout[4, 2], layout[5, 2], layout[6, 2]
        state = np.empty(n, states.dtype)
        read(state, states, at_state, layout)
        for i in range(length):
            x, y = at_a + i * a_step, at_out + i * out_step
            if line == 1 and out_line == 1:
                join_row(state, a[x : x + n], out[y : y + n])
            else:
                for k in range(n):
                    state[k] = join(state[k], wide(a[x + k * line]))
                    out[y + k * out_line] = state[k]
        write(state, states, at_state, layout)

    return scan_chunk


def record(takes: Callable[..., Any]) -> tuple[Any, Any]:
    """Make the loops that keep the latest element which beats those before it, and its position.

    A part of a line goes on from what the one before it wrote last.
    """
    along, across = _record_along(takes), _record_across(takes)

    @njit(**OPTIONS, parallel=True)
    def record_along(a, out, positions, layout):  # type: ignore[no-untyped-def]
        for unit in prange(layout[8, 0], layout[8, 1]):
            along(a, out, positions, layout, unit)

    @njit(**OPTIONS, parallel=True)
    def record_across(a, out, positions, layout):  # type: ignore[no-untyped-def]
        for unit in prange(layout[8, 0], layout[8, 1]):
            across(a, out, positions, layout, unit)

    return record_along, record_across


def _record_along(takes: Callable[..., Any]) -> Any:
    """Make the loop over a chunk of lines, one after the other."""

    @njit(**OPTIONS)
    def record_chunk(a, out, positions, layout, unit):  # type: ignore[no-untyped-def]
        at_a, at_out, _, lines = start_of(layout, unit)
        length, a_step, out_step = layout[4, 2], layout[5, 2], layout[6, 2]
        before = layout[8, 2]
        # In memory, because the compiler then leaves the choice below a jump, which is foreseen
        # most of the time: a new best is rare. Else each element would wait for the one before it.
        best, position = np.empty(1, out.dtype), np.empty(1, np.int64)
        for line in range(lines):
            x, y = at_a + line * layout[1, 3], at_out + line * layout[2, 3]
            best[0], position[0] = wide(a[x]), 0
            if before > 0:
                best[0], position[0] = out[y - out_step], positions[y - out_step]
            for i in range(length):
                candidate = wide(a[np.uint64(x + i * a_step)])
                if takes(candidate, best[0]):
                    best[0], position[0] = candidate, before + i
                out[np.uint64(y + i * out_step)] = best[0]
                positions[np.uint64(y + i * out_step)] = position[0]

    return record_chunk


def _record_across(takes: Callable[..., Any]) -> Any:
    """Make the loop over a chunk of lines side by side."""

    @_inline
    def take_row(best, position, row, out, positions, i):  # type: ignore[no-untyped-def]
        for k in range(best.size):
            candidate = wide(row[k])
            is_better = takes(candidate, best[k])
            best[k] = candidate if is_better else best[k]
            position[k] = i if is_better else position[k]
            out[k] = best[k]
            positions[k] = position[k]

    @njit(**OPTIONS)
    def record_chunk(a, out, positions, layout, unit):  # type: ignore[no-untyped-def]
        at_a, at_out, _, n = start_of(layout, unit)
        length, a_step, out_step = layout[4, 2], layout[5, 2], layout[6, 2]
        step, result_step, before = layout[1, 3], layout[2, 3], layout[8, 2]
        best, position = np.empty(n, out.dtype), np.zeros(n, np.int64)
        for k in range(n):
            best[k] = wide(a[at_a + k * step])
            if before > 0:
                y = at_out + k * result_step - out_step
                best[k], position[k] = out[y], positions[y]
        for i in range(length):
            x, y = at_a + i * a_step, at_out + i * out_step
            p = before + i
            if step == 1 and result_step == 1:
                take_row(best, position, a[x : x + n], out[y : y + n], positions[y : y + n], p)
            else:
                for k in range(n):
                    candidate = wide(a[x + k * step])
                    if takes(candidate, best[k]):
                        best[k], position[k] = candidate, p
                    out[y + k * result_step] = best[k]
                    positions[y + k * result_step] = position[k]

    return record_chunk
