"""Functions that join tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import ShapeError
from ....kernels.cpu.elementwise.joined import joined
from ... import _dtype
from ..._node import is_recording
from ..._record import Operation, record_many
from ..._wrap import Late, wrap, wrap_known
from .._operands import cast, write_out
from .._overrides import public
from ..views.slicing import SELECT, SLICE, WHOLE, part
from ..views.views import axis, reshape, unsqueeze

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


class EmptyListError(ShapeError):
    """A list without a tensor, where at least one is needed."""


# ---- along a dimension that is there


@public
def cat(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Join tensors along a dimension; vectors without elements are left out.

    Args:
        tensors: of the same sizes in the other dimensions; dtypes are promoted.
        dim: the dimension.
        out: where to put the result.

    Raises:
        ShapeError: there is no tensor, or sizes differ.
        IndexError: there is no such dimension.
    """
    result = _of_two(tensors, dim, is_new=False) if out is None else None
    if result is None:
        arrays = _arrays_of(tensors, "cat")
        try:
            array = np.concatenate(arrays, dim)
        except ValueError:  # Sizes that differ, or a vector to leave out.
            array = _cat_slowly(tensors, arrays, dim)
        if out is not None:
            return _written("cat", array, tensors, out)
        result = wrap(array)
    if not _is_in_graph(tensors):
        return result
    facts = tuple([(tensor._shape, tensor._key.dtype) for tensor in tensors])
    return record_many(result, _CAT, tensors, axis(dim, len(result._shape), "cat"), facts)


concat = concatenate = cat


def _of_two(tensors: Sequence[Tensor], dim: int, is_new: bool) -> Tensor | None:
    """Join two small dense tensors; None where that needs a longer look."""
    if type(tensors) not in (list, tuple) or len(tensors) != 2 or type(dim) is not int:
        return None
    try:
        first, second = tensors
        key = first._key
        if second._key is not key or not key.dense:
            return None
        found = joined(key.dtype.numpy, first._shape, second._shape, dim, is_new)
        if found is None:
            return None
        entry, shape, width, other_width = found
        array = np.empty(shape, key.dtype.numpy)
        entry(first._array, second._array, array, width, other_width)
        return wrap_known(array, key)
    except AttributeError:  # Not tensors.
        return None


def _is_in_graph(tensors: Sequence[Tensor]) -> bool:
    """Tell whether a gradient flows through one of them."""
    for tensor in tensors:
        if tensor._node is not None:
            return is_recording()
    return False


def _arrays_of(tensors: Sequence[Tensor], function: str) -> list[Array]:
    """Give arrays of one dtype."""
    if type(tensors) not in (list, tuple) or not tensors:
        _checked_list(tensors, function)
    try:
        dtype = tensors[0]._key.dtype
        arrays, is_mixed = [], False
        for tensor in tensors:
            arrays.append(tensor._array)
            if tensor._key.dtype is not dtype:
                is_mixed = True
    except AttributeError:
        _checked_list(tensors, function)
        raise
    if is_mixed:
        joint = _joint_dtype(tensors)
        arrays = [cast(array, joint) for array in arrays]
    return arrays


def _checked_list(tensors: Any, function: str) -> list[Tensor]:
    """Check that there are tensors, and nothing else."""
    if not isinstance(tensors, list | tuple):
        raise TypeError(
            f"{function}(): argument 'tensors' (position 1) must be tuple of Tensors, not "
            f"{type(tensors).__name__}"
        )
    if not tensors:
        raise EmptyListError(f"torch.{function}(): expected a non-empty list of Tensors")
    for place, tensor in enumerate(tensors):
        if not isinstance(tensor, Late.Tensor):
            raise TypeError(
                f"{function}(): expected Tensor as element {place} in argument 0, but got "
                f"{type(tensor).__name__}"
            )
    return list(tensors)


def _joint_dtype(tensors: Sequence[Tensor]) -> _dtype.dtype:
    """Give the dtype to which all are converted: numbers without dimensions count less."""
    groups: list[_dtype.dtype | None] = [None, None]
    for tensor in tensors:
        place, own = 0 if tensor._shape else 1, tensor._key.dtype
        before = groups[place]
        groups[place] = own if before is None else _dtype.promote_types(before, own)
    return _dtype.combined(*groups)


def _cat_slowly(tensors: Sequence[Tensor], arrays: Sequence[Array], dim: int) -> Array:
    """Join what NumPy does not, or say why it cannot be joined."""
    for place, tensor in enumerate(tensors):
        if not tensor._shape:
            raise ShapeError(
                f"cat: zero-dimensional tensor (at position {place}) cannot be concatenated. Try "
                "stack()."
            )
    kept = [array for array in arrays if array.shape != (0,)]
    if not kept:
        return np.zeros(0, arrays[0].dtype)
    first = kept[0].shape
    own = axis(dim, len(first), "cat")
    for place, array in enumerate(arrays):
        if array.shape == (0,):
            continue
        if array.ndim != len(first):
            raise ShapeError(
                f"cat: Tensors must have same number of dimensions: got {len(first)} and "
                f"{array.ndim} (shapes {list(first)} and {list(array.shape)})"
            )
        for d, (n, m) in enumerate(zip(first, array.shape, strict=True)):
            if n != m and d != own:
                raise ShapeError(
                    f"cat: Sizes of tensors must match except in dimension {own}. Expected size "
                    f"{n} but got size {m} in dimension {d} for tensor number {place} in the list "
                    f"(shapes {list(first)} and {list(array.shape)})."
                )
    return np.concatenate(kept, own)


def _cat_back(
    grad: Tensor,
    needed: tuple[bool, ...],
    dim: int,
    facts: tuple[tuple[tuple[int, ...], _dtype.dtype], ...],
) -> tuple[Tensor | None, ...]:
    found: list[Tensor | None] = []
    start, before = 0, (WHOLE,) * dim
    for (shape, dtype), is_needed in zip(facts, needed, strict=True):
        is_left_out = shape == (0,) and len(grad._shape) > 1
        end = start if is_left_out else start + shape[dim]
        own = None
        if is_needed:
            own = part(grad, (*before, slice(start, end), ...), SLICE)
            own = (reshape(own, shape) if is_left_out else own).to(dtype)
        found.append(own)
        start = end
    return tuple(found)


_CAT = Operation("CatBackward0", _cat_back)


def _written(function: str, array: Array, operands: Sequence[Tensor], out: Tensor) -> Tensor:
    if _is_in_graph(operands):
        raise RuntimeError(
            f"{function}(): functions with out=... arguments don't support automatic "
            "differentiation, but one of the arguments requires grad. Leave out away, or use "
            "no_grad()."
        )
    return write_out(function, array, out)


# ---- along a new dimension


@public
def stack(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Join tensors of one shape along a new dimension.

    Raises:
        ShapeError: there is no tensor, or shapes differ.
        IndexError: there is no such place for a dimension.
    """
    result = _of_two(tensors, dim, is_new=True) if out is None else None
    if result is None:
        array = _stacked(tensors, dim)
        if out is not None:
            return _written("stack", array, tensors, out)
        result = wrap(array)
    if not _is_in_graph(tensors):
        return result
    own = axis(dim, len(result._shape), "stack")
    return record_many(result, _STACK, tensors, own, [tensor._key.dtype for tensor in tensors])


def _stacked(tensors: Sequence[Tensor], dim: int) -> Array:
    arrays = _arrays_of(tensors, "stack")
    shape = arrays[0].shape
    for place, array in enumerate(arrays):
        if array.shape != shape:
            raise ShapeError(
                f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 and "
                f"{list(array.shape)} at entry {place}"
            )
    own = axis(dim, len(shape) + 1, "stack")
    key = (*(WHOLE,) * own, None)
    return np.concatenate([array[key] for array in arrays], own)


def _stack_back(
    grad: Tensor, needed: tuple[bool, ...], dim: int, dtypes: list[_dtype.dtype]
) -> tuple[Tensor | None, ...]:
    before = (WHOLE,) * dim
    return tuple(
        [
            part(grad, (*before, place, ...), SELECT).to(dtype) if is_needed else None
            for place, (is_needed, dtype) in enumerate(zip(needed, dtypes, strict=True))
        ]
    )


_STACK = Operation("StackBackward0", _stack_back)


# ---- as rows, columns and layers


@public
def hstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Join tensors by their columns; numbers and vectors become one vector."""
    given = [_at_least(tensor, 1) for tensor in _checked_list(tensors, "hstack")]
    return cat(given, 0 if len(given[0]._shape) == 1 else 1, out=out)


@public
def vstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Join tensors by their rows; vectors are rows."""
    return cat([_at_least(tensor, 2) for tensor in _checked_list(tensors, "vstack")], 0, out=out)


row_stack = vstack


@public
def dstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Join tensors along the third dimension; vectors are rows of one layer."""
    return cat([_at_least(tensor, 3) for tensor in _checked_list(tensors, "dstack")], 2, out=out)


@public
def column_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Join tensors by their columns; vectors are columns."""
    given = []
    for tensor in _checked_list(tensors, "column_stack"):
        is_column = len(tensor._shape) < 2
        given.append(reshape(tensor, (tensor._array.size, 1)) if is_column else tensor)
    return cat(given, 1, out=out)


def _at_least(tensor: Tensor, rank: int) -> Tensor:
    """Give a tensor as many dimensions, as `torch.atleast_3d` and its kin do."""
    shape = tensor._shape
    if len(shape) >= rank:
        return tensor
    if rank == 3 and len(shape) == 2:
        return unsqueeze(tensor, 2)
    if not shape:
        return reshape(tensor, (1,) * rank)
    return reshape(tensor, (1, *shape, 1)) if rank == 3 else unsqueeze(tensor, 0)


# ---- the same with fewer dimensions


@public
def atleast_1d(*tensors: Any) -> Any:
    """Give tensors at least one dimension; several, or a list of them, as a tuple."""
    return _each_at_least(tensors, 1)


@public
def atleast_2d(*tensors: Any) -> Any:
    """Give tensors at least two dimensions: vectors become rows."""
    return _each_at_least(tensors, 2)


@public
def atleast_3d(*tensors: Any) -> Any:
    """Give tensors at least three dimensions: vectors become rows of one layer."""
    return _each_at_least(tensors, 3)


def _each_at_least(given: tuple[Any, ...], rank: int) -> Any:
    if len(given) == 1 and isinstance(given[0], Late.Tensor):
        return _at_least(given[0], rank)
    members = given[0] if len(given) == 1 and isinstance(given[0], list | tuple) else given
    return tuple([_at_least(tensor, rank) for tensor in members])
