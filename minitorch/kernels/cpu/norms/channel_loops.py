"""The loops of batch normalisation, forward and backward.

Channels are the middle dimension of an array (outer, channels, inner), with many inner elements
(`_lines`), or the columns of a matrix (`_columns`). Moments are taken as in `loops`, in blocks
that are joined.
"""

from typing import Any

import numpy as np
from numba import njit, prange

from .loops import BLOCK, BLOCK_ROWS, OPTIONS, affine, combine, distances, line_sums, move, row_sum

_inline = njit(error_model="numpy", fastmath={"contract"}, forceinline=True)


# ---- channels whose elements are neighbours


@njit(**OPTIONS)
def moments_of_lines(x: Any, mean: Any, squares: Any) -> None:
    """Write the mean of each channel, and the sum of squared distances from it.

    x is (outer, channels, inner), the results are (channels), in float64.
    """
    outer, channels, inner = x.shape
    width = min(inner, BLOCK)
    lines = max(1, BLOCK // (4 * inner))
    for c in prange(channels):
        count, average, square_sum = 0, 0.0, 0.0
        for o in range(0, outer, lines):
            last = min(o + lines, outer)
            for low in range(0, inner, width):
                high = min(low + width, inner)
                size = (last - o) * (high - low)
                total = 0.0
                for k in range(o, last):
                    total += row_sum(x[k, c, low:high])
                centre = x.dtype.type(total / size)
                total, squared = 0.0, 0.0
                for k in range(o, last):
                    more, more_squared = distances(x[k, c, low:high], centre)
                    total += more
                    squared += more_squared
                # T. Chan, G. Golub and R. LeVeque, "Updating formulae and a pairwise algorithm for
                # computing sample variances", 1979.
                shift = total / size
                gap = centre + shift - average
                square_sum += squared - shift * total + gap * gap * count / (count + size) * size
                count += size
                average += gap * size / count
        mean[c] = average
        squares[c] = square_sum


@njit(**OPTIONS)
def normalise_lines(x: Any, out: Any, centre: Any, scale: Any, offset: Any) -> None:
    """Write (x - centre) * scale + offset: (outer, channels, inner), and three times (channels)."""
    channels = x.shape[1]
    for unit in prange(x.shape[0] * channels):
        c = unit % channels
        row = x[unit // channels, c]
        result = out[unit // channels, c]
        affine(row, centre[c], scale[c], offset[c], result)


@njit(**OPTIONS)
def gradient_sums_of_lines(grad: Any, x: Any, centre: Any, total: Any, product: Any) -> None:
    """Write the sums of grad and of grad * (x - centre) of each channel, in float64."""
    for c in prange(x.shape[1]):
        sum_grad, sum_product = 0.0, 0.0
        for o in range(x.shape[0]):
            more, more_product = line_sums(grad[o, c], x[o, c], centre[c])
            sum_grad += more
            sum_product += more_product
        total[c] = sum_grad
        product[c] = sum_product


@njit(**OPTIONS)
def combine_lines(
    grad: Any, x: Any, result: Any, centre: Any, scale: Any, slope: Any, offset: Any
) -> None:
    """Write grad * scale + (x - centre) * slope + offset, with numbers for each channel."""
    channels = x.shape[1]
    for unit in prange(x.shape[0] * channels):
        c = unit % channels
        g = grad[unit // channels, c]
        row = x[unit // channels, c]
        to = result[unit // channels, c]
        combine(g, row, centre[c], scale[c], slope[c], offset[c], to)


# ---- channels that are columns


@_inline
def _add_to(row: Any, part: Any) -> None:
    for i in range(row.size):
        part[i] += row[i]


@_inline
def _add_distances(row: Any, centre: Any, part: Any, squared: Any) -> None:
    for i in range(row.size):
        distance = row[i] - centre[i]
        part[i] += distance
        squared[i] += distance * distance


@_inline
def _join_moments(
    size: int, centre: Any, part: Any, squared: Any, count: int, mean: Any, squares: Any
) -> None:
    """Join the moments of a block with those of the rows before it, and clear the block's sums."""
    for i in range(part.size):
        shift = np.float64(part[i]) / size
        gap = np.float64(centre[i]) + shift - mean[i]
        share = gap * size / (count + size)
        squares[i] += squared[i] - shift * part[i] + gap * share * count
        mean[i] += share
        part[i] = 0
        squared[i] = 0


@njit(**OPTIONS)
def moments_of_columns(x: Any, width: int, mean: Any, squares: Any) -> None:
    """Write the mean of each column, and the sum of squared distances from it.

    x is (rows, columns), of which threads take tiles of a width, and of some equal parts of the
    rows; the results are (parts, columns), in float64.
    """
    rows, columns = x.shape
    tiles = (columns + width - 1) // width
    parts = mean.shape[0]
    for unit in prange(tiles * parts):
        low = unit % tiles * width
        high = min(low + width, columns)
        k = unit // tiles
        begin, end = k * rows // parts, (k + 1) * rows // parts
        centre = np.zeros(high - low, x.dtype)
        part = np.zeros(high - low, x.dtype)
        squared = np.zeros(high - low, x.dtype)
        mean[k, low:high] = 0
        squares[k, low:high] = 0
        for first in range(begin, end, BLOCK_ROWS):
            last = min(first + BLOCK_ROWS, end)
            for r in range(first, last):
                _add_to(x[r, low:high], part)
            for i in range(part.size):
                centre[i] = part[i] / (last - first)
                part[i] = 0
            for r in range(first, last):
                _add_distances(x[r, low:high], centre, part, squared)
            _join_moments(
                last - first, centre, part, squared, first - begin, mean[k, low:high],
                squares[k, low:high],
            )  # fmt: skip


@njit(**OPTIONS)
def normalise_columns(x: Any, out: Any, centre: Any, scale: Any, offset: Any) -> None:
    """Write (x - centre) * scale + offset: (rows, columns), and three times (columns)."""
    for r in prange(x.shape[0]):
        row = x[r]
        result = out[r]
        for i in range(row.size):
            result[i] = (row[i] - centre[i]) * scale[i] + offset[i]


@_inline
def _add_products(g: Any, row: Any, centre: Any, part: Any, product: Any) -> None:
    for i in range(g.size):
        part[i] += g[i]
        product[i] += g[i] * (row[i] - centre[i])


@njit(**OPTIONS)
def gradient_sums_of_columns(
    grad: Any, x: Any, centre: Any, width: int, total: Any, product: Any
) -> None:
    """Write the sums of grad and of grad * (x - centre) of each column.

    Tiles and parts are as in `moments_of_columns`.
    """
    rows, columns = x.shape
    tiles = (columns + width - 1) // width
    parts = total.shape[0]
    for unit in prange(tiles * parts):
        low = unit % tiles * width
        high = min(low + width, columns)
        k = unit // tiles
        begin, end = k * rows // parts, (k + 1) * rows // parts
        part = np.zeros(high - low, x.dtype)
        product_part = np.zeros(high - low, x.dtype)
        middle = centre[low:high]
        total[k, low:high] = 0
        product[k, low:high] = 0
        for r in range(begin, end):
            _add_products(grad[r, low:high], x[r, low:high], middle, part, product_part)
            if (r + 1 - begin) % BLOCK_ROWS == 0 or r + 1 == end:
                move(part, total[k, low:high])
                move(product_part, product[k, low:high])


@njit(**OPTIONS)
def combine_columns(
    grad: Any, x: Any, result: Any, centre: Any, scale: Any, slope: Any, offset: Any
) -> None:
    """Write grad * scale + (x - centre) * slope + offset, with numbers for each column."""
    for r in prange(x.shape[0]):
        g = grad[r]
        row = x[r]
        to = result[r]
        for i in range(g.size):
            to[i] = g[i] * scale[i] + ((row[i] - centre[i]) * slope[i] + offset[i])
