"""Copies of a tensor with its elements repeated or in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError
from ..._record import Operation, record
from ..._wrap import Late, wrap
from .._overrides import public
from ..indexing.index_slices import index_select
from ..views.views import axis, distinct_axes, expand, reshape, unsqueeze

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


class RepeatsDTypeError(DTypeError, NotImplementedError):
    """Numbers of repeats that are not integers."""


# ---- repeated


@public
def repeat(input: Tensor, repeats: Sequence[int]) -> Tensor:
    """Put copies of a tensor beside each other.

    Args:
        input: any shape.
        repeats: how many along each dimension; additional ones come first.

    Raises:
        ShapeError: there are fewer numbers than dimensions, or one is negative.
    """
    times, shape = tuple(repeats), input._shape
    if len(times) < len(shape):
        raise ShapeError(
            "repeat: Number of dimensions of repeat dims can not be smaller than number of "
            f"dimensions of tensor: repeats {list(times)}, shape {list(shape)}"
        )
    if any(n < 0 for n in times):
        raise ShapeError(
            f"repeat: Trying to create tensor with negative dimension, repeats {list(times)}"
        )
    result = wrap(np.array(np.tile(input._array, times), input._array.dtype, ndmin=len(times)))
    return record(result, _REPEAT, input, shape, times)


def _repeat_back(grad: Tensor, shape: tuple[int, ...], times: tuple[int, ...]) -> Tensor:
    """Add up the copies."""
    sizes = (1,) * (len(times) - len(shape)) + shape
    apart = reshape(grad, [n for pair in zip(times, sizes, strict=True) for n in pair])
    copies = [2 * d for d in range(len(times))]
    return reshape(apart.sum(copies) if copies else apart, shape)


_REPEAT = Operation("RepeatBackward0", _repeat_back)


@public
def tile(input: Tensor, dims: Sequence[int]) -> Tensor:
    """Put copies of a tensor beside each other; numbers that are missing in front are 1."""
    times = tuple(dims)
    return repeat(input, (1,) * (len(input._shape) - len(times)) + times)


@public
def repeat_interleave(
    input: Tensor,
    repeats: int | Tensor | None = None,
    dim: int | None = None,
    *,
    output_size: int | None = None,
) -> Tensor:
    """Repeat each element of a dimension, the copies next to each other.

    Args:
        input: any shape; without repeats, the numbers of repeats of 0, 1, 2, ...
        repeats: how often, for all or for each one.
        dim: the dimension; by default the tensor is flattened.
        output_size: the size of the dimension in the result, if it is known.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: repeats is negative, or of another size than the dimension.
    """
    if repeats is None:
        places = np.arange(input._array.size)
        return wrap(places.repeat(_checked_repeats(input._array, input._array.size)))
    if dim is None:
        input, dim = reshape(input, (input._array.size,)), 0
    elif not input._shape:
        input = reshape(input, (1,))
    place = axis(dim, len(input._shape), "repeat_interleave")
    size = input._shape[place]
    if isinstance(repeats, Late.Tensor):
        counts = _checked_repeats(repeats._array, size)
        total = size * int(counts[0]) if counts.size == 1 else int(counts.sum())
    else:
        counts, total = None, size * int(repeats)
        if repeats < 0:
            raise ShapeError(f"repeat_interleave: Repeats must be non-negative, got {repeats}")
    if output_size is not None and output_size != total:
        raise ShapeError(
            "repeat_interleave: allocated size does not match required size: output_size is "
            f"{output_size}, and the result has {total} in dimension {place}"
        )
    if counts is not None and counts.size > 1:
        return index_select(input, place, wrap(np.arange(size).repeat(counts)))
    each = total // size if size else 0
    before, after = input._shape[: place + 1], input._shape[place + 1 :]
    copies = expand(unsqueeze(input, place + 1), (*before, each, *after))
    return reshape(copies, (*before[:-1], total, *after))


def _checked_repeats(counts: Array, size: int) -> Array:
    if counts.dtype.kind not in "iu":
        raise RepeatsDTypeError(f"repeat_interleave takes integers as repeats, got {counts.dtype}.")
    if counts.ndim > 1 or counts.size not in (1, size):
        raise ShapeError(
            "repeat_interleave: repeats must have the same size as input along dim, but got "
            f"repeats of shape {list(counts.shape)} for size {size}"
        )
    if counts.size and counts.min() < 0:
        raise ShapeError(f"repeat_interleave: repeats can not be negative, got {counts.min()}")
    return counts.reshape(-1)


# ---- turned


@public
def flip(input: Tensor, dims: int | Sequence[int]) -> Tensor:
    """Reverse the order of the elements along dimensions.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: one is named twice.
    """
    named = [dims] if isinstance(dims, int) else list(dims)
    axes = distinct_axes(named, len(input._shape), "flip")
    return record(wrap(_flipped(input._array, axes)), _FLIP, input, tuple(axes))


def _flipped(array: Array, axes: Sequence[int]) -> Array:
    """Copy in the opposite order along dimensions, in the same layout."""
    if not array.ndim:
        return array.copy()
    turn = slice(None, None, -1)
    out = np.empty_like(array)
    out[...] = array[tuple([turn if d in axes else slice(None) for d in range(array.ndim)])]
    return out


_FLIP = Operation("FlipBackward0", flip)


@public
def fliplr(input: Tensor) -> Tensor:
    """Reverse the order of the columns."""
    if len(input._shape) < 2:
        raise ShapeError(f"fliplr: Input must be >= 2-d, got shape {list(input._shape)}.")
    return flip(input, (1,))


@public
def flipud(input: Tensor) -> Tensor:
    """Reverse the order of the rows."""
    if not input._shape:
        raise ShapeError("flipud: Input must be >= 1-d.")
    return flip(input, (0,))


@public
def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Turn by right angles in the plane of two dimensions, from the first to the second one.

    Raises:
        ShapeError: there are fewer than two dimensions, or not two different ones are named.
        IndexError: one does not exist.
    """
    rank = len(input._shape)
    if len(dims) != 2:
        raise ShapeError(f"rot90: expected total rotation dims == 2, but got dims = {len(dims)}")
    if rank < 2:
        raise ShapeError(f"rot90: expected total dims >= 2, but got total dims = {rank}")
    first, second = axis(dims[0], rank, "rot90"), axis(dims[1], rank, "rot90")
    if first == second:
        raise ShapeError(
            f"rot90: expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = "
            f"{dims[1]}"
        )
    turns = k % 4
    turned = _flipped(input._array, ((), (second,), (first, second), (first,))[turns])
    turned = turned.swapaxes(first, second) if turns % 2 else turned
    return record(wrap(turned), _ROT90, input, -turns, (first, second))


_ROT90 = Operation("Rot90Backward0", rot90)


# ---- moved around


@public
def roll(
    input: Tensor, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None
) -> Tensor:
    """Move elements along dimensions; what leaves at the end comes in at the beginning.

    Args:
        input: any shape.
        shifts: how far, for each of dims.
        dims: the dimensions; by default the flattened tensor is rolled.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: there is another number of shifts than of dimensions.
        RuntimeError: there are no shifts.
    """
    steps = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    if not steps:
        raise RuntimeError("roll: `shifts` required: give a number of places for each of dims.")
    named = () if dims is None else (dims,) if isinstance(dims, int) else tuple(dims)
    if len(steps) != len(named) and not (len(steps) == 1 and not named):
        raise ShapeError(
            f"roll: shifts and dimensions must align. shifts: {len(steps)}, dims: {len(named)}"
        )
    if named and not input._shape:
        raise IndexError(f"roll: Dimension specified as {named[0]} but tensor has no dimensions")
    axes = tuple([axis(d, len(input._shape), "roll") for d in named])
    rolled = np.roll(input._array, steps if axes else steps[0], axes or None)
    result = wrap(np.ascontiguousarray(rolled).reshape(input._shape))
    return record(result, _ROLL, input, tuple([-step for step in steps]), axes or None)


_ROLL = Operation("RollBackward0", roll)
