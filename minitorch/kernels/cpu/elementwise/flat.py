"""Dense arrays of any rank as the flat ones that dense loops take."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic, overload
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import from_dtype

from ...._jit import cached, entry_point
from .access import call, load, store, window
from .entries import Entry

# Elements of a short operand that are put side by side, so that the loop over them is a long one.
SPAN = 1 << 10
# Numbers that stand beside fewer neighbours are put side by side as well.
SHORT = 32


def flat(array: Any) -> Any:
    """Show a dense array as a row; it must not outlive the array."""
    return array.reshape(-1)


@intrinsic
def _flat(context: Any, array: Any) -> Any:
    row_type = types.Array(array.dtype, 1, "C")

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = make_array(array)(context, builder, arguments[0])
        row = make_array(row_type)(context, builder)
        sizes = [whole.nitems]
        populate_array(row, whole.data, sizes, [whole.itemsize], whole.itemsize, meminfo=None)
        return row._getvalue()

    return row_type(array), build


@overload(flat, jit_options={"forceinline": True})
def _compiled_flat(array):  # type: ignore[no-untyped-def]
    return lambda array: _flat(array)


def flat_1(dense, a, out, parameters):  # type: ignore[no-untyped-def]
    """Treat one dense operand of any rank as a row."""
    call(dense, (flat(a), flat(out), parameters))


def flat_2(dense, a, b, out, parameters):  # type: ignore[no-untyped-def]
    """Treat two dense operands of any rank as rows."""
    call(dense, (flat(a), flat(b), flat(out), parameters))


def flat_3(dense, a, b, c, out, parameters):  # type: ignore[no-untyped-def]
    """Treat three dense operands of any rank as rows."""
    call(dense, (flat(a), flat(b), flat(c), flat(out), parameters))


@njit(error_model="numpy")
def _spread(small: Any, first: int, count: int, inner: int, memory: Any) -> None:
    """Put each of some elements into dense memory so many times."""
    for k in range(count):
        for i in range(inner):
            store(memory, k * inner + i, load(small, first + k))


@njit(error_model="numpy")
def _repeated(row: Any, total: int) -> Any:
    """Give a short row several times, side by side; a long one as it is."""
    times = min(SPAN, total) // row.size
    if times < 2:
        return row
    memory = np.empty(times * row.size, row.dtype)
    for i in range(row.size):
        store(memory, i, load(row, i))
    done = row.size
    while done < memory.size:
        more = min(done, memory.size - done)
        for i in range(more):
            store(memory, done + i, load(memory, i))
        done += more
    return memory


@njit(error_model="numpy", forceinline=True)
def _beside(dense, a, b, out, start, size, piece, parameters):  # type: ignore[no-untyped-def]
    """Treat elements of the larger operand beside a piece of the smaller one."""
    results = window(out, start, size)
    if a.size < b.size:
        call(dense, (piece, window(b, start, size), results, parameters))
    else:
        call(dense, (window(a, start, size), piece, results, parameters))


def repeats_2(dense, a, b, out, inner, parameters):  # type: ignore[no-untyped-def]
    """Treat two dense operands of which the smaller one repeats: see `repeating`."""
    first, second, results = flat(a), flat(b), flat(out)
    small = first if first.size < second.size else second
    total = results.size
    if inner > 1 and inner < SHORT and small.size * inner <= SPAN:
        row = np.empty(small.size * inner, small.dtype)
        _spread(small, 0, small.size, inner, row)
        small, inner = row, 1
    if inner == 1:
        row = _repeated(small, total)
        for start in range(0, total, row.size):
            size = min(row.size, total - start)
            _beside(dense, first, second, results, start, size, window(row, 0, size), parameters)
        return
    at_once = SPAN // inner if inner < SHORT else 1
    memory = np.empty(at_once * inner, small.dtype)
    for cycle in range(0, total, small.size * inner):
        for k in range(0, small.size, at_once):
            count = min(at_once, small.size - k)
            piece = window(small, k, 1)
            if inner < SHORT:
                _spread(small, k, count, inner, memory)
                piece = window(memory, 0, count * inner)
            start = cycle + k * inner
            _beside(dense, first, second, results, start, count * inner, piece, parameters)


@lru_cache(maxsize=4096)
def repeating(x: tuple[int, ...], y: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Tell how one of two operands repeats beside the other, whose shape the result has.

    Returns:
        Beside how many neighbours each of its elements stands, and the shape of the result; 0 where
        it repeats in another way than rows, columns, or the numbers of channels do.
    """
    for shape, small in ((x, y), (y, x)):
        inner = _neighbours(shape, small)
        if inner:
            return inner, shape
    return 0, ()


def _neighbours(shape: tuple[int, ...], small: tuple[int, ...]) -> int:
    if len(small) > len(shape) or 0 in shape:
        return 0
    sizes = (1,) * (len(shape) - len(small)) + small
    kept = [dim for dim, size in enumerate(sizes) if size != 1]
    # Sizes of 1 may stand at the ends only.
    if not kept or sizes[kept[0] : kept[-1] + 1] != shape[kept[0] : kept[-1] + 1]:
        return 0
    return math.prod(shape[kept[-1] + 1 :])


FLAT = {1: flat_1, 2: flat_2, 3: flat_3}
_OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}


@cache
def flat_entry(
    operands: tuple[np.dtype[Any], ...],
    result: np.dtype[Any],
    parameters: int,
    ranks: tuple[int, ...],
    repeats: bool = False,
) -> Entry:
    """Give what calls a dense loop, by its address, with dense arrays of these ranks.

    Args:
        operands: their dtypes.
        result: that of the result.
        parameters: how many further numbers the loop takes.
        ranks: of each operand, then of the result.
        repeats: the smaller of two operands repeats; what stands before the parameters is how many
            neighbours `repeating` gives.
    """
    kernel = cached(njit(**_OPTIONS)(repeats_2 if repeats else FLAT[len(operands)]))
    if not hasattr(kernel, "overloads"):  # Numba compiles nothing: NUMBA_DISABLE_JIT=1.
        plain: Entry = kernel
        return plain
    arrays = [
        types.Array(from_dtype(dtype), rank, "C")
        for dtype, rank in zip((*operands, result), ranks, strict=True)
    ]
    inner = (types.intp,) * repeats
    numbers = types.UniTuple(types.float64, parameters)
    return entry_point(kernel, (types.intp, *arrays, *inner, numbers))
