"""Products that are added to something: `addmm` and its kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError
from ....kernels.cpu.products import gemm
from ... import _dtype
from ..._node import FIRST, RUN, Node, send
from ..._record import Operation, dense_array, named, record_many, unpacked
from ..._wrap import wrap
from .._in_place import change
from .._operands import Number, common_dtype
from .._overrides import public
from ..views.views import permute, sum_to, transpose, unsqueeze
from .matmul import check_batches, check_dtypes, check_ranks, deliver, product

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


@public
def addmm(
    input: Tensor,
    mat1: Tensor,
    mat2: Tensor,
    *,
    beta: Number = 1,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """Compute `beta * input + alpha * mat1 @ mat2`.

    Args:
        input: broadcasts to (m, n); where beta is 0 its values, NaN included, do not count.
        mat1: (m, k).
        mat2: (k, n).
        beta: factor of input.
        alpha: factor of the product.
        out: where to put the result.

    Raises:
        ShapeError: the shapes do not fit.
        DTypeError: the dtypes differ.
    """
    check_dtypes("addmm", input, mat1, mat2)
    check_ranks("addmm", (mat1, 2), (mat2, 2))
    _check_inner("addmm", mat1, mat2)
    beta, alpha = _factors(mat1._key.dtype, beta, alpha)
    array = _broadcast("addmm", input, (mat1._shape[0], mat2._shape[1]))
    result = wrap(_sum_of_products(array, mat1._array, mat2._array, beta, alpha))
    _entered(result, _ADDMM, input, mat1, mat2, beta, alpha)
    if result._node is not None:
        result._node[RUN] = _run_addmm
    return deliver("addmm", result, out)


def _run_addmm(node: Node, gradient: Array, heap: list[Node]) -> None:
    """Bring an array back to the operands; kernels read transposes."""
    mat1, mat2, shape, beta, alpha = unpacked(node)
    of_input, of_mat1, of_mat2 = node[FIRST]
    if of_input is not None:
        send(of_input, dense_array(_input_back(wrap(gradient), shape, beta)), heap)
    if alpha != 1:
        gradient = gradient * gradient.dtype.type(alpha)
    if of_mat1 is not None:
        send(of_mat1, gemm.matmul(gradient, mat2._array.T), heap)
    if of_mat2 is not None:
        send(of_mat2, gemm.matmul(mat1._array.T, gradient), heap)


def _addmm_back(
    grad: Tensor,
    needed: tuple[bool, bool, bool],
    mat1: Tensor,
    mat2: Tensor,
    shape: tuple[int, ...],
    beta: Number,
    alpha: Number,
) -> tuple[Tensor | None, ...]:
    scaled = _times(grad, alpha)
    return (
        _input_back(grad, shape, beta) if needed[0] else None,
        product(scaled, transpose(mat2, -1, -2)) if needed[1] else None,
        product(transpose(mat1, -1, -2), scaled) if needed[2] else None,
    )


_ADDMM = Operation("AddmmBackward0", _addmm_back)


@public
def baddbmm(
    input: Tensor,
    batch1: Tensor,
    batch2: Tensor,
    *,
    beta: Number = 1,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """Compute `beta * input + alpha * batch1 @ batch2` for each matrix of a batch.

    Args:
        input: broadcasts to (b, m, n).
        batch1: (b, m, k).
        batch2: (b, k, n).
        beta: factor of input.
        alpha: factor of the products.
        out: where to put the result.

    Raises:
        ShapeError: the shapes do not fit.
        DTypeError: the dtypes differ.
    """
    check_dtypes("baddbmm", input, batch1, batch2)
    check_ranks("baddbmm", (batch1, 3), (batch2, 3))
    check_batches("baddbmm", batch1, batch2)
    beta, alpha = _factors(batch1._key.dtype, beta, alpha)
    array = _broadcast("baddbmm", input, (*batch1._shape[:2], batch2._shape[2]))
    result = wrap(_sum_of_products(array, batch1._array, batch2._array, beta, alpha))
    return deliver("baddbmm", _entered(result, _BADDBMM, input, batch1, batch2, beta, alpha), out)


_BADDBMM = Operation("BaddbmmBackward0", _addmm_back)


@public
def addbmm(
    input: Tensor,
    batch1: Tensor,
    batch2: Tensor,
    *,
    beta: Number = 1,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """Compute `beta * input + alpha * (batch1 @ batch2).sum(0)`.

    Args:
        input: broadcasts to (m, n).
        batch1: (b, m, k).
        batch2: (b, k, n).
        beta: factor of input.
        alpha: factor of the sum.
        out: where to put the result.

    Raises:
        ShapeError: the shapes do not fit.
        DTypeError: the dtypes differ.
    """
    check_dtypes("addbmm", input, batch1, batch2)
    check_ranks("addbmm", (batch1, 3), (batch2, 3))
    check_batches("addbmm", batch1, batch2)
    beta, alpha = _factors(batch1._key.dtype, beta, alpha)
    # The sum over the batch is part of the inner sum of a single product.
    count, rows, inner = batch1._shape
    wide = np.reshape(batch1._array.transpose(1, 0, 2), (rows, count * inner))
    tall = np.reshape(batch2._array, (count * inner, batch2._shape[2]))
    array = _broadcast("addbmm", input, (rows, batch2._shape[2]))
    result = wrap(_sum_of_products(array, wide, tall, beta, alpha))
    return deliver("addbmm", _entered(result, _ADDBMM, input, batch1, batch2, beta, alpha), out)


def _addbmm_back(
    grad: Tensor,
    needed: tuple[bool, bool, bool],
    batch1: Tensor,
    batch2: Tensor,
    shape: tuple[int, ...],
    beta: Number,
    alpha: Number,
) -> tuple[Tensor | None, ...]:
    scaled = unsqueeze(_times(grad, alpha), 0)
    return (
        _input_back(grad, shape, beta) if needed[0] else None,
        product(scaled, permute(batch2, (0, 2, 1))) if needed[1] else None,
        product(permute(batch1, (0, 2, 1)), scaled) if needed[2] else None,
    )


_ADDBMM = Operation("AddbmmBackward0", _addbmm_back)


@public
def addmv(
    input: Tensor,
    mat: Tensor,
    vec: Tensor,
    *,
    beta: Number = 1,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """Compute `beta * input + alpha * mat @ vec`.

    Args:
        input: broadcasts to (m).
        mat: (m, k).
        vec: (k).
        beta: factor of input.
        alpha: factor of the product.
        out: where to put the result.

    Raises:
        ShapeError: the shapes do not fit.
        DTypeError: the dtypes differ.
    """
    check_dtypes("addmv", input, mat, vec)
    check_ranks("addmv", (mat, 2), (vec, 1))
    _check_inner("addmv", mat, vec)
    beta, alpha = _factors(mat._key.dtype, beta, alpha)
    array = _broadcast("addmv", input, mat._shape[:1])
    column = _sum_of_products(array[..., None], mat._array, vec._array[:, None], beta, alpha)
    result = _entered(wrap(column[:, 0]), _ADDMV, input, mat, vec, beta, alpha)
    return deliver("addmv", result, out)


def _addmv_back(
    grad: Tensor,
    needed: tuple[bool, bool, bool],
    mat: Tensor,
    vec: Tensor,
    shape: tuple[int, ...],
    beta: Number,
    alpha: Number,
) -> tuple[Tensor | None, ...]:
    scaled = _times(grad, alpha)
    return (
        _input_back(grad, shape, beta) if needed[0] else None,
        unsqueeze(scaled, 1) * vec if needed[1] else None,
        product(transpose(mat, 0, 1), scaled) if needed[2] else None,
    )


_ADDMV = Operation("AddmvBackward0", _addmv_back)


@public
def addr(
    input: Tensor,
    vec1: Tensor,
    vec2: Tensor,
    *,
    beta: Number = 1,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """Compute `beta * input + alpha * outer(vec1, vec2)`.

    Args:
        input: broadcasts to (m, n); where beta is 0 its values, NaN included, do not count.
        vec1: (m).
        vec2: (n).
        beta: factor of input.
        alpha: factor of the products.
        out: where to put the result.

    Raises:
        ShapeError: the shapes do not fit.
        DTypeError: a factor is a float, and the operands hold integers.
    """
    check_ranks("addr", (vec1, 1), (vec2, 1))
    dtype = common_dtype((input, vec1, vec2))
    for name, factor in (("beta", beta), ("alpha", alpha)):
        if isinstance(factor, float) and dtype.category != _dtype.FLOAT:
            raise DTypeError(
                f"addr: For integral input tensors, argument {name} must not be a floating point "
                f"number, got {factor}."
            )
    beta, alpha = _factors(dtype, beta, alpha)
    _broadcast("addr", input, (*vec1._shape, *vec2._shape))
    result = _times(unsqueeze(vec1.to(dtype), 1) * vec2.to(dtype), alpha)
    if beta or result._node is not None:
        # With a factor of 0 the input still gets a gradient, which is 0.
        kept = input.to(dtype) if beta else _without_values(input.to(dtype))
        result = _times(kept, beta) + result
    return deliver("addr", named(result, "AddrBackward0"), out)


def _without_values(x: Tensor) -> Tensor:
    return record_many(wrap(np.zeros(x._shape, x._array.dtype)), _WITHOUT_VALUES, (x,))


_WITHOUT_VALUES = Operation("MulBackward0", lambda grad, needed: (grad,))


# ---- in place


def addmm_(
    input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1
) -> Tensor:
    """Compute `addmm` in place."""
    return change(addmm, input, mat1, mat2, beta=beta, alpha=alpha)


def baddbmm_(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1
) -> Tensor:
    """Compute `baddbmm` in place."""
    return change(baddbmm, input, batch1, batch2, beta=beta, alpha=alpha)


def addbmm_(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1
) -> Tensor:
    """Compute `addbmm` in place."""
    return change(addbmm, input, batch1, batch2, beta=beta, alpha=alpha)


def addmv_(
    input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1
) -> Tensor:
    """Compute `addmv` in place."""
    return change(addmv, input, mat, vec, beta=beta, alpha=alpha)


def addr_(
    input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Number = 1, alpha: Number = 1
) -> Tensor:
    """Compute `addr` in place."""
    return change(addr, input, vec1, vec2, beta=beta, alpha=alpha)


# ---- what they share


def _sum_of_products(input: Array, left: Array, right: Array, beta: float, alpha: float) -> Array:
    """Compute `beta * input + alpha * left @ right` of arrays that were checked."""
    if input.size > _FEW or left.itemsize < 4 or left.dtype.kind != "f":
        kernel = gemm.addmm if left.ndim == 2 else gemm.baddbmm
        return kernel(input, left, right, beta, alpha)
    result = gemm.matmul(left, right)
    if alpha != 1:
        result *= alpha
    if beta:
        result += input if beta == 1 else input * beta
    return result


# Up to so many elements a product and a sum cost less than what leads to the kernel of both.
_FEW = 50_000


def _entered(
    result: Tensor,
    operation: Operation,
    input: Tensor,
    left: Tensor,
    right: Tensor,
    beta: Number,
    alpha: Number,
) -> Tensor:
    """Enter a result into the graph; a factor is saved where the other one needs a gradient."""
    return record_many(
        result,
        operation,
        (input, left, right),
        None if right._node is None else left,
        None if left._node is None else right,
        input._shape,
        beta,
        alpha,
    )


def _input_back(grad: Tensor, shape: tuple[int, ...], beta: Number) -> Tensor:
    return sum_to(_times(grad, beta), shape)


def _times(x: Tensor, factor: Number) -> Tensor:
    return x if factor == 1 else x * factor


def _factors(dtype: _dtype.dtype, beta: Number, alpha: Number) -> tuple[Number, Number]:
    """Give the factors as numbers of a dtype's category; PyTorch cuts off what integers lack."""
    if dtype.category == _dtype.FLOAT:
        return beta, alpha
    kind = bool if dtype.category == _dtype.BOOL else int
    return kind(beta), kind(alpha)


def _broadcast(function: str, input: Tensor, shape: tuple[int, ...]) -> Array:
    """Give an input's array, which broadcasts to a shape.

    Raises:
        ShapeError: it does not.
    """
    own = input._shape
    if own != shape[-len(own) :] and (
        len(own) > len(shape)
        or any(n not in (1, m) for n, m in zip(own[::-1], shape[::-1], strict=False))
    ):
        raise ShapeError(
            f"{function}: input of shape {list(own)} does not broadcast to {list(shape)}, the "
            "shape of the product."
        )
    return input._array


def _check_inner(function: str, left: Tensor, right: Tensor) -> None:
    if left._shape[1] != right._shape[0]:
        raise ShapeError(
            f"{function}: mat1 and mat2 shapes cannot be multiplied "
            f"({left._shape[0]}x{left._shape[1]} and {'x'.join(map(str, right._shape))})"
        )
