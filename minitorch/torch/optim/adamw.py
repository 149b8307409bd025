"""AdamW: Adam whose weight decay does not pass through the gradients."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from .adam import Adam
from .optimizer import ParamsT


class AdamW(Adam):
    """Adam with decoupled weight decay: `p = p * (1 - lr * weight_decay)` before each step.

    Source: I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019.

    Args:
        params: tensors, pairs of name and tensor, or groups.
        lr: the length of steps.
        betas: the shares of the running means that are kept.
        eps: added to the divisor.
        weight_decay: what share of the parameter is taken away, times lr.
        amsgrad: divide by the largest mean of squares so far.
        maximize: climb instead of descend.
        foreach: accepted; it changes nothing here.
        capturable: for CUDA graphs; steps on the CPU refuse it.
        differentiable: not available.
        fused: accepted; steps are fused always.

    Raises:
        ValueError: an option is out of range.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
