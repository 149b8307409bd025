"""The loops of products of a matrix and a vector, and of matrices of integers or bool.

Addresses and steps are as in `loops.py`.
"""

from __future__ import annotations

from typing import Any

from numba import njit, prange

from .microkernel import add_row, add_rows, address, dot, load, store

# The terms of a dot product, or the elements of a column, that are treated at a time.
STRETCH = 2048

_helper = njit(error_model="numpy")
_kernel = njit(error_model="numpy")
_parallel = njit(error_model="numpy", parallel=True)


# ---- a matrix and a vector


@_helper
def _dense(like: Any, target: Any, source: Any, step: Any, size: Any, count: Any) -> Any:
    """Give the address of dense elements: where they lie, or where they are copied to."""
    if step == size:
        return source
    for i in range(count):
        store(target + i * size, load(like, source + i * step))
    return target


@_kernel
def dot_rows(
    a: Any,
    x: Any,
    out: Any,
    work: Any,
    alpha: Any,
    accumulate: Any,
    first: Any,
    last: Any,
    tasks: Any,
) -> None:
    """Compute out = alpha * a @ x, plus out where accumulate is 1, a row at a time."""
    size = a.itemsize
    rows, depth = a.shape
    a_start, a_row, a_step = address(a), a.strides[0], a.strides[1]
    x_start, x_step = address(x), x.strides[0]
    for task in range(first, last):
        place = work + task * 2 * STRETCH * size
        for i in range(rows * task // tasks, rows * (task + 1) // tasks):
            total = 0.0
            for p in range(0, depth, STRETCH):
                count = min(STRETCH, depth - p)
                row = _dense(alpha, place, a_start + i * a_row + p * a_step, a_step, size, count)
                column = _dense(
                    alpha, place + STRETCH * size, x_start + p * x_step, x_step, size, count
                )
                total += dot(alpha, row, column, count)
            value = alpha * type(alpha)(total)
            out[i] = out[i] + value if accumulate else value


@_kernel
def add_columns(
    a: Any,
    x: Any,
    out: Any,
    work: Any,
    alpha: Any,
    accumulate: Any,
    first: Any,
    last: Any,
    tasks: Any,
) -> None:
    """Compute what `dot_rows` does, a column at a time; columns of a and out are dense.

    It needs no workspace: `work` is there for the order of the arguments.
    """
    size = a.itemsize
    rows, depth = a.shape
    step = a.strides[1]
    a_start, out_start = address(a), address(out)
    pieces = (rows + STRETCH - 1) // STRETCH
    pieces = max(pieces, tasks) if rows >= 64 * tasks else pieces
    for piece in range(pieces * first // tasks, pieces * last // tasks):
        row, end = rows * piece // pieces, rows * (piece + 1) // pieces
        count = end - row
        target = out_start + row * size
        if not accumulate:
            for i in range(row, end):
                out[i] = 0
        source = a_start + row * size
        for p in range(0, depth - 3, 4):
            factors = (alpha * x[p], alpha * x[p + 1], alpha * x[p + 2], alpha * x[p + 3])
            add_rows(factors, target, source + p * step, count, step)
        for p in range(depth - depth % 4, depth):
            add_row(alpha * x[p], target, source + p * step, count)


# ---- every type that is no float


@_parallel
def plain(a: Any, b: Any, out: Any) -> None:
    """Add a @ b to out, where integers wrap around."""
    for i in prange(a.shape[0]):
        for p in range(a.shape[1]):
            factor = a[i, p]
            for j in range(b.shape[1]):
                out[i, j] += factor * b[p, j]


@_parallel
def logical(a: Any, b: Any, out: Any) -> None:
    """Set out where some pair of elements of a row and a column is true."""
    for i in prange(a.shape[0]):
        for p in range(a.shape[1]):
            if a[i, p]:
                for j in range(b.shape[1]):
                    out[i, j] |= b[p, j]
