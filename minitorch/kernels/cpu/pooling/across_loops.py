"""The loops of pooling where the channels of an element are neighbours in memory.

Arrays are dense and (images, depth, height, width, channels); see `loops` for `windows` and
`distances`. A unit of work is a row of the result.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

_OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}
_helper = njit(**_OPTIONS)
_kernel = njit(**_OPTIONS, parallel=True)


@_helper
def _take(best: Any, places: Any, row: Any, place: Any) -> None:
    """Let the largest element of each channel so far meet the one of another place."""
    for c in range(best.size):
        value = row[c]
        wins = (value > best[c]) | (value != value)
        best[c] = value if wins else best[c]
        places[c] = place if wins else places[c]


@_kernel
def largest_across(x: Any, out: Any, indices: Any, windows: Any, distances: Any) -> None:
    """Find the largest element of each window, and its index in the plane: see `loops.largest`."""
    depth, height, width = out.shape[1:4]
    columns = depth + height
    for unit in prange(out.shape[0] * depth * height):
        image, z, y = unit // height // depth, unit // height % depth, unit % height
        for column in range(width):
            best, places = out[image, z, y, column], indices[image, z, y, column]
            i, j, k = windows[0, z], windows[0, depth + y], windows[0, columns + column]
            best[:] = x[image, i, j, k]
            places[:] = (i * x.shape[2] + j) * x.shape[3] + k
            for i in range(windows[0, z], windows[1, z], distances[0]):
                for j in range(windows[0, depth + y], windows[1, depth + y], distances[1]):
                    for k in range(
                        windows[0, columns + column], windows[1, columns + column], distances[2]
                    ):
                        place = (i * x.shape[2] + j) * x.shape[3] + k
                        _take(best, places, x[image, i, j, k], place)


@_helper
def _add(sums: Any, row: Any) -> None:
    for c in range(sums.size):
        sums[c] += row[c]


@_kernel
def mean_across(x: Any, out: Any, windows: Any, divisor: Any) -> None:
    """Average the elements of each window: see `loops.mean`."""
    depth, height, width = out.shape[1:4]
    columns = depth + height
    for unit in prange(out.shape[0] * depth * height):
        image, z, y = unit // height // depth, unit // height % depth, unit % height
        sums = np.empty(x.shape[4], divisor.dtype)
        rows = windows[2, z] * windows[2, depth + y]
        for column in range(width):
            sums[:] = 0
            for i in range(windows[0, z], windows[1, z]):
                for j in range(windows[0, depth + y], windows[1, depth + y]):
                    for k in range(windows[0, columns + column], windows[1, columns + column]):
                        _add(sums, x[image, i, j, k])
            scale = type(divisor[0])(rows * windows[2, columns + column])
            scale = divisor[0] if divisor[0] != 0 else scale
            mean = out[image, z, y, column]
            for c in range(mean.size):
                mean[c] = sums[c] / scale
