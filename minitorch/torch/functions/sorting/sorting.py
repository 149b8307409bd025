"""Functions that put elements in order, or choose them by their rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from ....kernels.cpu.sorting import sorting
from ... import return_types
from ..._record import Operation, record
from ..._wrap import wrap
from .._operands import write_out
from .._overrides import public
from ..indexing._positions import Pair, back_to_positions, found
from ..reductions.extremes import share_of_all

if TYPE_CHECKING:
    from ..._tensor import Tensor


# ---- all elements in order


@public
def sort(
    input: Tensor,
    dim: int = -1,
    descending: bool = False,
    *,
    stable: bool | None = None,
    out: Pair = None,
) -> return_types.sort:
    """Sort along a dimension; a NaN is larger than all numbers.

    Args:
        input: any shape.
        dim: along which dimension.
        descending: the largest element comes first.
        stable: equal elements stay in their order. Here they always do.
        out: where to put the elements and their positions.

    Raises:
        IndexError: the dimension does not exist.
    """
    arrays = sorting.sort(input._array, dim, descending)
    operation = _SORT if stable is None else _STABLE_SORT
    return found(return_types.sort, arrays, operation, input, dim, out=out)


_SORT = Operation("SortBackward0", back_to_positions)
_STABLE_SORT = Operation("SortBackward1", back_to_positions)


@public
def argsort(
    input: Tensor,
    dim: int = -1,
    descending: bool = False,
    *,
    stable: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Give the positions that sort along a dimension; see `sort`."""
    array = sorting.argsort(input._array, dim, descending)
    return wrap(array) if out is None else write_out("argsort", array, out)


@public
def msort(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Sort along the first dimension."""
    values = sort(input, 0)[0]
    return values if out is None else write_out("msort", values._array, out)


# ---- some of them


@public
def topk(
    input: Tensor,
    k: int,
    dim: int = -1,
    largest: bool = True,
    sorted: bool = True,
    *,
    out: Pair = None,
) -> return_types.topk:
    """Take the k largest or smallest elements along a dimension.

    Args:
        input: any shape.
        k: how many.
        dim: along which dimension.
        largest: the largest ones.
        sorted: in order, the most extreme one first.
        out: where to put the elements and their positions.

    Raises:
        IndexError: the dimension does not exist.
        RuntimeError: there are fewer than k, or the elements are bool.
    """
    arrays = sorting.topk(input._array, k, dim, largest, sorted)
    return found(return_types.topk, arrays, _TOPK, input, dim, out=out)


@public
def kthvalue(
    input: Tensor, k: int, dim: int = -1, keepdim: bool = False, *, out: Pair = None
) -> return_types.kthvalue:
    """Take the k-th smallest element along a dimension, k counted from 1.

    Raises:
        IndexError: the dimension does not exist.
        RuntimeError: there are fewer than k, or the elements are bool.
    """
    arrays = sorting.kthvalue(input._array, k, dim, keepdim)
    return found(return_types.kthvalue, arrays, _KTHVALUE, input, dim, keepdim, out)


@public
def mode(
    input: Tensor, dim: int = -1, keepdim: bool = False, *, out: Pair = None
) -> return_types.mode:
    """Take the most frequent element along a dimension, of several the smallest.

    Raises:
        IndexError: the dimension does not exist or has size 0.
    """
    arrays = sorting.mode(input._array, dim, keepdim)
    return found(return_types.mode, arrays, _MODE, input, dim, keepdim, out)


_TOPK = Operation("TopkBackward0", back_to_positions)
_KTHVALUE = Operation("KthvalueBackward0", back_to_positions)
_MODE = Operation("ModeBackward0", back_to_positions)


# ---- the middle


@overload
def median(input: Tensor) -> Tensor: ...
@overload
def median(
    input: Tensor, dim: int, keepdim: bool = False, *, out: Pair = None
) -> return_types.median: ...
@public
def median(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Pair = None
) -> Any:
    """Take the middle element, of two the lower one; a NaN wins.

    Args:
        input: any shape.
        dim: along what; the result is then a tuple of values and indices.
        keepdim: the dimension stays, with size 1.
        out: where to put the elements and their positions.

    Raises:
        IndexError: the dimension does not exist or has size 0.
        NotImplementedError: the elements are bool.
    """
    if dim is None:
        return _middle(sorting.median(input._array), _MEDIAN_ALL, input)
    arrays = sorting.median(input._array, dim, keepdim)
    return found(return_types.median, arrays, _MEDIAN, input, dim, keepdim, out)


@overload
def nanmedian(input: Tensor) -> Tensor: ...
@overload
def nanmedian(
    input: Tensor, dim: int, keepdim: bool = False, *, out: Pair = None
) -> return_types.nanmedian: ...
@public
def nanmedian(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Pair = None
) -> Any:
    """Take the middle one of the elements that are not NaN; see `median`."""
    if dim is None:
        return _middle(sorting.nanmedian(input._array), _NANMEDIAN_ALL, input)
    arrays = sorting.nanmedian(input._array, dim, keepdim)
    return found(return_types.nanmedian, arrays, _NANMEDIAN, input, dim, keepdim, out)


def _middle(array: Any, operation: Operation, input: Tensor) -> Tensor:
    result = wrap(array)
    return record(result, operation, input, input, result)


_MEDIAN = Operation("MedianBackward1", back_to_positions)
_MEDIAN_ALL = Operation("MedianBackward0", share_of_all)
_NANMEDIAN = Operation("NanmedianBackward1", back_to_positions)
_NANMEDIAN_ALL = Operation("NanmedianBackward0", share_of_all)
