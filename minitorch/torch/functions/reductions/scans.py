"""Functions that go along a dimension and keep it: running sums, products and extremes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....errors import DTypeError
from ....kernels.cpu.indexing.checks import ElementDTypeError
from ....kernels.cpu.reductions import scan
from ... import _dtype, return_types
from ..._node import is_recording
from ..._record import Operation, record
from ..._wrap import wrap
from .._in_place import change, check_changeable, replace
from .._operands import write_out
from .._overrides import public
from ..indexing._positions import Pair, back_to_positions, found
from ..pointwise.selection import where
from ..views.views import axis, transpose, unsqueeze
from .reductions import sum

if TYPE_CHECKING:
    from ..._tensor import Tensor


# ---- sums


@public
def cumsum(
    input: Tensor, dim: int, *, dtype: _dtype.dtype | None = None, out: Tensor | None = None
) -> Tensor:
    """Add up along a dimension, up to and with each element; integers give int64.

    Args:
        input: what is added up.
        dim: along which dimension.
        dtype: convert the elements first.
        out: where to put the result.

    Raises:
        IndexError: the dimension does not exist.
    """
    if dtype is not None:
        result = cumsum(input.to(dtype), dim).to(dtype)
        return result if out is None else write_out("cumsum", result._array, out)
    array = scan.cumsum(input._array, dim)
    if out is not None:
        return write_out("cumsum", array, out)
    return record(wrap(array), _CUMSUM, input, dim)


def cumsum_(input: Tensor, dim: int, *, dtype: _dtype.dtype | None = None) -> Tensor:
    """Add up along a dimension in place; see `cumsum`."""
    _check_in_place("cumsum_", input, dtype)
    return change(cumsum, input, dim, dtype=dtype)


def _check_in_place(name: str, input: Tensor, dtype: _dtype.dtype | None) -> None:
    if dtype not in (None, input._key.dtype):
        raise DTypeError(
            f"{name}: Bad in-place call: the input has {input._key.dtype} and the result {dtype}; "
            "they should match. Leave dtype away."
        )
    if input._key.dtype is _dtype.boolean:
        raise ElementDTypeError(f"{name} is not implemented for bool: the results are integers.")


def _later_total(grad: Tensor, dim: int) -> Tensor:
    """Add up each element and those after it."""
    return _flip(cumsum(_flip(grad, dim), dim), dim)


def _flip(input: Tensor, dim: int) -> Tensor:
    """Turn the order along a dimension around."""
    if not input._shape:
        return input
    return record(wrap(np.flip(input._array, dim)), _FLIP, input, dim)


_CUMSUM = Operation("CumsumBackward0", _later_total)
_FLIP = Operation("FlipBackward0", _flip)


@public
def logcumsumexp(input: Tensor, dim: int, *, out: Tensor | None = None) -> Tensor:
    """Compute the logarithms of the running sums of e^x, without overflow.

    Raises:
        IndexError: the dimension does not exist.
        NotImplementedError: the elements are no floats.
    """
    if not input._key.is_float:
        axis(dim, len(input._shape), "logcumsumexp")
        raise ElementDTypeError(
            f"logcumsumexp is not implemented for {input._key.dtype}. Convert the elements with "
            "to(torch.float32)."
        )
    array = scan.logcumsumexp(input._array, dim)
    if out is not None:
        return write_out("logcumsumexp", array, out)
    result = wrap(array)
    return record(result, _LOGCUMSUMEXP, input, input, result, dim)


def _logcumsumexp_back(grad: Tensor, input: Tensor, result: Tensor, dim: int) -> Tensor:
    """Add up grad * e^(x - result) from each element on, in logarithms.

    The positive and the negative parts of the gradient have logarithms of their own.
    """
    lowest = float(np.finfo(grad._array.dtype).min)
    total = None
    for part, sign in ((grad > 0, 1), (grad < 0, -1)):
        size = where(part, grad if sign == 1 else -grad, 1)
        logs = where(part, size.log() - result, lowest)
        share = (_flip(logcumsumexp(_flip(logs, dim), dim), dim) + input).exp()
        total = share if total is None else total - share
    return total  # type: ignore[return-value]


_LOGCUMSUMEXP = Operation("LogcumsumexpBackward0", _logcumsumexp_back)


# ---- products


@public
def cumprod(
    input: Tensor, dim: int, *, dtype: _dtype.dtype | None = None, out: Tensor | None = None
) -> Tensor:
    """Multiply along a dimension, up to and with each element; integers give int64.

    Raises:
        IndexError: the dimension does not exist.
    """
    if dtype is not None:
        result = cumprod(input.to(dtype), dim).to(dtype)
        return result if out is None else write_out("cumprod", result._array, out)
    array = scan.cumprod(input._array, dim)
    if out is not None:
        return write_out("cumprod", array, out)
    result = wrap(array)
    return record(result, _CUMPROD, input, input, result, dim)


def cumprod_(input: Tensor, dim: int, *, dtype: _dtype.dtype | None = None) -> Tensor:
    """Multiply along a dimension in place; see `cumprod`."""
    _check_in_place("cumprod_", input, dtype)
    check_changeable(input)
    # The way back needs the elements as they were.
    is_recorded = input._node is not None and is_recording()
    operand = input.clone() if is_recorded else input
    return replace("cumprod_", input, cumprod(operand, dim, dtype=dtype))


def _cumprod_back(grad: Tensor, input: Tensor, result: Tensor, dim: int) -> Tensor:
    if not input._shape:
        return grad
    is_zero = input._array == 0
    if not is_zero.any():
        return _later_total(grad * result, dim) / input
    if is_recording():
        return _cumprod_back_of_zeros(grad, input, dim)
    # Beyond a line's first zero all products are 0, and so are the derivatives of other elements
    # there. That of the zero itself is made of the products without it.
    is_first = is_zero & (scan.cumsum(is_zero, dim) == 1)
    without = scan.cumprod(np.where(is_first, 1, input._array).astype(input._array.dtype), dim)
    before = scan.cumsum(np.flip(grad._array * result._array, dim), dim)
    at_first = scan.cumsum(np.flip(grad._array * without, dim), dim)
    divisor = np.where(is_zero, 1, input._array).astype(input._array.dtype)
    array = np.where(is_zero, 0, np.flip(before, dim) / divisor)
    array = np.where(is_first, np.flip(at_first, dim), array)
    return wrap(array.astype(input._array.dtype, copy=False))


def _cumprod_back_of_zeros(grad: Tensor, input: Tensor, dim: int) -> Tensor:
    """Compute the running products without each element; its own derivative holds at zeros too.

    For lines of n elements this takes n squared numbers, so it is only done where the gradient
    itself is differentiated.
    """
    place = axis(dim, len(input._shape), "cumprod")
    rows, grads = transpose(input, place, -1), transpose(grad, place, -1)
    n = rows._shape[-1]
    own = wrap(np.eye(n, dtype=np.bool_))
    reached = wrap(np.triu(np.ones((n, n), np.bool_)))
    without = cumprod(where(own, 1, unsqueeze(rows, -2)), -1)
    return transpose(sum(where(reached, without * unsqueeze(grads, -2), 0), -1), place, -1)


_CUMPROD = Operation("CumprodBackward0", _cumprod_back)


# ---- extremes


@public
def cummax(input: Tensor, dim: int, *, out: Pair = None) -> return_types.cummax:
    """Give the largest elements so far along a dimension, and the last positions that hold them.

    Raises:
        IndexError: the dimension does not exist.
    """
    arrays = scan.cummax(input._array, dim)
    return found(return_types.cummax, arrays, _CUMMAX, input, dim, out=out)


@public
def cummin(input: Tensor, dim: int, *, out: Pair = None) -> return_types.cummin:
    """Give the smallest elements so far along a dimension, and the last positions that hold them.

    Raises:
        IndexError: the dimension does not exist.
    """
    arrays = scan.cummin(input._array, dim)
    return found(return_types.cummin, arrays, _CUMMIN, input, dim, out=out)


_CUMMAX = Operation("CummaxBackward0", back_to_positions)
_CUMMIN = Operation("CumminBackward0", back_to_positions)
