"""Functions that choose elements by a mask of bool, and places of elements that are not 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import ShapeError
from ....kernels.cpu.indexing import masking
from ... import _dtype
from ..._record import Operation, record, record_many
from ..._wrap import Late, wrap
from .._entering import entered
from .._in_place import check_changeable
from .._operands import Number, write_out
from .._overrides import public
from ..views.slicing import put_into_zeros
from ..views.views import expand, reshape, sum_to

if TYPE_CHECKING:
    from ..._tensor import Tensor


# ---- filled


@public
def masked_fill(input: Tensor, mask: Tensor, value: Number | Tensor) -> Tensor:
    """Put a number where the mask holds, in a copy; input and mask broadcast.

    Args:
        input: any shape.
        mask: bool.
        value: the number, or a tensor without dimensions.

    Raises:
        MaskDTypeError: the mask is not of bool.
        ShapeError: the shapes do not broadcast, or value has dimensions.
    """
    number = number_of(value, "masked_fill_")
    array = masking.masked_fill(input._array, mask._array, number)
    if number is not value and isinstance(value, Late.Tensor):
        saved = (mask, input._shape, value._key.dtype)
        return record_many(wrap(array), _MASKED_FILL_BY_TENSOR, (input, value), *saved)
    return record_many(wrap(array), _MASKED_FILL, (input,), mask, input._shape)


@public
def masked_fill_(input: Tensor, mask: Tensor, value: Number | Tensor) -> Tensor:
    """Put a number where the mask holds, which broadcasts to the tensor; see `masked_fill`."""
    check_changeable(input)
    number = number_of(value, "masked_fill_")
    masking.masked_fill_(input._array, mask._array, number)
    if number is not value and isinstance(value, Late.Tensor):
        saved = (mask, input._shape, value._key.dtype)
        return entered(input, _MASKED_FILL_BY_TENSOR, (input, value), *saved)
    return entered(input, _MASKED_FILL, (input,), mask, input._shape)


def number_of(value: Any, function: str) -> Number:
    """Give a number, or the one that a tensor without dimensions holds.

    Raises:
        ShapeError: the tensor has dimensions.
    """
    if not isinstance(value, Late.Tensor):
        number: Number = value
        return number
    if value._shape:
        raise ShapeError(
            f"{function} only supports a 0-dimensional value tensor, but got tensor with "
            f"{len(value._shape)} dimension(s), of shape {list(value._shape)}."
        )
    number = value._array.item()
    return number


def fill_back(
    grad: Tensor,
    needed: tuple[bool, ...],
    mask: Tensor,
    shape: tuple[int, ...],
    dtype: _dtype.dtype | None = None,
) -> tuple[Tensor | None, ...]:
    """Bring a gradient back to what was not filled, and to the number."""
    own = sum_to(masked_fill(grad, mask, 0), shape) if needed[0] else None
    if dtype is None:
        return (own,)
    return own, masked_select(grad, mask).sum().to(dtype) if needed[1] else None


_MASKED_FILL = Operation("MaskedFillBackward0", fill_back)
_MASKED_FILL_BY_TENSOR = Operation("MaskedFillBackward1", fill_back)


# ---- listed and replaced


@public
def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = None) -> Tensor:
    """List the elements where the mask holds; input and mask broadcast.

    Raises:
        MaskDTypeError: the mask is not of bool.
        ShapeError: the shapes do not broadcast.
    """
    array = masking.masked_select(input._array, mask._array)
    if out is not None:
        return write_out("masked_select", array, out)
    return record(wrap(array), _MASKED_SELECT, input, mask, input._shape)


def select_back(grad: Tensor, mask: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Put what was listed back to where the mask holds, into zeros."""
    zeros = wrap(np.zeros(shape, grad._array.dtype))
    if mask._shape == shape:
        return masked_scatter(zeros, mask, grad)
    whole = np.broadcast_shapes(mask._shape, shape)
    return sum_to(masked_scatter(expand(zeros, whole), mask, grad), shape)


_MASKED_SELECT = Operation("MaskedSelectBackward0", select_back)


@public
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """Replace the elements where the mask holds by those of a source, in their order, in a copy.

    Args:
        input: any shape.
        mask: bool; input and mask broadcast.
        source: of the same dtype, with at least as many elements as are replaced.

    Raises:
        MaskDTypeError: the mask is not of bool.
        ShapeError: the shapes do not broadcast, or the source is too short.
    """
    array = masking.masked_scatter(input._array, mask._array, source._array)
    saved = (mask, input._shape, source._shape)
    return record_many(wrap(array), _MASKED_SCATTER, (input, source), *saved)


@public
def masked_scatter_(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """Replace the elements where the mask holds in place; see `masked_scatter`."""
    check_changeable(input)
    masking.masked_scatter_(input._array, mask._array, source._array)
    return entered(input, _MASKED_SCATTER, (input, source), mask, input._shape, source._shape)


def _scatter_back(
    grad: Tensor,
    needed: tuple[bool, bool],
    mask: Tensor,
    shape: tuple[int, ...],
    source_shape: tuple[int, ...],
) -> tuple[Tensor | None, Tensor | None]:
    own = sum_to(masked_fill(grad, mask, 0), shape) if needed[0] else None
    if not needed[1]:
        return own, None
    used = masked_select(grad, mask)
    size = int(np.prod(source_shape, dtype=np.int64))
    if used._shape[0] != size:
        used = put_into_zeros(used, (size,), (slice(used._shape[0]), ...))
    return own, reshape(used, source_shape)


_MASKED_SCATTER = Operation("MaskedScatterBackward0", _scatter_back)


# ---- places


@public
def nonzero(input: Tensor, *, out: Tensor | None = None, as_tuple: bool = False) -> Any:
    """Give the places of all elements that are not 0.

    Args:
        input: any shape.
        out: where to put the result.
        as_tuple: give a vector for each dimension, with which the tensor can be indexed.

    Returns:
        (n, dimensions), int64; or a tuple of vectors of n.
    """
    if as_tuple:
        array = input._array if input._shape else input._array.reshape(1)
        return tuple([wrap(places) for places in places_of(array)])
    found = masking.nonzero(input._array)
    return wrap(found) if out is None else write_out("nonzero", found, out)


def places_of(array: NDArray[Any]) -> list[NDArray[np.int64]]:
    """Give, for each dimension, the places of all elements that are not 0."""
    return list(np.ascontiguousarray(masking.nonzero(array).T))


@public
def argwhere(input: Tensor) -> Tensor:
    """Give the places of all elements that are not 0, as (n, dimensions)."""
    return wrap(masking.nonzero(input._array))
