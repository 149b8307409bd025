"""What follows when a kernel has written into a tensor's own memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._node import is_recording
from .._record import Operation, count_change, record_many
from .._wrap import base_of, wrap_known
from ._in_place import enter

if TYPE_CHECKING:
    from .._tensor import Tensor


def entered(
    target: Tensor, operation: Operation, operands: Sequence[Tensor], *saved: Any
) -> Tensor:
    """Count a change that was made in place, and give the tensor its new place in the graph.

    Args:
        target: what was written; `check_changeable` had seen it before.
        operation: how a gradient goes back.
        operands: what the elements were computed from; the target is one if some of its old ones
            are still there.
        *saved: what the way back takes, which must not be the target itself.
    """
    count_change(target)
    if is_recording() and _is_in_graph(target, operands):
        result = wrap_known(target._array, target._key)
        record_many(result, operation, operands, *saved)
        enter(target, result)
    return target


def is_apart(target: Tensor) -> bool:
    """Tell whether no gradient flows through a tensor or its base."""
    if target._node is not None:
        return False
    base = base_of(target)
    return base is None or base._node is None


def _is_in_graph(target: Tensor, operands: Sequence[Tensor]) -> bool:
    """Tell whether a gradient flows through a tensor, its base or what it was computed from."""
    for operand in operands:
        if operand._node is not None:
            return True
    return not is_apart(target)
