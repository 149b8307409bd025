"""Samplers of whole numbers, permutations and categories: PyTorch's very numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numpy.typing import DTypeLike, NDArray

from ...._jit import SizedKernel
from ....errors import ShapeError
from . import loops
from .filling import INT64, MOST_AT_ONCE, SINGLE, Filler, SamplerDTypeError, check_target
from .generator import Generator
from .random import exponential_

Array = NDArray[Any]
Range = tuple[int, int]

# A wider range is drawn with 64 bits for each number.
_MOST_NARROW = 1 << 28
# Longer permutations are drawn with 64 bits for each number.
_LONG_PERMUTATION = 214_748_364

_INTEGERS = Filler("random_", "bfiu", {INT64: lambda: loops.integers}, (types.int64, types.int64))
_LONG_INTEGERS = Filler(
    "random_", "bfiu", {INT64: lambda: loops.long_integers}, (types.int64, types.uint64)
)
_PERMUTATION = SizedKernel(lambda: loops.permutation)
_LONG = SizedKernel(lambda: loops.long_permutation)
_CATEGORIES = SizedKernel(lambda: loops.categories)


def random_(out: Array, low: int | None, high: int | None, generator: Generator) -> Array:
    """Fill an array with whole numbers that are equally likely.

    Args:
        out: array of any dtype. (PyTorch moves limits that a float type does not hold exactly, with
            a warning; here they stay.)
        low: the least number; 0 by default.
        high: one more than the greatest number. By default that is the greatest one of an integer
            type, and of a float type the last one before numbers are left out.
        generator: the source.

    Raises:
        RuntimeError: low is not below high, or they do not fit the array's dtype.
        LayoutError: out is read-only, or its elements share memory.
    """
    if out.dtype.kind not in "biuf":
        check_target("random_", out, "bfiu")
    least, most = _limits(out.dtype)
    if low is None and high is None:
        return _fill(out, 0, most + 1, most >= 1 << 32, generator)
    first = 0 if low is None else int(low)
    end = most + 1 if high is None else int(high)
    if first >= end:
        raise RuntimeError(f"random_ needs low below high, got {low} and {high}.")
    if out.dtype.kind == "f":
        most = int(np.finfo(out.dtype).max)
        least = -most
    if first < least or end - 1 > most:
        raise RuntimeError(
            f"random_: the numbers from {first} to {end - 1} do not fit {out.dtype}, which holds "
            f"{least} to {most}."
        )
    return _fill(out, first, end - first, end - first >= _MOST_NARROW, generator)


@cache
def _limits(dtype: np.dtype[Any]) -> Range:
    """Give the least and the greatest number of a type, as far as it holds all between them."""
    if dtype.kind == "b":
        return 0, 1
    if dtype.kind == "f":
        most = 1 << np.finfo(dtype).nmant + 1
        return -most, most
    return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)


def _fill(out: Array, low: int, span: int, is_long: bool, generator: Generator) -> Array:
    """Fill an array with numbers from low on, drawn with 32 or 64 bits each."""
    if is_long:
        # All 2^64 numbers: what is drawn is the number.
        low = 0 if span == 1 << 64 else low
        return _LONG_INTEGERS(out, generator, low, span % (1 << 64))
    return _INTEGERS(out, generator, low, span)


def randint(
    low: int, high: int, shape: Sequence[int], generator: Generator, dtype: DTypeLike = np.int64
) -> Array:
    """Draw whole numbers from low up to, not including, high.

    Raises:
        RuntimeError: as `random_`.
    """
    return random_(np.empty(tuple(shape), dtype), low, high, generator)


def randperm(n: int, generator: Generator, dtype: DTypeLike = np.int64) -> Array:
    """Draw a random order of the numbers from 0 to n - 1.

    Raises:
        RuntimeError: n is negative, or the dtype does not hold the numbers.
        SamplerDTypeError: the dtype is bool.
    """
    if n < 0:
        raise RuntimeError(f"randperm takes a number that is not negative, got {n}.")
    limit = _limits(np.dtype(dtype))[1]
    if np.dtype(dtype).kind == "b":
        raise SamplerDTypeError(f"randperm gives numbers, not bool (n = {n}).")
    if n - 1 > limit:
        raise RuntimeError(f"randperm: {np.dtype(dtype)} holds numbers up to {limit}, got n = {n}.")
    out = np.arange(n)
    is_long = n >= _LONG_PERMUTATION
    kernel = (_LONG if is_long else _PERMUTATION).serial
    end = n if is_long else n - 1
    for first in range(0, end, MOST_AT_ONCE):
        kernel(generator.words, out, first, min(first + MOST_AT_ONCE, end))
    return out.astype(dtype, copy=False)


def multinomial(weights: Array, count: int, replacement: bool, generator: Generator) -> Array:
    """Draw categories with probabilities in proportion to their weights.

    Args:
        weights: (categories) or (rows, categories), floats.
        count: how many to draw from each row.
        replacement: whether a category may come again.
        generator: the source.

    Returns:
        (count) or (rows, count), int64.

    Raises:
        ShapeError: weights has no one or two dimensions.
        SamplerDTypeError: they are no floats.
        RuntimeError: count is not positive, or without replacement more than the categories; a
            weight is negative, infinite or NaN; the weights of a row are all 0.
    """
    _check_weights(weights, count, replacement)
    if weights.size == 0:
        return np.empty((*weights.shape[:-1], count), np.int64)
    if replacement and count > 1:
        return _with_replacement(weights, count, generator)
    races = exponential_(np.empty_like(weights), 1.0, generator)
    with np.errstate(divide="ignore", over="ignore"):
        np.divide(weights, races, out=races)
    if count == 1:
        return np.argmax(races, axis=-1, keepdims=True)
    np.negative(races, out=races)
    winners = np.argpartition(races, count - 1, axis=-1)[..., :count]
    order = np.argsort(np.take_along_axis(races, winners, -1), axis=-1, kind="stable")
    return np.take_along_axis(winners, order, -1)


def _check_weights(weights: Array, count: int, replacement: bool) -> None:
    if weights.ndim not in (1, 2):
        raise ShapeError(f"multinomial takes one or two dimensions, got shape {weights.shape}.")
    if weights.dtype.kind != "f":
        raise SamplerDTypeError(f"multinomial takes weights of floats, got {weights.dtype}.")
    if count <= 0:
        raise RuntimeError(f"multinomial draws at least one category, got count {count}.")
    if not replacement and count > weights.shape[-1]:
        raise RuntimeError(
            f"multinomial cannot draw {count} of {weights.shape[-1]} categories without "
            "replacement. Try replacement=True."
        )
    if weights.shape[-1] == 0:
        raise RuntimeError(f"multinomial needs categories, got shape {weights.shape}.")
    if weights.size == 0:
        return
    if not (weights.min() >= 0 and weights.max() < np.inf):
        raise RuntimeError(
            "multinomial needs weights that are finite and not negative, got "
            f"{weights.min()} to {weights.max()}."
        )
    is_zero = ~weights.any(axis=-1)
    if is_zero.any():
        where = f" in row {np.argmax(is_zero)}" if weights.ndim == 2 else ""
        raise RuntimeError(f"multinomial: all weights{where} are 0.")


def _with_replacement(weights: Array, count: int, generator: Generator) -> Array:
    """Draw categories that may come again, by their cumulative probabilities."""
    rows = weights.reshape(-1, weights.shape[-1])
    out = np.empty((len(rows), count), np.int64)
    kernel = _CATEGORIES.serial
    step = max(1, MOST_AT_ONCE // (count + rows.shape[1]))
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        # PyTorch adds up and divides in the type of the weights, or float32 for float16.
        cumulative = np.cumsum(part, axis=-1, dtype=np.promote_types(part.dtype, SINGLE))
        cumulative /= cumulative[:, -1:].copy()
        cumulative[:, -1] = 1
        kernel(generator.words, cumulative.astype(np.float64, order="C"), out[start : start + step])
    return out.reshape(*weights.shape[:-1], count)
