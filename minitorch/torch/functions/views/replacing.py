"""Copies of a tensor in which a part is replaced, as if a view of it had been written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ....errors import ShapeError
from ....kernels.cpu.elementwise.cast import copy_
from ... import _dtype
from ..._layout import contiguous_format
from ..._memory import offset_of
from ..._record import Operation, record_many
from ..._wrap import wrap
from .._overrides import public
from .slicing import SLICE, WHOLE, as_strided, diagonal, part, select
from .views import axis

if TYPE_CHECKING:
    from ..._tensor import Tensor

Look = Callable[["Tensor"], "Tensor"]


@public
def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """Give a copy in which the part that `select` gives is replaced.

    Raises:
        IndexError: there is no such dimension or place.
        ShapeError: src has another shape than the part.
    """
    return _replaced(input, src, lambda whole: select(whole, dim, index), _SELECT)


@public
def slice_scatter(
    input: Tensor,
    src: Tensor,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Tensor:
    """Give a copy in which a slice of a dimension is replaced.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: src has another shape than the slice.
    """
    if step <= 0:
        raise ShapeError(f"slice_scatter: slice step must be positive, got {step}.")
    key = (*(WHOLE,) * axis(dim, len(input._shape), "slice_scatter"), slice(start, end, step), ...)
    return _replaced(input, src, lambda whole: part(whole, key, SLICE), _SLICE)


@public
def diagonal_scatter(
    input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1
) -> Tensor:
    """Give a copy in which a diagonal is replaced.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: src has another shape than the diagonal.
    """
    return _replaced(input, src, lambda whole: diagonal(whole, offset, dim1, dim2), _DIAGONAL)


@public
def as_strided_scatter(
    input: Tensor,
    src: Tensor,
    size: Sequence[int],
    stride: Sequence[int],
    storage_offset: int | None = None,
) -> Tensor:
    """Give a copy in which the part that `as_strided` gives is replaced.

    Raises:
        ShapeError: src has another shape than the part.
        LayoutError: elements of the part lie outside of the memory.
    """
    return _replaced(
        input,
        src,
        lambda whole: as_strided(_alone(whole), size, stride, storage_offset),
        _AS_STRIDED,
    )


def _alone(tensor: Tensor) -> Tensor:
    """Give a tensor that is dense and at the start of its memory, as the strides take it to be."""
    if tensor._array.flags.c_contiguous and offset_of(tensor._array) == 0:
        return tensor
    return tensor.clone(memory_format=contiguous_format)


def _replaced(input: Tensor, src: Tensor, look: Look, operation: Operation) -> Tensor:
    result = wrap(np.array(input._array, order="C"))
    own = look(result)
    if own._shape != src._shape:
        raise ShapeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(src._shape)}, slice size = {list(own._shape)}"
        )
    copy_(own._array, src._array)
    return record_many(result, operation, (input, src), look, operation, src._key.dtype)


def _replaced_back(
    grad: Tensor,
    needed: tuple[bool, bool],
    look: Look,
    operation: Operation,
    dtype: _dtype.dtype,
) -> tuple[Tensor | None, Tensor | None]:
    part_of_it = look(grad)
    emptied = None
    if needed[0]:
        zeros = wrap(np.zeros(part_of_it._shape, part_of_it._array.dtype))
        emptied = _replaced(grad, zeros, look, operation)
    return emptied, part_of_it.to(dtype) if needed[1] else None


_SELECT = Operation("SelectScatterBackward0", _replaced_back)
_SLICE = Operation("SliceScatterBackward0", _replaced_back)
_DIAGONAL = Operation("DiagonalScatterBackward0", _replaced_back)
_AS_STRIDED = Operation("AsStridedScatterBackward0", _replaced_back)
