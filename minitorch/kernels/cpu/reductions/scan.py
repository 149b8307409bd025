"""Scans of NumPy arrays of any layout along one dimension: cumsum, cummax and their kin.

Negative dimensions count from the right; a number counts as one element. Results are dense, and
have the dtype that PyTorch's function of the name gives. Sums are kept in float64; float16 is
computed in float32 and rounded once.

All raise an IndexError for a dimension that does not exist, and a ReductionDTypeError for elements
of a type that they are not defined for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD, SizedKernel
from ..functions import logaddexp
from . import folds, scan_loops, terms
from .fold import (
    LAYOUT,
    Arrays,
    Dtype,
    Fold,
    Form,
    axis_of,
    check_dtype,
    dense_form,
    dense_steps,
    entries,
    flattening,
    rounded,
    steps_of,
    stored,
    vectors,
    working,
)
from .plan import COLUMNS, MOST_AT_ONCE, Dim, Launch, Place, goes_side_by_side, launches, merged

Array = NDArray[Any]
_Compute = Callable[[Array], Arrays]

_inline = njit(fastmath={"contract"}, error_model="numpy", forceinline=True)


def cumsum(a: Array, dim: int) -> Array:
    """Add up along a dimension; integers and bool give int64."""
    return _run(_CUMSUM, a, dim)[0]


def cumprod(a: Array, dim: int) -> Array:
    """Multiply along a dimension; integers and bool give int64."""
    return _run(_CUMPROD, a, dim)[0]


def logcumsumexp(a: Array, dim: int) -> Array:
    """Give the logarithms of the running sums of e^x, without overflow."""
    return _run(_LOGCUMSUMEXP, a, dim)[0]


def cummax(a: Array, dim: int) -> tuple[Array, Array]:
    """Give the largest element so far, and the last position where it was found, in int64.

    A NaN wins over every number.
    """
    values, positions = _run(_CUMMAX, a, dim)
    return values, positions


def cummin(a: Array, dim: int) -> tuple[Array, Array]:
    """Give the smallest element so far, and the last position where it was found, in int64.

    A NaN wins over every number.
    """
    values, positions = _run(_CUMMIN, a, dim)
    return values, positions


# ---- preparing: what a call needs is found out once for arrays of one form


def _run(scan: _Scan, a: Array, dim: int) -> Arrays:
    """Prepare a call, unless that is done already, and compute it."""
    if not a.flags.aligned:
        a = a.copy()
    return _prepared(scan, a.dtype, a.shape, a.strides, dim)(a)


@lru_cache(maxsize=4096)
def _prepared(
    scan: _Scan, dtype: Dtype, shape: tuple[int, ...], strides: tuple[int, ...], dim: int
) -> _Compute:
    return scan.prepare(Form(dtype, shape, strides), dim)


# A long line is cut into parts of this many elements or a few more.
_PART = 1 << 12


def _made(make: Callable[[], tuple[Any, Any]], which: int) -> Any:
    return make()[which]


class _Scan:
    """One scan's kernels, along memory and across it, for every dtype, compiled when needed.

    Args:
        name: of the operation.
        make: makes the kernels: see `scan_loops`.
        cost: of an element, in steps of `SizedKernel.for_size`.
        only_floats: it is defined for floats alone.
        whole: if that is faster than a scan, the fold that tells what a part of a line comes to,
            and NumPy's function that joins such numbers.
        gives_places: the second result is positions; otherwise sums and the like are kept in a
            state for each line.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], tuple[Any, Any]],
        cost: float = 0.4,
        only_floats: bool = False,
        whole: tuple[Fold, np.ufunc] | None = None,
        gives_places: bool = False,
    ) -> None:
        self._name = name
        self._kernels = [SizedKernel(partial(_made, make, i)) for i in (0, 1)]
        self._cost = cost
        self._only_floats = only_floats
        self._whole = whole
        self._gives_places = gives_places

    def prepare(self, a: Form, dim: int) -> _Compute:
        """Give a function that scans arrays of one form along a dimension."""
        check_dtype(self._name, a, self._only_floats)
        axis = axis_of(self._name, dim, a.shape)
        is_float = a.dtype.kind == "f"
        dtype = a.dtype if is_float or self._gives_places else np.dtype(np.int64)
        places = [np.dtype(np.int64)] * self._gives_places
        if 0 in a.shape:
            return lambda array: tuple([np.empty(a.shape, d) for d in (dtype, *places)])
        if steps_of(a) is None:
            scan = self.prepare(dense_form(a), dim)
            return lambda array: scan(array.copy())
        second = np.dtype(np.float64 if is_float and not places else np.int64)
        compute = self._computing(a, axis, working(dtype), second)
        if working(dtype) == dtype:
            return compute
        return lambda array: tuple(map(rounded, compute(array), (dtype, *places)))

    def _computing(self, a: Form, axis: int, dtype: Dtype, second: Dtype) -> _Compute:
        """Give a function that makes the results, of dtypes that kernels know."""
        shape, empty = a.shape, np.empty
        lines = math.prod(shape) // (shape[axis] if shape else 1)
        if self._whole and lines == 1 and math.prod(shape) >= 4 * _PART:
            return self._computing_parts(a, axis, dtype, second)
        launch = self._launching(a, axis, dtype, second)
        # Only the parts of lines that are cut need states; otherwise nothing is written to this.
        is_cut, none = bool(shape) and shape[axis] > _most(lines), empty(1, second)

        def compute(array: Array) -> Arrays:
            out, places = empty(shape, dtype), empty(shape, second)
            launch(array, out, places)
            return out, places

        def compute_one(array: Array) -> Arrays:
            out = empty(shape, dtype)
            launch(array, out, empty(lines, second) if is_cut else none)
            return (out,)

        return compute if self._gives_places else compute_one

    def _launching(
        self, a: Form, axis: int, dtype: Dtype, second: Dtype, starts_given: bool = False
    ) -> Callable[[Array, Array, Array], None]:
        """Give a function that takes an operand, out and the positions or the states."""
        goes_across, calls = _plan(a, axis, starts_given)
        flat = flattening(a)
        entry_for = entries(
            self._kernels[goes_across], (*vectors([stored(a.dtype), dtype, second]), LAYOUT)
        )
        work = [(call.layout, call.steps(self._cost)) for call in calls]
        layout, steps = work[0]
        if len(work) == 1 and steps < PARALLEL_THRESHOLD:
            entry = entry_for(steps)

            def launch(array: Array, out: Array, own: Array) -> None:
                entry(flat(array), out.ravel(), own.ravel(), layout)

            return launch

        def launch_all(array: Array, out: Array, own: Array) -> None:
            arrays = flat(array), out.ravel(), own.ravel()
            for layout, steps in work:
                entry_for(steps)(*arrays, layout)

        return launch_all

    def _computing_parts(self, a: Form, axis: int, dtype: Dtype, second: Dtype) -> _Compute:
        """Give one that scans a long line in parts, having told what is before each of them."""
        assert self._whole
        length, stride = a.shape[axis], a.strides[axis]
        count = length // _PART
        size = length // count
        end = count * size
        parts = Form(a.dtype, (count, size), (size * stride, stride))
        rest = Form(a.dtype, (length - end,), (stride,))
        fold, join = self._whole
        totals = fold.prepare(parts, (1,), False, [second])
        scan = self._launching(parts, 1, dtype, second, starts_given=True)
        scan_rest = (
            self._launching(rest, 0, dtype, second, starts_given=True) if end < length else None
        )

        def compute(array: Array) -> Arrays:
            line, out = array.reshape(-1), np.empty(length, dtype)
            pieces = line[:end].reshape(parts.shape)
            with np.errstate(all="ignore"):
                after = join.accumulate(totals(pieces)[0])
            before = np.append(join.identity, after).astype(second, copy=False)
            scan(pieces, out[:end], before[:-1])
            if scan_rest:
                scan_rest(line[end:], out[end:], before[-1:])
            return (out.reshape(a.shape),)

        return compute


def _most(lines: int) -> int:
    """Give how long lines may be: those side by side are cut, so that no launch takes long."""
    return MOST_AT_ONCE // min(lines, COLUMNS)


def _plan(a: Form, axis: int, starts_given: bool) -> tuple[bool, list[Launch]]:
    """Tell whether to scan lines side by side, and how to launch the kernels.

    The states lie in dense memory in the order of dimensions.
    """
    shape, steps = a.shape or (1,), steps_of(a) or (1,)
    out_steps = dense_steps(shape)
    first = Place(-sum((n - 1) * min(step, 0) for n, step in zip(shape, steps, strict=True)))
    dims = []
    count = 1
    for d in reversed(range(len(shape))):
        if d != axis and shape[d] > 1:
            dims.append(Dim(shape[d], steps[d], out_steps[d], count))
            count *= shape[d]
    kept = merged(dims[::-1])
    scanned = Dim(shape[axis], steps[axis], out_steps[axis])
    goes_across = goes_side_by_side(kept, [scanned])
    calls: list[Launch] = []
    most = _most(count)
    for begin in range(0, scanned.size, most):
        end = min(begin + most, scanned.size)
        part = Dim(end - begin, scanned.step, scanned.out_step)
        for call in launches(kept, [part], first.after(begin, scanned), goes_across):
            call.layout[8, 2:] = begin, starts_given or begin > 0, end < scanned.size
            calls.append(call)
    return goes_across, calls


@_inline
def _is_not_smaller(x: Any, best: Any) -> Any:
    return x >= best or x != x


@_inline
def _is_not_larger(x: Any, best: Any) -> Any:
    return x <= best or x != x


@_inline
def _log_sum(x: Any, y: Any) -> Any:
    return logaddexp(x, type(x)(y))


_CUMSUM = _Scan("cumsum", partial(scan_loops.running, terms.add, 0), whole=(folds.SUM, np.add))
_CUMPROD = _Scan(
    "cumprod",
    partial(scan_loops.running, terms.multiply, 1),
    whole=(folds.PRODUCT, np.multiply),
)
_LOGCUMSUMEXP = _Scan(
    "logcumsumexp", partial(scan_loops.running, _log_sum, -math.inf), 15.0, only_floats=True
)
_CUMMAX = _Scan("cummax", partial(scan_loops.record, _is_not_smaller), 1.0, gives_places=True)
_CUMMIN = _Scan("cummin", partial(scan_loops.record, _is_not_larger), 1.0, gives_places=True)
