"""Images sampled at the places of a grid, and the gradients of that.

Arrays of float16, float32 or float64 in any layout; float16 is computed in float32 and rounded
once. Nothing is checked but dtypes: shapes are those of `torch.nn.functional.grid_sample`.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ..calls.prepared import MOST_KEPT, Entry, serial_entry
from ..elementwise.cast import cast, contiguous
from . import grid_loops as loops

Array = NDArray[Any]
Shape = tuple[int, ...]

MODES = ("nearest", "bilinear", "bicubic")
PADDING_MODES = ("zeros", "border", "reflection")

_SAMPLE = SizedKernel(lambda: loops.sample)
_SPREAD = SizedKernel(lambda: loops.spread)
_INDEX = np.dtype(np.int64)
# Steps of `SizedKernel.for_size` that an element around a place costs.
_COSTLY = 2
# A launch goes to so many elements at most, so long it takes to return to Python.
_AT_ONCE = 1 << 28


def grid_sample(
    images: Array, grid: Array, mode: str, padding_mode: str, align_corners: bool
) -> Array:
    """Sample images at the places of a grid.

    Args:
        images: (N, C, *sizes), of two or three sizes.
        grid: (N, *places, number of sizes), of the images' dtype, the last size's place first.
        mode: one of `MODES`; "bicubic" for two sizes alone.
        padding_mode: one of `PADDING_MODES`.
        align_corners: whether -1 and 1 are the centres of the elements in the corners.

    Returns:
        (N, C, *places).
    """
    if images.dtype == np.float16:
        wide = cast(images, np.float32), cast(grid, np.float32)
        return cast(grid_sample(*wide, mode, padding_mode, align_corners), np.float16)
    out = np.empty((*images.shape[:2], *grid.shape[1:-1]), images.dtype)
    if out.size:
        arrays = _flat(images), _places(grid), _flat(out)
        _run(_SAMPLE, arrays, images.shape, _form(mode, padding_mode, align_corners, False, False))
    return out


def grid_sample_backward(
    grad: Array,
    images: Array,
    grid: Array,
    mode: str,
    padding_mode: str,
    align_corners: bool,
    needed: tuple[bool, bool] = (True, True),
) -> tuple[Array | None, Array | None]:
    """Give the gradients of images and grid that are needed, from that of the result.

    Args:
        grad: (N, C, *places).
        images, grid, mode, padding_mode, align_corners: see `grid_sample`.
        needed: whether the images' gradient is, and the grid's.
    """
    if images.dtype == np.float16:
        wide = cast(grad, np.float32), cast(images, np.float32), cast(grid, np.float32)
        both = grid_sample_backward(*wide, mode, padding_mode, align_corners, needed)
        first, second = [None if each is None else cast(each, np.float16) for each in both]
        return first, second
    # One number stands for what is not needed.
    grad_images = np.zeros(images.shape if needed[0] else (1,) * images.ndim, images.dtype)
    grad_grid = np.zeros(grid.shape if needed[1] else (1,) * grid.ndim, grid.dtype)
    if grad.size:
        arrays = (
            *(_flat(grad), _flat(images), _places(grid)),
            *(_flat(grad_images), _places(grad_grid)),
        )
        _run(_SPREAD, arrays, images.shape, _form(mode, padding_mode, align_corners, *needed))
    return grad_images if needed[0] else None, grad_grid if needed[1] else None


def _flat(array: Array) -> Array:
    """Give a dense array (images, channels, elements)."""
    dense = array if array.flags.carray else contiguous(array)
    return dense.reshape(*array.shape[:2], prod(array.shape[2:]))


def _places(grid: Array) -> Array:
    dense = grid if grid.flags.carray else contiguous(grid)
    return dense.reshape(grid.shape[0], prod(grid.shape[1:-1]), grid.shape[-1])


@lru_cache(maxsize=MOST_KEPT)
def _form(mode: str, padding_mode: str, *flags: bool) -> Array:
    """Describe what is done: see `grid_loops`."""
    return np.array([MODES.index(mode), PADDING_MODES.index(padding_mode), *flags], np.int64)


@lru_cache(maxsize=MOST_KEPT)
def _sizes(sizes: Shape) -> Array:
    return np.array([*[1] * (3 - len(sizes)), *sizes], np.int64)


@lru_cache(maxsize=MOST_KEPT)
def _entry(kernel: SizedKernel, dtype: np.dtype[Any], count: int) -> Entry:
    return serial_entry(kernel, *[(dtype, 3)] * count, _INDEX, _INDEX)


def _run(kernel: SizedKernel, arrays: tuple[Array, ...], shape: Shape, form: Array) -> None:
    """Run a kernel on some images at a time.

    Args:
        kernel: one of `grid_loops`.
        arrays: its first arguments, all for the same images; what is not needed has one number.
        shape: of the images.
        form: see `grid_loops`.
    """
    tables = _sizes(shape[2:]), form
    values = max(array.size for array in (arrays[0], arrays[-1]))
    work = values * int(1 << form[0]) ** (len(shape) - 2) * _COSTLY
    if kernel.for_size(work) is kernel.serial:
        _entry(kernel, arrays[0].dtype, len(arrays))(*arrays, *tables)
        return
    step = max(1, shape[0] * _AT_ONCE // work)
    for first in range(0, shape[0], step):
        parts = [a[first : first + step] if len(a) == shape[0] else a for a in arrays]
        kernel.for_size(work)(*parts, *tables)
