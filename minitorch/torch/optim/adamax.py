"""Adamax: Adam with the largest gradient in place of the mean of squares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._tensor import Tensor
from ._arithmetic import add_quotient_, count_step, directed, lerp_, with_decay
from ._checks import check_betas, check_lr, check_not_negative, number
from ._groups import Group
from ._stepping import ComposedOptimizer, zeros_like
from .optimizer import ParamsT, count_of_steps

Array = NDArray[Any]


class Adamax(ComposedOptimizer):
    """Adamax: `p = p - lr / (1 - beta1 ** t) * m / u`.

    Here m is a running mean of gradients, and `u = max(beta2 * u, |g| + eps)`.

    Source: D. Kingma and J. Ba, "Adam", 2015, section 7.

    Args:
        params: tensors, pairs of name and tensor, or groups.
        lr: the length of steps.
        betas: the shares of m and u that are kept.
        eps: added to the gradient's absolute value.
        weight_decay: how much of the parameter is added to its gradient.
        foreach: accepted; it changes nothing here.
        maximize: climb instead of descend.
        differentiable: not available.
        capturable: for CUDA graphs; steps on the CPU refuse it.

    Raises:
        ValueError: an option is out of range.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative("epsilon", eps)
        check_betas(betas)
        check_not_negative("weight_decay", weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _first_state(self, group: Group, parameter: Tensor) -> dict[str, Tensor]:
        return {
            "step": count_of_steps(),
            "exp_avg": zeros_like(parameter),
            "exp_inf": zeros_like(parameter),
        }

    def _update(
        self, group: Group, parameter: Array, gradient: Array, state: dict[str, Array]
    ) -> None:
        step = count_step(state)
        beta1, beta2 = group["betas"]
        gradient = directed(gradient, group["maximize"])
        gradient = with_decay(gradient, parameter, group["weight_decay"])
        mean, largest = state["exp_avg"], state["exp_inf"]
        lerp_(mean, gradient, 1 - beta1)
        largest *= beta2
        np.maximum(largest, np.abs(gradient) + group["eps"], out=largest)
        length = number(group["lr"]) / (1 - beta1**step)
        add_quotient_(parameter, mean, largest, -length)
