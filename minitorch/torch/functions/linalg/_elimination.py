"""Gaussian elimination with partial pivoting, on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._operands import substituted

Array = NDArray[Any]

# So many columns are eliminated one by one, before the others learn of them in one product.
_PANEL = 32


def factored(array: Array) -> tuple[Array, Array]:
    """Eliminate columns with partial pivoting, in a copy of matrices.

    Args:
        array: (..., m, n).

    Returns:
        Both triangles in one matrix, the ones on the diagonal of L left out; and (..., min(m, n))
        rows, counted from 1, that were exchanged with the first, second... one.
    """
    rows, columns = array.shape[-2:]
    count = min(rows, columns)
    leading = array.shape[:-2]
    lu = np.array(array, order="C").reshape(-1 if array.size else 0, rows, columns)
    pivots = np.zeros((lu.shape[0], count), np.int32)
    for start in range(0, count if lu.size else 0, _PANEL):
        stop = min(start + _PANEL, count)
        _eliminate_panel(lu, pivots, start, stop)
        if stop < columns:
            corner = lu[:, start:stop, start:stop]
            upper = substituted(corner, lu[:, start:stop, stop:], False, True)
            lu[:, start:stop, stop:] = upper
            lu[:, stop:, stop:] -= lu[:, stop:, start:stop] @ upper
    return lu.reshape(array.shape), (pivots + 1).reshape(*leading, count)


def _eliminate_panel(lu: Array, pivots: Array, start: int, stop: int) -> None:
    """Eliminate some columns below the diagonal; whole rows are exchanged."""
    each = np.arange(lu.shape[0])
    for j in range(start, stop):
        largest = j + np.abs(lu[:, j:, j]).argmax(-1)
        pivots[:, j] = largest
        chosen = lu[each, largest]
        lu[each, largest] = lu[:, j]
        lu[:, j] = chosen
        # Where the pivot is 0 all below it are, and they stay.
        divisor = np.where(chosen[:, j] == 0, 1, chosen[:, j])
        lu[:, j + 1 :, j] /= divisor[:, None]
        factors = lu[:, j + 1 :, j, None]
        lu[:, j + 1 :, j + 1 : stop] -= factors * lu[:, j, None, j + 1 : stop]


def permutation(pivots: Array, rows: int, dtype: Any) -> Array:
    """Make the matrices P of the exchanges of rows: `A = P @ L @ U`."""
    leading = pivots.shape[:-1]
    exchanges = pivots.reshape(-1, pivots.shape[-1]) if pivots.size else np.zeros((0, 0), int)
    order = np.tile(np.arange(rows), (int(np.prod(leading, dtype=int)), 1))
    each = np.arange(order.shape[0])
    for j in range(exchanges.shape[-1]):
        other = exchanges[:, j] - 1
        chosen = order[each, other]
        order[each, other] = order[:, j]
        order[:, j] = chosen
    matrices = np.zeros((order.shape[0], rows, rows), dtype)
    matrices[each[:, None], order, np.arange(rows)] = 1
    return matrices.reshape(*leading, rows, rows)


def first_zero(lu: Array) -> Array:
    """Give where the diagonals have their first 0, counted from 1; 0 where they have none."""
    is_zero = np.diagonal(lu, 0, -2, -1) == 0
    if not is_zero.shape[-1]:
        return np.zeros(lu.shape[:-2], np.int32)
    return np.where(is_zero.any(-1), is_zero.argmax(-1) + 1, 0).astype(np.int32)


def solved(lu: Array, pivots: Array, b: Array) -> Array:
    """Solve systems whose matrices were factored; a 0 on the diagonal gives no numbers."""
    turned = np.swapaxes(permutation(pivots, lu.shape[-1], lu.dtype), -1, -2)
    return substituted(lu, substituted(lu, turned @ b, False, True), True, False)
