"""Module 2: the storage of a tensor, and how an index finds its place there."""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile, zip_longest
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from . import _cuda
from .errors import CourseShapeError
from .errors import IndexingError as IndexingError
from .operators import prod as prod

MAX_DIMS = 32

Storage: TypeAlias = npt.NDArray[np.float64]
OutIndex: TypeAlias = npt.NDArray[np.integer[Any]]
Index: TypeAlias = npt.NDArray[np.integer[Any]]
Shape: TypeAlias = npt.NDArray[np.integer[Any]]
Strides: TypeAlias = npt.NDArray[np.integer[Any]]
UserIndex: TypeAlias = Sequence[int]
UserShape: TypeAlias = tuple[int, ...]
UserStrides: TypeAlias = tuple[int, ...]

# Task 2.1: indices and positions.


def index_to_position(index: Index, strides: Strides) -> int:
    """Turn an index into its position in the storage.

    Args:
        index: one number per dimension.
        strides: how far a step in each dimension moves.
    """
    position = 0
    for i, stride in zip(index, strides):  # noqa: B905 (Numba knows no `strict`)
        position += i * stride
    return position


def to_index(ordinal: int, shape: Shape, out_index: OutIndex) -> None:
    """Turn an ordinal into the index that comes so far down the row-major order.

    Args:
        ordinal: from 0 to the size less one.
        shape: the sizes of the tensor.
        out_index: the index is written here.
    """
    # Adding 0 makes a new number: Numba forbids changing the variable of a parallel loop.
    rest = ordinal + 0
    for dim in range(len(shape) - 1, -1, -1):
        size = shape[dim]
        out_index[dim] = int(rest % size)
        rest = rest // size


def broadcast_index(big_index: Index, big_shape: Shape, shape: Shape, out_index: OutIndex) -> None:
    """Turn an index of a broadcast tensor into one of the smaller tensor behind it.

    Dimensions line up from the right; one of size 1 has only the index 0.

    Args:
        big_index: an index of the broadcast tensor.
        big_shape: its sizes.
        shape: the sizes of the smaller tensor.
        out_index: the index in the smaller tensor is written here.
    """
    offset = len(big_shape) - len(shape)
    for dim in range(len(shape)):
        out_index[dim] = big_index[dim + offset] if shape[dim] > 1 else 0


def broadcast_position(ordinal: int, big_shape: Shape, shape: Shape, strides: Strides) -> int:
    """Give the position in a smaller tensor of the element that it shows at an ordinal.

    The same as to_index, broadcast_index and index_to_position in turn, without the arrays between;
    the compiled backends use it.

    Args:
        ordinal: counted along the row-major order of the broadcast shape.
        big_shape: the broadcast shape.
        shape: the smaller tensor's shape; its dimensions line up from the right.
        strides: the smaller tensor's strides.
    """
    rest = ordinal + 0
    position = 0
    missing = len(big_shape) - len(shape)
    for dim in range(len(big_shape) - 1, -1, -1):
        i = rest % big_shape[dim]
        rest = rest // big_shape[dim]
        if dim >= missing and shape[dim - missing] > 1:
            position += i * strides[dim - missing]
    return position


def shape_broadcast(shape1: UserShape, shape2: UserShape) -> UserShape:
    """Give the shape to which two shapes broadcast, by NumPy's rule.

    Raises:
        IndexingError: two sizes differ, and neither is 1.
    """
    if shape1 == shape2:
        return tuple(shape1)
    sizes = []
    for dim, (a, b) in enumerate(zip_longest(reversed(shape1), reversed(shape2), fillvalue=1), 1):
        if a != b and a != 1 and b != 1:
            raise IndexingError(
                f"Cannot broadcast shapes {tuple(shape1)} and {tuple(shape2)}: dimension -{dim} "
                f"has sizes {a} and {b}. Sizes must be equal, or one of them 1."
            )
        sizes.append(b if a == 1 else a)
    return tuple(reversed(sizes))


def strides_from_shape(shape: UserShape) -> UserStrides:
    """Give the row-major strides of a shape, in elements."""
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


class TensorData:
    """A flat storage together with the shape and strides that make a tensor of it.

    Args:
        storage: a list of numbers, or an array, which is shared and not copied if it holds float64.
        shape: a tuple of sizes.
        strides: a tuple with the distance in the storage of two neighbours in each dimension; by
            default row-major.

    Raises:
        IndexingError: as many strides as sizes are needed.
        CourseShapeError: shape or strides are no tuples, the storage is longer or
            shorter than the shape says, or the strides lead out of it.
    """

    _strides: Strides
    _shape: Shape
    strides: UserStrides
    shape: UserShape
    dims: int
    size: int

    def __init__(
        self,
        storage: Sequence[float] | Storage,
        shape: UserShape,
        strides: UserStrides | None = None,
    ) -> None:
        if isinstance(storage, np.ndarray) or not _cuda.is_device_array(storage):
            storage = np.asarray(storage, dtype=np.float64)
        self._storage: Any = storage
        if strides is None:
            strides = strides_from_shape(shape)
        if not isinstance(shape, tuple) or not isinstance(strides, tuple):
            raise CourseShapeError(
                f"Shape and strides must be tuples, got {shape!r} and {strides!r}."
            )
        if len(strides) != len(shape):
            raise IndexingError(f"Strides {strides} and shape {shape} must have equal lengths.")
        self.shape = shape
        self.strides = strides
        self.dims = len(shape)
        self.size = math.prod(shape)
        if len(self._storage) != self.size:
            raise CourseShapeError(
                f"A tensor of shape {shape} holds {self.size} elements, the storage has "
                f"{len(self._storage)}."
            )
        last = sum((n - 1) * stride for n, stride in zip(shape, strides, strict=True))
        if self.size and (last >= self.size or min(strides, default=0) < 0):
            raise CourseShapeError(
                f"Strides {strides} of shape {shape} leave the storage of {self.size} elements."
            )
        self._shape = np.array(shape, dtype=np.int64)
        self._strides = np.array(strides, dtype=np.int64)

    def to_cuda_(self) -> None:
        """Move the storage to the GPU."""
        self._storage = _cuda.to_device(self._storage)

    def is_contiguous(self) -> bool:
        """Tell whether the strides never grow from left to right, as in row-major order."""
        return all(a >= b for a, b in zip(self.strides, self.strides[1:], strict=False))

    @staticmethod
    def shape_broadcast(shape_a: UserShape, shape_b: UserShape) -> UserShape:
        """Give the shape to which two shapes broadcast, by NumPy's rule."""
        return shape_broadcast(shape_a, shape_b)

    def index(self, index: int | UserIndex) -> int:
        """Give the position of an index in the storage.

        Raises:
            IndexingError: too few or many numbers, or one below 0 or beyond its dimension.
        """
        indices = index if isinstance(index, Iterable) else (index,)
        numbers = tuple(operator.index(i) for i in indices)
        if self.dims == 0 and numbers == (0,):
            # A 0-dimensional tensor may be read like one of shape (1,).
            return 0
        if len(numbers) != self.dims:
            raise IndexingError(
                f"Index {numbers} has {len(numbers)} numbers, a tensor of shape {self.shape} "
                f"needs {self.dims}."
            )
        for dim, (i, size) in enumerate(zip(numbers, self.shape, strict=True)):
            if not 0 <= i < size:
                raise IndexingError(
                    f"Index {numbers} is out of range for shape {self.shape}: dimension {dim} "
                    f"has the indices 0 to {size - 1}."
                )
        return int(index_to_position(np.array(numbers, dtype=np.int64), self._strides))

    def indices(self) -> Iterator[UserIndex]:
        """Walk over all indices in row-major order."""
        out_index = np.zeros(self.dims, dtype=np.int64)
        for ordinal in range(self.size):
            to_index(ordinal, self._shape, out_index)
            yield tuple(out_index.tolist())

    def sample(self) -> UserIndex:
        """Draw an index from Python's `random`."""
        return tuple(random.randint(0, size - 1) for size in self.shape)

    def get(self, key: int | UserIndex) -> float:
        """Read one element."""
        return self._storage[self.index(key)]

    def set(self, key: int | UserIndex, val: float) -> None:
        """Write one element."""
        self._storage[self.index(key)] = val

    def tuple(self) -> tuple[Storage, Shape, Strides]:
        """Give storage, shape and strides as arrays, the form that kernels take."""
        return self._storage, self._shape, self._strides

    def permute(self, *order: int) -> TensorData:
        """Reorder the dimensions; the storage is shared.

        Raises:
            CourseShapeError: (an AssertionError) the order does not name each dimension once.
        """
        if sorted(order) != list(range(self.dims)):
            raise CourseShapeError(
                f"permute needs each of the {self.dims} dimensions of shape {self.shape} once, "
                f"got {order}."
            )
        return TensorData(
            self._storage,
            tuple(self.shape[dim] for dim in order),
            tuple(self.strides[dim] for dim in order),
        )

    def to_string(self) -> str:
        """Print the elements in nested brackets, with two decimals."""
        storage = _cuda.to_host(self._storage)
        text = ""
        for index in self.indices():
            last = tuple(i == size - 1 for i, size in zip(index, self.shape, strict=True))
            opening = _count_leading(i == 0 for i in reversed(index))
            closing = _count_leading(reversed(last))
            for depth in range(self.dims - opening, self.dims):
                text += "\n" + "\t" * depth + "["
            text += f"{storage[self.index(index)]:3.2f}"
            text += "]" * closing if closing or self.dims == 0 else " "
        return text


def _count_leading(flags: Iterable[bool]) -> int:
    """Count how many flags are set before the first that is not."""
    return sum(1 for _ in takewhile(bool, flags))
