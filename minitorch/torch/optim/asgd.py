"""Averaged stochastic gradient descent."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from ...kernels.cpu.optimizers.further import asgd
from ...kernels.cpu.optimizers.update import Plan
from .._tensor import Tensor
from ._checks import check_lr, check_not_negative, number
from ._groups import Group
from ._stepping import FusedOptimizer, Prepared, for_all, zeros_like
from .optimizer import ParamsT, count_of_steps, scalar


class ASGD(FusedOptimizer):
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

    _read = itemgetter("lambd", "weight_decay", "maximize", "capturable")

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

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return _STATES

    def _plan(self, group: Group) -> Plan:
        return asgd(
            lambd=group["lambd"],
            weight_decay=group["weight_decay"],
            maximize=group["maximize"],
        )

    def _number(self, group: Group, prepared: Prepared) -> Any:
        lr, lambd = number(group["lr"]), group["lambd"]
        numbers = []
        steps, own = prepared.count_steps(), prepared.numbers
        for step, eta, share in zip(steps, own["eta"], own["mu"], strict=True):
            numbers.append((eta.item(), share.item()))
            # PyTorch rounds both to the default dtype before they are kept in that of the state.
            # A negative base gives a complex number, of which PyTorch too keeps the real part.
            eta[()] = scalar((lr / (1 + lambd * lr * step) ** group["alpha"]).real)._array
            share[()] = scalar(1 / max(1, step - group["t0"]))._array
        return for_all(numbers)


_STATES = ("ax",)
