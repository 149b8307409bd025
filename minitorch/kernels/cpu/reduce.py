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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import fold
from .fold import Dims, Fold, axes_of, axis_of, check_dtype
from .reduce_plan import PIECE

Array = NDArray[Any]


def sum(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Add up; integers and bool give int64, and nothing gives 0."""
    check_dtype("sum", a)
    axes = _axes("sum", dims, a)
    return _result(fold.SUM(a, axes), a, axes, keepdims, _sum_dtype(a))


def nansum(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Add up what is not NaN."""
    check_dtype("nansum", a)
    axes = _axes("nansum", dims, a)
    numbers = fold.NUMBERS if a.dtype.kind == "f" else fold.SUM
    return _result(numbers(a, axes), a, axes, keepdims, _sum_dtype(a))


def prod(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Multiply; integers and bool give int64, and nothing gives 1."""
    check_dtype("prod", a)
    axes = _axes("prod", dims, a)
    return _result(fold.PRODUCT(a, axes), a, axes, keepdims, _sum_dtype(a))


def mean(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Average; nothing gives NaN."""
    check_dtype("mean", a, only_floats=True)
    axes = _axes("mean", dims, a)
    return _result(_mean(a, axes, fold.SUM), a, axes, keepdims, a.dtype)


def nanmean(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Average what is not NaN."""
    check_dtype("nanmean", a, only_floats=True)
    axes = _axes("nanmean", dims, a)
    with np.errstate(all="ignore"):
        means = fold.NUMBERS(a, axes) / fold.NUMBER_COUNT(a, axes)
    return _result(means, a, axes, keepdims, a.dtype)


def var(a: Array, dims: Dims = None, keepdims: bool = False, correction: float = 1) -> Array:
    """Give the variance: the sum of squared distances from the mean, divided by n - correction."""
    return var_mean(a, dims, keepdims, correction)[0]


def std(a: Array, dims: Dims = None, keepdims: bool = False, correction: float = 1) -> Array:
    """Give the standard deviation, the square root of the variance."""
    check_dtype("std", a, only_floats=True)
    axes = _axes("std", dims, a)
    variance, _ = _variance(a, axes, correction)
    return _result(np.sqrt(variance), a, axes, keepdims, a.dtype)


def var_mean(
    a: Array, dims: Dims = None, keepdims: bool = False, correction: float = 1
) -> tuple[Array, Array]:
    """Give the variance and the mean."""
    check_dtype("var", a, only_floats=True)
    axes = _axes("var", dims, a)
    variance, means = _variance(a, axes, correction)
    return (
        _result(variance, a, axes, keepdims, a.dtype),
        _result(means, a, axes, keepdims, a.dtype),
    )


def norm(a: Array, dims: Dims = None, keepdims: bool = False, p: float = 2) -> Array:
    """Give (sum of |x|^p)^(1/p), for p = inf and -inf the largest and smallest |x|, for 0 a count.

    Raises:
        RuntimeError: nothing has no norm for an infinite or a negative p.
    """
    check_dtype("norm", a, only_floats=True)
    axes = _axes("norm", dims, a)
    if (p < 0 or p == math.inf) and _count(a, axes) == 0:
        raise RuntimeError(f"norm: p = {p} of nothing: shape {a.shape} is empty in {axes}.")
    return _result(_norm(a, axes, p), a, axes, keepdims, a.dtype)


def logsumexp(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Give log(sum of e^x) without overflow; nothing gives -inf."""
    check_dtype("logsumexp", a, only_floats=True)
    axes = _axes("logsumexp", dims, a)
    shift = fold.LARGEST(a, axes)
    shift[np.isinf(shift)] = 0
    with np.errstate(all="ignore"):
        logs = np.log(fold.EXPONENTIALS(a, axes, shift)) + shift
    return _result(logs, a, axes, keepdims, a.dtype)


def any(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Tell whether some element is not 0, as bool, or uint8 of uint8; () reduces nothing."""
    return _truth("any", fold.ANY, a, dims, keepdims)


def all(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Tell whether no element is 0, as bool, or uint8 of uint8; () reduces nothing."""
    return _truth("all", fold.ALL, a, dims, keepdims)


def count_nonzero(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Count the elements that are not 0, in int64."""
    check_dtype("count_nonzero", a)
    axes = _axes("count_nonzero", dims, a)
    return _result(fold.NONZERO_COUNT(a, axes), a, axes, keepdims, np.int64)


# ---- extremes: a NaN wins, and of equal elements the first


def amax(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Give the largest element.

    Raises:
        RuntimeError, IndexError: nothing has none.
    """
    return _extreme("amax", fold.LARGEST, a, dims, keepdims)


def amin(a: Array, dims: Dims = None, keepdims: bool = False) -> Array:
    """Give the smallest element; errors as for `amax`."""
    return _extreme("amin", fold.SMALLEST, a, dims, keepdims)


def aminmax(a: Array, dims: Dims = None, keepdims: bool = False) -> tuple[Array, Array]:
    """Give the smallest and the largest element; errors as for `amax`."""
    return (
        _extreme("aminmax", fold.SMALLEST, a, dims, keepdims),
        _extreme("aminmax", fold.LARGEST, a, dims, keepdims),
    )


def max(a: Array, dim: int, keepdims: bool = False) -> tuple[Array, Array]:
    """Give the largest elements along a dimension, and their positions in int64.

    Raises:
        IndexError: the dimension does not exist or has size 0.
    """
    return _extreme_with_position("max", fold.LARGEST, a, dim, keepdims)


def min(a: Array, dim: int, keepdims: bool = False) -> tuple[Array, Array]:
    """Give the smallest elements along a dimension, and their positions in int64.

    Raises:
        IndexError: the dimension does not exist or has size 0.
    """
    return _extreme_with_position("min", fold.SMALLEST, a, dim, keepdims)


def argmax(a: Array, dim: int | None = None, keepdims: bool = False) -> Array:
    """Give the position of the largest element along a dimension, or in the flattened array.

    Raises:
        IndexError: the dimension does not exist, or there is nothing along it.
    """
    return _position("argmax", fold.LARGEST, np.argmax, a, dim, keepdims)


def argmin(a: Array, dim: int | None = None, keepdims: bool = False) -> Array:
    """Give the position of the smallest element; otherwise as `argmax`."""
    return _position("argmin", fold.SMALLEST, np.argmin, a, dim, keepdims)


# ---- what they share


def _axes(name: str, dims: Dims, a: Array) -> tuple[int, ...]:
    """Give the dimensions to reduce; none named means all of them."""
    return axes_of(name, dims, a.shape) or tuple(range(a.ndim))


def _count(a: Array, axes: tuple[int, ...]) -> int:
    """Give how many elements each output is made of."""
    return math.prod([a.shape[axis] for axis in axes])


def _sum_dtype(a: Array) -> Any:
    return a.dtype if a.dtype.kind == "f" else np.int64


def _result(result: Any, a: Array, axes: tuple[int, ...], keepdims: bool, dtype: Any) -> Array:
    """Round a result to its dtype, once, and give it the reduced dimensions back if they stay."""
    result = np.asarray(result)
    if result.dtype != dtype:
        with np.errstate(over="ignore", under="ignore"):
            result = result.astype(dtype)
    if keepdims:
        return result.reshape([1 if d in axes else size for d, size in enumerate(a.shape)])
    return result


def _mean(a: Array, axes: tuple[int, ...], total: Fold) -> Array:
    """Average in float64."""
    with np.errstate(all="ignore"):
        return np.asarray(total(a, axes) / np.float64(_count(a, axes)))


def _variance(a: Array, axes: tuple[int, ...], correction: float) -> tuple[Array, Array]:
    """Give the variance and the mean in float64, in two passes."""
    means = _mean(a, axes, fold.EXACT_SUM)
    degrees = np.float64(_count(a, axes) - correction)
    with np.errstate(all="ignore"):
        variance = fold.SQUARES(a, axes, means) / np.maximum(degrees, 0.0)
    return variance, means


def _norm(a: Array, axes: tuple[int, ...], p: float) -> Any:
    if p == 0:
        return fold.NONZERO_COUNT(a, axes)
    if p == 1:
        return fold.MAGNITUDES(a, axes)
    if p == 2:
        return np.sqrt(fold.SQUARES(a, axes))
    if math.isinf(p):
        return (fold.LARGEST_MAGNITUDE if p > 0 else fold.SMALLEST_MAGNITUDE)(a, axes)
    with np.errstate(all="ignore"):
        return fold.POWERS(a, axes, np.array(p, dtype=np.float64)) ** (1.0 / p)


def _truth(name: str, which: Fold, a: Array, dims: Dims, keepdims: bool) -> Array:
    check_dtype(name, a)
    axes = axes_of(name, dims, a.shape)
    dtype = np.uint8 if a.dtype == np.uint8 else np.bool_
    return _result(which(a, axes), a, axes, keepdims, dtype)


def _extreme(name: str, which: Fold, a: Array, dims: Dims, keepdims: bool) -> Array:
    check_dtype(name, a)
    axes = _axes(name, dims, a)
    if dims is None and a.size == 0:
        raise RuntimeError(f"{name}: shape {a.shape} has no elements. Name the dimensions.")
    _check_not_empty(name, a, axes)
    return _result(which(a, axes), a, axes, keepdims, a.dtype)


def _check_not_empty(name: str, a: Array, axes: tuple[int, ...]) -> None:
    for axis in axes:
        if a.shape[axis] == 0:
            raise IndexError(f"{name}: dimension {axis} of shape {a.shape} has size 0.")


def _extreme_with_position(
    name: str, which: Fold, a: Array, dim: int, keepdims: bool
) -> tuple[Array, Array]:
    check_dtype(name, a)
    axis = axis_of(name, dim, a.shape)
    axes = (axis,) if a.ndim else ()
    _check_not_empty(name, a, axes)
    values = which(a, axes)
    positions = fold.POSITION(a, axes, values)
    return (
        _result(values, a, axes, keepdims, a.dtype),
        _result(positions, a, axes, keepdims, np.int64),
    )


def _position(
    name: str, which: Fold, along: Any, a: Array, dim: int | None, keepdims: bool
) -> Array:
    if dim is not None:
        return _extreme_with_position(name, which, a, dim, keepdims)[1]
    check_dtype(name, a)
    if a.size == 0:
        raise IndexError(f"{name}: shape {a.shape} has no elements. Name a dimension.")
    axes = tuple(range(a.ndim))
    return _result(_position_in_all(which, along, a), a, axes, keepdims, np.int64)


def _position_in_all(which: Fold, along: Any, a: Array) -> int:
    """Find an extreme in the flattened array: which part it is in, then where in that part."""
    position = 0
    rest = a.reshape(-1) if a.flags.c_contiguous else a
    while rest.size > 2 * PIECE:
        if rest.ndim == 1:
            blocks = rest.size // PIECE
            end = rest.size - rest.size % blocks
            # What the blocks leave over makes one more, of less than one element for each.
            parts, left_over = rest[:end].reshape(blocks, -1), rest[end:]
            extremes = np.append(which(parts, (1,)), which(left_over, (0,)))
        else:
            parts, left_over = rest, rest[:0]
            extremes = which(rest, tuple(range(1, rest.ndim)))
        part = int(along(extremes))
        position += part * parts[0].size
        rest = parts[part] if part < len(parts) else left_over
    return position + int(along(rest))
