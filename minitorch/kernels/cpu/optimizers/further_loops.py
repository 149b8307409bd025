"""The loops of the optimizers that are used less; see loops.py."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

from ..elementwise.fused import fma
from .loops import OPTIONS


def adadelta(decays: bool) -> Any:
    """Adadelta: each step in the units of the parameter."""

    def adadelta_step(  # type: ignore[no-untyped-def]
        gradient, parameter, square, steps, sign, decay, rho, share, eps, step
    ):
        for i in prange(parameter.size):
            p = parameter[i]
            g = gradient[i] * sign
            if decays:
                g = fma(p, decay, g)
            v = fma(share * g, g, square[i] * rho)
            u = steps[i]
            way = np.sqrt(u + eps) / np.sqrt(v + eps) * g
            square[i] = v
            steps[i] = fma(share * way, way, u * rho)
            parameter[i] = fma(way, step, p)

    return njit(**OPTIONS)(adadelta_step)


def adamax(decays: bool, is_heavy: bool) -> Any:
    """Adamax; is_heavy tells that the mean takes in half of the gradient or more."""

    def adamax_step(  # type: ignore[no-untyped-def]
        gradient, parameter, mean, largest, sign, decay, share, beta, eps, step
    ):
        for i in prange(parameter.size):
            p = parameter[i]
            g = gradient[i] * sign
            if decays:
                g = fma(p, decay, g)
            m = mean[i]
            if is_heavy:
                m = fma(share - type(p)(1), g - m, g)
            else:
                m = fma(share, g - m, m)
            mean[i] = m
            # A NaN wins.
            old, size = largest[i] * beta, np.abs(g) + eps
            u = old if old > size or old != old else size
            largest[i] = u
            parameter[i] = p + step * m / u

    return njit(**OPTIONS)(adamax_step)


def nadam(decays: bool, decoupled: bool, is_heavy: bool) -> Any:
    """NAdam; is_heavy tells that the mean takes in half of the gradient or more."""

    def nadam_step(  # type: ignore[no-untyped-def]
        gradient,
        parameter,
        mean,
        square,
        sign,
        decay,
        mean_share,
        beta,
        square_share,
        correction,
        eps,
        gradient_step,
        mean_step,
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
            way = fma(mean_step, m, gradient_step * g)
            parameter[i] = p + way / fma(np.sqrt(v), correction, eps)

    return njit(**OPTIONS)(nadam_step)


def radam(decays: bool, decoupled: bool, is_heavy: bool) -> Any:
    """RAdam; is_heavy tells that the mean takes in half of the gradient or more.

    The number `divides` is 0 as long as the mean of squares is not known well enough.
    """

    def radam_step(  # type: ignore[no-untyped-def]
        gradient,
        parameter,
        mean,
        square,
        sign,
        decay,
        mean_share,
        beta,
        square_share,
        divides,
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
            divisor = np.sqrt(v) + eps if divides != 0 else type(p)(1)
            parameter[i] = p + step * m / divisor

    return njit(**OPTIONS)(radam_step)


def asgd(decays: bool) -> Any:
    """Averaged stochastic gradient descent; a share of 1 makes the average the parameter."""

    def asgd_step(gradient, parameter, average, sign, decay, kept, step, share):  # type: ignore[no-untyped-def]
        for i in prange(parameter.size):
            p = parameter[i]
            g = gradient[i] * sign
            if decays:
                g = fma(p, decay, g)
            p = fma(g, step, p * kept)
            mean = average[i]
            average[i] = p if share == 1 else fma(p - mean, share, mean)
            parameter[i] = p

    return njit(**OPTIONS)(asgd_step)


def rprop() -> Any:
    """Rprop: a step of its own for each element, which knows the gradient's sign alone."""

    def rprop_step(  # type: ignore[no-untyped-def]
        gradient, parameter, before, sizes, sign, shrinking, growing, least, most
    ):
        for i in prange(parameter.size):
            g = gradient[i] * sign
            agreement = g * before[i]
            one = type(g)(1)
            factor = growing if agreement > 0 else shrinking if agreement < 0 else one
            g = type(g)(0) if agreement < 0 else g
            size = sizes[i] * factor
            # A bound that is NaN wins.
            size = least if size < least or least != least else size
            size = most if size > most or most != most else size
            sizes[i] = size
            before[i] = g
            # A product, for an endless step in no direction is NaN.
            direction = one if g > 0 else -one if g < 0 else type(g)(0)
            parameter[i] -= direction * size

    return njit(**OPTIONS)(rprop_step)
