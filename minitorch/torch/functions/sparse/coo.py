"""Sparse tensors: how they are made, and how they become dense."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import ShapeError
from ... import _dtype, _layout
from ..._device import check_device
from ..._device import device as device_kind
from ..._record import Operation, record
from ..._wrap import Late, wrap
from ...autograd.grad_mode import no_grad
from ..conversion import to
from ..creation.creation import tensor
from ..creation.filled import zeros
from ..indexing.index_slices import index_add, index_select
from ..views.views import reshape

if TYPE_CHECKING:
    from ..._sparse import SparseTensor
    from ..._tensor import Tensor

Array = NDArray[Any]


class Sparse:
    """The class of sparse tensors, and what makes one: written after the functions they call.

    Attributes:
        kind: the class.
        made: takes places, kept elements, sizes, and whether places are sorted and differ.
    """

    kind: type[SparseTensor]
    made: Callable[[Tensor, Tensor, tuple[int, ...], bool], SparseTensor]


Device = device_kind | str | None


def sparse_coo_tensor(
    indices: Any = None,
    values: Any = None,
    size: Sequence[int] | None = None,
    *,
    dtype: _dtype.dtype | None = None,
    device: Device = None,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
    is_coalesced: bool | None = None,
) -> SparseTensor:
    """Make a tensor of which only some elements are kept.

    Args:
        indices: (sparse dimensions, kept elements): their places.
        values: the elements; further dimensions are dense ones.
        size: the sizes; by default the smallest that fit.
        dtype: of the elements; by default their own.
        device: the CPU.
        requires_grad: collect a gradient.
        check_invariants: also check places where size is given; they are checked always.
        is_coalesced: places are sorted and differ: you say so.

    Raises:
        RuntimeError: indices, values and size do not fit together.
    """
    check_device(device)
    if size is None and values is None and indices is not None:
        indices, size = None, indices
    if indices is None:
        if size is None:
            raise TypeError("sparse_coo_tensor() takes indices and values, or a size.")
        places = zeros(len(size), 0, dtype=_dtype.int64)
        kept = zeros(0, dtype=dtype)
    else:
        given = isinstance(indices, Late.Tensor)
        places = to(indices if given else tensor(indices), _dtype.int64).detach()
        kept = values if isinstance(values, Late.Tensor) else tensor(values)
        kept = kept if dtype is None else to(kept, dtype)
        kept = reshape(kept, (1,)) if not kept._shape else kept
    shape = _checked(places, kept, size)
    if requires_grad:
        kept = kept.detach().requires_grad_()
    else:
        kept = kept.detach() if kept._node is None else renamed(kept, _MADE)
    return Sparse.made(places, kept, shape, bool(is_coalesced) or kept._shape[0] < 2)


def _checked(places: Tensor, kept: Tensor, size: Sequence[int] | None) -> tuple[int, ...]:
    """Check that the parts of a sparse tensor fit together, and give its sizes."""
    if len(places._shape) != 2:
        if len(places._shape) == 1 and size is not None:
            rank = places._shape[0]
            raise ShapeError(
                f"indices must be a matrix of shape (sparse_dim, nnz), got {list(places._shape)}; "
                f"'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {len(size)}, "
                f"sparse_dim = {rank}"
            )
        raise ShapeError(
            "indices must have shape (sparse dimensions, kept elements), got "
            f"{list(places._shape)}."
        )
    rank, count = places._shape
    if count != kept._shape[0]:
        raise ShapeError(
            "indices and values must have same nnz, but got nnz from indices: "
            f"{count}, nnz from values: {kept._shape[0]}"
        )
    found = places._array.max(axis=1, initial=-1) + 1
    if size is None:
        size = (*(int(n) for n in found), *kept._shape[1:])
    shape = tuple(int(n) for n in size)
    if len(shape) != rank + len(kept._shape) - 1:
        raise ShapeError(
            f"'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {len(shape)}, "
            f"sparse_dim = {rank}, dense_dim = {len(kept._shape) - 1}"
        )
    if shape[rank:] != kept._shape[1:]:
        raise ShapeError(
            f"values has dense sizes {list(kept._shape[1:])}, and size says {list(shape[rank:])}."
        )
    for dim in range(rank):
        if count and (found[dim] > shape[dim] or places._array[dim].min() < 0):
            raise ShapeError(
                f"size is inconsistent with indices: for dim {dim}, size is {shape[dim]} but found "
                f"indices from {places._array[dim].min()} to {found[dim] - 1}"
            )
    return shape


_MADE = Operation("SparseCooTensorWithDimsAndTensorsBackward0", lambda grad: grad)


def renamed(kept: Tensor, operation: Operation) -> Tensor:
    """Give the same elements, with another name in the graph."""
    return record(wrap(kept._array), operation, kept)


# ---- between dense and sparse


def to_sparse(input: Tensor, sparse_dim: int | None = None, *, layout: Any = None) -> SparseTensor:
    """Keep only the elements that are not 0.

    Gradients come back to these alone.

    Args:
        input: a dense tensor.
        sparse_dim: how many of the first dimensions have places; by default all.
        layout: torch.sparse_coo, or None for it.

    Raises:
        NotImplementedError: another layout.
        RuntimeError: there are fewer dimensions.
    """
    if layout not in (None, _layout.sparse_coo):
        raise NotImplementedError(f"to_sparse gives torch.sparse_coo only, got layout={layout}.")
    if isinstance(input, Sparse.kind):
        return input
    shape = input._shape
    rank = len(shape) if sparse_dim is None else sparse_dim
    if not 0 < rank <= len(shape):
        raise ShapeError(
            f"to_sparse: sparse_dim must be from 1 to {len(shape)} for shape {list(shape)}, got "
            f"{rank}."
        )
    array = input._array
    told = array if rank == len(shape) else (array != 0).any(axis=tuple(range(rank, len(shape))))
    places = np.array(np.nonzero(told), np.int64)
    operation = _TO_SPARSE if sparse_dim is None else _TO_SPARSE_OF_DIM
    kept = record(wrap(array[tuple(places)]), operation, input, wrap(places), shape)
    return Sparse.made(wrap(places), kept, shape, True)


def _spread_back(grad: Tensor, places: Tensor, shape: tuple[int, ...]) -> Tensor:
    return _spread(places, grad, shape)


_TO_SPARSE = Operation("ToSparseBackward1", _spread_back)
_TO_SPARSE_OF_DIM = Operation("ToSparseBackward0", _spread_back)


def to_dense(
    input: Tensor, dtype: _dtype.dtype | None = None, *, masked_grad: bool | None = None
) -> Tensor:
    """Give all elements, with zeros where none is kept; elements of one place are added up."""
    if not isinstance(input, Sparse.kind):
        return input if dtype is None else to(input, dtype)
    result = _spread(input.places, input.kept, input._shape)
    return result if dtype is None else to(result, dtype)


def _spread(places: Tensor, kept: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Add elements up at their places."""
    flat, rank = flat_places(places, shape), places._shape[0]
    count = int(np.prod(shape[:rank], dtype=np.int64))
    with no_grad():
        if kept._key.dtype is _dtype.boolean:
            array = np.zeros((count, *shape[rank:]), bool)
            np.logical_or.at(array, flat, kept._array)
        else:
            start = zeros(count, *shape[rank:], dtype=kept._key.dtype)
            array = index_add(start, 0, wrap(flat), kept.detach())._array
    return record(wrap(array.reshape(shape)), _TO_DENSE, kept, places, flat)


def taken(grad: Tensor, places: Tensor, flat: Array) -> Tensor:
    """Give the elements at places."""
    rows = reshape(grad, (-1, *grad._shape[places._shape[0] :]))
    return index_select(rows, 0, wrap(flat))


_TO_DENSE = Operation("ToDenseBackward0", taken)


def flat_places(places: Tensor, shape: tuple[int, ...]) -> Array:
    """Give places as numbers, counted row by row."""
    flat = np.zeros(places._shape[1], np.int64)
    for row, size in zip(places._array, shape[: places._shape[0]], strict=True):
        flat *= size
        flat += row
    return flat


def coalesce(input: SparseTensor) -> SparseTensor:
    """Sort the places, and add up the elements of equal ones."""
    if input.coalesced:
        return input
    flat = flat_places(input.places, input._shape)
    different, inverse = np.unique(flat, return_inverse=True)
    rank = input.places._shape[0]
    places = np.array(np.unravel_index(different, input._shape[:rank]), np.int64)
    kept = _joined(input.kept, wrap(inverse.astype(np.int64)), len(different))
    return Sparse.made(wrap(places.reshape(rank, -1)), kept, input._shape, True)


def _joined(kept: Tensor, groups: Tensor, count: int) -> Tensor:
    """Add up the elements of each group."""
    with no_grad():
        if kept._key.dtype is _dtype.boolean:
            array = np.zeros((count, *kept._shape[1:]), bool)
            np.logical_or.at(array, groups._array, kept._array)
        else:
            start = zeros(count, *kept._shape[1:], dtype=kept._key.dtype)
            array = index_add(start, 0, groups, kept.detach())._array
    return record(wrap(array), _COALESCE, kept, groups)


_COALESCE = Operation("CoalesceBackward0", lambda grad, groups: index_select(grad, 0, groups))
