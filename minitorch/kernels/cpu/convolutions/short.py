"""The short way to convolutions of small images, and to their gradients: see `prepared`."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numba.core import config

from ...._jit import PARALLEL_THRESHOLD
from ..calls.prepared import MOST_KEPT, Array, fits, is_small
from ..products.dispatch import workspace
from .core import in_3d, phases_of, window_of
from .form import Numbers, Paddings, check_gradient, check_operands, form
from .plain import Window
from .plan import CORRELATE, PER_STEP, WEIGH, correlation, entry, weighing
from .strips import PARTS

_Shape = tuple[int, ...]
_TwoToOne = Callable[[Array, Array], Array | None]


@lru_cache(maxsize=MOST_KEPT, typed=True)
def conv_way(
    dtype: np.dtype[Any],
    x_shape: _Shape,
    w_shape: _Shape,
    bias_shape: _Shape | None,
    stride: Numbers,
    padding: Paddings,
    dilation: Numbers,
    groups: int,
) -> Callable[[Array, Array, Array | None], Array | None] | None:
    """Make the way to `conv`."""
    if not _is_plain(dtype, x_shape, w_shape):
        return None
    x, w = np.empty(x_shape, dtype), np.empty(w_shape, dtype)
    bias = None if bias_shape is None else np.empty(bias_shape, dtype)
    described = form("conv", len(x_shape) - 2, stride, padding, dilation, groups)
    check_operands(described, x, w, bias, False)
    sizes = described.result_sizes(x_shape[2:], w_shape[2:])
    out_shape = (x_shape[0], w_shape[0], *sizes)
    rows = groups, w_shape[0] // groups, w[0].size
    launch = _correlation(dtype, x_shape, rows, out_shape, window_of(w_shape, described))
    if launch is None:
        return None
    nothing, empty = np.empty(0, dtype), np.empty

    def way(x: Array, weight: Array, bias: Array | None) -> Array | None:
        if not x.flags.carray or not fits(weight, dtype, w_shape):
            return None
        if bias is None:
            bias = nothing
        elif not fits(bias, dtype, w_shape[:1]):
            return None
        out = empty(out_shape, dtype)
        launch(x, weight.reshape(rows), bias, out)
        return out

    return way


@lru_cache(maxsize=MOST_KEPT, typed=True)
def input_gradient_way(
    dtype: np.dtype[Any],
    grad_shape: _Shape,
    w_shape: _Shape,
    x_shape: _Shape,
    stride: Numbers,
    padding: Paddings,
    dilation: Numbers,
    groups: int,
) -> _TwoToOne | None:
    """Make the way to the gradient of the input of a convolution of stride 1."""
    if not _is_plain(dtype, grad_shape, w_shape) or 0 in x_shape:
        return None
    grad, w = np.empty(grad_shape, dtype), np.empty(w_shape, dtype)
    described = form("conv", len(x_shape) - 2, stride, padding, dilation, groups)
    check_gradient(described, grad, x_shape, w_shape, w)
    phases = phases_of(in_3d(w).shape[2:], described)
    if len(phases) > 1:
        return None
    z, y, x = phases[0]
    window = Window(
        (z.distances, y.distances, x.distances), (1, 1, 1), (z.padding, y.padding, x.padding)
    )
    taps = (..., z.taps, y.taps, x.taps)
    by_group = groups, -1, *in_3d(w).shape[1:]
    rows = groups, w_shape[1], w[:, 0].size // groups
    launch = _correlation(dtype, grad_shape, rows, x_shape, window)
    if launch is None:
        return None
    nothing, empty = np.empty(0, dtype), np.empty

    def way(grad: Array, weight: Array) -> Array | None:
        if not grad.flags.carray or not fits(weight, dtype, w_shape):
            return None
        out = empty(x_shape, dtype)
        kernels = weight.reshape(by_group).swapaxes(1, 2)[taps]
        launch(grad, kernels.reshape(rows), nothing, out)
        return out

    return way


@lru_cache(maxsize=MOST_KEPT, typed=True)
def weight_gradient_way(
    dtype: np.dtype[Any],
    grad_shape: _Shape,
    x_shape: _Shape,
    w_shape: _Shape,
    stride: Numbers,
    padding: Paddings,
    dilation: Numbers,
    groups: int,
) -> _TwoToOne | None:
    """Make the way to the gradient of the weight of a convolution."""
    if not _is_plain(dtype, grad_shape, x_shape) or 0 in w_shape:
        return None
    grad, x = np.empty(grad_shape, dtype), np.empty(x_shape, dtype)
    described = form("conv", len(x_shape) - 2, stride, padding, dilation, groups)
    check_gradient(described, grad, x_shape, w_shape, x)
    wide_x, wide_grad = in_3d(x).shape, in_3d(grad).shape
    window = window_of(w_shape, described)
    depth = x_shape[1] // groups * window.volume
    if grad.size * depth // PER_STEP >= PARALLEL_THRESHOLD:
        return None
    plan = weighing(
        wide_x, _strides(wide_x, dtype), wide_grad, _strides(wide_grad, dtype), groups, window,
        dtype.itemsize,
    )  # fmt: skip
    run = entry(WEIGH, dtype, (5, 5, 4)).alone
    parts_shape = int(plan.geometry[PARTS, 2]), groups, depth, grad_shape[1] // groups
    taps, geometry, units, space = plan.taps, plan.geometry, plan.units, plan.space
    empty, join = np.empty, np.add.reduce

    def way(grad: Array, x: Array) -> Array | None:
        if not grad.flags.carray or not fits(x, dtype, x_shape):
            return None
        parts = empty(parts_shape, dtype)
        wide = x.ravel().reshape(wide_x), grad.ravel().reshape(wide_grad)
        run(*wide, parts, taps, geometry, workspace(space), 1.0, units, 0, 1, 1)
        total = parts[0] if parts_shape[0] == 1 else join(parts, axis=0)
        return total.swapaxes(1, 2).ravel().reshape(w_shape)

    return way


def _correlation(
    dtype: np.dtype[Any], x_shape: _Shape, rows: _Shape, out_shape: _Shape, window: Window
) -> Callable[[Array, Array, Array, Array], None] | None:
    """Prepare the serial kernel for dense images; None if that is much work, or none."""
    x, out = in_3d(np.empty(x_shape, dtype)), in_3d(np.empty(out_shape, dtype))
    if out.size == 0 or out.size * rows[2] // PER_STEP >= PARALLEL_THRESHOLD:
        return None
    wide_x, wide_out = x.shape, out.shape
    plan = correlation(
        wide_x, _strides(wide_x, dtype), wide_out, _strides(wide_out, dtype), rows, window,
        dtype.itemsize,
    )  # fmt: skip
    run = entry(CORRELATE, dtype, (5, 3, 1, 5)).alone
    taps, geometry, units, space = plan.taps, plan.geometry, plan.units, plan.space

    def launch(x: Array, kernels: Array, bias: Array, out: Array) -> None:
        # Two steps: the strides of what has one element along a dimension may be any.
        wide = x.ravel().reshape(wide_x)
        work = workspace(space)
        pixels = out.reshape(wide_out)
        run(wide, kernels, bias, pixels, taps, geometry, work, 1.0, units, 0, 1, 1)

    return launch


def _is_plain(dtype: np.dtype[Any], *shapes: _Shape) -> bool:
    return not config.DISABLE_JIT and all(
        3 <= len(shape) <= 5 and is_small(dtype, shape) for shape in shapes
    )


def _strides(shape: _Shape, dtype: np.dtype[Any]) -> _Shape:
    """Give the strides of a dense array, in bytes."""
    return np.empty(shape, dtype).strides
