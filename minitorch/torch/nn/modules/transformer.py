"""Transformers: `torch.nn.modules.transformer`."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...._warn import warn
from ....errors import ShapeError
from ... import _dtype
from ..._tensor import Tensor
from ..._wrap import wrap
from .. import functional as F  # noqa: N812
from .. import init
from ._transformer_layers import TransformerDecoderLayer as TransformerDecoderLayer
from ._transformer_layers import TransformerEncoderLayer as TransformerEncoderLayer
from .container import ModuleList
from .module import Module
from .normalization import LayerNorm


def generate_square_subsequent_mask(
    sz: int, device: Any = None, dtype: _dtype.dtype | None = None
) -> Tensor:
    """Make the mask that hides what comes behind each place: 0 up to it, minus infinity then."""
    numpy = (dtype or _dtype.get_default_dtype()).numpy
    return wrap(np.triu(np.full((sz, sz), -math.inf, numpy), 1)).to(device or "cpu")


class Transformer(Module):
    """An encoder, and a decoder that looks at what it gives.

    Args:
        d_model: the features of source, target and result.
        nhead: the heads of attention.
        num_encoder_layers: layers of the encoder.
        num_decoder_layers: layers of the decoder.
        dim_feedforward: the features between the two linear layers of each layer.
        dropout: the probability with which an element is set to 0 in training.
        activation: between these linear layers: "relu", "gelu" or a function.
        custom_encoder: a module in the place of the encoder.
        custom_decoder: a module in the place of the decoder.
        layer_norm_eps: added to variances.
        batch_first: sequences are (N, T, E) and not (T, N, E).
        norm_first: normalise before attention and linear layers, not after.
        bias: whether linear layers and norms have biases.
        device: where parameters are.
        dtype: of parameters.
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = F.relu,
        custom_encoder: Any = None,
        custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        how = {"bias": bias, "device": device, "dtype": dtype}
        layer = (
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first,
            norm_first,
        )  # fmt: skip
        if custom_encoder is None:
            encoder_layer = TransformerEncoderLayer(*layer, **how)
            norm = LayerNorm(d_model, eps=layer_norm_eps, **how)
            custom_encoder = TransformerEncoder(encoder_layer, num_encoder_layers, norm)
        self.encoder = custom_encoder
        if custom_decoder is None:
            decoder_layer = TransformerDecoderLayer(*layer, **how)
            norm = LayerNorm(d_model, eps=layer_norm_eps, **how)
            custom_decoder = TransformerDecoder(decoder_layer, num_decoder_layers, norm)
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self) -> None:
        """Draw all matrices from Glorot and Bengio's uniform distribution."""
        for weight in self.parameters():
            if weight.dim() > 1:
                init.xavier_uniform_(weight)

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Encode a source, and decode a target with it.

        Args:
            src: (S, N, E), with batch_first (N, S, E), or (S, E) for one sequence.
            tgt: (T, N, E), and so on.
            src_mask: (S, S) or (N * nhead, S, S), True for what is not seen, or numbers to add.
            tgt_mask: (T, T), and so on.
            memory_mask: (T, S): what of the source the target does not see.
            src_key_padding_mask: (N, S), True for what nobody sees, or numbers to add.
            tgt_key_padding_mask: (N, T).
            memory_key_padding_mask: (N, S).
            src_is_causal: says that src_mask hides what comes behind; by default that is found out.
            tgt_is_causal: the same of tgt_mask.
            memory_is_causal: the same of memory_mask.

        Returns:
            As tgt.

        Raises:
            RuntimeError: batches differ, or the features are not d_model.
        """
        batch = 0 if self.batch_first else 1
        if src.dim() == 3 and src.size(batch) != tgt.size(batch):
            raise ShapeError(
                "the batch number of src and tgt must be equal, got shapes "
                f"{list(src.shape)} and {list(tgt.shape)}"
            )
        if src.size(-1) != self.d_model or tgt.size(-1) != self.d_model:
            raise ShapeError(
                "the feature number of src and tgt must be equal to d_model: "
                f"{self.d_model}, got shapes {list(src.shape)} and {list(tgt.shape)}"
            )
        memory = self.encoder(
            src,
            mask=src_mask,
            src_key_padding_mask=src_key_padding_mask,
            is_causal=src_is_causal,
        )
        result: Tensor = self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )
        return result

    generate_square_subsequent_mask = staticmethod(generate_square_subsequent_mask)


class TransformerEncoder(Module):
    """Several encoder layers, each over what the one before gives.

    Args:
        encoder_layer: the layer, which is copied.
        num_layers: how many copies there are.
        norm: a norm at the end.
        enable_nested_tensor: is taken and changes nothing: there are no nested tensors.
        mask_check: is taken and changes nothing.
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = _copies(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check
        reason = _no_nested_tensor_because(encoder_layer)
        self.use_nested_tensor = enable_nested_tensor and not reason
        if enable_nested_tensor and reason:
            warn(
                "enable_nested_tensor is True, but there will be no nested tensor because "
                f"{reason}. Pass enable_nested_tensor=False to say so.",
                UserWarning,
            )

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """Run all layers.

        Args:
            src: (S, N, E), with batch_first (N, S, E), or (S, E) for one sequence.
            mask: (S, S) or (N * nhead, S, S), True for what is not seen, or numbers to add.
            src_key_padding_mask: (N, S), True for what nobody sees, or numbers to add.
            is_causal: says that mask hides what comes behind; by default that is found out.
        """
        is_causal = _hides_what_follows(mask, is_causal, src, self.layers)
        output = src
        for layer in self.layers:
            output = layer(
                output,
                src_mask=mask,
                is_causal=is_causal,
                src_key_padding_mask=src_key_padding_mask,
            )
        return output if self.norm is None else self.norm(output)


class TransformerDecoder(Module):
    """Several decoder layers, each over what the one before gives.

    Args:
        decoder_layer: the layer, which is copied.
        num_layers: how many copies there are.
        norm: a norm at the end.
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = _copies(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Run all layers.

        Args:
            tgt: (T, N, E), with batch_first (N, T, E), or (T, E) for one sequence.
            memory: what the encoder gave, (S, N, E), and so on.
            tgt_mask: (T, T) or (N * nhead, T, T), True for what is not seen, or numbers to add.
            memory_mask: (T, S), and so on.
            tgt_key_padding_mask: (N, T), True for what nobody sees, or numbers to add.
            memory_key_padding_mask: (N, S).
            tgt_is_causal: says that tgt_mask hides what comes behind; by default that is found out.
            memory_is_causal: says that memory_mask does.
        """
        tgt_is_causal = _hides_what_follows(tgt_mask, tgt_is_causal, tgt, self.layers)
        output = tgt
        for layer in self.layers:
            output = layer(
                output,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=tgt_is_causal,
                memory_is_causal=memory_is_causal,
            )
        return output if self.norm is None else self.norm(output)


def _copies(layer: Module, count: int) -> ModuleList:
    return ModuleList([copy.deepcopy(layer) for _ in range(count)])


def _hides_what_follows(
    mask: Tensor | None, is_causal: bool | None, sequence: Tensor, layers: ModuleList
) -> bool:
    """Tell whether a mask hides exactly what comes behind each place, unless the caller says so."""
    if is_causal is not None or mask is None:
        return bool(is_causal)
    is_batch_first = sequence.dim() == 3 and layers[0].self_attn.batch_first
    length = sequence.size(1 if is_batch_first else 0)
    if mask._shape != (length, length):
        return False
    return np.array_equal(mask._array, np.triu(np.full((length, length), -math.inf), 1))


def _no_nested_tensor_because(layer: Module) -> str:
    """Give the reason for which PyTorch, too, makes no nested tensor; "" if there is none."""
    if not isinstance(layer, TransformerEncoderLayer):
        return "encoder_layer is not a TransformerEncoderLayer"
    attention = layer.self_attn
    reasons = {
        "encoder_layer.norm_first is True": layer.norm_first,
        "encoder_layer.self_attn.batch_first is not True": not attention.batch_first,
        "encoder_layer.self_attn has bias=False": attention.in_proj_bias is None,
        "encoder_layer's activation is neither relu nor gelu": not layer.activation_relu_or_gelu,
        "encoder_layer.norm1.eps is not norm2.eps": layer.norm1.eps != layer.norm2.eps,
        "encoder_layer.self_attn.num_heads is odd": attention.num_heads % 2 == 1,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")
