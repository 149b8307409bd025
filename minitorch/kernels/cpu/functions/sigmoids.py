"""The logistic function, the hyperbolic functions and their inverses."""

import math
from typing import Any

import numpy as np

from .basics import INFINITY, LN2, inline, maximum, signed
from .exponentials import exp, exp_above, exp_half, expm1, log, log1p, log1p_above

# Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016: the approximation by tanh.
GELU_SCALE = math.sqrt(2.0 / math.pi)
GELU_CUBE = 0.044715
# Klambauer et al., "Self-Normalizing Neural Networks", 2017.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


@inline
def sigmoid(x: Any) -> Any:
    """Give 1 / (1 + e^-x)."""
    return type(x)(1) / (type(x)(1) + exp_above(-x))


@inline
def softplus(x: Any) -> Any:
    """Give log(1 + e^x) without overflow."""
    return maximum(x, type(x)(0)) + log1p_above(exp(-abs(x)))


@inline
def tanh(x: Any) -> Any:
    """Give the hyperbolic tangent."""
    y = expm1(type(x)(-2) * abs(x))
    return signed(-y / (y + type(x)(2)), x)


@inline
def sinh(x: Any) -> Any:
    """Give the hyperbolic sine."""
    size = abs(x)
    y = expm1(size)
    near = (y + y / (y + type(x)(1))) * type(x)(0.5)
    # Where e^-|x| no longer counts, which is before e^|x| becomes infinite.
    return signed(exp_half(size) if size > type(x)(30) else near, x)


@inline
def cosh(x: Any) -> Any:
    """Give the hyperbolic cosine."""
    size = abs(x)
    return exp_half(size) + exp_half(-size)


@inline
def asinh(x: Any) -> Any:
    """Give the inverse hyperbolic sine."""
    size = abs(x)
    square = size * size
    near = log1p(size + square / (type(x)(1) + np.sqrt(square + type(x)(1))))
    return signed(log(size) + type(x)(LN2) if size > type(x)(1e9) else near, x)


@inline
def acosh(x: Any) -> Any:
    """Give the inverse hyperbolic cosine."""
    above = x - type(x)(1)
    near = log1p(above + np.sqrt(above * (x + type(x)(1))))
    return log(x) + type(x)(LN2) if x > type(x)(1e9) else near


@inline
def atanh(x: Any) -> Any:
    """Give the inverse hyperbolic tangent."""
    size = abs(x)
    y = type(x)(0.5) * log1p(type(x)(2) * size / (type(x)(1) - size))
    return signed(type(x)(INFINITY) if size == type(x)(1) else y, x)
