"""Scatter that joins what meets in one place: to a sum, product, mean, largest or smallest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import ElementDTypeError, IndexShapeError, axis_of, check_elements
from .indexing import gather, put_lines, scatter, scatter_, scatter_add, scatter_add_

Array = NDArray[Any]

REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")


def scatter_reduce(
    input: Array, dim: int, index: Array, src: Array, reduce: str, include_self: bool = True
) -> Array:
    """Give a copy of the input with elements joined: see `scatter_reduce_`."""
    return scatter_reduce_(input.copy(), dim, index, src, reduce, include_self)


def scatter_reduce_(
    input: Array, dim: int, index: Array, src: Array, reduce: str, include_self: bool = True
) -> Array:
    """Join one element for each index with input[index[i][j]][j], for dim 0, in place.

    Args:
        input: any shape.
        dim: the dimension in which indices point.
        index: as many dimensions; no larger than src, nor than input in the other dimensions.
        src: of the input's dtype.
        reduce: "sum", "prod", "mean" (integers round down), "amax" or "amin".
        include_self: the element that is there counts, too. Places without an index stay.

    Raises:
        RuntimeError: another reduction.
        ElementDTypeError: a mean of bool.
        IndexRangeError, IndexShapeError, IndexDTypeError: as for `indexing.scatter_`.
    """
    if reduce not in REDUCTIONS:
        raise RuntimeError(
            f"scatter_reduce: reduce must be one of {', '.join(REDUCTIONS)}, got {reduce!r}."
        )
    check_elements("scatter_reduce", input)
    if reduce == "mean" and input.dtype.kind == "b":
        raise ElementDTypeError("scatter_reduce: bool has no mean. Convert it to another dtype.")
    if not include_self:
        scatter_(input, dim, index, _neutral(reduce, input.dtype))
    if reduce != "mean":
        return put_lines("scatter_reduce", reduce, input, dim, index, src)
    total = input.astype(np.float32) if input.dtype == np.float16 else input
    put_lines("scatter_reduce", "sum", total, dim, index, src.astype(total.dtype, copy=False))
    counts = _counts(total, dim, index, include_self)
    with np.errstate(all="ignore"):
        if input.dtype.kind == "f":
            np.divide(total, counts, out=input, casting="same_kind")
        else:
            np.floor_divide(total, counts, out=input)
    return input


def _neutral(reduce: str, dtype: np.dtype[Any]) -> Any:
    """Give the number that changes no other one when it is joined with it."""
    if reduce in ("sum", "mean", "prod"):
        return int(reduce == "prod")
    if dtype.kind == "f":
        return -np.inf if reduce == "amax" else np.inf
    if dtype.kind == "b":
        return reduce == "amin"
    limits = np.iinfo(dtype)
    return int(limits.min if reduce == "amax" else limits.max)


def _counts(input: Array, dim: int, index: Array, include_self: bool) -> Array:
    """Count the elements that are joined in each place; at least 1."""
    dtype = np.dtype(np.int64) if input.dtype.itemsize < 4 else input.dtype
    counts = np.full(input.shape, include_self, dtype)
    ones = np.broadcast_to(np.ones((), dtype), index.shape)
    scatter_add_(counts, dim, index, ones)
    return np.maximum(counts, 1).astype(input.dtype, copy=False)


def scatter_reduce_backward(
    grad: Array,
    input: Array,
    dim: int,
    index: Array,
    src: Array,
    reduce: str,
    include_self: bool,
    result: Array,
) -> tuple[Array, Array]:
    """Give the gradients of the input and of src.

    Of equally large elements each gets the same share. A product is divided by its factor, unless
    that is 0: then the others are multiplied.

    Args:
        grad: the result's gradient.
        input: as it was before.
        dim: as given.
        index: of src's shape.
        src: as given.
        reduce: as given.
        include_self: as given.
        result: what `scatter_reduce` gave.

    Raises:
        IndexShapeError: src is larger than the index.
    """
    if src.shape != index.shape:
        raise IndexShapeError(
            f"scatter_reduce: a gradient needs src {src.shape} of the index's shape {index.shape}."
        )
    axis_of("scatter_reduce", dim, input.ndim)
    if reduce == "sum":
        grad_input, grad_src = grad, gather(grad, dim, index)
    elif reduce == "mean":
        grad_input = grad / _counts(input, dim, index, include_self)
        grad_src = gather(grad_input, dim, index)
    elif reduce == "prod":
        grad_input, grad_src = _of_product(grad, input, dim, index, src, include_self, result)
    else:
        grad_input, grad_src = _of_extreme(grad, input, dim, index, src, include_self, result)
    if not include_self:
        grad_input = scatter(grad_input, dim, index, 0)
    return grad_input, grad_src


def _of_extreme(
    grad: Array,
    input: Array,
    dim: int,
    index: Array,
    src: Array,
    include_self: bool,
    result: Array,
) -> tuple[Array, Array]:
    from_input = (input == result).astype(grad.dtype)
    from_src = (src == gather(result, dim, index)).astype(grad.dtype)
    own = from_input if include_self else scatter(from_input, dim, index, 0)
    shares = np.maximum(scatter_add(own, dim, index, from_src), 1)
    share = grad / shares
    return from_input * share, from_src * gather(share, dim, index)


def _of_product(
    grad: Array,
    input: Array,
    dim: int,
    index: Array,
    src: Array,
    include_self: bool,
    result: Array,
) -> tuple[Array, Array]:
    with_one = np.where(input == 0, np.ones_like(input), input)
    others = scatter_reduce(with_one, dim, index, src, "prod", include_self)
    grad_input = grad * others / with_one
    is_zero = src == 0
    zeros = scatter_add(np.zeros(input.shape, np.int64), dim, index, is_zero.astype(np.int64))
    is_single = is_zero & (gather(zeros, dim, index) == 1)
    without_zero = np.where(is_single, np.ones_like(src), src)
    rest = scatter_reduce(input, dim, index, without_zero, "prod", include_self)
    of_factor = gather(grad * result, dim, index) / np.where(is_zero, np.ones_like(src), src)
    return grad_input, np.where(is_single, gather(grad * rest, dim, index), of_factor)
