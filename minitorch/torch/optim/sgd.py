"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from ...kernels.cpu.optimizers.optimizer import sgd
from ...kernels.cpu.optimizers.update import Plan
from .._tensor import Tensor
from ._checks import check_fused, check_lr, check_not_negative, number
from ._groups import Group
from ._stepping import FusedOptimizer, Prepared, zeros_like
from .optimizer import ParamsT


class SGD(FusedOptimizer):
    """Stochastic gradient descent, optionally with momentum.

    With gradient g, momentum m, dampening d and buffer b, which is g at first:
    `b = m * b + (1 - d) * g` and `p = p - lr * b`; with nesterov `p = p - lr * (g + m * b)`.

    Args:
        params: tensors, pairs of name and tensor, or groups.
        lr: the length of steps.
        momentum: the share of the buffer that is kept.
        dampening: the share of the gradient that does not enter the buffer.
        weight_decay: how much of the parameter is added to its gradient.
        nesterov: look ahead along the buffer.
        maximize: climb instead of descend.
        foreach: accepted; it changes nothing here.
        differentiable: not available.
        fused: accepted; steps are fused always.

    Raises:
        ValueError: an option is negative, or nesterov has no momentum or a dampening.
    """

    _read = itemgetter("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr, takes_nan=True)
        check_not_negative("momentum", momentum, takes_nan=True)
        check_not_negative("weight_decay", weight_decay, takes_nan=True)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError(
                "Nesterov momentum requires a momentum and zero dampening, got momentum "
                f"{momentum} and dampening {dampening}."
            )
        check_fused(fused, foreach, differentiable)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return _MOMENTUM if group["momentum"] != 0 else ()

    def _begin(self, group: Group, parameters: Sequence[Tensor]) -> list[bool]:
        is_new = []
        if group["momentum"] != 0:
            for parameter in parameters:
                own = self.state[parameter]
                is_new.append(own.get("momentum_buffer") is None)
                if is_new[-1]:
                    own["momentum_buffer"] = zeros_like(parameter)
        return is_new

    def _plan(self, group: Group) -> Plan:
        return sgd(
            lr=number(group["lr"]),
            momentum=number(group["momentum"]),
            dampening=group["dampening"],
            weight_decay=number(group["weight_decay"]),
            nesterov=group["nesterov"],
            maximize=group["maximize"],
        )

    def _number(self, group: Group, prepared: Prepared) -> Any:
        is_new, prepared.is_new = prepared.is_new, None
        return [1 if flag else 2 for flag in is_new] if is_new else 2


_MOMENTUM = ("momentum_buffer",)
