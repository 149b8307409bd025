"""Functions that move elements between channels and places, or between groups of channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import ShapeError
from ..._layout import like
from ..._record import Operation, record
from ..._wrap import wrap
from .._overrides import public

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


@public
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Make larger images of fewer channels.

    Args:
        input: (..., C * r * r, H, W).
        upscale_factor: r.

    Returns:
        (..., C, H * r, W * r).

    Raises:
        ShapeError: the channels are no multiple of r * r, or r is not positive.
    """
    shape, r = input._shape, upscale_factor
    _check_factor("pixel_shuffle", "upscale_factor", shape, r)
    *batch, channels, height, width = shape
    if channels % (r * r):
        raise ShapeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square "
            f"of upscale_factor, but {channels} of shape {list(shape)} is not divisible by {r * r}."
        )
    parts = (channels // (r * r), r, r, height, width)
    sizes = (channels // (r * r), height * r, width * r)
    array = _moved(input._array, batch, parts, (0, 3, 1, 4, 2), sizes)
    return record(wrap(like(array, input._array)), _PIXEL_SHUFFLE, input, r)


@public
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Make smaller images of more channels: undo `pixel_shuffle`.

    Args:
        input: (..., C, H * r, W * r).
        downscale_factor: r.

    Returns:
        (..., C * r * r, H, W).

    Raises:
        ShapeError: height or width is no multiple of r, or r is not positive.
    """
    shape, r = input._shape, downscale_factor
    _check_factor("pixel_unshuffle", "downscale_factor", shape, r)
    *batch, channels, height, width = shape
    for name, size in (("height", height), ("width", width)):
        if size % r:
            raise ShapeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but {size} "
                f"of shape {list(shape)} is not divisible by {r}."
            )
    parts = (channels, height // r, r, width // r, r)
    sizes = (channels * r * r, height // r, width // r)
    array = _moved(input._array, batch, parts, (0, 2, 4, 1, 3), sizes)
    return record(wrap(array), _PIXEL_UNSHUFFLE, input, r)


@public
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Deal the channels out: the first of each group, then the second of each, and so on.

    Args:
        input: (N, C, ...), with at least three dimensions.
        groups: by which C is divisible.

    Raises:
        ShapeError: there are fewer dimensions, or C is not divisible.
    """
    shape = input._shape
    if len(shape) < 3:
        raise ShapeError(
            f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(shape)}."
        )
    if groups <= 0:
        raise ShapeError(
            "channel_shuffle: Number of groups to divide channels in must be positive, got "
            f"{groups}."
        )
    if shape[1] % groups:
        raise ShapeError(
            f"channel_shuffle: Number of channels must be divisible by groups. Got {shape[1]} "
            f"channels and {groups} groups."
        )
    each = shape[1] // groups
    places = input._array.reshape(shape[0], groups, each, *shape[2:])
    array = np.array(places.swapaxes(1, 2), order="C").reshape(shape)
    return record(wrap(like(array, input._array)), _CHANNEL_SHUFFLE, input, each)


@public
def native_channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Do the same as `channel_shuffle`."""
    return channel_shuffle(input, groups)


def _check_factor(function: str, name: str, shape: tuple[int, ...], factor: int) -> None:
    if len(shape) < 3:
        raise ShapeError(
            f"{function} expects input to have at least 3 dimensions, but got shape {list(shape)}."
        )
    if factor <= 0:
        raise ShapeError(f"{function} expects a positive {name}, but got {factor}.")


def _moved(
    array: Array,
    batch: Sequence[int],
    parts: Sequence[int],
    order: Sequence[int],
    sizes: Sequence[int],
) -> Array:
    """Cut the last dimensions into parts, put those into another order, and join them."""
    first = len(batch)
    places = array.reshape(*batch, *parts)
    turned = places.transpose(*range(first), *(first + place for place in order))
    return np.array(turned, order="C").reshape(*batch, *sizes)


_PIXEL_SHUFFLE = Operation("PixelShuffleBackward0", pixel_unshuffle)
_PIXEL_UNSHUFFLE = Operation("PixelUnshuffleBackward0", pixel_shuffle)
# Dealing out into as many groups as each had members undoes it; none have no groups.
_CHANNEL_SHUFFLE = Operation(
    "NativeChannelShuffleBackward0",
    lambda grad, groups: channel_shuffle(grad, groups) if groups else grad,
)
