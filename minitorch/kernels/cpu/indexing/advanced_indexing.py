"""Indexing by several arrays at once, as x[rows, :, columns] does, and writing there.

The operands are those of PyTorch's `index` and `index_put`: slices, numbers and new dimensions have
been applied before, by views, and a mask has become the list of its positions (`masking.nonzero`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import (
    DTYPES,
    INDEX_DTYPES,
    IndexShapeError,
    check_elements,
    check_same_dtype,
    check_target,
    checked_indices,
)
from .core import Route, pick, put, steps_of
from .short import put_slices, take_slices

Array = NDArray[Any]
Indices = Sequence[Array | None]

# NumPy treats elements of so many bytes as fast as a kernel.
_FEW = 1 << 14


def index(input: Array, indices: Indices) -> Array:
    """Take the elements at given indices.

    The gradient is `index_put` of the result's into zeros, accumulated.

    Args:
        input: any shape and layout.
        indices: for each of the first dimensions the indices, int32 or int64, or None for all of
            it. They broadcast; negative ones count from the end.

    Returns:
        The dimensions of the broadcast indices stand where the indexed ones stood if these are
        neighbours, and else in front; the others keep their order.

    Raises:
        IndexShapeError: there are more indices than dimensions, or they do not broadcast.
        IndexDTypeError: indices are no integers.
        IndexRangeError: an index is out of range.
    """
    out = _take_few(input, indices)
    if out is not None:
        return out
    check_elements("index", input)
    arrays = _checked("index", input, indices)
    shape = _result_shape(input, arrays)
    out = np.empty(shape, input.dtype)
    pick(_route(input, arrays), out)
    return out


def index_put(input: Array, indices: Indices, values: Array, accumulate: bool = False) -> Array:
    """Give a copy of the input with values at given indices: see `index_put_`.

    The gradient of values is `index` of the result's; that of input is the result's, with 0 at the
    indices unless values are accumulated.
    """
    return index_put_(input.copy(), indices, values, accumulate)


def index_put_(input: Array, indices: Indices, values: Array, accumulate: bool = False) -> Array:
    """Write values at given indices, in place.

    Args:
        input: any shape and layout.
        indices: as for `index`.
        values: of the input's dtype; it broadcasts to what `index` gives.
        accumulate: add the values to what is there, instead of replacing it. Where indices repeat,
            the last value wins, or all are added in order.

    Raises:
        As `index`; IndexShapeError too if the values do not broadcast.
    """
    if _put_few(input, indices, values, accumulate):
        return input
    check_elements("index_put", input)
    check_target("index_put", input)
    check_same_dtype("index_put", input=input, values=values)
    arrays = _checked("index_put", input, indices)
    shape = _result_shape(input, arrays)
    try:
        new = np.broadcast_to(values, shape)
    except ValueError as error:
        raise IndexShapeError(
            f"index_put: values {values.shape} do not broadcast to the indexed shape {shape}."
        ) from error
    put("sum" if accumulate else "replace", input, new, lambda table: _route(table, arrays))
    return input


def _take_few(input: Array, indices: Indices) -> Array | None:
    """Let NumPy take elements, if they are few and all is simple; else give None."""
    if len(indices) == 1 and indices[0] is not None and indices[0].ndim and input.ndim:
        rows = take_slices(input, 0, indices[0])
        if rows is not None:
            return rows
    key = _key(input, indices)
    if key is None:
        return None
    try:
        out: Array = input[key]
    except IndexError:  # The text is written elsewhere.
        return None
    return out if out.flags.c_contiguous else None


def _put_few(input: Array, indices: Indices, values: Array, accumulate: bool) -> bool:
    """Put values, if they are few and all is simple, and tell whether that was done."""
    if len(indices) == 1 and indices[0] is not None and input.ndim:
        how = "sum" if accumulate else "replace"
        if put_slices(how, input, 0, indices[0], values):
            return True
    key = None if accumulate else _key(input, indices)
    if key is None or values.dtype != input.dtype or not values.flags.carray:
        return False
    if values.ndim > key[0].ndim + input.ndim - len(key):
        return False
    if any(map(partial(np.may_share_memory, input), (values, *key))):
        return False
    try:
        input[key] = values
    except (IndexError, ValueError):  # The text is written elsewhere.
        return False
    return True


def _key(input: Array, indices: Indices) -> tuple[Array, ...] | None:
    """Give indices of the first dimensions, dense and of one shape, for NumPy's own indexing."""
    if not 0 < len(indices) <= input.ndim or not input.flags.carray or input.dtype not in DTYPES:
        return None
    first = indices[0]
    if first is None or not first.ndim or input.strides[len(indices) - 1] * first.size > _FEW:
        return None
    for array in indices:
        if array is None or array.shape != first.shape or array.dtype not in INDEX_DTYPES:
            return None
        if not array.flags.carray:
            return None
    return tuple([array for array in indices if array is not None])


def _checked(name: str, input: Array, indices: Indices) -> list[Array | None]:
    """Check the indices, broadcast them, and name each dimension's."""
    given = [array for array in indices if array is not None]
    if not given or len(indices) > input.ndim:
        raise IndexShapeError(
            f"{name} needs 1 to {input.ndim} indices for shape {input.shape}, got "
            f"{len(indices)}, of which {len(indices) - len(given)} are None."
        )
    try:
        shape = np.broadcast_shapes(*(array.shape for array in given))
    except ValueError as error:
        shapes = ", ".join(str(array.shape) for array in given)
        raise IndexShapeError(f"{name}: indices of shapes {shapes} do not broadcast.") from error
    arrays: list[Array | None] = [None] * input.ndim
    for dim, array in enumerate(indices):
        if array is not None:
            own = checked_indices(name, array, input.shape[dim], dim, from_end=True)
            arrays[dim] = np.broadcast_to(own, shape)
    return arrays


def _order(arrays: Sequence[Array | None]) -> tuple[list[int], list[int], list[int]]:
    """Give the dimensions that stand before the indexed ones in the result, these, and the rest."""
    indexed = [dim for dim, array in enumerate(arrays) if array is not None]
    whole = [dim for dim, array in enumerate(arrays) if array is None]
    first, last = indexed[0], indexed[-1]
    if last - first + 1 > len(indexed):
        return [], indexed, whole
    return [dim for dim in whole if dim < first], indexed, [dim for dim in whole if dim > last]


def _result_shape(input: Array, arrays: Sequence[Array | None]) -> tuple[int, ...]:
    before, indexed, after = _order(arrays)
    array = arrays[indexed[0]]
    assert array is not None
    sizes = input.shape
    return (*(sizes[dim] for dim in before), *array.shape, *(sizes[dim] for dim in after))


def _route(table: Array, arrays: Sequence[Array | None]) -> Route:
    """Join the indices of all dimensions to one, the distance in the table's memory."""
    own = steps_of(table)
    before, indexed, after = _order(arrays)
    index: Array | None = None
    step = 1
    turned: list[slice] = [slice(None)] * table.ndim
    for dim in indexed:
        array = arrays[dim]
        assert array is not None
        if own[dim] < 0:
            # Counted from the other end, so that distances are positive.
            turned[dim] = slice(None, None, -1)
            array = table.shape[dim] - 1 - array
        if len(indexed) == 1:
            index, step = array, abs(own[dim])
            break
        distance = array * np.int64(abs(own[dim]))
        index = distance if index is None else index + distance
    assert index is not None
    through_table = [*(own[d] for d in before), *(0,) * index.ndim, *(own[d] for d in after)]
    through_index = [*(0 for _ in before), *steps_of(index), *(0 for _ in after)]
    route = Route(table, index, tuple(through_table), tuple(through_index), step)
    return replace(route, table=table[tuple(turned)])
