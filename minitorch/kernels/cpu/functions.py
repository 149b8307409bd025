"""The functions of one number that elementwise kernels are made of.

float32 has polynomials of its own where Numba would call the C library for each element: those the
compiler turns into vector instructions. float64 always has the library's accuracy.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload

LN2 = math.log(2.0)
LN10 = math.log(10.0)
PI = math.pi
INFINITY = math.inf
SQRT_HALF = math.sqrt(0.5)
TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)
NORMAL_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)
# Klambauer et al., "Self-Normalizing Neural Networks", 2017.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
# Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016: the approximation by tanh.
GELU_SCALE = math.sqrt(2.0 / math.pi)
GELU_CUBE = 0.044715

# Contraction to fused multiply-adds changes no special value. No wider fast-math flag is safe: they
# let the compiler assume that there is no NaN or reorder what cancels on purpose.
_inline = njit(fastmath={"contract"}, error_model="numpy", forceinline=True)


def _compiled_as(single: Callable[[Any], Any], other: Callable[[Any], Any]) -> Callable[..., Any]:
    """Mark a function that compiled code replaces by one for float32 and another for all else."""

    def mark(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        @overload(function, strict=False, jit_options={"forceinline": True})
        def choose(x):  # type: ignore[no-untyped-def]
            chosen = single if x == types.float32 else other
            return lambda x: chosen(x)

        return function

    return mark


# ---- constants and choices


@_inline
def like(constant: Any, x: Any) -> Any:
    """Give a constant the type of x, so that float32 arithmetic stays in float32."""
    return type(x)(constant)


@_inline
def where(condition: Any, x: Any, y: Any) -> Any:
    """Choose x where the condition holds, else y."""
    return x if condition else y


@_inline
def maximum(x: Any, y: Any) -> Any:
    """Give the larger number; a NaN wins."""
    return x if x > y or x != x else y


@_inline
def minimum(x: Any, y: Any) -> Any:
    """Give the smaller number; a NaN wins."""
    return x if x < y or x != x else y


@_inline
def sign(x: Any) -> Any:
    """Give -1, 0 or 1; NaN gives 0, as in PyTorch."""
    return type(x)((x > 0) - (x < 0))


@_inline
def absolute(x: Any) -> Any:
    """Drop the sign."""
    return abs(x)


@_inline
def square(x: Any) -> Any:
    """Multiply by itself."""
    return x * x


@_inline
def isnan(x: Any) -> Any:
    """Tell whether x is not a number."""
    return x != x


@_inline
def isinf(x: Any) -> Any:
    """Tell whether x is plus or minus infinity."""
    return abs(x) == INFINITY


@_inline
def isfinite(x: Any) -> Any:
    """Tell whether x is neither infinite nor NaN."""
    return abs(x) < INFINITY


@_inline
def signbit(x: Any) -> Any:
    """Tell whether the sign bit is set, that of -0.0 and NaN included."""
    return np.signbit(x)


@_inline
def copysign(x: Any, y: Any) -> Any:
    """Give x with the sign of y."""
    return np.copysign(x, y)


@_inline
def bitwise_not(x: Any) -> Any:
    """Flip every bit; a bool is negated."""
    return ~x


@_inline
def _largest_single(x: Any) -> Any:
    return np.float32(3.4028234663852886e38)


@_inline
def _largest_double(x: Any) -> Any:
    return 1.7976931348623157e308


@_compiled_as(_largest_single, _largest_double)
def largest(x: Any) -> Any:
    """Give the largest finite number of the type of x."""
    return np.finfo(type(x)).max


@_inline
def finite(x: Any) -> Any:
    """Replace an infinity by the largest finite number of its sign."""
    return maximum(minimum(x, largest(x)), -largest(x))


# ---- rounding and division


@_inline
def floor(x: Any) -> Any:
    """Round down."""
    return np.floor(x)


@_inline
def ceil(x: Any) -> Any:
    """Round up."""
    return np.ceil(x)


@_inline
def trunc(x: Any) -> Any:
    """Round towards zero."""
    return np.trunc(x)


@_inline
def round_half_even(x: Any) -> Any:
    """Round to the nearest whole number, halves to the even one."""
    return np.rint(x)


@_inline
def floor_divide(x: Any, y: Any) -> Any:
    """Divide and round down; x / 0 is infinite for floats, as in PyTorch."""
    return x // y


@_inline
def remainder(x: Any, y: Any) -> Any:
    """Give what is left of a division that rounds down: it has the sign of y."""
    return x % y


@_inline
def fmod(x: Any, y: Any) -> Any:
    """Give what is left of a division that rounds towards zero: it has the sign of x."""
    rest = abs(x) % abs(y)
    return -rest if x < 0 else rest


@_inline
def gcd(x: Any, y: Any) -> Any:
    """Give the greatest common divisor, by Euclid's algorithm."""
    x, y = abs(x), abs(y)
    while y != 0:
        x, y = y, x % y
    return x


# ---- exponentials


@intrinsic
def as_bits(context: Any, x: Any) -> Any:
    """Read the bits of a float32 as an int32, or of a float64 as an int64."""
    bits = types.int32 if x == types.float32 else types.int64

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(bits.bitwidth))

    return bits(x), build


@intrinsic
def from_bits(context: Any, x: Any) -> Any:
    """Read an int32 as the bits of a float32, or an int64 as those of a float64."""
    number = types.float32 if x == types.int32 else types.float64
    kind = ir.FloatType() if x == types.int32 else ir.DoubleType()

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], kind)

    return number(x), build


_F = np.float32
# Adding this rounds a float32 to a whole number, which then stands in its lowest bits.
_ROUND_SINGLE = _F(12582912.0)
_ROUND_DOUBLE = 6755399441055744.0


@_inline
def _exp_single(x: Any) -> Any:
    # e^x = 2^n e^r with |r| <= ln(2) / 2; ln(2) in two parts, so that r is exact. Beyond the limits
    # the result is 0 or infinite anyhow; a NaN passes both.
    x = _F(-104.0) if x < _F(-104.0) else x
    x = _F(89.0) if x > _F(89.0) else x
    shifted = x * _F(1.4426950408889634) + _ROUND_SINGLE
    n = shifted - _ROUND_SINGLE
    r = x - n * _F(0.693359375)
    r = r - n * _F(-2.12194440e-4)
    p = _F(1.9875691500e-4)
    p = p * r + _F(1.3981999507e-3)
    p = p * r + _F(8.3334519073e-3)
    p = p * r + _F(4.1665795894e-2)
    p = p * r + _F(1.6666665459e-1)
    p = p * r + _F(5.0000001201e-1)
    y = p * (r * r) + r + _F(1.0)
    # 2^n in two factors, each of which is a normal number.
    whole = as_bits(shifted) - as_bits(_ROUND_SINGLE)
    half = whole >> np.int32(1)
    y = y * from_bits(np.int32((half + np.int32(127)) << np.int32(23)))
    return y * from_bits(np.int32((whole - half + np.int32(127)) << np.int32(23)))


@_inline
def _exp_double(x: Any) -> Any:
    x = -746.0 if x < -746.0 else x
    x = 710.0 if x > 710.0 else x
    shifted = x * 1.4426950408889634 + _ROUND_DOUBLE
    n = shifted - _ROUND_DOUBLE
    r = x - n * 6.93147180369123816490e-01
    r = r - n * 1.90821492927058770002e-10
    # The series of e^r: its next term is below 1e-17.
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    y = p * (r * r) + r + 1.0
    whole = as_bits(shifted) - as_bits(_ROUND_DOUBLE)
    half = whole >> 1
    return y * from_bits((half + 1023) << 52) * from_bits((whole - half + 1023) << 52)


@_compiled_as(_exp_single, _exp_double)
def exp(x: Any) -> Any:
    """Give e to the power of x."""
    return np.exp(x)


@_inline
def exp2(x: Any) -> Any:
    """Give 2 to the power of x."""
    return np.exp2(x)


@_inline
def _log_single(x: Any) -> Any:
    # x = 2^e m with sqrt(1/2) <= m < sqrt(2). Subnormal numbers are scaled up first.
    tiny = x < _F(1.17549435e-38)
    scaled = x * _F(8388608.0) if tiny else x
    bits = as_bits(scaled) - np.int32(0x3F3504F3)
    e = _F(bits >> np.int32(23)) - (_F(23.0) if tiny else _F(0.0))
    m = from_bits(np.int32((bits & np.int32(0x007FFFFF)) + np.int32(0x3F3504F3)))
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
    y = p * t * z + e * _F(-2.12194440e-4) - _F(0.5) * z
    y = t + y + e * _F(0.693359375)
    y = x if x == _F(np.inf) else y
    y = _F(-np.inf) if x == _F(0.0) else y
    return _F(np.nan) if x < _F(0.0) or x != x else y


@_inline
def _log_library(x: Any) -> Any:
    return np.log(x)


@_compiled_as(_log_single, _log_library)
def log(x: Any) -> Any:
    """Give the natural logarithm."""
    return np.log(x)


@_inline
def log2(x: Any) -> Any:
    """Give the logarithm to base 2."""
    return np.log2(x)


@_inline
def log10(x: Any) -> Any:
    """Give the logarithm to base 10."""
    return np.log10(x)


# The next two make up for the digits that 1 + x and e^x - 1 lose near 0. W. Kahan's trick: what was
# lost in u is lost in the same proportion in u - 1.


@_inline
def _log1p_single(x: Any) -> Any:
    u = x + _F(1.0)
    below = u - _F(1.0)
    y = _log_single(u) * (x / below)
    y = x if below == _F(0.0) else y
    return u if u == _F(np.inf) else y


@_inline
def _log1p_library(x: Any) -> Any:
    return np.log1p(x)


@_compiled_as(_log1p_single, _log1p_library)
def log1p(x: Any) -> Any:
    """Give log(1 + x), exact also near 0."""
    return np.log1p(x)


@_inline
def _expm1_single(x: Any) -> Any:
    u = _exp_single(x)
    below = u - _F(1.0)
    y = below * (x / _log_single(u))
    y = x if below == _F(0.0) else y
    y = u if u > _F(1e9) else y
    return _F(-1.0) if x < _F(-18.0) else y


@_inline
def _expm1_library(x: Any) -> Any:
    return np.expm1(x)


@_compiled_as(_expm1_single, _expm1_library)
def expm1(x: Any) -> Any:
    """Give e^x - 1, exact also near 0."""
    return np.expm1(x)


@_inline
def sqrt(x: Any) -> Any:
    """Give the square root."""
    return np.sqrt(x)


@_inline
def power(x: Any, y: Any) -> Any:
    """Give x to the power of y."""
    return x**y


@_inline
def logaddexp(x: Any, y: Any) -> Any:
    """Give log(e^x + e^y) without overflow."""
    larger = maximum(x, y)
    if abs(larger) == INFINITY:
        return larger
    return larger + log1p(exp(-abs(x - y)))


@_inline
def xlogy(x: Any, y: Any) -> Any:
    """Give x log(y), and 0 where x is 0, whatever y is but NaN."""
    if y != y:
        return y
    return x if x == 0 else x * log(y)


# ---- sigmoid, tanh, the error function


@_inline
def sigmoid(x: Any) -> Any:
    """Give 1 / (1 + e^-x)."""
    return type(x)(1) / (type(x)(1) + exp(-x))


@_inline
def _tanh_single(x: Any) -> Any:
    # Near 0 a series of odd powers; elsewhere from e^2|x|, whose error the 1 then hides.
    size = abs(x)
    z = x * x
    p = _F(-5.70498872745e-3)
    p = p * z + _F(2.06390887954e-2)
    p = p * z + _F(-5.37397155531e-2)
    p = p * z + _F(1.33314422036e-1)
    p = p * z + _F(-3.33332819422e-1)
    near = x if z == _F(0.0) else x + x * z * p
    far = _F(1.0) - _F(2.0) / (_exp_single(size + size) + _F(1.0))
    far = -far if x < _F(0.0) else far
    return near if size < _F(0.625) else far


@_inline
def _tanh_library(x: Any) -> Any:
    return np.tanh(x)


@_compiled_as(_tanh_single, _tanh_library)
def tanh(x: Any) -> Any:
    """Give the hyperbolic tangent."""
    return np.tanh(x)


@_inline
def softplus(x: Any) -> Any:
    """Give log(1 + e^x) without overflow."""
    return maximum(x, type(x)(0)) + log1p(exp(-abs(x)))


@_inline
def _erf_single(x: Any) -> Any:
    # Two polynomials, fitted for this file: erf(x) / x in x^2 up to 1, and -log(1 - erf) beyond.
    size = abs(x)
    z = x * x
    p = _F(7.8538576935e-05)
    p = p * z + _F(-8.0101925172e-04)
    p = p * z + _F(5.1883275597e-03)
    p = p * z + _F(-2.6853811869e-02)
    p = p * z + _F(1.1283585147e-01)
    p = p * z + _F(-3.7612625824e-01)
    p = p * z + _F(1.1283791657e00)
    a = _F(4.1) if size > _F(4.1) else size
    q = _F(2.1686841004e-05)
    q = q * a + _F(-4.4133625580e-04)
    q = q * a + _F(4.2045611855e-03)
    q = q * a + _F(-2.5208254616e-02)
    q = q * a + _F(1.0841857349e-01)
    q = q * a + _F(6.3321989717e-01)
    q = q * a + _F(1.1295784219e00)
    q = q * a + _F(-1.8803965728e-04)
    far = _F(1.0) - _exp_single(-q)
    far = -far if x < _F(0.0) else far
    return far if size > _F(1.0) else x * p


@_inline
def _erf_library(x: Any) -> Any:
    return math.erf(x)


@_compiled_as(_erf_single, _erf_library)
def erf(x: Any) -> Any:
    """Give the error function."""
    return math.erf(x)


@_inline
def erfc(x: Any) -> Any:
    """Give 1 - erf(x), exact also where that is tiny."""
    return math.erfc(x)


@_inline
def normal_cdf(x: Any) -> Any:
    """Give the probability that a standard normal number is below x."""
    return (type(x)(1) + erf(x * type(x)(SQRT_HALF))) * type(x)(0.5)


@_inline
def normal_pdf(x: Any) -> Any:
    """Give the density of the standard normal distribution."""
    return type(x)(NORMAL_DENSITY) * exp(x * x * type(x)(-0.5))


@_inline
def erfinv(x: Any) -> Any:
    """Give the inverse of the error function, infinite at -1 and 1.

    Source: M. Giles, "Approximating the erfinv function", 2010, then two steps of Newton's method.
    """
    if not abs(x) < 1.0:
        return type(x)(x * INFINITY if abs(x) == 1.0 else math.nan)
    w = -math.log((1.0 - x) * (1.0 + x))
    if w < 5.0:
        w -= 2.5
        y = 2.81022636e-08
        y = 3.43273939e-07 + y * w
        y = -3.5233877e-06 + y * w
        y = -4.39150654e-06 + y * w
        y = 0.00021858087 + y * w
        y = -0.00125372503 + y * w
        y = -0.00417768164 + y * w
        y = 0.246640727 + y * w
        y = 1.50140941 + y * w
    else:
        w = math.sqrt(w) - 3.0
        y = -0.000200214257
        y = 0.000100950558 + y * w
        y = 0.00134934322 + y * w
        y = -0.00367342844 + y * w
        y = 0.00573950773 + y * w
        y = -0.0076224613 + y * w
        y = 0.00943887047 + y * w
        y = 1.00167406 + y * w
        y = 2.83297682 + y * w
    y *= x
    for _ in range(2):
        # The difference is taken from the side where it has digits.
        if y > 0:
            error = (1.0 - x) - math.erfc(y)
        else:
            error = math.erfc(-y) - (1.0 + x)
        y -= error / (TWO_OVER_SQRT_PI * math.exp(-y * y))
    return type(x)(y)


@_inline
def lgamma(x: Any) -> Any:
    """Give the logarithm of the absolute value of the gamma function."""
    return math.lgamma(x)


@_inline
def digamma(x: Any) -> Any:
    """Give the derivative of lgamma; infinite at 0, NaN at the other poles."""
    if x == 0.0:
        return type(x)(math.copysign(INFINITY, -x))
    if x < 0.0 and x == math.floor(x):
        return type(x)(math.nan)
    y = float(x)
    result = 0.0
    if y < 0.5:
        result = -math.pi / math.tan(math.pi * y)
        y = 1.0 - y
    while y < 10.0:
        result -= 1.0 / y
        y += 1.0
    z = 1.0 / (y * y)
    # The asymptotic series with the Bernoulli numbers (Abramowitz and Stegun, 6.3.18).
    tail = 1.0 / 12.0 - z * (
        1.0 / 120.0
        - z
        * (1.0 / 252.0 - z * (1.0 / 240.0 - z * (1.0 / 132.0 - z * (691.0 / 32760.0 - z / 12.0))))
    )
    return type(x)(result + math.log(y) - 0.5 / y - z * tail)


# ---- trigonometry


@_inline
def sin(x: Any) -> Any:
    """Give the sine."""
    return np.sin(x)


@_inline
def cos(x: Any) -> Any:
    """Give the cosine."""
    return np.cos(x)


@_inline
def tan(x: Any) -> Any:
    """Give the tangent."""
    return np.tan(x)


@_inline
def asin(x: Any) -> Any:
    """Give the arc sine."""
    return np.arcsin(x)


@_inline
def acos(x: Any) -> Any:
    """Give the arc cosine."""
    return np.arccos(x)


@_inline
def atan(x: Any) -> Any:
    """Give the arc tangent."""
    return np.arctan(x)


@_inline
def atan2(x: Any, y: Any) -> Any:
    """Give the angle of the point with height x and distance y."""
    return np.arctan2(x, y)


@_inline
def sinh(x: Any) -> Any:
    """Give the hyperbolic sine."""
    return np.sinh(x)


@_inline
def cosh(x: Any) -> Any:
    """Give the hyperbolic cosine."""
    return np.cosh(x)


@_inline
def asinh(x: Any) -> Any:
    """Give the inverse hyperbolic sine."""
    return np.arcsinh(x)


@_inline
def acosh(x: Any) -> Any:
    """Give the inverse hyperbolic cosine."""
    return np.arccosh(x)


@_inline
def atanh(x: Any) -> Any:
    """Give the inverse hyperbolic tangent."""
    return np.arctanh(x)


@_inline
def hypot(x: Any, y: Any) -> Any:
    """Give the length of the vector (x, y)."""
    return np.hypot(x, y)


@_inline
def sinc(x: Any) -> Any:
    """Give sin(pi x) / (pi x), 1 at 0."""
    angle = type(x)(PI) * x
    return type(x)(1) if x == 0 else np.sin(angle) / angle
