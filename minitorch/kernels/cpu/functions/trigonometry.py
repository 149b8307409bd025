"""The trigonometric functions and their inverses.

Each of sin, cos, tan and sinc has a form that holds near 0 alone, and becomes vector instructions.
The polynomials were fitted for this file, to the least largest relative error.
"""

from typing import Any

import numpy as np

from ...op_table import SINC_REACH, TURNS_REACH
from .basics import PI, as_bits, compiled_as, inline, signed

_F = np.float32
_I = np.int32

# Adding this rounds a number to a whole one, which then stands in its lowest bits.
_ROUND = 6755399441055744.0


@inline
def _turned(x: Any) -> Any:
    """Give r with x = n pi / 2 + r and |r| <= pi / 4, and the bits of n; in float64."""
    shifted = x * 0.6366197723675814 + _ROUND
    n = shifted - _ROUND
    # pi / 2 in three parts, so that the products with the first two are exact, and so are the
    # differences, but for what is made up for in the last step.
    t = x - n * 1.5707963267341256
    w = n * 6.077100506303966e-11
    r = t - w
    lost = (t - r) - w
    return r - (n * 2.0222662487959506e-21 - lost), as_bits(shifted)


@inline
def _sin_and_cos_double(r: Any) -> Any:
    z = r * r
    s = 1.5896423292162613e-10
    s = s * z + -2.5050751890374244e-08
    s = s * z + 2.7557313653498427e-06
    s = s * z + -0.0001984126982970111
    s = s * z + 0.008333333333322285
    s = s * z + -0.16666666666666632
    c = -1.1359391796135284e-11
    c = c * z + 2.087571848512717e-09
    c = c * z + -2.755731431830076e-07
    c = c * z + 2.480158728936861e-05
    c = c * z + -0.001388888888887395
    c = c * z + 0.0416666666666666
    # 1 - z / 2 with what it loses.
    half = 0.5 * z
    one = 1.0 - half
    return r + r * z * s, one + (((1.0 - one) - half) + z * z * c)


@inline
def _sin_and_cos_single(r: Any) -> Any:
    z = r * r
    s = _F(-1.9516433e-4)
    s = s * z + _F(8.3321718e-3)
    s = s * z + _F(-1.6666655e-1)
    c = _F(2.4437526e-5)
    c = c * z + _F(-1.3887361e-3)
    c = c * z + _F(4.1666647e-2)
    return r + r * z * s, _F(1.0) - _F(0.5) * z + z * z * c


@inline
def _quarter_single(x: Any) -> Any:
    """Give the sine and the cosine of what is left of x, and the number of quarter turns."""
    r, bits = _turned(np.float64(x))
    s, c = _sin_and_cos_single(_F(r))
    return s, c, _I(bits)


@inline
def _quarter_double(x: Any) -> Any:
    r, bits = _turned(x)
    s, c = _sin_and_cos_double(r)
    return s, c, bits


@inline
def _after_quarters(s: Any, c: Any, n: Any) -> Any:
    """Give the sine n quarter turns later."""
    y = s if n & 1 == 0 else c
    return y if n & 2 == 0 else -y


@inline
def _sin_single(x: Any) -> Any:
    s, c, n = _quarter_single(x)
    y = _after_quarters(s, c, n)
    return x if x == _F(0.0) else y


@inline
def _sin_double(x: Any) -> Any:
    s, c, n = _quarter_double(x)
    y = _after_quarters(s, c, n)
    return x if x == 0.0 else y


@compiled_as(_sin_single, _sin_double)
def sin_near(x: Any) -> Any:
    """Give the sine of x with |x| <= TURNS_REACH."""
    return np.sin(x)


@inline
def _cos_single(x: Any) -> Any:
    s, c, n = _quarter_single(x)
    return _after_quarters(s, c, n + 1)


@inline
def _cos_double(x: Any) -> Any:
    s, c, n = _quarter_double(x)
    return _after_quarters(s, c, n + 1)


@compiled_as(_cos_single, _cos_double)
def cos_near(x: Any) -> Any:
    """Give the cosine of x with |x| <= TURNS_REACH."""
    return np.cos(x)


@inline
def _tan_double(x: Any) -> Any:
    s, c, n = _quarter_double(x)
    y = (s if n & 1 == 0 else -c) / (c if n & 1 == 0 else s)
    return x if x == 0.0 else y


@inline
def _tan_single(x: Any) -> Any:
    s, c, n = _quarter_single(x)
    y = (s if n & 1 == 0 else -c) / (c if n & 1 == 0 else s)
    return x if x == _F(0.0) else y


@compiled_as(_tan_single, _tan_double)
def tan_near(x: Any) -> Any:
    """Give the tangent of x with |x| <= TURNS_REACH."""
    return np.tan(x)


@inline
def sinc_near(x: Any) -> Any:
    """Give sin(pi x) / (pi x), 1 at 0, for |x| <= SINC_REACH."""
    angle = type(x)(PI) * x
    y = sin_near(angle) / angle
    return type(x)(1) if x == type(x)(0) else y


# ---- for all numbers: the same near 0, the C library's elsewhere


@inline
def sin(x: Any) -> Any:
    """Give the sine."""
    return sin_near(x) if abs(x) <= TURNS_REACH else np.sin(x)


@inline
def cos(x: Any) -> Any:
    """Give the cosine."""
    return cos_near(x) if abs(x) <= TURNS_REACH else np.cos(x)


@inline
def tan(x: Any) -> Any:
    """Give the tangent."""
    return tan_near(x) if abs(x) <= TURNS_REACH else np.tan(x)


@inline
def sinc(x: Any) -> Any:
    """Give sin(pi x) / (pi x), 1 at 0."""
    angle = type(x)(PI) * x
    return sinc_near(x) if abs(x) <= SINC_REACH else np.sin(angle) / angle


# ---- inverses


@inline
def _atan_series_single(z: Any) -> Any:
    p = _F(-0.0017930149333551526)
    p = p * z + _F(0.010911849327385426)
    p = p * z + _F(-0.031172621995210648)
    p = p * z + _F(0.05795224756002426)
    p = p * z + _F(-0.08403131365776062)
    p = p * z + _F(0.10952073335647583)
    p = p * z + _F(-0.14264219999313354)
    p = p * z + _F(0.19998545944690704)
    return p * z + _F(-0.33333298563957214)


@inline
def _atan_series_double(z: Any) -> Any:
    p = 1.3219672881896512e-05
    p = p * z + -0.000152106412307569
    p = p * z + 0.0008310678843291881
    p = p * z + -0.002884191278548452
    p = p * z + 0.007195073106837341
    p = p * z + -0.013898512612752822
    p = p * z + 0.02198264625430242
    p = p * z + -0.029902031185431693
    p = p * z + 0.03664073606379066
    p = p * z + -0.04219120032160519
    p = p * z + 0.047222991859883344
    p = p * z + -0.05253511580424005
    p = p * z + 0.058805261984539225
    p = p * z + -0.06666403775883299
    p = p * z + 0.07692279803333298
    p = p * z + -0.09090906999755427
    p = p * z + 0.11111111006832199
    p = p * z + -0.14285714282568027
    p = p * z + 0.19999999999951326
    return p * z + -0.33333333333333065


@compiled_as(_atan_series_single, _atan_series_double)
def atan_series(z: Any) -> Any:
    """Give (atan(x) / x - 1) / z for z = x^2 <= 1."""
    return _atan_series_double(z)


@inline
def _asin_series_single(z: Any) -> Any:
    p = _F(0.042226847261190414)
    p = p * z + _F(0.02414317987859249)
    p = p * z + _F(0.04547790065407753)
    p = p * z + _F(0.07495236396789551)
    return p * z + _F(0.16666753590106964)


@inline
def _asin_series_double(z: Any) -> Any:
    p = 0.03197696889141225
    p = p * z + -0.016319730097732403
    p = p * z + 0.0195898580027251
    p = p * z + 0.006505173857840799
    p = p * z + 0.012174557002460612
    p = p * z + 0.013884409423589244
    p = p * z + 0.017359789670179596
    p = p * z + 0.022371752331457075
    p = p * z + 0.030381959379295012
    p = p * z + 0.044642856822357926
    p = p * z + 0.0750000000034436
    return p * z + 0.16666666666665378


@compiled_as(_asin_series_single, _asin_series_double)
def asin_series(z: Any) -> Any:
    """Give (asin(x) / x - 1) / z for z = x^2 <= 1/4."""
    return _asin_series_double(z)


@inline
def _from_right_angle(x: Any) -> Any:
    """Give pi / 2 - x; the second part of pi / 2 is what the first one lacks."""
    first = type(x)(PI / 2)
    return first - (x - type(x)(PI / 2 - np.float64(first) + 6.123233995736766e-17))


@inline
def asin(x: Any) -> Any:
    """Give the arc sine."""
    # Beyond 1/2 by half the angle: asin(x) = pi / 2 - 2 asin(sqrt((1 - x) / 2)).
    size = abs(x)
    is_far = size > type(x)(0.5)
    z = (type(x)(1) - size) * type(x)(0.5) if is_far else size * size
    root = np.sqrt(z) if is_far else size
    y = root + root * z * asin_series(z)
    return signed(_from_right_angle(y + y) if is_far else y, x)


@inline
def acos(x: Any) -> Any:
    """Give the arc cosine."""
    size = abs(x)
    is_far = size > type(x)(0.5)
    z = (type(x)(1) - size) * type(x)(0.5) if is_far else size * size
    root = np.sqrt(z) if is_far else size
    y = root + root * z * asin_series(z)
    far = _from_right_angle(y + y - type(x)(PI / 2)) if x < type(x)(0) else y + y
    return far if is_far else _from_right_angle(signed(y, x))


@inline
def atan(x: Any) -> Any:
    """Give the arc tangent."""
    size = abs(x)
    is_far = size > type(x)(1)
    t = type(x)(1) / size if is_far else size
    z = t * t
    y = t + t * z * atan_series(z)
    return signed(_from_right_angle(y) if is_far else y, x)


@inline
def atan2(x: Any, y: Any) -> Any:
    """Give the angle of the point with height x and distance y."""
    return np.arctan2(x, y)


@inline
def hypot(x: Any, y: Any) -> Any:
    """Give the length of the vector (x, y)."""
    return np.hypot(x, y)
