"""Activations that put their results into their inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._overrides import public
from . import activations

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Compute `leaky_relu` in place."""
    return activations.leaky_relu(input, negative_slope, True)


@public
def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Compute `elu` in place."""
    return activations.elu(input, alpha, True)


@public
def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Compute `celu` in place."""
    return activations.celu(input, alpha, True)


@public
def selu_(input: Tensor) -> Tensor:
    """Compute `selu` in place."""
    return activations.selu(input, True)


@public
def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """Compute `hardtanh` in place."""
    return activations.hardtanh(input, min_val, max_val, True)


@public
def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """Compute `threshold` in place."""
    return activations.threshold(input, threshold, value, True)
