"""Layers that move elements between channels and places: `torch.nn.modules.pixelshuffle`."""

from __future__ import annotations

from ..._tensor import Tensor
from .. import functional as F  # noqa: N812
from .module import Module


class PixelShuffle(Module):
    """Make larger images of fewer channels: (..., C * r * r, H, W) -> (..., C, H * r, W * r).

    Args:
        upscale_factor: r.
    """

    upscale_factor: int

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Move the elements."""
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        """Give the factor."""
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Make smaller images of more channels: (..., C, H * r, W * r) -> (..., C * r * r, H, W).

    Args:
        downscale_factor: r.
    """

    downscale_factor: int

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Move the elements."""
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        """Give the factor."""
        return f"downscale_factor={self.downscale_factor}"
