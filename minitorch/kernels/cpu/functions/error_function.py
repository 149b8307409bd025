"""The error function, and the normal distribution.

The polynomials were fitted for this file, to the least largest relative error.
"""

import math
from typing import Any

import numpy as np

from .basics import INFINITY, as_bits, compiled_as, from_bits, inline
from .exponentials import exp

SQRT_HALF = math.sqrt(0.5)
TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)
NORMAL_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)

_F = np.float32
_I = np.int32


@inline
def _erf_to_single(x: Any) -> Any:
    """Give erf(x) as x P(x^2) / Q(x^2), with the error of a float32 in its last place."""
    z = x * x
    z = type(x)(15.4) if z > type(x)(15.4) else z
    p = type(x)(2.0459839954793843e-06)
    p = p * z + type(x)(2.8484580624895189e-04)
    p = p * z + type(x)(3.7726972499467536e-03)
    p = p * z + type(x)(5.2769727153118805e-02)
    p = p * z + type(x)(1.9059738752555486e-01)
    p = p * z + type(x)(1.1283791455998797e00)
    q = type(x)(3.8047446895453e-05)
    q = q * z + type(x)(1.1638919530209428e-03)
    q = q * z + type(x)(1.4983484760996837e-02)
    q = q * z + type(x)(1.1418418076821124e-01)
    q = q * z + type(x)(5.0224526476634390e-01)
    q = q * z + type(x)(1.0)
    y = x * p / q
    y = type(x)(1) if x > type(x)(3.92) else y
    return type(x)(-1) if x < type(x)(-3.92) else y


@inline
def _erf_single(x: Any) -> Any:
    return _F(_erf_to_single(np.float64(x)))


@inline
def _erfc_of_size(x: Any) -> Any:
    """Give erfc(x) for x >= 0, in float64."""
    # e^(-x^2) P(x) / Q(x). A rounded square would spoil the exponential: so x = h + l, where h^2
    # is exact, and l is so small that a few terms of e^(-l (x + h)) will do.
    # The polynomials are summed up in pairs, which makes for fewer roundings one after the other.
    x = 28.0 if x > 28.0 else x
    x2 = x * x
    x4 = x2 * x2
    x8 = x4 * x4
    p = 1.0 + 2.1909387861100588336 * x + (2.3746778679806110254 + 1.635190217183611956 * x) * x2
    p_4 = 0.78062859036435878621 + 0.26683979312464475474 * x
    p_6 = 0.065303627572988441415 + 0.011071232473291255437 * x
    p_8 = 0.0011888384883812797593 + 0.000062502133078976720038 * x
    p = p + (p_4 + p_6 * x2) * x4 + p_8 * x8
    q = 1.0 + 3.3193179532055574272 * x + (5.1201270953445114352 + 4.8455697892985821701 * x) * x2
    q_4 = 3.1251076496508075423 + 1.4404483361665891984 * x
    q_6 = 0.48271745561112573148 + 0.11680124671873716893 * x
    q_8 = 0.019678639708065020036 + 0.0021071613567862130886 * x + 0.00011078214646598381808 * x2
    q = q + (q_4 + q_6 * x2) * x4 + q_8 * x8
    h = from_bits(as_bits(x) & -0x8000000)
    d = (x - h) * (x + h)
    series = 1.0 - d * (1.0 - d * (0.5 - d * (1.0 / 6.0)))
    return exp(-h * h) * (series * (p / q))


@inline
def _erf_double(x: Any) -> Any:
    z = x * x
    p = -7.7794346549780125664e-10
    p = p * z + 1.3710961680523138942e-8
    p = p * z + -1.6206309284247640537e-7
    p = p * z + 1.6447130966441471009e-6
    p = p * z + -0.000014924712251196973365
    p = p * z + 0.00012055293574155623176
    p = p * z + -0.00085483259292191402849
    p = p * z + 0.0052239776061164053564
    p = p * z + -0.026866170643111204855
    p = p * z + 0.11283791670944183005
    p = p * z + -0.37612638903183519494
    p = p * z + 1.1283791670955125656
    far = 1.0 - _erfc_of_size(abs(x))
    far = -far if x < 0.0 else far
    return x * p if abs(x) < 1.0 else far


@compiled_as(_erf_single, _erf_double)
def erf(x: Any) -> Any:
    """Give the error function."""
    return math.erf(x)


@inline
def _erfc_double(x: Any) -> Any:
    y = _erfc_of_size(abs(x))
    return 2.0 - y if x < 0.0 else y


@inline
def _erfc_single(x: Any) -> Any:
    # As in float64, with polynomials that need fewer terms.
    size = abs(x)
    size = _F(10.2) if size > _F(10.2) else size
    square = size * size
    p = _F(1.0) + _F(1.23922188264) * size
    p = p + (_F(0.732453524545) + _F(0.229623458642) * size) * square
    p = p + _F(0.0328813734978) * (square * square)
    q = _F(1.0) + _F(2.36760163793) * size
    q = q + (_F(2.4039964017) + _F(1.32695407593) * size) * square
    q = q + (_F(0.407022990646) + _F(0.0582800321144) * size) * (square * square)
    h = from_bits(_I(as_bits(size) & _I(-0x1000)))
    d = (size - h) * (size + h)
    series = _F(1.0 / 6.0) - d * (_F(1.0 / 24.0) - d * _F(1.0 / 120.0))
    series = _F(1.0) - d * (_F(1.0) - d * (_F(0.5) - d * series))
    y = exp(-h * h) * (series * (p / q))
    return _F(2.0) - y if x < _F(0.0) else y


@compiled_as(_erfc_single, _erfc_double)
def erfc(x: Any) -> Any:
    """Give 1 - erf(x), exact also where that is tiny."""
    return math.erfc(x)


@inline
def _normal_cdf_single(x: Any) -> Any:
    # All in float32, although that costs the error function a few units: near 0 they do not show.
    return (_F(1.0) + _erf_to_single(x * _F(SQRT_HALF))) * _F(0.5)


@inline
def _normal_cdf_double(x: Any) -> Any:
    return (1.0 + _erf_double(x * SQRT_HALF)) * 0.5


@compiled_as(_normal_cdf_single, _normal_cdf_double)
def normal_cdf(x: Any) -> Any:
    """Give the probability that a standard normal number is below x."""
    return (1 + math.erf(x * SQRT_HALF)) / 2


@inline
def normal_pdf(x: Any) -> Any:
    """Give the density of the standard normal distribution."""
    return type(x)(NORMAL_DENSITY) * exp(x * x * type(x)(-0.5))


@inline
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
