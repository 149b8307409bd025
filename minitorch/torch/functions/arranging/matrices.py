"""Matrices that are made of other tensors, and what is read off them."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import DTypeError, ShapeError
from ... import _dtype
from ..._record import Operation, record, record_many
from ..._wrap import wrap
from .._operands import common_dtype
from .._overrides import public
from ..linalg._blocks import block, stacked, transposed
from ..linalg.norms import vector_norm
from ..pointwise.selection import where
from ..products.matmul import check_tensors, product
from ..views.views import expand, reshape, sum_to, unsqueeze

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def trace(input: Tensor) -> Tensor:
    """Add up the diagonal of a matrix; integers give int64.

    Raises:
        ShapeError: input is no matrix.
    """
    if len(input._shape) != 2:
        raise ShapeError(f"trace: expected a matrix, but got tensor with dim {len(input._shape)}")
    if input._key.dtype is _dtype.boolean:
        raise NotImplementedError(
            "trace: not implemented for 'Bool'. Convert the tensor with to()."
        )
    array = input._array
    dtype = array.dtype if input._key.is_float else np.dtype(np.int64)
    return record(wrap(np.asarray(np.trace(array, dtype=dtype))), _TRACE, input, input._shape)


def _trace_back(grad: Tensor, shape: tuple[int, int]) -> Tensor:
    return grad * wrap(np.eye(*shape, dtype=grad._array.dtype))


_TRACE = Operation("TraceBackward0", _trace_back)


@public
def block_diag(*tensors: Tensor) -> Tensor:
    """Put matrices along the diagonal of zeros; a vector is a row, a number is 1 by 1.

    Raises:
        RuntimeError: one has more than 2 dimensions.
    """
    check_tensors("block_diag", tensors)
    for place, x in enumerate(tensors):
        if len(x._shape) > 2:
            raise ShapeError(
                "block_diag: Input tensors must have 2 or fewer dimensions. Input "
                f"{place} has {len(x._shape)} dimensions"
            )
    if not tensors:
        return wrap(np.zeros((1, 0), _dtype.get_default_dtype().numpy))
    dtype = common_dtype(tensors)
    parts = [x.to(dtype) for x in tensors]
    shapes = [(1, 1)[: 2 - len(x._shape)] + x._shape for x in parts]
    array = np.zeros([sum(sizes) for sizes in zip(*shapes, strict=True)], dtype.numpy)
    places = []
    row = column = 0
    for x, (rows, columns) in zip(parts, shapes, strict=True):
        where_to = slice(row, row + rows), slice(column, column + columns)
        array[where_to] = x._array
        places.append((where_to, x._shape))
        row, column = row + rows, column + columns
    return record_many(wrap(array), _BLOCK_DIAG, parts, places)


def _block_diag_back(
    grad: Tensor, needed: tuple[bool, ...], places: list[tuple[Any, tuple[int, ...]]]
) -> tuple[Tensor | None, ...]:
    return tuple(
        [
            reshape(block(grad, place), shape) if own else None
            for own, (place, shape) in zip(needed, places, strict=True)
        ]
    )


_BLOCK_DIAG = Operation("BlockDiagBackward0", _block_diag_back)


@public
def cartesian_prod(*tensors: Tensor) -> Tensor:
    """Give all ways of taking an element of each vector: one way in each row.

    Raises:
        RuntimeError: one is no vector, or the dtypes differ.
    """
    check_tensors("cartesian_prod", tensors)
    for x in tensors:
        if len(x._shape) != 1:
            raise ShapeError(f"Expect a 1D vector, but got shape {list(x._shape)}")
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    if any(x._key.dtype is not tensors[0]._key.dtype for x in tensors):
        raise DTypeError("cartesian_prod: expects all tensors to have the same dtype")
    if len(tensors) == 1:
        return tensors[0]
    sizes = [x._shape[0] for x in tensors]
    columns = []
    for place, x in enumerate(tensors):
        own = [n if d == place else 1 for d, n in enumerate(sizes)]
        columns.append(reshape(expand(reshape(x, own), sizes), (math.prod(sizes),)))
    return stacked(columns)


@public
def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Give all ways of taking r elements of a vector: one way in each row.

    Raises:
        RuntimeError: input is no vector, or r is negative.
    """
    if len(input._shape) != 1:
        raise ShapeError(f"Expect a 1D vector, but got shape {list(input._shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return wrap(np.empty(0, input._array.dtype))
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = np.array(list(choose(range(input._shape[0]), r)), np.intp).reshape(-1, r)
    return block(input, (places,))


@public
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """Give the powers of a vector's elements in columns, the highest one first by default.

    Args:
        x: (n).
        N: the number of columns, by default n.
        increasing: begin with the power 0.

    Raises:
        RuntimeError: x is no vector, or N is negative.
    """
    if len(x._shape) != 1:
        raise ShapeError(f"x must be a one-dimensional tensor, got shape {list(x._shape)}")
    count = x._shape[0] if N is None else N
    if count < 0:
        raise RuntimeError(f"N must be non-negative, got {N}")
    columns = _powers(x, count)
    return columns if increasing else block(columns, (..., slice(None, None, -1)))


@public
def linalg_vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """Give the powers of elements along a new last dimension, from 0 on.

    Raises:
        RuntimeError: x has no dimension, or N is at most 1.
    """
    if not x._shape or (N is None and x._shape[-1] == 0):
        raise RuntimeError("linalg.vander: expects x to have at least one dimension and element")
    if N is not None and N <= 1:
        raise RuntimeError(f"linalg.vander: N must be greater than 1, got {N}")
    return _powers(x, x._shape[-1] if N is None else N)


def _powers(x: Tensor, count: int) -> Tensor:
    """Give the powers from 0 to count - 1; integers and bool give int64."""
    dtype = x._array.dtype if x._key.is_float else np.dtype(np.int64)
    array = np.ones((*x._shape, count), dtype)
    array[..., 1:] = x._array[..., None]
    return record(wrap(np.multiply.accumulate(array, -1)), _POWERS, x, x, count)


def _powers_back(grad: Tensor, x: Tensor, count: int) -> Tensor:
    if count < 2:
        return x * 0
    factors = wrap(np.arange(1, count).astype(x._array.dtype))
    return (block(grad, (..., slice(1, None))) * factors * _powers(x, count - 1)).sum(-1)


_POWERS = Operation("CumprodBackward0", _powers_back)


# ---- distances


_MODES = (
    "use_mm_for_euclid_dist_if_necessary",
    "use_mm_for_euclid_dist",
    "donot_use_mm_for_euclid_dist",
)
# From so many rows on squares of distances come from a product of matrices.
_MANY_ROWS = 25


@public
def cdist(
    x1: Tensor,
    x2: Tensor,
    p: float = 2.0,
    compute_mode: str = "use_mm_for_euclid_dist_if_necessary",
) -> Tensor:
    """Give the distances between the rows of two matrices.

    Args:
        x1: (..., m, k).
        x2: (..., n, k).
        p: of the norm of the differences, from 0 to inf.
        compute_mode: whether for p = 2 a product of matrices is used, which is fast but less exact:
            "use_mm_for_euclid_dist_if_necessary" (for more than 25 rows),
            "use_mm_for_euclid_dist" or "donot_use_mm_for_euclid_dist".

    Returns:
        (..., m, n).

    Raises:
        RuntimeError: the operands do not fit, or p or the mode is none of these.
    """
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    if len(x1._shape) < 2 or len(x2._shape) < 2:
        raise ShapeError(
            "cdist only supports at least 2D tensors, got shapes "
            f"{list(x1._shape)} and {list(x2._shape)}"
        )
    if x1._shape[-1] != x2._shape[-1]:
        raise ShapeError(
            f"X1 and X2 must have the same number of columns. X1: {x1._shape[-1]} X2: "
            f"{x2._shape[-1]}"
        )
    if not (x1._key.is_float and x2._key.is_float):
        raise DTypeError(
            f"cdist only supports floating-point dtypes, got {x1._key.dtype} and {x2._key.dtype}"
        )
    if p < 0:
        raise RuntimeError(f"cdist only supports non-negative p values, got {p}")
    dtype = common_dtype((x1, x2))
    x1, x2 = x1.to(dtype), x2.to(dtype)
    if p != 2:
        return vector_norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1)
    is_many = max(x1._shape[-2], x2._shape[-2]) > _MANY_ROWS
    is_product = compute_mode == _MODES[1] or (compute_mode == _MODES[0] and is_many)
    return _distances(x1, x2, is_product)


def _distances(x1: Tensor, x2: Tensor, is_product: bool) -> Tensor:
    a, b = x1._array, x2._array
    if is_product:
        squares = (a * a).sum(-1)[..., :, None] + (b * b).sum(-1)[..., None, :]
        crossed = product(wrap(a), transposed(wrap(b)))._array
        array = np.sqrt(np.maximum(squares - 2 * crossed, 0))
    else:
        differences = a[..., :, None, :] - b[..., None, :, :]
        array = np.sqrt((differences * differences).sum(-1))
    result = wrap(np.asarray(array, a.dtype))
    return record_many(result, _CDIST, (x1, x2), x1, x2, result)


def _cdist_back(
    grad: Tensor, needed: tuple[bool, bool], x1: Tensor, x2: Tensor, distances: Tensor
) -> tuple[Tensor | None, Tensor | None]:
    """Give the gradients, 0 between rows that coincide."""
    ratio = where(distances == 0, 0, grad / distances)
    own = other = None
    if needed[0]:
        own = sum_to(unsqueeze(ratio.sum(-1), -1) * x1 - product(ratio, x2), x1._shape)
    if needed[1]:
        turned = transposed(ratio)
        other = sum_to(unsqueeze(ratio.sum(-2), -1) * x2 - product(turned, x1), x2._shape)
    return own, other


_CDIST = Operation("CdistBackward0", _cdist_back)
