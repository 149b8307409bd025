"""Scaled dot-product attention, held against PyTorch's in float64."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minitorch.errors import DTypeError, ShapeError
from minitorch.kernels.cpu.sequences import attention as module
from minitorch.kernels.cpu.sequences.attention import scaled_dot_product_attention as attention
from minitorch.kernels.cpu.sequences.attention import (
    scaled_dot_product_attention_backward as attention_backward,
)

from .layouts import as_torch, layouts
from .oracle import F, torch

FLOATS = [np.float16, np.float32, np.float64]
Array = np.ndarray
# Shapes of query, key and value: of one tile, of several, with dimensions that broadcast.
SHAPES = [
    ((2, 3, 5, 7), (2, 3, 6, 7), (2, 3, 6, 4)),
    ((1, 2, 150, 9), (1, 2, 530, 9), (1, 2, 530, 33)),
    ((6, 30, 8), (1, 40, 8), (6, 40, 8)),
    ((3, 1), (2, 1), (2, 1)),
    ((2, 1, 2, 2, 9, 3), (1, 2, 1, 2, 4, 3), (2, 2, 2, 1, 4, 3)),
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep to one thread: kernels for several take long to compile."""
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


def draw(shape: tuple[int, ...], dtype: Any = np.float32, seed: int = 0) -> Array:
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(dtype)


def operands(shapes: Any, dtype: Any = np.float32) -> list[Array]:
    return [draw(shape, dtype, seed) for seed, shape in enumerate(shapes)]


def compute(
    query: Array, key: Array, value: Array, mask: Array | None = None, **options: Any
) -> tuple[list[Array], Array]:
    """Give the result and the gradients, and the random cotangent."""
    out, logs = attention(query, key, value, mask, **options)
    grad = draw(out.shape, out.dtype, 9)
    grads = attention_backward(grad, query, key, value, out, logs, mask, **options)
    return [out, *grads], grad


def check(
    query: Array, key: Array, value: Array, mask: Array | None = None, **options: Any
) -> None:
    """Compare the result and all gradients with PyTorch's in float64."""
    results, grad = compute(query, key, value, mask, **options)
    wide = [as_torch(x).double().requires_grad_() for x in (query, key, value)]
    # PyTorch takes no mask of fewer dimensions for some shapes of query.
    other = None if mask is None else as_torch(np.atleast_2d(mask))
    if other is not None and other.dtype != torch.bool:
        other = other.double()
    expected = F.scaled_dot_product_attention(*wide, attn_mask=other, **options)
    expected.backward(as_torch(grad).double())
    eps = float(np.finfo(query.dtype).eps)
    for ours, theirs in zip(results, [expected, *(x.grad for x in wide)], strict=True):
        theirs = theirs.detach().numpy()
        assert ours.dtype == query.dtype
        assert ours.shape == theirs.shape
        bound = 64 * eps * max(1.0, abs(theirs).max(initial=0))
        np.testing.assert_allclose(ours.astype(np.float64), theirs, rtol=0, atol=bound)


# ---- results and gradients


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shapes", SHAPES)
def test_results_and_gradients_are_those_of_pytorch(dtype: Any, shapes: Any) -> None:
    check(*operands(shapes, dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("rows", "keys"), [(7, 7), (300, 300), (300, 40), (40, 600), (1, 5)])
def test_causal_attention_sees_the_keys_up_to_the_query(dtype: Any, rows: int, keys: int) -> None:
    check(*operands([(2, rows, 9), (2, keys, 9), (2, keys, 5)], dtype), is_causal=True)


@pytest.mark.parametrize("shape", [(300, 530), (2, 1, 1, 530), (2, 3, 300, 1), (1,), ()])
@pytest.mark.parametrize("kind", ["bool", "float32"])
def test_masks_of_every_shape_broadcast(shape: tuple[int, ...], kind: str) -> None:
    mask = draw(shape, np.float32, 5)
    check(
        *operands([(2, 3, 300, 8), (2, 3, 530, 8), (2, 3, 530, 8)]),
        mask > -0.5 if kind == "bool" else mask,
    )


def test_float32_may_mask_other_dtypes() -> None:
    for dtype in (np.float16, np.float64):
        check(*operands(SHAPES[0], dtype), draw((5, 6), np.float32))


@pytest.mark.parametrize("keys", [6, 530])
def test_rows_that_see_no_key_give_0_and_no_gradient(keys: int) -> None:
    query, key, value = operands([(2, 9, 8), (2, keys, 8), (2, keys, 8)])
    hidden = np.ones((9, keys), bool)
    hidden[3] = False
    for mask in (hidden, np.where(hidden, 0, -np.inf).astype(np.float32)):
        check(query, key, value, mask)
        (out, grad_query, *_), _ = compute(query, key, value, mask)
        assert not out[:, 3].any()
        assert not grad_query[:, 3].any()
        assert attention(query, key, value, mask)[1][0, 3] == -np.inf


def test_logsumexp_is_that_of_the_scores() -> None:
    query, key, value = operands([(2, 130, 8), (2, 530, 8), (2, 530, 3)], np.float64)
    scores = query @ key.swapaxes(1, 2) / math.sqrt(8)
    expected = np.log(np.exp(scores).sum(axis=-1))
    np.testing.assert_allclose(attention(query, key, value)[1], expected, rtol=1e-13)


@pytest.mark.parametrize("scale", [0.0, 0.3, -2.0])
def test_the_scale_can_be_chosen(scale: float) -> None:
    check(*operands(SHAPES[0], np.float64), scale=scale)


@pytest.mark.parametrize(
    ("heads", "of_key", "of_value"), [(6, 3, 3), (6, 1, 1), (6, 3, 2), (4, 4, 2)]
)
def test_heads_of_query_share_those_of_key_and_value(
    heads: int, of_key: int, of_value: int
) -> None:
    shapes = [(2, heads, 20, 8), (1, of_key, 30, 8), (2, of_value, 30, 5)]
    check(*operands(shapes), enable_gqa=True)
    mask = draw((2, heads, 20, 30)) > 0
    check(*operands(shapes), mask, enable_gqa=True)
    check(*operands([shape[1:] for shape in shapes]), is_causal=True, enable_gqa=True)


def test_gradients_are_central_differences() -> None:
    inputs = operands([(2, 4, 3), (2, 5, 3), (2, 5, 2)], np.float64)
    results, grad = compute(*inputs, is_causal=True)
    step = 1e-6
    for x, ours in zip(inputs, results[1:], strict=True):
        for index in np.ndindex(x.shape):
            ends = []
            for sign in (1, -1):
                before = x[index]
                x[index] = before + sign * step
                ends.append((attention(*inputs, is_causal=True)[0] * grad).sum())
                x[index] = before
            assert ours[index] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-8)


@given(data=st.data())
@settings(max_examples=15)
def test_any_sizes_work(data: st.DataObject) -> None:
    size = st.integers(1, 300)
    rows, keys = data.draw(size, "rows"), data.draw(size, "keys")
    features, width = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 40))
    causal = data.draw(st.booleans(), "causal")
    check(*operands([(rows, features), (keys, features), (keys, width)]), is_causal=causal)


# ---- layouts and memory


def test_any_layout_gives_the_same_result() -> None:
    query, key, value = operands([(2, 3, 20, 8), (2, 3, 30, 8), (2, 3, 30, 8)])
    mask = draw((2, 3, 20, 30), seed=4)
    for position, array in enumerate((query, key, value, mask)):
        for _, other in layouts(array):
            arrays = [query, key, value, mask]
            arrays[position] = other
            check(*arrays)
    for _, other in layouts(mask > 0):
        check(query, key, value, other)


def test_the_gradient_may_lie_in_any_way() -> None:
    query, key, value = operands([(2, 3, 20, 8), (2, 3, 30, 8), (2, 3, 30, 8)])
    out, logs = attention(query, key, value)
    for _, grad in layouts(draw(out.shape)):
        ours = attention_backward(grad, query, key, value, out, logs)
        dense = np.array(grad, order="C")
        for x, y in zip(ours, attention_backward(dense, query, key, value, out, logs), strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-6)


def test_heads_beside_features_stay_so_in_the_result() -> None:
    # As a layer makes them: (batch, rows, heads, features), with two dimensions swapped.
    query, key, value = (x.swapaxes(1, 2) for x in operands([(2, 20, 3, 8)] * 3))
    out, _ = attention(query, key, value)
    assert out.swapaxes(1, 2).flags.c_contiguous
    check(query, key, value)


def test_nothing_around_the_operands_is_read_or_written() -> None:
    def surrounded(array: Array) -> tuple[Array, Array]:
        memory = np.full(array.size + 200, np.nan, array.dtype)
        view = memory[100 : 100 + array.size].reshape(array.shape)
        view[...] = array
        return memory, view

    inputs = operands([(2, 131, 9), (2, 270, 9), (2, 270, 5)])
    framed = [surrounded(x) for x in inputs]
    results, _ = compute(*(view for _, view in framed))
    for ours, expected in zip(results, compute(*inputs)[0], strict=True):
        np.testing.assert_array_equal(ours, expected)
    for memory, view in framed:
        assert np.isnan(memory[:100]).all()
        assert np.isnan(memory[100 + view.size :]).all()


def test_the_matrix_of_scores_is_never_in_memory() -> None:
    inputs = operands([(2, 1500, 8)] * 3)
    compute(*inputs)  # Makes the workspace, which stays.
    tracemalloc.start()
    try:
        compute(*inputs)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Result, cotangent (drawn in float64), three gradients and the logarithms.
    results = 8 * inputs[0].nbytes
    assert peak < results + 100_000 < 2 * 1500 * 1500 * 4 / 10


def test_one_and_two_threads_give_equal_bits() -> None:
    inputs = operands([(2, 2, 300, 16), (2, 2, 300, 16), (2, 2, 300, 16)])
    results = []
    for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
        numba.set_num_threads(threads)
        results.append(compute(*inputs, is_causal=True)[0])
    for one, two in zip(*results, strict=True):
        np.testing.assert_array_equal(one, two)


def test_work_that_is_cut_gives_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = operands([(2, 2, 300, 8), (2, 2, 280, 8), (2, 2, 280, 8)])
    mask = draw((2, 300, 280), seed=7)[:, None] > 0
    expected = [compute(*inputs, is_causal=True)[0], compute(*inputs, mask)[0]]
    monkeypatch.setattr(module, "_MOST_AT_ONCE", 300 * 280)
    cut = [compute(*inputs, is_causal=True)[0], compute(*inputs, mask)[0]]
    for whole, parts in zip(expected, cut, strict=True):
        for x, y in zip(whole, parts, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-5)


# ---- special values


def test_a_nan_stays_in_its_row() -> None:
    query, key, value = operands([(300, 8), (270, 8), (270, 8)])
    query[130, 2] = np.nan
    out, _ = attention(query, key, value)
    assert np.isnan(out[130]).all()
    assert np.isfinite(np.delete(out, 130, axis=0)).all()


def test_large_scores_do_not_overflow() -> None:
    query, key, value = operands([(2, 40, 8), (2, 530, 8), (2, 530, 8)])
    query *= 1e4
    out, logs = attention(query, key, value)
    wide = [as_torch(x).double() for x in (query, key, value)]
    expected = F.scaled_dot_product_attention(*wide).numpy()
    np.testing.assert_allclose(out, expected, atol=0.02)
    assert np.isfinite(logs).all()


@pytest.mark.parametrize(
    ("shapes", "what"),
    [
        ([(2, 0, 3), (2, 4, 3), (2, 4, 3)], "queries"),
        ([(2, 4, 3), (2, 0, 3), (2, 0, 3)], "keys"),
        ([(0, 4, 3), (0, 5, 3), (0, 5, 3)], "batch"),
        ([(2, 4, 0), (2, 5, 0), (2, 5, 3)], "features"),
        ([(2, 4, 3), (2, 5, 3), (2, 5, 0)], "width"),
    ],
)
def test_empty_operands_give_what_pytorch_gives(shapes: Any, what: str) -> None:
    check(*operands(shapes))


# ---- bad input

BAD: list[tuple[str, Callable[[Any], Any], type[Exception], str]] = [
    ("vectors", lambda f: f(draw((3,)), draw((3,)), draw((3,))), ShapeError, "at least 2"),
    (
        "features",
        lambda f: f(draw((2, 5, 3)), draw((2, 5, 4)), draw((2, 5, 3))),
        ShapeError,
        "as many features, got 3 and 4",
    ),
    (
        "rows",
        lambda f: f(draw((2, 5, 3)), draw((2, 5, 3)), draw((2, 6, 3))),
        ShapeError,
        "as many rows, got 5 and 6",
    ),
    (
        "batches",
        lambda f: f(draw((2, 5, 3)), draw((4, 5, 3)), draw((2, 5, 3))),
        ShapeError,
        "sizes 2 and 4",
    ),
    (
        "dtypes",
        lambda f: f(draw((5, 3)), draw((5, 3), np.float64), draw((5, 3))),
        DTypeError,
        "one dtype, got float32, float64, float32",
    ),
    (
        "integers",
        lambda f: f(*[draw((5, 3)).astype(np.int64)] * 3),
        DTypeError,
        "takes float16, float32 and float64, got int64",
    ),
    (
        "mask and causal",
        lambda f: f(*[draw((5, 3))] * 3, np.ones((5, 5), bool), is_causal=True),
        ShapeError,
        "either attn_mask or is_causal",
    ),
    (
        "mask of integers",
        lambda f: f(*[draw((5, 3))] * 3, np.ones((5, 5), np.int64)),
        DTypeError,
        "attn_mask must be bool, float32 or float32, got int64",
    ),
    (
        "mask of another shape",
        lambda f: f(*[draw((5, 3))] * 3, np.ones((5, 4), bool)),
        ShapeError,
        "sizes 5 and 4",
    ),
    (
        "mask of more dimensions",
        lambda f: f(*[draw((5, 3))] * 3, np.ones((2, 5, 5), bool)),
        ShapeError,
        "(2, 5, 5) does not broadcast to (5, 5)",
    ),
    (
        "heads",
        lambda f: f(draw((4, 5, 3)), draw((3, 5, 3)), draw((3, 5, 3)), enable_gqa=True),
        ShapeError,
        "heads of key (3) and of value (3) must divide those of query (4)",
    ),
    (
        "no heads",
        lambda f: f(*[draw((5, 3))] * 3, enable_gqa=True),
        IndexError,
        "needs heads in dimension -3",
    ),
]


@pytest.mark.parametrize(("name", "call", "error", "text"), BAD, ids=[row[0] for row in BAD])
def test_bad_input_is_refused_with_pytorchs_error(
    name: str, call: Callable[[Any], Any], error: type[Exception], text: str
) -> None:
    def theirs(query: Array, key: Array, value: Array, mask: Any = None, **options: Any) -> Any:
        tensors = [as_torch(x) for x in (query, key, value)]
        other = None if mask is None else as_torch(mask)
        return F.scaled_dot_product_attention(*tensors, attn_mask=other, **options)

    with pytest.raises(error) as ours:
        call(attention)
    assert text in str(ours.value)
    with pytest.raises(Exception) as other:
        call(theirs)
    assert isinstance(ours.value, other.type), other.type


def test_a_backward_refuses_what_does_not_fit() -> None:
    query, key, value = operands([(2, 5, 3), (2, 6, 3), (2, 6, 4)])
    out, logs = attention(query, key, value)
    with pytest.raises(ShapeError, match=r"grad must have shape \(2, 5, 4\), got \(2, 5, 3\)"):
        attention_backward(query, query, key, value, out, logs)
    with pytest.raises(DTypeError, match="grad must be of float32, got float64"):
        attention_backward(out.astype(np.float64), query, key, value, out, logs)
    with pytest.raises(ShapeError, match="logsumexp must be what the forward gave"):
        attention_backward(out, query, key, value, out, logs[:1])
