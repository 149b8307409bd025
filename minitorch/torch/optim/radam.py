"""RAdam: Adam that begins without its divisor, until that is known well enough."""

from __future__ import annotations

from operator import itemgetter

from ...kernels.cpu.optimizers.further import radam
from ...kernels.cpu.optimizers.update import Plan
from .._tensor import Tensor
from ._checks import check_betas, check_lr, check_not_negative, number
from ._groups import Group
from ._stepping import FusedOptimizer, zeros_like
from .optimizer import ParamsT, count_of_steps


class RAdam(FusedOptimizer):
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

    _read = itemgetter(
        "lr", "betas", "eps", "weight_decay", "maximize", "capturable", "decoupled_weight_decay"
    )

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

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return _STATES

    def _plan(self, group: Group) -> Plan:
        beta1, beta2 = group["betas"]
        return radam(
            lr=number(group["lr"]),
            beta1=number(beta1),
            beta2=number(beta2),
            eps=group["eps"],
            weight_decay=group["weight_decay"],
            decoupled=group["decoupled_weight_decay"],
            maximize=group["maximize"],
        )


_STATES = ("exp_avg", "exp_avg_sq")
