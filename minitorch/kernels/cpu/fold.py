"""Folds: the kernels that reductions of arrays of any layout are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._jit import SizedKernel
from ...errors import DTypeError
from . import reduce_loops, reduce_terms
from .layout import memory
from .reduce_plan import Plan, plan

Array = NDArray[Any]
Dims = int | Sequence[int] | None
_Dtype = np.dtype[Any]

# Elements of a sum that cost as much as one step in `SizedKernel.for_size`.
_CHEAP, _COSTLY = 0.2, 2.0
_NO_VALUES = np.zeros(1)
_DTYPES = frozenset(
    map(np.dtype, "bool uint8 int8 int16 int32 int64 float16 float32 float64".split())
)


class ReductionDTypeError(DTypeError, RuntimeError):
    """A reduction of elements of a type that it is not defined for."""


def check_dtype(name: str, a: Array, only_floats: bool = False) -> None:
    """Check the dtype of an operand.

    Raises:
        ReductionDTypeError: the operation is not defined for it.
    """
    if a.dtype not in _DTYPES or (only_floats and a.dtype.kind != "f"):
        kinds = "floats" if only_floats else "bool, integers and floats"
        raise ReductionDTypeError(
            f"{name} takes {kinds}, got {a.dtype} of shape {a.shape}. Convert it with astype()."
        )


def axis_of(name: str, dim: int, shape: tuple[int, ...]) -> int:
    """Count a dimension from the left; a number has one dimension as far as this goes.

    Raises:
        IndexError: there is no such dimension.
    """
    rank = len(shape) or 1
    if not -rank <= dim < rank:
        raise IndexError(
            f"{name}: dimension {dim} is out of range for shape {shape}: "
            f"expected {-rank} to {rank - 1}."
        )
    return dim % rank


def axes_of(name: str, dims: Dims, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Give the dimensions to reduce, counted from the left, in rising order.

    Raises:
        IndexError: there is no such dimension.
        RuntimeError: one is named twice.
    """
    if dims is None:
        return tuple(range(len(shape)))
    given = (dims,) if isinstance(dims, int | np.integer) else tuple(dims)
    axes = [axis_of(name, int(dim), shape) for dim in given]
    if len(set(axes)) < len(axes):
        raise RuntimeError(f"{name}: dimensions {given} of shape {shape} name one of them twice.")
    return tuple(sorted(axes)) if shape else ()


class Fold:
    """One reduction's kernels, along memory and across it, for every dtype, compiled when needed.

    Args:
        term: what an element contributes.
        join: joins two contributions.
        over: NumPy's function that joins arrays of them.
        starts: of the operand's dtype gives the start of a block and that of the total, in the
            types that these are computed in.
        cost: of an element, in steps of `SizedKernel.for_size`.
        in_order: the term depends on the position; there must be one reduced dimension.
    """

    def __init__(
        self,
        term: Any,
        join: Any,
        over: np.ufunc,
        starts: Callable[[_Dtype], tuple[Any, Any]],
        cost: float = _CHEAP,
        in_order: bool = False,
    ) -> None:
        self._along = SizedKernel(lambda: reduce_loops.compiled(reduce_loops.along(term, join)))
        self._across = SizedKernel(lambda: reduce_loops.compiled(reduce_loops.across(term, join)))
        self.over = over
        self._make_starts = starts
        self._starts: dict[_Dtype, tuple[Array, Array]] = {}
        self._cost = cost
        self._in_order = in_order

    def __call__(self, a: Array, axes: tuple[int, ...], values: Array | None = None) -> Array:
        """Reduce an array.

        Args:
            a: the operand.
            axes: the dimensions to reduce, in rising order.
            values: a number for each output, in dense memory, or one for all.

        Returns:
            The reduced array, without the reduced dimensions, in the type of the total.
        """
        start, total = self._starts_for(a.dtype)
        if a.size == 0:
            kept = [size for d, size in enumerate(a.shape) if d not in axes]
            return np.full(kept, total[0])
        a = plain(a)
        steps = tuple([stride // a.itemsize for stride in a.strides])
        has_values = values is not None and values.ndim > 0
        how = plan(a.shape, steps, axes, self._in_order, has_values)
        flat = a.reshape(-1) if a.flags.c_contiguous else memory(a)[0]
        values = _NO_VALUES if values is None else values.reshape(-1)
        partial = np.empty(how.partial_shape, total.dtype)
        flat_partial = partial.reshape(-1)
        kernels = self._across if how.goes_across else self._along
        for launch in how.launches:
            work = 0 if launch.is_alone else int(launch.size * self._cost)
            kernels.for_size(work)(flat, values, flat_partial, launch.layout, start, total)
        return self._joined(partial, how) if how.dims_left else partial

    def _starts_for(self, dtype: _Dtype) -> tuple[Array, Array]:
        starts = self._starts.get(dtype)
        if starts is None:
            start, total = self._make_starts(dtype)
            starts = self._starts[dtype] = np.array([start]), np.array([total])
        return starts

    def _joined(self, partial: Array, how: Plan) -> Array:
        """Join what the blocks gave."""
        if self._in_order:
            # Positions were counted from the start of each block.
            starts = np.arange(len(partial)) * how.block
            partial += starts.reshape(-1, *[1] * (partial.ndim - 1))
        return np.asarray(self.over.reduce(partial, axis=how.dims_left))


def plain(a: Array) -> Array:
    """See bool as uint8 and float16 as bits; copy what does not lie on a grid of whole elements."""
    if not a.flags.aligned or any(stride % a.itemsize for stride in a.strides):
        a = a.copy()
    if a.dtype == np.bool_:
        return a.view(np.uint8)
    return a.view(np.uint16) if a.dtype == np.float16 else a


def working(dtype: _Dtype) -> _Dtype:
    """Give the type that elements of a dtype are computed in."""
    if dtype == np.bool_:
        return np.dtype(np.uint8)
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def _sum_starts(number: int) -> Callable[[_Dtype], tuple[Any, Any]]:
    """Join blocks in float64 and int64; bytes are added up in int32 inside a block."""

    def starts(dtype: _Dtype) -> tuple[Any, Any]:
        if dtype.kind == "f":
            return working(dtype).type(number), np.float64(number)
        is_small = dtype.itemsize == 1 and number == 0
        return (np.int32 if is_small else np.int64)(number), np.int64(number)

    return starts


def _double_starts(dtype: _Dtype) -> tuple[Any, Any]:
    return np.float64(0), np.float64(0)


def _count_starts(dtype: _Dtype) -> tuple[Any, Any]:
    return np.int32(0), np.int64(0)


def _extreme_starts(sign: int) -> Callable[[_Dtype], tuple[Any, Any]]:
    """Start from the number that every other one beats: the lowest (sign -1) or highest one."""

    def starts(dtype: _Dtype) -> tuple[Any, Any]:
        dtype = working(dtype)
        if dtype.kind == "f":
            limit = sign * math.inf
        else:
            info = np.iinfo(dtype)
            limit = info.min if sign < 0 else info.max
        return dtype.type(limit), dtype.type(limit)

    return starts


def _truth_starts(start: int) -> Callable[[_Dtype], tuple[Any, Any]]:
    return lambda dtype: (np.uint8(start), np.uint8(start))


def _position_starts(dtype: _Dtype) -> tuple[Any, Any]:
    return np.int64(reduce_terms.FAR), np.int64(reduce_terms.FAR)


_t = reduce_terms
SUM = Fold(_t.value, _t.add, np.add, _sum_starts(0))
# All in float64: an error of the mean counts squared in a variance.
EXACT_SUM = Fold(_t.value, _t.add, np.add, _double_starts)
NUMBERS = Fold(_t.number, _t.add, np.add, _sum_starts(0))
MAGNITUDES = Fold(_t.magnitude, _t.add, np.add, _sum_starts(0))
EXPONENTIALS = Fold(_t.shifted_exp, _t.add, np.add, _sum_starts(0), _COSTLY)
PRODUCT = Fold(_t.value, _t.multiply, np.multiply, _sum_starts(1))
SQUARES = Fold(_t.squared_distance, _t.add, np.add, _double_starts)
POWERS = Fold(_t.magnitude_to_power, _t.add, np.add, _double_starts, _COSTLY)
NUMBER_COUNT = Fold(_t.is_number, _t.add, np.add, _count_starts)
NONZERO_COUNT = Fold(_t.is_not_zero, _t.add, np.add, _count_starts)
LARGEST = Fold(_t.value, _t.larger, np.maximum, _extreme_starts(-1))
SMALLEST = Fold(_t.value, _t.smaller, np.minimum, _extreme_starts(1))
LARGEST_MAGNITUDE = Fold(_t.magnitude, _t.larger, np.maximum, _extreme_starts(-1))
SMALLEST_MAGNITUDE = Fold(_t.magnitude, _t.smaller, np.minimum, _extreme_starts(1))
ANY = Fold(_t.is_not_zero, _t.larger, np.maximum, _truth_starts(0))
ALL = Fold(_t.is_not_zero, _t.smaller, np.minimum, _truth_starts(1))
POSITION = Fold(_t.position_of, _t.smaller, np.minimum, _position_starts, in_order=True)
