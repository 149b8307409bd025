"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from ...kernels.cpu.optimizers.further import nadam
from ...kernels.cpu.optimizers.update import Plan
from .._tensor import Tensor
from ._checks import check_betas, check_lr, check_not_negative, number
from ._groups import Group
from ._stepping import FusedOptimizer, Prepared, for_all, zeros_like
from .optimizer import ParamsT, count_of_steps, scalar


class NAdam(FusedOptimizer):
    """NAdam: Adam that looks ahead along its mean of gradients.

    The mean's share in step t is `mu_t = beta1 * (1 - 0.96 ** (t * momentum_decay) / 2)`. With the
    product M_t of these shares so far, the mean m of gradients g and the mean v of their squares,
    `p = p - lr * (mu_{t+1} * m / (1 - M_{t+1}) + (1 - mu_t) * g / (1 - M_t)) / (sqrt(v) + eps)`.

    Source: T. Dozat, "Incorporating Nesterov momentum into Adam", 2016.

    Args:
        params: tensors, pairs of name and tensor, or groups.
        lr: the length of steps.
        betas: the shares of the running means that are kept.
        eps: added to the divisor.
        weight_decay: how much of the parameter is added to its gradient.
        momentum_decay: how fast the mean's share grows.
        decoupled_weight_decay: take a share of the parameter away instead.
        foreach: accepted; it changes nothing here.
        maximize: climb instead of descend.
        capturable: for CUDA graphs; steps on the CPU refuse it.
        differentiable: not available.

    Raises:
        ValueError: an option is out of range.
    """

    _numbers = ("step", "mu_product")

    _read = itemgetter(
        "lr", "betas", "eps", "weight_decay", "maximize", "capturable", "decoupled_weight_decay"
    )

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        check_not_negative("momentum_decay", momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _first_state(self, group: Group, parameter: Tensor) -> dict[str, Tensor]:
        return {
            "step": count_of_steps(),
            "mu_product": scalar(1.0),
            "exp_avg": zeros_like(parameter),
            "exp_avg_sq": zeros_like(parameter),
        }

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return _STATES

    def _plan(self, group: Group) -> Plan:
        beta1, beta2 = group["betas"]
        return nadam(
            lr=number(group["lr"]),
            beta1=number(beta1),
            beta2=number(beta2),
            eps=group["eps"],
            weight_decay=group["weight_decay"],
            decoupled=group["decoupled_weight_decay"],
            maximize=group["maximize"],
        )

    def _number(self, group: Group, prepared: Prepared) -> Any:
        beta1, decay = number(group["betas"][0]), group["momentum_decay"]
        numbers = []
        for step, product in zip(
            prepared.count_steps(), prepared.numbers["mu_product"], strict=True
        ):
            share = beta1 * (1.0 - 0.5 * 0.96 ** (step * decay))
            next_share = beta1 * (1.0 - 0.5 * 0.96 ** ((step + 1) * decay))
            product *= share
            numbers.append((step, share, next_share, product.item()))
        return for_all(numbers)


_STATES = ("exp_avg", "exp_avg_sq")
