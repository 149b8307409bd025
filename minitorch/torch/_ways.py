"""The shortest ways from tensors to elementwise kernels.

A small network's time goes into what happens around a kernel. So each operation keeps, for every
key and rank that it has met, what calls its kernel without any further look: the key says that the
elements lie densely and of which dtype they are, and the rank was compiled in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.cpu.elementwise.elementwise import Elementwise
from ._key import DENSE, SLOTS, Key
from ._wrap import wrap_known

if TYPE_CHECKING:
    from ._tensor import Tensor

Array = NDArray[Any]

# What is called with: the address that stands next, the arrays of all operands, that of the result,
# and the parameters. Then: the number of elements up to which it may be called; what the result is.
Way = tuple[Callable[..., None], Any, int, np.dtype[Any], Key]
# Where there is no such way: None if nobody has looked yet, an empty tuple if there can be none.
Known = Way | tuple[()] | None

_RANKS = 65
_UNKNOWN: list[Known] = [None] * _RANKS


class Ways:
    """The short ways to one kernel, by the slot of the operands' key and then by rank.

    Attributes:
        same: for operands of one shape.
        single: for a second operand without dimensions.
        left: for a first operand without dimensions; by the second one's rank.
        rows: for two operands of which one repeats, as a row does beside a matrix; by 8 times the
            first one's rank and the second one's.
    """

    __slots__ = ("_count", "_kernel", "left", "rows", "same", "single")

    def __init__(self, kernel: Elementwise) -> None:
        self._kernel = kernel
        self._count = len(kernel.operands)
        self.same: list[list[Known]] = [_UNKNOWN] * SLOTS
        self.single: list[list[Known]] = [_UNKNOWN] * SLOTS
        self.left: list[list[Known]] = [_UNKNOWN] * SLOTS
        self.rows: list[list[Known]] = [_UNKNOWN] * SLOTS

    def learn(self, key: Key, rank: int) -> Known:
        """Look for the way for operands of one shape; key must be dense, and the kernel take it."""
        return self._learn(self.same, key, rank, (rank,) * (self._count + 1))

    def learn_single(self, key: Key, rank: int) -> Known:
        """Look for the way for two operands, of which the second has no dimensions."""
        return self._learn(self.single, key, rank, (rank, 0, rank))

    def learn_left(self, key: Key, rank: int) -> Known:
        """Look for the way for two operands, of which the first has no dimensions."""
        return self._learn(self.left, key, rank, (0, rank, rank))

    def learn_rows(self, key: Key, rank: int, row_rank: int) -> Known:
        """Look for the way for two operands of which one repeats; both ranks are below 8."""
        ranks = (rank, row_rank, max(rank, row_rank))
        return self._learn(self.rows, key, 8 * rank + row_rank, ranks, repeats=True)

    def _learn(
        self,
        table: list[list[Known]],
        key: Key,
        place: int,
        ranks: tuple[int, ...],
        repeats: bool = False,
    ) -> Known:
        found = self._kernel.small_entry(key.dtype.numpy, ranks, repeats)
        result = DENSE[0] if self._kernel.result is bool else key
        way: Known = (*found, result.dtype.numpy, result) if found else ()
        if table[key.slot] is _UNKNOWN:
            table[key.slot] = list(_UNKNOWN)
        table[key.slot][place] = way
        return way


class _Singles:
    """Numbers as tensors without dimensions, which nobody may change; a few hundred are kept."""

    __slots__ = ("_key", "_known")

    def __init__(self, key: Key) -> None:
        self._key = key
        self._known: dict[float, Tensor] = {}

    def __call__(self, value: float) -> Tensor | None:
        """Give a number as a tensor; None where it does not fit the dtype as it is."""
        # As a key -0.0 is 0.0, and NaN is never found again.
        is_key = value == value if value else math.copysign(1.0, value) > 0
        known = self._known.get(value) if is_key else None
        if known is not None:
            return known
        if not self._key.is_float:
            limits = np.iinfo(self._key.dtype.numpy)
            if not limits.min <= value <= limits.max:
                return None
        result = wrap_known(np.array(value, self._key.dtype.numpy), self._key)
        if is_key:
            if len(self._known) == _MOST_SINGLES:
                self._known.clear()
            self._known[value] = result
        return result


_MOST_SINGLES = 256


def _no_single(value: float) -> None:
    """Give what there is for numbers that change the dtype: nothing."""


# By the slot of a tensor's key: what makes a tensor of a Python number that does not change the
# dtype of the tensor that it meets.
SINGLE_OF_FLOAT: list[Callable[[float], Tensor | None]] = [
    _Singles(DENSE[i]) if i < len(DENSE) and DENSE[i].is_float else _no_single for i in range(SLOTS)
]
SINGLE_OF_INT: list[Callable[[float], Tensor | None]] = [
    _Singles(DENSE[i]) if 0 < i < len(DENSE) else _no_single for i in range(SLOTS)
]
