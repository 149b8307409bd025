"""The short way to the losses of small rows of class scores, a mean or a sum: see `prepared`."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ...._jit import SizedKernel
from ..calls import prepared_loops
from ..calls.prepared import (
    DTYPES,
    MOST_KEPT,
    Array,
    filled,
    fits,
    is_small,
    parameter_or,
    serial_entry,
    sized_entry,
    three_at,
)
from ..layouts.dense_blocks import MOST_AT_ONCE
from . import loss_loops

_ROWS = SizedKernel(lambda: loss_loops.cross_entropy_rows)
_SCALE = SizedKernel(lambda: prepared_loops.scale_targets)
_MEAN = SizedKernel(lambda: prepared_loops.mean_of)
_NLL = SizedKernel(lambda: loss_loops.nll_reduced)
_NLL_BACKWARD = SizedKernel(lambda: prepared_loops.nll_reduced_backward)

_INDEX = np.dtype(np.int64)


@lru_cache(maxsize=MOST_KEPT)
def dense_way(
    dtype: np.dtype[Any], shape: tuple[int, ...], reduction: str
) -> Callable[..., tuple[Array, Array] | None] | None:
    """Make the way to cross-entropy, and with grad to its gradient."""
    if not _is_simple(dtype, shape, reduction):
        return None
    lines, classes = shape
    averages, weight_sum = reduction == "mean", float(classes)
    ones, nothing = filled(classes, 1.0, dtype), np.empty((0, 0), dtype)
    one = np.ones((), dtype)
    flat = dtype, 1
    rows = serial_entry(
        _ROWS, (dtype, 2), (_INDEX, 1), flat, float, int, float, flat, flat, (dtype, 2)
    )
    scale = serial_entry(_SCALE, (_INDEX, 1), flat, int, (dtype, 0), bool, flat)
    mean = serial_entry(_MEAN, flat, float, (dtype, 0))
    empty, places = np.empty, (lines,)

    def way(
        x: Array,
        target: Array,
        weight: Array | None,
        ignore_index: int,
        smoothing: float,
        grad: Array | None,
    ) -> tuple[Array, Array] | None:
        if not x.flags.carray or not fits(target, _INDEX, places) or not 0.0 <= smoothing <= 1.0:
            return None
        own_weight = parameter_or(weight, ones, (classes,))
        own_grad = one if grad is None else grad
        if own_weight is None or not fits(own_grad, dtype, ()) or type(ignore_index) is not int:
            return None
        scales = empty(1, dtype)
        wrong, total = scale(target, own_weight, ignore_index, own_grad, averages, scales)
        if wrong >= 0:
            return None
        has_sum = weight is None or smoothing == 0
        own_sum = weight_sum if has_sum else float(own_weight.sum(dtype=np.float64))
        losses, loss = empty(places, dtype), empty((), dtype)
        gradient = nothing if grad is None else empty(shape, dtype)
        rows(x, target, own_weight, own_sum, ignore_index, smoothing, scales, losses, gradient)
        mean(losses, total if averages else 1.0, loss)
        return loss, gradient

    return way


@lru_cache(maxsize=MOST_KEPT)
def dense_nll_way(
    dtype: np.dtype[Any], shape: tuple[int, ...], reduction: str
) -> Callable[..., Array | None] | None:
    """Make the way to the negative log-likelihood, which reads one number of each line."""
    if len(shape) < 2 or dtype not in DTYPES or not 0 < math.prod(shape) <= MOST_AT_ONCE:
        return None
    if reduction not in ("mean", "sum"):
        return None
    outer, size, inner = three_at(shape, 1)
    lines, ones, averages = outer * inner, filled(size, 1.0, dtype), reduction == "mean"
    entry = sized_entry(
        _NLL, lines, (dtype, 1), (_INDEX, 1), (dtype, 1), int, int, bool, (dtype, 0)
    )
    empty, places, classes = np.empty, (shape[0], *shape[2:]), (size,)

    def way(x: Array, target: Array, weight: Array | None, ignore_index: int) -> Array | None:
        if not x.flags.carray or not fits(target, _INDEX, places):
            return None
        own_weight = parameter_or(weight, ones, classes)
        if own_weight is None or type(ignore_index) is not int:
            return None
        loss, own_target = empty((), dtype), target.ravel()
        is_done = entry(x.ravel(), own_target, own_weight, inner, ignore_index, averages, loss)
        return loss if is_done else None

    return way


@lru_cache(maxsize=MOST_KEPT)
def dense_nll_backward_way(
    dtype: np.dtype[Any], shape: tuple[int, ...], reduction: str
) -> Callable[..., Array | None] | None:
    """Make the way to the gradient of the negative log-likelihood."""
    if not _is_simple(dtype, shape, reduction):
        return None
    ones, averages = filled(shape[1], 1.0, dtype), reduction == "mean"
    flat = dtype, 1
    scale = serial_entry(_SCALE, (_INDEX, 1), flat, int, (dtype, 0), bool, flat)
    entry = serial_entry(_NLL_BACKWARD, (_INDEX, 1), flat, int, flat, (dtype, 2))
    empty, places, classes = np.empty, shape[:1], shape[1:]

    def way(
        grad: Array, x: Array, target: Array, weight: Array | None, ignore_index: int
    ) -> Array | None:
        if not x.flags.carray or not fits(target, _INDEX, places) or not fits(grad, dtype, ()):
            return None
        own_weight = parameter_or(weight, ones, classes)
        if own_weight is None or type(ignore_index) is not int:
            return None
        scales = empty(1, dtype)
        if scale(target, own_weight, ignore_index, grad, averages, scales)[0] >= 0:
            return None
        result = empty(shape, dtype)
        entry(target, own_weight, ignore_index, scales, result)
        return result

    return way


def _is_simple(dtype: np.dtype[Any], shape: tuple[int, ...], reduction: str) -> bool:
    return len(shape) == 2 and reduction in ("mean", "sum") and is_small(dtype, shape)
