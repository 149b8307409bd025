"""Distances between vectors, and how far they point the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....errors import DTypeError, ShapeError
from ..._record import named
from ..._wrap import wrap
from .._operands import common_dtype
from .._overrides import public
from ..indexing.index_slices import index_select
from ..linalg.norms import vector_norm
from ..reductions.reductions import sum
from ..views.shapes import broadcast_tensors

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Give the cosine of the angle between vectors: (x1 . x2) / (|x1| * |x2|).

    Args:
        x1: floats.
        x2: floats; both broadcast.
        dim: along which the vectors lie.
        eps: the least norm that is divided by.

    Returns:
        The broadcast shape without dim.

    Raises:
        RuntimeError: the dtype in common is none of floats, the shapes do not broadcast, or eps is
            negative.
        IndexError: the dimension does not exist.
    """
    dtype = common_dtype((x1, x2))
    if not dtype.is_floating_point:
        raise DTypeError(
            f"cosine_similarity: expected common dtype to be floating point, yet common dtype is "
            f"{dtype}. Convert the vectors with to()."
        )
    if not eps >= 0:
        raise RuntimeError(f"cosine_similarity: eps must be non-negative, got: {eps}")
    first, second = broadcast_tensors(x1.to(dtype), x2.to(dtype))
    return sum(_directed(first, dim, eps) * _directed(second, dim, eps), dim)


def _directed(x: Tensor, dim: int, eps: float) -> Tensor:
    """Divide vectors by their norms; the least norm is eps, which gradients do not know of."""
    norms = vector_norm(x, 2, dim, True)
    too_small = norms._array < eps
    if too_small.any():
        norms = norms + wrap(np.where(too_small, eps - norms._array, 0).astype(norms._array.dtype))
    return x / norms


@public
def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """Give the norms of x1 - x2 + eps along the last dimension.

    Args:
        x1: (N, D) or (D).
        x2: of a shape that broadcasts with it.
        p: of the norm.
        eps: keeps the difference from being 0.
        keepdim: the last dimension stays, with size 1.

    Raises:
        RuntimeError: the shapes do not broadcast.
    """
    return named(vector_norm(x1 - x2 + eps, p, -1, keepdim), "NormBackward1")


@public
def pdist(input: Tensor, p: float = 2) -> Tensor:
    """Give the distances between all pairs of rows.

    Args:
        input: (N, D), floats.
        p: of the norm, from 0 to inf.

    Returns:
        (N * (N - 1) / 2): of the first row from all later ones, then of the second, and so on.

    Raises:
        RuntimeError: the input has another form, or p is negative.
    """
    shape = input._shape
    if len(shape) != 2:
        raise ShapeError(f"pdist only supports 2D tensors, got: {len(shape)}D, shape {list(shape)}")
    if not input._key.is_float:
        raise DTypeError(f"pdist only supports floating-point dtypes, got {input._key.dtype}")
    if not p >= 0:
        raise RuntimeError(f"pdist only supports non-negative p values, got {p}")
    first, second = np.triu_indices(shape[0], 1)
    differences = index_select(input, 0, wrap(first)) - index_select(input, 0, wrap(second))
    return vector_norm(differences, p, 1)
