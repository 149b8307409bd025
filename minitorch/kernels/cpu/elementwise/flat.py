"""Dense arrays of any rank as the flat ones that dense loops take."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic, overload
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import from_dtype

from ...._jit import cached, entry_point
from .access import call, window
from .entries import Entry


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


def rows_2(dense, a, b, out, parameters):  # type: ignore[no-untyped-def]
    """Treat each row of a with all of b, which repeats along the leading dimensions of a."""
    rows, row, results = flat(a), flat(b), flat(out)
    width = row.size
    for start in range(0, results.size, width):
        call(dense, (window(rows, start, width), row, window(results, start, width), parameters))


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
        repeats: the second of two operands is a row, or several, of the first.
    """
    kernel = cached(njit(**_OPTIONS)(rows_2 if repeats else FLAT[len(operands)]))
    if not hasattr(kernel, "overloads"):  # Numba compiles nothing: NUMBA_DISABLE_JIT=1.
        plain: Entry = kernel
        return plain
    arrays = [
        types.Array(from_dtype(dtype), rank, "C")
        for dtype, rank in zip((*operands, result), ranks, strict=True)
    ]
    return entry_point(kernel, (types.intp, *arrays, types.UniTuple(types.float64, parameters)))
