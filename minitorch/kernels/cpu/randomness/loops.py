"""The loops of samplers: numbers of the generator turned into numbers of a distribution.

Each gives PyTorch's bits, so each operation rounds as PyTorch's does: no fast-math flag, and `fma`
where PyTorch's build fuses. `state` is the generator's (see `mersenne`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from ..elementwise.fused import fma
from ..functions import as_bits, from_bits
from .mersenne import (
    BLOCK,
    DOUBLE_MASK,
    DOUBLE_STEP,
    HAS_NORMAL,
    NORMAL,
    next_double,
    next_long,
    take_longs,
    take_words,
)

TWO_PI = 2.0 * math.pi
PI = math.pi
SINGLE_STEP = 2.0**-24
# Normal numbers of many elements are made in groups: half radii, half angles.
GROUP = 16
HALF = 8

_helper = njit(error_model="numpy")
_inline = njit(error_model="numpy", forceinline=True)


# ---- uniform numbers


@_inline
def _single(word: Any) -> Any:
    """Make a float32 of 24 bits, from 0 up to, not including, 1."""
    return np.float32(np.int32(word & np.uint32(0xFFFFFF))) * np.float32(SINGLE_STEP)


@_inline
def _double(bits: Any) -> Any:
    """Make a float64 of 53 bits, from 0 up to, not including, 1."""
    return np.float64(np.int64(bits & np.uint64(DOUBLE_MASK))) * DOUBLE_STEP


@_helper
def uniform_single(state: Any, out: Any, low: Any, high: Any) -> None:
    """Fill an array of float32 with numbers from low up to, not including, high."""
    words = np.empty(min(BLOCK, out.size), np.uint32)
    first, last = np.float32(low), np.float32(high)
    width = last - first
    for start in range(0, out.size, BLOCK):
        part = out[start : start + BLOCK]
        take_words(state, words[: part.size])
        for i in range(part.size):
            x = fma(_single(words[i]), width, first)
            part[i] = first if x == last else x


@_helper
def uniform_double(state: Any, out: Any, low: Any, high: Any) -> None:
    """Fill an array of float64 with numbers from low up to, not including, high."""
    longs = np.empty(min(BLOCK, out.size), np.uint64)
    width = high - low
    for start in range(0, out.size, BLOCK):
        part = out[start : start + BLOCK]
        take_longs(state, longs[: part.size])
        for i in range(part.size):
            x = fma(_double(longs[i]), width, low)
            part[i] = low if x == high else x


@_helper
def bernoulli(state: Any, out: Any, p: Any, unused: Any) -> None:
    """Fill an array with 1, with probability p, and 0."""
    longs = np.empty(min(BLOCK, out.size), np.uint64)
    limit = np.int64(math.ceil(p / DOUBLE_STEP))
    for start in range(0, out.size, BLOCK):
        part = out[start : start + BLOCK]
        take_longs(state, longs[: part.size])
        for i in range(part.size):
            part[i] = np.int64(longs[i] & np.uint64(DOUBLE_MASK)) < limit


# ---- normal numbers


@_inline
def _log_single(x: Any) -> Any:
    """Give the logarithm of a number from 2^-24 to 1: Cephes's polynomial, as PyTorch fuses it."""
    bits = as_bits(x)
    e = np.float32((bits >> np.int32(23)) - np.int32(126))
    m = from_bits(np.int32((bits & np.int32(0x007FFFFF)) | np.int32(0x3F000000)))
    is_low = m < np.float32(0.707106781186547524)
    e = e - np.float32(1.0) if is_low else e
    t = m - np.float32(1.0)
    t = t + m if is_low else t
    z = t * t
    y = np.float32(7.0376836292e-2)
    y = fma(y, t, np.float32(-1.1514610310e-1))
    y = fma(y, t, np.float32(1.1676998740e-1))
    y = fma(y, t, np.float32(-1.2420140846e-1))
    y = fma(y, t, np.float32(1.4249322787e-1))
    y = fma(y, t, np.float32(-1.6668057665e-1))
    y = fma(y, t, np.float32(2.0000714765e-1))
    y = fma(y, t, np.float32(-2.4999993993e-1))
    y = fma(y, t, np.float32(3.3333331174e-1))
    y = fma(y * t, z, e * np.float32(-2.12194440e-4))
    y = y - z * np.float32(0.5)
    return fma(e, np.float32(0.693359375), t + y)


@_inline
def _cos_and_sin(x: Any) -> Any:
    """Give the cosine and the sine of an angle from 0 to 2 pi, in the same way."""
    j = (np.int32(x * np.float32(1.27323954473516)) + np.int32(1)) & np.int32(-2)
    turns = np.float32(j)
    x = fma(turns, np.float32(-0.78515625), x)
    x = fma(turns, np.float32(-2.4187564849853515625e-4), x)
    x = fma(turns, np.float32(-3.77489497744594108e-8), x)
    z = x * x
    c = fma(np.float32(2.443315711809948e-5), z, np.float32(-1.388731625493765e-3))
    c = fma(c, z, np.float32(4.166664568298827e-2))
    c = fma(c * z, z, z * np.float32(-0.5)) + np.float32(1.0)
    s = fma(np.float32(-1.9515295891e-4), z, np.float32(8.3321608736e-3))
    s = fma(s, z, np.float32(-1.6666654611e-1))
    s = fma(s * z, x, x)
    is_odd = (j & np.int32(2)) != np.int32(0)
    cosine = s if is_odd else c
    sine = c if is_odd else s
    cosine = -cosine if ((j - np.int32(2)) & np.int32(4)) == np.int32(0) else cosine
    sine = -sine if (j & np.int32(4)) != np.int32(0) else sine
    return cosine, sine


@_helper
def _part_groups(source: Any, left: Any, right: Any) -> None:
    """Take groups apart: their first halves, their second halves."""
    for half in range(0, source.size // 2, HALF):
        for i in range(HALF):
            left[half + i] = source[2 * half + i]
            right[half + i] = source[2 * half + HALF + i]


@_helper
def _join_groups(left: Any, right: Any, out: Any) -> None:
    """Put groups together again."""
    for half in range(0, out.size // 2, HALF):
        for i in range(HALF):
            out[2 * half + i] = left[half + i]
            out[2 * half + HALF + i] = right[half + i]


@_helper
def _groups_single(words: Any, buffers: Any, out: Any, mean: Any, std: Any) -> None:
    """Make groups of normal numbers by the method of Box and Muller."""
    left, right, cosines, sines = buffers
    _part_groups(words[: out.size], left, right)
    for i in range(out.size // 2):
        log = _log_single(np.float32(1.0) - _single(left[i]))
        radius = np.sqrt(np.float32(-2.0) * log)
        cosine, sine = _cos_and_sin(np.float32(TWO_PI) * _single(right[i]))
        cosines[i] = fma(radius * cosine, std, mean)
        sines[i] = fma(radius * sine, std, mean)
    _join_groups(cosines, sines, out)


@_helper
def normal_single(state: Any, out: Any, mean: Any, std: Any) -> None:
    """Fill an array of at least 16 float32 with normal numbers."""
    words = np.empty(BLOCK, np.uint32)
    half = BLOCK // 2
    buffers = (
        np.empty(half, np.uint32),
        np.empty(half, np.uint32),
        np.empty(half, np.float32),
        np.empty(half, np.float32),
    )
    m, s = np.float32(mean), np.float32(std)
    whole = out.size // GROUP * GROUP
    for start in range(0, whole, BLOCK):
        part = out[start : min(start + BLOCK, whole)]
        take_words(state, words[: part.size])
        _groups_single(words, buffers, part, m, s)
    if whole < out.size:
        # PyTorch draws for each element, and then anew for the last group, which ends at the end.
        take_words(state, words[: out.size - whole])
        take_words(state, words[:GROUP])
        _groups_single(words, buffers, out[out.size - GROUP :], m, s)


@_helper
def _groups_double(longs: Any, out: Any, mean: Any, std: Any) -> None:
    """Make groups of normal numbers, with the C library's functions."""
    for group in range(0, out.size, GROUP):
        for i in range(group, group + HALF):
            radius = math.sqrt(-2.0 * math.log(1.0 - _double(longs[i])))
            angle = TWO_PI * _double(longs[i + HALF])
            out[i] = fma(radius * math.cos(angle), std, mean)
            out[i + HALF] = fma(radius * math.sin(angle), std, mean)


@_helper
def normal_double(state: Any, out: Any, mean: Any, std: Any) -> None:
    """Fill an array of at least 16 float64 with normal numbers."""
    longs = np.empty(BLOCK, np.uint64)
    whole = out.size // GROUP * GROUP
    for start in range(0, whole, BLOCK):
        part = out[start : min(start + BLOCK, whole)]
        take_longs(state, longs[: part.size])
        _groups_double(longs, part, mean, std)
    if whole < out.size:
        take_longs(state, longs[: out.size - whole])
        take_longs(state, longs[:GROUP])
        _groups_double(longs, out[out.size - GROUP :], mean, std)


@_helper
def standard_normal(state: Any) -> Any:
    """Draw a single normal number; they come in pairs, and the second one waits in the state."""
    waiting = state[NORMAL:HAS_NORMAL].view(np.float64)
    if state[HAS_NORMAL] != 0:
        state[HAS_NORMAL] = 0
        return waiting[0]
    angle = TWO_PI * next_double(state)
    radius = math.sqrt(-2.0 * math.log1p(-next_double(state)))
    waiting[0] = radius * math.sin(angle)
    state[HAS_NORMAL] = 1
    return radius * math.cos(angle)


@_helper
def _standard_normals(state: Any, longs: Any, out: Any) -> None:
    """Fill an array of float64 with normal numbers, one after the other."""
    start = 0
    if state[HAS_NORMAL] != 0:
        out[0] = standard_normal(state)
        start = 1
    count = (out.size - start) // 2 * 2
    take_longs(state, longs[:count])
    for i in range(0, count, 2):
        angle = TWO_PI * _double(longs[i])
        radius = math.sqrt(-2.0 * math.log1p(-_double(longs[i + 1])))
        out[start + i] = radius * math.cos(angle)
        out[start + i + 1] = radius * math.sin(angle)
    if start + count < out.size:
        out[start + count] = standard_normal(state)


def of_normal(formula: Callable[..., Any]) -> Any:
    """Make a kernel that fills an array with formula(z, mean, std), each z drawn by itself."""

    def fill_by_normals(state, out, mean, std):  # type: ignore[no-untyped-def]
        size = min(BLOCK, out.size)
        longs = np.empty(size, np.uint64)
        normals = np.empty(size, np.float64)
        for start in range(0, out.size, BLOCK):
            part = out[start : start + BLOCK]
            _standard_normals(state, longs, normals[: part.size])
            for i in range(part.size):
                part[i] = formula(normals[i], mean, std)

    return njit(error_model="numpy")(fill_by_normals)


@_inline
def normal(z: Any, mean: Any, std: Any) -> Any:
    """Give a normal number."""
    return fma(z, std, mean)


@_inline
def log_normal(z: Any, mean: Any, std: Any) -> Any:
    """Give a number whose logarithm is normal."""
    return math.exp(fma(z, std, mean))


# ---- further distributions of one uniform number


def of_uniform(formula: Callable[..., Any]) -> Any:
    """Make a kernel that fills an array with formula(u, first, second)."""

    def fill_by_uniforms(state, out, first, second):  # type: ignore[no-untyped-def]
        longs = np.empty(min(BLOCK, out.size), np.uint64)
        for start in range(0, out.size, BLOCK):
            part = out[start : start + BLOCK]
            take_longs(state, longs[: part.size])
            for i in range(part.size):
                part[i] = formula(_double(longs[i]), first, second)

    return njit(error_model="numpy")(fill_by_uniforms)


@_inline
def exponential(u: Any, rate: Any, unused: Any) -> Any:
    """Give an exponentially distributed number."""
    return -1.0 / rate * math.log1p(-u)


@_inline
def cauchy(u: Any, median: Any, sigma: Any) -> Any:
    """Give a number of Cauchy's distribution."""
    return fma(sigma, math.tan(PI * (u - 0.5)), median)


@_inline
def geometric(u: Any, p: Any, unused: Any) -> Any:
    """Give the number of tries up to the first success."""
    return np.ceil(math.log(u) / math.log1p(-p))


# ---- whole numbers


@_inline
def _remainder(word: Any, divisor: Any) -> Any:
    """Give what a division of 32 bits leaves, in float64: exact, and vectors know no other one."""
    number, by = np.float64(word), np.float64(divisor)
    return np.int64(number - np.floor(number / by) * by)


@_helper
def integers(state: Any, out: Any, low: Any, span: Any) -> None:
    """Fill an array of int64 with numbers from low on, a span of at most 2^32 of them."""
    words = np.empty(min(BLOCK, out.size), np.uint32)
    for start in range(0, out.size, BLOCK):
        part = out[start : start + BLOCK]
        take_words(state, words[: part.size])
        for i in range(part.size):
            part[i] = low + _remainder(words[i], span)


@_helper
def long_integers(state: Any, out: Any, low: Any, span: Any) -> None:
    """Fill an array of int64 from draws of 64 bits; a span of 0 stands for all 2^64 numbers."""
    longs = out.view(np.uint64)
    take_longs(state, longs)
    if span != np.uint64(0):
        for i in range(out.size):
            out[i] = low + np.int64(longs[i] % span)


@_helper
def permutation(state: Any, out: Any, first: Any, last: Any) -> None:
    """Shuffle the numbers of an array from some places on, as Fisher and Yates did."""
    words = np.empty(BLOCK, np.uint32)
    offsets = np.empty(BLOCK, np.int64)
    for start in range(first, last, BLOCK):
        count = min(BLOCK, last - start)
        take_words(state, words[:count])
        for i in range(count):
            offsets[i] = _remainder(words[i], out.size - start - i)
        for i in range(count):
            here = start + i
            there = here + offsets[i]
            out[here], out[there] = out[there], out[here]


@_helper
def long_permutation(state: Any, out: Any, first: Any, last: Any) -> None:
    """Put some numbers into a shuffled array of those before them, with draws of 64 bits."""
    for i in range(first, last):
        j = np.int64(next_long(state) % np.uint64(i + 1))
        out[i] = out[j]
        out[j] = i


@_helper
def categories(state: Any, cumulative: Any, out: Any) -> None:
    """Draw categories, row by row, from the sums of their probabilities so far."""
    for row in range(out.shape[0]):
        sums = cumulative[row]
        for k in range(out.shape[1]):
            u = next_double(state)
            low, high = 0, sums.size
            while low < high:
                middle = (low + high) // 2
                if sums[middle] < u:
                    low = middle + 1
                else:
                    high = middle
            out[row, k] = low
