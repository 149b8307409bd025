"""The loops of matrix products around the microkernel: packing, blocking, threads.

Addresses are integers, and all steps (the distance of neighbours in a dimension) are in bytes. Each
task writes rows or columns of the result that no other one writes, and how the terms of a sum are
grouped does not depend on the number of tasks, so that neither does any bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from .microkernel import (
    DEPTH,
    PANEL_STEP,
    address,
    copy_row,
    load,
    multiply_tile,
    store,
    tile_shape,
    transpose,
)

# So many left panels are packed at a time: about half of the second-level cache.
PANELS = 24
# A right operand that meets so few rows is read where it lies.
_FEW_ROWS = 140
# With fewer rows for each task they divide the columns.
LEAST_ROWS = 8

_helper = njit(error_model="numpy")
_kernel = njit(error_model="numpy")


# ---- packing


@_helper
def pack_left(like: Any, target: Any, source: Any, rows: Any, depth: Any) -> None:
    """Pack rows of the left operand, `PANEL_STEP` elements apart."""
    start, row_step, step, size = source
    panel_step = PANEL_STEP * size
    _, width, lanes = tile_shape(like)
    if step == size:
        for i in range(rows):
            for p in range(0, depth, width):
                place = target + i * panel_step + p * size
                copy_row(like, place, start + i * row_step + p * size, depth - p)
    elif row_step == size:
        for i in range(0, rows, lanes):
            for p in range(0, depth, lanes):
                transpose(
                    like,
                    target + i * panel_step + p * size,
                    panel_step,
                    start + i * size + p * step,
                    step,
                    min(lanes, depth - p),
                    min(lanes, rows - i),
                )
    else:
        for i in range(rows):
            for p in range(depth):
                value = load(like, start + i * row_step + p * step)
                store(target + i * panel_step + p * size, value)


@_helper
def pack_right(like: Any, target: Any, source: Any, depth: Any, columns: Any) -> None:
    """Pack columns of the right operand as dense rows of a tile's width, filled up with zeros."""
    start, step, column_step, size = source
    _, width, lanes = tile_shape(like)
    if column_step == size:
        for p in range(depth):
            copy_row(like, target + p * width * size, start + p * step, columns)
    elif step == size:
        for p in range(0, depth, lanes):
            for j in range(0, width, lanes):
                transpose(
                    like,
                    target + (p * width + j) * size,
                    width * size,
                    start + p * size + j * column_step,
                    column_step,
                    min(lanes, columns - j),
                    min(lanes, depth - p),
                )
    else:
        for p in range(depth):
            row = target + p * width * size
            for j in range(columns):
                store(row + j * size, load(like, start + p * step + j * column_step))
            for j in range(columns, width):
                store(row + j * size, type(like)(0))


@_helper
def pack_right_panels(
    like: Any, target: Any, source: Any, depth: Any, columns: Any, first: Any, last: Any
) -> None:
    """Pack some panels of the right operand; `columns` is its full width."""
    start, step, column_step, size = source
    width = tile_shape(like)[1]
    for panel in range(first, last):
        j = panel * width
        place = start + j * column_step
        pack_right(
            like,
            target + j * depth * size,
            (place, step, column_step, size),
            depth,
            min(width, columns - j),
        )


# ---- products of matrices


@_helper
def _panel_start(panel: Any, panels: Any, rows: Any) -> Any:
    """Divide rows evenly among panels: give the first row of one."""
    return panel * (rows // panels) + min(panel, rows % panels)


@_helper
def multiply_block(
    alpha: Any, accumulate: Any, depth: Any, left: Any, right: Any, out: Any, work: Any, part: Any
) -> None:
    """Multiply some row panels by some column panels.

    Args:
        alpha: factor of the product.
        accumulate: 1 to add to out, 0 to overwrite it.
        depth: terms of each sum, at most `DEPTH`.
        left: (address, row step, column step, item size) of the left operand.
        right: the same of the right operand.
        out: (address, row step, rows, columns) of the result.
        work: (address of the space for left panels, address of the packed right panels, how many
            right panels are not packed).
        part: (row panels in all, first, last).
    """
    start, row_step, step, size = left
    out_start, out_step, rows, columns = out
    packed_left, packed_right, direct = work
    panels, first, last = part
    height, width, _ = tile_shape(alpha)
    column_panels = (columns + width - 1) // width
    panel_size = height * PANEL_STEP * size
    for block in range(first, last, PANELS):
        stop = min(last, block + PANELS)
        for panel in range(block, stop):
            i = _panel_start(panel, panels, rows)
            source = (start + i * row_step, row_step, step, size)
            count = _panel_start(panel + 1, panels, rows) - i
            pack_left(alpha, packed_left + (panel - block) * panel_size, source, count, depth)
        for column in range(column_panels):
            j = column * width
            if column < direct:
                place, place_step = right[0] + j * size, right[1]
            else:
                place = packed_right + (j - direct * width) * depth * size
                place_step = width * size
            for panel in range(block, stop):
                i = _panel_start(panel, panels, rows)
                multiply_tile(
                    alpha,
                    accumulate,
                    _panel_start(panel + 1, panels, rows) - i,
                    depth,
                    packed_left + (panel - block) * panel_size,
                    place,
                    place_step,
                    out_start + i * out_step + j * size,
                    out_step,
                    columns - j,
                )


@_helper
def direct_panels(rows: Any, columns: Any, is_dense: Any, width: Any) -> Any:
    """Tell how many panels of the right operand are read where they lie: all whole ones, or 0."""
    return columns // width if rows <= _FEW_ROWS and is_dense else 0


@_helper
def multiply(
    alpha: Any, accumulate: Any, depth: Any, left: Any, right: Any, out: Any, work: Any
) -> None:
    """Multiply two matrices in one thread; `depth` is the inner dimension."""
    rows, columns = out[2], out[3]
    height, width, _ = tile_shape(alpha)
    panels = (rows + height - 1) // height
    column_panels = (columns + width - 1) // width
    direct = direct_panels(rows, columns, right[2] == right[3], width)
    blocks = (depth + DEPTH - 1) // DEPTH
    block_depth = (depth + blocks - 1) // blocks
    for p in range(0, depth, block_depth):
        count = min(block_depth, depth - p)
        part_left = (left[0] + p * left[2], left[1], left[2], left[3])
        part_right = (right[0] + p * right[1], right[1], right[2], right[3])
        rest = (part_right[0] + direct * width * right[2], right[1], right[2], right[3])
        pack_right_panels(
            alpha, work[1], rest, count, columns - direct * width, 0, column_panels - direct
        )
        multiply_block(
            alpha,
            1 if p > 0 else accumulate,
            count,
            part_left,
            part_right,
            out,
            (work[0], work[1], direct),
            (panels, np.intp(0), panels),
        )


@_kernel
def product(
    a: Any,
    b: Any,
    out: Any,
    work: Any,
    alpha: Any,
    accumulate: Any,
    first: Any,
    last: Any,
    tasks: Any,
) -> None:
    """Compute some parts of out = alpha * a @ b, plus out where accumulate is 1.

    Each task packs what it needs, so that none waits for another one.

    Args:
        a: (rows, depth) with any strides.
        b: (depth, columns) with any strides.
        out: (rows, columns); the elements of a row are dense.
        work: address of space for packed panels: as many bytes as `dispatch.py` computes.
        alpha: a number of the type of the elements.
        accumulate: 1 or 0.
        first, last, tasks: which parts, of how many.
    """
    size = out.itemsize
    rows, columns = out.shape
    depth = a.shape[1]
    height, width, _ = tile_shape(alpha)
    left_size = PANELS * height * PANEL_STEP * size
    work_size = left_size + min(depth, DEPTH) * (columns + width) * size
    column_panels = (columns + width - 1) // width
    by_columns = rows < LEAST_ROWS * tasks
    for task in range(first, last):
        row, end, column, column_end = 0, rows, 0, columns
        if by_columns:
            column = column_panels * task // tasks * width
            column_end = min(column_panels * (task + 1) // tasks * width, columns)
        else:
            row, end = rows * task // tasks, rows * (task + 1) // tasks
        place = work + task * work_size
        multiply(
            alpha,
            accumulate,
            depth,
            (address(a) + row * a.strides[0], a.strides[0], a.strides[1], size),
            (address(b) + column * b.strides[1], b.strides[0], b.strides[1], size),
            (
                address(out) + row * out.strides[0] + column * size,
                out.strides[0],
                end - row,
                column_end - column,
            ),
            (place, place + left_size),
        )


@_kernel
def pack_panels(b: Any, packed: Any, alpha: Any, first: Any, last: Any, tasks: Any) -> None:
    """Pack some parts of a right operand that all tasks read.

    Args:
        b: (depth, columns) with any strides.
        packed: address of the panels.
        alpha: a number of the type of the elements.
        first, last, tasks: which parts, of how many.
    """
    depth, columns = b.shape
    width = tile_shape(alpha)[1]
    panels = (columns + width - 1) // width
    source = (address(b), b.strides[0], b.strides[1], b.itemsize)
    start, end = panels * first // tasks, panels * last // tasks
    pack_right_panels(alpha, packed, source, depth, columns, start, end)


@_kernel
def multiply_packed(
    a: Any,
    b: Any,
    out: Any,
    work: Any,
    packed: Any,
    direct: Any,
    alpha: Any,
    accumulate: Any,
    first: Any,
    last: Any,
    tasks: Any,
) -> None:
    """Compute what `product` does, of a right operand that is packed, and at most `DEPTH` deep.

    Args:
        a, b, out, alpha, accumulate, first, last, tasks: as in `product`.
        work: address of space for the left panels of all tasks.
        packed: that of the right panels.
        direct: how many right panels are not packed but read where they lie.
    """
    size = out.itemsize
    rows, columns = out.shape
    height = tile_shape(alpha)[0]
    # As many panels for each task, as high as each other.
    panels = ((rows + height - 1) // height + tasks - 1) // tasks * tasks
    for task in range(first, last):
        multiply_block(
            alpha,
            accumulate,
            a.shape[1],
            (address(a), a.strides[0], a.strides[1], size),
            (address(b), b.strides[0], b.strides[1], size),
            (address(out), out.strides[0], rows, columns),
            (work + task * PANELS * height * PANEL_STEP * size, packed, direct),
            (panels, panels * task // tasks, panels * (task + 1) // tasks),
        )


@_kernel
def batch(
    a: Any,
    b: Any,
    out: Any,
    work: Any,
    alpha: Any,
    accumulate: Any,
    first: Any,
    last: Any,
    tasks: Any,
) -> None:
    """Compute what `product` does, for each matrix of a batch: (batch, rows, columns) arrays."""
    size = out.itemsize
    left_size = PANELS * tile_shape(alpha)[0] * PANEL_STEP * size
    right_size = min(a.shape[2], DEPTH) * (out.shape[2] + tile_shape(alpha)[1]) * size
    a_start, b_start, out_start = address(a), address(b), address(out)
    for task in range(first, last):
        place = work + task * (left_size + right_size)
        for i in range(len(out) * task // tasks, len(out) * (task + 1) // tasks):
            multiply(
                alpha,
                accumulate,
                a.shape[2],
                (a_start + i * a.strides[0], a.strides[1], a.strides[2], size),
                (b_start + i * b.strides[0], b.strides[1], b.strides[2], size),
                (out_start + i * out.strides[0], out.strides[1], out.shape[1], out.shape[2]),
                (place, place + left_size),
            )
