"""The gamma function's logarithm, and the derivative of that."""

import math
from typing import Any

from .basics import INFINITY, inline


@inline
def lgamma(x: Any) -> Any:
    """Give the logarithm of the absolute value of the gamma function."""
    return math.lgamma(x)


# Below this the sum of polygamma would take too long.
_FARTHEST = -1e5


@inline
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


@inline
def polygamma(n: Any, x: Any) -> Any:
    """Give derivative n of digamma, n = 1, 2, ...; infinite at the poles.

    The sum over 1 / (x + k)^(n + 1), whose far end is the formula of Euler and Maclaurin.
    """
    s, y = n + 1.0, float(x)
    if y < _FARTHEST:
        return type(x)(math.nan)
    if y <= 0.0 and y == math.floor(y):
        return type(x)(INFINITY)
    total = 0.0
    while y < 16.0:
        total += y**-s
        y += 1.0
    z = 1.0 / (y * y)
    term = s * y ** (-s - 1.0)
    total += y ** (1.0 - s) / n + 0.5 * y**-s + term / 12.0
    term *= (s + 1.0) * (s + 2.0) * z
    total -= term / 720.0
    term *= (s + 3.0) * (s + 4.0) * z
    total += term / 30240.0
    term *= (s + 5.0) * (s + 6.0) * z
    total -= term / 1209600.0
    term *= (s + 7.0) * (s + 8.0) * z
    total += term / 47900160.0
    sign = -1.0 if n % 2.0 == 0.0 else 1.0
    return type(x)(sign * math.gamma(s) * total)
