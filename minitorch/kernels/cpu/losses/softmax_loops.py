"""The loops of softmax and its logarithm, forward and backward.

A line is what one softmax is taken of. Lines are rows of memory, or lie side by side and are then
gone through in tiles of columns, narrow enough to stay in the cache between the passes. Short rows
are turned into such tiles, so that each vector instruction works on many lines.
"""

from typing import Any

import numpy as np
from numba import njit, prange, types
from numba.extending import overload

from ..elementwise.access import load, row_of, store, window
from ..functions import INFINITY, as_bits, exp, from_bits, log
from ..reductions.terms import add, larger

# Elements, and rows, that are added up before their sum is added to a total in float64.
BLOCK = 4096
BLOCK_ROWS = 64
# Rows that are turned into a tile, and rows whose logarithms are taken at once.
TILE_LINES = 64
LOGS_AT_ONCE = 64
# See `scaled_exp`.
SINGLE_SCALE = 24

OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}, "parallel": True}
_inline = njit(error_model="numpy", fastmath={"contract"}, forceinline=True)
_F = np.float32


# ---- exponentials of numbers that are not positive


@_inline
def _scaled_exp_single(x: Any) -> Any:
    # As `functions.exp`, but what is not positive needs no upper limit, and with the scale no
    # result is subnormal, so that the power of 2 can be added to the exponent: a quarter faster.
    # Below -104 the result is so small that it still becomes 0 when it is scaled back.
    x = _F(-104.0) if x < _F(-104.0) else x
    shifted = x * _F(1.4426950408889634) + _F(12582912.0)
    n = shifted - _F(12582912.0)
    r = x - n * _F(0.693359375)
    r = r - n * _F(-2.12194440e-4)
    p = _F(1.9875691500e-4)
    p = p * r + _F(1.3981999507e-3)
    p = p * r + _F(8.3334519073e-3)
    p = p * r + _F(4.1665795894e-2)
    p = p * r + _F(1.6666665459e-1)
    p = p * r + _F(5.0000001201e-1)
    y = p * (r * r) + r + _F(1.0)
    whole = as_bits(shifted) - as_bits(_F(12582912.0)) + np.int32(SINGLE_SCALE)
    y = from_bits(np.int32(as_bits(y) + np.int32(whole << np.int32(23))))
    return y if x == x else x


@_inline
def _scaled_exp_double(x: Any) -> Any:
    return exp(x)


def scaled_exp(x: Any) -> Any:
    """Give e^x times `scale_of(x)`, for a number that is not positive, or NaN."""
    return exp(x) * scale_of(x)


@overload(scaled_exp, strict=False, jit_options={"forceinline": True})
def _compiled_scaled_exp(x):  # type: ignore[no-untyped-def]
    chosen = _scaled_exp_single if x == types.float32 else _scaled_exp_double
    return lambda x: chosen(x)


def scale_of(x: Any) -> Any:
    """Give the factor that `scaled_exp` adds: 2^24 for float32, else 1."""
    return type(x)(2.0**SINGLE_SCALE if isinstance(x, np.float32) else 1)


@_inline
def _scale_single(x: Any) -> Any:
    return _F(2.0**SINGLE_SCALE)


@_inline
def _scale_double(x: Any) -> Any:
    return 1.0


@overload(scale_of, strict=False, jit_options={"forceinline": True})
def _compiled_scale_of(x):  # type: ignore[no-untyped-def]
    chosen = _scale_single if x == types.float32 else _scale_double
    return lambda x: chosen(x)


# ---- rows


@_inline
def largest_of(row: Any) -> Any:
    """Give the largest number of a row; a NaN wins."""
    best = row.dtype.type(-INFINITY)
    for i in range(row.size):
        best = larger(best, row[i])
    return best


@_inline
def write_exponentials(row: Any, shift: Any, out: Any) -> Any:
    """Write `scaled_exp(x - shift)`, and give the sum in float64."""
    total = 0.0
    for begin in range(0, row.size, BLOCK):
        count = min(BLOCK, row.size - begin)
        x, y = window(row, begin, count), window(out, begin, count)
        part = row.dtype.type(0)
        for i in range(x.size):
            y[i] = scaled_exp(x[i] - shift)
            part = add(part, y[i])
        total += part
    return total


@_inline
def sum_exponentials(row: Any, shift: Any) -> Any:
    """Give the sum of `scaled_exp(x - shift)`, in float64."""
    total = 0.0
    for begin in range(0, row.size, BLOCK):
        x = window(row, begin, min(BLOCK, row.size - begin))
        part = row.dtype.type(0)
        for i in range(x.size):
            part = add(part, scaled_exp(x[i] - shift))
        total += part
    return total


@_inline
def write_logs(sums: Any, out: Any) -> None:
    """Write the logarithms of sums of `scaled_exp`, without the scale."""
    for i in range(out.size):
        out[i] = log(out.dtype.type(sums[i] / scale_of(out[i])))


@_inline
def subtract(row: Any, shift: Any, log_sum: Any, out: Any) -> None:
    """Write x - shift - log_sum: in two steps, because the shift may be far larger."""
    for i in range(row.size):
        store(out, i, load(row, i) - shift - log_sum)


@njit(**OPTIONS)
def softmax_along(a: Any, out: Any) -> None:
    """Treat rows: a and out are (lines, length)."""
    for line in prange(a.shape[0]):
        row, result = row_of(a, line), row_of(out, line)
        factor = row.dtype.type(1.0 / write_exponentials(row, largest_of(row), result))
        for i in range(row.size):
            result[i] *= factor


@njit(**OPTIONS)
def log_softmax_along(a: Any, out: Any) -> None:
    """Treat rows, their logarithms some at a time: a and out are (lines, length)."""
    lines, length = a.shape
    group = max(1, min(LOGS_AT_ONCE, BLOCK // length))
    for unit in prange((lines + group - 1) // group):
        begin = unit * group
        count = min(group, lines - begin)
        best = np.empty(count, a.dtype)
        sums = np.empty(count, np.float64)
        logs = np.empty(count, a.dtype)
        for k in range(count):
            row = row_of(a, begin + k)
            best[k] = largest_of(row)
            sums[k] = sum_exponentials(row, best[k])
        write_logs(sums, logs)
        for k in range(count):
            subtract(row_of(a, begin + k), best[k], logs[k], row_of(out, begin + k))


# ---- columns


@_inline
def largest_in_columns(a: Any, low: int, high: int, best: Any) -> None:
    """Write the largest number of each of some columns; a NaN wins."""
    best[:] = -INFINITY
    for r in range(a.shape[0]):
        row = a[r, low:high]
        for i in range(row.size):
            best[i] = larger(best[i], row[i])


@_inline
def _write_exponential_row(row: Any, best: Any, out: Any, part: Any) -> None:
    for i in range(row.size):
        y = scaled_exp(row[i] - best[i])
        out[i] = y
        part[i] += y


@_inline
def _sum_exponential_row(row: Any, best: Any, part: Any) -> None:
    for i in range(row.size):
        part[i] += scaled_exp(row[i] - best[i])


@_inline
def exponentials_in_columns(
    a: Any, low: int, high: int, best: Any, out: Any, writes: bool, sums: Any
) -> None:
    """Give the sums of `scaled_exp(x - best)` of some columns; write these numbers if wanted."""
    length = a.shape[0]
    part = np.zeros(high - low, a.dtype)
    sums[:] = 0
    for begin in range(0, length, BLOCK_ROWS):
        for r in range(begin, min(begin + BLOCK_ROWS, length)):
            if writes:
                _write_exponential_row(a[r, low:high], best, out[r, low:high], part)
            else:
                _sum_exponential_row(a[r, low:high], best, part)
        for i in range(part.size):
            sums[i] += part[i]
            part[i] = 0


@_inline
def _scale_columns(a: Any, low: int, high: int, factors: Any) -> None:
    for r in range(a.shape[0]):
        row = a[r, low:high]
        for i in range(row.size):
            row[i] *= factors[i]


@_inline
def _subtract_in_columns(a: Any, low: int, high: int, best: Any, logs: Any, out: Any) -> None:
    for r in range(a.shape[0]):
        row = a[r, low:high]
        result = out[r, low:high]
        for i in range(row.size):
            result[i] = row[i] - best[i] - logs[i]


@njit(**OPTIONS)
def softmax_across(a: Any, out: Any, width: int, is_log: bool) -> None:
    """Treat columns in tiles of a width: a and out are (outer, length, inner)."""
    inner = a.shape[2]
    tiles = (inner + width - 1) // width
    for unit in prange(a.shape[0] * tiles):
        low = unit % tiles * width
        high = min(low + width, inner)
        x = a[unit // tiles]
        y = out[unit // tiles]
        best = np.empty(high - low, a.dtype)
        sums = np.empty(high - low, np.float64)
        largest_in_columns(x, low, high, best)
        exponentials_in_columns(x, low, high, best, y, not is_log, sums)
        factors = np.empty(high - low, a.dtype)
        if is_log:
            write_logs(sums, factors)
            _subtract_in_columns(x, low, high, best, factors, y)
        else:
            for i in range(factors.size):
                factors[i] = 1.0 / sums[i]
            _scale_columns(y, low, high, factors)


@_inline
def turn(rows: Any, tile: Any) -> None:
    """Write rows as the columns of a tile, which may have more of them."""
    for k in range(rows.shape[1]):
        column = tile[k]
        for i in range(rows.shape[0]):
            column[i] = rows[i, k]


@_inline
def turn_back(tile: Any, rows: Any) -> None:
    """Write the first columns of a tile as rows."""
    for k in range(rows.shape[1]):
        column = tile[k]
        for i in range(rows.shape[0]):
            rows[i, k] = column[i]


@njit(**OPTIONS)
def softmax_short(a: Any, out: Any, is_log: bool) -> None:
    """Treat short rows in turned tiles: a and out are (lines, length)."""
    lines, length = a.shape
    for unit in prange((lines + TILE_LINES - 1) // TILE_LINES):
        begin = unit * TILE_LINES
        count = min(TILE_LINES, lines - begin)
        rows = a[begin : begin + count]
        results = out[begin : begin + count]
        tile = np.empty((length, TILE_LINES), a.dtype)
        turned = np.empty((length, TILE_LINES), a.dtype)
        best = np.empty(count, a.dtype)
        sums = np.empty(count, np.float64)
        factors = np.empty(count, a.dtype)
        turn(rows, tile)
        largest_in_columns(tile, 0, count, best)
        exponentials_in_columns(tile, 0, count, best, turned, not is_log, sums)
        if is_log:
            write_logs(sums, factors)
            for i in range(count):
                subtract(rows[i], best[i], factors[i], results[i])
        else:
            for i in range(count):
                factors[i] = 1.0 / sums[i]
            _scale_columns(turned, 0, count, factors)
            turn_back(turned, results)


# ---- backward


@_inline
def _dot(x: Any, y: Any) -> Any:
    total = 0.0
    for begin in range(0, x.size, BLOCK):
        count = min(BLOCK, x.size - begin)
        u, v = window(x, begin, count), window(y, begin, count)
        part = x.dtype.type(0)
        for i in range(u.size):
            part = add(part, u[i] * v[i])
        total += part
    return x.dtype.type(total)


@_inline
def _sum(x: Any) -> Any:
    total = 0.0
    for begin in range(0, x.size, BLOCK):
        u = window(x, begin, min(BLOCK, x.size - begin))
        part = x.dtype.type(0)
        for i in range(u.size):
            part = add(part, u[i])
        total += part
    return x.dtype.type(total)


@njit(**OPTIONS)
def softmax_backward_along(grad: Any, output: Any, result: Any, is_log: bool) -> None:
    """Treat rows: all arrays are (lines, length)."""
    for line in prange(grad.shape[0]):
        g, y, r = row_of(grad, line), row_of(output, line), row_of(result, line)
        if is_log:
            total = _sum(g) / scale_of(g[0])
            for i in range(g.size):
                store(r, i, load(g, i) - scaled_exp(load(y, i)) * total)
        else:
            total = _dot(g, y)
            for i in range(g.size):
                store(r, i, (load(g, i) - total) * load(y, i))


@_inline
def _backward_sums(g: Any, y: Any, low: int, high: int, is_log: bool, sums: Any) -> None:
    """Write the sums over the columns of grad, times the output unless that is a logarithm."""
    length = g.shape[0]
    part = np.zeros(high - low, g.dtype)
    total = np.zeros(high - low, np.float64)
    for begin in range(0, length, BLOCK_ROWS):
        for k in range(begin, min(begin + BLOCK_ROWS, length)):
            u = g[k, low:high]
            v = y[k, low:high]
            if is_log:
                for i in range(u.size):
                    part[i] += u[i]
            else:
                for i in range(u.size):
                    part[i] += u[i] * v[i]
        for i in range(part.size):
            total[i] += part[i]
            part[i] = 0
    for i in range(part.size):
        sums[i] = total[i] / scale_of(sums[i]) if is_log else total[i]


@njit(**OPTIONS)
def softmax_backward_across(grad: Any, output: Any, result: Any, width: int, is_log: bool) -> None:
    """Treat columns in tiles of a width: all arrays are (outer, length, inner)."""
    inner = grad.shape[2]
    tiles = (inner + width - 1) // width
    for unit in prange(grad.shape[0] * tiles):
        low = unit % tiles * width
        high = min(low + width, inner)
        g = grad[unit // tiles]
        y = output[unit // tiles]
        r = result[unit // tiles]
        sums = np.empty(high - low, grad.dtype)
        _backward_sums(g, y, low, high, is_log, sums)
        for k in range(g.shape[0]):
            u = g[k, low:high]
            v = y[k, low:high]
            w = r[k, low:high]
            if is_log:
                for i in range(u.size):
                    w[i] = u[i] - scaled_exp(v[i]) * sums[i]
            else:
                for i in range(u.size):
                    w[i] = (u[i] - sums[i]) * v[i]
