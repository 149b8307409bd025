"""Linear maps along single dimensions, such as padding and resampling are made of.

Each element of the result is a sum of few elements of the input, the taps, with weights. What goes
back to an element of the input is the sum over the places of the result that it came to: these are
sorted by that element once for each map, and added up in one go.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .._record import Operation, record
from .._wrap import wrap

if TYPE_CHECKING:
    from .._tensor import Tensor

Array = NDArray[Any]
Places = NDArray[np.int64]


class AxisMap:
    """Where the elements along one dimension come from.

    Args:
        size: of the dimension in the input.
        places: (taps, size of the result), indices into the input.
        weights: of the same shape; None for one tap of weight 1.
    """

    def __init__(self, size: int, places: Places, weights: Array | None = None) -> None:
        self.size = size
        self.places = places
        self.weights = weights

    def apply(self, array: Array, axis: int) -> Array:
        """Compute the result along a dimension, counted from the end."""
        if self.weights is None:
            return array.take(self.places[0], axis)
        total = None
        for places, weights in zip(self.places, self.weights, strict=True):
            part = array.take(places, axis)
            part *= _along(weights, axis, array.dtype)
            total = part if total is None else np.add(total, part, out=total)
        return array if total is None else total

    def spread(self, grad: Array, axis: int) -> Array:
        """Bring a gradient of the result back to the input."""
        sources, weights, starts, targets = self._sorted
        shape = list(grad.shape)
        shape[axis] = self.size
        if not sources.size:
            return np.zeros(shape, grad.dtype)
        parts = grad.take(sources, axis)
        if weights is not None:
            parts *= _along(weights, axis, grad.dtype)
        sums = np.add.reduceat(parts, starts, axis)
        if targets.size == self.size:
            return sums
        out = np.zeros(shape, grad.dtype)
        out[(..., targets, *[slice(None)] * (-1 - axis))] = sums
        return out

    @cached_property
    def _sorted(self) -> tuple[Places, Array | None, Places, Places]:
        """Give the places of the result, their weights, and where each target's places begin."""
        flat = self.places.ravel()
        order = np.argsort(flat, kind="stable")
        targets, starts = np.unique(flat[order], return_index=True)
        weights = None if self.weights is None else self.weights.ravel()[order]
        return order % max(self.places.shape[1], 1), weights, starts, targets


def _along(weights: Array, axis: int, dtype: Any) -> Array:
    return weights.astype(dtype, copy=False).reshape(-1, *[1] * (-1 - axis))


def mapped(input: Tensor, maps: Sequence[AxisMap], name: str) -> Tensor:
    """Apply maps to the last dimensions of a tensor.

    Args:
        input: its last dimensions have the maps' sizes.
        maps: one for each of these dimensions, in order.
        name: of the node.
    """
    array = _working(input._array, maps)
    for place, axis_map in enumerate(maps):
        array = axis_map.apply(array, place - len(maps))
    return record(wrap(_dense(array, input)), _operations(name)[0], input, maps, name)


def _spread(grad: Tensor, maps: Sequence[AxisMap], name: str) -> Tensor:
    """Bring a gradient back through maps of the last dimensions."""
    array = grad._array if grad._array.dtype != np.float16 else grad._array.astype(np.float32)
    for place, axis_map in enumerate(maps):
        array = axis_map.spread(array, place - len(maps))
    return record(wrap(_dense(array, grad)), _operations(name)[1], grad, maps, name)


def _working(array: Array, maps: Sequence[AxisMap]) -> Array:
    """Let float16 be computed in float32, where something is computed at all."""
    if array.dtype == np.float16 and any(each.weights is not None for each in maps):
        return array.astype(np.float32)
    return array


def _dense(array: Array, like: Tensor) -> Array:
    """Give a dense array of a tensor's dtype, in memory of its own."""
    if array is like._array:
        return array.copy(order="C")
    return np.ascontiguousarray(array.astype(like._array.dtype, copy=False))


@lru_cache(maxsize=64)
def _operations(name: str) -> tuple[Operation, Operation]:
    """Give the operations of maps and of the way back through them."""
    back = name.removesuffix("0") + "Backward0"
    return Operation(name, _spread), Operation(back, mapped)
