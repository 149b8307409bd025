"""The loops of batch normalisation, forward and backward.

Channels are the middle dimension of an array (outer, channels, inner), with many inner elements
(`_lines`), or the columns of a matrix (`_columns`). Moments are taken as in `loops`, in blocks
that are joined.
"""

from typing import Any

import numpy as np
from numba import njit, prange

from ..elementwise.access import load, row_of, store, window
from .loops import BLOCK, BLOCK_ROWS, OPTIONS, affine, combine, distances, line_sums, move, row_sum

_inline = njit(error_model="numpy", fastmath={"contract"}, forceinline=True)


# ---- channels whose elements are neighbours


@njit(**OPTIONS)
def moments_of_lines(x: Any, mean: Any, squares: Any) -> None:
    """Write the mean of each channel, and the sum of squared distances from it.

    x is (outer, channels, inner), the results are (channels), in float64.
    """
    outer, channels, inner = x.shape
    flat = x.reshape(-1)
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
                    row = window(flat, (k * channels + c) * inner + low, high - low)
                    total += row_sum(row)
                centre = x.dtype.type(total / size)
                total, squared = 0.0, 0.0
                for k in range(o, last):
                    row = window(flat, (k * channels + c) * inner + low, high - low)
                    more, more_squared = distances(row, centre)
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
    outer, channels, inner = x.shape
    flat, flat_out = x.reshape(-1), out.reshape(-1)
    for unit in prange(outer * channels):
        c = unit % channels
        row, result = window(flat, unit * inner, inner), window(flat_out, unit * inner, inner)
        affine(row, centre[c], scale[c], offset[c], result)


@njit(**OPTIONS)
def gradient_sums_of_lines(grad: Any, x: Any, centre: Any, total: Any, product: Any) -> None:
    """Write the sums of grad and of grad * (x - centre) of each channel, in float64."""
    outer, channels, inner = x.shape
    flat_grad, flat = grad.reshape(-1), x.reshape(-1)
    for c in prange(channels):
        sum_grad, sum_product = 0.0, 0.0
        for o in range(outer):
            place = (o * channels + c) * inner
            g, row = window(flat_grad, place, inner), window(flat, place, inner)
            more, more_product = line_sums(g, row, centre[c])
            sum_grad += more
            sum_product += more_product
        total[c] = sum_grad
        product[c] = sum_product


@njit(**OPTIONS)
def combine_lines(
    grad: Any, x: Any, result: Any, centre: Any, scale: Any, slope: Any, offset: Any
) -> None:
    """Write grad * scale + (x - centre) * slope + offset, with numbers for each channel."""
    outer, channels, inner = x.shape
    flat_grad, flat, flat_result = grad.reshape(-1), x.reshape(-1), result.reshape(-1)
    for unit in prange(outer * channels):
        c = unit % channels
        g, row = window(flat_grad, unit * inner, inner), window(flat, unit * inner, inner)
        to = window(flat_result, unit * inner, inner)
        combine(g, row, centre[c], scale[c], slope[c], offset[c], to)


# ---- channels that are columns


# Sums of columns lie in memory: they are read and written once for four rows, whose elements are
# found in the flat array from a place on, a step apart. What `load` reads, no `store` may ever have
# written: so sums are read as they are.


@_inline
def _add_to(x: Any, place: int, part: Any) -> None:
    for i in range(part.size):
        store(part, i, part[i] + load(x, place + i))


@_inline
def _add_four_to(x: Any, place: int, step: int, part: Any) -> None:
    for i in range(part.size):
        first = load(x, place + i) + load(x, place + step + i)
        second = load(x, place + 2 * step + i) + load(x, place + 3 * step + i)
        store(part, i, part[i] + (first + second))


@_inline
def _add_distances(x: Any, place: int, centre: Any, part: Any, squared: Any) -> None:
    for i in range(part.size):
        distance = load(x, place + i) - load(centre, i)
        store(part, i, part[i] + distance)
        store(squared, i, squared[i] + distance * distance)


@_inline
def _add_four_distances(
    x: Any, place: int, step: int, centre: Any, part: Any, squared: Any
) -> None:
    for i in range(part.size):
        middle = load(centre, i)
        a, b = load(x, place + i) - middle, load(x, place + step + i) - middle
        c, d = load(x, place + 2 * step + i) - middle, load(x, place + 3 * step + i) - middle
        store(part, i, part[i] + ((a + b) + (c + d)))
        store(squared, i, squared[i] + ((a * a + b * b) + (c * c + d * d)))


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
    flat = x.reshape(-1)
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
            fours = first + (last - first) // 4 * 4
            for r in range(first, fours, 4):
                _add_four_to(flat, r * columns + low, columns, part)
            for r in range(fours, last):
                _add_to(flat, r * columns + low, part)
            for i in range(part.size):
                centre[i] = part[i] / (last - first)
                part[i] = 0
            for r in range(first, fours, 4):
                _add_four_distances(flat, r * columns + low, columns, centre, part, squared)
            for r in range(fours, last):
                _add_distances(flat, r * columns + low, centre, part, squared)
            _join_moments(
                last - first, centre, part, squared, first - begin, mean[k, low:high],
                squares[k, low:high],
            )  # fmt: skip


@njit(**OPTIONS)
def normalise_columns(x: Any, out: Any, centre: Any, scale: Any, offset: Any) -> None:
    """Write (x - centre) * scale + offset: (rows, columns), and three times (columns)."""
    for r in prange(x.shape[0]):
        row, result = row_of(x, r), row_of(out, r)
        for i in range(row.size):
            result[i] = (row[i] - centre[i]) * scale[i] + offset[i]


@_inline
def _add_products(g: Any, x: Any, place: int, centre: Any, part: Any, product: Any) -> None:
    for i in range(part.size):
        own = load(g, place + i)
        store(part, i, part[i] + own)
        store(product, i, product[i] + own * (load(x, place + i) - load(centre, i)))


@_inline
def _add_four_products(
    g: Any, x: Any, place: int, step: int, centre: Any, part: Any, product: Any
) -> None:
    for i in range(part.size):
        middle = load(centre, i)
        at, second, third, fourth = place, place + step, place + 2 * step, place + 3 * step
        a, b = load(g, at + i), load(g, second + i)
        c, d = load(g, third + i), load(g, fourth + i)
        store(part, i, part[i] + ((a + b) + (c + d)))
        more = a * (load(x, at + i) - middle) + b * (load(x, second + i) - middle)
        more += c * (load(x, third + i) - middle) + d * (load(x, fourth + i) - middle)
        store(product, i, product[i] + more)


@njit(**OPTIONS)
def gradient_sums_of_columns(
    grad: Any, x: Any, centre: Any, width: int, total: Any, product: Any
) -> None:
    """Write the sums of grad and of grad * (x - centre) of each column.

    Tiles and parts are as in `moments_of_columns`.
    """
    rows, columns = x.shape
    flat_grad, flat = grad.reshape(-1), x.reshape(-1)
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
        for first in range(begin, end, BLOCK_ROWS):
            last = min(first + BLOCK_ROWS, end)
            fours = first + (last - first) // 4 * 4
            for r in range(first, fours, 4):
                _add_four_products(
                    flat_grad, flat, r * columns + low, columns, middle, part, product_part
                )
            for r in range(fours, last):
                _add_products(flat_grad, flat, r * columns + low, middle, part, product_part)
            move(part, total[k, low:high])
            move(product_part, product[k, low:high])


@njit(**OPTIONS)
def combine_columns(
    grad: Any, x: Any, result: Any, centre: Any, scale: Any, slope: Any, offset: Any
) -> None:
    """Write grad * scale + (x - centre) * slope + offset, with numbers for each column."""
    for r in prange(x.shape[0]):
        g, row, to = row_of(grad, r), row_of(x, r), row_of(result, r)
        for i in range(g.size):
            to[i] = g[i] * scale[i] + ((row[i] - centre[i]) * slope[i] + offset[i])
