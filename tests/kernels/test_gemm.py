"""Products of matrices against NumPy in float64, and the promises around raw memory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from minitorch.errors import DTypeError, LayoutError, ShapeError
from minitorch.kernels.cpu.products import dispatch as gemm_dispatch
from minitorch.kernels.cpu.products.gemm import addmm, baddbmm, matmul
from minitorch.kernels.cpu.products.microkernel import DEPTH, tile

Array = NDArray[Any]
FLOATS = [np.float32, np.float64]
INTEGERS = [np.uint8, np.int8, np.int16, np.int32, np.int64]
ROUNDING = {np.float16: 2.0**-11, np.float32: 2.0**-24, np.float64: 2.0**-53}
LAYOUTS = ["rows", "columns", "strided", "reversed", "row repeated", "column repeated"]
# Enough work for several threads.
LARGE = (230, 97, 115)


def draw(shape: tuple[int, ...], dtype: Any, seed: int = 0) -> Array:
    generator = np.random.default_rng([seed, *shape])
    if np.dtype(dtype).kind == "f":
        return generator.standard_normal(shape).astype(dtype)
    if np.dtype(dtype).kind == "b":
        return generator.integers(0, 10, shape) == 0
    info = np.iinfo(dtype)
    return generator.integers(info.min, info.max, shape, dtype, endpoint=True)


def laid_out(shape: tuple[int, ...], dtype: Any, layout: str, seed: int = 0) -> Array:
    """Draw an array whose last two dimensions lie in memory as asked, between NaNs."""
    *batch, rows, columns = shape
    if layout == "row repeated":
        return np.broadcast_to(draw((*batch, 1, columns), dtype, seed), shape)
    if layout == "column repeated":
        return np.broadcast_to(draw((*batch, rows, 1), dtype, seed), shape)
    if layout == "rows":
        view = surrounded((*batch, rows, columns), dtype)[1]
    elif layout == "columns":
        view = surrounded((*batch, columns, rows), dtype)[1].swapaxes(-1, -2)
    else:
        view = surrounded((*batch, 2 * rows, 3 * columns), dtype)[1][..., ::2, ::3]
        if layout == "reversed":
            view = view[..., ::-1, ::-1]
    view[...] = draw(shape, dtype, seed)
    return view


def surrounded(shape: tuple[int, ...], dtype: Any) -> tuple[Array, Array]:
    """Give memory full of canaries, and a view of some of it that is nowhere at its edge.

    The view starts at no multiple of a vector's size. The canary of floats is NaN, which spoils
    every sum into which it leaks.
    """
    size = int(np.prod(shape))
    memory = np.full(size + 259, canary(dtype), dtype)
    return memory, memory[129 : 129 + size].reshape(shape)


def canary(dtype: Any) -> Any:
    return np.nan if np.dtype(dtype).kind == "f" else True if dtype is np.bool_ else 77


def exact(a: Array, b: Array) -> Array:
    """Multiply in float64, or in the integers' own arithmetic."""
    if a.dtype.kind == "f":
        return np.matmul(a.astype(np.float64), b.astype(np.float64))
    return np.matmul(a, b)


def assert_product(result: Array, a: Array, b: Array) -> None:
    """Check a product with the error bound of a sum of k products."""
    expected = exact(a, b)
    assert result.shape == expected.shape
    assert result.dtype == a.dtype
    if a.dtype.kind != "f":
        np.testing.assert_array_equal(result, expected)
        return
    size = exact(abs(a), abs(b))
    terms = a.shape[-1] + 2 if a.dtype != np.float16 else 2
    bound = terms * ROUNDING[a.dtype.type] * size
    assert (abs(result - expected) <= bound).all()


# ---- shapes, dtypes and layouts


@pytest.mark.parametrize("dtype", [*FLOATS, np.float16, *INTEGERS, np.bool_])
@pytest.mark.parametrize(
    ("a_shape", "b_shape"),
    [
        ((5,), (5,)),
        ((5,), (5, 3)),
        ((4, 5), (5,)),
        ((4, 5), (5, 3)),
        ((5,), (2, 5, 3)),
        ((2, 4, 5), (5,)),
        ((2, 4, 5), (5, 3)),
        ((4, 5), (2, 5, 3)),
        ((2, 4, 5), (2, 5, 3)),
        ((7, 1, 4, 5), (3, 5, 3)),
        ((2, 1, 3, 4, 5), (2, 6, 1, 5, 3)),
        ((1, 1), (1, 1)),
        (LARGE[:2], LARGE[1:]),
    ],
)
def test_ranks_follow_numpy(dtype: Any, a_shape: Any, b_shape: Any) -> None:
    a, b = draw(a_shape, dtype), draw(b_shape, dtype, 1)
    assert_product(matmul(a, b), a, b)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("a_layout", LAYOUTS)
@pytest.mark.parametrize("b_layout", LAYOUTS)
def test_any_layout_of_operands_gives_the_product(dtype: Any, a_layout: str, b_layout: str) -> None:
    for m, k, n in [(2, 3, 2), (19, 21, 37), LARGE, (1, 70, 90), (90, 70, 1), (300, 900, 1)]:
        a, b = laid_out((m, k), dtype, a_layout), laid_out((k, n), dtype, b_layout, 1)
        assert_product(matmul(a, b), a, b)


@pytest.mark.parametrize("dtype", [np.int32, np.float16, np.bool_])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_other_dtypes_take_any_layout(dtype: Any, layout: str) -> None:
    a, b = laid_out((6, 7), dtype, layout), laid_out((7, 5), dtype, layout, 1)
    assert_product(matmul(a, b), a, b)


@pytest.mark.parametrize("dtype", FLOATS)
def test_every_size_around_a_vector_and_a_tile(dtype: Any) -> None:
    shape = tile(np.dtype(dtype).itemsize)
    lanes, rows, columns = shape.lanes, shape.rows, shape.columns
    widths = {1, 2, *(s + d for s in (lanes, columns, 2 * columns) for d in (-1, 0, 1))}
    heights = {1, 2, 3, *(s + d for s in (rows, 2 * rows) for d in (-1, 0, 1))}
    for n in sorted(widths):
        for m in sorted(heights):
            for k in (1, lanes, lanes + 1):
                for layout in ("rows", "columns"):
                    a = laid_out((m, k), dtype, layout)
                    b = laid_out((k, n), dtype, layout, 1)
                    assert_product(matmul(a, b), a, b)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("depth", [DEPTH - 1, DEPTH, DEPTH + 1, 2 * DEPTH + 1])
@pytest.mark.parametrize("rows", [5, 93])
def test_sums_over_several_blocks(dtype: Any, depth: int, rows: int) -> None:
    for layout in ("rows", "columns"):
        a, b = laid_out((rows, depth), dtype, layout), laid_out((depth, 35), dtype, layout, 1)
        assert_product(matmul(a, b), a, b)


@pytest.mark.parametrize("dtype", FLOATS)
def test_more_left_panels_than_are_packed_at_once(dtype: Any) -> None:
    a, b = draw((811, 31), dtype), draw((31, 45), dtype, 1)
    assert_product(matmul(a, b), a, b)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("rows", [3, 6, 40])
def test_products_wider_than_the_workspace(dtype: Any, rows: int) -> None:
    a, b = draw((rows, 60), dtype), draw((60, 2 * 2048 + 33), dtype, 1)
    assert_product(matmul(a, b), a, b)


@pytest.mark.parametrize("dtype", [*FLOATS, np.int32])
def test_products_are_cut_into_pieces_and_put_together(
    dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_MOST_AT_ONCE", "_MOST_PLAIN"):
        monkeypatch.setattr(gemm_dispatch, name, 20_000)
    for name in ("_MOST_COLUMNS", "_MOST_DEPTH"):
        monkeypatch.setattr(gemm_dispatch, name, 40)
    a, b = draw(LARGE[:2], dtype), draw(LARGE[1:], dtype, 1)
    assert_product(matmul(a, b), a, b)
    c, d = draw((9, 30, 30), dtype), draw((9, 30, 30), dtype, 1)
    assert_product(matmul(c, d), c, d)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("batch", [(300,), (20, 15)])
def test_batches_of_small_matrices_use_all_threads(dtype: Any, batch: tuple[int, ...]) -> None:
    a, b = draw((*batch, 17, 20), dtype), draw((*batch, 20, 18), dtype, 1)
    assert_product(matmul(a, b), a, b)
    transposed = b.swapaxes(-1, -2)
    assert_product(matmul(a[..., :18], transposed), a[..., :18], transposed)
    swapped = np.moveaxis(a, 0, -2)
    assert_product(matmul(np.moveaxis(swapped, -2, 0), b), a, b)


@given(st.data())
def test_random_shapes_and_layouts(data: Any) -> None:
    dtype = data.draw(st.sampled_from([*FLOATS, np.int16]))
    m, k, n = (data.draw(st.integers(0, 70)) for _ in range(3))
    batch = tuple(data.draw(st.lists(st.integers(0, 4), max_size=2)))
    a_batch = tuple(1 if data.draw(st.booleans()) else size for size in batch)
    a_layout, b_layout = (data.draw(st.sampled_from(LAYOUTS)) for _ in range(2))
    a = laid_out((*a_batch, m, k), dtype, a_layout)
    b = laid_out((*batch, k, n), dtype, b_layout, 1)
    assert_product(matmul(a, b), a, b)


@pytest.mark.parametrize("dtype", [*FLOATS, np.float16, np.int32, np.bool_])
def test_empty_products(dtype: Any) -> None:
    assert matmul(np.empty((0, 3), dtype), np.empty((3, 4), dtype)).shape == (0, 4)
    assert matmul(np.empty((3, 0), dtype), np.empty((0,), dtype)).tolist() == [0, 0, 0]
    assert not matmul(np.empty((2, 3, 0), dtype), np.empty((0, 4), dtype)).any()
    assert matmul(np.empty((0, 3, 2), dtype), np.empty((0, 2, 4), dtype)).shape == (0, 3, 4)
    assert matmul(np.empty(0, dtype), np.empty(0, dtype)) == 0


# ---- numbers


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("m", "k", "n"), [(3, 4, 5), (1, 40, 3), (40, 40, 1), LARGE])
def test_nan_and_infinities_propagate_to_their_row_and_column(
    dtype: Any, m: int, k: int, n: int
) -> None:
    a, b = np.ones((m, k), dtype), np.zeros((k, n), dtype)
    a[m // 2, k - 1] = np.inf  # 0 * inf is NaN.
    b[0, n // 2] = np.nan
    expected = np.zeros((m, n), bool)
    expected[m // 2] = True
    expected[:, n // 2] = True
    for x, y in ((a, b), (np.asfortranarray(a), np.asfortranarray(b))):
        result = matmul(x, y)
        np.testing.assert_array_equal(np.isnan(result), expected)
        assert (result[~expected] == 0).all()


def test_float16_is_rounded_once() -> None:
    a = np.full((1, 4096), 0.01, np.float16)
    expected = np.float16(4096 * float(a[0, 0]) ** 2)
    assert matmul(a, a.T)[0, 0] == expected
    big = np.full((2, 2), 60000, np.float16)
    assert np.isinf(matmul(big, big)).all()


def test_a_long_dot_product_keeps_its_digits() -> None:
    a, b = draw((2_000_003,), np.float32), np.ones(2_000_003, np.float32)
    result = matmul(abs(a), b)
    assert abs(result / abs(a.astype(np.float64)).sum() - 1) < 1e-6


@pytest.mark.parametrize("dtype", FLOATS)
def test_threads_change_no_bit(dtype: Any) -> None:
    most = numba.get_num_threads()
    shapes = [
        (LARGE[:2], LARGE[1:]),
        ((5, 400), (400, 999)),
        ((60, 800), (800, 170)),
        ((400, 900), (900,)),
        ((900,), (900, 500)),
        ((99, 20, 30), (99, 30, 25)),
    ]
    for a_shape, b_shape in shapes:
        a, b = draw(a_shape, dtype), draw(b_shape, dtype, 1)
        several = matmul(a, b)
        numba.set_num_threads(1)
        try:
            np.testing.assert_array_equal(several, matmul(a, b))
        finally:
            numba.set_num_threads(most)


def test_three_python_threads_at_once() -> None:
    pairs = [
        (draw((size, 150), dtype), draw((150, size), dtype, 1))
        for size, dtype in ((30, np.float32), (150, np.float64), (190, np.float32))
    ]
    expected = [matmul(a, b) for a, b in pairs]
    wrong: list[int] = []

    def work(i: int) -> None:
        for _ in range(30):
            if not np.array_equal(matmul(*pairs[i]), expected[i]):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# ---- out, addmm, baddbmm


@pytest.mark.parametrize("dtype", [*FLOATS, np.float16, np.int64, np.bool_])
@pytest.mark.parametrize("layout", ["rows", "columns", "strided", "reversed"])
@pytest.mark.parametrize(("m", "k", "n"), [(19, 21, 37), (1, 30, 25), (25, 30, 1), (1, 9, 1)])
def test_out_of_any_layout_is_written_and_nothing_else(
    dtype: Any, layout: str, m: int, k: int, n: int
) -> None:
    a, b = draw((m, k), dtype), draw((k, n), dtype, 1)
    memory = surrounded((2 * m, 3 * n), dtype)[0]
    grid = memory[129 : 129 + 6 * m * n]
    out = {
        "rows": grid.reshape(2 * m, 3 * n)[:m, :n],
        "columns": grid.reshape(3 * n, 2 * m)[:n, :m].T,
        "strided": grid.reshape(2 * m, 3 * n)[::2, ::3],
        "reversed": grid.reshape(2 * m, 3 * n)[::-2, ::-3],
    }[layout]
    assert matmul(a, b, out=out) is out
    assert_product(out.copy(), a, b)
    out[...] = canary(dtype)
    np.testing.assert_array_equal(memory, np.full(memory.shape, canary(dtype), dtype))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("start", [0, 1, 7])
def test_kernels_write_only_their_result(dtype: Any, start: int) -> None:
    """Of every edge size, with rows of out that are further apart than they are long."""
    for m in (1, 2, 13, 15, 29):
        for n in (1, 3, 15, 17, 31, 33, 70):
            a, b = laid_out((m, 20), dtype, "rows"), laid_out((20, n), dtype, "columns", 1)
            memory = np.full(40 * 90 + start, canary(dtype), dtype)
            out = memory[start:].reshape(40, 90)[3 : 3 + m, 5 : 5 + n]
            matmul(a, b, out=out)
            assert_product(out.copy(), a, b)
            out[...] = np.nan
            assert np.isnan(memory).all()


@pytest.mark.parametrize("dtype", [*FLOATS, np.float16, np.int32])
@pytest.mark.parametrize("input_shape", [(), (6,), (4, 1), (4, 6)])
@pytest.mark.parametrize(("beta", "alpha"), [(1, 1), (0, 1), (2, 1), (1, 3), (-2, -3)])
def test_addmm_adds_multiples(dtype: Any, input_shape: Any, beta: int, alpha: int) -> None:
    low, high = -4, 5
    generator = np.random.default_rng(3)
    shapes = (input_shape, (4, 5), (5, 6))
    input, a, b = (generator.integers(low, high, shape).astype(dtype) for shape in shapes)
    expected = beta * input.astype(np.int64) + alpha * (a.astype(np.int64) @ b.astype(np.int64))
    result = addmm(input, a, b, beta=beta, alpha=alpha)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, expected)
    out = np.broadcast_to(input, (4, 6)).copy()
    assert addmm(out, a, b, beta=beta, alpha=alpha, out=out) is out
    np.testing.assert_array_equal(out, expected)
    batch = baddbmm(input, a[None].repeat(3, 0), np.stack([b] * 3), beta=beta, alpha=alpha)
    np.testing.assert_array_equal(batch, np.stack([expected] * 3))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("m", "k", "n"), [LARGE, (70, 900, 50), (1, 900, 70), (900, 300, 1)])
def test_addmm_of_large_operands(dtype: Any, m: int, k: int, n: int) -> None:
    for layout in ("rows", "columns"):
        a, b = laid_out((m, k), dtype, layout), laid_out((k, n), dtype, layout, 1)
        input = draw((n,), dtype, 2)
        result = addmm(input, a, b, beta=0.5, alpha=-2.0)
        expected = 0.5 * input.astype(np.float64) - 2 * exact(a, b)
        bound = (k + 4) * ROUNDING[dtype] * (abs(input) + 2 * exact(abs(a), abs(b)))
        assert (abs(result - expected) <= bound).all()


def test_input_with_a_factor_of_zero_does_not_count() -> None:
    a = np.ones((2, 2), np.float32)
    assert (addmm(np.full((2, 2), np.nan, np.float32), a, a, beta=0) == 2).all()


# ---- errors


def test_errors_name_what_was_received() -> None:
    a, b = np.ones((2, 3)), np.ones((4, 5))
    with pytest.raises(ShapeError, match=r"\(2, 3\) and \(4, 5\).*3.*4 rows"):
        matmul(a, b)
    with pytest.raises(ShapeError, match=r"\(3,\) and \(4,\)"):
        matmul(a[0], b[:, 0])
    with pytest.raises(ShapeError, match=r"at least one dimension.*\(\)"):
        matmul(np.float64(1) + np.zeros(()), b)
    with pytest.raises(ShapeError, match=r"\(2,\), \(3,\)"):
        matmul(np.ones((2, 2, 3)), np.ones((3, 3, 2)))
    with pytest.raises(DTypeError, match="float64, float32"):
        matmul(a, a.T.astype(np.float32))
    for strange in (">f4", "complex64", "U3", "uint32"):
        with pytest.raises(DTypeError, match="takes bool"):
            matmul(np.zeros((2, 2), strange), np.zeros((2, 2), strange))


def test_errors_of_out() -> None:
    a = np.ones((3, 3))
    with pytest.raises(ShapeError, match=r"\(3, 3\).*\(3, 4\)"):
        matmul(a, a, out=np.ones((3, 4)))
    with pytest.raises(DTypeError, match=r"float64.*float32"):
        matmul(a, a, out=np.ones((3, 3), np.float32))
    readonly = np.ones((3, 3))
    readonly.flags.writeable = False
    with pytest.raises(LayoutError, match="read-only"):
        matmul(a, a, out=readonly)
    with pytest.raises(LayoutError, match="overlaps an operand"):
        matmul(a, np.ones((3, 3)), out=a.T)
    with pytest.raises(LayoutError, match="same memory"):
        matmul(a, a, out=np.lib.stride_tricks.as_strided(np.ones(9), (3, 3), (8, 8)))
    memory = np.ones((3, 6))
    assert (matmul(memory[:, ::2], a, out=memory[:, 1::2]) == 3).all()


def test_errors_of_addmm() -> None:
    a = np.ones((3, 3))
    with pytest.raises(ShapeError, match=r"\(3, 3\), \(2, 3\)"):
        addmm(np.ones((2, 3)), a, a)
    with pytest.raises(ShapeError, match=r"does not broadcast to \(3, 3\)"):
        addmm(np.ones((2, 3, 3)), a, a)
    with pytest.raises(ShapeError, match="needs 2 dimensions"):
        addmm(a, a, a[0])
    with pytest.raises(ShapeError, match=r"\(2, 3, 3\) and \(3, 3, 3\)"):
        baddbmm(a, np.ones((2, 3, 3)), np.ones((3, 3, 3)))
    with pytest.raises(DTypeError, match="whole numbers"):
        addmm(*[a.astype(np.int64)] * 3, alpha=0.5)
    with pytest.raises(DTypeError, match="bool"):
        addmm(*[a > 0] * 3)


# ---- compilation

_PROGRAM = """
import sys
import numpy as np
from minitorch._kernel_cache import PREFIX
from minitorch.kernels.cpu.products import gemm
a = np.arange(12.0, dtype=np.float32).reshape(3, 4)
assert (gemm.matmul(a, a.T) == a.astype(np.float64) @ a.T).all()
big = np.ones((128, 129), np.float32)
assert (gemm.matmul(big, big.T) == 129).all()
vector = np.ones(129, np.float32)
assert (gemm.matmul(big, vector) == 129).all() and (gemm.matmul(vector, big.T) == 129).all()
hits = misses = 0
for name, module in list(sys.modules.items()):
    if name.startswith(PREFIX):
        for kernel in vars(module).values():
            if hasattr(kernel, "stats"):
                hits += sum(kernel.stats.cache_hits.values())
                misses += sum(kernel.stats.cache_misses.values())
print(hits, misses)
"""


def run(program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_second_process_compiles_nothing() -> None:
    run(_PROGRAM)
    hits, misses = run(_PROGRAM).split()
    assert int(hits) >= 3
    assert misses == "0"


@pytest.mark.slow
def test_a_processor_without_wide_vectors_computes_the_same() -> None:
    program = (
        _PROGRAM
        + """
from minitorch.kernels.cpu.products.microkernel import tile
assert tile(4).lanes == 4
rng = np.random.default_rng(0)
for dtype, error in ((np.float32, 1e-4), (np.float64, 1e-12)):
    for m, k, n in ((2, 3, 2), (5, 7, 9), (7, 17, 8), (13, 390, 11), (150, 90, 120), (1, 9, 9)):
        for order in "CF":
            a = np.asarray(rng.standard_normal((m, k)), dtype, order=order)
            b = np.asarray(rng.standard_normal((k, n)), dtype, order=order)
            assert abs(gemm.matmul(a, b) - a.astype(float) @ b).max() < error
"""
    )
    run(program, NUMBA_CPU_NAME="generic")


def test_nothing_is_compiled_or_asked_of_the_processor_at_import() -> None:
    program = """
import llvmlite.binding as llvm
from minitorch.kernels.cpu.layouts import layout
def forbidden():
    raise AssertionError("asked for the processor's features")
llvm.get_host_cpu_features = forbidden
from minitorch.kernels.cpu.products import dispatch as gemm_dispatch
from minitorch.kernels.cpu.products import gemm
assert gemm_dispatch._entry_of.cache_info().currsize == 0
"""
    run(program)


def _peak(compute: Callable[[], object]) -> int:
    """Give the most memory that a call allocates; threads of pytest may add to one of three."""
    import tracemalloc

    compute()
    peaks = []
    for _ in range(3):
        tracemalloc.start()
        try:
            compute()
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    return min(peaks)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("layout", ["rows", "columns", "strided"])
def test_a_product_allocates_no_more_than_its_result(dtype: Any, layout: str) -> None:
    for m, k, n in ((200, 300, 150), (1, 600, 300), (300, 600, 1)):
        a, b = laid_out((m, k), dtype, layout), laid_out((k, n), dtype, layout)
        vectors = max(m, n) + k if 1 in (m, n) else 0
        most = (m * n + vectors) * np.dtype(dtype).itemsize + 6000
        assert _peak(lambda a=a, b=b: matmul(a, b)) <= most
