"""Gather, scatter and indexing, held against PyTorch, and plain loops where indices repeat."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minitorch.errors import DTypeError, LayoutError
from minitorch.kernels.cpu.indexing import indexing
from minitorch.kernels.cpu.indexing import plan as indexing_plan
from minitorch.kernels.cpu.indexing.advanced_indexing import index, index_put, index_put_
from minitorch.kernels.cpu.indexing.checks import IndexDTypeError, IndexRangeError, IndexShapeError
from minitorch.kernels.cpu.indexing.scatter_reduce import (
    REDUCTIONS,
    scatter_reduce,
    scatter_reduce_backward,
)

from .layouts import as_torch, assert_same, layouts, numbers
from .oracle import EVERY_DTYPE, torch

RNG = np.random.default_rng
FEW_DTYPES = [np.bool_, np.int64, np.float32]


def indices(shape: tuple[int, ...], size: int, seed: int = 0) -> np.ndarray:
    return RNG(seed).integers(0, size, shape)


def in_turn(input: np.ndarray, dim: int, index: np.ndarray, src: np.ndarray) -> np.ndarray:
    """Scatter element by element: the slow twin."""
    out = input.copy()
    for place in np.ndindex(*index.shape):
        target = list(place)
        target[dim] = index[place]
        out[tuple(target)] = src[place]
    return out


def changed_size(shape: tuple[int, ...], dim: int, size: int) -> tuple[int, ...]:
    return (*shape[:dim], size, *shape[dim + 1 :])


# ---- along a dimension


@pytest.mark.parametrize("dtype", EVERY_DTYPE, ids=lambda d: np.dtype(d).name)
def test_every_dtype_gives_what_pytorch_gives(dtype: Any) -> None:
    a, src = numbers((3, 5), dtype), numbers((4, 5), dtype, seed=1)
    at, rows = indices((4, 5), 3), indices((4,), 3)
    x, s, i, r = map(as_torch, (a, src, at, rows))
    assert_same(indexing.gather(a, 0, at), x.gather(0, i))
    assert_same(indexing.index_select(a, 0, rows), x.index_select(0, r))
    assert_same(indexing.take(a, at), x.take(i))
    assert_same(indexing.scatter_add(a, 0, at, src), x.scatter_add(0, i, s))
    assert_same(indexing.index_add(a, 0, rows, src), x.index_add(0, r, s))
    assert_same(indexing.index_fill(a, 0, rows, 1), x.index_fill(0, r, 1))
    np.testing.assert_array_equal(indexing.scatter(a, 0, at, src), in_turn(a, 0, at, src))


@pytest.mark.parametrize("rank", range(1, 5))
def test_every_layout_and_dimension(rank: int) -> None:
    shape = (4, 3, 5, 2)[:rank]
    for dim in range(-rank, rank):
        axis = dim % rank
        at_shape = changed_size(tuple(max(1, n - 1) for n in shape), axis, 6)
        for (label, a), (_, at) in zip(
            layouts(numbers(shape, np.float32)),
            itertools.cycle(layouts(indices(at_shape, shape[axis]))),
            strict=False,
        ):
            src = numbers(tuple(n + 1 for n in at_shape), np.float32, seed=2)[
                tuple(slice(None, None, -1) for _ in shape)
            ]
            x, i, s = as_torch(a), as_torch(at), as_torch(src)
            own = np.ascontiguousarray(src[tuple(map(slice, at.shape))])
            assert_same(indexing.gather(a, dim, at), x.gather(dim, i), label)
            assert_same(indexing.scatter_add(a, dim, at, src), x.scatter_add(dim, i, s), label)
            np.testing.assert_array_equal(
                indexing.scatter(a, dim, at, src), in_turn(a, axis, at, own)
            )
            assert_same(indexing.scatter(a, dim, at, 7), x.scatter(dim, i, 7), label)


@pytest.mark.parametrize("dim", range(3))
def test_slices_of_every_layout(dim: int) -> None:
    shape = (5, 4, 6)
    rows = indices((14,), shape[dim])[::2]
    source = numbers(changed_size(shape, dim, 7), np.float32, seed=1)
    s, r = as_torch(source), as_torch(rows)
    for label, a in layouts(numbers(shape, np.float32)):
        x = as_torch(a)
        assert_same(indexing.index_select(a, dim, rows), x.index_select(dim, r), label)
        assert_same(
            indexing.index_add(a, dim, rows, source, 2.5), x.index_add(dim, r, s, alpha=2.5), label
        )
        assert_same(indexing.index_fill(a, dim, rows, 3), x.index_fill(dim, r, 3), label)
        expected = in_turn(
            a, dim, np.broadcast_to(rows.reshape(changed_size((1,) * 3, dim, 7)), s.shape), source
        )
        np.testing.assert_array_equal(indexing.index_copy(a, dim, rows, source), expected)


def test_in_place_functions_write_views_and_nothing_beside_them() -> None:
    guarded = numbers((9, 11), np.float32)
    before = guarded.copy()
    view = guarded[7:1:-2, 2:9:3]
    at, src = indices((4, 3), 3), numbers((4, 3), np.float32, seed=1)
    expected = before.copy()
    expected[7:1:-2, 2:9:3] = as_torch(view).scatter_add(0, as_torch(at), as_torch(src)).numpy()
    assert indexing.scatter_add_(view, 0, at, src) is view
    np.testing.assert_allclose(guarded, expected, rtol=1e-6)


def test_an_operand_in_the_memory_that_is_written_is_read_first() -> None:
    a = np.arange(6.0)
    indexing.index_copy_(a, 0, np.arange(5), a[::-1][:5])
    np.testing.assert_array_equal(a, [5, 4, 3, 2, 1, 5])
    at = np.array([2, 0, 1])
    indexing.scatter_(at, 0, at, np.array([0, 1, 2]))
    np.testing.assert_array_equal(at, [1, 2, 0])


def test_indices_in_the_memory_that_is_written_are_read_first() -> None:
    for own in (np.array([2, 0, 1]), np.array([0, 2, 0, 1])[1:]):
        index_put_(own, (own,), np.array([0, 1, 2]))
        np.testing.assert_array_equal(own, [1, 2, 0])
    own = np.array([2, 0, 1])
    indexing.index_copy_(own, 0, own, np.array([0, 1, 2]))
    np.testing.assert_array_equal(own, [1, 2, 0])
    at = np.array([[2, 0], [1, 0]])
    index_put_(at, (at[0, 1:], at[0, :1] - 1), np.array([5]))
    np.testing.assert_array_equal(at, [[2, 5], [1, 0]])


def test_operands_that_cannot_be_written_are_read() -> None:
    a, at = np.arange(12.0).reshape(3, 4), np.array([[1, 0, 2, 2]])
    a.flags.writeable = at.flags.writeable = False
    np.testing.assert_array_equal(indexing.gather(a, 0, at), [[4, 1, 10, 11]])
    np.testing.assert_array_equal(indexing.index_select(a, 1, at[0]), a[:, at[0]])
    np.testing.assert_array_equal(index(a, (at[0, :3],)), a[at[0, :3]])
    expected = a.copy()
    np.add.at(expected, (at, np.arange(4)), a[:1])
    np.testing.assert_array_equal(indexing.scatter_add(a, 0, at, a[:1]), expected)
    with pytest.raises(LayoutError, match="read-only"):
        index_put_(a, (at[0, :3],), a)


def test_results_are_dense_in_their_order() -> None:
    a, at = RNG(0).normal(size=(4, 5, 6)), np.array([3, 0, 3])
    for out in (
        indexing.index_select(a, 1, at),
        index(a, (at,)),
        index(a, (at, at)),
        index(a, (None, at)),
    ):
        assert out.flags.c_contiguous


def test_negative_indices_count_from_the_end_where_pytorch_lets_them() -> None:
    a, at = numbers((4, 3), np.float32), np.array([[-1, 2, -4], [0, -2, 1]])
    x, i = as_torch(a), as_torch(at)
    assert_same(indexing.take(a, at), x.take(i))
    assert_same(indexing.take(a.T, at), x.T.take(i))
    assert_same(indexing.take_along_dim(a, at, 0), torch.take_along_dim(x, i, 0))
    assert_same(indexing.take_along_dim(a, at % 12, None), torch.take_along_dim(x, i % 12))
    assert_same(
        indexing.index_fill(a, 0, np.array([-1, 0]), 5), x.index_fill(0, torch.tensor([-1, 0]), 5)
    )


def test_take_along_dim_broadcasts() -> None:
    a, at = numbers((4, 1, 5), np.float32), indices((1, 6, 3), 5)
    expected = torch.take_along_dim(as_torch(a), as_torch(at), 2)
    assert_same(indexing.take_along_dim(a, at, 2), expected)


def test_numbers_and_nothing() -> None:
    one, zero = np.array(3.0, np.float32), np.array(0)
    assert_same(indexing.gather(one, 0, zero), torch.tensor(3.0))
    assert_same(indexing.gather(one, 0, np.array([0, 0])), torch.tensor([3.0, 3.0]))
    assert_same(indexing.index_select(one, 0, zero), torch.tensor(3.0))
    assert_same(indexing.scatter(one, 0, zero, 5.0), torch.tensor(5.0))
    empty = np.zeros((0, 4), np.float32)
    assert indexing.gather(empty, 1, np.zeros((0, 2), int)).shape == (0, 2)
    assert indexing.index_select(empty, 1, np.array([1])).shape == (0, 1)
    assert indexing.index_select(numbers((3,), np.int64), 0, np.zeros(0, int)).shape == (0,)
    assert indexing.gather(numbers((3, 4), np.float32), 1, np.zeros(0, int)).shape == (0,)
    for function in (indexing.scatter, indexing.scatter_add):
        a = numbers((3,), np.float32)
        np.testing.assert_array_equal(function(a, 0, np.zeros(0, int), a), a)


LARGE = [((300, 500), 0), ((300, 500), 1), ((200_000,), 0), ((40, 50, 90), 1)]


@pytest.mark.parametrize(("shape", "dim"), LARGE)
def test_large_arrays(shape: tuple[int, ...], dim: int) -> None:
    a, at = numbers(shape, np.float32), indices(shape, shape[dim])
    src = numbers(shape, np.float32, seed=1)
    x, i, s = map(as_torch, (a, at, src))
    assert_same(indexing.gather(a, dim, at), x.gather(dim, i))
    added = indexing.scatter_add(a, dim, at, src)
    assert_same(added, x.scatter_add(dim, i, s), unit=1e-5)
    rows = at.reshape(-1)[: shape[dim]]
    assert_same(indexing.index_select(a, dim, rows), x.index_select(dim, as_torch(rows)))
    assert_same(
        indexing.index_add(a, dim, rows, src), x.index_add(dim, as_torch(rows), s), unit=1e-5
    )


def test_one_and_two_threads_give_equal_bits() -> None:
    before = numba.get_num_threads()
    results: list[list[bytes]] = []
    try:
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            own = []
            for shape, dim in LARGE:
                a = RNG(0).normal(size=shape).astype(np.float32)
                at = indices(shape, shape[dim])
                own += [
                    indexing.gather(a, dim, at),
                    indexing.scatter(a, dim, at, a),
                    indexing.scatter_add(a, dim, at, a),
                    indexing.index_add(a, dim, at.reshape(-1)[: shape[dim]], a),
                ]
            results.append([array.tobytes() for array in own])
    finally:
        numba.set_num_threads(before)
    assert results[0] == results[1]


def test_loops_that_are_cut_go_on_where_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing_plan, "MOST_AT_ONCE", 64)
    monkeypatch.setattr(indexing_plan, "LONGEST", 8)
    monkeypatch.setattr(indexing_plan, "BLOCK", 16)
    indexing_plan.plan.cache_clear()
    try:
        for shape, dim in (((50, 7), 0), ((7, 50), 1), ((300,), 0)):
            a, at = numbers(shape, np.float32), indices(shape, shape[dim])
            src = numbers(shape, np.float32, seed=3)
            assert_same(indexing.gather(a, dim, at), as_torch(a).gather(dim, as_torch(at)))
            np.testing.assert_array_equal(
                indexing.scatter(a, dim, at, src), in_turn(a, dim, at, src)
            )
    finally:
        indexing_plan.plan.cache_clear()


def test_many_addends_for_few_places_lose_nothing() -> None:
    src = np.full(1 << 20, 0.1, np.float32)
    total = indexing.scatter_add(np.zeros(2, np.float32), 0, np.arange(src.size) % 2, src)
    exact = float(src[0]) * src.size / 2
    assert abs(total - exact).max() <= 1e-6 * exact


def test_float16_is_rounded_once() -> None:
    src = np.full(4096, 1.0, np.float16)
    total = indexing.scatter_add(np.zeros(1, np.float16), 0, np.zeros(4096, int), src)
    assert total[0] == 4096


def test_integers_wrap_around() -> None:
    a = np.array([127, 0], np.int8)
    added = indexing.scatter_add(a, 0, np.array([0, 0]), np.array([1, 1], np.int8))
    assert added.tolist() == [-127, 0]
    x = indexing.index_add(np.zeros(1, np.uint8), 0, np.array([0]), np.array([3], np.uint8), 255)
    assert x[0] == 253


@given(st.data())
@settings(max_examples=60)
def test_random_scatters(data: st.DataObject) -> None:
    rank = data.draw(st.integers(1, 4))
    sizes = st.tuples(*[st.integers(1, 5)] * rank)
    shape = data.draw(sizes)
    dim = data.draw(st.integers(0, rank - 1))
    limits = [data.draw(st.integers(0, 9 if d == dim else n)) for d, n in enumerate(shape)]
    at = indices(tuple(limits), shape[dim], seed=sum(limits))
    order = data.draw(st.permutations(range(rank)))
    a = numbers(shape, np.float64).transpose(order).copy().transpose(np.argsort(order))
    src = numbers(tuple(limits), np.float64, seed=1)
    np.testing.assert_array_equal(indexing.scatter(a, dim, at, src), in_turn(a, dim, at, src))
    assert_same(indexing.gather(a, dim, at), as_torch(a).gather(dim, as_torch(at)))


# ---- scatter_reduce


@pytest.mark.parametrize(
    ("reduce", "dtype"),
    [
        *(("mean", dtype) for dtype in EVERY_DTYPE),
        # The kernels of the others differ from this one's in a step that is the same for all.
        *((name, dtype) for name in REDUCTIONS if name != "mean" for dtype in FEW_DTYPES),
    ],
    ids=lambda value: value if isinstance(value, str) else np.dtype(value).name,
)
def test_scatter_reduce_of_every_dtype(reduce: str, dtype: Any) -> None:
    if reduce == "mean" and dtype == np.bool_:
        with pytest.raises(NotImplementedError, match="bool has no mean"):
            scatter_reduce(np.ones(2, bool), 0, np.array([0]), np.ones(1, bool), reduce)
        return
    a, at = numbers((6, 4), dtype), indices((3, 9), 4)
    src = numbers((3, 9), dtype, seed=1)
    for include_self in (True, False):
        ours = scatter_reduce(a, 1, at, src, reduce, include_self)
        x, i, s = map(as_torch, (a, at, src))
        assert_same(ours, x.scatter_reduce(1, i, s, reduce, include_self=include_self))


def test_scatter_reduce_keeps_nan_and_infinities() -> None:
    a = np.array([1.0, math.nan, math.inf, -math.inf], np.float32)
    src = np.array([math.nan, 2.0, math.inf, 0.0, math.nan, -math.inf], np.float32)
    at = np.array([0, 1, 2, 2, 3, 3])
    for reduce in REDUCTIONS:
        for include_self in (True, False):
            theirs = as_torch(a).scatter_reduce(
                0, as_torch(at), as_torch(src), reduce, include_self=include_self
            )
            assert_same(scatter_reduce(a, 0, at, src, reduce, include_self), theirs, reduce)


@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("reduce", REDUCTIONS)
def test_scatter_reduce_gradients_are_those_of_pytorch(reduce: str, include_self: bool) -> None:
    at = indices((8, 5), 6)
    src = RNG(1).integers(-2, 3, (8, 5)).astype(float)
    # Not equal to any of src: PyTorch gives a share to an element that does not count.
    a = RNG(0).integers(-2, 3, (6, 5)) + (0.0 if include_self else 0.5)
    x, s = as_torch(a).requires_grad_(), as_torch(src).requires_grad_()
    result = x.scatter_reduce(0, as_torch(at), s, reduce, include_self=include_self)
    grad = RNG(2).normal(size=a.shape)
    result.backward(as_torch(grad))
    ours = scatter_reduce_backward(
        grad, a, 0, at, src, reduce, include_self, result.detach().numpy()
    )
    assert_same(ours, (x.grad, s.grad))


def test_scatter_reduce_gradients_are_central_differences() -> None:
    at, src = indices((5,), 3), RNG(1).normal(size=5)
    a, grad, h = RNG(0).normal(size=3), RNG(2).normal(size=3), 1e-6
    for reduce in REDUCTIONS:
        result = scatter_reduce(a, 0, at, src, reduce)
        ours = scatter_reduce_backward(grad, a, 0, at, src, reduce, True, result)
        for own, operand in zip(ours, (a, src), strict=True):
            for k in range(operand.size):
                values = []
                for sign in (1, -1):
                    moved = operand.copy()
                    moved[k] += sign * h
                    pair = (moved, src) if operand is a else (a, moved)
                    values.append(grad @ scatter_reduce(pair[0], 0, at, pair[1], reduce))
                assert own[k] == pytest.approx((values[0] - values[1]) / (2 * h), abs=1e-6)


# ---- several indices


def given_indices() -> list[tuple[np.ndarray | None, ...]]:
    i, j, k = indices((3, 1), 4) - 4, indices((2,), 5), indices((3, 2), 6) - 3
    return [(i,), (i, j), (None, j), (None, j, k), (i, None, k), (i, j, k), (None, None, k)]


@pytest.mark.parametrize("which", range(7))
def test_index_and_index_put(which: int) -> None:
    chosen = given_indices()[which]
    theirs = [None if array is None else as_torch(array) for array in chosen]
    for label, a in layouts(numbers((4, 5, 6), np.float32)):
        x = as_torch(a)
        picked = torch.ops.aten.index(x, theirs)
        assert_same(index(a, chosen), picked, label)
        values = numbers(tuple(picked.shape[-1:]), np.float32, seed=1)
        v = as_torch(values)
        ours = index_put(a, chosen, values, accumulate=True)
        assert_same(ours, torch.ops.aten.index_put(x, theirs, v, True), label)


@pytest.mark.parametrize("dtype", EVERY_DTYPE, ids=lambda d: np.dtype(d).name)
def test_index_put_of_every_dtype(dtype: Any) -> None:
    a, rows, columns = numbers((4, 5), dtype), np.array([0, 2, 3]), np.array([1, 1, 4], np.int32)
    values = numbers((3,), dtype, seed=1)
    x, theirs = as_torch(a), [as_torch(rows), as_torch(columns).long()]
    for accumulate in (False, True):
        assert_same(
            index_put(a, (rows, columns), values, accumulate),
            torch.ops.aten.index_put(x, theirs, as_torch(values), accumulate),
        )
    assert_same(index(a, (rows, columns)), x[theirs[0], theirs[1]])


def test_the_last_value_put_wins_and_values_broadcast_in_order() -> None:
    a = np.zeros((2, 3))
    index_put_(a, (np.array([0, 1, 0]),), np.array([[1.0], [2.0], [3.0]]))
    np.testing.assert_array_equal(a, [[3, 3, 3], [2, 2, 2]])
    places = np.array([[0, 1], [1, 0]])
    ours = index_put(np.zeros(2), (places,), np.array([[1.0], [2.0]]))
    np.testing.assert_array_equal(ours, [2, 2])


def test_the_gradient_of_index_is_index_put_accumulated() -> None:
    chosen = (indices((7,), 4), None, indices((7,), 6))
    a = RNG(0).normal(size=(4, 5, 6))
    x = as_torch(a).requires_grad_()
    picked = x[as_torch(chosen[0]), :, as_torch(chosen[2])]
    grad = RNG(1).normal(size=picked.shape)
    picked.backward(as_torch(grad))
    assert_same(index_put(np.zeros_like(a), chosen, grad, accumulate=True), x.grad)


def test_large_index_and_index_put() -> None:
    a, rows = numbers((2000, 60), np.float32), indices((3000,), 2000)
    values = numbers((3000, 60), np.float32, seed=1)
    x, r = as_torch(a), as_torch(rows)
    assert_same(index(a, (rows,)), x[r])
    ours = index_put(a, (rows,), values, accumulate=True)
    assert_same(ours, torch.index_put(x, (r,), as_torch(values), True), unit=1e-5)


# ---- mistakes


A = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda i: indexing.gather(A, 1, i), "index 4 at position (1, 0) is out of range"),
        (lambda i: indexing.scatter(A, 1, i, 1.0), "dimension 1 with size 4: expected 0 to 3"),
        (lambda i: indexing.scatter_add(A, 1, i, A), "index 4 at position (1, 0)"),
        (lambda i: scatter_reduce(A, 1, i, A, "sum"), "index 4 at position (1, 0)"),
        (lambda i: indexing.index_select(A, 1, i[:, 0]), "index 4 at position (1,)"),
        (lambda i: indexing.index_add(A, 1, i[:, 0], A[:, :2]), "index 4 at position (1,)"),
        (lambda i: indexing.index_copy(A, 1, i[:, 0], A[:, :2]), "index 4 at position (1,)"),
        (lambda i: indexing.index_fill(A, 1, i[:, 0], 0), "expected -4 to 3"),
        (lambda i: indexing.take(A, i * 3), "index 12 at position (1, 0) is out of range for 12"),
        (lambda i: index(A, (None, i)), "dimension 1 with size 4: expected -4 to 3"),
        (lambda i: index_put(A, (None, i), A[:1, :1]), "index 4 at position (1, 0)"),
    ],
)
@pytest.mark.parametrize("error", [IndexError, RuntimeError])
def test_an_index_out_of_range_is_named(
    call: Callable[[np.ndarray], Any], text: str, error: type[Exception]
) -> None:
    before = A.copy()
    with pytest.raises(error) as caught:
        call(np.array([[0, 1], [4, 2]]))
    assert isinstance(caught.value, IndexRangeError)
    assert text in str(caught.value)
    np.testing.assert_array_equal(A, before)


def test_negative_indices_are_errors_where_they_are_in_pytorch() -> None:
    below = np.array([-1])
    for call in (
        lambda: indexing.gather(A[0], 0, below),
        lambda: indexing.scatter(A[0], 0, below, 0),
        lambda: indexing.index_select(A, 0, below),
        lambda: indexing.index_add(A, 0, below, A[:1]),
        lambda: indexing.index_copy(A, 0, below, A[:1]),
    ):
        with pytest.raises(IndexRangeError, match="index -1 at position"):
            call()


def test_in_place_nothing_is_written_where_an_index_is_wrong() -> None:
    a = A.copy()
    with pytest.raises(IndexRangeError):
        indexing.scatter_(a, 1, np.array([[0, 4]]), 9.0)
    np.testing.assert_array_equal(a, A)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: indexing.gather(A, 1, np.array([[0.0]])), IndexDTypeError),
        (lambda: index(A, (np.array([0.0]),)), IndexDTypeError),
        (lambda: indexing.gather(A, 1, np.array([0])), IndexShapeError),
        (lambda: indexing.gather(A, 1, np.zeros((4, 2), int)), IndexShapeError),
        (lambda: indexing.gather(A, 2, np.zeros((1, 1), int)), IndexError),
        (lambda: indexing.scatter(A, 1, np.zeros((1, 2), int), A[:1, :1]), IndexShapeError),
        (lambda: indexing.scatter(A, 1, np.zeros((1, 1), int), A.astype(float)), DTypeError),
        (lambda: indexing.scatter(A, 1, np.zeros((1, 1), int), 1e39), DTypeError),
        (lambda: indexing.index_select(A, 1, np.zeros((1, 1), int)), IndexShapeError),
        (lambda: indexing.index_add(A, 0, np.zeros(1, int), A), IndexShapeError),
        (lambda: indexing.take_along_dim(A, np.zeros((2, 1), int), 1), IndexShapeError),
        (lambda: index(A, (np.zeros(2, int), np.zeros(3, int))), IndexShapeError),
        (lambda: index(A, (np.zeros(1, int),) * 3), IndexShapeError),
        (lambda: index(A, (None,)), IndexShapeError),
        (lambda: index_put(A, (np.zeros(1, int),), np.zeros(3, np.float32)), IndexShapeError),
        (lambda: index_put(A, (np.zeros(1, int),), np.zeros(4)), DTypeError),
        (lambda: scatter_reduce(A, 1, np.zeros((1, 1), int), A, "median"), RuntimeError),
        (lambda: indexing.scatter_(np.broadcast_to(A[:1], (3, 4)), 1, np.array([[0]]), 1),
         LayoutError),
        (lambda: indexing.gather(A.astype(complex), 1, np.zeros((1, 1), int)), DTypeError),
    ],
)  # fmt: skip
def test_mistakes_are_named(call: Callable[[], Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        call()
