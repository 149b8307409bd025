"""Functions that take or put one element for each index along a dimension, or of all elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import GradientError
from ....kernels.cpu.indexing import advanced_indexing, indexing
from ....kernels.cpu.indexing.checks import IndexDTypeError, IndexShapeError, check_target
from ... import _dtype
from ..._record import Operation, record, record_many
from ..._wrap import Late, wrap
from .._entering import entered
from .._in_place import change, check_changeable
from .._operands import Number, check_out_dtype, number_array, write_out
from .._overrides import public
from ..views.slicing import put_into_zeros
from ..views.views import axis, expand, reshape
from .scatter_reductions import scatter_reduce, scatter_reduce_

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


# ---- one element for each index


@public
def gather(
    input: Tensor,
    dim: int,
    index: Tensor,
    *,
    sparse_grad: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Take one element for each index: result[i][j] = input[index[i][j]][j] for dim 0.

    Args:
        input: any shape.
        dim: the dimension in which indices point.
        index: int64 or int32, as many dimensions; no larger than input in the others. Without
            elements it may be of any dtype.
        sparse_grad: must be left at False: gradients are dense.
        out: where to put the result.

    Raises:
        IndexRangeError, IndexShapeError, IndexDTypeError: the indices do not fit.
    """
    if sparse_grad:
        raise GradientError("gather: there are no sparse gradients here; leave sparse_grad away.")
    if not index._array.size:
        # No indices are those of no dtype.
        index = wrap(index._array.astype(np.int64))
    array = indexing.gather(input._array, dim, index._array)
    if out is not None:
        check_out_dtype("gather", input._key.dtype, out)
        return write_out("gather", array, out)
    return record(wrap(array), _GATHER, input, input._shape, dim, index)


def _gather_back(grad: Tensor, shape: tuple[int, ...], dim: int, index: Tensor) -> Tensor:
    return scatter_add(wrap(np.zeros(shape, grad._array.dtype)), dim, index, grad)


_GATHER = Operation("GatherBackward0", _gather_back)


@public
def take_along_dim(
    input: Tensor, indices: Tensor, dim: int | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Take one element for each index, as `gather`, but broadcast the other dimensions.

    Args:
        input: any shape.
        indices: int64, as many dimensions; negative ones count from the end.
        dim: the dimension in which indices point; None flattens both.
        out: where to put the result.

    Raises:
        IndexRangeError, IndexShapeError, IndexDTypeError: the indices do not fit.
    """
    _check_long("take_along_dim", indices)
    array = indexing.take_along_dim(input._array, indices._array, dim)
    if out is not None:
        return write_out("take_along_dim", array, out)
    result = wrap(array)
    if input._node is None:
        return result
    # What the kernel has checked, in the form in which a gradient comes back.
    if dim is None:
        input, indices = (reshape(x, (x._array.size,)) for x in (input, indices))
        dim = 0
    place = axis(dim, len(input._shape), "take_along_dim")
    if input._shape:
        own = list(array.shape)
        own[place] = input._shape[place]
        input = expand(input, own)
    size = input._shape[place] if input._shape else 1
    index = np.broadcast_to(indices._array, array.shape)
    index = np.where(index < 0, index + size, index)
    return record(result, _GATHER, input, input._shape, place, wrap(index))


# ---- one place for each index


@public
def scatter(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor | Number | None = None,
    *,
    value: Number | None = None,
    reduce: str | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Replace one element for each index, in a copy: see `scatter_`."""
    source = _source_of("scatter", src, value)
    if reduce is not None:
        result = _reduced(scatter_reduce, input, dim, index, source, reduce)
        return result if out is None else write_out("scatter", result._array, out)
    if not isinstance(source, Late.Tensor):
        array = indexing.scatter(input._array, dim, index._array, source)
        if out is not None:
            return write_out("scatter", array, out)
        return record_many(wrap(array), _SCATTER_VALUE, (input,), dim, index)
    array = indexing.scatter(input._array, dim, index._array, source._array)
    if out is not None:
        return write_out("scatter", array, out)
    return record_many(wrap(array), _SCATTER, (input, source), dim, index, source._shape)


@public
def scatter_(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor | Number | None = None,
    *,
    value: Number | None = None,
    reduce: str | None = None,
) -> Tensor:
    """Replace one element for each index: input[index[i][j]][j] = src[i][j] for dim 0.

    Args:
        input: any shape.
        dim: the dimension in which indices point.
        index: as many dimensions; no larger than src, nor than input in the other dimensions.
        src: of the same dtype, or one number.
        value: one number, in place of src.
        reduce: "add" or "multiply": join with what is there instead of replacing it.

    Raises:
        IndexRangeError, IndexShapeError, IndexDTypeError: the indices do not fit.
        DTypeError: src is of another dtype.
    """
    source = _source_of("scatter_", src, value)
    if reduce is not None:
        return _reduced(scatter_reduce_, input, dim, index, source, reduce)
    check_changeable(input)
    if not isinstance(source, Late.Tensor):
        indexing.scatter_(input._array, dim, index._array, source)
        return entered(input, _SCATTER_VALUE, (input,), dim, index)
    indexing.scatter_(input._array, dim, index._array, source._array)
    return entered(input, _SCATTER, (input, source), dim, index, source._shape)


def _source_of(function: str, src: Any, value: Any) -> Any:
    if (src is None) == (value is None):
        raise TypeError(f"{function}() needs either src or value.")
    return value if src is None else src


def _reduced(
    function: Any, input: Tensor, dim: int, index: Tensor, source: Any, reduce: str
) -> Tensor:
    """Join elements by the older names of two reductions."""
    if reduce not in ("add", "multiply"):
        raise RuntimeError(
            f"scatter: reduce argument must be either add or multiply, got {reduce!r}. See "
            "scatter_reduce()."
        )
    if not isinstance(source, Late.Tensor):
        source = expand(wrap(number_array(source, input._key.dtype)), index._shape)
    result: Tensor = function(input, dim, index, source, "sum" if reduce == "add" else "prod")
    return result


def _scatter_back(
    grad: Tensor,
    needed: tuple[bool, bool],
    dim: int,
    index: Tensor,
    shape: tuple[int, ...],
) -> tuple[Tensor | None, Tensor | None]:
    own = scatter(grad, dim, index, 0) if needed[0] else None
    return own, gathered_for(grad, dim, index, shape) if needed[1] else None


def gathered_for(grad: Tensor, dim: int, index: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Take the gradient of what was scattered: 0 where src was larger than the index."""
    own = gather(grad, dim, index)
    if own._shape == shape:
        return own
    return put_into_zeros(own, shape, (*map(slice, index._shape), ...))


_SCATTER = Operation("ScatterBackward0", _scatter_back)
_SCATTER_VALUE = Operation(
    "ScatterBackward1", lambda grad, needed, dim, index: (scatter(grad, dim, index, 0),)
)


@public
def scatter_add(
    input: Tensor, dim: int, index: Tensor, src: Tensor, *, out: Tensor | None = None
) -> Tensor:
    """Add one element for each index, in a copy: see `scatter_add_`."""
    array = indexing.scatter_add(input._array, dim, index._array, src._array)
    if out is not None:
        return write_out("scatter_add", array, out)
    return record_many(wrap(array), _SCATTER_ADD, (input, src), dim, index, src._shape)


@public
def scatter_add_(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Add one element for each index: input[index[i][j]][j] += src[i][j] for dim 0.

    Arguments and errors as for `scatter_`.
    """
    check_changeable(input)
    indexing.scatter_add_(input._array, dim, index._array, src._array)
    return entered(input, _SCATTER_ADD, (input, src), dim, index, src._shape)


def _scatter_add_back(
    grad: Tensor, needed: tuple[bool, bool], dim: int, index: Tensor, shape: tuple[int, ...]
) -> tuple[Tensor | None, Tensor | None]:
    return grad if needed[0] else None, (
        gathered_for(grad, dim, index, shape) if needed[1] else None
    )


_SCATTER_ADD = Operation("ScatterAddBackward0", _scatter_add_back)


# ---- of the flattened tensor


@public
def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take elements of the flattened tensor; negative indices count from its end.

    Raises:
        IndexRangeError: an index is out of range.
        IndexDTypeError: indices are not int64.
    """
    _check_long("take", index)
    array = indexing.take(input._array, index._array)
    if out is not None:
        return write_out("take", array, out)
    return record(wrap(array), _TAKE, input, input._shape, index)


def _take_back(grad: Tensor, shape: tuple[int, ...], index: Tensor) -> Tensor:
    return put(wrap(np.zeros(shape, grad._array.dtype)), index, grad, True)


_TAKE = Operation("TakeBackward0", _take_back)


@public
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """Put elements into places of the flattened tensor, in a copy: see `put_`."""
    array = np.array(input._array, order="C")
    _put("put", array.reshape(-1), index, source, accumulate)
    return record_many(wrap(array), _PUT, (input, source), index, source._shape, accumulate)


@public
def put_(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """Put elements into places of the flattened tensor.

    Args:
        input: any shape.
        index: int64; negative indices count from the end.
        source: as many elements, of the same dtype.
        accumulate: add them to what is there.

    Raises:
        IndexRangeError: an index is out of range.
        IndexShapeError: index and source differ in size.
        DTypeError: dtypes differ.
    """
    if not input._array.flags.c_contiguous:
        return change(put, input, index, source, accumulate)
    check_changeable(input)
    check_target("put_", input._array)
    _put("put_", input._array.reshape(-1), index, source, accumulate)
    return entered(input, _PUT, (input, source), index, source._shape, accumulate)


def _put(function: str, memory: Array, index: Tensor, source: Tensor, accumulate: bool) -> None:
    _check_long(function, index)
    places, new = index._array.reshape(-1), source._array.reshape(-1)
    if places.size != new.size:
        raise IndexShapeError(
            f"{function}: Expected source and index to have the same number of elements, but got "
            f"source.numel() = {new.size}, index.numel() = {places.size}"
        )
    advanced_indexing.index_put_(memory, (places,), new, accumulate)


def _check_long(function: str, index: Tensor) -> None:
    if index._key.dtype is not _dtype.int64:
        raise IndexDTypeError(
            f"{function}(): Expected a long tensor for index, but got {index._key.dtype}. Convert "
            "it with long()."
        )


def _put_back(
    grad: Tensor,
    needed: tuple[bool, bool],
    index: Tensor,
    shape: tuple[int, ...],
    accumulate: bool,
) -> tuple[Tensor | None, Tensor | None]:
    own = grad if needed[0] else None
    if needed[0] and not accumulate:
        own = put(grad, index, wrap(np.zeros(index._shape, grad._array.dtype)))
    return own, reshape(take(grad, index), shape) if needed[1] else None


_PUT = Operation("PutBackward0", _put_back)
