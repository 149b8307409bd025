"""Convolutions of one to three spatial dimensions over NumPy arrays of any layout, and gradients.

As in PyTorch, a convolution is a cross-correlation. The gradient of its input is a transposed
convolution, whose own gradients are a convolution and the gradient of a convolution's weights: so
there are two computations, of which `core.py` makes the rest. float32 and float64 run on
the matrix product's microkernel, float16 through float32 with one rounding at the end, integers
(which wrap around) through plain matrix products.

Inputs are (batch, channels, *sizes), of one to three sizes. `stride`, `padding` and `dilation` are
one int for all sizes or one for each; a padding may also be a pair, of elements before the first
one and after the last one, as `same_padding` gives them. Results are dense.

All raise a ShapeError for shapes that do not fit each other, for a kernel larger than the padded
input, and for a stride, padding, dilation or number of groups out of range; a DTypeError for
operands of several dtypes, and for bool.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....errors import ShapeError
from ..calls.prepared import known
from ..reductions import reduce
from .core import correlated, spread, weighed
from .form import Array, Numbers, Paddings, check_gradient, check_operands, form, per_dim
from .short import conv_way, input_gradient_way, weight_gradient_way

_Mask = tuple[bool, bool, bool]
_Gradients = tuple[Array | None, Array | None, Array | None]


def conv(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Numbers = 1,
    padding: Paddings = 0,
    dilation: Numbers = 1,
    groups: int = 1,
) -> Array:
    """Cross-correlate a batch of images with a bank of filters.

    Args:
        input: (N, C_in, *sizes).
        weight: (C_out, C_in / groups, *kernel).
        bias: (C_out).
        stride: the step between windows.
        padding: zeros around the input.
        dilation: the step between the elements of a window.
        groups: into which the channels are divided.

    Returns:
        (N, C_out, *result); each size is
        floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1.
    """
    options = None if bias is None else bias.shape, stride, padding, dilation, groups
    way = known(conv_way, input.dtype, input.shape, weight.shape, *options)
    out = way and way(input, weight, bias)
    if out is not None:
        return out
    described = form("conv", input.ndim - 2, stride, padding, dilation, groups)
    check_operands(described, input, weight, bias, False)
    sizes = described.result_sizes(input.shape[2:], weight.shape[2:])
    return correlated(input, weight, bias, sizes, described)


def conv1d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Numbers = 1,
    padding: Paddings = 0,
    dilation: Numbers = 1,
    groups: int = 1,
) -> Array:
    """Do what `conv` does for (N, C_in, length)."""
    _check_rank("conv1d", input, 1)
    return conv(input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Numbers = 1,
    padding: Paddings = 0,
    dilation: Numbers = 1,
    groups: int = 1,
) -> Array:
    """Do what `conv` does for (N, C_in, height, width)."""
    _check_rank("conv2d", input, 2)
    return conv(input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Numbers = 1,
    padding: Paddings = 0,
    dilation: Numbers = 1,
    groups: int = 1,
) -> Array:
    """Do what `conv` does for (N, C_in, depth, height, width)."""
    _check_rank("conv3d", input, 3)
    return conv(input, weight, bias, stride, padding, dilation, groups)


def conv_input_gradient(
    grad: Array,
    weight: Array,
    input_shape: tuple[int, ...],
    stride: Numbers = 1,
    padding: Paddings = 0,
    dilation: Numbers = 1,
    groups: int = 1,
) -> Array:
    """Give the gradient of a convolution's input.

    Args:
        grad: (N, C_out, *result), the gradient of the result.
        weight: (C_out, C_in / groups, *kernel).
        input_shape: (N, C_in, *sizes).
        stride, padding, dilation, groups: as in `conv`.
    """
    options = stride, padding, dilation, groups
    way = known(input_gradient_way, grad.dtype, grad.shape, weight.shape, input_shape, *options)
    out = way and way(grad, weight)
    if out is not None:
        return out
    described = form("conv", len(input_shape) - 2, stride, padding, dilation, groups)
    check_gradient(described, grad, input_shape, weight.shape, weight)
    return spread(grad, weight, None, input_shape[2:], described)


def conv_weight_gradient(
    grad: Array,
    input: Array,
    weight_shape: tuple[int, ...],
    stride: Numbers = 1,
    padding: Paddings = 0,
    dilation: Numbers = 1,
    groups: int = 1,
) -> Array:
    """Give the gradient of a convolution's weight.

    Args:
        grad: (N, C_out, *result), the gradient of the result.
        input: (N, C_in, *sizes).
        weight_shape: (C_out, C_in / groups, *kernel).
        stride, padding, dilation, groups: as in `conv`.
    """
    options = stride, padding, dilation, groups
    way = known(weight_gradient_way, grad.dtype, grad.shape, input.shape, weight_shape, *options)
    out = way and way(grad, input)
    if out is not None:
        return out
    described = form("conv", input.ndim - 2, stride, padding, dilation, groups)
    check_gradient(described, grad, input.shape, weight_shape, input)
    return weighed(grad, input, weight_shape, described)


def conv_bias_gradient(grad: Array) -> Array:
    """Give the gradient of a bias, (C_out), from that of the result, (N, C_out, *result)."""
    return reduce.sum(grad, (0, *range(2, grad.ndim))).astype(grad.dtype, copy=False)


def conv_backward(
    grad: Array,
    input: Array,
    weight: Array,
    stride: Numbers = 1,
    padding: Paddings = 0,
    dilation: Numbers = 1,
    groups: int = 1,
    output_mask: _Mask = (True, True, True),
) -> _Gradients:
    """Give the gradients of input, weight and bias, or None for those that are not asked for."""
    form_of = (stride, padding, dilation, groups)
    return (
        conv_input_gradient(grad, weight, input.shape, *form_of) if output_mask[0] else None,
        conv_weight_gradient(grad, input, weight.shape, *form_of) if output_mask[1] else None,
        conv_bias_gradient(grad) if output_mask[2] else None,
    )


def conv_transpose(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Numbers = 1,
    padding: Paddings = 0,
    output_padding: Numbers = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> Array:
    """Spread images by a bank of filters: the gradient of a convolution with respect to its input.

    Args:
        input: (N, C_in, *sizes).
        weight: (C_in, C_out / groups, *kernel).
        bias: (C_out).
        stride: the step between the places where neighbours of the input go.
        padding: what is cut off on every side of the result.
        output_padding: what is added at the end of the result; less than stride or dilation.
        groups: into which the channels are divided.
        dilation: the step between the elements of a window.

    Returns:
        (N, C_out, *result); each size is
        (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1.
    """
    described = form("conv_transpose", input.ndim - 2, stride, padding, dilation, groups)
    check_operands(described, input, weight, bias, True)
    kernel = weight.shape[2:]
    sizes = described.transposed_sizes(input.shape[2:], kernel, output_padding)
    return spread(input, weight, bias, sizes, described)


def conv_transpose_input_gradient(
    grad: Array,
    weight: Array,
    input_shape: tuple[int, ...],
    stride: Numbers = 1,
    padding: Paddings = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> Array:
    """Give the gradient of a transposed convolution's input.

    Args:
        grad: (N, C_out, *result), the gradient of the result.
        weight: (C_in, C_out / groups, *kernel).
        input_shape: (N, C_in, *sizes).
        stride, padding, groups, dilation: as in `conv_transpose`.
    """
    described = form("conv_transpose", grad.ndim - 2, stride, padding, dilation, groups)
    check_gradient(described, grad, input_shape, weight.shape, weight, transposed=True)
    return correlated(grad, weight, None, input_shape[2:], described)


def conv_transpose_weight_gradient(
    grad: Array,
    input: Array,
    weight_shape: tuple[int, ...],
    stride: Numbers = 1,
    padding: Paddings = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> Array:
    """Give the gradient of a transposed convolution's weight.

    Args:
        grad: (N, C_out, *result), the gradient of the result.
        input: (N, C_in, *sizes).
        weight_shape: (C_in, C_out / groups, *kernel).
        stride, padding, groups, dilation: as in `conv_transpose`.
    """
    described = form("conv_transpose", grad.ndim - 2, stride, padding, dilation, groups)
    check_gradient(described, grad, input.shape, weight_shape, input, transposed=True)
    return weighed(input, grad, weight_shape, described)


def conv_transpose_backward(
    grad: Array,
    input: Array,
    weight: Array,
    stride: Numbers = 1,
    padding: Paddings = 0,
    groups: int = 1,
    dilation: Numbers = 1,
    output_mask: _Mask = (True, True, True),
) -> _Gradients:
    """Give the gradients of input, weight and bias, or None for those that are not asked for."""
    form_of = (stride, padding, groups, dilation)
    input_gradient, weight_gradient = conv_transpose_input_gradient, conv_transpose_weight_gradient
    return (
        input_gradient(grad, weight, input.shape, *form_of) if output_mask[0] else None,
        weight_gradient(grad, input, weight.shape, *form_of) if output_mask[1] else None,
        conv_bias_gradient(grad) if output_mask[2] else None,
    )


def same_padding(kernel: Sequence[int], dilation: Numbers = 1) -> tuple[tuple[int, int], ...]:
    """Give the padding with which a convolution of stride 1 keeps the sizes, PyTorch's "same".

    Where an odd number of elements is missing, there is one more after the last one.
    """
    steps = per_dim("same_padding", "dilation", dilation, len(kernel), 1)
    missing = [d * (n - 1) for n, d in zip(kernel, steps, strict=True)]
    return tuple((n // 2, n - n // 2) for n in missing)


# ---- checks


def _check_rank(name: str, input: Array, rank: int) -> None:
    if input.ndim != rank + 2:
        raise ShapeError(
            f"{name} needs an input of {rank + 2} dimensions, (batch, channels, *sizes), "
            f"got shape {input.shape}."
        )
