"""Parts of a tensor's memory, and how gradients go between a part and the whole.

A tensor and its views are parts of one memory. When one of them changes in place, what was
computed of it goes into the graph of their base, and the graphs of all views are told anew: each is
a part of the base as it is now. `torch.as_strided` is the same for parts that the user describes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided as strided_array
from numpy.typing import NDArray

from .._memory import address_of
from .._record import Operation, record, record_many
from .._wrap import live_views, wrap

if TYPE_CHECKING:
    from .._tensor import Tensor

Array = NDArray[Any]


@dataclass(frozen=True)
class Part:
    """Where a part lies within a whole; strides and offset are counted in elements.

    Attributes:
        whole_shape: of the whole.
        whole_strides: of the whole.
        shape: of the part.
        strides: of the part.
        offset: from the first element of the whole to that of the part.
    """

    whole_shape: tuple[int, ...]
    whole_strides: tuple[int, ...]
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int

    def of(self, whole: Array) -> Array:
        """Copy the part out of an array of the whole's shape."""
        return np.array(self._seen(self._laid_out(whole)), order="C")

    def into(self, part: Array) -> Array:
        """Put a part into zeros of the whole's shape; where elements coincide, they are added."""
        memory = self._memory(part.dtype)
        if self._overlaps():
            places = self._seen(np.arange(memory.size))
            np.add.at(memory, places.ravel(), part.ravel())
        else:
            self._seen(memory)[...] = part
        return self._whole(memory)

    def without(self, whole: Array) -> Array:
        """Copy an array of the whole's shape, with zeros in place of the part."""
        memory = self._laid_out(whole)
        self._seen(memory)[...] = 0
        return self._whole(memory)

    def _laid_out(self, whole: Array) -> Array:
        memory = self._memory(whole.dtype)
        self._seen_whole(memory)[...] = whole
        return memory

    def _memory(self, dtype: np.dtype[Any]) -> Array:
        whole_end = _end(self.whole_shape, self.whole_strides, 0)
        return np.zeros(max(whole_end, _end(self.shape, self.strides, self.offset)), dtype)

    def _seen(self, memory: Array) -> Array:
        steps = [step * memory.itemsize for step in self.strides]
        return strided_array(memory[self.offset :], self.shape, steps)

    def _seen_whole(self, memory: Array) -> Array:
        steps = [step * memory.itemsize for step in self.whole_strides]
        return strided_array(memory, self.whole_shape, steps)

    def _whole(self, memory: Array) -> Array:
        return np.ascontiguousarray(self._seen_whole(memory)).reshape(self.whole_shape)

    def _overlaps(self) -> bool:
        """Tell whether several elements of the part may lie in one place."""
        reach = 0
        for step, size in sorted(zip(self.strides, self.shape, strict=True)):
            if size > 1:
                if step <= reach:
                    return True
                reach += step * (size - 1)
        return False


def _end(sizes: Sequence[int], steps: Sequence[int], offset: int) -> int:
    """Give the place behind the last element, 0 if there is none."""
    if 0 in sizes:
        return 0
    return offset + 1 + sum(step * (size - 1) for size, step in zip(sizes, steps, strict=True))


def part_of(whole: Array, part: Array) -> Part:
    """Find where a view lies within the array that it is a view of."""
    itemsize = whole.itemsize
    return Part(
        whole.shape,
        tuple([step // itemsize for step in whole.strides]),
        part.shape,
        tuple([step // itemsize for step in part.strides]),
        (address_of(part) - address_of(whole)) // itemsize,
    )


# ---- gradients between a part and the whole


def taken(whole: Tensor, part: Part) -> Tensor:
    """Copy a part out of a tensor."""
    return record(wrap(part.of(whole._array)), _TAKEN, whole, part)


def placed(tensor: Tensor, part: Part) -> Tensor:
    """Put a part into zeros of the whole's shape."""
    return record(wrap(part.into(tensor._array)), _PLACED, tensor, part)


def _emptied(whole: Tensor, part: Part) -> Tensor:
    return record(wrap(part.without(whole._array)), _EMPTIED, whole, part)


_TAKEN = Operation("AsStridedBackward0", placed)
_PLACED = Operation("AsStridedBackwardBackward0", taken)
_EMPTIED = Operation("CopySlicesBackward", _emptied)
AS_STRIDED = Operation("AsStridedBackward0", placed)


def _copy_slices_back(
    grad: Tensor, needed: tuple[bool, ...], part: Part
) -> tuple[Tensor | None, Tensor | None]:
    return (
        _emptied(grad, part) if needed[0] else None,
        taken(grad, part) if needed[1] else None,
    )


_COPY_SLICES = Operation("CopySlices", _copy_slices_back)


def renew_graph(base: Tensor, changed: Tensor, result: Tensor) -> None:
    """Tell base and all its views that one of its views holds a result now."""
    part = part_of(base._array, changed._array)
    record_many(base, _COPY_SLICES, (base, result), part)
    renew_views(base)


def renew_views(base: Tensor) -> None:
    """Make every view a part of its base as it is now."""
    for view in live_views(base):
        view._node = None
        record(view, AS_STRIDED, base, part_of(base._array, view._array))
