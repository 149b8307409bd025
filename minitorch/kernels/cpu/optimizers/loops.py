"""The loops of optimizer steps: one pass over a parameter, its gradient and its states.

Each factory makes the kernel for one choice of options. Operations round where PyTorch's round, and
fuse where PyTorch's build fuses: steps without a square root are equal to the last bit, the others
to about a unit in the last place. `sign` is 1, or -1 to climb; a `step` is negative, since it is
added. All numbers have the parameter's type. Where an option needs no such state, another array
stands in its place.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

from ..elementwise.fused import fma

OPTIONS = {"error_model": "numpy", "parallel": True}


def sgd(decays: bool) -> Any:
    """Stochastic gradient descent."""

    def sgd_step(gradient, parameter, sign, decay, step):  # type: ignore[no-untyped-def]
        for i in prange(parameter.size):
            p = parameter[i]
            g = gradient[i] * sign
            if decays:
                g = fma(p, decay, g)
            parameter[i] = fma(g, step, p)

    return njit(**OPTIONS)(sgd_step)


def sgd_with_momentum(decays: bool, nesterov: bool) -> Any:
    """Stochastic gradient descent with momentum: the buffer keeps a share, and takes a share in."""

    def sgd_momentum_step(  # type: ignore[no-untyped-def]
        gradient, parameter, buffer, sign, decay, step, momentum, kept, taken
    ):
        for i in prange(parameter.size):
            p = parameter[i]
            g = gradient[i] * sign
            if decays:
                g = fma(p, decay, g)
            b = fma(g, taken, buffer[i] * kept)
            buffer[i] = b
            if nesterov:
                b = fma(b, momentum, g)
            parameter[i] = fma(b, step, p)

    return njit(**OPTIONS)(sgd_momentum_step)


def adam(decays: bool, decoupled: bool, amsgrad: bool, is_heavy: bool) -> Any:
    """Adam and AdamW; is_heavy tells that the mean takes in half of the gradient or more."""

    def adam_step(  # type: ignore[no-untyped-def]
        gradient,
        parameter,
        mean,
        square,
        largest,
        sign,
        decay,
        mean_share,
        beta,
        square_share,
        correction,
        eps,
        step,
    ):
        for i in prange(parameter.size):
            p = parameter[i]
            g = gradient[i] * sign
            if decays and decoupled:
                p = p * decay
            if decays and not decoupled:
                g = fma(p, decay, g)
            m = mean[i]
            if is_heavy:
                m = fma(mean_share - type(p)(1), g - m, g)
            else:
                m = fma(mean_share, g - m, m)
            v = fma(square_share * g, g, square[i] * beta)
            mean[i] = m
            square[i] = v
            if amsgrad:
                # A NaN wins.
                old = largest[i]
                v = old if old > v or old != old else v
                largest[i] = v
            # A product with 1 / root: a second division would take a third longer.
            parameter[i] = p + step * m / fma(np.sqrt(v), correction, eps)

    return njit(**OPTIONS)(adam_step)


def rmsprop(decays: bool, centered: bool, has_momentum: bool, is_heavy: bool) -> Any:
    """RMSprop; is_heavy tells that the mean takes in half of the gradient or more."""

    def rmsprop_step(  # type: ignore[no-untyped-def]
        gradient, parameter, square, mean, buffer, sign, decay, alpha, share, eps, step, momentum
    ):
        for i in prange(parameter.size):
            p = parameter[i]
            g = gradient[i] * sign
            if decays:
                g = fma(p, decay, g)
            v = fma(share * g, g, square[i] * alpha)
            square[i] = v
            if centered:
                m = mean[i]
                if is_heavy:
                    m = fma(share - type(p)(1), g - m, g)
                else:
                    m = fma(share, g - m, m)
                mean[i] = m
                v = fma(-m, m, v)
            root = np.sqrt(v) + eps
            if has_momentum:
                b = buffer[i] * momentum + g / root
                buffer[i] = b
                parameter[i] = fma(b, step, p)
            else:
                parameter[i] = p + step * g / root

    return njit(**OPTIONS)(rmsprop_step)


def adagrad(decays: bool) -> Any:
    """Adagrad: each step is divided by the root of the sum of all squares so far."""

    def adagrad_step(gradient, parameter, total, sign, decay, eps, step):  # type: ignore[no-untyped-def]
        for i in prange(parameter.size):
            p = parameter[i]
            g = gradient[i] * sign
            if decays:
                g = fma(p, decay, g)
            s = fma(g, g, total[i])
            total[i] = s
            parameter[i] = p + step * g / (np.sqrt(s) + eps)

    return njit(**OPTIONS)(adagrad_step)
