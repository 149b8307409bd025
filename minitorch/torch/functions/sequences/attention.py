"""Scaled dot-product attention."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError
from ....kernels.cpu.randomness.dropout import ProbabilityError
from ....kernels.cpu.sequences import attention as kernels
from ... import _dtype
from ..._node import is_recording
from ..._record import Operation, record_many
from ..._wrap import wrap
from .._compositions import gradients_of
from .._overrides import public
from ..arranging.rearranging import repeat_interleave
from ..indexing.masking import masked_fill
from ..pointwise.softmax import softmax
from ..products.matmul import matmul
from ..random.dropout import dropout
from ..views.views import permute, transpose

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


@public
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """Compute softmax(scale * query @ key.T + mask) @ value.

    Args:
        query: (..., L, E).
        key: (..., S, E).
        value: (..., S, Ev).
        attn_mask: broadcasts to (..., L, S): True where a key takes part, or numbers to add to the
            scores. A query that no key takes part for gives 0.
        dropout_p: the probability with which a weight is set to 0, in evaluation too.
        is_causal: query i sees only the keys up to i; not together with a mask.
        scale: 1 / sqrt(E) by default.
        enable_gqa: the heads of query, in dimension -3, share those of key and value, which are
            fewer: so many neighbours share one.

    Returns:
        (..., L, Ev).

    Raises:
        ShapeError: shapes do not fit each other.
        DTypeError: dtypes differ, or the elements are no floats.
    """
    how = How(is_causal, scale, enable_gqa)
    return attend(query, key, value, attn_mask, dropout_p, how)


@dataclass(frozen=True)
class How:
    """How attention is computed.

    Attributes:
        is_causal, scale, enable_gqa: as `scaled_dot_product_attention` takes them.
        by_step: operands are (L, N, heads, E) and not (N, heads, L, E), and so is the result.
    """

    is_causal: bool = False
    scale: float | None = None
    enable_gqa: bool = False
    by_step: bool = False


# From (L, N, heads, E) to (N, heads, L, E), and back.
_TO_HEADS, _TO_STEPS = (1, 2, 0, 3), (2, 0, 1, 3)


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None,
    dropout_p: float,
    how: How,
) -> Tensor:
    """Compute attention; see `scaled_dot_product_attention`."""
    if dropout_p > 0 or (attn_mask is not None and attn_mask._node is not None):
        return attention_with_weights(query, key, value, attn_mask, dropout_p, how)[0]
    mask = None if attn_mask is None else attn_mask._array
    q, k, v = (_by_head(tensor._array, how) for tensor in (query, key, value))
    out, logsumexp = kernels.scaled_dot_product_attention(
        q, k, v, mask, how.is_causal, how.scale, how.enable_gqa
    )
    operands = query, key, value
    result = wrap(out.transpose(_TO_STEPS) if how.by_step else out)
    return record_many(result, _ATTENTION, operands, *operands, attn_mask, result, logsumexp, how)


def _by_head(array: Array, how: How) -> Array:
    return array.transpose(_TO_HEADS) if how.by_step else array


def attention_with_weights(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None,
    dropout_p: float,
    how: How,
) -> tuple[Tensor, Tensor]:
    """Compute attention as a composition, which has all weights in memory.

    Returns:
        The result, and the weights (..., L, S) after dropout.

    Raises:
        ShapeError, DTypeError: as `scaled_dot_product_attention`.
    """
    _check(query, key, value, attn_mask, dropout_p, how)
    if how.by_step:
        query, key, value = (permute(each, _TO_HEADS) for each in (query, key, value))
    if how.enable_gqa:
        heads, of_key, of_value = (each._shape[-3] for each in (query, key, value))
        if 0 in (of_key, of_value) or heads % of_key or heads % of_value:
            raise ShapeError(
                "scaled_dot_product_attention: with enable_gqa the heads of key "
                f"({of_key}) and of value ({of_value}) must divide those of query ({heads})."
            )
        key = repeat_interleave(key, heads // of_key, -3)
        value = repeat_interleave(value, heads // of_value, -3)
    features = query._shape[-1]
    scale = 1 / math.sqrt(features or 1) if how.scale is None else how.scale
    scores = matmul(query * scale, transpose(key, -2, -1))
    if how.is_causal:
        scores = masked_fill(scores, _behind(*scores._shape[-2:]), -math.inf)
    if attn_mask is not None:
        if attn_mask._key.dtype is _dtype.boolean:
            scores = masked_fill(scores, attn_mask.logical_not(), -math.inf)
        else:
            scores = scores + attn_mask
    weights = _safe_softmax(scores)
    if dropout_p > 0:
        weights = dropout(weights, dropout_p)
    result = matmul(weights, value)
    return permute(result, _TO_STEPS) if how.by_step else result, weights


def _check(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None,
    dropout_p: float,
    how: How,
) -> None:
    """Check what the functions that the composition is made of would take, or not explain."""
    name = "scaled_dot_product_attention"
    if dropout_p > 1:
        raise ProbabilityError(
            f"{name}: dropout probability has to be between 0 and 1, but got {dropout_p}"
        )
    operands = query, key, value
    own = query._key.dtype
    if not query._key.is_float or key._key.dtype is not own or value._key.dtype is not own:
        dtypes = ", ".join([repr(each._key.dtype) for each in operands])
        raise DTypeError(f"{name} needs query, key and value of one dtype of floats, got {dtypes}.")
    if min([len(each._shape) for each in operands]) < (3 if how.enable_gqa else 2):
        shapes = ", ".join([str(list(each._shape)) for each in operands])
        raise ShapeError(f"{name}: operands have too few dimensions, got shapes {shapes}.")
    if attn_mask is None:
        return
    if how.is_causal:
        raise ShapeError(
            f"{name} takes either attn_mask or is_causal, got both. Put what is_causal hides into "
            "the mask."
        )
    if attn_mask._key.dtype not in (own, _dtype.boolean, _dtype.float32):
        raise DTypeError(
            f"{name}: attn_mask must be bool, float32 or {own}, got {attn_mask._key.dtype}."
        )


def _behind(queries: int, keys: int) -> Tensor:
    """Tell which keys come behind each query's own place."""
    return wrap(np.triu(np.ones((queries, keys), np.bool_), 1))


def _safe_softmax(scores: Tensor) -> Tensor:
    """Compute a softmax of the last dimension that is 0 where all scores are minus infinity."""
    hidden = wrap(np.all(np.isneginf(scores._array), -1, keepdims=True))
    if not hidden._array.any():
        return softmax(scores, -1)
    return masked_fill(softmax(masked_fill(scores, hidden, 0), -1), hidden, 0)


# ---- gradients


def _attention_back(
    grad: Tensor,
    needed: tuple[bool, ...],
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None,
    result: Tensor,
    logsumexp: Array,
    how: How,
) -> tuple[Tensor | None, ...]:
    if is_recording():

        def again(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor]:
            return (attention_with_weights(query, key, value, attn_mask, 0.0, how)[0],)

        return gradients_of(again, (query, key, value), (grad,), needed)
    arrays = [_by_head(each._array, how) for each in (grad, query, key, value, result)]
    mask = None if attn_mask is None else attn_mask._array
    found = kernels.scaled_dot_product_attention_backward(
        arrays[0], arrays[1], arrays[2], arrays[3], arrays[4], logsumexp, mask,
        how.is_causal, how.scale, how.enable_gqa,
    )  # fmt: skip
    return tuple([wrap(each.transpose(_TO_STEPS) if how.by_step else each) for each in found])


_ATTENTION = Operation("ScaledDotProductFlashAttentionForCpuBackward0", _attention_back)
