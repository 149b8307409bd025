"""Norms of vectors, and what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....errors import DTypeError, ShapeError
from ... import _dtype
from ..._record import named
from .._in_place import change
from .._operands import Number, write_out
from .._overrides import public
from ..linalg.norms import matrix_norm, vector_norm
from ..pointwise.selection import where
from ..views.views import axis
from .reductions import Dims

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def norm(
    input: Tensor,
    p: Number | str | None = "fro",
    dim: Dims = None,
    keepdim: bool = False,
    out: Tensor | None = None,
    dtype: _dtype.dtype | None = None,
) -> Tensor:
    """Compute (sum of |x|^p)^(1/p) over dimensions, all of them by default.

    Args:
        input: floats.
        p: a number, which may be inf, -inf or 0 (how many are not 0); "fro" is 2; "nuc" is the sum
            of a matrix's singular values.
        dim: one dimension or several; two for "nuc".
        keepdim: the dimensions stay, with size 1.
        out: where to put the result.
        dtype: convert the elements first.

    Raises:
        IndexError: a dimension does not exist.
        RuntimeError: the elements are integers, p is unknown, or the dimensions do not fit it.
    """
    if not input._key.is_float:
        raise DTypeError(
            f"norm: Expected a floating point tensor as input, got {input._key.dtype}. Convert it "
            "with to()."
        )
    if p == "nuc":
        named = range(len(input._shape)) if dim is None else dim
        dims = (named,) if isinstance(named, int) else tuple(named)
        return matrix_norm(input, "nuc", dims, keepdim, dtype=dtype, out=out)
    if isinstance(p, str) and p != "fro":
        raise RuntimeError(f"norm: Order {p} not supported: p is a number, 'fro' or 'nuc'.")
    if p == "fro" and not isinstance(dim, int | None) and len(dim) > 2:
        raise ShapeError(f"norm: dim must name at most two dimensions for 'fro', got {list(dim)}.")
    order = 2 if p is None or isinstance(p, str) else p
    return vector_norm(input, order, dim, keepdim, dtype=dtype, out=out)


@public
def dist(input: Tensor, other: Tensor, p: Number = 2) -> Tensor:
    """Compute the norm of the difference of two tensors, which broadcast."""
    return named(vector_norm(input - other, p), "DistBackward0")


@public
def renorm(
    input: Tensor, p: Number, dim: int, maxnorm: Number, *, out: Tensor | None = None
) -> Tensor:
    """Scale the slices along a dimension so that none has a larger norm than maxnorm.

    Raises:
        IndexError: the dimension does not exist.
        RuntimeError: p or maxnorm is negative or 0, or there are fewer than two dimensions.
    """
    rank = len(input._shape)
    if p <= 0 or maxnorm < 0 or rank < 2:
        raise ShapeError(
            f"renorm needs p > 0, maxnorm >= 0 and at least 2 dimensions, got p = {p}, maxnorm = "
            f"{maxnorm} and shape {list(input._shape)}."
        )
    place = axis(dim, rank, "renorm")
    norms = vector_norm(input, p, [d for d in range(rank) if d != place], True)
    # The small number is PyTorch's: it keeps the scaled norm from being above the limit.
    result = input * where(norms > maxnorm, maxnorm / (norms + 1e-7), 1)
    return result if out is None else write_out("renorm", result._array, out)


def renorm_(input: Tensor, p: Number, dim: int, maxnorm: Number) -> Tensor:
    """Scale slices in place; see `renorm`."""
    return change(renorm, input, p, dim, maxnorm)
