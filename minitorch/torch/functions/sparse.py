"""Functions of sparse tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import DTypeError, ShapeError
from .. import _dtype, _layout
from .._device import check_device
from .._device import device as device_kind
from .._record import Operation, record, record_many
from .._wrap import Late, wrap
from ..autograd.grad_mode import no_grad
from . import matmul as dense
from .conversion import to
from .creation import tensor
from .filled import zeros
from .index_slices import index_add, index_select
from .joining import cat
from .reductions import sum as dense_sum
from .views import axis, reshape, unsqueeze

if TYPE_CHECKING:
    from .._sparse import SparseTensor
    from .._tensor import Tensor

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
        kept = kept.detach() if kept._node is None else _renamed(kept, _MADE)
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


def _renamed(kept: Tensor, operation: Operation) -> Tensor:
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
    flat, rank = _flat(places, shape), places._shape[0]
    count = int(np.prod(shape[:rank], dtype=np.int64))
    with no_grad():
        if kept._key.dtype is _dtype.boolean:
            array = np.zeros((count, *shape[rank:]), bool)
            np.logical_or.at(array, flat, kept._array)
        else:
            start = zeros(count, *shape[rank:], dtype=kept._key.dtype)
            array = index_add(start, 0, wrap(flat), kept.detach())._array
    return record(wrap(array.reshape(shape)), _TO_DENSE, kept, places, flat)


def _taken(grad: Tensor, places: Tensor, flat: Array) -> Tensor:
    """Give the elements at places."""
    rows = reshape(grad, (-1, *grad._shape[places._shape[0] :]))
    return index_select(rows, 0, wrap(flat))


_TO_DENSE = Operation("ToDenseBackward0", _taken)


def _flat(places: Tensor, shape: tuple[int, ...]) -> Array:
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
    flat = _flat(input.places, input._shape)
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


# ---- products


def mm(input: Tensor, mat2: Tensor, *, out: None = None, name: str = "mm") -> Tensor:
    """Multiply matrices of which at least one is sparse; of two sparse ones the result is, too.

    Raises:
        ShapeError: they are no matrices, or the inner sizes differ.
        DTypeError: the dtypes differ.
    """
    _check_product(input, mat2, out)
    if not isinstance(input, Sparse.kind):
        if not isinstance(mat2, Sparse.kind):
            return dense.mm(input, mat2)
        return mm(transpose(mat2, 0, 1), input.transpose(0, 1)).transpose(0, 1)
    if isinstance(mat2, Sparse.kind):
        return _product_of_sparse(input, mat2)
    operation = _MM if name == "mm" else _SPARSE_MM
    return _product(input.kept, mat2, input.places, input._shape, operation)


def sparse_mm(mat1: Tensor, mat2: Tensor, reduce: str = "sum") -> Tensor:
    """Multiply a sparse matrix by another one: `torch.sparse.mm`.

    Raises:
        NotImplementedError: the products shall be joined in another way than by their sum.
        ShapeError, DTypeError: as `mm`.
    """
    if reduce != "sum":
        raise NotImplementedError(f"torch.sparse.mm adds products up, got reduce={reduce!r}.")
    return mm(mat1, mat2, name="sparse.mm")


def _check_product(input: Tensor, mat2: Tensor, out: Any) -> None:
    if out is not None:
        raise NotImplementedError("mm of sparse matrices takes no out. Leave it away.")
    if len(input._shape) != 2 or len(mat2._shape) != 2 or input._shape[1] != mat2._shape[0]:
        raise ShapeError(
            "mm needs two matrices whose inner sizes agree, got shapes "
            f"{list(input._shape)} and {list(mat2._shape)}."
        )
    if input._key.dtype is not mat2._key.dtype:
        raise DTypeError(
            f"mm: expected both matrices to have one dtype, got {input._key.dtype} and "
            f"{mat2._key.dtype}."
        )


def _product(
    kept: Tensor, mat2: Tensor, places: Tensor, shape: tuple[int, ...], operation: Operation
) -> Tensor:
    """Multiply a sparse matrix, given by its parts, by a dense one."""
    rows, columns = places._array
    with no_grad():
        scaled = index_select(mat2.detach(), 0, wrap(columns)) * unsqueeze(kept.detach(), 1)
        start = zeros(shape[0], mat2._shape[1], dtype=kept._key.dtype)
        array = index_add(start, 0, wrap(rows), scaled)._array
    return record_many(wrap(array), operation, (kept, mat2), kept, mat2, places, shape)


def _product_backward(
    grad: Tensor,
    needed: tuple[bool, ...],
    kept: Tensor,
    mat2: Tensor,
    places: Tensor,
    shape: tuple[int, ...],
) -> tuple[Tensor | None, Tensor | None]:
    own = other = None
    if needed[0]:
        rows, columns = (wrap(row) for row in places._array)
        own = dense_sum(index_select(grad, 0, rows) * index_select(mat2, 0, columns), 1)
    if needed[1]:
        turned = wrap(places._array[::-1])
        other = _product(kept, grad, turned, (shape[1], shape[0]), _MM)
    return own, other


_MM = Operation("MmBackward0", _product_backward)
_SPARSE_MM = Operation("SparseAddmmBackward0", _product_backward)


def _product_of_sparse(input: SparseTensor, mat2: SparseTensor) -> SparseTensor:
    """Multiply each kept element by those of the row in the other matrix that it meets."""
    mat2 = coalesce(mat2)
    columns, rows = input.places._array[1], mat2.places._array[0]
    begins = np.searchsorted(rows, columns)
    counts = np.searchsorted(rows, columns, side="right") - begins
    first = np.repeat(np.arange(len(columns)), counts)
    before = np.repeat(np.cumsum(counts) - counts, counts)
    second = np.arange(len(first)) - before + np.repeat(begins, counts)
    places = np.stack([input.places._array[0][first], mat2.places._array[1][second]])
    kept = index_select(input.kept, 0, wrap(first)) * index_select(mat2.kept, 0, wrap(second))
    return coalesce(Sparse.made(wrap(places), kept, (input._shape[0], mat2._shape[1]), False))


def matmul(input: Tensor, other: Tensor, *, out: None = None) -> Tensor:
    """Multiply a sparse matrix and a matrix or vector, in either order."""
    if len(other._shape) == 1:
        return mv(input, other, out=out)
    if len(input._shape) == 1:
        return mv(transpose(other, 0, 1), input, out=out)
    return mm(input, other, out=out)


def mv(input: Tensor, vec: Tensor, *, out: None = None) -> Tensor:
    """Multiply a sparse matrix by a dense vector."""
    return mm(input, unsqueeze(vec, 1), out=out).squeeze(1)


def addmm(
    input: Tensor,
    mat1: Tensor,
    mat2: Tensor,
    *,
    beta: float = 1,
    alpha: float = 1,
    out: None = None,
) -> Tensor:
    """Add a product of matrices to a dense one: beta * input + alpha * (mat1 @ mat2)."""
    product = mm(mat1, mat2, out=out)
    scaled = product if alpha == 1 else product * alpha
    return (input if beta == 1 else input * beta) + scaled


# ---- elementwise and sums


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
    return result.with_kept(_renamed(result.kept, _ADD))


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
        input.kept * _taken(other, input.places, _flat(input.places, input._shape))
    )


def _product_in_places(input: SparseTensor, other: SparseTensor) -> SparseTensor:
    """Multiply elements of equal places."""
    shape = input._shape
    _, first, second = np.intersect1d(
        _flat(input.places, shape), _flat(other.places, shape), True, return_indices=True
    )
    kept = index_select(input.kept, 0, wrap(first)) * index_select(other.kept, 0, wrap(second))
    return Sparse.made(wrap(input.places._array[:, first]), kept, shape, True)


def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: None = None) -> Tensor:
    """Divide a sparse tensor by a number."""
    if (isinstance(other, Late.Tensor) and other._shape) or out is not None:
        raise NotImplementedError("A sparse tensor can be divided by a number only.")
    from .arithmetic import div as dense_div

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
        kept = _renamed(kept, _SPARSE_SUM)
    return _coalesced_as_sum(Sparse.made(wrap(input.places._array[stay]), kept, shape, False))


_SPARSE_SUM = Operation("SparseSumBackward0", lambda grad: grad)


def _coalesced_as_sum(tensor: SparseTensor) -> SparseTensor:
    result = coalesce(tensor)
    return result.with_kept(_renamed(result.kept, _SPARSE_SUM))


def _chosen(dim: int | Sequence[int] | None, rank: int) -> list[int]:
    if dim is None:
        return list(range(rank))
    given = [dim] if isinstance(dim, int) else list(dim)
    return [axis(d, rank, "sum") for d in given]


# ---- views and copies


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
    kept = _renamed(input.kept, operation)
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
        return dense_sum(kept, 0)
    places = wrap(input.places._array[len(numbers) :, chosen])
    return Sparse.made(places, kept, input._shape[len(numbers) :], input.coalesced)
