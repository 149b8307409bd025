"""The exponential and the logarithm, and what is made of them.

The polynomials were fitted for this file, to the least largest relative error.
"""

from typing import Any

import numpy as np

from .basics import INFINITY, LN2, as_bits, compiled_as, from_bits, inline, maximum

_F = np.float32
_I = np.int32

# ---- e^x = 2^n e^r with |r| <= ln(2) / 2

# Adding this rounds a small number to a whole one n, which then stands in its lowest bits, together
# with the bias of an exponent, such that shifting them to their place gives 2^(n - 2). That is a
# normal number for all results but the smallest ones, which are made of a power 2^64 (or 2^128)
# times larger.
_SHIFT_SINGLE = 12582912.0 + 125.0
_SHIFT_DOUBLE = 6755399441055744.0 + 1021.0
_LEAST_SINGLE = -85.0
_LEAST_DOUBLE = -706.0


@inline
def _series_single(r: Any) -> Any:
    """Give e^r - 1."""
    p = _F(1.3946556e-3)
    p = p * r + _F(8.3667133e-3)
    p = p * r + _F(4.1666281e-2)
    p = p * r + _F(1.6666542e-1)
    p = p * r + _F(0.5)
    return p * (r * r) + r


@inline
def _series_double(r: Any) -> Any:
    p = 2.5109388571152945e-08
    p = p * r + 2.762663503487555e-07
    p = p * r + 2.7557243212484324e-06
    p = p * r + 2.4801503678022086e-05
    p = p * r + 0.0001984126988711079
    p = p * r + 0.0013888888933017282
    p = p * r + 0.008333333333321239
    p = p * r + 0.04166666666657163
    p = p * r + 0.16666666666666677
    p = p * r + 0.5000000000000006
    return p * (r * r) + r


@inline
def _parts_single(x: Any) -> Any:
    """Give e^r - 1, and 2^(n - 2) as bits that lack nothing but the shift to their place."""
    shifted = x * _F(1.4426950408889634) + _F(_SHIFT_SINGLE)
    n = shifted - _F(_SHIFT_SINGLE)
    # ln(2) in two parts, of which the first has so few digits that its product with n is exact.
    r = x - n * _F(0.693359375)
    r = r - n * _F(-2.12194440e-4)
    return _series_single(r), as_bits(shifted)


@inline
def _parts_double(x: Any) -> Any:
    shifted = x * 1.4426950408889634 + _SHIFT_DOUBLE
    n = shifted - _SHIFT_DOUBLE
    r = x - n * 0.6931471804855391
    r = r - n * 7.440617110012397e-11
    return _series_double(r), as_bits(shifted)


@inline
def _exp_times_single(x: Any, factor: Any) -> Any:
    # Beyond the limits the result is 0 or infinite anyhow; a NaN passes both.
    x = _F(-105.0) if x < _F(-105.0) else x
    x = _F(90.0) if x > _F(90.0) else x
    y, bits = _parts_single(x)
    is_small = x < _F(_LEAST_SINGLE)
    bits = _I(bits + _I(64)) if is_small else bits
    factor = factor * _F(2.0**-64) if is_small else factor
    return (y + _F(1.0)) * from_bits(_I(bits << _I(23))) * factor


@inline
def _exp_times_double(x: Any, factor: Any) -> Any:
    x = -747.0 if x < -747.0 else x
    x = 711.0 if x > 711.0 else x
    y, bits = _parts_double(x)
    is_small = x < _LEAST_DOUBLE
    bits = bits + 128 if is_small else bits
    factor = factor * 2.0**-128 if is_small else factor
    return (y + 1.0) * from_bits(bits << 52) * factor


@inline
def _exp_single(x: Any) -> Any:
    return _exp_times_single(x, _F(4.0))


@inline
def _exp_double(x: Any) -> Any:
    return _exp_times_double(x, 4.0)


@compiled_as(_exp_single, _exp_double)
def exp(x: Any) -> Any:
    """Give e to the power of x."""
    return np.exp(x)


@inline
def _exp_half_single(x: Any) -> Any:
    return _exp_times_single(x, _F(2.0))


@inline
def _exp_half_double(x: Any) -> Any:
    return _exp_times_double(x, 2.0)


@compiled_as(_exp_half_single, _exp_half_double)
def exp_half(x: Any) -> Any:
    """Give e^x / 2, which may be finite where e^x is not."""
    return np.exp(x) / 2


@inline
def _exp_above_single(x: Any) -> Any:
    x = _F(_LEAST_SINGLE) if x < _F(_LEAST_SINGLE) else x
    x = _F(90.0) if x > _F(90.0) else x
    y, bits = _parts_single(x)
    return (y + _F(1.0)) * from_bits(_I(bits << _I(23))) * _F(4.0)


@inline
def _exp_above_double(x: Any) -> Any:
    x = _LEAST_DOUBLE if x < _LEAST_DOUBLE else x
    x = 711.0 if x > 711.0 else x
    y, bits = _parts_double(x)
    return (y + 1.0) * from_bits(bits << 52) * 4.0


@compiled_as(_exp_above_single, _exp_above_double)
def exp_above(x: Any) -> Any:
    """Give e^x, or some number below 1e-36 where that is less: for what 1 is added to."""
    return np.exp(x)


@inline
def _expm1_single(x: Any) -> Any:
    size = _F(-25.0) if x < _F(-25.0) else x
    size = _F(89.0) if size > _F(89.0) else size
    y, bits = _parts_single(size)
    power = from_bits(_I(bits << _I(23)))
    y = (power * y + (power - _F(0.25))) * _F(4.0)
    return x if abs(x) < _F(1e-30) else y


@inline
def _expm1_double(x: Any) -> Any:
    size = -50.0 if x < -50.0 else x
    size = 710.0 if size > 710.0 else size
    y, bits = _parts_double(size)
    power = from_bits(bits << 52)
    y = (power * y + (power - 0.25)) * 4.0
    return x if abs(x) < 1e-280 else y


@compiled_as(_expm1_single, _expm1_double)
def expm1(x: Any) -> Any:
    """Give e^x - 1, exact also near 0."""
    return np.expm1(x)


@inline
def _exp2_single(x: Any) -> Any:
    x = _F(-151.0) if x < _F(-151.0) else x
    x = _F(129.0) if x > _F(129.0) else x
    is_small = x < _F(-123.0)
    shifted = x + _F(_SHIFT_SINGLE)
    y = _series_single((x - (shifted - _F(_SHIFT_SINGLE))) * _F(LN2))
    bits = _I(as_bits(shifted) + _I(64)) if is_small else as_bits(shifted)
    factor = _F(2.0**-62) if is_small else _F(4.0)
    return (y + _F(1.0)) * from_bits(_I(bits << _I(23))) * factor


@inline
def _exp2_double(x: Any) -> Any:
    x = -1080.0 if x < -1080.0 else x
    x = 1025.0 if x > 1025.0 else x
    is_small = x < -1019.0
    shifted = x + _SHIFT_DOUBLE
    y = _series_double((x - (shifted - _SHIFT_DOUBLE)) * LN2)
    bits = as_bits(shifted) + 128 if is_small else as_bits(shifted)
    return (y + 1.0) * from_bits(bits << 52) * (2.0**-126 if is_small else 4.0)


@compiled_as(_exp2_single, _exp2_double)
def exp2(x: Any) -> Any:
    """Give 2 to the power of x."""
    return np.exp2(x)


# ---- log(x) = n log(2) + log(m) with sqrt(1/2) <= m < sqrt(2)


@inline
def _log_parts_single(x: Any) -> Any:
    """Give n and m of a positive number."""
    # Subnormal numbers are scaled up first.
    tiny = x < _F(1.17549435e-38)
    scaled = x * _F(8388608.0) if tiny else x
    bits = as_bits(scaled) - _I(0x3F3504F3)
    n = _F(bits >> _I(23)) - (_F(23.0) if tiny else _F(0.0))
    return n, from_bits(_I((bits & _I(0x007FFFFF)) + _I(0x3F3504F3)))


@inline
def _log_parts_double(x: Any) -> Any:
    tiny = x < 2.2250738585072014e-308
    scaled = x * 18014398509481984.0 if tiny else x
    bits = as_bits(scaled) - 0x3FE6A09E667F3BCD
    # The high half alone, because not every processor can turn int64 into float64.
    n = np.float64(_I(bits >> 52)) - (54.0 if tiny else 0.0)
    return n, from_bits((bits & 0x000FFFFFFFFFFFFF) + 0x3FE6A09E667F3BCD)


@inline
def _at_the_edges(x: Any, y: Any) -> Any:
    """Give a logarithm y of x, or what it is where x is 0, infinite, negative or NaN."""
    y = x if x == type(x)(INFINITY) else y
    y = type(x)(-INFINITY) if x == type(x)(0) else y
    return type(x)(np.nan) if x < type(x)(0) or x != x else y


@inline
def _log_of_mantissa_single(m: Any) -> Any:
    """Give log(m) - (m - 1)."""
    t = m - _F(1.0)
    z = t * t
    p = _F(7.0376836292e-2)
    p = p * t + _F(-1.1514610310e-1)
    p = p * t + _F(1.1676998740e-1)
    p = p * t + _F(-1.2420140846e-1)
    p = p * t + _F(1.4249322787e-1)
    p = p * t + _F(-1.6668057665e-1)
    p = p * t + _F(2.0000714765e-1)
    p = p * t + _F(-2.4999993993e-1)
    p = p * t + _F(3.3333331174e-1)
    return p * t * z - _F(0.5) * z


@inline
def _log_single(x: Any) -> Any:
    n, m = _log_parts_single(x)
    y = _log_of_mantissa_single(m) + n * _F(-2.12194440e-4)
    return _at_the_edges(x, n * _F(0.693359375) + ((m - _F(1.0)) + y))


@inline
def _log_of_mantissa_double(m: Any) -> Any:
    """Give log(m) - (m - 1), in float64."""
    # With s = (m - 1) / (m + 1) it is 2 atanh(s); what is left of m - 1 then is exact.
    t = m - 1.0
    s = t / (m + 1.0)
    z = s * s
    p = 0.14811539412710714
    p = p * z + 0.15312569735078455
    p = p * z + 0.1818361900609692
    p = p * z + 0.22222197586655806
    p = p * z + 0.28571428751314903
    p = p * z + 0.39999999999377883
    p = p * z + 0.666666666666674
    half = 0.5 * t * t
    return s * (half + p * z) - half


@inline
def _log_double(x: Any) -> Any:
    n, m = _log_parts_double(x)
    y = _log_of_mantissa_double(m) + n * 7.440617110012397e-11
    return _at_the_edges(x, n * 0.6931471804855391 + ((m - 1.0) + y))


@compiled_as(_log_single, _log_double)
def log(x: Any) -> Any:
    """Give the natural logarithm."""
    return np.log(x)


@inline
def _log2_double(x: Any) -> Any:
    # m - 1 in two parts, of which the first has so few digits that its product is exact.
    n, m = _log_parts_double(x)
    t, rest = m - 1.0, _log_of_mantissa_double(m)
    first = from_bits(as_bits(t) & -0x8000000)
    second = (t - first) + rest
    y = first * 1.9259629911266175e-08 + second * 1.4426950408889634
    return _at_the_edges(x, n + (first * 1.4426950216293335 + y))


@inline
def _log10_double(x: Any) -> Any:
    n, m = _log_parts_double(x)
    t, rest = m - 1.0, _log_of_mantissa_double(m)
    first = from_bits(as_bits(t) & -0x8000000)
    second = (t - first) + rest
    y = n * 5.630334806675098e-11 + second * 0.4342944819032518 + first * 4.798111141615973e-09
    return _at_the_edges(x, n * 0.30102999560767785 + (first * 0.4342944771051407 + y))


@inline
def _log2_single(x: Any) -> Any:
    n, m = _log_parts_single(x)
    t, rest = m - _F(1.0), _log_of_mantissa_single(m)
    first = from_bits(_I(as_bits(t) & _I(-0x1000)))
    second = (t - first) + rest
    y = first * _F(0.000312228389) + second * _F(1.4426950408889634)
    return _at_the_edges(x, n + (first * _F(1.4423828125) + y))


@inline
def _log10_single(x: Any) -> Any:
    n, m = _log_parts_single(x)
    t, rest = m - _F(1.0), _log_of_mantissa_single(m)
    first = from_bits(_I(as_bits(t) & _I(-0x1000)))
    second = (t - first) + rest
    y = n * _F(4.605038981e-06) + second * _F(0.4342944819032518) + first * _F(9.038034075e-05)
    return _at_the_edges(x, n * _F(0.301025390625) + (first * _F(0.4342041015625) + y))


@compiled_as(_log2_single, _log2_double)
def log2(x: Any) -> Any:
    """Give the logarithm to base 2."""
    return np.log2(x)


@compiled_as(_log10_single, _log10_double)
def log10(x: Any) -> Any:
    """Give the logarithm to base 10."""
    return np.log10(x)


@inline
def _log1p(x: Any) -> Any:
    # W. Kahan's trick: what was lost in 1 + x is lost in the same proportion in (1 + x) - 1.
    u = x + type(x)(1)
    below = u - type(x)(1)
    y = log(u) * (x / below)
    y = x if below == type(x)(0) else y
    return u if u == type(x)(INFINITY) else y


@compiled_as(_log1p, _log1p)
def log1p(x: Any) -> Any:
    """Give log(1 + x), exact also near 0."""
    return np.log1p(x)


@inline
def _log1p_above_single(x: Any) -> Any:
    u = x + _F(1.0)
    below = u - _F(1.0)
    n, m = _log_parts_single(u)
    y = _log_of_mantissa_single(m) + n * _F(-2.12194440e-4)
    y = (n * _F(0.693359375) + ((m - _F(1.0)) + y)) * (x / below)
    return x if below == _F(0.0) else y


@inline
def _log1p_above_double(x: Any) -> Any:
    u = x + 1.0
    below = u - 1.0
    n, m = _log_parts_double(u)
    y = _log_of_mantissa_double(m) + n * 7.440617110012397e-11
    y = (n * 0.6931471804855391 + ((m - 1.0) + y)) * (x / below)
    return x if below == 0.0 else y


@compiled_as(_log1p_above_single, _log1p_above_double)
def log1p_above(x: Any) -> Any:
    """Give log(1 + x) for 0 <= x < infinity, exact also near 0."""
    return np.log1p(x)


# ---- further functions


@inline
def sqrt(x: Any) -> Any:
    """Give the square root."""
    return np.sqrt(x)


@inline
def power(x: Any, y: Any) -> Any:
    """Give x to the power of y."""
    return x**y


@inline
def logaddexp(x: Any, y: Any) -> Any:
    """Give log(e^x + e^y) without overflow."""
    larger = maximum(x, y)
    # Where both are the same infinity, their difference is NaN.
    sum_ = larger + log1p_above(exp(-abs(x - y)))
    return larger if abs(larger) == type(x)(INFINITY) else sum_


@inline
def xlogy(x: Any, y: Any) -> Any:
    """Give x log(y), and 0 where x is 0, whatever y is but NaN."""
    product = x * log(y)
    product = x if x == type(x)(0) else product
    return y if y != y else product
