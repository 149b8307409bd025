"""Embeddings and bags of them, held against PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

from minitorch.errors import DTypeError, ShapeError
from minitorch.kernels.cpu.indexing import embedding as emb
from minitorch.kernels.cpu.indexing.checks import IndexDTypeError, IndexRangeError

from .layouts import as_torch, assert_same, layouts
from .oracle import F, torch

FLOATS = [np.float16, np.float32, np.float64]
UNIT = {np.float16: 2e-3, np.float32: 1e-5, np.float64: 1e-12}


def table(rows: int = 20, columns: int = 130, dtype: Any = np.float32) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(rows, columns)).astype(dtype)


def drawn(shape: tuple[int, ...], rows: int = 20) -> np.ndarray:
    return np.random.default_rng(1).integers(0, rows, shape)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("padding", "by_frequency"), [(None, False), (3, False), (-17, False), (None, True), (3, True)]
)
def test_embedding_and_its_gradient(dtype: Any, padding: int | None, by_frequency: bool) -> None:
    weight, indices = table(dtype=dtype), drawn((5, 7))
    indices[0, :3] = 3
    w = as_torch(weight).requires_grad_()
    out = F.embedding(as_torch(indices), w, padding, scale_grad_by_freq=by_frequency)
    assert_same(emb.embedding(weight, indices, padding), out.detach())
    grad = np.random.default_rng(2).normal(size=out.shape).astype(dtype)
    out.backward(as_torch(grad))
    ours = emb.embedding_backward(grad, indices, 20, padding, by_frequency)
    if dtype == np.float16:
        exact = emb.embedding_backward(grad.astype(np.float64), indices, 20, padding, by_frequency)
        np.testing.assert_allclose(ours, exact, rtol=2e-3, atol=1e-3)
    else:
        assert_same(ours, w.grad, unit=UNIT[dtype])


def test_every_layout_of_table_indices_and_gradient() -> None:
    indices = drawn((4, 6), 9)
    for label, weight in layouts(table(9, 5)):
        for _, chosen in layouts(indices):
            assert_same(
                emb.embedding(weight, chosen),
                F.embedding(as_torch(chosen), as_torch(weight)),
                label,
            )
    for label, grad in layouts(np.random.default_rng(2).normal(size=(4, 6, 5))):
        w = torch.zeros(9, 5, dtype=torch.float64, requires_grad=True)
        F.embedding(as_torch(indices), w).backward(as_torch(grad))
        assert_same(emb.embedding_backward(grad, indices, 9), w.grad, label)


def test_numbers_nothing_and_short_integers() -> None:
    weight = table(4, 3)
    assert_same(emb.embedding(weight, np.array(2)), as_torch(weight)[2])
    assert emb.embedding(weight, np.zeros((2, 0), int)).shape == (2, 0, 3)
    assert emb.embedding(table(4, 0), np.array([1])).shape == (1, 0)
    assert not emb.embedding_backward(np.zeros((0, 3)), np.zeros(0, int), 4).any()
    np.testing.assert_array_equal(emb.embedding(weight, np.array([1, 3], np.int32)), weight[[1, 3]])


def test_a_large_table_and_many_indices() -> None:
    weight, indices = table(3000, 70), drawn((40, 50), 3000)
    w = as_torch(weight).requires_grad_()
    out = F.embedding(as_torch(indices), w)
    assert_same(emb.embedding(weight, indices), out.detach())
    grad = np.random.default_rng(2).normal(size=out.shape).astype(np.float32)
    out.backward(as_torch(grad))
    assert_same(emb.embedding_backward(grad, indices, 3000), w.grad, unit=1e-5)


def test_one_and_two_threads_give_equal_bits() -> None:
    indices = drawn((2000,), 50)
    grad = np.random.default_rng(2).normal(size=(2000, 150)).astype(np.float32)
    offsets = np.arange(0, 2000, 7)
    before = numba.get_num_threads()
    results = []
    try:
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            bags, _ = emb.embedding_bag(grad[:50], indices, offsets)
            results.append(
                [
                    emb.embedding_backward(grad, indices, 50).tobytes(),
                    bags.tobytes(),
                    emb.embedding_bag_backward(bags, grad[:50], indices, offsets)[0].tobytes(),
                ]
            )
    finally:
        numba.set_num_threads(before)
    assert results[0] == results[1]


@pytest.mark.parametrize("norm_type", [2.0, 1.0, float("inf")])
def test_rows_are_scaled_in_place_to_the_largest_norm(norm_type: float) -> None:
    ours, indices = table(20, 6), np.array([[1, 1, 5], [7, 19, 5]])
    theirs = as_torch(ours)
    F.embedding(as_torch(indices), theirs, max_norm=1.5, norm_type=norm_type)
    assert emb.embedding_renorm_(ours, indices, 1.5, norm_type) is ours
    assert_same(ours, theirs)


# ---- bags

OFFSETS = np.array([0, 0, 4, 9, 17])


def bag_cases() -> list[tuple[str, int | None, bool, bool]]:
    return [
        (mode, padding, last, weighted)
        for mode in emb.MODES
        for padding in (None, 3)
        for last in (False, True)
        for weighted in ((False, True) if mode == "sum" else (False,))
    ]


@pytest.mark.parametrize(("mode", "padding", "last", "weighted"), bag_cases())
def test_bags_and_their_gradients(
    mode: str, padding: int | None, last: bool, weighted: bool
) -> None:
    weight, indices = table(20, 6), drawn((17,))
    indices[[0, 5, 6]] = 3
    weights = np.random.default_rng(3).normal(size=17).astype(np.float32) if weighted else None
    w = as_torch(weight).requires_grad_()
    s = None if weights is None else as_torch(weights).requires_grad_()
    out = F.embedding_bag(
        *(as_torch(indices), w, as_torch(OFFSETS)),
        mode=mode, per_sample_weights=s, padding_idx=padding, include_last_offset=last,
    )  # fmt: skip
    arguments = (weight, indices, OFFSETS, mode, weights, padding, last)
    ours, places = emb.embedding_bag(*arguments)
    assert_same(ours, out.detach(), unit=1e-6)
    grad = np.random.default_rng(4).normal(size=out.shape).astype(np.float32)
    out.backward(as_torch(grad))
    of_weight, of_weights = emb.embedding_bag_backward(grad, *arguments, max_indices=places)
    assert_same(of_weight, w.grad, unit=1e-6)
    if s is not None:
        assert of_weights is not None
        assert_same(of_weights, s.grad, unit=1e-6)


def test_bags_of_equal_length_of_every_layout_and_dtype() -> None:
    indices = drawn((4, 5), 9)
    for dtype in FLOATS:
        for label, weight in layouts(table(9, 5, dtype)):
            for mode in emb.MODES:
                theirs = F.embedding_bag(as_torch(indices), as_torch(weight), mode=mode)
                ours, _ = emb.embedding_bag(weight, indices, mode=mode)
                assert_same(ours, theirs, label, unit=UNIT[dtype])


@pytest.mark.parametrize("mode", ["sum", "mean"])
def test_bags_of_every_length(mode: str) -> None:
    weight, offsets = table(20, 17), np.array([0, 0, 1, 3, 6, 10, 15, 21, 28])
    indices = drawn((37,))
    for factors in (None, np.random.default_rng(2).normal(size=37).astype(np.float32)):
        if factors is not None and mode == "mean":
            continue
        for padding in (None, int(indices[0])):
            ours, _ = emb.embedding_bag(weight, indices, offsets, mode, factors, padding)
            theirs = F.embedding_bag(
                as_torch(indices),
                as_torch(weight),
                as_torch(offsets),
                mode=mode,
                per_sample_weights=None if factors is None else as_torch(factors),
                padding_idx=padding,
            )
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_empty_bags_are_zero() -> None:
    none = np.zeros(0, int)
    for mode in emb.MODES:
        ours, _ = emb.embedding_bag(table(4, 3), none, np.array([0, 0]), mode)
        np.testing.assert_array_equal(ours, np.zeros((2, 3)))
        assert emb.embedding_bag(table(4, 3), none, none, mode)[0].shape == (0, 3)


def test_a_gradient_is_divided_by_how_often_its_row_is_taken() -> None:
    # PyTorch's own bags divide by the count of another row.
    indices, offsets = np.array([1, 2, 2, 1, 1]), np.array([0, 4])
    grad, _ = emb.embedding_bag_backward(
        np.ones((2, 2)), np.ones((4, 2)), indices, offsets, "sum", scale_grad_by_freq=True
    )
    np.testing.assert_allclose(grad, [[0, 0], [1, 1], [1, 1], [0, 0]])


def test_gradients_of_bags_are_central_differences() -> None:
    weight, indices, offsets = table(5, 3, np.float64), drawn((8,), 5), np.array([0, 3, 3])
    weights = np.random.default_rng(3).normal(size=8)
    grad, h = np.random.default_rng(4).normal(size=(3, 3)), 1e-6
    arguments = (indices, offsets, "sum", weights, None, False)
    ours, of_weights = emb.embedding_bag_backward(grad, weight, *arguments)
    assert of_weights is not None

    def loss() -> float:
        return float((grad * emb.embedding_bag(weight, *arguments)[0]).sum())

    for array, own in ((weight, ours), (weights, of_weights)):
        for place in np.ndindex(*array.shape):
            before = array[place]
            array[place] = before + h
            above = loss()
            array[place] = before - h
            difference = (above - loss()) / (2 * h)
            array[place] = before
            assert own[place] == pytest.approx(difference, abs=1e-6)


# ---- mistakes

W, LIST = np.ones((10, 3), np.float32), np.array([0, 1, 3, 2])


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: emb.embedding(W, np.array([[0, 10]])), IndexError,
         r"embedding: index 10 at position \(0, 1\).*expected 0 to 9"),
        (lambda: emb.embedding(W, np.array([-1])), IndexError, "index -1 at position"),
        (lambda: emb.embedding(W, np.array([1.0])), RuntimeError, "got float64"),
        (lambda: emb.embedding(W[0], LIST), RuntimeError, "2 dimensions"),
        (lambda: emb.embedding(W, LIST, 10), AssertionError, "padding_idx 10.*-10 to 9"),
        (lambda: emb.embedding(W.astype(int), LIST), DTypeError, "takes floats, got int64"),
        (lambda: emb.embedding_backward(W, LIST, 10), ShapeError, r"\(10, 3\)"),
        (lambda: emb.embedding_backward(W[:1], np.array([10]), 10), IndexRangeError, "index 10"),
        (lambda: emb.embedding_renorm_(W, np.array([10]), 1.0), IndexError, "index 10"),
        (lambda: emb.embedding_bag(W, np.array([0, 30]), np.array([0])), RuntimeError, "index 30"),
        (lambda: emb.embedding_bag(W, LIST), ValueError, "offsets None"),
        (lambda: emb.embedding_bag(W, LIST[None], LIST), ValueError, "offsets of 1"),
        (lambda: emb.embedding_bag(W, LIST, np.array([1, 2])), RuntimeError, "start with 0"),
        (lambda: emb.embedding_bag(W, LIST, np.array([0, 5])), RuntimeError, r"\[0 5\]"),
        (lambda: emb.embedding_bag(W, LIST, LIST * 0, "median"), ValueError, "'median'"),
        (lambda: emb.embedding_bag(W, LIST, LIST * 0, "mean", W[:4, 0]), NotImplementedError,
         "for mode 'sum' only"),
        (lambda: emb.embedding_bag(W, LIST, LIST * 0, "sum", W[:3, 0]), ValueError, r"\(3,\)"),
        (lambda: emb.embedding_bag(W, LIST * 1.0, LIST * 0), IndexDTypeError, "float64"),
    ],
)  # fmt: skip
def test_mistakes_are_named(call: Callable[[], Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()
