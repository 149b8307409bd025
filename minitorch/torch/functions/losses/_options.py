"""What all losses share: how they are reduced, old arguments, and warnings of sizes that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...._warn import warn
from ....errors import DTypeError, ShapeError
from ..._record import Operation, record
from ..._wrap import wrap_known
from .._operands import not_a_tensor
from ..reductions.reductions import mean, sum

if TYPE_CHECKING:
    from ..._tensor import Tensor

REDUCTIONS = ("none", "mean", "sum")


class LossWarning(UserWarning):
    """A loss is computed in a way that is probably not meant, or asked for in an old way."""


class NotDifferentiableError(RuntimeError):
    """A gradient is asked for with respect to an operand that has none."""


def old_reduction(size_average: bool | None, reduce: bool | None) -> str:
    """Give the reduction that the arguments of old versions stand for, with a warning."""
    if reduce is not None and not reduce:
        reduction = "none"
    else:
        reduction = "mean" if size_average is None or size_average else "sum"
    warn(
        "size_average and reduce args will be deprecated, please use "
        f"reduction={reduction!r} instead.",
        LossWarning,
    )
    return reduction


def check_reduction(function: str, reduction: Any) -> None:
    """Check the name of a reduction.

    Raises:
        ValueError: there is none of this name.
    """
    if reduction not in REDUCTIONS:
        raise ValueError(
            f"{reduction} is not a valid value for reduction: {function} takes 'none', 'mean' or "
            "'sum'."
        )


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """Reduce losses, with a reduction that has been checked."""
    if reduction == "mean":
        return mean(losses)
    return sum(losses) if reduction == "sum" else losses


def warn_of_sizes(function: str, input: Tensor, target: Tensor) -> None:
    """Warn where broadcasting makes one shape of two that differ."""
    if input._shape != target._shape:
        warn(
            f"{function}: using a target size (torch.Size({list(target._shape)})) that is "
            f"different to the input size (torch.Size({list(input._shape)})). This will likely "
            "lead to incorrect results due to broadcasting: give both the same size.",
            LossWarning,
        )


def check_tensor(function: str, value: Any, name: str, position: int) -> None:
    """Check that an argument is a tensor.

    Raises:
        TypeError: it is not.
    """
    if not hasattr(value, "_array"):
        raise TypeError(not_a_tensor(function, value, name, position))


def check_constant(function: str, value: Tensor | None, name: str) -> None:
    """Check that nobody wants the gradient of an operand that is taken as constant.

    Raises:
        NotDifferentiableError: somebody does.
    """
    if value is not None and value._node is not None:
        raise NotDifferentiableError(
            f"{function} is not differentiable with respect to argument {name!r}: it cannot have "
            f"requires_grad True. Give {name}.detach()."
        )


def check_same_dtype(function: str, input: Tensor, other: Tensor | None, name: str) -> None:
    """Check that an operand has the input's dtype.

    Raises:
        DTypeError: it has another one.
    """
    if other is not None and other._key.dtype is not input._key.dtype:
        raise DTypeError(
            f"{function}: {name} must have the dtype of input, {input._key.dtype}, got "
            f"{other._key.dtype}. Convert it with {name}.to(input.dtype)."
        )


def check_same_shape(function: str, input: Tensor, target: Tensor) -> None:
    """Check that target has the input's shape.

    Raises:
        ShapeError: it has another one.
    """
    if input._shape != target._shape:
        raise ShapeError(
            f"{function}: target of size torch.Size({list(target._shape)}) must have the size of "
            f"input, torch.Size({list(input._shape)})."
        )


class Named:
    """Gives results of several steps the name that PyTorch has for them as one.

    Args:
        name: PyTorch's name of the node.
    """

    __slots__ = ("_operation",)

    def __init__(self, name: str) -> None:
        self._operation = Operation(name, lambda grad: grad)

    def __call__(self, result: Tensor) -> Tensor:
        """Give the result with a node of this name on top."""
        if result._node is None:
            return result
        return record(wrap_known(result._array, result._key), self._operation, result)
