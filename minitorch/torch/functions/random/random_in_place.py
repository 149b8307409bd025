"""Functions that fill a tensor with random numbers.

What was there before is lost, and its gradients are zeros.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ....errors import LayoutError
from ....kernels.cpu.randomness import random as samplers
from ....kernels.cpu.randomness import random_integers
from ..._generator import Generator, engine_of
from ..._node import is_recording
from ..._record import Operation, count_change, record
from ..._wrap import Late, base_of, wrap
from .._in_place import check_changeable, enter
from .._overrides import public
from ..creation.filled import zeros_like

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


def _fill(
    target: Tensor,
    operation: Operation,
    generator: Generator | None,
    sampler: Callable[..., Array],
    *parameters: Any,
) -> Tensor:
    """Fill a tensor's memory, in the order that PyTorch visits it.

    Raises:
        InPlaceError: it is a leaf that needs a gradient, and steps are recorded.
        LayoutError: several elements lie in one place.
    """
    check_changeable(target)
    array = target._array
    if not array.flags.c_contiguous:
        _check_separate(array)
    sampler(array, *parameters, engine_of(sampler.__name__, generator))
    count_change(target)
    if is_recording() and (target._node is not None or base_of(target) is not None):
        enter(target, record(wrap(array), operation, target))
    return target


def _check_separate(array: Array) -> None:
    if any(step == 0 and size > 1 for step, size in zip(array.strides, array.shape, strict=True)):
        raise LayoutError(
            "unsupported operation: more than one element of the written-to tensor refers to a "
            f"single memory location: shape {list(array.shape)}. Please clone() the tensor before "
            "performing the operation."
        )


@public
def uniform_(
    input: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill a tensor with numbers that are equally likely from from_ up to, not including, to.

    Raises:
        RuntimeError: from_ is above to, or the dtype is none of floats.
        InPlaceError, LayoutError: the tensor must not be changed.
    """
    low, high = _number("uniform_", "from", from_), _number("uniform_", "to", to)
    return _fill(input, _UNIFORM, generator, samplers.uniform_, low, high)


@public
def normal_(
    input: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill a tensor with normal numbers.

    Raises:
        RuntimeError: std is negative, or the dtype is none of floats.
        InPlaceError, LayoutError: the tensor must not be changed.
    """
    center, spread = _number("normal_", "mean", mean), _number("normal_", "std", std)
    return _fill(input, _NORMAL, generator, samplers.normal_, center, spread)


@public
def random_(
    input: Tensor, *limits: int | None, to: int | None = None, generator: Generator | None = None
) -> Tensor:
    """Fill a tensor with whole numbers that are equally likely.

    It is called `random_()`, `random_(to)` or `random_(from, to)`, with to not included. Without
    limits, all numbers count that the dtype holds.

    Raises:
        RuntimeError: from is not below to, or the dtype does not hold them.
        InPlaceError, LayoutError: the tensor must not be changed.
    """
    if len(limits) > 2 or (to is not None and len(limits) > 1):
        raise TypeError(f"random_() takes (), (to) or (from, to), got {limits!r}.")
    given = list(limits)
    high = to
    if to is None and given:
        high = given.pop()
    low = given.pop() if given else None
    for limit in (low, high):
        if limit is not None and not hasattr(type(limit), "__index__"):
            raise TypeError(f"random_(): limits must be int, not {type(limit).__name__}: {limit!r}")
    operation = (
        _RANDOM if low is None and high is None else _RANDOM_TO if low is None else _RANDOM_IN
    )
    return _fill(input, operation, generator, random_integers.random_, low, high)


@public
def bernoulli_(
    input: Tensor, p: float | Tensor = 0.5, *, generator: Generator | None = None
) -> Tensor:
    """Fill a tensor with 1, each with probability p, and 0.

    Raises:
        RuntimeError: a probability is outside 0 to 1, or those of a tensor are no floats.
        InPlaceError, LayoutError: the tensor must not be changed.
    """
    if isinstance(p, Late.Tensor):
        return _fill(input, _BERNOULLI_EACH, generator, samplers.bernoulli_, p._array)
    chance = _number("bernoulli_", "p", p)
    return _fill(input, _BERNOULLI, generator, samplers.bernoulli_, chance)


@public
def exponential_(
    input: Tensor, lambd: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill a tensor with exponentially distributed numbers, of mean 1 / lambd.

    Raises:
        RuntimeError: lambd is not positive, or the dtype is none of floats.
        InPlaceError, LayoutError: the tensor must not be changed.
    """
    rate = _number("exponential_", "lambd", lambd)
    return _fill(input, _EXPONENTIAL, generator, samplers.exponential_, rate)


@public
def geometric_(input: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill a tensor with numbers of tries up to the first success.

    Raises:
        RuntimeError: p is not between 0 and 1.
        InPlaceError, LayoutError: the tensor must not be changed.
    """
    chance = _number("geometric_", "p", p)
    return _fill(input, _GEOMETRIC, generator, samplers.geometric_, chance)


@public
def cauchy_(
    input: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill a tensor with numbers of Cauchy's distribution.

    Raises:
        RuntimeError: sigma is not positive, or the dtype is none of floats.
        InPlaceError, LayoutError: the tensor must not be changed.
    """
    center, width = _number("cauchy_", "median", median), _number("cauchy_", "sigma", sigma)
    return _fill(input, _CAUCHY, generator, samplers.cauchy_, center, width)


@public
def log_normal_(
    input: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill a tensor with numbers whose logarithm is normal.

    Raises:
        RuntimeError: std is not positive, or the dtype is none of floats.
        InPlaceError, LayoutError: the tensor must not be changed.
    """
    center, spread = _number("log_normal_", "mean", mean), _number("log_normal_", "std", std)
    return _fill(input, _LOG_NORMAL, generator, samplers.log_normal_, center, spread)


def _number(function: str, name: str, value: Any) -> float:
    """Give a parameter as a float.

    Raises:
        TypeError: it is no number.
    """
    if isinstance(value, Late.Tensor) and value._shape:
        raise TypeError(f"{function}(): argument '{name}' must be float, not Tensor")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(
            f"{function}(): argument '{name}' must be float, not {type(value).__name__}"
        ) from None


_UNIFORM = Operation("UniformBackward0", zeros_like)
_NORMAL = Operation("NormalBackward0", zeros_like)
_RANDOM_IN = Operation("RandomBackward0", zeros_like)
_RANDOM_TO = Operation("RandomBackward1", zeros_like)
_RANDOM = Operation("RandomBackward2", zeros_like)
_BERNOULLI_EACH = Operation("BernoulliBackward1", zeros_like)
_BERNOULLI = Operation("BernoulliBackward2", zeros_like)
_EXPONENTIAL = Operation("ExponentialBackward0", zeros_like)
_GEOMETRIC = Operation("GeometricBackward0", zeros_like)
_CAUCHY = Operation("CauchyBackward0", zeros_like)
_LOG_NORMAL = Operation("LogNormalBackward0", zeros_like)
