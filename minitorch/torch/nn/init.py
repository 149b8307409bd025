"""How parameters get their first values: `torch.nn.init`, with PyTorch's very numbers.

Each function changes a tensor in place, under `no_grad`, and gives it back.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from ...errors import ShapeError
from ...kernels.cpu.randomness import random as samplers
from .._generator import Generator, engine_of
from .._missing import missing_from
from .._record import count_change
from .._tensor import Tensor
from ..autograd.grad_mode import no_grad
from ..functions.linalg.factors import linalg_qr
from ..functions.random.random import randperm
from .parameter import check_tensor

P = ParamSpec("P")
R = TypeVar("R")

_GAINS = {
    "linear": 1.0,
    "conv1d": 1.0,
    "conv2d": 1.0,
    "conv3d": 1.0,
    "conv_transpose1d": 1.0,
    "conv_transpose2d": 1.0,
    "conv_transpose3d": 1.0,
    "sigmoid": 1.0,
    "tanh": 5.0 / 3,
    "relu": math.sqrt(2.0),
    "selu": 3.0 / 4,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Give the factor by which weights are larger because of the activation that follows.

    Args:
        nonlinearity: "linear", "conv1d" and its like, "sigmoid", "tanh", "relu", "leaky_relu" or
            "selu".
        param: the slope of leaky_relu, 0.01 by default.

    Raises:
        ValueError: another name, or a slope that is no number.
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, int | float):
            raise ValueError(f"negative_slope {slope!r} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        raise ValueError(
            f"Unsupported nonlinearity {nonlinearity}: there are leaky_relu, {', '.join(_GAINS)}."
        )
    return _GAINS[nonlinearity]


# ---- numbers


@no_grad()
def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill a tensor with numbers that are equally likely from a up to, not including, b."""
    return tensor.uniform_(a, b, generator=generator)


@no_grad()
def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill a tensor with normal numbers."""
    return tensor.normal_(mean, std, generator=generator)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Fill a tensor with normal numbers that lie between a and b.

    Raises:
        RuntimeError: std is negative, or a is above b.
    """
    check_tensor("trunc_normal_", tensor)
    engine = engine_of("trunc_normal_", generator)
    samplers.trunc_normal_(tensor._array, float(mean), float(std), float(a), float(b), engine)
    count_change(tensor)
    return tensor


@no_grad()
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill a tensor with one number."""
    return tensor.fill_(val)


@no_grad()
def ones_(tensor: Tensor) -> Tensor:
    """Fill a tensor with ones."""
    return tensor.fill_(1.0)


@no_grad()
def zeros_(tensor: Tensor) -> Tensor:
    """Fill a tensor with zeros."""
    return tensor.zero_()


@no_grad()
def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with ones on the diagonal and zeros elsewhere.

    Raises:
        ShapeError: it has not two dimensions.
    """
    if tensor.ndim != 2:
        raise ShapeError(
            f"eye_: Only tensors with 2 dimensions are supported, got {list(tensor.shape)}."
        )
    return tensor.zero_().fill_diagonal_(1.0)


@no_grad()
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill the weights of a convolution so that it keeps as many channels as it can.

    Args:
        tensor: (out, in / groups, ...), with one to three dimensions of places.
        groups: of channels, each of which is kept by itself.

    Raises:
        ShapeError: another number of dimensions.
        ValueError: the channels are not divisible by groups.
    """
    shape = tuple(tensor.shape)
    if len(shape) not in (3, 4, 5):
        raise ShapeError(
            f"dirac_: Only tensors with 3, 4, or 5 dimensions are supported, got {list(shape)}."
        )
    if shape[0] % groups:
        raise ValueError(f"dirac_: dim 0 must be divisible by groups, got {shape[0]} and {groups}.")
    each = shape[0] // groups
    middle = [size // 2 for size in shape[2:]]
    tensor.zero_()
    for group in range(groups):
        for channel in range(min(each, shape[1])):
            tensor[(group * each + channel, channel, *middle)] = 1
    return tensor


# ---- numbers whose size depends on the shape


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """Count the inputs of each output, and the outputs of each input.

    Raises:
        ShapeError: there are fewer than two dimensions.
    """
    shape = tensor._shape
    if len(shape) < 2:
        raise ShapeError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, got "
            f"shape {list(shape)}."
        )
    places = math.prod(shape[2:])
    return shape[1] * places, shape[0] * places


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    """Give one of both counts.

    Raises:
        ValueError: the mode is neither "fan_in" nor "fan_out".
    """
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return _calculate_fan_in_and_fan_out(tensor)[mode == "fan_out"]


def xavier_uniform_(
    tensor: Tensor, gain: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill with equally likely numbers of variance gain^2 * 2 / (fan_in + fan_out).

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010.
    """
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    bound = math.sqrt(3.0) * (gain * math.sqrt(2.0 / float(fan_in + fan_out)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with normal numbers of variance gain^2 * 2 / (fan_in + fan_out)."""
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / float(fan_in + fan_out)), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill with equally likely numbers of variance gain^2 / fan.

    Args:
        tensor: (out, in, ...).
        a: the slope of the leaky_relu that follows.
        mode: "fan_in" keeps the variance of results, "fan_out" that of gradients.
        nonlinearity: what follows; see `calculate_gain`.
        generator: the source.

    Source: He et al., "Delving deep into rectifiers", 2015.
    """
    if 0 in tensor.shape:
        return _nothing(tensor)
    std = calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill with normal numbers of variance gain^2 / fan; see `kaiming_uniform_`."""
    if 0 in tensor.shape:
        return _nothing(tensor)
    std = calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))
    return normal_(tensor, 0.0, std, generator)


def _nothing(tensor: Tensor) -> Tensor:
    warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
    return tensor


@no_grad()
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Fill with an orthogonal matrix: rows, or columns if there are fewer, of norm gain.

    All dimensions but the first count as one. Source: Saxe et al., "Exact solutions to the
    nonlinear dynamics of learning in deep linear neural networks", 2013.

    Raises:
        ShapeError: there are fewer than two dimensions.
    """
    if tensor.ndim < 2:
        raise ShapeError(
            "orthogonal_: Only tensors with 2 or more dimensions are supported, got "
            f"{list(tensor.shape)}."
        )
    if not tensor.numel():
        return tensor
    rows = tensor.shape[0]
    flat = tensor.new_empty((rows, tensor.numel() // rows)).normal_(0, 1, generator=generator)
    is_wide = flat.shape[0] < flat.shape[1]
    q, r = linalg_qr(flat.t() if is_wide else flat)
    # The signs make the result independent of the algorithm.
    q = q * r.diagonal().sign()
    return tensor.copy_((q.t() if is_wide else q).reshape(tensor.shape)).mul_(gain)


@no_grad()
def sparse_(
    tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None
) -> Tensor:
    """Fill a matrix with normal numbers, and a share of each column with zeros.

    Args:
        tensor: a matrix.
        sparsity: the share of zeros.
        std: of the others.
        generator: the source of the numbers; the places come from the default one.

    Raises:
        ShapeError: it has not two dimensions.
    """
    if tensor.ndim != 2:
        raise ShapeError(
            f"sparse_: Only tensors with 2 dimensions are supported, got {list(tensor.shape)}."
        )
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    tensor.normal_(0, std, generator=generator)
    for column in range(columns):
        tensor[randperm(rows)[:zeros], column] = 0
    return tensor


# ---- old names


def _deprecated(function: Callable[P, R]) -> Callable[P, R]:
    """Make the old name of a function, without the underscore."""
    new = function.__name__

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        warnings.warn(
            f"`nn.init.{new[:-1]}` is now deprecated in favor of `nn.init.{new}`.",
            FutureWarning,
            stacklevel=2,
        )
        return function(*args, **kwargs)

    call.__name__ = new[:-1]
    return call


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)

# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
