"""Layer, RMS, group and batch normalisation, held against PyTorch and NumPy in float64."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch.errors import DTypeError, LayoutError, ShapeError
from minitorch.kernels.cpu.layouts import dense_blocks
from minitorch.kernels.cpu.norms import norm
from minitorch.kernels.cpu.reductions.fold import ReductionDTypeError

from .layouts import as_torch, layouts
from .oracle import F, torch

FLOATS = [np.float16, np.float32, np.float64]
LAYER_SHAPES = [((6, 20), 1), ((3, 4, 5), 2), ((40, 33), 1), ((2, 5000), 1), ((20,), 1)]
# Channels of many neighbours, of few, and of one.
BATCH_SHAPES = [(3, 5, 6, 7), (40, 5, 3), (200, 6), (2, 3, 2, 40, 60), (1, 4, 9)]
GROUP_SHAPES = [
    *[((3, 6, 5, 7), 2), ((4, 8), 4), ((2, 4, 5000), 2), ((2, 6, 3), 6), ((2, 4, 9), 1)],
    ((5, 60), 3),
]


def draw(shape: Sequence[int], dtype: Any = np.float32, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.5, 2, tuple(shape)).astype(dtype)


def close(ours: Any, theirs: Any, dtype: Any, name: str = "", factor: float = 1) -> None:
    """Compare arrays or tuples of them, to some units of the largest number."""
    if isinstance(ours, tuple):
        for i, (mine, their) in enumerate(zip(ours, theirs, strict=True)):
            close(mine, their, dtype, f"{name} result {i}", factor)
        return
    expected = theirs.detach().numpy() if hasattr(theirs, "detach") else theirs
    assert ours.shape == expected.shape, name
    size = max(1.0, float(np.abs(expected).max(initial=0)))
    unit = 30 * factor * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(
        ours.astype(np.float64), expected.astype(np.float64), rtol=unit, atol=size * unit,
        err_msg=name,
    )  # fmt: skip


def gradients(function: Callable[..., Any], arrays: Sequence[Any], grad: np.ndarray) -> Any:
    """Give PyTorch's result and its gradients, None for what is None."""
    tensors = [None if a is None else as_torch(a).requires_grad_() for a in arrays]
    out = function(*tensors)
    out.backward(as_torch(grad))
    return out, tuple(t.grad for t in tensors if t is not None)


# ---- layer and RMS normalisation


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("params", ["both", "weight", "bias", "none"])
def test_layer_norm_is_that_of_pytorch(params: str, dtype: Any) -> None:
    for shape, dims in LAYER_SHAPES:
        own = shape[len(shape) - dims :]
        a, grad = draw(shape, dtype), draw(shape, dtype, 1)
        weight = draw(own, dtype, 2) if params in ("both", "weight") else None
        bias = draw(own, dtype, 3) if params in ("both", "bias") else None

        def peer(a: Any, w: Any, b: Any, own: Any = own) -> Any:
            return F.layer_norm(a, own, w, b, 1e-5)

        expected, expected_grads = gradients(peer, (a, weight, bias), grad)
        out, mean, rstd = norm.layer_norm(a, own, weight, bias, 1e-5)
        assert out.dtype == dtype
        assert mean.shape == rstd.shape == (*shape[: len(shape) - dims], *[1] * dims)
        close(out, expected, dtype, f"{shape}")
        mask = (True, weight is not None, bias is not None)
        got = norm.layer_norm_backward(grad, a, own, mean, rstd, weight, mask)
        assert [g is not None for g in got] == list(mask)
        close(tuple(g for g in got if g is not None), expected_grads, dtype, f"{shape}", 4)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("eps", [None, 1e-3])
def test_rms_norm_is_that_of_pytorch(eps: float | None, dtype: Any) -> None:
    for shape, dims in LAYER_SHAPES:
        own = shape[len(shape) - dims :]
        a, grad, weight = draw(shape, dtype), draw(shape, dtype, 1), draw(own, dtype, 2)

        def peer(a: Any, w: Any, own: Any = own) -> Any:
            return F.rms_norm(a, own, w, eps)

        expected, expected_grads = gradients(peer, (a, weight), grad)
        out, rstd = norm.rms_norm(a, own, weight, eps)
        close(out, expected, dtype, f"{shape}")
        got = norm.rms_norm_backward(grad, a, own, rstd, weight)
        close(got, expected_grads, dtype, f"{shape}", 4)


def test_every_layout_of_rows() -> None:
    array, grad, weight = draw((5, 6, 21)), draw((5, 6, 21), seed=1), draw((21,), seed=2)
    for label, view in layouts(array):
        plain = np.array(view)
        out, mean, rstd = norm.layer_norm(plain, (21,), weight)
        np.testing.assert_array_equal(norm.layer_norm(view, (21,), weight)[0], out, label)
        expected = norm.layer_norm_backward(grad, plain, (21,), mean, rstd, weight)
        for other_label, other in [*layouts(grad)][:5]:
            got = norm.layer_norm_backward(other, view, (21,), mean, rstd, weight)
            close(got, expected, np.float32, f"{label} {other_label}")
    two = array.transpose(1, 2, 0)
    close(norm.layer_norm(two, (21, 5))[0], norm.layer_norm(np.array(two), (21, 5))[0], np.float32)


def test_statistics_of_half_precision_are_kept_in_single() -> None:
    _, mean, rstd = norm.layer_norm(draw((3, 4), np.float16), (4,), draw((4,), np.float32))
    assert mean.dtype == rstd.dtype == np.float32


# ---- batch normalisation


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_is_that_of_pytorch(training: bool, dtype: Any) -> None:
    for shape in BATCH_SHAPES:
        channels = shape[1:2]
        a, grad = draw(shape, dtype), draw(shape, dtype, 1)
        weight, bias = draw(channels, dtype, 2), draw(channels, dtype, 3)
        running = draw(channels, dtype, 4), np.abs(draw(channels, dtype, 5)) + dtype(0.1)
        copies = [as_torch(statistic) for statistic in running]

        def peer(a: Any, w: Any, b: Any, copies: Any = copies) -> Any:
            return F.batch_norm(a, *copies, w, b, training, 0.3, 1e-3)

        expected, expected_grads = gradients(peer, (a, weight, bias), grad)
        out, mean, rstd = norm.batch_norm(a, weight, bias, *running, training, 0.3, 1e-3)
        assert out.dtype == dtype
        close(out, expected, dtype, f"{shape}")
        close(running, copies, dtype, f"{shape}")
        got = norm.batch_norm_backward(grad, a, weight, mean, rstd, training)
        close(got, expected_grads, dtype, f"{shape}", 8)


def test_batch_norm_without_parameters() -> None:
    for shape in BATCH_SHAPES:
        a, grad = draw(shape), draw(shape, seed=1)
        expected, expected_grads = gradients(
            lambda a: F.batch_norm(a, None, None, training=True), (a,), grad
        )
        out, mean, rstd = norm.batch_norm(a, training=True)
        close(out, expected, np.float32)
        got = norm.batch_norm_backward(grad, a, None, mean, rstd, True, (True, False, False))
        assert got[1:] == (None, None)
        close(got[0], expected_grads[0], np.float32, factor=4)


def test_every_layout_of_channels() -> None:
    array, grad, weight = draw((5, 6, 42)), draw((5, 6, 42), seed=1), draw((6,), seed=2)
    for label, view in layouts(array):
        plain = np.array(view)
        out, mean, rstd = norm.batch_norm(plain, weight, training=True)
        close(norm.batch_norm(view, weight, training=True)[0], out, np.float32, label)
        expected = norm.batch_norm_backward(grad, plain, weight, mean, rstd, True)
        groups = norm.group_norm(plain, 2, weight)
        close(norm.group_norm(view, 2, weight), groups, np.float32, label)
        expected_groups = norm.group_norm_backward(grad, plain, 2, *groups[1:], weight)
        for other_label, other in [*layouts(grad)][:5]:
            got = norm.batch_norm_backward(other, view, weight, mean, rstd, True)
            close(got, expected, np.float32, f"{label} {other_label}", 4)
            got = norm.group_norm_backward(other, view, 2, *groups[1:], weight)
            close(got, expected_groups, np.float32, f"{label} {other_label}", 4)


def test_channels_last_stay_last() -> None:
    a = draw((4, 10, 12, 6)).transpose(0, 3, 1, 2)
    out, _, _ = norm.batch_norm(a, training=True)
    assert out.strides == a.strides
    close(out, norm.batch_norm(np.ascontiguousarray(a), training=True)[0], np.float32)


def test_blocks_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    a = draw((30, 4, 50)) + np.arange(30, dtype=np.float32).reshape(-1, 1, 1)
    weight = draw((4,), seed=1)
    view = np.repeat(a, 2, axis=2)[:, :, ::2]

    def everything(a: np.ndarray) -> Iterator[Any]:
        layer, batch, group = (
            norm.layer_norm(a, (4, 50)),
            norm.batch_norm(a, weight, training=True),
            norm.group_norm(a, 2, weight),
        )
        yield from (layer, batch, group)
        yield norm.layer_norm_backward(a, a, (4, 50), *layer[1:])
        yield norm.batch_norm_backward(a, a, weight, *batch[1:], True)
        yield norm.group_norm_backward(a, a, 2, *group[1:], weight)

    expected = list(everything(a))
    # Less than one example: groups are cut apart, too.
    monkeypatch.setattr(dense_blocks, "BLOCK", 150)
    for mine, other in zip(everything(view), expected, strict=True):
        close(mine, other, np.float32, factor=4)


# ---- group normalisation


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("has_params", [True, False])
def test_group_norm_is_that_of_pytorch(has_params: bool, dtype: Any) -> None:
    for shape, groups in GROUP_SHAPES:
        a, grad = draw(shape, dtype), draw(shape, dtype, 1)
        weight = draw(shape[1:2], dtype, 2) if has_params else None
        bias = draw(shape[1:2], dtype, 3) if has_params else None

        def peer(a: Any, w: Any, b: Any, groups: int = groups) -> Any:
            return F.group_norm(a, groups, w, b, 1e-4)

        expected, expected_grads = gradients(peer, (a, weight, bias), grad)
        out, mean, rstd = norm.group_norm(a, groups, weight, bias, 1e-4)
        assert mean.shape == rstd.shape == (shape[0], groups)
        close(out, expected, dtype, f"{shape}")
        mask = (True, has_params, has_params)
        got = norm.group_norm_backward(grad, a, groups, mean, rstd, weight, mask)
        close(tuple(g for g in got if g is not None), expected_grads, dtype, f"{shape}", 8)


# ---- numbers


@pytest.mark.parametrize("shape", [(8, 3000), (300, 4, 5), (4, 5, 40, 50), (300, 6)])
def test_data_far_from_zero_are_normalised_exactly(shape: tuple[int, ...]) -> None:
    a = np.random.default_rng(0).normal(1e4, 1, shape).astype(np.float32)
    exact = a.astype(np.float64)

    def reference(axes: tuple[int, ...]) -> np.ndarray:
        mean, variance = exact.mean(axes, keepdims=True), exact.var(axes, keepdims=True)
        return np.asarray((exact - mean) / np.sqrt(variance + 1e-5))

    ours = norm.layer_norm(a, shape[1:])[0]
    np.testing.assert_allclose(ours, reference((*range(1, a.ndim),)), rtol=0, atol=5e-6)
    ours = norm.group_norm(a, 1)[0]
    np.testing.assert_allclose(ours, reference((*range(1, a.ndim),)), rtol=0, atol=5e-6)
    ours = norm.batch_norm(a, training=True)[0]
    np.testing.assert_allclose(ours, reference((0, *range(2, a.ndim))), rtol=0, atol=5e-6)


def test_equal_numbers_become_zero() -> None:
    a = np.full((40, 1000), 0.1, np.float32)
    for out in (
        norm.layer_norm(a, (1000,), eps=1e-12)[0],
        norm.batch_norm(a, training=True, eps=1e-12)[0],
        norm.group_norm(a, 4, eps=1e-12)[0],
    ):
        np.testing.assert_allclose(out, 0, atol=1e-2)


@pytest.mark.parametrize("special", [math.nan, math.inf])
def test_what_is_not_finite_spoils_its_own_statistics_only(special: float) -> None:
    a = draw((4, 6, 40))
    a[1, 2, 3] = special
    with np.errstate(all="ignore"):
        layer = np.isnan(norm.layer_norm(a, (40,))[0]).any(axis=2)
        batch = np.isnan(norm.batch_norm(a, training=True)[0]).any(axis=(0, 2))
        group = np.isnan(norm.group_norm(a, 3)[0]).any(axis=2)
    assert layer.nonzero() == (np.array([1]), np.array([2]))
    np.testing.assert_array_equal(batch.nonzero()[0], [2])
    np.testing.assert_array_equal(group.nonzero(), [[1, 1], [2, 3]])


def test_gradients_are_slopes() -> None:
    a, grad = draw((3, 4, 5), np.float64), draw((3, 4, 5), np.float64, 1)
    weight = draw((5,), np.float64, 2)
    own_weight = draw((4,), np.float64, 3)
    layer = norm.layer_norm(a, (5,), weight)[1:]
    rms = norm.rms_norm(a, (5,), weight)[1:]
    batch = norm.batch_norm(a, own_weight, training=True)[1:]
    group = norm.group_norm(a, 2, own_weight)[1:]
    pairs: list[tuple[Callable[[Any], Any], Any]] = [
        (
            lambda x: norm.layer_norm(x, (5,), weight),
            norm.layer_norm_backward(grad, a, (5,), *layer, weight),
        ),
        (
            lambda x: norm.rms_norm(x, (5,), weight),
            norm.rms_norm_backward(grad, a, (5,), *rms, weight),
        ),
        (
            lambda x: norm.batch_norm(x, own_weight, training=True),
            norm.batch_norm_backward(grad, a, own_weight, *batch, True),
        ),
        (
            lambda x: norm.group_norm(x, 2, own_weight),
            norm.group_norm_backward(grad, a, 2, *group, own_weight),
        ),
    ]
    for function, got in pairs:
        for place in np.ndindex(a.shape):
            step = np.zeros_like(a)
            step[place] = 1e-5
            rise = function(a + step)[0] - function(a - step)[0]
            assert math.isclose(got[0][place], (rise * grad).sum() / 2e-5, abs_tol=1e-7)


@given(st.integers(1, 40), st.integers(1, 5), st.integers(1, 40), st.integers(0, 99))
def test_any_sizes_of_a_batch(examples: int, channels: int, length: int, seed: int) -> None:
    a = draw((examples, channels, length), np.float64, seed)
    exact = (a - a.mean((0, 2), keepdims=True)) / np.sqrt(a.var((0, 2), keepdims=True) + 1e-5)
    if examples * length == 1:
        return
    np.testing.assert_allclose(norm.batch_norm(a, training=True)[0], exact, 1e-9, 1e-9)
    exact = (a - a.mean((1, 2), keepdims=True)) / np.sqrt(a.var((1, 2), keepdims=True) + 1e-5)
    np.testing.assert_allclose(norm.group_norm(a, 1)[0], exact, 1e-9, 1e-9)


# ---- threads and memory


def with_threads(function: Callable[[], Any]) -> list[list[bytes]]:
    """Give the bytes that 1 and 2 threads compute."""
    before = numba.get_num_threads()
    try:
        results = []
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            results.append([array.tobytes() for array in function()])
        return results
    finally:
        numba.set_num_threads(before)


def test_one_and_two_threads_give_equal_bits() -> None:
    rows = draw((500, 300))
    lines = draw((8, 16, 30, 40))
    columns = draw((3000, 60))
    layer = norm.layer_norm(rows, (300,))[1:]
    wide = norm.batch_norm(lines, training=True)[1:]
    narrow = norm.batch_norm(columns, training=True)[1:]
    group = norm.group_norm(lines, 4)[1:]
    for function in (
        lambda: norm.layer_norm(rows, (300,)),
        lambda: norm.layer_norm_backward(rows, rows[::-1], (300,), *layer),
        lambda: norm.batch_norm(lines, training=True),
        lambda: norm.batch_norm(columns, training=True),
        lambda: norm.batch_norm_backward(lines, lines, None, *wide, True),
        lambda: norm.batch_norm_backward(columns, columns, None, *narrow, True),
        lambda: norm.group_norm(lines, 4),
        lambda: norm.group_norm_backward(lines, lines, 4, *group),
    ):
        first, second = with_threads(function)
        assert first == second


def test_many_rows_give_what_numpy_gives() -> None:
    a, grad = draw((700, 300)), draw((700, 300), seed=1)
    exact = a.astype(np.float64)
    mean, deviation = exact.mean(1, keepdims=True), np.sqrt(exact.var(1, keepdims=True) + 1e-5)
    out, own_mean, rstd = norm.layer_norm(a, (300,))
    np.testing.assert_allclose(out, (exact - mean) / deviation, rtol=1e-5, atol=2e-6)
    _, grad_weight, grad_bias = norm.layer_norm_backward(grad, a, (300,), own_mean, rstd)
    expected = (grad * ((exact - mean) / deviation)).sum(0)
    np.testing.assert_allclose(grad_weight, expected, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(grad_bias, grad.astype(np.float64).sum(0), rtol=1e-5, atol=1e-4)


def test_many_columns_give_what_pytorch_gives() -> None:
    a, grad, weight = draw((3001, 60)), draw((3001, 60), seed=1), draw((60,), seed=2)

    def peer(a: Any, w: Any) -> Any:
        return F.batch_norm(a, None, None, w, None, True)

    wide = [array.astype(np.float64) for array in (a, weight, grad)]
    expected, expected_grads = gradients(peer, wide[:2], wide[2])
    out, mean, rstd = norm.batch_norm(a, weight, training=True)
    close(out, expected, np.float32)
    got = norm.batch_norm_backward(grad, a, weight, mean, rstd, True)
    close(got[:2], expected_grads, np.float32)
    close(got[2], wide[2].sum(0), np.float32)


def test_strided_operands_are_copied_in_small_blocks() -> None:
    a = draw((100, 8, 4000))[:, :, ::2]
    for function in (
        lambda: norm.layer_norm(a, (2000,)),
        lambda: norm.batch_norm(a, training=True),
        lambda: norm.group_norm(a, 2),
    ):
        function()
        tracemalloc.start()
        function()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        # The operand is read twice, each time through a workspace of its own.
        assert peak < a.size * a.itemsize + 2 * 4 * dense_blocks.BLOCK + 200_000


# ---- nothing, and mistakes


def test_nothing_gives_what_pytorch_gives() -> None:
    empty = np.zeros((0, 4), np.float32)
    assert norm.layer_norm(empty, (4,))[0].shape == (0, 4)
    assert norm.layer_norm(np.zeros((2, 0), np.float32), (0,))[0].shape == (2, 0)
    running = np.zeros(4, np.float32), np.ones(4, np.float32)
    assert norm.batch_norm(empty, None, None, *running, True)[0].shape == (0, 4)
    np.testing.assert_array_equal(running, [[0] * 4, [1] * 4])
    assert norm.group_norm(np.zeros((2, 4, 0), np.float32), 2)[0].shape == (2, 4, 0)
    ones = np.ones((0, 1), np.float32)
    got = norm.layer_norm_backward(empty, empty, (4,), ones, ones)
    expected = [np.zeros((0, 4)), np.zeros(4), np.zeros(4)]
    for mine, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(mine, other)
    statistics = np.zeros(4, np.float32), np.ones(4, np.float32)
    got = norm.batch_norm_backward(empty, empty, None, *statistics, True)
    for mine, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(mine, other)
    got = norm.group_norm_backward(empty, empty, 2, np.zeros((0, 2), "f"), np.zeros((0, 2), "f"))
    for mine, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(mine, other)


A = np.zeros((2, 4), np.float32)
ONES = np.ones(4, np.float32)
MISTAKES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: norm.layer_norm(A, (3,)), ShapeError, r"normalized_shape \(3,\) .* \(2, 4\)"),
    (lambda: norm.layer_norm(A, ()), ShapeError, r"normalized_shape \(\)"),
    (lambda: norm.layer_norm(A, (1, 2, 4)), ShapeError, r"\(1, 2, 4\)"),
    (lambda: norm.layer_norm(A, (4,), ONES[:3]), ShapeError, r"weight must have shape \(4,\)"),
    (lambda: norm.layer_norm(A, (4,), ONES.astype("d")), DTypeError, "weight must be float32"),
    (lambda: norm.layer_norm(A.astype(int), (4,)), ReductionDTypeError, "int64"),
    (lambda: norm.rms_norm(A.astype(int), (4,)), ReductionDTypeError, "int64"),
    (lambda: norm.rms_norm(A, (4,), ONES[:3]), ShapeError, r"rms_norm: weight .* \(3,\)"),
    (lambda: norm.batch_norm(ONES, training=True), ShapeError, r"\(N, C, \*\), got \(4,\)"),
    (lambda: norm.batch_norm(A[:1], training=True), ValueError, "more than one value per channel"),
    (lambda: norm.batch_norm(A), RuntimeError, "no running_mean"),
    (lambda: norm.batch_norm(A, None, None, ONES), RuntimeError, "no running_var"),
    (lambda: norm.batch_norm(A, None, None, ONES[:2], ONES), ShapeError, "running_mean must"),
    (lambda: norm.batch_norm(A, ONES[:2], training=True), ShapeError, r"weight must have shape"),
    (lambda: norm.group_norm(A, 3), ShapeError, "4 channels .* cannot be cut into 3"),
    (lambda: norm.group_norm(A, 0), ShapeError, "cannot be cut into 0"),
    (lambda: norm.layer_norm_backward(A.T, A, (4,), A, A), ShapeError, r"grad must .* \(2, 4\)"),
    (lambda: norm.layer_norm_backward(A, A, (4,), A, A), ShapeError, r"mean must .* \(2, 1\)"),
    (
        lambda: norm.batch_norm_backward(A, A, None, ONES, ONES.astype("d"), True),
        DTypeError,
        "rstd must be float32, got float64",
    ),
]


@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_mistakes_are_named(number: int) -> None:
    call, error, text = MISTAKES[number]
    with pytest.raises(error, match=text):
        call()


def test_statistics_that_cannot_be_written_are_refused_before_anything_is_done() -> None:
    fixed = np.zeros(4, np.float32)
    fixed.setflags(write=False)
    other = np.ones(4, np.float32)
    with pytest.raises(LayoutError, match="running_mean is read-only"):
        norm.batch_norm(A, None, None, fixed, other, True)
    np.testing.assert_array_equal(other, 1)
    assert norm.batch_norm(A, None, None, fixed, other, False)[0].shape == (2, 4)


def test_pytorch_raises_the_same_kinds() -> None:
    assert torch.__version__
    for call, error in [
        (lambda: F.layer_norm(as_torch(A), (3,)), RuntimeError),
        (lambda: F.group_norm(as_torch(A), 3), RuntimeError),
        (lambda: F.batch_norm(as_torch(A[:1]), None, None, training=True), ValueError),
        (lambda: F.batch_norm(as_torch(A), None, None), RuntimeError),
    ]:
        with pytest.raises(error):
            call()
        assert issubclass(ShapeError, error)
