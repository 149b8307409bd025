"""Arrays of nested lists, with the dtype that PyTorch finds for them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....kernels.cpu.elementwise.cast import cast as cast_array
from ... import _dtype
from ..._wrap import Late
from .._operands import is_number
from ._options import NumberRangeError

Array = NDArray[Any]
_PLAIN = frozenset((bool, int, float))


class ElementError(TypeError, ValueError):
    """An element of a list that is no single number."""


class UnknownDTypeError(TypeError, RuntimeError):
    """Data that no dtype stands for."""


class RaggedError(ValueError, TypeError):
    """Rows of a nested list that differ in length."""


def array_of(function: str, data: Any, dtype: _dtype.dtype | None) -> Array:
    """Copy a number or nested sequences of numbers into an array.

    Args:
        function: for the texts of errors.
        data: the numbers.
        dtype: of the array; by default the smallest that holds all of them.

    Raises:
        RaggedError: rows differ in length.
        ElementError, UnknownDTypeError: there is something else than numbers.
        NumberRangeError: the dtype does not hold a number.
    """
    quick = _quickly(data, dtype)
    if quick is not None:
        return quick
    if isinstance(data, str | bytes):
        raise TypeError(f"{function}(): invalid data type '{type(data).__name__}'")
    if _is_arraylike(data):
        array = _dtype.with_known_type(np.asarray(data))
        return cast_array(array, (dtype or _dtype.of_numpy(array.dtype)).numpy)
    if not _is_sequence(data):
        kind = dtype or _dtype_of({type(data): data})
        return _converted([_number(data)], kind).reshape(())
    shape, items = _flattened(data)
    kinds = {type(item): item for item in items}
    if not kinds:
        return np.empty(shape, (dtype or _dtype.get_default_dtype()).numpy)
    if any(_is_arraylike(sample) for sample in kinds.values()):
        return _stacked(items, shape, dtype)
    kind = dtype or _dtype_of(kinds, items)
    if not kinds.keys() <= _PLAIN:
        items = [_number(item) for item in items]
    return _converted(items, kind).reshape(shape)


def _quickly(data: Any, dtype: _dtype.dtype | None) -> Array | None:
    """Convert one of Python's numbers, or a list of them; None where there is something else."""
    outer = type(data)
    is_row = outer is list or outer is tuple
    kinds = set(map(type, data)) if is_row else {outer}
    if not kinds or not kinds <= _PLAIN:
        return None
    if dtype is None:
        default = _dtype.boolean if int not in kinds else _dtype.int64
        dtype = _dtype.get_default_dtype() if float in kinds else default
        if dtype is _dtype.float64 or dtype is _dtype.boolean:
            return np.array(data, dtype.numpy)
    array = _converted(data if is_row else [data], dtype)
    return array if is_row else array.reshape(())


def _is_sequence(value: Any) -> bool:
    kind = type(value)
    if kind is list or kind is tuple:
        return True
    if isinstance(value, str | bytes | Late.Tensor | np.generic) or is_number(value):
        return False
    return isinstance(value, Sequence | bytearray | memoryview) or (
        hasattr(kind, "__len__") and hasattr(kind, "__getitem__") and not hasattr(kind, "keys")
    )


def _is_arraylike(value: Any) -> bool:
    """Tell whether a value is an array, or tells NumPy how to become one."""
    if isinstance(value, np.generic | Late.Tensor):
        return False
    return isinstance(value, np.ndarray) or hasattr(type(value), "__array__")


def _flattened(data: Any) -> tuple[tuple[int, ...], list[Any]]:
    """Give the shape of nested sequences, and all that lies in the innermost ones.

    Raises:
        RaggedError: rows differ in length, or stand beside numbers.
    """
    shape: list[int] = []
    items: list[Any] = [data]
    while items:
        kinds = {type(item): item for item in items}
        nested = [_is_sequence(sample) and not _is_arraylike(sample) for sample in kinds.values()]
        if not any(nested):
            break
        if not all(nested):
            raise RaggedError(_beside(items, len(shape)))
        lengths = list(map(len, items))
        if len(set(lengths)) > 1:
            place = next(i for i, n in enumerate(lengths) if n != lengths[0])
            raise RaggedError(
                f"expected sequence of length {lengths[0]} at dim {len(shape)} (got "
                f"{lengths[place]}): row {_path(place, shape)} has {lengths[place]} items where "
                f"row {_path(0, shape)} has {lengths[0]}"
            )
        shape.append(lengths[0])
        items = list(chain.from_iterable(items))
    return tuple(shape), items


def _path(place: int, shape: list[int]) -> str:
    """Give the indices of a row of nested sequences, as they are written."""
    return "".join(f"[{index}]" for index in np.unravel_index(place, shape))


def _beside(items: list[Any], depth: int) -> str:
    place = next(i for i, item in enumerate(items) if not _is_sequence(item))
    return (
        f"expected sequences of one length at dim {depth}, not a sequence at place {place}: "
        f"{type(items[place]).__name__} {items[place]!r} beside lists"
    )


def _number(value: Any) -> Any:
    """Give a number as one of Python's.

    Raises:
        ElementError: it is something else.
    """
    if isinstance(value, Late.Tensor):
        if value._array.size != 1:
            raise ElementError(
                "only one element tensors can be converted to Python scalars, got one of shape "
                f"{list(value._shape)} in a list. See torch.stack()."
            )
        return value._array.item()
    if is_number(value):
        return value.item() if isinstance(value, np.generic) else value
    if isinstance(value, str):
        raise RaggedError(f"too many dimensions 'str': {value!r} is no number")
    raise UnknownDTypeError(f"Could not infer dtype of {type(value).__name__}: {value!r}")


def _dtype_of(kinds: dict[type, Any], items: Sequence[Any] = ()) -> _dtype.dtype:
    """Give the dtype that holds numbers of some types, of each of which there is a sample."""
    found: _dtype.dtype | None = None
    if Late.Tensor in kinds:
        # Tensors of one class may differ in dtype.
        own = {item._key.dtype for item in items if isinstance(item, Late.Tensor)}
        samples = [*own, *(sample for kind, sample in kinds.items() if kind is not Late.Tensor)]
    else:
        samples = list(kinds.values())
    for sample in samples:
        dtype = _dtype_of_one(sample)
        found = dtype if found is None else _dtype.promote_types(found, dtype)
    return found or _dtype.get_default_dtype()


def _dtype_of_one(sample: Any) -> _dtype.dtype:
    if isinstance(sample, _dtype.dtype):
        return sample
    if isinstance(sample, Late.Tensor):
        return sample._key.dtype
    if isinstance(sample, np.generic) and not isinstance(sample, np.str_):
        return _dtype.of_numpy(sample.dtype)
    if isinstance(sample, complex):
        raise UnknownDTypeError(f"there are no complex tensors here yet, got {sample!r}")
    _number(sample)
    return _dtype.of_number(sample)


def _converted(items: Sequence[Any], dtype: _dtype.dtype) -> Array:
    """Make a vector of Python's numbers.

    Raises:
        NumberRangeError: the dtype does not hold one.
    """
    with np.errstate(over="ignore"):
        if dtype.category == _dtype.FLOAT:
            return np.array(items, dtype.numpy)
        array = np.array(items)
    if dtype.category == _dtype.BOOL:
        return array.astype(np.bool_)
    limits = np.iinfo(dtype.numpy)
    lowest = int(limits.min) if dtype.is_signed else -int(limits.max)
    low, high = array.min(), array.max()
    if not (lowest <= low and high <= int(limits.max)) or array.dtype.kind == "O":
        bad = high if low >= lowest else low
        raise NumberRangeError(
            f"value cannot be converted to {dtype} without overflow: {bad}. It holds {limits.min} "
            f"to {limits.max}."
        )
    return cast_array(array, dtype.numpy)


def _stacked(items: list[Any], shape: tuple[int, ...], dtype: _dtype.dtype | None) -> Array:
    """Join arrays that lie in a list.

    Raises:
        RaggedError: their shapes differ.
    """
    arrays = [np.asarray(item._array if isinstance(item, Late.Tensor) else item) for item in items]
    first = arrays[0].shape
    for place, array in enumerate(arrays):
        if array.shape != first:
            raise RaggedError(
                f"expected arrays of shape {list(first)} at dim {len(shape)} (got "
                f"{list(array.shape)} at place {place})"
            )
    joined = np.stack(arrays)
    kind = dtype or _dtype.of_numpy(joined.dtype)
    return cast_array(joined, kind.numpy).reshape(shape + first)
