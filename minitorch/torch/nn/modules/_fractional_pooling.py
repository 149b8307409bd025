"""The layers `FractionalMaxPool2d` and `FractionalMaxPool3d`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._tensor import Tensor
from ...functions.convolutions._windows_of import Sizes
from ...functions.pooling.fractional_pooling import Ratio
from .. import functional as F  # noqa: N812
from ._sizes import repeated
from .module import Module


class _FractionalMaxPoolNd(Module):
    """Give the largest element of each of some windows, whose distances are drawn at random.

    Args:
        kernel_size: of windows.
        output_size: how many windows there are in each direction.
        output_ratio: or how many for each element of the input, less than 1.
        return_indices: give where the elements were found, too.
        _random_samples: numbers from 0 to 1, instead of random ones.

    Raises:
        ValueError: not exactly one of output_size and output_ratio is given, or a ratio is out of
            range.
    """

    _rank: int
    _pool: Callable[..., Any]

    def __init__(
        self,
        kernel_size: Sizes,
        output_size: Sizes | None = None,
        output_ratio: Ratio | None = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        if (output_size is None) == (output_ratio is None):
            raise ValueError(
                f"{name} requires specifying either an output size, or a pooling ratio, and only "
                f"one of output_size and output_ratio; got {output_size} and {output_ratio}"
            )
        rank = self._rank
        self.kernel_size = repeated(kernel_size, rank)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else repeated(output_size, rank)
        self.output_ratio = None if output_ratio is None else repeated(output_ratio, rank)
        if self.output_ratio is not None and not all(0 < each < 1 for each in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Tensor) -> Any:
        """Compute the layer: a tensor, or a pair of it and the indices."""
        return self._pool(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices,
            self._random_samples,
        )  # fmt: skip


class FractionalMaxPool2d(_FractionalMaxPoolNd):
    """Give largest elements of (N, C, H, W) or (C, H, W) in windows at random distances.

    The arguments are kernel_size, output_size=None, output_ratio=None, return_indices=False; see
    `torch.nn.functional.fractional_max_pool2d`.
    """

    _rank = 2
    _pool = staticmethod(F.fractional_max_pool2d)


class FractionalMaxPool3d(_FractionalMaxPoolNd):
    """Give largest elements of (N, C, D, H, W) at random; see `FractionalMaxPool2d`."""

    _rank = 3
    _pool = staticmethod(F.fractional_max_pool3d)
