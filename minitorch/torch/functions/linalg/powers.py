"""Functions of matrices, and systems whose unknowns are tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError
from ..._record import Operation, record
from ..._wrap import wrap
from .._overrides import public
from ..pointwise.selection import where
from ..products.matmul import deliver, product
from ..views.slicing import diagonal
from ..views.views import axis, permute, reshape
from ._blocks import block, placed_at, transposed
from ._operands import check_matrix, check_square
from .solvers import inverse_of, solution_of

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


@public
def matrix_power(input: Tensor, n: int, *, out: Tensor | None = None) -> Tensor:
    """Multiply a square matrix n times by itself; a negative n takes its inverse.

    Raises:
        LinAlgError: n is negative, and a matrix is singular.
        RuntimeError: the matrices are not square.
    """
    if len(input._shape) < 2 or input._shape[-1] != input._shape[-2]:
        raise ShapeError(
            "linalg.matrix_power: A must be batches of square matrices, got shape "
            f"{list(input._shape)}."
        )
    if n < 0:
        check_square("linalg.matrix_power", input)
        input, n = inverse_of(input), -n
    result: Tensor | None = None
    power = input
    while n:
        if n & 1:
            result = power if result is None else product(result, power)
        n >>= 1
        if n:
            power = product(power, power)
    if result is None:
        one = np.eye(input._shape[-1], dtype=input._array.dtype)
        result = where(wrap(np.array(False)), input, wrap(one))
    elif result is input:
        result = input.clone()
    return deliver("linalg.matrix_power", result, out)


@public
def matrix_exp(input: Tensor) -> Tensor:
    """Give the exponential of a square matrix, or of each one of a batch.

    Raises:
        RuntimeError: the matrices are not square, or hold no floats.
    """
    check_square("linalg.matrix_exp", input)
    return record(wrap(_exponential(input._array)), _MATRIX_EXP, input, input)


# Coefficients of the Pade approximation of order 13, and the norm up to which it is exact in
# float64 (Higham, The Scaling and Squaring Method for the Matrix Exponential Revisited).
_PADE = tuple(
    math.factorial(26 - i) * math.factorial(13)
    / (math.factorial(26) * math.factorial(13 - i) * math.factorial(i))
    for i in range(14)
)  # fmt: skip
_PADE_REACH = 5.37


def _exponential(array: Array) -> Array:
    """Halve a matrix until its exponential is known, and square that as often."""
    if array.size == 0:
        return array.copy()
    a = array.astype(np.float64)
    largest = float(np.abs(a).sum(-2).max())
    if not math.isfinite(largest):
        return np.full_like(array, np.nan)
    halvings = max(0, math.ceil(math.log2(largest / _PADE_REACH))) if largest > 0 else 0
    a = a / 2.0**halvings
    one = np.broadcast_to(np.eye(a.shape[-1]), a.shape)
    square = a @ a
    power, odd, even = one, np.zeros_like(a), np.zeros_like(a)
    for i in range(0, 14, 2):
        even = even + _PADE[i] * power
        odd = odd + _PADE[i + 1] * power
        power = power @ square
    odd = a @ odd
    result = np.linalg.solve(even - odd, even + odd)
    for _ in range(halvings):
        result = result @ result
    return result.astype(array.dtype)


def _matrix_exp_back(grad: Tensor, input: Tensor) -> Tensor:
    """Give the corner of the exponential of [[A.mT, grad], [0, A.mT]] (Najfeld and Havel)."""
    size = input._shape[-1]
    turned = transposed(input)
    shape = (*input._shape[:-2], 2 * size, 2 * size)
    first, second = slice(None, size), slice(size, None)
    large = (
        placed_at(turned, shape, (..., first, first))
        + placed_at(grad, shape, (..., first, second))
        + placed_at(turned, shape, (..., second, second))
    )
    return block(matrix_exp(large), (..., first, second))


_MATRIX_EXP = Operation("LinalgMatrixExpBackward0", _matrix_exp_back)


@public
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1, out: Tensor | None = None) -> Tensor:
    """Add up the products of elements along a dimension; the others broadcast.

    Raises:
        RuntimeError: the dtypes or sizes do not fit.
    """
    if x._key.dtype is not y._key.dtype:
        raise DTypeError(
            f"linalg.vecdot: Expected x and y to have the same dtype, but found {x._key.dtype} "
            f"and {y._key.dtype} instead. Convert one with to()."
        )
    if not x._key.is_float:
        raise DTypeError(
            f"linalg.vecdot: Expected a floating point or complex tensor as input. Got "
            f"{x._key.dtype}. Convert it with to()."
        )
    return deliver("linalg.vecdot", (x * y).sum(dim), out)


@public
def linalg_diagonal(
    A: Tensor,
    *,
    offset: int = 0,
    dim1: int = -2,
    dim2: int = -1,
) -> Tensor:
    """Give the diagonals of matrices, as a view."""
    return diagonal(A, offset, dim1, dim2)


# ---- systems whose unknowns are tensors


@public
def tensorinv(A: Tensor, ind: int = 2, *, out: Tensor | None = None) -> Tensor:
    """Invert a tensor: `tensordot(tensorinv(A), A, ind)` is the identity.

    Args:
        A: the product of the first ind sizes is that of the others.
        ind: how many sizes stand for the rows.
        out: where to put the result.

    Raises:
        RuntimeError: ind is not positive, or the products differ.
    """
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', got {ind}")
    rows, columns = A._shape[:ind], A._shape[ind:]
    if math.prod(rows) != math.prod(columns):
        raise ShapeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {math.prod(columns)} != {math.prod(rows)}"
        )
    matrix = reshape(A, (math.prod(rows), math.prod(columns)))
    check_matrix("linalg.tensorinv", matrix)
    return deliver("linalg.tensorinv", reshape(inverse_of(matrix), columns + rows), out)


@public
def tensorsolve(
    A: Tensor,
    B: Tensor,
    dims: Sequence[int] | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Solve `tensordot(A, X, X.ndim) = B`.

    Args:
        A: first the sizes of B, then those of the solution, with the same product.
        B: the right-hand side.
        dims: dimensions of A to move to its end first.
        out: where to put the result.

    Raises:
        RuntimeError: the products of sizes differ.
    """
    if dims is not None:
        last = [axis(d, len(A._shape), "linalg.tensorsolve") for d in dims]
        A = permute(A, [*[d for d in range(len(A._shape)) if d not in last], *last])
    shape = A._shape[len(B._shape) :]
    if math.prod(shape) != B._array.size or A._array.size != B._array.size**2:
        raise ShapeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got shapes {list(A._shape)} and {list(B._shape)}"
        )
    matrix = reshape(A, (B._array.size, B._array.size))
    check_square("linalg.tensorsolve", matrix)
    solution = solution_of(matrix, reshape(B, (B._array.size, 1)))
    return deliver("linalg.tensorsolve", reshape(solution, shape), out)
