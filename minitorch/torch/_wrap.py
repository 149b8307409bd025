"""How arrays become tensors, and operands become arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

from numpy.typing import NDArray

from ._key import DENSE, STRIDED, Key, key_of

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
    result._view_of = None
    result._node = None
    result._changes = None
    return result


def wrap_known(array: Array, key: Key) -> Tensor:
    """Make a tensor of an array whose key is known."""
    result = new(Late.Tensor)
    result._array = array
    result._key = key
    result._shape = array.shape
    result._view_of = None
    result._node = None
    result._changes = None
    return result


def wrap_view(array: Array, operand: Tensor) -> Tensor:
    """Make a tensor of an array of the same dtype that lies in another tensor's memory.

    Both count the changes of that memory in one place, where the views of it are listed too: when
    one is changed in place, the others' places in the graph change with it.
    """
    result = new(Late.Tensor)
    result._array = array
    keys = DENSE if array.flags.carray else STRIDED
    result._key = keys[operand._key.index]
    result._shape = array.shape
    result._node = None
    changes = operand._changes
    if changes is None:
        changes = operand._changes = [0]
    base = operand._view_of
    result._view_of = operand if base is None else base
    result._changes = changes
    changes.append(ref(result))
    if len(changes) >= _FEW_VIEWS and len(changes).bit_count() == 1:
        changes[1:] = [view for view in changes[1:] if view() is not None]
    return result


# The list of views is cleaned whenever its length has doubled, first at this one.
_FEW_VIEWS = 16


def wrap_same(tensor: Tensor) -> Tensor:
    """Make a tensor of another one's memory that is no view of it; no gradient flows through it.

    Both count the changes of that memory in one place.
    """
    result = wrap(tensor._array)
    result._changes = tensor._changes or changes_of(tensor)
    return result


def changes_of(tensor: Tensor) -> list[Any]:
    """Give the list that counts the changes of a memory; it is made for who asks first."""
    if tensor._changes is None:
        tensor._changes = [0]
    return tensor._changes


def base_of(tensor: Tensor) -> Tensor | None:
    """Give the tensor that a tensor is a view of, in the end; None if it is no view."""
    return tensor._view_of


def live_views(base: Tensor) -> list[Tensor]:
    """Give the views of a tensor that are still in use."""
    found = [view() for view in (base._changes or ())[1:]]
    return [view for view in found if view is not None and base_of(view) is base]
