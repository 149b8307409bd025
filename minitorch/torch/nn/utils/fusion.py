"""Batch normalization that is over joined with the layer before it: `torch.nn.utils.fusion`."""

from __future__ import annotations

import copy
from typing import Any, TypeVar

from ..._tensor import Tensor
from ...functions.creation.filled import ones_like, zeros_like
from ..modules.module import Module
from ..parameter import Parameter

Layer = TypeVar("Layer", bound=Module)


def fuse_conv_bn_eval(conv: Layer, bn: Any, transpose: bool = False) -> Layer:
    """Give a convolution that does what a convolution and a batch normalization after it do.

    Args:
        conv: the convolution, after `eval()`.
        bn: the batch normalization, after `eval()`, with running statistics.
        transpose: conv is a transposed convolution.

    Raises:
        RuntimeError: one of them is training, or there are no running statistics.
    """
    fused = _fused_copy("fuse_conv_bn_eval", conv, bn)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias,
        transpose,
    )  # fmt: skip
    return fused


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """Give the weight and bias of a convolution that is joined with a batch normalization.

    Args:
        conv_w: of the convolution.
        conv_b: likewise; None for 0.
        bn_rm: the running mean.
        bn_rv: the running variance.
        bn_eps: is added to it.
        bn_w: the weight of the normalization; None for 1.
        bn_b: its bias; None for 0.
        transpose: the convolution is a transposed one.
    """
    shape = [1] * len(conv_w._shape)
    shape[1 if transpose else 0] = -1
    return _joined(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, shape)


def fuse_linear_bn_eval(linear: Layer, bn: Any) -> Layer:
    """Give a linear layer that does what a linear layer and a batch normalization after it do.

    Args:
        linear: the layer, after `eval()`.
        bn: the batch normalization, after `eval()`, with running statistics.

    Raises:
        RuntimeError: one of them is training, there are no running statistics, or the sizes do not
            fit.
    """
    fused: Any = _fused_copy("fuse_linear_bn_eval", linear, bn)
    if fused.out_features != bn.num_features and bn.num_features != 1:
        raise RuntimeError(
            f"To fuse, linear.out_features == bn.num_features or bn.num_features == 1; got "
            f"{fused.out_features} and {bn.num_features}."
        )
    fused.weight, fused.bias = fuse_linear_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:
    """Give the weight and bias of a linear layer that is joined with a batch normalization.

    The arguments are those of `fuse_conv_bn_weights`.
    """
    return _joined(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, [-1, 1])


def _fused_copy(name: str, layer: Layer, bn: Any) -> Any:
    if layer.training or bn.training:
        raise RuntimeError(f"{name}: Fusion only for eval! Call eval() on both modules first.")
    if bn.running_mean is None or bn.running_var is None:
        raise RuntimeError(f"{name}: the batch normalization has no running statistics.")
    return copy.deepcopy(layer)


def _joined(
    weight: Tensor,
    bias: Tensor | None,
    mean: Tensor,
    variance: Tensor,
    eps: float,
    bn_weight: Tensor | None,
    bn_bias: Tensor | None,
    shape: list[int],
) -> tuple[Parameter, Parameter]:
    bias = zeros_like(mean) if bias is None else bias
    bn_weight = ones_like(mean) if bn_weight is None else bn_weight
    bn_bias = zeros_like(mean) if bn_bias is None else bn_bias
    scale = bn_weight * (variance + eps).rsqrt()
    fused_weight = (weight * scale.reshape(shape)).to(weight.dtype)
    fused_bias = ((bias - mean) * scale + bn_bias).to(bias.dtype)
    return (
        Parameter(fused_weight.detach(), weight.requires_grad),
        Parameter(fused_bias.detach(), bias.requires_grad),
    )
