"""Softmax of rows that end with a broken block of vectors: see `softmax_loops`.

What is left of a row after whole blocks of vectors is treated number by number, each as slowly as a
vector. So some rows are copied to where they can be filled up with -inf to whole blocks, which adds
next to nothing to the sums of exponentials.
"""

from typing import Any

import numpy as np
from numba import njit, prange

from ..elementwise.access import load, row_of, store
from ..functions import INFINITY
from .softmax_loops import (
    OPTIONS,
    largest_of,
    subtract,
    sum_exponentials,
    write_exponentials,
    write_logs,
)

# Numbers that are filled up at once, and how many times a thread does so.
SPACE = 1024
TIMES = 8

_inline = njit(error_model="numpy", fastmath={"contract"}, forceinline=True)


@_inline
def _copy(rows: Any, begin: int, count: int, space: Any) -> None:
    """Copy some rows to the beginnings of longer ones."""
    for k in range(count):
        row, wide = row_of(rows, begin + k), row_of(space, k)
        for i in range(row.size):
            store(wide, i, load(row, i))


@_inline
def _multiply(row: Any, factor: Any, out: Any) -> None:
    for i in range(out.size):
        store(out, i, row[i] * factor)


@njit(**OPTIONS)
def softmax_padded(a: Any, out: Any, width: int, is_log: bool) -> None:
    """Treat rows as if they had a width: a and out are (lines, length)."""
    lines = a.shape[0]
    group = max(1, SPACE // width)
    for unit in prange((lines + TIMES * group - 1) // (TIMES * group)):
        # The ends of its rows stay -inf.
        space = np.full((group, width), a.dtype.type(-INFINITY))
        powers = np.empty((group, width), a.dtype)
        best = np.empty(group, a.dtype)
        logs = np.empty(group, a.dtype)
        sums = np.ones(group, np.float64)
        for begin in range(unit * TIMES * group, min((unit + 1) * TIMES * group, lines), group):
            count = min(group, lines - begin)
            _copy(a, begin, count, space)
            for k in range(count):
                best[k] = largest_of(row_of(space, k))
            if is_log:
                for k in range(count):
                    sums[k] = sum_exponentials(row_of(space, k), best[k])
                write_logs(sums, logs)
                for k in range(count):
                    subtract(row_of(a, begin + k), best[k], logs[k], row_of(out, begin + k))
            else:
                for k in range(count):
                    sums[k] = write_exponentials(row_of(space, k), best[k], row_of(powers, k))
                for k in range(count):
                    factor = a.dtype.type(1.0 / sums[k])
                    _multiply(row_of(powers, k), factor, row_of(out, begin + k))
