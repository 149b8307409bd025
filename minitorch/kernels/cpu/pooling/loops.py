"""The loops of pooling over windows of planes: (images, channels, depth, height, width) arrays.

`windows` is a table of (3, sum of the result's sizes) int64: for each index along depth, then
height, then width the first element of its window, the one after its last, and how many elements it
counts for in a mean. `steps` says how the input lies in its memory: the place of its first element,
its five strides in elements, then its depth, height and width. A unit of work is a plane (one
channel of one image), or some rows of its result.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

_OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}
_helper = njit(**_OPTIONS)
_kernel = njit(**_OPTIONS, parallel=True)

# Elements of the result that a unit has at least, where it is a part of a plane.
UNIT = 4096


@_helper
def _parts(out: Any) -> Any:
    """Count the parts that the rows of a plane of the result are divided into."""
    rows = out.shape[2] * out.shape[3]
    return max(1, min(rows, rows * out.shape[4] // UNIT))


@_helper
def _place(steps: Any, image: Any, channel: Any, z: Any, y: Any) -> Any:
    """Give the place of a row of the input in its memory."""
    return steps[0] + image * steps[1] + channel * steps[2] + z * steps[3] + y * steps[4]


@_helper
def _take_row(best: Any, places: Any, row: Any, base: Any) -> None:
    """Let each column's largest element so far meet the one of another row."""
    for i in range(row.size):
        value = row[i]
        old = best[i]
        wins = (value > old) | (value != value)
        best[i] = value if wins else old
        places[i] = base + i if wins else places[i]


@_helper
def _copy_row(space: Any, flat: Any, at: Any, step: Any) -> None:
    for i in range(space.size):
        space[i] = flat[at + i * step]


@_helper
def _take_column(
    largest: Any, indices: Any, best: Any, places: Any, windows: Any, number: Any
) -> None:
    """Let the largest element so far of each window meet that of one of its columns.

    As columns were looked at one by one, it is the place that tells which of equals came first. A
    smaller window meets its last column again, which changes nothing.
    """
    first, end = windows
    for i in range(largest.size):
        # Numba tests signed indices for negative ones, which takes longer than all the rest.
        column = min(np.uint64(first[i] + number), np.uint64(end[i] - 1))
        other, at = best[column], places[column]
        value, place = largest[i], indices[i]
        is_new_nan = (other != other) & ((value == value) | (at > place))
        wins = (other > value) | ((other == value) & (at < place)) | is_new_nan
        largest[i] = other if wins else value
        indices[i] = at if wins else place


@_kernel
def largest(flat: Any, out: Any, indices: Any, steps: Any, windows: Any, distances: Any) -> None:
    """Find the largest element of each window, and its index in the plane; the first one of equals.

    A NaN is larger than every number, and the last one counts. `flat` is the input's memory;
    `distances` are those of a window's elements in three dimensions, then what the longest window
    spans in a row.
    """
    depth, height, width = out.shape[2:]
    parts = _parts(out)
    first_column, end_column = windows[0, depth + height :], windows[1, depth + height :]
    for unit in prange(out.shape[0] * out.shape[1] * parts):
        image, channel = unit // parts // out.shape[1], unit // parts % out.shape[1]
        first = depth * height * (unit % parts) // parts
        last = depth * height * (unit % parts + 1) // parts
        space, best = np.empty(steps[8], flat.dtype), np.empty(steps[8], flat.dtype)
        places = np.empty(steps[8], np.int64)
        for line in range(first, last):
            z, y = line // height, depth + line % height
            _copy_row(
                best, flat, _place(steps, image, channel, windows[0, z], windows[0, y]), steps[5]
            )
            base = (windows[0, z] * steps[7] + windows[0, y]) * steps[8]
            for i in range(places.size):
                places[i] = base + i
            for i in range(windows[0, z], windows[1, z], distances[0]):
                for j in range(windows[0, y], windows[1, y], distances[1]):
                    at = _place(steps, image, channel, i, j)
                    base = (i * steps[7] + j) * steps[8]
                    if steps[5] == 1:
                        _take_row(best, places, flat[at : at + steps[8]], base)
                    else:
                        _copy_row(space, flat, at, steps[5])
                        _take_row(best, places, space, base)
            row, found = out[image, channel, z, y - depth], indices[image, channel, z, y - depth]
            for i in range(width):
                row[i] = best[first_column[i]]
                found[i] = places[first_column[i]]
            for number in range(distances[2], distances[3], distances[2]):
                _take_column(row, found, best, places, (first_column, end_column), number)


@_helper
def _add_row(sums: Any, row: Any) -> None:
    for i in range(row.size):
        sums[i] += row[i]


@_kernel
def mean(flat: Any, out: Any, steps: Any, windows: Any, divisor: Any) -> None:
    """Average the elements of each window.

    `flat` is the input's memory. Sums are divided by the number in the array `divisor`, whose type
    is theirs, or where that is 0 by the counts.
    """
    depth, height, width = out.shape[2:]
    parts = _parts(out)
    columns = depth + height
    for unit in prange(out.shape[0] * out.shape[1] * parts):
        image, channel = unit // parts // out.shape[1], unit // parts % out.shape[1]
        first = depth * height * (unit % parts) // parts
        last = depth * height * (unit % parts + 1) // parts
        space, sums = np.empty(steps[8], flat.dtype), np.empty(steps[8], divisor.dtype)
        for line in range(first, last):
            z, y = line // height, depth + line % height
            sums[:] = 0
            # First the windows' rows, which all windows of this row of the result have in common.
            for i in range(windows[0, z], windows[1, z]):
                for j in range(windows[0, y], windows[1, y]):
                    at = _place(steps, image, channel, i, j)
                    if steps[5] == 1:
                        _add_row(sums, flat[at : at + steps[8]])
                    else:
                        _copy_row(space, flat, at, steps[5])
                        _add_row(sums, space)
            rows = windows[2, z] * windows[2, y]
            for i in range(width):
                total = type(divisor[0])(0)
                for k in range(windows[0, columns + i], windows[1, columns + i]):
                    total += sums[k]
                scale = type(divisor[0])(rows * windows[2, columns + i])
                scale = divisor[0] if divisor[0] != 0 else scale
                out[image, channel, z, y - depth, i] = total / scale


@_kernel
def spread_mean(grad: Any, out: Any, windows: Any, divisor: Any) -> None:
    """Give each element its share of the gradients of the windows that it is in.

    `grad` is the gradient of what `mean` gives, `out` that of its operand, dense.
    """
    depth, height, width = grad.shape[2:]
    columns = depth + height
    for unit in prange(out.shape[0] * out.shape[1]):
        image, channel = unit // out.shape[1], unit % out.shape[1]
        plane = out[image, channel]
        plane[:] = 0
        shares = np.empty(out.shape[4], divisor.dtype)
        for line in range(depth * height):
            z, y = line // height, depth + line % height
            shares[:] = 0
            row = grad[image, channel, z, y - depth]
            rows = windows[2, z] * windows[2, y]
            for column in range(width):
                count = rows * windows[2, columns + column]
                share = row[column] / (divisor[0] if divisor[0] != 0 else count)
                for k in range(windows[0, columns + column], windows[1, columns + column]):
                    shares[k] += share
            for i in range(windows[0, z], windows[1, z]):
                for j in range(windows[0, y], windows[1, y]):
                    _add_row(plane[i, j], shares)


@_helper
def _place_row(plane: Any, row: Any, places: Any, wrong: Any, adds: Any) -> None:
    """Put a row of values at their indices in a plane."""
    for x in range(row.size):
        # A negative index becomes a huge one.
        index = np.uint64(places[x])
        if index >= np.uint64(plane.size):
            wrong[0] = 1
        elif adds:
            plane[index] += row[x]
        else:
            plane[index] = row[x]


@_kernel
def place(values: Any, indices: Any, out: Any, wrong: Any, adds: Any) -> None:
    """Put values at their indices in planes of zeros.

    Args:
        values: (images, channels, depth, height, width).
        indices: the same.
        out: (images, channels, elements of a plane).
        wrong: (images, channels), set to 1 where an index does not exist.
        adds: an array of one number, 1 to add up values of one index, 0 to keep the last one.
    """
    for unit in prange(out.shape[0] * out.shape[1]):
        image, channel = unit // out.shape[1], unit % out.shape[1]
        plane = out[image, channel]
        plane[:] = 0
        for z in range(values.shape[2]):
            for y in range(values.shape[3]):
                row = values[image, channel, z, y]
                places = indices[image, channel, z, y]
                _place_row(plane, row, places, wrong[image, channel : channel + 1], adds[0])
