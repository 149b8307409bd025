"""Linear maps along single dimensions, such as padding and resampling are made of.

Each element of the result is a sum of few elements of the input, the taps, with weights. What goes
back to an element of the input is the sum over the places of the result that it came to; which
these are is found once for each map.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....kernels.cpu.indexing.indexing import index_select
from ..._layout import like
from ..._record import Operation, record
from ..._wrap import wrap

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
Places = NDArray[np.int64]


class Share(NamedTuple):
    """What one place of the result gives back to each of some elements of the input.

    Attributes:
        targets: the elements, each once: a slice where they are neighbours.
        sources: the places, one for each of them.
        weights: of these; None for 1.
        is_all: whether every element is among the targets.
    """

    targets: slice | Places
    sources: Places
    weights: Array | None
    is_all: bool


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
        self.changes_nothing = weights is None and np.array_equal(places[0], np.arange(size))

    def apply(self, array: Array, axis: int) -> Array:
        """Compute the result along a dimension, counted from the end."""
        if self.changes_nothing:
            return array
        total = _taken(array, self.places[0], axis)
        if self.weights is None:
            return total
        total *= _along(self.weights[0], axis, array.dtype)
        for places, weights in zip(self.places[1:], self.weights[1:], strict=True):
            part = _taken(array, places, axis)
            part *= _along(weights, axis, array.dtype)
            total += part
        return total

    def spread(self, grad: Array, axis: int) -> Array:
        """Bring a gradient of the result back to the input."""
        if self.changes_nothing:
            return grad
        out: Array | None = None
        for targets, sources, weights, is_all in self._shares:
            part = _taken(grad, sources, axis)
            if weights is not None:
                part *= _along(weights, axis, grad.dtype)
            if out is None and is_all:
                out = part
                continue
            if out is None:
                out = self._zeros(grad, axis)
            out[(..., targets, *[slice(None)] * (-1 - axis))] += part
        return self._zeros(grad, axis) if out is None else out

    def _zeros(self, grad: Array, axis: int) -> Array:
        shape = list(grad.shape)
        shape[axis] = self.size
        return np.zeros(shape, grad.dtype)

    @cached_property
    def _shares(self) -> list[Share]:
        """Sort the places by what they come from: the first of each element, the second, ..."""
        flat = self.places.ravel()
        order = np.argsort(flat, kind="stable")
        targets = flat[order]
        number = np.arange(flat.size) - np.searchsorted(targets, targets)
        shares = []
        for which in range(int(number.max(initial=-1)) + 1):
            chosen = number == which
            own, sources = targets[chosen], order[chosen]
            is_range = own[-1] - own[0] == own.size - 1
            shares.append(
                Share(
                    slice(int(own[0]), int(own[-1]) + 1) if is_range else own,
                    sources % self.places.shape[1],
                    None if self.weights is None else self.weights.ravel()[sources],
                    own.size == self.size,
                )
            )
        return shares


def _taken(array: Array, places: Places, axis: int) -> Array:
    # NumPy is fast where it can copy rows.
    return index_select(array, array.ndim - 1, places) if axis == -1 else array.take(places, axis)


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
    return record(
        wrap(like(_dense(array, input), input._array)),
        _operations(name)[0],
        input,
        maps,
        name,
    )


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


def _dense(array: Array, model: Tensor) -> Array:
    """Give a dense array of a tensor's dtype, in memory of its own."""
    if array is model._array:
        return array.copy(order="C")
    return np.ascontiguousarray(array.astype(model._array.dtype, copy=False))


@lru_cache(maxsize=64)
def _operations(name: str) -> tuple[Operation, Operation]:
    """Give the operations of maps and of the way back through them."""
    back = name.removesuffix("0") + "Backward0"
    return Operation(name, _spread), Operation(back, mapped)
