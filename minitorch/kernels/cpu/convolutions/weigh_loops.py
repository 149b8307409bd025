"""The loops of the gradient of a convolution's weights.

It is the product of the columns of `loops.py` (taps, pixels) and the gradient (pixels, out
channels), summed over the images. A unit is a part of the taps of one group, for a part of the
batch; parts of the batch are added up afterwards, so that no bit depends on the number of threads.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from ..products.loops import pack_right
from ..products.microkernel import PANEL_STEP, address, dot, load, store, tile_shape
from .rows import copy_rows, gather_rows
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
def _pack_gradient(
    one: Any, right: Any, grad: Any, images: Any, rows: Any, box: Any, geometry: Any
) -> Any:
    """Pack the gradient at the pixels of a unit: a panel's row holds one pixel's channels.

    Args:
        one: a number of the elements' type.
        right: address of the panels.
        grad: (images, channels, depth, height, width).
        images: (first, last).
        rows: (first channel, how many).
        box: (place, shape).
        geometry: the plan's table.

    Returns:
        The number of pixels.
    """
    corner, shape = box
    size = grad.itemsize
    width = tile_shape(one)[1]
    pixels = shape[0] * shape[1] * shape[2]
    depth = (images[1] - images[0]) * pixels
    count = pixels if geometry[WAYS, 1] else shape[2]
    at = 0
    for image in range(images[0], images[1]):
        start = address(grad) + image * grad.strides[0] + rows[0] * grad.strides[1]
        for dim in range(3):
            start += corner[dim] * grad.strides[dim + 2]
        for line in range(pixels // count):
            place = start + line // shape[1] * grad.strides[2] + line % shape[1] * grad.strides[3]
            for j in range(0, rows[1], width):
                pack_right(
                    one,
                    right + (j * depth + at * width) * size,
                    (place + j * grad.strides[1], grad.strides[4], grad.strides[1], size),
                    count,
                    min(width, rows[1] - j),
                )
            at += count
    return depth


@_helper
def _pack_pixels(
    one: Any, left: Any, source: Any, images: Any, taps: Any, shape: Any, geometry: Any
) -> None:
    """Pack what some taps see at the pixels of a unit: a row for each tap."""
    start, image_step, size = source
    offsets, count = taps
    at = left
    for image in range(images):
        for z in range(shape[0]):
            for y in range(shape[1]):
                row = start + image * image_step
                row += z * geometry[STRIDE, 0] * geometry[STEPS, 1]
                row += y * geometry[STRIDE, 1] * geometry[STEPS, 2]
                gather_rows(one, at, PANEL_STEP * size, row, offsets, shape[2], count)
                at += shape[2] * size


@_helper
def _part_at(unit: Any, x: Any, out: Any, taps: Any, geometry: Any) -> Any:
    """Say what a unit sums: which part of the batch and group, which taps, which channels.

    Gives (part of the batch, group), (first tap, last), (first channel of the input, how many).
    """
    _, groups, depth, _ = out.shape
    parts = geometry[PARTS, 1]
    first, last = depth * (unit % parts) // parts, depth * (unit % parts + 1) // parts
    group = unit // parts % groups
    channel = first // len(taps) + group * (x.shape[1] // groups)
    channels = (last - 1) // len(taps) + 1 - first // len(taps)
    return (unit // (parts * groups), group), (first, last), (channel, channels)


@_helper
def _weigh_unit(
    one: Any, x: Any, grad: Any, out: Any, taps: Any, geometry: Any, work: Any, unit: Any
) -> None:
    size, batches, rows = out.itemsize, len(out), out.shape[3]
    (batch, group), (first, last), (channel, channels) = _part_at(unit, x, out, taps, geometry)

    left = work
    right = left + tile_shape(one)[0] * PANEL_STEP * size
    offsets = right + geometry[SPACE, 0]
    strip = offsets + 8 * (last - first)
    write_offsets(offsets, taps, first, last - first, geometry[STEPS, 0])
    height = panel_rows(one, last - first)
    step = out.strides[2]
    start = address(out) + batch * out.strides[0] + group * out.strides[1] + first * step
    accumulate = 0
    end = len(x) * (batch + 1) // batches
    for image in range(len(x) * batch // batches, end, geometry[PARTS, 0]):
        images = (image, min(image + geometry[PARTS, 0], end))
        for number in range(count_boxes(geometry, grad.shape)):
            box = box_at(number, geometry, grad.shape)
            channel_rows = (group * rows, rows)
            pixels = _pack_gradient(one, right, grad, images, channel_rows, box, geometry)
            source = sources(one, x, images, (channel, channels), box[0], geometry, strip)
            for tap in range(0, last - first, height):
                count = min(height, last - first - tap)
                known = (offsets + 8 * tap, count)
                _pack_pixels(one, left, source, images[1] - images[0], known, box[1], geometry)
                target = (start + tap * step, step, count, rows, size)
                multiply_panels(one, accumulate, pixels, left, right, target, height)
            accumulate = 1


@_helper
def _dot_unit(
    one: Any, x: Any, grad: Any, out: Any, taps: Any, geometry: Any, work: Any, unit: Any
) -> None:
    """Do what `_weigh_unit` does for a gradient of few channels: a dot product for each and tap.

    The runs are those of `_filter_unit`; the elements between rows count as 0.
    """
    size, batches, rows = out.itemsize, len(out), out.shape[3]
    (batch, group), (first, last), (channel, channels) = _part_at(unit, x, out, taps, geometry)
    pitch = geometry[RUNS, 2]
    offsets = work + geometry[SPACE, 0]
    strip = offsets + 8 * (last - first)
    write_offsets(offsets, taps, first, last - first, geometry[STEPS, 0])
    out[batch, group, first:last] = 0
    for image in range(len(x) * batch // batches, len(x) * (batch + 1) // batches):
        for number in range(count_boxes(geometry, grad.shape)):
            corner, shape = box_at(number, geometry, grad.shape)
            run = min(geometry[RUNS, 1], shape[1])
            count = (run - 1) * pitch + shape[2]
            plane = shape[0] * shape[1] * pitch
            source = source_of(one, x, image, channel, channels, corner, geometry, strip)
            _gather_gradient(one, work, grad, image, (group * rows, rows), (corner, shape), pitch)
            for line in range(0, shape[0] * shape[1], run):
                place = source + line // shape[1] * geometry[STRIDE, 0] * geometry[STEPS, 1]
                place += line % shape[1] * geometry[STRIDE, 1] * geometry[STEPS, 2]
                for k in range(first, last):
                    seen = place + load(first, offsets + 8 * (k - first))
                    for row in range(rows):
                        right = work + (row * plane + line * pitch) * size
                        out[batch, group, k, row] += dot(one, seen, right, count)


@_helper
def _gather_gradient(
    one: Any, target: Any, grad: Any, image: Any, rows: Any, box: Any, pitch: Any
) -> None:
    """Copy some channels of a gradient, with zeros between the rows of pixels."""
    (z0, y0, x0), (depth, height, width) = box
    size = grad.itemsize
    for row in range(rows[0], rows[0] + rows[1]):
        start = address(grad) + image * grad.strides[0] + row * grad.strides[1]
        start += z0 * grad.strides[2] + y0 * grad.strides[3] + x0 * grad.strides[4]
        for line in range(depth * height):
            source = start + line // height * grad.strides[2] + line % height * grad.strides[3]
            if grad.strides[4] == size:
                copy_rows(one, target, 0, source, 0, width, 1)
            else:
                for i in range(width):
                    store(target + i * size, load(one, source + i * grad.strides[4]))
            fill(target + width * size, size, pitch - width, type(one)(0))
            target += pitch * size


@_kernel
def weigh(
    x: Any,
    grad: Any,
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
    """Sum the products of inputs and gradients, for each tap and each part of the batch.

    Args:
        x: (images, channels, depth, height, width) with any strides.
        grad: (images, out channels, depth, height, width) with any strides.
        out: (parts of the batch, groups, taps of a group, out channels of a group), dense.
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
                _dot_unit(one, x, grad, out, taps, geometry, own, unit)
            else:
                _weigh_unit(one, x, grad, out, taps, geometry, own, unit)
