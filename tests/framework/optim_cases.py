"""Optimizers with their options, and how their states go from PyTorch to us and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Options = dict[str, Any]

SHAPES: list[tuple[int, ...]] = [(4, 3), (5,), (), (0, 2), (2, 3, 2)]

CASES: list[tuple[str, Options]] = [
    ("SGD", {}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.1, "maximize": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "foreach": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.5, "maximize": True, "fused": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1, "betas": (0.3, 0.8), "eps": 1e-3, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.1, "amsgrad": True, "maximize": True, "foreach": True}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True, "fused": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.3, "amsgrad": True, "betas": (0.5, 0.5)}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.1, "momentum_decay": 0.1, "maximize": True}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.1, "weight_decay": 0.1, "betas": (0.4, 0.9), "maximize": True}),
    ("RAdam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True, "eps": 1e-3}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.1, "betas": (0.4, 0.8), "weight_decay": 0.1, "maximize": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "eps": 1e-3}),
    ("Adagrad", {"initial_accumulator_value": 0.5, "maximize": True}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"alpha": 0.4, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
    ("RMSprop", {"momentum": 0.9}),
    ("RMSprop", {"centered": True, "eps": 1e-2}),
    ("RMSprop", {"centered": True, "momentum": 0.5, "weight_decay": 0.1, "eps": 1e-2}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.1, "etas": (0.3, 1.5), "step_sizes": (1e-3, 0.3), "maximize": True}),
    ("ASGD", {}),
    ("ASGD", {"lr": 0.1, "lambd": 0.01, "alpha": 0.5, "t0": 5, "weight_decay": 0.1}),
    ("ASGD", {"t0": 3, "maximize": True}),
    ("Adafactor", {}),
    ("Adafactor", {"lr": 0.5, "beta2_decay": -0.5, "eps": (1e-3, 0.1), "d": 1.5}),
    ("Adafactor", {"weight_decay": 0.1, "maximize": True, "foreach": True}),
]
NAMES = [f"{name}-{'-'.join(options)}" for name, options in CASES]


class Parameters:
    """The same parameters on one side, and gradients that depend on where they are.

    Args:
        torch: `torch`, PyTorch's or ours.
        dtype: of NumPy.
        shapes: sizes of the parameters.
    """

    def __init__(self, torch: Any, dtype: str, shapes: list[tuple[int, ...]] = SHAPES) -> None:
        rng = np.random.default_rng(1)
        self._torch = torch
        self._rng = np.random.default_rng(2)
        arrays = [np.asarray(rng.standard_normal(shape), dtype) for shape in shapes]
        self.tensors = [torch.tensor(array).requires_grad_() for array in arrays]

    def set_gradients(self) -> None:
        """Put a gradient of the parameter's size beside each."""
        for tensor in self.tensors:
            value = tensor.detach().numpy()
            noise = self._rng.standard_normal(value.shape)
            tensor.grad = self._torch.tensor((value * 1.5 + noise).astype(value.dtype))

    def train(self, optimizer: Any, steps: int) -> None:
        for _ in range(steps):
            self.set_gradients()
            optimizer.step()

    def arrays(self) -> list[Array]:
        return [tensor.detach().numpy().copy() for tensor in self.tensors]


def converted(value: Any, torch: Any) -> Any:
    """Give a state with all tensors as copies of one side."""
    if hasattr(value, "detach"):
        return torch.tensor(value.detach().numpy().copy())
    if isinstance(value, dict):
        return {key: converted(member, torch) for key, member in value.items()}
    if isinstance(value, list):
        return [converted(member, torch) for member in value]
    return value


def as_numpy(value: Any) -> Any:
    """Give a state with all tensors as arrays."""
    if hasattr(value, "detach"):
        return value.detach().numpy()
    if isinstance(value, dict):
        return {key: as_numpy(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(as_numpy(member) for member in value)
    return value


def assert_equal_states(mine: Any, other: Any, rtol: float, path: str = "state") -> None:
    """Check that two states have the same keys, dtypes, shapes and values."""
    if isinstance(other, dict):
        assert isinstance(mine, dict), path
        assert list(mine) == list(other), path
        for key in other:
            assert_equal_states(mine[key], other[key], rtol, f"{path}[{key!r}]")
    elif isinstance(other, list):
        assert len(mine) == len(other), path
        for i, (a, b) in enumerate(zip(mine, other, strict=True)):
            assert_equal_states(a, b, rtol, f"{path}[{i}]")
    elif isinstance(other, np.ndarray):
        assert isinstance(mine, np.ndarray), path
        assert mine.dtype == other.dtype, path
        np.testing.assert_allclose(mine, other, rtol=rtol, atol=rtol, err_msg=path)
    else:
        assert type(mine) is type(other), path
        assert mine == other, path
