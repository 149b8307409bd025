"""Products of matrices and vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import DTypeError, ShapeError
from ...kernels.cpu import gemm
from .._record import Operation, record_many
from .._wrap import wrap
from ._overrides import public
from .views import sum_to

if TYPE_CHECKING:
    from .._tensor import Tensor


@public
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """Multiply matrices, vectors, or batches of matrices, which broadcast.

    Raises:
        ShapeError: the inner sizes differ.
        DTypeError: the dtypes differ.
    """
    if input._key.dtype is not other._key.dtype:
        raise DTypeError(
            f"matmul: expected m1 and m2 to have the same dtype, but got: {input._key.dtype} != "
            f"{other._key.dtype}. Convert one with to()."
        )
    result = wrap(gemm.matmul(input._array, other._array))
    return record_many(result, _MATMUL, (input, other), input, other)


def _matmul_back(
    grad: Tensor, needed: tuple[bool, bool], input: Tensor, other: Tensor
) -> tuple[Tensor | None, Tensor | None]:
    """Give the gradients; a vector is seen as a row on the left, and as a column on the right."""
    left = input.unsqueeze(0) if len(input._shape) == 1 else input
    right = other.unsqueeze(1) if len(other._shape) == 1 else other
    if len(input._shape) == 1:
        grad = grad.unsqueeze(-1 if len(other._shape) == 1 else -2)
    if len(other._shape) == 1:
        grad = grad.unsqueeze(-1)
    own = other_own = None
    if needed[0]:
        own = sum_to(matmul(grad, right.transpose(-1, -2)), left._shape).reshape(input._shape)
    if needed[1]:
        product = matmul(left.transpose(-1, -2), grad)
        other_own = sum_to(product, right._shape).reshape(other._shape)
    return own, other_own


_MATMUL = Operation("MmBackward0", _matmul_back)


@public
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """Multiply two matrices.

    Raises:
        ShapeError: one is no matrix, or the inner sizes differ.
    """
    if len(input._shape) != 2 or len(mat2._shape) != 2:
        raise ShapeError(
            f"mm needs two matrices, got shapes {list(input._shape)} and {list(mat2._shape)}. Use "
            "matmul() for vectors and batches."
        )
    return matmul(input, mat2)
