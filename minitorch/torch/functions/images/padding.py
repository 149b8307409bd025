"""What is put around the elements of a tensor: `torch.nn.functional.pad`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from operator import index
from typing import TYPE_CHECKING

import numpy as np

from ....errors import ShapeError
from ..._layout import like
from ..._record import Operation, record
from ..._wrap import wrap
from .._operands import number_array
from .._overrides import public
from ._axis_maps import AxisMap, mapped

if TYPE_CHECKING:
    from ..._tensor import Tensor


class PadChoiceError(ShapeError, NotImplementedError):
    """A way of padding that does not exist, or not for so many dimensions."""


@public
def pad(
    input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Tensor:
    """Put elements around a tensor, or cut some off where a number is negative.

    Args:
        input: any shape; (N, C, *sizes) or (C, *sizes) for modes other than "constant".
        pad: numbers of elements before and after the last dimension, then the one before it, and
            so on.
        mode: "constant", "reflect" (without repeating the edge), "replicate" or "circular".
        value: the elements that "constant" puts there, 0 by default.

    Raises:
        RuntimeError: there are too many numbers, or too large ones for the sizes of input.
        NotImplementedError: there is no such mode, or not for so many dimensions.
    """
    try:
        numbers = tuple([index(each) for each in pad])
    except TypeError:
        raise TypeError(
            f"pad(): argument 'pad' (position 2) must be tuple of ints, not "
            f"{type(pad).__name__}: {pad!r}"
        ) from None
    if len(numbers) % 2:
        raise ShapeError(f"pad: Padding length must be divisible by 2, got {numbers}")
    if len(numbers) > 2 * len(input._shape):
        raise ShapeError(
            "pad: Padding length should be less than or equal to two times the input dimension but "
            f"got padding length {len(numbers)} and input of dimension {len(input._shape)}"
        )
    if mode == "constant":
        return constant_pad_nd(input, numbers, 0 if value is None else value)
    if value:
        raise ShapeError(f'Padding mode "{mode}" doesn\'t take in value argument, got {value}')
    return _pad_from_within(input, numbers, mode)


@public
def constant_pad_nd(input: Tensor, pad: Sequence[int], value: float = 0) -> Tensor:
    """Put equal elements around a tensor; see `pad`.

    Raises:
        RuntimeError: more would be cut off than there is.
    """
    numbers = tuple(pad)
    array = input._array
    shape, inside, kept = list(array.shape), [slice(None)] * array.ndim, [slice(None)] * array.ndim
    for place in range(len(numbers) // 2):
        before, after = numbers[2 * place : 2 * place + 2]
        axis = array.ndim - 1 - place
        size = array.shape[axis]
        shape[axis] = size + before + after
        if shape[axis] < 0:
            raise ShapeError(
                f"pad: dimension {axis} of size {size} in {list(array.shape)} would be left with "
                f"{shape[axis]} elements by padding ({before}, {after})"
            )
        kept[axis] = slice(max(-before, 0), size - max(-after, 0))
        inside[axis] = slice(max(before, 0), shape[axis] - max(after, 0))
    if any(numbers):
        out = np.empty(shape, array.dtype)
        if any(number > 0 for number in numbers):
            out[...] = number_array(value, input._key.dtype)
        out[tuple(inside)] = array[tuple(kept)]
    else:
        out = array.copy(order="C")
    return record(wrap(like(out, array)), _CONSTANT, input, numbers)


def _constant_back(grad: Tensor, numbers: tuple[int, ...]) -> Tensor:
    return constant_pad_nd(grad, tuple([-n for n in numbers]))


_CONSTANT = Operation("ConstantPadNdBackward0", _constant_back)


# ---- padding with what is there


def _pad_from_within(input: Tensor, numbers: tuple[int, ...], mode: str) -> Tensor:
    if mode not in _NAMES:
        raise PadChoiceError(
            f"Unrecognised padding mode {mode}. There are 'constant', 'reflect', 'replicate' and "
            "'circular'."
        )
    rank, dims = len(numbers) // 2, len(input._shape)
    if not 1 <= rank <= 3 or not rank + 1 <= dims <= rank + 2:
        raise PadChoiceError(
            f"Padding size {len(numbers)} is not supported for {dims}D input tensor: mode {mode!r} "
            "pads the last dimension of 2D or 3D input (2 numbers), the last two of 3D or 4D input "
            "(4), or the last three of 4D or 5D input (6)."
        )
    if 0 in input._shape[dims - rank - 1 :]:
        raise ShapeError(
            f"pad: mode {mode!r} needs sizes other than 0 but for the batch's, got "
            f"{list(input._shape)}"
        )
    maps = []
    for place in range(rank):
        axis = dims - rank + place
        before, after = numbers[2 * (rank - 1 - place) :][:2]
        _check(mode, input._shape, axis, before, after)
        maps.append(_pad_map(mode, input._shape[axis], before, after))
    name = _NAMES[mode]
    return mapped(input, maps, name if mode == "circular" else f"{name}{rank}DBackward0")


_NAMES = {"reflect": "ReflectionPad", "replicate": "ReplicationPad", "circular": "CopySlices"}


def _check(mode: str, shape: tuple[int, ...], axis: int, before: int, after: int) -> None:
    """Check the padding of one dimension.

    Raises:
        ShapeError: there is not enough to reflect or repeat, or nothing would be left.
    """
    size = shape[axis]
    text = f"padding ({before}, {after}) at dimension {axis} of input {list(shape)}"
    if mode == "reflect" and max(before, after) >= size:
        raise ShapeError(
            f"Padding size should be less than the corresponding input dimension, but got: {text}"
        )
    if mode == "circular" and max(before, after) > size:
        raise ShapeError(f"Padding value causes wrapping around more than once: {text}")
    left = size + before + after
    if left < (mode != "circular") or size + min(before, 0) + min(after, 0) < 0:
        raise ShapeError(f"pad: input is too small. Calculated output size: {left}, of {text}")


@lru_cache(maxsize=256)
def _pad_map(mode: str, size: int, before: int, after: int) -> AxisMap:
    """Give where the elements along a padded dimension come from."""
    places = np.arange(-before, size + after)
    if mode == "reflect":
        places = np.abs(places)
        places = np.where(places >= size, 2 * (size - 1) - places, places)
    elif mode == "replicate":
        places = places.clip(0, size - 1)
    else:
        # What is cut off does not come back on the other side.
        first = max(-before, 0)
        places = first + (places - first) % max(size - first - max(-after, 0), 1)
    return AxisMap(size, places[None])
