"""Module 4: convolution in one and two dimensions, compiled by Numba."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, prange

from ._jit import SizedKernel
from .autodiff import Context
from .errors import CourseShapeError, DeviceError
from .fast_ops import BLOCK, add_product, size_of
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
        """Run the kernel into a new tensor of the given shape.

        Raises:
            DeviceError: the tensor is on the GPU.
        """
        if input.backend.cuda:
            raise DeviceError(
                "This convolution computes on the CPU, and the tensor has a CUDA backend: use "
                "conv1d and conv2d of minitorch.cuda_conv."
            )
        out = input.zeros(shape)
        # One element of a map costs about as much as eight multiply-adds.
        work = out.size * (weight.size // max(weight.shape[0], 1)) // 8
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
            CourseShapeError: (an AssertionError) wrong numbers of dimensions or channels.
        """
        if input.dims != cls.dims or weight.dims != cls.dims:
            raise CourseShapeError(
                f"{cls.__name__} needs input and weight of {cls.dims} dimensions each, got shapes "
                f"{input.shape} and {weight.shape}."
            )
        if input.shape[1] != weight.shape[1]:
            raise CourseShapeError(
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


# A convolution is a product of matrices: the filters, one in each row, times the patches of the
# image that they meet, one in each column. The patches are laid out block by block, as the product
# needs them, and the filters once.


@njit()
def _filter_rows(weight: Storage, shape: Shape, strides: Strides) -> Storage:
    """Copy filters (out_channels, channels, height, width) to one row each, flat."""
    rows = np.empty(size_of(shape))
    row = 0
    for i in range(shape[0]):
        for channel in range(shape[1]):
            for down in range(shape[2]):
                for right in range(shape[3]):
                    at = i * strides[0] + channel * strides[1]
                    rows[row] = weight[at + down * strides[2] + right * strides[3]]
                    row += 1
    return rows


@njit()
def _lay_out_patches(
    block: Storage,
    first_pixel: int,
    pixels: int,
    out_width: int,
    first_step: int,
    steps: int,
    kernel_shape: Shape,
    input: Storage,
    image_at: int,
    input_shape: Shape,
    input_strides: Strides,
    direction: int,
) -> None:
    """Fill a block with what some steps through the filter meet at some pixels of the result."""
    height, width = input_shape[2], input_shape[3]
    for p in range(steps):
        step = first_step + p
        right = direction * (step % kernel_shape[3])
        down = direction * (step // kernel_shape[3] % kernel_shape[2])
        channel = step // (kernel_shape[3] * kernel_shape[2])
        at = image_at + channel * input_strides[1]
        for j in range(pixels):
            y = (first_pixel + j) // out_width + down
            x = (first_pixel + j) % out_width + right
            if 0 <= y < height and 0 <= x < width:
                block[p, j] = input[at + y * input_strides[2] + x * input_strides[3]]
            else:
                block[p, j] = 0.0


@njit()
def _tiles(out_shape: Shape) -> int:
    """Count the tiles of pixels in which each image of the result is computed."""
    return (out_shape[2] * out_shape[3] + BLOCK - 1) // BLOCK


@njit()
def _convolve_tile(
    tile: int,
    out: Storage,
    out_shape: Shape,
    out_strides: Strides,
    input: Storage,
    input_shape: Shape,
    input_strides: Strides,
    filters: Storage,
    weight_shape: Shape,
    reverse: bool,
) -> None:
    """Compute some pixels of one image of the result, in all channels."""
    tiles = _tiles(out_shape)
    image, first_pixel = tile // tiles, tile % tiles * BLOCK
    out_width = out_shape[3]
    pixels = min(BLOCK, out_shape[2] * out_width - first_pixel)
    depth = weight_shape[1] * weight_shape[2] * weight_shape[3]
    result = np.zeros((out_shape[1], pixels))
    block = np.empty((min(BLOCK, depth), pixels))
    for first_step in range(0, depth, BLOCK):
        steps = min(BLOCK, depth - first_step)
        _lay_out_patches(
            block,
            first_pixel,
            pixels,
            out_width,
            first_step,
            steps,
            weight_shape,
            input,
            image * input_strides[0],
            input_shape,
            input_strides,
            -1 if reverse else 1,
        )
        add_product(result, filters, first_step, depth, 1, block, steps)
    for channel in range(out_shape[1]):
        at = image * out_strides[0] + channel * out_strides[1]
        for j in range(pixels):
            y, x = (first_pixel + j) // out_width, (first_pixel + j) % out_width
            out[at + y * out_strides[2] + x * out_strides[3]] = result[channel, j]


# Task 4.1: one dimension.


@njit()
def _as_image(numbers: Shape, height: int) -> Shape:
    """See the shape or strides of sequences as those of images of one row."""
    return np.array([numbers[0], numbers[1], height, numbers[2]])


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
    shape, strides = _as_image(out_shape, 1), _as_image(out_strides, 0)
    images, steps = _as_image(input_shape, 1), _as_image(input_strides, 0)
    kernels = _as_image(weight_shape, 1)
    filters = _filter_rows(weight, kernels, _as_image(weight_strides, 0))
    # Each iteration owns some positions of one sequence of the output.
    for tile in prange(shape[0] * _tiles(shape)):
        _convolve_tile(tile, out, shape, strides, input, images, steps, filters, kernels, reverse)


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
    filters = _filter_rows(weight, weight_shape, weight_strides)
    # Each iteration owns some pixels of one image of the output.
    for tile in prange(out_shape[0] * _tiles(out_shape)):
        _convolve_tile(
            tile,
            out,
            out_shape,
            out_strides,
            input,
            input_shape,
            input_strides,
            filters,
            weight_shape,
            reverse,
        )


tensor_conv2d = njit(parallel=True)(_tensor_conv2d)


class Conv2dFun(ConvFunction):
    """Cross-correlate images (batch, in_channels, height, width) with filters.

    The weight is (out_channels, in_channels, kernel_height, kernel_width), the result (batch,
    out_channels, height, width).
    """

    dims = 4
    kernel = SizedKernel(lambda: tensor_conv2d)


conv2d = Conv2dFun.apply
