"""Scatter that joins what meets in one place: to a sum, product, mean, largest or smallest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ....kernels.cpu.indexing import scatter_reduce as kernels
from ..._node import is_recording
from ..._record import Operation, record_many
from ..._wrap import wrap
from .._in_place import check_changeable, replace
from .._operands import write_out
from .._overrides import public
from ..pointwise.selection import where
from ..views.slicing import put_into_zeros
from ..views.views import axis, expand, reshape

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def scatter_reduce(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor,
    reduce: str,
    *,
    include_self: bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """Join one element for each index with input[index[i][j]][j], for dim 0, in a copy.

    Args:
        input: any shape.
        dim: the dimension in which indices point.
        index: as many dimensions; no larger than src, nor than input in the other dimensions.
        src: of the same dtype.
        reduce: "sum", "prod", "mean", "amax" or "amin".
        include_self: the element that is there counts, too.
        out: where to put the result.

    Raises:
        IndexRangeError, IndexShapeError, IndexDTypeError: the indices do not fit.
        RuntimeError: there is no such reduction.
    """
    array = kernels.scatter_reduce(
        input._array, dim, index._array, src._array, reduce, include_self
    )
    if out is not None:
        return write_out("scatter_reduce", array, out)
    result = wrap(array)
    joined = result if reduce in ("amax", "amin") else None
    saved = (input, src) if reduce in ("prod", "amax", "amin") else (None, None)
    facts = (dim, index, reduce, include_self, input._shape, src._shape)
    return record_many(result, _SCATTER_REDUCE, (input, src), *saved, joined, *facts)


@public
def scatter_reduce_(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor,
    reduce: str,
    *,
    include_self: bool = True,
) -> Tensor:
    """Join one element for each index in place; see `scatter_reduce`."""
    return _changed(scatter_reduce, input, dim, index, src, reduce, include_self)


def _changed(
    function: Callable[..., Tensor],
    target: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor,
    reduce: str,
    include_self: bool,
) -> Tensor:
    """Join elements in place; the way back takes the tensor as it was before."""
    check_changeable(target)
    before = target
    if is_recording() and (target._node is not None or src._node is not None):
        before = wrap(target._array.copy())
        before._node = target._node
    result = function(before, dim, index, src, reduce, include_self=include_self)
    return replace(function.__name__, target, result)


def _scatter_reduce_back(
    grad: Tensor,
    needed: tuple[bool, bool],
    input: Tensor | None,
    src: Tensor | None,
    result: Tensor | None,
    dim: int,
    index: Tensor,
    reduce: str,
    include_self: bool,
    shape: tuple[int, ...],
    src_shape: tuple[int, ...],
) -> tuple[Tensor | None, Tensor | None]:
    if reduce == "prod" and input is not None and src is not None:
        own, other = _of_product(grad, input, _fitting(src, index), dim, index, include_self)
    elif input is not None and src is not None and result is not None:
        own, other = _of_extreme(
            grad, input, _fitting(src, index), result, dim, index, include_self
        )
    else:
        own = grad
        if reduce == "mean":
            own = grad / _counts(grad, dim, index, include_self)
        other = own.gather(dim, index)
    if not include_self:
        own = own.scatter(dim, index, 0)
    if needed[1] and other._shape != src_shape:
        other = put_into_zeros(other, src_shape, (*map(slice, index._shape), ...))
    return own if needed[0] else None, other if needed[1] else None


def _fitting(src: Tensor, index: Tensor) -> Tensor:
    """Give the elements of src that an index belongs to."""
    return src if src._shape == index._shape else src[tuple(map(slice, index._shape))]


def _counts(grad: Tensor, dim: int, index: Tensor, include_self: bool) -> Tensor:
    """Count the elements that were joined in each place; at least 1."""
    dtype = grad._array.dtype
    counts = wrap(np.full(grad._shape, include_self, dtype))
    return counts.scatter_add(dim, index, wrap(np.ones(index._shape, dtype))).clamp_min(1)


def _of_extreme(
    grad: Tensor,
    input: Tensor,
    src: Tensor,
    result: Tensor,
    dim: int,
    index: Tensor,
    include_self: bool,
) -> tuple[Tensor, Tensor]:
    """Share a gradient among all elements that are equally large."""
    own = (input == result).to(grad._key.dtype)
    in_src = (src == result.gather(dim, index)).to(grad._key.dtype)
    counted = own if include_self else own.scatter(dim, index, 0)
    share = grad / counted.scatter_add(dim, index, in_src).clamp_min(1)
    return own * share, in_src * share.gather(dim, index)


def _of_product(
    grad: Tensor, input: Tensor, src: Tensor, dim: int, index: Tensor, include_self: bool
) -> tuple[Tensor, Tensor]:
    """Divide a product by its factor, or multiply the others where that is 0."""
    without_zero = where(input == 0, 1, input)
    others = scatter_reduce(without_zero, dim, index, src, "prod", include_self=include_self)
    own = grad * others / without_zero
    is_zero = src == 0
    counted = wrap(np.zeros(input._shape, np.int64))
    zeros = counted.scatter_add(dim, index, is_zero.to(counted._key.dtype)).gather(dim, index)
    is_single = is_zero & (zeros == 1)
    rest = scatter_reduce(
        input, dim, index, where(is_single, 1, src), "prod", include_self=include_self
    )
    whole = scatter_reduce(input, dim, index, src, "prod", include_self=include_self)
    of_factor = (grad * whole).gather(dim, index) / where(is_zero, 1, src)
    return own, where(is_single, (grad * rest).gather(dim, index), of_factor)


_SCATTER_REDUCE = Operation("ScatterReduceBackward0", _scatter_reduce_back)


# ---- slices


_SLICE_REDUCTIONS = ("prod", "mean", "amax", "amin")


@public
def index_reduce(
    input: Tensor,
    dim: int,
    index: Tensor,
    source: Tensor,
    reduce: str,
    *,
    include_self: bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """Join slices with those at indices of a dimension, in a copy.

    Args:
        input: any shape.
        dim: the dimension in which indices point.
        index: (n).
        source: the input's shape, with n in the dimension, and its dtype.
        reduce: "prod", "mean", "amax" or "amin".
        include_self: the slice that is there counts, too.
        out: where to put the result.

    Raises:
        IndexRangeError, IndexShapeError, IndexDTypeError: the indices do not fit.
        RuntimeError: there is no such reduction.
    """
    if reduce not in _SLICE_REDUCTIONS:
        raise RuntimeError(
            f"index_reduce(): Expected reduce to be one of {', '.join(_SLICE_REDUCTIONS)} but got "
            f"{reduce}."
        )
    rank = len(source._shape)
    place = axis(dim, rank, "index_reduce")
    along = [-1 if d == place else 1 for d in range(rank)]
    places = expand(reshape(index, along), source._shape)
    return scatter_reduce(input, dim, places, source, reduce, include_self=include_self, out=out)


@public
def index_reduce_(
    input: Tensor,
    dim: int,
    index: Tensor,
    source: Tensor,
    reduce: str,
    *,
    include_self: bool = True,
) -> Tensor:
    """Join slices with those at indices of a dimension, in place; see `index_reduce`."""
    return _changed(index_reduce, input, dim, index, source, reduce, include_self)
