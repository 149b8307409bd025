"""Module 4: convolution in one and two dimensions, compiled by Numba."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, prange

from ._jit import SizedKernel
from .autodiff import Context
from .errors import ShapeError
from .tensor_data import Shape, Storage, Strides, UserShape
from .tensor_functions import Function

if TYPE_CHECKING:
    from .tensor import Tensor


class ConvFunction(Function):
    """What convolutions in one and two dimensions, on the CPU and the GPU, have in common.

    A subclass names the number of dimensions of its input and the kernel; a kernel for the GPU
    brings its own `convolve`.
    """

    dims: int
    kernel: Any

    @classmethod
    def convolve(cls, shape: UserShape, input: Tensor, weight: Tensor, reverse: bool) -> Tensor:
        """Run the kernel into a new tensor of the given shape."""
        out = input.zeros(shape)
        work = out.size * (weight.size // max(weight.shape[0], 1))
        kernel = cls.kernel.for_size(work)
        kernel(*out.tuple(), out.size, *input.tuple(), *weight.tuple(), reverse)
        return out

    @classmethod
    def forward(cls, ctx: Context, input: Tensor, weight: Tensor) -> Tensor:
        """Compute the convolution; stride 1, as wide as the input, no bias.

        Args:
            ctx: keeps input and weight.
            input: (batch, in_channels, ...).
            weight: (out_channels, in_channels, ...).

        Returns:
            (batch, out_channels, ...) with the input's further sizes.

        Raises:
            ShapeError: (an AssertionError) wrong numbers of dimensions or channels.
        """
        if input.dims != cls.dims or weight.dims != cls.dims:
            raise ShapeError(
                f"{cls.__name__} needs input and weight of {cls.dims} dimensions each, got shapes "
                f"{input.shape} and {weight.shape}."
            )
        if input.shape[1] != weight.shape[1]:
            raise ShapeError(
                f"{cls.__name__}: the input {input.shape} has {input.shape[1]} channels, the "
                f"weight {weight.shape} expects {weight.shape[1]}."
            )
        ctx.save_for_backward(input, weight)
        shape = (input.shape[0], weight.shape[0], *input.shape[2:])
        return cls.convolve(shape, input, weight, reverse=False)

    @classmethod
    def backward(cls, ctx: Context, grad_output: Tensor) -> tuple[Tensor, Tensor]:
        """Give the gradients of input and weight, which are convolutions again.

        The input's is the output's gradient under the filters in reverse, with their channels
        swapped. The weight's is the input under the output's gradient as filters, with batch and
        channels swapped.
        """
        input, weight = ctx.saved_values
        grad_input = cls.convolve(input.shape, grad_output, _swap_first_two(weight), reverse=True)
        out_channels, in_channels, *kernel_shape = weight.shape
        grad_weight = cls.convolve(
            (in_channels, out_channels, *kernel_shape),
            _swap_first_two(input),
            _swap_first_two(grad_output),
            reverse=False,
        )
        return grad_input, _swap_first_two(grad_weight)


def _swap_first_two(a: Tensor) -> Tensor:
    return a._new(a._tensor.permute(1, 0, *range(2, a.dims)))


# Task 4.1: one dimension.


def _tensor_conv1d(
    out: Storage,
    out_shape: Shape,
    out_strides: Strides,
    out_size: int,
    input: Storage,
    input_shape: Shape,
    input_strides: Strides,
    weight: Storage,
    weight_shape: Shape,
    weight_strides: Strides,
    reverse: bool,
) -> None:
    """Slide a bank of filters along a batch of sequences.

    Forward, the filter lies to the right of its position, out[t] = sum over k of w[k] x[t + k];
    in reverse to the left, out[t] = sum over k of w[k] x[t - k]. Beyond the ends x is 0.

    Args:
        out: storage, shape (batch, out_channels, out_width) and strides of the result; the width
            may differ from the input's.
        out_shape: see out.
        out_strides: see out.
        out_size: number of elements of the result.
        input: the same of the sequences, (batch, in_channels, width).
        input_shape: see input.
        input_strides: see input.
        weight: the same of the filters, (out_channels, in_channels, kernel_width).
        weight_shape: see weight.
        weight_strides: see weight.
        reverse: the direction.
    """
    out_channels, out_width = out_shape[1], out_shape[2]
    in_channels, width = input_shape[1], input_shape[2]
    kernel_width = weight_shape[2]
    # Each iteration owns one row of the output.
    for row in prange(out_size // max(out_width, 1)):
        batch, out_channel = row // out_channels, row % out_channels
        result = np.zeros(out_width)
        for channel in range(in_channels):
            at = batch * input_strides[0] + channel * input_strides[1]
            weight_at = out_channel * weight_strides[0] + channel * weight_strides[1]
            for k in range(kernel_width):
                shift = -k if reverse else k
                _add_shifted(
                    result,
                    weight[weight_at + k * weight_strides[2]],
                    input,
                    at + shift * input_strides[2],
                    input_strides[2],
                    max(0, -shift),
                    min(out_width, width - shift),
                )
        to = batch * out_strides[0] + out_channel * out_strides[1]
        for t in range(out_width):
            out[to + t * out_strides[2]] = result[t]


@njit(fastmath={"contract"})
def _add_shifted(
    result: Storage, factor: float, x: Storage, at: int, step: int, first: int, end: int
) -> None:
    """Add factor * x[at + t * step] to result[t] for each t from first up to end."""
    for t in range(first, end):
        result[t] += factor * x[at + t * step]


tensor_conv1d = njit(parallel=True)(_tensor_conv1d)


class Conv1dFun(ConvFunction):
    """Cross-correlate sequences (batch, in_channels, width) with filters.

    The weight is (out_channels, in_channels, kernel_width), the result (batch, out_channels,
    width).
    """

    dims = 3
    kernel = SizedKernel(lambda: tensor_conv1d)


conv1d = Conv1dFun.apply


# Task 4.2: two dimensions.


def _tensor_conv2d(
    out: Storage,
    out_shape: Shape,
    out_strides: Strides,
    out_size: int,
    input: Storage,
    input_shape: Shape,
    input_strides: Strides,
    weight: Storage,
    weight_shape: Shape,
    weight_strides: Strides,
    reverse: bool,
) -> None:
    """Slide a bank of filters over a batch of images.

    Forward, the filter lies to the right of and below its position; in reverse to the left and
    above. Beyond the edges the image is 0.

    Args:
        out: storage, shape (batch, out_channels, out_height, out_width) and strides of the
            result; height and width may differ from the input's.
        out_shape: see out.
        out_strides: see out.
        out_size: number of elements of the result.
        input: the same of the images, (batch, in_channels, height, width).
        input_shape: see input.
        input_strides: see input.
        weight: the same of the filters, (out_channels, in_channels, kernel_height, kernel_width).
        weight_shape: see weight.
        weight_strides: see weight.
        reverse: the direction.
    """
    out_channels, out_height, out_width = out_shape[1], out_shape[2], out_shape[3]
    in_channels, height, width = input_shape[1], input_shape[2], input_shape[3]
    kernel_height, kernel_width = weight_shape[2], weight_shape[3]
    # Each iteration owns one image of one output channel.
    for plane in prange(out_size // max(out_height * out_width, 1)):
        batch, out_channel = plane // out_channels, plane % out_channels
        result = np.zeros((out_height, out_width))
        for channel in range(in_channels):
            at = batch * input_strides[0] + channel * input_strides[1]
            weight_at = out_channel * weight_strides[0] + channel * weight_strides[1]
            for k in range(kernel_height * kernel_width):
                down, right = k // kernel_width, k % kernel_width
                factor = weight[weight_at + down * weight_strides[2] + right * weight_strides[3]]
                if reverse:
                    down, right = -down, -right
                for y in range(max(0, -down), min(out_height, height - down)):
                    _add_shifted(
                        result[y],
                        factor,
                        input,
                        at + (y + down) * input_strides[2] + right * input_strides[3],
                        input_strides[3],
                        max(0, -right),
                        min(out_width, width - right),
                    )
        to = batch * out_strides[0] + out_channel * out_strides[1]
        for y in range(out_height):
            for x in range(out_width):
                out[to + y * out_strides[2] + x * out_strides[3]] = result[y, x]


tensor_conv2d = njit(parallel=True)(_tensor_conv2d)


class Conv2dFun(ConvFunction):
    """Cross-correlate images (batch, in_channels, height, width) with filters.

    The weight is (out_channels, in_channels, kernel_height, kernel_width), the result (batch,
    out_channels, height, width).
    """

    dims = 4
    kernel = SizedKernel(lambda: tensor_conv2d)


conv2d = Conv2dFun.apply
