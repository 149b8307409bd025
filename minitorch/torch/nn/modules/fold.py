"""Layers that cut images into blocks, and put them together: `torch.nn.modules.fold`."""

from __future__ import annotations

from ..._tensor import Tensor
from ...functions.convolutions._windows_of import Sizes
from .. import functional as F  # noqa: N812
from .module import Module


class Fold(Module):
    """Put blocks together to images; where they overlap, their elements are added up.

    Args:
        output_size: of the images, (H, W).
        kernel_size: of a block.
        dilation: the step between the elements of a block.
        padding: zeros around the images.
        stride: the step between blocks.

    Shape:
        (N, C * kH * kW, L) -> (N, C, H, W), or without N
    """

    def __init__(
        self,
        output_size: Sizes,
        kernel_size: Sizes,
        dilation: Sizes = 1,
        padding: Sizes = 0,
        stride: Sizes = 1,
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        """Compute the layer."""
        return F.fold(
            input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride
        )

    def extra_repr(self) -> str:
        """Give the arguments."""
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, "
            f"dilation={self.dilation}, padding={self.padding}, stride={self.stride}"
        )


class Unfold(Module):
    """Cut images into overlapping blocks, and make a column of each.

    Args:
        kernel_size: of a block.
        dilation: the step between the elements of a block.
        padding: zeros around the images.
        stride: the step between blocks.

    Shape:
        (N, C, H, W) -> (N, C * kH * kW, L), or without N
    """

    def __init__(
        self, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        """Compute the layer."""
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
            f"stride={self.stride}"
        )
