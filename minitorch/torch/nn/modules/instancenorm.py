"""Instance normalization: `InstanceNorm1d`, `InstanceNorm2d`, `InstanceNorm3d`."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, ClassVar

from ...._warn import warn
from ....errors import ShapeError
from ..._tensor import Tensor
from .. import functional as F  # noqa: N812
from ._channel_norm import _LazyNormBase, _NormBase


class _InstanceNorm(_NormBase):
    """Normalization of each channel of each example.

    Attributes:
        _rank: of one example without its batch.
    """

    _rank: ClassVar[int]

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )

    def forward(self, input: Tensor) -> Tensor:
        """Normalize, each example by itself or by the running statistics after `eval()`."""
        self._check_input_dim(input)
        rank = len(input._shape)
        is_single = rank == self._rank
        channels = input._shape[rank - self._rank]
        if channels != self.num_features:
            self._tell_of_channels(channels, rank - self._rank)
        result = F.instance_norm(
            input.unsqueeze(0) if is_single else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return result.squeeze(0) if is_single else result

    def _check_input_dim(self, input: Tensor) -> None:
        rank = len(input._shape)
        if rank not in (self._rank, self._rank + 1):
            raise ShapeError(
                f"expected {self._rank}D or {self._rank + 1}D input (got {rank}D input of shape "
                f"{list(input._shape)}) for {type(self).__name__}"
            )

    def _tell_of_channels(self, channels: int, dim: int) -> None:
        if self.affine:
            raise ShapeError(
                f"expected input's size at dim={dim} to match num_features "
                f"({self.num_features}), but got: {channels}."
            )
        warn(
            f"input's size at dim={dim} does not match num_features: {channels} and "
            f"{self.num_features}. Without affine, num_features is not used.",
            UserWarning,
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
        if local_metadata.get("version") is None and not self.track_running_stats:
            # Before there were versions, track_running_stats was True by default.
            names = [prefix + name for name in ("running_mean", "running_var")]
            strays = [name for name in names if name in state_dict]
            if strays:
                error_msgs.append(
                    f"Unexpected running stats buffer(s) {', '.join(strays)} for "
                    f"{type(self).__name__} with track_running_stats=False. Make the module with "
                    "track_running_stats=True, or remove them from the state dict."
                )
                for name in strays:
                    state_dict.pop(name)
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )


class InstanceNorm1d(_InstanceNorm):
    """Bring each channel of each example to mean 0 and variance 1.

    y = (x - mean) / sqrt(variance + eps) * weight + bias. Inputs are (N, C, L) or (C, L).

    Args:
        num_features: C, the number of channels.
        eps: added to the variance.
        momentum: the share by which running statistics move towards the mean of the examples'.
        affine: multiply by a weight and add a bias for each channel.
        track_running_stats: keep running statistics, by which is normalized after `eval()`.
        device: of parameters and statistics.
        dtype: likewise.
        bias: whether there is a bias, with affine.

    Example:
        >>> from minitorch import torch
        >>> torch.nn.InstanceNorm1d(1)(torch.tensor([[[1.0, 3.0]]])).tolist()
        [[[-0.9999949932098389, 0.9999949932098389]]]
    """

    _rank = 2


class InstanceNorm2d(_InstanceNorm):
    """Bring each channel of each of the images (N, C, H, W) or (C, H, W) to mean 0 and variance 1.

    The arguments are those of `InstanceNorm1d`.
    """

    _rank = 3


class InstanceNorm3d(_InstanceNorm):
    """Bring each channel of (N, C, D, H, W) or (C, D, H, W) to mean 0 and variance 1.

    The arguments are those of `InstanceNorm1d`.
    """

    _rank = 4


class _LazyInstanceNorm(_LazyNormBase, _InstanceNorm):
    def _channels_of(self, input: Tensor) -> int:
        return input._shape[len(input._shape) - self._rank]


class LazyInstanceNorm1d(_LazyInstanceNorm, InstanceNorm1d):
    """An `InstanceNorm1d` for as many channels as the first input has.

    The other arguments are those of `InstanceNorm1d`, but affine and track_running_stats are True
    by default.
    """

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyInstanceNorm, InstanceNorm2d):
    """An `InstanceNorm2d` for as many channels as the first input has.

    The other arguments are those of `InstanceNorm1d`, but affine and track_running_stats are True
    by default.
    """

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyInstanceNorm, InstanceNorm3d):
    """An `InstanceNorm3d` for as many channels as the first input has.

    The other arguments are those of `InstanceNorm1d`, but affine and track_running_stats are True
    by default.
    """

    cls_to_become = InstanceNorm3d
