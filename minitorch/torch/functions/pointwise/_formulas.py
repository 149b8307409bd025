"""What the formulas of derivatives are written with.

The names are those of kernels/cpu/functions, for tensors.
"""

from __future__ import annotations

import math
from typing import Any

from ....kernels.cpu.functions import GELU_CUBE as GELU_CUBE
from ....kernels.cpu.functions import GELU_SCALE as GELU_SCALE
from ....kernels.cpu.functions import LN2 as LN2
from ....kernels.cpu.functions import LN10 as LN10
from ....kernels.cpu.functions import PI as PI
from ....kernels.cpu.functions import SELU_ALPHA as SELU_ALPHA
from ....kernels.cpu.functions import SELU_SCALE as SELU_SCALE
from ....kernels.cpu.functions import TWO_OVER_SQRT_PI as TWO_OVER_SQRT_PI


def absolute(x: Any) -> Any:
    return x.abs()


def cos(x: Any) -> Any:
    return x.cos()


def cosh(x: Any) -> Any:
    return x.cosh()


def digamma(x: Any) -> Any:
    return x.digamma()


def exp(x: Any) -> Any:
    return x.exp()


def floor(x: Any) -> Any:
    return x.floor()


def isfinite(x: Any) -> Any:
    return x.isfinite()


def isnan(x: Any) -> Any:
    return x.isnan()


def log(x: Any) -> Any:
    return x.log()


def normal_cdf(x: Any) -> Any:
    """Give the share of a normal distribution that lies below x."""
    return ((x / math.sqrt(2.0)).erf() + 1) / 2


def normal_pdf(x: Any) -> Any:
    """Give the density of a normal distribution at x."""
    return (x * x / -2).exp() / math.sqrt(2.0 * math.pi)


def polygamma(n: Any, x: Any) -> Any:
    return x.polygamma(n)


def power(x: Any, y: Any) -> Any:
    return x**y


def sigmoid(x: Any) -> Any:
    return x.sigmoid()


def sign(x: Any) -> Any:
    return x.sign()


def sin(x: Any) -> Any:
    return x.sin()


def sinh(x: Any) -> Any:
    return x.sinh()


def softplus(x: Any) -> Any:
    return where(x > 20, x, x.exp().log1p())


def sqrt(x: Any) -> Any:
    return x.sqrt()


def square(x: Any) -> Any:
    return x * x


def tanh(x: Any) -> Any:
    return x.tanh()


def trunc(x: Any) -> Any:
    return x.trunc()


def where(condition: Any, x: Any, y: Any) -> Any:
    """Choose x where the condition holds, and y elsewhere; either may be a number."""
    from .selection import where

    return where(condition, x, y)
