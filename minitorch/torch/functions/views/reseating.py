"""View methods that change the tensor itself: its shape, its strides or the memory it shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import ShapeError
from ..._key import OVERRIDDEN
from ..._memory import address_of, bytes_of, root_of
from ..._record import count_change
from ..._wrap import changes_of, wrap
from .._in_place import alias, check_changeable
from .._overrides import public
from . import shapes, slicing, views

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def t_(input: Tensor) -> Tensor:
    """Transpose a matrix in place; see `t`."""
    return _become(views.t, input)


@public
def transpose_(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Exchange two dimensions in place; see `transpose`."""
    return _become(views.transpose, input, dim0, dim1)


@public
def swapaxes_(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Exchange two dimensions in place; see `transpose`."""
    return _become(shapes.swapaxes, input, axis0, axis1)


@public
def swapdims_(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Exchange two dimensions in place; see `transpose`."""
    return _become(shapes.swapdims, input, dim0, dim1)


@public
def squeeze_(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """Remove dimensions of size 1 in place; see `squeeze`."""
    return _become(views.squeeze, input, dim)


@public
def unsqueeze_(input: Tensor, dim: int) -> Tensor:
    """Insert a dimension of size 1 in place; see `unsqueeze`."""
    return _become(views.unsqueeze, input, dim)


@public
def as_strided_(
    input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Tensor:
    """See the memory with any shape and strides, in place; see `as_strided`."""
    return _become(slicing.as_strided, input, size, stride, storage_offset)


def _become(look: Callable[..., Tensor], target: Tensor, *args: Any) -> Tensor:
    """Let a tensor be what one of its views is."""
    check_changeable(target)
    result = look(alias(target), *args)
    _show(target, result)
    target._node = result._node
    count_change(target)
    return target


def _show(target: Tensor, other: Tensor) -> None:
    key = other._key
    target._array, target._shape = other._array, other._shape
    target._key = OVERRIDDEN[key.index] if target._key.overridden else key


# ---- other sizes, other memory


@public
def resize_(input: Tensor, size: Sequence[int]) -> Tensor:
    """Give a tensor another shape; the first elements stay, and those that are new are undefined.

    Raises:
        RuntimeError: it needs a gradient.
        ShapeError: a size is negative.
    """
    sizes = tuple(size)
    if input._node is not None:
        raise RuntimeError(
            "cannot resize variables that require grad. Take reshape(), or detach() it before."
        )
    if any(n < 0 for n in sizes):
        raise ShapeError(f"resize_: sizes must not be negative, got {list(sizes)}.")
    if sizes == input._shape:
        return input
    array = input._array
    needed = math.prod(sizes)
    memory = bytes_of(root_of(array))
    begin = address_of(array) - address_of(memory) if memory.size else 0
    end = begin + needed * array.itemsize
    own = memory[begin:end] if end <= memory.size else memory[begin:]
    own = own[: own.size // array.itemsize * array.itemsize].view(array.dtype)
    if own.size < needed:
        larger = np.empty(needed, array.dtype)
        larger[: own.size] = own
        own = larger
    _show(input, wrap(own.reshape(sizes)))
    count_change(input)
    return input


@public
def resize_as_(input: Tensor, the_template: Tensor) -> Tensor:
    """Give a tensor the shape of another one; see `resize_`."""
    return resize_(input, the_template._shape)


@public
def set_(input: Tensor, source: Tensor | None = None) -> Tensor:
    """Let a tensor show the memory of another one, or none at all.

    Raises:
        RuntimeError: the dtypes differ, or it needs a gradient.
    """
    other = wrap(np.empty(0, input._array.dtype)) if source is None else source
    if other._key.dtype is not input._key.dtype:
        raise RuntimeError(
            f"set_: could not set tensor of type {input._key.dtype} to a tensor of type "
            f"{other._key.dtype}. Convert it with to()."
        )
    check_changeable(input)
    _show(input, other)
    input._changes = changes_of(other)
    input._node = other._node
    return input
