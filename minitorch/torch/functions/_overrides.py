"""Classes with a `__torch_function__` of their own, and what operators do with other objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._wrap import Late, wrap
from ._operands import Override, Unusual

if TYPE_CHECKING:
    from .._tensor import Tensor


def call_override(function: Callable[..., Any], operands: Sequence[Any], **keywords: Any) -> Any:
    """Let the operands' classes compute a function, the most special class first.

    Raises:
        TypeError: none of them does.
    """
    overriding: list[Any] = []
    for operand in operands:
        kind = type(operand)
        if not hasattr(kind, "__torch_function__") or kind is Late.Tensor:
            continue
        if any(type(other) is kind for other in overriding):
            continue
        place = next(
            (i for i, other in enumerate(overriding) if issubclass(kind, type(other))),
            len(overriding),
        )
        overriding.insert(place, operand)
    kinds = tuple(type(operand) for operand in overriding)
    given = {name: value for name, value in keywords.items() if value is not None}
    for operand in overriding:
        result = type(operand).__torch_function__(function, kinds, tuple(operands), given)
        if result is not NotImplemented:
            return result
    raise TypeError(
        f"no implementation found for {function.__name__} on types that implement "
        f"__torch_function__: {[kind.__name__ for kind in kinds]}"
    )


def unusual(problem: Unusual, function: Callable[..., Tensor], x: Any, y: Any) -> Any:
    """Give what an operator gives for operands that are not both tensors or numbers.

    NumPy's arrays become tensors; what nobody can work with is left to Python, which asks the other
    operand and then raises its own error.
    """
    if isinstance(problem, Override):
        return call_override(function, (x, y))
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        x, y = (wrap(value) if isinstance(value, np.ndarray) else value for value in (x, y))
        return function(x, y)
    return NotImplemented
