"""Module 2: higher-order operations on whole tensors, and the textbook backend SimpleOps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np

from . import operators
from .errors import CourseShapeError, IndexingError
from .tensor_data import (
    MAX_DIMS,
    Shape,
    Storage,
    Strides,
    UserShape,
    broadcast_index,
    index_to_position,
    shape_broadcast,
    to_index,
)

if TYPE_CHECKING:
    from .tensor import Tensor


class MapProto(Protocol):
    """A function of one tensor, elementwise."""

    def __call__(self, x: Tensor, out: Tensor | None = None, /) -> Tensor:
        """Apply the function to x; into out, to which x may broadcast, if that is given."""


class TensorOps:
    """What a backend consists of: each method turns a function of floats into one of tensors."""

    cuda = False

    @staticmethod
    def map(fn: Callable[[float], float]) -> MapProto:
        """Make a function `m(a, out=None)` that applies fn to each element of a."""
        raise NotImplementedError("TensorOps.map: a backend must define it.")

    @staticmethod
    def cmap(fn: Callable[[float], float]) -> MapProto:
        """Make the same as `map`, under the name of an older year of the course."""
        raise NotImplementedError("TensorOps.cmap: a backend must define it.")

    @staticmethod
    def zip(fn: Callable[[float, float], float]) -> Callable[[Tensor, Tensor], Tensor]:
        """Make a function `z(a, b)` that combines two tensors, which may broadcast."""
        raise NotImplementedError("TensorOps.zip: a backend must define it.")

    @staticmethod
    def reduce(
        fn: Callable[[float, float], float], start: float = 0.0
    ) -> Callable[[Tensor, int], Tensor]:
        """Make a function `r(a, dim)` that folds a dimension, which stays with size 1."""
        raise NotImplementedError("TensorOps.reduce: a backend must define it.")

    @staticmethod
    def matrix_multiply(a: Tensor, b: Tensor) -> Tensor:
        """Multiply two (batches of) matrices."""
        raise NotImplementedError("TensorOps.matrix_multiply: a backend must define it.")


class TensorBackend:
    """The tensor functions that one kind of TensorOps gives, built once.

    Args:
        ops: SimpleOps, FastOps or CudaOps.
    """

    def __init__(self, ops: type[TensorOps]) -> None:
        self.neg_map = ops.map(operators.neg)
        self.sigmoid_map = ops.map(operators.sigmoid)
        self.relu_map = ops.map(operators.relu)
        self.log_map = ops.map(operators.log)
        self.exp_map = ops.map(operators.exp)
        self.id_map = ops.map(operators.id)
        self.id_cmap = ops.cmap(operators.id)
        self.inv_map = ops.map(operators.inv)

        self.add_zip = ops.zip(operators.add)
        self.mul_zip = ops.zip(operators.mul)
        self.lt_zip = ops.zip(operators.lt)
        self.eq_zip = ops.zip(operators.eq)
        self.is_close_zip = ops.zip(operators.is_close)
        self.relu_back_zip = ops.zip(operators.relu_back)
        self.log_back_zip = ops.zip(operators.log_back)
        self.inv_back_zip = ops.zip(operators.inv_back)

        self.add_reduce = ops.reduce(operators.add, 0.0)
        self.mul_reduce = ops.reduce(operators.mul, 1.0)

        self.matrix_multiply = ops.matrix_multiply
        self.cuda = ops.cuda


class SimpleOps(TensorOps):
    """The operations in plain Python: slow, and the reference for all others."""

    is_cuda = False

    @staticmethod
    def map(fn: Callable[[float], float]) -> MapProto:
        """Make a function that applies fn to each element of a tensor."""
        kernel = tensor_map(fn)

        def mapped(a: Tensor, out: Tensor | None = None) -> Tensor:
            out = map_output(a, out)
            kernel(*out.tuple(), *a.tuple())
            return out

        return mapped

    cmap = map

    @staticmethod
    def zip(fn: Callable[[float, float], float]) -> Callable[[Tensor, Tensor], Tensor]:
        """Make a function that combines the elements of two tensors."""
        kernel = tensor_zip(fn)

        def zipped(a: Tensor, b: Tensor) -> Tensor:
            out = a.zeros(shape_broadcast(a.shape, b.shape))
            kernel(*out.tuple(), *a.tuple(), *b.tuple())
            return out

        return zipped

    @staticmethod
    def reduce(
        fn: Callable[[float, float], float], start: float = 0.0
    ) -> Callable[[Tensor, int], Tensor]:
        """Make a function that folds a dimension of a tensor."""
        kernel = tensor_reduce(fn)

        def reduced(a: Tensor, dim: int) -> Tensor:
            dim = checked_dim(a, dim)
            out = reduce_output(a, dim, start)
            kernel(*out.tuple(), *a.tuple(), dim)
            return out

        return reduced

    @staticmethod
    def matrix_multiply(a: Tensor, b: Tensor) -> Tensor:
        """Multiply two (batches of) matrices: products by broadcasting, summed up.

        Args:
            a: (..., n, k).
            b: (..., k, m); the dimensions in front broadcast.

        Returns:
            (..., n, m).

        Raises:
            CourseShapeError: (an AssertionError) the inner sizes differ.
        """
        shape = matmul_shape(a.shape, b.shape)
        products = a.backend.mul_zip(_insert_dim(a, a.dims), _insert_dim(b, b.dims - 2))
        sums = a.backend.add_reduce(products, products.dims - 2)
        return sums.make(sums._tensor._storage, shape, backend=a.backend)


def _insert_dim(a: Tensor, dim: int) -> Tensor:
    """Show a tensor's storage with a further dimension of size 1."""
    shape, strides = a._tensor.shape, a._tensor.strides
    return a.make(
        a._tensor._storage,
        (*shape[:dim], 1, *shape[dim:]),
        (*strides[:dim], 1, *strides[dim:]),
        backend=a.backend,
    )


# Checks and outputs that the backends share: everything is known before a kernel starts, because
# a compiled kernel checks nothing.


def map_output(a: Tensor, out: Tensor | None) -> Tensor:
    """Give the tensor that a map writes: `out`, if a broadcasts to it, or else a new one."""
    if out is None:
        return a.zeros(a.shape)
    if shape_broadcast(out.shape, a.shape) != out.shape:
        raise CourseShapeError(
            f"map: input shape {a.shape} does not broadcast to output {out.shape}."
        )
    return out


def checked_dim(a: Tensor, dim: int) -> int:
    """Count a negative dimension from the right.

    Raises:
        IndexingError: the tensor has no such dimension.
    """
    if not -a.dims <= dim < a.dims:
        raise IndexingError(
            f"Dimension {dim} is out of range for a tensor of shape {a.shape}, which has the "
            f"dimensions {-a.dims} to {a.dims - 1}."
        )
    return dim % a.dims


def reduce_output(a: Tensor, dim: int, start: float) -> Tensor:
    """Make the tensor that a reduction of `dim` folds into, filled with the start value."""
    out = a.zeros((*a.shape[:dim], 1, *a.shape[dim + 1 :]))
    if start != 0.0:
        out._tensor._storage[:] = start
    return out


def matmul_shape(a_shape: UserShape, b_shape: UserShape) -> UserShape:
    """Give the shape of a matrix product, batch dimensions broadcast.

    Raises:
        CourseShapeError: (an AssertionError) a vector, or inner sizes that differ.
        IndexingError: the batch dimensions do not broadcast.
    """
    if len(a_shape) < 2 or len(b_shape) < 2:
        raise CourseShapeError(
            f"matmul needs matrices or batches of them, got {a_shape} @ {b_shape}."
        )
    if a_shape[-1] != b_shape[-2]:
        raise CourseShapeError(
            f"matmul needs the last size of the left ({a_shape[-1]}) to equal the second-last of "
            f"the right ({b_shape[-2]}), got {a_shape} @ {b_shape}."
        )
    batch = shape_broadcast(a_shape[:-2], b_shape[:-2])
    return (*batch, a_shape[-2], b_shape[-1])


# Task 2.3: the low-level functions.


def tensor_map(
    fn: Callable[[float], float],
) -> Callable[[Storage, Shape, Strides, Storage, Shape, Strides], None]:
    """Make a low-level map; the input may broadcast to the output.

    Returns:
        A function of the output's storage, shape and strides, and the input's.
    """

    def _map(
        out: Storage,
        out_shape: Shape,
        out_strides: Strides,
        in_storage: Storage,
        in_shape: Shape,
        in_strides: Strides,
    ) -> None:
        out_index = np.zeros(MAX_DIMS, np.int32)
        in_index = np.zeros(MAX_DIMS, np.int32)
        for ordinal in range(_size(out_shape)):
            to_index(ordinal, out_shape, out_index)
            broadcast_index(out_index, out_shape, in_shape, in_index)
            value = in_storage[index_to_position(in_index, in_strides)]
            out[index_to_position(out_index, out_strides)] = fn(value)

    return _map


def tensor_zip(
    fn: Callable[[float, float], float],
) -> Callable[[Storage, Shape, Strides, Storage, Shape, Strides, Storage, Shape, Strides], None]:
    """Make a low-level zip; both inputs may broadcast to the output.

    Returns:
        A function of the output's storage, shape and strides, and those of the two inputs.
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
        out_index = np.zeros(MAX_DIMS, np.int32)
        a_index = np.zeros(MAX_DIMS, np.int32)
        b_index = np.zeros(MAX_DIMS, np.int32)
        for ordinal in range(_size(out_shape)):
            to_index(ordinal, out_shape, out_index)
            broadcast_index(out_index, out_shape, a_shape, a_index)
            broadcast_index(out_index, out_shape, b_shape, b_index)
            a_value = a_storage[index_to_position(a_index, a_strides)]
            b_value = b_storage[index_to_position(b_index, b_strides)]
            out[index_to_position(out_index, out_strides)] = fn(a_value, b_value)

    return _zip


def tensor_reduce(
    fn: Callable[[float, float], float],
) -> Callable[[Storage, Shape, Strides, Storage, Shape, Strides, int], None]:
    """Make a low-level reduction, which folds into what the output already holds.

    Returns:
        A function of the output's storage, shape and strides (size 1 in the folded dimension),
        the input's, and the number of that dimension.
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
        index = np.zeros(MAX_DIMS, np.int32)
        for ordinal in range(_size(out_shape)):
            to_index(ordinal, out_shape, index)
            position = index_to_position(index, out_strides)
            start = index_to_position(index, a_strides)
            for i in range(a_shape[reduce_dim]):
                value = a_storage[start + i * a_strides[reduce_dim]]
                out[position] = fn(value, out[position])

    return _reduce


def _size(shape: Shape) -> int:
    return int(operators.prod(shape))


SimpleBackend = TensorBackend(SimpleOps)
