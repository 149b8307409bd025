"""The linear layer: a product and a bias in one step, and their gradients."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ....errors import DTypeError, ShapeError
from ..calls.prepared import serial_entry
from ..reductions import reduce
from . import gemm
from .dispatch import LEAST_BYTES, MOST_SMALL, small_entries, workspace

Array = NDArray[Any]

# Up to so many multiplications plain loops are faster than to pack operands for the product.
_MOST_PLAIN = 3000
# The same where the input needs no gradient.
_MOST_PLAIN_BACK = 10_000
# Up to so many outputs there are no vectors of them.
_FEW = 3
_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
_FAST = {"error_model": "numpy", "fastmath": {"contract", "reassoc"}}


def linear(input: Array, weight: Array, bias: Array | None = None) -> Array:
    """Compute input @ weight.T + bias.

    Args:
        input: (..., in_features).
        weight: (out_features, in_features), of the input's dtype; or (in_features).
        bias: (out_features).

    Returns:
        (..., out_features); without that dimension if weight has one dimension only.

    Raises:
        ShapeError: the sizes do not fit.
        DTypeError: the dtypes differ.
    """
    dtype = input.dtype
    ways = _known.get(dtype)
    if ways is not None and weight.dtype is dtype and input.ndim == 2 == weight.ndim:
        rows, depth = input.shape
        columns, inner = weight.shape
        work = rows * depth * columns
        has_bias = bias is not None
        if (
            inner == depth
            and 0 < work <= MOST_SMALL
            and (
                bias is None
                or (bias.dtype is dtype and bias.shape == (columns,) and bias.flags.carray)
            )
        ):
            is_dense = input.flags.carray and weight.flags.carray
            if work <= _MOST_PLAIN and is_dense:
                out = np.empty((rows, columns), dtype)
                ways.plain(input, weight, bias if has_bias else ways.nothing, out)
                return out
            if rows > 1 < columns:
                out = np.empty((rows, columns), dtype)
                if has_bias:
                    ways.repeat(bias, out)
                work = workspace(LEAST_BYTES)
                ways.product(input, weight.T, out, work, 1.0, int(has_bias), 0, 1, 1)
                return out
            if rows == 1 and is_dense:
                out = np.empty((1, columns), dtype)
                ways.row(input, weight, bias if has_bias else ways.nothing, out)
                return out
    elif ways is None and dtype in _FLOATS:
        # Now and not later: another way would give other last bits.
        _known[dtype] = _Ways(dtype)
        return linear(input, weight, bias)
    return _any_linear(input, weight, bias)


def _any_linear(input: Array, weight: Array, bias: Array | None) -> Array:
    _check(input, weight, bias)
    if weight.ndim == 1:
        return gemm.matmul(input, weight) + (0 if bias is None else bias)
    rows = _rows(input)
    if bias is None or bias.ndim != 1:
        product = gemm.matmul(rows, weight.T)
        if bias is not None:
            product += bias
    else:
        product = gemm.addmm(bias, rows, weight.T)
    return product.reshape(*input.shape[:-1], len(weight))


def _rows(array: Array) -> Array:
    """See an array of any rank as a matrix of the same last dimension."""
    if array.ndim == 2:
        return array
    return array.reshape(math.prod(array.shape[:-1]), array.shape[-1])


def _check(input: Array, weight: Array, bias: Array | None) -> None:
    dtypes = [array.dtype for array in (input, weight, bias) if array is not None]
    if any(dtype != dtypes[0] for dtype in dtypes):
        raise DTypeError(
            "linear: mat1 and mat2 must have the same dtype, but got input "
            f"{input.dtype}, weight {weight.dtype}"
            + ("" if bias is None else f" and bias {bias.dtype}")
            + "."
        )
    if weight.ndim not in (1, 2):
        raise ShapeError(f"linear: weight must have 1 or 2 dimensions, got {weight.shape}.")
    if not input.ndim or input.shape[-1] != weight.shape[-1]:
        raise ShapeError(
            f"linear: mat1 and mat2 shapes cannot be multiplied: the last dimension of the input "
            f"{input.shape} must be in_features of the weight {weight.shape}, {weight.shape[-1]}."
        )
    if bias is not None and bias.size != 1 and bias.shape != weight.shape[:-1]:
        raise ShapeError(
            f"linear: a bias of shape {bias.shape} does not fit a weight of shape {weight.shape}."
        )


# ---- gradients


def linear_backward(
    grad: Array, input: Array | None, weight: Array | None, needs_bias: bool
) -> tuple[Array | None, Array | None, Array | None]:
    """Compute the gradients of a linear layer whose weight is a matrix.

    Args:
        grad: (..., out_features), dense.
        input: (..., in_features), where the gradient of the weight is needed.
        weight: (out_features, in_features), where that of the input is needed.
        needs_bias: that of the bias is needed.

    Returns:
        Those of input, weight and bias; None for those that are not needed.
    """
    rows = _rows(grad)
    if input is not None:
        input = _rows(input)
    ways = _known.get(grad.dtype)
    of_input: Array | None = None
    of_weight: Array | None = None
    of_bias: Array | None = None
    if (
        ways is not None
        and needs_bias
        and input is not None
        and input.flags.carray
        and (weight is None or weight.flags.carray)
    ):
        depth = input.shape[1]
        most = _MOST_PLAIN_BACK if weight is None else _MOST_PLAIN
        if 0 < rows.size * depth <= most:
            of_weight = np.empty((rows.shape[1], depth), grad.dtype)
            of_bias = np.empty(rows.shape[1], grad.dtype)
            if weight is None:
                ways.plain_back(rows, input, ways.no_weight, ways.no_weight, of_weight, of_bias)
            else:
                of_input = np.empty((len(rows), depth), grad.dtype)
                ways.plain_back(rows, input, weight, of_input, of_weight, of_bias)
        elif len(rows) == 1 and rows.size * depth <= MOST_SMALL:
            of_weight = np.empty((rows.shape[1], depth), grad.dtype)
            if weight is None:
                ways.row_back(rows, input, ways.no_weight, ways.no_weight, of_weight)
            else:
                of_input = np.empty((1, depth), grad.dtype)
                ways.row_back(rows, input, weight, of_input, of_weight)
            of_bias = rows[0].copy()
    if of_weight is None:
        of_input = None if weight is None else gemm.matmul(rows, weight)
        of_weight = None if input is None else gemm.matmul(rows.T, input)
        of_bias = _column_sums(rows, ways) if needs_bias else None
    if of_input is not None and grad.ndim != 2:
        of_input = of_input.reshape(*grad.shape[:-1], of_input.shape[1])
    return of_input, of_weight, of_bias


def _column_sums(rows: Array, ways: _Ways | None) -> Array:
    if ways is None or not 0 < rows.size <= _MOST_SUMMED:
        return reduce.sum(rows, 0)
    out = np.empty(rows.shape[1], rows.dtype)
    ways.sum_columns(rows, out)
    return out


_MOST_SUMMED = 1 << 12


# ---- loops


def _plain(input, weight, bias, out):  # type: ignore[no-untyped-def]
    columns, depth = weight.shape
    for i in range(input.shape[0]):
        results = out[i]
        for j in range(columns):
            results[j] = bias[j] if bias.size else 0
    if columns <= _FEW:
        for i in range(input.shape[0]):
            row, results = input[i], out[i]
            for j in range(columns):
                weights = weight[j]
                total = results[j]
                for k in range(depth):
                    total += row[k] * weights[k]
                results[j] = total
        return
    turned = weight.T.copy()
    for i in range(input.shape[0]):
        row, results = input[i], out[i]
        for k in range(depth):
            factor, weights = row[k], turned[k]
            for j in range(columns):
                results[j] += factor * weights[j]


def _plain_back(grad, input, weight, of_input, of_weight, of_bias):  # type: ignore[no-untyped-def]
    of_weight[...] = 0
    of_bias[...] = 0
    needs_input = of_input.size > 0
    for i in range(grad.shape[0]):
        row = input[i]
        if needs_input:
            of_row = of_input[i]
            of_row[...] = 0
            for j in range(grad.shape[1]):
                own, weights = grad[i, j], weight[j]
                for k in range(row.size):
                    of_row[k] += own * weights[k]
        for j in range(grad.shape[1]):
            own, of_weights = grad[i, j], of_weight[j]
            of_bias[j] += own
            for k in range(row.size):
                of_weights[k] += own * row[k]


def _row(input, weight, bias, out):  # type: ignore[no-untyped-def]
    row, results = input[0], out[0]
    zero = results.dtype.type(0)
    whole = results.size // _TOGETHER * _TOGETHER
    for j in range(0, whole, _TOGETHER):
        a, b, c, d = weight[j], weight[j + 1], weight[j + 2], weight[j + 3]
        of_a, of_b, of_c, of_d = zero, zero, zero, zero
        for k in range(row.size):
            of_a += row[k] * a[k]
            of_b += row[k] * b[k]
            of_c += row[k] * c[k]
            of_d += row[k] * d[k]
        results[j], results[j + 1], results[j + 2], results[j + 3] = of_a, of_b, of_c, of_d
    for j in range(whole, results.size):
        weights = weight[j]
        total = zero
        for k in range(row.size):
            total += row[k] * weights[k]
        results[j] = total
    for j in range(bias.size):
        results[j] += bias[j]


# Rows of the weight that are multiplied at a time.
_TOGETHER = 4


def _row_back(grad, input, weight, of_input, of_weight):  # type: ignore[no-untyped-def]
    row, own = input[0], grad[0]
    for j in range(own.size):
        factor, of_weights = own[j], of_weight[j]
        for k in range(row.size):
            of_weights[k] = factor * row[k]
    if of_input.size:
        of_row = of_input[0]
        of_row[...] = 0
        for j in range(own.size):
            factor, weights = own[j], weight[j]
            for k in range(row.size):
                of_row[k] += factor * weights[k]


def _repeat(bias, out):  # type: ignore[no-untyped-def]
    for i in range(out.shape[0]):
        row = out[i]
        for j in range(row.size):
            row[j] = bias[j]


def _sum_columns(rows, out):  # type: ignore[no-untyped-def]
    out[...] = 0
    for i in range(rows.shape[0]):
        row = rows[i]
        for j in range(row.size):
            out[j] += row[j]


_PLAIN, _PLAIN_BACK, _ROW, _ROW_BACK, _REPEAT, _SUM_COLUMNS = (
    SizedKernel(lambda loop=loop: njit(**_FAST)(loop))  # type: ignore[misc]
    for loop in (_plain, _plain_back, _row, _row_back, _repeat, _sum_columns)
)


class _Ways:
    """What calls the loops for one dtype, without a look at what it is called with."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.nothing = np.empty(0, dtype)
        self.no_weight = np.empty((0, 0), dtype)
        if dtype not in small_entries:
            gemm.matmul(np.ones((2, 2), dtype), np.ones((2, 2), dtype))  # which compiles it
        self.product = small_entries[dtype]
        vector, matrix = (dtype, 1), (dtype, 2)
        self.plain = serial_entry(_PLAIN, matrix, matrix, vector, matrix)
        self.plain_back = serial_entry(_PLAIN_BACK, matrix, matrix, matrix, matrix, matrix, vector)
        self.row = serial_entry(_ROW, matrix, matrix, vector, matrix)
        self.row_back = serial_entry(_ROW_BACK, matrix, matrix, matrix, matrix, matrix)
        self.repeat = serial_entry(_REPEAT, vector, matrix)
        self.sum_columns = serial_entry(_SUM_COLUMNS, matrix, vector)


_known: dict[np.dtype[Any], _Ways] = {}
