"""Functions that change a tensor instead of making one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import DTypeError, InPlaceError, ShapeError
from ...kernels.cpu.cast import copy_
from .. import _dtype
from .._node import is_leaf, is_recording
from .._record import count_change
from ._pointwise_engine import Pointwise, general

if TYPE_CHECKING:
    from .._tensor import Tensor


def in_place(
    operation: Pointwise,
    target: Tensor,
    values: Sequence[Any],
    parameters: Mapping[str, float] | None = None,
) -> Tensor:
    """Compute an operation, and put the result into its first operand.

    Raises:
        InPlaceError: that is a leaf that needs a gradient, and steps are recorded.
        DTypeError: the result has a higher category than the target's dtype.
        ShapeError: the result has another shape.
    """
    check_changeable(target)
    result = general(operation, values, None, parameters or {})
    return replace(operation.function, target, result)


def check_changeable(target: Tensor) -> None:
    """Check that a tensor may be changed now.

    Raises:
        InPlaceError: it is a leaf that needs a gradient, and steps are recorded.
    """
    if target._node is not None and is_leaf(target._node) and is_recording():
        raise InPlaceError(
            "a leaf Variable that requires grad is being used in an in-place operation. Change it "
            "under no_grad(), or a clone() of it."
        )


def replace(function: str, target: Tensor, result: Tensor) -> Tensor:
    """Put a result into a tensor's memory, and its node into the tensor."""
    if not _dtype.can_cast(result._key.dtype, target._key.dtype):
        raise DTypeError(
            f"{function}: result type {result._key.dtype} can't be cast to the desired output type "
            f"{target._key.dtype}"
        )
    if result._shape != target._shape:
        raise ShapeError(
            f"{function}: output with shape {list(target._shape)} doesn't match the broadcast "
            f"shape {list(result._shape)}"
        )
    copy_(target._array, result._array)
    count_change(target)
    target._node = result.to(target._key.dtype)._node
    return target
