"""Scans of NumPy arrays of any layout along one dimension: cumsum, cummax and their kin.

Negative dimensions count from the right; a number counts as one element. Results are dense, and
have the dtype that PyTorch's function of the name gives. Sums are kept in float64; float16 is
computed in float32 and rounded once.

All raise an IndexError for a dimension that does not exist, and a ReductionDTypeError for elements
of a type that they are not defined for.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..._jit import SizedKernel
from . import fold, functions, reduce_terms, scan_loops
from .fold import Fold, axis_of, check_dtype, plain, working
from .layout import memory
from .reduce_plan import (
    COLUMNS,
    MOST_AT_ONCE,
    PIECE,
    Dim,
    Launch,
    goes_side_by_side,
    launches,
    merged,
)

Array = NDArray[Any]

_inline = njit(fastmath={"contract"}, error_model="numpy", forceinline=True)


def cumsum(a: Array, dim: int) -> Array:
    """Add up along a dimension; integers and bool give int64."""
    check_dtype("cumsum", a)
    return _scan("cumsum", a, dim, _SUM, 0, fold.SUM)


def cumprod(a: Array, dim: int) -> Array:
    """Multiply along a dimension; integers and bool give int64."""
    check_dtype("cumprod", a)
    return _scan("cumprod", a, dim, _PRODUCT, 1, fold.PRODUCT)


def logcumsumexp(a: Array, dim: int) -> Array:
    """Give the logarithms of the running sums of e^x, without overflow."""
    check_dtype("logcumsumexp", a, only_floats=True)
    return _scan("logcumsumexp", a, dim, _LOG_SUM, -math.inf)


def cummax(a: Array, dim: int) -> tuple[Array, Array]:
    """Give the largest element so far, and the last position where it was found, in int64.

    A NaN wins over every number.
    """
    return _record("cummax", a, dim, _LARGEST)


def cummin(a: Array, dim: int) -> tuple[Array, Array]:
    """Give the smallest element so far, and the last position where it was found, in int64.

    A NaN wins over every number.
    """
    return _record("cummin", a, dim, _SMALLEST)


@_inline
def _is_not_smaller(x: Any, best: Any) -> Any:
    return x >= best or x != x


@_inline
def _is_not_larger(x: Any, best: Any) -> Any:
    return x <= best or x != x


@_inline
def _log_sum(x: Any, y: Any) -> Any:
    return functions.logaddexp(x, type(x)(y))


class _Scan:
    """One scan's kernels, along memory and across it.

    Args:
        make: a function of `scan_loops`.
        step: what it takes.
        cost: of an element, in steps of `SizedKernel.for_size`.
    """

    def __init__(self, make: Any, step: Any, cost: float = 1.0) -> None:
        self._along = SizedKernel(lambda: make(step)[0])
        self._across = SizedKernel(lambda: make(step)[1])
        self._cost = cost

    def __call__(self, a: Array, out: Array, second: Array, axis: int) -> None:
        """Run it: see `scan_loops` for the third array; a and out have one shape, not empty."""
        a = plain(a)
        steps = tuple([stride // a.itemsize for stride in a.strides])
        out_steps = tuple([stride // out.itemsize for stride in out.strides])
        goes_across, calls = _plan(a.shape, steps, out_steps, axis)
        kernels = self._across if goes_across else self._along
        flat, flat_out = memory(a)[0], memory(out)[0]
        for call in calls:
            work = 0 if call.is_alone else int(call.size * self._cost)
            kernels.for_size(work)(flat, flat_out, second, call.layout)


_SUM = _Scan(scan_loops.running, reduce_terms.add)
_PRODUCT = _Scan(scan_loops.running, reduce_terms.multiply)
_LOG_SUM = _Scan(scan_loops.running, _log_sum, 10.0)
_LARGEST = _Scan(scan_loops.record, _is_not_smaller)
_SMALLEST = _Scan(scan_loops.record, _is_not_larger)


@lru_cache(maxsize=4096)
def _plan(
    shape: tuple[int, ...], steps: tuple[int, ...], out_steps: tuple[int, ...], axis: int
) -> tuple[bool, tuple[Launch, ...]]:
    """Tell whether to scan lines side by side, and how to launch the kernels.

    The states lie in dense memory in the order of dimensions.
    """
    first = -sum((size - 1) * min(step, 0) for size, step in zip(shape, steps, strict=True))
    lines = []
    count = 1
    for d in reversed(range(len(shape))):
        if d != axis and shape[d] > 1:
            lines.append(Dim(shape[d], steps[d], out_steps[d], count))
            count *= shape[d]
    kept = merged(lines[::-1])
    scanned = [Dim(shape[axis], steps[axis], out_steps[axis])]
    goes_across = goes_side_by_side(kept, scanned)
    return goes_across, tuple(launches(kept, scanned, first, 0, goes_across))


def _scan(
    name: str, a: Array, dim: int, scan: _Scan, start: float, total: Fold | None = None
) -> Array:
    """Scan with a state for each line, of float64 or int64.

    Args:
        name: of the operation.
        a: the operand.
        dim: what to go along.
        scan: the kernels.
        start: the state of a line before its first element.
        total: what a whole part of a line comes to, if that is faster to tell than by scanning it.
    """
    axis = axis_of(name, dim, a.shape)
    is_float = a.dtype.kind == "f"
    line = a if a.ndim else a.reshape(1)
    out = np.empty(line.shape, working(a.dtype) if is_float else np.int64)
    length = line.shape[axis]
    states = np.full(out.size // max(length, 1), start, np.float64 if is_float else np.int64)
    if total and len(states) == 1 and length > 2 * PIECE:
        _scan_blocks(line.reshape(-1), out.reshape(-1), states, scan, total)
    elif out.size:
        # Lines that one thread scans side by side are cut, so that no launch takes long.
        most = MOST_AT_ONCE // min(len(states), COLUMNS)
        for begin in range(0, length, most):
            place = (slice(None),) * axis + (slice(begin, begin + most),)
            scan(line[place], out[place], states, axis)
    return _rounded(out, a, a.dtype if is_float else np.int64)


def _scan_blocks(a: Array, out: Array, states: Array, scan: _Scan, total: Fold) -> None:
    """Scan one long line in blocks, which threads share: first what the ones before come to."""
    blocks = a.size // PIECE
    end = a.size - a.size % blocks
    parts, out_parts = a[:end].reshape(blocks, -1), out[:end].reshape(blocks, -1)
    before = total.over.accumulate(np.append(states, total(parts, (1,))[:-1]))
    scan(parts, out_parts, before, 1)
    if end < a.size:
        scan(a[end:], out[end:], before[-1:], 0)


def _record(name: str, a: Array, dim: int, record: _Scan) -> tuple[Array, Array]:
    """Scan for the best element so far, and its position."""
    check_dtype(name, a)
    axis = axis_of(name, dim, a.shape)
    line = a if a.ndim else a.reshape(1)
    out = np.empty(line.shape, working(a.dtype))
    positions = np.empty(line.shape, np.int64)
    if out.size:
        record(line, out, positions.reshape(-1), axis)
    return _rounded(out, a, a.dtype), positions.reshape(a.shape)


def _rounded(out: Array, a: Array, dtype: Any) -> Array:
    if out.dtype != dtype:
        with np.errstate(over="ignore", under="ignore"):
            out = out.astype(dtype)
    return out.reshape(a.shape)
