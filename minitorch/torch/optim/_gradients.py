"""How optimizers see the gradients of parameters: as arrays, without a tensor around each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from .._node import LEAF_ARRAY, LEAF_TENSOR, OPERATION, Node

if TYPE_CHECKING:
    from .._tensor import Tensor

Array = NDArray[Any]


def leaf_of(parameter: Tensor) -> Node | None:
    """Give the node that collects a parameter's gradient; None where it has none."""
    node = parameter._node
    return None if node is None or node[OPERATION] is not None else node


def gradient_of(parameter: Tensor) -> Array | None:
    """Give the gradient that was collected for a parameter; None where there is none."""
    node = leaf_of(parameter)
    if node is None:
        return _kept_gradient(parameter)
    tensor = node[LEAF_TENSOR]
    array: Array | None = node[LEAF_ARRAY] if tensor is None else tensor._array
    return array


def _kept_gradient(parameter: Tensor) -> Array | None:
    """Give the gradient of a tensor that is no leaf, or needs none: one that was put there."""
    if parameter._kept is None or parameter._kept.gradient is None:
        return None
    array: Array = parameter._kept.gradient._array
    return array


def zero_gradient(parameter: Tensor) -> None:
    """Fill a gradient with 0 and cut off its history."""
    if gradient_of(parameter) is not None:
        gradient = parameter.grad
        if gradient is not None:
            gradient._node = None
            gradient.zero_()
