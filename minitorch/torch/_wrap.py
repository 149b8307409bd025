"""How arrays become tensors, and operands become arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

from numpy.typing import NDArray

from ._key import Key, key_of

if TYPE_CHECKING:
    from ._tensor import Tensor

Array = NDArray[Any]

# Makes a tensor without the constructor that users call, which looks at its arguments.
new = object.__new__


class Late:
    """The class of tensors, which is written after the functions that its methods call.

    Attributes:
        Tensor: the class.
        has_subclasses: somebody has written a class of tensors, so arguments must be looked at.
    """

    Tensor: type[Tensor]
    has_subclasses = False


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


def wrap_view(array: Array, operand: Tensor) -> Tensor:
    """Make a tensor of an array that lies in another tensor's memory.

    Both count the changes of that memory in one place, where the views of it are listed too: when
    one is changed in place, the others' places in the graph change with it.
    """
    result = wrap(array)
    version = operand._version
    if version is None:
        version = operand._version = [0]
    result._version = version
    base = base_of(operand)
    result._view_of = operand if base is None else base
    version.append(ref(result))
    if len(version) >= _FEW_VIEWS and len(version).bit_count() == 1:
        version[1:] = [view for view in version[1:] if view() is not None]
    return result


# The list of views is cleaned whenever its length has doubled, first at this one.
_FEW_VIEWS = 16


def base_of(tensor: Tensor) -> Tensor | None:
    """Give the tensor that a tensor is a view of, in the end; None if it is no view."""
    return getattr(tensor, "_view_of", None)


def live_views(base: Tensor) -> list[Tensor]:
    """Give the views of a tensor that are still in use."""
    found = [view() for view in (base._version or ())[1:]]
    return [view for view in found if view is not None and base_of(view) is base]
