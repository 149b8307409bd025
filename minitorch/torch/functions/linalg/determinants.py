"""Determinants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ... import return_types as types
from ..._record import Operation, OperationOfMany, record, record_outputs
from ..._wrap import wrap
from .._overrides import public
from ..pointwise.selection import where
from ..products.matmul import deliver, deliver_all, product
from ..views.views import unsqueeze
from ._blocks import block, diagonal_matrix, stacked, transposed
from ._operands import LinAlgError, check_square
from .factors import svd_of
from .solvers import inverse_of

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def linalg_det(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Give the determinant of a square matrix, or of each one of a batch.

    Raises:
        RuntimeError: the matrices are not square, or hold no floats.
    """
    check_square("linalg.det", A)
    return deliver("linalg.det", _determinant(A), out)


@public
def det(input: Tensor) -> Tensor:
    """Give the determinant; see `linalg.det`."""
    check_square("linalg.det", input)
    return _determinant(input)


def _determinant(a: Tensor) -> Tensor:
    result = wrap(np.asarray(np.linalg.det(a._array), a._array.dtype))
    return record(result, _DET, a, result, a)


def _det_back(grad: Tensor, result: Tensor, a: Tensor) -> Tensor:
    if np.all(result._array):
        return unsqueeze(unsqueeze(grad * result, -1), -1) * transposed(inverse_of(a))
    return unsqueeze(unsqueeze(grad, -1), -1) * _cofactors(a)


_DET = Operation("LinalgDetBackward0", _det_back)


def _cofactors(a: Tensor) -> Tensor:
    """Give the matrices of cofactors, of singular matrices too, by their singular values."""
    u, s, vh = svd_of(a, False)
    others = _products_of_others([block(s, (..., i)) for i in range(s._shape[-1])])
    sign = wrap(np.asarray(np.linalg.det(u._array) * np.linalg.det(vh._array), s._array.dtype))
    scaled = stacked(others) * unsqueeze(sign, -1) if others else s
    return product(product(u, diagonal_matrix(scaled)), vh)


def _products_of_others(values: list[Tensor]) -> list[Tensor]:
    """Give for each value the product of all others, without any division."""
    if not values:
        return []
    one = wrap(np.ones(values[0]._shape, values[0]._array.dtype))
    before, after = [one], [one]
    for value in values[:-1]:
        before.append(before[-1] * value)
    for value in values[:0:-1]:
        after.append(after[-1] * value)
    return [x * y for x, y in zip(before, reversed(after), strict=True)]


@public
def linalg_slogdet(A: Tensor) -> types.linalg_slogdet:
    """Give the sign of a determinant, and the logarithm of its magnitude.

    Raises:
        RuntimeError: the matrices are not square, or hold no floats.
    """
    check_square("linalg.slogdet", A)
    return types.linalg_slogdet(_signed_log(A))


@public
def slogdet(input: Tensor, *, out: tuple[Tensor, Tensor] | None = None) -> types.slogdet:
    """Give the sign of a determinant, and the logarithm of its magnitude."""
    check_square("linalg.slogdet", input)
    return types.slogdet(deliver_all("slogdet", _signed_log(input), out))


def _signed_log(a: Tensor) -> tuple[Tensor, Tensor]:
    sign, log = np.linalg.slogdet(a._array)
    dtype = a._array.dtype
    results = wrap(np.asarray(sign, dtype)), wrap(np.asarray(log, dtype))
    record_outputs(results, _SLOGDET, (a,), a)
    return results


def _slogdet_back(
    grads: tuple[Tensor | None, ...], needed: tuple[bool, ...], a: Tensor
) -> tuple[Tensor | None]:
    grad = grads[1]
    if grad is None:
        return (None,)
    try:
        inverse = inverse_of(a)
    except LinAlgError:
        # The logarithm of 0 has no derivative.
        inverse = wrap(np.full_like(a._array, np.nan))
    return (unsqueeze(unsqueeze(grad, -1), -1) * transposed(inverse),)


_SLOGDET = OperationOfMany("LinalgSlogdetBackward0", _slogdet_back)


@public
def logdet(input: Tensor) -> Tensor:
    """Give the logarithm of the determinant: NaN where that is negative, -inf where it is 0."""
    check_square("logdet", input)
    sign, log = _signed_log(input)
    nan = wrap(np.full((), np.nan, input._array.dtype))
    return where(wrap(sign._array == -1), nan, log)
