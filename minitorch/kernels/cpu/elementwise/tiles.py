"""How the strided loops of elementwise kernels go through arrays of any layout.

A tile is a rectangle of the result: some rows of some elements. See `layout.Plan` for the array
that describes tiles. Where the elements of an operand's row do not lie side by side, a tile of them
is first put into dense memory that is small enough for the fastest cache.
"""

from typing import Any

import numpy as np
from numba import njit

from .access import BLOCK_SIDE, gather, load, store, transpose_block


@njit(error_model="numpy")
def tile_shape(layout: Any, tile: int) -> Any:
    """Give the number of rows of a tile, and that of their elements."""
    rank = layout.shape[1] - 2
    height, width = layout[0, rank - 2], layout[0, rank - 1]
    most_rows, most_columns = layout[0, rank], layout[0, rank + 1]
    across = (width + most_columns - 1) // most_columns
    down = (height + most_rows - 1) // most_rows
    first_column = tile % across * most_columns
    first_row = tile // across % down * most_rows
    return min(most_rows, height - first_row), min(most_columns, width - first_column)


@njit(error_model="numpy")
def start_of(layout: Any, k: int, tile: int) -> Any:
    """Give the position of a tile's first element in the memory of array k, counted from 1."""
    rank = layout.shape[1] - 2
    most_rows, most_columns = layout[0, rank], layout[0, rank + 1]
    across = (layout[0, rank - 1] + most_columns - 1) // most_columns
    down = (layout[0, rank - 2] + most_rows - 1) // most_rows
    at = layout[k, rank] + tile % across * most_columns * layout[k, rank - 1]
    tile //= across
    at += tile % down * most_rows * layout[k, rank - 2]
    tile //= down
    for dim in range(rank - 3, -1, -1):
        at += tile % layout[0, dim] * layout[k, dim]
        tile //= layout[0, dim]
    return at


@njit(error_model="numpy")
def rows_of(a: Any, layout: Any, k: int, tile: int, rows: int, columns: int) -> Any:
    """Show the rows of an operand's tile in dense memory.

    Returns:
        The memory, the position of the first row, the step from row to row, and whether a row is a
        single number, which stands for all its elements.
    """
    rank = layout.shape[1] - 2
    at = start_of(layout, k, tile)
    row_step, step = layout[k, rank - 2], layout[k, rank - 1]
    if not layout[k, rank + 1]:
        return a, at, row_step, step == 0
    dense = np.empty(rows * columns, a.dtype)
    # What remains to the right and below after whole blocks were transposed.
    right = below = 0
    if row_step == 1 and step > 1:
        right, below = columns // BLOCK_SIDE * BLOCK_SIDE, rows // BLOCK_SIDE * BLOCK_SIDE
        for j in range(0, right, BLOCK_SIDE):
            for i in range(0, below, BLOCK_SIDE):
                place = i * columns + j
                transpose_block(a, at + i + j * step, step, dense, place, columns)
    if goes_down(row_step, step, rows, columns):
        for j in range(columns):
            for i in range(below if j < right else 0, rows):
                store(dense, i * columns + j, load(a, at + i * row_step + j * step))
    else:
        for i in range(rows):
            gather(a, at + i * row_step, step, dense, i * columns, columns)
    return dense, 0, columns, False


@njit(error_model="numpy")
def rows_for(out: Any, layout: Any, k: int, tile: int, rows: int, columns: int) -> Any:
    """Give dense memory for the rows of the result's tile; see `rows_of`."""
    rank = layout.shape[1] - 2
    if not layout[k, rank + 1]:
        return out, start_of(layout, k, tile), layout[k, rank - 2]
    return np.empty(rows * columns, out.dtype), 0, columns


@njit(error_model="numpy")
def deliver(dense: Any, out: Any, layout: Any, k: int, tile: int, rows: int, columns: int) -> None:
    """Put the rows that were computed elsewhere into the result."""
    rank = layout.shape[1] - 2
    if not layout[k, rank + 1]:
        return
    at = start_of(layout, k, tile)
    row_step, step = layout[k, rank - 2], layout[k, rank - 1]
    if goes_down(row_step, step, rows, columns):
        for j in range(columns):
            for i in range(rows):
                store(out, at + i * row_step + j * step, load(dense, i * columns + j))
    else:
        for i in range(rows):
            for j in range(columns):
                store(out, at + i * row_step + j * step, load(dense, i * columns + j))


@njit(error_model="numpy", forceinline=True)
def goes_on(row_step: int, is_single: bool, columns: int) -> Any:
    """Tell whether an operand's next row follows at once, or is the same single number."""
    return row_step == (0 if is_single else columns)


@njit(error_model="numpy", forceinline=True)
def goes_down(row_step: int, step: int, rows: int, columns: int) -> Any:
    """Choose the inner loop over a tile: the shorter steps in memory, or the longer way."""
    if row_step == 0 or step == 0:
        return columns * 4 < rows
    return abs(row_step) < abs(step)
