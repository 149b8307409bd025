"""Short ways to elementwise kernels, for small operands.

Most calls of a small network have few elements, and every check would cost as much as the work
itself. A way is a function of out (or None), the values of the parameters, and the operands. It
gives None for what it is not meant for; then all has to be looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..layouts.layout import Form, Plan
from .flat import repeating

Array = NDArray[Any]
Entry = Callable[..., Any]
Way = Callable[..., Array | None]

# A kernel, and what it takes before and after the memories of all arrays; last come the parameters.
Launch = tuple[Entry, tuple[Any, ...], tuple[Any, ...]]

# The kernel of two operands of which one repeats, what it is called with before and after the
# arrays, and the shape of the result.
_Repeating = tuple[Entry, Any, int, tuple[int, ...]]

# Forms that a way remembers.
_MOST_KNOWN = 1024


@dataclass(frozen=True)
class Purpose:
    """What a way leads to.

    Attributes:
        dtypes: of the operands.
        result: dtype of the result.
        most: number of elements up to which one thread computes.
        dense_for: gives the kernel of dense operands for a number of elements.
        repeating: gives the kernel of two dense operands of which one repeats, for one thread and
            arrays of some ranks, and what it is called with first.
        planned: gives the plan for operands of some forms and out's form; None where there is no
            short way.
        launch_for: gives what computes arrays of a plan.
    """

    dtypes: tuple[np.dtype[Any], ...]
    result: np.dtype[Any]
    most: int
    dense_for: Callable[[int], Entry]
    repeating: Callable[[tuple[int, ...]], tuple[Entry, Any]]
    planned: Callable[[tuple[Form, ...], Form | None], Plan | None]
    launch_for: Callable[[Plan], Launch]


def dense_way(purpose: Purpose, count: int, takes_single: bool) -> Way:
    """Make the way for dense operands of one shape.

    Args:
        purpose: what it leads to.
        count: of operands.
        takes_single: one of two operands may be a single number.
    """
    if count == 1:
        return _way_1(purpose)
    return _way_2(purpose) if takes_single else _way_n(purpose)


def _way_1(purpose: Purpose) -> Way:
    (dtype,), result, most = purpose.dtypes, purpose.result, purpose.most
    small, dense_for, empty = purpose.dense_for(0), purpose.dense_for, np.empty

    def way(out: Array | None, numbers: tuple[float, ...], x: Array) -> Array | None:
        if x.dtype is not dtype or not x.flags.carray:
            return None
        shape = x.shape
        if out is None:
            out = empty(shape, result)
        elif not _fits(out, shape, result):
            return None
        entry = small if x.size <= most else dense_for(x.size)
        if len(shape) == 1:
            entry(x, out, numbers)
        else:
            entry(x.ravel(), out.ravel(), numbers)
        return out

    return way


def _way_2(purpose: Purpose) -> Way:
    (x_dtype, y_dtype), result, most = purpose.dtypes, purpose.result, purpose.most
    small, dense_for, empty = purpose.dense_for(0), purpose.dense_for, np.empty
    way_of_repeating = _repeating_way(purpose)

    def way(out: Array | None, numbers: tuple[float, ...], x: Array, y: Array) -> Array | None:
        shape = x.shape
        is_plain = y.shape == shape
        if not is_plain:
            if x.size == 1 and x.ndim <= y.ndim:
                shape = y.shape
            elif y.size != 1 or y.ndim > x.ndim:
                return way_of_repeating(out, numbers, x, y)
        if x.dtype is not x_dtype or y.dtype is not y_dtype:
            return None
        if not x.flags.carray or not y.flags.carray:
            return None
        if out is None:
            out = empty(shape, result)
        elif not _fits(out, shape, result):
            return None
        entry = small if out.size <= most else dense_for(out.size)
        if is_plain and len(shape) == 1:
            entry(x, y, out, numbers)
        else:
            entry(x.ravel(), y.ravel(), out.ravel(), numbers)
        return out

    return way


def _repeating_way(purpose: Purpose) -> Way:
    """Make the way for two dense operands of which one repeats, as a row does beside a matrix."""
    (x_dtype, y_dtype), result, most = purpose.dtypes, purpose.result, purpose.most
    known: dict[tuple[tuple[int, ...], tuple[int, ...]], _Repeating | tuple[()]] = {}
    empty = np.empty

    def way(out: Array | None, numbers: tuple[float, ...], x: Array, y: Array) -> Array | None:
        if not x.flags.carray or not y.flags.carray:
            return None
        if x.dtype is not x_dtype or y.dtype is not y_dtype or x.size > most or y.size > most:
            return None
        key = x.shape, y.shape
        job = known.get(key)
        if job is None:
            if len(known) == _MOST_KNOWN:
                known.clear()
            job = known[key] = _repeating(purpose, *key)
        if not job:
            return None
        entry, address, inner, shape = job
        if out is None:
            out = empty(shape, result)
        elif not _fits(out, shape, result):
            return None
        entry(address, x, y, out, inner, numbers)
        return out

    return way


def _repeating(purpose: Purpose, x: tuple[int, ...], y: tuple[int, ...]) -> _Repeating | tuple[()]:
    """Give what computes operands of these shapes, if one of them repeats beside the other."""
    inner, shape = repeating(x, y)
    return (*purpose.repeating((len(x), len(y), len(shape))), inner, shape) if inner else ()


def _way_n(purpose: Purpose) -> Way:
    dtypes, result, most = purpose.dtypes, purpose.result, purpose.most
    small, dense_for, empty = purpose.dense_for(0), purpose.dense_for, np.empty

    def way(out: Array | None, numbers: tuple[float, ...], *arrays: Array) -> Array | None:
        shape = arrays[0].shape
        for array, dtype in zip(arrays, dtypes, strict=True):
            if array.dtype is not dtype or array.shape != shape or not array.flags.carray:
                return None
        if out is None:
            out = empty(shape, result)
        elif not _fits(out, shape, result):
            return None
        entry = small if out.size <= most else dense_for(out.size)
        if len(shape) == 1:
            entry(*arrays, out, numbers)
        else:
            entry(*[array.ravel() for array in arrays], out.ravel(), numbers)
        return out

    return way


def _fits(out: Array, shape: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
    """Tell whether a result can be put into an array as it is."""
    return out.dtype is dtype and out.shape == shape and out.flags.carray


def planned_way(purpose: Purpose) -> Way:
    """Make the way for operands of forms that were met before, such as a batch and a bias."""
    dtypes, result, planned, empty = purpose.dtypes, purpose.result, purpose.planned, np.empty
    most, launch_for = purpose.most, purpose.launch_for
    known: dict[tuple[tuple[Form, ...], Form | None], tuple[Plan, Launch | None]] = {}

    def way(out: Array | None, numbers: tuple[float, ...], *arrays: Array) -> Array | None:
        form = None if out is None else (out.shape, out.strides)
        key = tuple([(array.shape, array.strides) for array in arrays]), form
        job = known.get(key)
        if job is None:
            if len(known) == _MOST_KNOWN:
                known.clear()
            how = planned(*key)
            if how is None:
                return None
            job = known[key] = how, launch_for(how) if how.size <= most else None
        how, launch = job
        # Whether several threads share the work may change.
        entry, before, after = launch or launch_for(how)
        memories = []
        for flat, array, dtype in zip(how.flats, arrays, dtypes, strict=False):
            if array.dtype is not dtype or not array.flags.aligned:
                return None
            memories.append(flat(array))
        if out is None:
            memory = empty(how.memory_shape, result)
            out = memory if how.turned is None else memory.transpose(how.turned)
            memories.append(memory.ravel())
        elif out.dtype is result and out.flags.behaved:
            memories.append(how.flats[-1](out))
        else:
            return None
        entry(*before, *memories, *after, numbers)
        return out

    return way
