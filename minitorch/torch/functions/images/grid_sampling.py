"""Images sampled at given places: `grid_sample` and `affine_grid`."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError
from ....kernels.cpu.convolutions.form import WindowDTypeError
from ....kernels.cpu.images import grid as kernels
from ... import _dtype
from ..._node import is_recording
from ..._record import Operation, named, record_many
from ..._wrap import wrap
from .._compositions import gradients_of
from .._overrides import public
from ..indexing.gathering import gather
from ..pointwise.selection import where
from ..products.matmul import matmul
from .padding import PadChoiceError as SizeError
from .resampling import cubic_weights

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
# The elements around places along one dimension: their weights as tensors, None for 1; which of
# them there are; and their numbers, whatever else where there are none.
Tap = tuple["Tensor | None", Array, Array]

# The mode, what lies outside, and whether the corners' centres are at -1 and 1.
_Options = tuple[str, str, bool]

_MODES = ("bilinear", "nearest", "bicubic")
_PADDING_MODES = ("zeros", "border", "reflection")


@public
def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """Sample images at the places of a grid.

    Args:
        input: (N, C, H, W) or (N, C, D, H, W).
        grid: (N, H_out, W_out, 2) of places (x, y), or (N, D_out, H_out, W_out, 3) of (x, y, z);
            the image reaches from -1 to 1.
        mode: "bilinear", "nearest", or "bicubic" for images of two dimensions.
        padding_mode: what lies outside: "zeros", what is next to it ("border"), or what lies behind
            the mirror ("reflection").
        align_corners: whether -1 and 1 are the centres of the elements in the corners, instead of
            their outer edges; no by default.

    Returns:
        (N, C, H_out, W_out) or (N, C, D_out, H_out, W_out).

    Raises:
        ValueError: there is no such mode.
        RuntimeError: the shapes or dtypes do not fit each other.
    """
    if mode not in _MODES:
        raise ValueError(
            f"grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: "
            f"{mode!r}"
        )
    if padding_mode not in _PADDING_MODES:
        raise ValueError(
            "grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but "
            f"got: {padding_mode!r}"
        )
    if align_corners is None:
        _warn_of_default("grid_sample")
    _check(input, grid, mode)
    options = mode, padding_mode, bool(align_corners)
    result = wrap(kernels.grid_sample(input._array, grid._array, *options))
    operation = _GRID_SAMPLE[len(input._shape) - 2]
    return record_many(result, operation, (input, grid), input, grid, options)


def _sampled_back(
    grad: Tensor, needed: tuple[bool, bool], input: Tensor, grid: Tensor, options: _Options
) -> tuple[Tensor | None, ...]:
    if is_recording():
        return gradients_of(
            lambda x, places: [_composed(x, places, *options)], (input, grid), (grad,), needed
        )
    found = kernels.grid_sample_backward(
        grad._array, input._array, grid._array, *options, needed=needed
    )
    return tuple([None if each is None else wrap(each) for each in found])


_GRID_SAMPLE = {
    2: Operation("GridSampler2DBackward0", _sampled_back),
    3: Operation("GridSampler3DBackward0", _sampled_back),
}


def _composed(
    input: Tensor, grid: Tensor, mode: str, padding_mode: str, align_corners: bool
) -> Tensor:
    """Do what the kernel does with functions of tensors."""
    dtype = input._key.dtype
    if dtype is _dtype.float16:
        input, grid = input.to(_dtype.float32), grid.to(_dtype.float32)
    sampler = _Sampler(mode, padding_mode, align_corners)
    shape, sizes = input._shape, input._shape[2:]
    points = grid._shape[1:-1]
    flat = grid.reshape(shape[0], int(np.prod(points)), len(sizes))
    # The last dimension is the first of a place.
    by_dim = [
        sampler.taps(flat.select(2, len(sizes) - 1 - dim), size) for dim, size in enumerate(sizes)
    ]
    result = _weighted(input.reshape(*shape[:2], int(np.prod(sizes))), by_dim, sizes)
    return result.reshape(*shape[:2], *points).to(dtype)


def _check(input: Tensor, grid: Tensor, mode: str) -> None:
    """Check what is sampled, and where.

    Raises:
        ShapeError, DTypeError: the shapes or dtypes do not fit each other.
    """
    shape, places = input._shape, grid._shape
    rank = len(shape) - 2
    if rank not in (2, 3) or len(places) != rank + 2:
        raise ShapeError(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but "
            f"got input with sizes {list(shape)} and grid with sizes {list(places)}"
        )
    if shape[0] != places[0]:
        raise ShapeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with "
            f"sizes {list(shape)} and grid with sizes {list(places)}"
        )
    if places[-1] != rank:
        raise ShapeError(
            f"grid_sampler(): expected grid to have size {rank} in last dimension, but got grid "
            f"with sizes {list(places)}"
        )
    if 0 in shape[2:]:
        raise ShapeError(
            "grid_sampler(): expected input to have non-empty spatial dimensions, but input has "
            f"sizes {list(shape)}"
        )
    if mode == "bicubic" and rank != 2:
        raise ShapeError(
            f"grid_sampler(): bicubic interpolation only supports 4D input, got sizes {list(shape)}"
        )
    if input._key.dtype is not grid._key.dtype:
        raise DTypeError(
            "grid_sampler(): expected input and grid to have same dtype, but input has "
            f"{input._key.dtype} and grid has {grid._key.dtype}"
        )
    if not input._key.is_float:
        raise WindowDTypeError(f"grid_sampler() takes floats, got {input._key.dtype}.")


class _Sampler:
    """How places become elements and weights.

    Args:
        mode, padding_mode, align_corners: see `grid_sample`.
    """

    def __init__(self, mode: str, padding_mode: str, align_corners: bool) -> None:
        self.mode = mode
        self.padding_mode = padding_mode
        self.align_corners = align_corners

    def taps(self, places: Tensor, size: int) -> list[Tap]:
        """Give the elements around places along a dimension, and their weights."""
        if self.align_corners:
            positions = (places + 1) * ((size - 1) / 2)
        else:
            positions = ((places + 1) * size - 1) / 2
        if self.mode == "bicubic":
            first = np.floor(positions._array)
            weights = cubic_weights(positions - wrap(first))
            return [
                _tap(weight, self._moved(first + (tap - 1), size)[2], size)
                for tap, weight in enumerate(weights)
            ]
        positions = self._inside(positions, size)
        if self.mode == "nearest":
            array = positions._array
            one = None
            if positions._node is not None:
                # The gradient of the grid is 0, which is not the same as none.
                one = where(wrap(np.isfinite(array)), positions, 0.0) * 0 + 1
            return [_tap(one, np.rint(array), size)]
        first = np.floor(positions._array)
        share = positions - wrap(first)
        return [_tap(1 - share, first, size), _tap(share, first + 1, size)]

    def _inside(self, positions: Tensor, size: int) -> Tensor:
        """Move positions outside to where their elements come from."""
        if self.padding_mode == "zeros":
            return positions
        sign, offset, moved = self._moved(positions._array, size)
        is_inside = (moved > 0) & (moved < size - 1)
        if self.padding_mode == "reflection":
            positions = positions * wrap(sign) + wrap(offset)
        # At the edge PyTorch lets no gradient through either.
        return where(wrap(is_inside), positions, wrap(moved))

    def _moved(self, positions: Array, size: int) -> tuple[Array, Array, Array]:
        """Give the slope and offset of the mirror at positions, and where they are moved to."""
        sign, offset = np.ones_like(positions), np.zeros_like(positions)
        if self.padding_mode == "zeros":
            return sign, offset, positions
        if self.padding_mode == "reflection":
            low, high = (0.0, size - 1.0) if self.align_corners else (-0.5, size - 0.5)
            span = high - low
            if span == 0:
                return sign * 0, offset, offset
            with np.errstate(invalid="ignore"):  # Infinity lies nowhere in the mirror.
                distance = np.abs(positions - low)
                is_even = np.floor(distance / span) % 2 == 0
                sign = np.where((positions < low) == is_even, -1, 1).astype(positions.dtype)
                extra = np.fmod(distance, span)
                mirrored = np.where(is_even, extra, span - extra) + positions.dtype.type(low)
                offset = mirrored - sign * positions
            positions = mirrored
        return sign, offset, np.clip(positions, 0, size - 1)


def _tap(weight: Tensor | None, numbers: Array, size: int) -> Tap:
    is_inside = (numbers >= 0) & (numbers < size)
    return weight, is_inside, np.fmin(np.fmax(numbers, 0), size - 1).astype(np.int64)


def _weighted(flat: Tensor, by_dim: Sequence[list[Tap]], sizes: tuple[int, ...]) -> Tensor:
    """Add up the elements around each place.

    Args:
        flat: (N, C, elements of an image).
        by_dim: the taps of each dimension, whose arrays are (N, places).
        sizes: of an image.
    """
    channels = flat._shape[1]
    total: Any = None
    for taps in product(*by_dim):
        index: Any = 0
        is_inside: Any = True
        weight = None
        for (own, there_is, numbers), size in zip(taps, sizes, strict=True):
            is_inside = there_is & is_inside
            index = index * size + numbers
            if own is not None:
                weight = own if weight is None else weight * own
        part: Any = gather(flat, 2, wrap(index[:, None]).expand(-1, channels, -1))
        if not is_inside.all():
            part = where(wrap(is_inside[:, None]), part, 0)
        if weight is not None:
            part = part * weight.unsqueeze(1)
        total = part if total is None else total + part
    result: Tensor = total
    return result


@public
def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """Give the places where affine maps send the elements of an image; see `grid_sample`.

    Args:
        theta: (N, 2, 3) for images of two dimensions, or (N, 3, 4) for three.
        size: of the images that shall be sampled, (N, C, H, W) or (N, C, D, H, W).
        align_corners: see `grid_sample`.

    Returns:
        (N, H, W, 2) or (N, D, H, W, 3).

    Raises:
        ValueError: theta has no floats, the shapes do not fit, or a size is 0.
        NotImplementedError: size has not four or five numbers.
    """
    if not theta._key.is_float:
        raise ValueError(f"Expected theta to have floating point type, but got {theta._key.dtype}")
    if align_corners is None:
        _warn_of_default("affine_grid")
    sizes = tuple(size)
    rank = len(sizes) - 2
    if rank not in (2, 3):
        raise SizeError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
            f"respectively. Got size {sizes}."
        )
    if len(theta._shape) != 3 or theta._shape[1:] != (rank, rank + 1):
        raise ShapeError(
            f"Expected a batch of {rank}D affine matrices of shape Nx{rank}x{rank + 1} for size "
            f"{sizes}. Got {list(theta._shape)}."
        )
    if min(sizes) <= 0 or theta._shape[0] != sizes[0]:
        raise ShapeError(
            "Expected non-zero, positive output size and one matrix for each image. Got "
            f"{sizes} and matrices of shape {list(theta._shape)}"
        )
    axes = [_places(n, bool(align_corners), theta._array.dtype) for n in reversed(sizes[2:])]
    base = np.ones((*sizes[2:], rank + 1), theta._array.dtype)
    for place, axis in enumerate(axes):
        base[..., place] = axis.reshape(-1, *[1] * place)
    grid = matmul(wrap(base.reshape(-1, rank + 1)), theta.transpose(1, 2))
    grid = grid.reshape(sizes[0], *sizes[2:], rank)
    return named(grid, "AffineGridGeneratorBackward0")


def _places(count: int, align_corners: bool, dtype: Any) -> Array:
    """Give the centres of elements that reach from -1 to 1."""
    if count == 1:
        return np.zeros(1, dtype)
    edges = np.linspace(-1, 1, count)
    return (edges if align_corners else edges * (count - 1) / count).astype(dtype)


def _warn_of_default(name: str) -> None:
    warnings.warn(
        f"{name}: align_corners is not given, and False by default. Pass align_corners=True to "
        "have the centres of the corners' elements at -1 and 1.",
        stacklevel=4,
    )
