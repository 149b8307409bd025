"""What functions that take indices check before they read or write, and the errors they raise."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD, SizedKernel
from ....errors import DTypeError, LayoutError, ShapeError
from ..calls.prepared import serial_entry

Array = NDArray[Any]
Number = bool | int | float

DTYPES = frozenset(
    map(np.dtype, "bool uint8 int8 int16 int32 int64 float16 float32 float64".split())
)
INDEX_DTYPES = (np.dtype(np.int64), np.dtype(np.int32))
_BLOCK = 1 << 14
# Elements of an index that are checked in the time of one step in `SizedKernel.for_size`.
_CHEAP = 4
_FEW = _CHEAP * PARALLEL_THRESHOLD


class IndexRangeError(IndexError, RuntimeError):
    """An index, or a count of elements, beyond what there is."""


class IndexShapeError(ShapeError, IndexError):
    """Indices of a shape that does not fit what they point into."""


class IndexDTypeError(DTypeError, IndexError):
    """Indices that are not integers of a type that can be used."""


class ElementDTypeError(DTypeError, NotImplementedError):
    """Elements of a type that the operation is not defined for."""


def check_elements(name: str, a: Array, without: str = "") -> None:
    """Check the dtype of an operand.

    Args:
        name: of the operation.
        a: the operand.
        without: kinds that the operation does not take: letters of "bfiu".

    Raises:
        ElementDTypeError: it is of another dtype.
    """
    if a.dtype not in DTYPES or a.dtype.kind in without:
        words = {"b": "bool", "iu": "integers", "f": "floats"}
        kinds = ", ".join(word for kind, word in words.items() if kind[0] not in without)
        raise ElementDTypeError(
            f"{name} takes {kinds}, got {a.dtype} of shape {a.shape}. Convert it to another dtype."
        )


def check_same_dtype(name: str, **operands: Array) -> None:
    """Check that operands are of one dtype.

    Raises:
        DTypeError: they are not.
    """
    if len({operand.dtype for operand in operands.values()}) > 1:
        received = ", ".join(f"{word} of {operand.dtype}" for word, operand in operands.items())
        raise DTypeError(f"{name} needs operands of one dtype, got {received}.")


def check_target(name: str, target: Array) -> None:
    """Check that an array can be written in place.

    Raises:
        LayoutError: it is read-only, or several of its elements lie in one place of memory.
    """
    if not target.flags.writeable:
        raise LayoutError(f"{name}: the array to write, of shape {target.shape}, is read-only.")
    for size, stride in zip(target.shape, target.strides, strict=True):
        if size > 1 and stride == 0 and target.size:
            raise LayoutError(
                f"{name}: elements of the array to write, of shape {target.shape} and strides "
                f"{target.strides}, lie in the same memory. Copy it first."
            )


def axis_of(name: str, dim: int, rank: int) -> int:
    """Count a dimension from the left; a number has one dimension as far as this goes.

    Raises:
        IndexError: there is no such dimension.
    """
    rank = max(rank, 1)
    if not -rank <= dim < rank:
        raise IndexError(
            f"{name}: dimension {dim} is out of range: expected {-rank} to {rank - 1}."
        )
    return dim % rank


def checked_indices(
    name: str, index: Array, size: int, dim: int | None, from_end: bool = False
) -> Array:
    """Check that indices are integers within a dimension, and count them from its start.

    Args:
        name: of the operation.
        index: any shape.
        size: of the dimension.
        dim: which one it is, None for a flattened array.
        from_end: negative indices count from the end.

    Returns:
        The indices; a copy where some are negative.

    Raises:
        IndexDTypeError: they are neither int32 nor int64.
        IndexRangeError: one is out of range; the text names it and its position.
    """
    is_plain = index.dtype in INDEX_DTYPES and index.flags.carray and 0 < index.size < _FEW
    if is_plain and within(index.dtype)(index.ravel(), size):
        return index
    check_index_dtype(name, index)
    if index.size == 0:
        return index
    least, most = _extremes(index)
    lowest = -size if from_end else 0
    if lowest <= least and most < size:
        return index if least >= 0 else np.where(index < 0, index + size, index)
    is_bad = (index < lowest) | (index >= size)
    position = tuple(int(i) for i in np.argwhere(is_bad)[0])
    where = f"dimension {dim} with size {size}" if dim is not None else f"{size} elements"
    expected = f"{lowest} to {size - 1}" if size else "no index"
    raise IndexRangeError(
        f"{name}: index {int(index[position])} at position {position} is out of range for {where}: "
        f"expected {expected}."
    )


def check_index_dtype(name: str, index: Array) -> None:
    """Check that indices are integers.

    Raises:
        IndexDTypeError: they are neither int32 nor int64.
    """
    if index.dtype not in INDEX_DTYPES:
        raise IndexDTypeError(
            f"{name} needs indices of int64 or int32, got {index.dtype} of shape {index.shape}. "
            "Convert them to int64."
        )


def _is_within(index, size):  # type: ignore[no-untyped-def]
    low = high = index[0]
    for i in range(index.size):
        low = min(low, index[i])
        high = max(high, index[i])
    return low >= 0 and high < size


_WITHIN = SizedKernel(lambda: njit(_is_within))


@lru_cache
def within(dtype: np.dtype[Any]) -> Callable[[Array, int], bool]:
    """Give what tells whether all indices of a dense vector are from 0 to below a size."""
    return serial_entry(_WITHIN, dtype, int)


def _block_extremes(index, least, most):  # type: ignore[no-untyped-def]
    for block in prange(least.size):
        part = index[block * _BLOCK : min(index.size, (block + 1) * _BLOCK)]
        low = high = part[0]
        for i in range(part.size):
            low = min(low, part[i])
            high = max(high, part[i])
        least[block] = low
        most[block] = high


_EXTREMES = SizedKernel(lambda: njit(parallel=True)(_block_extremes))


def _extremes(index: Array) -> tuple[int, int]:
    """Give the smallest and the largest index, of at least one."""
    if not (index.flags.c_contiguous and index.flags.aligned):
        return int(index.min()), int(index.max())
    blocks = -(-index.size // _BLOCK)
    least, most = np.empty(blocks, np.int64), np.empty(blocks, np.int64)
    _EXTREMES.for_size(index.size // _CHEAP)(index.reshape(-1), least, most)
    if blocks == 1:
        return int(least[0]), int(most[0])
    return int(least.min()), int(most.max())


def scalar_of(name: str, value: Number | Array, dtype: np.dtype[Any]) -> Any:
    """Convert a number to a dtype, towards zero for integers.

    Args:
        name: of the operation.
        value: a Python or NumPy number, or an array of no dimensions.
        dtype: of the result. Negative numbers wrap around in uint8.

    Raises:
        ShapeError: an array of some dimensions.
        DTypeError: the dtype has no such number (300 in uint8, NaN in integers, 1e39 in float32).
    """
    if np.ndim(value):
        raise ShapeError(f"{name} takes one number as value, got shape {np.shape(value)}.")
    number = value.item() if isinstance(value, np.ndarray | np.generic) else value
    if dtype.kind == "b":
        return np.bool_(number)
    if dtype.kind == "f":
        fits = not math.isfinite(number) or abs(number) <= float(np.finfo(dtype).max)
        if fits:
            return dtype.type(number)
    elif math.isfinite(number):
        number, limits = int(number), np.iinfo(dtype)
        least = limits.min if dtype.kind == "i" else -limits.max
        if least <= number <= limits.max:
            return np.array(number % (1 << 8 * dtype.itemsize), f"u{dtype.itemsize}").view(dtype)[
                ()
            ]
    raise DTypeError(f"{name}: the value {value} does not fit into {dtype}.")


def bits_of(a: Array) -> Array:
    """See elements as unsigned integers of their size, for kernels that only move them.

    What does not lie on a grid of whole elements is copied: NumPy makes such views of parts of
    records only.
    """
    flags = a.flags
    off_grid = not flags.c_contiguous and any(stride % a.itemsize for stride in a.strides)
    if off_grid or not flags.aligned:
        a = a.copy()
    return a.view(f"u{a.itemsize}")


def separate(source: Array, target: Array) -> Array:
    """Copy an operand if it may lie in the memory that is to be written."""
    return source.copy() if np.may_share_memory(source, target) else source
