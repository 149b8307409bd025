"""The gamma function's logarithm, and the derivative of that."""

import math
from typing import Any

from .basics import INFINITY, inline


@inline
def lgamma(x: Any) -> Any:
    """Give the logarithm of the absolute value of the gamma function."""
    return math.lgamma(x)


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
