"""RMSprop: steps divided by the root of a running mean of squared gradients."""

from __future__ import annotations

from operator import itemgetter

from ...kernels.cpu.optimizers.optimizer import rmsprop
from ...kernels.cpu.optimizers.update import Plan
from .._tensor import Tensor
from ._checks import check_lr, check_not_negative, number
from ._groups import Group
from ._stepping import FusedOptimizer, zeros_like
from .optimizer import ParamsT, count_of_steps


class RMSprop(FusedOptimizer):
    """RMSprop: `p = p - lr * g / (sqrt(v) + eps)` with a running mean v of squared gradients.

    Source: G. Hinton, "Neural networks for machine learning", lecture 6e, 2012.

    Args:
        params: tensors, pairs of name and tensor, or groups.
        lr: the length of steps.
        alpha: the share of v that is kept.
        eps: added to the divisor.
        weight_decay: how much of the parameter is added to its gradient.
        momentum: the share of a buffer of steps that is kept.
        centered: subtract from v the square of a running mean of gradients.
        capturable: for CUDA graphs; steps on the CPU refuse it.
        foreach: accepted; it changes nothing here.
        maximize: climb instead of descend.
        differentiable: not available.

    Raises:
        ValueError: an option is negative.
    """

    _read = itemgetter(
        "lr", "alpha", "eps", "weight_decay", "momentum", "centered", "maximize", "capturable"
    )

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative("epsilon", eps)
        check_not_negative("momentum", momentum)
        check_not_negative("weight_decay", weight_decay)
        check_not_negative("alpha", alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _state_names(self, group: Group) -> tuple[str, ...]:
        if group["centered"]:
            return _CENTERED_MOMENTUM if group["momentum"] > 0 else _CENTERED
        return _MOMENTUM if group["momentum"] > 0 else _PLAIN

    def _first_state(self, group: Group, parameter: Tensor) -> dict[str, Tensor]:
        names = self._state_names(group)
        state = {"step": count_of_steps()}
        for name in _FILE_ORDER:
            if name in names:
                state[name] = zeros_like(parameter)
        return state

    def _plan(self, group: Group) -> Plan:
        return rmsprop(
            lr=number(group["lr"]),
            alpha=group["alpha"],
            eps=group["eps"],
            weight_decay=group["weight_decay"],
            momentum=group["momentum"],
            centered=group["centered"],
            maximize=group["maximize"],
        )


_PLAIN = ("square_avg",)
_CENTERED = ("square_avg", "grad_avg")
_MOMENTUM = ("square_avg", "momentum_buffer")
_CENTERED_MOMENTUM = ("square_avg", "grad_avg", "momentum_buffer")
_FILE_ORDER = ("square_avg", "momentum_buffer", "grad_avg")
