"""Products of tensors that come down to products of matrices or of elements."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import DTypeError, ShapeError
from ..._record import Operation, named, record_many
from ..._wrap import wrap
from .._overrides import public
from ..views.views import axis, permute, reshape, sum_to, transpose, unsqueeze
from .matmul import check_ranks, check_tensors, deliver, product

if TYPE_CHECKING:
    from ..._tensor import Tensor

Dims = int | Sequence[Sequence[int]]


@public
def inner(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Add up products along the last dimension of both; a number multiplies all elements.

    Raises:
        ShapeError: the last sizes differ.
        DTypeError: the dtypes differ.
    """
    shape, other_shape = input._shape, other._shape
    if not shape or not other_shape:
        return deliver("inner", input * other, out)
    if input._key.dtype is not other._key.dtype:
        raise DTypeError(
            f"inner: both inputs should have same dtype, got {input._key.dtype} and "
            f"{other._key.dtype}. Convert one with to()."
        )
    size = shape[-1]
    if size != other_shape[-1]:
        raise ShapeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(shape)} and {list(other_shape)}"
        )
    rows = reshape(input, (math.prod(shape[:-1]), size))
    other_rows = reshape(other, (math.prod(other_shape[:-1]), size))
    result = product(rows, transpose(other_rows, 0, 1))
    return deliver("inner", reshape(result, shape[:-1] + other_shape[:-1]), out)


@public
def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Multiply each element of a vector by each of another: (m) and (n) give (m, n).

    Raises:
        ShapeError: the operands are no vectors.
    """
    check_ranks("outer", (input, 1), (vec2, 1))
    return deliver("outer", unsqueeze(input, 1) * vec2, out)


ger = outer


@public
def kron(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Put a copy of other, times the element, in place of each element of input."""
    rank = max(len(input._shape), len(other._shape))
    shape = (1,) * (rank - len(input._shape)) + input._shape
    other_shape = (1,) * (rank - len(other._shape)) + other._shape
    spread = [size for own in shape for size in (own, 1)]
    other_spread = [size for own in other_shape for size in (1, own)]
    result = reshape(input, spread) * reshape(other, other_spread)
    sizes = [n * m for n, m in zip(shape, other_shape, strict=True)]
    return deliver("kron", named(reshape(result, sizes), "UnsafeViewBackward0"), out)


@public
def cross(
    input: Tensor, other: Tensor, dim: int | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Give the vectors that are orthogonal to those of both operands.

    Args:
        input: its size along dim is 3.
        other: broadcasts with it.
        dim: along which vectors lie; by default the first one of size 3.
        out: where to put the result.

    Raises:
        RuntimeError: there is no such dimension, or the operands do not fit.
    """
    if dim is None:
        if 3 not in input._shape:
            raise ShapeError(
                f"cross: no dimension of size 3 in input, which has shape {list(input._shape)}"
            )
        dim = input._shape.index(3)
    return deliver("cross", _crossed(input, other, dim), out)


@public
def linalg_cross(
    input: Tensor, other: Tensor, *, dim: int = -1, out: Tensor | None = None
) -> Tensor:
    """Give the vectors along dim that are orthogonal to those of both operands; see `cross`."""
    return deliver("linalg.cross", _crossed(input, other, dim), out)


def _crossed(input: Tensor, other: Tensor, dim: int) -> Tensor:
    rank = len(input._shape)
    if rank != len(other._shape):
        raise ShapeError(
            "linalg.cross: inputs must have the same number of dimensions, got shapes "
            f"{list(input._shape)} and {list(other._shape)}."
        )
    place = axis(dim, rank, "linalg.cross")
    if rank == 0 or input._shape[place] != 3 or other._shape[place] != 3:
        raise ShapeError(
            f"linalg.cross: inputs dimension {dim} must have length 3, got shapes "
            f"{list(input._shape)} and {list(other._shape)}."
        )
    if input._key.dtype is not other._key.dtype:
        raise DTypeError(
            f"linalg.cross: expected operands of one dtype, got {input._key.dtype} and "
            f"{other._key.dtype}. Convert one with to()."
        )
    if any(n != m and 1 not in (n, m) for n, m in zip(input._shape, other._shape, strict=True)):
        raise ShapeError(
            f"linalg.cross: shapes {list(input._shape)} and {list(other._shape)} do not broadcast. "
            "Sizes must match or be 1."
        )
    array = np.ascontiguousarray(np.cross(input._array, other._array, axis=place))
    return record_many(wrap(array), _CROSS, (input, other), input, other, place)


def _cross_back(
    grad: Tensor, needed: tuple[bool, bool], input: Tensor, other: Tensor, dim: int
) -> tuple[Tensor | None, Tensor | None]:
    return (
        sum_to(_crossed(other, grad, dim), input._shape) if needed[0] else None,
        sum_to(_crossed(grad, input, dim), other._shape) if needed[1] else None,
    )


_CROSS = Operation("LinalgCrossBackward0", _cross_back)


@public
def tensordot(a: Tensor, b: Tensor, dims: Any = 2, out: Tensor | None = None) -> Tensor:
    """Add up products over pairs of dimensions.

    Args:
        a: the left operand; its other dimensions come first in the result.
        b: the right operand.
        dims: how many of the last dimensions of a meet the first ones of b; or two lists, of
            dimensions of a and of those of b that they meet.
        out: where to put the result.

    Raises:
        RuntimeError: sizes that meet differ, or there are not so many dimensions.
    """
    dims_a, dims_b = _paired(a, b, dims)
    for d, e in zip(dims_a, dims_b, strict=True):
        n, m = a._shape[d], b._shape[e]
        if n != m and 1 not in (n, m):
            raise ShapeError(
                "tensordot: contracted dimensions need to match, but first has size "
                f"{n} in dim {d} and second has size {m} in dim {e}"
            )
        if n != m:
            # A single place meets many: the many are added up first.
            dtype = a._key.dtype
            a, b = (a.sum(d, True).to(dtype), b) if m == 1 else (a, b.sum(e, True).to(dtype))
    kept_a = [d for d in range(len(a._shape)) if d not in dims_a]
    kept_b = [d for d in range(len(b._shape)) if d not in dims_b]
    rows = [a._shape[d] for d in kept_a]
    columns = [b._shape[d] for d in kept_b]
    size = math.prod([a._shape[d] for d in dims_a])
    left = reshape(permute(a, (*kept_a, *dims_a)), (math.prod(rows), size))
    right = reshape(permute(b, (*dims_b, *kept_b)), (size, math.prod(columns)))
    return deliver("tensordot", reshape(product(left, right), (*rows, *columns)), out)


def _paired(a: Tensor, b: Tensor, dims: Any) -> tuple[list[int], list[int]]:
    """Give the dimensions of both operands that meet, counted from the left."""
    rank, other_rank = len(a._shape), len(b._shape)
    if hasattr(dims, "tolist"):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(rank, other_rank):
            raise RuntimeError(
                f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims} for shapes "
                f"{list(a._shape)} and {list(b._shape)}"
            )
        return list(range(rank - dims, rank)), list(range(dims))
    dims_a, dims_b = ([each] if isinstance(each, int) else list(each) for each in dims)
    if len(dims_a) != len(dims_b):
        raise RuntimeError(
            f"tensordot: both dimension lists should have same length, got {dims_a} and {dims_b}"
        )
    found = [axis(d, rank, "tensordot") for d in dims_a]
    other_found = [axis(d, other_rank, "tensordot") for d in dims_b]
    if len(set(found)) < len(found) or len(set(other_found)) < len(other_found):
        raise RuntimeError(f"tensordot: a dimension appears twice in {dims_a} or {dims_b}")
    return found, other_found


# ---- chains of matrices


@public
def chain_matmul(*matrices: Tensor, out: Tensor | None = None) -> Tensor:
    """Multiply matrices in the order that takes the fewest steps; see `linalg.multi_dot`."""
    check_tensors("chain_matmul", matrices)
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    if len(matrices) == 1:
        return deliver("chain_matmul", matrices[0], out)
    check_ranks("chain_matmul", *[(matrix, 2) for matrix in matrices])
    return deliver("chain_matmul", _chained(matrices), out)


@public
def multi_dot(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Multiply matrices in the order that takes the fewest steps.

    Args:
        tensors: two or more; the first may be a vector, taken as a row, and the last one too, taken
            as a column.
        out: where to put the result.

    Raises:
        RuntimeError: there are too few, or they do not fit.
    """
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    check_tensors("multi_dot", tensors)
    first, last = tensors[0], tensors[-1]
    chain = list(tensors)
    if len(first._shape) == 1:
        chain[0] = unsqueeze(first, 0)
    if len(last._shape) == 1:
        chain[-1] = unsqueeze(last, 1)
    check_ranks("multi_dot", *[(matrix, 2) for matrix in chain])
    result = _chained(chain)
    shape = result._shape[len(first._shape) == 1 : 2 - (len(last._shape) == 1)]
    return deliver("multi_dot", reshape(result, shape), out)


def _chained(matrices: Sequence[Tensor]) -> Tensor:
    """Multiply matrices by the classic dynamic programme over where to cut the chain."""
    for left, right in itertools.pairwise(matrices):
        if left._shape[1] != right._shape[0]:
            raise ShapeError(
                f"multi_dot: tensors of shapes {list(left._shape)} and {list(right._shape)} cannot "
                "be multiplied"
            )
    count = len(matrices)
    sizes = [matrices[0]._shape[0], *[matrix._shape[1] for matrix in matrices]]
    cost = [[0] * count for _ in range(count)]
    cut = [[0] * count for _ in range(count)]
    for length in range(1, count):
        for i in range(count - length):
            j = i + length
            cost[i][j], cut[i][j] = min(
                (cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            )
    return _cut_product(matrices, cut, 0, count - 1)


def _cut_product(matrices: Sequence[Tensor], cut: list[list[int]], i: int, j: int) -> Tensor:
    if i == j:
        return matrices[i]
    k = cut[i][j]
    return product(_cut_product(matrices, cut, i, k), _cut_product(matrices, cut, k + 1, j))
