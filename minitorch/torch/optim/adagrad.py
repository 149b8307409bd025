"""Adagrad: steps divided by the root of the sum of all squared gradients."""

from __future__ import annotations

from operator import itemgetter

import numpy as np

from ...kernels.cpu.optimizers.optimizer import adagrad
from ...kernels.cpu.optimizers.update import Plan
from .._tensor import Tensor
from .._wrap import wrap
from ._checks import check_fused, check_lr, check_not_negative, number
from ._groups import Group
from ._stepping import FusedOptimizer
from .optimizer import ParamsT, count_of_steps


class Adagrad(FusedOptimizer):
    """Adagrad: `p = p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)`.

    Here s is the sum of all squared gradients so far, and t the number of the step.

    Source: J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods", 2011.

    Args:
        params: tensors, pairs of name and tensor, or groups.
        lr: the length of the first step.
        lr_decay: how fast the length falls.
        weight_decay: how much of the parameter is added to its gradient.
        initial_accumulator_value: what s begins with.
        eps: added to the divisor.
        foreach: accepted; it changes nothing here.
        maximize: climb instead of descend.
        differentiable: not available.
        fused: accepted; steps are fused always.

    Raises:
        ValueError: an option is negative.
    """

    _read = itemgetter("lr", "lr_decay", "weight_decay", "eps", "maximize")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check_not_negative("lr_decay", lr_decay)
        check_not_negative("weight_decay", weight_decay)
        check_not_negative("initial_accumulator_value", initial_accumulator_value)
        check_not_negative("epsilon", eps)
        check_fused(fused, foreach, differentiable)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            self._begin(group, group["params"])

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return _SUM

    def _first_state(self, group: Group, parameter: Tensor) -> dict[str, Tensor]:
        total = np.full_like(parameter._array, group["initial_accumulator_value"])
        return {"step": count_of_steps(), "sum": wrap(total)}

    def _plan(self, group: Group) -> Plan:
        return adagrad(
            lr=number(group["lr"]),
            lr_decay=group["lr_decay"],
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            maximize=group["maximize"],
        )


_SUM = ("sum",)
