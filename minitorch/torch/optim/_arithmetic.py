"""Steps of optimizers that take several of NumPy's operations, on arrays that are changed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def count_step(state: dict[str, Array]) -> float:
    """Count a step of a parameter, and give its number, from 1."""
    step = state["step"]
    step[()] = step.item() + 1.0
    return float(step.item())


def directed(gradient: Array, maximize: bool) -> Array:
    """Give the gradient that leads down, or up where the sum is to be maximized."""
    return -gradient if maximize else gradient


def with_decay(gradient: Array, parameter: Array, weight_decay: float) -> Array:
    """Give the gradient with a share of the parameter added."""
    return gradient + parameter * weight_decay if weight_decay != 0 else gradient


def lerp_(start: Array, end: Array, weight: float) -> None:
    """Move an array towards another: a share of the way, counted from the nearer one."""
    way = end - start
    if weight < 0.5:
        way *= weight
        start += way
    else:
        way *= 1 - weight
        np.subtract(end, way, out=start)


def mean_of_squares_(mean: Array, values: Array, kept: float) -> None:
    """Renew a running mean of squares, of which a share is kept."""
    mean *= kept
    fresh = values * (1 - kept)
    fresh *= values
    mean += fresh


def add_quotient_(target: Array, numerator: Array, divisor: Array, factor: float) -> None:
    """Add `factor * numerator / divisor`."""
    quotient = numerator * factor
    quotient /= divisor
    target += quotient
