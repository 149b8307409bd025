"""Images cut into overlapping blocks, and put together again: `unfold` and `fold`."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....errors import ShapeError
from ....kernels.cpu.convolutions.form import WindowDTypeError
from ..._record import Operation, record
from ..._wrap import wrap
from .._overrides import public
from ._windows_of import RankError, Sizes, per_dim

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
Two = tuple[int, ...]


class _Blocks(NamedTuple):
    """The numbers of blocks, two each, and how many blocks there are in each direction."""

    kernel: Two
    dilation: Two
    padding: Two
    stride: Two
    counts: Two

    def taps(self) -> Iterator[tuple[int, int, slice, slice]]:
        """Give each element of a block, and where all blocks have it in the padded image."""
        for row in range(self.kernel[0]):
            for column in range(self.kernel[1]):
                places = [
                    slice(place * step, place * step + stride * (count - 1) + 1, stride)
                    for place, step, stride, count in zip(
                        (row, column), self.dilation, self.stride, self.counts, strict=True
                    )
                ]
                yield row, column, places[0], places[1]


@public
def unfold(
    input: Tensor, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
) -> Tensor:
    """Cut images into overlapping blocks, and make a column of each.

    Args:
        input: (N, C, H, W), or (C, H, W).
        kernel_size: of a block.
        dilation: the step between the elements of a block.
        padding: zeros around the images.
        stride: the step between blocks.

    Returns:
        (N, C * kH * kW, L), where L is the number of blocks.

    Raises:
        RuntimeError: no block fits into the image, or a number is out of range.
    """
    shape = input._shape
    if len(shape) == 3:
        return unfold(input.unsqueeze(0), kernel_size, dilation, padding, stride).squeeze(0)
    if len(shape) != 4:
        raise RankError(f"unfold: Expected 3D or 4D (batch mode) tensor, got {list(shape)}")
    if 0 in shape[1:]:
        raise ShapeError(
            "unfold: Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other "
            f"non-zero dimensions for input, but got: {list(shape)}"
        )
    blocks = _blocks("unfold", shape[2:], kernel_size, dilation, padding, stride)
    if min(blocks.counts) < 1:
        raise ShapeError(
            f"unfold: Given input with spatial size {shape[2:]}, kernel_size={blocks.kernel}, "
            f"dilation={blocks.dilation}, padding={blocks.padding}, the sliding blocks would be "
            f"{blocks.counts} in number, but there must be at least one"
        )
    return _unfolded(input, blocks)


@public
def fold(
    input: Tensor,
    output_size: Sizes,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sizes = 0,
    stride: Sizes = 1,
) -> Tensor:
    """Put blocks together to images; where they overlap, their elements are added up.

    Args:
        input: (N, C * kH * kW, L), or without N.
        output_size: (H, W).
        kernel_size, dilation, padding, stride: see `unfold`.

    Returns:
        (N, C, H, W).

    Raises:
        RuntimeError: there are not as many blocks, or elements of a block, as there must be.
        NotImplementedError: the elements are no floats.
    """
    shape = input._shape
    if len(shape) == 2:
        numbers = output_size, kernel_size, dilation, padding, stride
        return fold(input.unsqueeze(0), *numbers).squeeze(0)
    if len(shape) != 3 or 0 in shape[1:]:
        raise RankError(
            "fold: Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and "
            f"non-zero dimensions for input, but got: {list(shape)}"
        )
    sizes = per_dim("fold", "output_size", output_size, 2)
    blocks = _blocks("fold", sizes, kernel_size, dilation, padding, stride)
    if shape[1] % prod(blocks.kernel):
        raise ShapeError(
            "fold: Expected size of input's dimension 1 to be divisible by the product of "
            f"kernel_size, but got input.size(1)={shape[1]} and kernel_size={blocks.kernel}."
        )
    if min(*blocks.counts, *sizes) < 1 or shape[2] != prod(blocks.counts):
        raise ShapeError(
            f"fold: Given output_size={sizes}, kernel_size={blocks.kernel}, "
            f"dilation={blocks.dilation}, padding={blocks.padding}, stride={blocks.stride}, "
            "expected size of input's dimension 2 to match the calculated number of sliding blocks "
            f"{blocks.counts[0]} * {blocks.counts[1]}, but got input.size(2)={shape[2]}."
        )
    if not input._key.is_float:
        raise WindowDTypeError(f"fold takes floats, got {input._key.dtype}.")
    return _folded(input, blocks, sizes)


def _blocks(
    name: str, sizes: Two, kernel_size: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes
) -> _Blocks:
    """Check the numbers of blocks, and count how many fit in each direction."""
    kernel = per_dim(name, "kernel_size", kernel_size, 2)
    steps = per_dim(name, "dilation", dilation, 2)
    paddings = per_dim(name, "padding", padding, 2)
    strides = per_dim(name, "stride", stride, 2)
    for what, value, least in (
        ("kernel_size", kernel, 1),
        ("dilation", steps, 1),
        ("padding", paddings, 0),
        ("stride", strides, 1),
    ):
        if min(value) < least:
            kind = "greater than zero" if least else "non-negative"
            raise ShapeError(f"{name}: {what} should be {kind}, but got {value}")
    counts = tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, p, d, k, s in zip(sizes, paddings, steps, kernel, strides, strict=True)
    )
    return _Blocks(kernel, steps, paddings, strides, counts)


def _unfolded(input: Tensor, blocks: _Blocks) -> Tensor:
    """Copy each element of all blocks in one go."""
    array = input._array
    images, channels, *sizes = array.shape
    rows, columns = blocks.padding
    if rows or columns:
        array = np.pad(array, ((0, 0), (0, 0), (rows, rows), (columns, columns)))
    out = np.empty((images, channels, *blocks.kernel, *blocks.counts), array.dtype)
    for row, column, down, along in blocks.taps():
        out[:, :, row, column] = array[:, :, down, along]
    result = wrap(out.reshape(images, channels * prod(blocks.kernel), prod(blocks.counts)))
    return record(result, _UNFOLD, input, blocks, tuple(sizes))


def _folded(input: Tensor, blocks: _Blocks, sizes: Two) -> Tensor:
    """Add each element of all blocks in one go."""
    array = input._array
    images, channels = array.shape[0], array.shape[1] // prod(blocks.kernel)
    dtype = np.float32 if array.dtype == np.float16 else array.dtype
    (rows, columns), (height, width) = blocks.padding, sizes
    image = np.zeros((images, channels, height + 2 * rows, width + 2 * columns), dtype)
    parts = array.reshape(images, channels, *blocks.kernel, *blocks.counts)
    for row, column, down, along in blocks.taps():
        image[:, :, down, along] += parts[:, :, row, column]
    inside = image[:, :, rows : rows + height, columns : columns + width]
    out = np.ascontiguousarray(inside.astype(array.dtype, copy=False))
    return record(wrap(out), _FOLD, input, blocks)


def _unfold_back(grad: Tensor, blocks: _Blocks, sizes: Two) -> Tensor:
    return _folded(grad, blocks, sizes)


_UNFOLD = Operation("Im2ColBackward0", _unfold_back)
_FOLD = Operation("Col2ImBackward0", _unfolded)
