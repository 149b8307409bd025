"""Attention of several heads, with its projections: `F.multi_head_attention_forward`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...._warn import warn
from ....errors import DTypeError, ShapeError
from ... import _dtype
from ..._wrap import wrap
from .._overrides import public
from ..arranging.joining import cat
from ..indexing.masking import masked_fill
from ..pointwise.softmax import softmax
from ..products.linear import linear
from ..products.matmul import matmul
from ..random.dropout import dropout
from ..views.splitting import chunk, unbind
from ..views.views import expand, permute, reshape, unsqueeze
from .attention import How, attend

if TYPE_CHECKING:
    from ..._tensor import Tensor


class AttentionShapeError(ShapeError, AssertionError):
    """Operands or masks of attention whose shapes do not fit each other."""


class MaskDTypeError(DTypeError, AssertionError):
    """A mask of attention that holds neither bools nor floats."""


@public
def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Compute attention of several heads.

    Args:
        query: (L, N, E), or (L, E) for one sequence.
        key: (S, N, E_k).
        value: (S, N, E_v).
        embed_dim_to_check: E.
        num_heads: divides E.
        in_proj_weight: (3 E, E), the weights of the projections of query, key and value.
        in_proj_bias: (3 E), or none.
        bias_k: (1, 1, E), one more projected key, or none.
        bias_v: (1, 1, E), its value.
        add_zero_attn: add a key and a value of zeros.
        dropout_p: the probability with which a weight is set to 0.
        out_proj_weight: (E, E), the weight of the projection of the result.
        out_proj_bias: (E), or none.
        training: False for no dropout.
        key_padding_mask: (N, S), True for keys that nobody sees, or numbers to add to scores.
        need_weights: give the weights too.
        attn_mask: (L, S) or (N * num_heads, L, S), True where a key is not seen, or numbers.
        use_separate_proj_weight: use the next three in place of in_proj_weight.
        q_proj_weight: (E, E).
        k_proj_weight: (E, E_k).
        v_proj_weight: (E, E_v).
        static_k: (N * num_heads, S, E / num_heads), in place of the projected key.
        static_v: the same for the value.
        average_attn_weights: give the mean of the heads' weights.
        is_causal: says that attn_mask hides the keys behind each query's own place; where there is
            nothing else to hide, and no weights are needed, the mask itself is not read.

    Returns:
        (L, N, E); and (N, L, S), or without averaging (N, num_heads, L, S), or None.

    Raises:
        AssertionError: the shapes do not fit, or a mask holds neither bools nor floats.
        RuntimeError: attn_mask has another shape, or is missing beside is_causal.
    """
    is_batched = _check_ranks(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not is_batched:
        query, key, value = _with_batch(query, key, value)
        if key_padding_mask is not None:
            key_padding_mask = unsqueeze(key_padding_mask, 0)
    padding, mask, is_causal = _read_masks(
        query, key_padding_mask, attn_mask, is_causal, need_weights
    )
    length, batch, width = query._shape
    _check_sizes(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    if mask is not None:
        mask = _checked_mask(mask, length, key._shape[0], batch * num_heads)

    weights: tuple[Any, ...] = (in_proj_weight,)
    if use_separate_proj_weight:
        weights = q_proj_weight, k_proj_weight, v_proj_weight
        _check_weights((query, key, value), weights)
    q, k, v = _projected(query, key, value, weights, in_proj_bias, num_heads)
    added = 0
    if bias_k is not None and bias_v is not None:
        one = (1, *k._shape[1:])
        k = cat((k, expand(_heads(bias_k, num_heads), one)))
        v = cat((v, expand(_heads(bias_v, num_heads), one)))
        added = 1
    k, v = _static(static_k, k, batch, "static_k"), _static(static_v, v, batch, "static_v")
    if add_zero_attn:
        zero = wrap(np.zeros((1, *k._shape[1:]), k._array.dtype))
        k, v = cat((k, zero)), cat((v, zero))
        added += 1
    mask = _merged(mask, padding, batch, num_heads, k._shape[0], added)
    if not training:
        dropout_p = 0.0

    if need_weights:
        result, seen = _with_weights(q, k, v, mask, dropout_p)
    else:
        how = How(is_causal=is_causal and mask is None, by_step=True)
        result, seen = attend(q, k, v, mask, dropout_p, how), None
    result = linear(reshape(result, (length, batch, width)), out_proj_weight, out_proj_bias)
    if seen is not None and average_attn_weights:
        seen = seen.mean(1)
    if is_batched:
        return result, seen
    return result.squeeze(1), None if seen is None else seen.squeeze(0)


def _read_masks(
    query: Tensor,
    key_padding_mask: Tensor | None,
    attn_mask: Tensor | None,
    is_causal: bool,
    need_weights: bool,
) -> tuple[Tensor | None, Tensor | None, bool]:
    """Give both masks as numbers that are added to scores, and whether is_causal alone is read."""
    dtype = query._key.dtype
    padding = mask_of_numbers(key_padding_mask, "key_padding_mask", dtype, attn_mask, "attn_mask")
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. "
            "Transformer.generate_square_subsequent_mask() makes one."
        )
    if is_causal and padding is None and not need_weights:
        return padding, None, True
    mask = mask_of_numbers(attn_mask, "attn_mask", dtype)
    return padding, mask, is_causal and padding is None


def _with_weights(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, dropout_p: float
) -> tuple[Tensor, Tensor]:
    """Compute attention, of operands (L, N, heads, E), and its weights (N, heads, L, S)."""
    by_head = (1, 2, 0, 3)
    scores = matmul(permute(q, by_head) * math.sqrt(1 / q._shape[-1]), permute(k, (1, 2, 3, 0)))
    if mask is not None:
        scores = scores + mask
    weights = softmax(scores, -1)
    if dropout_p > 0:
        weights = dropout(weights, dropout_p)
    return permute(matmul(weights, permute(v, by_head)), (2, 0, 1, 3)), weights


# ---- projections and heads


def _with_batch(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Add the dimension of the batch; what was one tensor stays one."""
    own = unsqueeze(query, 1)
    keys = own if key is query else unsqueeze(key, 1)
    return own, keys, keys if value is key else unsqueeze(value, 1)


def _projected(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    weights: tuple[Any, ...],
    bias: Tensor | None,
    num_heads: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """Project query, key and value, each to (L, N, heads, E / heads); what is one tensor at once.

    Args:
        query, key, value: the operands.
        weights: that of each, or all below each other.
        bias: all behind each other, or None.
        num_heads: how many heads there are.
    """
    if len(weights) == 3:
        biases = (None, None, None) if bias is None else chunk(bias, 3)
        operands = zip((query, key, value), weights, biases, strict=True)
        q, k, v = (_heads(linear(*each), num_heads) for each in operands)
        return q, k, v
    if key is value:
        width = key._shape[2]
        if query is key:
            q, k, v = _apart(linear(query, weights[0], bias), 3, num_heads)
            return q, k, v
        own, of_keys = weights[0].split((width, 2 * width))
        own_bias, bias_of_keys = (None, None) if bias is None else bias.split((width, 2 * width))
        k, v = _apart(linear(key, of_keys, bias_of_keys), 2, num_heads)
        return _heads(linear(query, own, own_bias), num_heads), k, v
    return _projected(query, key, value, chunk(weights[0], 3), bias, num_heads)


def _apart(whole: Tensor, parts: int, num_heads: int) -> Sequence[Tensor]:
    """Take several projections, which lie beside each other, apart."""
    length, batch, width = whole._shape
    return unbind(reshape(whole, (length, batch, parts, num_heads, width // parts // num_heads)), 2)


def _heads(tensor: Tensor, num_heads: int) -> Tensor:
    """Divide features among heads: (L, N, E) becomes (L, N, heads, E / heads)."""
    length, batch, width = tensor._shape
    return reshape(tensor, (length, batch, num_heads, width // num_heads))


def _static(given: Tensor | None, own: Tensor, batch: int, name: str) -> Tensor:
    """Put a key or value that the caller gives, (N * heads, S, E), in the place of the own one."""
    if given is None:
        return own
    heads, width = own._shape[2:]
    if len(given._shape) != 3 or given._shape[::2] != (batch * heads, width):
        raise AttentionShapeError(
            f"expecting {name} of shape ({batch * heads}, S, {width}), but got {list(given._shape)}"
        )
    return permute(reshape(given, (batch, heads, given._shape[1], width)), (2, 0, 1, 3))


# ---- masks


def mask_of_numbers(
    mask: Tensor | None,
    name: str,
    dtype: _dtype.dtype,
    other: Tensor | None = None,
    other_name: str = "",
) -> Tensor | None:
    """Give a mask as numbers to add to the scores.

    Args:
        mask: True where a key is not seen, or numbers; or None.
        name: of the mask.
        dtype: that the numbers shall have.
        other: another mask, whose dtype should be the same.
        other_name: of that one.

    Raises:
        AssertionError: it holds neither bools nor floats.
    """
    if mask is None:
        return None
    own = mask._key.dtype
    if own is not _dtype.boolean and not mask._key.is_float:
        raise MaskDTypeError(f"only bool and floating types of {name} are supported, got {own}")
    if other is not None and other._key.dtype is not own:
        warn(
            f"Support for mismatched {name} ({own}) and {other_name} ({other._key.dtype}) is "
            "deprecated. Use the same dtype for both.",
            UserWarning,
        )
    if own is not _dtype.boolean:
        return mask
    return masked_fill(wrap(np.zeros(mask._shape, dtype.numpy)), mask, -math.inf)


def _checked_mask(mask: Tensor, length: int, keys: int, heads: int) -> Tensor:
    """Check the shape of a mask, and give it with a dimension of heads."""
    rank = len(mask._shape)
    wanted = (length, keys) if rank == 2 else (heads, length, keys)
    if rank not in (2, 3):
        raise ShapeError(f"attn_mask's dimension {rank} is not supported")
    if mask._shape != wanted:
        raise ShapeError(
            f"The shape of the {rank}D attn_mask is {list(mask._shape)}, but should be {wanted}."
        )
    return unsqueeze(mask, 0) if rank == 2 else mask


def _merged(
    mask: Tensor | None, padding: Tensor | None, batch: int, heads: int, keys: int, added: int
) -> Tensor | None:
    """Add up both masks, as (N or 1, heads or 1, L or 1, S).

    Args:
        mask: (N * heads or 1, L, S), or None.
        padding: (N, S), or None.
        batch: N.
        heads: how many there are.
        keys: S, with those that were added.
        added: how many keys at the end were added: all see them.
    """
    if padding is not None:
        padding = _all_seeing(padding, added)
        if padding._shape != (batch, keys):
            raise AttentionShapeError(
                f"Expected key_padding_mask of shape ({batch}, {keys - added}), but got "
                f"({padding._shape[0]}, {padding._shape[1] - added})"
            )
        padding = reshape(padding, (batch, 1, 1, keys))
    if mask is None:
        return padding
    mask = _all_seeing(mask, added)
    shared = mask._shape[0] == 1
    mask = unsqueeze(mask, 0) if shared else reshape(mask, (batch, heads, *mask._shape[1:]))
    return mask if padding is None else mask + padding


def _all_seeing(mask: Tensor, added: int) -> Tensor:
    """Widen a mask by keys that all see."""
    if not added:
        return mask
    return cat((mask, wrap(np.zeros((*mask._shape[:-1], added), mask._array.dtype))), -1)


# ---- checks


def _check_ranks(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: Tensor | None,
    attn_mask: Tensor | None,
    num_heads: int,
) -> bool:
    """Check the numbers of dimensions, and tell whether there is one of the batch."""
    rank = query.dim()
    if rank not in (2, 3):
        raise AttentionShapeError(
            f"query should be unbatched 2D or batched 3D tensor but received {rank}-D query tensor"
        )
    kind = "batched (3-D)" if rank == 3 else "unbatched (2-D)"
    if key.dim() != rank or value.dim() != rank:
        raise AttentionShapeError(
            f"For {kind} `query`, expected `key` and `value` to be {rank}-D but found "
            f"{key.dim()}-D and {value.dim()}-D tensors"
        )
    if key_padding_mask is not None and key_padding_mask.dim() != rank - 1:
        raise AttentionShapeError(
            f"For {kind} `query`, expected `key_padding_mask` to be `None` or {rank - 1}-D but "
            f"found {key_padding_mask.dim()}-D tensor"
        )
    if attn_mask is None:
        return rank == 3
    if attn_mask.dim() not in (2, 3):
        raise AttentionShapeError(
            f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found "
            f"{attn_mask.dim()}-D tensor"
        )
    if rank == 2 and attn_mask.dim() == 3:
        wanted = (num_heads, query._shape[0], key._shape[0])
        if attn_mask._shape != wanted:
            raise AttentionShapeError(
                f"Expected `attn_mask` shape to be {wanted} but got {list(attn_mask._shape)}"
            )
    return rank == 3


def _check_weights(operands: tuple[Tensor, ...], weights: tuple[Any, ...]) -> None:
    width = operands[0]._shape[2]
    for name, operand, weight in zip(("query", "key", "value"), operands, weights, strict=True):
        wanted = (width, operand._shape[2])
        if weight is not None and weight._shape != wanted:
            raise AttentionShapeError(
                f"expecting {name} weights shape of {wanted}, but got {tuple(weight._shape)}"
            )


def _check_sizes(
    query: Tensor, key: Tensor, value: Tensor, width: int, num_heads: int, is_separate: bool
) -> None:
    if query._shape[2] != width:
        raise AttentionShapeError(
            f"was expecting embedding dimension of {width}, but got {query._shape[2]}"
        )
    if width % num_heads:
        raise AttentionShapeError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if is_separate and key._shape[:2] != value._shape[:2]:
        raise AttentionShapeError(
            f"key's sequence and batch dims {list(key._shape[:2])} do not match value's "
            f"{list(value._shape[:2])}"
        )
    if not is_separate and key._shape != value._shape:
        raise AttentionShapeError(
            f"key shape {list(key._shape)} does not match value shape {list(value._shape)}"
        )
