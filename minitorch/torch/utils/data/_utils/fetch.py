"""How a loader gets the samples of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._wrap import Late, wrap
from ..dataset import Subset, TensorDataset
from . import collate

Array = NDArray[Any]


class DatasetKind:
    """How samples are found: by a key, or one after the other."""

    Map = 0
    Iterable = 1

    @staticmethod
    def create_fetcher(
        kind: int, dataset: Any, auto_collation: bool, collate_fn: Any, drop_last: bool
    ) -> Callable[[Any], Any]:
        """Make the function that gives the batch, or the sample, of a list of keys, or a key."""
        if kind == DatasetKind.Iterable:
            return _from_stream(dataset, auto_collation, collate_fn, drop_last)
        if not auto_collation:
            return lambda key: collate_fn(dataset[key])
        if _takes_rows(dataset, collate_fn):
            return _from_rows(dataset)
        return _by_keys(dataset, collate_fn)


def _by_keys(dataset: Any, collate_fn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    at_once = getattr(dataset, "__getitems__", None)
    if at_once:
        return lambda keys: collate_fn(at_once(keys))
    return lambda keys: collate_fn([dataset[key] for key in keys])


def _from_stream(
    dataset: Any, auto_collation: bool, collate_fn: Callable[[Any], Any], drop_last: bool
) -> Callable[[Any], Any]:
    """Take as many samples as there are keys; the function raises StopIteration at the end."""
    samples = iter(dataset)
    has_ended = False

    def batch(keys: Any) -> Any:
        nonlocal has_ended
        found = [] if has_ended else [sample for _, sample in zip(keys, samples, strict=False)]
        has_ended = len(found) < len(keys)
        if not found or (drop_last and has_ended):
            raise StopIteration
        return collate_fn(found)

    return batch if auto_collation else lambda _: collate_fn(next(samples))


# ---- rows of tensors


def _takes_rows(dataset: Any, collate_fn: Any) -> bool:
    """Tell whether a batch is nothing but rows of tensors, stacked without a place in a graph."""
    usual = collate.default_collate_fn_map.get(Late.Tensor) is collate.collate_tensor_fn
    if not usual or collate_fn is not collate.default_collate:
        return False
    while type(dataset) is Subset:
        dataset = dataset.dataset
    return type(dataset) is TensorDataset and len(dataset.tensors) > 0


def _from_rows(dataset: Any) -> Callable[[Any], Any]:
    """Take all rows of a batch at once, instead of stacking one after the other."""
    one_by_one = _by_keys(dataset, collate.default_collate)

    def batch(keys: Any) -> Any:
        base, chosen = dataset, keys
        while type(base) is Subset:
            indices = base.indices
            chosen = [indices[key] for key in chosen]
            base = base.dataset
        rows = np.array(chosen)
        if rows.dtype != np.int64 or rows.ndim != 1 or not all(map(_is_plain, base.tensors)):
            return one_by_one(keys)
        try:
            return [wrap(_rows(tensor._array, rows)) for tensor in base.tensors]
        except IndexError:
            # Asked one by one, the data set says which key is wrong.
            return one_by_one(keys)

    return batch


def _is_plain(tensor: Any) -> bool:
    return type(tensor) is Late.Tensor and tensor._node is None


def _rows(array: Array, rows: Array) -> Array:
    """Copy rows; `take` is the faster way, but copies an array with gaps as a whole before."""
    if array.flags.c_contiguous:
        return array.take(rows, 0)
    return np.ascontiguousarray(array[rows])
