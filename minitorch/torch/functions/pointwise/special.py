"""Functions of probabilities, logarithms and the gamma function, as `torch.special` has them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ... import _dtype
from ..._record import Operation, record, record_many
from ..._wrap import wrap
from .._in_place import change
from .._operands import Number, cast, check_one_tensor, common_dtype, is_number, tensor_of
from .._overrides import public
from ..products.matmul import deliver
from ..views.views import sum_to
from .float_parts import float_pair
from .generated import digamma, erf, erfc, exp, exp2, lgamma, log, log1p
from .selection import where

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]

_SQRT_HALF = math.sqrt(0.5)
_SQRT_TWO_PI = math.sqrt(2 * math.pi)
# From here on downwards the logarithm of the normal distribution is that of its series.
_FAR = -20.0
# So many terms of that series are exact to float64 there.
_TERMS = 9
# Newton's steps towards a quantile; each doubles the correct digits.
_STEPS = 12


def _floats(input: Tensor) -> Tensor:
    """Give the elements as floats, of the default dtype where they are none."""
    return input if input._key.is_float else input.to(_dtype.get_default_dtype())


# ---- entropy and logarithms


@public
def entr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `-input * log(input)` for each element: 0 at 0, and -inf below."""
    x = _floats(input)
    array = x._array
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(array > 0, -array * np.log(array), np.where(array == 0, 0.0, -np.inf))
    found = np.where(np.isnan(array), np.nan, found)
    result = record(wrap(np.asarray(found, array.dtype)), _ENTR, x, x)
    return deliver("entr", result, out)


_ENTR = Operation("SpecialEntrBackward0", lambda grad, x: grad * -(log(x) + 1))


@public
def xlog1py(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input * log1p(other)` for each element: 0 where input is 0, if other is a number."""
    check_one_tensor("xlog1py", input, other)
    dtype = common_dtype((input, other))
    if not dtype.is_floating_point:
        dtype = _dtype.get_default_dtype()
    x, y = tensor_of(input, dtype).to(dtype), tensor_of(other, dtype).to(dtype)
    a, b = x._array, y._array
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where((a == 0) & ~np.isnan(b), 0.0, a * np.log1p(b))
    result = wrap(np.asarray(found, a.dtype))
    operation = _XLOG1PY[is_number(input) + 2 * is_number(other)]
    return deliver("xlog1py", record_many(result, operation, (x, y), x, y), out)


def _xlog1py_back(
    grad: Tensor, needed: tuple[bool, bool], x: Tensor, y: Tensor
) -> tuple[Tensor | None, Tensor | None]:
    first = second = None
    if needed[0]:
        own = grad * log1p(y)
        first = sum_to(where((x == 0) & (y <= -1), own.new_zeros(()), own), x._shape)
    if needed[1]:
        second = sum_to(grad * x / (y + 1), y._shape)
    return first, second


# Of two tensors, of a number and a tensor, of a tensor and a number.
_XLOG1PY = [Operation(f"SpecialXlog1PyBackward{form}", _xlog1py_back) for form in range(3)]


@public
def logaddexp2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `log2(2**input + 2**other)` for each element, where neither power overflows.

    Raises:
        NotImplementedError: they hold no floats.
    """
    array = np.logaddexp2(*float_pair("logaddexp2", input, other))
    result = record_many(wrap(np.asarray(array)), _LOGADDEXP2, (input, other), input, other)
    return deliver("logaddexp2", result, out)


def _logaddexp2_back(
    grad: Tensor, needed: tuple[bool, bool], x: Tensor, y: Tensor
) -> tuple[Tensor | None, Tensor | None]:
    pairs = zip(needed, ((x, y), (y, x)), strict=True)
    first, second = [
        sum_to(grad / (exp2(other - own) + 1), own._shape).to(own._key.dtype) if wanted else None
        for wanted, (own, other) in pairs
    ]
    return first, second


_LOGADDEXP2 = Operation("Logaddexp2Backward0", _logaddexp2_back)


# ---- the normal distribution


@public
def ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Give the share of the standard normal distribution that lies below each element."""
    return deliver("ndtr", (erf(_floats(input) * _SQRT_HALF) + 1) * 0.5, out)


@public
def log_ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Give the logarithm of `ndtr`, also where that is too small for a float."""
    x = _floats(input)
    array = _log_share(np.asarray(x._array, np.float64))
    return deliver("log_ndtr", record(wrap(cast(array, x._key.dtype)), _LOG_NDTR, x, x), out)


def _log_share(x: Array) -> Array:
    """Compute log of the normal distribution's share below x, in float64."""
    tail = np.asarray(erfc(wrap(np.array(np.abs(x) * _SQRT_HALF, order="C")))._array)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        near = np.where(x > 0, np.log1p(-tail / 2), np.log(tail / 2))
        inverse, term, series = 1 / (x * x), np.ones_like(x), np.ones_like(x)
        for i in range(1, _TERMS + 1):
            term = term * (1 - 2 * i) * inverse
            series = series + term
        far = -x * x / 2 - np.log(-x * _SQRT_TWO_PI) + np.log(series)
    return np.asarray(np.where(x < _FAR, far, near))


def _log_ndtr_back(grad: Tensor, x: Tensor) -> Tensor:
    # Both exponents are large where x is: their difference needs float64.
    wide = x.to(_dtype.float64)
    density = exp(wide * wide / -2 - log_ndtr(wide)) / _SQRT_TWO_PI
    return grad * density.to(x._key.dtype)


_LOG_NDTR = Operation("SpecialLogNdtrBackward0", _log_ndtr_back)


@public
def ndtri(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Give the number below which each share of the standard normal distribution lies."""
    x = _floats(input)
    array = _quantile(np.asarray(x._array, np.float64))
    result = wrap(cast(array, x._key.dtype))
    return deliver("ndtri", record(result, _NDTRI, x, result), out)


def _quantile(share: Array) -> Array:
    """Find x with `log_ndtr(x) = log(min(share, 1 - share))` by Newton's method, and its sign.

    The logarithm of the distribution is concave: from its tail the steps go to x and not beyond.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        less = np.where(share > 0.5, 1 - share, share)
        target = np.log(less)
        x = -np.sqrt(-2 * target)
        for _ in range(_STEPS):
            below = _log_share(x)
            x = x + (target - below) * np.exp(below + x * x / 2) * _SQRT_TWO_PI
        x = np.where(less == 0, -np.inf, np.where(less == 0.5, 0.0, x))
    return np.where((share < 0) | (share > 1), np.nan, np.where(share > 0.5, -x, x))


_NDTRI = Operation(
    "SpecialNdtriBackward0", lambda grad, result: grad * exp(result * result / 2) * _SQRT_TWO_PI
)


# ---- the gamma function


@public
def mvlgamma(input: Tensor, p: int, *, out: Tensor | None = None) -> Tensor:
    """Give the logarithm of the gamma function of p dimensions.

    Raises:
        RuntimeError: p is not positive.
    """
    if p < 1:
        raise RuntimeError(f"mvlgamma: p has to be greater than or equal to 1, got {p}")
    x = _floats(input)
    total = lgamma(x.detach()) + p * (p - 1) / 4 * math.log(math.pi)
    for i in range(1, p):
        total = total + lgamma(x.detach() - i / 2)
    return deliver("mvlgamma", record(total, _MVLGAMMA, x, x, p), out)


def _mvlgamma_back(grad: Tensor, x: Tensor, p: int) -> Tensor:
    total = digamma(x)
    for i in range(1, p):
        total = total + digamma(x - i / 2)
    return grad * total


_MVLGAMMA = Operation("MvlgammaBackward0", _mvlgamma_back)

multigammaln = mvlgamma


def mvlgamma_(input: Tensor, p: int) -> Tensor:
    """Compute `mvlgamma` in place."""
    return change(mvlgamma, input, p)
