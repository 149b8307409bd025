"""Losses of margins and of distances as modules."""

from __future__ import annotations

from collections.abc import Callable

from ..._tensor import Tensor
from .. import functional as F  # noqa: N812
from ._loss_base import _Loss, _WeightedLoss
from .distance import PairwiseDistance

Distance = Callable[[Tensor, Tensor], Tensor]


class HingeEmbeddingLoss(_Loss):
    """Give distances of likes, what those of others lack; see `functional.hinge_embedding_loss`.

    Args:
        margin: distances above it cost nothing where the target is -1.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
    """

    margin: float

    def __init__(
        self,
        margin: float = 1.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.hinge_embedding_loss(input, target, self.margin, reduction=self.reduction)


class MarginRankingLoss(_Loss):
    """Give by how much pairs are in the wrong order; see `functional.margin_ranking_loss`.

    Args:
        margin: by how much the larger one should be larger.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
    """

    margin: float

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.margin_ranking_loss(input1, input2, target, self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(_Loss):
    """Give how far directions are from what they should be; see `functional.cosine_embedding_loss`.

    Args:
        margin: cosines below it cost nothing where the target is -1.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
    """

    margin: float

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.cosine_embedding_loss(
            input1, input2, target, self.margin, reduction=self.reduction
        )


class TripletMarginLoss(_Loss):
    """Give by how much a positive is too far away; see `functional.triplet_margin_loss`.

    Args:
        margin: above 0.
        p: of the norm of the differences.
        eps: added to the differences.
        swap: take the distance of positive and negative where that is the smaller one.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
    """

    margin: float
    p: float
    eps: float
    swap: bool

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        _check_margin("TripletMarginLoss", margin)
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Compute it."""
        return F.triplet_margin_loss(
            anchor, positive, negative, self.margin, self.p, self.eps, self.swap,
            reduction=self.reduction,
        )  # fmt: skip


class TripletMarginWithDistanceLoss(_Loss):
    """Give by how much a positive is too far away, with a distance of one's own.

    Args:
        distance_function: of two tensors; by default the Euclidean distance.
        margin: above 0.
        swap: take the distance of positive and negative where that is the smaller one.
        reduction: "mean", "sum" or "none".
    """

    distance_function: Distance
    margin: float
    swap: bool

    def __init__(
        self,
        *,
        distance_function: Distance | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        _check_margin("TripletMarginWithDistanceLoss", margin)
        self.distance_function = (
            PairwiseDistance() if distance_function is None else distance_function
        )
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Compute it."""
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )


def _check_margin(name: str, margin: float) -> None:
    if margin <= 0:
        raise ValueError(f"{name}: expected margin to be greater than 0, got {margin} instead")


class MultiMarginLoss(_WeightedLoss):
    """Give by how much wrong classes score too well; see `functional.multi_margin_loss`.

    Args:
        p: 1 or 2.
        margin: by how much the right class should score more.
        weight: factors of the classes.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
    """

    p: int
    margin: float

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError(f"MultiMarginLoss: only p == 1 and p == 2 supported, got {p}")
        if weight is not None and weight.dim() != 1:
            raise ValueError(
                f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.dim()}D "
                "instead"
            )
        self.p = p
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.multi_margin_loss(
            input, target, self.p, self.margin, self.weight, reduction=self.reduction
        )


class MultiLabelMarginLoss(_Loss):
    """Give by how much wrong classes score too well; see `functional.multilabel_margin_loss`."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """Give the cross-entropies of several classes; see `functional.multilabel_soft_margin_loss`."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.multilabel_soft_margin_loss(input, target, self.weight, reduction=self.reduction)


class SoftMarginLoss(_Loss):
    """Give log(1 + e^(-target * input)), averaged; see `functional.soft_margin_loss`."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.soft_margin_loss(input, target, reduction=self.reduction)
