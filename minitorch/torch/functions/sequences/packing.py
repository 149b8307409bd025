"""Sequences of several lengths: padded with numbers, or packed without any.

A packed batch holds the rows of all steps below each other, longest sequence first. Both ways are
linear, and each is the gradient of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import ShapeError
from ..._record import Operation, record, record_many
from ..._wrap import wrap

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


def packed(padded: Tensor, batch_sizes: Array) -> Tensor:
    """Leave out the padding: (T, N, ...) becomes (R, ...).

    Args:
        padded: the sequences side by side, the longest first.
        batch_sizes: how many of them are that long, for each step; they add up to R.
    """
    steps, members = _places(batch_sizes)
    result = wrap(padded._array[steps, members])
    return record(result, _PACK, padded, batch_sizes, padded._shape)


def unpacked(
    rows: Tensor, batch_sizes: Array, shape: tuple[int, ...], padding_value: float
) -> Tensor:
    """Put numbers where sequences have ended: (R, ...) becomes (T, N, ...).

    Args:
        rows: of all steps.
        batch_sizes: how many each step has; they add up to R.
        shape: (T, N, ...), of the result; T may be more than there are steps.
        padding_value: the number.
    """
    array = np.full(shape, padding_value, rows._array.dtype)
    array[_places(batch_sizes)] = rows._array
    return record(wrap(array), _UNPACK, rows, batch_sizes)


def padded_side_by_side(
    sequences: Sequence[Tensor], batch_first: bool, padding_value: float, is_left: bool
) -> Tensor:
    """Put sequences (T_i, ...) side by side, and numbers where they have ended.

    Returns:
        (T, N, ...), or with batch_first (N, T, ...).

    Raises:
        ShapeError: they differ in another dimension than the first.
    """
    tail = sequences[0]._shape[1:]
    for place, sequence in enumerate(sequences):
        if not sequence._shape or sequence._shape[1:] != tail:
            raise ShapeError(
                "pad_sequence: the sequences may differ in their first dimension alone, but "
                f"sequence {place} has shape {list(sequence._shape)}, and the first one has "
                f"{list(sequences[0]._shape)}."
            )
    longest = max([sequence._shape[0] for sequence in sequences])
    sizes = (len(sequences), longest) if batch_first else (longest, len(sequences))
    array = np.full((*sizes, *tail), padding_value, sequences[0]._array.dtype)
    ways = tuple([_way(i, s._shape[0], longest, is_left) for i, s in enumerate(sequences)])
    by_member = array if batch_first else array.swapaxes(0, 1)
    for way, sequence in zip(ways, sequences, strict=True):
        by_member[way] = sequence._array
    return record_many(wrap(array), _SIDE_BY_SIDE, sequences, ways, batch_first)


def _way(member: int, length: int, longest: int, is_left: bool) -> tuple[int, slice]:
    """Tell where a sequence lies in (N, T, ...)."""
    return member, slice(longest - length, longest) if is_left else slice(0, length)


def _places(batch_sizes: Array) -> tuple[Array, Array]:
    """Give the step of each row, and which of the sequences it belongs to."""
    steps = np.repeat(np.arange(len(batch_sizes)), batch_sizes)
    starts = np.cumsum(batch_sizes) - batch_sizes
    return steps, np.arange(len(steps)) - starts[steps]


# ---- gradients


def _pack_back(grad: Tensor, batch_sizes: Array, shape: tuple[int, ...]) -> Tensor:
    return unpacked(grad, batch_sizes, shape, 0)


def _side_by_side_back(
    grad: Tensor,
    needed: tuple[bool, ...],
    ways: tuple[tuple[int, slice], ...],
    batch_first: bool,
) -> tuple[Tensor | None, ...]:
    by_member = grad if batch_first else grad.transpose(0, 1)
    return tuple(
        [by_member[way] if is_needed else None for way, is_needed in zip(ways, needed, strict=True)]
    )


_PACK = Operation("PackPaddedSequenceBackward0", _pack_back)
_UNPACK = Operation("CopySlices", packed)
_SIDE_BY_SIDE = Operation("CopySlices", _side_by_side_back)
