"""`MultiheadAttention`."""

from __future__ import annotations

from typing import Any

from ....errors import ShapeError
from ..._tensor import Tensor
from ...functions.creation.filled import empty
from ...functions.sequences.multi_head_attention import multi_head_attention_forward
from .. import init
from ..parameter import Parameter
from .linear import NonDynamicallyQuantizableLinear
from .module import Module


class HeadsError(ShapeError, AssertionError):
    """A number of heads that does not divide the features."""


class MultiheadAttention(Module):
    """Attention of several heads: each sees a part of the projected features.

    Args:
        embed_dim: E, the features of the query and of the result.
        num_heads: divides E.
        dropout: the probability with which a weight is set to 0 in training.
        bias: whether projections have biases.
        add_bias_kv: add a learned key and value.
        add_zero_attn: add a key and a value of zeros.
        kdim: the features of the key, E by default.
        vdim: those of the value, E by default.
        batch_first: sequences are (N, L, E) and not (L, N, E).
        device: where parameters are.
        dtype: of parameters.

    Raises:
        ValueError: a size is not positive.
        AssertionError: num_heads does not divide E.
    """

    in_proj_weight: Tensor | None
    in_proj_bias: Tensor | None
    bias_k: Tensor | None
    bias_v: Tensor | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and "
                f"num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise HeadsError(
                f"embed_dim must be divisible by num_heads, got {embed_dim} and {num_heads}"
            )
        how = {"device": device, "dtype": dtype}
        widths = {"q": embed_dim, "k": self.kdim, "v": self.vdim}
        for name, width in widths.items():
            weight = None
            if not self._qkv_same_embed_dim:
                weight = Parameter(empty(embed_dim, width, **how))
            self.register_parameter(f"{name}_proj_weight", weight)
        is_one = self._qkv_same_embed_dim
        shapes = {
            "in_proj_weight": (3 * embed_dim, embed_dim) if is_one else None,
            "in_proj_bias": (3 * embed_dim,) if bias else None,
        }
        for name, shape in shapes.items():
            made = None if shape is None else Parameter(empty(*shape, **how))
            self.register_parameter(name, made)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, **how)
        for name in ("bias_k", "bias_v"):
            made = Parameter(empty(1, 1, embed_dim, **how)) if add_bias_kv else None
            self.register_parameter(name, made)
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        """Draw the weights; biases are 0."""
        names = ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight")
        for weight in [getattr(self, name) for name in names]:
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.constant_(self.in_proj_bias, 0.0)
            init.constant_(self.out_proj.bias, 0.0)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Compute attention.

        Args:
            query: (L, N, E), with batch_first (N, L, E), or (L, E) for one sequence.
            key: (S, N, kdim), and so on.
            value: (S, N, vdim), and so on.
            key_padding_mask: (N, S), True for keys that nobody sees, or numbers to add to scores.
            need_weights: give the weights too; without, attention is computed faster.
            attn_mask: (L, S) or (N * num_heads, L, S), True where a key is not seen, or numbers.
            average_attn_weights: give the mean of the heads' weights.
            is_causal: says that attn_mask hides the keys behind each query's own place.

        Returns:
            As query; and the weights (N, L, S), without averaging (N, num_heads, L, S), or None.

        Raises:
            AssertionError: the shapes do not fit, or a mask holds neither bools nor floats.
            RuntimeError: attn_mask has another shape, or is missing beside is_causal.
        """
        turned = self.batch_first and query.dim() == 3 and key.dim() == 3 and value.dim() == 3
        if turned:
            # What is one tensor stays one: it is projected at once.
            given = query, key, value
            query = query.transpose(0, 1)
            key = query if key is given[0] else key.transpose(0, 1)
            value = key if value is given[1] else value.transpose(0, 1)
        result, weights = multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=key_padding_mask,
            need_weights=need_weights,
            attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return result.transpose(0, 1) if turned else result, weights
