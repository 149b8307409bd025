"""Batch normalization: `BatchNorm1d`, `BatchNorm2d`, `BatchNorm3d`."""

from __future__ import annotations

from ....errors import ShapeError
from ..._tensor import Tensor
from .. import functional as F  # noqa: N812
from ._channel_norm import _LazyNormBase, _NormBase


class _BatchNorm(_NormBase):
    def forward(self, input: Tensor) -> Tensor:
        """Normalize each channel over the batch, or by the running statistics after `eval()`."""
        self._check_input_dim(input)
        mean, variance = self.running_mean, self.running_var
        training, momentum = self.training, self.momentum
        if training:
            if not self.track_running_stats:
                mean = variance = None
            elif self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)
                if momentum is None:
                    momentum = 1.0 / float(self.num_batches_tracked)
        elif mean is None and variance is None:
            training = True
        if momentum is None:
            momentum = 0.0
        return F.batch_norm(
            input, mean, variance, self.weight, self.bias, training, momentum, self.eps
        )


class BatchNorm1d(_BatchNorm):
    """Bring each channel of (N, C) or (N, C, L) to mean 0 and variance 1 over the batch.

    y = (x - mean) / sqrt(variance + eps) * weight + bias. In training, mean and variance are those
    of the batch, and running statistics move towards them; after `eval()` these are used.

    Args:
        num_features: C, the number of channels.
        eps: added to the variance.
        momentum: the share by which running statistics move; None for the average over all batches.
        affine: multiply by a weight and add a bias for each channel.
        track_running_stats: keep running statistics; without them, the batch's are always used.
        device: of parameters and statistics.
        dtype: likewise.
        bias: whether there is a bias, with affine.

    Example:
        >>> from minitorch import torch
        >>> layer = torch.nn.BatchNorm1d(1)
        >>> layer(torch.tensor([[1.0], [3.0]])).tolist()
        [[-0.9999949932098389], [0.9999949932098389]]
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if len(input._shape) not in (2, 3):
            raise _wrong_rank("BatchNorm1d", "2D or 3D", input)


class BatchNorm2d(_BatchNorm):
    """Bring each channel of (N, C, H, W) to mean 0 and variance 1 over the batch.

    The arguments are those of `BatchNorm1d`.
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if len(input._shape) != 4:
            raise _wrong_rank("BatchNorm2d", "4D", input)


class BatchNorm3d(_BatchNorm):
    """Bring each channel of (N, C, D, H, W) to mean 0 and variance 1 over the batch.

    The arguments are those of `BatchNorm1d`.
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if len(input._shape) != 5:
            raise _wrong_rank("BatchNorm3d", "5D", input)


class LazyBatchNorm1d(_LazyNormBase, BatchNorm1d):
    """A `BatchNorm1d` for as many channels as the first input has.

    The other arguments are those of `BatchNorm1d`.
    """

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNormBase, BatchNorm2d):
    """A `BatchNorm2d` for as many channels as the first input has.

    The other arguments are those of `BatchNorm1d`.
    """

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNormBase, BatchNorm3d):
    """A `BatchNorm3d` for as many channels as the first input has.

    The other arguments are those of `BatchNorm1d`.
    """

    cls_to_become = BatchNorm3d


def _wrong_rank(name: str, expected: str, input: Tensor) -> ShapeError:
    return ShapeError(
        f"expected {expected} input (got {len(input._shape)}D input of shape "
        f"{list(input._shape)}) for {name}"
    )
