"""Sparse tensors seen in another way, copied or converted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import ShapeError
from ..._record import Operation
from ..._wrap import wrap
from ..conversion import to
from ..indexing.index_slices import index_select
from ..reductions.reductions import sum
from ..views.views import axis
from .coo import Sparse, renamed

if TYPE_CHECKING:
    from ..._sparse import SparseTensor
    from ..._tensor import Tensor


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Swap two dimensions that have places.

    Raises:
        RuntimeError: one of them is a dense one.
    """
    if not isinstance(input, Sparse.kind):
        return input.transpose(dim0, dim1)
    rank = len(input._shape)
    order = list(range(rank))
    first, second = axis(dim0, rank, "transpose"), axis(dim1, rank, "transpose")
    order[first], order[second] = second, first
    return _reordered(input, order, _TRANSPOSE)


def permute(input: SparseTensor, dims: Sequence[int]) -> SparseTensor:
    """Put the dimensions that have places into another order.

    Raises:
        RuntimeError: dense ones would move, or dims does not name each dimension once.
    """
    rank = len(input._shape)
    order = [axis(dim, rank, "permute") for dim in dims]
    if sorted(order) != list(range(rank)):
        raise ShapeError(f"permute needs each of the {rank} dimensions once, got {tuple(dims)}.")
    return _reordered(input, order, _PERMUTE)


def _reordered(input: SparseTensor, order: Sequence[int], operation: Operation) -> SparseTensor:
    """Put the dimensions that have places into another order."""
    count = input.places._shape[0]
    if list(order[count:]) != list(range(count, len(order))):
        raise ShapeError(
            f"Only the first {count} dimensions, which have places, can be put into another order, "
            f"got {tuple(order)}."
        )
    places = wrap(input.places._array[list(order[:count])])
    shape = tuple(input._shape[dim] for dim in order)
    is_same = list(order) == list(range(len(order)))
    kept = renamed(input.kept, operation)
    return Sparse.made(places, kept, shape, input.coalesced and is_same)


_TRANSPOSE = Operation("TransposeBackward0", lambda grad: grad)
_PERMUTE = Operation("PermuteBackward0", lambda grad: grad)
_T = Operation("TBackward0", lambda grad: grad)


def t(input: SparseTensor) -> SparseTensor:
    """Swap the dimensions of a sparse matrix.

    Raises:
        RuntimeError: it has more than two.
    """
    if len(input._shape) > 2:
        raise ShapeError(f"t() expects at most 2 dimensions, got shape {list(input._shape)}.")
    if len(input._shape) < 2:
        return input
    return _reordered(input, (1, 0), _T)


def converted(input: SparseTensor, *args: Any, **kwargs: Any) -> SparseTensor:
    """Convert the kept elements, as `Tensor.to`."""
    kept = to(input.kept, *args, **kwargs)
    return input if kept is input.kept else input.with_kept(kept)


def clone(input: SparseTensor, *, memory_format: Any = None) -> SparseTensor:
    """Copy a sparse tensor; gradients flow through."""
    places = wrap(input.places._array.copy())
    return Sparse.made(places, input.kept.clone(), input._shape, input.coalesced)


def item_at(input: SparseTensor, index: Any) -> Tensor:
    """Give a row, or an element: index is a whole number, or several.

    Raises:
        NotImplementedError: it is something else.
        IndexError: there is no such place.
    """
    numbers = index if isinstance(index, tuple) else (index,)
    rank = input.places._shape[0]
    if not all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in numbers):
        raise NotImplementedError(
            f"A sparse tensor is indexed with whole numbers only, got {index!r}. Use to_dense()."
        )
    if len(numbers) > rank:
        raise IndexError(f"too many indices for a sparse tensor with {rank} dimensions of places")
    is_there = np.ones(input.places._shape[1], bool)
    for dim, number in enumerate(numbers):
        size = input._shape[dim]
        if not -size <= number < size:
            raise IndexError(
                f"index {number} is out of bounds for dimension {dim} with size {size}"
            )
        is_there &= input.places._array[dim] == number % size
    chosen = np.flatnonzero(is_there)
    kept = index_select(input.kept, 0, wrap(chosen))
    if len(numbers) == rank:
        return sum(kept, 0)
    places = wrap(input.places._array[len(numbers) :, chosen])
    return Sparse.made(places, kept, input._shape[len(numbers) :], input.coalesced)
