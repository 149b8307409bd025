"""The loops between the kernels of small operands: sums of parts, numbers for each channel."""

import math
from typing import Any

import numpy as np
from numba import njit

from ..reductions.terms import add

OPTIONS = {"error_model": "numpy"}


# ---- losses


@njit(**OPTIONS)
def mean_of(losses: Any, divisor: float, out: Any) -> None:
    """Write the sum of losses (n), divided, to out ()."""
    total = 0.0
    for i in range(losses.size):
        total = add(total, np.float64(losses[i]))
    out[()] = total / divisor


@njit(**OPTIONS)
def scale_targets(
    target: Any, weight: Any, ignore_index: int, grad: Any, averages: bool, scales: Any
) -> Any:
    """Do what `loss_loops.check_targets` does; write what gradients are multiplied by.

    grad is (), scales (1): grad, divided by the sum of the weights for a mean.
    """
    total = 0.0
    for i in range(target.size):
        t = target[i]
        if t != ignore_index:
            if t < 0 or t >= weight.size:
                return i, total
            total += weight[t]
    scales[0] = grad[()] / scales.dtype.type(total) if averages else grad[()]
    return -1, total


@njit(**OPTIONS)
def nll_reduced_backward(
    target: Any, weight: Any, ignore_index: int, scales: Any, grad: Any
) -> None:
    """Write the gradient of `loss_loops.nll_reduced`, with checked targets; scales is (1)."""
    scale = scales[0]
    for i in range(target.size):
        grad[i] = 0
        t = target[i]
        if t != ignore_index:
            grad[i, t] = -weight[t] * scale


# ---- normalisation


@njit(**OPTIONS)
def sum_parts(parts: Any, out: Any) -> None:
    """Write the sums over the parts of (k, parts, n), taken in float64, to out, (k, n)."""
    totals = np.empty(out.shape[1], np.float64)
    for k in range(out.shape[0]):
        totals[:] = 0
        for p in range(parts.shape[1]):
            row = parts[k, p]
            for i in range(row.size):
                totals[i] += row[i]
        for i in range(totals.size):
            out[k, i] = totals[i]


@njit(**OPTIONS)
def _joined_moments(means: Any, squares: Any, c: int, outer: int) -> Any:
    """Join the means and sums of squared distances of a channel's parts: see `batch_numbers`."""
    parts, _, inner = means.shape
    if parts * inner == 1:
        return means[0, c, 0], squares[0, c, 0]
    mean = 0.0
    for p in range(parts):
        size = (p + 1) * outer // parts - p * outer // parts
        for i in range(inner):
            mean += means[p, c, i] * size
    mean /= outer * inner
    squared = 0.0
    for p in range(parts):
        size = (p + 1) * outer // parts - p * outer // parts
        for i in range(inner):
            gap = means[p, c, i] - mean
            squared += gap * gap * size + squares[p, c, i]
    return mean, squared


@njit(**OPTIONS)
def batch_numbers(
    means: Any, squares: Any, outer: int, count: int, momentum: float, eps: float,
    running_mean: Any, running_var: Any, weight: Any, bias: Any, saved: Any, numbers: Any,
) -> None:  # fmt: skip
    """Write the mean and rstd of each channel, and with what `normalise` kernels are called.

    Args:
        means: of the batch's parts, (parts, channels, inner), in float64; empty where the running
            statistics are used instead.
        squares: of means' shape, the sums of squared distances from them.
        outer: how many rows have been divided into parts.
        count: of the elements of a channel.
        momentum: see `batch_norm`.
        eps: likewise.
        running_mean: (channels); if the batch is used it is moved, unless it is empty.
        running_var: likewise.
        weight: (channels).
        bias: (channels).
        saved: (2, channels), for the mean and rstd.
        numbers: (3, channels, n), for centre, scale and offset, n times each.
    """
    kind = saved.dtype.type
    for c in range(weight.size):
        if means.size:
            mean, squared = _joined_moments(means, squares, c, outer)
            variance = squared / count
            if running_mean.size:
                kept = kind(1.0 - momentum) * running_mean[c]
                running_mean[c] = kept + momentum * mean
            if running_var.size:
                kept = kind(1.0 - momentum) * running_var[c]
                running_var[c] = kept + momentum * (count / max(count - 1, 1)) * variance
        else:
            mean, variance = np.float64(running_mean[c]), np.float64(running_var[c])
        rstd = 1.0 / math.sqrt(variance + eps)
        saved[0, c], saved[1, c] = mean, rstd
        scale = rstd * weight[c]
        offset = bias[c] - (mean - saved[0, c]) * scale
        for i in range(numbers.shape[2]):
            numbers[0, c, i] = saved[0, c]
            numbers[1, c, i] = scale
            numbers[2, c, i] = offset


@njit(**OPTIONS)
def batch_gradient_numbers(
    sums: Any, count: int, is_batch: bool, mean: Any, rstd: Any, weight: Any, gradients: Any,
    numbers: Any,
) -> None:  # fmt: skip
    """Write the gradients of weight and bias, and with what the last kernel is called.

    That is a `combine` kernel, or a `normalise` one where mean and rstd depend on nothing.

    Args:
        sums: of grad and of grad * (x - mean), (2, parts, channels, inner), in float64.
        count: of the elements of a channel.
        is_batch: whether mean and rstd are those of the batch.
        mean: (channels), that was taken off.
        rstd: (channels), likewise.
        weight: (channels).
        gradients: (2, channels).
        numbers: (4, channels, n), for centre, scale, slope and offset, n times each.
    """
    for c in range(weight.size):
        total, product = 0.0, 0.0
        for p in range(sums.shape[1]):
            for i in range(sums.shape[3]):
                total += sums[0, p, c, i]
                product += sums[1, p, c, i]
        inverse = np.float64(rstd[c])
        gradients[0, c] = product * inverse
        gradients[1, c] = total
        scale = weight[c] * inverse
        slope = -scale * inverse * inverse * product / count
        offset = -scale * total / count
        for i in range(numbers.shape[2]):
            numbers[0, c, i] = mean[c] if is_batch else 0.0
            numbers[1, c, i] = scale
            # Adding -0.0 changes no number.
            numbers[2, c, i] = slope if is_batch else -0.0
            numbers[3, c, i] = offset
