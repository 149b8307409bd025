"""The loops of gather, scatter and all that picks or puts elements where indices say.

See `plan.Launch` for the layout. Indices have been checked: none is negative or too large.
Numba would let negative positions count from the end; casts to uint64 spare it that choice.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange, types
from numba.extending import intrinsic

OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}, "parallel": True}
_inline = njit(error_model="numpy", fastmath={"contract"}, forceinline=True)


@_inline
def _start(layout, unit):  # type: ignore[no-untyped-def]
    """Give where a unit starts in the three arrays, and the lengths of its loops."""
    n_1, n_2 = layout[0, 1], layout[0, 2]
    i_2 = unit % n_2
    i_1 = unit // n_2 % n_1
    i_0 = unit // (n_1 * n_2)
    is_last = i_2 == n_2 - 1
    return (
        layout[1, 5] + i_0 * layout[1, 0] + i_1 * layout[1, 1] + i_2 * layout[1, 2],
        layout[2, 5] + i_0 * layout[2, 0] + i_1 * layout[2, 1] + i_2 * layout[2, 2],
        layout[3, 5] + i_0 * layout[3, 0] + i_1 * layout[3, 1] + i_2 * layout[3, 2],
        layout[4, 0] if is_last else layout[0, 3],
        layout[4, 1] if is_last else layout[0, 4],
    )


@intrinsic
def _alone(context: Any, indices: Any, i: Any) -> Any:
    """Read an index with an atomic load, so that the compiler makes no vectors of the loop.

    It would fetch the elements by vector gathers, which are slower than scalar loads: five times
    where the processor is patched against leaks of what they fetch.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(indices)(context, builder, arguments[0]).data
        place = builder.gep(data, [arguments[1]])
        return builder.load_atomic(place, ordering="monotonic", align=indices.dtype.bitwidth // 8)

    return indices.dtype(indices, types.intp), build


@_inline
def _pick_rows(table, index, out, layout, start):  # type: ignore[no-untyped-def]
    """Copy the row that each index points at."""
    at, at_index, at_out, rows, n = start
    step, down, index_down, out_down = layout[4, 4], layout[1, 3], layout[2, 3], layout[3, 3]
    width = np.uint64(n)
    for k in range(rows):
        row = np.uint64(at + k * down + index[at_index + k * index_down] * step)
        own = np.uint64(at_out + k * out_down)
        for i in range(width):
            out[own + i] = table[row + i]


@_inline
def _pick_lines(table, index, out, layout, start):  # type: ignore[no-untyped-def]
    """Copy elements of the line that the indices point into."""
    at, at_index, at_out, rows, n = start
    step, s_table = layout[4, 4], layout[1, 4]
    for k in range(rows):
        line = table[at + k * layout[1, 3] :]
        places = index[at_index + k * layout[2, 3] :][:n]
        own = out[at_out + k * layout[3, 3] :][:n]
        if s_table == 0 and step == 1:
            for i in range(n):
                own[i] = line[np.uint64(_alone(places, i))]
        else:
            for i in range(n):
                own[i] = line[np.uint64(_alone(places, i) * step + i * s_table)]


@_inline
def _pick_any(table, index, out, layout, start):  # type: ignore[no-untyped-def]
    at, at_index, at_out, rows, n = start
    for k in range(rows):
        x = at + k * layout[1, 3]
        j = at_index + k * layout[2, 3]
        y = at_out + k * layout[3, 3]
        for i in range(n):
            place = x + i * layout[1, 4] + _alone(index, j + i * layout[2, 4]) * layout[4, 4]
            out[y + i * layout[3, 4]] = table[place]


def _pick(table, index, out, layout):  # type: ignore[no-untyped-def]
    s_table, s_index, s_out = layout[1, 4], layout[2, 4], layout[3, 4]
    is_row = s_index == 0 and s_table == 1 and s_out == 1
    is_line = s_index == 1 and s_table >= 0 and layout[4, 4] >= 0 and s_out == 1
    for unit in prange(layout[4, 2], layout[4, 3]):
        start = _start(layout, unit)
        if is_row:
            _pick_rows(table, index, out, layout, start)
        elif is_line:
            _pick_lines(table, index, out, layout, start)
        else:
            _pick_any(table, index, out, layout, start)


def pick() -> Any:
    """Make the loops that copy elements of a table from where indices say."""
    return njit(**OPTIONS)(_pick)


def put(join: Callable[..., Any]) -> Any:
    """Make the loops that join elements with those of a table where indices say.

    Args:
        join: a function of the element there, the new one, and a factor; it gives what stays.
    """

    @_inline
    def put_rows(table, index, new, factor, layout, start):  # type: ignore[no-untyped-def]
        at, at_index, at_new, rows, n = start
        step, down, index_down, new_down = layout[4, 4], layout[1, 3], layout[2, 3], layout[3, 3]
        width = np.uint64(n)
        for k in range(rows):
            row = np.uint64(at + k * down + index[at_index + k * index_down] * step)
            own = np.uint64(at_new + k * new_down)
            for i in range(width):
                table[row + i] = join(table[row + i], new[own + i], factor)

    @_inline
    def put_lines(table, index, new, factor, layout, start):  # type: ignore[no-untyped-def]
        at, at_index, at_new, rows, n = start
        step, s_table = layout[4, 4], layout[1, 4]
        for k in range(rows):
            line = table[at + k * layout[1, 3] :]
            places = index[at_index + k * layout[2, 3] :][:n]
            own = new[at_new + k * layout[3, 3] :][:n]
            if s_table == 0 and step == 1:
                for i in range(n):
                    place = np.uint64(places[i])
                    line[place] = join(line[place], own[i], factor)
            else:
                for i in range(n):
                    place = np.uint64(places[i] * step + i * s_table)
                    line[place] = join(line[place], own[i], factor)

    @_inline
    def put_any(table, index, new, factor, layout, start):  # type: ignore[no-untyped-def]
        at, at_index, at_new, rows, n = start
        for k in range(rows):
            x = at + k * layout[1, 3]
            j = at_index + k * layout[2, 3]
            y = at_new + k * layout[3, 3]
            for i in range(n):
                place = x + i * layout[1, 4] + index[j + i * layout[2, 4]] * layout[4, 4]
                table[place] = join(table[place], new[y + i * layout[3, 4]], factor)

    def put_all(table, index, new, factor, layout):  # type: ignore[no-untyped-def]
        s_table, s_index, s_new = layout[1, 4], layout[2, 4], layout[3, 4]
        is_row = s_index == 0 and s_table == 1 and s_new == 1
        is_line = s_index == 1 and s_table >= 0 and layout[4, 4] >= 0 and s_new == 1
        for unit in prange(layout[4, 2], layout[4, 3]):
            start = _start(layout, unit)
            if is_row:
                put_rows(table, index, new, factor[0], layout, start)
            elif is_line:
                put_lines(table, index, new, factor[0], layout, start)
            else:
                put_any(table, index, new, factor[0], layout, start)

    return njit(**OPTIONS)(put_all)


@_inline
def replaced(old: Any, new: Any, factor: Any) -> Any:
    """Give the new element."""
    return new


@_inline
def added(old: Any, new: Any, factor: Any) -> Any:
    """Add the new element times the factor; integers wrap around."""
    return type(old)(old + new * factor)


@_inline
def multiplied(old: Any, new: Any, factor: Any) -> Any:
    """Multiply by the new element; integers wrap around."""
    return type(old)(old * new)


@_inline
def raised(old: Any, new: Any, factor: Any) -> Any:
    """Give the larger element; a NaN wins."""
    return new if new > old or new != new else old


@_inline
def lowered(old: Any, new: Any, factor: Any) -> Any:
    """Give the smaller element; a NaN wins."""
    return new if new < old or new != new else old
