"""Products of sparse matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....errors import DTypeError, ShapeError
from ..._record import Operation, record_many
from ..._wrap import Late, wrap
from ...autograd.grad_mode import no_grad
from .._operands import not_a_tensor
from ..creation.filled import zeros
from ..indexing.index_slices import index_add, index_select
from ..products import matmul as dense
from ..reductions.reductions import sum
from ..views.views import unsqueeze
from .coo import Sparse, coalesce
from .views import transpose

if TYPE_CHECKING:
    from ..._sparse import SparseTensor
    from ..._tensor import Tensor


def mm(input: Tensor, mat2: Tensor, *, out: None = None) -> Tensor:
    """Multiply matrices of which at least one is sparse; of two sparse ones the result is, too.

    Raises:
        ShapeError: they are no matrices, or the inner sizes differ.
        DTypeError: the dtypes differ.
    """
    if out is not None:
        raise NotImplementedError("mm of sparse matrices takes no out. Leave it away.")
    return _multiplied("mm", input, mat2, _MM)


def spmm(input: Tensor, mat2: Tensor) -> Tensor:
    """Multiply matrices of which at least one is sparse, as `mm`."""
    return _multiplied("spmm", input, mat2, _MM)


def sparse_mm(mat1: Tensor, mat2: Tensor, reduce: str = "sum") -> Tensor:
    """Multiply a sparse matrix by another one: `torch.sparse.mm`.

    Raises:
        NotImplementedError: the products shall be joined in another way than by their sum.
        ShapeError, DTypeError: as `mm`.
    """
    if reduce != "sum":
        raise NotImplementedError(f"torch.sparse.mm adds products up, got reduce={reduce!r}.")
    return _multiplied("sparse.mm", mat1, mat2, _SPARSE_MM)


def _multiplied(function: str, input: Tensor, mat2: Tensor, operation: Operation) -> Tensor:
    """Multiply two matrices, each of them sparse or dense."""
    _check(function, input, mat2)
    if isinstance(input, Sparse.kind):
        if isinstance(mat2, Sparse.kind):
            return _product_of_sparse(input, mat2)
        return _product(input.kept, mat2, input.places, input._shape, operation)
    if not isinstance(mat2, Sparse.kind):
        return dense.mm(input, mat2)
    turned = _multiplied(function, transpose(mat2, 0, 1), input.transpose(0, 1), operation)
    return turned.transpose(0, 1)


def _check(function: str, input: Tensor, mat2: Tensor) -> None:
    """Check that two matrices can be multiplied.

    Raises:
        TypeError: one is no tensor.
        ShapeError: one is no matrix, or the inner sizes differ.
        DTypeError: the dtypes differ.
    """
    for position, (name, value) in enumerate((("input", input), ("mat2", mat2)), start=1):
        if not isinstance(value, Late.Tensor):
            raise TypeError(not_a_tensor(function, value, name, position))
    if len(input._shape) != 2 or len(mat2._shape) != 2 or input._shape[1] != mat2._shape[0]:
        raise ShapeError(
            f"{function} needs two matrices whose inner sizes agree, got shapes "
            f"{list(input._shape)} and {list(mat2._shape)}."
        )
    if input._key.dtype is not mat2._key.dtype:
        raise DTypeError(
            f"{function}: expected both matrices to have one dtype, got {input._key.dtype} and "
            f"{mat2._key.dtype}."
        )


def _product(
    kept: Tensor, mat2: Tensor, places: Tensor, shape: tuple[int, ...], operation: Operation
) -> Tensor:
    """Multiply a sparse matrix, given by its parts, by a dense one."""
    rows, columns = places._array
    with no_grad():
        scaled = index_select(mat2.detach(), 0, wrap(columns)) * unsqueeze(kept.detach(), 1)
        start = zeros(shape[0], mat2._shape[1], dtype=kept._key.dtype)
        array = index_add(start, 0, wrap(rows), scaled)._array
    return record_many(wrap(array), operation, (kept, mat2), kept, mat2, places, shape)


def _product_backward(
    grad: Tensor,
    needed: tuple[bool, ...],
    kept: Tensor,
    mat2: Tensor,
    places: Tensor,
    shape: tuple[int, ...],
) -> tuple[Tensor | None, Tensor | None]:
    own = other = None
    if needed[0]:
        rows, columns = (wrap(row) for row in places._array)
        own = sum(index_select(grad, 0, rows) * index_select(mat2, 0, columns), 1)
    if needed[1]:
        turned = wrap(places._array[::-1])
        other = _product(kept, grad, turned, (shape[1], shape[0]), _MM)
    return own, other


_MM = Operation("MmBackward0", _product_backward)
_SPARSE_MM = Operation("SparseAddmmBackward0", _product_backward)


def _product_of_sparse(input: SparseTensor, mat2: SparseTensor) -> SparseTensor:
    """Multiply each kept element by those of the row in the other matrix that it meets."""
    mat2 = coalesce(mat2)
    columns, rows = input.places._array[1], mat2.places._array[0]
    begins = np.searchsorted(rows, columns)
    counts = np.searchsorted(rows, columns, side="right") - begins
    first = np.repeat(np.arange(len(columns)), counts)
    before = np.repeat(np.cumsum(counts) - counts, counts)
    second = np.arange(len(first)) - before + np.repeat(begins, counts)
    places = np.stack([input.places._array[0][first], mat2.places._array[1][second]])
    kept = index_select(input.kept, 0, wrap(first)) * index_select(mat2.kept, 0, wrap(second))
    return coalesce(Sparse.made(wrap(places), kept, (input._shape[0], mat2._shape[1]), False))


def matmul(input: Tensor, other: Tensor, *, out: None = None) -> Tensor:
    """Multiply a sparse matrix and a matrix or vector, in either order."""
    if len(other._shape) == 1:
        return mv(input, other, out=out)
    if len(input._shape) == 1:
        return mv(transpose(other, 0, 1), input, out=out)
    return mm(input, other, out=out)


def mv(input: Tensor, vec: Tensor, *, out: None = None) -> Tensor:
    """Multiply a sparse matrix by a dense vector."""
    return mm(input, unsqueeze(vec, 1), out=out).squeeze(1)


def addmm(
    input: Tensor,
    mat1: Tensor,
    mat2: Tensor,
    *,
    beta: float = 1,
    alpha: float = 1,
    out: None = None,
) -> Tensor:
    """Add a product of matrices to a dense one: beta * input + alpha * (mat1 @ mat2)."""
    product = mm(mat1, mat2, out=out)
    scaled = product if alpha == 1 else product * alpha
    return (input if beta == 1 else input * beta) + scaled
