"""Layer, RMS, group and local response normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..._tensor import Tensor
from ...functions.creation.filled import empty
from ...functions.normalization.cross_map import cross_map_lrn
from .. import functional as F  # noqa: N812
from .. import init
from ..parameter import Parameter
from .module import Module


class LocalResponseNorm(Module):
    """Divide by (k + alpha * mean of squares of the channels around)^beta.

    Args:
        size: how many channels the mean is of.
        alpha: the weight of the mean.
        beta: the exponent.
        k: what is added.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        """Normalize (N, C, *)."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """Tell the options."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(LocalResponseNorm):
    """Divide by (k + alpha / size * sum of squares of the channels around)^beta.

    It has PyTorch's numbers and gradients, which are not quite those of `LocalResponseNorm`: the
    first channel counts for all later ones.

    Args:
        size: how many channels the sum is of; of even numbers, one less.
        alpha: the weight of the sum.
        beta: the exponent.
        k: what is added.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__(size, alpha, beta, k)

    def forward(self, input: Tensor) -> Tensor:
        """Normalize (N, C, H, W)."""
        return cross_map_lrn(input, self.size, self.alpha, self.beta, self.k)


class LayerNorm(Module):
    """Bring the last dimensions of each example to mean 0 and variance 1.

    y = (x - mean) / sqrt(variance + eps) * weight + bias.

    Args:
        normalized_shape: the sizes of the last dimensions; a number for one.
        eps: added to the variance.
        elementwise_affine: multiply by a weight and add a bias.
        bias: whether there is a bias.
        device: of the parameters.
        dtype: likewise.

    Example:
        >>> from minitorch import torch
        >>> torch.nn.LayerNorm(2)(torch.tensor([[1.0, 3.0]])).tolist()
        [[-0.9999949932098389, 0.9999949932098389]]
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _sizes(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        for name, is_there in (("weight", True), ("bias", bias)):
            own = None
            if elementwise_affine and is_there:
                own = Parameter(empty(self.normalized_shape, device=device, dtype=dtype))
            self.register_parameter(name, own)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin anew: weights of 1, biases of 0."""
        _reset(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """Normalize (*, *normalized_shape)."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Tell the options."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class GroupNorm(Module):
    """Bring each group of channels of each example to mean 0 and variance 1.

    y = (x - mean) / sqrt(variance + eps) * weight + bias, with numbers for each channel.

    Args:
        num_groups: into how many equal groups the channels are cut.
        num_channels: C.
        eps: added to the variance.
        affine: multiply by a weight and add a bias.
        device: of the parameters.
        dtype: likewise.
        bias: whether there is a bias, with affine.

    Raises:
        ValueError: the channels cannot be cut so.
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(
                f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        for name, is_there in (("weight", affine), ("bias", affine and bias)):
            own = Parameter(empty(num_channels, device=device, dtype=dtype)) if is_there else None
            self.register_parameter(name, own)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin anew: weights of 1, biases of 0."""
        _reset(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """Normalize (N, C, *)."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Tell the options."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """Divide the last dimensions of each example by the root of their mean square.

    y = x / sqrt(mean of x^2 + eps) * weight.

    Args:
        normalized_shape: the sizes of the last dimensions; a number for one.
        eps: added to the mean square; by default the smallest step from 1 on.
        elementwise_affine: multiply by a weight.
        device: of the weight.
        dtype: likewise.
    """

    weight: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _sizes(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        own = None
        if elementwise_affine:
            own = Parameter(empty(self.normalized_shape, device=device, dtype=dtype))
        self.register_parameter("weight", own)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin anew: weights of 1."""
        _reset(self.weight, None)

    def forward(self, x: Tensor) -> Tensor:
        """Normalize (*, *normalized_shape)."""
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """Tell the options."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


def _sizes(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)


def _reset(weight: Parameter | None, bias: Parameter | None) -> None:
    if weight is not None:
        init.ones_(weight)
    if bias is not None:
        init.zeros_(bias)
