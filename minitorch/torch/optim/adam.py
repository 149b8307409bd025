"""Adam: steps divided by the root of a running mean of squared gradients."""

from __future__ import annotations

from operator import itemgetter

from ...kernels.cpu.optimizers.optimizer import adam
from ...kernels.cpu.optimizers.update import Plan
from .._tensor import Tensor
from ._checks import check_betas, check_fused, check_lr, check_not_negative, number
from ._groups import Group
from ._stepping import FusedOptimizer, zeros_like
from .optimizer import ParamsT, count_of_steps


class Adam(FusedOptimizer):
    """Adam: each parameter's step is divided by the root of a mean of its squared gradients.

    With running means m of gradients and v of their squares, both divided by what they lack at
    first, `p = p - lr * m / (sqrt(v) + eps)`.

    Source: D. Kingma and J. Ba, "Adam", 2015.

    Args:
        params: tensors, pairs of name and tensor, or groups.
        lr: the length of steps.
        betas: the shares of m and v that are kept.
        eps: added to the divisor.
        weight_decay: how much of the parameter is added to its gradient.
        amsgrad: divide by the largest v so far.
        foreach: accepted; it changes nothing here.
        maximize: climb instead of descend.
        capturable: for CUDA graphs; steps on the CPU refuse it.
        differentiable: not available.
        fused: accepted; steps are fused always.
        decoupled_weight_decay: take a share of the parameter away instead (AdamW).

    Raises:
        ValueError: an option is out of range.
    """

    _read = itemgetter(
        "lr",
        "betas",
        "eps",
        "weight_decay",
        "amsgrad",
        "maximize",
        "capturable",
        "decoupled_weight_decay",
    )

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_lr(lr, foreach, capturable)
        check_not_negative("epsilon", eps)
        check_betas(betas)
        check_not_negative("weight_decay", weight_decay)
        if not any(all(isinstance(betas[i], kind) for i in range(2)) for kind in (float, Tensor)):
            raise ValueError(f"betas must be either both floats or both Tensors, got {betas}.")
        check_fused(fused, foreach, differentiable)
        defaults = {
            "lr": lr,
            "betas": tuple(number(beta) if isinstance(beta, Tensor) else beta for beta in betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return _WITH_LARGEST if group["amsgrad"] else _MEANS

    def _first_state(self, group: Group, parameter: Tensor) -> dict[str, Tensor]:
        step = {"step": count_of_steps()}
        return step | {name: zeros_like(parameter) for name in self._state_names(group)}

    def _plan(self, group: Group) -> Plan:
        beta1, beta2 = group["betas"]
        return adam(
            lr=number(group["lr"]),
            beta1=number(beta1),
            beta2=number(beta2),
            eps=group["eps"],
            weight_decay=group["weight_decay"],
            decoupled=group["decoupled_weight_decay"],
            amsgrad=group["amsgrad"],
            maximize=group["maximize"],
        )


_MEANS = ("exp_avg", "exp_avg_sq")
_WITH_LARGEST = (*_MEANS, "max_exp_avg_sq")
