"""What this machine can do at most: bytes copied, and multiply-adds done, per second."""

import time
from functools import cache
from typing import Any

import numba
import numpy as np
from numba import njit, prange

from minitorch.kernels.cpu.products.microkernel import PANEL_STEP, address, multiply_tile, tile

_COPIED_BYTES = 1 << 26
_DEPTH = 128  # The right operand of a tile then lies in the first-level cache.
_TILES = 20_000
_REPETITIONS = 25


@njit(parallel=True)
def _copy(source: Any, target: Any) -> None:
    for i in prange(source.size):
        target[i] = source[i]


@njit(parallel=True)
def _multiply(tasks: int, left: Any, right: Any, out: Any, rows: int, width: int) -> None:
    for task in prange(tasks):
        size = left.itemsize
        for _ in range(_TILES):
            multiply_tile(
                left[0],
                0,
                rows,
                _DEPTH,
                address(left),
                address(right),
                width * size,
                address(out) + task * rows * width * size,
                width * size,
                width,
            )


@cache
def copied_bytes(threads: int) -> float:
    """Measure the bytes read plus those written per second, when a large array is copied."""
    source = np.ones(_COPIED_BYTES // 8)
    target = np.zeros_like(source)
    return 2 * _COPIED_BYTES / _least_seconds(threads, lambda: _copy(source, target))


@cache
def flops(threads: int, dtype: str) -> float:
    """Measure the multiplications plus additions per second, on numbers that lie in the cache."""
    shape = tile(np.dtype(dtype).itemsize)
    left = np.ones((shape.rows + 1) * PANEL_STEP, dtype)
    right = np.ones(_DEPTH * shape.columns, dtype)
    out = np.zeros(threads * shape.rows * shape.columns, dtype)
    seconds = _least_seconds(
        threads, lambda: _multiply(threads, left, right, out, shape.rows, shape.columns)
    )
    return 2 * threads * _TILES * shape.rows * shape.columns * _DEPTH / seconds


def _least_seconds(threads: int, run: Any) -> float:
    """Time a function some times, and give its best."""
    before = numba.get_num_threads()
    numba.set_num_threads(threads)
    run()
    times = []
    for _ in range(_REPETITIONS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    numba.set_num_threads(before)
    return min(times)
