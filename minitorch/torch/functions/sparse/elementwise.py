"""Functions of the elements of sparse tensors, and their sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import ShapeError
from ... import _dtype
from ..._record import Operation
from ..._wrap import Late, wrap
from ..arranging.joining import cat
from ..conversion import to
from ..indexing.index_slices import index_select
from ..pointwise.arithmetic import div as dense_div
from ..reductions.reductions import sum as dense_sum
from ..views.views import axis
from .coo import Sparse, coalesce, flat_places, renamed, taken, to_dense

if TYPE_CHECKING:
    from ..._sparse import SparseTensor
    from ..._tensor import Tensor


def add(input: Any, other: Any, *, alpha: float = 1, out: None = None) -> Tensor:
    """Add two sparse tensors, or a sparse one to a dense one.

    Raises:
        RuntimeError: a dense one shall be added to a sparse one, or the shapes differ.
    """
    if out is not None:
        raise NotImplementedError("add of sparse tensors takes no out. Leave it away.")
    if not isinstance(input, Sparse.kind):
        if not isinstance(input, Late.Tensor):
            raise RuntimeError("add(number, sparse) would fill all places: use to_dense().")
        return input + (to_dense(other) if alpha == 1 else to_dense(other) * alpha)
    if not isinstance(other, Sparse.kind):
        raise RuntimeError(
            "add(sparse, dense) is not supported. Use add(dense, sparse) instead, or to_dense()."
        )
    if input._shape != other._shape or input.places._shape[0] != other.places._shape[0]:
        raise ShapeError(
            f"add: sparse tensors need the same sizes, got {list(input._shape)} and "
            f"{list(other._shape)}."
        )
    places = wrap(np.concatenate([input.places._array, other.places._array], axis=1))
    kept = cat([input.kept, other.kept if alpha == 1 else other.kept * alpha])
    result = coalesce(Sparse.made(places, kept, input._shape, False))
    return result.with_kept(renamed(result.kept, _ADD))


_ADD = Operation("AddBackward0", lambda grad: grad)


def sub(input: Any, other: Any, *, alpha: float = 1, out: None = None) -> Tensor:
    """Subtract a sparse tensor; see `add`."""
    return add(input, other, alpha=-alpha, out=out)


def mul(input: Any, other: Any, *, out: None = None) -> Tensor:
    """Multiply a sparse tensor by a number, by a dense tensor of its sizes, or by a sparse one.

    Raises:
        RuntimeError: the sizes differ.
    """
    if out is not None:
        raise NotImplementedError("mul of sparse tensors takes no out. Leave it away.")
    if not isinstance(input, Sparse.kind):
        input, other = other, input
    if not isinstance(other, Late.Tensor) or not other._shape:
        return input.with_kept(input.kept * other)
    if input._shape != other._shape:
        raise ShapeError(
            f"mul: a sparse tensor needs a number or the same sizes, got {list(input._shape)} and "
            f"{list(other._shape)}."
        )
    if isinstance(other, Sparse.kind):
        return _product_in_places(coalesce(input), coalesce(other))
    return input.with_kept(
        input.kept * taken(other, input.places, flat_places(input.places, input._shape))
    )


def _product_in_places(input: SparseTensor, other: SparseTensor) -> SparseTensor:
    """Multiply elements of equal places."""
    shape = input._shape
    _, first, second = np.intersect1d(
        flat_places(input.places, shape),
        flat_places(other.places, shape),
        True,
        return_indices=True,
    )
    kept = index_select(input.kept, 0, wrap(first)) * index_select(other.kept, 0, wrap(second))
    return Sparse.made(wrap(input.places._array[:, first]), kept, shape, True)


def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: None = None) -> Tensor:
    """Divide a sparse tensor by a number."""
    if (isinstance(other, Late.Tensor) and other._shape) or out is not None:
        raise NotImplementedError("A sparse tensor can be divided by a number only.")
    return input.with_kept(dense_div(input.kept, other, rounding_mode=rounding_mode))


def sum(
    input: SparseTensor,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: _dtype.dtype | None = None,
    out: None = None,
) -> Tensor:
    """Add up all kept elements, or those along dimensions; the result of that is sparse.

    Raises:
        NotImplementedError: dimensions that are summed shall stay.
    """
    if keepdim or out is not None:
        raise NotImplementedError("sum of a sparse tensor takes neither keepdim nor out.")
    kept = input.kept if dtype is None else to(input.kept, dtype)
    rank = input.places._shape[0]
    dims = _chosen(dim, len(input._shape))
    inner = [d - rank + 1 for d in dims if d >= rank]
    if inner:
        kept = dense_sum(kept, inner)
    stay = [d for d in range(rank) if d not in dims]
    if not stay:
        return dense_sum(kept, 0) if kept._shape[1:] else dense_sum(kept)
    shape = tuple(size for d, size in enumerate(input._shape) if d not in dims)
    if kept._node is not None:
        kept = renamed(kept, _SPARSE_SUM)
    return _coalesced_as_sum(Sparse.made(wrap(input.places._array[stay]), kept, shape, False))


_SPARSE_SUM = Operation("SparseSumBackward0", lambda grad: grad)


def _coalesced_as_sum(tensor: SparseTensor) -> SparseTensor:
    result = coalesce(tensor)
    return result.with_kept(renamed(result.kept, _SPARSE_SUM))


def _chosen(dim: int | Sequence[int] | None, rank: int) -> list[int]:
    if dim is None:
        return list(range(rank))
    given = [dim] if isinstance(dim, int) else list(dim)
    return [axis(d, rank, "sum") for d in given]
