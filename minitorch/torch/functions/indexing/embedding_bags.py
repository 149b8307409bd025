"""Rows of a table, joined in bags: `torch.nn.functional.embedding_bag`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....errors import ShapeError
from ....kernels.cpu.indexing import embedding as kernels
from ... import _dtype
from ..._node import is_recording
from ..._record import Operation, record_many
from ..._wrap import Late, wrap
from .._overrides import public
from ..creation.filled import zeros_like
from .embedding import check_indices, embedding, refuse_sparse, rows_back, shorten_rows
from .index_slices import index_select

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


class _Bags(NamedTuple):
    """How rows are joined: what the kernels take beside the table, indices and weights."""

    offsets: Array | None
    mode: str
    padding_idx: int | None
    include_last_offset: bool


@public
def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Take rows of a table and join them in bags.

    Args:
        input: indices, int64 or int32: (B, N), bags of N rows each, or (M), cut by the offsets.
        weight: (V, D).
        offsets: (B) where each bag of a list of indices begins.
        max_norm: rows that are taken and have a larger norm are scaled to it first, in place.
        norm_type: p of that norm.
        scale_grad_by_freq: divide each row's gradient by the number of places where it is taken.
        mode: "sum", "mean" or "max".
        sparse: must be False: there are no sparse gradients here.
        per_sample_weights: of the indices' shape; rows are multiplied by it. Only for a sum.
        include_last_offset: the last offset says where the last bag ends.
        padding_idx: a row that counts as absent; it may count from the end.

    Returns:
        (B, D), 0 for an empty bag.

    Raises:
        ValueError: the shapes, the mode or the options do not fit each other.
        RuntimeError: the indices are no integers, or one is outside the table.
        NotImplementedError: weights for another mode than a sum, or sparse is set.
    """
    if weight._key.dtype is _dtype.int64 and input._key.is_float:
        warnings.warn(
            "Argument order of nn.functional.embedding_bag was changed: it takes (input, weight, "
            "...) now.",
            stacklevel=3,
        )
        input, weight = weight, input
    _check(input, offsets, mode, scale_grad_by_freq, sparse, per_sample_weights)
    if max_norm is not None:
        shorten_rows(input, weight, max_norm, norm_type)
    cuts = None if offsets is None else offsets._array
    bags = _Bags(cuts, mode, padding_idx, include_last_offset)
    shares = None if per_sample_weights is None else per_sample_weights._array
    array, chosen = kernels.embedding_bag(
        weight._array, input._array, cuts, mode, shares, padding_idx, include_last_offset
    )
    operands = (weight,) if per_sample_weights is None else (weight, per_sample_weights)
    saved = (input, weight, per_sample_weights, bags, scale_grad_by_freq, chosen)
    return record_many(wrap(array), _EMBEDDING_BAG, operands, *saved)


def _check(
    input: Tensor,
    offsets: Tensor | None,
    mode: str,
    is_scaled: bool,
    sparse: bool,
    weights: Tensor | None,
) -> None:
    rank = len(input._shape)
    if weights is not None and weights._shape != input._shape:
        raise ShapeError(
            f"embedding_bag: per_sample_weights of shape {list(weights._shape)} must have the same "
            f"shape as the input, {list(input._shape)}."
        )
    if rank == 2 and offsets is not None:
        raise ShapeError(
            "embedding_bag: if input is 2D, then offsets has to be None, as each row is a bag; got "
            f"input of shape {list(input._shape)} and offsets."
        )
    if rank == 1 and not (isinstance(offsets, Late.Tensor) and len(offsets._shape) == 1):
        found = "None" if offsets is None else f"shape {list(offsets._shape)}"
        raise ShapeError(f"embedding_bag: offsets has to be a 1D Tensor, got {found}.")
    if rank not in (1, 2):
        raise ShapeError(
            f"embedding_bag: input has to be 1D or 2D Tensor, got shape {list(input._shape)}."
        )
    if mode not in kernels.MODES:
        raise ValueError(f"mode has to be one of sum, mean or max, got {mode!r}")
    if mode == "max" and (is_scaled or sparse):
        what = "scaling the gradient by the frequency" if is_scaled else "sparse weights"
        raise ValueError(f"embedding_bag: max mode does not support {what}.")
    if sparse:
        refuse_sparse("embedding_bag")
    check_indices("embedding_bag", input)


def _bag_back(
    grad: Tensor,
    needed: tuple[bool, ...],
    input: Tensor,
    weight: Tensor,
    weights: Tensor | None,
    bags: _Bags,
    is_scaled: bool,
    chosen: Array | None,
) -> tuple[Tensor | None, ...]:
    if is_recording():
        found = _recorded_back(grad, input, weight, weights, bags, is_scaled, chosen)
        return found[: len(needed)]
    offsets, mode, padding_idx, include_last_offset = bags
    own, other = kernels.embedding_bag_backward(
        grad._array, weight._array, input._array, offsets, mode,
        None if weights is None else weights._array, padding_idx, include_last_offset, is_scaled,
        chosen,
    )  # fmt: skip
    return (wrap(own),) if other is None else (wrap(own), wrap(other))


def _recorded_back(
    grad: Tensor,
    input: Tensor,
    weight: Tensor,
    weights: Tensor | None,
    bags: _Bags,
    is_scaled: bool,
    chosen: Array | None,
) -> tuple[Tensor, Tensor | None]:
    """Compute the gradients of the table and the weights with functions that enter the graph."""
    rows = weight._shape[0]
    indices = input.reshape((-1,))
    bag_of, shares, is_empty = _memberships(input._array, bags, rows, grad._array)
    if not grad._shape[0]:
        return zeros_like(weight), None if weights is None else zeros_like(weights)
    if chosen is not None:
        kept = grad * wrap((~is_empty).astype(grad._array.dtype)[:, None])
        return zeros_like(weight).scatter_add(0, wrap(chosen), kept), None
    own = index_select(grad, 0, wrap(bag_of)) * wrap(shares[:, None])
    if weights is None:
        return rows_back(own, indices, rows, bags.padding_idx, is_scaled), None
    of_weights = (own * embedding(indices, weight)).sum(1).reshape(weights._shape)
    weighed = own * weights.reshape((-1, 1))
    return rows_back(weighed, indices, rows, bags.padding_idx, is_scaled), of_weights


def _memberships(
    input: Array, bags: _Bags, rows: int, grad: Array
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Give each index's bag, and its share in it, and tell which bags are empty.

    What counts as absent, or lies in no bag, has a share of 0.
    """
    count, size = len(grad), input.size
    if bags.offsets is None:
        ends = np.arange(count + 1) * (size // max(count, 1))
    else:
        ends = bags.offsets if bags.include_last_offset else np.append(bags.offsets, size)
    bag_of = np.zeros(size, np.int64)
    bag_of[: ends[-1]] = np.repeat(np.arange(count), np.diff(ends))
    counts = np.arange(size) < ends[-1]
    if bags.padding_idx is not None:
        counts &= input.ravel() != bags.padding_idx % rows
    totals = np.bincount(bag_of[counts], minlength=count)
    shares = counts.astype(grad.dtype)
    if bags.mode == "mean" and count:
        shares /= np.maximum(totals, 1)[bag_of].astype(grad.dtype)
    return bag_of, shares, totals == 0


_EMBEDDING_BAG = Operation("EmbeddingBagBackward0", _bag_back)
