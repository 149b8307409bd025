"""Steps of the optimizers that are used less; see optimizer.py.

Their states are named in the order in which a `ParameterList` takes them.
"""

from __future__ import annotations

import math
from functools import cache

from . import further_loops as loops
from .update import Numbers, Plan, Update


def adadelta(
    *, lr: float, rho: float, eps: float, weight_decay: float = 0.0, maximize: bool = False
) -> Plan:
    """Plan steps of Adadelta: states are the means of the squares of gradients and of steps.

    Source: M. Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
    """
    numbers = -1.0 if maximize else 1.0, weight_decay, rho, 1 - rho, eps, -lr
    return Plan(_adadelta(weight_decay != 0), 2, lambda step: numbers)


def adamax(
    *,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> Plan:
    """Plan steps of Adamax: states are the mean of gradients and the largest gradient.

    Source: D. Kingma and J. Ba, "Adam", 2015, section 7.
    """
    sign = -1.0 if maximize else 1.0

    def numbers(step: float) -> Numbers:
        return sign, weight_decay, 1 - beta1, beta2, eps, -lr / (1 - beta1**step)

    return Plan(_adamax(weight_decay != 0, 1 - beta1 >= 0.5), 2, numbers)


def nadam(
    *,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float = 0.0,
    decoupled: bool = False,
    maximize: bool = False,
) -> Plan:
    """Plan steps of NAdam: states are the means of the gradients and of their squares.

    In place of a step's number they take that number, this step's and the next step's share of the
    mean of gradients, and the product of the shares up to this one.

    Source: T. Dozat, "Incorporating Nesterov momentum into Adam", 2016.
    """
    sign = -1.0 if maximize else 1.0
    decay = 1 - lr * weight_decay if decoupled else weight_decay

    def numbers(about: tuple[float, float, float, float]) -> Numbers:
        step, share, next_share, product = about
        own = -lr * (1.0 - share) / (1.0 - product)
        along = -lr * next_share / (1.0 - product * next_share)
        root = math.sqrt(1 - beta2**step)
        return sign, decay, 1 - beta1, beta2, 1 - beta2, 1 / root, eps, own, along

    return Plan(_nadam(weight_decay != 0, decoupled, 1 - beta1 >= 0.5), 2, numbers)


def radam(
    *,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float = 0.0,
    decoupled: bool = False,
    maximize: bool = False,
) -> Plan:
    """Plan steps of RAdam: states are the means of the gradients and of their squares.

    Source: L. Liu et al., "On the variance of the adaptive learning rate and beyond", 2020.
    """
    sign = -1.0 if maximize else 1.0
    decay = 1 - lr * weight_decay if decoupled else weight_decay

    def numbers(step: float) -> Numbers:
        size = -lr / (1 - beta1**step)
        lacking = 1 - beta2**step
        rectifier = _rectifier(step, beta2, lacking)
        divides = 0.0 if rectifier is None else 1.0
        if rectifier is not None:
            size *= rectifier * math.sqrt(lacking)
        return sign, decay, 1 - beta1, beta2, 1 - beta2, divides, eps, size

    return Plan(_radam(weight_decay != 0, decoupled, 1 - beta1 >= 0.5), 2, numbers)


def _rectifier(step: float, beta2: float, lacking: float) -> float | None:
    """Give the factor that evens out the divisor's variance; None where that is too large yet.

    The length of the average that the divisor stands for is `most` in the end, and `length` now.
    """
    most = 2 / (1 - beta2) - 1
    length = most - 2 * step * beta2**step / lacking
    if length <= 5.0:
        return None
    return math.sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length))


def asgd(*, lambd: float, weight_decay: float = 0.0, maximize: bool = False) -> Plan:
    """Plan steps of averaged stochastic gradient descent: the state is the average.

    In place of a step's number they take its length, and the parameter's share of the average.

    Source: B. Polyak and A. Juditsky, "Acceleration of stochastic approximation by averaging",
    1992.
    """
    sign = -1.0 if maximize else 1.0

    def numbers(about: tuple[float, float]) -> Numbers:
        eta, share = about
        return sign, weight_decay, 1 - lambd * eta, -eta, share

    return Plan(_asgd(weight_decay != 0), 1, numbers)


def rprop(
    *, shrinking: float, growing: float, least: float, most: float, maximize: bool = False
) -> Plan:
    """Plan steps of Rprop: states are the gradients before, and the steps' sizes.

    Source: M. Riedmiller and H. Braun, "A direct adaptive method for faster backpropagation
    learning", 1993.
    """
    numbers = -1.0 if maximize else 1.0, shrinking, growing, least, most
    return Plan(_rprop(), 2, lambda step: numbers)


# ---- the choice of a kernel


@cache
def _adadelta(decays: bool) -> Update:
    return Update(lambda: loops.adadelta(decays), 3, 6)


@cache
def _adamax(decays: bool, is_heavy: bool) -> Update:
    return Update(lambda: loops.adamax(decays, is_heavy), 3, 6)


@cache
def _nadam(decays: bool, decoupled: bool, is_heavy: bool) -> Update:
    return Update(lambda: loops.nadam(decays, decoupled, is_heavy), 3, 9)


@cache
def _radam(decays: bool, decoupled: bool, is_heavy: bool) -> Update:
    return Update(lambda: loops.radam(decays, decoupled, is_heavy), 3, 8)


@cache
def _asgd(decays: bool) -> Update:
    return Update(lambda: loops.asgd(decays), 2, 5)


@cache
def _rprop() -> Update:
    return Update(loops.rprop, 3, 5)
