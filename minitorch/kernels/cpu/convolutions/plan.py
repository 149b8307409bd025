"""How a convolution is cut into units, and the start of its kernels.

Everything here has three spatial dimensions: depth, height and width.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numba import types
from numba.core import config
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

from ..calls.tasks import TaskEntry, TaskKernel, tasks_for
from ..products.dispatch import workspace
from ..products.loops import PANELS
from ..products.microkernel import DEPTH, PANEL_STEP, tile
from . import loops, strips, weigh_loops
from .plain import Sizes, Window, correlate_plainly, weigh_plainly

Array = NDArray[Any]

CORRELATE = TaskKernel(loops.correlate)
WEIGH = TaskKernel(weigh_loops.weigh)
_tile = cache(tile)

# Pixels of a unit: so many that to pack its weights is little work beside the product.
_COLUMNS = 512
# The same for small images, of which a unit has several.
_SMALL_COLUMNS = 256
# With fewer units than this, the weights' rows are divided as well.
_FEW_UNITS = 4
# Weights of so few rows for each group are not multiplied by the microkernel.
_FEW_ROWS = 4
# The same for the gradient of the weights.
_FEW_CHANNELS = 6
# Pixels of a unit then.
_FILTERED = 2048
# The gradients of so many parts of the batch are summed apart, if they need no more bytes.
_BATCHES = 8
_BATCH_BYTES = 1 << 22
# Multiplications that cost as much as one step in `SizedKernel.for_size`.
PER_STEP = 16
# A kernel does so many at most before it returns to Python, where Ctrl-C is noticed.
_MOST_AT_ONCE = 1 << 32


def correlate(x: Array, w: Array, bias: Array | None, out: Array, window: Window) -> None:
    """Correlate images with kernels; nothing is empty, float16 is not among the dtypes.

    Args:
        x: (images, channels, depth, height, width).
        w: (groups, out channels of a group, taps of a group).
        bias: (out channels).
        out: (images, out channels, depth, height, width).
        window: what each pixel of the result sees.
    """
    if out.dtype.kind != "f" or config.DISABLE_JIT:
        correlate_plainly(x, w, bias, out, window)
        return
    if bias is None:
        bias = np.empty(0, out.dtype)
    for part_x, part_out, part_window in _pieces(x, out, window, w.shape[2]):
        _launch_correlate(part_x, w, bias, part_out, part_window)


def weigh(x: Array, grad: Array, groups: int, window: Window) -> Array:
    """Sum the products of inputs and gradients for each tap.

    Args:
        x: (images, channels, depth, height, width).
        grad: (images, out channels, depth, height, width).
        groups: into which the channels of both are divided.
        window: what each pixel of the result saw.

    Returns:
        (groups, out channels of a group, taps of a group).
    """
    if grad.dtype.kind != "f" or config.DISABLE_JIT:
        return weigh_plainly(x, grad, groups, window)
    depth = x.shape[1] // groups * window.volume
    total: Array | None = None
    for part_x, part_grad, part_window in _pieces(x, grad, window, depth):
        result = _launch_weigh(part_x, part_grad, groups, part_window)
        total = result if total is None else np.add(total, result, out=total)
    assert total is not None  # there is at least one piece
    return total.transpose(0, 2, 1)


def _pieces(
    x: Array, out: Array, window: Window, depth: int
) -> Iterator[tuple[Array, Array, Window]]:
    """Cut the images or their pixels so that no piece takes a second."""
    stack = [(x, out, window)]
    while stack:
        x, out, window = stack.pop()
        if out.size * depth <= _MOST_AT_ONCE or out[:, 0].size == 1:
            yield x, out, window
            continue
        dim = 0 if len(out) > 1 else max((2, 3, 4), key=lambda d: out.shape[d])
        half = out.shape[dim] // 2
        before: tuple[slice, ...] = (slice(None),) * dim
        low, high = (*before, slice(half)), (*before, slice(half, None))
        if dim == 0:
            stack += [(x[high], out[high], window), (x[low], out[low], window)]
        else:
            later = window.moved(dim - 2, half)
            stack += [(x, out[high], later), (x, out[low], window)]


# ---- plans


@dataclass(frozen=True, eq=False)
class _Plan:
    """What a kernel needs to know beside its arrays.

    Attributes:
        taps: where the taps of one channel lie, in bytes.
        geometry: see `strips.py`.
        units: how many there are.
        space: bytes of workspace that one task needs.
    """

    taps: NDArray[np.int64]
    geometry: NDArray[np.int64]
    units: int
    space: int


def _balanced(size: int, most: int) -> int:
    """Cut a size into pieces of at most so many, about equal."""
    pieces = -(-size // max(most, 1))
    return -(-size // pieces)


def _box(sizes: Sizes, most: int, slack: float) -> Sizes:
    """Choose the pixels of a unit; whole rows and planes where they are not much too large."""
    depth, height, width = sizes
    if width > slack * most:
        return 1, 1, _balanced(width, most)
    if height * width > slack * most:
        return 1, _balanced(height, most // width), width
    if depth * height * width > slack * most:
        return _balanced(depth, most // (height * width)), height, width
    return sizes


def _is_flat(box: Sizes, steps: tuple[int, ...]) -> bool:
    """Tell whether the pixels of a box lie in memory at even distances."""
    depth, height, width = box
    return (height == 1 or steps[3] == width * steps[4]) and (
        depth == 1 or steps[2] == height * width * steps[4]
    )


def _base_plan(
    x_shape: tuple[int, ...],
    x_steps: tuple[int, ...],
    size: int,
    sizes: Sizes,
    box: Sizes,
    window: Window,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the taps, and the table's rows for what is read."""
    reach = [max(taps) for taps in window.taps]
    stride = window.stride
    first = [-padding for padding in window.padding]
    last = [
        (n - 1) * s + begin + most
        for n, s, begin, most in zip(sizes, stride, first, reach, strict=True)
    ]
    in_place = (
        stride[2] == 1
        and x_steps[4] == size
        and min(first) >= 0
        and all(end < length for end, length in zip(last, x_shape[2:], strict=True))
    )
    geometry = np.zeros((9, 3), np.int64)
    geometry[strips.BOX] = box
    geometry[strips.STRIDE] = stride
    geometry[strips.PADDING] = window.padding
    phases = min(stride[2], reach[2] + 1)
    span = [(n - 1) * s + most + 1 for n, s, most in zip(box, stride, reach, strict=True)]
    span[2] = box[2] + reach[2] // stride[2]
    geometry[strips.SPAN] = span
    if in_place:
        steps = x_steps[1:4]
    else:
        row = phases * span[2] * size
        steps = (span[0] * span[1] * row, span[1] * row, row)
    geometry[strips.STEPS] = steps
    geometry[strips.WAYS] = in_place, 0, phases
    taps = [
        z * steps[1] + y * steps[2] + (x % stride[2] * span[2] + x // stride[2]) * size
        for z, y, x in product(*window.taps)
    ]
    return np.array(taps, np.int64), geometry


def _strip_bytes(geometry: NDArray[np.int64], taps: int, volume: int) -> int:
    """Give the space for as many channels as so many taps may touch, unless they are not copied."""
    if geometry[strips.WAYS, 0]:
        return 0
    channels = (taps + volume - 2) // volume + 1
    return channels * int(geometry[strips.STEPS, 0])


def _set_runs(geometry: NDArray[np.int64], box: Sizes, window: Window, size: int) -> int:
    """Join rows of pixels to runs where that wastes little; give the bytes of a box's result."""
    _, height, width = box
    pitch, rest = divmod(int(geometry[strips.STEPS, 2]), size)
    if window.stride[1:] != (1, 1) or rest or not width <= pitch <= 2 * width:
        height, pitch = 1, width
    geometry[strips.RUNS] = 1, height, pitch
    return _aligned(prod(box[:2]) * pitch * size)


def _aligned(size: int) -> int:
    return -(-size // 64) * 64


@lru_cache(maxsize=1024)
def correlation(
    x_shape: tuple[int, ...],
    x_steps: tuple[int, ...],
    out_shape: tuple[int, ...],
    out_steps: tuple[int, ...],
    w_shape: tuple[int, ...],
    window: Window,
    size: int,
) -> _Plan:
    """Cut the work of `correlate`."""
    count, _, *sizes = out_shape
    groups, rows, depth = w_shape
    pixels = prod(sizes)
    is_low = rows <= _FEW_ROWS
    box = _box((sizes[0], sizes[1], sizes[2]), _FILTERED if is_low else _COLUMNS, 1.5)
    taps, geometry = _base_plan(x_shape, x_steps, size, (sizes[0], sizes[1], sizes[2]), box, window)
    boxes = prod(-(-n // b) for n, b in zip(sizes, box, strict=True))
    if is_low:
        block = rows * _set_runs(geometry, box, window, size)
        strip = _strip_bytes(geometry, min(depth, DEPTH), window.volume)
        space = _aligned(block + 8 * DEPTH + strip + 128)
        geometry[strips.SPACE] = 0, block, space
        return _Plan(taps, geometry, count * groups * boxes, space)
    images = _balanced(count, max(1, _SMALL_COLUMNS // pixels))
    units = -(-count // images) * groups * boxes
    shape = _tile(size)
    parts = max(1, min(-(-_FEW_UNITS // units), rows // shape.rows))
    direct = images == 1 and out_steps[4] == size and _is_flat(box, out_steps)
    geometry[strips.WAYS, 1] = direct
    geometry[strips.PARTS] = images, parts, 1
    columns = images * prod(box)
    is_tall = -(-rows // parts) > PANELS * shape.rows
    packed = columns + shape.columns if is_tall else 0
    right = _aligned(min(depth + 1, DEPTH) * max(packed, shape.columns) * size)
    block = 0 if direct else _aligned(-(-rows // parts) * columns * size)
    left = PANELS * shape.rows * PANEL_STEP * size
    strip = images * _strip_bytes(geometry, min(depth, DEPTH), window.volume)
    space = _aligned(left + right + block + 8 * DEPTH + strip + 128)
    geometry[strips.SPACE] = right, block, space
    return _Plan(taps, geometry, units * parts, space)


@lru_cache(maxsize=1024)
def weighing(
    x_shape: tuple[int, ...],
    x_steps: tuple[int, ...],
    grad_shape: tuple[int, ...],
    grad_steps: tuple[int, ...],
    groups: int,
    window: Window,
    size: int,
) -> _Plan:
    """Cut the work of `weigh`."""
    count, channels, *sizes = grad_shape
    rows, depth = channels // groups, x_shape[1] // groups * window.volume
    pixels = prod(sizes)
    is_low = rows <= _FEW_CHANNELS
    box = _box((sizes[0], sizes[1], sizes[2]), _FILTERED if is_low else DEPTH, 1)
    taps, geometry = _base_plan(x_shape, x_steps, size, (sizes[0], sizes[1], sizes[2]), box, window)
    images = min(count, max(1, DEPTH // pixels))
    shape = _tile(size)
    parts = -(-depth // (PANELS * shape.rows))
    batches = min(count, _BATCHES, max(1, _BATCH_BYTES // (channels * depth * size)))
    geometry[strips.WAYS, 1] = _is_flat(box, grad_steps)
    geometry[strips.PARTS] = images, parts, batches
    if is_low:
        block = rows * _set_runs(geometry, box, window, size)
        strip = _strip_bytes(geometry, -(-depth // parts), window.volume)
        space = _aligned(block + 8 * -(-depth // parts) + strip + 128)
        geometry[strips.SPACE] = block, 0, space
        return _Plan(taps, geometry, batches * groups * parts, space)
    right = _aligned(images * prod(box) * (rows + 2 * shape.columns) * size)
    left = shape.rows * PANEL_STEP * size
    most = -(-depth // parts)
    strip = images * _strip_bytes(geometry, most, window.volume)
    space = _aligned(left + right + 8 * most + strip + 128)
    geometry[strips.SPACE] = right, 0, space
    return _Plan(taps, geometry, batches * groups * parts, space)


# ---- starting kernels


def _launch_correlate(x: Array, w: Array, bias: Array, out: Array, window: Window) -> None:
    plan = correlation(x.shape, x.strides, out.shape, out.strides, w.shape, window, out.itemsize)
    tasks = tasks_for(out.size * w.shape[2] // PER_STEP, plan.units)
    run = entry(CORRELATE, out.dtype, (5, 3, 1, 5))
    work = workspace(tasks * plan.space)
    run(tasks, x, w, bias, out, plan.taps, plan.geometry, work, 1.0, plan.units)


def _launch_weigh(x: Array, grad: Array, groups: int, window: Window) -> Array:
    """Give (groups, taps, out channels of a group)."""
    plan = weighing(x.shape, x.strides, grad.shape, grad.strides, groups, window, grad.itemsize)
    depth = x.shape[1] // groups * window.volume
    batches = int(plan.geometry[strips.PARTS, 2])
    parts = np.empty((batches, groups, depth, grad.shape[1] // groups), grad.dtype)
    tasks = tasks_for(grad.size * depth // PER_STEP, plan.units)
    run = entry(WEIGH, grad.dtype, (5, 5, 4))
    work = workspace(tasks * plan.space)
    run(tasks, x, grad, parts, plan.taps, plan.geometry, work, 1.0, plan.units)
    return np.add.reduce(parts, axis=0)


@cache
def entry(kernel: TaskKernel, dtype: np.dtype[Any], ranks: tuple[int, ...]) -> TaskEntry:
    """Give what calls a kernel for arrays of a dtype and of these ranks, and checks no type."""
    number = from_dtype(dtype)
    arrays = [types.Array(number, rank, "A") for rank in ranks]
    tables = [types.Array(types.int64, rank, "C") for rank in (1, 2)]
    return kernel.entry(*arrays, *tables, types.intp, number, types.intp)
