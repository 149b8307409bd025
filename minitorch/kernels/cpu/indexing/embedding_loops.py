"""The loops of bags of embeddings.

`place` says where in dense memory the table lies: the position of its first element, and the steps
to the next row and column. `ends` has the begin of the first bag, then the end of each. `scale` is
what each sample's row is multiplied by. Samples of the padding index count as absent.
"""

from typing import Any

import numpy as np
from numba import njit, prange

# Columns of the table's gradient that one thread writes.
COLUMNS = 64
OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}, "parallel": True}
_inline = njit(error_model="numpy", fastmath={"contract"}, forceinline=True)


@_inline
def _add_row(table, at, step, scale, out):  # type: ignore[no-untyped-def]
    if step == 1:
        row = table[at : at + out.size]
        for i in range(out.size):
            out[i] += row[i] * scale
    else:
        for i in range(out.size):
            out[i] += table[at + i * step] * scale


@_inline
def _add_four(table, at, first, row_step, scales, out):  # type: ignore[no-untyped-def]
    """Add four dense rows, of which each element of out is read and written once."""
    n = out.size
    a, b, c, d = at
    x, y = table[first + a * row_step :][:n], table[first + b * row_step :][:n]
    z, w = table[first + c * row_step :][:n], table[first + d * row_step :][:n]
    s_x, s_y, s_z, s_w = scales
    for i in range(n):
        out[i] += (x[i] * s_x + y[i] * s_y) + (z[i] * s_z + w[i] * s_w)


@_inline
def _share(indices, padding, begin, end):  # type: ignore[no-untyped-def]
    """Give the share of each sample in the mean of a bag."""
    count = 0
    for i in range(begin, end):
        count += indices[i] != padding
    return 1.0 / max(count, 1)


def add_bags(table, place, indices, ends, scale, is_mean, padding, out):  # type: ignore[no-untyped-def]
    """Add up the rows of each bag; without a scale all count alike, or as parts of a mean."""
    for bag in prange(out.shape[0]):
        own, i, end = out[bag], ends[bag], ends[bag + 1]
        own[:] = 0
        same = type(table[0])(_share(indices, padding, i, end) if is_mean else 1)
        while padding < 0 and place[2] == 1 and i + 4 <= end:
            s_0 = scale[i] if scale.size else same
            s_1 = scale[i + 1] if scale.size else same
            s_2 = scale[i + 2] if scale.size else same
            s_3 = scale[i + 3] if scale.size else same
            at = (indices[i], indices[i + 1], indices[i + 2], indices[i + 3])
            _add_four(table, at, place[0], place[1], (s_0, s_1, s_2, s_3), own)
            i += 4
        for k in range(i, end):
            if indices[k] != padding:
                at_row = place[0] + indices[k] * place[1]
                _add_row(table, at_row, place[2], scale[k] if scale.size else same, own)


def raise_bags(table, place, indices, ends, padding, out, positions):  # type: ignore[no-untyped-def]
    """Take the largest of each column in each bag, and the row that it comes from."""
    step = place[2]
    for bag in prange(out.shape[0]):
        own, rows = out[bag], positions[bag]
        own[:] = 0
        rows[:] = 0
        is_first = True
        for i in range(ends[bag], ends[bag + 1]):
            if indices[i] != padding:
                at = place[0] + indices[i] * place[1]
                for k in range(own.size):
                    if is_first or table[at + k * step] > own[k]:
                        own[k] = table[at + k * step]
                        rows[k] = indices[i]
                is_first = False


def spread_bags(grad, indices, ends, scale, padding, out):  # type: ignore[no-untyped-def]
    """Add the gradient of each bag to those of its rows, in order."""
    n = out.shape[1]
    flat = grad.reshape(-1)
    for block in prange((n + COLUMNS - 1) // COLUMNS):
        low, high = block * COLUMNS, min(n, (block + 1) * COLUMNS)
        for bag in range(grad.shape[0]):
            for i in range(ends[bag], ends[bag + 1]):
                if indices[i] != padding:
                    _add_row(flat, bag * n + low, 1, scale[i], out[indices[i], low:high])


def weigh_bags(grad, table, place, indices, ends, padding, out):  # type: ignore[no-untyped-def]
    """Multiply the gradient of each bag with each of its rows, as vectors."""
    for bag in prange(grad.shape[0]):
        for i in range(ends[bag], ends[bag + 1]):
            total = np.float64(0)
            if indices[i] != padding:
                at = place[0] + indices[i] * place[1]
                for k in range(grad.shape[1]):
                    total += np.float64(grad[bag, k]) * np.float64(table[at + k * place[2]])
            out[i] = total


def compiled(body: Any) -> Any:
    """Compile one of the bodies above."""
    return njit(**OPTIONS)(body)
