"""Convolutions and transposed convolutions of one to three spatial dimensions.

A convolution C(x, w) is linear in both operands, and so are the gradients that it brings back for
a gradient g of its result: X(g, w) for the input and W(g, x) for the weight. All three come from
one form, sum of g * C(x, w), so the way back of each is written with the other two, and there are
derivatives of every order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from ....errors import ShapeError
from ....kernels.cpu.convolutions import conv as kernels
from ..._layout import like
from ..._node import FIRST, SAVED, Node, is_recording, next_number, send
from ..._record import NOTHING, Operation, kept, record_many, version_of
from ..._wrap import wrap
from .._overrides import public
from ._windows_of import Sizes, is_batched, per_dim

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]

# What a node saves: the form and the operands' shapes; the input, where the weight's gradient is
# needed, and the weight, where the input's is; each with its version.
_FORM, _INPUT_SHAPE, _WEIGHT_SHAPE = range(SAVED, SAVED + 3)
_INPUT, _INPUT_VERSION, _WEIGHT, _WEIGHT_VERSION = range(SAVED + 3, SAVED + 7)


class _Form(NamedTuple):
    """The numbers of a convolution, and the kernels that take them.

    Attributes:
        convolve: computes C(x, w) plus a bias, or plus none.
        options: what it takes after its operands.
        to_input: computes X(g, w) of the shape of x.
        to_weight: computes W(g, x) of the shape of w.
        gradient_options: what these take after their operands.
    """

    convolve: Callable[..., Array]
    options: tuple[Any, ...]
    to_input: Callable[..., Array]
    to_weight: Callable[..., Array]
    gradient_options: tuple[Any, ...]


# ---- what users call


@public
def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Do what `conv2d` does for (N, C_in, length)."""
    return _conv("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


@public
def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlate a batch of images with a bank of filters.

    Args:
        input: (N, C_in, H, W), or (C_in, H, W).
        weight: (C_out, C_in / groups, kH, kW).
        bias: (C_out), or none.
        stride: the step between windows.
        padding: zeros around the input; "valid" for none, "same" for as many as keep the size.
        dilation: the step between the elements of a window.
        groups: into which the channels are divided.

    Returns:
        (N, C_out, H_out, W_out), where H_out is
        floor((H + 2 * padding - dilation * (kH - 1) - 1) / stride) + 1.

    Raises:
        RuntimeError: the channel counts do not fit, the kernel is larger than the padded input, or
            a number is out of range.
    """
    return _conv("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


@public
def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Do what `conv2d` does for (N, C_in, depth, height, width)."""
    return _conv("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


@public
def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Do what `conv_transpose2d` does for (N, C_in, length)."""
    numbers = stride, padding, output_padding, groups, dilation
    return _conv_transpose("conv_transpose1d", 1, input, weight, bias, numbers)


@public
def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Spread images by a bank of filters: the gradient of `conv2d` with respect to its input.

    Args:
        input: (N, C_in, H, W), or (C_in, H, W).
        weight: (C_in, C_out / groups, kH, kW).
        bias: (C_out), or none.
        stride: the step between the places where neighbours of the input go.
        padding: what is cut off on every side of the result.
        output_padding: what is added at the end of the result; less than stride or dilation.
        groups: into which the channels are divided.
        dilation: the step between the elements of a window.

    Returns:
        (N, C_out, H_out, W_out), where H_out is
        (H - 1) * stride - 2 * padding + dilation * (kH - 1) + output_padding + 1.

    Raises:
        RuntimeError: the channel counts do not fit, or a number is out of range.
    """
    numbers = stride, padding, output_padding, groups, dilation
    return _conv_transpose("conv_transpose2d", 2, input, weight, bias, numbers)


@public
def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Do what `conv_transpose2d` does for (N, C_in, depth, height, width)."""
    numbers = stride, padding, output_padding, groups, dilation
    return _conv_transpose("conv_transpose3d", 3, input, weight, bias, numbers)


# ---- computing


def _conv(
    name: str,
    rank: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> Tensor:
    kernel = None
    if padding.__class__ is str:
        kernel = weight._shape[2:]
    try:
        form = _form(name, rank, stride, padding, dilation, groups, kernel)
    except TypeError:  # A list cannot be remembered; or a number is none, which is said there.
        form = _form.__wrapped__(name, rank, stride, padding, dilation, groups, kernel)
    if len(input._shape) != rank + 2 and not is_batched(name, input, rank):
        return _convolved(input.unsqueeze(0), weight, bias, form).squeeze(0)
    return _convolved(input, weight, bias, form)


@lru_cache(maxsize=256, typed=True)
def _form(
    name: str,
    rank: int,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
    kernel: tuple[int, ...] | None,
) -> _Form:
    strides = per_dim(name, "stride", stride, rank)
    dilations = per_dim(name, "dilation", dilation, rank)
    if kernel is None:
        paddings: Any = per_dim(name, "padding", padding, rank)
    elif padding == "valid":
        paddings = (0,) * rank
    elif padding != "same":
        raise ShapeError(
            f"{name}: Invalid padding string: {padding!r}. It should be 'valid' or 'same'."
        )
    elif any(step != 1 for step in strides):
        raise ShapeError(
            f"{name}: padding='same' is not supported for strided convolutions, got "
            f"stride={strides}."
        )
    else:
        paddings = kernels.same_padding(kernel, dilations)
    options = strides, paddings, dilations, groups
    return _Form(
        kernels.conv, options, kernels.conv_input_gradient, kernels.conv_weight_gradient, options
    )


def _conv_transpose(
    name: str,
    rank: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    numbers: tuple[Any, Any, Any, int, Any],
) -> Tensor:
    try:
        form = _transposed_form(name, rank, *numbers)
    except TypeError:  # As in _conv.
        form = _transposed_form.__wrapped__(name, rank, *numbers)
    if len(input._shape) != rank + 2 and not is_batched(name, input, rank):
        return _convolved(input.unsqueeze(0), weight, bias, form).squeeze(0)
    return _convolved(input, weight, bias, form)


@lru_cache(maxsize=256, typed=True)
def _transposed_form(
    name: str, rank: int, stride: Any, padding: Any, output_padding: Any, groups: int, dilation: Any
) -> _Form:
    if isinstance(padding, str):
        raise TypeError(f"{name}(): argument 'padding' must be tuple of ints, not str: {padding!r}")
    strides = per_dim(name, "stride", stride, rank)
    paddings = per_dim(name, "padding", padding, rank)
    more = per_dim(name, "output_padding", output_padding, rank)
    dilations = per_dim(name, "dilation", dilation, rank)
    return _Form(
        kernels.conv_transpose,
        (strides, paddings, more, groups, dilations),
        kernels.conv_transpose_input_gradient,
        kernels.conv_transpose_weight_gradient,
        (strides, paddings, groups, dilations),
    )


def _convolved(input: Tensor, weight: Tensor, bias: Tensor | None, form: _Form) -> Tensor:
    """Compute C(x, w), plus a bias for each channel."""
    array = form.convolve(
        input._array, weight._array, None if bias is None else bias._array, *form.options
    )
    result = wrap(like(array, input._array, weight._array))
    if is_recording():
        of_input, of_weight = input._node, weight._node
        of_bias = None if bias is None else bias._node
        if of_input is not None or of_weight is not None or of_bias is not None:
            result._node = [
                next_number(), _run, None, (of_input, of_weight, of_bias), None, _CONVOLUTION,
                form, input._shape, weight._shape,
                *(NOTHING if of_weight is None else (input, version_of(input))),
                *(NOTHING if of_input is None else (weight, version_of(weight))),
            ]  # fmt: skip
    return result


# ---- gradients


def _run(node: Node, gradient: Array, heap: list[Node]) -> None:
    """Bring an array back to the operands."""
    input, weight = kept(node, _INPUT), kept(node, _WEIGHT)
    form: _Form = node[_FORM]
    options = form.gradient_options
    of_input, of_weight, of_bias = node[FIRST]
    if of_bias is not None:
        send(of_bias, kernels.conv_bias_gradient(gradient), heap)
    if of_weight is not None:
        own = form.to_weight(gradient, input._array, node[_WEIGHT_SHAPE], *options)
        send(of_weight, own, heap)
    if of_input is not None:
        own = form.to_input(gradient, weight._array, node[_INPUT_SHAPE], *options)
        send(of_input, own, heap)


class _Convolution:
    """The operation, as far as the graph knows it."""

    __slots__ = ()

    name = "ConvolutionBackward0"
    saves = True

    def gradients(self, node: Node, gradient: Tensor) -> Iterator[tuple[Node, Tensor]]:
        """Give the operands' nodes that need a gradient, and their gradients, as tensors."""
        input, weight = kept(node, _INPUT), kept(node, _WEIGHT)
        of_input, of_weight, of_bias = node[FIRST]
        form = node[_FORM]
        if of_input is not None:
            yield of_input, _to_input(gradient, weight, node[_INPUT_SHAPE], form)
        if of_weight is not None:
            yield of_weight, _to_weight(gradient, input, node[_WEIGHT_SHAPE], form)
        if of_bias is not None:
            yield of_bias, gradient.sum((0, *range(2, len(gradient._shape))))


_CONVOLUTION = _Convolution()


def _to_input(grad: Tensor, weight: Tensor, shape: tuple[int, ...], form: _Form) -> Tensor:
    """Compute X(g, w)."""
    array = form.to_input(grad._array, weight._array, shape, *form.gradient_options)
    return record_many(wrap(array), _TO_INPUT, (grad, weight), grad, weight, form)


def _to_input_back(
    cotangent: Tensor, needed: tuple[bool, bool], grad: Tensor, weight: Tensor, form: _Form
) -> tuple[Tensor | None, Tensor | None]:
    of_grad = _convolved(cotangent, weight, None, form) if needed[0] else None
    of_weight = _to_weight(grad, cotangent, weight._shape, form) if needed[1] else None
    return of_grad, of_weight


def _to_weight(grad: Tensor, input: Tensor, shape: tuple[int, ...], form: _Form) -> Tensor:
    """Compute W(g, x)."""
    array = form.to_weight(grad._array, input._array, shape, *form.gradient_options)
    return record_many(wrap(array), _TO_WEIGHT, (grad, input), grad, input, form)


def _to_weight_back(
    cotangent: Tensor, needed: tuple[bool, bool], grad: Tensor, input: Tensor, form: _Form
) -> tuple[Tensor | None, Tensor | None]:
    of_grad = _convolved(input, cotangent, None, form) if needed[0] else None
    of_input = _to_input(grad, cotangent, input._shape, form) if needed[1] else None
    return of_grad, of_input


_TO_INPUT = Operation("ConvolutionBackwardBackward0", _to_input_back)
_TO_WEIGHT = Operation("ConvolutionBackwardBackward0", _to_weight_back)
