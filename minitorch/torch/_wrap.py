"""How arrays become tensors, and operands become arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ._key import Key, key_of

if TYPE_CHECKING:
    from ._tensor import Tensor

Array = NDArray[Any]

# Makes a tensor without the constructor that users call, which looks at its arguments.
new = object.__new__


class Late:
    """The class of tensors, which is written after the functions that its methods call."""

    Tensor: type[Tensor]


def wrap(array: Array) -> Tensor:
    """Make a tensor of an array, which it shares; no gradient flows through it."""
    result = new(Late.Tensor)
    result._array = array
    result._key = key_of(array)
    result._shape = array.shape
    result._node = None
    result._version = None
    return result


def wrap_known(array: Array, key: Key) -> Tensor:
    """Make a tensor of an array whose key is known."""
    result = new(Late.Tensor)
    result._array = array
    result._key = key
    result._shape = array.shape
    result._node = None
    result._version = None
    return result
