"""Functions of a mask, and nonzero, held against PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minitorch.errors import DTypeError, LayoutError, ShapeError
from minitorch.kernels.cpu.indexing import masking
from minitorch.kernels.cpu.indexing.masking import MaskDTypeError

from .layouts import as_torch, assert_same, layouts, numbers
from .oracle import EVERY_DTYPE, torch

LARGE = (3, 200, 301)


def mask_of(shape: tuple[int, ...], seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).random(shape) < 0.5


def assert_masked_agree(a: np.ndarray, mask: np.ndarray, label: str = "") -> None:
    """Compare all functions of a mask with PyTorch's."""
    x, m = as_torch(a), as_torch(mask)
    source = numbers((math.prod(np.broadcast_shapes(a.shape, mask.shape)),), a.dtype, seed=9)
    assert_same(masking.masked_fill(a, mask, 1), x.masked_fill(m, 1), label)
    assert_same(masking.masked_select(a, mask), x.masked_select(m), label)
    ours = masking.masked_scatter(a, mask, source)
    assert_same(ours, x.masked_scatter(m, as_torch(source)), label)


@pytest.mark.parametrize("dtype", EVERY_DTYPE, ids=lambda d: np.dtype(d).name)
def test_every_dtype_gives_what_pytorch_gives(dtype: Any) -> None:
    a = numbers((5, 7), dtype)
    assert_masked_agree(a, mask_of((5, 7)))
    assert_same(masking.nonzero(a), as_torch(a).nonzero())


@pytest.mark.parametrize("rank", range(1, 6))
def test_every_layout(rank: int) -> None:
    shape = (3, 4, 2, 5, 3)[:rank]
    masks = dict(layouts(mask_of(shape)))
    for label, a in layouts(numbers(shape, np.float32)):
        for mask in (masks[label], masks["permuted"]):
            assert_masked_agree(a, mask, label)
        assert_same(masking.nonzero(a), as_torch(a).nonzero(), label)


def test_masks_and_inputs_broadcast() -> None:
    a = numbers((3, 1, 5), np.float32)
    for shape in ((5,), (4, 1), (2, 3, 4, 5), (1, 1, 1), ()):
        assert_masked_agree(a, mask_of(shape), str(shape))


def test_numbers_and_nothing() -> None:
    for a in (np.array(2.0), np.array(0.0), np.zeros((0, 3)), np.zeros((3, 0, 2)), np.zeros(1)):
        assert_masked_agree(a, np.asarray(mask_of(a.shape)))
        assert_same(masking.nonzero(a), as_torch(a).nonzero())


def test_masks_that_hold_everywhere_and_nowhere() -> None:
    for value in (True, False):
        assert_masked_agree(numbers((40, 30), np.float32), np.full((40, 30), value))


def test_in_place_functions_write_views_and_nothing_beside_them() -> None:
    for fills in (True, False):
        guarded = numbers((9, 40), np.float32)
        expected, mask = guarded.copy(), mask_of((4, 13))
        view, twin = guarded[8:1:-2, 0:39:3], expected[8:1:-2, 0:39:3]
        if fills:
            assert masking.masked_fill_(view, mask, 9) is view
            twin[mask] = 9
        else:
            source = np.arange(60, dtype=np.float32)
            assert masking.masked_scatter_(view, mask, source) is view
            twin[mask] = source[: mask.sum()]
        np.testing.assert_array_equal(guarded, expected)


def test_large_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    a, mask = numbers(LARGE, np.float32), mask_of(LARGE)
    assert_masked_agree(a, mask)
    for view in (a, a.reshape(-1), a[..., :2], a.transpose(2, 0, 1)):
        assert_same(masking.nonzero(view), as_torch(view).nonzero())
    monkeypatch.setattr(masking, "_PIECE", 1000)
    assert_masked_agree(a.transpose(1, 2, 0), mask.transpose(1, 2, 0))
    assert_masked_agree(a[..., ::2], mask[:1, :, ::2])


@given(st.data())
@settings(max_examples=40)
def test_random_shapes(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(0, 5), max_size=4)))
    mask_shape = tuple(1 if data.draw(st.booleans()) else n for n in shape)
    mask_shape = mask_shape[data.draw(st.integers(0, len(shape))) :]
    assert_masked_agree(numbers(shape, np.float64), np.asarray(mask_of(mask_shape)))


def test_a_zero_keeps_its_sign() -> None:
    a, mask = np.ones((2, 3), np.float32), np.array([[True, False, True]])
    for holds in (mask, np.broadcast_to(mask, a.shape).copy()):
        for value in (0.0, -0.0, 0, 0.0):
            signs = np.signbit(masking.masked_fill(a, holds, value))
            np.testing.assert_array_equal(signs.any(), np.signbit(value))
            own = masking.masked_fill_(a.copy(), holds, value)
            np.testing.assert_array_equal(np.signbit(own), signs)


def test_a_mask_in_the_memory_that_is_written_is_read_first() -> None:
    a = np.array([True, False, True, True])
    masking.masked_fill_(a, a[::-1], False)
    np.testing.assert_array_equal(a, [False, False, True, False])
    a = np.array([True, True, False, True])
    masking.masked_fill_(a[1:], a[:-1], False)
    np.testing.assert_array_equal(a, [True, False, False, True])


def test_nan_is_not_zero_and_negative_zero_is() -> None:
    for dtype in (np.float16, np.float32, np.float64):
        a = np.array([math.nan, 0.0, -0.0, -math.inf, 5e-324], dtype)
        assert_same(masking.nonzero(a), as_torch(a).nonzero())


def test_one_and_two_threads_give_equal_bits() -> None:
    a, mask = numbers(LARGE, np.float32), mask_of(LARGE)
    before = numba.get_num_threads()
    results = []
    try:
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            results.append(
                [
                    masking.masked_fill(a, mask, 2).tobytes(),
                    masking.masked_select(a, mask).tobytes(),
                    masking.masked_scatter(a, mask, a.reshape(-1)).tobytes(),
                    masking.nonzero(a).tobytes(),
                ]
            )
    finally:
        numba.set_num_threads(before)
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("dtype", "value"),
    [("int32", 1.5), ("uint8", -1), ("bool", 5), ("float16", -math.inf), ("float32", math.nan)],
)
def test_values_are_converted_as_by_pytorch(dtype: str, value: float) -> None:
    a = numbers((4,), dtype)
    mask = np.array([True, False, True, False])
    assert_same(masking.masked_fill(a, mask, value), as_torch(a).masked_fill(as_torch(mask), value))


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        *[("int32", math.inf), ("int64", math.nan), ("uint8", 300), ("uint8", -300)],
        *[("int8", 200), ("float16", 1e6), ("float32", 1e300)],
    ],
)
def test_values_that_do_not_fit_are_errors(dtype: str, value: float) -> None:
    a, mask = numbers((4,), dtype), np.ones(4, bool)
    with pytest.raises(RuntimeError):
        as_torch(a).masked_fill(as_torch(mask), value)
    with pytest.raises(DTypeError, match=f"does not fit into {dtype}"):
        masking.masked_fill(a, mask, value)


A, MASK = np.zeros((3, 4), np.float32), np.ones((3, 4), bool)
SPREAD = np.lib.stride_tricks.as_strided(A, (2, 3, 4), (0, *A.strides))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: masking.masked_fill(A, MASK[:2], 1), ShapeError, r"\(3, 4\), \(2, 4\)"),
        (lambda: masking.masked_select(A, MASK[:2]), ShapeError, "cannot broadcast"),
        (lambda: masking.masked_fill_(A[0], MASK, 1), ShapeError, r"\(3, 4\).*\(4,\) in place"),
        (lambda: masking.masked_fill(A, MASK.astype(int), 1), MaskDTypeError, "got int64"),
        (lambda: masking.masked_select(A, MASK.view(np.uint8)), MaskDTypeError, "got uint8"),
        (lambda: masking.masked_fill(A, MASK, np.zeros(1)), ShapeError, r"one number.*\(1,\)"),
        (lambda: masking.masked_scatter(A, MASK, A[:1]), ShapeError, "12 elements.*has 4"),
        (lambda: masking.masked_scatter(A, MASK, A.astype(float)), DTypeError, "float64"),
        (
            lambda: masking.masked_fill_(SPREAD, MASK, 1),
            LayoutError,
            "same memory",
        ),
    ],
)
def test_mistakes_are_named(call: Callable[[], Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text) as caught:
        call()
    assert isinstance(caught.value, RuntimeError)


def test_pytorch_raises_a_base_of_our_errors() -> None:
    x = torch.zeros(3, 4)
    for call in (
        lambda: x.masked_fill(torch.ones(2, 4).bool(), 1),
        lambda: x.masked_fill(torch.ones(3, 4), 1),
        lambda: x.masked_scatter(torch.ones(3, 4).bool(), x[:1]),
    ):
        with pytest.raises(RuntimeError):
            call()
