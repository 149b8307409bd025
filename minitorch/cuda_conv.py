"""Module 4, the extra task: convolution as CUDA kernels, one thread for each element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._cuda import cuda
from .cuda_ops import launch
from .fast_conv import ConvFunction
from .tensor_data import Shape, Storage, Strides, UserShape

if TYPE_CHECKING:
    from .tensor import Tensor


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
    """Compute one element of a convolution of sequences; see fast_conv for the arguments."""
    ordinal = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    if ordinal >= out_size:
        return
    t = ordinal % out_shape[2]
    out_channel = ordinal // out_shape[2] % out_shape[1]
    batch = ordinal // (out_shape[2] * out_shape[1])
    total = 0.0
    for channel in range(input_shape[1]):
        for k in range(weight_shape[2]):
            source = t - k if reverse else t + k
            if 0 <= source < input_shape[2]:
                total += (
                    weight[
                        out_channel * weight_strides[0]
                        + channel * weight_strides[1]
                        + k * weight_strides[2]
                    ]
                    * input[
                        batch * input_strides[0]
                        + channel * input_strides[1]
                        + source * input_strides[2]
                    ]
                )
    out[batch * out_strides[0] + out_channel * out_strides[1] + t * out_strides[2]] = total


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
    """Compute one element of a convolution of images; see fast_conv for the arguments."""
    ordinal = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    if ordinal >= out_size:
        return
    x = ordinal % out_shape[3]
    y = ordinal // out_shape[3] % out_shape[2]
    plane = ordinal // (out_shape[3] * out_shape[2])
    out_channel, batch = plane % out_shape[1], plane // out_shape[1]
    direction = -1 if reverse else 1
    total = 0.0
    for channel in range(input_shape[1]):
        input_at = batch * input_strides[0] + channel * input_strides[1]
        weight_at = out_channel * weight_strides[0] + channel * weight_strides[1]
        for down in range(weight_shape[2]):
            source_y = y + direction * down
            if 0 <= source_y < input_shape[2]:
                for right in range(weight_shape[3]):
                    source_x = x + direction * right
                    if 0 <= source_x < input_shape[3]:
                        total += (
                            weight[weight_at + down * weight_strides[2] + right * weight_strides[3]]
                            * input[
                                input_at + source_y * input_strides[2] + source_x * input_strides[3]
                            ]
                        )
    out[
        batch * out_strides[0]
        + out_channel * out_strides[1]
        + y * out_strides[2]
        + x * out_strides[3]
    ] = total


tensor_conv1d = cuda.jit()(_tensor_conv1d)
tensor_conv2d = cuda.jit()(_tensor_conv2d)


class CudaConvFunction(ConvFunction):
    """A convolution whose kernel runs on the GPU."""

    @classmethod
    def convolve(cls, shape: UserShape, input: Tensor, weight: Tensor, reverse: bool) -> Tensor:
        """Run the kernel into a new tensor of the given shape."""
        out = input.zeros(shape)
        launch(cls.kernel, out, input, weight, last=(reverse,))
        return out


class Conv1dFun(CudaConvFunction):
    """Cross-correlate sequences with filters; the shapes are those of fast_conv.Conv1dFun."""

    dims = 3
    kernel = tensor_conv1d


class Conv2dFun(CudaConvFunction):
    """Cross-correlate images with filters; the shapes are those of fast_conv.Conv2dFun."""

    dims = 4
    kernel = tensor_conv2d


conv1d = Conv1dFun.apply
conv2d = Conv2dFun.apply
