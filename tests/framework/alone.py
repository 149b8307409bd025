"""Functions of tensors held against NumPy and central differences, without PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minitorch import torch

Array = NDArray[Any]
# A name, a function of tensors, the same of arrays, and the operands.
Case = tuple[str, Callable[..., Any], Callable[..., Any], Sequence[Array]]


def drawn(*shape: int, seed: int = 0) -> Array:
    """Draw distinct numbers that are far from each other and from 0, of both signs."""
    count = int(np.prod(shape))
    numbers = np.random.default_rng(seed + count).permutation(count) + 0.5
    return np.asarray((numbers - count // 2) / 4).reshape(shape)


def assert_formula(case: Case, tolerance: float = 1e-12) -> None:
    """Compare with NumPy: operands that lie densely, turned around, with gaps, and of float32."""
    _, function, formula, arrays = case
    expected = formula(*arrays)
    for form in (np.ascontiguousarray, np.asfortranarray, _with_gaps):
        operands = [torch.from_numpy(form(array)) for array in arrays]
        _assert_equal(function(*operands), expected, tolerance)
    singles = [
        torch.tensor(array.astype(np.float32) if array.dtype == np.float64 else array)
        for array in arrays
    ]
    _assert_equal(function(*singles), expected, 1e-5)


def assert_central_differences(case: Case, order: int = 1) -> None:
    """Compare gradients, of first order or of second, with central differences."""
    function, arrays = case[1], case[3]
    draw = np.random.default_rng(1)
    floats = [place for place, array in enumerate(arrays) if array.dtype == np.float64]
    others = [torch.tensor(draw.normal(size=arrays[place].shape)) for place in floats]
    cotangent = torch.tensor(draw.normal(size=tuple(_first(function, arrays).shape)))

    def number(changed: Sequence[Array]) -> tuple[Any, list[Any]]:
        tensors = [torch.tensor(array) for array in changed]
        leaves = [tensors[place].requires_grad_() for place in floats]
        result = function(*tensors)
        result = result if isinstance(result, torch.Tensor) else result[0]
        if order == 1:
            return (result * cotangent).sum(), leaves
        # The square of a linear function has second derivatives too.
        total = (result * result * cotangent).sum()
        gradients = torch.autograd.grad(total, leaves, create_graph=True, allow_unused=True)
        pairs = zip(gradients, others, strict=True)
        return sum((g * other).sum() for g, other in pairs if g is not None), leaves

    total, leaves = number(arrays)
    gradients = torch.autograd.grad(total, leaves, allow_unused=True)
    for place, gradient in zip(floats, gradients, strict=True):
        expected = np.zeros(arrays[place].shape)
        for index in np.ndindex(expected.shape):
            ends = []
            for sign in (1, -1):
                changed = [array.copy() for array in arrays]
                changed[place][index] += sign * 1e-5
                ends.append(number(changed)[0].item())
            expected[index] = (ends[0] - ends[1]) / 2e-5
        given = np.zeros_like(expected) if gradient is None else gradient.numpy()
        np.testing.assert_allclose(given, expected, rtol=1e-5, atol=1e-6)


def _first(function: Callable[..., Any], arrays: Sequence[Array]) -> Any:
    result = function(*[torch.tensor(array) for array in arrays])
    return result if isinstance(result, torch.Tensor) else result[0]


def _with_gaps(array: Array) -> Array:
    memory = np.repeat(array, 2, -1) if array.ndim else array
    return memory[..., ::2] if array.ndim else memory


def _assert_equal(result: Any, expected: Any, tolerance: float) -> None:
    if isinstance(expected, tuple | list):
        assert len(result) == len(expected)
        for mine, other in zip(result, expected, strict=True):
            _assert_equal(mine, other, tolerance)
        return
    assert tuple(result.shape) == np.shape(expected)
    np.testing.assert_allclose(result.numpy(), expected, rtol=tolerance, atol=tolerance)
