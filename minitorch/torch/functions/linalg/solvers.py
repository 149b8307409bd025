"""Linear systems: inverses, solutions and least squares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import ShapeError
from ... import return_types as types
from ..._record import Operation, named, record, record_many
from ..._wrap import wrap
from .._overrides import public
from ..products.matmul import deliver, product
from ..views.views import reshape, sum_to, unsqueeze
from ._blocks import transposed
from ._operands import (
    attempt,
    check_matrix,
    check_same_dtype,
    check_square,
    check_system,
    inverse_array,
)

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


# ---- inverses


@public
def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Invert a square matrix, or each one of a batch.

    Raises:
        LinAlgError: a matrix is singular.
        RuntimeError: the matrices are not square, or hold no floats.
    """
    check_square("linalg.inv", A)
    return deliver("linalg.inv", inverse_of(A), out)


@public
def inverse(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Invert a square matrix; see `linalg.inv`."""
    check_square("linalg.inv", input)
    return deliver("linalg.inv", inverse_of(input), out)


def inverse_of(a: Tensor) -> Tensor:
    """Invert matrices that were checked."""
    result = wrap(inverse_array("linalg.inv", a._array))
    return record(result, INV, a, result)


def _inv_back(grad: Tensor, result: Tensor) -> Tensor:
    turned = transposed(result)
    return -product(product(turned, grad), turned)


INV = Operation("LinalgInvExBackward0", _inv_back)


@public
def pinv(
    A: Tensor,
    rcond: Any = None,
    hermitian: bool = False,
    *,
    atol: Any = None,
    rtol: Any = None,
    out: Tensor | None = None,
) -> Tensor:
    """Give the pseudoinverse (Moore and Penrose) of a matrix, or of each one of a batch.

    Args:
        A: (..., m, n).
        rcond: an older name of rtol.
        hermitian: A is symmetric, and only its lower triangle counts.
        atol: singular values up to it count as 0.
        rtol: the same as a share of the largest one; by default max(m, n) times the dtype's eps.
        out: where to put the result.

    Returns:
        (..., n, m).

    Raises:
        RuntimeError: A is no matrix of floats.
    """
    (check_square if hermitian else check_matrix)("linalg.pinv", A)
    share = rcond if rtol is None else rtol
    source = _symmetric(A) if hermitian else A
    return deliver("linalg.pinv", _pseudoinverse(source, atol, share), out)


@public
def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """Give the pseudoinverse; see `linalg.pinv`."""
    check_matrix("linalg.pinv", input)
    return _pseudoinverse(input, None, rcond)


def _symmetric(a: Tensor) -> Tensor:
    """Mirror the lower triangle; the gradient is that of a whole matrix, as in PyTorch."""
    array = np.tril(a._array) + np.swapaxes(np.tril(a._array, -1), -1, -2)
    return record(wrap(array), _SYMMETRIC, a)


_SYMMETRIC = Operation("LinalgEighBackward0", lambda grad: grad)


def threshold(array: Array, values: Array, atol: Any, rtol: Any) -> Array:
    """Give the singular value from which on those of a matrix count."""
    share = _number(rtol)
    if share is None:
        has_atol = atol is not None and np.any(np.asarray(_number(atol)) > 0)
        share = 0.0 if has_atol else max(array.shape[-2:]) * np.finfo(array.dtype).eps
    largest = values.max(-1, initial=0.0)
    least = 0.0 if atol is None else _number(atol)
    return np.asarray(np.maximum(np.asarray(least), share * largest))


def _number(value: Any) -> Any:
    return getattr(value, "_array", value)


def _pseudoinverse(a: Tensor, atol: Any, rtol: Any) -> Tensor:
    u, s, vh = attempt(
        "linalg.pinv: The algorithm failed to converge because the input matrix contained "
        "non-finite values.",
        lambda: np.linalg.svd(a._array, full_matrices=False),
    )
    counts = s > threshold(a._array, s, atol, rtol)[..., None]
    with np.errstate(divide="ignore"):
        factors = np.where(counts, 1 / s, 0).astype(s.dtype)
    array = (np.swapaxes(vh, -1, -2) * factors[..., None, :]) @ np.swapaxes(u, -1, -2)
    result = wrap(np.ascontiguousarray(array))
    return record(result, _PINV, a, result, a)


def _pinv_back(grad: Tensor, result: Tensor, a: Tensor) -> Tensor:
    """Follow Golub and Pereyra: the derivative within the range, and those towards its outside."""
    p, pt, gt = result, transposed(result), transposed(grad)
    inside = -product(product(pt, grad), pt)
    gp = product(gt, product(p, pt))
    left = gp - product(a, product(p, gp))
    pg = product(product(pt, p), gt)
    right = pg - product(product(pg, p), a)
    return inside + left + right


_PINV = Operation("LinalgPinvBackward0", _pinv_back)


# ---- solutions


@public
def solve(
    A: Tensor,
    B: Tensor,
    *,
    left: bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """Solve `A @ X = B`, or `X @ A = B` where left is false, for one system or a batch.

    Args:
        A: (..., n, n).
        B: (..., n, k), or vectors: (n), or (..., n) with the leading sizes of A.
        left: on which side of X the matrix stands.
        out: where to put the result.

    Raises:
        LinAlgError: a matrix is singular.
        RuntimeError: the shapes or dtypes do not fit.
    """
    check_square("linalg.solve", A)
    check_same_dtype("linalg.solve", A, B)
    is_vector = len(B._shape) == 1 or (
        len(A._shape) - 1 == len(B._shape) and B._shape == A._shape[:-1]
    )
    if is_vector:
        if not left:
            raise RuntimeError(
                "linalg.solve: Vector broadcasting of the left hand side is not supported for "
                "left=False"
            )
        columns = unsqueeze(B, -1)
        check_system("linalg.solve", A, columns, True)
        solution = solution_of(A, columns)
        solution = named(reshape(solution, solution._shape[:-1]), SOLVE.name)
        return deliver("linalg.solve", solution, out)
    check_system("linalg.solve", A, B, left)
    if left:
        return deliver("linalg.solve", solution_of(A, B), out)
    return deliver("linalg.solve", transposed(solution_of(transposed(A), transposed(B))), out)


def solution_of(a: Tensor, b: Tensor) -> Tensor:
    """Solve systems that were checked."""
    array = attempt(
        "torch.linalg.solve: The solver failed because the input matrix is singular.",
        lambda: np.linalg.solve(a._array, b._array),
    )
    result = wrap(array)
    return record_many(result, SOLVE, (a, b), a, result, b._shape)


def _solve_back(
    grad: Tensor, needed: tuple[bool, bool], a: Tensor, result: Tensor, shape: tuple[int, ...]
) -> tuple[Tensor | None, Tensor | None]:
    own = solution_of(transposed(a), grad)
    return (
        sum_to(-product(own, transposed(result)), a._shape) if needed[0] else None,
        sum_to(own, shape) if needed[1] else None,
    )


SOLVE = Operation("LinalgSolveExBackward0", _solve_back)


# ---- least squares


_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


@public
def lstsq(
    input: Tensor,
    b: Tensor,
    rcond: float | None = None,
    *,
    driver: str | None = None,
) -> types.linalg_lstsq:
    """Find X for which the norm of `input @ X - b` is smallest, for one system or a batch.

    Args:
        input: (..., m, n).
        b: (..., m, k), or a vector (m).
        rcond: singular values up to this share of the largest one count as 0.
        driver: "gels", "gelsy", "gelsd" or "gelss", as in LAPACK: it says which of the other
            results are given. All of them come from singular values here.

    Returns:
        The solution; the sums of squares that remain, where m > n and input has full rank, except
        for "gelsy", the default; the rank, except for "gels"; the singular values for "gelsd" and
        "gelss". What is not given is empty.

    Raises:
        RuntimeError: the shapes or dtypes do not fit, or there is no such driver.
    """
    name = "torch.linalg.lstsq"
    check_matrix(name, input)
    check_same_dtype(name, input, b)
    if driver is not None and driver not in _DRIVERS:
        raise RuntimeError(
            f"{name}: parameter `driver` should be one of {', '.join(_DRIVERS)}, got {driver!r}"
        )
    driver = driver or "gelsy"
    is_vector = len(b._shape) == len(input._shape) - 1
    columns = unsqueeze(b, -1) if is_vector else b
    if len(columns._shape) < 2 or columns._shape[-2] != input._shape[-2]:
        raise ShapeError(
            f"{name}: input of shape {list(input._shape)} and b of shape {list(b._shape)} need the "
            "same number of rows"
        )
    rows, unknowns = input._shape[-2:]
    values = np.linalg.svd(input._array, compute_uv=False)
    share = max(rows, unknowns) * np.finfo(input._array.dtype).eps if rcond is None else rcond
    ranks = (values > share * values.max(-1, initial=0.0)[..., None]).sum(-1)
    solution = product(_pseudoinverse(input, None, share), columns)
    empty = np.empty(0, input._array.dtype)
    residuals = wrap(empty)
    if driver != "gelsy" and rows > unknowns and np.all(ranks == unknowns):
        rest = product(input, solution) - columns
        residuals = (rest * rest).sum(-2)
        residuals = reshape(residuals, residuals._shape[:-1]) if is_vector else residuals
    return types.linalg_lstsq(
        (
            reshape(solution, solution._shape[:-1]) if is_vector else solution,
            residuals,
            wrap(np.empty(0, np.int64) if driver == "gels" else np.asarray(ranks, np.int64)),
            wrap(values if driver in ("gelsd", "gelss") else empty.copy()),
        )
    )
