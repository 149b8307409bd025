"""Optimizer steps over lists of parameters, each one pass of a kernel over a parameter's memory.

A `ParameterList` checks and flattens the parameters and the optimizer's states once; a step then
costs little more than the arithmetic. Sources: the single-tensor functions of torch.optim, whose
numbers these are, to a few units in the last place where a square root is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ..reductions import reduce
from . import loops
from .update import Numbers, ParameterList, Update

Array = NDArray[Any]

_SQUARES = SizedKernel(lambda: loops.sum_of_squares)
# The norm of so few elements is computed by one thread in one piece.
_SMALL = 1 << 14


def sgd_step(
    parameters: ParameterList,
    gradients: Sequence[Array],
    *,
    lr: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
    maximize: bool = False,
    is_first: bool | Sequence[bool] = False,
) -> None:
    """Take a step of stochastic gradient descent.

    Args:
        parameters: the parameters; with momentum also one state, the momentum buffers.
        gradients: arrays of the parameters' shapes and dtypes.
        lr: length of the step.
        momentum: the share of its buffer that is kept.
        dampening: the share of the gradient that does not enter the buffer.
        weight_decay: how much of the parameter is added to its gradient.
        nesterov: look ahead along the buffer.
        maximize: climb instead of descend.
        is_first: the buffers are empty yet and become the gradients; for all, or for each.

    Raises:
        ShapeError, DTypeError: the gradients do not fit the parameters.
        ValueError: the parameters do not have the states that the options need.
    """
    sign = -1.0 if maximize else 1.0
    if momentum == 0:
        update = _sgd(weight_decay != 0)
        _check_states("sgd_step", parameters, 0)
        update.run(parameters, gradients, (sign, weight_decay, -lr))
        return
    _check_states("sgd_step with momentum", parameters, 1)
    head = sign, weight_decay, -lr, momentum
    later, first = (*head, momentum, 1 - dampening), (*head, 0.0, 1.0)
    numbers: Numbers | list[Numbers]
    if isinstance(is_first, bool):
        numbers = first if is_first else later
    else:
        numbers = [first if flag else later for flag in is_first]
    _sgd_with_momentum(weight_decay != 0, nesterov).run(parameters, gradients, numbers)


def adam_step(
    parameters: ParameterList,
    gradients: Sequence[Array],
    *,
    step: float | Sequence[float],
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    decoupled: bool = False,
    amsgrad: bool = False,
    maximize: bool = False,
) -> None:
    """Take a step of Adam, or of AdamW.

    Source: D. Kingma and J. Ba, "Adam", 2015; I. Loshchilov and F. Hutter, "Decoupled weight decay
    regularization", 2019; S. Reddi, S. Kale and S. Kumar, "On the convergence of Adam", 2018.

    Args:
        parameters: the parameters; as states the running means of the gradients and of their
            squares, with amsgrad also the largest of the latter so far; 0 at first.
        gradients: arrays of the parameters' shapes and dtypes.
        step: the number of this step, from 1; for all parameters, or for each.
        lr: length of the step.
        beta1: the share of the mean of gradients that is kept.
        beta2: the share of the mean of squares that is kept.
        eps: added to the divisor.
        weight_decay: how much of the parameter is added to its gradient; decoupled, what share of
            it is taken away for each unit of lr (AdamW).
        decoupled: see weight_decay.
        amsgrad: divide by the largest mean of squares so far.
        maximize: climb instead of descend.

    Raises:
        ShapeError, DTypeError: the gradients do not fit the parameters.
        ValueError: the parameters do not have the states that the options need.
    """
    _check_states("adam_step", parameters, 3 if amsgrad else 2)
    sign = -1.0 if maximize else 1.0
    decay = 1 - lr * weight_decay if decoupled else weight_decay

    def numbers(step: float) -> Numbers:
        root = math.sqrt(1 - beta2**step)
        size = -lr / (1 - beta1**step)
        return sign, decay, 1 - beta1, beta2, 1 - beta2, 1 / root, eps, size

    update = _adam(weight_decay != 0, decoupled, amsgrad, 1 - beta1 >= 0.5)
    update.run(parameters, gradients, _by_step(numbers, step))


def rmsprop_step(
    parameters: ParameterList,
    gradients: Sequence[Array],
    *,
    lr: float,
    alpha: float = 0.99,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    momentum: float = 0.0,
    centered: bool = False,
    maximize: bool = False,
) -> None:
    """Take a step of RMSprop.

    Source: G. Hinton, "Neural networks for machine learning", lecture 6e, 2012.

    Args:
        parameters: the parameters; as states the running means of the squares, then, with these
            options, those of the gradients (centered) and the momentum buffers; 0 at first.
        gradients: arrays of the parameters' shapes and dtypes.
        lr: length of the step.
        alpha: the share of the means that is kept.
        eps: added to the divisor.
        weight_decay: how much of the parameter is added to its gradient.
        momentum: the share of its buffer that is kept.
        centered: divide by the standard deviation of the gradients.
        maximize: climb instead of descend.

    Raises:
        ShapeError, DTypeError: the gradients do not fit the parameters.
        ValueError: the parameters do not have the states that the options need.
    """
    has_momentum = momentum > 0
    _check_states("rmsprop_step", parameters, 1 + centered + has_momentum)
    sign = -1.0 if maximize else 1.0
    numbers = sign, weight_decay, alpha, 1 - alpha, eps, -lr, momentum
    update = _rmsprop(weight_decay != 0, centered, has_momentum, 1 - alpha >= 0.5)
    update.run(parameters, gradients, numbers)


def adagrad_step(
    parameters: ParameterList,
    gradients: Sequence[Array],
    *,
    step: float | Sequence[float],
    lr: float,
    lr_decay: float = 0.0,
    weight_decay: float = 0.0,
    eps: float = 1e-10,
    maximize: bool = False,
) -> None:
    """Take a step of Adagrad.

    Source: J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods", 2011.

    Args:
        parameters: the parameters; as state the sums of the squares so far.
        gradients: arrays of the parameters' shapes and dtypes.
        step: the number of this step, from 1; for all parameters, or for each.
        lr: length of the first step.
        lr_decay: how fast the length falls.
        weight_decay: how much of the parameter is added to its gradient.
        eps: added to the divisor.
        maximize: climb instead of descend.

    Raises:
        ShapeError, DTypeError: the gradients do not fit the parameters.
        ValueError: the parameters do not have the states that the options need.
    """
    _check_states("adagrad_step", parameters, 1)
    sign = -1.0 if maximize else 1.0

    def numbers(step: float) -> Numbers:
        return sign, weight_decay, eps, -lr / (1 + (step - 1) * lr_decay)

    update = _adagrad(weight_decay != 0)
    update.run(parameters, gradients, _by_step(numbers, step))


# ---- all gradients at once


def total_norm(arrays: Sequence[Array], p: float = 2.0) -> float:
    """Give the norm of the norms of arrays, which for most p is that of all their elements.

    Source: torch.nn.utils.get_total_norm.

    Args:
        arrays: floats of any layout.
        p: which norm; infinite for the largest absolute value.
    """
    if p == 2:
        return math.sqrt(sum(map(_squares, arrays)))
    norms = np.array([reduce.norm(array, p=p) for array in arrays], np.float64)
    return float(reduce.norm(norms, p=p)) if arrays else 0.0


def _squares(array: Array) -> float:
    """Sum up the squares of an array."""
    if array.size <= _SMALL and array.itemsize > 2 and array.flags.carray:
        return float(_SQUARES.serial(array.reshape(-1)))
    return float(reduce.norm(array)) ** 2


def scale_all(arrays: Sequence[Array], factor: float) -> None:
    """Multiply arrays by a number, in place."""
    with np.errstate(all="ignore"):
        for array in arrays:
            # float16 is multiplied by a factor of float32, as in PyTorch.
            number = np.float32(factor) if array.dtype == np.float16 else factor
            np.multiply(array, number, out=array, casting="same_kind")


def zero_all(arrays: Sequence[Array]) -> None:
    """Fill arrays with 0."""
    for array in arrays:
        array.fill(0)


# ---- the choice of a kernel


def _check_states(name: str, parameters: ParameterList, states: int) -> None:
    if parameters.states != states:
        raise ValueError(
            f"{name} needs a ParameterList with {states} states for these options, got "
            f"{parameters.states}."
        )


def _by_step(
    numbers: Callable[[float], Numbers], step: float | Sequence[float]
) -> Numbers | list[Numbers]:
    """Compute the numbers of a step that all parameters or each of them take."""
    if isinstance(step, Sequence):
        known = {one: numbers(one) for one in set(step)}
        return [known[one] for one in step]
    return numbers(step)


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
