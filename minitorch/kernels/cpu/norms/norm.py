"""Layer, RMS, batch and group normalisation of NumPy arrays of any layout.

All compute y = (x - mean) / sqrt(variance + eps) * weight + bias, over different elements. float16
is computed in float32 and rounded once. Means and inverse standard deviations (`rstd`) are given
for the backward functions, in the type that was computed in: float32 for float16. Weight and bias
have that type or the operand's; None stands for 1 and 0.

All raise a ShapeError for sizes that do not fit, and a DTypeError for types that do not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
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
from .channels import Gradients, saved, wanted
from .channels import batch_norm as batch_norm
from .channels import batch_norm_backward as batch_norm_backward
from .groups import group_norm as group_norm
from .groups import group_norm_backward as group_norm_backward
from .short import MOST_PARTS, PART_SIZE, rows_backward_way, rows_way

Array = NDArray[Any]

_ROWS = SizedKernel(lambda: loops.normalise_rows)
_ROWS_BACKWARD = SizedKernel(lambda: loops.normalise_rows_backward)


def layer_norm(
    input: Array,
    normalized_shape: Sequence[int],
    weight: Array | None = None,
    bias: Array | None = None,
    eps: float = 1e-5,
) -> tuple[Array, Array, Array]:
    """Normalise over the last dimensions.

    Args:
        input: floats of shape (*, *normalized_shape).
        normalized_shape: the sizes of the last dimensions.
        weight: of shape normalized_shape.
        bias: of shape normalized_shape.
        eps: added to the variance.

    Returns:
        The result, and the mean and rstd of shape (*, 1, ...), as PyTorch's `native_layer_norm`.
    """
    return _normalise_rows("layer_norm", input, normalized_shape, weight, bias, eps, True)


def layer_norm_backward(
    grad: Array,
    input: Array,
    normalized_shape: Sequence[int],
    mean: Array,
    rstd: Array,
    weight: Array | None = None,
    output_mask: Sequence[bool] = (True, True, True),
) -> Gradients:
    """Give the gradients of `layer_norm`'s input, weight and bias, None where not asked for.

    Args:
        grad: of the result.
        input: as in `layer_norm`.
        normalized_shape: as in `layer_norm`.
        mean: what `layer_norm` gave.
        rstd: what `layer_norm` gave.
        weight: as in `layer_norm`.
        output_mask: which gradients are asked for.
    """
    return _rows_backward(
        "layer_norm_backward", grad, input, normalized_shape, mean, rstd, weight, output_mask
    )


def rms_norm(
    input: Array,
    normalized_shape: Sequence[int],
    weight: Array | None = None,
    eps: float | None = None,
) -> tuple[Array, Array]:
    """Divide by the root of the mean square over the last dimensions; the mean is not subtracted.

    Args:
        input: floats of shape (*, *normalized_shape).
        normalized_shape: the sizes of the last dimensions.
        weight: of shape normalized_shape.
        eps: added to the mean square; None stands for the machine epsilon of the computation.

    Returns:
        The result, and rstd of shape (*, 1, ...).
    """
    if eps is None:
        eps = float(np.finfo(working_dtype("rms_norm", input)).eps)
    out, _, rstd = _normalise_rows("rms_norm", input, normalized_shape, weight, None, eps, False)
    return out, rstd


def rms_norm_backward(
    grad: Array,
    input: Array,
    normalized_shape: Sequence[int],
    rstd: Array,
    weight: Array | None = None,
    output_mask: Sequence[bool] = (True, True),
) -> Gradients:
    """Give the gradients of `rms_norm`'s input and weight, None where not asked for.

    Args:
        grad: of the result.
        input: as in `rms_norm`.
        normalized_shape: as in `rms_norm`.
        rstd: what `rms_norm` gave.
        weight: as in `rms_norm`.
        output_mask: which gradients are asked for.
    """
    mask = (*output_mask, False)
    gradients = _rows_backward(
        "rms_norm_backward", grad, input, normalized_shape, None, rstd, weight, mask
    )
    return gradients[:2]


def _normalise_rows(
    name: str,
    a: Array,
    normalized_shape: Sequence[int],
    weight: Array | None,
    bias: Array | None,
    eps: float,
    is_centred: bool,
) -> tuple[Array, Array, Array]:
    shape = tuple(normalized_shape)
    way = rows_way(a.dtype, a.shape, shape, is_centred)
    found = way and way(a, weight, bias, eps)
    if found:
        return found
    dtype = working_dtype(name, a)
    groups = _rows(name, a, normalized_shape)
    # A weight of 1 and a bias of -0.0 change no number.
    own_weight = parameter(name, "weight", weight, a, shape, 1.0)
    own_bias = parameter(name, "bias", bias, a, shape, -0.0)
    out = np.empty(a.shape, a.dtype)
    kept = (*a.shape[: a.ndim - len(shape)], *[1] * len(shape))
    mean, rstd = np.empty(kept, dtype), np.empty(kept, dtype)
    if not a.size:
        mean[...], rstd[...] = 0, math.nan
    else:
        for x, y, m, r in dense_blocks([a], [out, mean, rstd], groups, groups[0]):
            kernel = _ROWS.for_size(x.size)
            kernel(
                x[:, 0],
                y[:, 0],
                m.reshape(-1),
                r.reshape(-1),
                own_weight,
                own_bias,
                eps,
                is_centred,
            )
    return out, mean, rstd


def _rows_backward(
    name: str,
    grad: Array,
    a: Array,
    normalized_shape: Sequence[int],
    mean: Array | None,
    rstd: Array,
    weight: Array | None,
    output_mask: Sequence[bool],
) -> Gradients:
    shape = tuple(normalized_shape)
    way = rows_backward_way(a.dtype, a.shape, shape, mean is not None)
    wants_params = output_mask[1] or output_mask[2]
    found = way(grad, a, mean, rstd, weight) if way and output_mask[0] and wants_params else None
    if found:
        return wanted(found, output_mask)
    dtype = working_dtype(name, a)
    groups = _rows(name, a, normalized_shape)
    check_like(name, "grad", grad, a)
    own_weight = parameter(name, "weight", weight, a, shape, 1.0)
    kept = (*a.shape[: a.ndim - len(shape)], *[1] * len(shape))
    is_centred = mean is not None
    mean = np.zeros(kept, dtype) if mean is None else saved(name, "mean", mean, kept, dtype)
    rstd = saved(name, "rstd", rstd, kept, dtype)
    result = np.empty(a.shape if output_mask[0] else (0,) * a.ndim, a.dtype)
    totals = np.zeros((2, own_weight.size))
    if a.size:
        results = [result] if output_mask[0] else []
        operands = [grad, a, mean, rstd]
        for g, x, m, r, *rest in dense_blocks(operands, results, groups, groups[0]):
            own = rest[0][:, 0] if rest else np.empty((0, 0), dtype)
            parts = max(1, min(MOST_PARTS, x.size // PART_SIZE))
            sums = np.zeros((2, parts, own_weight.size if wants_params else 0))
            kernel = _ROWS_BACKWARD.for_size(x.size)
            kernel(
                g[:, 0], x[:, 0], m.reshape(-1), r.reshape(-1), own_weight, own, sums[0], sums[1],
                is_centred,
            )  # fmt: skip
            if wants_params:
                totals += sums.sum(axis=1) if parts > 1 else sums[:, 0]
    grad_weight, grad_bias = (rounded(total.reshape(shape), a.dtype) for total in totals)
    return wanted((result, grad_weight, grad_bias), output_mask)


def _rows(name: str, a: Array, normalized_shape: Sequence[int]) -> Groups:
    """Group dimensions for rows: the last ones are the elements of a row."""
    shape = tuple(normalized_shape)
    lead = a.ndim - len(shape)
    if not shape or a.shape[max(lead, 0) :] != shape:
        raise ShapeError(
            f"{name}: normalized_shape {shape} must name the last sizes of input, which has shape "
            f"{a.shape}, and at least one of them."
        )
    kept = range(lead)
    if not a.flags.c_contiguous:
        kept = sorted(kept, key=lambda dim: -abs(a.strides[dim]))  # type: ignore[assignment]
    return kept, (), range(lead, a.ndim)
