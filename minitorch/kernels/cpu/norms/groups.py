"""Group normalisation: see `norm`. Each channel of each example is a line of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ....errors import ShapeError
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

Array = NDArray[Any]

_FORWARD = SizedKernel(lambda: loops.normalise_groups)
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
