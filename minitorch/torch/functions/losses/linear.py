"""A loss of the results of a linear layer: `torch.nn.functional.linear_cross_entropy`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ....errors import ShapeError
from .._overrides import public
from ..products.linear import linear
from .classification import cross_entropy

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: None = None,
) -> Tensor:
    """Compute `cross_entropy(linear(input, linear_weight, linear_bias), target)`.

    Args:
        input: (in_features) or (N, in_features).
        linear_weight: (C, in_features); or (C, d1, ..., in_features), for N inputs.
        target: class indices, () or (N) or (N, d1, ...); or probabilities, (C) or (N, C, d1, ...).
        linear_bias: (C) or (C, d1, ...).
        weight: factors of the classes, (C).
        reduction: "mean", "sum" or "none".
        ignore_index: class indices of this value count nothing; -100 by default.
        label_smoothing: the share of the targets that is spread over all classes.
        options: None: the scores of all inputs are computed at once.

    Raises:
        NotImplementedError: there are options.
        RuntimeError: the shapes do not fit, or probabilities come with an ignore_index.
    """
    if options is not None:
        raise NotImplementedError(
            "linear_cross_entropy(): options, which say how to go through the batch in chunks, are "
            "not supported; the result is the same without them."
        )
    _check(input, linear_weight, linear_bias)
    classes, *places, in_features = linear_weight._shape
    scores_shape = (*input._shape[:-1], classes, *places)
    if ignore_index is None:
        ignore_index = -100
    elif target._shape == scores_shape:
        raise ShapeError(
            "linear_cross_entropy: ignore_index cannot be specified when target contains "
            f"probabilities, got ignore_index={ignore_index} and a target of the scores' shape, "
            f"{list(scores_shape)}"
        )
    if places:
        rows = math.prod(places, start=classes)
        linear_weight = linear_weight.reshape((rows, in_features))
        linear_bias = None if linear_bias is None else linear_bias.reshape(rows)
    scores = linear(input, linear_weight, linear_bias)
    if places:
        scores = scores.reshape(scores_shape)
    return cross_entropy(
        scores, target, weight, None, ignore_index, None, reduction, label_smoothing
    )


def _check(input: Tensor, linear_weight: Tensor, linear_bias: Tensor | None) -> None:
    shape, weight_shape = input._shape, linear_weight._shape
    if len(shape) not in (1, 2):
        raise ShapeError(
            "linear_cross_entropy: expected input with dimensionality 1 or 2, got shape "
            f"{list(shape)}"
        )
    if len(weight_shape) < 2:
        raise ShapeError(
            "linear_cross_entropy: expected linear_weight with dimensionality at least 2, got "
            f"shape {list(weight_shape)}"
        )
    if shape[-1] != weight_shape[-1]:
        raise ShapeError(
            "linear_cross_entropy: expected equal input and linear_weight last dimensions "
            f"(in_features), got {shape[-1]} and {weight_shape[-1]}, of shapes {list(shape)} and "
            f"{list(weight_shape)}"
        )
    if linear_bias is not None and linear_bias._shape != weight_shape[:-1]:
        raise ShapeError(
            f"linear_cross_entropy: expected linear_bias shape {list(weight_shape[:-1])}, got "
            f"{list(linear_bias._shape)}"
        )
    if len(weight_shape) > 2 and len(shape) == 1:
        raise ShapeError(
            f"linear_cross_entropy: linear_weight of shape {list(weight_shape)} requires batched "
            f"input, (N, {shape[0]}), got shape {list(shape)}"
        )
