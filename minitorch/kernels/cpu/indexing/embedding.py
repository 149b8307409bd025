"""Embeddings: rows of a table, chosen by indices, alone or joined in bags.

Tables are of float16, float32 or float64 and any layout; float16 is computed in float32 and rounded
once. Indices are of int64 or int32. All raise an IndexRangeError (an IndexError and a RuntimeError)
for an index that is out of range, which names it, its position and the range; an IndexDTypeError
for indices that are no integers; a ShapeError for shapes that do not fit.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ....errors import ShapeError
from ..elementwise.cast import contiguous
from ..reductions import reduce
from . import embedding_loops as loops
from .checks import IndexRangeError, check_elements, check_same_dtype, check_target, checked_indices
from .core import Route, flat, pick, put, steps_of
from .indexing import index_select, scatter_add_
from .short import put_slices, take_slices

Array = NDArray[Any]

MODES = ("sum", "mean", "max")

_ADD_BAGS = SizedKernel(lambda: loops.compiled(loops.add_bags))
_RAISE_BAGS = SizedKernel(lambda: loops.compiled(loops.raise_bags))
_SPREAD_BAGS = SizedKernel(lambda: loops.compiled(loops.spread_bags))
_WEIGH_BAGS = SizedKernel(lambda: loops.compiled(loops.weigh_bags))
# No index is this one.
_NO_PADDING = -1


class PaddingIndexError(IndexRangeError, AssertionError):
    """A padding index beyond the table."""


def embedding(weight: Array, indices: Array, padding_idx: int | None = None) -> Array:
    """Take rows of a table.

    Args:
        weight: (V, D).
        indices: any shape.
        padding_idx: a row that gets no gradient; it may count from the end. It is checked only.

    Returns:
        (*indices.shape, D).

    Raises:
        PaddingIndexError: there is no such row.
    """
    _check_table("embedding", weight)
    _padding("embedding", padding_idx, len(weight))
    rows = take_slices(weight, 0, indices)
    if rows is not None:
        return rows
    indices = checked_indices("embedding", indices, len(weight), 0)
    out = np.empty((*indices.shape, weight.shape[1]), weight.dtype)
    pick(_rows(weight, indices), out)
    return out


def embedding_backward(
    grad: Array,
    indices: Array,
    num_weights: int,
    padding_idx: int | None = None,
    scale_grad_by_freq: bool = False,
) -> Array:
    """Give the table's gradient: the sum of those of all places where a row was taken.

    Args:
        grad: (*indices.shape, D).
        indices: as given.
        num_weights: V, the number of rows.
        padding_idx: a row that gets none.
        scale_grad_by_freq: divide each row's by the number of places.

    Returns:
        (V, D).
    """
    check_elements("embedding", grad, without="biu")
    if grad.ndim != indices.ndim + 1 or grad.shape[:-1] != indices.shape:
        raise ShapeError(
            f"embedding: the gradient needs shape (*{indices.shape}, D), got {grad.shape}."
        )
    padding = _padding("embedding", padding_idx, num_weights)
    indices = checked_indices("embedding", indices, num_weights, 0)
    out = np.zeros((num_weights, grad.shape[-1]), grad.dtype)
    # Indices in one dimension, so that the sums are taken in one loop.
    new, index = grad.reshape(-1, grad.shape[-1]), indices.reshape(-1)
    if not put_slices("sum", out, 0, index, new):
        put("sum", out, new, lambda table: _rows(table, index))
    if padding != _NO_PADDING:
        out[padding] = 0
    if scale_grad_by_freq:
        counts = np.bincount(index, minlength=num_weights)
        many = np.flatnonzero(counts > 1)
        out[many] = out[many] / counts[many, None].astype(grad.dtype)
    return out


def embedding_renorm_(
    weight: Array, indices: Array, max_norm: float, norm_type: float = 2
) -> Array:
    """Scale those of the chosen rows in place whose norm is larger than max_norm, to that norm.

    Args:
        weight: (V, D).
        indices: any shape.
        max_norm: the largest norm that stays.
        norm_type: p of the norm.
    """
    _check_table("embedding_renorm", weight)
    check_target("embedding_renorm", weight)
    indices = checked_indices("embedding_renorm", indices, len(weight), 0)
    chosen = np.unique(indices)
    rows = index_select(weight, 0, chosen)
    norms = reduce.norm(rows, 1, p=norm_type).astype(np.float64)
    large = norms > max_norm
    # PyTorch adds 1e-7, which keeps the new norm below the limit.
    scale = (max_norm / (norms[large] + 1e-7)).astype(weight.dtype)
    weight[chosen[large]] = rows[large] * scale[:, None]
    return weight


def embedding_bag(
    weight: Array,
    indices: Array,
    offsets: Array | None = None,
    mode: str = "mean",
    per_sample_weights: Array | None = None,
    padding_idx: int | None = None,
    include_last_offset: bool = False,
) -> tuple[Array, Array | None]:
    """Take rows of a table and join them in bags.

    Args:
        weight: (V, D).
        indices: (B, N), bags of N rows each, or (M), cut where the offsets say.
        offsets: (B) where each bag of a list of indices begins.
        mode: "sum", "mean" or "max".
        per_sample_weights: of the indices' shape; rows are multiplied by it. Only for a sum.
        padding_idx: a row that counts as absent; it may count from the end.
        include_last_offset: the last offset says where the last bag ends.

    Returns:
        (B, D), 0 for an empty bag, and for "max" the row that each element comes from, (B, D).

    Raises:
        ValueError: another mode.
        NotImplementedError: weights for another mode than a sum.
        PaddingIndexError: there is no such row.
    """
    indices, ends, weights, padding = _bags(
        weight, indices, offsets, mode, per_sample_weights, padding_idx, include_last_offset
    )
    table, place = _placed(_single(weight))
    out = np.empty((len(ends) - 1, weight.shape[1]), table.dtype)
    work = (int(ends[-1]) + len(out)) * out.shape[1]
    if mode == "max":
        positions = np.empty(out.shape, np.int64)
        _RAISE_BAGS.for_size(work)(table, place, indices, ends, padding, out, positions)
        return out.astype(weight.dtype, copy=False), positions
    # The loop itself knows what samples without a weight of their own count.
    scale = np.empty(0, table.dtype)
    if weights is not None:
        scale = weights.reshape(-1).astype(table.dtype, copy=False)
    _ADD_BAGS.for_size(work)(table, place, indices, ends, scale, mode == "mean", padding, out)
    if out.dtype == weight.dtype:
        return out, None
    with np.errstate(over="ignore"):
        return out.astype(weight.dtype, copy=False), None


def embedding_bag_backward(
    grad: Array,
    weight: Array,
    indices: Array,
    offsets: Array | None = None,
    mode: str = "mean",
    per_sample_weights: Array | None = None,
    padding_idx: int | None = None,
    include_last_offset: bool = False,
    scale_grad_by_freq: bool = False,
    max_indices: Array | None = None,
) -> tuple[Array, Array | None]:
    """Give the gradients of the table and, if there are any, of the weights of the samples.

    Args:
        grad: (B, D), the result's.
        weight: as given, and so the other arguments up to include_last_offset.
        scale_grad_by_freq: divide each row's gradient by the number of places where it is taken.
        max_indices: the second result of `embedding_bag`, for "max".
    """
    indices, ends, weights, padding = _bags(
        weight, indices, offsets, mode, per_sample_weights, padding_idx, include_last_offset
    )
    if grad.shape != (len(ends) - 1, weight.shape[1]):
        raise ShapeError(
            f"embedding_bag: the gradient needs shape {(len(ends) - 1, weight.shape[1])}, got "
            f"{grad.shape}."
        )
    (table, place), rows = _placed(_single(weight)), contiguous(_single(grad))
    out: Array = np.zeros(weight.shape, table.dtype)
    work = int(ends[-1]) * out.shape[1]
    if mode == "max":
        if max_indices is None:
            raise ValueError("embedding_bag: the gradient of a maximum needs max_indices.")
        is_empty = _counts(indices, ends, padding) == 0
        scatter_add_(out, 0, max_indices, np.where(is_empty[:, None], rows.dtype.type(0), rows))
    else:
        scale = _scale(indices, ends, mode, weights, padding, table.dtype)
        if scale_grad_by_freq:
            scale = scale / np.bincount(indices, minlength=1)[indices].astype(scale.dtype)
        _SPREAD_BAGS.for_size(work)(rows, indices, ends, scale, padding, out)
    with np.errstate(over="ignore"):
        of_weight = out.astype(weight.dtype, copy=False)
        if weights is None:
            return of_weight, None
        products = np.zeros(indices.size, np.float64)
        _WEIGH_BAGS.for_size(work)(rows, table, place, indices, ends, padding, products)
        return of_weight, products.astype(weight.dtype).reshape(weights.shape)


# ---- what they share


def _check_table(name: str, weight: Array) -> None:
    check_elements(name, weight, without="biu")
    if weight.ndim != 2:
        raise ShapeError(f"{name} needs a table of 2 dimensions, got shape {weight.shape}.")


def _padding(name: str, padding_idx: int | None, rows: int) -> int:
    if padding_idx is None:
        return _NO_PADDING
    if not -rows <= padding_idx < rows:
        raise PaddingIndexError(
            f"{name}: padding_idx {padding_idx} is out of range for {rows} rows: "
            f"expected {-rows} to {rows - 1}."
        )
    return padding_idx % rows


def _rows(table: Array, indices: Array) -> Route:
    """Give the route of rows: the last dimension goes along the table's, the others by indices."""
    step, along = (stride // table.itemsize for stride in table.strides)
    return Route(
        table, indices, (*(0 for _ in indices.shape), along), (*steps_of(indices), 0), step
    )


def _single(a: Array) -> Array:
    """Convert float16 to float32, which Numba can compute with."""
    return a.astype(np.float32) if a.dtype == np.float16 else a


def _placed(table: Array) -> tuple[Array, NDArray[np.int64]]:
    """Give the memory of a table, and where it lies there: see `embedding_loops`."""
    if table.flags.c_contiguous:
        return table.reshape(-1), _dense_place(table.shape[1])
    memory, first = flat(table)
    return memory, np.array([first, *steps_of(table)])


@lru_cache(maxsize=256)
def _dense_place(width: int) -> NDArray[np.int64]:
    return np.array([0, width, 1])


def _bags(
    weight: Array,
    indices: Array,
    offsets: Array | None,
    mode: str,
    weights: Array | None,
    padding_idx: int | None,
    include_last_offset: bool,
) -> tuple[Array, NDArray[np.int64], Array | None, int]:
    """Check the arguments; give a list of indices, where each bag ends, the weights, the padding.

    The first end is the first bag's begin.
    """
    _check_table("embedding_bag", weight)
    if mode not in MODES:
        raise ValueError(f"embedding_bag: mode must be one of {', '.join(MODES)}, got {mode!r}.")
    if weights is not None:
        if mode != "sum":
            raise NotImplementedError(
                f"embedding_bag takes per_sample_weights for mode 'sum' only, got mode {mode!r}."
            )
        check_same_dtype("embedding_bag", weight=weight, per_sample_weights=weights)
        if weights.shape != indices.shape:
            raise ShapeError(
                f"embedding_bag: per_sample_weights {weights.shape} need the shape of the indices, "
                f"{indices.shape}."
            )
    padding = _padding("embedding_bag", padding_idx, len(weight))
    checked = checked_indices("embedding_bag", indices, len(weight), 0)
    return checked.reshape(-1), _bag_ends(indices, offsets, include_last_offset), weights, padding


def _bag_ends(
    indices: Array, offsets: Array | None, include_last_offset: bool
) -> NDArray[np.int64]:
    if indices.ndim == 2 and offsets is None:
        bags, length = indices.shape
        return np.arange(bags + 1) * length
    if indices.ndim != 1 or offsets is None or offsets.ndim != 1:
        raise ShapeError(
            "embedding_bag needs indices of 2 dimensions, or of 1 with offsets of 1; got shape "
            f"{indices.shape} and offsets {None if offsets is None else offsets.shape}."
        )
    ends = offsets.astype(np.int64)
    if not include_last_offset:
        ends = np.append(ends, indices.size if ends.size else 0)
    if ends.size == 0:
        raise ShapeError("embedding_bag: include_last_offset needs at least one offset.")
    falls = np.flatnonzero(np.diff(ends) < 0)
    if ends.size > 1 and (ends[0] != 0 or falls.size):
        raise ShapeError(
            "embedding_bag: offsets must start with 0, not fall, and not exceed the "
            f"{indices.size} indices; got {np.array2string(offsets, threshold=8)}."
        )
    if ends[-1] > indices.size:
        raise ShapeError(
            f"embedding_bag: the last offset {int(ends[-1])} exceeds the {indices.size} indices."
        )
    return ends


def _counts(indices: Array, ends: NDArray[np.int64], padding: int) -> NDArray[np.int64]:
    """Count the samples of each bag."""
    if padding == _NO_PADDING:
        return np.diff(ends)
    before = np.zeros(indices.size + 1, np.int64)
    np.cumsum(indices != padding, out=before[1:])
    return before[ends[1:]] - before[ends[:-1]]


def _scale(
    indices: Array,
    ends: NDArray[np.int64],
    mode: str,
    weights: Array | None,
    padding: int,
    dtype: np.dtype[Any],
) -> Array:
    """Give what each sample's row is multiplied by."""
    if weights is not None:
        return weights.reshape(-1).astype(dtype, copy=False)
    scale = np.ones(indices.size, dtype)
    if mode == "mean":
        shares = 1 / np.maximum(_counts(indices, ends, padding), 1)
        scale[: ends[-1]] = np.repeat(shares, np.diff(ends))
    return scale
