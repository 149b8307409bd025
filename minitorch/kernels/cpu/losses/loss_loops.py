"""The loops of cross-entropy and of the negative log-likelihood.

With p = softmax(x) and weights q of the classes, the loss of a line is -sum(q * log p), and its
gradient is sum(q) * p - q: so the exponentials that the loss needs anyhow become the gradient. For
a target class t and label smoothing s, q is (1 - s) * weight[t] there, plus s / C * weight. What a
line's gradient is multiplied by comes from `scales`, which holds one number for all lines, or one
for each. A gradient without elements is not wanted.
"""

import math
from typing import Any

import numpy as np
from numba import njit, prange

from ..reductions.terms import add
from .softmax_loops import (
    BLOCK,
    OPTIONS,
    exponentials_in_columns,
    largest_in_columns,
    largest_of,
    scale_of,
    sum_exponentials,
    write_exponentials,
    write_logs,
)

_inline = njit(error_model="numpy", fastmath={"contract"}, forceinline=True)

# Targets whose losses one thread adds up.
NLL_LINES = 1 << 14


@njit(error_model="numpy")
def check_targets(target: Any, weight: Any, ignore_index: int) -> Any:
    """Give the first position that holds no class, or -1, and the sum of the targets' weights."""
    total = 0.0
    for i in range(target.size):
        t = target[i]
        if t != ignore_index:
            if t < 0 or t >= weight.size:
                return i, total
            total += weight[t]
    return -1, total


@_inline
def _scale_at(scales: Any, i: int) -> Any:
    return scales[i] if scales.size > 1 else scales[0]


@_inline
def _weighted_distances(row: Any, weight: Any, centre: Any) -> Any:
    """Give the sum of weight * (x - centre)."""
    total = 0.0
    for begin in range(0, row.size, BLOCK):
        end = min(begin + BLOCK, row.size)
        x = row[begin:end]
        w = weight[begin:end]
        part = row.dtype.type(0)
        for i in range(x.size):
            part = add(part, w[i] * (x[i] - centre))
        total += part
    return total


@_inline
def _scale_row(row: Any, factor: Any, weight: Any, spread: Any) -> None:
    if spread == 0:
        for i in range(row.size):
            row[i] *= factor
    else:
        for i in range(row.size):
            row[i] = row[i] * factor - weight[i] * spread


@njit(**OPTIONS)
def cross_entropy_rows(
    x: Any,
    target: Any,
    weight: Any,
    weight_sum: float,
    ignore_index: int,
    smoothing: float,
    scales: Any,
    losses: Any,
    grad: Any,
) -> None:
    """Treat rows: x and grad are (lines, classes), target and losses (lines)."""
    spread = smoothing / x.shape[1]
    for line in prange(x.shape[0]):
        row = x[line]
        t = target[line]
        if t == ignore_index:
            losses[line] = 0
            if grad.size:
                grad[line] = 0
        else:
            best = largest_of(row)
            if grad.size:
                total = write_exponentials(row, best, grad[line])
            else:
                total = sum_exponentials(row, best)
            log_sum = math.log(total / scale_of(best))
            own = (1.0 - smoothing) * weight[t]
            loss = own * (log_sum - (row[t] - best))
            if spread > 0.0:
                distances = _weighted_distances(row, weight, best)
                loss += spread * (weight_sum * log_sum - distances)
            losses[line] = loss
            if grad.size:
                scale = _scale_at(scales, line)
                factor = row.dtype.type((own + spread * weight_sum) * scale / total)
                _scale_row(grad[line], factor, weight, row.dtype.type(spread * scale))
                grad[line, t] -= row.dtype.type(own * scale)


@_inline
def _tile_losses(
    x: Any, low: int, target: Any, weight: Any, weight_sum: float, ignore_index: int,
    smoothing: float, best: Any, logs: Any, losses: Any,
) -> None:  # fmt: skip
    """Write the losses of some columns of a matrix (classes, lines)."""
    spread = smoothing / x.shape[0]
    for i in range(target.size):
        t = target[i]
        if t == ignore_index:
            losses[i] = 0
        else:
            own = (1.0 - smoothing) * weight[t]
            losses[i] = own * (np.float64(logs[i]) - (x[t, low + i] - best[i]))
            losses[i] += spread * weight_sum * logs[i]
    if spread > 0.0:
        distances = np.zeros(target.size, np.float64)
        for c in range(x.shape[0]):
            row = x[c, low : low + target.size]
            factor = spread * weight[c]
            for i in range(row.size):
                distances[i] += (row[i] - best[i]) * factor
        for i in range(target.size):
            if target[i] != ignore_index:
                losses[i] -= distances[i]


@_inline
def _tile_gradient(
    grad: Any, low: int, target: Any, weight: Any, weight_sum: float, ignore_index: int,
    smoothing: float, scales: Any, sums: Any,
) -> None:  # fmt: skip
    """Turn exponentials into the gradients of some columns of a matrix (classes, lines)."""
    spread = smoothing / grad.shape[0]
    factors = np.zeros(target.size, grad.dtype)
    spreads = np.zeros(target.size, grad.dtype)
    for i in range(target.size):
        if target[i] != ignore_index:
            own = (1.0 - smoothing) * weight[target[i]]
            scale = _scale_at(scales, i)
            factors[i] = (own + spread * weight_sum) * scale / sums[i]
            spreads[i] = spread * scale
    for c in range(grad.shape[0]):
        row = grad[c, low : low + target.size]
        own_weight = weight[c]
        for i in range(row.size):
            # What is ignored may be infinite or NaN.
            y = row[i] * factors[i] - own_weight * spreads[i]
            row[i] = y if factors[i] != 0 else grad.dtype.type(0)
    for i in range(target.size):
        if target[i] != ignore_index:
            scale = _scale_at(scales, i)
            own = (1.0 - smoothing) * weight[target[i]]
            grad[target[i], low + i] -= grad.dtype.type(own * scale)


@njit(**OPTIONS)
def cross_entropy_across(
    x: Any,
    width: int,
    target: Any,
    weight: Any,
    weight_sum: float,
    ignore_index: int,
    smoothing: float,
    scales: Any,
    losses: Any,
    grad: Any,
) -> None:
    """Treat columns in tiles of a width: x and grad are (outer, classes, inner).

    target, scales and losses are (outer, inner).
    """
    inner = x.shape[2]
    tiles = (inner + width - 1) // width
    for unit in prange(x.shape[0] * tiles):
        o = unit // tiles
        low = unit % tiles * width
        high = min(low + width, inner)
        own_target = target[o, low:high]
        best = np.empty(high - low, x.dtype)
        sums = np.empty(high - low, np.float64)
        logs = np.empty(high - low, x.dtype)
        largest_in_columns(x[o], low, high, best)
        exponentials_in_columns(
            x[o], low, high, best, grad[o] if grad.size else x[o], grad.size > 0, sums
        )
        write_logs(sums, logs)
        _tile_losses(
            x[o], low, own_target, weight, weight_sum, ignore_index, smoothing, best, logs,
            losses[o, low:high],
        )  # fmt: skip
        if grad.size:
            own_scales = scales[o, low:high] if scales.size > 1 else scales[0, :1]
            _tile_gradient(
                grad[o], low, own_target, weight, weight_sum, ignore_index, smoothing, own_scales,
                sums,
            )  # fmt: skip


@_inline
def _probability_sums(x: Any, target: Any, weight: Any, best: Any, keep: Any, spread: Any) -> Any:
    """Give the sums of q and of q * (x - best), q being (target * keep + spread) * weight."""
    total, product = 0.0, 0.0
    for begin in range(0, x.size, BLOCK):
        end = min(begin + BLOCK, x.size)
        u = x[begin:end]
        t = target[begin:end]
        w = weight[begin:end]
        part = x.dtype.type(0)
        product_part = x.dtype.type(0)
        for i in range(u.size):
            q = (t[i] * keep + spread) * w[i]
            part = add(part, q)
            product_part = add(product_part, q * (u[i] - best))
        total += part
        product += product_part
    return total, product


@njit(**OPTIONS)
def probability_rows(
    x: Any, target: Any, weight: Any, smoothing: float, scales: Any, losses: Any, grad: Any
) -> None:
    """Treat rows whose targets are probabilities: x, target and grad are (lines, classes)."""
    keep = x.dtype.type(1.0 - smoothing)
    spread = x.dtype.type(smoothing / x.shape[1])
    for line in prange(x.shape[0]):
        row = x[line]
        best = largest_of(row)
        if grad.size:
            total = write_exponentials(row, best, grad[line])
        else:
            total = sum_exponentials(row, best)
        q_sum, product = _probability_sums(row, target[line], weight, best, keep, spread)
        losses[line] = q_sum * math.log(total / scale_of(best)) - product
        if grad.size:
            scale = _scale_at(scales, line)
            factor = row.dtype.type(q_sum * scale / total)
            own_scale = row.dtype.type(scale)
            t = target[line]
            y = grad[line]
            for i in range(y.size):
                y[i] = y[i] * factor - (t[i] * keep + spread) * weight[i] * own_scale


@_inline
def _add_probability_row(
    x: Any, target: Any, weight: Any, best: Any, keep: Any, spread: Any, total: Any, product: Any
) -> None:
    for i in range(x.size):
        q = (target[i] * keep + spread) * weight
        total[i] += q
        product[i] += q * (x[i] - best[i])


@_inline
def _probability_gradient_row(
    y: Any, target: Any, weight: Any, keep: Any, spread: Any, factors: Any, scales: Any
) -> None:
    for i in range(y.size):
        y[i] = y[i] * factors[i] - (target[i] * keep + spread) * weight * scales[i]


@njit(**OPTIONS)
def probability_across(
    x: Any, width: int, target: Any, weight: Any, smoothing: float, scales: Any, losses: Any,
    grad: Any,
) -> None:  # fmt: skip
    """Treat columns in tiles of a width: x, target and grad are (outer, classes, inner).

    scales and losses are (outer, inner).
    """
    classes, inner = x.shape[1], x.shape[2]
    keep = x.dtype.type(1.0 - smoothing)
    spread = x.dtype.type(smoothing / classes)
    tiles = (inner + width - 1) // width
    for unit in prange(x.shape[0] * tiles):
        o = unit // tiles
        low = unit % tiles * width
        high = min(low + width, inner)
        best = np.empty(high - low, x.dtype)
        sums = np.empty(high - low, np.float64)
        logs = np.empty(high - low, x.dtype)
        total = np.zeros(high - low, np.float64)
        product = np.zeros(high - low, np.float64)
        largest_in_columns(x[o], low, high, best)
        exponentials_in_columns(
            x[o], low, high, best, grad[o] if grad.size else x[o], grad.size > 0, sums
        )
        write_logs(sums, logs)
        for c in range(classes):
            _add_probability_row(
                x[o, c, low:high], target[o, c, low:high], weight[c], best, keep, spread, total,
                product,
            )  # fmt: skip
        for i in range(high - low):
            losses[o, low + i] = total[i] * logs[i] - product[i]
        if grad.size:
            own_scales = np.empty(high - low, x.dtype)
            for i in range(high - low):
                own_scales[i] = scales[o, low + i] if scales.size > 1 else scales[0, 0]
                logs[i] = total[i] * own_scales[i] / sums[i]
            for c in range(classes):
                _probability_gradient_row(
                    grad[o, c, low:high], target[o, c, low:high], weight[c], keep, spread, logs,
                    own_scales,
                )  # fmt: skip


@njit(**OPTIONS)
def nll(x: Any, target: Any, weight: Any, ignore_index: int, losses: Any) -> None:
    """Write -weight * x of the targets: x is (outer, classes, inner), the rest (outer, inner)."""
    for o in prange(x.shape[0]):
        for i in range(x.shape[2]):
            t = target[o, i]
            losses[o, i] = 0 if t == ignore_index else -weight[t] * x[o, t, i]


@_inline
def _nll_part(
    x: Any, target: Any, weight: Any, inner: int, ignore_index: int, begin: int, end: int
) -> Any:
    """Give the sums of -weight * x and of weight for some targets, and whether all are classes."""
    total, weights, is_right = 0.0, 0.0, True
    classes = weight.size
    column = begin % inner
    place = begin // inner * classes * inner + column
    for line in range(begin, end):
        t = target[line]
        if t != ignore_index:
            if t < 0 or t >= classes:
                is_right = False
                break
            weights += weight[t]
            total += np.float64(-weight[t] * x[place + t * inner])
        place += 1
        column += 1
        if column == inner:
            column = 0
            place += (classes - 1) * inner
    return total, weights, is_right


@njit(**OPTIONS)
def nll_reduced(
    x: Any, target: Any, weight: Any, inner: int, ignore_index: int, averages: bool, out: Any
) -> bool:
    """Write the mean or the sum of -weight * x of the targets; tell whether all are classes.

    x is (outer * classes * inner), target (outer * inner), out ().
    """
    total, weights, is_right = 0.0, 0.0, True
    if target.size <= NLL_LINES:
        total, weights, is_right = _nll_part(x, target, weight, inner, ignore_index, 0, target.size)
    else:
        parts = (target.size + NLL_LINES - 1) // NLL_LINES
        sums = np.empty((parts, 2), np.float64)
        are_right = np.empty(parts, np.bool_)
        for part in prange(parts):
            begin = part * NLL_LINES
            end = min(begin + NLL_LINES, target.size)
            sums[part, 0], sums[part, 1], are_right[part] = _nll_part(
                x, target, weight, inner, ignore_index, begin, end
            )
        for part in range(parts):
            total += sums[part, 0]
            weights += sums[part, 1]
            is_right = is_right and are_right[part]
    if is_right:
        out[()] = total / weights if averages else total
    return is_right


@njit(**OPTIONS)
def nll_backward(target: Any, weight: Any, ignore_index: int, scales: Any, grad: Any) -> None:
    """Write the gradient: grad is (outer, classes, inner), the rest (outer, inner)."""
    for o in prange(grad.shape[0]):
        grad[o] = 0
        for i in range(grad.shape[2]):
            t = target[o, i]
            if t != ignore_index:
                scale = scales[o, i] if scales.size > 1 else scales[0, 0]
                grad[o, t, i] = -weight[t] * scale
