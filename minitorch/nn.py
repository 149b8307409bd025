"""Module 4: the layers of convolutional networks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from . import operators
from .autodiff import Context
from .cuda_ops import CudaOps
from .errors import CourseShapeError
from .fast_ops import FastOps
from .tensor_functions import Function, rand

if TYPE_CHECKING:
    from .tensor import Tensor

# Task 4.3: pooling.


def tile(input: Tensor, kernel: tuple[int, int]) -> tuple[Tensor, int, int]:
    """Cut images into tiles, one for each element of a pooled image.

    Args:
        input: (batch, channel, height, width).
        kernel: height and width of a tile, which must divide those of the image.

    Returns:
        The tiles (batch, channel, new_height, new_width, kernel_height * kernel_width), and
        new_height and new_width.

    Raises:
        CourseShapeError: (an AssertionError) the tiles do not fit the image.
    """
    kernel_height, kernel_width = kernel
    if input.dims != 4 or min(kernel) < 1:
        raise CourseShapeError(
            f"tile needs four dimensions and a kernel of at least 1 x 1, got shape "
            f"{input.shape} and kernel {kernel}."
        )
    batch, channel, height, width = input.shape
    if height % kernel_height or width % kernel_width:
        raise CourseShapeError(
            f"tile: images of {height} x {width} cannot be cut into tiles of "
            f"{kernel_height} x {kernel_width}."
        )
    new_height, new_width = height // kernel_height, width // kernel_width
    tiles = (
        input.contiguous()
        .view(batch, channel, new_height, kernel_height, new_width, kernel_width)
        .permute(0, 1, 2, 4, 3, 5)
        .contiguous()
        .view(batch, channel, new_height, new_width, kernel_height * kernel_width)
    )
    return tiles, new_height, new_width


def avgpool2d(input: Tensor, kernel: tuple[int, int]) -> Tensor:
    """Average each tile of an image.

    Args:
        input: (batch, channel, height, width).
        kernel: height and width of a tile.

    Returns:
        (batch, channel, height / kernel_height, width / kernel_width).
    """
    tiles, height, width = tile(input, kernel)
    return tiles.mean(4).view(*input.shape[:2], height, width)


# Task 4.4: maximum, softmax, dropout.

max_reduce = FastOps.reduce(operators.max, -math.inf)
_cuda_max_reduce = CudaOps.reduce(operators.max, -math.inf)


def argmax(input: Tensor, dim: int) -> Tensor:
    """Mark the largest elements along a dimension: 1.0 at each of them, 0.0 elsewhere.

    Args:
        input: any shape.
        dim: the dimension.

    Returns:
        The shape of the input; on a tie more than one element is marked.
    """
    return input == _largest(input, dim)


class Max(Function):
    """Maximum along a dimension, which stays with size 1."""

    @staticmethod
    def forward(ctx: Context, input: Tensor, dim: Tensor) -> Tensor:
        """Give the maximum; dim holds the number of the dimension."""
        result = _largest(input, int(dim.item()))
        ctx.save_for_backward(input, result)
        return result

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Tensor, float]:
        """Give the whole gradient to each largest element."""
        input, result = ctx.saved_values
        return (input == result) * grad_output, 0.0


def max(input: Tensor, dim: int | Tensor) -> Tensor:
    """Take the maximum along a dimension, which stays with size 1.

    Args:
        input: any shape.
        dim: the dimension, a number or a tensor of one element.
    """
    return Max.apply(input, input._ensure_tensor(dim))


def softmax(input: Tensor, dim: int) -> Tensor:
    r"""Turn the elements along a dimension into probabilities.

    $e^{x_i} / \sum_j e^{x_j}$, shifted by the maximum so that no exponential overflows.

    Args:
        input: any shape.
        dim: the dimension.
    """
    # The shift cancels out, so it needs no gradient.
    exponentials = (input - _largest(input, dim)).exp()
    return exponentials / exponentials.sum(dim)


def logsoftmax(input: Tensor, dim: int) -> Tensor:
    r"""Give the logarithm of the softmax along a dimension.

    $x_i - \log \sum_j e^{x_j}$, shifted by the maximum so that no exponential overflows.

    Args:
        input: any shape.
        dim: the dimension.
    """
    shifted = input - _largest(input, dim)
    return shifted - shifted.exp().sum(dim).log()


def _largest(input: Tensor, dim: int) -> Tensor:
    """Give the maximum along a dimension as a constant."""
    return (_cuda_max_reduce if input.backend.cuda else max_reduce)(input, dim)


def maxpool2d(input: Tensor, kernel: tuple[int, int]) -> Tensor:
    """Take the maximum of each tile of an image.

    Args:
        input: (batch, channel, height, width).
        kernel: height and width of a tile.

    Returns:
        (batch, channel, height / kernel_height, width / kernel_width).
    """
    tiles, height, width = tile(input, kernel)
    return max(tiles, 4).view(*input.shape[:2], height, width)


def dropout(input: Tensor, rate: float, ignore: bool = False) -> Tensor:
    """Set random elements to 0 (and leave the others unscaled, as in the course).

    Args:
        input: any shape.
        rate: the fraction to drop, from 0.0 (none) to 1.0 (all).
        ignore: drop nothing.
    """
    if ignore:
        return input
    noise = rand(input.shape, backend=input.backend).detach()
    return input * (noise > rate)
