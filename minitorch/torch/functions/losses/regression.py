"""Losses of numbers: how far an input is from a target."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ....errors import DTypeError, ShapeError
from ....kernels.cpu.losses import value_loss_loops as loops
from ... import _dtype
from ...autograd.grad_mode import no_grad
from .._operands import is_number
from .._overrides import public
from ..pointwise.arithmetic import clamp
from ..pointwise.generated import abs, exp, log, sign, xlogy
from ..pointwise.selection import where
from ..reductions.reductions import sum
from ..views.views import unsqueeze
from ._elements import ElementLoss, Slopes
from ._options import check_reduction, check_tensor, old_reduction, reduced, warn_of_sizes

if TYPE_CHECKING:
    from ..._tensor import Tensor


# ---- squared and absolute distances


@public
def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Give (input - target)^2, averaged.

    Args:
        input: any shape.
        target: of the same shape; others broadcast, with a warning.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
        weight: of the input's shape, factors of the squares; a mean is divided by their sum.

    Raises:
        NotImplementedError: the operands are no floats.
        ShapeError: the shapes do not broadcast, or weight has another one.
        ValueError: the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    if input._shape != target._shape:
        warn_of_sizes("mse_loss", input, target)
    if reduction != "mean" and reduction != "sum":
        check_reduction("mse_loss", reduction)
    if weight is None:
        return _MSE(input, target, reduction)
    _check_weight("mse_loss", input, weight)
    return _weighted(_MSE(input, target, "none"), weight, reduction)


@public
def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Give |input - target|, averaged; see `mse_loss`.

    Raises:
        RuntimeError: the mean of integers is asked for.
        ShapeError: the shapes do not broadcast, or weight has another one.
        ValueError: the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    check_tensor("l1_loss", target, "target", 2)
    warn_of_sizes("l1_loss", input, target)
    check_reduction("l1_loss", reduction)
    if weight is not None:
        _check_weight("l1_loss", input, weight)
        return _weighted(abs(input - target), weight, reduction)
    return _distances(input, target, reduction)


def _distances(input: Tensor, target: Tensor, reduction: str) -> Tensor:
    """Give |input - target|, which is not defined for floats alone."""
    if reduction == "none" or not (input._key.is_float or target._key.is_float):
        return reduced(abs(input - target), reduction)
    return (_L1_MEAN if reduction == "mean" else _L1_SUM)(input, target, reduction)


def _check_weight(function: str, input: Tensor, weight: Tensor) -> None:
    if weight._shape != input._shape:
        raise ShapeError(
            f"Weights and input must have the same size: {function} got weight of shape "
            f"{list(weight._shape)} and input of shape {list(input._shape)}."
        )


def _weighted(losses: Tensor, weight: Tensor, reduction: str) -> Tensor:
    losses = losses * weight
    if reduction == "none":
        return losses
    total = sum(losses)
    return total / sum(weight) if reduction == "mean" else total


# ---- squared near 0, absolute elsewhere


@public
def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """Give d^2 / (2 beta) where |d| < beta, and |d| - beta / 2 elsewhere; d = input - target.

    Args:
        input: any shape.
        target: of the same shape; others broadcast, with a warning.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
        beta: where the two pieces meet; 0 gives `l1_loss`.

    Raises:
        NotImplementedError: the operands are no floats.
        RuntimeError: beta is negative, or the shapes do not broadcast.
        ValueError: the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    check_tensor("smooth_l1_loss", target, "target", 2)
    warn_of_sizes("smooth_l1_loss", input, target)
    check_reduction("smooth_l1_loss", reduction)
    if not beta >= 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta, got {beta}.")
    if beta == 0:
        return _distances(input, target, reduction)
    return _SMOOTH_L1(input, target, reduction, float(beta))


@public
def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """Give d^2 / 2 where |d| <= delta, and delta * (|d| - delta / 2) elsewhere; d = input - target.

    Args:
        input: any shape.
        target: of the same shape; others broadcast, with a warning.
        reduction: "mean", "sum" or "none".
        delta: where the two pieces meet.
        weight: of the input's shape, factors of the losses.

    Raises:
        NotImplementedError: the operands are no floats.
        RuntimeError: delta is not positive, or the shapes do not broadcast.
        ValueError: the reduction is unknown, or weight has another shape.
    """
    check_tensor("huber_loss", target, "target", 2)
    warn_of_sizes("huber_loss", input, target)
    check_reduction("huber_loss", reduction)
    if weight is not None:
        _check_weight("huber_loss", input, weight)
    if not delta > 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta: {delta}.")
    dtype = input._key.dtype
    if target._key.is_float and not input._key.is_float:
        raise DTypeError(
            f"huber_loss: the result can't be cast to {dtype}, the dtype of input, as target is of "
            f"{target._key.dtype}. Convert input with .to(target.dtype)."
        )
    if weight is None:
        return _as_dtype(_HUBER(input, target, reduction, float(delta)), dtype)
    losses = _as_dtype(_HUBER(input, target, "none", float(delta)), dtype)
    return reduced(losses * weight, reduction)


def _as_dtype(losses: Tensor, dtype: _dtype.dtype) -> Tensor:
    return losses if losses._key.dtype is dtype else losses.to(dtype)


# ---- likelihoods


@public
def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Give -log of the probability that a Poisson distribution gives to target.

    Args:
        input: the expected number, or its logarithm.
        target: numbers that were counted; both broadcast.
        log_input: input holds logarithms: the loss is e^input - target * input; otherwise it is
            input - target * log(input + eps).
        full: add Stirling's approximation of log(target!), where target is above 1.
        size_average: as in old versions: False for a sum.
        eps: keeps away from log(0).
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        ShapeError: the shapes do not broadcast.
        ValueError: the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    check_reduction("poisson_nll_loss", reduction)
    check_tensor("poisson_nll_loss", target, "target", 2)
    if log_input:
        losses = exp(input) - target * input
    else:
        losses = input - target * log(input + eps)
    if full:
        stirling = xlogy(target, target) - target + log(target * (2 * math.pi)) * 0.5
        losses = losses + where(target > 1, stirling, 0.0)
    return reduced(losses, reduction)


@public
def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Give (log(var) + (input - target)^2 / var) / 2, averaged.

    Args:
        input: the expected numbers.
        target: numbers that were drawn; of the same shape, or it broadcasts.
        var: the variance: a number, or of the input's shape, or without its last dimension, or
            with size 1 there.
        full: add log(2 pi) / 2.
        eps: the least variance; gradients do not see that.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: a variance is negative, var has another shape, or the reduction is unknown.
    """
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid: gaussian_nll_loss takes 'none', 'mean', 'sum'")
    if is_number(var):
        dtype = input._key.dtype if input._key.is_float else _dtype.get_default_dtype()
        variance = input.new_full(input._shape, var, dtype=dtype)
    else:
        variance = _fitting_variance(input, var)  # type: ignore[arg-type]
    if (variance._array < 0).any():
        raise ValueError("gaussian_nll_loss: var has negative entry/entries. Variances are >= 0.")
    variance = variance.clone()
    with no_grad():
        variance.clamp_(min=eps)
    distance = input - target
    losses = (log(variance) + distance * distance / variance) * 0.5
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return reduced(losses, reduction)


def _fitting_variance(input: Tensor, var: Tensor) -> Tensor:
    shape, own = input._shape, var._shape
    if own == shape or (own[:-1] == shape[:-1] and own[-1:] == (1,)):
        return var
    if own == shape[:-1]:
        return unsqueeze(var, -1)
    raise ShapeError(
        f"gaussian_nll_loss: var is of incorrect size: {list(own)} does not fit input of size "
        f"{list(shape)}. Give it the input's size, or leave the last dimension away."
    )


# ---- losses and derivatives as functions of tensors


def _squares(x: Tensor, y: Tensor, parameter: float) -> Tensor:
    distance = x - y
    return distance * distance


def _square_slopes(x: Tensor, y: Tensor, parameter: float, needed: tuple[bool, bool]) -> Slopes:
    slope = (x - y) * 2.0
    return slope, -slope if needed[1] else None


def _absolute(x: Tensor, y: Tensor, parameter: float) -> Tensor:
    return abs(x - y)


def _absolute_slopes(x: Tensor, y: Tensor, parameter: float, needed: tuple[bool, bool]) -> Slopes:
    slope = sign(x - y)
    return slope, -slope if needed[1] else None


def _smooth(x: Tensor, y: Tensor, beta: float) -> Tensor:
    distance = x - y
    size = abs(distance)
    return where(size < beta, distance * distance * (0.5 / beta), size - 0.5 * beta)


def _smooth_slopes(x: Tensor, y: Tensor, beta: float, needed: tuple[bool, bool]) -> Slopes:
    slope = clamp((x - y) / beta, -1.0, 1.0)
    return slope, -slope if needed[1] else None


def _huber(x: Tensor, y: Tensor, delta: float) -> Tensor:
    distance = x - y
    size = abs(distance)
    return where(size <= delta, distance * distance * 0.5, (size - 0.5 * delta) * delta)


def _huber_slopes(x: Tensor, y: Tensor, delta: float, needed: tuple[bool, bool]) -> Slopes:
    slope = clamp(x - y, -delta, delta)
    return slope, -slope if needed[1] else None


_MSE = ElementLoss(
    "mse_loss", "MseLossBackward0", loops.squared, _squares, _square_slopes, is_odd=True
)
# PyTorch's names are those of the last step.
_L1_MEAN = ElementLoss(
    "l1_loss", "MeanBackward0", loops.absolute_distance, _absolute, _absolute_slopes, is_odd=True
)
_L1_SUM = ElementLoss(
    "l1_loss", "SumBackward0", loops.absolute_distance, _absolute, _absolute_slopes, is_odd=True
)
_SMOOTH_L1 = ElementLoss(
    "smooth_l1_loss", "SmoothL1LossBackward0", loops.smooth, _smooth, _smooth_slopes, is_odd=True
)
_HUBER = ElementLoss(
    "huber_loss", "HuberLossBackward0", loops.huber, _huber, _huber_slopes, is_odd=True
)
