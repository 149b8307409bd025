"""Softmax and its logarithm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....kernels.cpu.indexing.checks import ElementDTypeError
from ....kernels.cpu.losses import softmax as kernels
from ... import _dtype
from ..._record import Operation, record, record_many
from ..._wrap import wrap
from .._operands import write_out
from .._overrides import public
from ..reductions.reductions import sum
from ..views.views import axis

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def softmax(
    input: Tensor, dim: int, dtype: _dtype.dtype | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Compute e^x / sum of e^x along a dimension, without overflow.

    Args:
        input: any shape.
        dim: along which the results sum up to 1.
        dtype: convert the elements first.
        out: where to put the result.

    Raises:
        IndexError: the dimension does not exist.
        NotImplementedError: the elements are no floats.
    """
    if dtype is not None:
        input = input.to(dtype)
    if not input._key.is_float:
        return _of_no_floats("softmax", input, dim)
    array = kernels.softmax(input._array, dim)
    if out is not None:
        return write_out("softmax", array, out)
    result = wrap(array)
    return record(result, _SOFTMAX, input, result, dim)


@public
def log_softmax(
    input: Tensor, dim: int, dtype: _dtype.dtype | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Compute x - log(sum of e^x) along a dimension, without overflow; see `softmax`.

    Raises:
        IndexError: the dimension does not exist.
        NotImplementedError: the elements are no floats.
    """
    if dtype is not None:
        input = input.to(dtype)
    if not input._key.is_float:
        return _of_no_floats("log_softmax", input, dim)
    array = kernels.log_softmax(input._array, dim)
    if out is not None:
        return write_out("log_softmax", array, out)
    result = wrap(array)
    return record(result, _LOG_SOFTMAX, input, result, dim)


def _of_no_floats(name: str, input: Tensor, dim: int) -> Tensor:
    """Give nothing for nothing; other elements have to be floats."""
    axis(dim, len(input._shape), name)
    if not input._array.size:
        return wrap(input._array.copy())
    raise ElementDTypeError(
        f"{name} is not implemented for {input._key.dtype}. Convert the elements, as in {name}(x, "
        "dim, dtype=torch.float32)."
    )


# ---- gradients


def _softmax_back(grad: Tensor, output: Tensor, dim: int) -> Tensor:
    """Compute (grad - sum of grad * output) * output."""
    array = kernels.softmax_backward(grad._array, output._array, dim)
    return record_many(wrap(array), _SOFTMAX_BACK, (grad, output), grad, output, dim)


def _softmax_back_back(
    cotangent: Tensor, needed: tuple[bool, bool], grad: Tensor, output: Tensor, dim: int
) -> tuple[Tensor | None, Tensor | None]:
    own = _softmax_back(cotangent, output, dim) if needed[0] else None
    if not needed[1]:
        return own, None
    # Both sums are symmetrical in grad and the cotangent.
    along_grad = sum(grad * output, dim, keepdim=True)
    along_cotangent = sum(cotangent * output, dim, keepdim=True)
    return own, cotangent * (grad - along_grad) - grad * along_cotangent


def _log_softmax_back(grad: Tensor, output: Tensor, dim: int) -> Tensor:
    """Compute grad - e^output * (sum of grad)."""
    array = kernels.log_softmax_backward(grad._array, output._array, dim)
    return record_many(wrap(array), _LOG_SOFTMAX_BACK, (grad, output), grad, output, dim)


def _log_softmax_back_back(
    cotangent: Tensor, needed: tuple[bool, bool], grad: Tensor, output: Tensor, dim: int
) -> tuple[Tensor | None, Tensor | None]:
    weighted = cotangent * output.exp()
    own = cotangent - sum(weighted, dim, keepdim=True) if needed[0] else None
    other = -weighted * sum(grad, dim, keepdim=True) if needed[1] else None
    return own, other


_SOFTMAX = Operation("SoftmaxBackward0", _softmax_back)
_SOFTMAX_BACK = Operation("SoftmaxBackwardDataBackward0", _softmax_back_back)
_LOG_SOFTMAX = Operation("LogSoftmaxBackward0", _log_softmax_back)
_LOG_SOFTMAX_BACK = Operation("LogSoftmaxBackwardDataBackward0", _log_softmax_back_back)
