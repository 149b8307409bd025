"""Samplers by rejection: Poisson, gamma and binomial numbers, from the same generator.

The methods are PyTorch's, whose numbers these were wherever it was tried; but whether a number is
accepted depends on logarithms, so that once in a long while a last bit may decide otherwise.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ..functions import like
from ..layouts.layout import broadcast_shapes
from ..layouts.pieces import PIECE, pieces
from .filling import DOUBLE, SINGLE, SamplerDTypeError, put
from .generator import Generator
from .loops import standard_normal
from .mersenne import next_double

Array = NDArray[Any]

# From this mean on a number is found by rejection, below it by counting.
_MANY = 10.0
# A third, to as many digits as PyTorch has it.
SINGLE_THIRD = float(np.float32(1.0) / np.float32(3.0))

_helper = njit(error_model="numpy")


# ---- kernels


@_helper
def _poisson_count(state: Any, mean: Any) -> Any:
    """Count how many uniform numbers can be multiplied before the product is below e^-mean."""
    limit = math.exp(-mean)
    product = next_double(state)
    count = 0.0
    while product > limit:
        product *= next_double(state)
        count += 1.0
    return count


@_helper
def _poisson_rejected(state: Any, mean: Any) -> Any:
    """W. Hörmann, "The transformed rejection method for generating Poisson variables", 1993."""
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    scale = 1.1239 + 1.1328 / (b - 3.4)
    certain = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        u = next_double(state) - 0.5
        v = next_double(state)
        edge = 0.5 - abs(u)
        k = np.floor((2.0 * a / edge + b) * u + mean + 0.43)
        if edge >= 0.07 and v <= certain:
            return k
        if k < 0 or (edge < 0.013 and v > edge):
            continue
        density = k * math.log(mean) - mean - math.lgamma(k + 1.0)
        if math.log(v * scale / (a / (edge * edge) + b)) <= density:
            return k


@_helper
def _poisson(state: Any, means: Any, unused: Any, out: Any) -> None:
    for i in range(out.size):
        if means[i] >= _MANY:
            out[i] = _poisson_rejected(state, means[i])
        else:
            out[i] = _poisson_count(state, means[i])


@_helper
def _gamma(state: Any, shapes: Any, unused: Any, out: Any) -> None:
    """G. Marsaglia and W. Tsang, "A simple method for generating gamma variables", 2000."""
    for i in range(out.size):
        # PyTorch computes d in the type of the shapes, and all else in float64.
        shape, scale = shapes[i], 1.0
        one = like(1.0, shape)
        if shape < one:
            scale = (1.0 - next_double(state)) ** np.float64(one / shape)
            shape += one
        d = np.float64(shape - like(SINGLE_THIRD, shape))
        c = 1.0 / math.sqrt(9.0 * d)
        while True:
            x = standard_normal(state)
            v = (1.0 + c * x) ** 3
            if v <= 0.0:
                continue
            u = 1.0 - next_double(state)
            if math.log(u) < 0.5 * x * x + d * (1.0 - v + math.log(v)):
                break
        out[i] = scale * d * v


@_helper
def _binomial_count(state: Any, count: Any, p: Any) -> Any:
    """Count successes by the tries that lie between them, for p up to 1/2."""
    tries, successes = 0.0, -1.0
    while tries <= count:
        tries += np.ceil(math.log(next_double(state)) / math.log1p(-p))
        successes += 1.0
    return successes


@_helper
def _log_ways(n: Any, k: Any) -> Any:
    """Give the logarithm of the number of ways to choose k of n."""
    return math.lgamma(n + 1.0) - math.lgamma(k + 1.0) - math.lgamma(n - k + 1.0)


@_helper
def _binomial_rejected(state: Any, count: Any, p: Any) -> Any:
    """W. Hörmann, "The generation of binomial random variates", 1993, for p up to 1/2."""
    spread = math.sqrt(count * p * (1.0 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    scale = (2.83 + 5.1 / b) * spread
    certain = 0.92 - 4.2 / b
    odds = math.log(p / (1.0 - p))
    mode = np.floor((count + 1.0) * p)
    while True:
        u = next_double(state) - 0.5
        v = next_double(state)
        edge = 0.5 - abs(u)
        k = np.floor((2.0 * a / edge + b) * u + count * p + 0.5)
        if k < 0 or k > count:
            continue
        if edge >= 0.07 and v <= certain:
            return k
        density = _log_ways(count, k) - _log_ways(count, mode) + (k - mode) * odds
        if math.log(v * scale / (a / (edge * edge) + b)) <= density:
            return k


@_helper
def _binomial(state: Any, counts: Any, probabilities: Any, out: Any) -> None:
    for i in range(out.size):
        count, p = counts[i], probabilities[i]
        rare = min(p, 1.0 - p)
        if count <= 0.0 or rare <= 0.0:
            successes = 0.0
        elif count * rare >= _MANY:
            successes = _binomial_rejected(state, count, rare)
        else:
            successes = _binomial_count(state, count, rare)
        out[i] = max(count, 0.0) - successes if p > 0.5 else successes


# ---- entry points

_POISSON = SizedKernel(lambda: _poisson)
_GAMMA = SizedKernel(lambda: _gamma)
_BINOMIAL = SizedKernel(lambda: _binomial)


def poisson(means: Array, generator: Generator) -> Array:
    """Draw Poisson numbers, each with a mean of its own.

    Raises:
        RuntimeError: a mean is negative or NaN.
        SamplerDTypeError: the means are no floats.
    """
    _check("poisson", means)
    if means.size and not means.min() >= 0:
        raise RuntimeError(f"poisson needs means that are not negative, got {means.min()}.")
    return _draw(_POISSON, means, means, generator)


def standard_gamma(shapes: Array, generator: Generator) -> Array:
    """Draw numbers of gamma distributions, each of a shape of its own and of scale 1.

    None is below the smallest normal number of its type.

    Raises:
        RuntimeError: a shape is not positive.
        SamplerDTypeError: the shapes are no floats.
    """
    _check("standard_gamma", shapes)
    if shapes.size and not shapes.min() > 0:
        raise RuntimeError(f"standard_gamma needs positive shapes, got {shapes.min()}.")
    out = _draw(_GAMMA, shapes, shapes, generator, np.promote_types(shapes.dtype, SINGLE))
    return np.maximum(out, np.finfo(out.dtype).tiny, out=out)


def binomial(count: Array, prob: Array, generator: Generator) -> Array:
    """Draw the numbers of successes in so many tries.

    Args:
        count: numbers of tries, floats.
        prob: the probability of each success, of the dtype of count; the two broadcast.
        generator: the source.

    Raises:
        RuntimeError: a probability is outside 0 to 1, or a count NaN.
        SamplerDTypeError: they are no floats of one type.
        ShapeError: the shapes do not broadcast.
    """
    _check("binomial", count, prob)
    if count.size and prob.size and not (prob.min() >= 0 and prob.max() <= 1):
        raise RuntimeError(f"binomial needs probabilities from 0 to 1, got {prob}.")
    if np.isnan(count).any():
        raise RuntimeError("binomial needs numbers of tries, got NaN.")
    return _draw(_BINOMIAL, count, prob, generator)


def _check(name: str, *arrays: Array) -> None:
    if any(array.dtype.kind != "f" or array.dtype != arrays[0].dtype for array in arrays):
        received = ", ".join(str(array.dtype) for array in arrays)
        raise SamplerDTypeError(f"{name} takes floats of one dtype, got {received}.")


def _draw(
    kernel: SizedKernel,
    first: Array,
    second: Array,
    generator: Generator,
    work: np.dtype[Any] = DOUBLE,
) -> Array:
    """Run a kernel on pieces of its two parameters, seen in a type that it works in."""
    shape = broadcast_shapes("a sampler", [first.shape, second.shape])
    out = np.empty(shape, first.dtype)
    wide = np.empty(min(out.size, PIECE), DOUBLE)
    views = [np.broadcast_to(first, shape), np.broadcast_to(second, shape), out]
    for x, y, target in pieces(views):
        part = wide[: target.size]
        numbers = [np.array(view, work).reshape(-1) for view in (x, y)]
        kernel.serial(generator.words, *numbers, part)
        put(part, target)
    return out
