"""Losses of yes and no: cross-entropies of probabilities and of logits, soft margins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ....errors import DTypeError
from ....kernels.cpu.indexing.checks import ElementDTypeError
from ....kernels.cpu.losses import value_loss_loops as loops
from .._operands import common_dtype
from .._overrides import public
from ..pointwise.generated import clamp_min, log, log1p, logsigmoid, sigmoid
from ..reductions.reductions import sum
from ..views.views import expand
from ._elements import ElementLoss, Slopes
from ._options import (
    Named,
    check_constant,
    check_reduction,
    check_same_dtype,
    check_same_shape,
    check_tensor,
    old_reduction,
    reduced,
)

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


# ---- cross-entropies


@public
def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Give -target * log(input) - (1 - target) * log(1 - input), averaged.

    Logarithms count for no less than -100, so that the loss stays finite.

    Args:
        input: probabilities, of any shape.
        target: probabilities, of the same shape and dtype.
        weight: factors of the losses; it broadcasts to the input's shape.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: the shapes differ, or the reduction is unknown.
        RuntimeError: the dtypes differ, or there are numbers that are no probabilities.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    if reduction != "mean" and reduction != "sum":
        check_reduction("binary_cross_entropy", reduction)
    if input._shape != target._shape:
        check_same_shape("binary_cross_entropy", input, target)
    if input._key.dtype is not target._key.dtype:
        check_same_dtype("binary_cross_entropy", input, target, "target")
    if weight is None:
        return _ENTROPY(input, target, reduction)
    check_constant("binary_cross_entropy", weight, "weight")
    check_same_dtype("binary_cross_entropy", input, weight, "weight")
    factors = expand(weight, input._shape)
    return _NAMED_ENTROPY(reduced(_ENTROPY(input, target, "none") * factors, reduction))


@public
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Give `binary_cross_entropy` of sigmoid(input), computed without overflow.

    Args:
        input: of any shape.
        target: probabilities, floats of the same shape.
        weight: factors of the losses; it broadcasts to the input's shape.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
        pos_weight: factors of the losses of what is true; it broadcasts with target.

    Raises:
        ValueError: the shapes of input and target differ, or the reduction is unknown.
        RuntimeError: the dtypes or the weights' shapes do not fit.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    if reduction != "mean" and reduction != "sum":
        check_reduction("binary_cross_entropy_with_logits", reduction)
    if input._shape != target._shape:
        check_same_shape("binary_cross_entropy_with_logits", input, target)
    if input._key.dtype is not target._key.dtype:
        _check_floats("binary_cross_entropy_with_logits", input, target)
        # The result has the target's dtype, as in PyTorch.
        input = input.to(common_dtype((input, target)))
        result = binary_cross_entropy_with_logits(
            input, target.to(input._key.dtype), weight, reduction=reduction, pos_weight=pos_weight
        )
        return result.to(target._key.dtype)
    if weight is None and pos_weight is None:
        return _LOGIT_ENTROPY(input, target, reduction)
    check_constant("binary_cross_entropy_with_logits", weight, "weight")
    check_constant("binary_cross_entropy_with_logits", pos_weight, "pos_weight")
    if pos_weight is None:
        losses = _LOGIT_ENTROPY(input, target, "none")
    else:
        truths = (expand(pos_weight, input._shape) - 1.0) * target + 1.0
        losses = (1.0 - target) * input - truths * logsigmoid(input)
    if weight is not None:
        losses = losses * expand(weight, input._shape)
    return _NAMED_LOGIT_ENTROPY(reduced(losses, reduction))


def _check_floats(function: str, input: Tensor, target: Tensor) -> None:
    if not input._key.is_float:
        raise ElementDTypeError(
            f"{function} is not implemented for input of {input._key.dtype}. Convert it with "
            ".float()."
        )
    if not target._key.is_float:
        raise DTypeError(
            f"{function}: result type {input._key.dtype} can't be cast to {target._key.dtype}: "
            "target must be floats. Convert it with .float()."
        )


# ---- soft margins


@public
def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Give log(1 + e^(-target * input)), averaged.

    Args:
        input: any shape.
        target: 1 or -1, of the same shape or one that broadcasts.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        RuntimeError: input is no float, the shapes do not broadcast, or target requires a gradient.
        ValueError: the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    check_reduction("soft_margin_loss", reduction)
    check_tensor("soft_margin_loss", target, "target", 2)
    check_constant("soft_margin_loss", target, "target")
    if not input._key.is_float:
        raise DTypeError(
            f"soft_margin_loss: the result can't be cast to {input._key.dtype}: input must be "
            "floats. Convert it with .float()."
        )
    losses = -logsigmoid(input * target).to(input._key.dtype)
    return _NAMED_MARGIN(reduced(losses, reduction))


@public
def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Give the cross-entropies of logits, averaged over classes and then over all else.

    Args:
        input: (..., C): classes lie along the last dimension.
        target: 0 or 1, of the same shape.
        weight: factors of the classes, (C).
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        ShapeError: the shapes do not broadcast.
        ValueError: the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(
            f"{reduction} is not valid: multilabel_soft_margin_loss takes 'none', 'mean', 'sum'"
        )
    check_tensor("multilabel_soft_margin_loss", target, "target", 2)
    if not input._key.is_float:
        raise ElementDTypeError(
            f"multilabel_soft_margin_loss is not implemented for {input._key.dtype}. Convert input "
            "with .float()."
        )
    # log s(-x) = log s(x) - x
    losses = (1 - target) * input - logsigmoid(input)
    if weight is not None:
        losses = losses * weight
    return reduced(sum(losses, -1) / input._shape[-1], reduction)


# ---- losses and derivatives as functions of tensors


def _check_probabilities(x: Array, y: Array) -> None:
    for name, array in (("input", x), ("target", y)):
        wrong = ~((array >= 0) & (array <= 1))
        if wrong.any():
            raise RuntimeError(
                f"all elements of {name} should be between 0 and 1: binary_cross_entropy got "
                f"{array[wrong].flat[0]}. Logits go to binary_cross_entropy_with_logits."
            )


def _entropy(x: Tensor, y: Tensor, parameter: float) -> Tensor:
    no = clamp_min(log1p(-x), loops.LEAST_LOG)
    return (y - 1.0) * no - y * clamp_min(log(x), loops.LEAST_LOG)


def _entropy_slopes(x: Tensor, y: Tensor, parameter: float, needed: tuple[bool, bool]) -> Slopes:
    own = (x - y) / clamp_min((1.0 - x) * x, loops.LEAST_VARIANCE) if needed[0] else None
    if not needed[1]:
        return own, None
    return own, clamp_min(log1p(-x), loops.LEAST_LOG) - clamp_min(log(x), loops.LEAST_LOG)


def _logit_entropy(x: Tensor, y: Tensor, parameter: float) -> Tensor:
    return (1.0 - y) * x - logsigmoid(x)


def _logit_entropy_slopes(
    x: Tensor, y: Tensor, parameter: float, needed: tuple[bool, bool]
) -> Slopes:
    return sigmoid(x) - y if needed[0] else None, -x if needed[1] else None


_ENTROPY = ElementLoss(
    "binary_cross_entropy",
    "BinaryCrossEntropyBackward0",
    loops.cross_entropy,
    _entropy,
    _entropy_slopes,
    check=_check_probabilities,
)
_LOGIT_ENTROPY = ElementLoss(
    "binary_cross_entropy_with_logits",
    "BinaryCrossEntropyWithLogitsBackward0",
    loops.cross_entropy_of_logits,
    _logit_entropy,
    _logit_entropy_slopes,
)
_NAMED_ENTROPY = Named(_ENTROPY.name)
_NAMED_LOGIT_ENTROPY = Named(_LOGIT_ENTROPY.name)
_NAMED_MARGIN = Named("SoftMarginLossBackward0")
