"""Optimizer steps over lists of parameters, each one pass of a kernel over a parameter's memory.

A `ParameterList` checks the parameters and the optimizer's states once, and a `Plan` has all
options; a step then costs little more than the arithmetic. Sources: the single-tensor functions of
torch.optim, whose numbers these are, to a few units in the last place where a square root is taken.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from . import loops
from .update import Numbers, Plan, Update


def sgd(
    *,
    lr: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
    maximize: bool = False,
) -> Plan:
    """Plan steps of stochastic gradient descent.

    With momentum they take one state, the buffers, which become the gradients in step 1.

    Args:
        lr: length of the step.
        momentum: the share of its buffer that is kept.
        dampening: the share of the gradient that does not enter the buffer.
        weight_decay: how much of the parameter is added to its gradient.
        nesterov: look ahead along the buffer.
        maximize: climb instead of descend.
    """
    head = -1.0 if maximize else 1.0, weight_decay, -lr
    if momentum == 0:
        return Plan(_sgd(weight_decay != 0), 0, lambda step: head)
    later, first = (*head, momentum, momentum, 1 - dampening), (*head, momentum, 0.0, 1.0)
    update = _sgd_with_momentum(weight_decay != 0, nesterov)
    return Plan(update, 1, lambda step: first if step == 1 else later)


def adam(
    *,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    decoupled: bool = False,
    amsgrad: bool = False,
    maximize: bool = False,
) -> Plan:
    """Plan steps of Adam, or of AdamW.

    Their states are the running means of the gradients and of their squares, with amsgrad also the
    largest of the latter so far; 0 at first.

    Source: D. Kingma and J. Ba, "Adam", 2015; I. Loshchilov and F. Hutter, "Decoupled weight decay
    regularization", 2019; S. Reddi, S. Kale and S. Kumar, "On the convergence of Adam", 2018.

    Args:
        lr: length of the step.
        beta1: the share of the mean of gradients that is kept.
        beta2: the share of the mean of squares that is kept.
        eps: added to the divisor.
        weight_decay: how much of the parameter is added to its gradient; decoupled, what share of
            it is taken away for each unit of lr (AdamW).
        decoupled: see weight_decay.
        amsgrad: divide by the largest mean of squares so far.
        maximize: climb instead of descend.
    """
    sign = -1.0 if maximize else 1.0
    decay = 1 - lr * weight_decay if decoupled else weight_decay

    def numbers(step: float) -> Numbers:
        root = math.sqrt(1 - beta2**step)
        size = -lr / (1 - beta1**step)
        return sign, decay, 1 - beta1, beta2, 1 - beta2, 1 / root, eps, size

    update = _adam(weight_decay != 0, decoupled, amsgrad, 1 - beta1 >= 0.5)
    return Plan(update, 3 if amsgrad else 2, numbers)


def rmsprop(
    *,
    lr: float,
    alpha: float = 0.99,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    momentum: float = 0.0,
    centered: bool = False,
    maximize: bool = False,
) -> Plan:
    """Plan steps of RMSprop.

    Their states are the running means of the squares, then, with these options, those of the
    gradients (centered) and the momentum buffers; 0 at first.

    Source: G. Hinton, "Neural networks for machine learning", lecture 6e, 2012.

    Args:
        lr: length of the step.
        alpha: the share of the means that is kept.
        eps: added to the divisor.
        weight_decay: how much of the parameter is added to its gradient.
        momentum: the share of its buffer that is kept.
        centered: divide by the standard deviation of the gradients.
        maximize: climb instead of descend.
    """
    has_momentum = momentum > 0
    sign = -1.0 if maximize else 1.0
    numbers = sign, weight_decay, alpha, 1 - alpha, eps, -lr, momentum
    update = _rmsprop(weight_decay != 0, centered, has_momentum, 1 - alpha >= 0.5)
    return Plan(update, 1 + centered + has_momentum, lambda step: numbers)


def adagrad(
    *,
    lr: float,
    lr_decay: float = 0.0,
    weight_decay: float = 0.0,
    eps: float = 1e-10,
    maximize: bool = False,
) -> Plan:
    """Plan steps of Adagrad, whose state are the sums of the squares so far.

    Source: J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods", 2011.

    Args:
        lr: length of the first step.
        lr_decay: how fast the length falls.
        weight_decay: how much of the parameter is added to its gradient.
        eps: added to the divisor.
        maximize: climb instead of descend.
    """
    sign = -1.0 if maximize else 1.0

    def numbers(step: float) -> Numbers:
        return sign, weight_decay, eps, -lr / (1 + (step - 1) * lr_decay)

    return Plan(_adagrad(weight_decay != 0), 1, numbers)


# ---- the choice of a kernel


@cache
def _sgd(decays: bool) -> Update:
    return Update(lambda: loops.sgd(decays), 1, 3)


@cache
def _sgd_with_momentum(decays: bool, nesterov: bool) -> Update:
    return Update(lambda: loops.sgd_with_momentum(decays, nesterov), 2, 6)


@cache
def _adam(decays: bool, decoupled: bool, amsgrad: bool, is_heavy: bool) -> Update:
    return Update(lambda: loops.adam(decays, decoupled, amsgrad, is_heavy), 4, 8)


@cache
def _rmsprop(decays: bool, centered: bool, has_momentum: bool, is_heavy: bool) -> Update:
    def loop() -> Any:
        return loops.rmsprop(decays, centered, has_momentum, is_heavy)

    return Update(loop, 4, 7)


@cache
def _adagrad(decays: bool) -> Update:
    return Update(lambda: loops.adagrad(decays), 2, 4)
