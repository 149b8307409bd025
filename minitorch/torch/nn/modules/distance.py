"""Distances as layers: `torch.nn.modules.distance`."""

from __future__ import annotations

from ..._tensor import Tensor
from .. import functional as F  # noqa: N812
from .module import Module


class PairwiseDistance(Module):
    """Give the norms of x1 - x2 + eps along the last dimension.

    Args:
        p: of the norm.
        eps: keeps the difference from being 0.
        keepdim: the last dimension stays, with size 1.
    """

    norm: float
    eps: float
    keepdim: bool

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Compute them."""
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class CosineSimilarity(Module):
    """Give the cosine of the angle between vectors.

    Args:
        dim: along which the vectors lie.
        eps: the least norm that is divided by.
    """

    dim: int
    eps: float

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Compute it."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)
