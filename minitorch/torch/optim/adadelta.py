"""Adadelta: steps in the units of the parameters."""

from __future__ import annotations

from operator import itemgetter

from ...kernels.cpu.optimizers.further import adadelta
from ...kernels.cpu.optimizers.update import Plan
from .._tensor import Tensor
from ._checks import check_lr, check_not_negative, number
from ._groups import Group
from ._stepping import FusedOptimizer, zeros_like
from .optimizer import ParamsT, count_of_steps


class Adadelta(FusedOptimizer):
    """Adadelta: `p = p - lr * sqrt(u + eps) / sqrt(v + eps) * g`.

    Here v is a running mean of squared gradients, and u one of squared steps.

    Source: M. Zeiler, "ADADELTA: an adaptive learning rate method", 2012.

    Args:
        params: tensors, pairs of name and tensor, or groups.
        lr: the factor of steps.
        rho: the share of the running means that is kept.
        eps: added under both roots.
        weight_decay: how much of the parameter is added to its gradient.
        foreach: accepted; it changes nothing here.
        capturable: for CUDA graphs; steps on the CPU refuse it.
        maximize: climb instead of descend.
        differentiable: not available.

    Raises:
        ValueError: an option is out of range.
    """

    _read = itemgetter("lr", "rho", "eps", "weight_decay", "maximize", "capturable")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}. It must be at least 0 and at most 1.")
        check_not_negative("epsilon", eps)
        check_not_negative("weight_decay", weight_decay)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _first_state(self, group: Group, parameter: Tensor) -> dict[str, Tensor]:
        return {
            "step": count_of_steps(),
            "square_avg": zeros_like(parameter),
            "acc_delta": zeros_like(parameter),
        }

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return _STATES

    def _plan(self, group: Group) -> Plan:
        return adadelta(
            lr=number(group["lr"]),
            rho=group["rho"],
            eps=group["eps"],
            weight_decay=group["weight_decay"],
            maximize=group["maximize"],
        )


_STATES = ("square_avg", "acc_delta")
