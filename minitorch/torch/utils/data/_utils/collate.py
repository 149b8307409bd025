"""How samples become a batch: `default_collate` and `default_convert`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from ...._dtype import float64
from ...._wrap import Late
from ....functions.arranging.joining import stack
from ....functions.creation.creation import as_tensor, tensor

Kinds = type[Any] | tuple[type[Any], ...]
CollateMap = dict[Kinds, Callable[..., Any]]


def default_collate(batch: Any) -> Any:
    """Join samples of one kind along a new first dimension.

    Tensors, arrays and numbers become a tensor, strings stay as they are; samples that are dicts,
    tuples or lists become one such thing, whose members are joined.

    Args:
        batch: a list of samples.

    Raises:
        TypeError: samples are of a kind that cannot be joined.
        RuntimeError: samples have different sizes.
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def collate(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Join samples by functions that are chosen by the kind of the first sample.

    Args:
        batch: a list of samples.
        collate_fn_map: functions by the types that they join. Each takes the batch, and this map
            by its name.

    Raises:
        TypeError: no function is for this kind, and it holds no others.
        RuntimeError: samples have different sizes.
    """
    first = batch[0]
    function = _function_for(first, collate_fn_map or {})
    if function is not None:
        return function(batch, collate_fn_map=collate_fn_map)
    if isinstance(first, Mapping):
        joined = {
            key: collate([sample[key] for sample in batch], collate_fn_map=collate_fn_map)
            for key in first
        }
        return _like_mapping(first, joined)
    if not isinstance(first, Sequence):
        raise TypeError(_refusal(type(first)))
    is_named = isinstance(first, tuple) and hasattr(first, "_fields")
    if not is_named and any(len(sample) != len(first) for sample in batch):
        raise RuntimeError(
            "each element in list of batch should be of equal size, got samples of lengths "
            f"{[len(sample) for sample in batch]}"
        )
    # strict=False: named tuples may have lost members.
    columns = [
        collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch, strict=False)
    ]
    return _like_sequence(first, columns)


def _function_for(first: Any, functions: CollateMap) -> Callable[..., Any] | None:
    function = functions.get(type(first))
    if function is not None:
        return function
    return next((functions[kind] for kind in functions if isinstance(first, kind)), None)


def _like_mapping(template: Mapping[Any, Any], values: dict[Any, Any]) -> Any:
    """Put values into a mapping like another one; a dict if there is no way to make such one."""
    try:
        if isinstance(template, MutableMapping):
            # A copy keeps what else such a mapping may hold.
            result = copy.copy(template)
            result.update(values)
            return result
        kind: Any = type(template)
        return kind(values)
    except TypeError:
        return values


def _like_sequence(template: Sequence[Any], values: list[Any]) -> Any:
    """Put values into a sequence like another one; tuples without names become lists."""
    kind: Any = type(template)
    if isinstance(template, tuple):
        return kind(*values) if hasattr(template, "_fields") else values
    try:
        if isinstance(template, MutableSequence):
            result = copy.copy(template)
            for place, value in enumerate(values):
                result[place] = value
            return result
        return kind(values)
    except TypeError:
        return values


def _refusal(kind: Any) -> str:
    return (
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found "
        f"{kind}. A collate_fn of your own can join others."
    )


# ---- kinds of samples


def collate_tensor_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Stack tensors.

    Raises:
        RuntimeError: they are sparse, or differ in shape.
    """
    if batch[0].is_sparse:
        raise RuntimeError(
            "Batches of sparse tensors are not currently supported by the default collate_fn; "
            "please provide a custom collate_fn, or call to_dense() on the samples."
        )
    return stack(batch, 0)


def collate_numpy_array_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Stack arrays.

    Raises:
        TypeError: they hold no numbers.
    """
    if batch[0].dtype.kind in _WITHOUT_NUMBERS:
        raise TypeError(_refusal(batch[0].dtype))
    return collate([as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Put NumPy's numbers into a tensor of their dtype."""
    return as_tensor(batch)


def collate_float_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Put floats into a tensor of float64."""
    return tensor(batch, dtype=float64)


def collate_int_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Put whole numbers, or truth values, into a tensor."""
    return tensor(batch)


def collate_str_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Leave strings as they are."""
    return batch


_WITHOUT_NUMBERS = "SUO"

# Which function joins samples of which type: exactly this type, or the first one that it is
# derived from. Users may change it.
default_collate_fn_map: CollateMap = {
    Late.Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


# ---- without a batch


def default_convert(data: Any) -> Any:
    """Turn NumPy's arrays and numbers into tensors, also those in dicts, tuples and lists."""
    if isinstance(data, Late.Tensor):
        return data
    if type(data).__module__ == "numpy" and not isinstance(data, np.str_):
        is_array = isinstance(data, np.ndarray)
        return data if is_array and data.dtype.kind in _WITHOUT_NUMBERS else as_tensor(data)
    if isinstance(data, Mapping):
        return _like_mapping(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return _like_sequence(data, [default_convert(member) for member in data])
    return data
