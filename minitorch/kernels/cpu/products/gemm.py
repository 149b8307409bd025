"""Products of matrices and vectors over NumPy arrays of any layout.

float32 and float64 go through the packed kernels of `loops.py`, float16 through those of
float32 with one rounding at the end; integers and bool go through plain loops.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numba.core import config
from numpy.typing import NDArray

from ....errors import DTypeError, LayoutError, ShapeError
from ..layouts.layout import broadcast_shapes
from .dispatch import (
    LEAST_BYTES,
    MOST_SMALL,
    multiply_batches,
    multiply_matrices,
    multiply_plainly,
    small_entries,
    workspace,
)
from .vectors import small_product

Array = NDArray[Any]
_Dtype = np.dtype[Any]


def matmul(a: Array, b: Array, out: Array | None = None) -> Array:
    """Multiply matrices, vectors, or batches of matrices, which broadcast.

    Args:
        a: (..., m, k), or (k).
        b: (..., k, n), or (k), of the dtype of a.
        out: where to put the result; it must not overlap the operands.

    Returns:
        (..., m, n), without m where a is a vector and without n where b is one. Sums over k of 0
        terms are 0. Integers wrap around; float16 is computed in float32 and rounded once.

    Raises:
        ShapeError: the shapes do not fit each other or out.
        DTypeError: the dtypes differ, or are no number's.
        LayoutError: out is read-only or overlaps an operand or itself.
    """
    if out is None and a.ndim == 2 and b.ndim == 2:
        # Most products are small: for these every check costs as much as the work.
        dtype = a.dtype
        entry = small_entries.get(dtype)
        rows, depth = a.shape
        inner, columns = b.shape
        if (
            entry is not None
            and b.dtype is dtype
            and depth == inner
            and rows > 1 < columns
            and 0 < rows * columns * depth <= MOST_SMALL
        ):
            out = np.empty((rows, columns), dtype)
            entry(a, b, out, workspace(LEAST_BYTES), 1.0, 0, 0, 1, 1)
            return out
    if out is None and 0 < a.ndim < 3 and (b.ndim == 1 or (b.ndim == 2 and b.shape[1] == 1)):
        small = small_product(a, b)
        if small is not None:
            return small
    dtype = _checked_dtype("matmul", a, b)
    shape = _product_shape(a, b)
    if out is None:
        out = np.empty(shape, dtype)
    else:
        _check_out("matmul", out, shape, dtype, (a, b))
    _multiply(a, b, out, 1, False)
    return out


def addmm(
    input: Array, a: Array, b: Array, beta: float = 1, alpha: float = 1, out: Array | None = None
) -> Array:
    """Compute beta * input + alpha * a @ b.

    Args:
        input: broadcasts to (m, n); where beta is 0 its values, NaN included, do not count.
        a: (m, k).
        b: (k, n).
        beta: factor of input; a whole number for integers.
        alpha: factor of the product; a whole number for integers.
        out: (m, n), where to put the result; it may be input, but must not overlap a or b.

    Raises:
        ShapeError, DTypeError, LayoutError: as `matmul`.
    """
    return _add_product("addmm", 2, input, a, b, beta, alpha, out)


def baddbmm(
    input: Array, a: Array, b: Array, beta: float = 1, alpha: float = 1, out: Array | None = None
) -> Array:
    """Compute beta * input + alpha * a @ b for each matrix of a batch.

    Args:
        input: broadcasts to (batch, m, n).
        a: (batch, m, k).
        b: (batch, k, n).
        beta: as in `addmm`.
        alpha: as in `addmm`.
        out: (batch, m, n), as in `addmm`.

    Raises:
        ShapeError, DTypeError, LayoutError: as `matmul`.
    """
    return _add_product("baddbmm", 3, input, a, b, beta, alpha, out)


# ---- checks


def _checked_dtype(name: str, *arrays: Array) -> _Dtype:
    """Check that all arrays have the same dtype, one of numbers, and give it."""
    dtype = arrays[0].dtype
    for array in arrays:
        if array.dtype is not dtype and array.dtype != dtype:
            received = ", ".join(str(array.dtype) for array in arrays)
            raise DTypeError(f"{name} needs operands of one dtype, got {received}.")
    if dtype.char not in "fdlqibBhe?" or not dtype.isnative:
        raise DTypeError(
            f"{name} takes bool, uint8, int8 to int64 and float16 to float64, got {dtype}."
        )
    return dtype


def _mismatch(name: str, a: Array, b: Array) -> ShapeError:
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    return ShapeError(
        f"{name}: shapes {a.shape} and {b.shape} do not fit: the last size of the first is "
        f"{a.shape[-1]}, and the second has {inner} rows. Try a transpose."
    )


def _product_shape(a: Array, b: Array) -> tuple[int, ...]:
    """Give the shape of a product of which an operand is a vector or a batch."""
    if a.ndim == 0 or b.ndim == 0:
        raise ShapeError(
            f"matmul needs at least one dimension, got shapes {a.shape} and {b.shape}. "
            "Try a plain multiplication."
        )
    if a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise _mismatch("matmul", a, b)
    leading = broadcast_shapes("matmul", [a.shape[:-2], b.shape[:-2]])
    return leading + a.shape[-2:-1] + (b.shape[-1:] if b.ndim > 1 else ())


def _check_out(
    name: str, out: Array, shape: tuple[int, ...], dtype: _Dtype, operands: tuple[Array, ...]
) -> None:
    if out.dtype != dtype:
        raise DTypeError(f"{name} gives {dtype}, which does not fit out of {out.dtype}.")
    if out.shape != shape:
        raise ShapeError(f"{name} gives shape {shape}, which does not fit out {out.shape}.")
    if not out.flags.writeable:
        raise LayoutError(f"{name}: out is read-only.")
    if _overlaps_itself(out):
        raise LayoutError(
            f"{name}: elements of out (shape {shape}, strides {out.strides}) lie in the same "
            "memory. Try an out of its own, as np.empty makes it."
        )
    if any(_overlap(out, operand) for operand in operands):
        raise LayoutError(f"{name}: out overlaps an operand in memory. Try another out.")


def _overlap(x: Array, y: Array) -> bool:
    """Tell whether two arrays share memory; where that is hard to find out, assume it."""
    if not np.may_share_memory(x, y):
        return False
    try:
        return np.shares_memory(x, y, max_work=cast(Any, 10_000))
    except np.exceptions.TooHardError:
        return True


def _overlaps_itself(array: Array) -> bool:
    """Tell whether steps in one dimension are shorter than what the inner ones span."""
    if array.flags.c_contiguous or array.size == 0:
        return False
    span = array.itemsize
    steps = ((abs(s), n) for s, n in zip(array.strides, array.shape, strict=True) if n > 1)
    for step, size in sorted(steps):
        if step < span:
            return True
        span += step * (size - 1)
    return False


# ---- the choice of a kernel


def _add_product(
    name: str,
    rank: int,
    input: Array,
    a: Array,
    b: Array,
    beta: float,
    alpha: float,
    out: Array | None,
) -> Array:
    """Compute beta * input + alpha * a @ b for operands of a rank."""
    dtype = _checked_dtype(name, input, a, b)
    if a.ndim != rank or b.ndim != rank:
        raise ShapeError(f"{name} needs {rank} dimensions, got shapes {a.shape} and {b.shape}.")
    if a.shape[-1] != b.shape[-2] or a.shape[:-2] != b.shape[:-2]:
        raise _mismatch(name, a, b)
    if dtype.kind == "b":
        raise DTypeError(f"{name} takes numbers, got bool.")
    if dtype.kind in "iu" and not (isinstance(beta, int) and isinstance(alpha, int)):
        raise DTypeError(
            f"{name}: beta and alpha must be whole numbers for {dtype}, got {beta} and {alpha}."
        )
    shape = (*a.shape[:-1], b.shape[-1])
    if broadcast_shapes(name, [shape, input.shape]) != shape:
        raise ShapeError(f"{name}: input of shape {input.shape} does not broadcast to {shape}.")
    if out is None:
        out = np.empty(shape, dtype)
    else:
        _check_out(name, out, shape, dtype, (a, b))
    if dtype == np.float16:
        input, a, b = (array.astype(np.float32) for array in (input, a, b))
        _round(_add_product(name, rank, input, a, b, beta, alpha, None), out)
        return out
    if beta != 0 and beta != 1:
        np.multiply(input, _wrapped(beta, dtype), out=out)
    elif beta == 1 and out is not input:
        np.copyto(out, input)
    _multiply(a, b, out, alpha, beta != 0)
    return out


def _wrapped(number: float, dtype: _Dtype) -> Array:
    """Make a number an element; an integer wraps around."""
    return np.asarray(number).astype(dtype)


def _round(wide: Array, out: Array) -> None:
    """Put float32 into float16, where large numbers become infinite."""
    with np.errstate(over="ignore"):
        np.copyto(out, wide, casting="same_kind")


def _multiply(a: Array, b: Array, out: Array, alpha: float, accumulate: bool) -> None:
    """Compute out = alpha * a @ b, plus out where accumulate holds, for checked operands."""
    if out.size == 0 or a.shape[-1] == 0:
        if not accumulate:
            out[...] = 0
        return
    if out.dtype == np.float16:
        _round(matmul(a.astype(np.float32), b.astype(np.float32)), out)
        return
    is_packed = out.dtype.kind == "f" and not config.DISABLE_JIT
    if not is_packed and alpha != 1:
        a = a * _wrapped(alpha, out.dtype)  # For integers exactly the same, as all wraps around.
    if a.ndim == 1:
        a, out = a[None], out[..., None, :] if b.ndim > 1 else out[..., None]
    if b.ndim == 1:
        b, out = b[:, None], out[..., None]
    if a.ndim > 2 and b.ndim == 2 and a.flags.c_contiguous and out.flags.c_contiguous:
        # A batch times one matrix is a single taller matrix times it.
        a, out = a.reshape(-1, a.shape[-1]), out.reshape(-1, out.shape[-1])
    if not is_packed:
        multiply_plainly(a, b, out, accumulate)
    elif out.ndim == 2:
        multiply_matrices(a, b, out, alpha, accumulate)
    else:
        multiply_batches(a, b, out, alpha, accumulate)
