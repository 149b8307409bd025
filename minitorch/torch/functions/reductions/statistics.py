"""Variances, standard deviations and correlations."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError
from ....kernels.cpu.reductions import reduce
from ... import _dtype
from ..._record import Operation, OperationOfMany, record, record_outputs
from ..._wrap import wrap
from .._operands import Number, write_out
from .._overrides import public
from ..pointwise.arithmetic import clamp
from ..pointwise.selection import where
from ..products.matmul import matmul
from ..views.views import reshape, t
from .reductions import Dims, count_of, mean, spread, sum

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


class DegreesOfFreedomWarning(UserWarning):
    """A variance of no more elements than its correction takes away."""


# ---- variances


@public
def var(
    input: Tensor,
    dim: Dims | bool = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Compute the variance: the sum of squared distances from the mean, by n - correction.

    Args:
        input: floats.
        dim: one dimension or several; all by default. A bool here is unbiased.
        unbiased: False is a correction of 0.
        keepdim: the dimensions stay, with size 1.
        correction: what is subtracted from the number of elements; 1 by default.
        out: where to put the result.

    Raises:
        IndexError: a dimension does not exist.
        RuntimeError: the elements are integers.
        TypeError: both unbiased and correction are given.
    """
    dim, correction = _options("var", dim, unbiased, correction)
    array = reduce.var(input._array, dim, keepdim, correction)
    _warn_of_few("var", input, array, correction)
    if out is not None:
        return write_out("var", array, out)
    return record(wrap(array), _VAR, input, input, dim, keepdim, correction)


@public
def std(
    input: Tensor,
    dim: Dims | bool = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Compute the standard deviation, the square root of the variance; see `var`."""
    dim, correction = _options("std", dim, unbiased, correction)
    array = reduce.std(input._array, dim, keepdim, correction)
    _warn_of_few("std", input, array, correction)
    if out is not None:
        return write_out("std", array, out)
    result = wrap(array)
    return record(result, _STD, input, input, result, dim, keepdim, correction)


@public
def var_mean(
    input: Tensor,
    dim: Dims | bool = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> tuple[Tensor, Tensor]:
    """Compute the variance and the mean; see `var`."""
    dim, correction = _options("var_mean", dim, unbiased, correction)
    arrays = reduce.var_mean(input._array, dim, keepdim, correction)
    _warn_of_few("var_mean", input, arrays[0], correction)
    spreads, average = wrap(arrays[0]), wrap(arrays[1])
    if input._node is not None:
        record_outputs((spreads, average), _VAR_MEAN, (input,), input, dim, keepdim, correction)
    return spreads, average


@public
def std_mean(
    input: Tensor,
    dim: Dims | bool = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> tuple[Tensor, Tensor]:
    """Compute the standard deviation and the mean; see `var`."""
    dim, correction = _options("std_mean", dim, unbiased, correction)
    array = reduce.std(input._array, dim, keepdim, correction)
    _warn_of_few("std_mean", input, array, correction)
    deviation = wrap(array)
    average = wrap(reduce.mean(input._array, dim, keepdim))
    if input._node is not None:
        results = deviation, average
        record_outputs(results, _STD_MEAN, (input,), input, deviation, dim, keepdim, correction)
    return deviation, average


def _options(
    name: str, dim: Any, unbiased: bool | None, correction: Number | None
) -> tuple[Dims, Number]:
    """Give the dimensions and the correction, of which the older signatures say less."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is None:
        return dim, 1 if correction is None else correction
    if correction is not None:
        raise TypeError(f"{name}() takes unbiased or correction, got both.")
    return dim, int(unbiased)


def _warn_of_few(name: str, input: Tensor, result: Array, correction: Number) -> None:
    """Warn where there are no more elements than the correction: the result is NaN or infinite."""
    if input._array.size <= correction * result.size and result.size:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0: shape {list(input._shape)} gives shape "
            f"{list(result.shape)}, and the correction is {correction}.",
            DegreesOfFreedomWarning,
            stacklevel=4,
        )


def _var_back(grad: Tensor, input: Tensor, dim: Dims, keepdim: bool, correction: Number) -> Tensor:
    """Compute 2 / (n - correction) * grad * (x - mean)."""
    shape = input._shape
    degrees = count_of(shape, dim) - correction
    if degrees <= 0 and (dim is None or not shape):
        is_mean = input == mean(input)
        return spread(grad, shape, dim, keepdim) * where(is_mean, math.nan, math.inf)
    factor = 2 / degrees if degrees else math.inf
    return spread(grad * factor, shape, dim, keepdim) * (input - mean(input, dim, True))


def _std_back(
    grad: Tensor, input: Tensor, result: Tensor, dim: Dims, keepdim: bool, correction: Number
) -> Tensor:
    own = where(result == 0, 0, grad / (result * 2))
    return _var_back(own, input, dim, keepdim, correction)


def _var_mean_back(
    grads: tuple[Tensor | None, Tensor | None],
    needed: tuple[bool],
    input: Tensor,
    dim: Dims,
    keepdim: bool,
    correction: Number,
) -> tuple[Tensor | None]:
    own = None if grads[0] is None else _var_back(grads[0], input, dim, keepdim, correction)
    return (_with_mean(own, grads[1], input._shape, dim, keepdim),)


def _std_mean_back(
    grads: tuple[Tensor | None, Tensor | None],
    needed: tuple[bool],
    input: Tensor,
    deviation: Tensor,
    dim: Dims,
    keepdim: bool,
    correction: Number,
) -> tuple[Tensor | None]:
    own = None
    if grads[0] is not None:
        own = _std_back(grads[0], input, deviation, dim, keepdim, correction)
    return (_with_mean(own, grads[1], input._shape, dim, keepdim),)


def _with_mean(
    own: Tensor | None, grad: Tensor | None, shape: tuple[int, ...], dim: Dims, keepdim: bool
) -> Tensor | None:
    """Add the gradient that comes through the mean."""
    if grad is None:
        return own
    through_mean = spread(grad, shape, dim, keepdim, count_of(shape, dim) or 1)
    return through_mean if own is None else own + through_mean


_VAR = Operation("VarBackward0", _var_back)
_STD = Operation("StdBackward0", _std_back)
_VAR_MEAN = OperationOfMany("VarMeanBackward0", _var_mean_back)
_STD_MEAN = OperationOfMany("StdMeanBackward0", _std_mean_back)


# ---- of several variables


@public
def cov(
    input: Tensor,
    *,
    correction: int = 1,
    fweights: Tensor | None = None,
    aweights: Tensor | None = None,
) -> Tensor:
    """Compute the covariances of variables, one in each row; columns are observations.

    Args:
        input: (variables, observations), or (observations) of one variable.
        correction: what is subtracted from the number of observations.
        fweights: (observations) integers, how often each counts.
        aweights: (observations) floats, how important each is.

    Returns:
        (variables, variables), or a number.

    Raises:
        RuntimeError: there are more dimensions, or weights do not fit or are negative.
    """
    if len(input._shape) > 2:
        raise ShapeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with "
            f"{len(input._shape)} dimensions: {list(input._shape)}."
        )
    if input._key.dtype is _dtype.boolean:
        raise DTypeError("cov(): bool dtype is not supported for input. Convert it with to().")
    if not input._key.is_float:
        input = input.to(_dtype.get_default_dtype())
    rows = reshape(input, (1, -1)) if len(input._shape) < 2 else input
    weights = _weights(rows._shape[1], fweights, aweights)
    if weights is None:
        count: Any = rows._shape[1]
        centered = rows - mean(rows, 1, True)
        degrees: Any = count - correction
        weighted = centered
    else:
        weights = weights.to(rows._key.dtype)
        total = sum(weights)
        centered = rows - sum(rows * weights, 1, True) / total
        degrees = total - correction
        if aweights is not None and correction:
            own = aweights.to(rows._key.dtype)
            degrees = total - correction * sum(weights * own) / total
        weighted = centered * weights
    if float(degrees) <= 0:
        warnings.warn(
            f"cov(): degrees of freedom is <= 0 for shape {list(input._shape)}.",
            DegreesOfFreedomWarning,
            stacklevel=3,
        )
        degrees = 0
    result = matmul(weighted, t(centered)) / degrees
    return reshape(result, ()) if result._array.size == 1 else result


def _weights(count: int, fweights: Tensor | None, aweights: Tensor | None) -> Tensor | None:
    for name, weights in (("fweights", fweights), ("aweights", aweights)):
        if weights is None:
            continue
        if weights._shape not in ((count,), ()) or (weights._shape == () and count != 1):
            raise ShapeError(
                f"cov(): expected {name} to have one for each of the {count} observations, got "
                f"shape {list(weights._shape)}."
            )
        if weights._key.is_float is (name == "fweights"):
            raise RuntimeError(
                f"cov(): expected {name} to have "
                f"{'integral' if name == 'fweights' else 'floating point'} dtype but got "
                f"{weights._key.dtype}"
            )
        if (weights._array < 0).any():
            raise RuntimeError(f"cov(): {name} cannot be negative.")
    if fweights is None:
        return aweights
    return fweights if aweights is None else fweights * aweights


@public
def corrcoef(input: Tensor) -> Tensor:
    """Compute the correlations of variables, one in each row; columns are observations.

    Raises:
        RuntimeError: there are more than two dimensions.
    """
    if len(input._shape) > 2:
        raise ShapeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with "
            f"{len(input._shape)} dimensions: {list(input._shape)}."
        )
    covariances = cov(input)
    if not covariances._shape:
        return covariances / covariances
    size = covariances._shape[0]
    diagonal = wrap(np.eye(size, dtype=np.bool_))
    deviations = sum(where(diagonal, covariances, 0), 1).sqrt()
    scaled = covariances / reshape(deviations, (size, 1)) / reshape(deviations, (1, size))
    return clamp(scaled, -1, 1)
