"""Convolutions and their gradients against PyTorch in float64, and the promises around memory."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minitorch.errors import DTypeError, ShapeError
from minitorch.kernels.cpu.convolutions import plan as conv_plan
from minitorch.kernels.cpu.convolutions.conv import (
    conv,
    conv1d,
    conv2d,
    conv3d,
    conv_backward,
    conv_bias_gradient,
    conv_input_gradient,
    conv_transpose,
    conv_transpose_backward,
    conv_weight_gradient,
    same_padding,
)
from minitorch.kernels.cpu.convolutions.plain import Window

from .layouts import as_torch, layouts
from .oracle import F, torch

Array = np.ndarray
UNIT = {np.float16: 2.0**-10, np.float32: 2.0**-23, np.float64: 2.0**-52}
NAMED = {1: conv1d, 2: conv2d, 3: conv3d}
PEERS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}

# input, weight, stride, padding, dilation, groups
CASES = [
    ((2, 3, 8, 8), (4, 3, 3, 3), 1, 0, 1, 1),
    ((2, 3, 9, 8), (4, 3, 3, 2), 2, 1, 1, 1),
    ((2, 4, 9, 8), (6, 2, 3, 2), (2, 1), (1, 0), (2, 3), 2),
    ((5, 4, 50), (6, 4, 3), 2, 1, 4, 1),
    ((3, 4, 5, 6, 7), (6, 2, 3, 2, 1), (1, 2, 3), (1, 1, 0), (1, 2, 2), 2),
    # Units of several images, of rows, of parts of a row, of parts of the weights.
    ((70, 6, 14, 14), (16, 6, 5, 5), 1, 0, 1, 1),
    ((2, 20, 40, 40), (20, 20, 3, 3), 1, 1, 1, 1),
    ((2, 2, 3000), (6, 2, 5), 3, 7, 2, 1),
    ((1, 100, 5, 5), (70, 100, 3, 3), 1, 0, 1, 1),
    ((2, 3, 20, 12, 12), (5, 3, 2, 2, 2), 1, 1, 1, 1),
    # More rows than left panels, more taps of one channel than the product's depth.
    ((2, 5, 6, 6), (400, 5, 3, 3), 1, 1, 1, 1),
    ((2, 2, 30, 30), (5, 2, 21, 21), 1, 3, 1, 1),
    # Few channels: filters and dot products instead of matrix products.
    ((3, 8, 33, 33), (8, 1, 3, 3), 1, 1, 1, 8),
    ((3, 8, 33, 33), (16, 1, 3, 3), 2, 1, 1, 8),
    ((3, 1, 28, 28), (6, 1, 5, 5), 1, 0, 1, 1),
    ((2, 500, 9, 9), (2, 500, 3, 3), 1, 1, 1, 1),
    ((2, 3, 90, 90), (2, 3, 3, 3), 1, 1, 2, 1),
    ((2, 7, 9, 9), (5, 7, 1, 1), 1, 0, 1, 1),
    ((2, 7, 9, 9), (5, 7, 1, 1), 2, 0, 1, 1),
    ((2, 7, 9, 9), (5, 7, 2, 2), 3, 0, 1, 1),
    ((1, 1, 1, 1), (1, 1, 1, 1), 1, 0, 1, 1),
    ((2, 3, 4, 4), (5, 3, 4, 4), 1, 0, 1, 1),
    ((2, 3, 5), (5, 3, 2), 1, 6, 1, 1),
]


def draw(shape: tuple[int, ...], dtype: Any = np.float32, seed: int = 0) -> Array:
    generator = np.random.default_rng([seed, *shape])
    if np.dtype(dtype).kind == "f":
        return generator.standard_normal(shape).astype(dtype)
    return generator.integers(-100, 100, shape).astype(dtype)


def exactly(array: Array) -> Any:
    """Give PyTorch numbers of which we have rounded ones, in float64."""
    return torch.tensor(np.array(array), dtype=torch.float64, requires_grad=True)


def assert_near(ours: Array, theirs: Any, size: Any, name: str) -> None:
    """Compare with an error bound that grows with the sum of the terms' sizes."""
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape, name
    bound = 12 * UNIT[ours.dtype.type] * (size.detach().numpy() + 1e-3)
    error = abs(ours.astype(np.float64) - theirs)
    assert (error <= bound).all(), f"{name}: {(error / bound).max()} times the bound"


def check(
    operands: tuple[Array, Array, Array | None, Array],
    ours: Callable[..., Array],
    backward: Callable[..., Any],
    peer: Callable[..., Any],
    numbers: tuple[Any, ...],
    backward_numbers: tuple[Any, ...],
) -> None:
    """Hold a convolution and its gradients against PyTorch's, with a random cotangent."""
    x, w, b, grad = operands
    tensors = [exactly(array) for array in (x, w)] + [None if b is None else exactly(b)]
    sizes = [t if t is None else exactly(abs(t.detach().numpy())) for t in tensors]
    out, out_size = (peer(*each, *numbers) for each in (tensors, sizes))
    assert_near(ours(x, w, b, *numbers), out, out_size, "forward")
    wanted = [t for t in tensors if t is not None]
    theirs = torch.autograd.grad(out, wanted, exactly(grad))
    bounds = torch.autograd.grad(out_size, [s for s in sizes if s is not None], exactly(abs(grad)))
    mask = (True, True, b is not None)
    gradients = [g for g in backward(grad, x, w, *backward_numbers, mask) if g is not None]
    for name, mine, their, bound in zip(("x", "w", "b"), gradients, theirs, bounds, strict=False):
        assert mine.dtype == x.dtype
        assert mine.flags.c_contiguous
        assert_near(mine, their, bound, f"gradient of {name}")


def check_conv(case: tuple[Any, ...], dtype: Any, has_bias: bool = True) -> None:
    x_shape, w_shape, stride, padding, dilation, groups = case
    rank = len(x_shape) - 2
    x, w = draw(x_shape, dtype), draw(w_shape, dtype, 1)
    b = draw(w_shape[:1], dtype, 2) if has_bias else None
    numbers = stride, padding, dilation, groups
    out = PEERS[rank](exactly(x), exactly(w), None, *numbers)
    grad = draw(tuple(out.shape), dtype, 3)
    check((x, w, b, grad), NAMED[rank], conv_backward, PEERS[rank], numbers, numbers)


@pytest.mark.parametrize("case", CASES)
def test_follows_pytorch(case: tuple[Any, ...]) -> None:
    check_conv(case, np.float32)


@pytest.mark.parametrize("case", [CASES[2], CASES[4], CASES[6], CASES[12]])
def test_float64_follows_pytorch_to_its_own_accuracy(case: tuple[Any, ...]) -> None:
    check_conv(case, np.float64, has_bias=False)


@pytest.mark.parametrize("case", [CASES[1], CASES[12]])
def test_float16_is_rounded_once(case: tuple[Any, ...]) -> None:
    check_conv(case, np.float16)


def test_float16_overflows_to_infinity() -> None:
    x = np.full((1, 1, 2), 60000, np.float16)
    assert conv(x, np.ones((1, 1, 2), np.float16))[0, 0, 0] == np.inf


def ranks_and_sizes(data: Any) -> tuple[Any, ...]:
    """Draw a convolution with small sizes of every kind."""
    rank = data.draw(st.integers(1, 3))

    def numbers(low: int, high: int) -> tuple[int, ...]:
        return tuple(data.draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank)))

    groups = data.draw(st.sampled_from([1, 1, 2, 3]))
    kernel, dilation, padding = numbers(1, 3), numbers(1, 3), numbers(0, 3)
    least = [
        max(1, d * (k - 1) + 1 - 2 * p) for k, d, p in zip(kernel, dilation, padding, strict=True)
    ]
    sizes = tuple(n + more for n, more in zip(least, numbers(0, 20 // rank), strict=True))
    channels = data.draw(st.integers(1, 3)), groups * data.draw(st.integers(1, 7))
    x_shape = (data.draw(st.integers(1, 3)), channels[0] * groups, *sizes)
    return x_shape, (channels[1], channels[0], *kernel), numbers(1, 4), padding, dilation, groups


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_geometry_follows_pytorch(data: Any) -> None:
    check_conv(ranks_and_sizes(data), np.float32)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_transposed_geometry_follows_pytorch(data: Any) -> None:
    x_shape, w_shape, stride, padding, dilation, groups = ranks_and_sizes(data)
    rank = len(x_shape) - 2
    more = tuple(
        data.draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)
    )
    w_shape = (x_shape[1], w_shape[1], *w_shape[2:])
    numbers = stride, padding, more, groups, dilation
    extents = [
        (n - 1) * s - 2 * p + d * (k - 1) + m + 1
        for n, s, p, d, k, m in zip(
            x_shape[2:], stride, padding, dilation, w_shape[2:], more, strict=True
        )
    ]
    if min(extents) < 1:
        return
    x, w, b = draw(x_shape), draw(w_shape, seed=1), draw((w_shape[1] * groups,), seed=2)
    grad = draw((len(x), len(b), *extents), seed=3)
    backward_numbers = stride, padding, groups, dilation
    peer = TRANSPOSED[rank]
    operands = x, w, b, grad
    check(operands, conv_transpose, conv_transpose_backward, peer, numbers, backward_numbers)


def test_transposed_convolution_of_a_generator_follows_pytorch() -> None:
    x, w, b = draw((3, 20, 16, 16)), draw((20, 12, 4, 4), seed=1), draw((12,), seed=2)
    grad = draw((3, 12, 32, 32), seed=3)
    numbers, backward_numbers = (2, 1, 0, 1, 1), (2, 1, 1, 1)
    operands = x, w, b, grad
    check(
        operands,
        conv_transpose,
        conv_transpose_backward,
        F.conv_transpose2d,
        numbers,
        backward_numbers,
    )


# ---- layouts and memory


@pytest.mark.parametrize(
    ("groups", "w_shape", "stride", "padding"),
    [(1, (7, 4, 3, 2), 1, 0), (1, (7, 4, 3, 2), 2, 1), (4, (4, 1, 3, 2), 1, 1)],
)
def test_any_layout_of_the_operands_gives_the_same(
    groups: int, w_shape: tuple[int, ...], stride: int, padding: int
) -> None:
    numbers = stride, padding, 1, groups
    x_shape = 2, 4, 7, 9
    grad_shape = conv(draw(x_shape), draw(w_shape), None, *numbers).shape
    every = [list(layouts(draw(shape))) for shape in (x_shape, w_shape, grad_shape)]
    places = [(i, i + 1, i + 2) for i in range(len(every[0]))] + [(i, 0, 0) for i in range(1, 7)]
    for place in places:
        names, arrays = zip(
            *[each[i % 7] for each, i in zip(every, place, strict=True)], strict=True
        )
        x, w, grad = arrays
        mine = [conv(x, w, None, *numbers), *conv_backward(grad, x, w, *numbers)]
        x, w, grad = map(np.ascontiguousarray, arrays)
        other = [conv(x, w, None, *numbers), *conv_backward(grad, x, w, *numbers)]
        for one, two in zip(mine, other, strict=True):
            np.testing.assert_allclose(one, two, 1e-5, 1e-5, err_msg=str(names))


def test_read_only_operands_are_taken() -> None:
    x, w = draw((2, 3, 8, 8)), draw((4, 3, 3, 3))
    x.flags.writeable = w.flags.writeable = False
    assert np.isfinite(conv(x, w)).all()


@pytest.mark.parametrize("case", CASES)
def test_nothing_outside_of_the_operands_is_read_or_written(case: tuple[Any, ...]) -> None:
    x_shape, w_shape, *numbers = case
    memories = []

    def surrounded(shape: tuple[int, ...], seed: int) -> Array:
        """Give an array between canaries, which spoil every sum that they leak into."""
        size = int(np.prod(shape))
        memory = np.full(size + 259, np.nan, np.float32)
        memory[129 : 129 + size] = draw(shape, seed=seed).reshape(-1)
        memories.append((memory, memory.copy()))
        return memory[129 : 129 + size].reshape(shape)

    x, w, b = surrounded(x_shape, 0), surrounded(w_shape, 1), surrounded(w_shape[:1], 2)
    out = conv(x, w, b, *numbers)
    grad = surrounded(out.shape, 3)
    for result in (out, *conv_backward(grad, x, w, *numbers)):
        assert result is not None
        assert np.isfinite(result).all()
    for memory, before in memories:
        np.testing.assert_array_equal(memory, before)


def test_the_workspace_is_small_and_not_used_up_by_large_inputs() -> None:
    x = draw((64, 16, 40, 40))
    w, b = draw((16, 16, 3, 3)), draw((16,))
    plans = [
        conv_plan.correlation(
            (n, 16, 1, 40, 40),
            (x.strides[0], x.strides[1], 0, *x.strides[2:]),
            (n, 16, 1, 38, 38),
            (16 * 38 * 38 * 4, 38 * 38 * 4, 0, 38 * 4, 4),
            (1, 16, 144),
            Window(((0,), (0, 1, 2), (0, 1, 2)), (1, 1, 1), (0, 0, 0)),
            4,
        )
        for n in (1, 64)
    ]
    assert plans[0].space == plans[1].space < 2**20
    assert conv(x, w, b).shape == (64, 16, 38, 38)


# ---- numbers


def test_infinity_and_nan_reach_the_pixels_that_see_them() -> None:
    for special in (np.nan, np.inf, -np.inf):
        for channels in (1, 5):
            x = draw((1, channels, 9, 9))
            x[0, 0, 4, 4] = special
            w = draw((7, channels, 3, 3), seed=1)
            theirs = F.conv2d(as_torch(x), as_torch(w), None, 1, 1).numpy()
            mine = conv(x, w, None, 1, 1)
            np.testing.assert_array_equal(np.isfinite(mine), np.isfinite(theirs))
            np.testing.assert_array_equal(np.isnan(mine), np.isnan(theirs))


def test_padding_is_zero_and_not_skipped() -> None:
    w = np.full((1, 1, 3), np.inf, np.float32)
    theirs = F.conv1d(torch.ones(1, 1, 3), as_torch(w), padding=1).numpy()
    np.testing.assert_array_equal(conv(np.ones((1, 1, 3), np.float32), w, None, 1, 1), theirs)


def test_a_nan_in_the_workspace_does_not_leak() -> None:
    x = np.full((2, 30, 20, 20), np.nan, np.float32)
    w = draw((20, 30, 3, 3))
    grad = conv(x, w, None, 1, 1)
    conv_backward(grad, x, w, 1, 1)
    check_conv(CASES[6], np.float32)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_integers_wrap_around_as_in_pytorch(dtype: Any) -> None:
    x, w, b = draw((2, 4, 6, 7), dtype), draw((6, 2, 3, 2), dtype, 1), draw((6,), dtype, 2)
    theirs = F.conv2d(*map(as_torch, (x, w, b)), (1, 2), (1, 0), 1, 2).numpy()
    mine = conv(x, w, b, (1, 2), (1, 0), 1, 2)
    assert mine.dtype == dtype
    np.testing.assert_array_equal(mine, theirs)


def test_integers_have_transposed_convolutions() -> None:
    x, w, b = draw((2, 4, 6, 7), np.int64), draw((4, 3, 3, 2), np.int64, 1), draw((3,), np.int64)
    theirs = F.conv_transpose2d(*map(as_torch, (x, w, b)), 2, 1, 1).numpy()
    np.testing.assert_array_equal(conv_transpose(x, w, b, 2, 1, 1), theirs)


def test_gradients_of_integers_are_sums_of_products() -> None:
    x, grad = np.arange(6).reshape(1, 2, 3), np.array([[[1, -2]]])
    gradient = conv_weight_gradient(grad, x, (1, 2, 2))
    np.testing.assert_array_equal(gradient, [[[0 - 2, 1 - 4], [3 - 8, 4 - 10]]])


def test_gradients_are_central_differences() -> None:
    x, w = draw((2, 2, 5, 4), np.float64), draw((3, 2, 2, 3), np.float64, 1)
    numbers = (2, 1), 1, (1, 2)
    grad = draw(conv(x, w, None, *numbers).shape, np.float64, 2)

    def slope(array: Array, place: tuple[int, ...]) -> float:
        values = []
        for step in (1e-3, -1e-3):
            kept = array[place]
            array[place] += step
            values.append(float((conv(x, w, None, *numbers) * grad).sum()))
            array[place] = kept
        return (values[0] - values[1]) / 2e-3

    gradients = conv_backward(grad, x, w, *numbers)
    for array, gradient in zip((x, w), gradients, strict=False):
        assert gradient is not None
        expected = [slope(array, place) for place in np.ndindex(array.shape)]
        np.testing.assert_allclose(gradient.reshape(-1), expected, rtol=1e-9, atol=1e-9)


# ---- threads


@contextmanager
def threads(number: int) -> Iterator[None]:
    before = numba.get_num_threads()
    numba.set_num_threads(number)
    try:
        yield
    finally:
        numba.set_num_threads(before)


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
@pytest.mark.parametrize("case", [CASES[5], CASES[6], CASES[8], CASES[11], CASES[12]])
def test_two_threads_give_the_bits_of_one(case: tuple[Any, ...]) -> None:
    x_shape, w_shape, *numbers = case
    x, w, b = draw(x_shape), draw(w_shape, seed=1), draw(w_shape[:1], seed=2)
    results = []
    for number in (1, 2):
        with threads(number):
            out = conv(x, w, b, *numbers)
            results.append([out, *conv_backward(draw(out.shape, seed=3), x, w, *numbers)])
    for one, two in zip(*results, strict=True):
        np.testing.assert_array_equal(one, two)


def test_huge_work_is_cut_into_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conv_plan, "_MOST_AT_ONCE", 3000)
    monkeypatch.setattr(sys.modules[conv.__module__], "known", lambda *options: None)
    for case in (CASES[1], CASES[4], CASES[12]):
        check_conv(case, np.float32)


# ---- edges


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_an_empty_batch_gives_an_empty_result_and_zero_gradients(rank: int) -> None:
    x, w = draw((0, 3, *[5] * rank)), draw((4, 3, *[2] * rank))
    out = conv(x, w, draw((4,)))
    assert out.shape == (0, 4, *[4] * rank)
    x_gradient, w_gradient, b_gradient = conv_backward(out, x, w)
    assert x_gradient is not None
    assert x_gradient.shape == x.shape
    np.testing.assert_array_equal(w_gradient, np.zeros_like(w))
    np.testing.assert_array_equal(b_gradient, np.zeros(4))
    assert conv_transpose(x, draw((3, 4, *[2] * rank))).shape == (0, 4, *[6] * rank)


def test_no_channels_give_the_bias() -> None:
    out = conv(draw((2, 0, 5)), draw((3, 0, 2)), np.arange(3, dtype=np.float32))
    np.testing.assert_array_equal(out, np.broadcast_to(np.arange(3)[:, None], (2, 3, 4)))


def test_only_the_gradients_that_are_asked_for_are_computed() -> None:
    x, w = draw((2, 3, 8)), draw((4, 3, 3))
    gradients = conv_backward(draw((2, 4, 6)), x, w, output_mask=(False, True, False))
    assert [gradient is None for gradient in gradients] == [True, False, True]


def test_gradient_of_a_bias_sums_everything_else() -> None:
    grad = draw((3, 4, 5, 6))
    np.testing.assert_allclose(conv_bias_gradient(grad), grad.sum((0, 2, 3)), rtol=1e-5)
    assert conv_bias_gradient(grad.astype(np.int32)).dtype == np.int32


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize(("kernel", "dilation"), [((3, 4), 1), ((2, 5), (3, 2)), ((1, 6), 1)])
def test_same_padding_keeps_the_sizes_as_pytorch(kernel: Any, dilation: Any) -> None:
    x, w = draw((2, 3, 9, 10)), draw((4, 3, *kernel))
    theirs = F.conv2d(as_torch(x), as_torch(w), padding="same", dilation=dilation)
    mine = conv(x, w, None, 1, same_padding(kernel, dilation), dilation)
    np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-4, atol=1e-4)
    grad = draw(mine.shape, seed=2)
    tensor = as_torch(x).requires_grad_()
    out = F.conv2d(tensor, as_torch(w), padding="same", dilation=dilation)
    [expected] = torch.autograd.grad(out, [tensor], as_torch(grad))
    padding = same_padding(kernel, dilation)
    gradient = conv_input_gradient(grad, w, x.shape, 1, padding, dilation)
    np.testing.assert_allclose(gradient, expected.numpy(), rtol=1e-4, atol=1e-4)


# ---- bad input

X, W = (2, 4, 5, 5), (6, 4, 3, 3)
MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"weight": (6, 3, 3, 3)}, "expects 3 channels, got 4"),
    ({"weight": (6, 4, 7, 7)}, "the kernel spans 7 x 7 elements and the padded input has 5 x 5"),
    ({"weight": (6, 4, 3)}, "a weight of as many dimensions"),
    ({"weight": (0, 4, 3, 3)}, "positive multiple"),
    ({"weight": (3, 2, 3, 3), "groups": 2}, "multiple of the 2 groups"),
    ({"groups": 3}, "expects 12 channels"),
    ({"groups": 0}, "groups must be positive, got 0"),
    ({"stride": 0}, "stride must be positive, got 0"),
    ({"stride": (1, 2, 3)}, "one number or 2"),
    ({"padding": -1}, "padding must be 0 or more, got -1"),
    ({"dilation": 0}, "dilation must be positive"),
    ({"bias": (5,)}, "one element for each of the 6 channels"),
    ({"input": (2, 4, 0, 5), "padding": 2}, "of the sizes of input"),
]


@pytest.mark.parametrize(("changes", "text"), MISTAKES)
def test_mistakes_get_the_class_of_pytorch_and_the_values(
    changes: dict[str, Any], text: str
) -> None:
    arguments = {"input": X, "weight": W, "bias": (6,), **changes}
    arrays = {name: draw(arguments.pop(name)) for name in ("input", "weight", "bias")}
    with pytest.raises(ShapeError, match=text) as ours:
        conv(**arrays, **arguments)
    tensors = {name: as_torch(array) for name, array in arrays.items()}
    with pytest.raises(RuntimeError) as theirs:
        F.conv2d(**tensors, **arguments)
    assert isinstance(ours.value, type(theirs.value))


def test_other_mistakes_are_named() -> None:
    x, w = draw(X), draw(W)
    with pytest.raises(DTypeError, match="one dtype, got float32, float64"):
        conv(x, w.astype(np.float64))
    with pytest.raises(NotImplementedError, match="got bool"):
        conv(x > 0, w > 0)
    with pytest.raises(ShapeError, match="3 dimensions"):
        conv1d(x, w)
    with pytest.raises(ShapeError, match="three to five dimensions"):
        conv(x[0, 0], w)
    with pytest.raises(ShapeError, match="output_padding \\(1, 1\\) must be smaller than stride"):
        conv_transpose(x, draw((4, 6, 3, 3)), None, 1, 0, 1)
    with pytest.raises(ShapeError, match="leaves nothing of the result"):
        conv_transpose(x, draw((4, 6, 3, 3)), None, 1, 4)
    with pytest.raises(ShapeError, match="do not belong together"):
        conv_input_gradient(draw((2, 5, 3, 3)), w, X)
    with pytest.raises(ShapeError, match=r"grad must have sizes \(3, 3\), got \(3, 4\)"):
        conv_weight_gradient(draw((2, 6, 3, 4)), x, W)
