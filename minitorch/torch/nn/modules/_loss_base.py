"""What the modules of losses have in common."""

from __future__ import annotations

from ..._tensor import Tensor
from ...functions.losses._options import old_reduction
from .module import Module


class _Loss(Module):
    """A loss.

    Args:
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
    """

    reduction: str

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        if size_average is not None or reduce is not None:
            reduction = old_reduction(size_average, reduce)
        self.reduction = reduction


class _WeightedLoss(_Loss):
    """A loss with a weight.

    Args:
        weight: factors of the losses, which becomes a buffer.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
    """

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
