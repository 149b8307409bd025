"""The short way to the kernels of small dense operands.

A call on a few numbers costs its checks and its views, not its work. So a family prepares what
follows from dtypes, shapes and options once, in a function with a bounded cache, which gives None
for whatever is not so simple; the long way then does it, or finds what is wrong. What is prepared
holds serial kernels, which are right in a forked child and for any number of threads; for much work
`sized_entry` asks at each call which kernel is right.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numba import types
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD, SizedKernel, entry_point

Array = NDArray[Any]
Entry = Callable[..., Any]
# A type of numbers; the dtype of a dense vector; or the dtype and the rank of an array that is
# dense or, with "A", of any layout.
Kind = type | np.dtype[Any] | tuple[np.dtype[Any], int] | tuple[np.dtype[Any], int, str]

# How many preparations each family keeps.
MOST_KEPT = 256

# What is computed in itself.
DTYPES = np.dtype(np.float32), np.dtype(np.float64)
_NUMBERS = {bool: types.boolean, int: types.intp, float: types.float64}


def known(prepare: Callable[..., Any], *options: Any) -> Any:
    """Give what is prepared; None where an option, such as a list, cannot be remembered."""
    try:
        return prepare(*options)
    except TypeError:
        return None


def is_small(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bool:
    """Tell whether one thread computes so many numbers of a type that is computed in itself."""
    return dtype in DTYPES and 0 < math.prod(shape) < PARALLEL_THRESHOLD


def fits(array: Array, dtype: np.dtype[Any], shape: tuple[int, ...]) -> bool:
    """Tell whether a kernel for dense memory can take an array as it is."""
    return array.dtype is dtype and array.shape == shape and array.flags.carray


@lru_cache(maxsize=1024)
def serial_entry(kernel: SizedKernel, *kinds: Kind) -> Entry:
    """Give what calls the serial form of a kernel with arguments of these kinds; see `entry_point`.

    It checks nothing: arrays must have the dtype and the rank, and `flags.carray`.
    """
    serial = kernel.serial
    if not hasattr(serial, "overloads"):  # Numba compiles nothing: NUMBA_DISABLE_JIT=1.
        run: Entry = serial
        return run
    return entry_point(serial, tuple(_numba_type(kind) for kind in kinds))


def sized_entry(kernel: SizedKernel, size: int, *kinds: Kind) -> Entry:
    """Give `serial_entry` for little work; for much of it, what chooses threads at each call."""
    if size < PARALLEL_THRESHOLD:
        return serial_entry(kernel, *kinds)
    return lambda *operands: kernel.for_size(size)(*operands)


def _numba_type(kind: Kind) -> Any:
    if isinstance(kind, np.dtype):
        kind = kind, 1
    if isinstance(kind, tuple):
        dtype, rank, *layout = kind
        return types.Array(from_dtype(dtype), rank, *(layout or "C"))
    return _NUMBERS[kind]


@lru_cache(maxsize=64)
def filled(size: int, value: float, dtype: np.dtype[Any]) -> Array:
    """Give equal numbers, such as weights of 1, that are never written to."""
    return np.full(size, value, dtype)


def parameter_or(array: Array | None, default: Array, shape: tuple[int, ...]) -> Array | None:
    """Give a parameter in one dimension, the default for None; None if it is not simple."""
    if array is None:
        return default
    return array.ravel() if fits(array, default.dtype, shape) else None


def three_at(shape: tuple[int, ...], axis: int) -> tuple[int, int, int]:
    """Join the dimensions before one, and those after it."""
    return math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])
