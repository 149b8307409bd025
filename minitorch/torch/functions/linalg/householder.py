"""Reflections at hyperplanes, as QR is made of: `linalg.householder_product`, `ormqr`, `geqrf`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ....errors import ShapeError
from ... import return_types as types
from ..._record import OperationOfMany, record_outputs
from ..._wrap import wrap
from .._overrides import public
from ..arranging.triangles import tril
from ..products.matmul import deliver, product
from ._blocks import block, transposed
from ._operands import check_matrix, check_same_dtype

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def householder_product(A: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Give the first n columns of the product of k reflections.

    Args:
        A: (..., m, n), m >= n; below the diagonal of column i stands the vector of reflection i,
            whose first element, on the diagonal, counts as 1.
        tau: (..., k), n >= k: reflection i is `I - tau[i] * v @ v.T`.
        out: where to put the result.

    Returns:
        (..., m, n).

    Raises:
        RuntimeError: the shapes or dtypes do not fit.
    """
    check_matrix("linalg.householder_product", A)
    _check("linalg.householder_product", A, tau)
    rows, columns = A._shape[-2:]
    if rows < columns:
        raise ShapeError(
            "linalg.householder_product: input.shape[-2] must be greater than or equal to "
            f"input.shape[-1], got shape {list(A._shape)}"
        )
    start = wrap(np.eye(rows, columns, dtype=A._array.dtype)).expand(A._shape)
    return deliver("linalg.householder_product", _reflected(A, tau, start, True), out)


@public
def orgqr(input: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Give the first n columns of a product of reflections; see `linalg.householder_product`."""
    return householder_product(input, tau, out=out)


@public
def ormqr(
    input: Tensor,
    tau: Tensor,
    other: Tensor,
    left: bool = True,
    transpose: bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Multiply a matrix by the whole product Q of reflections.

    Args:
        input: (..., m, k); see `linalg.householder_product`.
        tau: (..., k).
        other: (..., m, n), or (..., n, m) where left is false.
        left: give `Q @ other`, else `other @ Q`.
        transpose: take the transpose of Q.
        out: where to put the result.

    Raises:
        RuntimeError: the shapes or dtypes do not fit.
    """
    check_matrix("ormqr", input)
    check_matrix("ormqr", other)
    check_same_dtype("ormqr", input, other)
    _check("ormqr", input, tau)
    if other._shape[-2 if left else -1] != input._shape[-2]:
        raise ShapeError(
            f"ormqr: other of shape {list(other._shape)} does not fit reflections of "
            f"{input._shape[-2]} elements"
        )
    target = other if left else transposed(other)
    result = _reflected(input, tau, target, left is not transpose)
    return deliver("ormqr", result if left else transposed(result), out)


def _check(function: str, a: Tensor, tau: Tensor) -> None:
    """Check that reflections and their factors fit.

    Raises:
        ShapeError, DTypeError: they do not.
    """
    check_same_dtype(function, a, tau)
    shape = tau._shape
    if len(shape) != len(a._shape) - 1 or shape[:-1] != a._shape[:-2] or shape[-1] > a._shape[-1]:
        raise ShapeError(
            f"{function}: tau of shape {list(shape)} does not fit a matrix of shape "
            f"{list(a._shape)}: it needs the same leading sizes, and no more elements than columns"
        )


def _reflected(a: Tensor, tau: Tensor, x: Tensor, is_last_first: bool) -> Tensor:
    """Reflect matrices, one reflection after the other."""
    ones = wrap(np.eye(*a._shape[-2:], dtype=a._array.dtype))
    vectors = tril(a, -1) + ones
    order = range(tau._shape[-1])
    for i in reversed(order) if is_last_first else order:
        vector = block(vectors, (..., slice(i, i + 1)))
        factor = block(tau, (..., slice(i, i + 1), None))
        x = x - factor * vector * product(transposed(vector), x)
    return x


@public
def geqrf(input: Tensor, *, out: Any = None) -> types.geqrf:
    """Give R in the upper triangle, and below it the reflections whose product Q gives `Q @ R`.

    Args:
        input: (..., m, n).
        out: two tensors where to put the results.

    Raises:
        RuntimeError: it is no matrix of floats.
        NotImplementedError: in backward; `linalg.qr` has gradients.
    """
    check_matrix("geqrf", input)
    found, tau = np.linalg.qr(input._array, "raw")
    results = wrap(np.ascontiguousarray(np.swapaxes(found, -1, -2))), wrap(np.asarray(tau))
    record_outputs(results, _GEQRF, (input,))
    if out is not None:
        results = deliver("geqrf", results[0], out[0]), deliver("geqrf", results[1], out[1])
    return types.geqrf(results)


def _geqrf_back(grads: Any, needed: tuple[bool]) -> NoReturn:
    raise NotImplementedError("the derivative for 'geqrf' is not implemented: use linalg.qr.")


_GEQRF = OperationOfMany("GeqrfBackward0", _geqrf_back)
