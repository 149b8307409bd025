"""Images of other sizes: `torch.nn.functional.interpolate`."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ....errors import ShapeError
from ....kernels.cpu.convolutions.form import WindowDTypeError
from ... import _dtype
from .._overrides import public
from ..pooling.adaptive_pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from ._axis_maps import AxisMap, mapped
from .padding import PadChoiceError as ModeError

if TYPE_CHECKING:
    from ..._tensor import Tensor

Factors: TypeAlias = float | Sequence[float]
Size: TypeAlias = int | Sequence[int]
Real = np.floating[Any]

_NEAREST = ("nearest", "nearest-exact")
# The number of spatial dimensions that a mode is for.
_RANKS = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
_NAMES = {
    "nearest": "UpsampleNearest",
    "nearest-exact": "UpsampleNearestExact",
    "linear": "UpsampleLinear",
    "bilinear": "UpsampleBilinear",
    "bicubic": "UpsampleBicubic",
    "trilinear": "UpsampleTrilinear",
}
_AREA = {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d}


@public
def interpolate(
    input: Tensor,
    size: Size | None = None,
    scale_factor: Factors | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Resample images to other sizes.

    Args:
        input: (N, C, *sizes), of one to three sizes.
        size: the sizes of the result.
        scale_factor: or what to multiply the sizes of input by.
        mode: "nearest", "nearest-exact", "linear" (one size), "bilinear" and "bicubic" (two),
            "trilinear" (three), or "area".
        align_corners: whether the centres of the elements in the corners stay where they are,
            instead of the corners of the image; only for the modes with weights.
        recompute_scale_factor: compute the factor that the grid is made with from the sizes.
        antialias: not supported.

    Returns:
        (N, C, *size).

    Raises:
        ValueError: the options do not fit each other.
        NotImplementedError: there is no such mode for so many sizes, or for these elements.
        RuntimeError: sizes are not positive.
    """
    if (mode in _NEAREST or mode == "area") and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear "
            f"| bicubic | trilinear, got mode {mode!r}"
        )
    sizes, factors = _sizes(input._shape[2:], size, scale_factor, recompute_scale_factor, mode)
    rank = len(sizes)
    if antialias:
        _refuse_antialias(mode, rank)
    if not 1 <= rank <= 3 or (mode not in _NEAREST and mode != "area" and mode not in _RANKS):
        raise ModeError(
            "Input Error: Only 3D, 4D and 5D input Tensors supported, in the modes nearest | "
            "linear | bilinear | bicubic | trilinear | area | nearest-exact; got input of shape "
            f"{list(input._shape)} and mode {mode!r}"
        )
    if _RANKS.get(mode, rank) != rank:
        raise ModeError(
            f"Got {rank + 2}D input, but {mode} mode needs {_RANKS[mode] + 2}D input; the shape is "
            f"{list(input._shape)}"
        )
    if mode == "area":
        return _AREA[rank](input, sizes)
    _check(input, sizes, mode)
    kind = "f" if input._key.dtype is not _dtype.float64 else "d"
    maps = [
        _resampling(mode, n, new, factor, bool(align_corners), kind)
        for n, new, factor in zip(input._shape[2:], sizes, factors, strict=True)
    ]
    return mapped(input, maps, f"{_NAMES[mode]}{rank}DBackward0")


@public
def upsample(
    input: Tensor,
    size: Size | None = None,
    scale_factor: Factors | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """Resample images; PyTorch's old name of `interpolate`."""
    _warn_of_old_name("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


@public
def upsample_nearest(
    input: Tensor, size: Size | None = None, scale_factor: Factors | None = None
) -> Tensor:
    """Resample images by the nearest elements; an old name of what `interpolate` does."""
    _warn_of_old_name("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


@public
def upsample_bilinear(
    input: Tensor, size: Size | None = None, scale_factor: Factors | None = None
) -> Tensor:
    """Resample images with aligned corners; an old name of what `interpolate` does."""
    _warn_of_old_name("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def _warn_of_old_name(name: str) -> None:
    warnings.warn(
        f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.",
        stacklevel=4,
    )


def _refuse_antialias(mode: str, rank: int) -> None:
    """Say why nothing is smoothed."""
    if mode not in ("bilinear", "bicubic") or rank != 2:
        raise ValueError(
            "Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D "
            f"tensor as input, got mode {mode!r} and {rank + 2} dimensions"
        )
    raise NotImplementedError(
        "interpolate: antialias=True is not supported. Leave it away, or use mode='area', which "
        "averages what it shrinks."
    )


def _sizes(
    before: tuple[int, ...],
    size: Size | None,
    scale_factor: Factors | None,
    recompute: bool | None,
    mode: str,
) -> tuple[list[int], list[float | None]]:
    """Give the sizes of the result, and the factors that the grid is made with.

    Raises:
        ValueError: not exactly one of size and scale_factor is given, or not for each dimension.
    """
    rank = len(before)
    if size is not None and scale_factor is not None:
        raise ValueError(
            f"only one of size or scale_factor should be defined, got {size} and {scale_factor}"
        )
    if size is not None:
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        sizes = _each("output size", size, rank)
        if not all(hasattr(each, "__index__") for each in sizes):
            raise TypeError(f"interpolate: size must be one of int or of several ints, got {size}")
        return sizes, [None] * rank
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    factors = _each("scale_factor", scale_factor, rank)
    sizes = [math.floor(n * factor) for n, factor in zip(before, factors, strict=True)]
    return sizes, [None] * rank if recompute or mode == "area" else factors


def _each(what: str, value: Any, rank: int) -> list[Any]:
    if not isinstance(value, list | tuple):
        return [value] * rank
    if len(value) != rank:
        raise ShapeError(
            f"Input and {what} must have the same number of spatial dimensions, but got input with "
            f"{rank} of them and {what} of {tuple(value)}. The input is (N, C, *sizes), and the "
            f"{what} has one number for each of these sizes."
        )
    return list(value)


def _check(input: Tensor, sizes: Sequence[int], mode: str) -> None:
    """Check what is resampled.

    Raises:
        ShapeError: there is nothing to resample, or nothing would be left.
        WindowDTypeError: the elements are not of a type that the mode works with.
    """
    shape = input._shape
    if min(shape[2:]) < 1 or min(sizes) < 1:
        raise ShapeError(
            f"Input and output sizes should be greater than 0, but got input {list(shape[2:])} and "
            f"output {list(sizes)}"
        )
    if shape[1] == 0:
        raise ShapeError(
            f"Non-empty {len(shape)}D data tensor expected but got a tensor with sizes "
            f"{list(shape)}"
        )
    if not input._key.is_float and (mode not in _NEAREST or input._key.dtype is not _dtype.uint8):
        kinds = "floats and uint8" if mode in _NEAREST else "floats"
        raise WindowDTypeError(
            f"interpolate: mode {mode!r} takes {kinds}, got {input._key.dtype}. Convert the input "
            "with to(torch.float32)."
        )


# ---- where the elements come from


@lru_cache(maxsize=256)
def _resampling(
    mode: str, size: int, new: int, factor: float | None, align_corners: bool, kind: str
) -> AxisMap:
    """Give where the elements along one dimension come from.

    Args:
        mode: how.
        size, new: the sizes of input and result.
        factor: the ratio that the caller wants; None for that of the sizes.
        align_corners: see `interpolate`.
        kind: "f" or "d" for weights of float32 or float64.
    """
    if mode in _NEAREST:
        return AxisMap(size, _nearest(size, new, factor, mode == "nearest-exact")[None])
    real = np.dtype(kind).type
    positions = _positions(real, size, new, factor, align_corners, mode == "bicubic")
    if mode == "bicubic":
        return _cubic(size, positions)
    first = np.minimum(positions.astype(np.int64), size - 1)
    share = np.clip(positions - first.astype(positions.dtype), 0, 1)
    second = np.minimum(first + 1, size - 1)
    return AxisMap(size, np.stack([first, second]), np.stack([1 - share, share]))


def _step(real: type[Real], size: int, new: int, factor: float | None) -> Real:
    """Give the distance of neighbours of the result, in elements of the input."""
    return real(1.0 / factor) if factor is not None and factor > 0 else real(size) / real(new)


def _nearest(size: int, new: int, factor: float | None, is_exact: bool) -> NDArray[np.int64]:
    # In float32 for all types: it is which element is chosen that must be PyTorch's.
    step = _step(np.float32, size, new, factor)
    places = np.arange(new, dtype=np.float32) + np.float32(0.5 if is_exact else 0)
    return np.minimum(np.floor(places * step).astype(np.int64), size - 1)


def _positions(
    real: type[Real],
    size: int,
    new: int,
    factor: float | None,
    align_corners: bool,
    is_cubic: bool,
) -> NDArray[Real]:
    """Give where the elements of the result lie among those of the input."""
    places = np.arange(new).astype(real)
    if align_corners:
        return places * (real(size - 1) / real(new - 1) if new > 1 else real(0))
    half = real(0.5)
    positions = (places + half) * _step(real, size, new, factor) - half
    return positions if is_cubic else np.maximum(positions, real(0))


def _cubic(size: int, positions: NDArray[Real]) -> AxisMap:
    first = np.minimum(np.floor(positions).astype(np.int64), size - 1)
    weights = np.stack(cubic_weights(np.clip(positions - first.astype(positions.dtype), 0, 1)))
    places = first + np.arange(-1, 3)[:, None]
    return AxisMap(size, places.clip(0, size - 1), weights.astype(positions.dtype))


def cubic_weights(share: Any) -> list[Any]:
    """Give the weights of the four elements around a place.

    Args:
        share: how far it lies from the second to the third; an array or a tensor.
    """
    sharpness = -0.75
    far = [share + 1, 2 - share]
    near = [share, 1 - share]
    outer = [((sharpness * x - 5 * sharpness) * x + 8 * sharpness) * x - 4 * sharpness for x in far]
    inner = [((sharpness + 2) * x - (sharpness + 3)) * x * x + 1 for x in near]
    return [outer[0], inner[0], inner[1], outer[1]]
