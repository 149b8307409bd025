"""The short way to the normalisation of dense operands: see `prepared`."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ...._jit import SizedKernel
from ..calls import prepared_loops
from ..calls.prepared import (
    DTYPES,
    MOST_KEPT,
    Array,
    filled,
    fits,
    parameter_or,
    serial_entry,
    sized_entry,
    three_at,
)
from ..layouts.dense_blocks import MOST_AT_ONCE
from . import channel_loops, loops

Gradients = tuple[Array | None, ...]

_ROWS = SizedKernel(lambda: loops.normalise_rows)
_ROWS_BACKWARD = SizedKernel(lambda: loops.normalise_rows_backward)
_SUM_PARTS = SizedKernel(lambda: prepared_loops.sum_parts)
_NUMBERS = SizedKernel(lambda: prepared_loops.batch_numbers)
_GRADIENT_NUMBERS = SizedKernel(lambda: prepared_loops.batch_gradient_numbers)
_MOMENTS_OF_LINES = SizedKernel(lambda: channel_loops.moments_of_lines)
_MOMENTS_OF_COLUMNS = SizedKernel(lambda: channel_loops.moments_of_columns)
_NORMALISE_LINES = SizedKernel(lambda: channel_loops.normalise_lines)
_NORMALISE_COLUMNS = SizedKernel(lambda: channel_loops.normalise_columns)
_SUMS_OF_LINES = SizedKernel(lambda: channel_loops.gradient_sums_of_lines)
_SUMS_OF_COLUMNS = SizedKernel(lambda: channel_loops.gradient_sums_of_columns)
_COMBINE_LINES = SizedKernel(lambda: channel_loops.combine_lines)
_COMBINE_COLUMNS = SizedKernel(lambda: channel_loops.combine_columns)

_DOUBLE = np.dtype(np.float64)

# The gradients of weights are taken in at most so many parts, of at least so many elements.
MOST_PARTS, PART_SIZE = 32, 1 << 14
# Channels of fewer neighbours are treated as so many columns.
SHORT_LINE = 32
# Columns that are treated at once; threads share so many tiles of at least so many rows.
TILE, UNITS, PART_ROWS = 512, 16, 64


def is_dense_work(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bool:
    """Tell whether one call of a kernel treats so many numbers as they are."""
    return dtype in DTYPES and 0 < math.prod(shape) <= MOST_AT_ONCE


# ---- rows


@lru_cache(maxsize=MOST_KEPT)
def rows_way(
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    normalized_shape: tuple[int, ...],
    is_centred: bool,
) -> Callable[..., tuple[Array, Array, Array] | None] | None:
    """Make the way to layer or RMS normalisation."""
    lead = len(shape) - len(normalized_shape)
    if not _has_rows(dtype, shape, normalized_shape):
        return None
    lines, n = math.prod(shape[:lead]), math.prod(normalized_shape)
    kept = (*shape[:lead], *[1] * len(normalized_shape))
    entry = sized_entry(_ROWS, lines * n, *[(dtype, 2)] * 2, *[(dtype, 1)] * 4, float, bool)
    # A weight of 1 and a bias of -0.0 change no number.
    ones, zeros = filled(n, 1.0, dtype), filled(n, -0.0, dtype)
    view, is_seen_so, empty = (lines, n), shape == (lines, n), np.empty

    def way(
        x: Array, weight: Array | None, bias: Array | None, eps: float
    ) -> tuple[Array, Array, Array] | None:
        own_weight = parameter_or(weight, ones, normalized_shape)
        own_bias = parameter_or(bias, zeros, normalized_shape)
        if own_weight is None or own_bias is None or not x.flags.carray:
            return None
        out, mean, rstd = empty(shape, dtype), empty(kept, dtype), empty(kept, dtype)
        y = out
        if not is_seen_so:
            x, y = x.reshape(view), out.reshape(view)
        entry(x, y, mean.ravel(), rstd.ravel(), own_weight, own_bias, eps, is_centred)
        return out, mean, rstd

    return way


@lru_cache(maxsize=MOST_KEPT)
def rows_backward_way(
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    normalized_shape: tuple[int, ...],
    is_centred: bool,
) -> Callable[..., Gradients | None] | None:
    """Make the way to all gradients of layer normalisation, or of RMS normalisation and a bias."""
    lead = len(shape) - len(normalized_shape)
    if not _has_rows(dtype, shape, normalized_shape):
        return None
    lines, n = math.prod(shape[:lead]), math.prod(normalized_shape)
    kept = (*shape[:lead], *[1] * len(normalized_shape))
    parts = max(1, min(MOST_PARTS, lines * n // PART_SIZE))
    flat, table, sums_kind = (dtype, 1), (dtype, 2), (_DOUBLE, 2)
    entry = sized_entry(
        _ROWS_BACKWARD, lines * n, table, table, flat, flat, flat, table, sums_kind, sums_kind, bool
    )
    sum_parts = serial_entry(_SUM_PARTS, (_DOUBLE, 3), table)
    ones, view, is_seen_so = filled(n, 1.0, dtype), (lines, n), shape == (lines, n)

    def way(
        grad: Array, x: Array, mean: Array | None, rstd: Array, weight: Array | None
    ) -> Gradients | None:
        own_weight = parameter_or(weight, ones, normalized_shape)
        if mean is None:
            mean = np.zeros(kept, dtype)
        if own_weight is None or not fits(mean, dtype, kept) or not fits(rstd, dtype, kept):
            return None
        if not x.flags.carray or not fits(grad, dtype, shape):
            return None
        out = np.empty(shape, dtype)
        y = out
        if not is_seen_so:
            grad, x, y = grad.reshape(view), x.reshape(view), out.reshape(view)
        sums = np.zeros((2, parts, n))
        entry(grad, x, mean.ravel(), rstd.ravel(), own_weight, y, sums[0], sums[1], is_centred)
        totals = np.empty((2, n), dtype)
        sum_parts(sums, totals)
        if len(normalized_shape) > 1:
            totals = totals.reshape(2, *normalized_shape)
        return out, totals[0], totals[1]

    return way


def _has_rows(
    dtype: np.dtype[Any], shape: tuple[int, ...], normalized_shape: tuple[int, ...]
) -> bool:
    lead = len(shape) - len(normalized_shape)
    is_end = normalized_shape and lead >= 0 and shape[lead:] == normalized_shape
    return bool(is_end) and is_dense_work(dtype, shape)


# ---- channels


def is_of_columns(outer: int, inner: int) -> bool:
    """Tell whether channels of (outer, channels, inner) are treated as columns of a matrix."""
    return inner < SHORT_LINE and outer > 1


def parts_of(rows: int, columns: int) -> int:
    """Choose how many parts of the rows to treat on their own: it depends on the shape alone."""
    tiles = -(-columns // TILE)
    return max(1, min(UNITS // tiles, rows // PART_ROWS))


class _Channels(NamedTuple):
    """How kernels see an array (N, C, *).

    Attributes:
        outer: how many rows.
        channels: how many of them a row has.
        repeats: the columns of a channel, 1 if channels are lines.
        elements: of a channel.
        parts: into which the rows are divided for sums.
        view: the shape of the array.
        width: what kernels of columns are told beside arrays.
    """

    outer: int
    channels: int
    repeats: int
    elements: int
    parts: int
    view: tuple[int, ...]
    width: tuple[int, ...]

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> _Channels:
        """Describe arrays of some shape."""
        outer, channels, inner = three_at(shape, 1)
        count = outer * inner
        if not is_of_columns(outer, inner):
            return cls(outer, channels, 1, count, 1, (outer, channels, inner), ())
        columns = channels * inner
        parts = parts_of(outer, columns)
        return cls(outer, channels, inner, count, parts, (outer, columns), (TILE,))

    @property
    def sums_shape(self) -> tuple[int, ...]:
        """Give the shape of what kernels write about each part."""
        own = (self.channels * self.repeats,)
        return (self.parts, *own) if self.width else own


@lru_cache(maxsize=MOST_KEPT)
def batch_way(
    dtype: np.dtype[Any], shape: tuple[int, ...], training: bool
) -> Callable[..., tuple[Array, Array, Array] | None] | None:
    """Make the way to batch normalisation."""
    if len(shape) < 2 or not is_dense_work(dtype, shape):
        return None
    seen = _Channels.of(shape)
    outer, channels, repeats, count, parts, view, width = seen
    if training and count == 1:
        return None
    array, flat, sums = (dtype, len(view)), (dtype, 1), (_DOUBLE, len(seen.sums_shape))
    widths = [int] * len(width)
    size = math.prod(shape)
    moments = sized_entry(
        _MOMENTS_OF_COLUMNS if width else _MOMENTS_OF_LINES, size, array, *widths, sums, sums
    )
    normalise = sized_entry(
        _NORMALISE_COLUMNS if width else _NORMALISE_LINES, size, array, array, flat, flat, flat
    )
    find_numbers = serial_entry(
        _NUMBERS, (_DOUBLE, 3), (_DOUBLE, 3), int, int, float, float, *[flat] * 4, (dtype, 2),
        (dtype, 3),
    )  # fmt: skip
    ones, zeros = filled(channels, 1.0, dtype), filled(channels, -0.0, dtype)
    nothing, no_moments = np.empty(0, dtype), np.empty((0, 0, 0))
    default = nothing if training else None
    per_channel, is_seen_so, empty = (channels,), shape == view, np.empty
    joined, sums_shape = (parts, channels, repeats), seen.sums_shape

    def way(
        x: Array, weight: Array | None, bias: Array | None, running_mean: Array | None,
        running_var: Array | None, momentum: float, eps: float,
    ) -> tuple[Array, Array, Array] | None:  # fmt: skip
        own_weight = parameter_or(weight, ones, per_channel)
        own_bias = parameter_or(bias, zeros, per_channel)
        average = running_mean if running_mean is not None else default
        variance = running_var if running_var is not None else default
        if own_weight is None or own_bias is None or not x.flags.carray:
            return None
        for own in (average, variance):
            if own is None or (own is not nothing and not fits(own, dtype, per_channel)):
                return None
        if type(momentum) is not float:
            return None
        out = empty(shape, dtype)
        y = out
        if not is_seen_so:
            x, y = x.reshape(view), out.reshape(view)
        means = squares = no_moments
        if training:
            means, squares = empty(sums_shape), empty(sums_shape)
            moments(x, *width, means, squares)
            means, squares = means.reshape(joined), squares.reshape(joined)
        saved, numbers = empty((2, channels), dtype), empty((3, channels, repeats), dtype)
        find_numbers(
            means, squares, outer, count, momentum, eps, average, variance, own_weight, own_bias,
            saved, numbers,
        )  # fmt: skip
        normalise(x, y, numbers[0].ravel(), numbers[1].ravel(), numbers[2].ravel())
        return out, saved[0], saved[1]

    return way


@lru_cache(maxsize=MOST_KEPT)
def batch_backward_way(
    dtype: np.dtype[Any], shape: tuple[int, ...], training: bool
) -> Callable[..., Gradients | None] | None:
    """Make the way to all gradients of batch normalisation."""
    if len(shape) < 2 or not is_dense_work(dtype, shape):
        return None
    seen = _Channels.of(shape)
    _, channels, repeats, count, parts, view, width = seen
    array, flat, sums_kind = (dtype, len(view)), (dtype, 1), (_DOUBLE, len(seen.sums_shape))
    widths = [int] * len(width)
    size = math.prod(shape)
    find_sums = sized_entry(
        _SUMS_OF_COLUMNS if width else _SUMS_OF_LINES, size,
        array, array, flat, *widths, sums_kind, sums_kind,
    )  # fmt: skip
    combine = sized_entry(
        _COMBINE_COLUMNS if width else _COMBINE_LINES, size, *[array] * 3, *[flat] * 4
    )
    scale = sized_entry(
        _NORMALISE_COLUMNS if width else _NORMALISE_LINES, size, *[array] * 2, *[flat] * 3
    )
    find_numbers = serial_entry(
        _GRADIENT_NUMBERS, (_DOUBLE, 4), int, bool, flat, flat, flat, (dtype, 2), (dtype, 3)
    )
    ones, per_channel, empty = filled(channels, 1.0, dtype), (channels,), np.empty
    is_seen_so, sums_shape = shape == view, (2, *seen.sums_shape)
    joined = (2, parts, channels, repeats)

    def way(
        grad: Array, x: Array, weight: Array | None, mean: Array, rstd: Array
    ) -> Gradients | None:
        own_weight = parameter_or(weight, ones, per_channel)
        if own_weight is None or not x.flags.carray or not fits(grad, dtype, shape):
            return None
        if not fits(mean, dtype, per_channel) or not fits(rstd, dtype, per_channel):
            return None
        result = empty(shape, dtype)
        r = result
        if not is_seen_so:
            grad, x, r = grad.reshape(view), x.reshape(view), result.reshape(view)
        sums = empty(sums_shape)
        centre = mean if repeats == 1 else mean.repeat(repeats)
        find_sums(grad, x, centre, *width, sums[0], sums[1])
        gradients, numbers = empty((2, channels), dtype), empty((4, channels, repeats), dtype)
        find_numbers(
            sums.reshape(joined), count, training, mean, rstd, own_weight, gradients, numbers
        )
        if training:
            combine(grad, x, r, *[numbers[k].ravel() for k in range(4)])
        else:
            scale(grad, r, *[numbers[k].ravel() for k in range(3)])
        return result, gradients[0], gradients[1]

    return way
