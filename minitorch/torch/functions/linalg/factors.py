"""Matrices as products of simpler ones: Cholesky, QR, singular values, eigenvalues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ... import return_types as types
from ..._record import Operation, OperationOfMany, record, record_outputs
from ..._wrap import wrap
from .._overrides import public
from ..arranging.triangles import tril
from ..products.matmul import deliver, deliver_all, product
from ..views.views import unsqueeze
from ._blocks import (
    block,
    columns_by,
    diagonal_matrix,
    diagonal_of,
    on_diagonal,
    placed_at,
    transposed,
)
from ._operands import LinAlgError, attempt, check_matrix, check_square
from .triangular import triangle_solution

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
Grads = tuple["Tensor | None", ...]


# ---- Cholesky


@public
def linalg_cholesky(
    A: Tensor,
    *,
    upper: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Give the lower triangle L with `L @ L.mT = A`, or the upper one, its transpose.

    Args:
        A: (..., n, n), symmetric and positive-definite; only one triangle counts.
        upper: give the upper triangle.
        out: where to put the result.

    Raises:
        LinAlgError: a matrix is not positive-definite.
        RuntimeError: the matrices are not square, or hold no floats.
    """
    check_square("linalg.cholesky", A)
    return deliver("linalg.cholesky", _cholesky_factor(A, upper, CHOLESKY_EX), out)


@public
def cholesky(input: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Give the Cholesky factor; see `linalg.cholesky`."""
    check_square("cholesky", input)
    return deliver("cholesky", _cholesky_factor(input, upper, _CHOLESKY), out)


def _cholesky_factor(a: Tensor, is_upper: bool, operation: Operation) -> Tensor:
    source = np.swapaxes(a._array, -1, -2) if is_upper else a._array
    factor = attempt(
        "linalg.cholesky: The factorization could not be completed because the input is not "
        "positive-definite.",
        lambda: np.linalg.cholesky(source),
    )
    result = wrap(factor)
    result = record(result, operation, a, result)
    return transposed(result) if is_upper else result


def _cholesky_back(grad: Tensor, factor: Tensor) -> Tensor:
    turned = transposed(factor)
    half = tril(product(turned, tril(grad)))
    half = half - diagonal_matrix(diagonal_of(half)) * 0.5
    left = triangle_solution(turned, half, True)
    whole = transposed(triangle_solution(turned, transposed(left), True))
    return (whole + transposed(whole)) * 0.5


_CHOLESKY = Operation("CholeskyBackward0", _cholesky_back)
CHOLESKY_EX = Operation("LinalgCholeskyExBackward0", _cholesky_back)


# ---- QR


@public
def linalg_qr(A: Tensor, mode: str = "reduced", *, out: Any = None) -> types.linalg_qr:
    """Give orthonormal columns Q and an upper triangle R with `Q @ R = A`.

    Args:
        A: (..., m, n).
        mode: "reduced": Q has min(m, n) columns; "complete": it has m; "r": it is empty.
        out: two tensors where to put the results.

    Raises:
        RuntimeError: A is no matrix of floats, or there is no such mode.
    """
    q, r = _qr_factors(A, mode)
    if out is not None:
        q, r = deliver("linalg.qr", q, out[0]), deliver("linalg.qr", r, out[1])
    return types.linalg_qr((q, r))


@public
def qr(input: Tensor, some: bool = True, *, out: tuple[Tensor, Tensor] | None = None) -> types.qr:
    """Give orthonormal columns Q and an upper triangle R; see `linalg.qr`."""
    factors = _qr_factors(input, "reduced" if some else "complete")
    return types.qr(deliver_all("qr", factors, out))


def _qr_factors(a: Tensor, mode: str) -> tuple[Tensor, Tensor]:
    check_matrix("linalg.qr", a)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', "
            "or 'complete'"
        )
    found: Any = np.linalg.qr(a._array, mode)  # type: ignore[call-overload]
    if mode == "r":
        found = np.empty(0, a._array.dtype), found
    q, r = (wrap(np.ascontiguousarray(each)) for each in found)
    record_outputs((q, r), _QR, (a,), q, r, mode)
    return q, r


def _qr_back(
    grads: Grads, needed: tuple[bool, ...], q: Tensor, r: Tensor, mode: str
) -> tuple[Tensor | None]:
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please "
            "use linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr"
        )
    rows, columns = q._shape[-2], r._shape[-1]
    if mode == "complete" and rows > columns:
        raise RuntimeError(
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols."
        )
    grad_q, grad_r = grads
    if columns <= r._shape[-2]:
        return (_tall_qr_back(grad_q, grad_r, q, r),)
    # A wide matrix is a square one, whose factors these are, and columns that Q turns.
    size = r._shape[-2]
    first, rest = (..., slice(None, size)), (..., slice(size, None))
    grad_first = None if grad_r is None else block(grad_r, first)
    shape = (*r._shape[:-2], rows, columns)
    if grad_r is None:
        return (placed_at(_tall_qr_back(grad_q, None, q, block(r, first)), shape, first),)
    grad_rest = block(grad_r, rest)
    turned = product(product(q, block(r, rest)), transposed(grad_rest))
    grad_q = turned if grad_q is None else grad_q + turned
    own = _tall_qr_back(grad_q, grad_first, q, block(r, first))
    return (placed_at(own, shape, first) + placed_at(product(q, grad_rest), shape, rest),)


def _tall_qr_back(grad_q: Tensor | None, grad_r: Tensor | None, q: Tensor, r: Tensor) -> Tensor:
    """Follow Seeger et al., Auto-Differentiating Linear Algebra."""
    m = None
    if grad_r is not None:
        m = product(r, transposed(grad_r))
    if grad_q is not None:
        own = product(transposed(grad_q), q)
        m = -own if m is None else m - own
    if m is None:
        raise RuntimeError("linalg.qr: backward was reached without a gradient.")
    below = tril(m, -1)
    inner = below + transposed(below) + diagonal_matrix(diagonal_of(m))
    total = product(q, inner)
    if grad_q is not None:
        total = total + grad_q
    # total @ R^-T, as the solution of R @ X = total^T, transposed.
    return transposed(triangle_solution(r, transposed(total), True))


_QR = OperationOfMany("LinalgQrBackward0", _qr_back)


# ---- singular values


@public
def linalg_svd(
    A: Tensor,
    full_matrices: bool = True,
    *,
    driver: str | None = None,
    out: Any = None,
) -> types.linalg_svd:
    """Give U, S and Vh with `U @ diag(S) @ Vh = A`, of which S falls.

    Args:
        A: (..., m, n).
        full_matrices: give all m columns of U and all n rows of Vh.
        driver: only for CUDA, so it must be None here.
        out: three tensors where to put the results.

    Raises:
        LinAlgError: a matrix is not finite.
        RuntimeError: A is no matrix of floats.
    """
    check_matrix("linalg.svd", A)
    _check_driver(driver)
    results = svd_of(A, full_matrices)
    if out is not None:
        each = zip(results, out, strict=True)
        return types.linalg_svd([deliver("linalg.svd", own, place) for own, place in each])
    return types.linalg_svd(results)


@public
def svd(
    input: Tensor,
    some: bool = True,
    compute_uv: bool = True,
    *,
    out: tuple[Tensor, Tensor, Tensor] | None = None,
) -> types.svd:
    """Give U, S and V with `U @ diag(S) @ V.mT = input`; U and V are 0 without compute_uv."""
    check_matrix("linalg.svd", input)
    if not compute_uv:
        rows, columns = input._shape[-2:]
        leading, dtype = input._shape[:-2], input._array.dtype
        u, v = (wrap(np.zeros((*leading, n, n), dtype)) for n in (rows, columns))
        return types.svd(deliver_all("svd", (u, svd_of(input, False)[1], v), out))
    u, s, vh = svd_of(input, not some)
    return types.svd(deliver_all("svd", (u, s, transposed(vh)), out))


@public
def svdvals(A: Tensor, *, driver: str | None = None, out: Tensor | None = None) -> Tensor:
    """Give the singular values of a matrix, the largest one first.

    Raises:
        LinAlgError: a matrix is not finite.
        RuntimeError: A is no matrix of floats.
    """
    check_matrix("linalg.svd", A)
    _check_driver(driver)
    if A._node is None:
        return deliver("linalg.svdvals", wrap(_svd_arrays(A._array, False, False)[0]), out)
    return deliver("linalg.svdvals", svd_of(A, False)[1], out)


def _check_driver(driver: str | None) -> None:
    if driver is not None:
        raise RuntimeError(
            f"linalg.svd: keyword argument `driver=` is only supported on CUDA inputs, got "
            f"{driver!r}"
        )


def _svd_arrays(array: Array, is_full: bool, has_vectors: bool) -> tuple[Array, ...]:
    text = (
        "linalg.svd: The algorithm failed to converge because the input matrix contained "
        "non-finite values."
    )
    if not np.isfinite(array).all():
        raise LinAlgError(text)
    if not has_vectors:
        return (attempt(text, lambda: np.linalg.svd(array, compute_uv=False)),)
    return tuple(attempt(text, lambda: np.linalg.svd(array, full_matrices=is_full)))


def svd_of(a: Tensor, is_full: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Give singular vectors and values of matrices that were checked."""
    u, s, vh = (wrap(each) for each in _svd_arrays(a._array, is_full, True))
    record_outputs((u, s, vh), _SVD, (a,), u, s, vh)
    return u, s, vh


def _svd_back(
    grads: Grads, needed: tuple[bool, ...], u: Tensor, s: Tensor, vh: Tensor
) -> tuple[Tensor | None]:
    """Follow Townsend, Differentiating the Singular Value Decomposition."""
    count = s._shape[-1]
    grad_u, grad_s, grad_vh = grads
    if u._shape[-1] > count:
        u = block(u, (..., slice(None, count)))
        grad_u = None if grad_u is None else block(grad_u, (..., slice(None, count)))
    if vh._shape[-2] > count:
        vh = block(vh, (..., slice(None, count), slice(None)))
        grad_vh = (
            None if grad_vh is None else block(grad_vh, (..., slice(None, count), slice(None)))
        )
    if grad_u is None and grad_vh is None:
        return (None if grad_s is None else product(columns_by(u, grad_s), vh),)
    squares = s * s
    # Of the difference in the denominator the diagonal does not count.
    gaps = unsqueeze(squares, -2) - unsqueeze(squares, -1)
    gaps = gaps + wrap(np.eye(count, dtype=s._array.dtype))
    inner = None if grad_s is None else diagonal_matrix(grad_s)
    if grad_u is not None:
        own = product(transposed(u), grad_u)
        own = columns_by((own - transposed(own)) / gaps, s)
        inner = own if inner is None else inner + own
    if grad_vh is not None:
        own = product(vh, transposed(grad_vh))
        own = (own - transposed(own)) / gaps * unsqueeze(s, -1)
        inner = own if inner is None else inner + own
    if inner is None:
        return (None,)
    total = product(product(u, inner), vh)
    if grad_u is not None and u._shape[-2] > count:
        scaled = grad_u / unsqueeze(s, -2)
        total = total + product(scaled - product(u, product(transposed(u), scaled)), vh)
    if grad_vh is not None and vh._shape[-1] > count:
        scaled = grad_vh / unsqueeze(s, -1)
        rest = scaled - product(product(scaled, transposed(vh)), vh)
        total = total + product(u, rest)
    return (total,)


_SVD = OperationOfMany("LinalgSvdBackward0", _svd_back)


# ---- eigenvalues of symmetric matrices


@public
def eigh(A: Tensor, UPLO: str = "L", *, out: Any = None) -> types.linalg_eigh:
    """Give the eigenvalues of a symmetric matrix, ascending, and its eigenvectors, in columns.

    Args:
        A: (..., n, n), of which only one triangle counts.
        UPLO: which one: "L" or "U".
        out: two tensors where to put the results.

    Raises:
        RuntimeError: the matrices are not square, or hold no floats.
    """
    values, vectors = _eigen(A, UPLO)
    if out is not None:
        values = deliver("linalg.eigh", values, out[0])
        vectors = deliver("linalg.eigh", vectors, out[1])
    return types.linalg_eigh((values, vectors))


@public
def eigvalsh(A: Tensor, UPLO: str = "L", *, out: Tensor | None = None) -> Tensor:
    """Give the eigenvalues of a symmetric matrix, ascending; see `eigh`."""
    return deliver("linalg.eigvalsh", _eigen(A, UPLO)[0], out)


def _eigen(a: Tensor, triangle: str) -> tuple[Tensor, Tensor]:
    check_square("linalg.eigh", a)
    which: Any = triangle.upper()
    if which not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {triangle}")
    if np.isfinite(a._array).all():
        found = attempt(
            "linalg.eigh: The algorithm failed to converge.",
            lambda: tuple(np.linalg.eigh(a._array, which)),
        )
    else:
        found = (np.full(a._shape[:-1], np.nan), np.full(a._shape, np.nan))
    values, vectors = (wrap(np.ascontiguousarray(each, a._array.dtype)) for each in found)
    record_outputs((values, vectors), _EIGH, (a,), values, vectors)
    return values, vectors


def _eigh_back(
    grads: Grads, needed: tuple[bool, ...], values: Tensor, vectors: Tensor
) -> tuple[Tensor | None]:
    grad, grad_vectors = grads
    turned = transposed(vectors)
    if grad_vectors is None:
        return (None if grad is None else product(columns_by(vectors, grad), turned),)
    gaps = unsqueeze(values, -2) - unsqueeze(values, -1)
    size = values._shape[-1]
    gaps = gaps + wrap(np.eye(size, dtype=values._array.dtype))
    inner = product(turned, grad_vectors) / gaps
    inner = inner - diagonal_matrix(diagonal_of(inner))
    if grad is not None:
        inner = inner + on_diagonal(grad, inner._shape)
    # The matrix is symmetric, so its gradient is taken to be so too.
    return (product(product(vectors, (inner + transposed(inner)) * 0.5), turned),)


_EIGH = OperationOfMany("LinalgEighBackward0", _eigh_back)
