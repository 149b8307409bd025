"""Module 3: tensor operations compiled by Numba, parallel on large tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, prange

from . import tensor_data
from ._jit import SizedKernel
from .tensor_data import Shape, Storage, Strides, shape_broadcast
from .tensor_ops import MapProto, TensorOps, checked_dim, map_output, matmul_shape, reduce_output

if TYPE_CHECKING:
    from .tensor import Tensor

# The bands of rows and blocks of columns and of the inner dimension that one step of the matrix
# product works on: a block of the right matrix (128 x 128 x 8 bytes) stays in the level-2 cache.
BAND = 64
BLOCK = 128


broadcast_position = njit()(tensor_data.broadcast_position)


class FastOps(TensorOps):
    """The operations as compiled kernels; the body that runs is always the one in this file."""

    @staticmethod
    def map(fn: Callable[[float], float]) -> MapProto:
        """Make a function that applies fn to each element of a tensor."""
        kernel = SizedKernel(lambda: tensor_map(_compiled(fn)))

        def mapped(a: Tensor, out: Tensor | None = None) -> Tensor:
            out = map_output(a, out)
            kernel.for_size(out.size)(*out.tuple(), *a.tuple())
            return out

        return mapped

    cmap = map

    @staticmethod
    def zip(fn: Callable[[float, float], float]) -> Callable[[Tensor, Tensor], Tensor]:
        """Make a function that combines the elements of two tensors."""
        kernel = SizedKernel(lambda: tensor_zip(_compiled(fn)))

        def zipped(a: Tensor, b: Tensor) -> Tensor:
            out = a.zeros(shape_broadcast(a.shape, b.shape))
            kernel.for_size(out.size)(*out.tuple(), *a.tuple(), *b.tuple())
            return out

        return zipped

    @staticmethod
    def reduce(
        fn: Callable[[float, float], float], start: float = 0.0
    ) -> Callable[[Tensor, int], Tensor]:
        """Make a function that folds a dimension of a tensor."""
        kernel = SizedKernel(lambda: tensor_reduce(_compiled(fn)))

        def reduced(a: Tensor, dim: int) -> Tensor:
            dim = checked_dim(a, dim)
            out = reduce_output(a, dim, start)
            kernel.for_size(a.size)(*out.tuple(), *a.tuple(), dim)
            return out

        return reduced

    @staticmethod
    def matrix_multiply(a: Tensor, b: Tensor) -> Tensor:
        """Multiply two (batches of) matrices.

        Args:
            a: (..., n, k).
            b: (..., k, m); the dimensions in front broadcast.

        Returns:
            (..., n, m).

        Raises:
            CourseShapeError: (an AssertionError) the inner sizes differ.
        """
        out = a.zeros(matmul_shape(a.shape, b.shape))
        # One element of a map costs about as much as eight multiply-adds.
        work = out.size * a.shape[-1] // 8
        _matrix_multiply.for_size(work)(*out.tuple(), *a.tuple(), *b.tuple())
        return out


def _compiled(fn: Callable[..., float]) -> Any:
    """Compile an operator, with floating-point's own 1 / 0 = inf instead of an error.

    An error cannot leave a parallel loop in good order, and a GPU has none either.
    """
    return njit(error_model="numpy")(fn)


@njit()
def is_aligned(
    a: Storage, a_shape: Shape, a_strides: Strides, b: Storage, b_shape: Shape, b_strides: Strides
) -> bool:
    """Tell whether equal indices of two tensors have equal positions in storages of equal size."""
    if len(a) != len(b) or len(a_shape) != len(b_shape):
        return False
    for dim in range(len(a_shape)):
        if a_shape[dim] != b_shape[dim] or a_strides[dim] != b_strides[dim]:
            return False
    return True


@njit()
def row_step(shape: Shape, strides: Strides) -> int:
    """Give the distance of neighbours along the last dimension, 0 where that is broadcast."""
    if len(shape) == 0 or shape[-1] == 1:
        return 0
    return strides[-1]


@njit()
def size_of(shape: Shape) -> int:
    """Give the number of elements of a shape."""
    size = 1
    for n in shape:
        size *= n
    return size


# Task 3.1: the low-level functions. A kernel treats whole rows (the last dimension) in its inner
# loop, so that positions are worked out once per row, and rows in parallel.


def tensor_map(fn: Callable[[float], float]) -> Any:
    """Make a compiled low-level map; the input may broadcast to the output.

    Args:
        fn: a compiled function of a float.

    Returns:
        A Numba function of the output's storage, shape and strides, and the input's.
    """

    def _map(
        out: Storage,
        out_shape: Shape,
        out_strides: Strides,
        in_storage: Storage,
        in_shape: Shape,
        in_strides: Strides,
    ) -> None:
        if is_aligned(out, out_shape, out_strides, in_storage, in_shape, in_strides):
            for i in prange(len(out)):
                out[i] = fn(in_storage[i])
        else:
            size = size_of(out_shape)
            width = out_shape[-1] if len(out_shape) > 0 else 1
            out_step = row_step(out_shape, out_strides)
            in_step = row_step(in_shape, in_strides)
            for row in prange(size // max(width, 1)):
                to = broadcast_position(row * width, out_shape, out_shape, out_strides)
                at = broadcast_position(row * width, out_shape, in_shape, in_strides)
                for i in range(width):
                    out[to + i * out_step] = fn(in_storage[at + i * in_step])

    return njit(parallel=True)(_map)


def tensor_zip(fn: Callable[[float, float], float]) -> Any:
    """Make a compiled low-level zip; both inputs may broadcast to the output.

    Args:
        fn: a compiled function of two floats.

    Returns:
        A Numba function of the output's storage, shape and strides, and those of the two inputs.
    """

    def _zip(
        out: Storage,
        out_shape: Shape,
        out_strides: Strides,
        a_storage: Storage,
        a_shape: Shape,
        a_strides: Strides,
        b_storage: Storage,
        b_shape: Shape,
        b_strides: Strides,
    ) -> None:
        if is_aligned(out, out_shape, out_strides, a_storage, a_shape, a_strides) and is_aligned(
            out, out_shape, out_strides, b_storage, b_shape, b_strides
        ):
            for i in prange(len(out)):
                out[i] = fn(a_storage[i], b_storage[i])
        else:
            size = size_of(out_shape)
            width = out_shape[-1] if len(out_shape) > 0 else 1
            out_step = row_step(out_shape, out_strides)
            a_step = row_step(a_shape, a_strides)
            b_step = row_step(b_shape, b_strides)
            for row in prange(size // max(width, 1)):
                to = broadcast_position(row * width, out_shape, out_shape, out_strides)
                a_at = broadcast_position(row * width, out_shape, a_shape, a_strides)
                b_at = broadcast_position(row * width, out_shape, b_shape, b_strides)
                for i in range(width):
                    out[to + i * out_step] = fn(
                        a_storage[a_at + i * a_step], b_storage[b_at + i * b_step]
                    )

    return njit(parallel=True)(_zip)


def tensor_reduce(fn: Callable[[float, float], float]) -> Any:
    """Make a compiled low-level reduction, which folds into what the output already holds.

    Args:
        fn: a compiled function of two floats.

    Returns:
        A Numba function of the output's storage, shape and strides (size 1 in the folded
        dimension), the input's, and the number of that dimension.
    """

    def _reduce(
        out: Storage,
        out_shape: Shape,
        out_strides: Strides,
        a_storage: Storage,
        a_shape: Shape,
        a_strides: Strides,
        reduce_dim: int,
    ) -> None:
        count = a_shape[reduce_dim]
        step = a_strides[reduce_dim]
        # Each iteration owns one element of the output.
        for ordinal in prange(size_of(out_shape)):
            to = broadcast_position(ordinal, out_shape, out_shape, out_strides)
            at = broadcast_position(ordinal, out_shape, out_shape, a_strides)
            result = out[to]
            for i in range(count):
                result = fn(a_storage[at + i * step], result)
            out[to] = result

    return njit(parallel=True)(_reduce)


# Task 3.2: matrix multiplication.


def _tensor_matrix_multiply(
    out: Storage,
    out_shape: Shape,
    out_strides: Strides,
    a_storage: Storage,
    a_shape: Shape,
    a_strides: Strides,
    b_storage: Storage,
    b_shape: Shape,
    b_strides: Strides,
) -> None:
    """Multiply batches of matrices.

    Each parallel iteration owns a band of rows of one product. It goes through blocks of the right
    matrix, copies each to contiguous memory, and adds the block's share to the band.

    Args:
        out: storage, shape (..., n, m) and strides of the product.
        out_shape: see out.
        out_strides: see out.
        a_storage: the same of the left matrices, (..., n, k), whose batch may broadcast.
        a_shape: see a_storage.
        a_strides: see a_storage.
        b_storage: the same of the right matrices, (..., k, m), whose batch may broadcast.
        b_shape: see b_storage.
        b_strides: see b_storage.
    """
    n, m, k = out_shape[-2], out_shape[-1], a_shape[-1]
    a_row, a_column = a_strides[-2], a_strides[-1]
    b_row, b_column = b_strides[-2], b_strides[-1]
    batch_shape = out_shape[:-2]
    bands = (n + BAND - 1) // BAND
    for job in prange(size_of(batch_shape) * bands):
        batch = job // bands
        first_row = (job % bands) * BAND
        rows = min(BAND, n - first_row)
        to = broadcast_position(batch, batch_shape, batch_shape, out_strides[:-2])
        a_at = broadcast_position(batch, batch_shape, a_shape[:-2], a_strides[:-2])
        b_at = broadcast_position(batch, batch_shape, b_shape[:-2], b_strides[:-2])
        to += first_row * out_strides[-2]
        a_at += first_row * a_row
        block = np.empty((min(BLOCK, k), min(BLOCK, m)))
        for first_column in range(0, m, BLOCK):
            columns = min(BLOCK, m - first_column)
            band = np.zeros((rows, columns))
            for first_inner in range(0, k, BLOCK):
                depth = min(BLOCK, k - first_inner)
                for p in range(depth):
                    at = b_at + (first_inner + p) * b_row + first_column * b_column
                    for j in range(columns):
                        block[p, j] = b_storage[at + j * b_column]
                add_product(
                    band, a_storage, a_at + first_inner * a_column, a_row, a_column, block, depth
                )
            for i in range(rows):
                at = to + i * out_strides[-2] + first_column * out_strides[-1]
                for j in range(columns):
                    out[at + j * out_strides[-1]] = band[i, j]


@njit(fastmath={"contract"})
def add_product(
    band: Storage,
    a_storage: Storage,
    a_at: int,
    a_row: int,
    a_column: int,
    block: Storage,
    depth: int,
) -> None:
    """Add to a band the product of a piece of the left matrix with a block of the right one.

    The innermost loop runs along contiguous rows, four inner steps at a time, which saves three of
    four loads and stores of the band.
    """
    rows, columns = band.shape
    in_fours = depth - depth % 4
    for i in range(rows):
        at = a_at + i * a_row
        for p in range(0, in_fours, 4):
            a_0 = a_storage[at + p * a_column]
            a_1 = a_storage[at + (p + 1) * a_column]
            a_2 = a_storage[at + (p + 2) * a_column]
            a_3 = a_storage[at + (p + 3) * a_column]
            for j in range(columns):
                band[i, j] += (
                    a_0 * block[p, j]
                    + a_1 * block[p + 1, j]
                    + a_2 * block[p + 2, j]
                    + a_3 * block[p + 3, j]
                )
        for p in range(in_fours, depth):
            a_0 = a_storage[at + p * a_column]
            for j in range(columns):
                band[i, j] += a_0 * block[p, j]


tensor_matrix_multiply = njit(parallel=True)(_tensor_matrix_multiply)
_matrix_multiply = SizedKernel(lambda: tensor_matrix_multiply)
