"""Conversions between dtypes and copies between layouts, held against PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minitorch.errors import DTypeError, LayoutError, ShapeError
from minitorch.kernels.cpu.elementwise import cast_loops
from minitorch.kernels.cpu.elementwise.cast import cast, contiguous, copy_

from .layouts import as_torch, assert_same, layouts, numbers
from .oracle import torch

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
# What does not fit somewhere, is not whole, or lies between two floats.
FLOATS = np.array(
    [
        *[0.9, -0.9, 1.5, 127.9, 128, 255, 256, 300, -1, -129, 32768, 40000, 65536.5, -40000],
        *[2147483648, 2147483647.5, -2147483648.5, -2147483649, -2147483777, 3000000123.0],
        *[4294967297, 10000000077, -10000000077, 1e15 + 3, 9.3e18, -9.3e18, 1.8e19, 1e30, -1e30],
        *[np.inf, -np.inf, np.nan, -0.0, 0.0, 6e-8, 5.9e-5, 65519, 65520, 1e-45, 5e-324],
    ]
)


def drawn(dtype: str, size: int) -> np.ndarray:
    """Draw elements, of floats the special ones too, of integers over their whole range."""
    kind = np.dtype(dtype)
    if kind.kind == "f":
        with np.errstate(all="ignore"):
            return np.resize(FLOATS, size).astype(kind)
    bits = np.random.default_rng(0).integers(0, 256, size * kind.itemsize, dtype=np.uint8)
    return (bits > 127) if kind.kind == "b" else bits.view(kind)


def expected_of(a: np.ndarray, dtype: str) -> np.ndarray:
    if a.dtype == np.float64 and dtype == "float16":
        with np.errstate(all="ignore"):  # PyTorch rounds twice, by way of float32.
            return a.astype(np.float16)
    return as_torch(a).to(getattr(torch, dtype)).numpy()


@pytest.mark.parametrize("to", DTYPES)
@pytest.mark.parametrize("of", DTYPES)
def test_small_arrays_are_converted_as_by_pytorch(of: str, to: str) -> None:
    a = drawn(of, 200)
    ours = cast(a, to)
    assert ours.dtype == np.dtype(to)
    assert not np.shares_memory(ours, a)
    np.testing.assert_array_equal(ours, expected_of(a, to))


LARGE_PAIRS = [
    *[("float32", to) for to in DTYPES],
    *[("float64", to) for to in ("uint8", "int16", "int64", "float16", "float32")],
    *[("float16", to) for to in ("bool", "int8", "int64", "float32", "float64")],
    *[("int64", to) for to in ("bool", "int8", "float16", "float32")],
    *[("bool", "float32"), ("uint8", "float16"), ("int32", "float64")],
]


@pytest.mark.parametrize(("of", "to"), LARGE_PAIRS)
def test_large_arrays_are_converted_as_by_pytorch(of: str, to: str) -> None:
    a = drawn(of, 70_001)
    np.testing.assert_array_equal(cast(a, to), expected_of(a, to))


def test_float16_is_rounded_once_and_to_even() -> None:
    every = np.arange(31 << 10, dtype=np.uint16).view(np.float16)
    middles = every[:-1].astype(np.float64) + np.diff(every.astype(np.float64)) / 2
    for near in (middles, np.nextafter(middles, 0), np.nextafter(middles, 1e9)):
        np.testing.assert_array_equal(cast(near, "float16"), near.astype(np.float16))
    above = 1 + 2.0**-11 + 2.0**-40
    assert cast(np.full(5000, above), "float16")[0] > 1


def test_float16_without_the_processors_instructions() -> None:
    bits = np.arange(0, 1 << 32, 40_503, dtype=np.uint64).astype(np.uint32)
    by_hand = numba.njit(error_model="numpy")(_all_by_hand)
    with np.errstate(all="ignore"):
        singles = np.concatenate([bits.view(np.float32), FLOATS.astype(np.float32)])
        halves = by_hand(singles).view(np.float16)
        expected = singles.astype(np.float16)
    np.testing.assert_array_equal(halves, expected)
    assert (np.signbit(halves) == np.signbit(expected))[~np.isnan(expected)].all()


def _all_by_hand(a):  # type: ignore[no-untyped-def]
    out = np.empty(a.size, np.uint16)
    for i in range(a.size):
        out[i] = cast_loops._rounded_by_hand(a[i])
    return out


# ---- layouts

SHAPES = [
    *[((300, 200), (1, 0)), ((33, 129), (1, 0)), ((5, 64, 70), (0, 2, 1))],
    *[((6, 7, 50, 40), (2, 0, 1, 3)), ((6, 50, 7, 40), (3, 1, 0, 2))],
    *[((3, 4, 10, 20, 17), (4, 2, 0, 1, 3)), ((2, 3, 4, 5, 6, 7), (5, 3, 1, 0, 2, 4))],
]


@pytest.mark.parametrize("itemsize", [1, 2, 4, 8])
@pytest.mark.parametrize(("shape", "order"), SHAPES)
def test_permuted_arrays_are_copied(
    shape: tuple[int, ...], order: tuple[int, ...], itemsize: int
) -> None:
    bits = np.random.default_rng(0).integers(0, 255, (*shape, itemsize), dtype=np.uint8)
    dtype = {1: "uint8", 2: "float16", 4: "float32", 8: "int64"}[itemsize]
    a = bits.view(dtype)[..., 0].transpose(order)
    ours = contiguous(a)
    assert ours.flags.c_contiguous
    assert ours.tobytes() == a.tobytes()
    assert contiguous(ours) is ours


def test_turned_copies_stay_within_their_memory() -> None:
    for rows, columns in ((64, 64), (65, 130), (80, 77)):
        guarded = np.full((rows + 2, columns + 2), 7.0, np.float32)
        a = numbers((columns, rows), np.float32)
        copy_(guarded[1:-1, 1:-1], a.T)
        np.testing.assert_array_equal(guarded[1:-1, 1:-1], a.T)
        guarded[1:-1, 1:-1] = 7
        assert (guarded == 7).all()


def test_every_layout_in_every_other_one() -> None:
    a = np.random.default_rng(0).normal(size=(5, 40, 50)).astype(np.float32)
    for dtype in ("float32", "float16", "int64"):
        for label, view in layouts(a):
            assert_same(cast(view, dtype), as_torch(view).to(getattr(torch, dtype)), label)
            for _, target in layouts(np.zeros(a.shape, dtype)):
                if 0 in target.strides:
                    continue
                assert cast(view, dtype, out=target) is target
                assert_same(target, as_torch(view).to(getattr(torch, dtype)), label)


def test_large_arrays_of_any_layout() -> None:
    a = np.random.default_rng(0).normal(size=(300, 320)).astype(np.float32)
    for view in (a.T, a[::-1, ::-1], a[:, ::2], np.broadcast_to(a[:1], (300, 320))):
        assert_same(cast(view, "float64"), as_torch(view).double())
        out = np.zeros(view.shape, np.int32)
        assert_same(copy_(out, view), as_torch(view).int())
        assert_same(copy_(np.zeros(view.shape, np.float32), view), as_torch(view))


def test_a_result_is_laid_out_like_the_operand() -> None:
    a = np.zeros((3, 4, 5), np.float32).transpose(2, 0, 1)
    assert cast(a, "float64").strides == tuple(2 * stride for stride in a.strides)


@pytest.mark.parametrize("to", ["uint8", "int32", "float16", "float32", "float64"])
def test_no_number_makes_numpy_warn(to: str) -> None:
    signalling = np.array([0x7FF0000000000001, 0x7FEFFFFFFFFFFFFF], np.uint64).view(np.float64)
    with np.errstate(all="raise"):
        for a in (signalling, cast(signalling, np.float32), np.array([np.nan, 1e9, 1e-9])):
            copy_(np.empty(a.shape, to), a)
            cast(a, to)
            cast(a[::-1], to)


def test_an_array_of_another_class_becomes_a_plain_one() -> None:
    a = np.ones((2, 3), np.float32).view(np.recarray)
    for dtype in (np.float32, np.float64, np.int64):
        assert type(cast(a, dtype)) is np.ndarray


def test_copies_broadcast_and_may_overlap() -> None:
    out = np.zeros((3, 4), np.int32)
    copy_(out, np.array([1.9, -1.9, 0.5, 3.0]))
    np.testing.assert_array_equal(out, [[1, -1, 0, 3]] * 3)
    for n in (10, 6000):
        a = np.arange(n, dtype=np.float64)
        copy_(a[1:], a[:-1])
        np.testing.assert_array_equal(a, [0, *range(n - 1)])


@given(st.data())
@settings(max_examples=30)
def test_random_layouts(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 20), min_size=2, max_size=4)))
    order = data.draw(st.permutations(range(len(shape))))
    a = np.arange(np.prod(shape), dtype=np.float32).reshape(shape).transpose(order)
    steps = st.sampled_from([1, 1, 1, -1, 2])
    a = a[tuple(slice(None, None, data.draw(steps)) for _ in shape)]
    np.testing.assert_array_equal(copy_(np.zeros(a.shape, np.float32), a), a)


def test_numbers_and_nothing() -> None:
    assert_same(cast(np.array(2.7), "int64"), torch.tensor(2))
    assert cast(np.zeros((0, 3)), "bool").shape == (0, 3)


def test_one_and_two_threads_give_equal_bits() -> None:
    a = np.random.default_rng(0).normal(size=(500, 400)).astype(np.float32)
    before = numba.get_num_threads()
    results = []
    try:
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            own = [cast(a, "float16"), contiguous(a.T), contiguous(a[:, ::3])]
            results.append([array.tobytes() for array in own])
    finally:
        numba.set_num_threads(before)
    assert results[0] == results[1]


A = np.zeros((2, 3), np.float32)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: cast(A, np.complex64), DTypeError, "got complex64"),
        (lambda: cast(A.astype(complex), "float32"), DTypeError, "got complex128"),
        (lambda: copy_(np.zeros((3, 2)), A), ShapeError, r"\(2, 3\).*\(3, 2\)"),
        (lambda: copy_(np.broadcast_to(A[:1], (4, 3)), A[0]), LayoutError, "read-only"),
    ],
)
def test_mistakes_are_named(call: Callable[[], Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()
