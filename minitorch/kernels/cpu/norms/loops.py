"""The loops of normalisation of rows: layer, RMS and group normalisation, forward and backward.

Moments are taken in two passes over what stays in the cache: a rough mean, then the sums of the
distances from it and of their squares, which are small numbers even where the mean is large. Blocks
are added up in the operand's type, and joined in float64.
"""

import math
from typing import Any

import numpy as np
from numba import njit, prange

from ..elementwise.access import load, row_of, store, window
from ..reductions.terms import add

# Elements, and rows, that are added up before their sum is added to a total in float64.
BLOCK = 4096
BLOCK_ROWS = 64
# Elements of a row that are too few for vectors.
FEW = 8

OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}, "parallel": True}
_inline = njit(error_model="numpy", fastmath={"contract"}, forceinline=True)


# ---- rows


@_inline
def row_sum(row: Any) -> Any:
    """Give the sum of a row, in float64."""
    total = 0.0
    for begin in range(0, row.size, BLOCK):
        x = window(row, begin, min(BLOCK, row.size - begin))
        part = row.dtype.type(0)
        for i in range(x.size):
            part = add(part, x[i])
        total += part
    return total


@_inline
def distances(row: Any, centre: Any) -> Any:
    """Give the sums of x - centre and of its square."""
    total, squares = 0.0, 0.0
    for begin in range(0, row.size, BLOCK):
        x = window(row, begin, min(BLOCK, row.size - begin))
        part = row.dtype.type(0)
        square_part = row.dtype.type(0)
        for i in range(x.size):
            distance = x[i] - centre
            part = add(part, distance)
            square_part = add(square_part, distance * distance)
        total += part
        squares += square_part
    return total, squares


@_inline
def _row_moments(row: Any, eps: float, is_centred: bool) -> Any:
    """Give a centre, how far the mean is from it, and 1 / sqrt(variance + eps)."""
    centre = row.dtype.type(row_sum(row) / row.size if is_centred else 0.0)
    total, squares = distances(row, centre)
    shift = total / row.size if is_centred else 0.0
    variance = squares / row.size - shift * shift
    return centre, shift, 1.0 / math.sqrt((0.0 if variance < 0.0 else variance) + eps)


@_inline
def _normalise_row(
    row: Any, centre: Any, shift: float, inverse: float, weight: Any, bias: Any, result: Any
) -> None:
    scale = row.dtype.type(inverse)
    offset = row.dtype.type(-shift * inverse)
    for i in range(row.size):
        result[i] = ((row[i] - centre) * scale + offset) * weight[i] + bias[i]


@njit(**OPTIONS)
def normalise_rows(
    x: Any, out: Any, mean: Any, rstd: Any, weight: Any, bias: Any, eps: float, is_centred: bool
) -> None:
    """Normalise rows: x and out are (rows, n), weight and bias (n), mean and rstd (rows)."""
    for line in prange(x.shape[0]):
        row = row_of(x, line)
        centre, shift, inverse = _row_moments(row, eps, is_centred)
        mean[line] = centre + shift
        rstd[line] = inverse
        _normalise_row(row, centre, shift, inverse, weight, bias, row_of(out, line))


@_inline
def _weighted_sums(g: Any, x: Any, weight: Any, mean: Any) -> Any:
    """Give the sums of g * weight and of g * weight * (x - mean)."""
    total, product = 0.0, 0.0
    for begin in range(0, g.size, BLOCK):
        count = min(BLOCK, g.size - begin)
        u, v, w = window(g, begin, count), window(x, begin, count), window(weight, begin, count)
        part = g.dtype.type(0)
        product_part = g.dtype.type(0)
        for i in range(u.size):
            gradient = u[i] * w[i]
            part = add(part, gradient)
            product_part = add(product_part, gradient * (v[i] - mean))
        total += part
        product += product_part
    return total, product


@_inline
def _row_gradient(
    g: Any, x: Any, weight: Any, mean: Any, scale: Any, average: Any, slope: Any, result: Any
) -> None:
    for i in range(g.size):
        y = (x[i] - mean) * scale
        result[i] = (g[i] * weight[i] - average - y * slope) * scale


@_inline
def _add_row(g: Any, x: Any, mean: Any, scale: Any, part_weight: Any, part_bias: Any) -> None:
    for i in range(g.size):
        part_weight[i] += g[i] * ((x[i] - mean) * scale)
        part_bias[i] += g[i]


@_inline
def _both(
    g: Any, x: Any, weight: Any, mean: Any, scale: Any, average: Any, slope: Any, result: Any,
    part_weight: Any, part_bias: Any,
) -> None:  # fmt: skip
    """Do what `_row_gradient` and `_add_row` do, a third faster in one loop."""
    for i in range(g.size):
        u = load(g, i)
        y = (load(x, i) - mean) * scale
        store(result, i, (u * load(weight, i) - average - y * slope) * scale)
        store(part_weight, i, part_weight[i] + u * y)
        store(part_bias, i, part_bias[i] + u)


@_inline
def move(part: Any, total: Any) -> None:
    """Add partial sums to totals, and clear them."""
    for i in range(part.size):
        total[i] += part[i]
        part[i] = 0


@njit(**OPTIONS)
def normalise_rows_backward(
    grad: Any,
    x: Any,
    mean: Any,
    rstd: Any,
    weight: Any,
    result: Any,
    grad_weight: Any,
    grad_bias: Any,
    is_centred: bool,
) -> None:
    """Give gradients: grad, x and result are (rows, n), mean and rstd (rows), weight (n).

    With y the normalised x, that of x is the part of grad * weight that is left when its average
    and its component along y are taken off, divided by the deviation. Those of weight and bias are
    sums for each of some equal parts of the rows, (parts, n). Results without elements are not
    wanted.
    """
    rows, n = x.shape
    parts = max(1, grad_weight.shape[0])
    wants_x, wants_parameters = result.size > 0, grad_weight.size > 0
    for part in prange(parts):
        begin, end = part * rows // parts, (part + 1) * rows // parts
        part_weight = np.zeros(n, x.dtype)
        part_bias = np.zeros(n, x.dtype)
        for line in range(begin, end):
            g, row = row_of(grad, line), row_of(x, line)
            middle, scale = mean[line], rstd[line]
            average, slope = x.dtype.type(0), x.dtype.type(0)
            if wants_x:
                total, product = _weighted_sums(g, row, weight, middle)
                average = x.dtype.type(total / n if is_centred else 0.0)
                slope = x.dtype.type(product * scale / n)
            if wants_x and wants_parameters:
                _both(
                    g, row, weight, middle, scale, average, slope, row_of(result, line),
                    part_weight, part_bias,
                )  # fmt: skip
            elif wants_x:
                to = row_of(result, line)
                _row_gradient(g, row, weight, middle, scale, average, slope, to)
            else:
                _add_row(g, row, middle, scale, part_weight, part_bias)
            if wants_parameters and ((line + 1 - begin) % BLOCK_ROWS == 0 or line + 1 == end):
                move(part_weight, grad_weight[part])
                move(part_bias, grad_bias[part])


# ---- groups of channels: rows that are cut into lines, with a weight for each line


@_inline
def affine(row: Any, centre: Any, scale: Any, offset: Any, result: Any) -> None:
    """Write (x - centre) * scale + offset."""
    for i in range(row.size):
        store(result, i, (load(row, i) - centre) * scale + offset)


@njit(**OPTIONS)
def normalise_groups(
    x: Any, out: Any, mean: Any, rstd: Any, weight: Any, bias: Any, eps: float
) -> None:
    """Normalise rows: x and out are (rows, n), mean and rstd (rows).

    weight and bias are (groups, channels) for so many rows, and then for the next ones again.
    """
    groups, channels = weight.shape
    length = x.shape[1] // channels
    for line in prange(x.shape[0]):
        row, result = row_of(x, line), row_of(out, line)
        w, b = row_of(weight, line % groups), row_of(bias, line % groups)
        centre, shift, inverse = _row_moments(row, eps, True)
        mean[line] = centre + shift
        rstd[line] = inverse
        if length == 1:
            _normalise_row(row, centre, shift, inverse, w, b, result)
        else:
            for c in range(channels):
                scale = inverse * w[c]
                offset = row.dtype.type(b[c] - shift * scale)
                line_in, line_out = (
                    window(row, c * length, length),
                    window(result, c * length, length),
                )
                affine(line_in, centre, row.dtype.type(scale), offset, line_out)


@_inline
def line_sums(g: Any, x: Any, centre: Any) -> Any:
    """Give the sums of g and of g * (x - centre)."""
    total, product = 0.0, 0.0
    for begin in range(0, g.size, BLOCK):
        count = min(BLOCK, g.size - begin)
        u, v = window(g, begin, count), window(x, begin, count)
        part = g.dtype.type(0)
        product_part = g.dtype.type(0)
        for i in range(u.size):
            part = add(part, u[i])
            product_part = add(product_part, u[i] * (v[i] - centre))
        total += part
        product += product_part
    return total, product


@_inline
def combine(g: Any, x: Any, centre: Any, factor: Any, slope: Any, offset: Any, result: Any) -> None:
    """Write g * factor + (x - centre) * slope + offset."""
    for i in range(g.size):
        store(result, i, load(g, i) * factor + ((load(x, i) - centre) * slope + offset))


@_inline
def _write_terms(g: Any, x: Any, centre: Any, scale: Any, totals: Any, products: Any) -> None:
    for i in range(g.size):
        totals[i] = g[i]
        products[i] = g[i] * ((x[i] - centre) * scale)


@_inline
def _few(
    g: Any, x: Any, weight: Any, mean: Any, scale: Any, result: Any, line: int, totals: Any,
    products: Any,
) -> None:  # fmt: skip
    """Treat a row of a few channels of one element, for which vectors do not pay."""
    total, product = 0.0, 0.0
    for i in range(g.size):
        y = (x[i] - mean) * scale
        totals[i] = g[i]
        products[i] = g[i] * y
        total += g[i] * weight[i]
        product += g[i] * weight[i] * y
    average, slope = g.dtype.type(total / g.size), g.dtype.type(product / g.size)
    if result.size:
        to = row_of(result, line)
        for i in range(g.size):
            to[i] = (g[i] * weight[i] - average - (x[i] - mean) * scale * slope) * scale


@njit(**OPTIONS)
def normalise_groups_backward(
    grad: Any, x: Any, mean: Any, rstd: Any, weight: Any, result: Any, totals: Any, products: Any
) -> None:
    """Give gradients: as in `normalise_groups`; totals and products are (rows, channels).

    These are the sums over each line of grad, and of grad times the normalised x.
    """
    groups, channels = weight.shape
    n = x.shape[1]
    length = n // channels
    for line in prange(x.shape[0]):
        g, row = row_of(grad, line), row_of(x, line)
        middle, scale = mean[line], rstd[line]
        w = row_of(weight, line % groups)
        total, product = 0.0, 0.0
        if length == 1 and n <= FEW:
            _few(
                g, row, w, middle, scale, result, line, row_of(totals, line), row_of(products, line)
            )
            continue
        if length == 1:
            _write_terms(g, row, middle, scale, row_of(totals, line), row_of(products, line))
            total, product = _weighted_sums(g, row, w, middle)
        for c in range(channels if length > 1 else 0):
            u, v = window(g, c * length, length), window(row, c * length, length)
            line_total, line_product = line_sums(u, v, middle)
            totals[line, c] = line_total
            products[line, c] = line_product * scale
            total += line_total * w[c]
            product += line_product * w[c]
        # As in `normalise_rows_backward`.
        average = x.dtype.type(total / n)
        slope = x.dtype.type(product * scale / n)
        if result.size and length == 1:
            _row_gradient(g, row, w, middle, scale, average, slope, row_of(result, line))
        elif result.size:
            own = row_of(result, line)
            rise, offset = -slope * scale * scale, -average * scale
            for c in range(channels):
                u, v = window(g, c * length, length), window(row, c * length, length)
                to = window(own, c * length, length)
                combine(u, v, middle, w[c] * scale, rise, offset, to)
