"""Dropout, held against PyTorch bit by bit: results, gradients and the generator's state after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

from minitorch.errors import DTypeError, ShapeError
from minitorch.kernels.cpu.randomness import dropout as kernels
from minitorch.kernels.cpu.randomness.dropout import ProbabilityError
from minitorch.kernels.cpu.randomness.generator import Generator

from .layouts import layouts
from .oracle import F, torch

Forward = Callable[[np.ndarray, float, Generator], tuple[np.ndarray, np.ndarray]]
Backward = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
KINDS: dict[str, tuple[Callable[..., Any], Forward, Backward]] = {
    "dropout": (torch.dropout, kernels.dropout, kernels.dropout_backward),
    "feature": (torch.feature_dropout, kernels.feature_dropout, kernels.dropout_backward),
    "alpha": (torch.alpha_dropout, kernels.alpha_dropout, kernels.alpha_dropout_backward),
    "feature alpha": (
        torch.feature_alpha_dropout,
        kernels.feature_alpha_dropout,
        kernels.alpha_dropout_backward,
    ),
}
DTYPES = ["float16", "float32", "float64"]


def numbers(shape: tuple[int, ...], dtype: str, seed: int = 0) -> np.ndarray:
    """Draw elements, with all special values among the first."""
    array = np.random.default_rng(seed).standard_normal(shape).astype(dtype)
    special = [np.nan, np.inf, -np.inf, -0.0, np.finfo(dtype).smallest_subnormal]
    array.reshape(-1)[: len(special)] = special[: array.size]
    return array


def as_leaf(view: np.ndarray) -> Any:
    """Give PyTorch a tensor that is laid out in memory as an array of positive steps."""
    steps = [step // view.itemsize for step in view.strides]
    span = 1 + sum((size - 1) * step for size, step in zip(view.shape, steps, strict=True) if size)
    memory = np.lib.stride_tricks.as_strided(view, (max(span, 1),), (view.itemsize,)).copy()
    return torch.as_strided(torch.from_numpy(memory), view.shape, steps).requires_grad_()


def assert_bits(ours: np.ndarray, theirs: Any, name: str) -> None:
    """Compare elements, zeros with their sign."""
    theirs = theirs.detach().numpy()
    assert ours.dtype == theirs.dtype, name
    np.testing.assert_array_equal(ours, theirs, err_msg=name)
    is_number = ~np.isnan(ours)
    np.testing.assert_array_equal(np.signbit(ours)[is_number], np.signbit(theirs)[is_number], name)


def check(kind: str, view: np.ndarray, p: float) -> None:
    """Hold result, gradient and state against PyTorch's."""
    theirs, forward, backward = KINDS[kind]
    name = f"{kind} {view.dtype} {view.shape} {p}"
    generator = Generator(5)
    torch.manual_seed(5)
    leaf = as_leaf(view)
    expected = theirs(leaf, p, True)
    out, mask = forward(view, p, generator)
    assert out is not view
    assert_bits(out, expected, name)
    np.testing.assert_array_equal(generator.get_state(), torch.get_rng_state().numpy(), name)
    cotangent = numbers(view.shape, str(view.dtype), 1)
    (gradient,) = torch.autograd.grad(expected, leaf, torch.from_numpy(cotangent))
    assert_bits(backward(cotangent, mask, p), gradient, name)
    if view.ndim > 1:
        assert_bits(backward(np.asfortranarray(cotangent), mask, p), gradient, name)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", KINDS)
def test_results_gradients_and_states_are_pytorchs(kind: str, dtype: str) -> None:
    for p in (0.0, 0.1, 0.5, 0.77, 1.0):
        for shape in [(3, 7), (4, 5, 6), (2, 0), (700, 3)]:
            check(kind, numbers(shape, dtype), p)
        if "feature" not in kind:
            check(kind, numbers((), dtype), p)
            check(kind, numbers((5,), dtype), p)


@pytest.mark.parametrize("kind", KINDS)
def test_masks_are_drawn_in_the_order_of_memory(kind: str) -> None:
    array = numbers((4, 6, 5), "float32")
    views = dict(layouts(array))
    views["first of all"] = np.broadcast_to(array[:1, :1], array.shape)
    views["turned broadcast"] = np.broadcast_to(array.T[:1], array.T.shape)
    views["permuted and sliced"] = array.transpose(2, 0, 1)[:, ::2]
    for view in views.values():
        if min(view.strides) >= 0:
            check(kind, view, 0.4)


def test_arrays_with_negative_steps_are_dropped_like_others() -> None:
    array = numbers((6, 8), "float64")[::-1, ::-1]
    out, mask = kernels.dropout(array, 0.5, Generator(1))
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(out, array * (mask * 2.0))


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_nothing_is_drawn_where_all_or_nothing_is_kept(p: float) -> None:
    for forward in (pair[1] for pair in KINDS.values()):
        generator = Generator(1)
        _, mask = forward(np.ones((3, 4), np.float32), p, generator)
        assert (mask == (p == 0)).all()
        np.testing.assert_array_equal(generator.get_state(), Generator(1).get_state())


def test_the_share_that_is_kept_and_the_mean_are_right() -> None:
    out, mask = kernels.dropout(np.ones(100_000, np.float32), 0.3, Generator(1))
    assert abs(mask.mean() - 0.7) < 0.01
    assert abs(out.mean() - 1) < 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_central_differences(kind: str) -> None:
    _, forward, backward = KINDS[kind]
    a = np.random.default_rng(0).standard_normal((3, 4))
    cotangent = np.random.default_rng(1).standard_normal((3, 4))
    _, mask = forward(a, 0.4, Generator(2))
    gradient = backward(cotangent, mask, 0.4)
    step = 1e-6
    for place in np.ndindex(a.shape):
        ends = []
        for sign in (1, -1):
            moved = a.copy()
            moved[place] += sign * step
            ends.append((forward(moved, 0.4, Generator(2))[0] * cotangent).sum())
        assert abs((ends[0] - ends[1]) / (2 * step) - gradient[place]) < 1e-8


@pytest.mark.parametrize("kind", ["dropout", "alpha"])
def test_one_and_two_threads_give_equal_bits(kind: str) -> None:
    _, forward, backward = KINDS[kind]
    array = numbers((300_001,), "float32")
    before = numba.get_num_threads()
    results = []
    try:
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            out, mask = forward(array, 0.5, Generator(1))
            results.append((out, mask, backward(array, mask, 0.5)))
    finally:
        numba.set_num_threads(before)
    for one, two in zip(*results, strict=True):
        np.testing.assert_array_equal(one, two)
    torch.manual_seed(1)
    assert_bits(results[1][0], KINDS[kind][0](torch.from_numpy(array), 0.5, True), kind)


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan")])
def test_a_probability_outside_0_to_1_is_an_error_of_pytorchs_classes(p: float) -> None:
    with pytest.raises(ProbabilityError, match=f"dropout needs .* got {p}") as raised:
        kernels.dropout(np.ones(3), p, Generator(0))
    ones = torch.ones(3)
    for theirs in (lambda: F.dropout(ones, p), lambda: torch.dropout(ones, p, True)):
        with pytest.raises((ValueError, RuntimeError), match="between 0 and 1") as expected:
            theirs()
        assert isinstance(raised.value, expected.type)


def test_integers_and_too_few_dimensions_are_errors_of_pytorchs_classes() -> None:
    with pytest.raises(RuntimeError):
        torch.dropout(torch.ones(3, dtype=torch.int64), 0.5, True)
    with pytest.raises(DTypeError, match=r"takes floats, got int64 of shape \(3,\)"):
        kernels.dropout(np.ones(3, np.int64), 0.5, Generator(0))
    with pytest.raises(RuntimeError):
        torch.feature_dropout(torch.ones(3), 0.5, True)
    with pytest.raises(ShapeError, match=r"two dimensions \(N, C\) or more, got shape \(3,\)"):
        kernels.feature_dropout(np.ones(3), 0.5, Generator(0))
