"""What the units of a convolution read, and the table that says how its work is cut.

The rows of an image that a unit sees are read where they lie, or copied into a strip with their
padding, in which the elements of a row that windows see first come first: so all rows that taps see
are dense. Addresses and steps are in bytes, as in `products/loops.py`.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from ..products.microkernel import PANEL_STEP, address, load, multiply_tile, store, tile_shape
from .rows import copy_rows

# The rows of `geometry`, a table of three columns: for depth, height and width, or single numbers.
BOX = 0  # pixels of the result in a unit
STRIDE = 1
PADDING = 2  # before the first element; negative where that is not used
SPAN = 3  # of the strip for a whole box: depth, height, elements of a row in each phase
STEPS = 4  # bytes between channels, planes and rows of what is read: the strip or the input
WAYS = 5  # the input is read where it lies; the other array's pixels are dense; phases of a row
PARTS = 6  # images in a unit; parts of the weights' rows, or of the taps; parts of the batch
RUNS = 7  # the weights have few rows; rows of pixels in a run; elements from one to the next
SPACE = 8  # bytes of the packed right panels, of the result's block, of all a task needs


_helper = njit(error_model="numpy")


@_helper
def fill(target: Any, size: Any, count: Any, value: Any) -> None:
    """Set `count` elements of `size` bytes."""
    for i in range(count):
        store(target + i * size, value)


@_helper
def _fill_plane(one: Any, target: Any, source: Any, corner: Any, geometry: Any) -> None:
    """Copy a part of a plane of the input, with zeros around it.

    In each row of the strip one phase comes after the other.

    Args:
        one: a number of the elements' type.
        target: address of the plane in the strip.
        source: (address of the input's plane, its height and width, bytes between its rows and
            between its elements, bytes of an element).
        corner: the row and column of the input that come first; negative in the padding.
        geometry: the plan's table.
    """
    start, height, width, row_step, step, size = source
    top, left = corner
    nothing = type(one)(0)
    stride, count = geometry[STRIDE, 2], geometry[SPAN, 2]
    low_row = min(geometry[SPAN, 1], max(0, -top))
    high_row = max(low_row, min(geometry[SPAN, 1], height - top))
    for phase in range(geometry[WAYS, 2]):
        # The elements of this phase that are not padding.
        low = min(count, max(0, (stride - 1 - left - phase) // stride))
        high = max(low, min(count, (width - 1 - left - phase) // stride + 1))
        place = target + phase * count * size
        for y in range(geometry[SPAN, 1]):
            row = place + y * geometry[STEPS, 2]
            is_padding = y < low_row or y >= high_row
            fill(row, size, count if is_padding else low, nothing)
            fill(row + high * size, size, 0 if is_padding else count - high, nothing)
        if high == low or high_row == low_row:
            continue
        origin = start + (top + low_row) * row_step + (left + phase + low * stride) * step
        place += low_row * geometry[STEPS, 2] + low * size
        rows = high_row - low_row
        if stride == 1 and step == size:
            copy_rows(one, place, geometry[STEPS, 2], origin, row_step, high - low, rows)
        else:
            for y in range(rows):
                row = place + y * geometry[STEPS, 2]
                for i in range(high - low):
                    value = load(one, origin + y * row_step + i * stride * step)
                    store(row + i * size, value)


@_helper
def source_of(
    one: Any,
    x: Any,
    image: Any,
    channel: Any,
    channels: Any,
    corner: Any,
    geometry: Any,
    strip: Any,
) -> Any:
    """Give the address that the taps of a box's first pixel are counted from.

    Where the input cannot be read as it lies, some channels of it are copied into a strip.

    Args:
        one: a number of the elements' type.
        x: (images, channels, depth, height, width).
        image: whose part is read.
        channel: the first one.
        channels: how many.
        corner: the place of the box's first pixel in the result.
        geometry: the plan's table.
        strip: address of the space for a strip.
    """
    size = x.itemsize
    front = corner[0] * geometry[STRIDE, 0] - geometry[PADDING, 0]
    top = corner[1] * geometry[STRIDE, 1] - geometry[PADDING, 1]
    left = corner[2] * geometry[STRIDE, 2] - geometry[PADDING, 2]
    start = address(x) + image * x.strides[0] + channel * x.strides[1]
    if geometry[WAYS, 0]:
        return start + front * x.strides[2] + top * x.strides[3] + left * x.strides[4]
    plane_size = geometry[SPAN, 1] * geometry[STEPS, 2] // size
    for c in range(channels):
        for z in range(geometry[SPAN, 0]):
            target = strip + c * geometry[STEPS, 0] + z * geometry[STEPS, 1]
            if front + z < 0 or front + z >= x.shape[2]:
                fill(target, size, plane_size, type(one)(0))
                continue
            plane = start + c * x.strides[1] + (front + z) * x.strides[2]
            source = (plane, x.shape[3], x.shape[4], x.strides[3], x.strides[4], size)
            _fill_plane(one, target, source, (top, left), geometry)
    return strip


@_helper
def sources(
    one: Any, x: Any, images: Any, channels: Any, corner: Any, geometry: Any, strip: Any
) -> Any:
    """Do what `source_of` does for several images.

    Args:
        one: as in `source_of`, like x, corner, geometry and strip.
        images: (first, last).
        channels: (first, how many).

    Returns:
        The address of the first one's box, the bytes to the next one's, those of an element.
    """
    if geometry[WAYS, 0]:
        start = source_of(one, x, images[0], channels[0], channels[1], corner, geometry, strip)
        return start, x.strides[0], x.itemsize
    step = channels[1] * geometry[STEPS, 0]
    for image in range(images[0], images[1]):
        place = strip + (image - images[0]) * step
        source_of(one, x, image, channels[0], channels[1], corner, geometry, place)
    return strip, step, x.itemsize


@_helper
def write_offsets(table: Any, taps: Any, first: Any, count: Any, channel_step: Any) -> None:
    """Write where taps lie, counted from the first channel of them."""
    channel = 0
    tap = first % len(taps)
    for i in range(count):
        store(table + 8 * i, channel * channel_step + taps[tap])
        tap += 1
        if tap == len(taps):
            tap = 0
            channel += 1


@_helper
def box_at(box: Any, geometry: Any, sizes: Any) -> Any:
    """Give the first pixel of a box, and its sizes; the last boxes may be smaller."""
    height, width = geometry[BOX, 1], geometry[BOX, 2]
    columns = (sizes[4] + width - 1) // width
    rows = (sizes[3] + height - 1) // height
    z = box // (rows * columns) * geometry[BOX, 0]
    y = box // columns % rows * height
    x = box % columns * width
    shape = (min(geometry[BOX, 0], sizes[2] - z), min(height, sizes[3] - y))
    return (z, y, x), (*shape, min(width, sizes[4] - x))


@_helper
def count_boxes(geometry: Any, sizes: Any) -> Any:
    """Count the boxes that the pixels of an image are cut into."""
    result = 1
    for dim in range(3):
        result *= (sizes[dim + 2] + geometry[BOX, dim] - 1) // geometry[BOX, dim]
    return result


@_helper
def multiply_panels(
    one: Any, accumulate: Any, depth: Any, left: Any, right: Any, out: Any, panels: Any
) -> None:
    """Multiply packed panels.

    Args:
        one: 1 in the elements' type.
        accumulate: 1 to add to the result, 0 to overwrite it.
        depth: terms of each sum.
        left: address of the rows, `PANEL_STEP` apart.
        right: address of the panels of columns.
        out: (address, row step, rows, columns, bytes of an element).
        panels: rows in a left panel.
    """
    start, step, rows, columns, size = out
    width = tile_shape(one)[1]
    for j in range(0, columns, width):
        for i in range(0, rows, panels):
            multiply_tile(
                one,
                accumulate,
                min(panels, rows - i),
                depth,
                left + i * PANEL_STEP * size,
                right + j * depth * size,
                width * size,
                start + i * step + j * size,
                step,
                columns - j,
            )


@_helper
def panel_rows(one: Any, rows: Any) -> Any:
    """Give the height of left panels that divides rows most evenly."""
    height = tile_shape(one)[0]
    panels = (rows + height - 1) // height
    return (rows + panels - 1) // panels
