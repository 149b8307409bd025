"""Weights as a direction and a length: what `weight_norm` computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._overrides import public
from ..linalg.norms import vector_norm
from ..views.views import axis

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:
    """Give the norms over all dimensions but one, which keep their place with size 1.

    Args:
        v: any shape.
        pow: which norm.
        dim: the dimension that is left; -1 for none.

    Raises:
        IndexError: it does not exist.
    """
    if dim == -1:
        return vector_norm(v, pow)
    rank = len(v._shape)
    kept = axis(dim, rank, "norm_except_dim")
    others = [d for d in range(rank) if d != kept]
    # Over no dimensions there is nothing to sum up: a norm over () would be over all.
    return vector_norm(v, pow, others, keepdim=True) if others else v.abs()


@public
def _weight_norm(v: Tensor, g: Tensor, dim: int = 0) -> Tensor:
    """Give v with the lengths g; see `norm_except_dim`."""
    return v * (g / norm_except_dim(v, 2, dim))
