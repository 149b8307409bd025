"""Losses of distributions: cross-entropy with probabilities as targets, Kullback-Leibler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._warn import warn
from ....errors import DTypeError, ShapeError
from .._overrides import public
from ..pointwise.generated import exp, xlogy
from ..pointwise.softmax import log_softmax
from ..reductions.reductions import sum
from ..views.views import reshape
from ._options import LossWarning, check_tensor, old_reduction, reduced

if TYPE_CHECKING:
    from ..._tensor import Tensor


def soft_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
) -> Tensor:
    """Give -sum(target * log softmax(input)) of probabilities; see `cross_entropy`.

    Raises:
        RuntimeError: the dtypes or the shapes do not fit, or an option has no meaning here.
    """
    if target._shape != input._shape:
        raise ShapeError(
            f"cross_entropy: floats as target are probabilities, of the input's shape "
            f"{list(input._shape)}, got {list(target._shape)}. If they are class indices, expected "
            "target dtype to be Long: convert them with .long()."
        )
    if ignore_index >= 0:
        raise RuntimeError(
            "cross_entropy: ignore_index is not supported for floating point target, got "
            f"ignore_index={ignore_index}."
        )
    if label_smoothing > 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    dim = min(len(input._shape) - 1, 1)
    classes = input._shape[dim]
    if label_smoothing > 0.0:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    products = log_softmax(input, dim) * target
    if weight is not None:
        if weight._shape != (classes,):
            raise ShapeError(
                f"cross_entropy: weight must have one number for each of {classes} classes, got "
                f"shape {list(weight._shape)}."
            )
        products = products * reshape(weight, (classes,) + (1,) * (len(input._shape) - 1 - dim))
    if reduction == "none":
        return -sum(products, dim)
    total = -sum(products)
    lines = input._array.size // classes if classes else 0
    return total / lines if reduction == "mean" and lines else total


@public
def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """Give target * (log(target) - input): the Kullback-Leibler divergence, element by element.

    Args:
        input: log-probabilities.
        target: probabilities; both broadcast.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "batchmean", which divides by the first size and so is the divergence; "mean",
            "sum" or "none".
        log_target: target holds log-probabilities as well.

    Raises:
        RuntimeError: the operands are integers, or do not broadcast.
        ValueError: the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    elif reduction == "mean":
        warn(
            "kl_div: reduction 'mean' divides the total loss by both the batch size and the "
            "support size. 'batchmean' divides only by the batch size, and aligns with the KL div "
            "math definition.",
            LossWarning,
        )
    if reduction not in ("none", "mean", "sum", "batchmean"):
        raise ValueError(
            f"{reduction} is not a valid value for reduction: kl_div takes 'none', 'mean', 'sum' "
            "or 'batchmean'."
        )
    check_tensor("kl_div", target, "target", 2)
    if not (input._key.is_float and target._key.is_float):
        raise DTypeError(
            f"kl_div: Integral inputs not supported, got {input._key.dtype} and "
            f"{target._key.dtype}. Convert them with .float()."
        )
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = xlogy(target, target) - target * input
    if reduction == "batchmean":
        total = sum(losses)
        return total / input._shape[0] if input._shape else total
    return reduced(losses, reduction)
