"""Batch normalisation, and checks that other normalisations share: see `norm`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ....errors import LayoutError, ShapeError
from ..layouts.dense_blocks import (
    check_like,
    dense_blocks,
    parameter,
    rounded,
    split_at,
    without,
    working_dtype,
)
from . import channel_loops as loops
from .short import TILE, batch_backward_way, batch_way, is_of_columns, parts_of

Array = NDArray[Any]
Gradients = tuple[Array | None, ...]

_MOMENTS_OF_LINES = SizedKernel(lambda: loops.moments_of_lines)
_MOMENTS_OF_COLUMNS = SizedKernel(lambda: loops.moments_of_columns)
_NORMALISE_LINES = SizedKernel(lambda: loops.normalise_lines)
_NORMALISE_COLUMNS = SizedKernel(lambda: loops.normalise_columns)
_SUMS_OF_LINES = SizedKernel(lambda: loops.gradient_sums_of_lines)
_SUMS_OF_COLUMNS = SizedKernel(lambda: loops.gradient_sums_of_columns)
_COMBINE_LINES = SizedKernel(lambda: loops.combine_lines)
_COMBINE_COLUMNS = SizedKernel(lambda: loops.combine_columns)


# ---- batch normalisation


def batch_norm(
    input: Array,
    weight: Array | None = None,
    bias: Array | None = None,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[Array, Array, Array]:
    """Normalise each channel, over all other dimensions.

    Args:
        input: floats of shape (N, C, *).
        weight: of shape (C).
        bias: of shape (C).
        running_mean: of shape (C); training moves it in place by the share `momentum` towards the
            batch's mean, otherwise it is the mean that is used.
        running_var: likewise for the variance, towards the unbiased one of the batch.
        training: normalise by the batch's own mean and variance.
        momentum: see running_mean.
        eps: added to the variance.

    Returns:
        The result, and the mean and rstd that were used, of shape (C).

    Raises:
        ShapeError: also for a single value per channel when training.
        RuntimeError: without training, there are no running statistics.
        LayoutError: the statistics to be changed are read-only.
    """
    way = batch_way(input.dtype, input.shape, bool(training))
    found = way and way(input, weight, bias, running_mean, running_var, momentum, eps)
    return found or _batch_norm(
        input, weight, bias, running_mean, running_var, training, momentum, eps
    )


@np.errstate(all="ignore")
def _batch_norm(
    input: Array,
    weight: Array | None,
    bias: Array | None,
    running_mean: Array | None,
    running_var: Array | None,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Array, Array, Array]:
    """Do what `batch_norm` does, for any operands."""
    dtype = working_dtype("batch_norm", input)
    channels = channels_of("batch_norm", input)
    own_weight = parameter("batch_norm", "weight", weight, input, (channels,), 1.0)
    own_bias = parameter("batch_norm", "bias", bias, input, (channels,), -0.0)
    running = [running_mean, running_var]
    for what, statistic in zip(("running_mean", "running_var"), running, strict=True):
        parameter("batch_norm", what, statistic, input, (channels,), 0.0)
        if training and statistic is not None and not statistic.flags.writeable:
            raise LayoutError(f"batch_norm: {what} is read-only, but training changes it.")
    if training:
        mean, variance = _batch_moments(input, channels)
        _move_statistics(running, (mean, variance), input.size // max(channels, 1), momentum)
    elif running_mean is None or running_var is None:
        raise RuntimeError(
            "batch_norm: without training, running_mean and running_var are needed; got "
            f"{'no running_mean' if running_mean is None else 'no running_var'}."
        )
    else:
        mean, variance = running_mean.astype(np.float64), running_var.astype(np.float64)
    rstd = 1.0 / np.sqrt(variance + eps)
    out = np.empty_like(input)
    numbers = _affine_numbers(mean, rstd, own_weight, own_bias, dtype)
    for x, y in _blocks([input], [out]):
        _affine_map(x, y, numbers)
    return out, mean.astype(dtype), rstd.astype(dtype)


def batch_norm_backward(
    grad: Array,
    input: Array,
    weight: Array | None,
    mean: Array,
    rstd: Array,
    training: bool,
    output_mask: Sequence[bool] = (True, True, True),
) -> Gradients:
    """Give the gradients of `batch_norm`'s input, weight and bias, None where not asked for.

    Args:
        grad: of the result.
        input: as in `batch_norm`.
        weight: as in `batch_norm`.
        mean: what `batch_norm` gave.
        rstd: what `batch_norm` gave.
        training: as in `batch_norm`: mean and rstd depend on input.
        output_mask: which gradients are asked for.
    """
    if not input.size:
        shapes = (input.shape, *[(channels_of("batch_norm_backward", input),)] * 2)
        zeros = [np.zeros(shape, input.dtype) for shape in shapes]
        of_input, of_weight, of_bias = (
            zero if is_asked else None for zero, is_asked in zip(zeros, output_mask, strict=True)
        )
        return of_input, of_weight, of_bias
    way = batch_backward_way(input.dtype, input.shape, bool(training))
    found = way(grad, input, weight, mean, rstd) if way and all(output_mask) else None
    return found or _batch_norm_backward(grad, input, weight, mean, rstd, training, output_mask)


@np.errstate(all="ignore")
def _batch_norm_backward(
    grad: Array,
    input: Array,
    weight: Array | None,
    mean: Array,
    rstd: Array,
    training: bool,
    output_mask: Sequence[bool],
) -> Gradients:
    """Do what `batch_norm_backward` does, for any operands."""
    name = "batch_norm_backward"
    dtype = working_dtype(name, input)
    channels = channels_of(name, input)
    check_like(name, "grad", grad, input)
    own_weight = parameter(name, "weight", weight, input, (channels,), 1.0)
    mean, rstd = (
        saved(name, what, array, (channels,), dtype)
        for what, array in (("mean", mean), ("rstd", rstd))
    )
    total, product = np.zeros((2, channels))
    if training or output_mask[1] or output_mask[2]:
        for g, x in _blocks([grad, input], []):
            more, more_product = _gradient_sums(g, x, mean)
            total += more
            product += more_product
    inverse = rstd.astype(np.float64)
    result = None
    if output_mask[0]:
        result = np.empty_like(input)
        scale = own_weight * inverse
        if training:
            count = input.size // max(channels, 1)
            slopes = _slopes(scale, inverse, total, product, max(count, 1))
            numbers = _typed((mean, *slopes), dtype)
            for g, x, r in _blocks([grad, input], [result]):
                _combine(g, x, r, numbers)
        else:
            # Adding -0.0 changes no number.
            numbers = _typed((np.zeros(channels), scale, np.full(channels, -0.0)), dtype)
            for g, r in _blocks([grad], [result]):
                _affine_map(g, r, numbers)
    gradients = result, rounded(product * inverse, input.dtype), rounded(total, input.dtype)
    return wanted(gradients, output_mask)


def channels_of(name: str, a: Array) -> int:
    """Give the size of dimension 1.

    Raises:
        ShapeError: there is none.
    """
    if a.ndim < 2:
        raise ShapeError(f"{name}: input must have shape (N, C, *), got {a.shape}.")
    return a.shape[1]


def _batch_moments(a: Array, channels: int) -> tuple[Array, Array]:
    """Give the mean and the variance of each channel, in float64."""
    count = a.size // max(channels, 1)
    if count == 1:
        raise ShapeError(
            f"batch_norm: training needs more than one value per channel, got input {a.shape}."
        )
    seen, mean, squares = 0, np.zeros(channels), np.zeros(channels)
    for (x,) in _blocks([a], []):
        size = x.size // channels
        more, more_squares = _moments(x)
        gap = more - mean
        squares += more_squares + gap * gap * (seen * size / (seen + size))
        mean += gap * (size / (seen + size))
        seen += size
    return mean, squares / np.float64(count)


def _move_statistics(
    running: Sequence[Array | None], batch: Sequence[Array], count: int, momentum: float
) -> None:
    """Move running statistics towards those of a batch, of which the variance is unbiased first.

    A batch of nothing moves nothing.
    """
    if count == 0:
        return
    factors = 1.0, count / max(count - 1, 1)
    for statistic, own, factor in zip(running, batch, factors, strict=True):
        if statistic is not None:
            statistic[...] = (1 - momentum) * statistic + momentum * factor * own


def _blocks(operands: Sequence[Array], results: Sequence[Array]) -> Iterator[list[Array]]:
    """Give arrays as (outer, channels, inner), block after block; none if they are empty."""
    first = operands[0]
    if first.size:
        groups = split_at(first, 1)
        yield from dense_blocks(operands, results, groups, without(1, first.ndim))


def _is_of_columns(x: Array) -> bool:
    return is_of_columns(x.shape[0], x.shape[2])


def _moments(x: Array) -> tuple[Array, Array]:
    """Give the mean of each channel of a block, and the sum of squared distances from it."""
    outer, channels, inner = x.shape
    if not _is_of_columns(x):
        mean, squares = np.empty((2, channels))
        _MOMENTS_OF_LINES.for_size(x.size)(x, mean, squares)
        return mean, squares
    parts = parts_of(outer, channels * inner)
    means, squares = np.empty((2, parts, channels * inner))
    kernel = _MOMENTS_OF_COLUMNS.for_size(x.size)
    kernel(x.reshape(outer, channels * inner), TILE, means, squares)
    if parts == inner == 1:
        return means[0], squares[0]
    sizes = np.diff(np.arange(parts + 1) * outer // parts).reshape(-1, 1, 1)
    means = means.reshape(parts, channels, inner)
    mean = (means * sizes).sum(axis=(0, 2)) / (outer * inner)
    gaps = means - mean.reshape(1, -1, 1)
    joined = (gaps * gaps * sizes).sum(axis=(0, 2))
    return mean, joined + squares.reshape(means.shape).sum(axis=(0, 2))


def _gradient_sums(grad: Array, x: Array, mean: Array) -> tuple[Array, Array]:
    """Give the sums of grad and of grad * (x - mean) of each channel of a block."""
    outer, channels, inner = x.shape
    if not _is_of_columns(x):
        total, product = np.empty((2, channels))
        _SUMS_OF_LINES.for_size(x.size)(grad, x, mean, total, product)
        return total, product
    columns = channels * inner
    sums = np.empty((2, parts_of(outer, columns), columns))
    kernel = _SUMS_OF_COLUMNS.for_size(x.size)
    shape = outer, columns
    kernel(grad.reshape(shape), x.reshape(shape), np.repeat(mean, inner), TILE, sums[0], sums[1])
    total, product = sums.reshape(2, -1, channels, inner).sum(axis=(1, 3))
    return total, product


def _affine_numbers(
    mean: Array, rstd: Array, weight: Array, bias: Array, dtype: np.dtype[Any]
) -> list[Array]:
    """Give c, s, o so that (x - c) * s + o normalises, exactly also where the mean is large."""
    centre = mean.astype(dtype)
    scale = rstd * weight
    return [centre, *_typed((scale, bias - (mean - centre) * scale), dtype)]


def _affine_map(x: Array, out: Array, numbers: Sequence[Array]) -> None:
    """Write (x - c) * s + o, with numbers for each channel."""
    shape = x.shape[0], x.shape[1] * x.shape[2]
    if _is_of_columns(x):
        repeated = [np.repeat(number, x.shape[2]) for number in numbers]
        _NORMALISE_COLUMNS.for_size(x.size)(x.reshape(shape), out.reshape(shape), *repeated)
    else:
        _NORMALISE_LINES.for_size(x.size)(x, out, *numbers)


def _slopes(
    scale: Array, rstd: Array, total: Array, product: Array, count: int
) -> tuple[Array, Array, Array]:
    """Give s, r, o so that grad * s + (x - mean) * r + o is the gradient of x."""
    return scale, -scale * rstd * rstd * product / count, -scale * total / count


def _combine(grad: Array, x: Array, result: Array, numbers: Sequence[Array]) -> None:
    """Write grad * s + (x - c) * r + o, with numbers c, s, r, o for each channel."""
    shape = x.shape[0], x.shape[1] * x.shape[2]
    if _is_of_columns(x):
        repeated = [np.repeat(number, x.shape[2]) for number in numbers]
        arrays = [array.reshape(shape) for array in (grad, x, result)]
        _COMBINE_COLUMNS.for_size(x.size)(*arrays, *repeated)
    else:
        _COMBINE_LINES.for_size(x.size)(grad, x, result, *numbers)


def _typed(numbers: Sequence[Array], dtype: np.dtype[Any]) -> list[Array]:
    return [number.astype(dtype) for number in numbers]


def saved(
    name: str, what: str, array: Array, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Array:
    """Check what a forward function gave, and give it in dense memory.

    Raises:
        ShapeError, DTypeError: it has another shape or dtype.
    """
    check_like(name, what, array, np.empty(shape, dtype))
    return array if array.flags.carray else array.copy()


def wanted(gradients: Sequence[Array | None], output_mask: Sequence[bool]) -> Gradients:
    """Give None in the place of gradients that were not asked for."""
    return tuple(
        gradient if asked else None for gradient, asked in zip(gradients, output_mask, strict=False)
    )
