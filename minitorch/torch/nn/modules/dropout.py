"""Dropout layers: `torch.nn.modules.dropout`. They change nothing when they are not training."""

from __future__ import annotations

from ..._tensor import Tensor
from .. import functional as F  # noqa: N812
from .module import Module


class _DropoutNd(Module):
    """A layer that sets something to 0.

    Args:
        p: with which probability.
        inplace: put the result into the input.

    Raises:
        ValueError: p is outside 0 to 1.
    """

    p: float
    inplace: bool

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if p < 0 or p > 1:  # like PyTorch, leaves a NaN to the call
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """Set elements to 0, and divide those that stay by 1 - p."""

    def forward(self, input: Tensor) -> Tensor:
        """Draw which, and do it."""
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_DropoutNd):
    """Set whole channels of sequences to 0: of (N, C, L) or (C, L)."""

    def forward(self, input: Tensor) -> Tensor:
        """Draw which, and do it."""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """Set whole channels of images to 0: of (N, C, H, W), or (N, C, L) with a warning."""

    def forward(self, input: Tensor) -> Tensor:
        """Draw which, and do it."""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """Set whole channels of volumes to 0: of (N, C, D, H, W) or (C, D, H, W)."""

    def forward(self, input: Tensor) -> Tensor:
        """Draw which, and do it."""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Set elements to the least value of SELU, and keep mean and variance."""

    def forward(self, input: Tensor) -> Tensor:
        """Draw which, and do it."""
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_DropoutNd):
    """Set whole channels to the least value of SELU, and keep mean and variance."""

    def forward(self, input: Tensor) -> Tensor:
        """Draw which, and do it."""
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)
