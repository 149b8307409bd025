"""Cross-entropy and the negative log-likelihood, held against PyTorch and central differences."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch.errors import DTypeError, ShapeError
from minitorch.kernels.cpu.losses import loss
from minitorch.kernels.cpu.reductions.fold import ReductionDTypeError

from .layouts import as_torch, layouts
from .oracle import F

FLOATS = [np.float16, np.float32, np.float64]
# One example, few and many classes, classes that are no neighbours, few and many of their lines.
SHAPES = [(6,), (9, 5), (4, 70), (3, 5, 4), (2, 7, 3, 9)]
REDUCTIONS = ["none", "mean", "sum"]
IGNORED = -100


def draw(shape: Sequence[int], dtype: Any = np.float32, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 2, tuple(shape)).astype(dtype)


def classes_of(shape: Sequence[int]) -> int:
    return shape[min(len(shape) - 1, 1)]


def lines_of(shape: Sequence[int]) -> tuple[int, ...]:
    return () if len(shape) == 1 else (shape[0], *shape[2:])


def targets(shape: Sequence[int], seed: int = 0, ignored: float = 0.2) -> np.ndarray:
    generator = np.random.default_rng(seed)
    chosen = generator.integers(0, classes_of(shape), lines_of(shape))
    return np.asarray(np.where(generator.random(lines_of(shape)) < ignored, IGNORED, chosen))


def probabilities(shape: Sequence[int], dtype: Any) -> np.ndarray:
    weights = np.random.default_rng(5).random(shape)
    return (weights / weights.sum(min(len(shape) - 1, 1), keepdims=True)).astype(dtype)


def close(ours: np.ndarray, theirs: Any, dtype: Any, name: str = "") -> None:
    expected = theirs.detach().numpy() if hasattr(theirs, "detach") else theirs
    assert ours.dtype == dtype, name
    assert ours.shape == expected.shape, name
    size = max(1.0, float(np.abs(expected[np.isfinite(expected)]).max(initial=0)))
    unit = 20 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(ours, expected, rtol=unit, atol=size * unit, err_msg=name)


def agree(a: np.ndarray, target: np.ndarray, name: str, **options: Any) -> None:
    """Compare the loss and the gradient with PyTorch's, for a random cotangent."""
    tensor = as_torch(a).requires_grad_()
    given = dict(options)
    if given.get("weight") is not None:
        given["weight"] = as_torch(given["weight"])
    expected = F.cross_entropy(tensor, as_torch(target), **given)
    out = loss.cross_entropy(a, target, **options)
    close(out, expected, a.dtype, name)
    grad = np.asarray(draw(out.shape, a.dtype, 9))
    expected.backward(as_torch(grad))
    close(loss.cross_entropy_backward(grad, a, target, **options), tensor.grad, a.dtype, name)
    if options.get("reduction", "mean") != "none":
        value, gradient = loss.cross_entropy_with_grad(a, target, **options)
        close(value, out, a.dtype, name)
        one = np.ones((), a.dtype)
        expected_gradient = loss.cross_entropy_backward(one, a, target, **options)
        close(gradient, expected_gradient, a.dtype, name)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SHAPES)
def test_class_targets_give_what_pytorch_gives(shape: tuple[int, ...], dtype: Any) -> None:
    a, weight = draw(shape, dtype), np.abs(draw((classes_of(shape),), dtype, 1))
    for own, smoothing, reduction in itertools.product((None, weight), (0.0, 0.3), REDUCTIONS):
        target = targets(shape, ignored=0.2 if len(shape) > 1 else 0)
        name = f"{shape} {own is not None} {smoothing} {reduction}"
        options = {"weight": own, "label_smoothing": smoothing, "reduction": reduction}
        agree(a, target, name, **options)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SHAPES)
def test_probabilities_give_what_pytorch_gives(shape: tuple[int, ...], dtype: Any) -> None:
    a, weight = draw(shape, dtype), np.abs(draw((classes_of(shape),), dtype, 1))
    for own, smoothing, reduction in itertools.product((None, weight), (0.0, 0.3), REDUCTIONS):
        name = f"{shape} {own is not None} {smoothing} {reduction}"
        options = {"weight": own, "label_smoothing": smoothing, "reduction": reduction}
        agree(a, probabilities(shape, dtype), name, **options)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SHAPES)
def test_nll_loss_is_that_of_pytorch(shape: tuple[int, ...], dtype: Any) -> None:
    a, weight = draw(shape, dtype), np.abs(draw((classes_of(shape),), dtype, 1))
    target = targets(shape, ignored=0.2 if len(shape) > 1 else 0)
    for own, reduction in itertools.product((None, weight), REDUCTIONS):
        tensor = as_torch(a).requires_grad_()
        own_weight = None if own is None else as_torch(own)
        expected = F.nll_loss(tensor, as_torch(target), own_weight, reduction=reduction)
        out = loss.nll_loss(a, target, own, reduction=reduction)
        close(out, expected, dtype, reduction)
        grad = np.asarray(draw(out.shape, dtype, 9))
        expected.backward(as_torch(grad))
        got = loss.nll_loss_backward(grad, a, target, own, reduction=reduction)
        close(got, tensor.grad, dtype, reduction)


@pytest.mark.parametrize("shape", [(20_000, 4), (70_000, 3), (5, 4, 90, 200)])
def test_nll_loss_of_many_lines_is_that_of_pytorch(shape: tuple[int, ...]) -> None:
    a, weight = draw(shape), np.abs(draw((classes_of(shape),), seed=1))
    target = targets(shape)
    tensor, own_weight = as_torch(a.astype(np.float64)), as_torch(weight.astype(np.float64))
    for reduction in ("mean", "sum"):
        expected = F.nll_loss(tensor, as_torch(target), own_weight, reduction=reduction)
        got = loss.nll_loss(a, target, weight, reduction=reduction)
        np.testing.assert_allclose(got, expected.numpy(), rtol=1e-6)
    target.reshape(-1)[-1] = classes_of(shape)
    with pytest.raises(IndexError, match=f"target {classes_of(shape)} at position"):
        loss.nll_loss(a, target)


@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.int64])
def test_integers_of_any_size_are_classes(kind: Any) -> None:
    a = draw((6, 4))
    target = np.array([0, 1, 2, 3, 3, 0], kind)
    expected = F.cross_entropy(as_torch(a), as_torch(target.astype(np.int64)))
    close(loss.cross_entropy(a, target), expected, np.float32)


def test_every_layout() -> None:
    array, own_targets = draw((8, 6, 10)), targets((8, 6, 10))
    soft = probabilities((8, 6, 10), np.float32)
    for (label, view), (_, own), (_, other) in itertools.product(
        layouts(array), [*layouts(own_targets)][:3], [*layouts(soft)][:3]
    ):
        plain = np.array(view)
        close(loss.nll_loss(view, own), loss.nll_loss(plain, np.array(own)), np.float32, label)
        for target in (own, other):
            expected = loss.cross_entropy_with_grad(plain, np.array(target), label_smoothing=0.1)
            got = loss.cross_entropy_with_grad(view, target, label_smoothing=0.1)
            for mine, their in zip(got, expected, strict=True):
                close(mine, their, np.float32, label)
    grad = draw((8, 10))[::-1]
    for label, view in layouts(array):
        plain = np.array(view)
        options = {"reduction": "none"}
        expected = loss.cross_entropy_backward(np.array(grad), plain, own_targets, **options)
        got = loss.cross_entropy_backward(grad, view, own_targets, **options)
        close(got, expected, np.float32, label)
        expected = loss.nll_loss_backward(np.array(grad), plain, own_targets, **options)
        got = loss.nll_loss_backward(grad, view, own_targets, **options)
        np.testing.assert_array_equal(got, expected, label)


def test_logits_with_the_classes_last_in_memory_are_not_copied() -> None:
    a = draw((4, 7, 90)).transpose(0, 2, 1)
    target = targets(a.shape)
    value, gradient = loss.cross_entropy_with_grad(a, target)
    assert gradient.strides == a.strides
    expected = loss.cross_entropy_with_grad(np.ascontiguousarray(a), target)
    close(value, expected[0], np.float32)
    close(gradient, expected[1], np.float32)


@given(st.integers(0, 7), st.integers(1, 40), st.integers(0, 20), st.integers(0, 99))
def test_any_sizes(examples: int, classes: int, length: int, seed: int) -> None:
    a = draw((examples, classes, length), np.float64, seed)
    target = targets(a.shape, seed)
    logs = a - np.log(np.exp(a).sum(1, keepdims=True))
    chosen = np.take_along_axis(logs, np.maximum(target, 0)[:, None], 1)[:, 0]
    expected = np.where(target == IGNORED, 0, -chosen)
    out = loss.cross_entropy(a, target, reduction="none")
    np.testing.assert_allclose(out, expected, 1e-10, 1e-10)
    np.testing.assert_allclose(loss.nll_loss(logs, target, reduction="none"), expected, 1e-10)


def test_gradients_are_slopes() -> None:
    weight = np.array([0.5, 1.0, 2.0])
    for shape in ((4, 3), (2, 3, 9)):
        a = draw(shape, np.float64)
        for target in (targets(shape), probabilities(shape, np.float64)):

            def value(x: np.ndarray, target: np.ndarray = target) -> float:
                return float(loss.cross_entropy(x, target, weight, label_smoothing=0.2))

            gradient = loss.cross_entropy_with_grad(a, target, weight, label_smoothing=0.2)[1]
            for place in np.ndindex(a.shape):
                step = np.zeros_like(a)
                step[place] = 1e-6
                slope = (value(a + step) - value(a - step)) / 2e-6
                assert math.isclose(gradient[place], slope, abs_tol=1e-8)


# ---- special values


def test_infinite_logits_give_what_pytorch_gives() -> None:
    rows = np.array(
        [
            [-np.inf, 1, 2],
            [1, -np.inf, 2],
            [np.inf, 1, 2],
            [np.nan, 1, 2],
            [-np.inf] * 3,
            [1e30] * 3,
        ]
    )
    target = np.array([1, 1, 0, 2, 0, 1])
    columns = np.repeat(rows.T[None], 9, axis=0)
    for dtype in (np.float32, np.float64):
        for a, own in ((rows, target), (columns, np.repeat(target[None], 9, axis=0))):
            logits = a.astype(dtype)
            tensor = as_torch(logits).requires_grad_()
            expected = F.cross_entropy(tensor, as_torch(own), reduction="none")
            out = loss.cross_entropy(logits, own, reduction="none")
            np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-6)
            expected.sum().backward()
            grad = loss.cross_entropy_backward(np.ones_like(out), logits, own, reduction="none")
            np.testing.assert_allclose(grad, tensor.grad.numpy(), rtol=1e-6, atol=1e-7)


def test_what_is_ignored_has_no_gradient_whatever_it_holds() -> None:
    for shape in ((3, 5), (3, 5, 9)):
        a = draw(shape)
        a[1] = np.nan
        target = targets(shape, ignored=0)
        target[1] = IGNORED
        value, gradient = loss.cross_entropy_with_grad(a, target)
        assert np.isfinite(value)
        assert not gradient[1].any()
        assert np.isfinite(gradient).all()


def test_where_nothing_counts_the_mean_is_nan_and_the_gradient_0() -> None:
    a = draw((3, 4))
    target = np.full(3, 7)
    value, gradient = loss.cross_entropy_with_grad(a, target, ignore_index=7)
    assert np.isnan(value)
    assert not gradient.any()
    assert np.isnan(loss.nll_loss(a, target, ignore_index=7))
    assert loss.cross_entropy(a, target, ignore_index=7, reduction="sum") == 0


@pytest.mark.parametrize("shape", [(0, 4), (2, 4, 0)])
def test_nothing_gives_what_pytorch_gives(shape: tuple[int, ...]) -> None:
    a, target = draw(shape), targets(shape)
    for reduction in REDUCTIONS:
        agree(a, target, reduction, reduction=reduction)
        agree(a, probabilities(shape, np.float32), reduction, reduction=reduction)
        expected = F.nll_loss(as_torch(a), as_torch(target), reduction=reduction)
        close(loss.nll_loss(a, target, reduction=reduction), expected, np.float32)


# ---- threads


@pytest.mark.parametrize("shape", [(20_000, 10), (300, 700), (40, 9, 400), (80_000, 3)])
def test_one_and_two_threads_give_equal_bits(shape: tuple[int, ...]) -> None:
    a, target = draw(shape), targets(shape)
    soft = probabilities(shape, np.float32)
    before = numba.get_num_threads()
    calls: list[Callable[[], Any]] = [
        lambda: loss.cross_entropy_with_grad(a, target, label_smoothing=0.1),
        lambda: loss.cross_entropy_with_grad(a, soft),
        lambda: (loss.nll_loss(a, target), loss.nll_loss_backward(np.ones((), "f"), a, target)),
    ]
    try:
        for call in calls:
            results = []
            for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
                numba.set_num_threads(threads)
                results.append([array.tobytes() for array in call()])
            assert results[0] == results[1]
    finally:
        numba.set_num_threads(before)
    expected = F.cross_entropy(as_torch(a.astype(np.float64)), as_torch(target))
    np.testing.assert_allclose(loss.cross_entropy(a, target), expected.numpy(), rtol=1e-6)


# ---- mistakes

A = np.zeros((3, 4), np.float32)
T = np.array([0, 1, 2])
MISTAKES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (
        lambda: loss.cross_entropy(A, np.array([0, 4, 1])),
        IndexError,
        r"cross_entropy: target 4 at position \(1,\) is outside 0\.\.3",
    ),
    (
        lambda: loss.nll_loss(np.zeros((2, 4, 2, 2)), np.array([[[0, 1], [-1, 2]]] * 2)),
        IndexError,
        r"nll_loss: target -1 at position \(0, 1, 0\) is outside 0\.\.3",
    ),
    (
        lambda: loss.cross_entropy_backward(np.ones((), "f"), A, np.array([0, 1, -2])),
        IndexError,
        r"target -2 at position \(2,\)",
    ),
    (lambda: loss.cross_entropy(A[0], np.array(9)), IndexError, r"target 9 at position \(\)"),
    (lambda: loss.cross_entropy(A, T[:2]), ShapeError, r"shape \(3,\), got \(2,\)"),
    (lambda: loss.cross_entropy(A, T.astype("f")), ShapeError, "class indices must be integers"),
    (lambda: loss.cross_entropy(A, T > 0), DTypeError, "integer class indices, got bool"),
    (lambda: loss.nll_loss(A, A), DTypeError, "integer class indices, got float32"),
    (lambda: loss.cross_entropy(A, A.astype("d")), DTypeError, "target must be float32"),
    (lambda: loss.cross_entropy(A[0, 0], T), ShapeError, r"input \(\)"),
    (lambda: loss.cross_entropy(T, T), ReductionDTypeError, "int64"),
    (lambda: loss.cross_entropy(A, T, np.ones(3, "f")), ShapeError, r"weight must have shape \(4,"),
    (lambda: loss.cross_entropy(A, T, np.ones(4)), DTypeError, "weight must be float32"),
    (lambda: loss.cross_entropy(A, T, reduction="max"), ValueError, "got 'max'"),
    (lambda: loss.nll_loss(A, T, reduction="max"), ValueError, "got 'max'"),
    (lambda: loss.cross_entropy_with_grad(A, T, reduction="none"), ValueError, "reduction 'none'"),
    (lambda: loss.cross_entropy(A, T, label_smoothing=1.5), RuntimeError, "0 to 1, got 1.5"),
    (lambda: loss.cross_entropy(A, A, ignore_index=1), RuntimeError, r"ignore_index \(1\)"),
    (
        lambda: loss.cross_entropy_backward(np.ones(3, "f"), A, T),
        ShapeError,
        r"grad must have shape \(\), got \(3,\)",
    ),
    (
        lambda: loss.nll_loss_backward(np.ones((), "d"), A, T),
        DTypeError,
        "grad must be float32, got float64",
    ),
]


@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_mistakes_are_named(number: int) -> None:
    call, error, text = MISTAKES[number]
    with pytest.raises(error, match=text):
        call()
