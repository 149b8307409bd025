"""Square brackets on the left of an equals sign, and `index_put`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import DTypeError, ShapeError
from ....kernels.cpu.elementwise import cast
from ....kernels.cpu.indexing import advanced_indexing, masking
from ....kernels.cpu.indexing.checks import check_target
from ... import _dtype
from ..._node import is_recording
from ..._record import Operation, count_change
from ..._wrap import Late, wrap
from .._entering import entered, is_apart
from .._in_place import check_changeable
from .._operands import Number, is_number, overrides_disabled
from .._overrides import call_override, public
from ..views.views import reshape
from . import filling
from .filling import fitting
from .indexing import (
    PUT,
    Array,
    Indices,
    basic_key,
    broadcast_indices,
    explained,
    items_of,
    put,
    viewed,
    whole_mask,
    worked_off,
)
from .masking import fill_back, places_of

if TYPE_CHECKING:
    from ..._tensor import Tensor


def setitem(input: Tensor, key: Any, value: Any) -> None:
    """Put a number, or the elements of a tensor, into a part of a tensor.

    Args:
        input: what is written.
        key: as for `getitem`.
        value: a number or a tensor, which broadcasts to the part.

    Raises:
        IndexError: as `getitem`.
        ShapeError: value does not broadcast to the part.
        DTypeError: value is of another dtype, and indices or a mask say where to put it.
        TypeError: value is neither a number nor a tensor.
    """
    if input._key.overridden and not overrides_disabled.get():
        call_override(setitem, (input, key, value))
        return
    basic = None if input._key.overridden else basic_key(key)
    # Numbers of Python are the most frequent: they need not ask the class of tensors.
    kind = value.__class__
    is_tensor = kind is not float and kind is not int and isinstance(value, Late.Tensor)
    if basic is None or not input._shape or (is_recording() and _has_graph(input, value)):
        _setitem(input, key, value)
        return
    try:
        if is_tensor and not value._key.overridden:
            _copy(input._array[basic], value._array)
        elif is_number(value):
            filling.write_number("setitem", input._array, value, basic)
        else:
            _setitem(input, key, value)
            return
    except IndexError:
        raise explained(input, basic) from None
    count_change(input)


def _has_graph(input: Tensor, value: Any) -> bool:
    """Tell whether a gradient flows through what is written, or to what is put there."""
    return getattr(value, "_node", None) is not None or not is_apart(input)


def _copy(target: Array, source: Array) -> None:
    if source.ndim > target.ndim:
        source = source.reshape(_short_shape(source.shape, target.ndim))
    if source.shape != target.shape:
        _check_expands(source.shape, target.shape)
    if target.size < _FEW and target.dtype == source.dtype and target.flags.writeable:
        target[...] = source
        return
    cast.copy_(target, source)


# So many elements NumPy copies before a kernel is started.
_FEW = 1 << 10


def _short_shape(shape: tuple[int, ...], rank: int) -> tuple[int, ...]:
    """Leave out sizes of 1 in front of a value's shape, as far as there are too many."""
    begin = 0
    while len(shape) - begin > rank and shape[begin] == 1:
        begin += 1
    return shape[begin:]


def _check_expands(shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    missing = len(wanted) - len(shape)
    if missing < 0 or any(n not in (1, m) for n, m in zip(shape, wanted[missing:], strict=True)):
        raise ShapeError(
            f"setitem: a value of shape {list(shape)} does not fit the part of shape "
            f"{list(wanted)}. Sizes must match or be 1."
        )


@public
def _setitem(input: Tensor, key: Any, value: Any) -> None:
    """Put values into a part by any key."""
    if not is_number(value) and not isinstance(value, Late.Tensor):
        raise TypeError(
            f"can't assign a {type(value).__name__} to a tensor of {input._key.dtype}. Make a "
            "tensor of it: torch.as_tensor(...)."
        )
    items = items_of(key)
    mask = whole_mask(input, items[0]) if len(items) == 1 else None
    if mask is not None and (is_number(value) or value._array.size == 1):
        _fill_by_mask(input, mask, value)
        return
    basic, indices = worked_off(input, items)
    target = viewed(input, basic) if basic else input
    if indices:
        _put_at(target, indices, value, [item for item in items if isinstance(item, Late.Tensor)])
    elif is_number(value):
        filling.fill_(target, value)
    else:
        own = _short_shape(value._shape, len(target._shape))
        _check_expands(own, target._shape)
        filling.copy_(target, value if own == value._shape else reshape(value, own))


def _fill_by_mask(input: Tensor, mask: Tensor, value: Any) -> None:
    check_changeable(input)
    is_single = not is_number(value)
    masking.masked_fill_(input._array, mask._array, value._array.item() if is_single else value)
    if not is_single:
        entered(input, _FILL_BY_MASK, (input,), mask, input._shape)
        return
    single = reshape(value, ())
    entered(input, _FILL_BY_MASK, (input, single), mask, input._shape, single._key.dtype)


_FILL_BY_MASK = Operation("IndexPutBackward0", fill_back)


def _put_at(target: Tensor, indices: Indices, value: Any, guarded: Sequence[Tensor]) -> None:
    """Put values at indices of a tensor, in place."""
    if is_number(value):
        _put_number(target, indices, value, guarded)
        return
    if value._array.size == 1 and value._key.dtype is not target._key.dtype:
        value = value.to(target._key.dtype)
    _put_in_place(target, indices, value, False, guarded)


def _put_number(target: Tensor, indices: Indices, value: Number, guarded: Sequence[Tensor]) -> None:
    """Put a number at indices: by NumPy, if there are few elements and it would do the same."""
    array = target._array
    number = fitting("setitem", value, array.dtype)
    if array.size < _FEW and array.flags.writeable and all(each is not None for each in indices):
        check_changeable(target)
        try:
            array[tuple(indices)] = number
        except IndexError:  # The text is written elsewhere.
            pass
        else:
            single = wrap(np.zeros((), array.dtype))
            entered(target, PUT, (target, single), indices, (), False, *guarded)
            return
    _put_in_place(target, indices, wrap(np.asarray(number, array.dtype)), False, guarded)


def _put_in_place(
    target: Tensor,
    indices: Indices,
    values: Tensor,
    accumulate: bool,
    guarded: Sequence[Tensor] = (),
) -> Tensor:
    _check_same_dtype(target, values)
    check_changeable(target)
    check_target("index_put_", target._array)
    rank = _rank_of(target, indices)
    own = _short_shape(values._shape, rank)
    values = values if own == values._shape else reshape(values, own)
    arrays = broadcast_indices(indices)
    advanced_indexing.index_put_(target._array, arrays, values._array, accumulate)
    saved = (indices, values._shape, accumulate, *guarded)
    return entered(target, PUT, (target, values), *saved)


def _rank_of(target: Tensor, indices: Indices) -> int:
    """Count the dimensions of what `index` would give."""
    given = [array for array in indices if array is not None]
    return len(target._shape) - len(given) + max(array.ndim for array in given)


def _check_same_dtype(target: Tensor, values: Tensor) -> None:
    if values._key.dtype is not target._key.dtype:
        raise DTypeError(
            "Index put requires the source and destination dtypes match, got "
            f"{target._key.dtype} for the destination and {values._key.dtype} for the source. "
            "Convert it with to()."
        )


# ---- as functions


@public
def index_put(
    input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False
) -> Tensor:
    """Put values at indices, in a copy: see `index_put_`."""
    _check_same_dtype(input, values)
    arrays = _arrays("index_put", indices)
    own = _short_shape(values._shape, _rank_of(input, arrays))
    return put(input, arrays, reshape(values, own), accumulate, indices)


@public
def index_put_(
    input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False
) -> Tensor:
    """Put values at indices, as `input[indices] = values` does.

    Args:
        input: what is written.
        indices: integers or masks, for the first dimensions.
        values: of the same dtype; they broadcast to what is indexed.
        accumulate: add them to what is there.

    Raises:
        IndexError: indices are out of range, too many, or of shapes that do not fit.
        ShapeError: values does not broadcast.
        DTypeError: values is of another dtype.
    """
    return _put_in_place(input, _arrays("index_put_", indices), values, accumulate, indices)


def _arrays(function: str, indices: Sequence[Tensor]) -> list[Array]:
    if isinstance(indices, Late.Tensor):
        raise TypeError(
            f"{function}(): argument 'indices' (position 2) must be tuple of Tensors, not Tensor"
        )
    found: list[Array] = []
    for place, item in enumerate(indices):
        if not isinstance(item, Late.Tensor):
            raise TypeError(
                f"expected Tensor as element {place} in argument 0, but got {type(item).__name__}"
            )
        is_mask = item._key.dtype in (_dtype.boolean, _dtype.uint8)
        found += places_of(item._array) if is_mask else [item._array]
    return found


def contains(input: Tensor, element: Any) -> bool:
    """Tell whether an element equals a number or tensor.

    Raises:
        RuntimeError: it is neither.
    """
    if not isinstance(element, Late.Tensor) and not is_number(element):
        raise RuntimeError(
            "Tensor.__contains__ only supports Tensor or scalar, but you passed in a "
            f"{type(element)}."
        )
    return bool((input == element)._array.any())
