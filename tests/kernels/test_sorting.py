"""Sorting, selecting, unique elements, searching and counting, held against PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minitorch.errors import DTypeError, ShapeError
from minitorch.kernels.cpu.indexing.checks import IndexRangeError
from minitorch.kernels.cpu.sorting import lines, sorting, unique

from .layouts import as_torch, assert_same, layouts, numbers
from .oracle import torch

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
FLOATS = ["float16", "float32", "float64"]


def with_specials(shape: tuple[int, ...], dtype: str, seed: int = 0) -> np.ndarray:
    """Draw elements with ties; floats with NaN, infinities and both zeros, integers with limits."""
    a = numbers(shape, dtype, seed)
    generator = np.random.default_rng(seed + 1)
    flat = a.reshape(-1)
    specials: list[float] = [math.nan, math.inf, -math.inf, -0.0, 0.0]
    if a.dtype.kind in "iu":
        specials = [np.iinfo(dtype).min, np.iinfo(dtype).max]
    elif a.dtype.kind == "b":
        specials = [True]
    for special in specials:
        flat[generator.random(flat.size) < 0.04] = special
    return a


def taken(a: np.ndarray, positions: np.ndarray, dim: int) -> np.ndarray:
    if a.ndim == 0:
        return a
    if positions.ndim < a.ndim:
        return np.take_along_axis(a, np.expand_dims(positions, dim), dim).squeeze(dim)
    return np.take_along_axis(a, positions, dim)


def assert_equal(ours: np.ndarray, theirs: Any, label: str = "") -> None:
    assert ours.dtype == theirs.numpy().dtype, label
    np.testing.assert_array_equal(ours, theirs.numpy(), err_msg=label)


def assert_sorts_agree(a: np.ndarray, dim: int, label: str = "") -> None:
    """Compare all that depends on the order of elements along a dimension."""
    x = as_torch(a)
    n = a.shape[dim] if a.ndim else 1
    for descending in (False, True):
        theirs = torch.sort(x, dim=dim, descending=descending, stable=True)
        for own, their in zip(sorting.sort(a, dim, descending), theirs, strict=True):
            assert_equal(own, their, label)
    if a.dtype == np.bool_:
        return
    for k in {0, 1, n // 2, n}:
        for largest in (True, False):
            values, positions = sorting.topk(a, k, dim, largest)
            assert_equal(values, torch.topk(x, k, dim, largest)[0], f"{label}, k = {k}")
            np.testing.assert_array_equal(taken(a, positions, dim), values)
    for k in {1, n // 2 + 1, n}:
        values, positions = sorting.kthvalue(a, k, dim)
        assert_equal(values, torch.kthvalue(x, k, dim)[0], label)
        np.testing.assert_array_equal(taken(a, positions, dim), values)
    for name in ("median", "nanmedian"):
        values, positions = getattr(sorting, name)(a, dim)
        assert_equal(values, getattr(torch, name)(x, dim)[0], label)
        np.testing.assert_array_equal(taken(a, positions, dim), values)
        assert_equal(getattr(sorting, name)(a), getattr(torch, name)(x), label)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_gives_what_pytorch_gives(dtype: str) -> None:
    assert_sorts_agree(with_specials((3, 50), dtype), 1)
    assert_sorts_agree(with_specials((9_000,), dtype), 0)


@pytest.mark.parametrize("rank", range(1, 5))
def test_every_layout_and_dimension(rank: int) -> None:
    for label, a in layouts(with_specials((6, 4, 5, 3)[:rank], "float32")):
        for dim in range(-rank, rank):
            assert_sorts_agree(a, dim, f"{label}, dimension {dim}")


@pytest.mark.parametrize("n", [1, 2, 39, 40, 41, 300, 8_191, 8_193, 70_000])
def test_lines_of_every_length(n: int) -> None:
    generator = np.random.default_rng(n)
    for a in (
        generator.normal(size=n),
        generator.integers(-(2**62), 2**62, n),
        generator.integers(0, 3, n),
        np.repeat(generator.normal(size=-(-n // 50)), 50)[:n],
        np.arange(n),
        np.arange(n)[::-1],
    ):
        values, positions = sorting.sort(a)
        np.testing.assert_array_equal(positions, np.argsort(a, kind="stable"))
        np.testing.assert_array_equal(values, a[positions])
        for k in {1, min(n, 17), min(n, 60), n}:
            np.testing.assert_array_equal(sorting.topk(a, k, largest=False)[0], values[:k])
        np.testing.assert_array_equal(sorting.kthvalue(a, (n + 1) // 2)[0], values[(n - 1) // 2])


def test_keys_that_differ_in_their_low_bits_alone() -> None:
    base = np.random.default_rng(0).integers(0, 5, 2_000) << 40
    a = base + np.random.default_rng(1).integers(0, 1000, 2_000)
    np.testing.assert_array_equal(sorting.argsort(a), np.argsort(a, kind="stable"))


def test_topk_takes_the_first_of_equal_elements_and_need_not_sort() -> None:
    a = np.array([1.0, 3.0, 3.0, 2.0, 3.0])
    assert sorting.topk(a, 2)[1].tolist() == [1, 2]
    large = np.random.default_rng(0).normal(size=5_000)
    for k in (5, 100, 3_000):
        values, positions = sorting.topk(large, k, sorted=False)
        np.testing.assert_array_equal(np.sort(values), np.sort(large)[-k:])
        np.testing.assert_array_equal(large[positions], values)


@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=1, max_dims=3, max_side=7),
        elements=st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.5, math.inf, -math.inf, math.nan]),
    ),
    st.data(),
)
@settings(max_examples=40)
def test_random_arrays(a: np.ndarray, data: st.DataObject) -> None:
    assert_sorts_agree(a, data.draw(st.integers(-a.ndim, a.ndim - 1)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_mode(dtype: str) -> None:
    for shape in ((4, 30), (2, 900)):
        a = numbers(shape, dtype)
        for dim in (0, 1):
            values, positions = sorting.mode(a, dim)
            assert_equal(values, torch.mode(as_torch(a), dim)[0])
            np.testing.assert_array_equal(taken(a, positions, dim), values)


def test_mode_of_nan_is_the_smallest_number_unless_there_is_none() -> None:
    assert sorting.mode(np.array([2.0, math.nan, math.nan, 1.0]))[0] == 1
    assert math.isnan(sorting.mode(np.array([math.nan, math.nan]))[0])


def test_dimensions_that_stay_have_size_1() -> None:
    a = numbers((3, 4), np.float32)
    x = as_torch(a)
    for ours, theirs in (
        (sorting.kthvalue(a, 2, 0, True), x.kthvalue(2, 0, True)),
        (sorting.median(a, 1, True), x.median(1, True)),
        (sorting.mode(a, 1, True), x.mode(1, True)),
    ):
        assert_same(ours[0], theirs[0])
        assert ours[1].shape == ours[0].shape


def test_numbers_and_nothing() -> None:
    one = np.array(3.0, np.float32)
    for result in (
        *(sorting.sort(one), sorting.topk(one, 1), sorting.kthvalue(one, 1)),
        *(sorting.median(one, 0), sorting.mode(one)),
    ):
        assert [part.tolist() for part in result] == [3.0, 0]
    assert sorting.sort(np.zeros((2, 0)))[1].shape == (2, 0)
    assert sorting.topk(np.zeros((2, 0)), 0)[0].shape == (2, 0)
    assert sorting.median(np.zeros((0, 3)), 1)[0].shape == (0,)
    assert_equal(sorting.median(np.zeros(0)), torch.zeros(0, dtype=torch.float64).median())
    nothing = np.zeros(0, np.int32)
    assert_equal(sorting.median(nothing), as_torch(nothing).median())


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (1,), (70,), (2, 65, 3), (300, 80)])
def test_dense_and_strided_operands_give_the_same(dtype: str, shape: tuple[int, ...]) -> None:
    """The lengths lie on both sides of those from which lines are treated in other ways."""
    a = with_specials(shape, dtype)
    strided = np.repeat(a, 2, axis=-1)[..., ::2]
    assert not strided.flags.c_contiguous or a.size < 2
    for dim in range(a.ndim):
        functions: list[Callable[..., Any]] = [sorting.sort, sorting.argsort]
        if a.shape[dim]:
            functions.append(sorting.mode)
        if a.shape[dim] and a.dtype != np.bool_:
            functions += [sorting.median, lambda x, dim: sorting.kthvalue(x, 1, dim)]
            functions.append(lambda x, dim: sorting.topk(x, x.shape[dim] // 2, dim))
        for function in functions:
            ours, theirs = function(a, dim=dim), function(strided, dim=dim)
            for own, their in zip(ours, theirs, strict=True):
                np.testing.assert_array_equal(own, their)
    for own, their in zip(unique.unique(a), unique.unique(strided), strict=True):
        np.testing.assert_array_equal(own, their)


def test_a_number_that_is_no_rank_is_refused_after_one_that_is() -> None:
    a = np.arange(4.0)
    sorting.topk(a, 1)
    sorting.kthvalue(a, 1)
    for function in (sorting.topk, sorting.kthvalue):
        with pytest.raises((TypeError, IndexRangeError)):
            function(a, 5)
    with pytest.raises(TypeError):
        sorting.topk(a, 1.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("right", [False, True])
def test_searches_in_lines_that_end_in_nan_go_pytorchs_steps(right: bool) -> None:
    generator = np.random.default_rng(0)
    lines = np.sort(generator.normal(size=(40, 33)).astype(np.float32), axis=1)
    lines[::3, -5:] = math.nan
    values = generator.normal(size=(40, 50)).astype(np.float32)
    values[:, 7] = math.nan
    theirs = torch.searchsorted(as_torch(lines), as_torch(values), right=right)
    assert_equal(unique.searchsorted(lines, values, right), theirs)
    theirs = torch.searchsorted(as_torch(lines[1]), as_torch(values), right=right)
    assert_equal(unique.searchsorted(lines[1], values, right), theirs)


def test_one_and_two_threads_give_equal_bits_over_several_launches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "_AT_ONCE", 1 << 17)
    a = np.random.default_rng(0).normal(size=(700, 301)).astype(np.float32)
    before = numba.get_num_threads()
    results = []
    try:
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            own = [sorting.sort(a, 0), sorting.topk(a, 50), sorting.median(a, 0), sorting.mode(a)]
            results.append([part.tobytes() for pair in own for part in pair])
            np.testing.assert_array_equal(own[0][0], np.sort(a, axis=0))
    finally:
        numba.set_num_threads(before)
    assert results[0] == results[1]


# ---- unique elements


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("dim", [None, 0, 1, -1])
def test_unique(dtype: str, dim: int | None) -> None:
    a = np.repeat(with_specials((4, 15), dtype), 2, axis=1)
    a[2] = a[1]
    a[np.isnan(a)] = 0  # of which PyTorch leaves the order open
    for ours, theirs in (
        (unique.unique, torch.unique),
        (unique.unique_consecutive, torch.unique_consecutive),
    ):
        expected = theirs(as_torch(a), return_inverse=True, return_counts=True, dim=dim)
        for own, their in zip(ours(a, dim), expected, strict=True):
            assert_equal(own, their, dtype)


def test_each_nan_is_unique_and_comes_last() -> None:
    a = np.array([math.nan, 1.0, math.nan, 0.0])
    values, places, counts = unique.unique(a)
    np.testing.assert_array_equal(values, [0, 1, math.nan, math.nan])
    assert (places.tolist(), counts.tolist()) == ([2, 1, 3, 0], [1, 1, 1, 1])
    rows, places, counts = unique.unique(np.array([[1, math.nan], [1, math.nan], [0, 5]]), 0)
    np.testing.assert_array_equal(rows, [[0, 5], [1, math.nan], [1, math.nan]])
    assert (places.tolist(), counts.tolist()) == ([1, 2, 0], [1, 1, 1])


def test_unique_of_every_layout() -> None:
    for label, a in layouts(numbers((4, 6), np.int64)):
        for dim in (None, 0, 1):
            expected = torch.unique(as_torch(a), return_inverse=True, return_counts=True, dim=dim)
            for own, their in zip(unique.unique(a, dim), expected, strict=True):
                assert_equal(own, their, label)


def test_unique_of_numbers_and_nothing() -> None:
    values, places, counts = unique.unique(np.array(7))
    assert (values.tolist(), places.tolist(), counts.tolist()) == ([7], 0, [1])
    assert [part.shape for part in unique.unique(np.zeros(0))] == [(0,), (0,), (0,)]
    assert [part.shape for part in unique.unique(np.zeros((0, 3)), 0)] == [(0, 3), (0,), (0,)]
    with pytest.raises(ShapeError, match="have no elements"):
        unique.unique(np.zeros((0, 3)), 1)


# ---- searching and counting


@pytest.mark.parametrize("dtype", DTYPES[1:])
def test_searchsorted(dtype: str) -> None:
    lines = np.sort(with_specials((3, 40), dtype), axis=1)
    values = with_specials((3, 25), dtype, seed=7)
    shuffled = lines[:, ::-1]
    order = np.argsort(shuffled, axis=1, kind="stable")
    for right in (False, True):
        theirs = torch.searchsorted(as_torch(lines), as_torch(values), right=right)
        assert_equal(unique.searchsorted(lines, values, right), theirs)
        ours = unique.searchsorted(shuffled, values, right, order)
        assert_equal(
            ours,
            torch.searchsorted(
                as_torch(shuffled), as_torch(values), right=right, sorter=as_torch(order)
            ),
        )
        theirs = torch.bucketize(as_torch(values), as_torch(lines[0]), right=right)
        assert_equal(unique.bucketize(values, lines[0], right), theirs)


def test_searchsorted_of_many_and_of_nothing() -> None:
    line = np.sort(np.random.default_rng(0).normal(size=1000).astype(np.float32))
    values = np.random.default_rng(1).normal(size=(100, 200)).astype(np.float32)
    np.testing.assert_array_equal(unique.searchsorted(line, values), np.searchsorted(line, values))
    assert unique.searchsorted(line[:0], values[:1, :2]).tolist() == [[0, 0]]
    assert unique.searchsorted(line, np.float32(0).reshape(())).shape == ()


def test_bincount() -> None:
    a = np.random.default_rng(0).integers(0, 50, 1000)
    x = as_torch(a)
    for dtype in (np.uint8, np.int32, np.int64):
        assert_equal(unique.bincount(a.astype(dtype), minlength=60), x.bincount(minlength=60))
    assert_equal(unique.bincount(a[::-2]), as_torch(a[::-2]).bincount())
    for kind in (np.float32, np.float64, np.int64):
        weights = a.astype(kind)
        assert_equal(unique.bincount(a, weights), x.bincount(as_torch(weights)))
    assert unique.bincount(a[:0], minlength=2).tolist() == [0, 0]


@pytest.mark.parametrize("dtype", FLOATS[1:])
def test_histc(dtype: str) -> None:
    a = np.random.default_rng(0).normal(size=4000).astype(dtype)
    a[:3] = -1, 1, math.nan
    for bins, low, high in ((7, -1, 1), (100, -3, 3), (4, 0, 0.5)):
        assert_equal(unique.histc(a, bins, low, high), torch.histc(as_torch(a), bins, low, high))
    assert_equal(unique.histc(a[3:], 9), torch.histc(as_torch(a[3:]), 9))


# ---- mistakes

A = np.zeros((3, 4), np.float32)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: sorting.sort(A, 2), IndexError, "dimension 2 is out of range"),
        (lambda: sorting.sort(A.astype(complex)), DTypeError, "got complex128"),
        (lambda: sorting.topk(A, 5), RuntimeError, r"k = 5.*\(3, 4\): expected 0 to 4"),
        (lambda: sorting.topk(A, -1), RuntimeError, "k = -1"),
        (lambda: sorting.topk(A != 0, 1), RuntimeError, "got bool"),
        (lambda: sorting.kthvalue(A, 0), RuntimeError, "k = 0.*expected 1 to 4"),
        (lambda: sorting.kthvalue(A != 0, 1), NotImplementedError, "got bool"),
        (lambda: sorting.kthvalue(A[:, :0], 1), IndexError, "k = 1"),
        (lambda: sorting.median(A[:, :0], 1), IndexError, "dimension 1.*size 0"),
        (lambda: sorting.mode(A[:, :0]), IndexError, "dimension 1.*size 0"),
        (lambda: unique.searchsorted(A, A[:2]), RuntimeError, r"\(3, 4\) and \(2, 4\)"),
        (lambda: unique.searchsorted(A[0, 0], A), RuntimeError, "1 dimension"),
        (lambda: unique.searchsorted(A[0], A.astype(float)), DTypeError, "float64"),
        (lambda: unique.searchsorted(A[0], A, sorter=np.arange(3)), RuntimeError, r"\(3,\)"),
        (lambda: unique.searchsorted(A[0], A, sorter=np.arange(1, 5)), IndexRangeError, "index 4"),
        (lambda: unique.bucketize(A, A), RuntimeError, r"1 dimension, got \(3, 4\)"),
        (lambda: unique.bincount(np.array([2, -1])), RuntimeError, "-1 at position 1 is negative"),
        (lambda: unique.bincount(A[0]), NotImplementedError, "got float32"),
        (lambda: unique.bincount(np.zeros((2, 2), int)), RuntimeError, r"\(2, 2\)"),
        (lambda: unique.bincount(np.zeros(2, int), np.ones(3)), RuntimeError, r"\(3,\)"),
        (lambda: unique.bincount(np.zeros(2, int), minlength=-1), RuntimeError, "got -1"),
        (lambda: unique.histc(A, 0), RuntimeError, "at least one bin"),
        (lambda: unique.histc(A, 3, 2, 1), RuntimeError, "from 2.0 to 1.0"),
    ],
)
def test_mistakes_are_named(call: Callable[[], Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()
