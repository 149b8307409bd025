"""Losses of numbers as modules."""

from __future__ import annotations

from ..._tensor import Tensor
from .. import functional as F  # noqa: N812
from ._loss_base import _Loss


class L1Loss(_Loss):
    """Give |input - target|, averaged; see `functional.l1_loss`."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.l1_loss(input, target, reduction=self.reduction)


class MSELoss(_Loss):
    """Give (input - target)^2, averaged; see `functional.mse_loss`."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.mse_loss(input, target, None, None, self.reduction)


class SmoothL1Loss(_Loss):
    """Give squared distances near 0 and absolute ones elsewhere; see `functional.smooth_l1_loss`.

    Args:
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
        beta: where the two pieces meet.
    """

    beta: float

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """Give squared distances near 0 and absolute ones elsewhere; see `functional.huber_loss`.

    Args:
        reduction: "mean", "sum" or "none".
        delta: where the two pieces meet.
    """

    delta: float

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.huber_loss(input, target, self.reduction, self.delta)


class PoissonNLLLoss(_Loss):
    """Give the negative log-likelihood of counted numbers; see `functional.poisson_nll_loss`.

    Args:
        log_input: inputs are logarithms.
        full: add Stirling's approximation.
        size_average: as in old versions: False for a sum.
        eps: keeps away from log(0).
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".
    """

    log_input: bool
    full: bool
    eps: float

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        """Compute it."""
        return F.poisson_nll_loss(
            log_input, target, self.log_input, self.full, eps=self.eps, reduction=self.reduction
        )


class GaussianNLLLoss(_Loss):
    """Give the negative log-likelihood of drawn numbers; see `functional.gaussian_nll_loss`.

    Args:
        full: add log(2 pi) / 2.
        eps: the least variance.
        reduction: "mean", "sum" or "none".
    """

    full: bool
    eps: float

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        """Compute it."""
        return F.gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)
