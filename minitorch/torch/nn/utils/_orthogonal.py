"""Orthogonal matrices: of skew-symmetric ones, and of reflections."""

from __future__ import annotations

from ..._tensor import Tensor
from ...functions.arranging.joining import cat
from ...functions.creation.ranges import eye
from ...functions.linalg.factors import linalg_qr
from ...functions.linalg.powers import matrix_exp
from ...functions.linalg.solvers import solve
from ...functions.pointwise.selection import where


def exponential(tall: Tensor) -> Tensor:
    """Give the first columns of exp(A), where A is skew-symmetric: (*, n, k) -> (*, n, k)."""
    return matrix_exp(_skew(tall))[..., : tall._shape[-1]]


def cayley(tall: Tensor) -> Tensor:
    """Give the first columns of (1 - A / 2)^-1 (1 + A / 2), where A is skew-symmetric."""
    half = _skew(tall) * 0.5
    identity = eye(tall._shape[-2], dtype=tall.dtype)
    return solve(identity - half, identity + half)[..., : tall._shape[-1]]


def householder(tall: Tensor) -> Tensor:
    """Give the first columns of a product of reflections, whose vectors are the columns below 1.

    The signs of the columns are those of the diagonal.
    """
    below = tall.tril(-1)
    factors = 2.0 / (1.0 + (below * below).sum(-2))
    signs = tall.diagonal(dim1=-2, dim2=-1).detach().to(tall.dtype).trunc()
    return _product(below, factors) * signs.unsqueeze(-2)


def reflections_of(tall: Tensor) -> Tensor:
    """Give the reflections that lead to a matrix, or to the orthogonal one of its columns.

    Column k is reflected onto a multiple of a unit vector, with the vectors before it taken care
    of; the vectors have a 1 on the diagonal, in whose place the sign of the column is kept. Above
    it is what the reflections make of the matrix.
    """
    rest, columns, signs = tall.clone(), [], []
    rows, count = tall._shape[-2:]
    identity = eye(rows, dtype=tall.dtype)
    for k in range(count):
        column = rest[..., k].clone()
        column[..., :k] = 0
        length = column.square().sum(-1, keepdim=True).sqrt()
        head = column[..., k : k + 1]
        below = column - column * identity[k]
        is_done = below.square().sum(-1, keepdim=True) == 0
        reached = where(head > 0, -length, length)
        scale = where(is_done, 1.0, head - reached)
        vector = where(is_done, 0.0, below / scale) + identity[k]
        factor = where(is_done, 0.0, 2.0 / vector.square().sum(-1, keepdim=True))
        product = (vector.unsqueeze(-2) @ rest) * factor.unsqueeze(-1)
        rest = rest - vector.unsqueeze(-1) * product
        columns.append(vector - identity[k])
        sign = rest[..., k, k].sign()
        # Without a reflection of its own, the way forward reflects this column all the same.
        signs.append(where(is_done.squeeze(-1), -sign, sign))
    found = _stacked(columns) + rest.triu(1)
    found.diagonal(dim1=-2, dim2=-1).copy_(_stacked(signs))
    return found


def is_orthogonal(square: Tensor) -> bool:
    """Tell whether the columns are orthonormal, up to rounding."""
    size = square._shape[-1]
    identity = eye(size, dtype=square.dtype)
    gap = (square.mT @ square - identity).abs()
    step = 2.0**-23 if square._array.itemsize < 8 else 2.0**-52
    return bool((gap <= 10 * square._shape[-2] * step + 1e-5 * identity).all())


def closest_orthogonal(square: Tensor) -> Tensor:
    """Make columns orthonormal, first to last, each with its own direction."""
    orthogonal, triangle = linalg_qr(square)
    signs = triangle.diagonal(dim1=-2, dim2=-1).sign()
    return orthogonal * signs.unsqueeze(-2)


def _skew(tall: Tensor) -> Tensor:
    """Give the skew-symmetric matrix that has some columns below its diagonal."""
    rows, columns = tall._shape[-2:]
    lower = tall.tril()
    if rows != columns:
        nothing = tall.new_zeros((*tall._shape[:-1], rows - columns))
        lower = cat([lower, nothing], -1)
    return lower - lower.mT


def _product(below: Tensor, factors: Tensor) -> Tensor:
    """Give the first columns of the product of 1 - factor * v @ v.T, v a column with a 1 on it."""
    rows, columns = below._shape[-2:]
    identity = eye(rows, dtype=below.dtype)
    result = identity[:, :columns].expand(*below._shape[:-2], rows, columns)
    for k in reversed(range(columns)):
        vector = (below[..., k] + identity[k]).unsqueeze(-1)
        factor = factors[..., k : k + 1].unsqueeze(-1)
        result = result - vector @ (vector.mT @ result) * factor
    return result


def _stacked(columns: list[Tensor]) -> Tensor:
    return cat([column.unsqueeze(-1) for column in columns], -1)
