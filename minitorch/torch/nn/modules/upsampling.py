"""Layers that resample images: `torch.nn.modules.upsampling`."""

from __future__ import annotations

from ..._tensor import Tensor
from ...functions.images.resampling import Factors, Size
from .. import functional as F  # noqa: N812
from .module import Module


class Upsample(Module):
    """Resample images to other sizes.

    Args:
        size: of results.
        scale_factor: or what to multiply the sizes of inputs by.
        mode: "nearest", "linear", "bilinear", "bicubic" or "trilinear".
        align_corners: whether the centres of the elements in the corners stay where they are.
        recompute_scale_factor: compute the factor that the grid is made with from the sizes.

    Shape:
        (N, C, *sizes) -> (N, C, *size)
    """

    def __init__(
        self,
        size: Size | None = None,
        scale_factor: Factors | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        self.scale_factor: Factors | None
        if isinstance(scale_factor, tuple):
            self.scale_factor = tuple([float(factor) for factor in scale_factor])
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None  # type: ignore[arg-type]
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Compute the layer."""
        return F.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners,
            self.recompute_scale_factor,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """Give the size or the factor, and the mode."""
        if self.scale_factor is not None:
            return f"scale_factor={self.scale_factor!r}, mode={self.mode!r}"
        return f"size={self.size!r}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Resample images by the nearest elements.

    Args:
        size, scale_factor: see `Upsample`.
    """

    def __init__(self, size: Size | None = None, scale_factor: Factors | None = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Resample images by weighted means, with the corners' centres where they are.

    Args:
        size, scale_factor: see `Upsample`.
    """

    def __init__(self, size: Size | None = None, scale_factor: Factors | None = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
