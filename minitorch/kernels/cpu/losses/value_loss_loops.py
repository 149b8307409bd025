"""The loops of losses that compare two arrays element by element.

A term gives what a pair of elements contributes, and its derivative with respect to the first. One
loop adds up the contributions; another one also writes the derivatives, times what a mean divides
by, so that the way back has nothing left to compute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange

from ..functions import absolute, exp, inline, like, log, log1p, maximum, minimum, sign, where
from ..reductions.terms import add

_OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}, "parallel": True}

# Elements that one thread adds up.
BLOCK = 1 << 12

# Logarithms of probabilities count for no less than this, as in PyTorch; and the variance of a
# probability that a gradient is divided by.
LEAST_LOG = -100.0
LEAST_VARIANCE = 1e-12


# ---- terms


@inline
def squared(x: Any, y: Any, parameter: Any) -> Any:
    """Give (x - y)^2."""
    distance = x - y
    return distance * distance, distance + distance


@inline
def absolute_distance(x: Any, y: Any, parameter: Any) -> Any:
    """Give |x - y|."""
    distance = x - y
    return absolute(distance), sign(distance)


@inline
def smooth(x: Any, y: Any, beta: Any) -> Any:
    """Give (x - y)^2 / (2 beta) near 0, and |x - y| - beta / 2 elsewhere."""
    distance, half = x - y, like(0.5, x)
    size = absolute(distance)
    ratio = distance / beta
    near = half * distance * ratio
    slope = maximum(minimum(ratio, like(1, x)), like(-1, x))
    return where(size < beta, near, size - half * beta), slope


@inline
def huber(x: Any, y: Any, delta: Any) -> Any:
    """Give (x - y)^2 / 2 near 0, and delta * (|x - y| - delta / 2) elsewhere."""
    distance, half = x - y, like(0.5, x)
    size = absolute(distance)
    far = delta * (size - half * delta)
    slope = maximum(minimum(distance, delta), -delta)
    return where(size <= delta, half * distance * distance, far), slope


@inline
def cross_entropy(x: Any, y: Any, parameter: Any) -> Any:
    """Give -y log x - (1 - y) log(1 - x); NaN where x or y is no probability."""
    one, least = like(1, x), like(LEAST_LOG, x)
    loss = (y - one) * maximum(log1p(-x), least) - y * maximum(log(x), least)
    is_probability = (y >= like(0, x)) & (y <= one)
    slope = (x - y) / maximum((one - x) * x, like(LEAST_VARIANCE, x))
    return where(is_probability, loss, like(np.nan, x)), slope


@inline
def cross_entropy_of_logits(x: Any, y: Any, parameter: Any) -> Any:
    """Give -y log s(x) - (1 - y) log(1 - s(x)) of the logistic function s, without overflow."""
    zero, one = like(0, x), like(1, x)
    tail = exp(-absolute(x))
    loss = (one - y) * x + maximum(-x, zero) + log1p(tail)
    return loss, where(x < zero, tail, one) / (one + tail) - y


# ---- loops

# The losses of a block are written down before they are added up: in which order that happens then
# depends on their number alone, and not on how a loop that writes several arrays was compiled.


@inline
def _sum_of(losses: Any) -> Any:
    total = 0.0
    for i in range(losses.size):
        total = add(total, np.float64(losses[i]))
    return total


def added(term: Callable[..., Any]) -> Any:
    """Make the loop that adds up a term over x and y, which are dense and of one shape.

    It writes the sum, divided by `divisor`, to out (), and tells whether that is a number; partial
    has room for the sum of each block.
    """

    def loss_sum(x, y, parameter, divisor, partial, out):  # type: ignore[no-untyped-def]
        own = x.dtype.type(parameter)
        a, b = x.reshape(x.size), y.reshape(x.size)
        for block in prange(partial.size):
            start = block * BLOCK
            losses = np.empty(min(BLOCK, x.size - start), x.dtype)
            for i in range(losses.size):
                losses[i] = term(a[start + i], b[start + i], own)[0]
            partial[block] = _sum_of(losses)
        whole = partial.sum()
        out[()] = whole / divisor
        return whole == whole

    return njit(**_OPTIONS)(loss_sum)


def added_with_slopes(term: Callable[..., Any]) -> Any:
    """Make the loop that does what that of `added` does, and writes the gradient of x."""

    def loss_sum_with_slopes(  # type: ignore[no-untyped-def]
        x, y, parameter, divisor, partial, out, gradient
    ):
        own = x.dtype.type(parameter)
        scale = x.dtype.type(1.0 / divisor)
        a, b, slopes = x.reshape(x.size), y.reshape(x.size), gradient.reshape(x.size)
        for block in prange(partial.size):
            start = block * BLOCK
            losses = np.empty(min(BLOCK, x.size - start), x.dtype)
            for i in range(losses.size):
                loss, slope = term(a[start + i], b[start + i], own)
                losses[i] = loss
                slopes[start + i] = slope * scale
            partial[block] = _sum_of(losses)
        whole = partial.sum()
        out[()] = whole / divisor
        return whole == whole

    return njit(**_OPTIONS)(loss_sum_with_slopes)
