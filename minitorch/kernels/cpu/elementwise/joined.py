"""Two small dense arrays joined by one call of compiled code."""

from __future__ import annotations

from functools import cache, lru_cache
from math import prod
from typing import Any

import numpy as np
from numba import njit, types
from numba.np.numpy_support import from_dtype

from ...._jit import cached, entry_point
from .access import load, store
from .entries import Entry
from .flat import flat

# Beyond so many elements the call is not what costs.
MOST = 1 << 14

Shape = tuple[int, ...]


def join_2(a, b, out, width, other_width):  # type: ignore[no-untyped-def]
    """Put pieces of two dense arrays side by side, in turns."""
    first, second, result = flat(a), flat(b), flat(out)
    step = width + other_width
    for piece in range(result.size // step):
        at = piece * step
        for i in range(width):
            store(result, at + i, load(first, piece * width + i))
        for i in range(other_width):
            store(result, at + width + i, load(second, piece * other_width + i))


@cache
def entry_of(dtype: np.dtype[Any], rank: int, result_rank: int) -> Entry:
    """Give what joins two dense arrays of a rank into a third; it checks nothing."""
    kernel = cached(njit(error_model="numpy")(join_2))
    if not hasattr(kernel, "overloads"):  # Numba compiles nothing: NUMBA_DISABLE_JIT=1.
        plain: Entry = kernel
        return plain
    number = from_dtype(dtype)
    operand, result = (types.Array(number, own, "C") for own in (rank, result_rank))
    return entry_point(kernel, (operand, operand, result, types.intp, types.intp))


@lru_cache(maxsize=4096)
def joined(
    dtype: np.dtype[Any], shape: Shape, other: Shape, dim: int, is_new: bool
) -> tuple[Entry, Shape, int, int] | None:
    """Tell how to join two dense arrays of one dtype.

    Args:
        dtype: of the elements.
        shape: of the first array.
        other: of the second one.
        dim: the dimension.
        is_new: it is a new one.

    Returns:
        What is called with both arrays, the result and two widths; the shape of the result; the
        widths. None where there is no such way.
    """
    rank = len(shape) + is_new
    if not -rank <= dim < rank or dtype == np.float16:  # Numba has no float16.
        return None
    dim %= rank
    rest = shape[dim + (not is_new) :]
    if shape[:dim] != other[:dim] or rest != other[dim + (not is_new) :]:
        return None
    if len(shape) != len(other) or not 0 < prod(shape) + prod(other) <= MOST:
        return None
    size = 2 if is_new else shape[dim] + other[dim]
    whole = (*shape[:dim], size, *rest)
    entry = entry_of(dtype, len(shape), rank)
    return entry, whole, prod(shape[dim:]), prod(other[dim:])
