"""A bias and an activation in one pass, held against PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

from minitorch.errors import DTypeError, ShapeError
from minitorch.kernels.cpu.elementwise import activation
from minitorch.kernels.cpu.elementwise.activation import bias_activation, bias_activation_backward
from minitorch.kernels.cpu.reductions.fold import ReductionDTypeError

from .layouts import as_torch, layouts
from .oracle import F, torch

PEERS: dict[str, Callable[[Any], Any]] = {
    "relu": F.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
}
PLACES = [((7, 5), -1), ((20, 6, 9), -1), ((3, 4, 5, 2), 1), ((6, 3), 0), ((5,), 0)]


def draw(shape: tuple[int, ...], dtype: Any = np.float32, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 2, shape).astype(dtype)


def backward(grad: np.ndarray, a: np.ndarray, bias: np.ndarray, name: str, dim: int) -> Any:
    """Give the gradients, from what the activation saves."""
    out = bias_activation(a, bias, name, dim)
    saved = out if activation.ACTIVATIONS[name].saves_output else a
    return bias_activation_backward(grad, saved, bias, name, dim)


def test_the_table_holds_what_is_tested() -> None:
    assert PEERS.keys() == activation.ACTIVATIONS.keys()


# Each kernel takes a while to compile: one activation that saves its output, and one that does not.
IN_DOUBLE = ["tanh", "gelu"]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [(name, np.float32) for name in PEERS] + [(name, np.float64) for name in IN_DOUBLE],
)
def test_results_and_gradients_are_those_of_pytorch(name: str, dtype: Any) -> None:
    unit = 32 * float(np.finfo(dtype).eps)
    for shape, dim in PLACES:
        a, bias, grad = draw(shape, dtype), draw((shape[dim],), dtype, 1), draw(shape, dtype, 2)
        sizes = [1] * len(shape)
        sizes[dim] = -1
        tensor, own = as_torch(a).requires_grad_(), as_torch(bias).requires_grad_()
        expected = PEERS[name](tensor + own.view(sizes))
        expected.backward(as_torch(grad))
        out = bias_activation(a, bias, name, dim)
        assert out.dtype == dtype
        np.testing.assert_allclose(out, expected.detach(), unit, 2 * unit, err_msg=f"{shape} {dim}")
        grad_a, grad_bias = backward(grad, a, bias, name, dim)
        np.testing.assert_allclose(grad_a, tensor.grad, unit, 4 * unit, err_msg=f"{shape} {dim}")
        np.testing.assert_allclose(grad_bias, own.grad, 4 * unit, 40 * unit)


@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_half_precision_is_rounded_once(name: str) -> None:
    a, bias = draw((30, 8), np.float16), draw((8,), np.float16, 1)
    exact = bias_activation(a.astype(np.float32), bias.astype(np.float32), name)
    np.testing.assert_array_equal(bias_activation(a, bias, name), exact.astype(np.float16))
    grad = draw((30, 8), np.float16, 2)
    wide = backward(*(x.astype(np.float32) for x in (grad, a, bias)), name, -1)
    for mine, other in zip(backward(grad, a, bias, name, -1), wide, strict=True):
        assert mine.dtype == np.float16
        np.testing.assert_allclose(mine, other, rtol=4e-3, atol=4e-3)


@pytest.mark.parametrize("name", ["relu", "silu"])
def test_every_layout(name: str) -> None:
    array, grad = draw((5, 6, 7), seed=3), draw((5, 6, 7), seed=4)
    for label, view in layouts(array):
        for dim in range(3):
            bias = draw((14,), seed=5)[::2][: view.shape[dim]]
            plain, own = np.array(view), np.array(bias)
            expected = bias_activation(plain, own, name, dim)
            out = bias_activation(view, bias, name, dim)
            np.testing.assert_allclose(out, expected, 1e-6, 1e-6, err_msg=label)
            expected_grads = backward(grad, plain, own, name, dim)
            for _, other in [*layouts(grad)][:4]:
                got = backward(other, view, bias, name, dim)
                for mine, their in zip(got, expected_grads, strict=True):
                    np.testing.assert_allclose(mine, their, 1e-5, 1e-5, err_msg=label)


def test_nan_and_infinities_pass_as_in_pytorch() -> None:
    a = np.array([[math.nan, math.inf, -math.inf, 0.0, -0.0]], np.float32)
    bias = np.zeros(5, np.float32)
    for name, peer in PEERS.items():
        # In float32 PyTorch's gelu of +inf is NaN in vectors, and inf elsewhere.
        expected = peer((as_torch(a) + as_torch(bias)).double()).numpy()
        np.testing.assert_array_equal(bias_activation(a, bias, name), expected, name)


def test_gradients_are_slopes() -> None:
    a, bias, grad = (draw((3, 4), np.float64), draw((4,), np.float64, 1), draw((3, 4), np.float64))
    for name in IN_DOUBLE:
        grad_a, grad_bias = backward(grad, a, bias, name, -1)
        for place in np.ndindex(a.shape):
            step = np.zeros_like(a)
            step[place] = 1e-6
            rise = bias_activation(a + step, bias, name) - bias_activation(a - step, bias, name)
            assert math.isclose(grad_a[place], (rise * grad).sum() / 2e-6, abs_tol=1e-7), name
        np.testing.assert_allclose(grad_bias, grad_a.sum(0), 1e-12, 1e-12)


@pytest.mark.parametrize("shape", [(3000, 80), (30, 20, 400)])
def test_one_and_two_threads_give_equal_bits(shape: tuple[int, ...]) -> None:
    a, bias, grad = draw(shape), draw((shape[1],), seed=1), draw(shape, seed=2)
    before = numba.get_num_threads()
    try:
        results = []
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            out = bias_activation(a, bias, "gelu", 1)
            grads = bias_activation_backward(grad, a, bias, "gelu", 1)
            results.append([x.tobytes() for x in (out, *grads)])
        assert results[0] == results[1]
    finally:
        numba.set_num_threads(before)
    exact = F.gelu(as_torch(a) + as_torch(bias).view(-1, *[1] * (a.ndim - 2)))
    np.testing.assert_allclose(out, exact, rtol=1e-5, atol=2e-6)
    np.testing.assert_allclose(
        grads[1], grads[0].sum((0, *range(2, a.ndim)), dtype=np.float64), rtol=1e-5, atol=1e-4
    )


def test_nothing_has_no_gradient() -> None:
    a, bias = np.zeros((0, 4), np.float32), np.ones(4, np.float32)
    assert bias_activation(a, bias, "relu").shape == (0, 4)
    grad_a, grad_bias = bias_activation_backward(a, a, bias, "relu")
    assert grad_a.shape == (0, 4)
    np.testing.assert_array_equal(grad_bias, np.zeros(4))


A, B = np.zeros((3, 4), np.float32), np.zeros(4, np.float32)
MISTAKES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: bias_activation(A, B, "swish"), ValueError, "relu, sigmoid.*got 'swish'"),
    (lambda: bias_activation(A, B[:3], "relu"), ShapeError, r"bias must have shape \(4,\)"),
    (lambda: bias_activation(A, B.astype("d"), "relu"), DTypeError, "bias must be float32"),
    (lambda: bias_activation(A, B, "relu", 2), IndexError, "dimension 2 is out of range"),
    (lambda: bias_activation(A[0, 0], B, "relu"), IndexError, r"shape \(\)"),
    (lambda: bias_activation(A.astype(int), B, "relu"), ReductionDTypeError, "int64"),
    (lambda: bias_activation_backward(A.T, A, B, "relu"), ShapeError, r"grad must have shape"),
    (lambda: bias_activation_backward(A, A, B, "elu"), ValueError, "got 'elu'"),
]


@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_mistakes_are_named(number: int) -> None:
    call, error, text = MISTAKES[number]
    with pytest.raises(error, match=text):
        call()
