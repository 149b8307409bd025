"""Elementwise kernels where operands and results lie in memory in unusual ways."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minitorch import _threads
from minitorch.errors import DTypeError, LayoutError
from minitorch.kernels.cpu.elementwise.where import where, where_backward_x, where_backward_y
from minitorch.kernels.cpu.layouts import layout
from minitorch.kernels.generated import elementwise as kernels

from .layouts import layouts
from .oracle import torch


def draw(shape: tuple[int, ...], dtype: Any = np.float32, seed: int = 0) -> np.ndarray:
    """Draw whole numbers, whose sums are exact."""
    return np.random.default_rng(seed).integers(-9, 9, shape).astype(dtype)


# Sizes around those of tiles, and of the blocks that are transposed in registers.
SHAPES = [(7, 9), (8, 8), (33, 70), (300, 257), (1100, 33), (20, 5000), (40_000, 3)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8])
def test_a_sum_is_the_same_in_every_layout(shape: tuple[int, ...], dtype: Any) -> None:
    x, y = draw(shape, dtype), draw(shape, dtype, seed=1)
    for name, laid_out in layouts(y):
        expected = x + laid_out
        np.testing.assert_array_equal(kernels.add(x, laid_out), expected, err_msg=name)
        np.testing.assert_array_equal(kernels.add(laid_out, x), expected, err_msg=name)
        out = np.zeros(shape[::-1], dtype).T
        kernels.add(x, laid_out, out=out)
        np.testing.assert_array_equal(out, expected, err_msg=name)


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_columns_and_numbers_are_repeated(shape: tuple[int, ...]) -> None:
    x, row, column = draw(shape), draw(shape[1:]), draw((shape[0], 1))
    for other in (row, column, np.float32(3).reshape(()), draw((1, 1))):
        np.testing.assert_array_equal(kernels.sub(x, other), x - other)
        np.testing.assert_array_equal(kernels.sub(other, x), other - x)
        if other.ndim != 1:
            np.testing.assert_array_equal(kernels.sub(x.T, other.T), x.T - other.T)
    np.testing.assert_array_equal(kernels.sub(row, column), row - column)


# Of two operands: rows that are short or long, columns, numbers of channels with few neighbours and
# with many; then some that repeat in other ways.
REPEATING = [
    *[((64, 100), (100,)), ((64, 100), (1, 100)), ((6, 600), (600,)), ((3, 5), (5,))],
    *[((50, 10), (50, 1)), ((64, 100), (64, 1)), ((700, 3), (700, 1)), ((9, 1), (9,))],
    *[((4, 8, 10, 10), (8, 1, 1)), ((3, 40, 2, 2), (1, 40, 1, 1)), ((2, 700, 3), (700, 1))],
    *[((2, 3, 4), (2, 1, 4)), ((7, 1), (1, 9)), ((1, 5), (5,)), ((5, 1), (1, 5))],
]


@pytest.mark.parametrize(("shape", "small"), REPEATING)
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_small_arrays_repeat_beside_others(
    shape: tuple[int, ...], small: tuple[int, ...], dtype: Any
) -> None:
    x, y = draw(shape, dtype), draw(small, dtype, seed=1)
    for _ in range(2):  # The short ways are known from the second time on.
        np.testing.assert_array_equal(kernels.sub(x, y), x - y)
        np.testing.assert_array_equal(kernels.sub(y, x), y - x)
        np.testing.assert_array_equal(kernels.lt(x, y), x < y)
    if (x - y).shape == shape:
        expected = y - x
        assert kernels.sub(y, x, out=x) is x
        np.testing.assert_array_equal(x, expected)


@pytest.mark.parametrize("dtype", [np.int8, np.float32, np.float64])
@pytest.mark.parametrize("step", [2, 3, 4, 5, -1, -2])
def test_every_so_many_elements_are_picked(step: int, dtype: Any) -> None:
    for columns in (33, 48, 49, 200):
        # The memory ends with the last element that is read.
        rows = draw((20, columns * abs(step)), dtype)[:, max(step - 1, 0) :: step]
        np.testing.assert_array_equal(kernels.add(rows, rows), rows + rows)


CANARY = -77


def view(shape: tuple[int, ...], steps: list[int], order: list[int], seed: int) -> np.ndarray:
    """Show numbers with gaps and turned dimensions inside memory that is full of canaries."""
    sizes = [shape[dim] * abs(steps[dim]) + 2 for dim in order]
    memory = np.full(sizes, CANARY, np.float32)
    turned = memory.transpose(np.argsort(order))
    cuts = [
        slice(1, 1 + size * step, step) if step > 0 else slice(-2, -2 + size * step, step)
        for size, step in zip(shape, steps, strict=True)
    ]
    shown = turned[tuple(cuts)]
    shown[...] = draw(shape, seed=seed)
    assert shown.shape == shape
    return shown


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_steps_in_any_order(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 21), min_size=1, max_size=5)))
    step = st.sampled_from([1, 1, 2, 3, -1, -2])
    views = []
    for seed in range(3):
        own = tuple(1 if seed < 2 and data.draw(st.booleans()) else size for size in shape)
        steps = data.draw(st.lists(step, min_size=len(shape), max_size=len(shape)))
        order = data.draw(st.permutations(range(len(shape))))
        views.append(view(own, steps, order, seed))
    x, y, out = views
    out = out[tuple(slice(n) for n in np.broadcast_shapes(x.shape, y.shape))]
    expected = x + y
    memory = out.base
    assert memory is not None
    canaries = int((memory == CANARY).sum())
    np.testing.assert_array_equal(kernels.add(x, y), expected)
    kernels.add(x, y, out=out)
    np.testing.assert_array_equal(out, expected)
    assert (memory == CANARY).sum() == canaries


@pytest.mark.parametrize("name", ["add", "exp", "lerp", "sin"])
def test_threads_give_equal_bits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = getattr(kernels, name)
    x = np.random.default_rng(0).normal(size=(1200, 700)).astype(np.float32)
    count = len(kernel.operands)
    cases = [[x] * count, [x.T] * count, [x[:, ::2]] * count, [x, x[:1], x[:, :1]][:count]]
    results = []
    for threads in (1, 2):
        monkeypatch.setattr(_threads, "_chosen", threads)
        results.append([kernel(*arrays) for arrays in cases])
    for one, two in zip(*results, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("name", ["relu", "exp", "add", "sub", "where_like", "sin"])
def test_the_result_may_take_the_place_of_an_operand(name: str) -> None:
    kernel = kernels.lerp if name == "where_like" else getattr(kernels, name)
    for shape in ((1000,), (300, 70)):
        first, *rest = [
            np.random.default_rng(seed).normal(size=shape) for seed in range(len(kernel.operands))
        ]
        for turn in (lambda a: a, lambda a: a.T, lambda a: a[::2], lambda a: a[..., ::-1]):
            arrays = [turn(array.copy()) for array in (first, *rest)]
            expected = kernel(*arrays)
            kernel(*arrays, out=arrays[0])
            np.testing.assert_array_equal(arrays[0], expected)


def test_read_only_operands_are_read() -> None:
    x = draw((50, 40))
    x.flags.writeable = False
    np.testing.assert_array_equal(kernels.add(x, x[:1]), x + x[:1])
    np.testing.assert_array_equal(kernels.add(x, np.broadcast_to(x[0], x.shape)), x + x[0])


def test_fields_of_records_and_unaligned_numbers_are_read_and_written() -> None:
    records = np.zeros(60, dtype=[("flag", np.int8), ("a", np.float32), ("b", np.float64)])
    records["a"] = draw((60,))
    records["b"] = draw((60,), np.float64)
    raw = np.zeros(4 * 60 + 1, np.int8)[1:].view(np.float32)
    raw[...] = records["a"]
    for x in (records["a"], raw):
        np.testing.assert_array_equal(kernels.add(x, x), x + x)
        kernels.add(x, x, out=x)
        np.testing.assert_array_equal(kernels.neg(x), -x)
    assert not records["flag"].any()


def test_a_result_of_which_elements_share_a_place_is_refused() -> None:
    x = draw((4, 5))
    shared = np.lib.stride_tricks.as_strided(np.zeros(5, np.float32), (4, 5), (0, 4))
    with pytest.raises(LayoutError, match=r"several elements of out.*\(0, 4\)"):
        kernels.add(x, x, out=shared)


def test_the_result_lies_like_the_first_full_operand() -> None:
    x = np.zeros((2, 3, 4), np.float32).transpose(2, 0, 1)
    assert kernels.add(x, np.zeros((3,), np.float32)).strides == x.strides
    assert kernels.add(np.zeros((3,), np.float32), x).strides == x.strides
    assert kernels.gt(x, x).strides == tuple(stride // 4 for stride in x.strides)


def test_more_dimensions_than_loops() -> None:
    x = draw((2, 3, 2, 3, 2, 3, 2))
    turned = x.transpose(5, 1, 4, 0, 3, 6, 2)
    np.testing.assert_array_equal(
        kernels.add(turned, turned[:, :1, :, :1]), turned + turned[:, :1, :, :1]
    )


def test_float16_is_computed_in_blocks() -> None:
    x = np.random.default_rng(0).normal(size=(700, 300)).astype(np.float16)
    expected = np.add(x.astype(np.float32), x[:1].astype(np.float32)).astype(np.float16)
    np.testing.assert_array_equal(kernels.add(x, x[:1]), expected)
    np.testing.assert_array_equal(kernels.add(x.T, x[:1].T), expected.T)


def test_nothing_but_the_result_is_allocated() -> None:
    x = draw((1000, 1000))
    half = x.astype(np.float16)
    small = 3 << 20  # The blocks of float16, and what Python needs.
    for kernel, arrays in [
        (kernels.add, (x, x[:1])),
        (kernels.add, (x, x.T)),
        (kernels.exp, (x[:, ::2],)),
        (kernels.lerp, (x, x.T, x[:1])),
        (kernels.add, (half, half.T)),
    ]:
        expected = kernel(*arrays).nbytes
        tracemalloc.start()
        kernel(*arrays)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < expected + small


def test_plans_of_one_form_are_made_once() -> None:
    x = draw((5, 6))
    kernels.add(x, x[:1])
    layout.plan.cache_clear()
    kernels.mul(x, x[:, :1])
    misses = layout.plan.cache_info().misses
    for _ in range(3):
        kernels.mul(x, x[:, :1])
    assert layout.plan.cache_info().misses == misses


# --- where: a mask and two arrays of another dtype


@pytest.mark.parametrize("dtype", [np.bool_, np.int64, np.float16, np.float32, np.float64])
def test_where_chooses_as_pytorch_does(dtype: Any) -> None:
    x, y = draw((6, 7), dtype), draw((6, 7), dtype, seed=1)
    mask = draw((6, 7)) > 0
    for a, b, chosen in [
        (x, y, mask),
        (x, y[:1], mask[:, :1]),
        (x.T.copy().T, y, mask[:, ::-1]),
        (x, y[0, 0].reshape(1), mask),
    ]:
        ours = where(chosen, a, b)
        theirs = torch.where(*(torch.tensor(np.array(z)) for z in (chosen, a, b)))
        assert ours.dtype == dtype
        np.testing.assert_array_equal(ours, theirs.numpy())


def test_the_gradients_of_where_are_those_of_pytorch() -> None:
    mask = draw((6, 7)) > 0
    x, y = (torch.tensor(draw((6, 7), np.float64, seed), requires_grad=True) for seed in (1, 2))
    grad = draw((6, 7), np.float64, seed=3)
    torch.where(torch.tensor(mask), x, y).backward(torch.tensor(grad))
    np.testing.assert_array_equal(where_backward_x(grad, mask), x.grad.numpy())
    np.testing.assert_array_equal(where_backward_y(grad, mask), y.grad.numpy())


def test_a_mask_is_bool() -> None:
    x = draw((3,))
    with pytest.raises(DTypeError, match=r"but bool for condition.*got float32, float32, float32"):
        where(x, x, x)
