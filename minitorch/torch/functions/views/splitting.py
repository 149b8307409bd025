"""Views of all the parts of a tensor along a dimension."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import ShapeError
from ... import _dtype
from ..._record import OperationOfMany, record_outputs
from ..._wrap import Late, wrap, wrap_view
from .._overrides import public
from ..arranging.joining import cat, stack
from .slicing import SLICE, WHOLE, Key, part
from .views import axis

if TYPE_CHECKING:
    from ..._tensor import Tensor

Parts = tuple["Tensor", ...]


# ---- parts of given sizes


@public
def split(tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> Parts:
    """Cut a dimension into parts of one size, the last of which may be smaller, or of given sizes.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: the sizes do not add up to that of the dimension.
    """
    if not isinstance(split_size_or_sections, int):
        return split_with_sizes(tensor, split_size_or_sections, dim)
    size, place = split_size_or_sections, _axis_to_cut(tensor, dim, "split")
    whole = tensor._shape[place]
    if size < 0:
        raise ShapeError(f"split expects split_size be non-negative, but got split_size={size}")
    if size == 0 and whole:
        raise ShapeError(
            f"split: split_size can only be 0 if dimension size is 0, but got dimension size of "
            f"{whole}"
        )
    starts = range(0, max(whole, 1), size or 1)
    return _cut(tensor, place, [min(size, whole - start) for start in starts], _SPLIT)


@public
def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> Parts:
    """Cut a dimension into parts of given sizes.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: the sizes do not add up to that of the dimension.
    """
    place, sizes = _axis_to_cut(input, dim, "split_with_sizes"), list(split_sizes)
    if any(size < 0 for size in sizes):
        raise ShapeError(
            "split_with_sizes expects split_sizes have only non-negative entries, but got "
            f"split_sizes={sizes}"
        )
    if sum(sizes) != input._shape[place]:
        raise ShapeError(
            f"split_with_sizes expects split_sizes to sum exactly to {input._shape[place]} (input "
            f"tensor's size at dimension {place}), but got split_sizes={sizes}"
        )
    return _cut(input, place, sizes, _SPLIT_WITH_SIZES)


@public
def chunk(input: Tensor, chunks: int, dim: int = 0) -> Parts:
    """Cut a dimension into so many parts of one size, or fewer: the last ones may be missing.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: chunks is not positive.
    """
    place = _axis_to_cut(input, dim, "chunk")
    if chunks <= 0:
        raise ShapeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    whole = input._shape[place]
    if not whole:
        return _cut(input, place, [0] * chunks, _SPLIT_WITH_SIZES)
    return split(input, -(-whole // chunks), place)


def _axis_to_cut(tensor: Tensor, dim: int, function: str) -> int:
    if not tensor._shape:
        raise ShapeError(f"{function} expects at least a 1-dimensional tensor")
    return axis(dim, len(tensor._shape), function)


def _cut(tensor: Tensor, place: int, sizes: Sequence[int], operation: OperationOfMany) -> Parts:
    array, before, start = tensor._array, (WHOLE,) * place, 0
    found = []
    for size in sizes:
        found.append(wrap_view(array[(*before, slice(start, start + size))], tensor))
        start += size
    saved = (tensor._shape, place, tuple(sizes), tensor._key.dtype)
    record_outputs(found, operation, (tensor,), *saved)
    return tuple(found)


def _cut_back(
    grads: Sequence[Tensor | None],
    needed: tuple[bool],
    shape: tuple[int, ...],
    place: int,
    sizes: tuple[int, ...],
    dtype: _dtype.dtype,
) -> tuple[Tensor]:
    parts = []
    for grad, size in zip(grads, sizes, strict=True):
        own = (*shape[:place], size, *shape[place + 1 :])
        parts.append(wrap(np.zeros(own, dtype.numpy)) if grad is None else grad)
    return (cat(parts, place),)


_SPLIT = OperationOfMany("SplitBackward0", _cut_back)
_SPLIT_WITH_SIZES = OperationOfMany("SplitWithSizesBackward0", _cut_back)


# ---- parts that are no views: a change of one is not seen by the others


@public
def unsafe_split(
    tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0
) -> Parts:
    """Cut a dimension as `split` does, into parts that do not know that they share memory."""
    if not isinstance(split_size_or_sections, int):
        return unsafe_split_with_sizes(tensor, split_size_or_sections, dim)
    return _apart(tensor, split(tensor.detach(), split_size_or_sections, dim), dim, _UNSAFE_SPLIT)


@public
def unsafe_split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> Parts:
    """Cut a dimension as `split_with_sizes` does; see `unsafe_split`."""
    parts = split_with_sizes(input.detach(), split_sizes, dim)
    return _apart(input, parts, dim, _UNSAFE_SPLIT_WITH_SIZES)


@public
def unsafe_chunk(input: Tensor, chunks: int, dim: int = 0) -> Parts:
    """Cut a dimension as `chunk` does; see `unsafe_split`."""
    parts = chunk(input.detach(), chunks, dim)
    operation = _UNSAFE_SPLIT if input._shape[dim] else _UNSAFE_SPLIT_WITH_SIZES
    return _apart(input, parts, dim, operation)


def _apart(tensor: Tensor, parts: Parts, dim: int, operation: OperationOfMany) -> Parts:
    """Make tensors without a base of views."""
    place = dim % len(tensor._shape)
    found = tuple([wrap(part._array) for part in parts])
    sizes = tuple([part._shape[place] for part in parts])
    record_outputs(found, operation, (tensor,), tensor._shape, place, sizes, tensor._key.dtype)
    return found


_UNSAFE_SPLIT = OperationOfMany("UnsafeSplitBackward0", _cut_back)
_UNSAFE_SPLIT_WITH_SIZES = OperationOfMany("UnsafeSplitWithSizesBackward0", _cut_back)


# ---- parts between given places


@public
def tensor_split(
    input: Tensor, indices_or_sections: int | Sequence[int] | Tensor, dim: int = 0
) -> Parts:
    """Cut a dimension into so many parts, or at given places.

    The first of several parts are larger by one, if the sizes cannot be equal. Places are those of
    slices: negative ones count from the end.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: the number of parts is not positive.
    """
    place = _axis_to_cut(input, dim, "tensor_split")
    cuts = indices_or_sections
    if isinstance(cuts, Late.Tensor):
        cuts = cuts.tolist()
    whole = input._shape[place]
    if isinstance(cuts, int):
        if cuts <= 0:
            raise ShapeError(f"number of sections must be larger than 0, got {cuts}")
        size, larger = divmod(whole, cuts)
        cuts = [size * i + min(i, larger) for i in range(1, cuts)]
    before = (WHOLE,) * place
    starts, ends = [0, *cuts], [*cuts, whole]
    return tuple(
        [
            part(input, (*before, slice(start, end), ...), SLICE)
            for start, end in zip(starts, ends, strict=True)
        ]
    )


@public
def hsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> Parts:
    """Cut columns apart, as `tensor_split`, into equal parts; a vector is cut into vectors.

    Raises:
        ShapeError: the parts would not be equal, or there is no dimension.
    """
    return _split_equally("hsplit", input, indices_or_sections, 1 if len(input._shape) > 1 else 0)


@public
def vsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> Parts:
    """Cut rows apart, as `tensor_split`, into equal parts.

    Raises:
        ShapeError: the parts would not be equal, or there are fewer than two dimensions.
    """
    return _split_equally("vsplit", input, indices_or_sections, 0, 2)


@public
def dsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> Parts:
    """Cut the third dimension, as `tensor_split`, into equal parts.

    Raises:
        ShapeError: the parts would not be equal, or there are fewer than three dimensions.
    """
    return _split_equally("dsplit", input, indices_or_sections, 2, 3)


def _split_equally(function: str, input: Tensor, cuts: Any, dim: int, least: int = 1) -> Parts:
    if len(input._shape) < least:
        raise ShapeError(
            f"torch.{function} requires a tensor with at least {least} dimension, but got a tensor "
            f"with {len(input._shape)} dimensions!"
        )
    if isinstance(cuts, int) and (cuts <= 0 or input._shape[dim] % cuts):
        raise ShapeError(
            f"torch.{function} attempted to split along dimension {dim}, but the size of the "
            f"dimension {input._shape[dim]} is not divisible by the split_size {cuts}!"
        )
    return tensor_split(input, cuts, dim)


# ---- single places


@public
def unbind(input: Tensor, dim: int = 0) -> Parts:
    """Give the parts at all places of a dimension, which they do not have.

    Raises:
        IndexError: there is no such dimension.
    """
    if not input._shape:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    place, array = axis(dim, len(input._shape), "unbind"), input._array
    before = (WHOLE,) * place
    keys: list[Key] = [(*before, i, ...) for i in range(input._shape[place])]
    found = [wrap_view(array[key], input) for key in keys]
    if found:
        record_outputs(found, _UNBIND, (input,), found[0]._shape, place, input._key.dtype)
    return tuple(found)


def _unbind_back(
    grads: Sequence[Tensor | None],
    needed: tuple[bool],
    shape: tuple[int, ...],
    place: int,
    dtype: _dtype.dtype,
) -> tuple[Tensor]:
    zeros = wrap(np.zeros(shape, dtype.numpy))
    return (stack([zeros if grad is None else grad for grad in grads], place),)


_UNBIND = OperationOfMany("UnbindBackward0", _unbind_back)
