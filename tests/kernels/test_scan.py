"""Scans, held against PyTorch, and against NumPy in float64."""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minitorch.kernels.cpu.reductions import scan
from minitorch.kernels.cpu.reductions.fold import ReductionDTypeError

from .layouts import as_torch, assert_same, layouts, numbers
from .oracle import EVERY_DTYPE, torch

SCANS = ["cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"]


def assert_scans_agree(name: str, array: np.ndarray, dim: int, label: str = "") -> None:
    """Compare our scan with PyTorch's."""
    expected = getattr(torch, name)(as_torch(array), dim)
    assert_same(getattr(scan, name)(array, dim), expected, f"{name} {label}, dimension {dim}")


@pytest.mark.parametrize("name", SCANS)
def test_every_dtype_gives_what_pytorch_gives(name: str) -> None:
    for dtype in EVERY_DTYPE:
        if name == "logcumsumexp" and np.dtype(dtype).kind != "f":
            continue
        array = numbers((3, 9), dtype) if name != "cumprod" else numbers((3, 5), dtype)
        assert_scans_agree(name, array, 1, str(np.dtype(dtype)))


@pytest.mark.parametrize("name", SCANS)
def test_every_layout_gives_what_pytorch_gives(name: str) -> None:
    for label, view in layouts(numbers((4, 18, 21), np.float32)):
        for dim in range(-3, 3):
            assert_scans_agree(name, view, dim, label)


@pytest.mark.parametrize("rank", range(6))
def test_every_dimension_of_every_rank(rank: int) -> None:
    for label, view in layouts(numbers((3, 4, 2, 5, 1)[:rank], np.float32)):
        for dim in range(max(rank, 1)):
            for name in ("cumsum", "cummax"):
                assert_scans_agree(name, view, dim, label)


@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=1, max_dims=5, max_side=6),
        elements=st.integers(-9, 9),
    ),
    st.data(),
)
def test_random_views(array: np.ndarray, data: st.DataObject) -> None:
    view = array.transpose(data.draw(st.permutations(range(array.ndim))))
    steps = st.sampled_from([1, -1, 2, -2])
    view = view[tuple(slice(None, None, data.draw(steps)) for _ in range(view.ndim))]
    dim = data.draw(st.integers(-view.ndim, view.ndim - 1))
    np.testing.assert_array_equal(scan.cumsum(view, dim), np.cumsum(view, axis=dim))
    values, positions = scan.cummax(view, dim)
    np.testing.assert_array_equal(values, np.maximum.accumulate(view, axis=dim))
    np.testing.assert_array_equal(np.take_along_axis(view, positions, dim), values)


@pytest.mark.parametrize("shape", [(700_001,), (1, 600_000, 1), (400, 500), (80_000, 3)])
@pytest.mark.parametrize("name", ["cumsum", "cummax"])
def test_large_arrays(name: str, shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    for dim in range(len(shape)):
        if name == "cumsum":
            exact = np.cumsum(array.astype(np.float64), axis=dim)
            scale = np.cumsum(np.abs(array.astype(np.float64)), axis=dim)
            assert (np.abs(scan.cumsum(array, dim) - exact) <= 2e-7 * scale).all()
        else:
            assert_scans_agree(name, array, dim)


def test_long_lines_with_gaps_and_of_integers() -> None:
    array = numbers((900_000,), np.int32)
    np.testing.assert_array_equal(
        scan.cumsum(array[::-2], 0), np.cumsum(array[::-2], dtype=np.int64)
    )


def test_lines_that_are_cut_go_on_where_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MOST_AT_ONCE", 64)
    scan._prepared.cache_clear()
    wide = numbers((3, 50), np.float32)
    for array in (wide, wide.T, wide[:, ::-3], numbers((300,), np.float32)):
        for name in ("cumsum", "logcumsumexp", "cummax", "cummin"):
            for dim in range(array.ndim):
                assert_scans_agree(name, array, dim)
    scan._prepared.cache_clear()


@pytest.mark.parametrize("length", [1 << 14, (1 << 14) + 1, 70_003])
def test_parts_of_long_lines_go_on_from_each_other(length: int) -> None:
    array = numbers((2, length), np.float32)
    for line in (array[0], array[:1], array[1, ::-1], array.T[:, :1]):
        dim = int(np.argmax(line.shape))
        exact = np.cumsum(line, axis=dim, dtype=np.float64)
        np.testing.assert_allclose(scan.cumsum(line, dim), exact, rtol=2e-7, atol=1e-4)
    ones = np.where(np.arange(length) % 1000, np.float32(1), np.float32(-1))
    np.testing.assert_array_equal(scan.cumprod(ones, 0), np.cumprod(ones))
    ones[5000:] = np.inf
    ones[9000:] = -np.inf
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(scan.cumsum(ones, 0), np.cumsum(ones, dtype=np.float64))


@pytest.mark.parametrize("lines", range(1, 10))
def test_any_number_of_lines_at_once(lines: int) -> None:
    array = numbers((lines, 300), np.float32)
    for view in (array, array[:, ::-1], array[::-1, ::2]):
        exact = np.cumsum(view, axis=1, dtype=np.float64)
        np.testing.assert_allclose(scan.cumsum(view, 1), exact, rtol=2e-7, atol=1e-6)


@pytest.mark.parametrize("name", ["cumsum", "cummax"])
def test_one_and_two_threads_give_equal_bits(name: str) -> None:
    before = numba.get_num_threads()
    try:
        for shape, dim in (((600_000,), 0), ((700, 800), 0), ((700, 800), 1)):
            array = np.random.default_rng(0).normal(size=shape).astype(np.float32)
            results = []
            for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
                numba.set_num_threads(threads)
                result = getattr(scan, name)(array, dim)
                results.append([part.tobytes() for part in np.atleast_2d(result)])
            assert results[0] == results[1]
    finally:
        numba.set_num_threads(before)


SPECIAL = [
    [1.0, math.nan, 2.0, math.nan, 0.0],
    [-math.inf, 1.0, math.inf, 0.0],
    [math.inf, -math.inf, 1.0],
    [-math.inf, -math.inf],
    [math.inf, math.inf, -math.inf],
    [1.0, 1.0, 0.0, 1.0],
    [-0.0],
    [90.0, 100.0, -100.0],
]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("values", SPECIAL, ids=str)
def test_special_values_are_those_of_pytorch(values: list[float], dtype: Any) -> None:
    for name in SCANS:
        assert_scans_agree(name, np.array(values, dtype), 0)


def test_integers_wrap_around() -> None:
    largest = np.iinfo(np.int64).max
    assert scan.cumsum(np.array([largest, 1]), 0)[1] == np.iinfo(np.int64).min


@pytest.mark.parametrize("name", SCANS)
def test_numbers_and_nothing(name: str) -> None:
    for array in (np.array(3.0, np.float32), np.zeros((0,), np.float32), np.zeros((2, 0, 3))):
        for dim in range(max(array.ndim, 1)):
            assert_scans_agree(name, array, dim)


@pytest.mark.parametrize("name", SCANS)
def test_mistakes_are_named(name: str) -> None:
    with pytest.raises(IndexError, match=r"2 is out of range for shape \(2, 3\)"):
        getattr(scan, name)(np.zeros((2, 3)), 2)
    with pytest.raises(ReductionDTypeError, match="complex64"):
        getattr(scan, name)(np.zeros(3, np.complex64), 0)


def test_logcumsumexp_refuses_integers() -> None:
    with pytest.raises(ReductionDTypeError, match="int64"):
        scan.logcumsumexp(np.arange(3), 0)
