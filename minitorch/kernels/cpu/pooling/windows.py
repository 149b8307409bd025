"""The windows of pooling: checks, sizes of results, and the tables that the loops read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np
from numpy.typing import NDArray

from ....errors import ShapeError
from ..convolutions.form import Array, Numbers, WindowDTypeError, check_dtypes, per_dim

Table = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Windows:
    """The windows of a pooling.

    Attributes:
        table: see `loops.py`.
        sizes: of the result.
        longest: the most elements that a window spans in a row.
        mean_size: about how many elements a window spans.
        is_empty: which of the table's windows lie in the padding, or None.
    """

    table: Table
    sizes: tuple[int, ...]
    longest: int
    mean_size: float
    is_empty: NDArray[np.bool_] | None


def checked(name: str, array: Array, only_floats: bool = False, only_means: bool = False) -> str:
    """Check the rank and dtype of an operand; give the name with the rank, as PyTorch has it."""
    if not 3 <= array.ndim <= 5:
        raise ShapeError(
            f"{name} needs three to five dimensions, (batch, channels, *sizes), "
            f"got shape {array.shape}."
        )
    before, _, after = name.partition("pool")
    name = f"{before}pool{array.ndim - 2}d{after}"
    check_dtypes(name, array)
    if array.dtype.kind != "f" and (only_floats or (only_means and array.dtype != np.int64)):
        kinds = "floats" if only_floats else "floats and int64"
        raise WindowDTypeError(f"{name} takes {kinds}, got {array.dtype}.")
    return name


def check_shape(name: str, what: str, array: Array, shape: tuple[int, ...]) -> None:
    """Check that an array has the shape that follows from the others'."""
    if array.shape != shape:
        raise ShapeError(f"{name}: {what} must have shape {shape}, got {array.shape}.")


def _check_sizes(name: str, shape: tuple[int, ...]) -> None:
    if 0 in shape[2:]:
        raise ShapeError(f"{name}: the sizes of input must not be 0, got shape {shape}.")


def divisor_of(name: str, override: int | None) -> int:
    """Give what to divide sums by, 0 for the number of elements."""
    if override == 0:
        raise ShapeError(f"{name}: divisor_override must not be 0.")
    return override or 0


def mean_windows(
    name: str,
    shape: tuple[int, ...],
    kernel_size: Numbers,
    stride: Numbers | None,
    padding: Numbers,
    ceil_mode: bool,
    count_include_pad: bool,
) -> Windows:
    """Do what `windows` does for windows whose elements are neighbours."""
    steps = (1,) * (len(shape) - 2)
    return windows(name, shape, kernel_size, stride, padding, steps, ceil_mode, count_include_pad)


def windows(
    name: str,
    shape: tuple[int, ...],
    kernel_size: Numbers,
    stride: Numbers | None,
    padding: Numbers,
    dilation: tuple[int, ...],
    ceil_mode: bool,
    counts_padding: bool,
) -> Windows:
    """Check windows, and give their table and the sizes of the result: see `loops.py`."""
    rank = len(shape) - 2
    kernels = per_dim(name, "kernel_size", kernel_size, rank, 1)
    strides = kernels if stride is None else per_dim(name, "stride", stride, rank, 1)
    paddings = per_dim(name, "padding", padding, rank, 0)
    _check_sizes(name, shape)
    if shape[1] == 0:
        raise ShapeError(f"{name} needs at least one channel, got shape {shape}.")
    if any(p > k // 2 for p, k in zip(paddings, kernels, strict=True)):
        raise ShapeError(
            f"{name}: padding must be at most half of kernel_size {kernels}, got {paddings}."
        )
    numbers = tuple(zip(shape[2:], kernels, strides, paddings, dilation, strict=True))
    result = _window_table(numbers, bool(ceil_mode), counts_padding)
    if min(result.sizes) < 1:
        spans = [d * (k - 1) + 1 for k, d in zip(kernels, dilation, strict=True)]
        raise ShapeError(
            f"{name}: windows of {spans} elements do not fit into an input of shape {shape} with "
            f"padding {paddings}. Try a smaller kernel_size."
        )
    return result


@lru_cache(maxsize=1024)
def _window_table(
    numbers: tuple[tuple[int, int, int, int, int], ...], ceil_mode: bool, counts_padding: bool
) -> Windows:
    tables = []
    for size, kernel, stride, padding, dilation in numbers:
        room = size + 2 * padding - dilation * (kernel - 1) - 1
        count = (room + (stride - 1 if ceil_mode else 0)) // stride + 1
        if ceil_mode and (count - 1) * stride >= size + padding:
            count -= 1  # The last window would see padding alone.
        first = np.arange(max(count, 0)) * stride - padding
        # The first element that exists, of those a step apart.
        start = first + np.maximum(0, -(first // dilation)) * dilation
        end = np.minimum(first + dilation * (kernel - 1) + 1, size)
        end -= (end - 1 - start) % dilation  # Where the last element is not of the window's.
        counted = np.minimum(first + kernel, size + padding) - first
        counted = counted if counts_padding else np.minimum(end, size) - np.maximum(first, 0)
        tables.append(np.stack([start, end, counted]))
    return _joined(tables, [each[0] for each in numbers])


def adaptive_windows(name: str, shape: tuple[int, ...], output_size: Numbers) -> Windows:
    """Give the table of windows that divide planes as evenly as possible."""
    sizes = per_dim(name, "output_size", output_size, len(shape) - 2, 0)
    _check_sizes(name, shape)
    return _adaptive_table(shape[2:], sizes)


@lru_cache(maxsize=1024)
def _adaptive_table(sizes: tuple[int, ...], counts: tuple[int, ...]) -> Windows:
    tables = []
    for size, count in zip(sizes, counts, strict=True):
        number = np.arange(count)
        start = number * size // max(count, 1)
        end = -(-(number + 1) * size // max(count, 1))
        tables.append(np.stack([start, end, end - start]))
    return _joined(tables, sizes)


def _joined(tables: list[Table], sizes: Sequence[int]) -> Windows:
    """Join the tables of the dimensions, with one window for each that is missing."""
    missing = [np.array([[0], [1], [1]])] * (3 - len(tables))
    table = np.ascontiguousarray(np.concatenate([*missing, *tables], axis=1), np.int64)
    counts = tuple(part.shape[1] for part in tables)
    if min(counts) < 1:
        return Windows(table, counts, 0, 0.0, None)
    spans = [part[1] - part[0] for part in tables]
    is_empty = np.zeros(table.shape[1], np.bool_)
    is_empty[len(missing) :] = np.concatenate(
        [part[0] >= size for part, size in zip(tables, sizes, strict=True)]
    )
    return Windows(
        table,
        counts,
        int(spans[-1].max()),
        prod(max(1.0, float(span.mean())) for span in spans),
        is_empty if is_empty.any() else None,
    )
