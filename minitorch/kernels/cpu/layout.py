"""How kernels see arrays of any layout: dense memory, and how to step through it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from ...errors import ShapeError

Array = NDArray[Any]

# Kernels loop over so many dimensions; the few arrays with more are cut into pieces.
LOOP_DIMS = 4
# Strided pieces are cut so that a kernel returns to Python before it has treated more elements.
MOST_AT_ONCE = 1 << 25


@dataclass(frozen=True, eq=False)
class Walk:
    """Arrays of one shape, ready for a kernel's loops.

    Attributes:
        flat: for each array the dense memory from its lowest to its highest element.
        layout: (1 + arrays, 5) int64: first the sizes of four dimensions, then for each array its
            strides in elements and the position of its first element.
        size: number of elements.
        is_dense: all arrays go through their memory element by element.
    """

    flat: tuple[Array, ...]
    layout: NDArray[np.int64]
    size: int
    is_dense: bool


def broadcast_shapes(name: str, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """Give the shape to which shapes broadcast.

    Raises:
        ShapeError: two sizes differ, and neither is 1.
    """
    first = shapes[0]
    if all(shape == first for shape in shapes):
        return first
    rank = max(len(shape) for shape in shapes)
    result = [1] * rank
    for shape in shapes:
        for dim, size in enumerate(shape, rank - len(shape)):
            if size != 1 and result[dim] not in (1, size):
                raise ShapeError(
                    f"{name}: cannot broadcast shapes {', '.join(map(str, shapes))}: dimension "
                    f"{dim - rank} has sizes {result[dim]} and {size}. Sizes must match or be 1."
                )
            if size != 1:
                result[dim] = size
    return tuple(result)


def walk(arrays: Sequence[Array]) -> Iterator[Walk]:
    """Prepare arrays for a kernel: in one piece, unless they are huge or of many dimensions.

    Args:
        arrays: the operands, which broadcast to the last one, the result.
    """
    stack = [_merged(_ordered([_on_grid(array, arrays[-1].shape) for array in arrays]))]
    while stack:
        views = stack.pop()
        out = views[-1]
        if out.ndim > LOOP_DIMS or (out.size > MOST_AT_ONCE and out.ndim > 1):
            stack.extend([view[i] for view in views] for i in reversed(range(out.shape[0])))
        else:
            yield _prepared(views)


def _on_grid(array: Array, shape: tuple[int, ...]) -> Array:
    """Broadcast an array; one whose elements do not lie on a grid of whole steps is copied."""
    if not array.flags.aligned or any(stride % array.itemsize for stride in array.strides):
        array = array.copy()
    if array.shape == shape:
        return array
    # Not np.broadcast_to, whose result is read-only: Numba compiles for those once more.
    missing = len(shape) - array.ndim
    strides = [
        0 if size == 1 else stride for size, stride in zip(array.shape, array.strides, strict=True)
    ]
    return as_strided(array, shape, [0] * missing + strides)


def _ordered(views: Sequence[Array]) -> list[Array]:
    """Turn and reorder dimensions so that the result's strides are positive and fall."""
    strides = views[-1].strides
    turned = _forwards(strides)
    order = sorted(range(len(strides)), key=lambda dim: (-abs(strides[dim]), dim))
    return [view[turned].transpose(order) for view in views]


def _forwards(strides: Sequence[int]) -> tuple[Any, ...]:
    """Give the index that turns round the dimensions of negative stride."""
    # The dots keep a 0-dimensional array an array.
    return (..., *(slice(None, None, -1 if stride < 0 else 1) for stride in strides))


def _merged(views: Sequence[Array]) -> list[Array]:
    """Drop dimensions of size 1, and join neighbours that one loop can go through."""
    sizes: list[int] = []
    strides: list[list[int]] = [[] for _ in views]
    for dim, size in enumerate(views[-1].shape):
        if size == 1:
            continue
        steps = [view.strides[dim] for view in views]
        if sizes and all(own[-1] == step * size for own, step in zip(strides, steps, strict=True)):
            sizes[-1] *= size
            for own, step in zip(strides, steps, strict=True):
                own[-1] = step
        else:
            sizes.append(size)
            for own, step in zip(strides, steps, strict=True):
                own.append(step)
    return [as_strided(view, sizes, own) for view, own in zip(views, strides, strict=True)]


def _prepared(views: Sequence[Array]) -> Walk:
    """Lay out views of at most four dimensions for the loops."""
    shape = views[-1].shape
    ones = LOOP_DIMS - len(shape)
    layout = np.zeros((1 + len(views), LOOP_DIMS + 1), dtype=np.int64)
    layout[0, :LOOP_DIMS] = (1,) * ones + shape
    flat = []
    for row, view in zip(layout[1:], views, strict=True):
        dense, first = memory(view)
        flat.append(dense)
        row[ones:LOOP_DIMS] = [stride // view.itemsize for stride in view.strides]
        row[LOOP_DIMS] = first
    is_dense = len(shape) <= 1 and all(
        view.size == 1 or view.strides[0] == view.itemsize for view in views
    )
    return Walk(tuple(flat), layout, views[-1].size, is_dense)


def memory(view: Array) -> tuple[Array, int]:
    """Give the dense memory that a view lies in, and the position of its first element there."""
    lowest = view[_forwards(view.strides)]
    reaches = [
        (size - 1) * stride // view.itemsize
        for size, stride in zip(view.shape, view.strides, strict=True)
    ]
    span = 1 + sum(abs(reach) for reach in reaches)
    first = -sum(reach for reach in reaches if reach < 0)
    return as_strided(lowest, (span,), (view.itemsize,)), first
