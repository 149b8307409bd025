"""The loops of a bias and an activation in one pass, for any activation.

The bias belongs to the columns of a matrix (`rows`), or to the middle dimension of an array
(outer, channels, inner) (`lines`).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange

from ..reductions.terms import add

# Elements, and rows, that are added up before their sum is added to a total in float64.
BLOCK = 4096
BLOCK_ROWS = 64

OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}, "parallel": True}
_INLINE = {"error_model": "numpy", "fastmath": {"contract"}, "forceinline": True}


def from_input(formula: Callable[..., Any]) -> Any:
    """Compute a derivative from the activation's input."""

    @njit(**_INLINE)
    def derivative(g, a, b):  # type: ignore[no-untyped-def]
        return formula(g, a + b)

    return derivative


def from_output(formula: Callable[..., Any]) -> Any:
    """Compute a derivative from the activation's output."""

    @njit(**_INLINE)
    def derivative(g, y, b):  # type: ignore[no-untyped-def]
        return formula(g, y)

    return derivative


def rows(formula: Callable[..., Any]) -> Any:
    """Write formula(a + bias): a and out are (rows, n), bias (n)."""

    def bias_rows(a, bias, out):  # type: ignore[no-untyped-def]
        for r in prange(a.shape[0]):
            x = a[r]
            y = out[r]
            for i in range(x.size):
                y[i] = formula(x[i] + bias[i])

    return njit(**OPTIONS)(bias_rows)


def lines(formula: Callable[..., Any]) -> Any:
    """Write formula(a + bias): a and out are (outer, channels, inner), bias (channels)."""

    def bias_lines(a, bias, out):  # type: ignore[no-untyped-def]
        channels = a.shape[1]
        for unit in prange(a.shape[0] * channels):
            x = a[unit // channels, unit % channels]
            y = out[unit // channels, unit % channels]
            b = bias[unit % channels]
            for i in range(x.size):
                y[i] = formula(x[i] + b)

    return njit(**OPTIONS)(bias_lines)


def rows_backward(derivative: Callable[..., Any]) -> Any:
    """Write the gradient of a, and for each of some equal parts of the rows that of bias.

    grad, saved and result are (rows, n), bias (n), sums (parts, n), in float64.
    """

    @njit(**_INLINE)
    def row(grad, saved, bias, result, part):  # type: ignore[no-untyped-def]
        for i in range(grad.size):
            g = derivative(grad[i], saved[i], bias[i])
            result[i] = g
            part[i] += g

    def bias_rows_backward(grad, saved, bias, result, sums):  # type: ignore[no-untyped-def]
        count, n = grad.shape
        parts = sums.shape[0]
        for k in prange(parts):
            begin, end = k * count // parts, (k + 1) * count // parts
            part = np.zeros(n, grad.dtype)
            total = sums[k]
            for r in range(begin, end):
                row(grad[r], saved[r], bias, result[r], part)
                if (r + 1 - begin) % BLOCK_ROWS == 0 or r + 1 == end:
                    for i in range(n):
                        total[i] += part[i]
                        part[i] = 0

    return njit(**OPTIONS)(bias_rows_backward)


def lines_backward(derivative: Callable[..., Any]) -> Any:
    """Write the gradient of a, and for each line that of bias.

    grad, saved and result are (outer, channels, inner), bias (channels), sums (outer, channels), in
    float64.
    """

    @njit(**_INLINE)
    def line(grad, saved, b, result):  # type: ignore[no-untyped-def]
        part = grad.dtype.type(0)
        for i in range(grad.size):
            g = derivative(grad[i], saved[i], b)
            result[i] = g
            part = add(part, g)
        return part

    def bias_lines_backward(grad, saved, bias, result, sums):  # type: ignore[no-untyped-def]
        channels = grad.shape[1]
        for unit in prange(grad.shape[0] * channels):
            o, c = unit // channels, unit % channels
            total = 0.0
            for low in range(0, grad.shape[2], BLOCK):
                high = min(low + BLOCK, grad.shape[2])
                total += line(
                    grad[o, c, low:high], saved[o, c, low:high], bias[c], result[o, c, low:high]
                )
            sums[o, c] = total

    return njit(**OPTIONS)(bias_lines_backward)
