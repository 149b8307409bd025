"""What is done with all gradients at once: their norm, and gradients brought into bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ..calls.prepared import serial_entry, sized_entry
from ..reductions import reduce

Array = NDArray[Any]

# The norm of so few elements is computed by one thread in one piece.
_SMALL = 1 << 14


def total_norm(arrays: Sequence[Array], p: float = 2.0) -> float:
    """Give the norm of the norms of arrays, which for most p is that of all their elements.

    Source: torch.nn.utils.get_total_norm.

    Args:
        arrays: floats of any layout.
        p: which norm; infinite for the largest absolute value.
    """
    if p == 2:
        return math.sqrt(sum(map(_squares, arrays)))
    norms = np.array([reduce.norm(array, p=p) for array in arrays], np.float64)
    return float(reduce.norm(norms, p=p)) if arrays else 0.0


def _squares(array: Array) -> float:
    """Sum up the squares of an array."""
    if array.size <= _SMALL and _is_plain(array):
        return float(serial_entry(_SQUARES, array.dtype)(array.ravel()))
    return float(reduce.norm(array)) ** 2


def scale_all(arrays: Sequence[Array], factor: float) -> None:
    """Multiply arrays by a number, in place."""
    with np.errstate(all="ignore"):
        for array in arrays:
            if _is_plain(array):
                sized_entry(_SCALE, array.size, array.dtype, float)(array.ravel(), factor)
            else:
                # float16 is multiplied by a factor of float32, as in PyTorch.
                number = np.float32(factor) if array.dtype == np.float16 else factor
                np.multiply(array, number, out=array, casting="same_kind")


def limit_all(arrays: Sequence[Array], limit: float) -> None:
    """Bring all numbers into [-limit, limit], in place; NaN stays."""
    for array in arrays:
        if _is_plain(array):
            sized_entry(_LIMIT, array.size, array.dtype, float)(array.ravel(), limit)
        else:
            np.minimum(np.maximum(array, -limit, out=array), limit, out=array)


def zero_all(arrays: Sequence[Array]) -> None:
    """Fill arrays with 0."""
    for array in arrays:
        array.fill(0)


# ---- kernels


def _is_plain(array: Array) -> bool:
    """Tell whether kernels take an array as it is."""
    return array.flags.carray and (array.dtype == np.float32 or array.dtype == np.float64)


@njit(error_model="numpy", fastmath={"reassoc", "contract"})
def _sum_of_squares(a: Any) -> float:
    """Sum up the squares of a dense array, in float64."""
    total = 0.0
    for i in range(a.size):
        x = np.float64(a[i])
        total += x * x
    return total


@njit(error_model="numpy", parallel=True)
def _scale(a: Any, factor: float) -> None:
    own = a.dtype.type(factor)
    for i in prange(a.size):
        a[i] *= own


@njit(error_model="numpy", parallel=True)
def _limit(a: Any, limit: float) -> None:
    most = a.dtype.type(limit)
    least = -most
    for i in prange(a.size):
        x = a[i]
        # A limit that is NaN wins.
        x = least if x < least or least != least else x
        a[i] = most if x > most else x


_SQUARES = SizedKernel(lambda: _sum_of_squares)
_SCALE = SizedKernel(lambda: _scale)
_LIMIT = SizedKernel(lambda: _limit)
