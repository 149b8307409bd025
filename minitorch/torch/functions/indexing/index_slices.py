"""Functions that take, put, add or fill whole slices at indices of one dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....kernels.cpu.indexing import indexing
from ... import _dtype
from ..._record import Operation, record, record_many
from ..._wrap import Late, wrap
from .._entering import entered
from .._in_place import check_changeable
from .._operands import Number, write_out
from .._overrides import public
from ..views.views import reshape
from .masking import number_of

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def index_select(input: Tensor, dim: int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take slices at indices of a dimension.

    Args:
        input: any shape.
        dim: the dimension in which indices point.
        index: (n), int64 or int32.
        out: where to put the result.

    Raises:
        IndexRangeError, IndexShapeError, IndexDTypeError: the indices do not fit.
    """
    array = indexing.index_select(input._array, dim, index._array)
    if out is not None:
        return write_out("index_select", array, out)
    return record(wrap(array), _INDEX_SELECT, input, input._shape, dim, index)


def _select_back(grad: Tensor, shape: tuple[int, ...], dim: int, index: Tensor) -> Tensor:
    return index_add(wrap(np.zeros(shape, grad._array.dtype)), dim, index, grad)


_INDEX_SELECT = Operation("IndexSelectBackward0", _select_back)


def _selected_for(grad: Tensor, dim: int, index: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Take the gradient of a source, which may lack the dimension of a single slice."""
    own = index_select(grad, dim, index)
    return own if own._shape == shape else reshape(own, shape)


# ---- added


@public
def index_add(
    input: Tensor,
    dim: int,
    index: Tensor,
    source: Tensor,
    *,
    alpha: float = 1,
    out: Tensor | None = None,
) -> Tensor:
    """Add slices at indices of a dimension, in a copy: see `index_add_`."""
    array = indexing.index_add(input._array, dim, index._array, _values(source, alpha), alpha)
    if out is not None:
        return write_out("index_add", array, out)
    saved = (dim, index, source._shape, alpha)
    return record_many(wrap(array), _INDEX_ADD, (input, source), *saved)


@public
def index_add_(
    input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1
) -> Tensor:
    """Add slices: input[index[i]] += alpha * source[i] for dim 0.

    Args:
        input: any shape.
        dim: the dimension in which indices point.
        index: (n), int64 or int32.
        source: the input's shape, with n in the dimension, and its dtype.
        alpha: a factor.

    Raises:
        IndexRangeError, IndexShapeError, IndexDTypeError: the indices do not fit.
        DTypeError: source is of another dtype.
    """
    check_changeable(input)
    indexing.index_add_(input._array, dim, index._array, _values(source, alpha), alpha)
    return entered(input, _INDEX_ADD, (input, source), dim, index, source._shape, alpha)


def _values(source: Tensor, alpha: float) -> NDArray[Any]:
    """Give what is added: a factor of 0 leaves nothing of bool, which is not multiplied."""
    is_nothing = source._array.dtype == np.bool_ and not alpha
    return np.zeros_like(source._array) if is_nothing else source._array


def _add_back(
    grad: Tensor,
    needed: tuple[bool, bool],
    dim: int,
    index: Tensor,
    shape: tuple[int, ...],
    alpha: float,
) -> tuple[Tensor | None, Tensor | None]:
    other = None
    if needed[1]:
        other = _selected_for(grad, dim, index, shape)
        other = other if alpha == 1 else other * alpha
    return grad if needed[0] else None, other


_INDEX_ADD = Operation("IndexAddBackward0", _add_back)


# ---- replaced


@public
def index_copy(
    input: Tensor, dim: int, index: Tensor, source: Tensor, *, out: Tensor | None = None
) -> Tensor:
    """Replace slices at indices of a dimension, in a copy: see `index_copy_`."""
    array = indexing.index_copy(input._array, dim, index._array, source._array)
    if out is not None:
        return write_out("index_copy", array, out)
    return record_many(wrap(array), _INDEX_COPY, (input, source), dim, index, source._shape)


@public
def index_copy_(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """Replace slices: input[index[i]] = source[i] for dim 0; see `index_add_`."""
    check_changeable(input)
    indexing.index_copy_(input._array, dim, index._array, source._array)
    return entered(input, _INDEX_COPY, (input, source), dim, index, source._shape)


def _copy_back(
    grad: Tensor, needed: tuple[bool, bool], dim: int, index: Tensor, shape: tuple[int, ...]
) -> tuple[Tensor | None, Tensor | None]:
    own = index_fill(grad, dim, index, 0) if needed[0] else None
    return own, _selected_for(grad, dim, index, shape) if needed[1] else None


_INDEX_COPY = Operation("IndexCopyBackward0", _copy_back)


# ---- filled


@public
def index_fill(input: Tensor, dim: int, index: Tensor, value: Number | Tensor) -> Tensor:
    """Fill slices at indices of a dimension with a number, in a copy: see `index_fill_`."""
    array = indexing.index_fill(input._array, dim, index._array, number_of(value, "index_fill_"))
    if isinstance(value, Late.Tensor):
        saved = (dim, index, value._key.dtype)
        return record_many(wrap(array), _INDEX_FILL_BY_TENSOR, (input, value), *saved)
    return record_many(wrap(array), _INDEX_FILL, (input,), dim, index)


@public
def index_fill_(input: Tensor, dim: int, index: Tensor, value: Number | Tensor) -> Tensor:
    """Fill slices at indices of a dimension with a number.

    Args:
        input: any shape.
        dim: the dimension in which indices point.
        index: (n); negative indices count from the end.
        value: the number, or a tensor without dimensions.

    Raises:
        IndexRangeError, IndexShapeError, IndexDTypeError: the indices do not fit.
        ShapeError: value has dimensions.
    """
    check_changeable(input)
    indexing.index_fill_(input._array, dim, index._array, number_of(value, "index_fill_"))
    if isinstance(value, Late.Tensor):
        saved = (dim, index, value._key.dtype)
        return entered(input, _INDEX_FILL_BY_TENSOR, (input, value), *saved)
    return entered(input, _INDEX_FILL, (input,), dim, index)


def _fill_back(
    grad: Tensor,
    needed: tuple[bool, ...],
    dim: int,
    index: Tensor,
    dtype: _dtype.dtype | None = None,
) -> tuple[Tensor | None, ...]:
    own = index_fill(grad, dim, index, 0) if needed[0] else None
    if dtype is None:
        return (own,)
    if not needed[1]:
        return own, None
    # A place that is named twice was filled once.
    size = grad._shape[dim] if grad._shape else 1
    filled = wrap(np.unique(index._array % size))
    return own, index_select(grad, dim, filled).sum().to(dtype)


_INDEX_FILL = Operation("IndexFillBackward0", _fill_back)
_INDEX_FILL_BY_TENSOR = Operation("IndexFillBackward1", _fill_back)
