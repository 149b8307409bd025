"""Gather, scatter and their kin: elements and slices along one dimension, chosen by indices.

Arrays of any dtype and layout. Indices are of int64 or int32; negative ones are errors unless a
function says that they count from the end. Functions whose names end in an underscore write their
first operand and give it back; their twins without one leave it as it is. Where indices repeat, the
last element wins, and sums are taken in order, whatever the number of threads.

All check indices before anything is written. They raise an IndexRangeError, which is an IndexError
and a RuntimeError, for an index that is out of range, an IndexDTypeError for indices that are no
integers, an IndexShapeError for shapes that do not fit, and a LayoutError for a first operand that
cannot be written.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import (
    IndexShapeError,
    Number,
    axis_of,
    check_elements,
    check_same_dtype,
    check_target,
    checked_indices,
    scalar_of,
)
from .core import Route, lines, pick, put, slices, steps_of
from .short import pick_lines, put_slices, take_few, take_slices
from .short import put_lines as put_dense_lines

Array = NDArray[Any]


def gather(input: Array, dim: int, index: Array) -> Array:
    """Take one element for each index: out[i][j] = input[index[i][j]][j] for dim 0.

    Its gradient is `scatter_add` of the result's into zeros.

    Args:
        input: any shape.
        dim: the dimension in which indices point.
        index: as many dimensions; no larger than input in the others.

    Returns:
        The index's shape.
    """
    out = pick_lines(input, dim, index)
    if out is not None:
        return out
    check_elements("gather", input)
    out = np.empty(index.shape, input.dtype)
    table, index, own = _at_least_1d(input, index, out)
    axis = axis_of("gather", dim, input.ndim)
    if own.size:
        _check_lines("gather", table, axis, index)
    index = checked_indices("gather", index, table.shape[axis], axis)
    if own.size:
        pick(lines(table, axis, index), own)
    return out


def take_along_dim(input: Array, index: Array, dim: int | None) -> Array:
    """Take one element for each index, as `gather`, but broadcast the other dimensions.

    Args:
        input: any shape.
        index: as many dimensions. Negative indices count from the end.
        dim: the dimension in which indices point; None flattens both.
    """
    check_elements("take_along_dim", input)
    if dim is None:
        return take(input, index.reshape(-1))
    axis = axis_of("take_along_dim", dim, input.ndim)
    if input.ndim != index.ndim:
        raise IndexShapeError(
            f"take_along_dim needs as many dimensions of input and index, got shapes {input.shape} "
            f"and {index.shape}."
        )
    table, index = _at_least_1d(input, index)
    shapes = [(*a.shape[:axis], 1, *a.shape[axis + 1 :]) for a in (table, index)]
    try:
        others = np.broadcast_shapes(*shapes)
    except ValueError as error:
        raise IndexShapeError(
            f"take_along_dim: input {input.shape} and index {index.shape} do not broadcast "
            f"outside dimension {axis}."
        ) from error
    index = checked_indices("take_along_dim", index, table.shape[axis], axis, from_end=True)
    shape = (*others[:axis], index.shape[axis], *others[axis + 1 :])
    out = np.empty(shape if input.ndim else (), input.dtype)
    table = np.broadcast_to(table, (*shape[:axis], table.shape[axis], *shape[axis + 1 :]))
    pick(lines(table, axis, np.broadcast_to(index, shape)), out.reshape(shape))
    return out


def take(input: Array, index: Array) -> Array:
    """Take elements of the flattened input; negative indices count from its end.

    Its gradient is `index_add` of the flattened result's into flattened zeros.

    Returns:
        The index's shape.
    """
    out = take_few(input, index)
    if out is not None:
        return out
    check_elements("take", input)
    index = checked_indices("take", index, input.size, None, from_end=True)
    out = np.empty(index.shape, input.dtype)
    # An input with gaps is copied: its positions would cost a division for each of its dimensions.
    table = input.reshape(-1)
    pick(Route(table, index, (0,) * out.ndim, steps_of(index), steps_of(table)[0]), out)
    return out


def scatter(input: Array, dim: int, index: Array, src: Array | Number) -> Array:
    """Give a copy of the input in which elements are replaced: see `scatter_`.

    The gradient is the result's, of input with 0 at the indices (`scatter`), of src at the indices
    (`gather`).
    """
    return scatter_(input.copy(), dim, index, src)


def scatter_(input: Array, dim: int, index: Array, src: Array | Number) -> Array:
    """Replace one element for each index: input[index[i][j]][j] = src[i][j] for dim 0.

    Args:
        input: any shape.
        dim: the dimension in which indices point.
        index: as many dimensions; no larger than src, nor than input in the other dimensions.
        src: of the input's dtype, or one number.
    """
    return put_lines("scatter", "replace", input, dim, index, src)


def scatter_add(input: Array, dim: int, index: Array, src: Array) -> Array:
    """Give a copy of the input with elements added: see `scatter_add_`.

    The gradient of src is `gather` of the result's.
    """
    return scatter_add_(input.copy(), dim, index, src)


def scatter_add_(input: Array, dim: int, index: Array, src: Array) -> Array:
    """Add one element for each index: input[index[i][j]][j] += src[i][j] for dim 0.

    Arguments as for `scatter_`.
    """
    return put_lines("scatter_add", "sum", input, dim, index, src)


def put_lines(
    name: str, how: str, input: Array, dim: int, index: Array, src: Array | Number
) -> Array:
    """Check the operands of a scatter, and do it, in place. See `core.put` for `how`."""
    if isinstance(src, np.ndarray) and put_dense_lines(how, input, dim, index, src):
        return input
    check_elements(name, input)
    check_target(name, input)
    axis = axis_of(name, dim, input.ndim)
    if isinstance(src, np.ndarray):
        check_same_dtype(name, input=input, src=src)
        table, index, new = _at_least_1d(input, index, src)
    else:
        table, index = _at_least_1d(input, index)
        new = np.broadcast_to(scalar_of(name, src, input.dtype), index.shape)
    if index.size == 0:
        return input
    _check_lines(name, table, axis, index)
    if new.ndim != index.ndim or any(n > m for n, m in zip(index.shape, new.shape, strict=True)):
        raise IndexShapeError(
            f"{name}: index {index.shape} is larger than src {new.shape}. "
            "Each index needs an element of src."
        )
    index = checked_indices(name, index, table.shape[axis], axis)
    new = new[tuple(map(slice, index.shape))]
    put(how, table, new, lambda table: lines(table, axis, index))
    return input


def index_select(input: Array, dim: int, index: Array) -> Array:
    """Take slices; the gradient is `index_add` of the result's into zeros.

    Args:
        input: any shape.
        dim: the dimension in which indices point.
        index: (n) or one number.

    Returns:
        The input's shape, with n in the dimension.
    """
    if input.ndim and index.ndim == 1 and -input.ndim <= dim < input.ndim:
        out = take_slices(input, dim, index)
        if out is not None:
            return out
    check_elements("index_select", input)
    axis = axis_of("index_select", dim, input.ndim)
    index = _check_vector("index_select", index)
    if input.ndim == 0 and index.size != 1:
        raise IndexShapeError(f"index_select: a number has one element to take, not {index.size}.")
    table = input.reshape(1) if input.ndim == 0 else input
    index = checked_indices("index_select", index, table.shape[axis], axis)
    out = np.empty((*table.shape[:axis], index.size, *table.shape[axis + 1 :]), input.dtype)
    pick(slices(table, axis, index), out)
    return out.reshape(()) if input.ndim == 0 else out


def index_add(input: Array, dim: int, index: Array, source: Array, alpha: float = 1) -> Array:
    """Give a copy of the input with slices added: see `index_add_`.

    The gradient of source is alpha times `index_select` of the result's.
    """
    return index_add_(input.copy(), dim, index, source, alpha)


def index_add_(input: Array, dim: int, index: Array, source: Array, alpha: float = 1) -> Array:
    """Add slices: input[index[i]] += alpha * source[i] for dim 0.

    Args:
        input: any shape.
        dim: the dimension in which indices point.
        index: (n) or one number.
        source: the input's shape, with n in the dimension, and its dtype.
        alpha: a factor.
    """
    return _put_slices("index_add", "sum", input, dim, index, source, alpha=alpha)


def index_copy(input: Array, dim: int, index: Array, source: Array) -> Array:
    """Give a copy of the input with slices replaced: see `index_copy_`.

    The gradient is the result's, of input with 0 at the indices (`index_fill`), of source at the
    indices (`index_select`).
    """
    return index_copy_(input.copy(), dim, index, source)


def index_copy_(input: Array, dim: int, index: Array, source: Array) -> Array:
    """Replace slices: input[index[i]] = source[i] for dim 0; arguments as for `index_add_`."""
    return _put_slices("index_copy", "replace", input, dim, index, source)


def index_fill(input: Array, dim: int, index: Array, value: Number) -> Array:
    """Give a copy of the input with slices filled: see `index_fill_`."""
    return index_fill_(input.copy(), dim, index, value)


def index_fill_(input: Array, dim: int, index: Array, value: Number) -> Array:
    """Fill slices with one number; negative indices count from the end."""
    number = scalar_of("index_fill", value, input.dtype)
    shape = list(input.shape or (1,))
    shape[axis_of("index_fill", dim, input.ndim)] = index.size
    source = np.broadcast_to(number, shape)
    return _put_slices("index_fill", "replace", input, dim, index, source, from_end=True)


def _put_slices(
    name: str,
    how: str,
    input: Array,
    dim: int,
    index: Array,
    source: Array,
    alpha: float = 1,
    from_end: bool = False,
) -> Array:
    if alpha == 1 and not from_end and put_slices(how, input, dim, index, source):
        return input
    check_elements(name, input)
    check_target(name, input)
    check_same_dtype(name, input=input, source=source)
    axis = axis_of(name, dim, input.ndim)
    index = _check_vector(name, index)
    table, new = _at_least_1d(input, source)
    expected = (*table.shape[:axis], index.size, *table.shape[axis + 1 :])
    if new.shape != expected:
        raise IndexShapeError(
            f"{name}: source needs shape {expected} for input {input.shape}, dimension {axis} and "
            f"{index.size} indices; got {source.shape}."
        )
    index = checked_indices(name, index, table.shape[axis], axis, from_end)
    put(how, table, new, lambda table: slices(table, axis, index), alpha)
    return input


# ---- what they share


def _at_least_1d(*arrays: Array) -> tuple[Array, ...]:
    return tuple(a.reshape(1) if a.ndim == 0 else a for a in arrays)


def _check_vector(name: str, index: Array) -> Array:
    if index.ndim > 1:
        raise IndexShapeError(
            f"{name} needs a list of indices, of one dimension, got shape {index.shape}."
        )
    return index.reshape(1) if index.ndim == 0 else index


def _check_lines(name: str, table: Array, axis: int, index: Array) -> None:
    """Check that each line of indices has its line of the table."""
    fits = index.ndim == table.ndim and all(
        n <= m or d == axis for d, (n, m) in enumerate(zip(index.shape, table.shape, strict=True))
    )
    if not fits:
        raise IndexShapeError(
            f"{name}: index {index.shape} does not fit input {table.shape}: it needs as many "
            f"dimensions, and sizes no larger than those of input but in dimension {axis}."
        )
