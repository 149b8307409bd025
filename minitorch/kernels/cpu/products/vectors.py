"""Products of small dense operands of which one is a vector."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ..calls.prepared import serial_entry

Array = NDArray[Any]

# One sum of so many terms of float32 is still as exact as one of blocks.
_MOST_TERMS = 1 << 12
_MOST = 1 << 15
_FAST = {"error_model": "numpy", "fastmath": {"contract", "reassoc"}}


def _dot(x, y, out):  # type: ignore[no-untyped-def]
    total = x.dtype.type(0)
    for k in range(x.size):
        total += x[k] * y[k]
    out[()] = total


def _rows_by(a, x, out):  # type: ignore[no-untyped-def]
    for i in range(out.size):
        row = a[i]
        total = x.dtype.type(0)
        for k in range(x.size):
            total += row[k] * x[k]
        out[i] = total


_DOT = SizedKernel(lambda: njit(**_FAST)(_dot))
_ROWS_BY = SizedKernel(lambda: njit(**_FAST)(_rows_by))


class _Entries:
    """What calls the loops for one dtype, without a look at what it is called with."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dot = serial_entry(_DOT, (dtype, 1), (dtype, 1), (dtype, 0))
        self.rows_by = serial_entry(_ROWS_BY, (dtype, 2), (dtype, 1), (dtype, 1))


_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
_known: dict[np.dtype[Any], _Entries] = {}


def small_product(a: Array, b: Array) -> Array | None:
    """Compute a @ b of a vector or matrix and a vector; None for what it is not meant for.

    Args:
        a: (k) or (m, k).
        b: (k) or (k, 1).
    """
    dtype = a.dtype
    depth = a.shape[-1]
    if (
        dtype not in _FLOATS
        or b.dtype is not dtype
        or b.shape[0] != depth
        or not 0 < a.size <= _MOST
        or depth > _MOST_TERMS
        or not a.flags.carray
        or not b.flags.carray
    ):
        return None
    entries = _known.get(dtype)
    if entries is None:
        entries = _known[dtype] = _Entries(dtype)
    if a.ndim == 1:
        single = np.empty((), dtype)
        entries.dot(a, b.ravel(), single)
        return single if b.ndim == 1 else single.reshape(1)
    out = np.empty(a.shape[0], dtype)
    entries.rows_by(a, b.ravel(), out)
    return out if b.ndim == 1 else out.reshape(-1, 1)
