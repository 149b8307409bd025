"""Reductions over NumPy arrays of any layout: sum, mean, max, argmax, any, var, norm and their kin.

Each takes an array, the dimensions to reduce (None or () for all of them, one, or several; negative
ones count from the right) and whether these stay in the result, with size 1. Results have the dtype
that PyTorch's function of the name gives. float16 is computed in float32 and rounded once; sums of
floats are kept in float64 between blocks.

All raise an IndexError for a dimension that does not exist, a RuntimeError for one that is named
twice, and a ReductionDTypeError for elements of a type that they are not defined for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import folds
from .fold import Arrays, Dims, Dtype, Fold, Form, axes_of, axis_of, check_dtype

Array = NDArray[Any]
_Compute = Callable[[Array], Arrays]
# Checks a call for arrays of one form, and gives what computes it: see `_prepared`.
_Prepare = Callable[..., _Compute]


def sum(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Add up; integers and bool give int64, and nothing gives 0."""
    return _run(_SUM, a, dims, keepdims)[0]


def nansum(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Add up what is not NaN."""
    return _run(_nansum, a, dims, keepdims)[0]


def prod(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Multiply; integers and bool give int64, and nothing gives 1."""
    return _run(_PROD, a, dims, keepdims)[0]


def mean(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Average; nothing gives NaN."""
    return _run(_mean, a, dims, keepdims)[0]


def nanmean(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Average what is not NaN."""
    return _run(_NANMEAN, a, dims, keepdims)[0]


def var(a: Array, dims: Dims = None, keepdims: bool = False, correction: float = 1) -> Array:
    """Give the variance: the sum of squared distances from the mean, divided by n - correction."""
    return _run(_variance, a, dims, keepdims, correction)[0]


def std(a: Array, dims: Dims = None, keepdims: bool = False, correction: float = 1) -> Array:
    """Give the standard deviation, the square root of the variance."""
    return _run(_deviation, a, dims, keepdims, correction)[0]


def var_mean(
    a: Array, dims: Dims = None, keepdims: bool = False, correction: float = 1
) -> tuple[Array, Array]:
    """Give the variance and the mean."""
    variance, mean = _run(_variance, a, dims, keepdims, correction)
    return variance, mean


def norm(a: Array, dims: Dims = None, keepdims: bool = False, p: float = 2) -> Array:
    """Give (sum of |x|^p)^(1/p), for p = inf and -inf the largest and smallest |x|, for 0 a count.

    Raises:
        RuntimeError: nothing has no norm for an infinite or a negative p.
    """
    return _run(_norm, a, dims, keepdims, p)[0]


def logsumexp(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Give log(sum of e^x) without overflow; nothing gives -inf."""
    return _run(_LOGSUMEXP, a, dims, keepdims)[0]


def any(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Tell whether some element is not 0, as bool, or uint8 of uint8; () reduces nothing."""
    return _run(_ANY, a, dims, keepdims)[0]


def all(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Tell whether no element is 0, as bool, or uint8 of uint8; () reduces nothing."""
    return _run(_ALL, a, dims, keepdims)[0]


def count_nonzero(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Count the elements that are not 0, in int64."""
    return _run(_COUNT_NONZERO, a, dims, keepdims)[0]


# ---- extremes: a NaN wins, and of equal elements the first


def amax(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Give the largest element.

    Raises:
        RuntimeError, IndexError: nothing has none.
    """
    return _run(_AMAX, a, dims, keepdims)[0]


def amin(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Give the smallest element; errors as for `amax`."""
    return _run(_AMIN, a, dims, keepdims)[0]


def aminmax(a: Array, dims: Dims = None, keepdims: bool = False) -> tuple[Array, Array]:
    """Give the smallest and the largest element; errors as for `amax`."""
    return _run(_AMINMAX_LEAST, a, dims, keepdims)[0], _run(_AMINMAX_MOST, a, dims, keepdims)[0]


def max(a: Array, dim: int, keepdims: bool = False) -> tuple[Array, Array]:
    """Give the largest elements along a dimension, and their positions in int64.

    Raises:
        IndexError: the dimension does not exist or has size 0.
    """
    values, positions = _run(_MAX, a, dim, keepdims)
    return values, positions


def min(a: Array, dim: int, keepdims: bool = False) -> tuple[Array, Array]:
    """Give the smallest elements along a dimension, and their positions in int64.

    Raises:
        IndexError: the dimension does not exist or has size 0.
    """
    values, positions = _run(_MIN, a, dim, keepdims)
    return values, positions


def argmax(a: Array, dim: int | None = None, keepdims: bool = False) -> Array:
    """Give the position of the largest element along a dimension, or in the flattened array.

    Raises:
        IndexError: the dimension does not exist, or there is nothing along it.
    """
    return _run(_ARGMAX, a, dim, keepdims)[1]


def argmin(a: Array, dim: int | None = None, keepdims: bool = False) -> Array:
    """Give the position of the smallest element; otherwise as `argmax`."""
    return _run(_ARGMIN, a, dim, keepdims)[1]


# ---- preparing: what a call needs is found out once for arrays of one form


def _run(prepare: _Prepare, a: Array, dims: Dims, keepdims: bool, number: float = 0.0) -> Arrays:
    """Prepare a call, unless that is done already, and compute it.

    Args:
        prepare: takes what `_prepared` is passed after it.
        a: the operand.
        dims: the dimensions to reduce.
        keepdims: whether these stay in the results.
        number: another option.
    """
    if type(dims) is list:
        dims = tuple(dims)
    if not a.flags.aligned:
        a = a.copy()
    return _prepared(prepare, a.dtype, a.shape, a.strides, dims, keepdims, number)(a)


@lru_cache(maxsize=4096)
def _prepared(
    prepare: _Prepare,
    dtype: Dtype,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    dims: Dims,
    keepdims: bool,
    number: float,
) -> _Compute:
    return prepare(Form(dtype, shape, strides), dims, keepdims, number)


def _axes(name: str, dims: Dims, a: Form) -> tuple[int, ...]:
    """Give the dimensions to reduce; none named means all of them."""
    return axes_of(name, dims, a.shape) or tuple(range(len(a.shape)))


def _count(a: Form, axes: tuple[int, ...]) -> int:
    """Give how many elements each output is made of."""
    return math.prod([a.shape[axis] for axis in axes])


def _own(dtype: Dtype) -> Dtype:
    return dtype


def _sum_dtype(dtype: Dtype) -> Dtype:
    return dtype if dtype.kind == "f" else np.dtype(np.int64)


def _count_dtype(dtype: Dtype) -> Dtype:
    return np.dtype(np.int64)


def _simple(
    name: str,
    fold: Fold,
    result: Callable[[Dtype], Dtype] = _own,
    only_floats: bool = False,
) -> _Prepare:
    """Prepare what one fold computes."""

    def prepare(a: Form, dims: Dims, keepdims: bool, number: float) -> _Compute:
        check_dtype(name, a, only_floats)
        return fold.prepare(a, _axes(name, dims, a), keepdims, [result(a.dtype)])

    return prepare


def _nansum(a: Form, dims: Dims, keepdims: bool, number: float) -> _Compute:
    check_dtype("nansum", a)
    which = folds.NUMBERS if a.dtype.kind == "f" else folds.SUM
    return which.prepare(a, _axes("nansum", dims, a), keepdims, [_sum_dtype(a.dtype)])


def _mean(a: Form, dims: Dims, keepdims: bool, number: float) -> _Compute:
    check_dtype("mean", a, only_floats=True)
    axes = _axes("mean", dims, a)
    count = _count(a, axes)
    # The fold's result for nothing is the sum's.
    which = folds.SUM if count else folds.NUMBER_MEAN
    return which.prepare(a, axes, keepdims, [a.dtype], (float(count),))


def _variance(
    a: Form, dims: Dims, keepdims: bool, correction: float, root: float = 0.0, name: str = "var"
) -> _Compute:
    check_dtype(name, a, only_floats=True)
    axes = _axes(name, dims, a)
    degrees = float(np.maximum(_count(a, axes) - correction, 0))
    return folds.VARIANCE.prepare(a, axes, keepdims, [a.dtype] * 2, (degrees, root))


def _deviation(a: Form, dims: Dims, keepdims: bool, correction: float) -> _Compute:
    return _variance(a, dims, keepdims, correction, root=1.0, name="std")


def _norm(a: Form, dims: Dims, keepdims: bool, p: float) -> _Compute:
    check_dtype("norm", a, only_floats=True)
    axes = _axes("norm", dims, a)
    if (p < 0 or p == math.inf) and _count(a, axes) == 0:
        raise RuntimeError(f"norm: p = {p} of nothing: shape {a.shape} is empty in {axes}.")
    which = _NORMS.get(p, folds.POWERS)
    return which.prepare(a, axes, keepdims, [a.dtype], (float(p),))


_NORMS = {
    0: folds.NONZERO_COUNT,
    1: folds.MAGNITUDES,
    2: folds.ROOT,
    math.inf: folds.LARGEST_MAGNITUDE,
    -math.inf: folds.SMALLEST_MAGNITUDE,
}


def _truth(name: str, fold: Fold) -> _Prepare:
    def prepare(a: Form, dims: Dims, keepdims: bool, number: float) -> _Compute:
        check_dtype(name, a)
        dtype = np.dtype(np.uint8 if a.dtype == np.uint8 else np.bool_)
        return fold.prepare(a, axes_of(name, dims, a.shape), keepdims, [dtype])

    return prepare


def _extreme(name: str, fold: Fold) -> _Prepare:
    def prepare(a: Form, dims: Dims, keepdims: bool, number: float) -> _Compute:
        check_dtype(name, a)
        axes = _axes(name, dims, a)
        if dims is None and 0 in a.shape:
            raise RuntimeError(f"{name}: shape {a.shape} has no elements. Name the dimensions.")
        _check_not_empty(name, a, axes)
        return fold.prepare(a, axes, keepdims, [a.dtype])

    return prepare


def _check_not_empty(name: str, a: Form, axes: tuple[int, ...]) -> None:
    for axis in axes:
        if a.shape[axis] == 0:
            raise IndexError(f"{name}: dimension {axis} of shape {a.shape} has size 0.")


def _place(name: str, fold: Fold) -> _Prepare:
    """Prepare what gives an extreme and its position, along a dimension or in all of them."""

    def prepare(a: Form, dim: int | None, keepdims: bool, number: float) -> _Compute:
        check_dtype(name, a)
        if dim is None:
            axes = tuple(range(len(a.shape)))
            if 0 in a.shape:
                raise IndexError(f"{name}: shape {a.shape} has no elements. Name a dimension.")
        else:
            axis = axis_of(name, dim, a.shape)
            axes = (axis,) if a.shape else ()
            _check_not_empty(name, a, axes)
        return fold.prepare(a, axes, keepdims, [a.dtype, np.dtype(np.int64)])

    return prepare


_SUM = _simple("sum", folds.SUM, _sum_dtype)
_PROD = _simple("prod", folds.PRODUCT, _sum_dtype)
_NANMEAN = _simple("nanmean", folds.NUMBER_MEAN, only_floats=True)
_LOGSUMEXP = _simple("logsumexp", folds.LOG_SUM, only_floats=True)
_COUNT_NONZERO = _simple("count_nonzero", folds.NONZERO_COUNT, _count_dtype)
_ANY = _truth("any", folds.ANY)
_ALL = _truth("all", folds.ALL)
_AMAX = _extreme("amax", folds.LARGEST)
_AMIN = _extreme("amin", folds.SMALLEST)
_AMINMAX_LEAST = _extreme("aminmax", folds.SMALLEST)
_AMINMAX_MOST = _extreme("aminmax", folds.LARGEST)
_MAX = _place("max", folds.LARGEST_PLACE)
_MIN = _place("min", folds.SMALLEST_PLACE)
_ARGMAX = _place("argmax", folds.LARGEST_PLACE)
_ARGMIN = _place("argmin", folds.SMALLEST_PLACE)
