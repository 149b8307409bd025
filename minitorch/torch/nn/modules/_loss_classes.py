"""Losses of classes and of distributions as modules."""

from __future__ import annotations

from ...._warn import warn
from ..._tensor import Tensor
from .. import functional as F  # noqa: N812
from ._loss_base import _Loss, _WeightedLoss


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
