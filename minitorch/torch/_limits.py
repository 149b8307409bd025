"""The limits of dtypes: `torch.finfo` and `torch.iinfo`."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _dtype
from ._class_names import NamedClass


class _Limits(metaclass=NamedClass):
    """What both kinds of limits have in common."""

    __slots__ = ("_kind", "_numbers")

    def __init__(self, kind: _dtype.dtype, numbers: Any) -> None:
        self._kind = kind
        self._numbers = numbers

    @property
    def bits(self) -> int:
        """The size of an element in bits."""
        return 8 * self._kind.itemsize

    @property
    def dtype(self) -> str:
        """The name of the dtype."""
        return self._kind.name

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Limits):
            return NotImplemented
        return self._kind is other._kind

    def __hash__(self) -> int:
        return hash(self._kind)


class finfo(_Limits):  # noqa: N801  (PyTorch's name)
    """The limits of a floating point dtype, by default of the default one.

    Raises:
        TypeError: the dtype is none of floating point.
    """

    __slots__ = ()

    def __init__(self, type: _dtype.dtype | None = None) -> None:
        kind = _dtype.get_default_dtype() if type is None else type
        if not isinstance(kind, _dtype.dtype) or not kind.is_floating_point:
            raise TypeError(
                f"torch.finfo() requires a floating point input type, got {kind!r}. Use "
                "torch.iinfo for integers."
            )
        super().__init__(kind, np.finfo(kind.numpy))

    @property
    def min(self) -> float:
        """The lowest number."""
        return float(self._numbers.min)

    @property
    def max(self) -> float:
        """The greatest number."""
        return float(self._numbers.max)

    @property
    def eps(self) -> float:
        """The step from 1 to the next number."""
        return float(self._numbers.eps)

    @property
    def tiny(self) -> float:
        """The smallest positive number with all its digits."""
        return float(self._numbers.smallest_normal)

    @property
    def smallest_normal(self) -> float:
        """The smallest positive number with all its digits."""
        return self.tiny

    @property
    def resolution(self) -> float:
        """The power of ten of the last decimal digit."""
        return 10.0 ** -int(self._numbers.precision)

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, "
            f"eps={self.eps:g}, smallest_normal={self.tiny:g}, tiny={self.tiny:g}, "
            f"dtype={self.dtype})"
        )


class iinfo(_Limits):  # noqa: N801  (PyTorch's name)
    """The limits of an integer dtype.

    Raises:
        TypeError: the dtype is none of integers.
    """

    __slots__ = ()

    def __init__(self, type: _dtype.dtype) -> None:
        if not isinstance(type, _dtype.dtype) or type.category != _dtype.INTEGER:
            raise TypeError(
                f"torch.iinfo() requires an integer input type, got {type!r}. Use torch.finfo for "
                "floats."
            )
        super().__init__(type, np.iinfo(type.numpy))

    @property
    def min(self) -> int:
        """The lowest number."""
        return int(self._numbers.min)

    @property
    def max(self) -> int:
        """The greatest number."""
        return int(self._numbers.max)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
