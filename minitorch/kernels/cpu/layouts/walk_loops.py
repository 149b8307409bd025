"""How kernels go through a walk: units of some rows, which threads share. See `walks.Walk`."""

from typing import Any

from numba import njit

# Elements of a unit.
BLOCK = 1 << 14

_inline = njit(error_model="numpy", forceinline=True)


@_inline
def rows_of(layout: Any) -> Any:
    """Give how many rows, steps along the third dimension, a unit has."""
    return max(1, min(layout[0, 2], BLOCK // max(1, layout[0, 3])))


@_inline
def units_of(layout: Any, rows: int) -> Any:
    """Count the units."""
    return layout[0, 0] * layout[0, 1] * ((layout[0, 2] + rows - 1) // rows)


@_inline
def height(layout: Any, rows: int, unit: int) -> Any:
    """Give how many rows a unit has: the last one may have fewer."""
    across = (layout[0, 2] + rows - 1) // rows
    return min(rows, layout[0, 2] - unit % across * rows)


@_inline
def start(layout: Any, array: int, rows: int, unit: int) -> Any:
    """Give the position of a unit's first element in an array, counted from 1."""
    across = (layout[0, 2] + rows - 1) // rows
    i_2 = unit % across * rows
    i_1 = unit // across % layout[0, 1]
    i_0 = unit // across // layout[0, 1]
    return (
        layout[array, 4] + i_0 * layout[array, 0] + i_1 * layout[array, 1] + i_2 * layout[array, 2]
    )
