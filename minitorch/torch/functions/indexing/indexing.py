"""Square brackets: parts of tensors by numbers, slices, masks and tensors of indices.

A key is worked off in two steps, as in PyTorch: numbers, slices, None and Ellipsis give a view.
Then masks and tensors of indices, of which there mostly are none, take elements of that view by
`index`, or put some there. What is a single number in NumPy's key is therefore no index among
others: `x[0, :, [1, 2]]` is `x[0][:, [1, 2]]`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from operator import index as integer
from types import EllipsisType, NoneType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError
from ....kernels.cpu.indexing import advanced_indexing, masking
from ... import _dtype
from ..._record import Operation, record, record_many
from ..._wrap import Late, wrap
from .._operands import overrides_disabled
from .._overrides import call_override, public
from ..views.slicing import SELECT, SLICE, WHOLE, Key, part, part_operation
from ..views.views import sum_to
from .masking import places_of, select_back

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
Indices = Sequence[Array | None]

_UNSQUEEZE, _ALIAS = part_operation("UnsqueezeBackward0"), part_operation("AliasBackward0")
_BASIC = frozenset((int, slice, NoneType, EllipsisType))


class IndexMismatchError(ShapeError, IndexError):
    """Indices or masks whose shapes do not fit the tensor or each other."""


class IndexKindError(DTypeError, IndexError):
    """A key that is no index, or a tensor of indices that are no integers."""


class ZeroDimensionalIndexWarning(FutureWarning):
    """A number was indexed as if it were a vector, as old scripts do with a loss."""


class SequenceIndexWarning(UserWarning):
    """A list that is read as if it were a tuple of keys."""


# ---- reading


def getitem(input: Tensor, key: Any) -> Tensor:
    """Give a part of a tensor: a view for numbers and slices, a copy for indices and masks.

    Raises:
        IndexError: a place, or a dimension, does not exist; a key is none; shapes do not fit.
        ValueError: a slice goes backwards.
    """
    if not input._key.overridden:
        if type(key) is int:
            if not input._shape:
                return _of_number(input, key)
            try:
                return part(input, (key, ...), SELECT)
            except IndexError:
                raise explained(input, (key, ...)) from None
        basic = basic_key(key)
        if basic is not None:
            return viewed(input, basic)
    elif not overrides_disabled.get():
        result: Tensor = call_override(getitem, (input, key))
        return result
    return _getitem(input, key)


def basic_key(key: Any) -> Key | None:
    """Give the key for NumPy, if it consists of numbers, slices, None and one Ellipsis only."""
    items = key if type(key) is tuple else (key,)
    has_ellipsis = False
    for item in items:
        kind = type(item)
        if kind not in _BASIC:
            return None
        if kind is slice:
            if item.step is not None and item.step <= 0:
                return None
        elif kind is EllipsisType:
            if has_ellipsis:
                return None
            has_ellipsis = True
    return items if has_ellipsis else (*items, ...)


def viewed(input: Tensor, key: Key) -> Tensor:
    """Give the view that a basic key describes."""
    try:
        if input._node is None:
            return part(input, key, _ALIAS)
        plain = tuple([_plain(item) if type(item) is slice else item for item in key])
        return part(input, plain, _operation_of(plain))
    except IndexError:
        raise explained(input, key) from None


def _plain(item: slice) -> slice:
    """Take the numbers out of tensors, which may change before a gradient comes back."""
    return slice(*[None if x is None else integer(x) for x in (item.start, item.stop, item.step)])


def _operation_of(key: Key) -> Operation:
    """Name the node as PyTorch does: after the last step that is one."""
    for item in reversed(key):
        if item is None:
            return _UNSQUEEZE
        if type(item) is int:
            return SELECT
        if type(item) is slice and (item != WHOLE or len(key) == 2):
            return SLICE
    return _ALIAS


def explained(input: Tensor, key: Key) -> IndexError:
    """Describe what is wrong with a basic key."""
    shape = input._shape
    items = [item for item in key if item is not None]
    if len(items) - 1 > len(shape):
        return _too_many(input)
    place = items.index(...)
    dims = [*range(place), ..., *range(len(shape) - len(items) + 1 + place, len(shape))]
    for dim, item in zip(dims, items, strict=True):
        if type(item) is int and not -shape[dim] <= item < shape[dim]:
            return IndexError(
                f"index {item} is out of bounds for dimension {dim} with size {shape[dim]}: the "
                f"shape is {list(shape)}"
            )
    return IndexError(f"the key {key} does not fit shape {list(shape)}")


def _too_many(input: Tensor) -> IndexError:
    return IndexError(
        f"too many indices for tensor of dimension {len(input._shape)}: the shape is "
        f"{list(input._shape)}"
    )


@public
def _getitem(input: Tensor, key: Any) -> Tensor:
    """Give a part by any key."""
    items = items_of(key)
    if len(items) == 1 and (mask := whole_mask(input, items[0])) is not None:
        array = masking.masked_select(input._array, mask._array)
        return record(wrap(array), _INDEX_BY_MASK, input, mask, input._shape)
    basic, indices = worked_off(input, items)
    if not indices:
        return viewed(input, basic)
    source = viewed(input, basic) if basic else input
    return index(source, indices, [item for item in items if isinstance(item, Late.Tensor)])


def _of_number(input: Tensor, index: int) -> Tensor:
    """Index a number: the loss of old scripts, where it was a vector of one element."""
    if index != 0:
        raise IndexError(f"index {index} is out of bounds for dimension 0 with size 0")
    warnings.warn(
        "invalid index of a 0-dim tensor: it is given as it is. Use tensor.item() to get its "
        "number.",
        ZeroDimensionalIndexWarning,
        stacklevel=3,
    )
    return input


def index(input: Tensor, indices: Indices, guarded: Sequence[Tensor] = ()) -> Tensor:
    """Take elements.

    Args:
        input: any tensor.
        indices: for each of its first dimensions an array, or None for all of it.
        guarded: the tensors whose arrays they are, which must not change before a gradient comes.
    """
    array = advanced_indexing.index(input._array, broadcast_indices(indices))
    return record(wrap(array), _INDEX, input, input._shape, indices, *guarded)


def _index_back(grad: Tensor, shape: tuple[int, ...], indices: Indices, *guarded: Tensor) -> Tensor:
    return put(wrap(np.zeros(shape, grad._array.dtype)), indices, grad, True)


def put(
    input: Tensor,
    indices: Indices,
    values: Tensor,
    accumulate: bool,
    guarded: Sequence[Tensor] = (),
) -> Tensor:
    """Put, or add, values at indices, in a copy; arguments as for `index`."""
    array = advanced_indexing.index_put(
        input._array, broadcast_indices(indices), values._array, accumulate
    )
    saved = (indices, values._shape, accumulate, *guarded)
    return record_many(wrap(array), PUT, (input, values), *saved)


def _put_back(
    grad: Tensor,
    needed: tuple[bool, bool],
    indices: Indices,
    shape: tuple[int, ...],
    accumulate: bool,
    *guarded: Tensor,
) -> tuple[Tensor | None, Tensor | None]:
    own = grad if needed[0] else None
    if needed[0] and not accumulate:
        own = put(grad, indices, wrap(np.zeros((), grad._array.dtype)), False)
    return own, sum_to(index(grad, indices), shape) if needed[1] else None


PUT = Operation("IndexPutBackward0", _put_back)


_INDEX = Operation("IndexBackward0", _index_back)
_INDEX_BY_MASK = Operation("IndexBackward0", select_back)


def broadcast_indices(indices: Indices) -> Indices:
    """Check that arrays of indices broadcast.

    Raises:
        IndexMismatchError: they do not.
    """
    given = [array for array in indices if array is not None]
    if len(given) > 1 and any(array.shape != given[0].shape for array in given):
        try:
            np.broadcast_shapes(*[array.shape for array in given])
        except ValueError:
            shapes = ", ".join(str(list(array.shape)) for array in given)
            raise IndexMismatchError(
                f"shape mismatch: indexing tensors could not be broadcast together with shapes "
                f"{shapes}"
            ) from None
    return indices


# ---- keys


def items_of(key: Any) -> list[Any]:
    """Give what stands between the brackets, with arrays and lists as tensors."""
    if isinstance(key, list) and _is_tuple_like(key):
        warnings.warn(
            "Using a non-tuple sequence for multidimensional indexing is deprecated: write "
            "x[tuple(seq)] instead of x[seq].",
            SequenceIndexWarning,
            stacklevel=5,
        )
        key = tuple(key)
    return [_item(item) for item in (key if isinstance(key, tuple) else (key,))]


def _is_tuple_like(key: list[Any]) -> bool:
    """Tell whether a list holds keys rather than indices: old NumPy's rule."""
    return len(key) < 32 and any(
        item is None or item is ... or isinstance(item, slice | list | tuple | Late.Tensor)
        for item in key
    )


def _item(item: Any) -> Any:
    """Make what is between two commas an int, slice, None, Ellipsis, bool or tensor."""
    kind = type(item)
    if kind in _BASIC or kind is bool:
        if kind is slice and item.step is not None and integer(item.step) <= 0:
            what = "slice step cannot be zero" if item.step == 0 else "step must be greater than "
            raise ValueError(f"{what}{'zero' if item.step else ''}: got {item}. See flip().")
        return item
    if isinstance(item, np.ndarray | list | tuple | range):
        array = np.asarray([_number_in(x) for x in item] if isinstance(item, list) else item)
        if array.size == 0 and not isinstance(item, np.ndarray):
            array = array.astype(np.int64)
        item = wrap(array.astype(np.int64) if array.dtype.kind in "iu" else array)
    if isinstance(item, Late.Tensor):
        return _tensor_item(item)
    if isinstance(item, np.bool_):
        return bool(item)
    if hasattr(item, "__index__") and not isinstance(item, float):
        return integer(item)
    raise IndexKindError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
        f"indices (got {kind.__name__})"
    )


def _number_in(value: Any) -> Any:
    """Give a member of a list, as a number where it is a tensor."""
    return value.tolist() if isinstance(value, Late.Tensor) else value


def _tensor_item(item: Tensor) -> Any:
    dtype = item._key.dtype
    if dtype is _dtype.boolean or (dtype is _dtype.uint8 and item._shape):
        return item if item._shape else bool(item._array)
    if not item._shape and dtype.category == _dtype.INTEGER:
        return int(item._array)
    if dtype is _dtype.int64 or dtype is _dtype.int32:
        return item
    raise IndexKindError(
        f"tensors used as indices must be long, int, byte or bool tensors, got {dtype} of shape "
        f"{list(item._shape)}. Convert it with long()."
    )


def whole_mask(input: Tensor, item: Any) -> Tensor | None:
    """Give the item if it is a mask of all dimensions."""
    if isinstance(item, Late.Tensor) and item._key.dtype is _dtype.boolean:
        return item if item._shape == input._shape else None
    return None


def worked_off(input: Tensor, items: Sequence[Any]) -> tuple[Key, list[Array | None]]:
    """Divide a key into that of a view, and the indices that are taken of the view.

    Returns:
        The basic key, empty where there are indices of the whole tensor; and for each of the view's
        first dimensions an array of indices or None for all of it, nothing if there is no index.

    Raises:
        IndexError: there are more items than dimensions, or a mask does not fit.
    """
    shape, rank = input._shape, len(input._shape)
    taken = sum(_dims_of(item) for item in items)
    if taken > rank:
        raise _too_many(input)
    basic: list[Any] = []
    indices: list[Array | None] = []
    dim, is_open = 0, True
    for item in items:
        if item is ...:
            # PyTorch takes several, of which all but the first stand for nothing.
            count = rank - taken if is_open else 0
            is_open = False
            basic += [WHOLE] * count
            indices += [None] * count
            dim += count
        elif isinstance(item, Late.Tensor):
            arrays = arrays_of(item, shape, dim)
            basic += [WHOLE] * len(arrays)
            indices += arrays
            dim += len(arrays)
        elif type(item) is bool:
            basic.append(None)
            indices.append(np.zeros(int(item), np.int64))
        else:
            basic.append(item)
            if type(item) is not int:
                indices.append(None)
            dim += item is not None
    while indices and indices[-1] is None:
        indices.pop()
    is_whole = all(type(item) is slice and item == WHOLE for item in basic)
    return () if is_whole and indices else (*basic, ...), indices


def _dims_of(item: Any) -> int:
    """Count the dimensions that an item stands for."""
    if item is None or item is ... or type(item) is bool:
        return 0
    if isinstance(item, Late.Tensor) and item._key.index < _dtype.int8.index:
        return len(item._shape)
    return 1


def arrays_of(item: Tensor, shape: tuple[int, ...], dim: int) -> list[Array]:
    """Give the indices that an item stands for: itself, or the places where a mask holds."""
    if item._key.index >= _dtype.int8.index:
        return [item._array]
    if item._shape != shape[dim : dim + len(item._shape)]:
        raise IndexMismatchError(
            f"The shape of the mask {list(item._shape)} at index {dim} does not match the shape of "
            f"the indexed tensor {list(shape)} at index {dim}"
        )
    return places_of(item._array)
