"""Averaged stochastic gradient descent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._tensor import Tensor
from ._arithmetic import count_step, directed, with_decay
from ._checks import check_lr, check_not_negative, number
from ._groups import Group
from ._stepping import ComposedOptimizer, zeros_like
from .optimizer import ParamsT, count_of_steps, scalar

Array = NDArray[Any]


class ASGD(ComposedOptimizer):
    """Averaged stochastic gradient descent: it also keeps the mean of parameters, in `state["ax"]`.

    `p = p * (1 - lambd * eta) - eta * g`, where `eta = lr / (1 + lambd * lr * t) ** alpha`.

    Source: B. Polyak and A. Juditsky, "Acceleration of stochastic approximation by averaging",
    1992.

    Args:
        params: tensors, pairs of name and tensor, or groups.
        lr: the length of the first step.
        lambd: how fast parameters and steps fall.
        alpha: the power by which steps fall.
        t0: the step from which on parameters are averaged.
        weight_decay: how much of the parameter is added to its gradient.
        foreach: accepted; it changes nothing here.
        maximize: climb instead of descend.
        differentiable: not available.
        capturable: for CUDA graphs; steps on the CPU refuse it.

    Raises:
        ValueError: lr or weight_decay is negative.
    """

    _numbers = ("step", "eta", "mu")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative("weight_decay", weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
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
            "eta": scalar(number(group["lr"])),
            "mu": scalar(1.0),
            "ax": zeros_like(parameter),
        }

    def _update(
        self, group: Group, parameter: Array, gradient: Array, state: dict[str, Array]
    ) -> None:
        step = count_step(state)
        lr, lambd = number(group["lr"]), group["lambd"]
        gradient = directed(gradient, group["maximize"])
        gradient = with_decay(gradient, parameter, group["weight_decay"])
        eta, share, average = state["eta"], state["mu"], state["ax"]
        parameter *= 1 - lambd * eta.item()
        parameter -= gradient * eta.item()
        if share.item() == 1:
            np.copyto(average, parameter)
        else:
            average += (parameter - average) * share.item()
        # PyTorch rounds both to the default dtype before they are kept in that of the state.
        eta[()] = scalar(lr / (1 + lambd * lr * step) ** group["alpha"])._array
        share[()] = scalar(1 / max(1, step - group["t0"]))._array
