"""Layer, RMS, batch, group and instance normalization, as in `torch.nn.functional`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ....errors import IntegerDivisionError, ShapeError
from ....kernels.cpu.indexing.checks import ElementDTypeError
from ....kernels.cpu.norms import norm as kernels
from ..._layout import like
from ..._record import count_change
from .._overrides import public
from ._nodes import BATCH, GROUP, LAYER, RMS, entered

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Bring the last dimensions of each example to mean 0 and variance 1.

    It computes (x - mean) / sqrt(variance + eps) * weight + bias.

    Args:
        input: (*, *normalized_shape).
        normalized_shape: the sizes of the last dimensions.
        weight: of shape normalized_shape; 1 by default.
        bias: of shape normalized_shape; 0 by default.
        eps: added to the variance.

    Raises:
        ShapeError: the sizes do not fit.
        NotImplementedError: the elements are no floats.
    """
    if normalized_shape.__class__ is not tuple:
        normalized_shape = _sizes("layer_norm", normalized_shape)
    if not input._key.is_float:
        raise _no_floats("layer_norm", input)
    array, mean, rstd = kernels.layer_norm(
        input._array,
        normalized_shape,
        None if weight is None else weight._array,
        None if bias is None else bias._array,
        float(eps),
    )
    options = normalized_shape, eps
    return entered(array, LAYER, (input, weight, bias), mean, rstd, options)


@public
def rms_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    """Divide the last dimensions of each example by the root of their mean square.

    Args:
        input: (*, *normalized_shape).
        normalized_shape: the sizes of the last dimensions.
        weight: of shape normalized_shape; 1 by default.
        eps: added to the mean square; by default the smallest step from 1 on.

    Raises:
        ShapeError: the sizes do not fit.
        NotImplementedError: the elements are no floats.
    """
    sizes = _sizes("rms_norm", normalized_shape)
    if not input._key.is_float:
        raise _no_floats("rms_norm", input)
    if weight is not None and weight._key.is_float and weight._key.index != input._key.index:
        weight = weight.to(input.dtype)
    if eps is None:
        eps = _epsilon(input)
    weight_array = None if weight is None else weight._array
    array, rstd = kernels.rms_norm(input._array, sizes, weight_array, float(eps))
    return entered(array, RMS, (input, weight, None), None, rstd, (sizes, eps))


@public
def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Bring each channel to mean 0 and variance 1, over all examples and places.

    Args:
        input: (N, C, *).
        running_mean: (C). Training moves it towards the mean of the batch; otherwise it is the mean
            that is subtracted.
        running_var: (C); likewise for the variance.
        weight: (C); 1 by default.
        bias: (C); 0 by default.
        training: normalize by the batch's own mean and variance.
        momentum: the share by which running_mean and running_var move.
        eps: added to the variance.

    Raises:
        ShapeError: the sizes do not fit, or there is one value per channel when training.
        RuntimeError: running_mean or running_var is missing, and not training.
        ValueError: one of them is missing when training, or eps is too small.
        NotImplementedError: the elements are no floats.
    """
    if training:
        _check_several("batch_norm", input)
    if eps < 0 or (training and eps == 0):
        raise ValueError(
            f"batch_norm eps must be {'positive during training' if training else 'non-negative'}, "
            f"but got {eps}"
        )
    return channels_normalized(
        input, running_mean, running_var, weight, bias, training, momentum, eps
    )


def channels_normalized(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
) -> Tensor:
    """Do what `batch_norm` does."""
    if not input._key.is_float:
        raise _no_floats("batch_norm", input)
    if training and (running_mean is None) != (running_var is None):
        raise ValueError(
            "batch_norm: running_mean and running_var must either both be None or neither be None; "
            f"got {'no running_mean' if running_mean is None else 'no running_var'}."
        )
    array, mean, rstd = kernels.batch_norm(
        input._array,
        None if weight is None else weight._array,
        None if bias is None else bias._array,
        None if running_mean is None else running_mean._array,
        None if running_var is None else running_var._array,
        training,
        momentum,
        float(eps),
    )
    if training:
        if running_mean is not None:
            count_change(running_mean)
        if running_var is not None:
            count_change(running_var)
    return entered(array, BATCH, (input, weight, bias), mean, rstd, (training, eps))


@public
def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Bring each group of channels of each example to mean 0 and variance 1.

    Args:
        input: (N, C, *).
        num_groups: into how many equal groups the channels are cut.
        weight: (C); 1 by default.
        bias: (C); 0 by default.
        eps: added to the variance.

    Raises:
        ShapeError: the sizes do not fit, or there is one value per group.
        ZeroDivisionError: num_groups is 0.
        NotImplementedError: the elements are no floats.
    """
    shape = input._shape
    if num_groups == 0:
        raise IntegerDivisionError("group_norm: num_groups is 0. There must be at least one group.")
    if len(shape) >= 2 and shape[0] * (shape[1] // num_groups) * math.prod(shape[2:]) == 1:
        raise ShapeError(
            "Expected more than 1 value per channel when training, got input size "
            f"{list(shape)} for group_norm with num_groups={num_groups}."
        )
    return groups_normalized(input, num_groups, weight, bias, eps)


def groups_normalized(
    input: Tensor, num_groups: int, weight: Tensor | None, bias: Tensor | None, eps: float
) -> Tensor:
    """Do what `group_norm` does."""
    if not input._key.is_float:
        raise _no_floats("group_norm", input)
    array, mean, rstd = kernels.group_norm(
        input._array,
        num_groups,
        None if weight is None else weight._array,
        None if bias is None else bias._array,
        float(eps),
    )
    array = like(array, input._array)
    return entered(array, GROUP, (input, weight, bias), mean, rstd, (num_groups, eps))


@public
def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Bring each channel of each example to mean 0 and variance 1.

    Args:
        input: (N, C, *).
        running_mean: (C). With use_input_stats it moves towards the mean of the examples' means;
            otherwise it is the mean that is subtracted.
        running_var: (C); likewise for the variances.
        weight: (C); 1 by default.
        bias: (C); 0 by default.
        use_input_stats: normalize by the examples' own means and variances.
        momentum: the share by which running_mean and running_var move.
        eps: added to the variance.

    Raises:
        ShapeError: the sizes do not fit, or there is one value per channel of an example.
        RuntimeError: running_mean or running_var is missing, and not use_input_stats.
        NotImplementedError: the elements are no floats.
    """
    if use_input_stats and math.prod(input._shape[2:]) == 1:
        raise ShapeError(
            "Expected more than 1 spatial element when training, got input size "
            f"{list(input._shape)} for instance_norm: each channel of each example is normalized "
            "on its own."
        )
    return instances_normalized(
        input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps
    )


def instances_normalized(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
) -> Tensor:
    """Do what `instance_norm` does: the channels of all examples are channels of one."""
    shape = input._shape
    if len(shape) < 2:
        raise ShapeError(f"instance_norm: input must have shape (N, C, *), got {shape}.")
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError(
            "Expected running_mean and running_var to be defined when use_input_stats is false: "
            "without them there is nothing to normalize by."
        )
    count, channels = shape[:2]
    for name, own in (("weight", weight), ("bias", bias)):
        if own is not None and own._shape != (channels,):
            raise ShapeError(
                f"instance_norm: {name} must have shape ({channels},), one number for each channel "
                f"of input {shape}, got {own._shape}."
            )
    seen = input.contiguous().view(1, count * channels, *shape[2:])
    means, variances = _repeated(running_mean, count), _repeated(running_var, count)
    result = channels_normalized(
        seen, means, variances, _repeated(weight, count), _repeated(bias, count),
        use_input_stats, momentum, eps,
    )  # fmt: skip
    if use_input_stats and count:
        for running, own in ((running_mean, means), (running_var, variances)):
            if running is not None and own is not None:
                running.detach().copy_(own.view(count, channels).mean(0))
    return result.view(*shape)


def _repeated(tensor: Tensor | None, count: int) -> Tensor | None:
    return None if tensor is None else tensor.repeat(count)


def _epsilon(input: Tensor) -> float:
    """Give the smallest step from 1 on in the type that is computed in."""
    return 2.0**-52 if input._array.itemsize == 8 else 2.0**-23


def _sizes(name: str, normalized_shape: Any) -> tuple[int, ...]:
    """Give sizes as a tuple.

    Raises:
        TypeError: they are no sequence.
    """
    if not isinstance(normalized_shape, list | tuple):
        raise TypeError(
            f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not "
            f"{type(normalized_shape).__name__}. Write it as ({normalized_shape},)."
        )
    return tuple(normalized_shape)


def _check_several(name: str, input: Tensor) -> None:
    """Check that channels have more than one value, of which a variance can be taken.

    Raises:
        IndexError: there are no channels.
        ShapeError: they have one value.
    """
    shape = input._shape
    if len(shape) < 2:
        raise IndexError(f"{name}: input must have shape (N, C, *), got {shape}.")
    if input._array.size == shape[1] and input._array.size:
        raise ShapeError(
            f"Expected more than 1 value per channel when training, got input size {list(shape)} "
            f"for {name}. Use a larger batch, or eval()."
        )


def _no_floats(name: str, input: Tensor) -> ElementDTypeError:
    return ElementDTypeError(
        f"{name} is not implemented for {input._key.dtype}. Convert the elements, as in "
        "x.to(torch.float32)."
    )
