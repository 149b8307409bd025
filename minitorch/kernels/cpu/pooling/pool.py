"""Pooling over windows of one to three spatial dimensions, for NumPy arrays of any layout.

Inputs are (batch, channels, *sizes), of one to three sizes; `kernel_size`, `stride`, `padding` and
`dilation` are one int for all sizes or one for each. Names, sizes of the results and indices are
PyTorch's: an index counts the elements of one channel of one image, and of equal elements the first
one is the largest. Results are dense; those of windows over an input whose channels are neighbours
in memory lie like that. float16 is computed in float32, sums in float64.

All raise a ShapeError for sizes and windows that do not fit, and a WindowDTypeError for elements of
a type that they are not defined for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from numba import types
from numba.core import config
from numba.np.numpy_support import from_dtype

from ...._jit import SizedKernel, entry_point
from ....errors import IndexingError, ShapeError
from ..calls.prepared import known
from ..convolutions.form import Array, Numbers, WindowDTypeError, per_dim
from ..layouts.layout import memory
from ..reductions import reduce
from ..reductions.fold import plain
from . import across_loops, loops
from .across import across, across_like, is_across, largest_of_all, view_3d
from .short import (
    adaptive_max_pool_way,
    avg_pool_backward_way,
    avg_pool_way,
    max_pool_backward_way,
    max_pool_way,
)
from .windows import (
    Table,
    Windows,
    adaptive_windows,
    check_shape,
    checked,
    divisor_of,
    mean_windows,
    windows,
)

_LARGEST = SizedKernel(lambda: loops.largest)
_MEAN = SizedKernel(lambda: loops.mean)
_LARGEST_ACROSS = SizedKernel(lambda: across_loops.largest_across)
_MEAN_ACROSS = SizedKernel(lambda: across_loops.mean_across)
_SPREAD_MEAN = SizedKernel(lambda: loops.spread_mean)
_PLACE = SizedKernel(lambda: loops.place)

# A kernel visits so many elements at most before it returns to Python, where Ctrl-C is noticed.
_MOST_AT_ONCE = 1 << 28


def max_pool(
    input: Array,
    kernel_size: Numbers,
    stride: Numbers | None = None,
    padding: Numbers = 0,
    dilation: Numbers = 1,
    ceil_mode: bool = False,
) -> tuple[Array, Array]:
    """Give the largest element of each window, and where it was found.

    Args:
        input: (N, C, *sizes) of floats or integers.
        kernel_size: the elements of a window.
        stride: the step between windows, by default as large as they are.
        padding: elements around the input, smaller than all others; at most half of a window.
        dilation: the step between the elements of a window.
        ceil_mode: whether a window may reach beyond the end, if it starts before it.

    Returns:
        (N, C, *result), and the indices of the same shape in int64.
    """
    options = kernel_size, stride, padding, dilation, ceil_mode
    way = known(max_pool_way, input.dtype, input.shape, *options)
    if way and input.flags.carray:
        return way(input)
    name = checked("max_pool", input)
    steps = per_dim(name, "dilation", dilation, input.ndim - 2, 1)
    seen = windows(name, input.shape, kernel_size, stride, padding, steps, ceil_mode, False)
    return _largest(input, seen, steps)


def max_pool_backward(grad: Array, indices: Array, input_shape: tuple[int, ...]) -> Array:
    """Give the gradient of the input of `max_pool` or `adaptive_max_pool`.

    Args:
        grad: (N, C, *result), the gradient of the largest elements.
        indices: what the forward gave with them.
        input_shape: (N, C, *sizes).

    Raises:
        IndexingError: an index does not exist; a RuntimeError.
    """
    way = known(max_pool_backward_way, grad.dtype, grad.shape, input_shape)
    result = way and way(grad, indices)
    if result is not None:
        return result
    name = checked("max_pool_backward", grad)
    return _place(name, grad, indices, input_shape, True)


def avg_pool(
    input: Array,
    kernel_size: Numbers,
    stride: Numbers | None = None,
    padding: Numbers = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """Give the mean of each window.

    Args:
        input: (N, C, *sizes) of floats or int64, whose means are rounded towards 0.
        kernel_size: the elements of a window.
        stride: the step between windows, by default as large as they are.
        padding: zeros around the input; at most half of a window.
        ceil_mode: whether a window may reach beyond the end, if it starts before it.
        count_include_pad: whether the padding counts.
        divisor_override: what to divide by instead of the number of elements.

    Returns:
        (N, C, *result).
    """
    options = kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    way = known(avg_pool_way, input.dtype, input.shape, *options)
    if way and input.flags.carray:
        return way(input)
    name = checked("avg_pool", input, only_means=True)
    seen = mean_windows(
        name, input.shape, kernel_size, stride, padding, ceil_mode, count_include_pad
    )
    return _mean(input, seen, divisor_of(name, divisor_override))


def avg_pool_backward(
    grad: Array,
    input_shape: tuple[int, ...],
    kernel_size: Numbers,
    stride: Numbers | None = None,
    padding: Numbers = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """Give the gradient of the input of `avg_pool`, from that of its result, in floats."""
    options = kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    way = known(avg_pool_backward_way, grad.dtype, grad.shape, input_shape, *options)
    if way and grad.flags.carray:
        return way(grad)
    name = checked("avg_pool_backward", grad, only_floats=True)
    seen = mean_windows(
        name, input_shape, kernel_size, stride, padding, ceil_mode, count_include_pad
    )
    check_shape(name, "grad", grad, (*input_shape[:2], *seen.sizes))
    return _spread_mean(grad, seen, input_shape, divisor_of(name, divisor_override))


def adaptive_max_pool(input: Array, output_size: Numbers) -> tuple[Array, Array]:
    """Give what `max_pool` does, for windows chosen so that the result has the given sizes."""
    found = largest_of_all(input, output_size)
    if found is not None:
        return found
    way = known(adaptive_max_pool_way, input.dtype, input.shape, output_size)
    if way and input.flags.carray:
        return way(input)
    name = checked("adaptive_max_pool", input)
    if input.shape[1] == 0:
        raise ShapeError(f"{name} needs at least one channel, got shape {input.shape}.")
    seen = adaptive_windows(name, input.shape, output_size)
    return _largest(input, seen, (1,) * len(seen.sizes))


def adaptive_avg_pool(input: Array, output_size: Numbers) -> Array:
    """Give the means of windows chosen so that the result has the given sizes, in floats."""
    name = checked("adaptive_avg_pool", input, only_floats=True)
    seen = adaptive_windows(name, input.shape, output_size)
    if prod(seen.sizes) == 1:
        return reduce.mean(input, tuple(range(2, input.ndim)), keepdims=True)
    return _mean(input, seen, 0)


def adaptive_avg_pool_backward(grad: Array, input_shape: tuple[int, ...]) -> Array:
    """Give the gradient of the input of `adaptive_avg_pool`, from that of its result."""
    name = checked("adaptive_avg_pool_backward", grad, only_floats=True)
    seen = adaptive_windows(name, input_shape, grad.shape[2:])
    check_shape(name, "grad", grad, (*input_shape[:2], *seen.sizes))
    if prod(seen.sizes) == 1:
        out = np.empty(input_shape, grad.dtype)
        out[...] = grad / grad.dtype.type(prod(input_shape[2:]))
        return out
    return _spread_mean(grad, seen, input_shape, 0)


def max_unpool(input: Array, indices: Array, output_size: Sequence[int]) -> Array:
    """Put elements back to where `max_pool` found them, among zeros.

    Args:
        input: (N, C, *sizes) of floats.
        indices: of the same shape, int64, for planes of output_size; of equal ones the last counts.
        output_size: the sizes of a plane of the result.

    Raises:
        IndexingError: an index does not exist; a RuntimeError.
    """
    name = checked("max_unpool", input, only_floats=True)
    sizes = per_dim(name, "output_size", tuple(output_size), input.ndim - 2, 0)
    return _place(name, input, indices, (*input.shape[:2], *sizes), False)


def max_unpool_backward(grad: Array, indices: Array) -> Array:
    """Give the gradient of the input of `max_unpool`: what the result's one is at the indices."""
    name = checked("max_unpool_backward", grad, only_floats=True)
    _check_indices(name, indices, (*grad.shape[:2], *indices.shape[2:]))
    planes = grad.reshape(*grad.shape[:2], -1)
    flat = indices.reshape(*indices.shape[:2], -1)
    _check_range(name, indices, grad.shape, ((flat < 0) | (flat >= planes.shape[2])).any(axis=2))
    return np.take_along_axis(planes, flat, 2).reshape(indices.shape)


# ---- starting kernels


def _largest(input: Array, seen: Windows, dilation: tuple[int, ...]) -> tuple[Array, Array]:
    out = np.empty((*input.shape[:2], *seen.sizes), input.dtype)
    indices = np.empty(out.shape, np.int64)
    if out.size == 0:
        return out, indices
    if input.dtype == np.float16:
        wide, indices = _largest(input.astype(np.float32), seen, dilation)
        return wide.astype(np.float16), indices
    if seen.is_empty is not None:
        return _largest_of_some(input, seen, seen.is_empty, dilation)
    distances = np.array([*[1] * (3 - len(dilation)), *dilation, seen.longest], np.int64)
    if is_across(input):
        out, indices = across_like(out), across_like(indices)
        arrays = across(input), across(out), across(indices)
        tables, visits = (seen.table, distances), int(out.size * seen.mean_size)
        _run(_LARGEST_ACROSS, "CCC", arrays, tables, visits)
        return out, indices
    arrays = view_3d(input), view_3d(out), view_3d(indices)
    _run(_LARGEST, "MCC", arrays, (seen.table, distances), int(out.size * seen.mean_size))
    return out, indices


def _largest_of_some(
    input: Array, seen: Windows, is_empty: Array, dilation: tuple[int, ...]
) -> tuple[Array, Array]:
    """Do what `_largest` does where windows between far padding see nothing of the input.

    As in PyTorch they give the smallest number there is, and the index where they would start.
    """
    sizes = *[1] * (3 - len(seen.sizes)), *seen.sizes
    _, height, width = plane = view_3d(input).shape[2:]
    table = seen.table.copy()
    table[0] = np.minimum(table[0], np.repeat(plane, sizes) - 1)
    table[1] = np.maximum(table[1], table[0] + 1)
    out, indices = _largest(input, replace(seen, table=table, is_empty=None), dilation)
    z, y, x = np.split(is_empty, np.cumsum(sizes)[:2])
    nothing = z[:, None, None] | y[:, None] | x
    z, y, x = np.split(seen.table[0], np.cumsum(sizes)[:2])
    start = (z[:, None, None] * height + y[:, None]) * width + x
    is_float = input.dtype.kind == "f"
    view_3d(out)[..., nothing] = -np.inf if is_float else np.iinfo(input.dtype).min
    view_3d(indices)[..., nothing] = start[nothing]
    return out, indices


def _mean(input: Array, seen: Windows, divisor: int) -> Array:
    if input.dtype == np.float16:
        return _rounded(_mean(input.astype(np.float32), seen, divisor))
    out = np.empty((*input.shape[:2], *seen.sizes), input.dtype)
    if out.size == 0:
        return out
    is_float = input.dtype.kind == "f"
    scale = np.array([divisor if is_float else 1], np.float64 if is_float else np.int64)
    tables, visits = (seen.table, scale), int(out.size * seen.mean_size)
    if is_across(input):
        out = across_like(out)
        _run(_MEAN_ACROSS, "CC", (across(input), across(out)), tables, visits)
    else:
        _run(_MEAN, "MC", (view_3d(input), view_3d(out)), tables, visits)
    if is_float:
        return out
    z, y, x = np.split(seen.table[2], np.cumsum(view_3d(out).shape[2:])[:2])
    counts = divisor or (z[:, None, None] * y[:, None] * x).reshape(seen.sizes)
    return (out - np.fmod(out, counts)) // counts


def _spread_mean(grad: Array, seen: Windows, input_shape: tuple[int, ...], divisor: int) -> Array:
    if grad.dtype == np.float16:
        return _rounded(_spread_mean(grad.astype(np.float32), seen, input_shape, divisor))
    out = np.empty(input_shape, grad.dtype)
    if grad.size == 0:
        out[...] = 0
    else:
        tables = seen.table, np.array([divisor], np.float64)
        visits = max(out.size, int(grad.size * seen.mean_size))
        _run(_SPREAD_MEAN, "AC", (view_3d(grad), view_3d(out)), tables, visits)
    return out


def _place(name: str, values: Array, indices: Array, shape: tuple[int, ...], adds: bool) -> Array:
    """Put values at their indices in planes of zeros."""
    _check_indices(name, indices, values.shape)
    if shape[:2] != values.shape[:2] or len(shape) != values.ndim:
        raise ShapeError(f"{name}: {values.shape} does not belong to an input of shape {shape}.")
    if values.dtype == np.float16:
        return _rounded(_place(name, values.astype(np.float32), indices, shape, adds))
    out = np.empty(shape, values.dtype)
    wrong = np.zeros(shape[:2], np.int64)
    flat = out.reshape(*shape[:2], prod(shape[2:]))
    places = indices
    if values.size:
        if values.flags.c_contiguous and indices.flags.c_contiguous:
            # One long row costs less than many short ones.
            values, places = (a.reshape(*shape[:2], -1) for a in (values, indices))
        arrays = view_3d(values), view_3d(places), flat, wrong
        _run(_PLACE, "AACC", arrays, (np.array([adds], np.int64),), max(values.size, out.size))
    else:
        out[...] = 0
    _check_range(name, indices, shape, wrong > 0)
    return out


def _check_indices(name: str, indices: Array, shape: tuple[int, ...]) -> None:
    if indices.dtype != np.int64:
        raise WindowDTypeError(f"{name} takes indices of int64, got {indices.dtype}.")
    if indices.shape != shape:
        raise ShapeError(f"{name}: indices must have shape {shape}, got {indices.shape}.")


def _check_range(name: str, indices: Array, shape: tuple[int, ...], is_wrong: Array) -> None:
    """Name the first index that does not exist, in the planes where there are some."""
    size = prod(shape[2:])
    for plane in np.argwhere(is_wrong):
        part = indices[tuple(plane)]
        place = np.argwhere((part < 0) | (part >= size))[0]
        where = tuple(int(i) for i in (*plane, *place))
        raise IndexingError(
            f"{name}: index {part[tuple(place)]} at position {where} is outside 0..{size - 1}, the "
            f"elements of a plane of sizes {shape[2:]}."
        )


def _rounded(array: Array) -> Array:
    """Round to float16, where large numbers become infinite."""
    with np.errstate(over="ignore", under="ignore"):
        return array.astype(np.float16)


def _run(
    kernel: SizedKernel,
    layouts: str,
    arrays: tuple[Array, ...],
    tables: tuple[Array, ...],
    visits: int,
) -> None:
    """Run a kernel on some images at a time.

    Args:
        kernel: one of `loops.py`.
        layouts: of the arrays, as Numba calls them: C for a dense one, A for any. M is one that the
            kernel takes as its memory, with a table of steps after all arrays.
        arrays: its first arguments, which have one size for images.
        tables: its other arguments, dense.
        visits: how many elements it visits in all.
    """
    is_small = kernel.for_size(visits) is kernel.serial
    chosen = kernel.serial if is_small else kernel.parallel
    images = len(arrays[0])
    step = max(1, images * _MOST_AT_ONCE // max(visits, 1))
    for first in range(0, images, step):
        parts = [array[first : first + step] for array in arrays]
        others = tables
        if layouts[0] == "M":
            parts[0], steps = _in_memory(parts[0])
            others = steps, *tables
        _entry(chosen, layouts.replace("M", "C"), parts, others)(*parts, *others)


def _in_memory(view: Array) -> tuple[Array, Table]:
    """Give the memory that an array lies in, and the table of steps of `loops.py`."""
    if view.flags.c_contiguous and view.flags.aligned:
        flat, first = view.reshape(-1), 0
    else:
        view = plain(view)
        flat, first = memory(view)
    strides = [stride // view.itemsize for stride in view.strides]
    return flat, np.array([first, *strides, *view.shape[2:]], np.int64)


def _entry(kernel: Any, layouts: str, arrays: Sequence[Array], tables: Sequence[Array]) -> Any:
    """Compile a kernel for arrays of these types, and give its entry point, which checks none."""
    if config.DISABLE_JIT:
        return kernel
    key = kernel, arrays[0].dtype
    entry = _entries.get(key)
    if entry is None:
        kinds = [*layouts, *"C" * len(tables)]
        signature = tuple(
            types.Array(from_dtype(array.dtype), array.ndim, kind)
            for array, kind in zip((*arrays, *tables), kinds, strict=True)
        )
        entry = _entries[key] = entry_point(kernel, signature)
    return entry


_entries: dict[tuple[Any, ...], Any] = {}
