"""Linear systems whose matrices are triangles, or products of two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import return_types as types
from ..._record import Operation, record_many
from ..._wrap import wrap
from .._overrides import public
from ..arranging.triangles import tril, triu
from ..products.matmul import deliver, deliver_all, product
from ..views.views import sum_to
from ._blocks import identity_like, transposed
from ._operands import check_same_dtype, check_square, check_system, substituted

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def solve_triangular(
    A: Tensor,
    B: Tensor,
    *,
    upper: bool,
    left: bool = True,
    unitriangular: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Solve `A @ X = B`, or `X @ A = B` where left is false, of which A is a triangle.

    Args:
        A: (..., n, n); what lies outside of the triangle does not count.
        B: (..., n, k), or (..., k, n) where left is false.
        upper: which triangle of A counts.
        left: on which side of X the matrix stands.
        unitriangular: the diagonal of A is taken to be 1.
        out: where to put the result.

    Raises:
        RuntimeError: the shapes or dtypes do not fit.
    """
    check_square("linalg.solve_triangular", A)
    check_same_dtype("linalg.solve_triangular", A, B)
    check_system("linalg.solve_triangular", A, B, left)
    if left:
        result = triangle_solution(A, B, upper, unitriangular)
    else:
        turned = triangle_solution(transposed(A), transposed(B), not upper, unitriangular)
        result = transposed(turned)
    return deliver("linalg.solve_triangular", result, out)


def triangle_solution(a: Tensor, b: Tensor, is_upper: bool, has_ones: bool = False) -> Tensor:
    """Solve triangular systems that were checked."""
    result = wrap(substituted(a._array, b._array, is_upper, has_ones))
    return record_many(result, _SOLVE_TRIANGULAR, (a, b), a, result, b._shape, is_upper, has_ones)


def _solve_triangular_back(
    grad: Tensor,
    needed: tuple[bool, bool],
    a: Tensor,
    result: Tensor,
    shape: tuple[int, ...],
    is_upper: bool,
    has_ones: bool,
) -> tuple[Tensor | None, Tensor | None]:
    own = triangle_solution(transposed(a), grad, not is_upper, has_ones)
    if not needed[0]:
        return None, sum_to(own, shape)
    full = sum_to(-product(own, transposed(result)), a._shape)
    k = 1 if has_ones else 0
    part = triu(full, k) if is_upper else tril(full, -k)
    return part, sum_to(own, shape) if needed[1] else None


_SOLVE_TRIANGULAR = Operation("LinalgSolveTriangularBackward0", _solve_triangular_back)


@public
def triangular_solve(
    b: Tensor,
    A: Tensor,
    upper: bool = True,
    transpose: bool = False,
    unitriangular: bool = False,
    *,
    out: tuple[Tensor, Tensor] | None = None,
) -> types.triangular_solve:
    """Solve `A @ X = b` of a triangle A, or of its transpose; see `linalg.solve_triangular`."""
    check_square("triangular_solve", A)
    check_same_dtype("triangular_solve", A, b)
    check_system("triangular_solve", A, b, True)
    matrix, is_upper = (transposed(A), not upper) if transpose else (A, upper)
    solution = triangle_solution(matrix, b, is_upper, unitriangular)
    return types.triangular_solve(deliver_all("triangular_solve", (solution, A.clone()), out))


@public
def cholesky_solve(
    B: Tensor,
    L: Tensor,
    upper: bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Solve `A @ X = B`, of which the Cholesky factor L of A is known."""
    check_square("cholesky_solve", L)
    check_same_dtype("cholesky_solve", L, B)
    check_system("cholesky_solve", L, B, True)
    return deliver("cholesky_solve", _factor_solution(B, L, upper), out)


def _factor_solution(b: Tensor, factor: Tensor, is_upper: bool) -> Tensor:
    turned = transposed(factor)
    first, second = (turned, factor) if is_upper else (factor, turned)
    return triangle_solution(second, triangle_solution(first, b, False), True)


@public
def cholesky_inverse(
    L: Tensor,
    upper: bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Invert the matrix whose Cholesky factor is L."""
    check_square("cholesky_inverse", L)
    return deliver("cholesky_inverse", _factor_solution(identity_like(L), L, upper), out)
