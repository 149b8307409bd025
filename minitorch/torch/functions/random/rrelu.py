"""The activation that is random: `torch.nn.functional.rrelu`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ....kernels.cpu.indexing.checks import ElementDTypeError
from ....kernels.cpu.randomness import random as samplers
from ....kernels.generated import elementwise as kernels
from ... import _dtype
from ..._generator import Generator, engine_of
from ..._record import Operation, record
from ..._wrap import wrap
from .._in_place import change
from .._overrides import public
from ..pointwise.activations import leaky_relu

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """Compute input where it is positive, and elsewhere its product with a random slope.

    Args:
        input: floats.
        lower: the least slope.
        upper: the largest one.
        training: draw slopes; else all are the mean of both.
        inplace: put the result into input.

    Raises:
        RuntimeError: lower is above upper, or one of them is not finite.
        NotImplementedError: the elements are no floats; those of float16 take no random slopes.
    """
    return rrelu_of(input, lower, upper, training, inplace, None)


def rrelu_of(
    input: Tensor,
    lower: float,
    upper: float,
    training: bool,
    inplace: bool,
    generator: Generator | None,
) -> Tensor:
    """Compute `rrelu` with slopes from a generator."""
    for name, bound in (("lower", lower), ("upper", upper)):
        if not math.isfinite(bound):
            raise RuntimeError(f"rrelu: {name} bound must be finite, got {bound}")
    if lower > upper:
        raise RuntimeError(
            "rrelu: Lower bound should be less than or equal to the upper bound, got "
            f"{lower} and {upper}."
        )
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    if not input._key.is_float or input._key.dtype is _dtype.float16:
        raise ElementDTypeError(f"rrelu is not implemented for {input._key.dtype} in training.")
    if inplace:
        return change(_with_slopes, input, lower, upper, generator)
    return _with_slopes(input, lower, upper, generator)


def _with_slopes(input: Tensor, lower: float, upper: float, generator: Generator | None) -> Tensor:
    array = input._array
    is_drawn = array <= 0
    drawn = np.empty(int(np.count_nonzero(is_drawn)))
    samplers.uniform_(drawn, 0.0, 1.0, engine_of("rrelu", generator))
    # PyTorch rounds the limits to the dtype, and the slopes only after they were computed.
    low, high = (float(array.dtype.type(limit)) for limit in (lower, upper))
    drawn = drawn * (high - low) + low
    slopes = np.ones(array.shape, array.dtype)
    slopes[is_drawn] = drawn
    return record(wrap(kernels.mul(array, slopes)), _RRELU, input, wrap(slopes))


_RRELU = Operation("RreluWithNoiseBackward0", lambda grad, slopes: grad * slopes)


@public
def rrelu_(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False
) -> Tensor:
    """Compute `rrelu` in place."""
    return rrelu(input, lower, upper, training, True)
