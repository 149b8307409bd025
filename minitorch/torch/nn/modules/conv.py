"""Convolutional layers: `torch.nn.modules.conv`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from ..._device import device as Device  # noqa: N812  (the argument has PyTorch's name)
from ..._dtype import dtype as DType  # noqa: N812
from ..._tensor import Tensor
from ...functions.convolutions._windows_of import Sizes
from ...functions.creation.filled import empty
from .. import functional as F  # noqa: N812
from .. import init
from ..parameter import Parameter
from ._sizes import both_sides, repeated
from .module import Module

_Place: TypeAlias = Device | str | None
_PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What all convolutional layers have in common.

    Args:
        in_channels: of inputs.
        out_channels: of results.
        kernel_size, stride, dilation: one number for each spatial dimension.
        padding: the same, or "valid" or "same".
        transposed: whether the layer spreads its input.
        output_padding: what a transposed layer adds at the end of results.
        groups: into which the channels are divided.
        bias: whether there is one.
        padding_mode: what stands around the input.
        device: where the parameters are.
        dtype: of the parameters.

    Raises:
        ValueError: groups do not divide the channels, or there is no such padding.
    """

    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: str | tuple[int, ...]
    dilation: tuple[int, ...]
    transposed: bool
    output_padding: tuple[int, ...]
    groups: int
    padding_mode: str
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, ...],
        stride: tuple[int, ...],
        padding: str | tuple[int, ...],
        dilation: tuple[int, ...],
        transposed: bool,
        output_padding: tuple[int, ...],
        groups: int,
        bias: bool,
        padding_mode: str,
        device: _Place = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        _check(in_channels, out_channels, groups, padding, stride, padding_mode)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.transposed = transposed
        self.output_padding = output_padding
        self.groups = groups
        self.padding_mode = padding_mode
        self._reversed_padding_repeated_twice = both_sides(padding, kernel_size, dilation)
        channels = (in_channels, out_channels) if transposed else (out_channels, in_channels)
        shape = (channels[0], channels[1] // groups, *kernel_size)
        self.weight = Parameter(empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new parameters: equally likely numbers up to 1 / sqrt(elements of a window)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            elements = math.prod(self.weight.shape[1:])
            if elements:
                bound = 1 / math.sqrt(elements)
                init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """Give the arguments that are not the default ones."""
        parts = [
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}"
        ]
        rank = len(self.kernel_size)
        if self.padding != (0,) * len(self.padding):
            parts.append(f"padding={self.padding}")
        if self.dilation != (1,) * rank:
            parts.append(f"dilation={self.dilation}")
        if self.output_padding != (0,) * rank:
            parts.append(f"output_padding={self.output_padding}")
        if self.groups != 1:
            parts.append(f"groups={self.groups}")
        if self.bias is None:
            parts.append("bias=False")
        if self.padding_mode != "zeros":
            parts.append(f"padding_mode={self.padding_mode}")
        return ", ".join(parts)


def _check(
    in_channels: int,
    out_channels: int,
    groups: int,
    padding: str | tuple[int, ...],
    stride: tuple[int, ...],
    padding_mode: str,
) -> None:
    if groups <= 0:
        raise ValueError(f"groups must be a positive integer, got {groups}")
    for what, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ValueError(f"{what} must be divisible by groups, got {channels} and {groups}")
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ValueError(
                f"Invalid padding string {padding!r}, should be one of 'same' and 'valid'"
            )
        if padding == "same" and any(step != 1 for step in stride):
            raise ValueError(
                f"padding='same' is not supported for strided convolutions, got stride={stride}"
            )
    if padding_mode not in _PADDING_MODES:
        raise ValueError(
            f"padding_mode must be one of {_PADDING_MODES}, but got padding_mode={padding_mode!r}"
        )


class _Conv(_ConvNd):
    """What `Conv1d`, `Conv2d` and `Conv3d` have in common.

    Args:
        in_channels: of inputs.
        out_channels: of results.
        kernel_size: of windows.
        stride: the step between windows.
        padding: around the input; "valid" for none, "same" for as much as keeps the size.
        dilation: the step between the elements of a window.
        groups: into which the channels are divided.
        bias: whether there is one.
        padding_mode: "zeros", "reflect", "replicate" or "circular".
        device: where the parameters are.
        dtype: of the parameters.

    Attributes:
        weight: (out_channels, in_channels / groups, *kernel_size).
        bias: (out_channels).
    """

    _rank: int
    _convolve: Callable[..., Tensor]

    def __init__(
        self,
        in_channels: int,
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
        rank = self._rank
        super().__init__(
            in_channels,
            out_channels,
            repeated(kernel_size, rank),
            repeated(stride, rank),
            padding if isinstance(padding, str) else repeated(padding, rank),
            repeated(dilation, rank),
            False,
            (0,) * rank,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Compute the layer with other parameters."""
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = 0
        return self._convolve(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input: Tensor) -> Tensor:
        """Compute the layer."""
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    """Cross-correlate sequences, (N, C, L) or (C, L), with a bank of filters; see `Conv2d`."""

    _rank = 1
    _convolve = staticmethod(F.conv1d)


class Conv2d(_Conv):
    """Cross-correlate images with a bank of filters.

    The arguments are those of `torch.nn.functional.conv2d`, with sizes in place of a weight:
    in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,
    padding_mode="zeros", device=None, dtype=None.

    Shape:
        (N, C_in, H, W) -> (N, C_out, H_out, W_out), or without N.
    """

    _rank = 2
    _convolve = staticmethod(F.conv2d)


class Conv3d(_Conv):
    """Cross-correlate volumes, (N, C, D, H, W) or (C, D, H, W); see `Conv2d`."""

    _rank = 3
    _convolve = staticmethod(F.conv3d)


class _ConvTransposeNd(_ConvNd):
    """What `ConvTranspose1d`, `ConvTranspose2d` and `ConvTranspose3d` have in common.

    Args:
        in_channels: of inputs.
        out_channels: of results.
        kernel_size: of windows.
        stride: the step between the places where neighbours of the input go.
        padding: what is cut off on every side of results.
        output_padding: what is added at the end of results.
        groups: into which the channels are divided.
        bias: whether there is one.
        dilation: the step between the elements of a window.
        padding_mode: "zeros".
        device: where the parameters are.
        dtype: of the parameters.

    Attributes:
        weight: (in_channels, out_channels / groups, *kernel_size).
        bias: (out_channels).

    Raises:
        ValueError: groups do not divide the channels, or padding_mode is another one.
    """

    _rank: int
    _convolve: Callable[..., Tensor]

    def __init__(
        self,
        in_channels: int,
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
        if padding_mode != "zeros":
            raise ValueError(
                f'Only "zeros" padding mode is supported for {type(self).__name__}, got '
                f"{padding_mode!r}"
            )
        rank = self._rank
        super().__init__(
            in_channels,
            out_channels,
            repeated(kernel_size, rank),
            repeated(stride, rank),
            repeated(padding, rank),
            repeated(dilation, rank),
            True,
            repeated(output_padding, rank),
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """Compute the layer.

        Args:
            input: (N, C_in, *sizes), or without N.
            output_size: the sizes of the result, where several are possible.

        Raises:
            ValueError: the result cannot have these sizes.
        """
        more = self.output_padding
        if output_size is not None:
            more = self._missing(input, output_size)
        return self._convolve(
            input, self.weight, self.bias, self.stride, self.padding, more, self.groups,
            self.dilation,
        )  # fmt: skip

    def _missing(self, input: Tensor, output_size: Sequence[int]) -> tuple[int, ...]:
        """Give the output_padding that leads to given sizes."""
        rank = self._rank
        before = len(input.shape) - rank
        sizes = list(output_size)
        if len(sizes) == before + rank:
            sizes = sizes[before:]
        if len(sizes) != rank:
            raise ValueError(
                f"{type(self).__name__}: for {before + rank}D input, output_size must have {rank} "
                f"or {before + rank} elements (got {len(output_size)})"
            )
        paddings: Any = self.padding
        least = [
            (n - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1
            for n, stride, padding, dilation, kernel in zip(
                input.shape[before:],
                self.stride,
                paddings,
                self.dilation,
                self.kernel_size,
                strict=True,
            )
        ]
        most = [n + stride - 1 for n, stride in zip(least, self.stride, strict=True)]
        for size, low, high in zip(sizes, least, most, strict=True):
            if not low <= size <= high:
                raise ValueError(
                    f"requested an output size of {sizes}, but valid sizes range from {least} to "
                    f"{most} (for an input of {list(input.shape[before:])})"
                )
        return tuple([size - low for size, low in zip(sizes, least, strict=True)])


class ConvTranspose1d(_ConvTransposeNd):
    """Spread sequences, (N, C, L) or (C, L), by a bank of filters; see `ConvTranspose2d`."""

    _rank = 1
    _convolve = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTransposeNd):
    """Spread images by a bank of filters.

    The arguments are those of `torch.nn.functional.conv_transpose2d`, with sizes in place of a
    weight: in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1,
    bias=True, dilation=1, padding_mode="zeros", device=None, dtype=None.

    Shape:
        (N, C_in, H, W) -> (N, C_out, H_out, W_out), or without N.
    """

    _rank = 2
    _convolve = staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTransposeNd):
    """Spread volumes, (N, C, D, H, W) or (C, D, H, W); see `ConvTranspose2d`."""

    _rank = 3
    _convolve = staticmethod(F.conv_transpose3d)
