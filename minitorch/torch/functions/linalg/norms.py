"""Norms of vectors and matrices, and what tells how near a matrix is to a singular one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ....kernels.cpu.reductions import reduce
from ... import _dtype
from ..._record import Operation, record
from ..._wrap import wrap
from .._overrides import public
from ..pointwise.selection import where
from ..products.matmul import deliver
from ..views.views import axis, permute, reshape
from ._blocks import block
from ._operands import LinAlgError, check_floats, check_matrix, check_square
from .factors import eigvalsh, svdvals
from .solvers import inverse_of, threshold

if TYPE_CHECKING:
    from ..._tensor import Tensor

Dims = int | Sequence[int] | None
Order = float | str


@public
def vector_norm(
    x: Tensor,
    ord: float = 2,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    dtype: _dtype.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Give (sum of |x|^ord)^(1/ord) over dimensions, all of them by default.

    Args:
        x: any shape.
        ord: any number; inf and -inf give the largest and the smallest magnitude, 0 counts.
        dim: over which dimensions.
        keepdim: keep them, with size 1.
        dtype: compute in this dtype.
        out: where to put the result.

    Raises:
        RuntimeError: x holds no floats, or nothing where ord needs something.
        IndexError: a dimension does not exist.
    """
    return deliver("linalg.vector_norm", _vector_norm(x, ord, dim, keepdim, dtype), out)


def _vector_norm(
    x: Tensor, ord: float, dim: Dims, keepdim: bool, dtype: _dtype.dtype | None = None
) -> Tensor:
    name = "linalg.vector_norm"
    if isinstance(ord, str):
        raise TypeError(f"{name}(): argument 'ord' (position 2) must be Number, not str")
    if not x._key.is_float and (dtype is None or not dtype.is_floating_point):
        check_floats(name, x)
    if dtype is not None:
        x = x.to(dtype)
    dims = _axes(x, dim)
    array = reduce.norm(x._array, dims, True, float(ord))
    kept = array.shape
    if not keepdim:
        array = array.reshape([n for d, n in enumerate(x._shape) if d not in dims])
    result = wrap(array)
    return record(result, _VECTOR_NORM, x, x, result, float(ord), dims, kept)


def _axes(x: Tensor, dim: Dims) -> tuple[int, ...]:
    rank = len(x._shape)
    if dim is None or (not isinstance(dim, int) and len(dim) == 0):
        return tuple(range(rank))
    named = [dim] if isinstance(dim, int) else dim
    axes = tuple([axis(d, rank, "linalg.vector_norm") for d in named])
    return axes if rank else ()


def _vector_norm_back(
    grad: Tensor,
    x: Tensor,
    norm: Tensor,
    ord: float,
    dims: tuple[int, ...],
    kept: tuple[int, ...],
) -> Tensor:
    """Give the gradient, which is 0 where the norm has a corner."""
    grad, norm = reshape(grad, kept), reshape(norm, kept)
    if ord == 0:
        return x * 0
    if ord == 1:
        return x.sign() * grad
    # Nothing is divided by 0: a later derivative would be NaN.
    is_zero = norm == 0
    divisor = where(is_zero, 1, norm)
    if ord == 2:
        return x * where(is_zero, 0, grad / divisor)
    size = x.abs()
    if math.isinf(ord):
        reached = size == norm
        # Elements that tie share the gradient.
        count = wrap(reduce.count_nonzero(reached._array, dims, True).astype(x._array.dtype))
        return x.sign() * reached.to(x._key.dtype) * (grad / count)
    if ord < 1:
        power = where(x == 0, 0, where(x == 0, 1, size) ** (ord - 1))
    else:
        power = size ** (ord - 1)
    scaled = where(is_zero, 0, grad * divisor ** (1 - ord))
    return x.sign() * power * scaled


_VECTOR_NORM = Operation("LinalgVectorNormBackward0", _vector_norm_back)


@public
def matrix_norm(
    A: Tensor,
    ord: Order = "fro",
    dim: Sequence[int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: _dtype.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Give a norm of matrices.

    Args:
        A: at least 2 dimensions.
        ord: "fro": the root of the sum of squares; "nuc": the sum of the singular values; 2 and
            -2: the largest and the smallest one; 1 and -1: of the columns' sums of magnitudes;
            inf and -inf: of those of the rows.
        dim: which dimensions are rows and columns.
        keepdim: keep them, with size 1.
        dtype: compute in this dtype.
        out: where to put the result.

    Raises:
        RuntimeError: A holds no floats, or there is no such norm.
    """
    return deliver("linalg.matrix_norm", _matrix_norm(A, ord, dim, keepdim, dtype), out)


def _matrix_norm(
    a: Tensor,
    ord: Order,
    dim: Sequence[int],
    keepdim: bool,
    dtype: _dtype.dtype | None = None,
) -> Tensor:
    name = "linalg.matrix_norm"
    # Singular values are not found in float16; all other norms are sums and maxima.
    takes_half = ord not in ("nuc", 2, -2)
    check_matrix(name, a if dtype is None else a.to(dtype), takes_half)
    if isinstance(dim, int) or len(dim) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple, got {dim}")
    rank = len(a._shape)
    rows, columns = (axis(d, rank, name) for d in dim)
    if rows == columns:
        raise RuntimeError(f"{name}: dims must be different, got {tuple(dim)}")
    a = a if dtype is None else a.to(dtype)
    if ord == "fro":
        return _vector_norm(a, 2, (rows, columns), keepdim)
    if ord not in ("nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise RuntimeError(f"{name}: Order {ord} not supported.")
    others = [d for d in range(rank) if d not in (rows, columns)]
    moved = permute(a, (*others, rows, columns))
    if ord == "nuc":
        result = svdvals(moved).sum(-1)
    elif ord in (2, -2):
        result = _extreme(svdvals(moved), float(ord))
    else:
        result = _extreme(moved.abs().sum(-2 if ord in (1, -1) else -1), float(ord))
    shape = [1 if d in (rows, columns) else n for d, n in enumerate(a._shape)]
    return reshape(result, shape) if keepdim else result


def _extreme(sizes: Tensor, ord: float) -> Tensor:
    """Give the largest size for a positive order, 0 if there are none; else the smallest one."""
    if ord < 0:
        return sizes.amin(-1)
    return sizes.amax(-1) if sizes._shape[-1] else sizes.sum(-1)


@public
def norm(
    A: Tensor,
    ord: Order | None = None,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    out: Tensor | None = None,
    dtype: _dtype.dtype | None = None,
) -> Tensor:
    """Give a norm of vectors or matrices.

    Args:
        A: any shape; 1 or 2 dimensions where ord is given without dim.
        ord: see `vector_norm` and `matrix_norm`; by default the root of the sum of squares.
        dim: one dimension for vectors, two for matrices.
        keepdim: keep them, with size 1.
        out: where to put the result.
        dtype: compute in this dtype.

    Raises:
        RuntimeError: A holds no floats, or there is no such norm of it.
    """
    if ord is None:
        result = _vector_norm(A, 2, dim, keepdim, dtype)
        return deliver("linalg.norm", result, out)
    if dim is None and len(A._shape) not in (1, 2):
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
            f"{len(A._shape)}D."
        )
    pair: Any = dim
    if dim is None:
        pair = (0, 1) if len(A._shape) == 2 else 0
    if isinstance(pair, int) or len(pair) == 1:
        if isinstance(ord, str):
            raise RuntimeError(f"linalg.norm: Order {ord} not supported for a vector.")
        result = _vector_norm(A, ord, pair, keepdim, dtype)
    else:
        result = _matrix_norm(A, ord, pair, keepdim, dtype)
    return deliver("linalg.norm", result, out)


@public
def cond(A: Tensor, p: Order | None = None, *, out: Tensor | None = None) -> Tensor:
    """Give the condition number: the norm of a matrix times that of its inverse.

    Args:
        A: (..., m, n); square where p is not None, 2 or -2.
        p: which norm, see `matrix_norm`; None is 2.
        out: where to put the result.

    Returns:
        (...), infinite for singular matrices.

    Raises:
        RuntimeError: A holds no floats, is not square, or there is no such norm.
    """
    check_matrix("linalg.cond", A)
    if p is None or p in (2, -2):
        values = svdvals(A)
        first, last = block(values, (..., 0)), block(values, (..., -1))
        return deliver("linalg.cond", last / first if p == -2 else first / last, out)
    check_square("linalg.cond", A)
    try:
        inverse = inverse_of(A)
    except LinAlgError:
        if len(A._shape) > 2:
            raise
        return deliver("linalg.cond", wrap(np.full((), np.inf, A._array.dtype)), out)
    result = _matrix_norm(A, p, (-2, -1), False) * _matrix_norm(inverse, p, (-2, -1), False)
    return deliver("linalg.cond", result, out)


@public
def matrix_rank(
    A: Tensor,
    tol: Any = None,
    hermitian: bool = False,
    *,
    atol: Any = None,
    rtol: Any = None,
    out: Tensor | None = None,
) -> Tensor:
    """Count the singular values that are not 0.

    Args:
        A: (..., m, n).
        tol: an older name of atol, without any rtol.
        hermitian: A is symmetric, and only its lower triangle counts.
        atol: singular values up to it count as 0.
        rtol: the same as a share of the largest one; by default max(m, n) times the dtype's eps.
        out: where to put the result.

    Returns:
        (...), int64.

    Raises:
        RuntimeError: A is no matrix of floats.
    """
    (check_square if hermitian else check_matrix)("linalg.matrix_rank", A)
    matrix = wrap(A._array)
    values = (eigvalsh(matrix).abs() if hermitian else svdvals(matrix))._array
    if tol is not None:
        atol, rtol = tol, 0.0
    least = threshold(A._array, values, atol, rtol)
    result = wrap(np.asarray((values > least[..., None]).sum(-1), np.int64))
    return deliver("linalg.matrix_rank", result, out)
