"""Layers that put elements around their input: `torch.nn.modules.padding`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ..._tensor import Tensor
from .. import functional as F  # noqa: N812
from ._sizes import repeated
from .module import Module

# Before and after the last dimension, then the one before it; or one number for all.
Padding: TypeAlias = int | Sequence[int]


class _Pad(Module):
    """A layer that puts elements around its input, or cuts some off where a number is negative.

    Args:
        padding: numbers of elements before and after the last dimension, then the one before it,
            and so on; or one for all.
    """

    _rank: int
    _mode: str
    padding: tuple[int, ...]

    def __init__(self, padding: Padding) -> None:
        super().__init__()
        self.padding = repeated(padding, 2 * self._rank)

    def forward(self, input: Tensor) -> Tensor:
        """Compute the layer."""
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        """Give the padding."""
        return f"{self.padding}"


class ReflectionPad1d(_Pad):
    """Put around sequences what lies behind their edges as in a mirror."""

    _rank, _mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """Put around images what lies behind their edges as in a mirror."""

    _rank, _mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """Put around volumes what lies behind their edges as in a mirror."""

    _rank, _mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """Repeat the edges of sequences around them."""

    _rank, _mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """Repeat the edges of images around them."""

    _rank, _mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """Repeat the edges of volumes around them."""

    _rank, _mode = 3, "replicate"


class CircularPad1d(_Pad):
    """Put around sequences what is at their other end."""

    _rank, _mode = 1, "circular"


class CircularPad2d(_Pad):
    """Put around images what is at their other side."""

    _rank, _mode = 2, "circular"


class CircularPad3d(_Pad):
    """Put around volumes what is at their other side."""

    _rank, _mode = 3, "circular"


class _ConstantPadNd(_Pad):
    """A layer that puts equal elements around its input.

    Args:
        padding: see `_Pad`.
        value: the elements.
    """

    _mode = "constant"

    def __init__(self, padding: Padding, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """Compute the layer."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """Give the padding and the elements."""
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPadNd):
    """Put equal elements around sequences."""

    _rank = 1


class ConstantPad2d(_ConstantPadNd):
    """Put equal elements around images."""

    _rank = 2


class ConstantPad3d(_ConstantPadNd):
    """Put equal elements around volumes."""

    _rank = 3


class ZeroPad1d(ConstantPad1d):
    """Put zeros around sequences."""

    def __init__(self, padding: Padding) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """Give the padding."""
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """Put zeros around images."""

    def __init__(self, padding: Padding) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """Give the padding."""
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """Put zeros around volumes."""

    def __init__(self, padding: Padding) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """Give the padding."""
        return f"{self.padding}"
