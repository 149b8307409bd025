"""Adafactor: a mean of squares that is kept as a row and a column."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._tensor import Tensor
from .._wrap import wrap
from ._arithmetic import count_step, directed, lerp_
from ._checks import check_lr, number
from ._groups import Group
from ._stepping import ComposedOptimizer, zeros_like
from .optimizer import ParamsT, count_of_steps

Array = NDArray[Any]


class Adafactor(ComposedOptimizer):
    """Adafactor: for a matrix, the mean of squared gradients is a row times a column.

    Source: N. Shazeer and M. Stern, "Adafactor: adaptive learning rates with sublinear memory
    cost", 2018.

    Args:
        params: tensors, pairs of name and tensor, or groups.
        lr: the largest length of steps, relative to the parameter's size.
        beta2_decay: the power by which the share of new squares falls.
        eps: the smallest root of a mean of squares, by default that of the dtype, and the smallest
            size of a parameter.
        d: the largest root-mean-square of a step before its length is applied.
        weight_decay: what share of the parameter is taken away, times lr.
        foreach: accepted; it changes nothing here.
        maximize: climb instead of descend.

    Raises:
        ValueError: an option is out of range.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_lr(lr)
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        for i, value in enumerate(eps):
            if value is not None and not value >= 0.0:
                raise ValueError(f"epsilon{i + 1} should be >= 0 but is: {value}")
        if not d >= 1.0:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _first_state(self, group: Group, parameter: Tensor) -> dict[str, Tensor]:
        shape, dtype = parameter._shape, parameter._array.dtype
        if len(shape) < 2:
            return {"step": count_of_steps(), "variance": zeros_like(parameter)}
        return {
            "step": count_of_steps(),
            "row_var": wrap(np.zeros((*shape[:-1], 1), dtype)),
            "col_var": wrap(np.zeros((*shape[:-2], 1, shape[-1]), dtype)),
        }

    def _step_parameter(
        self, group: Group, parameter: Tensor, gradient: Array, own: dict[str, Tensor]
    ) -> None:
        smallest, size = group["eps"]
        if smallest is None:
            # That of the parameter's own dtype, also where the step is computed in a wider one.
            smallest = float(np.finfo(parameter._array.dtype).eps)
        super()._step_parameter({**group, "eps": (smallest, size)}, parameter, gradient, own)

    def _update(
        self, group: Group, parameter: Array, gradient: Array, state: dict[str, Array]
    ) -> None:
        step = count_step(state)
        lr = number(group["lr"])
        smallest, size = group["eps"]
        length = max(size, _root_mean_square(parameter)) * min(lr, 1 / math.sqrt(step))
        if group["weight_decay"] != 0:
            parameter *= 1 - lr * group["weight_decay"]
        gradient = directed(gradient, group["maximize"])
        squares = _mean_of_squares(gradient, state, step ** group["beta2_decay"], smallest)
        way = gradient / np.sqrt(np.maximum(squares, smallest * smallest))
        way *= length / max(1.0, _root_mean_square(way) / group["d"])
        parameter -= way


def _mean_of_squares(
    gradient: Array, state: dict[str, Array], share: float, smallest: float
) -> Array:
    """Let a share of new squares into the running means, and give what they stand for."""
    squares = gradient * gradient
    if gradient.ndim < 2:
        lerp_(state["variance"], squares, share)
        return state["variance"]
    rows, columns = state["row_var"], state["col_var"]
    height, width = gradient.shape[-2:]
    lerp_(rows, squares.sum(-1, keepdims=True) / width, share)
    lerp_(columns, squares.sum(-2, keepdims=True) / height, share)
    estimate: Array = rows * columns
    estimate /= np.maximum(rows.sum(-2, keepdims=True) / height, smallest)
    return estimate


def _root_mean_square(array: Array) -> float:
    return float(np.sqrt(np.mean(array * array))) if array.size else 0.0
