"""Convolutions as products of written-down columns: for integers, and where nothing is compiled."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from ..products.gemm import matmul

Array = NDArray[Any]
Sizes = tuple[int, int, int]


@dataclass(frozen=True)
class Window:
    """Where the taps of a kernel lie.

    Attributes:
        taps: for each dimension their distances from the first one.
        stride: the step between the windows of neighbouring pixels of the result.
        padding: elements before the input's first one; negative where those are not used.
    """

    taps: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    stride: Sizes
    padding: Sizes

    @property
    def volume(self) -> int:
        """The number of taps in one channel."""
        return prod(map(len, self.taps))

    def moved(self, dim: int, by: int) -> Window:
        """Give the window for a result that starts so many pixels later."""
        padding = list(self.padding)
        padding[dim] -= by * self.stride[dim]
        return Window(self.taps, self.stride, (padding[0], padding[1], padding[2]))


def _columns(x: Array, sizes: tuple[int, ...], window: Window) -> Array:
    """Write down the columns of one image: (channels, taps, pixels)."""
    lows = window.padding
    reach = [max(taps) for taps in window.taps]
    padded_sizes = [
        (n - 1) * s + most + 1 for n, s, most in zip(sizes, window.stride, reach, strict=True)
    ]
    padded = np.zeros((len(x), *padded_sizes), x.dtype)
    target, source = [slice(None)], [slice(None)]
    for low, size, length in zip(lows, padded_sizes, x.shape[1:], strict=True):
        begin, end = max(low, 0), min(size, length + low)
        target.append(slice(begin, max(begin, end)))
        source.append(slice(begin - low, max(begin, end) - low))
    padded[tuple(target)] = x[tuple(source)]
    steps = [n * s for n, s in zip(padded.strides[1:], window.stride, strict=True)]
    result = np.empty((len(x), window.volume, *sizes), x.dtype)
    for tap, (z, y, w) in enumerate(product(*window.taps)):
        seen = padded[:, z:, y:, w:]
        result[:, tap] = as_strided(seen, (len(x), *sizes), (padded.strides[0], *steps))
    return result.reshape(len(x), window.volume, -1)


def correlate_plainly(x: Array, w: Array, bias: Array | None, out: Array, window: Window) -> None:
    """Do what `plan.correlate` does."""
    groups, _, depth = w.shape
    for image, result in zip(x, out, strict=True):
        columns = _columns(image, out.shape[2:], window).reshape(groups, depth, -1)
        result[...] = matmul(w, columns).reshape(result.shape)
        if bias is not None:
            result += bias[:, None, None, None]


def weigh_plainly(x: Array, grad: Array, groups: int, window: Window) -> Array:
    """Do what `plan.weigh` does."""
    rows, depth = grad.shape[1] // groups, x.shape[1] // groups * window.volume
    total = np.zeros((groups, rows, depth), grad.dtype)
    for image, gradient in zip(x, grad, strict=True):
        columns = _columns(image, grad.shape[2:], window).reshape(groups, depth, -1)
        total += matmul(gradient.reshape(groups, rows, -1), columns.transpose(0, 2, 1))
    return total
