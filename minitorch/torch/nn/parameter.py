"""Tensors that belong to modules: `torch.nn.parameter`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _dtype
from .._key import key_of
from .._node import make_leaf
from .._tensor import Tensor
from .._wrap import new, wrap
from ..functions._operands import is_foreign


class _ParameterMeta(type):
    """Counts tensors of users' classes that were made parameters as parameters."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if type.__instancecheck__(cls, instance):
            return True
        return (
            cls is Parameter
            and isinstance(instance, Tensor)
            and getattr(instance, "_is_param", False)
        )


class Parameter(Tensor, metaclass=_ParameterMeta, overriding=False):
    """A tensor that a module lists among its parameters when it is assigned to an attribute.

    Args:
        data: the values, whose memory it shares; nothing by default.
        requires_grad: whether gradients are collected.

    Raises:
        TypeError: data is no tensor.
        RuntimeError: the elements are no floats, and a gradient is wanted.
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        """Make a parameter of a tensor, whose memory it shares."""
        if data is None:
            data = wrap(np.empty(0, _dtype.get_default_dtype().numpy))
        check_tensor("Parameter", data)
        if requires_grad and not data._key.is_float:
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients, got "
                f"{data._key.dtype}. Pass requires_grad=False, or convert the data with to()."
            )
        if data._key.overridden:
            return _marked(data, requires_grad)
        result = new(cls)
        result._array = data._array
        result._key = key_of(data._array)
        result._shape = data._shape
        result._view_of = None
        result._node = make_leaf(result) if requires_grad else None
        if data._changes is None:
            data._changes = [0]
        result._changes = data._changes
        return result

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        if id(self) in memo:
            found: Parameter = memo[id(self)]
            return found
        copied = wrap(np.array(self._array, order="K"))
        result = memo[id(self)] = type(self)(copied, self.requires_grad)
        return result

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


def _marked(data: Tensor, requires_grad: bool) -> Any:
    """Make a parameter of a tensor of a user's class, which it stays one of."""
    result: Any = data.detach().as_subclass(type(data))
    result.requires_grad_(requires_grad)
    result._is_param = True
    return result


class _BufferMeta(type):
    """Counts the tensors that were marked as buffers as instances."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and bool(getattr(instance, "_is_buffer", False))


class Buffer(Tensor, metaclass=_BufferMeta, overriding=False):
    """Marks a tensor, so that a module lists it among its buffers when it is assigned to one.

    It is the tensor's own class that comes out.

    Args:
        data: the values, whose memory it shares; nothing by default.
        persistent: whether state dicts hold it.

    Raises:
        TypeError: data is no tensor.
    """

    persistent: bool

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Any:
        """Mark a tensor, whose memory the result shares."""
        if data is None:
            data = wrap(np.empty(0, _dtype.get_default_dtype().numpy))
        check_tensor("Buffer", data)
        result: Any = data.detach().requires_grad_(data.requires_grad)
        result.persistent = persistent
        result._is_buffer = True
        return result


def check_tensor(function: str, data: Any) -> None:
    """Check that what shall become a parameter or buffer is a tensor.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(data, Tensor):
        hint = foreign_hint(data) or " Make one with torch.tensor()."
        raise TypeError(f"{function}(): data must be a Tensor, got {type(data).__name__}.{hint}")


def foreign_hint(value: Any) -> str:
    """Say that a value comes from the package torch itself, if it does."""
    if not any(is_foreign(kind) for kind in type(value).__mro__):
        return ""
    return " It comes from the package torch itself: one of the imports was left as it was."
