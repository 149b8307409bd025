"""Products of matrices and vectors: `@` and its kin."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ....errors import DTypeError, ShapeError
from ....kernels.cpu.products import gemm
from ... import _dtype
from ..._key import DENSE
from ..._node import FIRST, SAVED, SECOND, Node, is_recording, next_number, send
from ..._record import NOTHING, Operation, kept, record_many, version_of
from ..._wrap import Late, new, wrap
from .._operands import not_a_tensor, write_out
from .._overrides import public
from ..views.views import permute, reshape, sum_to, transpose, unsqueeze

if TYPE_CHECKING:
    from ..._tensor import Tensor

_BOOL = _dtype.boolean.index
_X, _X_VERSION, _Y, _Y_VERSION = range(SAVED, SAVED + 4)


@public
def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Multiply matrices, vectors, or batches of matrices, which broadcast.

    Raises:
        ShapeError: the inner sizes differ, or an operand has no dimension.
        DTypeError: the dtypes differ.
    """
    return deliver("matmul", product(input, other), out)


@public
def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Multiply two matrices.

    Raises:
        ShapeError: one is no matrix, or the inner sizes differ.
        DTypeError: the dtypes differ.
    """
    if len(input._shape) != 2 or len(mat2._shape) != 2:
        raise ShapeError(
            f"mm needs two matrices, got shapes {list(input._shape)} and {list(mat2._shape)}. Use "
            "matmul() for vectors and batches."
        )
    return deliver("mm", product(input, mat2), out)


def product(input: Tensor, other: Tensor) -> Tensor:
    """Multiply as `matmul`, with the shortest way for two matrices."""
    key = input._key
    x, y = input._array, other._array
    shape, other_shape = x.shape, y.shape
    if (
        key.index != other._key.index
        or len(shape) != 2
        or len(other_shape) != 2
        or shape[1] != other_shape[0]
        or key.index == _BOOL
    ):
        return _product_of_any(input, other)
    result = new(Late.Tensor)
    result._array = gemm.matmul(x, y)
    result._key = DENSE[key.index]
    result._shape = (shape[0], other_shape[1])
    result._view_of = None
    result._changes = None
    first, second = input._node, other._node
    if (first is not None or second is not None) and is_recording():
        result._node = [
            next_number(), _run_product, None, first, second, _MM,
            *(NOTHING if second is None else (input, version_of(input))),
            *(NOTHING if first is None else (other, version_of(other))),
        ]  # fmt: skip
    else:
        result._node = None
    return result


class _Product(Operation):
    """The product of two matrices; each is saved where the other one needs a gradient."""

    __slots__ = ()
    saves = True
    takes_two = True

    def gradients(self, node: Node, gradient: Tensor) -> Iterator[tuple[Node, Tensor]]:
        """Give the operands' nodes that need a gradient, and their gradients."""
        if node[FIRST] is not None:
            yield node[FIRST], product(gradient, transpose(kept(node, _Y), 0, 1))
        if node[SECOND] is not None:
            yield node[SECOND], product(transpose(kept(node, _X), 0, 1), gradient)


_MM = _Product("MmBackward0", product)


def _run_product(node: Node, gradient: Any, heap: list[Node]) -> None:
    """Bring an array back to the operands of a product of matrices; kernels read transposes."""
    first, second = node[FIRST], node[SECOND]
    if first is not None:
        send(first, gemm.matmul(gradient, kept(node, _Y)._array.T), heap)
    if second is not None:
        send(second, gemm.matmul(kept(node, _X)._array.T, gradient), heap)


# ---- vectors and batches


def _product_of_any(input: Tensor, other: Tensor) -> Tensor:
    """Multiply operands of any rank, and refuse those that do not fit."""
    check_dtypes("matmul", input, other)
    rank, other_rank = len(input._shape), len(other._shape)
    if rank == 0 or other_rank == 0:
        raise ShapeError(
            "both arguments to matmul need to be at least 1D, but they are "
            f"{rank}D and {other_rank}D. Try a plain multiplication."
        )
    if input._shape[-1] != other._shape[-2 if other_rank > 1 else 0]:
        raise _mismatch(input, other)
    operation = _OF_RANKS.get((rank, other_rank), _BATCHES)
    return _recorded(operation, input, other)


def _recorded(operation: Operation, input: Tensor, other: Tensor) -> Tensor:
    """Multiply, and save each operand where the other one needs a gradient."""
    result = wrap(gemm.matmul(input._array, other._array))
    return record_many(
        result,
        operation,
        (input, other),
        None if other._node is None else input,
        None if input._node is None else other,
        input._shape,
        other._shape,
    )


def _product_back(
    grad: Tensor,
    needed: tuple[bool, bool],
    input: Tensor | None,
    other: Tensor | None,
    shape: tuple[int, ...],
    other_shape: tuple[int, ...],
) -> tuple[Tensor | None, Tensor | None]:
    """Give the gradients; a vector is seen as a row on the left, and as a column on the right."""
    if len(other_shape) == 1:
        grad = unsqueeze(grad, -1)
    if len(shape) == 1:
        grad = unsqueeze(grad, -2)
    own = other_own = None
    if needed[0] and other is not None:
        right = unsqueeze(other, 1) if len(other_shape) == 1 else other
        own = reshape(_left_back(grad, right, (1, *shape) if len(shape) == 1 else shape), shape)
    if needed[1] and input is not None:
        left = unsqueeze(input, 0) if len(shape) == 1 else input
        full = (*other_shape, 1) if len(other_shape) == 1 else other_shape
        other_own = reshape(_right_back(grad, left, full), other_shape)
    return own, other_own


def _left_back(grad: Tensor, right: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Give the gradient of the left operand, (..., m, k)."""
    if len(shape) == 2 and len(right._shape) > 2:
        # One matrix times a batch: a single product over the batch and the columns.
        wide = math.prod(right._shape[:-2]) * right._shape[-1]
        rows = reshape(_rows_first(grad), (shape[0], wide))
        columns = reshape(_rows_first(right), (shape[1], wide))
        return product(rows, transpose(columns, 0, 1))
    return sum_to(product(grad, transpose(right, -1, -2)), shape)


def _right_back(grad: Tensor, left: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Give the gradient of the right operand, (..., k, n)."""
    if len(shape) == 2 and len(left._shape) > 2:
        # A batch times one matrix is a single taller matrix times it.
        inner, columns = shape
        rows = math.prod(left._shape[:-1])
        tall = reshape(left, (rows, inner))
        return product(transpose(tall, 0, 1), reshape(grad, (rows, columns)))
    return sum_to(product(transpose(left, -1, -2), grad), shape)


def _rows_first(x: Tensor) -> Tensor:
    """Put the rows before the batch."""
    rank = len(x._shape)
    return permute(x, (rank - 2, *range(rank - 2), rank - 1))


_BATCHES = Operation("UnsafeViewBackward0", _product_back)
_BMM = Operation("BmmBackward0", _product_back)
_DOT = Operation("DotBackward0", _product_back)
_VDOT = Operation("VdotBackward0", _product_back)
_MV = Operation("MvBackward0", _product_back)
_OF_RANKS = {
    (1, 1): _DOT,
    (2, 1): _MV,
    (1, 2): Operation("SqueezeBackward4", _product_back),
    (2, 2): _MM,
}


@public
def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Multiply each matrix of a batch (b, m, k) by one of a batch (b, k, n).

    Raises:
        ShapeError: the operands do not have 3 dimensions, or sizes that do not fit.
        DTypeError: the dtypes differ.
    """
    check_dtypes("bmm", input, mat2)
    check_ranks("bmm", (input, 3), (mat2, 3))
    check_batches("bmm", input, mat2)
    return deliver("bmm", _recorded(_BMM, input, mat2), out)


@public
def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Multiply a matrix by a vector.

    Raises:
        ShapeError: the operands are no matrix and vector, or their sizes differ.
        DTypeError: the dtypes differ.
    """
    check_dtypes("mv", input, vec)
    check_ranks("mv", (input, 2), (vec, 1))
    if input._shape[1] != vec._shape[0]:
        raise _mismatch(input, vec)
    return deliver("mv", _recorded(_MV, input, vec), out)


@public
def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Add up the products of two vectors' elements.

    Raises:
        ShapeError: the operands are no vectors, or their sizes differ.
        DTypeError: the dtypes differ.
    """
    return deliver("dot", _dot("dot", _DOT, input, tensor), out)


@public
def vdot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Add up the products of two vectors' elements, as `dot`; real numbers are their conjugates."""
    return deliver("vdot", _dot("vdot", _VDOT, input, other), out)


def _dot(function: str, operation: Operation, input: Tensor, other: Tensor) -> Tensor:
    check_dtypes(function, input, other)
    check_ranks(function, (input, 1), (other, 1))
    if input._shape != other._shape:
        raise _mismatch(input, other)
    return _recorded(operation, input, other)


# ---- checks


def check_tensors(function: str, operands: Sequence[Any]) -> None:
    """Check that all of a function's operands, however many there are, are tensors.

    Raises:
        TypeError: one is something else.
    """
    for position, operand in enumerate(operands, start=1):
        if not isinstance(operand, Late.Tensor):
            raise TypeError(not_a_tensor(function, operand, "tensors", position))


def check_dtypes(function: str, *operands: Tensor) -> None:
    """Check that operands have one dtype, of numbers.

    Raises:
        DTypeError: the dtypes differ.
        NotImplementedError: they are bool.
    """
    first = operands[0]._key
    if any(operand._key.index != first.index for operand in operands):
        received = " and ".join(str(operand._key.dtype) for operand in operands)
        raise DTypeError(
            f"{function}: expected operands to have the same dtype, but got: {received}. Convert "
            "one with to()."
        )
    if first.index == _BOOL:
        raise NotImplementedError(
            f"{function}: not implemented for 'Bool'. Convert the operands with to(), for example "
            "to torch.int64."
        )


def check_ranks(function: str, *operands: tuple[Tensor, int]) -> None:
    """Check the numbers of dimensions.

    Raises:
        ShapeError: one is another than its operand should have.
    """
    if any(len(operand._shape) != rank for operand, rank in operands):
        expected = ", ".join(f"{rank}D" for _, rank in operands)
        received = ", ".join(str(list(operand._shape)) for operand, _ in operands)
        raise ShapeError(f"{function}: expected {expected} tensors, got shapes {received}.")


def check_batches(function: str, input: Tensor, mat2: Tensor) -> None:
    """Check that two batches of matrices fit.

    Raises:
        ShapeError: they do not.
    """
    expected = [input._shape[0], input._shape[2]]
    if list(mat2._shape[:2]) != expected:
        raise ShapeError(
            f"{function}: Expected size for first two dimensions of batch2 tensor to be: "
            f"{expected} but got: {list(mat2._shape[:2])}."
        )


def _mismatch(input: Tensor, other: Tensor) -> ShapeError:
    rows = other._shape[-2 if len(other._shape) > 1 else 0]
    return ShapeError(
        f"mat1 and mat2 shapes cannot be multiplied ({_by(input)} and {_by(other)}): the last size "
        f"of the first is {input._shape[-1]}, and the second has {rows} rows. Try a transpose."
    )


def _by(x: Tensor) -> str:
    return "x".join(str(size) for size in x._shape)


def deliver(function: str, result: Tensor, out: Tensor | None) -> Tensor:
    """Give a result, in the tensor that the caller chose for it if there is one.

    Raises:
        RuntimeError: it would need a gradient there; and what `write_out` raises.
    """
    if out is None:
        return result
    if result._node is not None:
        raise RuntimeError(
            f"{function}(): functions with out=... arguments don't support automatic "
            "differentiation, but one of the arguments requires grad. Leave out away, or use "
            "no_grad()."
        )
    return write_out(function, result._array, out)


def deliver_all(
    function: str, results: Sequence[Tensor], outs: Sequence[Tensor] | None
) -> Sequence[Tensor]:
    """Give several results, in the tensors that the caller chose for them if there are such."""
    if outs is None:
        return results
    return [deliver(function, *pair) for pair in zip(results, outs, strict=True)]
