"""Pooling and its gradients against PyTorch: sizes, numbers, indices, errors."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from minitorch.errors import DTypeError, IndexingError, ShapeError
from minitorch.kernels.cpu.pooling import pool
from minitorch.kernels.cpu.pooling.pool import (
    adaptive_avg_pool,
    adaptive_avg_pool_backward,
    adaptive_max_pool,
    avg_pool,
    avg_pool_backward,
    max_pool,
    max_pool_backward,
    max_unpool,
    max_unpool_backward,
)

from .layouts import as_torch, assert_same, layouts, numbers
from .oracle import F, torch

Array = np.ndarray
FLOATS = [np.float16, np.float32, np.float64]


def peer(name: str, rank: int) -> Any:
    return getattr(F, f"{name}{rank}d")


def draw(shape: tuple[int, ...], dtype: Any = np.float32, seed: int = 0) -> Array:
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(dtype)


def gradient_of(function: Any, x: Array, grad: Array) -> Any:
    """Give PyTorch's gradient of the input for a cotangent."""
    tensor = as_torch(x).requires_grad_()
    [gradient] = torch.autograd.grad(function(tensor), [tensor], as_torch(grad))
    return gradient


def check_max(x: Array, *arguments: Any) -> None:
    """Hold max_pool and its gradient against PyTorch's."""
    theirs = peer("max_pool", x.ndim - 2)
    out, indices = max_pool(x, *arguments)
    expected = theirs(as_torch(x), *arguments, return_indices=True)
    assert_same((out, indices), expected)
    grad = draw(out.shape, x.dtype, 1)
    assert_same(
        max_pool_backward(grad, indices, x.shape),
        gradient_of(lambda t: theirs(t, *arguments), x, grad),
        unit=1e-2 if x.dtype == np.float16 else None,
    )


def check_mean(x: Array, *arguments: Any) -> None:
    """Hold avg_pool and its gradient against PyTorch's; in one dimension there is no divisor."""
    theirs = peer("avg_pool", x.ndim - 2)
    unit = 8 * float(np.finfo(x.dtype).eps)
    out = avg_pool(x, *arguments)
    own = arguments[:5] if x.ndim == 3 else arguments
    assert_same(out, theirs(as_torch(x), *own), unit=unit)
    grad = draw(out.shape, x.dtype, 1)
    assert_same(
        avg_pool_backward(grad, x.shape, *arguments),
        gradient_of(lambda t: theirs(t, *own), x, grad),
        unit=unit,
    )


def windows(data: Any) -> tuple[tuple[int, ...], tuple[Any, ...], tuple[int, ...]]:
    """Draw an input's shape, (kernel_size, stride, padding), and a dilation."""
    rank = data.draw(st.integers(1, 3))

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(data.draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank)))

    kernel, dilation = each(1, 4), each(1, 3)
    padding = tuple(data.draw(st.integers(0, k // 2)) for k in kernel)
    sizes = tuple(
        max(1, d * (k - 1) + 1 - 2 * p) + more
        for k, d, p, more in zip(kernel, dilation, padding, each(0, 9), strict=True)
    )
    stride = data.draw(st.one_of(st.none(), st.just(each(1, 4))))
    return (2, 3, *sizes), (kernel, stride, padding), dilation


# ---- windows of a size


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_max_pool_follows_pytorch_over_any_windows(data: Any) -> None:
    shape, window, dilation = windows(data)
    assume(all(d <= n for d, n in zip(dilation, shape[2:], strict=True)))
    # Few different numbers: the first of equal ones is the largest.
    check_max(numbers(shape, np.float32), *window, dilation, data.draw(st.booleans()))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_avg_pool_follows_pytorch_over_any_windows(data: Any) -> None:
    shape, window, _ = windows(data)
    ceil_mode, count_include_pad = data.draw(st.booleans()), data.draw(st.booleans())
    # PyTorch's avg_pool3d takes no window larger than the input without its padding.
    assume(len(shape) < 5 or all(np.less_equal(window[0], shape[2:])))
    divisor = None if len(shape) == 3 else data.draw(st.sampled_from([None, 7, -2]))
    check_mean(draw(shape), *window, ceil_mode, count_include_pad, divisor)


@pytest.mark.parametrize("dtype", FLOATS)
def test_every_float_is_pooled(dtype: Any) -> None:
    x = draw((2, 3, 9, 8), dtype)
    check_max(x, 3, 2, 1)
    check_mean(x, 3, 2, 1)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_integers_have_a_largest_element(dtype: Any) -> None:
    x = numbers((2, 3, 9, 8), dtype)
    expected = F.max_pool2d(as_torch(x), 3, 2, 1, return_indices=True)
    assert_same(max_pool(x, 3, 2, 1), expected)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_windows_between_far_padding_see_nothing(dtype: Any) -> None:
    for shape, *window in [
        ((2, 2, 3, 1), 2, 1, 1, 2),
        ((1, 2, 1, 1, 2), (1, 2, 1), 1, (0, 1, 0), (1, 2, 1)),
    ]:
        x = numbers(shape, dtype)
        theirs = peer("max_pool", x.ndim - 2)(as_torch(x), *window, return_indices=True)
        assert_same(max_pool(x, *window), theirs)


def test_means_of_int64_are_rounded_towards_zero() -> None:
    x = numbers((2, 3, 9, 8), np.int64)
    for arguments in [(3, 2, 1), (3, 2, 1, True, False), (2, 2, 0, False, True, -3)]:
        assert_same(avg_pool(x, *arguments), F.avg_pool2d(as_torch(x), *arguments))


def test_nan_wins_and_the_last_one_counts() -> None:
    nan, inf = np.nan, np.inf
    rows = [[1, nan, 3, nan, 2, 2], [-inf, -inf, -inf, -inf, 0.0, -0.0], [inf, 1, nan, inf, 0, nan]]
    x = np.array([[rows]], np.float32)
    for arguments in [(2,), ((1, 2),), ((1, 3), 1, (0, 1)), (3, 1, 1), ((2, 1), 1)]:
        expected = F.max_pool2d(as_torch(x), *arguments, return_indices=True)
        assert_same(max_pool(x, *arguments), expected)


def test_minus_zero_stays_where_it_came_first() -> None:
    out, _ = max_pool(np.array([[[-0.0, 0.0, 0.0, -0.0]]], np.float32), 2)
    np.testing.assert_array_equal(np.signbit(out), [[[True, False]]])


def test_nan_and_infinity_reach_the_means_that_see_them() -> None:
    x = draw((1, 2, 8, 8))
    x[0, 0, 3, 3], x[0, 1, 2, 2], x[0, 1, 6, 6] = np.nan, np.inf, -np.inf
    assert_same(avg_pool(x, 3, 2, 1), F.avg_pool2d(as_torch(x), 3, 2, 1), unit=1e-6)


def test_means_of_large_windows_are_accurate() -> None:
    x = np.full((1, 1, 1, 1 << 22), 0.1, np.float32)
    assert avg_pool(x, (1, 1 << 22))[0, 0, 0, 0] == np.float32(0.1)


# ---- windows chosen for a result


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("shape", "sizes"),
    [
        ((2, 3, 10), 4),
        ((2, 3, 7, 9), (3, 2)),
        ((2, 3, 7, 9), 1),
        ((2, 3, 5, 4), (9, 4)),
        ((2, 3, 4, 5, 6), (2, 3, 4)),
        ((0, 3, 7, 9), (3, 2)),
    ],
)
def test_adaptive_pooling_follows_pytorch(dtype: Any, shape: Any, sizes: Any) -> None:
    rank = len(shape) - 2
    x = draw(shape, dtype)
    unit = 8 * float(np.finfo(dtype).eps)
    out, indices = adaptive_max_pool(x, sizes)
    theirs = peer("adaptive_max_pool", rank)
    assert_same((out, indices), theirs(as_torch(x), sizes, return_indices=True))
    grad = draw(out.shape, dtype, 1)
    gradient = gradient_of(lambda t: theirs(t, sizes), x, grad)
    assert_same(max_pool_backward(grad, indices, shape), gradient, unit=unit)
    theirs = peer("adaptive_avg_pool", rank)
    assert_same(adaptive_avg_pool(x, sizes), theirs(as_torch(x), sizes), unit=unit)
    gradient = gradient_of(lambda t: theirs(t, sizes), x, grad)
    assert_same(adaptive_avg_pool_backward(grad, shape), gradient, unit=unit)


def test_empty_adaptive_results_are_allowed() -> None:
    assert adaptive_avg_pool(draw((2, 0, 7, 9)), 3).shape == (2, 0, 3, 3)
    assert adaptive_avg_pool(draw((2, 3, 7, 9)), (0, 2)).shape == (2, 3, 0, 2)
    out, indices = adaptive_max_pool(draw((2, 3, 7, 9)), (0, 2))
    assert out.shape == indices.shape == (2, 3, 0, 2)
    assert not max_pool_backward(out, indices, (2, 3, 7, 9)).any()
    assert not adaptive_avg_pool_backward(out, (2, 3, 7, 9)).any()


# ---- back to where the largest elements were


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_unpooling_follows_pytorch(rank: int) -> None:
    x = draw((2, 3, *[8] * rank))
    out, indices = max_pool(x, 2)
    tensor = as_torch(out).requires_grad_()
    theirs = peer("max_unpool", rank)(tensor, as_torch(indices), 2)
    mine = max_unpool(out, indices, x.shape[2:])
    assert_same(mine, theirs.detach())
    grad = draw(mine.shape, seed=1)
    [gradient] = torch.autograd.grad(theirs, [tensor], as_torch(grad))
    assert_same(max_unpool_backward(grad, indices), gradient)


def test_of_equal_indices_the_last_one_is_unpooled_even_after_nan() -> None:
    x = np.array([[[np.nan, 2, 3, 4]]], np.float32)
    out = max_unpool(x, np.array([[[0, 0, 5, 0]]]), (6,))
    np.testing.assert_array_equal(out, [[[4, 0, 0, 0, 0, 3]]])


# ---- gradients, layouts, threads


def test_gradients_are_central_differences() -> None:
    x = draw((2, 2, 5, 6), np.float64)
    grad = draw((2, 2, 3, 3), np.float64, 1)
    _, indices = max_pool(x, 3, 2, 1)
    forwards = [lambda: max_pool(x, 3, 2, 1)[0], lambda: avg_pool(x, 3, 2, 1, False, False)]
    backwards = [
        max_pool_backward(grad, indices, x.shape),
        avg_pool_backward(grad, x.shape, 3, 2, 1, False, False),
    ]
    for forward, gradient in zip(forwards, backwards, strict=True):
        for place in np.ndindex(x.shape):
            kept, values = x[place], []
            for step in (1e-5, -1e-5):
                x[place] = kept + step
                values.append(float((forward() * grad).sum()))
            x[place] = kept
            np.testing.assert_allclose(gradient[place], (values[0] - values[1]) / 2e-5, atol=1e-8)


@pytest.mark.parametrize("shape", [(3, 4, 7, 9), (2, 3, 20), (2, 2, 4, 5, 6)])
def test_any_layout_gives_the_same(shape: tuple[int, ...]) -> None:
    wider = (*shape[:2], *[size + 3 for size in shape[2:]])
    functions = (
        lambda a: max_pool(a, 3, 2, 1),
        lambda a: avg_pool(a, 3, 2, 1),
        lambda a: adaptive_avg_pool(a, 3),
        lambda a: avg_pool_backward(a, wider, 4, 1),
        lambda a: max_pool_backward(a, np.abs(a).astype(np.int64), shape),
    )
    for name, x in layouts(numbers(shape, np.float32)):
        for function in functions:
            one, two = function(x), function(np.ascontiguousarray(x))
            np.testing.assert_array_equal(one[0], two[0], err_msg=name)
            np.testing.assert_array_equal(one[-1], two[-1], err_msg=name)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int64])
@pytest.mark.parametrize("shape", [(3, 4, 7, 9), (2, 3, 20), (2, 2, 4, 5, 6), (2, 70, 40, 41)])
def test_channels_that_are_neighbours_stay_so(dtype: Any, shape: tuple[int, ...]) -> None:
    x = (8 * draw(shape)).astype(dtype)
    if x.dtype.kind == "f":
        x[..., ::5] = np.nan
        x[..., 1::5] = -np.inf
    last = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    assert not last.flags.c_contiguous
    functions: list[Any] = [
        lambda a: max_pool(a, 2),
        lambda a: max_pool(a, 3, 2, 1, 1, True),
        lambda a: max_pool(a, 2, 1, 0, 2),
        lambda a: adaptive_max_pool(a, 1),
        lambda a: adaptive_max_pool(a, 3),
        lambda a: (avg_pool(a, 3, 2, 1, True),),
        lambda a: (avg_pool(a, 2, count_include_pad=False, divisor_override=3),),
    ]
    for function in functions:
        for mine, expected in zip(function(last), function(x), strict=True):
            np.testing.assert_array_equal(mine, expected)
            assert np.moveaxis(mine, 1, -1).flags.c_contiguous


def test_the_largest_of_whole_planes() -> None:
    for rank in (1, 2, 3):
        x = draw((3, 5, *(4, 6, 5)[:rank]))
        x[:, :, 0] = x[:, :, -1]
        for special in (None, np.nan, np.inf):
            if special is not None:
                x[1, :, 1:3] = special
            theirs = peer("adaptive_max_pool", rank)(as_torch(x), 1, return_indices=True)
            assert_same(adaptive_max_pool(x, 1), theirs)
            assert_same(adaptive_max_pool(x, (1,) * rank), theirs)
        with pytest.raises(ShapeError):
            adaptive_max_pool(x, (1,) * (rank + 1))


def test_unaligned_and_read_only_input_is_taken() -> None:
    x = draw((2, 3, 6, 6))
    packed = np.zeros((2, 3, 6, 6), [("pad", np.uint8), ("x", np.float32)])
    packed["x"] = x
    packed.flags.writeable = False
    for mine, expected in zip(max_pool(packed["x"], 2), max_pool(x, 2), strict=True):
        np.testing.assert_array_equal(mine, expected)
    np.testing.assert_array_equal(avg_pool(packed["x"], 2), avg_pool(x, 2))


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
@pytest.mark.parametrize("shape", [(8, 32, 40, 40), (1, 1, 700, 700)])
def test_two_threads_give_the_bits_of_one_and_of_pytorch(shape: tuple[int, ...]) -> None:
    x, before, results = draw(shape), numba.get_num_threads(), []
    for number in (1, 2):
        numba.set_num_threads(number)
        out, indices = max_pool(x, 3, 2, 1)
        mean = avg_pool(x, 3, 2, 1)
        back = max_pool_backward(out, indices, shape)
        results.append((out, indices, mean, back, avg_pool_backward(mean, shape, 3, 2, 1)))
    numba.set_num_threads(before)
    for one, two in zip(*results, strict=True):
        np.testing.assert_array_equal(one, two)
    expected = F.max_pool2d(as_torch(x), 3, 2, 1, return_indices=True)
    assert_same(results[0][:2], expected)
    assert_same(results[0][2], F.avg_pool2d(as_torch(x), 3, 2, 1), unit=1e-6)


def test_huge_work_is_cut_into_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_MOST_AT_ONCE", 50)
    x = draw((5, 3, 9, 16))[..., ::2]
    check_max(x, 3, 2, 1)
    check_mean(x, 3, 2, 1)


# ---- bad input

MISTAKES: list[tuple[str, dict[str, Any], str]] = [
    ("max_pool", {"kernel_size": 7}, "do not fit into an input of shape"),
    ("max_pool", {"kernel_size": 2, "padding": 2}, "at most half of kernel_size"),
    ("max_pool", {"kernel_size": 3, "padding": 2, "dilation": 2}, "at most half"),
    ("max_pool", {"kernel_size": 2, "padding": -1}, "padding must be 0 or more, got -1"),
    ("max_pool", {"kernel_size": 2, "stride": 0}, "stride must be positive, got 0"),
    ("max_pool", {"kernel_size": 0}, "kernel_size must be positive"),
    ("max_pool", {"kernel_size": 2, "dilation": 0}, "dilation must be positive"),
    ("max_pool", {"kernel_size": 2, "input": (2, 4, 0, 5)}, "must not be 0"),
    ("max_pool", {"kernel_size": 2, "input": (2, 0, 5, 5)}, "at least one channel"),
    ("avg_pool", {"kernel_size": 7}, "do not fit"),
    ("avg_pool", {"kernel_size": 2, "divisor_override": 0}, "must not be 0"),
    ("avg_pool", {"kernel_size": 2, "stride": (1, 2, 3)}, "one number or 2"),
    ("adaptive_avg_pool", {"output_size": -1}, "output_size must be 0 or more"),
    ("adaptive_max_pool", {"output_size": -1}, "output_size must be 0 or more"),
    ("adaptive_avg_pool", {"output_size": 2, "input": (2, 4, 0, 5)}, "must not be 0"),
    ("adaptive_max_pool", {"output_size": 2, "input": (2, 0, 5, 5)}, "at least one channel"),
]


@pytest.mark.parametrize(("name", "arguments", "text"), MISTAKES)
def test_mistakes_get_the_class_of_pytorch_and_the_values(
    name: str, arguments: dict[str, Any], text: str
) -> None:
    arguments = dict(arguments)
    x = draw(arguments.pop("input", (2, 4, 5, 5)))
    with pytest.raises(ShapeError, match=text) as ours:
        getattr(pool, name)(x, **arguments)
    with pytest.raises(RuntimeError) as theirs:
        peer(name, 2)(as_torch(x), **arguments)
    assert isinstance(ours.value, type(theirs.value))


def test_other_mistakes_are_named() -> None:
    x = draw((2, 4, 6, 6))
    out, indices = max_pool(x, 2)
    with pytest.raises(ShapeError, match="three to five dimensions"):
        max_pool(x[0, 0], 2)
    with pytest.raises(NotImplementedError, match="avg_pool2d takes floats and int64, got int32"):
        avg_pool(x.astype(np.int32), 2)
    with pytest.raises(DTypeError, match="got bool"):
        max_pool(x > 0, 2)
    with pytest.raises(NotImplementedError, match="takes floats, got int64"):
        adaptive_avg_pool(x.astype(np.int64), 2)
    with pytest.raises(DTypeError, match="indices of int64, got int32"):
        max_pool_backward(out, indices.astype(np.int32), x.shape)
    with pytest.raises(ShapeError, match=r"indices must have shape \(2, 4, 3, 3\)"):
        max_unpool(out, indices[:, :2], (6, 6))
    with pytest.raises(ShapeError, match=r"grad must have shape \(2, 4, 3, 3\)"):
        avg_pool_backward(x, x.shape, 2)


@pytest.mark.parametrize("index", [36, -1, 2**62, -(2**62)])
def test_an_index_that_does_not_exist_is_named_with_its_position(index: int) -> None:
    x = draw((2, 4, 6, 6))
    out, indices = max_pool(x, 2)
    indices[1, 2, 0, 1] = index
    text = rf"index {index} at position \(1, 2, 0, 1\) is outside 0..35"
    with pytest.raises(IndexingError, match=text):
        max_pool_backward(out, indices, x.shape)
    with pytest.raises(IndexingError, match=text):
        max_unpool(out, indices, (6, 6))
    with pytest.raises(RuntimeError, match=text):
        max_unpool_backward(x, indices)
