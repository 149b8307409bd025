"""Functions that reduce dimensions: sums, averages, products and truths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ....errors import ShapeError
from ....kernels.cpu.reductions import reduce
from ... import _dtype
from ..._node import is_recording
from ..._record import Operation, record
from ..._wrap import wrap
from .._operands import write_out
from .._overrides import public
from ..pointwise.selection import where
from ..views.views import axis, reshape, sum_to, transpose, unsqueeze

if TYPE_CHECKING:
    from ..._tensor import Tensor

Dims = int | Sequence[int] | None


# ---- sums


@public
def sum(
    input: Tensor,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    dtype: _dtype.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Add up over dimensions, all of them by default; integers give int64.

    Args:
        input: what is added up.
        dim: one dimension or several.
        keepdim: the dimensions stay, with size 1.
        dtype: convert the elements first.
        out: where to put the result.

    Raises:
        IndexError: a dimension does not exist.
    """
    if dtype is not None:
        result = sum(input.to(dtype), dim, keepdim).to(dtype)
        return result if out is None else write_out("sum", result._array, out)
    array = reduce.sum(input._array, dim, keepdim)
    if out is not None:
        return write_out("sum", array, out)
    result = wrap(array)
    if input._node is None:
        return result
    operation = _SUM_ALL if dim is None else _SUM
    return record(result, operation, input, input._shape, dim, keepdim)


def kept_shape(shape: tuple[int, ...], dim: Dims) -> tuple[int, ...]:
    """Give a shape with size 1 in the dimensions that are reduced."""
    dims: Sequence[int] = ()
    if dim is not None:
        dims = dim if isinstance(dim, Sequence) else (dim,)
    if not shape or not dims:
        return (1,) * len(shape)
    axes = {axis(d, len(shape), "sum") for d in dims}
    return tuple([1 if d in axes else n for d, n in enumerate(shape)])


def spread(
    grad: Tensor, shape: tuple[int, ...], dim: Dims, keepdim: bool, divisor: float = 1
) -> Tensor:
    """Repeat what a reduction gave along the dimensions that were reduced, divided by a number."""
    own = grad._array
    if not keepdim:
        own = own.reshape(kept_shape(shape, dim))
    array = np.empty(shape, own.dtype)
    if divisor == 1:
        array[...] = own
    else:
        np.divide(own, divisor, out=array)
    return record(wrap(array), _SPREAD, grad, dim, keepdim, divisor)


def _spread_back(grad: Tensor, dim: Dims, keepdim: bool, divisor: float) -> Tensor:
    total = sum(grad, dim, keepdim)
    return total if divisor == 1 else total / divisor


_SPREAD = Operation("ExpandBackward0", _spread_back)
_SUM_ALL = Operation("SumBackward0", spread)
_SUM = Operation("SumBackward1", spread)


@public
def sum_to_size(input: Tensor, size: Sequence[int]) -> Tensor:
    """Add up what was repeated to come from a size to the input's.

    Raises:
        ShapeError: the size does not expand to the input's.
    """
    shape, own = tuple(size), input._shape
    fits = [n in (1, m) for n, m in zip(reversed(shape), reversed(own), strict=False)]
    if len(shape) > len(own) or False in fits:
        raise ShapeError(
            f"size {list(shape)} is not expandable to size {list(own)}: sizes must match or be 1."
        )
    return input if shape == own else sum_to(input, shape)


@public
def nansum(
    input: Tensor,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    dtype: _dtype.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Add up what is not NaN; see `sum`."""
    if dtype is not None:
        result = nansum(input.to(dtype), dim, keepdim).to(dtype)
        return result if out is None else write_out("nansum", result._array, out)
    array = reduce.nansum(input._array, dim, keepdim)
    if out is not None:
        return write_out("nansum", array, out)
    return record(wrap(array), _NANSUM, input, input, dim, keepdim)


def _nansum_back(grad: Tensor, input: Tensor, dim: Dims, keepdim: bool) -> Tensor:
    return where(input.isnan(), 0, spread(grad, input._shape, dim, keepdim))


_NANSUM = Operation("NansumBackward0", _nansum_back)


@public
def logsumexp(
    input: Tensor, dim: int | Sequence[int], keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """Compute the logarithm of the sum of e^x over dimensions, without overflow.

    Raises:
        IndexError: a dimension does not exist.
    """
    if not input._key.is_float:
        input = input.to(_dtype.get_default_dtype())
    array = reduce.logsumexp(input._array, dim, keepdim)
    if out is not None:
        return write_out("logsumexp", array, out)
    result = wrap(array)
    return record(result, _LOGSUMEXP, input, input, result, dim, keepdim)


def _logsumexp_back(
    grad: Tensor, input: Tensor, result: Tensor, dim: Dims, keepdim: bool
) -> Tensor:
    shape = input._shape
    shares = (input - spread(result, shape, dim, keepdim)).exp()
    return spread(grad, shape, dim, keepdim) * shares


_LOGSUMEXP = Operation("LogsumexpBackward0", _logsumexp_back)


# ---- averages


@public
def mean(
    input: Tensor,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    dtype: _dtype.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Average over dimensions, all of them by default; see `sum`.

    Raises:
        IndexError: a dimension does not exist.
        RuntimeError: the elements are integers.
    """
    if dtype is not None:
        input = input.to(dtype)
    array = reduce.mean(input._array, dim, keepdim)
    if out is not None:
        return write_out("mean", array, out)
    result = wrap(array)
    if input._node is None:
        return result
    operation = _MEAN_ALL if dim is None else _MEAN
    return record(result, operation, input, input._shape, dim, keepdim)


def count_of(shape: tuple[int, ...], dim: Dims) -> int:
    """Give how many elements one result is made of."""
    return math.prod(shape) // max(1, math.prod(kept_shape(shape, dim)))


def _mean_back(grad: Tensor, shape: tuple[int, ...], dim: Dims, keepdim: bool) -> Tensor:
    return spread(grad, shape, dim, keepdim, count_of(shape, dim) or 1)


_MEAN_ALL = Operation("MeanBackward0", _mean_back)
_MEAN = Operation("MeanBackward1", _mean_back)


@public
def nanmean(
    input: Tensor,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    dtype: _dtype.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Average what is not NaN; see `mean`.

    Raises:
        IndexError: a dimension does not exist.
        RuntimeError: the elements are integers.
    """
    if dtype is not None:
        input = input.to(dtype)
    if input._node is None or not is_recording() or out is not None:
        array = reduce.nanmean(input._array, dim, keepdim)
        return wrap(array) if out is None else write_out("nanmean", array, out)
    count = sum(input.isnan().logical_not(), dim, keepdim)
    return nansum(input, dim, keepdim) / count


# ---- products


@public
def prod(
    input: Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    dtype: _dtype.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Multiply along a dimension, or all elements; integers give int64.

    Raises:
        IndexError: the dimension does not exist.
        TypeError: several dimensions are named.
    """
    if isinstance(dim, Sequence):
        raise TypeError(
            f"prod() takes one dimension or none, got {dim!r}. Reduce one dimension at a time."
        )
    if dtype is not None:
        result = prod(input.to(dtype), dim, keepdim).to(dtype)
        return result if out is None else write_out("prod", result._array, out)
    array = reduce.prod(input._array, dim, keepdim)
    if out is not None:
        return write_out("prod", array, out)
    result = wrap(array)
    if input._node is None:
        return result
    operation = _PROD_ALL if dim is None else _PROD
    return record(result, operation, input, input, result, dim, keepdim)


def _prod_back(
    grad: Tensor, input: Tensor, result: Tensor, dim: int | None, keepdim: bool
) -> Tensor:
    shape = input._shape
    zeros = input._array == 0
    if not zeros.any():
        return spread(grad * result, shape, dim, keepdim) / input
    if is_recording():
        return _prod_back_of_zeros(grad, input, dim, keepdim)
    # With one zero its gradient is the product of the others; with more there is none.
    others = np.where(zeros, 1, input._array)
    counts = zeros.sum(dim, keepdims=True)
    products = np.where(zeros, reduce.prod(others, dim, True), reduce.prod(input._array, dim, True))
    factors = products / others * (counts == zeros)
    return spread(grad, shape, dim, keepdim) * wrap(factors.astype(input._array.dtype, copy=False))


def _prod_back_of_zeros(grad: Tensor, input: Tensor, dim: int | None, keepdim: bool) -> Tensor:
    """Multiply, for each element, all the others; its own derivative holds at zeros too.

    For lines of n elements this takes n squared numbers, so it is only done where the gradient
    itself is differentiated.
    """
    shape = input._shape
    if dim is None or not shape:
        line, place = reshape(input, (-1,)), 0
    else:
        line, place = input, axis(dim, len(shape), "prod")
    rows = transpose(line, place, -1)
    own = wrap(np.eye(rows._shape[-1], dtype=np.bool_))
    others = prod(where(own, 1, unsqueeze(rows, -2)), -1)
    factors = reshape(transpose(others, place, -1), shape)
    return spread(grad, shape, dim, keepdim) * factors


_PROD_ALL = Operation("ProdBackward0", _prod_back)
_PROD = Operation("ProdBackward1", _prod_back)


# ---- truths


@public
def any(
    input: Tensor, dim: Dims = None, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """Tell whether some element is not 0: bool, or uint8 of uint8.

    Raises:
        IndexError: a dimension does not exist.
    """
    array = reduce.any(input._array, dim, keepdim)
    return wrap(array) if out is None else write_out("any", array, out)


@public
def all(
    input: Tensor, dim: Dims = None, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """Tell whether no element is 0: bool, or uint8 of uint8.

    Raises:
        IndexError: a dimension does not exist.
    """
    array = reduce.all(input._array, dim, keepdim)
    return wrap(array) if out is None else write_out("all", array, out)


@public
def count_nonzero(input: Tensor, dim: Dims = None) -> Tensor:
    """Count the elements that are not 0, in int64.

    Raises:
        IndexError: a dimension does not exist.
    """
    return wrap(reduce.count_nonzero(input._array, dim))
