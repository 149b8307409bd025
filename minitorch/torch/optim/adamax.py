"""Adamax: Adam with the largest gradient in place of the mean of squares."""

from __future__ import annotations

from operator import itemgetter

from ...kernels.cpu.optimizers.further import adamax
from ...kernels.cpu.optimizers.update import Plan
from .._tensor import Tensor
from ._checks import check_betas, check_lr, check_not_negative, number
from ._groups import Group
from ._stepping import FusedOptimizer, zeros_like
from .optimizer import ParamsT, count_of_steps


class Adamax(FusedOptimizer):
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

    _read = itemgetter("lr", "betas", "eps", "weight_decay", "maximize", "capturable")

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

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return _STATES

    def _plan(self, group: Group) -> Plan:
        beta1, beta2 = group["betas"]
        return adamax(
            lr=number(group["lr"]),
            beta1=number(beta1),
            beta2=number(beta2),
            eps=group["eps"],
            weight_decay=group["weight_decay"],
            maximize=group["maximize"],
        )


_STATES = ("exp_avg", "exp_inf")
