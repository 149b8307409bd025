"""Softmax of rows that end with a broken block of vectors: see `softmax_loops`.

What is left of a row after whole blocks of vectors is treated number by number, each as slowly as a
vector. So some rows are copied to where they can be filled up with -inf to whole blocks, which adds
next to nothing to the sums of exponentials.
"""

from typing import Any

import numpy as np
from numba import njit, prange

from ..functions import INFINITY
from .softmax_loops import (
    OPTIONS,
    largest_of,
    subtract,
    sum_exponentials,
    write_exponentials,
    write_logs,
)

# Numbers that are filled up at once.
SPACE = 2048

_inline = njit(error_model="numpy", fastmath={"contract"}, forceinline=True)


@_inline
def _fill_up(rows: Any, space: Any) -> None:
    """Copy rows to longer ones, whose ends become -inf."""
    flat = space.reshape(-1)
    # The ends alone would be short writes, which the reads of vectors would wait for.
    for i in range(flat.size):
        flat[i] = -INFINITY
    for k in range(rows.shape[0]):
        row = rows[k]
        wide = space[k]
        for i in range(row.size):
            wide[i] = row[i]


@_inline
def _multiply(row: Any, factor: Any, out: Any) -> None:
    for i in range(out.size):
        out[i] = row[i] * factor


@njit(**OPTIONS)
def softmax_padded(a: Any, out: Any, width: int, is_log: bool) -> None:
    """Treat rows as if they had a width: a and out are (lines, length)."""
    lines = a.shape[0]
    group = max(1, SPACE // width)
    for unit in prange((lines + group - 1) // group):
        begin = unit * group
        count = min(group, lines - begin)
        space = np.empty((count, width), a.dtype)
        best = np.empty(count, a.dtype)
        sums = np.empty(count, np.float64)
        _fill_up(a[begin : begin + count], space)
        for k in range(count):
            best[k] = largest_of(space[k])
        if is_log:
            logs = np.empty(count, a.dtype)
            for k in range(count):
                sums[k] = sum_exponentials(space[k], best[k])
            write_logs(sums, logs)
            for k in range(count):
                subtract(a[begin + k], best[k], logs[k], out[begin + k])
        else:
            powers = np.empty((count, width), a.dtype)
            for k in range(count):
                sums[k] = write_exponentials(space[k], best[k], powers[k])
            for k in range(count):
                _multiply(powers[k], a.dtype.type(1.0 / sums[k]), out[begin + k])
