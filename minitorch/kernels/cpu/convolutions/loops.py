"""The loops of a convolution: parts of images become packed operands of a matrix product.

A convolution is the product of the weights (out channels, taps) and a matrix of columns (taps,
pixels of the result). That matrix is never written down: the rows of the image that it repeats are
copied from the image, or from a strip of it with its padding, straight into the panels that the
microkernel reads. A tap is one place of the kernel in one channel of the input.

Work is cut into units: a box of the result's pixels of one or several images, for one group. How it
is cut does not depend on the number of threads, so that no bit does. Addresses and steps are in
bytes, as in `products/loops.py`. See `strips.py` for what `geometry` holds.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from ..products.loops import PANELS, pack_left
from ..products.microkernel import DEPTH, PANEL_STEP, address, load, store, tile_shape
from .rows import copy_rows, filter_row, gather_rows
from .strips import (
    PARTS,
    RUNS,
    SPACE,
    STEPS,
    STRIDE,
    WAYS,
    box_at,
    count_boxes,
    fill,
    multiply_panels,
    panel_rows,
    source_of,
    sources,
    write_offsets,
)

_helper = njit(error_model="numpy")
_kernel = njit(error_model="numpy")


@_helper
def _pack_columns(
    one: Any, target: Any, source: Any, columns: Any, taps: Any, geometry: Any, shape: Any
) -> None:
    """Pack some columns of a unit into right panels.

    Args:
        one: a number of the elements' type.
        target: address of the panels.
        source: (address of the first image's box, bytes to the next image's, bytes of an element).
        columns: (first, last).
        taps: (address of the offsets, how many, rows of a panel).
        geometry: the plan's table.
        shape: of the box.
    """
    start, image_step, size = source
    first, last = columns
    offsets, count, depth = taps
    width = tile_shape(one)[1]
    at = first
    while at < last:
        row, x = at // shape[2], at % shape[2]
        plane, y = row // shape[1], row % shape[1]
        image, z = plane // shape[0], plane % shape[0]
        place = start + image * image_step + x * size
        place += z * geometry[STRIDE, 0] * geometry[STEPS, 1]
        place += y * geometry[STRIDE, 1] * geometry[STEPS, 2]
        done = at - first
        some = min(width - done % width, min(shape[2] - x, last - at))
        panel = target + (done // width * width * depth + done % width) * size
        gather_rows(one, panel, width * size, place, offsets, some, count)
        at += some


@_helper
def _pack_weights(one: Any, left: Any, w: Any, bias: Any, part: Any) -> None:
    """Pack some rows of the weights, with the bias as one more tap.

    Args:
        one: a number of the elements' type.
        left: address of the panels.
        w: (groups, rows, taps).
        bias: (groups * rows).
        part: (group, first row, rows, first tap, taps, 1 with the bias or 0).
    """
    group, first, rows, tap, taps, extra = part
    size = w.itemsize
    start = address(w) + group * w.strides[0] + first * w.strides[1] + tap * w.strides[2]
    pack_left(one, left, (start, w.strides[1], w.strides[2], size), rows, taps)
    for row in range(rows * extra):
        value = bias[group * w.shape[1] + first + row]
        store(left + (row * PANEL_STEP + taps) * size, value)


@_helper
def _scatter(
    one: Any, source: Any, row_step: Any, out: Any, channel: Any, images: Any, box: Any
) -> Any:
    """Copy one channel of a unit to its places in the result: (images, channels, pixels).

    Gives the address after what is read, where rows lie `row_step` bytes apart.
    """
    (z0, y0, x0), (depth, height, width) = box
    size = out.itemsize
    for image in range(images[0], images[1]):
        for z in range(depth):
            target = address(out) + image * out.strides[0] + channel * out.strides[1]
            target += (z0 + z) * out.strides[2] + y0 * out.strides[3] + x0 * out.strides[4]
            if out.strides[4] == size:
                copy_rows(one, target, out.strides[3], source, row_step, width, height)
            else:
                for y in range(height):
                    for i in range(width):
                        value = load(one, source + y * row_step + i * size)
                        store(target + y * out.strides[3] + i * out.strides[4], value)
            source += height * row_step
    return source


@_helper
def _correlate_unit(
    one: Any, x: Any, w: Any, bias: Any, out: Any, taps: Any, geometry: Any, work: Any, unit: Any
) -> None:
    size = out.itemsize
    groups, rows, depth = w.shape
    parts = geometry[PARTS, 1]
    boxes = count_boxes(geometry, out.shape)
    first, last = rows * (unit % parts) // parts, rows * (unit % parts + 1) // parts
    unit //= parts
    corner, shape = box_at(unit % boxes, geometry, out.shape)
    unit //= boxes
    group = unit % groups
    image = unit // groups * geometry[PARTS, 0]
    stop = min(image + geometry[PARTS, 0], len(out))
    columns = (stop - image) * shape[0] * shape[1] * shape[2]

    left = work
    right = left + PANELS * tile_shape(one)[0] * PANEL_STEP * size
    block = right + geometry[SPACE, 0]
    offsets = block + geometry[SPACE, 1]
    strip = offsets + 8 * DEPTH
    out_start, out_step = block, columns * size
    if geometry[WAYS, 1]:
        out_step = out.strides[1]
        out_start = address(out) + image * out.strides[0] + (group * rows + first) * out_step
        for dim in range(3):
            out_start += corner[dim] * out.strides[dim + 2]

    has_bias = 1 if len(bias) > 0 else 0
    blocks = (depth + has_bias + DEPTH - 1) // DEPTH
    most = (depth + blocks - 1) // blocks
    height = panel_rows(one, last - first)
    width = tile_shape(one)[1]
    # Where all left panels fit into the workspace, one panel of columns at a time is packed, which
    # then lies in the nearest cache.
    chunk = width if last - first <= PANELS * height else columns
    for k in range(0, depth, most):
        count = min(most, depth - k)
        # The bias is one more tap, which sees a 1 everywhere.
        extra = has_bias if k + count == depth else 0
        write_offsets(offsets, taps, k, count, geometry[STEPS, 0])
        channel = group * (x.shape[1] // groups) + k // len(taps)
        channels = (k + count - 1) // len(taps) + 1 - k // len(taps)
        source = sources(one, x, (image, stop), (channel, channels), corner, geometry, strip)
        for start in range(0, columns, chunk):
            end = min(start + chunk, columns)
            known = (offsets, count, count + extra)
            _pack_columns(one, right, source, (start, end), known, geometry, shape)
            for j in range(0, (end - start) * extra, width):
                for i in range(width):
                    store(right + (j * (count + 1) + count * width + i) * size, one)
            for i in range(first, last, PANELS * height):
                some = min(PANELS * height, last - i)
                if start == 0 or chunk > width:
                    _pack_weights(one, left, w, bias, (group, i, some, k, count, extra))
                place = out_start + (i - first) * out_step + start * size
                target = (place, out_step, some, end - start, size)
                multiply_panels(one, 1 if k > 0 else 0, count + extra, left, right, target, height)
    if not geometry[WAYS, 1]:
        place = block
        for row in range(group * rows + first, group * rows + last):
            images = (image, stop)
            place = _scatter(one, place, shape[2] * size, out, row, images, (corner, shape))


@_helper
def _filter_unit(
    one: Any, x: Any, w: Any, bias: Any, out: Any, taps: Any, geometry: Any, work: Any, unit: Any
) -> None:
    """Do what `_correlate_unit` does for weights of so few rows that packing would not pay.

    Neighbouring rows of pixels are one run, if what they see lies in memory the same way: the
    elements between them are computed as well, and not used.
    """
    size = out.itemsize
    groups, rows, depth = w.shape
    boxes = count_boxes(geometry, out.shape)
    corner, shape = box_at(unit % boxes, geometry, out.shape)
    unit //= boxes
    group = unit % groups
    image = unit // groups
    run = min(geometry[RUNS, 1], shape[1])
    pitch = geometry[RUNS, 2]
    count = (run - 1) * pitch + shape[2]
    block_size = shape[0] * shape[1] * pitch
    offsets = work + geometry[SPACE, 1]
    strip = offsets + 8 * DEPTH
    for row in range(rows):
        start = bias[group * rows + row] if len(bias) > 0 else type(one)(0)
        fill(work + row * block_size * size, size, block_size, start)
    for k in range(0, depth, DEPTH):
        some = min(DEPTH, depth - k)
        write_offsets(offsets, taps, k, some, geometry[STEPS, 0])
        channel = group * (x.shape[1] // groups) + k // len(taps)
        channels = (k + some - 1) // len(taps) + 1 - k // len(taps)
        source = source_of(one, x, image, channel, channels, corner, geometry, strip)
        for line in range(0, shape[0] * shape[1], run):
            z, y = line // shape[1], line % shape[1]
            place = source + z * geometry[STRIDE, 0] * geometry[STEPS, 1]
            place += y * geometry[STRIDE, 1] * geometry[STEPS, 2]
            for row in range(rows):
                weights = address(w) + group * w.strides[0] + row * w.strides[1] + k * w.strides[2]
                target = work + (row * block_size + line * pitch) * size
                filter_row(one, target, place, offsets, weights, w.strides[2], some, count)
    place = work
    for row in range(group * rows, (group + 1) * rows):
        box = (corner, shape)
        place = _scatter(one, place, pitch * size, out, row, (image, image + 1), box)


@_kernel
def correlate(
    x: Any,
    w: Any,
    bias: Any,
    out: Any,
    taps: Any,
    geometry: Any,
    work: Any,
    one: Any,
    units: Any,
    first: Any,
    last: Any,
    tasks: Any,
) -> None:
    """Correlate images with kernels.

    Args:
        x: (images, channels, depth, height, width) with any strides.
        w: (groups, out channels of a group, taps of a group) with any strides.
        bias: (out channels), or empty.
        out: (images, out channels, depth, height, width) with any strides.
        taps: where the taps of one channel lie, in bytes.
        geometry: the plan's table.
        work: address of the workspace.
        one: 1 in the elements' type.
        units: in how many the work is cut.
        first, last, tasks: which tasks to do, of how many that divide the units.
    """
    for task in range(first, last):
        own = work + task * geometry[SPACE, 2]
        for unit in range(units * task // tasks, units * (task + 1) // tasks):
            if geometry[RUNS, 0]:
                _filter_unit(one, x, w, bias, out, taps, geometry, own, unit)
            else:
                _correlate_unit(one, x, w, bias, out, taps, geometry, own, unit)
