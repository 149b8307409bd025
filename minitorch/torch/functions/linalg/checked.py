"""Functions of matrices that tell where they failed instead of raising: `linalg.inv_ex`..."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ... import return_types as types
from ..._record import record, record_many
from ..._wrap import wrap
from .._overrides import public
from ..products.matmul import deliver
from ..views.views import reshape, unsqueeze
from ._blocks import transposed
from ._elimination import factored, first_zero, solved
from ._operands import LinAlgError, check_same_dtype, check_square, check_system
from .factors import CHOLESKY_EX
from .solvers import INV, SOLVE

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


def _results(
    function: str, text: str, result: Tensor, info: Array, check_errors: bool, out: Any
) -> tuple[Tensor, Tensor]:
    """Give a result and where it failed, or raise if that is asked for.

    Raises:
        LinAlgError: it failed, and check_errors is true.
    """
    if check_errors and np.any(info):
        place = info.ravel()[np.flatnonzero(info)[0]]
        raise LinAlgError(f"{function}: {text.format(place)}")
    told = wrap(np.asarray(info, np.int32))
    if out is not None:
        return deliver(function, result, out[0]), deliver(function, told, out[1])
    return result, told


@public
def inv_ex(A: Tensor, *, check_errors: bool = False, out: Any = None) -> types.linalg_inv_ex:
    """Invert matrices, and tell for each which pivot is 0: 0 if none.

    Args:
        A: (..., n, n).
        check_errors: raise where one is 0, as `linalg.inv`.
        out: two tensors where to put the results.

    Raises:
        LinAlgError: a matrix is singular, and check_errors is true.
        RuntimeError: the matrices are not square, or hold no floats.
    """
    check_square("linalg.inv_ex", A)
    identity = np.broadcast_to(np.eye(A._shape[-1], dtype=A._array.dtype), A._shape)
    array, info = _solution(A._array, identity)
    result = wrap(array)
    result = record(result, INV, A, result)
    text = "The diagonal element {} is zero, the input matrix is singular."
    return types.linalg_inv_ex(_results("linalg.inv_ex", text, result, info, check_errors, out))


def _solution(a: Array, b: Array) -> tuple[Array, Array]:
    """Solve systems; where one matrix is singular, others get their solutions."""
    try:
        return np.linalg.solve(a, b), np.zeros(a.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        lu, pivots = factored(a)
        return solved(lu, pivots, b), first_zero(lu)


@public
def solve_ex(
    A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False, out: Any = None
) -> types.linalg_solve_ex:
    """Solve `A @ X = B`, and tell for each matrix which pivot is 0: 0 if none.

    Args:
        A: (..., n, n).
        B: (..., n, k), or vectors: (n), or (..., n) with the leading sizes of A.
        left: false solves `X @ A = B`.
        check_errors: raise where a pivot is 0, as `linalg.solve`.
        out: two tensors where to put the results.

    Raises:
        LinAlgError: a matrix is singular, and check_errors is true.
        RuntimeError: the shapes or dtypes do not fit.
    """
    name = "linalg.solve_ex"
    check_square(name, A)
    check_same_dtype(name, A, B)
    is_vector = len(B._shape) == 1 or B._shape == A._shape[:-1]
    if is_vector and not left:
        raise RuntimeError(f"{name}: vectors are not supported for left=False")
    sides = unsqueeze(B, -1) if is_vector else B
    check_system(name, A, sides, left)
    matrix, sides = (A, sides) if left else (transposed(A), transposed(sides))
    array, info = _solution(matrix._array, sides._array)
    result = wrap(array)
    result = record_many(result, SOLVE, (matrix, sides), matrix, result, sides._shape)
    if is_vector:
        result = reshape(result, result._shape[:-1])
    elif not left:
        result = transposed(result)
    text = "The solver failed because the input matrix is singular: pivot {} is 0."
    return types.linalg_solve_ex(_results(name, text, result, info, check_errors, out))


@public
def cholesky_ex(
    A: Tensor, *, upper: bool = False, check_errors: bool = False, out: Any = None
) -> types.linalg_cholesky_ex:
    """Compute `linalg.cholesky`, and tell for each matrix where it is not positive-definite.

    That is the order of the first leading minor that is not positive, and 0 if there is none.

    Args:
        A: (..., n, n), symmetric.
        upper: give the upper triangle.
        check_errors: raise where a matrix is not positive-definite, as `linalg.cholesky`.
        out: two tensors where to put the results.

    Raises:
        LinAlgError: a matrix is not positive-definite, and check_errors is true.
        RuntimeError: the matrices are not square, or hold no floats.
    """
    check_square("linalg.cholesky_ex", A)
    source = np.swapaxes(A._array, -1, -2) if upper else A._array
    try:
        factor, info = np.linalg.cholesky(source), np.zeros(A._shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        factor, info = _factors_one_by_one(source)
    result = wrap(factor)
    result = record(result, CHOLESKY_EX, A, result)
    text = (
        "The factorization could not be completed because the input is not positive-definite (the "
        "leading minor of order {} is not positive-definite)."
    )
    result = transposed(result) if upper else result
    return types.linalg_cholesky_ex(
        _results("linalg.cholesky_ex", text, result, info, check_errors, out)
    )


def _factors_one_by_one(source: Array) -> tuple[Array, Array]:
    """Factor each matrix, or its largest leading part that is positive-definite."""
    factor, info = np.tril(source), np.zeros(source.shape[:-2], np.int32)
    for place in np.ndindex(info.shape):
        size = source.shape[-1]
        for order in range(size, 0, -1):
            try:
                part = np.linalg.cholesky(source[place][:order, :order])
            except np.linalg.LinAlgError:
                info[place] = order
            else:
                factor[place][:order, :order] = part
                break
    return factor, info
