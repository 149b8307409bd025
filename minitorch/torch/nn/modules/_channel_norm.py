"""What batch and instance normalization have in common: parameters and running statistics."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from ..._tensor import Tensor
from ...functions.creation.creation import tensor
from ...functions.creation.filled import empty, ones, zeros
from .. import init
from ..parameter import Parameter, UninitializedBuffer, UninitializedParameter, is_lazy
from .lazy import LazyModuleMixin
from .module import Module


class _NormBase(Module):
    """Normalization of channels.

    Args:
        num_features: C, the number of channels.
        eps: added to the variance.
        momentum: the share by which running statistics move towards those of a batch; None for the
            average over all batches.
        affine: multiply by a weight and add a bias for each channel.
        track_running_stats: keep running statistics, by which is normalized after `eval()`.
        device: of parameters and statistics.
        dtype: likewise.
        bias: whether there is a bias, with affine.
    """

    _version = 2

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        for name, is_there in (("weight", affine), ("bias", affine and bias)):
            own = Parameter(empty(num_features, device=device, dtype=dtype)) if is_there else None
            self.register_parameter(name, own)
        mean = variance = count = None
        if track_running_stats:
            mean = zeros(num_features, device=device, dtype=dtype)
            variance = ones(num_features, device=device, dtype=dtype)
            count = tensor(0, device=device)
        self.register_buffer("running_mean", mean)
        self.register_buffer("running_var", variance)
        self.register_buffer("num_batches_tracked", count)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Set the running mean to 0, the running variance to 1, and count batches anew."""
        if self.track_running_stats:
            self.running_mean.zero_()  # type: ignore[union-attr]
            self.running_var.fill_(1)  # type: ignore[union-attr]
            self.num_batches_tracked.zero_()  # type: ignore[union-attr]

    def reset_parameters(self) -> None:
        """Begin anew: weights of 1, biases of 0, no statistics."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _check_input_dim(self, input: Tensor) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not tell which inputs it takes.")

    def extra_repr(self) -> str:
        """Tell the options."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(
        self,
        state_dict: MutableMapping[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        version = local_metadata.get("version")
        key = prefix + "num_batches_tracked"
        if (version is None or version < 2) and self.track_running_stats and key not in state_dict:
            # The first version did not count batches.
            count = self.num_batches_tracked
            state_dict[key] = tensor(0) if count is None else count
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )


class _LazyNormBase(LazyModuleMixin, _NormBase):
    """Normalization of as many channels as the first input has.

    Args:
        eps: added to the variance.
        momentum: as in `_NormBase`, and so are the others.
        affine: multiply by a weight and add a bias for each channel.
        track_running_stats: keep running statistics, by which is normalized after `eval()`.
        device: of parameters and statistics.
        dtype: likewise.
        bias: whether there is a bias, with affine.
    """

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, False, False, device, dtype, bias=False)
        self.affine = affine
        self.track_running_stats = track_running_stats
        if affine:
            self.weight = UninitializedParameter(device=device, dtype=dtype)
            if bias:
                self.bias = UninitializedParameter(device=device, dtype=dtype)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(device=device, dtype=dtype)
            self.running_var = UninitializedBuffer(device=device, dtype=dtype)
            self.num_batches_tracked = tensor(0, device=device)

    def reset_parameters(self) -> None:
        """Begin anew, once there are parameters."""
        if not self.has_uninitialized_params() and self.num_features != 0:
            super().reset_parameters()

    def _channels_of(self, input: Tensor) -> int:
        return input._shape[1]

    def initialize_parameters(self, input: Tensor) -> None:
        """Make the parameters and statistics for an input; loaded ones stay as they are."""
        self._check_input_dim(input)
        is_new = self.has_uninitialized_params()
        if is_new or self.num_features == 0:
            self.num_features = self._channels_of(input)
        if is_new:
            for own in (self.weight, self.bias, self.running_mean, self.running_var):
                if is_lazy(own):
                    own.materialize((self.num_features,))  # type: ignore[union-attr]
            self.reset_parameters()
