"""The activations of `torch.nn.functional` that are elementwise functions.

What they compute is said in kernels/op_table.py. Like PyTorch, most refuse integers, which other
elementwise functions convert.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ....errors import DTypeError, ShapeError
from ....kernels.cpu.indexing.checks import ElementDTypeError
from ... import _dtype
from .._in_place import change, in_place
from .._operands import Override
from .._overrides import call_override, public
from ..products.matmul import deliver
from ..views.views import reshape
from . import generated as pointwise
from ._engine import Pointwise, apply, binary, unary
from ._gradients import NO_PARAMETERS
from .arithmetic import clamp

if TYPE_CHECKING:
    from ..._tensor import Tensor

_APPROXIMATIONS = {"none": pointwise.GELU, "tanh": pointwise.GELU_TANH}


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute max(input, 0)."""
    try:
        if inplace:
            return in_place(pointwise.RELU, input, (input,))
        return unary(pointwise.RELU, input)
    except Override:
        return call_override(relu, (input,), {"inplace": inplace})


def _computed(
    operation: Pointwise,
    input: Tensor,
    inplace: bool = False,
    parameters: Mapping[str, float] = NO_PARAMETERS,
) -> Tensor:
    """Compute an activation of floats.

    Raises:
        NotImplementedError: the elements are no floats.
    """
    if not input._key.is_float:
        raise ElementDTypeError(
            f"{operation.function} is not implemented for {input._key.dtype}. Convert the elements "
            "with to(), as in x.to(torch.float32)."
        )
    if inplace:
        return in_place(operation, input, (input,), parameters)
    return apply(operation, (input,), None, parameters)


@public
def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute min(max(input, 0), 6).

    Raises:
        RuntimeError: the elements are of bool.
    """
    if not input._key.is_float:
        return hardtanh(input, 0, 6, inplace)
    return _computed(pointwise.RELU6, input, inplace)


@public
def hardtanh(
    input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    """Compute min(max(input, min_val), max_val).

    Raises:
        ValueError: min_val is above max_val.
        RuntimeError: the elements are of bool.
    """
    if min_val > max_val:
        raise ValueError(
            f"hardtanh: min_val cannot be greater than max_val, got {min_val} and {max_val}."
        )
    if not input._key.is_float:
        return _hardtanh_of_integers(input, int(min_val), int(max_val), inplace)
    limits = {"min_val": min_val, "max_val": max_val}
    return _computed(pointwise.HARDTANH, input, inplace, limits)


def _hardtanh_of_integers(input: Tensor, low: int, high: int, inplace: bool) -> Tensor:
    if input._key.dtype is _dtype.boolean:
        raise DTypeError(
            "Bool inputs not supported for hardtanh. Convert them with to(), as in "
            "x.to(torch.float32)."
        )
    return change(clamp, input, low, high) if inplace else clamp(input, low, high)


@public
def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Compute input where it is positive, and negative_slope * input elsewhere."""
    slope = {"negative_slope": negative_slope}
    return _computed(pointwise.LEAKY_RELU, input, inplace, slope)


@public
def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Compute input where it is positive, and alpha * (e^input - 1) elsewhere."""
    return _computed(pointwise.ELU, input, inplace, {"alpha": alpha})


@public
def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Compute input where it is positive, and alpha * (e^(input / alpha) - 1) elsewhere.

    Raises:
        ZeroDivisionError: alpha is 0; it is a RuntimeError too.
    """
    if alpha == 0:
        raise AlphaError("celu: alpha cannot be 0: the input is divided by it.")
    return _computed(pointwise.CELU, input, inplace, {"alpha": alpha})


class AlphaError(ZeroDivisionError, RuntimeError):
    """An alpha of 0."""


@public
def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute elu, scaled so that layers keep mean 0 and variance 1."""
    return _computed(pointwise.SELU, input, inplace)


@public
def gelu(input: Tensor, *, approximate: str = "none", out: Tensor | None = None) -> Tensor:
    """Compute input * (the share of a normal distribution that lies below input).

    Args:
        input: floats.
        approximate: "none", or "tanh" for the approximation through tanh.

    Raises:
        RuntimeError: approximate is something else.
    """
    operation = _APPROXIMATIONS.get(approximate)
    if operation is None:
        raise RuntimeError(
            f"gelu: approximate argument must be either none or tanh, got {approximate!r}."
        )
    return deliver("gelu", _computed(operation, input), out)


@public
def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute input * sigmoid(input)."""
    return _computed(pointwise.SILU, input, inplace)


@public
def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute input * tanh(softplus(input))."""
    return _computed(pointwise.MISH, input, inplace)


@public
def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute input * hardsigmoid(input)."""
    return _computed(pointwise.HARDSWISH, input, inplace)


@public
def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute min(max(input / 6 + 1 / 2, 0), 1)."""
    return _computed(pointwise.HARDSIGMOID, input, inplace)


@public
def hardshrink(input: Tensor, lambd: float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """Compute input where it is farther than lambd from 0, and 0 elsewhere."""
    return deliver(
        "hardshrink", _computed(pointwise.HARDSHRINK, input, False, {"lambd": lambd}), out
    )


@public
def softshrink(input: Tensor, lambd: float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """Move input by lambd towards 0, and no farther.

    Raises:
        RuntimeError: lambd is negative, or the elements' type does not hold it.
    """
    largest = float(np.finfo(input._key.dtype.numpy).max) if input._key.is_float else math.inf
    if not 0 <= lambd <= largest:
        raise RuntimeError(
            f"softshrink: lambda must be in range [0, {largest}] for input dtype "
            f"{input._key.dtype}, but found {lambd}."
        )
    return deliver(
        "softshrink", _computed(pointwise.SOFTSHRINK, input, False, {"lambd": lambd}), out
    )


@public
def tanhshrink(input: Tensor) -> Tensor:
    """Compute input - tanh(input).

    Raises:
        RuntimeError: the elements are of bool.
    """
    _refuse_bool("tanhshrink", input)
    return unary(pointwise.TANHSHRINK, input)


@public
def softsign(input: Tensor) -> Tensor:
    """Compute input / (1 + |input|).

    Raises:
        NotImplementedError: the elements are of bool.
    """
    _refuse_bool("softsign", input)
    return unary(pointwise.SOFTSIGN, input)


def _refuse_bool(name: str, input: Tensor) -> None:
    if input._key.dtype is _dtype.boolean:
        raise ElementDTypeError(f"{name} is not implemented for torch.bool. Convert it with to().")


@public
def softplus(
    input: Tensor, beta: float = 1.0, threshold: float = 20.0, *, out: Tensor | None = None
) -> Tensor:
    """Compute log(1 + e^(beta * input)) / beta.

    Args:
        input: floats.
        beta: how sharp the bend at 0 is.
        threshold: where beta * input is above it, the result is input.
    """
    parameters = {"beta": beta, "threshold": threshold}
    return deliver("softplus", _computed(pointwise.SOFTPLUS, input, False, parameters), out)


@public
def logsigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute log(sigmoid(input))."""
    return deliver("logsigmoid", _computed(pointwise.LOGSIGMOID, input), out)


@public
def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """Compute input where it is above a threshold, and a value elsewhere.

    Raises:
        NotImplementedError: the elements are of bool.
    """
    _refuse_bool("threshold", input)
    parameters = {"threshold": threshold, "value": value}
    if inplace:
        return in_place(pointwise.THRESHOLD, input, (input,), parameters)
    return apply(pointwise.THRESHOLD, (input,), None, parameters)


@public
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """Compute input where it is positive, and weight * input elsewhere.

    Args:
        input: (N, C, ...), or any shape where there is one weight.
        weight: (C), or one number.

    Raises:
        RuntimeError: the weights are not as many as the channels, or of another dtype.
    """
    _check_prelu(input, weight)
    count, rank = weight._array.size, len(input._shape)
    if count == 1:
        weight = reshape(weight, ()) if weight._shape else weight
    elif rank > 2:
        weight = reshape(weight, (count, *(1,) * (rank - 2)))
    return binary(pointwise.PRELU, input, weight)


def _check_prelu(input: Tensor, weight: Tensor) -> None:
    shape, count = input._shape, weight._array.size
    if input._key.dtype is not weight._key.dtype:
        raise DTypeError(
            f"prelu: Type promoting not supported. Got {input._key.dtype} and {weight._key.dtype}; "
            "convert one with to()."
        )
    if not input._key.is_float:
        raise ElementDTypeError(f"prelu is not implemented for {input._key.dtype}.")
    if len(weight._shape) > 1:
        raise ShapeError(
            "prelu: Expected `weight` to be a scalar or 1D tensor, but got shape "
            f"{list(weight._shape)}."
        )
    if count == 1:
        return
    if not shape:
        raise ShapeError("prelu: Not allow zero-dim input tensor with several weights.")
    channels = shape[1] if len(shape) > 1 else 1
    if count != channels:
        raise ShapeError(
            f"prelu: Mismatch of parameter numbers and input channel size. Found {count} weights "
            f"and {channels} channels in shape {list(shape)}."
        )
