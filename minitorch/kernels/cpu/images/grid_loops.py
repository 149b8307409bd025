"""The loops that sample images at the places of a grid, and bring gradients back.

Images are dense (images, channels, elements) of the sizes depth, height and width, places
(images, places, 2 or 3), the width's first. Some places are treated together: first the elements
around each along single dimensions, the taps, with weights; then those of the image; then channel
by channel the sums. `form` has the mode (0 nearest, 1 linear, 2 cubic), what lies outside (0 zeros,
1 the border, 2 the mirror), whether the corners' centres lie at -1 and 1, and which gradients are
wanted, of the images and of the places. An element outside of an image is -1.
"""

from typing import Any

import numpy as np
from numba import njit, prange

_OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}
_helper = njit(**_OPTIONS)
# Which elements are near is decided by PyTorch's roundings: no product and sum become one step.
_exact = njit(error_model="numpy")
_kernel = njit(**_OPTIONS, parallel=True)

# Places that are treated together, and the most taps along a dimension.
TOGETHER, TAPS = 128, 4


@_exact
def _mirrored(place: Any, size: Any, aligned: Any) -> Any:
    """Give the place that a mirror at the image's edges shows, and its slope."""
    one, half = type(place)(1), type(place)(0.5)
    low = type(place)(0 if aligned else -0.5)
    span = type(place)(size - 1 if aligned else size)
    if span == 0:
        return one - one, one - one
    distance = abs(place - low)
    count = np.floor(distance / span)
    extra = distance - count * span
    is_even = count * half == np.floor(count * half)
    slope = -one if (place < low) == is_even else one
    return (extra if is_even else span - extra) + low, slope


@_exact
def _inside(place: Any, size: Any, outside: Any, aligned: Any) -> Any:
    """Move a place to where its element comes from; give it and its slope, 0 at the edges."""
    slope = type(place)(1)
    if outside == 2:
        place, slope = _mirrored(place, size, aligned)
    last = type(place)(size - 1)
    if place <= 0 or place >= last or place != place:
        slope = type(place)(0)
    # A NaN stays one.
    place = type(place)(0) if place < 0 else place
    return last if place > last else place, slope


@_exact
def _number(place: Any, size: Any) -> Any:
    return np.int64(place if place >= 0 and place < size else type(place)(-1))


@_helper
def _cubic(weights: Any, slopes: Any, p: Any, share: Any, scale: Any) -> None:
    """Give the weights of the four elements around a place; see `resampling.cubic_weights`."""
    a = type(share)(-0.75)
    one, two, three = type(share)(1), type(share)(2), type(share)(3)
    for tap in range(4):
        is_left = tap < 2
        near = share if is_left else one - share
        sign = scale if is_left else -scale
        if tap == 0 or tap == 3:
            x = near + one
            weights[tap, p] = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
            slopes[tap, p] = sign * ((three * a * x - 10 * a) * x + 8 * a)
        else:
            x = near
            weights[tap, p] = ((a + two) * x - (a + three)) * x * x + one
            slopes[tap, p] = sign * ((three * (a + two) * x - two * (a + three)) * x)


@_exact
def _scaled(grid: Any, dim: Any, size: Any, aligned: Any, places: Any) -> Any:
    """Give places as numbers of elements along a dimension; and what they are scaled by."""
    one, half, full = type(places[0])(1), type(places[0])(0.5), type(places[0])(size)
    if aligned:
        scale = (full - one) * half
        for p in range(places.size):
            places[p] = (grid[p, dim] + one) * scale
        return scale
    for p in range(places.size):
        places[p] = ((grid[p, dim] + one) * full - one) * half
    return full * half


@_exact
def _taps(
    grid: Any, dim: Any, size: Any, form: Any, numbers: Any, weights: Any, slopes: Any
) -> None:
    """Find the elements around places along one dimension, and their weights.

    `slopes` gets how these change with the place in the grid.
    """
    mode, outside, aligned = form[0], form[1], form[2]
    places = np.empty(grid.shape[0], grid.dtype)
    scale = _scaled(grid, dim, size, aligned, places)
    one = type(scale)(1)
    if mode == 2:
        for tap in range(4):
            for p in range(places.size):
                own = np.floor(places[p]) + type(scale)(tap - 1)
                if outside:
                    own, _ = _inside(own, size, outside, aligned)
                numbers[tap, p] = _number(np.rint(own), size)
        for p in range(places.size):
            _cubic(weights, slopes, p, places[p] - np.floor(places[p]), scale)
        return
    each = np.full(places.size, scale, places.dtype)
    if outside:
        for p in range(places.size):
            places[p], slope = _inside(places[p], size, outside, aligned)
            each[p] = slope * scale
    if mode == 0:
        weights[0, :], slopes[0, :] = one, one - one
        for p in range(places.size):
            numbers[0, p] = _number(np.rint(places[p]), size)
        return
    for p in range(places.size):
        first = np.floor(places[p])
        share = places[p] - first
        numbers[0, p], numbers[1, p] = _number(first, size), _number(first + one, size)
        weights[0, p], weights[1, p] = one - share, share
        slopes[0, p], slopes[1, p] = -each[p], each[p]


@_helper
def _around(
    grid: Any, sizes: Any, form: Any, numbers: Any, weights: Any, slopes: Any, at: Any, share: Any
) -> Any:
    """Find the elements of an image around places, and their weights; give how many there are."""
    rank, count = grid.shape[1], grid.shape[0]
    each = 1 << form[0]
    numbers[0, 0, :], weights[0, 0, :] = 0, 1
    for dim in range(rank):
        axis = 2 - dim
        _taps(grid, dim, sizes[axis], form, numbers[axis], weights[axis], slopes[axis])
    layers = each if rank == 3 else 1
    for tap in range(layers * each * each):
        z, y, x = tap // (each * each), tap // each % each, tap % each
        for p in range(count):
            i, j, k = numbers[0, z, p], numbers[1, y, p], numbers[2, x, p]
            is_inside = min(i, min(j, k)) >= 0
            at[tap, p] = (i * sizes[1] + j) * sizes[2] + k if is_inside else -1
            share[tap, p] = weights[0, z, p] * weights[1, y, p] * weights[2, x, p]
    return layers * each * each


@_helper
def _add_up(row: Any, plane: Any, at: Any, share: Any, taps: Any) -> None:
    """Add up the elements around places, four at a time."""
    if taps == 1:
        for p in range(row.size):
            value = plane[np.uint64(max(at[0, p], 0))]
            row[p] = value if at[0, p] >= 0 else type(value)(0)
        return
    row[:] = 0
    for tap in range(0, taps, 4):
        for p in range(row.size):
            a, b, c, d = at[tap, p], at[tap + 1, p], at[tap + 2, p], at[tap + 3, p]
            if min(min(a, b), min(c, d)) >= 0:
                row[p] += (
                    share[tap, p] * plane[np.uint64(a)]
                    + share[tap + 1, p] * plane[np.uint64(b)]
                    + share[tap + 2, p] * plane[np.uint64(c)]
                    + share[tap + 3, p] * plane[np.uint64(d)]
                )
            else:
                for k in range(tap, tap + 4):
                    place = at[k, p]
                    value = plane[np.uint64(max(place, 0))]
                    row[p] += share[k, p] * (value if place >= 0 else type(value)(0))


@_kernel
def sample(images: Any, grid: Any, out: Any, sizes: Any, form: Any) -> None:
    """Sample images: `out` is (images, channels, places)."""
    points = grid.shape[1]
    blocks = (points + TOGETHER - 1) // TOGETHER
    dtype = images.dtype
    for unit in prange(grid.shape[0] * blocks):
        image, first = unit // blocks, unit % blocks * TOGETHER
        own = grid[image, first : first + TOGETHER]
        n = own.shape[0]
        numbers = np.empty((3, TAPS, TOGETHER), np.int64)
        weights, slopes = np.empty(numbers.shape, dtype), np.empty(numbers.shape, dtype)
        at = np.empty((TAPS * TAPS, TOGETHER), np.int64)
        share = np.empty(at.shape, dtype)
        taps = _around(own, sizes, form, numbers, weights, slopes, at, share)
        for channel in range(images.shape[1]):
            plane, row = images[image, channel], out[image, channel, first : first + n]
            _add_up(row, plane, at, share, taps)


@_helper
def _slope_of_places(totals: Any, weights: Any, slopes: Any, each: Any, grad_grid: Any) -> None:
    """Join what comes back to the weights to the gradient of places."""
    rank = grad_grid.shape[1]
    layers = each if rank == 3 else 1
    for p in range(grad_grid.shape[0]):
        for dim in range(rank):
            grad_grid[p, dim] = 0
        for tap in range(layers * each * each):
            z, y, x = tap // (each * each), tap // each % each, tap % each
            total = totals[tap, p]
            w_z, w_y, w_x = weights[0, z, p], weights[1, y, p], weights[2, x, p]
            grad_grid[p, 0] += total * w_z * w_y * slopes[2, x, p]
            grad_grid[p, 1] += total * w_z * w_x * slopes[1, y, p]
            if rank == 3:
                grad_grid[p, 2] += total * w_y * w_x * slopes[0, z, p]


@_kernel
def spread(
    grad: Any, images: Any, grid: Any, grad_images: Any, grad_grid: Any, sizes: Any, form: Any
) -> None:
    """Bring a gradient of (images, channels, places) back; `grad_images` starts as zeros."""
    points, dtype = grid.shape[1], images.dtype
    for image in prange(grid.shape[0]):
        numbers = np.empty((3, TAPS, TOGETHER), np.int64)
        weights, slopes = np.empty(numbers.shape, dtype), np.empty(numbers.shape, dtype)
        at = np.empty((TAPS * TAPS, TOGETHER), np.int64)
        share, totals = np.empty(at.shape, dtype), np.empty(at.shape, dtype)
        for first in range(0, points, TOGETHER):
            own = grid[image, first : first + TOGETHER]
            taps = _around(own, sizes, form, numbers, weights, slopes, at, share)
            totals[:] = 0
            for channel in range(images.shape[1]):
                row = grad[image, channel, first : first + own.shape[0]]
                if form[3]:
                    plane = grad_images[image, channel]
                    for tap in range(taps):
                        for p in range(row.size):
                            if at[tap, p] >= 0:
                                plane[np.uint64(at[tap, p])] += share[tap, p] * row[p]
                if form[4]:
                    plane = images[image, channel]
                    for tap in range(taps):
                        for p in range(row.size):
                            if at[tap, p] >= 0:
                                totals[tap, p] += plane[np.uint64(at[tap, p])] * row[p]
            if form[4]:
                part = grad_grid[image, first : first + own.shape[0]]
                _slope_of_places(totals, weights, slopes, 1 << form[0], part)
