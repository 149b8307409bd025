"""The loops of matrix products around the microkernel: packing, blocking, threads.

Addresses are integers, and all steps (the distance of neighbours in a dimension) are in bytes. Each
parallel iteration writes rows or columns of the result that no other one writes, and how the terms
of a sum are grouped does not depend on the number of threads, so that neither does any bit.
"""

from __future__ import annotations

from typing import Any

from numba import njit, prange

from .microkernel import (
    DEPTH,
    PANEL_STEP,
    add_row,
    add_rows,
    address,
    copy_row,
    dot,
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
# A right operand of so few elements is packed by each task for itself.
_PACKED_TWICE = 1 << 16
# The terms of a dot product, or the elements of a column, that are treated at a time.
STRETCH = 2048

_helper = njit(error_model="numpy")
_kernel = njit(error_model="numpy", parallel=True)


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
        part: (row panels in all, first, last, first column panel, last).
    """
    start, row_step, step, size = left
    out_start, out_step, rows, columns = out
    packed_left, packed_right, direct = work
    panels, first, last, first_column, last_column = part
    height, width, _ = tile_shape(alpha)
    panel_size = height * PANEL_STEP * size
    for block in range(first, last, PANELS):
        stop = min(last, block + PANELS)
        for panel in range(block, stop):
            i = _panel_start(panel, panels, rows)
            source = (start + i * row_step, row_step, step, size)
            count = _panel_start(panel + 1, panels, rows) - i
            pack_left(alpha, packed_left + (panel - block) * panel_size, source, count, depth)
        for column in range(first_column, last_column):
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
def _direct_panels(like: Any, right: Any, rows: Any, columns: Any) -> Any:
    """Tell how many panels of the right operand are read where they lie: all whole ones, or 0."""
    if rows <= _FEW_ROWS and right[2] == right[3]:
        return columns // tile_shape(like)[1]
    return 0


@_helper
def multiply(
    alpha: Any, accumulate: Any, depth: Any, left: Any, right: Any, out: Any, work: Any
) -> None:
    """Multiply two matrices in one thread; `depth` is the inner dimension."""
    rows, columns = out[2], out[3]
    height, width, _ = tile_shape(alpha)
    panels = (rows + height - 1) // height
    column_panels = (columns + width - 1) // width
    direct = _direct_panels(alpha, right, rows, columns)
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
            (panels, 0, panels, 0, column_panels),
        )


@_kernel
def product(a: Any, b: Any, out: Any, work: Any, alpha: Any, accumulate: Any, tasks: Any) -> None:
    """Compute out = alpha * a @ b, plus out where accumulate is 1.

    Args:
        a: (rows, depth) with any strides.
        b: (depth, columns) with any strides.
        out: (rows, columns); the elements of a row are dense.
        work: address of space for packed panels: as many bytes as `gemm.py` computes.
        alpha: a number of the type of the elements.
        accumulate: 1 or 0.
        tasks: into how many parts the work is divided.
    """
    size = out.itemsize
    rows, columns = out.shape
    depth = a.shape[1]
    height, width, _ = tile_shape(alpha)
    left_size = PANELS * height * PANEL_STEP * size
    a_start, b_start, out_start = address(a), address(b), address(out)
    a_row, a_step = a.strides
    b_step, b_column = b.strides
    out_step = out.strides[0]
    column_panels = (columns + width - 1) // width
    if tasks == 1 or rows < 8 * tasks or depth * columns <= _PACKED_TWICE:
        # Each task packs what it needs, so that none waits for another one.
        by_columns = rows < 8 * tasks
        work_size = left_size + min(depth, DEPTH) * (columns + width) * size
        for task in prange(tasks):
            first, last, first_column, last_column = 0, rows, 0, columns
            if by_columns:
                first_column = column_panels * task // tasks * width
                last_column = min(column_panels * (task + 1) // tasks * width, columns)
            else:
                first, last = rows * task // tasks, rows * (task + 1) // tasks
            start = out_start + first * out_step + first_column * size
            place = work + task * work_size
            multiply(
                alpha,
                accumulate,
                depth,
                (a_start + first * a_row, a_row, a_step, size),
                (b_start + first_column * b_column, b_step, b_column, size),
                (start, out_step, last - first, last_column - first_column),
                (place, place + left_size),
            )
        return
    packed_left = work
    packed_right = packed_left + tasks * left_size
    # As many panels for each task, as high as each other.
    panels = ((rows + height - 1) // height + tasks - 1) // tasks * tasks
    blocks = (depth + DEPTH - 1) // DEPTH
    block_depth = (depth + blocks - 1) // blocks
    for block in range(blocks):
        p = block * block_depth
        count = min(block_depth, depth - p)
        left = (a_start + p * a_step, a_row, a_step, size)
        right = (b_start + p * b_step, b_step, b_column, size)
        direct = _direct_panels(alpha, right, rows, columns)
        rest = (right[0] + direct * width * b_column, b_step, b_column, size)
        packed = column_panels - direct
        # Numba sees no dependence between loops that write to addresses, and would fuse the next
        # two, so that a task would read what another one has not packed yet. Loops of different
        # lengths it leaves apart.
        pack_tasks = min(tasks, packed)
        for task in prange(pack_tasks):
            first, last = packed * task // pack_tasks, packed * (task + 1) // pack_tasks
            pack_right_panels(
                alpha, packed_right, rest, count, columns - direct * width, first, last
            )
        for task in prange(tasks):
            first, last = panels * task // tasks, panels * (task + 1) // tasks
            multiply_block(
                alpha,
                1 if p > 0 else accumulate,
                count,
                left,
                right,
                (out_start, out_step, rows, columns),
                (packed_left + task * left_size, packed_right, direct),
                (panels, first, last, 0, column_panels),
            )


@_kernel
def batch(a: Any, b: Any, out: Any, work: Any, alpha: Any, accumulate: Any, tasks: Any) -> None:
    """Compute what `product` does, for each matrix of a batch: (batch, rows, columns) arrays."""
    size = out.itemsize
    left_size = PANELS * tile_shape(alpha)[0] * PANEL_STEP * size
    right_size = min(a.shape[2], DEPTH) * (out.shape[2] + tile_shape(alpha)[1]) * size
    a_start, b_start, out_start = address(a), address(b), address(out)
    for task in prange(tasks):
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


# ---- products of a matrix and a vector


@_helper
def _dense(like: Any, target: Any, source: Any, step: Any, size: Any, count: Any) -> Any:
    """Give the address of dense elements: where they lie, or where they are copied to."""
    if step == size:
        return source
    for i in range(count):
        store(target + i * size, load(like, source + i * step))
    return target


@_kernel
def dot_rows(a: Any, x: Any, out: Any, work: Any, alpha: Any, accumulate: Any, tasks: Any) -> None:
    """Compute out = alpha * a @ x, plus out where accumulate is 1, a row at a time."""
    size = a.itemsize
    rows, depth = a.shape
    a_start, a_row, a_step = address(a), a.strides[0], a.strides[1]
    x_start, x_step = address(x), x.strides[0]
    for task in prange(tasks):
        place = work + task * 2 * STRETCH * size
        for i in range(rows * task // tasks, rows * (task + 1) // tasks):
            total = 0.0
            for p in range(0, depth, STRETCH):
                count = min(STRETCH, depth - p)
                row = _dense(alpha, place, a_start + i * a_row + p * a_step, a_step, size, count)
                column = _dense(
                    alpha, place + STRETCH * size, x_start + p * x_step, x_step, size, count
                )
                total += dot(alpha, row, column, count)
            value = alpha * type(alpha)(total)
            out[i] = out[i] + value if accumulate else value


@_kernel
def add_columns(
    a: Any, x: Any, out: Any, work: Any, alpha: Any, accumulate: Any, tasks: Any
) -> None:
    """Compute what `dot_rows` does, a column at a time; columns of a and out are dense.

    It needs no workspace: `work` is there for the order of the arguments.
    """
    size = a.itemsize
    rows, depth = a.shape
    step = a.strides[1]
    a_start, out_start = address(a), address(out)
    pieces = (rows + STRETCH - 1) // STRETCH
    pieces = max(pieces, tasks) if rows >= 64 * tasks else pieces
    for piece in prange(pieces):
        first, last = rows * piece // pieces, rows * (piece + 1) // pieces
        count = last - first
        target = out_start + first * size
        if not accumulate:
            for i in range(first, last):
                out[i] = 0
        source = a_start + first * size
        for p in range(0, depth - 3, 4):
            factors = (alpha * x[p], alpha * x[p + 1], alpha * x[p + 2], alpha * x[p + 3])
            add_rows(factors, target, source + p * step, count, step)
        for p in range(depth - depth % 4, depth):
            add_row(alpha * x[p], target, source + p * step, count)


# ---- every other type of element


@_kernel
def plain(a: Any, b: Any, out: Any) -> None:
    """Add a @ b to out, where integers wrap around."""
    for i in prange(a.shape[0]):
        for p in range(a.shape[1]):
            factor = a[i, p]
            for j in range(b.shape[1]):
                out[i, j] += factor * b[p, j]


@_kernel
def logical(a: Any, b: Any, out: Any) -> None:
    """Set out where some pair of elements of a row and a column is true."""
    for i in prange(a.shape[0]):
        for p in range(a.shape[1]):
            if a[i, p]:
                for j in range(b.shape[1]):
                    out[i, j] |= b[p, j]
