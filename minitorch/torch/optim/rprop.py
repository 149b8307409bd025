"""Rprop: steps that know only the sign of the gradient."""

from __future__ import annotations

from operator import itemgetter

import numpy as np

from ...kernels.cpu.optimizers.further import rprop
from ...kernels.cpu.optimizers.update import Plan
from .._tensor import Tensor
from .._wrap import wrap
from ._checks import check_lr, number
from ._groups import Group
from ._stepping import FusedOptimizer, zeros_like
from .optimizer import ParamsT, count_of_steps


class Rprop(FusedOptimizer):
    """Rprop: each element has a step of its own, in the direction of its gradient's sign.

    The step grows as long as the sign stays; where it turns the step shrinks, and rests once.

    Source: M. Riedmiller and H. Braun, "A direct adaptive method for faster backpropagation
    learning", 1993.

    Args:
        params: tensors, pairs of name and tensor, or groups.
        lr: the steps at first.
        etas: the factors by which a step shrinks and grows.
        step_sizes: the smallest and the largest step.
        capturable: for CUDA graphs; steps on the CPU refuse it.
        foreach: accepted; it changes nothing here.
        maximize: climb instead of descend.
        differentiable: not available.

    Raises:
        ValueError: lr is negative, or the etas are not on their sides of 1.
    """

    _read = itemgetter("etas", "step_sizes", "maximize", "capturable")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(
                f"Invalid eta values: {etas[0]}, {etas[1]}. The first must lie between 0 and 1, "
                "the second above 1."
            )
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _first_state(self, group: Group, parameter: Tensor) -> dict[str, Tensor]:
        sizes = np.full_like(parameter._array, number(group["lr"]))
        return {"step": count_of_steps(), "prev": zeros_like(parameter), "step_size": wrap(sizes)}

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return _STATES

    def _plan(self, group: Group) -> Plan:
        shrinking, growing = group["etas"]
        least, most = group["step_sizes"]
        return rprop(
            shrinking=shrinking,
            growing=growing,
            least=least,
            most=most,
            maximize=group["maximize"],
        )


_STATES = ("prev", "step_size")
