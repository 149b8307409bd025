"""Group normalisation: see `norm`. Each channel of each example is a line of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ....errors import ShapeError
from ..calls import prepared_loops
from ..calls.prepared import MOST_KEPT, filled, fits, parameter_or, serial_entry, sized_entry
from ..layouts.dense_blocks import (
    Groups,
    check_like,
    dense_blocks,
    parameter,
    rounded,
    working_dtype,
)
from . import loops as loops
from .channels import Gradients, channels_of, saved, wanted
from .short import is_dense_work

Array = NDArray[Any]

_FORWARD = SizedKernel(lambda: loops.normalise_groups)
_SUM_PARTS = SizedKernel(lambda: prepared_loops.sum_parts)
_BACKWARD = SizedKernel(lambda: loops.normalise_groups_backward)


def group_norm(
    input: Array,
    num_groups: int,
    weight: Array | None = None,
    bias: Array | None = None,
    eps: float = 1e-5,
) -> tuple[Array, Array, Array]:
    """Normalise each group of channels of each example.

    Args:
        input: floats of shape (N, C, *).
        num_groups: into how many equal groups the channels are cut.
        weight: of shape (C).
        bias: of shape (C).
        eps: added to the variance.

    Returns:
        The result, and the mean and rstd, of shape (N, num_groups).
    """
    way = _forward_way(input.dtype, input.shape, num_groups)
    found = way and way(input, weight, bias, eps)
    if found:
        return found
    dtype = working_dtype("group_norm", input)
    grouped = _grouped("group_norm", input, num_groups)
    channels = input.shape[1:2]
    own_weight = parameter("group_norm", "weight", weight, input, channels, 1.0)
    own_bias = parameter("group_norm", "bias", bias, input, channels, -0.0)
    weights = [array.reshape(_per_channel(grouped)) for array in (own_weight, own_bias)]
    out = np.empty(input.shape, input.dtype)
    per_group = (*grouped.shape[:2], *[1] * (grouped.ndim - 2))
    mean, rstd = np.zeros(per_group, dtype), np.full(per_group, math.nan, dtype)
    results = [out.reshape(grouped.shape), mean, rstd]
    for x, w, b, y, m, r in _blocks([grouped, *weights], results):
        kernel = _FORWARD.for_size(x.size)
        kernel(_rows(x), _rows(y), m.reshape(-1), r.reshape(-1), w[:, :, 0], b[:, :, 0], eps)
    return out, mean.reshape(grouped.shape[:2]), rstd.reshape(grouped.shape[:2])


def group_norm_backward(
    grad: Array,
    input: Array,
    num_groups: int,
    mean: Array,
    rstd: Array,
    weight: Array | None = None,
    output_mask: Sequence[bool] = (True, True, True),
) -> Gradients:
    """Give the gradients of `group_norm`'s input, weight and bias, None where not asked for.

    Args:
        grad: of the result.
        input: as in `group_norm`.
        num_groups: as in `group_norm`.
        mean: what `group_norm` gave.
        rstd: what `group_norm` gave.
        weight: as in `group_norm`.
        output_mask: which gradients are asked for.
    """
    way = _backward_way(input.dtype, input.shape, num_groups) if output_mask[0] else None
    found = way and way(grad, input, mean, rstd, weight)
    if found:
        return wanted(found, output_mask)
    name = "group_norm_backward"
    dtype = working_dtype(name, input)
    grouped = _grouped(name, input, num_groups)
    check_like(name, "grad", grad, input)
    own_weight = parameter(name, "weight", weight, input, input.shape[1:2], 1.0)
    mean = saved(name, "mean", mean, grouped.shape[:2], dtype)
    rstd = saved(name, "rstd", rstd, grouped.shape[:2], dtype)
    per_group = (*grouped.shape[:2], *[1] * (grouped.ndim - 2))
    saved_numbers = [mean.reshape(per_group), rstd.reshape(per_group)]
    per_channel = _per_channel(grouped)
    # For each example: they are added up in the end.
    sums = np.zeros((2, len(input), *per_channel[1:]), dtype)
    result = np.empty(input.shape if output_mask[0] else 0, input.dtype)
    results = [sums[0], sums[1], *([result.reshape(grouped.shape)] if output_mask[0] else [])]
    operands = [grad.reshape(grouped.shape), grouped, *saved_numbers]
    for g, x, m, r, w, t, p, *rest in _blocks(
        [*operands, own_weight.reshape(per_channel)], results
    ):
        own = _rows(rest[0]) if rest else np.empty((0, 0), dtype)
        kernel = _BACKWARD.for_size(x.size)
        kernel(
            _rows(g), _rows(x), m.reshape(-1), r.reshape(-1), w[:, :, 0], own, t[:, :, 0],
            p[:, :, 0],
        )  # fmt: skip
    total, product = sums.sum(axis=1, dtype=np.float64).reshape(2, -1)
    gradients = result, rounded(product, input.dtype), rounded(total, input.dtype)
    return wanted(gradients, output_mask)


# ---- the short way of small operands: see `prepared`


def _rows_of(
    dtype: np.dtype[Any], shape: tuple[int, ...], num_groups: int
) -> tuple[int, int, int] | None:
    """Give the rows, channels and elements of groups; None where they are not so simple."""
    if len(shape) < 2 or type(num_groups) is not int or not is_dense_work(dtype, shape):
        return None
    if num_groups < 1 or shape[1] % num_groups:
        return None
    rows = shape[0] * num_groups
    return rows, shape[1] // num_groups, math.prod(shape) // rows


@lru_cache(maxsize=MOST_KEPT)
def _forward_way(
    dtype: np.dtype[Any], shape: tuple[int, ...], num_groups: int
) -> Callable[..., tuple[Array, Array, Array] | None] | None:
    """Make the way to group normalisation."""
    sizes = _rows_of(dtype, shape, num_groups)
    if sizes is None:
        return None
    rows, channels, n = sizes
    table = dtype, 2
    entry = sized_entry(_FORWARD, rows * n, table, table, dtype, dtype, table, table, float)
    ones, zeros = filled(shape[1], 1.0, dtype), filled(shape[1], -0.0, dtype)
    per_channel, per_group, view = shape[1:2], (shape[0], num_groups), (rows, n)
    weights, empty = (num_groups, channels), np.empty

    def way(
        x: Array, weight: Array | None, bias: Array | None, eps: float
    ) -> tuple[Array, Array, Array] | None:
        own_weight = parameter_or(weight, ones, per_channel)
        own_bias = parameter_or(bias, zeros, per_channel)
        if own_weight is None or own_bias is None or not x.flags.carray:
            return None
        out, saved = empty(shape, dtype), empty((2, rows), dtype)
        mean, rstd = saved
        entry(
            x.reshape(view), out.reshape(view), mean, rstd, own_weight.reshape(weights),
            own_bias.reshape(weights), eps,
        )  # fmt: skip
        return out, mean.reshape(per_group), rstd.reshape(per_group)

    return way


@lru_cache(maxsize=MOST_KEPT)
def _backward_way(
    dtype: np.dtype[Any], shape: tuple[int, ...], num_groups: int
) -> Callable[..., Gradients | None] | None:
    """Make the way to all gradients of group normalisation."""
    sizes = _rows_of(dtype, shape, num_groups)
    if sizes is None:
        return None
    rows, channels, n = sizes
    table = dtype, 2
    entry = sized_entry(_BACKWARD, rows * n, table, table, dtype, dtype, *[table] * 4)
    sum_parts = serial_entry(_SUM_PARTS, (dtype, 3), table)
    ones, per_channel = filled(shape[1], 1.0, dtype), shape[1:2]
    per_group, view, weights = (shape[0], num_groups), (rows, n), (num_groups, channels)
    sums_shape, empty = (2, shape[0], shape[1]), np.empty

    def way(
        grad: Array, x: Array, mean: Array, rstd: Array, weight: Array | None
    ) -> Gradients | None:
        own_weight = parameter_or(weight, ones, per_channel)
        if own_weight is None or not x.flags.carray or not fits(grad, dtype, shape):
            return None
        if not fits(mean, dtype, per_group) or not fits(rstd, dtype, per_group):
            return None
        result, sums, totals = (
            empty(shape, dtype),
            empty((2, rows, channels), dtype),
            empty((2, shape[1]), dtype),
        )
        entry(
            grad.reshape(view), x.reshape(view), mean.ravel(), rstd.ravel(),
            own_weight.reshape(weights), result.reshape(view), sums[0], sums[1],
        )  # fmt: skip
        sum_parts(sums.reshape(sums_shape), totals)
        return result, totals[1], totals[0]

    return way


# ---- the long way


def _grouped(name: str, a: Array, num_groups: int) -> Array:
    """See the channels as (groups, channels of a group)."""
    channels = channels_of(name, a)
    if num_groups < 1 or channels % num_groups:
        raise ShapeError(
            f"{name}: the {channels} channels of input {a.shape} cannot be cut into {num_groups} "
            "equal groups."
        )
    return a.reshape(len(a), num_groups, channels // num_groups, *a.shape[2:])


def _per_channel(grouped: Array) -> tuple[int, ...]:
    """Give the shape that numbers for each channel have beside the grouped array."""
    return (1, *grouped.shape[1:3], *[1] * (grouped.ndim - 3))


def _blocks(operands: Sequence[Array], results: Sequence[Array]) -> Iterator[list[Array]]:
    """Give arrays as (groups of all examples, channels, inner); none if they are empty."""
    first = operands[0]
    if first.size:
        groups: Groups = range(2), range(2, 3), range(3, first.ndim)
        yield from dense_blocks(operands, results, groups, groups[0])


def _rows(block: Array) -> Array:
    return block.reshape(len(block), -1)
