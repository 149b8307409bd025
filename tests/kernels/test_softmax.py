"""Softmax and its logarithm, held against PyTorch, and against NumPy in float64."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minitorch.kernels.cpu.layouts import dense_blocks
from minitorch.kernels.cpu.losses import softmax
from minitorch.kernels.cpu.reductions.fold import ReductionDTypeError

from .layouts import as_torch, assert_same, layouts
from .oracle import F, torch

NAMES = ["softmax", "log_softmax"]
FLOATS = [np.float16, np.float32, np.float64]
# One shape for each way that lines lie: short rows, rows with a rest, rows that are filled up, rows
# without a rest, a few lines side by side, many, and more than one tile of them.
PLACES = [
    ((50, 7), 1),
    ((9, 33), 1),
    ((50, 100), 1),
    ((5, 64), -1),
    ((4, 9, 3), 1),
    ((3, 70, 9), 1),
    ((130, 300), 0),
]


def draw(shape: tuple[int, ...], dtype: Any = np.float32, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 3, shape).astype(dtype)


def ours(name: str, a: np.ndarray, dim: int) -> np.ndarray:
    return getattr(softmax, name)(a, dim)


def twin(name: str, a: np.ndarray, dim: int) -> np.ndarray:
    """Compute in float64, by the definition."""
    x = a.astype(np.float64)
    shifted = x - x.max(axis=dim, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))
    return logs if name == "log_softmax" else np.exp(logs)


def unit_of(dtype: Any) -> float:
    return 8 * float(np.finfo(dtype).eps)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", FLOATS)
def test_results_and_gradients_are_those_of_pytorch(name: str, dtype: Any) -> None:
    for shape, dim in PLACES:
        a, grad = draw(shape, dtype), draw(shape, dtype, 1)
        tensor = as_torch(a).requires_grad_()
        expected = getattr(F, name)(tensor, dim)
        out = ours(name, a, dim)
        assert_same(out, expected.detach(), f"{shape} {dim}", unit_of(dtype))
        backward = getattr(torch, f"_{name}_backward_data")
        expected_grad = backward(as_torch(grad), as_torch(out), dim, expected.dtype)
        result = getattr(softmax, f"{name}_backward")(grad, out, dim)
        assert_same(result, expected_grad, f"{shape} {dim}", 4 * unit_of(dtype))


@pytest.mark.parametrize("name", NAMES)
def test_float32_is_as_exact_as_float64_rounded(name: str) -> None:
    for shape, dim in [*PLACES, ((3, 20_000), 1), ((20_000, 9), 0)]:
        a = draw(shape)
        exact = twin(name, a, dim)
        # A logarithm near 0 is the difference of larger numbers.
        least = 1e-6 if name == "log_softmax" else 1e-38
        np.testing.assert_allclose(ours(name, a, dim), exact, rtol=3e-6, atol=least)


@pytest.mark.parametrize("name", NAMES)
def test_every_layout_and_dimension(name: str) -> None:
    array = draw((5, 18, 21), np.float64)
    grad = draw((5, 18, 21), np.float64, 1)
    backward = getattr(softmax, f"{name}_backward")
    for label, view in layouts(array):
        for dim in (0, 1, -1):
            out = ours(name, view, dim)
            np.testing.assert_allclose(out, twin(name, view, dim), 1e-12, 1e-14, err_msg=label)
            plain = backward(grad, np.ascontiguousarray(out), dim)
            for _, other in [*layouts(grad)][:4]:
                np.testing.assert_allclose(backward(other, out, dim), plain, 1e-12, 1e-14)


def test_a_result_keeps_the_order_of_dimensions() -> None:
    a = draw((4, 20, 30)).transpose(2, 0, 1)
    assert ours("softmax", a, 1).strides == a.strides


@given(
    hnp.arrays(
        np.float64, hnp.array_shapes(max_dims=5, max_side=6), elements=st.floats(-50, 50, width=32)
    ),
    st.data(),
)
def test_random_views(array: np.ndarray, data: st.DataObject) -> None:
    view = array.transpose(data.draw(st.permutations(range(array.ndim))))
    steps = st.sampled_from([1, -1, 2])
    view = view[tuple(slice(None, None, data.draw(steps)) for _ in range(view.ndim))]
    dim = data.draw(st.integers(-view.ndim, view.ndim - 1))
    for name in NAMES:
        np.testing.assert_allclose(ours(name, view, dim), twin(name, view, dim), 1e-9, 1e-12)


SPECIAL = {
    "nan": [1.0, math.nan, 3.0],
    "inf": [math.inf, 1.0, 2.0],
    "two infs": [math.inf, math.inf, 2.0],
    "minus inf": [-math.inf, 1.0, 2.0],
    "minus infs": [-math.inf, -math.inf, -math.inf],
    "large": [1e30, 1e30, -1e30],
    "far below": [0.0, -87.5, -95.0, -103.0, -105.0, -300.0],
    "one": [2.5],
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("label", SPECIAL)
def test_special_values_are_those_of_pytorch(label: str, name: str) -> None:
    line = np.array(SPECIAL[label])
    for dtype in (np.float32, np.float64):
        # Short rows, long rows, rows that are filled up, and columns, with an ordinary line beside
        # the special one.
        longer = [np.concatenate([line, np.full(size, line[-1])]) for size in (64, 100)]
        for own in (line, *longer):
            rows = np.stack([own, np.linspace(0, 1, own.size)]).astype(dtype)
            columns = np.repeat(rows.T, 5, axis=1)
            for a, dim in ((rows, 1), (columns, 0)):
                expected = getattr(F, name)(as_torch(a), dim).numpy()
                # PyTorch's subnormal numbers have few digits.
                np.testing.assert_allclose(ours(name, a, dim), expected, 1e-6, 1e-43)


def test_subnormal_results_are_rounded_once() -> None:
    a = np.array([[0.0, -95.0, -103.0, -104.5]], np.float32)
    expected = twin("softmax", a, 1)
    np.testing.assert_allclose(ours("softmax", a, 1), expected, rtol=1e-6, atol=0.75e-45)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (0, 3), (1, 1), (1, 5, 1)])
def test_numbers_and_nothing(name: str, shape: tuple[int, ...]) -> None:
    a = draw(shape)
    for dim in range(max(len(shape), 1)):
        expected = getattr(F, name)(as_torch(a), dim)
        out = ours(name, a, dim)
        assert_same(out, expected)
        grad = np.ones(shape, np.float32)
        backward = getattr(torch, f"_{name}_backward_data")
        expected = backward(as_torch(grad), expected, dim, torch.float32)
        assert_same(getattr(softmax, f"{name}_backward")(grad, out, dim), expected)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_slopes(name: str) -> None:
    a, grad = draw((2, 3, 4), np.float64), draw((2, 3, 4), np.float64, 1)
    for dim in range(3):
        result = getattr(softmax, f"{name}_backward")(grad, ours(name, a, dim), dim)
        for place in np.ndindex(a.shape):
            step = np.zeros_like(a)
            step[place] = 1e-6
            rise = ours(name, a + step, dim) - ours(name, a - step, dim)
            assert math.isclose(result[place], (rise * grad).sum() / 2e-6, abs_tol=1e-8)


def with_threads(function: Callable[[], Any]) -> list[bytes]:
    """Give the bytes that 1 and 2 threads compute."""
    before = numba.get_num_threads()
    try:
        results = []
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            results.append(function().tobytes())
        return results
    finally:
        numba.set_num_threads(before)


@pytest.mark.parametrize("name", NAMES)
def test_one_and_two_threads_give_equal_bits(name: str) -> None:
    for shape, dim in [((20_000, 10), 1), ((2000, 100), 1), ((700, 300), 1), ((300, 700), 0)]:
        a, grad = draw(shape), draw(shape, seed=1)
        first, second = with_threads(lambda a=a, dim=dim: ours(name, a, dim))
        assert first == second
        out = ours(name, a, dim)
        np.testing.assert_allclose(out, twin(name, a, dim), rtol=3e-6, atol=1e-6)
        backward = getattr(softmax, f"{name}_backward")
        first, second = with_threads(lambda g=grad, y=out, dim=dim, b=backward: b(g, y, dim))
        assert first == second


def test_strided_operands_are_copied_in_small_blocks() -> None:
    a = draw((1000, 2000))[:, ::2]
    out_bytes = a.size * a.itemsize
    softmax.softmax(a, 1)
    tracemalloc.start()
    softmax.softmax(a, 1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < out_bytes + 4 * dense_blocks.BLOCK + 50_000


@pytest.mark.parametrize("name", NAMES)
def test_mistakes_are_named(name: str) -> None:
    function, backward = getattr(softmax, name), getattr(softmax, f"{name}_backward")
    with pytest.raises(
        IndexError, match=rf"{name}: dimension 2 is out of range for shape \(2, 3\)"
    ):
        function(np.zeros((2, 3)), 2)
    with pytest.raises(IndexError, match="out of range"):
        function(np.zeros(()), 1)
    for dtype in (np.int64, np.bool_):
        with pytest.raises(ReductionDTypeError, match=str(np.dtype(dtype))):
            function(np.zeros((2, 3), dtype), 1)
    out = np.zeros((2, 3))
    with pytest.raises(RuntimeError, match=r"grad must have shape \(2, 3\), got \(3, 2\)"):
        backward(np.zeros((3, 2)), out, 1)
    with pytest.raises(TypeError, match="grad must be float64, got float32"):
        backward(np.zeros((2, 3), np.float32), out, 1)
    with pytest.raises(IndexError, match="out of range"):
        backward(out, out, -3)
