"""Matrices as products of a permutation and two triangles: `A = P @ L @ U`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError
from ... import _dtype
from ... import return_types as types
from ..._record import OperationOfMany, record_outputs
from ..._wrap import wrap
from .._overrides import public
from ..arranging.triangles import tril, triu
from ..products.matmul import deliver, product
from ._blocks import block, placed_at, transposed
from ._elimination import factored, first_zero, permutation
from ._operands import LinAlgError, check_matrix, check_same_dtype, check_square, check_system
from .triangular import triangle_solution

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
Grads = tuple["Tensor | None", ...]

# ---- factors


@public
def linalg_lu(A: Tensor, *, pivot: bool = True, out: Any = None) -> types.linalg_lu:
    """Give a permutation P, a unit lower triangle L and an upper triangle U: `A = P @ L @ U`.

    Args:
        A: (..., m, n).
        pivot: exchange rows such that no division is by a smaller number than it has to be; there
            is no other way here.
        out: three tensors where to put the results.

    Returns:
        P (..., m, m), L (..., m, k) and U (..., k, n), where k = min(m, n).

    Raises:
        RuntimeError: A is no matrix of floats, or pivot is false.
    """
    check_matrix("linalg.lu", A)
    _check_pivot("linalg.lu", pivot)
    lu, pivots = factored(A._array)
    p = wrap(permutation(pivots, A._shape[-2], lu.dtype))
    lower, upper = _triangles(lu)
    results = p, wrap(lower), wrap(upper)
    record_outputs(results, _LU, (A,), *results)
    # No gradient goes to a permutation.
    p._node = None
    return types.linalg_lu(_delivered("linalg.lu", results, out))


def _lu_back(
    grads: Grads, needed: tuple[bool, ...], p: Tensor, lower: Tensor, upper: Tensor
) -> tuple[Tensor | None]:
    return (_gradient(grads[1], grads[2], p, lower, upper),)


_LU = OperationOfMany("LinalgLuBackward0", _lu_back)


@public
def lu_factor(A: Tensor, *, pivot: bool = True, out: Any = None) -> types.linalg_lu_factor:
    """Give both triangles of `A = P @ L @ U` in one matrix, and the rows that were exchanged.

    Args:
        A: (..., m, n).
        pivot: has to be true; see `linalg.lu`.
        out: two tensors where to put the results.

    Raises:
        LinAlgError: there is a 0 on the diagonal of U: `lu_solve` would divide by it.
        RuntimeError: A is no matrix of floats, or pivot is false.
    """
    results = _factors("torch.linalg.lu_factor", A, pivot, True)[:2]
    return types.linalg_lu_factor(_delivered("linalg.lu_factor", results, out))


@public
def lu_factor_ex(
    A: Tensor, *, pivot: bool = True, check_errors: bool = False, out: Any = None
) -> types.linalg_lu_factor_ex:
    """Compute `linalg.lu_factor`, and tell where U has a 0 on its diagonal: 0 if nowhere."""
    results = _factors("torch.linalg.lu_factor_ex", A, pivot, check_errors)
    return types.linalg_lu_factor_ex(_delivered("linalg.lu_factor_ex", results, out))


@public
def lu(A: Tensor, pivot: bool = True, get_infos: bool = False, out: Any = None) -> Any:
    """Compute `linalg.lu_factor_ex`, and give the last result only where get_infos is true."""
    results = _factors("torch.lu", A, pivot, False)
    return _delivered("lu", results if get_infos else results[:2], out)


def _factors(
    function: str, a: Tensor, pivot: bool, check_errors: bool
) -> tuple[Tensor, Tensor, Tensor]:
    check_matrix(function, a)
    _check_pivot(function, pivot)
    lu, pivots = factored(a._array)
    info = first_zero(lu)
    if check_errors and np.any(info):
        place = info.ravel()[np.flatnonzero(info)[0]]
        raise LinAlgError(
            f"{function}: U[{place},{place}] is zero and using it on lu_solve would result in a "
            "division by zero. Use linalg.lu or linalg.lu_factor_ex to have the factors as they "
            "are."
        )
    results = wrap(lu), wrap(pivots), wrap(info)
    record_outputs(results, _LU_FACTOR, (a,), results[0], results[1])
    return results


def _lu_factor_back(
    grads: Grads, needed: tuple[bool, ...], packed: Tensor, pivots: Tensor
) -> tuple[Tensor | None]:
    grad = grads[0]
    if grad is None:
        return (None,)
    p = wrap(permutation(pivots._array, packed._shape[-2], packed._array.dtype))
    lower, upper = _unpacked(packed)
    count = min(packed._shape[-2:])
    first, second = block(grad, (..., slice(count))), block(grad, (..., slice(count), slice(None)))
    return (_gradient(first, second, p, lower, upper),)


_LU_FACTOR = OperationOfMany("LinalgLuFactorExBackward0", _lu_factor_back)


def _check_pivot(function: str, pivot: bool) -> None:
    if not pivot:
        raise RuntimeError(
            f"{function}: LU without pivoting is not implemented on the CPU. Leave pivot away."
        )


def _delivered(function: str, results: tuple[Tensor, ...], out: Any) -> tuple[Tensor, ...]:
    if out is None:
        return results
    return tuple([deliver(function, *pair) for pair in zip(results, out, strict=True)])


def _triangles(lu: Array) -> tuple[Array, Array]:
    """Take matrices with both triangles apart."""
    count = min(lu.shape[-2:])
    lower = np.tril(lu[..., :count], -1) + np.eye(lu.shape[-2], count, dtype=lu.dtype)
    return lower, np.triu(lu[..., :count, :])


def _unpacked(packed: Tensor) -> tuple[Tensor, Tensor]:
    """Take matrices with both triangles apart, in functions of tensors."""
    count = min(packed._shape[-2:])
    ones = wrap(np.eye(packed._shape[-2], count, dtype=packed._array.dtype))
    lower = tril(block(packed, (..., slice(count))), -1) + ones
    return lower, triu(block(packed, (..., slice(count), slice(None))))


def _gradient(
    grad_lower: Tensor | None, grad_upper: Tensor | None, p: Tensor, lower: Tensor, upper: Tensor
) -> Tensor | None:
    """Bring gradients of both triangles back to `P @ L @ U`.

    Of square factors, d(P.T A) = dL U + L dU says that `L^-1 d(P.T A) U^-1` has L^-1 dL below its
    diagonal and dU U^-1 on and above it. Columns of U beyond them are `L^-1` times those of A, and
    rows of L beyond them those of A times `U^-1`.
    """
    if grad_lower is None and grad_upper is None:
        return None
    rows, count, columns = lower._shape[-2], lower._shape[-1], upper._shape[-1]
    low = tril(lower * 0 if grad_lower is None else grad_lower, -1)
    up = triu(upper * 0 if grad_upper is None else grad_upper)
    first, rest = slice(count), slice(count, None)
    whole = slice(None)
    corner_low, corner_up = block(lower, (..., first, whole)), block(upper, (..., whole, first))
    own_low, own_up = block(low, (..., first, whole)), block(up, (..., whole, first))
    shape = (*lower._shape[:-1], columns)
    beyond: Tensor | None = None
    if columns > count:
        side = triangle_solution(transposed(corner_low), block(up, (..., whole, rest)), True, True)
        own_low = own_low - product(side, transposed(block(upper, (..., whole, rest))))
        beyond = placed_at(side, shape, (..., whole, rest))
    elif rows > count:
        below = transposed(block(low, (..., rest, whole)))
        side = transposed(triangle_solution(corner_up, below, True))
        own_up = own_up - product(transposed(block(lower, (..., rest, whole))), side)
        beyond = placed_at(side, shape, (..., rest, whole))
    inner = tril(product(transposed(corner_low), own_low), -1)
    inner = inner + triu(product(own_up, transposed(corner_up)))
    inner = triangle_solution(transposed(corner_low), inner, True, True)
    inner = transposed(triangle_solution(corner_up, transposed(inner), True))
    if beyond is not None:
        inner = placed_at(inner, shape, (..., first, first)) + beyond
    return product(p, inner)


# ---- what factors are good for


@public
def lu_unpack(
    LU_data: Tensor,
    LU_pivots: Tensor,
    unpack_data: bool = True,
    unpack_pivots: bool = True,
    *,
    out: Any = None,
) -> types.lu_unpack:
    """Give P, L and U of what `linalg.lu_factor` gave; those that are not asked for are empty.

    Raises:
        RuntimeError: the factors are no matrices of floats, or the pivots are not int32.
    """
    check_matrix("lu_unpack", LU_data)
    _check_pivots("lu_unpack", LU_data, LU_pivots)
    empty = np.empty(0, LU_data._array.dtype)
    p, low, up = wrap(empty), wrap(empty.copy()), wrap(empty.copy())
    if unpack_pivots:
        p = wrap(permutation(LU_pivots._array, LU_data._shape[-2], empty.dtype))
    if unpack_data:
        lower, upper = _triangles(LU_data._array)
        low, up = wrap(lower), wrap(upper)
        record_outputs((low, up), _UNPACK, (LU_data,), LU_data._shape)
    return types.lu_unpack(_delivered("lu_unpack", (p, low, up), out))


def _unpack_back(
    grads: Grads, needed: tuple[bool, ...], shape: tuple[int, ...]
) -> tuple[Tensor | None]:
    lower, upper = grads
    count = min(shape[-2:])
    total: Any = None
    if lower is not None:
        total = placed_at(tril(lower, -1), shape, (..., slice(count)))
    if upper is not None:
        own = placed_at(triu(upper), shape, (..., slice(count), slice(None)))
        total = own if total is None else total + own
    return (total,)


_UNPACK = OperationOfMany("LuUnpackBackward0", _unpack_back)


@public
def linalg_lu_solve(
    LU: Tensor,
    pivots: Tensor,
    B: Tensor,
    *,
    left: bool = True,
    adjoint: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Solve `A @ X = B` of a matrix whose factors `linalg.lu_factor` gave.

    Args:
        LU: (..., n, n).
        pivots: (..., n), int32.
        B: (..., n, k), or (..., k, n) where left is false.
        left: false solves `X @ A = B`.
        adjoint: solve with the transpose of A.
        out: where to put the result.

    Raises:
        RuntimeError: the shapes or dtypes do not fit.
    """
    check_square("linalg.lu_solve", LU)
    check_same_dtype("linalg.lu_solve", LU, B)
    _check_pivots("linalg.lu_solve", LU, pivots)
    check_system("linalg.lu_solve", LU, B, left)
    p = wrap(permutation(pivots._array, LU._shape[-1], LU._array.dtype))
    sides = B if left else transposed(B)
    if adjoint is left:
        turned = transposed(LU)
        inner = triangle_solution(turned, triangle_solution(turned, sides, False), True, True)
        solution = product(p, inner)
    else:
        inner = triangle_solution(LU, product(transposed(p), sides), False, True)
        solution = triangle_solution(LU, inner, True)
    return deliver("linalg.lu_solve", solution if left else transposed(solution), out)


@public
def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Solve `A @ X = b` of a matrix whose factors are known; see `linalg.lu_solve`."""
    return linalg_lu_solve(LU_data, LU_pivots, b, out=out)


def _check_pivots(function: str, factors: Tensor, pivots: Tensor) -> None:
    """Check that pivots belong to factors.

    Raises:
        DTypeError: they are not int32.
        ShapeError: they are not as many, or name rows that there are not.
    """
    if pivots._key.dtype is not _dtype.int32:
        raise DTypeError(
            f"{function}: pivots should be a Tensor of scalar type torch.int32, got "
            f"{pivots._key.dtype}"
        )
    wanted = (*factors._shape[:-2], min(factors._shape[-2:]))
    if pivots._shape != wanted:
        raise ShapeError(
            f"{function}: pivots of factors of shape {list(factors._shape)} have shape "
            f"{list(wanted)}, got {list(pivots._shape)}"
        )
    array = pivots._array
    if array.size and (array.min() < 1 or array.max() > factors._shape[-2]):
        raise ShapeError(
            f"{function}: pivots count rows from 1 to {factors._shape[-2]}, got {array.min()} to "
            f"{array.max()}"
        )
