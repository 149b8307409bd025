"""Muon: steps that are made orthogonal, for matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._tensor import Tensor
from ._arithmetic import lerp_
from ._checks import check_lr, number
from ._groups import Group
from ._stepping import ComposedOptimizer, zeros_like
from .optimizer import ParamsT

Array = NDArray[Any]


class Muon(ComposedOptimizer):
    """Muon: the running mean of a matrix's gradients, made nearly orthogonal, is the step.

    Source: K. Jordan, "Muon: an optimizer for hidden layers in neural networks", 2024; the second
    way to adjust lr: J. Liu et al., "Muon is scalable for LLM training", 2025.

    Args:
        params: tensors of two dimensions, pairs of name and tensor, or groups.
        lr: the length of steps.
        weight_decay: what share of the parameter is taken away, times lr.
        momentum: the share of the running mean that is kept.
        nesterov: look ahead along the mean.
        ns_coefficients: of x, x ** 3 and x ** 5 in the Newton-Schulz iteration.
        eps: the smallest norm that is divided by.
        ns_steps: how many iterations make the step orthogonal.
        adjust_lr_fn: "original", the default, or "match_rms_adamw".

    Raises:
        ValueError: an option is out of range, or a parameter is no matrix.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        for name, value in (("momentum", momentum), ("weight decay", weight_decay)):
            if not value >= 0.0:
                raise ValueError(f"{name} should be >= 0 but is: {value}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(
                f"Adjust learning rate function {adjust_lr_fn} is not supported: use 'original' or "
                "'match_rms_adamw'."
            )
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for parameter in group["params"]:
                if len(parameter._shape) != 2:
                    raise ValueError(
                        "Muon only supports 2D parameters whereas we found a parameter with size: "
                        f"{list(parameter._shape)}. Give the others to AdamW."
                    )

    def _first_state(self, group: Group, parameter: Tensor) -> dict[str, Tensor]:
        return {"momentum_buffer": zeros_like(parameter)}

    def _update(
        self, group: Group, parameter: Array, gradient: Array, state: dict[str, Array]
    ) -> None:
        mean, momentum, lr = state["momentum_buffer"], group["momentum"], number(group["lr"])
        lerp_(mean, gradient, 1 - momentum)
        way = mean
        if group["nesterov"]:
            way = gradient.copy()
            lerp_(way, mean, momentum)
        way = _orthogonal(way, group["ns_coefficients"], group["ns_steps"], group["eps"])
        parameter *= 1 - lr * group["weight_decay"]
        parameter -= way * (lr * _length(parameter.shape, group["adjust_lr_fn"]))


def _length(shape: tuple[int, ...], manner: str | None) -> float:
    """Give the factor of lr for a matrix."""
    rows, columns = shape
    if manner == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1, rows / columns))


def _orthogonal(
    matrix: Array, coefficients: tuple[float, float, float], steps: int, eps: float
) -> Array:
    """Bring all singular values of a matrix near to 1, with the precision of bfloat16.

    Raises:
        ValueError: there are 100 steps or more, or not three coefficients.
    """
    if steps >= 100:
        raise ValueError(f"Number of steps must be less than 100, got ns_steps={steps}.")
    if len(coefficients) != 3:
        raise ValueError(f"Coefficients must be exactly 3 values, got {coefficients}.")
    first, third, fifth = coefficients
    is_tall = matrix.shape[0] > matrix.shape[1]
    x = _rounded(matrix.T if is_tall else matrix)
    x = _rounded(x / max(_rounded(np.linalg.norm(x)), np.float32(eps)))
    for _ in range(steps):
        gram = _rounded(x @ x.T)
        both = _rounded(third * gram + fifth * (gram @ gram))
        x = _rounded(first * x + both @ x)
    return x.T if is_tall else x


def _rounded(values: Any) -> Array:
    """Round to numbers that bfloat16 holds: the upper half of a float32."""
    bits = np.array(values, np.float32).view(np.uint32)
    bits += 0x7FFF + ((bits >> 16) & 1)
    bits &= 0xFFFF0000
    result: Array = bits.view(np.float32)
    return result
