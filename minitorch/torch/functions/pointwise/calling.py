"""Functions of Python's own, called for each element of a tensor: slow, and at times handy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import GradientError, ShapeError
from ..._wrap import wrap
from .._in_place import replace
from .._overrides import public

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def apply_(input: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replace each element by what a function gives for it.

    Raises:
        RuntimeError: the tensor needs a gradient.
        TypeError: the function gives no number.
    """
    _check_plain("apply_", input)
    values = [callable(element) for element in input._array.ravel().tolist()]
    return _filled("apply_", input, values)


@public
def map_(input: Tensor, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Replace each element by what a function gives for it and that of another tensor.

    Raises:
        RuntimeError: one of the tensors needs a gradient, or the other's shape does not broadcast.
        TypeError: the other has another dtype, or the function gives no number.
    """
    _check_plain("map_", input)
    _check_plain("map_", tensor)
    if tensor._key.dtype is not input._key.dtype:
        raise TypeError(
            f"map_: expected a tensor of {input._key.dtype} for 'tensor' (got {tensor._key.dtype})"
        )
    try:
        others = np.broadcast_to(tensor._array, input._shape)
    except ValueError:
        raise ShapeError(
            f"map_: shape {list(tensor._shape)} cannot be expanded to {list(input._shape)}."
        ) from None
    pairs = zip(input._array.ravel().tolist(), others.ravel().tolist(), strict=True)
    return _filled("map_", input, [callable(one, other) for one, other in pairs])


def _check_plain(function: str, tensor: Tensor) -> None:
    if tensor._node is not None:
        raise GradientError(
            f"Can't call {function}() on Variable that requires grad. Use var.detach()."
            f"{function}() instead."
        )


def _filled(function: str, target: Tensor, values: list[Any]) -> Tensor:
    """Put numbers into a tensor, converted to its dtype."""
    for value in values:
        if not isinstance(value, int | float | np.number | np.bool_):
            raise TypeError(
                f"{function}: the function must give numbers, got {type(value).__name__}: {value!r}"
            )
    array = np.array(values, target._array.dtype).reshape(target._shape)
    return replace(function, target, wrap(array))
