"""Pooling layers: `torch.nn.modules.pooling`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..._tensor import Tensor
from ...functions.convolutions._windows_of import Sizes
from ...functions.pooling.adaptive_pooling import Wanted
from .. import functional as F  # noqa: N812
from ._fractional_pooling import FractionalMaxPool2d as FractionalMaxPool2d
from ._fractional_pooling import FractionalMaxPool3d as FractionalMaxPool3d
from ._sizes import repeated
from .module import Module


class _Pool(Module):
    """A layer that computes one function."""

    _rank: int
    _pool: Callable[..., Any]


# ---- the largest element of each window


class _MaxPoolNd(_Pool):
    """Give the largest element of each window.

    Args:
        kernel_size: of windows.
        stride: the step between windows, by default as large as they are.
        padding: elements around the input, smaller than all others.
        dilation: the step between the elements of a window.
        return_indices: give where the elements were found, too.
        ceil_mode: whether a window may reach beyond the end, if it starts before it.
    """

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        """Compute the layer: a tensor, or a pair of it and the indices."""
        return self._pool(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode,
            self.return_indices,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """Give the arguments."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPoolNd):
    """Give the largest element of each window of (N, C, L); see `MaxPool2d`."""

    _pool = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPoolNd):
    """Give the largest element of each window of (N, C, H, W) or (C, H, W).

    The arguments are kernel_size, stride=None (as large as windows are), padding=0, dilation=1,
    return_indices=False, ceil_mode=False; see `torch.nn.functional.max_pool2d`.
    """

    _pool = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPoolNd):
    """Give the largest element of each window of (N, C, D, H, W); see `MaxPool2d`."""

    _pool = staticmethod(F.max_pool3d)


class _MaxUnpoolNd(_Pool):
    """Put elements back to where a pooling found them, among zeros.

    Args:
        kernel_size, stride, padding: those of the pooling.
    """

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        super().__init__()
        self.kernel_size = repeated(kernel_size, self._rank)
        self.stride = repeated(kernel_size if stride is None else stride, self._rank)
        self.padding = repeated(padding, self._rank)

    def forward(
        self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None
    ) -> Any:
        """Compute the layer.

        Args:
            input: what the pooling gave.
            indices: what it gave with that.
            output_size: the sizes before the pooling, where several are possible.
        """
        return self._pool(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpoolNd):
    """Undo `MaxPool1d`, as far as possible; see `MaxUnpool2d`."""

    _rank = 1
    _pool = staticmethod(F.max_unpool1d)


class MaxUnpool2d(_MaxUnpoolNd):
    """Undo `MaxPool2d`: put its results back to where it found them, among zeros.

    The arguments are kernel_size, stride=None and padding=0 of the pooling.
    """

    _rank = 2
    _pool = staticmethod(F.max_unpool2d)


class MaxUnpool3d(_MaxUnpoolNd):
    """Undo `MaxPool3d`, as far as possible; see `MaxUnpool2d`."""

    _rank = 3
    _pool = staticmethod(F.max_unpool3d)


# ---- the mean of each window


class _AvgPoolNd(_Pool):
    """Give the mean of each window.

    Args:
        kernel_size: of windows.
        stride: the step between windows, by default as large as they are.
        padding: zeros around the input.
        ceil_mode: whether a window may reach beyond the end, if it starts before it.
        count_include_pad: whether the zeros count.
        divisor_override: what to divide by instead of the number of elements.
    """

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Any:
        """Compute the layer."""
        return self._pool(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode,
            self.count_include_pad, self.divisor_override,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPoolNd):
    """Give the mean of each window of (N, C, L) or (C, L).

    Args:
        kernel_size, stride, padding, ceil_mode, count_include_pad: see `AvgPool2d`.
    """

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        sizes = repeated(kernel_size, 1)
        steps = sizes if stride is None else repeated(stride, 1)
        super().__init__(sizes, steps, repeated(padding, 1), ceil_mode, count_include_pad)

    def forward(self, input: Tensor) -> Tensor:
        """Compute the layer."""
        return F.avg_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode,
            self.count_include_pad,
        )  # fmt: skip


class AvgPool2d(_AvgPoolNd):
    """Give the mean of each window of (N, C, H, W) or (C, H, W).

    The arguments are kernel_size, stride=None (as large as windows are), padding=0,
    ceil_mode=False, count_include_pad=True, divisor_override=None; see
    `torch.nn.functional.avg_pool2d`.
    """

    _pool = staticmethod(F.avg_pool2d)


class AvgPool3d(_AvgPoolNd):
    """Give the mean of each window of (N, C, D, H, W); see `AvgPool2d`."""

    _pool = staticmethod(F.avg_pool3d)


# ---- a norm of each window


class _LPPoolNd(_Pool):
    """Give (sum of x^p)^(1/p) of each window.

    Args:
        norm_type: p.
        kernel_size: of windows.
        stride: the step between windows, by default as large as they are.
        ceil_mode: whether a window may reach beyond the end, if it starts before it.
    """

    def __init__(
        self,
        norm_type: float,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        """Compute the layer."""
        return self._pool(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )

    def extra_repr(self) -> str:
        """Give the arguments."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPoolNd):
    """Give a norm of each window of (N, C, L) or (C, L); see `LPPool2d`."""

    _pool = staticmethod(F.lp_pool1d)


class LPPool2d(_LPPoolNd):
    """Give a norm of each window of (N, C, H, W) or (C, H, W).

    The arguments are norm_type, kernel_size, stride=None (as large as windows are) and
    ceil_mode=False; see `torch.nn.functional.lp_pool2d`.
    """

    _pool = staticmethod(F.lp_pool2d)


class LPPool3d(_LPPoolNd):
    """Give a norm of each window of (N, C, D, H, W) or (C, D, H, W); see `LPPool2d`."""

    _pool = staticmethod(F.lp_pool3d)


# ---- windows chosen by the size of the result


class _AdaptivePool(_Pool):
    """A layer whose results have given sizes.

    Args:
        output_size: the sizes; None keeps one as it is.
    """

    def __init__(self, output_size: Wanted) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Any:
        """Compute the layer."""
        return self._pool(input, self.output_size)

    def extra_repr(self) -> str:
        """Give the sizes."""
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptivePool):
    """Give as many means as asked for, of (N, C, L) or (C, L); see `AdaptiveAvgPool2d`."""

    _pool = staticmethod(F.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptivePool):
    """Give the means of windows that divide (N, C, H, W) as evenly as possible.

    The argument is output_size, of which None keeps a size as it is.
    """

    _pool = staticmethod(F.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptivePool):
    """Give as many means as asked for, of (N, C, D, H, W); see `AdaptiveAvgPool2d`."""

    _pool = staticmethod(F.adaptive_avg_pool3d)


class _AdaptiveMaxPoolNd(_AdaptivePool):
    """A layer that gives largest elements, and where they were if that is asked for.

    Args:
        output_size: the sizes; None keeps one as it is.
        return_indices: give where the elements were found, too.
    """

    def __init__(self, output_size: Wanted, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        """Compute the layer: a tensor, or a pair of it and the indices."""
        return self._pool(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """Give as many largest elements as asked for, of (N, C, L); see `AdaptiveMaxPool2d`."""

    _pool = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """Give the largest elements of windows that divide (N, C, H, W) as evenly as possible.

    The arguments are output_size, of which None keeps a size as it is, and return_indices=False.
    """

    _pool = staticmethod(F.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """Give as many largest elements as asked for, of (N, C, D, H, W); see `AdaptiveMaxPool2d`."""

    _pool = staticmethod(F.adaptive_max_pool3d)
