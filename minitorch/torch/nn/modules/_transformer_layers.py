"""The layers of transformers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._tensor import Tensor
from ...functions.sequences.multi_head_attention import mask_of_numbers
from .. import functional as F  # noqa: N812
from ._attention import MultiheadAttention
from .activation import GELU, ReLU
from .dropout import Dropout
from .linear import Linear
from .module import Module
from .normalization import LayerNorm

_Activation = Callable[[Tensor], Tensor]


class TransformerEncoderLayer(Module):
    """Attention of a sequence to itself, then two linear layers, each beside a short cut.

    Args:
        d_model: E, the features.
        nhead: the heads of attention.
        dim_feedforward: the features between the two linear layers.
        dropout: the probability with which an element is set to 0 in training.
        activation: between the linear layers: "relu", "gelu" or a function.
        layer_norm_eps: added to variances.
        batch_first: sequences are (N, S, E) and not (S, N, E).
        norm_first: normalise before attention and linear layers, not after.
        bias: whether linear layers and norms have biases.
        device: where parameters are.
        dtype: of parameters.

    Raises:
        RuntimeError: there is no such activation.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | _Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        how = {"bias": bias, "device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout=dropout, batch_first=batch_first, **how
        )
        self.linear1 = Linear(d_model, dim_feedforward, **how)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **how)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, **how)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, **how)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = activation_of(activation)
        self.activation_relu_or_gelu = _number_of(self.activation)

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """Run the layer.

        Args:
            src: (S, N, E), with batch_first (N, S, E), or (S, E) for one sequence.
            src_mask: (S, S) or (N * nhead, S, S), True for what is not seen, or numbers to add.
            src_key_padding_mask: (N, S), True for what nobody sees, or numbers to add.
            is_causal: says that src_mask hides what comes behind.
        """
        padding = mask_of_numbers(
            src_key_padding_mask, "src_key_padding_mask", src._key.dtype, src_mask, "src_mask"
        )
        mask = mask_of_numbers(src_mask, "src_mask", src._key.dtype)
        if self.norm_first:
            x = src + self._sa_block(self.norm1(src), mask, padding, is_causal)
            return x + self._ff_block(self.norm2(x))
        x = self.norm1(src + self._sa_block(src, mask, padding, is_causal))
        result: Tensor = self.norm2(x + self._ff_block(x))
        return result

    def _sa_block(
        self, x: Tensor, attn_mask: Tensor | None, key_padding_mask: Tensor | None, is_causal: bool
    ) -> Tensor:
        return attended(self.self_attn, self.dropout1, x, x, attn_mask, key_padding_mask, is_causal)

    def _ff_block(self, x: Tensor) -> Tensor:
        x = self.linear2(self.dropout(self.activation(self.linear1(x))))
        result: Tensor = self.dropout2(x)
        return result


class TransformerDecoderLayer(Module):
    """Attention of a sequence to itself and to an encoder's result, then two linear layers.

    The arguments are those of `TransformerEncoderLayer`.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | _Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        how = {"bias": bias, "device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout=dropout, batch_first=batch_first, **how
        )
        self.multihead_attn = MultiheadAttention(
            d_model, nhead, dropout=dropout, batch_first=batch_first, **how
        )
        self.linear1 = Linear(d_model, dim_feedforward, **how)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **how)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, **how)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, **how)
        self.norm3 = LayerNorm(d_model, eps=layer_norm_eps, **how)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = activation_of(activation)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Run the layer.

        Args:
            tgt: (T, N, E), with batch_first (N, T, E), or (T, E) for one sequence.
            memory: what the encoder gave, (S, N, E), and so on.
            tgt_mask: (T, T) or (N * nhead, T, T), True for what is not seen, or numbers to add.
            memory_mask: (T, S), and so on.
            tgt_key_padding_mask: (N, T), True for what nobody sees, or numbers to add.
            memory_key_padding_mask: (N, S).
            tgt_is_causal: says that tgt_mask hides what comes behind.
            memory_is_causal: says that memory_mask does.
        """
        to_itself = tgt_mask, tgt_key_padding_mask, tgt_is_causal
        to_memory = memory, memory_mask, memory_key_padding_mask, memory_is_causal
        if self.norm_first:
            x = tgt + self._sa_block(self.norm1(tgt), *to_itself)
            x = x + self._mha_block(self.norm2(x), *to_memory)
            return x + self._ff_block(self.norm3(x))
        x = self.norm1(tgt + self._sa_block(tgt, *to_itself))
        x = self.norm2(x + self._mha_block(x, *to_memory))
        result: Tensor = self.norm3(x + self._ff_block(x))
        return result

    def _sa_block(
        self,
        x: Tensor,
        attn_mask: Tensor | None,
        key_padding_mask: Tensor | None,
        is_causal: bool = False,
    ) -> Tensor:
        return attended(self.self_attn, self.dropout1, x, x, attn_mask, key_padding_mask, is_causal)

    def _mha_block(
        self,
        x: Tensor,
        mem: Tensor,
        attn_mask: Tensor | None,
        key_padding_mask: Tensor | None,
        is_causal: bool = False,
    ) -> Tensor:
        return attended(
            self.multihead_attn, self.dropout2, x, mem, attn_mask, key_padding_mask, is_causal
        )

    def _ff_block(self, x: Tensor) -> Tensor:
        x = self.linear2(self.dropout(self.activation(self.linear1(x))))
        result: Tensor = self.dropout3(x)
        return result


def attended(
    attention: Module,
    dropout: Module,
    x: Tensor,
    other: Tensor,
    mask: Tensor | None,
    padding: Tensor | None,
    is_causal: bool,
) -> Tensor:
    """Let a sequence attend to another one, or to itself, with dropout of the result."""
    found, _ = attention(
        x,
        other,
        other,
        attn_mask=mask,
        key_padding_mask=padding,
        is_causal=is_causal,
        need_weights=False,
    )
    result: Tensor = dropout(found)
    return result


def activation_of(activation: str | _Activation) -> _Activation:
    """Give the function of a name, or the function itself.

    Raises:
        RuntimeError: there is none of this name.
    """
    if not isinstance(activation, str):
        return activation
    functions: dict[str, _Activation] = {"relu": F.relu, "gelu": F.gelu}
    named = functions.get(activation)
    if named is None:
        raise RuntimeError(f"activation should be relu/gelu, not {activation}")
    return named


def _number_of(activation: _Activation) -> int:
    """Tell relu (1) and gelu (2) from other functions (0)."""
    if activation is F.relu or isinstance(activation, ReLU):
        return 1
    return 2 if activation is F.gelu or isinstance(activation, GELU) else 0
