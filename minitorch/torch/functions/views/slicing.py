"""Views of parts of a tensor: slices along a dimension, diagonals, windows, and any strides."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index as integer
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, LayoutError, ShapeError
from ... import _dtype
from ..._memory import address_of, bytes_of, root_of
from ..._node import is_recording
from ..._record import Operation, record
from ..._wrap import Late, wrap
from .._operands import write_out
from .._overrides import public
from .._parts import AS_STRIDED, part_of
from .views import axis, strided, view_of

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
Key = tuple[Any, ...]

WHOLE = slice(None)


# ---- parts that NumPy's basic indexing gives


def part(input: Tensor, key: Key, operation: Operation) -> Tensor:
    """Give a part as a view.

    Args:
        input: any tensor.
        key: for NumPy's basic indexing, with an Ellipsis, so that it always gives an array.
        operation: one of those that `part_operation` made.
    """
    return view_of(input, input._array[key], operation, input._shape, key)


def put_into_zeros(grad: Tensor, shape: tuple[int, ...], key: Key) -> Tensor:
    """Give zeros of a shape with a tensor in place of a part."""
    array = np.zeros(shape, grad._array.dtype)
    array[key] = grad._array
    return record(wrap(array), _PUT_INTO_ZEROS, grad, key)


def part_operation(name: str) -> Operation:
    """Make an operation, of a name in PyTorch, that gives a part."""
    return Operation(name, put_into_zeros)


SELECT = part_operation("SelectBackward0")
SLICE = part_operation("SliceBackward0")
_PUT_INTO_ZEROS = Operation("SliceBackwardBackward0", lambda grad, key: part(grad, key, SLICE))


@public
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """Give the part at one place of a dimension, which the result does not have.

    Raises:
        IndexError: there is no such dimension or place.
    """
    shape = input._shape
    if not shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    place, index = axis(dim, len(shape), "select"), integer(index)
    if not -shape[place] <= index < shape[place]:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(shape)} at dimension "
            f"{place}"
        )
    return part(input, (*(WHOLE,) * place, index, ...), SELECT)


@public
def narrow(input: Tensor, dim: int, start: int | Tensor, length: int) -> Tensor:
    """Give a run of places of a dimension.

    Args:
        input: any tensor but a single number.
        dim: the dimension.
        start: the first place; a negative one counts from the end.
        length: how many places.

    Raises:
        IndexError: there is no such dimension or start.
        ShapeError: the run is longer than what there is.
        RuntimeError: start is a tensor, but not one whole number.
    """
    shape = input._shape
    if not shape:
        raise ShapeError("narrow() cannot be applied to a 0-dim tensor.")
    if isinstance(start, Late.Tensor):
        if start._shape or start._key.dtype.category != _dtype.INTEGER:
            raise DTypeError(
                "narrow(): start must be an 0-dim integral Tensor, got one of shape "
                f"{list(start._shape)} and {start._key.dtype}."
            )
        start = int(start)
    place, start, length = axis(dim, len(shape), "narrow"), integer(start), integer(length)
    size = shape[place]
    if length < 0:
        raise ShapeError(f"narrow(): length must be non-negative, got {length}.")
    if not -size <= start <= size:
        raise IndexError(
            f"narrow(): start out of range (expected to be in range of [{-size}, {size}], but got "
            f"{start})"
        )
    start = start + size if start < 0 else start
    if start + length > size:
        raise ShapeError(
            f"narrow(): start ({start}) + length ({length}) exceeds dimension size ({size})."
        )
    return part(input, (*(WHOLE,) * place, slice(start, start + length), ...), SLICE)


@public
def narrow_copy(
    input: Tensor, dim: int, start: int, length: int, *, out: Tensor | None = None
) -> Tensor:
    """Give a copy of a run of places of a dimension; see `narrow`."""
    part = narrow(input, dim, start, length)
    return part.clone() if out is None else write_out("narrow_copy", part._array, out)


# ---- diagonals


@public
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """Give the diagonal of two dimensions, as the last dimension of a view.

    Args:
        input: two or more dimensions.
        offset: how far it lies above the main diagonal.
        dim1: the rows.
        dim2: the columns.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: both dimensions are the same one.
    """
    rows, columns = diagonal_axes(dim1, dim2, len(input._shape))
    saved = (input._shape, offset, rows, columns)
    return view_of(input, diagonal_array(input._array, offset, rows, columns), _DIAGONAL, *saved)


def diagonal_axes(dim1: int, dim2: int, rank: int) -> tuple[int, int]:
    """Count the dimensions of a diagonal from the left."""
    rows, columns = axis(dim1, rank, "diagonal"), axis(dim2, rank, "diagonal")
    if rows == columns:
        raise ShapeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return rows, columns


def diagonal_array(array: Array, offset: int, rows: int, columns: int) -> Array:
    """See the diagonal of two dimensions, which can be written."""
    key: list[Any] = [WHOLE] * array.ndim
    moved = columns if offset >= 0 else rows
    key[moved] = slice(min(abs(offset), array.shape[moved]), None)
    rest = array[tuple(key)]
    others = [d for d in range(array.ndim) if d not in (rows, columns)]
    length = min(rest.shape[rows], rest.shape[columns])
    # PyTorch leaves the first element where it is, if there is none on the diagonal.
    start = rest if length else array
    return strided(
        start,
        [*(array.shape[d] for d in others), length],
        [*(array.strides[d] for d in others), array.strides[rows] + array.strides[columns]],
    )


def put_diagonal(
    grad: Tensor, shape: tuple[int, ...], offset: int, rows: int, columns: int
) -> Tensor:
    """Give zeros of a shape with a tensor on the diagonal of two dimensions."""
    array = np.zeros(shape, grad._array.dtype)
    diagonal_array(array, offset, rows, columns)[...] = grad._array
    return record(wrap(array), _PUT_DIAGONAL, grad, offset, rows, columns)


_DIAGONAL = Operation("DiagonalBackward0", put_diagonal)
_PUT_DIAGONAL = Operation("DiagonalBackwardBackward0", diagonal)


# ---- windows


@public
def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Give the windows of a dimension: their number in its place, their elements in a new last one.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: the dimension is smaller than a window, or step is not positive.
    """
    place, shape, array = axis(dimension, len(input._shape), "unfold"), input._shape, input._array
    most = shape[place] if shape else 1
    if size < 0:
        raise ShapeError(f"unfold: size is {size} but must be >= 0")
    if size > most:
        raise ShapeError(
            f"unfold: maximum size for tensor at dimension {place} is {most} but size is {size}"
        )
    if step <= 0:
        raise ShapeError(f"unfold: step is {step} but must be > 0")
    seen = _windows(array if shape else array.reshape(1), place, size, step, bool(shape))
    return view_of(input, seen, _UNFOLD, shape, place, size, step)


def _windows(array: Array, place: int, size: int, step: int, is_counted: bool = True) -> Array:
    shape, steps = list(array.shape), list(array.strides)
    own = steps[place]
    shape[place], steps[place] = (shape[place] - size) // step + 1, own * step
    if not is_counted:
        shape, steps = [], []
    return strided(array, [*shape, size], [*steps, own])


def _unfold_back(grad: Tensor, shape: tuple[int, ...], place: int, size: int, step: int) -> Tensor:
    """Add up the windows where they lie."""
    array = np.zeros(shape or 1, grad._array.dtype)
    own = grad._array if shape else grad._array.reshape(1, size)
    windows = _windows(array, place, size, step)
    count = windows.shape[place]
    # Windows overlap, but neither do all their n-th elements, nor the elements of one window.
    if count < size:
        for i in range(count):
            key: Key = (*(WHOLE,) * place, i)
            windows[key] += own[key]
    else:
        for i in range(size):
            windows[..., i] += own[..., i]
    return record(wrap(array.reshape(shape)), _UNFOLD_BACK, grad, place, size, step)


_UNFOLD = Operation("UnfoldBackward0", _unfold_back)
_UNFOLD_BACK = Operation("UnfoldBackwardBackward0", unfold)


# ---- any strides


@public
def as_strided(
    input: Tensor,
    size: Sequence[int],
    stride: Sequence[int],
    storage_offset: int | None = None,
) -> Tensor:
    """See the memory under a tensor with any shape and strides.

    Args:
        input: any tensor.
        size: the shape.
        stride: how many elements lie between neighbours, for each dimension.
        storage_offset: the first element, counted from the start of the memory that the tensor is a
            view of; by default where the tensor itself begins.

    Raises:
        ShapeError: size and stride differ in length.
        LayoutError: a stride is negative, or elements lie outside of the memory.
    """
    seen = strided_memory(input._array, tuple(size), tuple(stride), storage_offset)
    place = part_of(input._array, seen)
    if place.offset < 0 and input._node is not None and is_recording():
        raise LayoutError(
            f"as_strided: storage_offset {storage_offset} lies before the tensor itself, so no "
            "gradient can come back. Take it of the tensor that this one is a view of."
        )
    return view_of(input, seen, AS_STRIDED, place)


def strided_memory(
    array: Array, size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int | None
) -> Array:
    """See the memory under an array; see `as_strided`."""
    if len(size) != len(stride):
        raise ShapeError(
            f"as_strided: mismatch in length of strides and shape, got size {list(size)} and "
            f"stride {list(stride)}."
        )
    if any(step < 0 for step in stride):
        raise LayoutError(
            "as_strided: Negative strides are not supported at the moment, got strides: "
            f"{list(stride)}"
        )
    if any(n < 0 for n in size):
        raise ShapeError(f"as_strided: sizes must not be negative, got {list(size)}.")
    memory, itemsize = bytes_of(root_of(array)), array.itemsize
    begin = (address_of(array) - address_of(memory)) // itemsize if memory.size else 0
    first = begin if storage_offset is None else storage_offset
    last = first + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if first < 0 or (0 not in size and (last + 1) * itemsize > memory.size):
        raise LayoutError(
            f"as_strided: sizes {list(size)}, strides {list(stride)} and storage offset {first} "
            f"need the elements {first} to {last}, and there are {memory.size // itemsize}."
        )
    offset = min(first * itemsize, memory.size)
    return np.ndarray(size, array.dtype, memory, offset, [step * itemsize for step in stride])
