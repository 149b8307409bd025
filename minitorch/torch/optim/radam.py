"""RAdam: Adam that begins without its divisor, until that is known well enough."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._tensor import Tensor
from ._arithmetic import count_step, directed, lerp_, mean_of_squares_, with_decay
from ._checks import check_betas, check_lr, check_not_negative, number
from ._groups import Group
from ._stepping import ComposedOptimizer, zeros_like
from .optimizer import ParamsT, count_of_steps

Array = NDArray[Any]


class RAdam(ComposedOptimizer):
    """RAdam: Adam whose steps are divided, and rectified, only once the divisor is known well.

    Source: L. Liu et al., "On the variance of the adaptive learning rate and beyond", 2020.

    Args:
        params: tensors, pairs of name and tensor, or groups.
        lr: the length of steps.
        betas: the shares of the running means that are kept.
        eps: added to the divisor.
        weight_decay: how much of the parameter is added to its gradient.
        decoupled_weight_decay: take a share of the parameter away instead.
        foreach: accepted; it changes nothing here.
        maximize: climb instead of descend.
        capturable: for CUDA graphs; steps on the CPU refuse it.
        differentiable: not available.

    Raises:
        ValueError: an option is out of range.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
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
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _first_state(self, group: Group, parameter: Tensor) -> dict[str, Tensor]:
        return {
            "step": count_of_steps(),
            "exp_avg": zeros_like(parameter),
            "exp_avg_sq": zeros_like(parameter),
        }

    def _update(
        self, group: Group, parameter: Array, gradient: Array, state: dict[str, Array]
    ) -> None:
        step = count_step(state)
        lr = number(group["lr"])
        beta1, beta2 = group["betas"]
        gradient = directed(gradient, group["maximize"])
        if group["weight_decay"] != 0 and group["decoupled_weight_decay"]:
            parameter *= 1 - lr * group["weight_decay"]
        else:
            gradient = with_decay(gradient, parameter, group["weight_decay"])
        mean, squares = state["exp_avg"], state["exp_avg_sq"]
        lerp_(mean, gradient, 1 - beta1)
        mean_of_squares_(squares, gradient, beta2)

        lacking = 1 - beta2**step
        way = mean / (1 - beta1**step)
        way *= lr
        rectifier = _rectifier(step, beta2, lacking)
        if rectifier is not None:
            divisor = np.sqrt(squares)
            divisor += group["eps"]
            way *= math.sqrt(lacking) / divisor
            way *= rectifier
        parameter -= way


def _rectifier(step: float, beta2: float, lacking: float) -> float | None:
    """Give the factor that evens out the divisor's variance; None where that is too large yet.

    The length of the average that the divisor stands for is `most` in the end, and `length` now.
    """
    most = 2 / (1 - beta2) - 1
    length = most - 2 * step * beta2**step / lacking
    if length <= 5.0:
        return None
    return math.sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length))
