"""Copies, pickles and shared memory of tensors. Tensors that share memory go on to share it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from ..errors import LayoutError
from ._dtype import with_known_type
from ._layout import is_dense
from ._memory import offset_of, root_of, shared_copy
from ._node import is_leaf
from ._wrap import Late, base_of, live_views, wrap

if TYPE_CHECKING:
    from ._tensor import Tensor

Array = NDArray[Any]
State = dict[str, Any] | None


def reduced(tensor: Tensor) -> tuple[Any, ...]:
    """Describe a tensor to pickle and to `copy.copy`: its memory, and its place there.

    The memory is an object that several tensors name, so that they share it afterwards too. What a
    tensor was computed from is left behind.
    """
    root = _whole(tensor._array)
    array = tensor._array
    place = (offset_of(array), array.shape, array.strides) if root is not array else None
    state = vars(tensor) or None
    return rebuilt, (type(tensor), root, place, tensor.requires_grad, state)


def _whole(array: Array) -> Array:
    """Give the memory of a view; the view itself where that memory has gaps."""
    root = root_of(array)
    return root if root.size and array.size and is_dense(root) else array


def rebuilt(
    kind: type[Tensor],
    root: Array,
    place: tuple[int, tuple[int, ...], tuple[int, ...]] | None,
    requires_grad: bool,
    state: State,
) -> Tensor:
    """Make a tensor as `reduced` described it."""
    result = wrap(with_known_type(_part(root, place)))
    if kind is not Late.Tensor:
        result = result.as_subclass(kind)
    if requires_grad:
        result.requires_grad_()
    if state:
        vars(result).update(state)
    return result


def _part(root: Array, place: tuple[int, tuple[int, ...], tuple[int, ...]] | None) -> Array:
    """Find an array in memory."""
    if place is None:
        return root.view()
    offset, shape, strides = place
    flat = root.reshape(-1, order="A") if root.flags.forc else root.ravel(order="K")
    return as_strided(flat[offset:], shape, strides)


def deep_copy(tensor: Tensor, memo: dict[int, Any]) -> Tensor:
    """Copy a tensor and its gradient; tensors copied together share memory as before.

    Raises:
        RuntimeError: it is no leaf.
    """
    found = memo.get(id(tensor))
    if found is not None:
        copied: Tensor = found
        return copied
    if tensor._node is not None and not is_leaf(tensor._node):
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
            "protocol at the moment. Copy detach() or clone() of this one, which was computed "
            "from others."
        )
    array = tensor._array
    root = _whole(array)
    place = (offset_of(array), array.shape, array.strides) if root is not array else None
    own = memo.get(id(root))
    if own is None:
        own = memo[id(root)] = np.array(root, order="K")
        # A memo keeps what it copied, so that no other object gets the same id.
        memo.setdefault(id(memo), []).append(root)
    result = rebuilt(type(tensor), own, place, tensor.requires_grad, None)
    memo[id(tensor)] = result
    gradient = tensor.grad
    if gradient is not None:
        result.grad = copy.deepcopy(gradient, memo)
    state = vars(tensor)
    if state:
        vars(result).update(copy.deepcopy(state, memo))
    return result


def share_memory(tensor: Tensor) -> Tensor:
    """Move a tensor into memory that forked children share.

    Raises:
        LayoutError: other tensors lie in the same memory, which would stay behind.
    """
    if tensor.is_shared():
        return tensor
    if base_of(tensor) is not None or live_views(tensor):
        raise LayoutError(
            "share_memory_: other tensors are views of the same memory, which would not move. Call "
            "it before views are made, or on a clone()."
        )
    moved = wrap(shared_copy(tensor._array))
    tensor._array = moved._array
    if not tensor._key.overridden:
        tensor._key = moved._key
    return tensor
