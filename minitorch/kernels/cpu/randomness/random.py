"""Samplers that fill arrays with PyTorch's very numbers, drawn from a `Generator`.

Elements are visited as in PyTorch: dense arrays in the order of their memory, others by falling
strides. Arrays of any layout and float type are filled in place and given back; empty ones draw
nothing. Source: PyTorch's functions of the same names.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import ShapeError
from ..layouts.layout import broadcast_shapes
from ..layouts.pieces import PIECE, in_memory_order, pieces
from . import loops
from .filling import (
    BOOL,
    DOUBLE,
    MOST_AT_ONCE,
    SINGLE,
    Filler,
    SamplerDTypeError,
    check_target,
    put,
)
from .generator import Generator

Array = NDArray[Any]

_GROUP = loops.GROUP
# Limits up to this size, and their distance, fit every float type.
_SAFE = 1e4


def _by_uniforms(name: str, formula: Any, kinds: str = "f") -> Filler:
    def loop() -> Any:
        return loops.of_uniform(formula)

    return Filler(name, kinds, {SINGLE: loop, DOUBLE: loop})


def _by_normals(name: str, formula: Any) -> Filler:
    def loop() -> Any:
        return loops.of_normal(formula)

    return Filler(name, "f", {SINGLE: loop, DOUBLE: loop})


_UNIFORM = Filler(
    "uniform_",
    "f",
    {
        SINGLE: lambda: loops.uniform_single,
        DOUBLE: lambda: loops.uniform_double,
    },
)
_NORMAL_GROUPS = Filler(
    "normal_",
    "f",
    {
        SINGLE: lambda: loops.normal_single,
        DOUBLE: lambda: loops.normal_double,
    },
)
_NORMAL_EACH = _by_normals("normal_", loops.normal)
_LOG_NORMAL = _by_normals("log_normal_", loops.log_normal)
_EXPONENTIAL = _by_uniforms("exponential_", loops.exponential)
_CAUCHY = _by_uniforms("cauchy_", loops.cauchy)
_GEOMETRIC = _by_uniforms("geometric_", loops.geometric, "fiu")
_BERNOULLI = Filler(
    "bernoulli_",
    "bfiu",
    {dtype: lambda: loops.bernoulli for dtype in (SINGLE, DOUBLE, BOOL)},
)


# ---- uniform and normal numbers


def uniform_(out: Array, low: float, high: float, generator: Generator) -> Array:
    """Fill an array with numbers that are equally likely from low up to, not including, high.

    Raises:
        RuntimeError: low is above high, or they do not fit the array's dtype.
        SamplerDTypeError: the array does not hold floats.
        LayoutError: it is read-only, or its elements share memory.
    """
    if not -_SAFE <= low <= high <= _SAFE:
        _check_limits(out, low, high)
    _UNIFORM(out, generator, low, high)
    if out.dtype.char == "e":
        # Rounding to float16 may have reached the upper limit.
        np.copyto(out, np.float16(low), where=out == np.float16(high))
    return out


def _check_limits(out: Array, low: float, high: float) -> None:
    check_target("uniform_", out, "f")
    limit = float(np.finfo(out.dtype).max)
    if not (-limit <= low <= high <= limit and high - low <= limit):
        raise RuntimeError(
            f"uniform_ needs low <= high, both and their distance within {out.dtype}, got low "
            f"{low} and high {high}."
        )


def normal_(out: Array, mean: float, std: float, generator: Generator) -> Array:
    """Fill an array with normal numbers.

    A contiguous array of 16 or more elements is filled in groups, any other one by one.

    Raises:
        RuntimeError: std is negative or NaN.
        SamplerDTypeError, LayoutError: as `uniform_`.
    """
    if not std >= 0:
        raise RuntimeError(f"normal_ needs std >= 0, got {std}.")
    if out.size < _GROUP or not out.flags.c_contiguous:
        return _NORMAL_EACH(out, generator, mean, std)
    if out.dtype in (SINGLE, DOUBLE) and out.size <= MOST_AT_ONCE and out.flags.aligned:
        return _NORMAL_GROUPS(out, generator, mean, std)
    check_target("normal_", out, "f")
    if out.dtype == np.float16:
        _fill_half_groups(out.reshape(-1), mean, std, generator)
    elif out.dtype in (SINGLE, DOUBLE) and out.flags.aligned:
        flat = out.reshape(-1)
        # The last part has a whole group at least, and says how the array ends.
        parts = (flat.size - _GROUP) // MOST_AT_ONCE
        for start in range(0, parts * MOST_AT_ONCE, MOST_AT_ONCE):
            _NORMAL_GROUPS(flat[start : start + MOST_AT_ONCE], generator, mean, std)
        _NORMAL_GROUPS(flat[parts * MOST_AT_ONCE :], generator, mean, std)
    else:
        # The last group is drawn twice, once for itself, so that only a whole copy will do.
        out[...] = normal_(np.empty(out.shape, out.dtype.newbyteorder("=")), mean, std, generator)
    return out


def _fill_half_groups(flat: Array, mean: float, std: float, generator: Generator) -> None:
    """Fill dense float16, for which PyTorch draws whole groups only."""
    whole = flat.size // _GROUP * _GROUP
    wide = np.empty(min(whole, PIECE), SINGLE)
    for place in (flat[:whole], flat[-_GROUP:] if whole < flat.size else flat[:0]):
        for (piece,) in pieces([place]):
            part = wide[: piece.size]
            if part.size:
                _NORMAL_GROUPS(part, generator, mean, std)
                put(part, piece)


def normal(mean: Array | float, std: Array | float, generator: Generator) -> Array:
    """Draw normal numbers, each with a mean and a standard deviation of its own.

    Args:
        mean: array of floats, or a number.
        std: array of floats, or a number; the two broadcast.
        generator: the source.

    Raises:
        RuntimeError: an element of std is negative, or neither is an array.
        ShapeError: the shapes do not broadcast.
    """
    arrays = [x for x in (mean, std) if isinstance(x, np.ndarray)]
    if not arrays:
        raise RuntimeError("normal needs an array for mean or std. Try normal_ for two numbers.")
    if np.min(std, initial=0) < 0:
        raise RuntimeError(f"normal needs std >= 0, got {np.min(std)} in it.")
    shape = broadcast_shapes("normal", [array.shape for array in arrays])
    out = np.empty(shape, np.result_type(*arrays))
    normal_(out, 0.0, 1.0, generator)
    out *= std
    out += mean
    return out


def log_normal_(out: Array, mean: float, std: float, generator: Generator) -> Array:
    """Fill an array with numbers whose logarithm is normal.

    Raises:
        RuntimeError: std is not positive.
        SamplerDTypeError, LayoutError: as `uniform_`.
    """
    if not std > 0:
        raise RuntimeError(f"log_normal_ needs std > 0, got {std}.")
    return _LOG_NORMAL(out, generator, mean, std)


def trunc_normal_(
    out: Array, mean: float, std: float, low: float, high: float, generator: Generator
) -> Array:
    """Fill an array with normal numbers that lie between low and high.

    Like PyTorch it draws full arrays until each element has had one that is accepted, and so needs
    a second array as large as the first. Source: torch.nn.init.trunc_normal_.

    Raises:
        RuntimeError: std is negative, or low is above high.
        SamplerDTypeError, LayoutError: as `uniform_`.
    """
    check_target("trunc_normal_", out, "f")
    if not low <= high:
        raise RuntimeError(f"trunc_normal_ needs low <= high, got {low} and {high}.")
    if mean < low - 2 * std or mean > high + 2 * std:
        warnings.warn(
            f"trunc_normal_: the mean {mean} is more than 2 std ({std}) outside [{low}, {high}], "
            "so the numbers may be distributed in another way.",
            stacklevel=2,
        )
    if _normal_share(mean, std, low, high) > 0.3:
        return _redrawn_normal(out, mean, std, low, high, generator)
    return _accepted_uniform(out, mean, std, low, high, generator)


def _normal_share(mean: float, std: float, low: float, high: float) -> float:
    """Give the probability that a normal number lies between two limits."""
    scale = std * math.sqrt(2.0)
    return (math.erf((high - mean) / scale) - math.erf((low - mean) / scale)) / 2


def _redrawn_normal(
    out: Array, mean: float, std: float, low: float, high: float, generator: Generator
) -> Array:
    """Draw normal numbers until all lie between the limits."""
    first, last = out.dtype.type(low), out.dtype.type(high)
    normal_(out, mean, std, generator)
    while True:
        is_outside = (out < first) | (out > last)
        if not is_outside.any():
            return out
        again = normal_(np.empty_like(out), mean, std, generator)
        np.copyto(out, again, where=is_outside)


def _accepted_uniform(
    out: Array, mean: float, std: float, low: float, high: float, generator: Generator
) -> Array:
    """Draw uniform numbers, and accept each with a probability in proportion to its density."""
    peak = max(low, min(mean, high))
    log_peak = -0.5 * ((peak - mean) / std) ** 2
    is_pending = np.ones_like(out, dtype=np.bool_)
    candidates, chances = np.empty_like(out), np.empty_like(out)
    while is_pending.any():
        uniform_(candidates, low, high, generator)
        np.copyto(out, candidates, where=is_pending)
        log_density = ((candidates - mean) / std) ** 2 * -0.5 - log_peak
        uniform_(chances, 0.0, 1.0, generator)
        with np.errstate(divide="ignore"):
            is_pending &= np.log(chances) > log_density
    return out


# ---- further distributions


def bernoulli(p: Array, generator: Generator) -> Array:
    """Draw 1 with the probabilities in an array of floats, else 0; the result is contiguous.

    Raises:
        RuntimeError, SamplerDTypeError: as `bernoulli_`.
    """
    return bernoulli_(np.empty(p.shape, p.dtype), p, generator)


def bernoulli_(out: Array, p: Array | float, generator: Generator) -> Array:
    """Fill an array of any dtype with 1, each with probability p, and 0.

    Args:
        out: the array.
        p: a number, or an array of floats that broadcasts to out. A number draws 64 bits for each
            element; an array does so for float64, and draws 32 bits else.
        generator: the source.

    Raises:
        RuntimeError: a probability is outside 0 to 1.
        ShapeError: p does not broadcast to out.
        SamplerDTypeError: p does not hold floats.
        LayoutError: out is read-only, or its elements share memory.
    """
    if isinstance(p, np.ndarray):
        _bernoulli_each(out, p, generator)
        return out
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ needs a probability from 0 to 1, got {p}.")
    return _BERNOULLI(out, generator, p, 0.0)


def _bernoulli_each(out: Array, p: Array, generator: Generator) -> None:
    """Fill an array with the outcomes of tries that have their own probabilities."""
    check_target("bernoulli_", out, "bfiu")
    if p.dtype.kind != "f":
        raise SamplerDTypeError(f"bernoulli_ needs probabilities of a float type, got {p.dtype}.")
    if broadcast_shapes("bernoulli_", [p.shape, out.shape]) != out.shape:
        raise ShapeError(
            f"bernoulli_: probabilities of shape {p.shape} do not broadcast to {out.shape}."
        )
    if p.size and not (p.min() >= 0 and p.max() <= 1):
        raise RuntimeError(
            f"bernoulli_ needs probabilities from 0 to 1, got {p.min()} to {p.max()}."
        )
    work = DOUBLE if p.dtype == DOUBLE else SINGLE
    numbers = np.empty(min(out.size, PIECE), work)
    for chances, target in pieces(in_memory_order([np.broadcast_to(p, out.shape), out])):
        part = numbers[: target.size]
        _UNIFORM(part, generator, 0.0, 1.0)
        target[...] = part.reshape(target.shape) < chances


def exponential_(out: Array, rate: float, generator: Generator) -> Array:
    """Fill an array with exponentially distributed numbers, of mean 1 / rate.

    Raises:
        RuntimeError: the rate is not positive.
        SamplerDTypeError, LayoutError: as `uniform_`.
    """
    if not rate > 0:
        raise RuntimeError(f"exponential_ needs a rate above 0, got {rate}.")
    return _EXPONENTIAL(out, generator, rate, 0.0)


def cauchy_(out: Array, median: float, sigma: float, generator: Generator) -> Array:
    """Fill an array with numbers of Cauchy's distribution.

    Raises:
        RuntimeError: sigma is not positive.
        SamplerDTypeError, LayoutError: as `uniform_`.
    """
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ needs sigma > 0, got {sigma}.")
    return _CAUCHY(out, generator, median, sigma)


def geometric_(out: Array, p: float, generator: Generator) -> Array:
    """Fill an array of numbers with the number of tries up to the first success.

    Raises:
        RuntimeError: p is not between 0 and 1.
        SamplerDTypeError, LayoutError: as `uniform_`.
    """
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ needs a probability between 0 and 1, got {p}.")
    return _GEOMETRIC(out, generator, p, 0.0)
