"""Convolutional layers for as many channels as the first input has."""

from __future__ import annotations

from typing import Any

from ....errors import ShapeError
from ..._dtype import dtype as DType  # noqa: N812  (the argument has PyTorch's name)
from ..._tensor import Tensor
from ...functions.convolutions._windows_of import Sizes
from ..parameter import UninitializedParameter
from .conv import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    _Conv,
    _ConvNd,
    _ConvTransposeNd,
    _Place,
)
from .lazy import LazyModuleMixin


class _LazyConvNd(LazyModuleMixin, _ConvNd):
    _rank: int

    def _forget_sizes(
        self, out_channels: int, bias: bool, device: _Place, dtype: DType | None
    ) -> None:
        """Replace the parameters by ones whose sizes are not known."""
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_channels = out_channels
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw new parameters, once there are any."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """Make the parameters for an input; loaded ones stay as they are.

        Args:
            input: of a call.
            *args: what else the module was called with.
            **kwargs: likewise.

        Raises:
            RuntimeError: the input has another number of dimensions.
            ValueError: groups do not divide the channels.
        """
        is_new = self.has_uninitialized_params()
        if not is_new and self.in_channels != 0:
            return
        channels = self._channels_of(input)
        if channels % self.groups:
            raise ValueError(
                f"in_channels must be divisible by groups, got {channels} and {self.groups}"
            )
        self.in_channels = channels
        sizes = channels, self.out_channels // self.groups
        if not self.transposed:
            sizes = self.out_channels, channels // self.groups
        if isinstance(self.weight, UninitializedParameter):
            self.weight.materialize((*sizes, *self.kernel_size))
        if isinstance(self.bias, UninitializedParameter):
            self.bias.materialize((self.out_channels,))
        if is_new:
            self.reset_parameters()

    def _channels_of(self, input: Tensor) -> int:
        shape, rank = input._shape, self._rank
        if len(shape) not in (rank + 1, rank + 2):
            raise ShapeError(
                f"Expected {rank + 1}D (unbatched) or {rank + 2}D (batched) input to "
                f"{type(self).__name__}, but got input of size: {list(shape)}"
            )
        return shape[len(shape) - rank - 1]


class _LazyConv(_LazyConvNd, _Conv):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: str | Sizes = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: _Place = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(
            0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, device, dtype
        )
        self._forget_sizes(out_channels, bias, device, dtype)


class _LazyConvTranspose(_LazyConvNd, _ConvTransposeNd):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        device: _Place = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation,
            padding_mode, device, dtype,
        )  # fmt: skip
        self._forget_sizes(out_channels, bias, device, dtype)


class LazyConv1d(_LazyConv, Conv1d):
    """A `Conv1d` for as many channels as the first input has.

    The other arguments are those of `Conv1d`.
    """

    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """A `Conv2d` for as many channels as the first input has.

    The other arguments are those of `Conv2d`.
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """A `Conv3d` for as many channels as the first input has.

    The other arguments are those of `Conv3d`.
    """

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """A `ConvTranspose1d` for as many channels as the first input has.

    The other arguments are those of `ConvTranspose1d`.
    """

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """A `ConvTranspose2d` for as many channels as the first input has.

    The other arguments are those of `ConvTranspose2d`.
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """A `ConvTranspose3d` for as many channels as the first input has.

    The other arguments are those of `ConvTranspose3d`.
    """

    cls_to_become = ConvTranspose3d
