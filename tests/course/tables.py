"""The functions of Tensors that the tests of values and of gradients walk through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from .checks import Array

SHAPES: list[tuple[int, ...]] = [(), (1,), (4,), (2, 3), (3, 1, 2), (1, 1), (2, 2, 1, 3)]
LAYOUTS = pytest.mark.parametrize("permuted", [False, True], ids=["rows", "permuted"])


def _logistic(a: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-a))


# name: (function of Tensors, function of arrays, name or function in PyTorch, lowest value)
UNARY: dict[str, tuple[Callable[..., Any], Callable[..., Any], Any, float]] = {
    "neg": (lambda a: -a, lambda a: -a, "neg", -2.0),
    "sigmoid": (lambda a: a.sigmoid(), _logistic, "sigmoid", -2.0),
    "relu": (lambda a: a.relu(), lambda a: np.maximum(a, 0.0), "relu", -2.0),
    "exp": (lambda a: a.exp(), np.exp, "exp", -2.0),
    "log": (
        lambda a: a.log(),
        lambda a: np.log(a + 1e-6),
        lambda torch: lambda a: torch.log(a + 1e-6),
        0.5,
    ),
    "inv": (lambda a: 1.0 / a, lambda a: 1.0 / a, "reciprocal", 0.5),
    "div_constant": (lambda a: a / 4, lambda a: a / 4, lambda torch: lambda a: a / 4, -2.0),
    "add_constant": (lambda a: 3 + a, lambda a: 3 + a, lambda torch: lambda a: 3 + a, -2.0),
    "sub_constant": (lambda a: a - 3, lambda a: a - 3, lambda torch: lambda a: a - 3, -2.0),
    "mul_constant": (lambda a: 2.5 * a, lambda a: 2.5 * a, lambda torch: lambda a: 2.5 * a, -2.0),
    "contiguous": (lambda a: a.contiguous(), lambda a: a, "clone", -2.0),
}
BINARY: dict[str, tuple[Callable[..., Any], str, float]] = {
    "add": (lambda a, b: a + b, "add", -2.0),
    "sub": (lambda a, b: a - b, "sub", -2.0),
    "mul": (lambda a, b: a * b, "mul", -2.0),
    "div": (lambda a, b: a / b, "div", 0.5),
}
# The same function of a Tensor, an array and a PyTorch tensor (keepdim does not exist in all).
REDUCE: dict[str, tuple[Callable[[Any, int], Any], Callable[[Any, int], Any]]] = {
    "sum": (lambda a, dim: a.sum(dim), lambda a, dim: a.sum(dim, keepdim=True)),
    "mean": (lambda a, dim: a.mean(dim), lambda a, dim: a.mean(dim, keepdim=True)),
}
MATRICES = [
    ((2, 3), (3, 4)),
    ((1, 3), (3, 1)),
    ((2, 2, 3), (2, 3, 4)),
    ((2, 2, 3), (1, 3, 4)),
    ((1, 2, 3), (2, 3, 4)),
    ((2, 2, 3), (3, 4)),
    ((2, 3), (2, 3, 4)),
    ((1, 1), (1, 1)),
]
