"""Losses of classes and of distributions as modules."""

from __future__ import annotations

import math
from typing import Any

from ...._warn import warn
from ....errors import ShapeError
from ..._tensor import Tensor
from .. import functional as F  # noqa: N812
from ._loss_base import _Loss, _WeightedLoss
from .linear import Linear


class CrossEntropyLoss(_WeightedLoss):
    """Give -log softmax(input)[target], averaged; see `functional.cross_entropy`.

    Args:
        weight: factors of the classes.
        size_average: as in old versions: False for a sum.
        ignore_index: targets of this value count nothing.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
        label_smoothing: the share of the targets that is spread over all classes.
    """

    ignore_index: int
    label_smoothing: float

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.cross_entropy(
            input, target, self.weight, None, self.ignore_index, None, self.reduction,
            self.label_smoothing,
        )  # fmt: skip


class LinearCrossEntropyLoss(_WeightedLoss):
    """Give the cross-entropy of a linear layer's results; see `functional.linear_cross_entropy`.

    Args:
        in_features: the last size of inputs.
        num_classes: C.
        out_features: further sizes of the scores, (C, *out_features) for each input.
        bias: whether the linear layer has one.
        device: where the layer's parameters are.
        dtype: of these.
        reduction: "mean", "sum" or "none".
        weight: factors of the classes, (C).
        ignore_index: class indices of this value count nothing; -100 by default.
        label_smoothing: the share of the targets that is spread over all classes.
        options: None.

    Attributes:
        linear: the layer, with C times the product of out_features results.

    Raises:
        RuntimeError: weight has another shape, or the smoothing is not from 0 to 1.
    """

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
        reduction: str = "mean",
        weight: Tensor | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: None = None,
    ) -> None:
        if weight is not None and weight._shape != (num_classes,):
            raise ShapeError(f"expected weight shape to be {(num_classes,)}, got {weight._shape}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(
                f"expected label_smoothing to be in range [0, 1], got {label_smoothing}"
            )
        super().__init__(weight, None, None, reduction)
        self.num_classes = num_classes
        self.out_features = out_features
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        rows = math.prod(out_features, start=num_classes)
        self.linear = Linear(in_features, rows, bias, device, dtype)
        self.options = options

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        weight, bias = self.linear.weight, self.linear.bias
        sizes = (self.num_classes, *self.out_features)
        return F.linear_cross_entropy(
            input,
            weight.reshape((*sizes, self.linear.in_features)),
            target,
            linear_bias=None if bias is None else bias.reshape(sizes),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            options=self.options,
        )

    def extra_repr(self) -> str:
        """Give the arguments."""
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
            f"out_features={self.out_features}, bias={self.linear.bias is not None}, "
            f"reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}, options={self.options}"
        )


class NLLLoss(_WeightedLoss):
    """Give -input[target], averaged; see `functional.nll_loss`.

    Args:
        weight: factors of the classes.
        size_average: as in old versions: False for a sum.
        ignore_index: targets of this value count nothing.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
    """

    ignore_index: int

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.nll_loss(input, target, self.weight, None, self.ignore_index, None, self.reduction)


class NLLLoss2d(NLLLoss):
    """`NLLLoss` under its old name for images; see there."""

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        warn("`NLLLoss2d` has been deprecated. Please use `NLLLoss` instead.", FutureWarning)
        super().__init__(weight, size_average, ignore_index, reduce, reduction)


class BCELoss(_WeightedLoss):
    """Give the cross-entropy of probabilities; see `functional.binary_cross_entropy`."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.binary_cross_entropy(input, target, self.weight, None, None, self.reduction)


class BCEWithLogitsLoss(_Loss):
    """Give the cross-entropy of logits; see `functional.binary_cross_entropy_with_logits`.

    Args:
        weight: factors of the losses.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
        pos_weight: factors of the losses of what is true.
    """

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, None, None, self.reduction, self.pos_weight
        )


class KLDivLoss(_Loss):
    """Give the Kullback-Leibler divergence; see `functional.kl_div`.

    Args:
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "batchmean", "mean", "sum" or "none".
        log_target: targets are log-probabilities as well.
    """

    log_target: bool

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class CTCLoss(_Loss):
    """Give the loss of sequences of labels in longer inputs; see `functional.ctc_loss`.

    Args:
        blank: the class that stands for no label.
        reduction: "mean", "sum" or "none".
        zero_infinity: count targets that are too long for their input as 0.
    """

    blank: int
    zero_infinity: bool

    def __init__(
        self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False
    ) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(
        self,
        log_probs: Tensor,
        targets: Tensor,
        input_lengths: Tensor,
        target_lengths: Tensor,
    ) -> Tensor:
        """Compute it."""
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction,
            self.zero_infinity,
        )  # fmt: skip
