"""Arrays of any layout for kernels that need dense memory of three dimensions.

Softmax, normalisation and the losses join the elements along some dimensions, and treat the others
alike. Their kernels see dense arrays (outer, middle, inner). Arrays that are dense in some order of
their dimensions are seen so as they are; others are copied through a small workspace, block after
block, and so is float16, which is computed in float32.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError
from ..reductions.fold import check_dtype, working

Array = NDArray[Any]
Groups = tuple[Sequence[int], Sequence[int], Sequence[int]]

# Elements of a block that is copied, so that it stays in the cache.
BLOCK = 1 << 17
# A kernel treats at most this many elements before it returns to Python, where Ctrl-C is noticed.
MOST_AT_ONCE = 1 << 26


def split_at(a: Array, axis: int) -> Groups:
    """Group the dimensions of an array: those before one in memory, itself, those after it."""
    if a.flags.c_contiguous:
        return range(axis), (axis,), range(axis + 1, a.ndim)
    order = sorted(range(a.ndim), key=lambda dim: (-abs(a.strides[dim]), dim))
    place = order.index(axis)
    return order[:place], (axis,), order[place + 1 :]


def without(axis: int, rank: int) -> list[int]:
    """List all dimensions but one."""
    return [dim for dim in range(rank) if dim != axis]


def working_dtype(name: str, a: Array) -> np.dtype[Any]:
    """Check that an array holds floats, and give the type to compute in.

    Raises:
        ReductionDTypeError: it does not.
    """
    check_dtype(name, a, only_floats=True)
    return working(a.dtype)


def check_like(name: str, what: str, array: Array, other: Array) -> None:
    """Check that an array has the shape and the dtype of another one.

    Raises:
        ShapeError, DTypeError: it has not.
    """
    if array.shape != other.shape:
        raise ShapeError(f"{name}: {what} must have shape {other.shape}, got {array.shape}.")
    if array.dtype != other.dtype:
        raise DTypeError(f"{name}: {what} must be {other.dtype}, got {array.dtype}.")


def parameter(
    name: str, what: str, array: Array | None, a: Array, shape: tuple[int, ...], default: float
) -> Array:
    """Check a parameter, such as a weight, and give it as dense numbers of one dimension.

    Args:
        name: of the operation.
        what: the parameter's name.
        array: the parameter, or None.
        a: the operand that it belongs to.
        shape: that it must have.
        default: what None stands for.

    Raises:
        ShapeError: it has another shape.
        DTypeError: its dtype is neither that of the operand nor the one that is computed in.
    """
    dtype = working(a.dtype)
    if array is None:
        return np.full(math.prod(shape), default, dtype)
    if array.shape != shape:
        raise ShapeError(f"{name}: {what} must have shape {shape}, got {array.shape}.")
    if array.dtype not in (a.dtype, dtype):
        raise DTypeError(f"{name}: {what} must be {a.dtype} like the input, got {array.dtype}.")
    if array.dtype != dtype or not array.flags.carray:
        array = np.array(array, dtype, order="C")
    return array.reshape(-1)


def rounded(numbers: Array, dtype: np.dtype[Any]) -> Array:
    """Round numbers to a dtype; what is too large becomes infinite."""
    if numbers.dtype == dtype:
        return numbers
    with np.errstate(all="ignore"):
        return numbers.astype(dtype)


def dense_blocks(
    operands: Sequence[Array], results: Sequence[Array], groups: Groups, cuttable: Sequence[int]
) -> Iterator[list[Array]]:
    """Give operands and results as dense arrays of three dimensions, in one piece or in blocks.

    What is written to a block reaches its result when the next one is asked for.

    Args:
        operands: arrays of one rank, none empty; each size is that of the largest one, or 1.
        results: likewise.
        groups: the dimensions that become the first, the second and the third one.
        cuttable: the dimensions along which blocks may be cut.
    """
    order = (*groups[0], *groups[1], *groups[2])
    arrays = [*operands, *results]
    if order != tuple(range(len(order))):
        arrays = [array.transpose(order) for array in arrays]
    splits = len(groups[0]), len(groups[0]) + len(groups[1])
    if all(map(_is_ready, arrays)) and max(array.size for array in arrays) <= MOST_AT_ONCE:
        yield [_in_three(array, splits) for array in arrays]
        return
    dims = [place for place, dim in enumerate(order) if dim in cuttable]
    spaces: list[Array | None] = [None] * len(arrays)
    for block in _cut(arrays, dims):
        views = []
        for i, array in enumerate(block):
            if _is_ready(array):
                views.append(array)
                continue
            space = spaces[i] = _grown(spaces[i], array, min(BLOCK, arrays[i].size))
            views.append(space[: array.size].reshape(array.shape))
            if i < len(operands):
                np.copyto(views[i], array)
        yield [_in_three(view, splits) for view in views]
        for i in range(len(operands), len(arrays)):
            if views[i] is not block[i]:
                block[i][...] = rounded(views[i], block[i].dtype)


def _is_ready(array: Array) -> bool:
    """Tell whether a kernel can take an array; those compiled for writing take no read-only one."""
    return array.flags.carray and array.itemsize != 2


def _in_three(array: Array, splits: tuple[int, int]) -> Array:
    """Join the dimensions of a dense array within each of three groups."""
    return array.reshape(_three(array.shape, splits))


@lru_cache(maxsize=4096)
def _three(shape: tuple[int, ...], splits: tuple[int, int]) -> tuple[int, int, int]:
    first, second = splits
    return math.prod(shape[:first]), math.prod(shape[first:second]), math.prod(shape[second:])


def _grown(space: Array | None, array: Array, least: int) -> Array:
    """Give a workspace that holds an array: the one there is, unless it is too small."""
    if space is not None and space.size >= array.size:
        return space
    dtype = np.float32 if array.dtype == np.float16 else array.dtype
    return np.empty(max(array.size, least), dtype)


def _cut(arrays: list[Array], dims: Sequence[int]) -> Iterator[list[Array]]:
    """Halve arrays along the first of some dimensions, until they are small."""
    stack = [arrays]
    while stack:
        block = stack.pop()
        first = max(block, key=lambda array: array.size)
        dim = next((dim for dim in dims if first.shape[dim] > 1), None)
        ready = all(map(_is_ready, block))
        if dim is None or first.size <= (MOST_AT_ONCE if ready else BLOCK):
            yield block
            continue
        half = first.shape[dim] // 2
        before = (slice(None),) * dim
        for piece in (slice(half, None), slice(0, half)):
            stack.append([a if a.shape[dim] == 1 else a[(*before, piece)] for a in block])
