"""Reductions, held against PyTorch, and against NumPy in float64."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minitorch import _threads
from minitorch.kernels.cpu.reductions import reduce
from minitorch.kernels.cpu.reductions.fold import ReductionDTypeError

from .layouts import as_torch, assert_same, layouts, numbers, subsets
from .oracle import EVERY_DTYPE, torch

FLOATS = [np.float16, np.float32, np.float64]
ONLY_FLOATS = {"mean", "nanmean", "var", "std", "logsumexp", "var_mean"}
OVER_SETS = [
    *["sum", "nansum", "mean", "nanmean", "var", "std", "var_mean", "amax", "amin"],
    *["any", "all", "count_nonzero", "logsumexp"],
]
ALONG_ONE = ["max", "min", "argmax", "argmin", "aminmax", "prod"]


@contextmanager
def _no_torch_warnings() -> Iterator[None]:
    """Leave PyTorch its warnings about too few degrees of freedom."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


POWERS = [0, 1, 2, 3, 0.5, -1, math.inf, -math.inf]


def takes(name: str, dtype: Any) -> bool:
    """Tell whether PyTorch's function is defined for a dtype."""
    if name in ("argmax", "argmin"):
        return dtype != np.bool_
    return dtype in FLOATS or name not in ONLY_FLOATS


def peer(name: str, array: np.ndarray, dims: Any) -> Any:
    """Call PyTorch's function, whose ways to say "all dimensions" differ."""
    tensor = as_torch(array)
    if name == "logsumexp" and dims is None:
        dims = tuple(range(array.ndim))
    if dims is None:
        return getattr(torch, name)(tensor)
    return getattr(torch, name)(tensor, dim=dims)


@pytest.mark.parametrize("name", [*OVER_SETS, *ALONG_ONE])
def test_every_dtype_gives_what_pytorch_gives(name: str) -> None:
    for dtype in EVERY_DTYPE:
        array = numbers((3, 20), dtype)
        if not takes(name, dtype):
            continue
        for dims in (1,) if name in ("max", "min") else (None, 1, -1):
            ours = getattr(reduce, name)(array, dims)
            assert_same(ours, peer(name, array, dims), f"{name} of {np.dtype(dtype)} over {dims}")


@pytest.mark.parametrize(
    ("p", "dtype"),
    [
        *((p, dtype) for p in POWERS for dtype in (np.float32, np.float64)),
        # What is read and written is the same for all p.
        *((p, np.float16) for p in (2, 3)),
    ],
)
def test_norms_are_those_of_pytorch(p: float, dtype: Any) -> None:
    array = numbers((4, 20), dtype)
    for dims in (None, 1, 0):
        expected = torch.linalg.vector_norm(as_torch(array), p, dim=dims)
        # PyTorch sums up powers in float32, we in float64.
        unit = 16 * float(np.finfo(dtype).eps)
        assert_same(reduce.norm(array, dims, p=p), expected, f"{p} over {dims}", unit)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32])
def test_further_integers(dtype: Any) -> None:
    array = numbers((3, 20), dtype)
    for name in ("sum", "amin", "argmax"):
        for dims in (None, 1):
            assert_same(getattr(reduce, name)(array, dims), peer(name, array, dims), name)


@pytest.mark.parametrize("dtype", EVERY_DTYPE)
def test_sums_across_memory_of_every_dtype(dtype: Any) -> None:
    array = numbers((70, 40), dtype)
    assert_same(reduce.sum(array, 0), peer("sum", array, 0))


@pytest.mark.parametrize("name", [*OVER_SETS, *ALONG_ONE])
def test_every_layout_gives_what_pytorch_gives(name: str) -> None:
    array = numbers((5, 18, 21), np.float32)
    for label, view in layouts(array):
        sets = [(0,), (1,), (2,)] if name in ALONG_ONE else [(0,), (1,), (2,), (0, 1), (0, 2)]
        for dims in sets:
            chosen = dims[0] if name in ALONG_ONE else dims
            expected = peer(name, view, chosen)
            # PyTorch's own sums and products of float32 are this exact.
            unit = 20 * float(np.finfo(np.float32).eps)
            assert_same(getattr(reduce, name)(view, chosen), expected, f"{label} {dims}", unit)


@pytest.mark.parametrize("rank", range(6))
def test_every_set_of_dimensions_of_every_rank(rank: int) -> None:
    array = numbers((3, 4, 2, 5, 1)[:rank], np.float32)
    for label, view in layouts(array):
        exact = view.astype(np.float64)
        for dims in [None, *subsets(rank)]:
            for keepdims in (False, True):
                ours = reduce.sum(view, dims, keepdims)
                expected = exact.sum(dims, keepdims=keepdims)
                np.testing.assert_allclose(ours, expected, 1e-6, 1e-6, err_msg=f"{label} {dims}")
                assert ours.shape == expected.shape
            np.testing.assert_array_equal(reduce.amax(view, dims), view.max(axis=dims))
        for dim in [None, *range(rank)]:
            np.testing.assert_array_equal(reduce.argmax(view, dim), view.argmax(axis=dim))


@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=1, max_dims=5, max_side=6),
        elements=st.integers(-9, 9),
    ),
    st.data(),
)
def test_random_views_and_dimensions(array: np.ndarray, data: st.DataObject) -> None:
    view = array.transpose(data.draw(st.permutations(range(array.ndim))))
    steps = st.sampled_from([1, -1, 2, -2])
    view = view[tuple(slice(None, None, data.draw(steps)) for _ in range(view.ndim))]
    dims = data.draw(st.sets(st.integers(0, view.ndim - 1), min_size=1))
    signed = tuple(dim - view.ndim * data.draw(st.booleans()) for dim in dims)
    np.testing.assert_array_equal(reduce.sum(view, signed), view.sum(axis=signed))
    np.testing.assert_array_equal(reduce.amax(view, signed), view.max(axis=signed))
    dim = signed[0]
    np.testing.assert_array_equal(reduce.argmax(view, dim), view.argmax(axis=dim))
    np.testing.assert_array_equal(reduce.argmax(view), view.argmax())
    exact = view.astype(np.float64)
    np.testing.assert_allclose(
        reduce.var(view, signed, correction=0), exact.var(axis=signed), rtol=1e-6, atol=1e-6
    )


LARGE = {
    "one dimension": lambda: numbers((700_001,), np.float32),
    "rows": lambda: numbers((900, 900), np.float32),
    "tall": lambda: numbers((300_007, 3), np.float32),
    "wide": lambda: numbers((3, 300_007), np.float32),
    "permuted": lambda: numbers((80, 110, 90), np.float32).transpose(1, 2, 0),
    "every second": lambda: numbers((900, 1100), np.float32)[::2, ::-2],
    "many gaps": lambda: numbers((24, 22, 20, 18, 16), np.float32)[::2, ::2, ::2, ::2, ::2],
    "one row again and again": lambda: np.broadcast_to(numbers((1000,), np.float32), (800, 1000)),
}


@pytest.mark.parametrize("label", LARGE)
def test_large_arrays(label: str) -> None:
    array = LARGE[label]()
    exact = array.astype(np.float64)
    for dims in subsets(array.ndim):
        expected = exact.sum(axis=dims)
        scale = np.abs(exact).sum(axis=dims)
        assert (np.abs(reduce.sum(array, dims) - expected) <= 1e-6 * scale + 1e-6).all(), dims
        np.testing.assert_array_equal(reduce.amax(array, dims), array.max(axis=dims))
    for dim in [None, *range(array.ndim)]:
        np.testing.assert_array_equal(reduce.argmax(array, dim), array.argmax(axis=dim))


def test_many_blocks_in_loops_that_cannot_be_joined() -> None:
    array = numbers((4, 3, 600, 700), np.float32)[:, :, ::2, ::2]
    exact = array.astype(np.float64)
    for dims in subsets(4):
        np.testing.assert_allclose(reduce.sum(array, dims), exact.sum(axis=dims), 1e-5, 1e-3)


@pytest.mark.parametrize("shape", [(1 << 24,), (1 << 12, 1 << 12)])
def test_a_sum_of_sixteen_million_numbers_is_exact_to_a_millionth(shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).random(shape, dtype=np.float32)
    for dims in subsets(len(shape)):
        exact = array.sum(axis=dims, dtype=np.float64)
        assert np.abs(reduce.sum(array, dims) / exact - 1).max() < 1e-6
    assert abs(float(reduce.mean(array)) / array.mean(dtype=np.float64) - 1) < 1e-7


BLOCKS = {
    "along": lambda a: a,
    "across": lambda a: np.ascontiguousarray(a.T).T,
    "reversed": lambda a: np.ascontiguousarray(a[:, ::-1])[:, ::-1],
    "with gaps": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "with gaps across": lambda a: np.repeat(a.T, 2, axis=1).T[::2],
    "repeated": lambda a: np.broadcast_to(a[:1], a.shape),
}


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the kernels compiled that small arrays need anyway."""
    monkeypatch.setattr(_threads, "must_be_serial", lambda: True)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("layout", BLOCKS)
def test_what_goes_through_a_block_twice_joins_many_blocks(layout: str) -> None:
    numbers_ = np.random.default_rng(0).normal(size=(6, 90_000)).astype(np.float32)
    # Each row has its own size, and drifts, so that blocks differ.
    numbers_ += 100 * np.arange(6, dtype=np.float32)[:, None]
    numbers_ += np.linspace(0, 50, 90_000, dtype=np.float32)
    array = BLOCKS[layout](numbers_)
    exact = array.astype(np.float64)
    for dims in (1, None):
        variance, mean = reduce.var_mean(array, dims)
        np.testing.assert_allclose(variance, exact.var(axis=dims, ddof=1), rtol=1e-6)
        np.testing.assert_allclose(mean, exact.mean(axis=dims), rtol=1e-6)
        most = exact.max(axis=dims, keepdims=True)
        logs = np.log(np.exp(exact - most).sum(axis=dims)) + np.squeeze(most, axis=dims)
        np.testing.assert_allclose(reduce.logsumexp(array, dims), logs, rtol=1e-6)
        np.testing.assert_array_equal(reduce.argmax(array, dims), array.argmax(axis=dims))
        np.testing.assert_array_equal(reduce.argmin(array, dims), array.argmin(axis=dims))


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("layout", BLOCKS)
def test_infinite_and_missing_numbers_in_some_blocks(layout: str) -> None:
    rows = np.zeros((6, 20_000), np.float32)
    rows[1] = -math.inf
    rows[2, 9_000:] = -math.inf
    rows[3, :9_000] = -math.inf
    rows[4, 12_345] = math.inf
    rows[5, 15_000] = math.nan
    array = BLOCKS[layout](rows)
    for name in ("var", "logsumexp", "argmax", "argmin", "amax"):
        assert_same(getattr(reduce, name)(array, 1), peer(name, array, 1), name)


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_the_first_of_equal_elements_is_found_in_any_order_of_memory(name: str) -> None:
    array = np.random.default_rng(0).integers(-2, 3, (30, 40, 50)).astype(np.float32)
    function, expected = getattr(reduce, name), getattr(np, name)
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        dense = np.ascontiguousarray(array.transpose(order))
        for view in (
            dense.transpose(np.argsort(order)),
            dense,
            dense[::-1, :, ::-1],
            dense[:, ::2],
        ):
            assert function(view) == expected(view)
            for dim in range(3):
                np.testing.assert_array_equal(function(view, dim), expected(view, axis=dim))


def test_variance_does_not_cancel_far_from_zero() -> None:
    array = (1e4 + np.random.default_rng(0).normal(size=(300, 200))).astype(np.float32)
    for dims in (None, 0, 1):
        exact = array.astype(np.float64).var(axis=dims, ddof=1)
        np.testing.assert_allclose(reduce.var(array, dims), exact, rtol=3e-7)


@pytest.mark.parametrize("name", ["sum", "amax", "argmax", "var", "logsumexp"])
def test_one_and_two_threads_give_equal_bits(name: str) -> None:
    array = np.random.default_rng(0).normal(size=(1100, 900)).astype(np.float32)
    function: Callable[..., np.ndarray] = getattr(reduce, name)
    before = numba.get_num_threads()
    try:
        for dims in (None, 0, 1):
            results = []
            for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
                numba.set_num_threads(threads)
                results.append(function(array, dims).tobytes())
            assert results[0] == results[1]
    finally:
        numba.set_num_threads(before)


# ---- special values

SPECIAL = {
    "nan": [1.0, math.nan, 3.0],
    "minus nan": [1.0, -math.nan, 3.0],
    "two nans": [math.nan, 2.0, math.nan],
    "inf": [math.inf, 1.0],
    "both infs": [math.inf, -math.inf],
    "minus infs": [-math.inf, -math.inf],
    "minus zero": [-0.0],
    "large": [1e4, 1e4, -1e4],
    "one": [2.5],
}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("label", SPECIAL)
def test_special_values_are_those_of_pytorch(label: str, dtype: Any) -> None:
    array = np.array(SPECIAL[label], dtype)
    names = {*OVER_SETS, "argmax", "argmin", "prod", "max", "min"}
    if "inf" in label:
        # PyTorch's var_mean calls the mean of infinities NaN, unlike its mean, with which we agree.
        names.remove("var_mean")
    for name in sorted(names):
        with _no_torch_warnings():
            expected = peer(name, array, 0)
        assert_same(getattr(reduce, name)(array, 0), expected, name)
    for p in POWERS:
        expected = torch.linalg.vector_norm(as_torch(array), p)
        assert_same(reduce.norm(array, p=p), expected, f"norm {p}")


@pytest.mark.parametrize("kind", ["along", "across"])
def test_a_nan_anywhere_wins_in_long_rows(kind: str) -> None:
    rows = np.random.default_rng(0).normal(size=(40, 5000)).astype(np.float32)
    places = np.random.default_rng(1).integers(0, 5000, 40)
    rows[np.arange(40), places] = np.where(places % 2, np.nan, -np.nan)
    array, dim = (rows, 1) if kind == "along" else (np.ascontiguousarray(rows.T), 0)
    for function in (reduce.max, reduce.min):
        values, positions = function(array, dim)
        assert np.isnan(values).all()
        np.testing.assert_array_equal(positions, places)
    assert int(reduce.argmax(array)) == int(np.argmax(array))


def test_the_first_of_equal_elements_is_found() -> None:
    array = np.zeros((700, 800), np.float32)
    for dim in (None, 0, 1):
        assert not reduce.argmax(array, dim).any()
        assert not reduce.argmin(array[:, ::-1], dim).any()


def test_integers_wrap_around() -> None:
    largest = np.array([np.iinfo(np.int64).max, 1])
    assert reduce.sum(largest) == np.iinfo(np.int64).min
    assert reduce.prod(np.full(8, 256)) == 0
    assert reduce.sum(np.full(100_000, 255, np.uint8)) == 25_500_000


def test_logsumexp_does_not_overflow() -> None:
    array = np.array([[1000.0, 1000.0], [-1000.0, -1000.0]])
    np.testing.assert_allclose(reduce.logsumexp(array, 1), np.array([1000, -1000]) + math.log(2))


@pytest.mark.parametrize("correction", [0, 1, 2, 3, 6, 9])
def test_corrections_of_the_variance(correction: int) -> None:
    array = numbers((2, 3), np.float64)
    with _no_torch_warnings():
        expected = torch.var(as_torch(array), correction=correction)
    assert_same(reduce.var(array, correction=correction), expected)
    assert_same(reduce.std(array, correction=correction), expected.sqrt())


# ---- nothing, and mistakes


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3), (2, 0, 3)])
def test_nothing_gives_what_pytorch_gives(shape: tuple[int, ...]) -> None:
    array = np.zeros(shape, np.float32)
    for name in [*OVER_SETS, *ALONG_ONE]:
        for dims in [None] * (name not in ("max", "min")) + list(range(len(shape))):
            with _no_torch_warnings():
                try:
                    expected = peer(name, array, dims)
                except (RuntimeError, IndexError) as error:
                    with pytest.raises(type(error), match=name):
                        getattr(reduce, name)(array, dims)
                else:
                    assert_same(getattr(reduce, name)(array, dims), expected, f"{name} {dims}")
    for p in POWERS:
        try:
            expected = torch.linalg.vector_norm(as_torch(array), p)
        except RuntimeError:
            with pytest.raises(RuntimeError, match="norm"):
                reduce.norm(array, p=p)
        else:
            assert_same(reduce.norm(array, p=p), expected)


@pytest.mark.parametrize("name", [*OVER_SETS, *ALONG_ONE])
def test_numbers_without_dimensions(name: str) -> None:
    array = np.array(2.5, np.float32)
    for dims in [None] * (name not in ("max", "min")) + [0, -1]:
        with _no_torch_warnings():
            assert_same(getattr(reduce, name)(array, dims), peer(name, array, dims), name)


def test_an_empty_tuple_means_everything_except_to_any_and_all() -> None:
    array = numbers((2, 3), np.float32)
    for name in ("sum", "mean", "amax", "var", "any", "all"):
        assert_same(getattr(reduce, name)(array, ()), peer(name, array, ()), name)


@pytest.mark.parametrize("name", [*OVER_SETS, *ALONG_ONE, "norm"])
def test_a_dimension_that_does_not_exist_is_named(name: str) -> None:
    for dim in (2, -3):
        with pytest.raises(IndexError, match=rf"{dim} is out of range for shape \(2, 3\)"):
            getattr(reduce, name)(np.zeros((2, 3)), dim)
    with pytest.raises(IndexError, match="out of range"):
        getattr(reduce, name)(np.zeros(()), 1)


def test_dimensions_may_be_a_list() -> None:
    array = numbers((2, 3, 4), np.float32)
    np.testing.assert_array_equal(reduce.sum(array, [0, -1]), reduce.sum(array, (0, 2)))
    with pytest.raises(IndexError, match="out of range"):
        reduce.sum(array, [3])


def test_arrays_of_one_shape_but_other_layouts_are_told_apart() -> None:
    array = numbers((40, 40), np.float32)
    for view in (array, array.T, array[::-1], np.broadcast_to(array[0], (40, 40)), array.copy()):
        view.flags.writeable = False
        np.testing.assert_allclose(reduce.sum(view, 0), view.sum(axis=0), rtol=1e-6, atol=1e-5)
        assert reduce.argmax(view) == view.argmax()


def test_what_was_prepared_heeds_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    array = np.ones((1000, 1000), np.float32)
    assert reduce.sum(array) == 1e6
    starts = []
    monkeypatch.setattr(_threads, "must_be_serial", lambda: not starts.append(1))
    assert reduce.sum(array) == 1e6
    assert starts


def test_a_dimension_named_twice_is_refused() -> None:
    for dims in ((0, 0), (1, -1)):
        with pytest.raises(RuntimeError, match=r"shape \(2, 3\) name one of them twice"):
            reduce.sum(np.zeros((2, 3)), dims)


@pytest.mark.parametrize("name", [*sorted(ONLY_FLOATS), "norm"])
def test_integers_are_refused_where_pytorch_refuses_them(name: str) -> None:
    for dtype in (np.int64, np.uint8, np.bool_):
        with pytest.raises(ReductionDTypeError, match=str(np.dtype(dtype))) as caught:
            getattr(reduce, name)(np.zeros((2, 3), dtype))
        assert isinstance(caught.value, TypeError)
        assert isinstance(caught.value, RuntimeError)


def test_dtypes_that_no_tensor_has_are_refused() -> None:
    for dtype in (np.uint16, np.complex64, ">f4", object):
        with pytest.raises(ReductionDTypeError):
            reduce.sum(np.zeros(3, dtype))


def test_elements_off_the_grid_are_read() -> None:
    record = np.zeros(5, [("flag", np.int8), ("x", np.float32)])
    record["x"] = [1, 2, 3, 4, 5]
    assert reduce.sum(record["x"]) == 15


def test_a_second_process_compiles_nothing() -> None:
    code = (
        "import numpy as np\n"
        "from minitorch.kernels.cpu.reductions import folds, reduce\n"
        "reduce.sum(np.ones((3, 20), np.float32), 1)\n"
        "print(sum(folds.SUM._kernels[False, False].serial.stats.cache_misses.values()))"
    )
    results = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert results[1].stdout.strip() == "0"
