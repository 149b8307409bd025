"""Comparisons that the tests of the course library share.

Gradients are judged by a central difference written here, independent of the library's own, and
always under a random upstream gradient: the sum of an output hides mistakes that cancel out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import minitorch

Array = np.ndarray[Any, np.dtype[np.float64]]
EPSILON = 1e-5
# entry of the function table: which argument has a pole, and where
POLES = {"inv": (0, -3.5), "div2": (1, -5.5)}


def assert_close(a: float, b: float, tolerance: float = 1e-2) -> None:
    """Check an absolute difference, as the course does."""
    assert abs(a - b) < tolerance, f"{a!r} and {b!r} differ by {abs(a - b)}"


def is_near_pole(name: str, *arguments: Any) -> bool:
    """Tell whether a function of the table would divide by (almost) zero.

    Hypothesis likes to draw numbers that the source contains, so it does find the poles.
    """
    if name not in POLES:
        return False
    place, pole = POLES[name]
    return bool(np.any(np.abs(np.asarray(arguments[place]) - pole) < 1e-2))


def tensor_of(
    values: Any, permuted: bool = False, tracked: bool = True, backend: Any = None
) -> minitorch.Tensor:
    """Make a leaf Tensor from an array.

    Args:
        permuted: store the dimensions in reverse order, so that the strides increase.
        tracked: whether the leaf receives a gradient.
    """
    array = np.asarray(values, dtype=np.float64)
    stored = array.T if permuted else array
    data = minitorch.TensorData(stored.ravel().copy(), tuple(stored.shape))
    if permuted:
        data = data.permute(*reversed(range(array.ndim)))
    leaf = minitorch.Tensor(data, backend=backend or minitorch.SimpleBackend)
    if tracked:
        leaf.requires_grad_(True)
    return leaf


def random_array(
    shape: Sequence[int], seed: int = 0, low: float = -2.0, high: float = 2.0
) -> Array:
    """Uniform numbers from a seeded generator."""
    return np.random.default_rng(seed).uniform(low, high, tuple(shape))


def numeric_gradients(
    function: Callable[..., Array], arrays: Sequence[Array], upstream: Array
) -> list[Array]:
    """Differentiate the scalar sum(upstream * function(*arrays)) for each cell of each array."""
    gradients = []
    for number, array in enumerate(arrays):
        gradient = np.zeros_like(array)
        for cell in np.ndindex(*array.shape):
            values = []
            for step in (EPSILON, -EPSILON):
                moved = [other.copy() for other in arrays]
                moved[number][cell] += step
                values.append(float(np.sum(upstream * function(*moved))))
            gradient[cell] = (values[0] - values[1]) / (2 * EPSILON)
        gradients.append(gradient)
    return gradients


def check_gradients(
    function: Callable[..., minitorch.Tensor],
    arrays: Sequence[Array],
    permuted: bool = False,
    seed: int = 1,
) -> None:
    """Hold the gradients of a Tensor function against central differences.

    Args:
        function: takes as many Tensors as there are arrays.
        permuted: give it Tensors whose strides increase.
        seed: for the upstream gradient.
    """

    def forward(*values: Array) -> Array:
        return function(*(tensor_of(v, permuted) for v in values)).to_numpy()

    leaves = [tensor_of(array, permuted) for array in arrays]
    out = function(*leaves)
    upstream = random_array(out.shape, seed)
    out.backward(tensor_of(upstream, tracked=False))
    expected = numeric_gradients(forward, arrays, upstream)
    for leaf, array, numeric in zip(leaves, arrays, expected, strict=True):
        assert leaf.grad is not None, "a tracked leaf received no gradient"
        assert leaf.grad.shape == array.shape
        np.testing.assert_allclose(leaf.grad.to_numpy(), numeric, rtol=1e-4, atol=1e-5)


def check_scalar_derivatives(
    function: Callable[..., minitorch.Scalar], values: Sequence[float], upstream: float
) -> None:
    """Hold the derivatives of a Scalar function against central differences."""

    def forward(*numbers: float) -> float:
        return function(*(minitorch.Scalar(number) for number in numbers)).data

    leaves = [minitorch.Scalar(value) for value in values]
    function(*leaves).backward(d_output=upstream)
    for place, leaf in enumerate(leaves):
        results = []
        for step in (EPSILON, -EPSILON):
            moved = list(values)
            moved[place] += step
            results.append(forward(*moved))
        numeric = upstream * (results[0] - results[1]) / (2 * EPSILON)
        np.testing.assert_allclose(leaf.derivative, numeric, rtol=1e-4, atol=1e-5)
