"""Arrays of any layout, piece by piece, for kernels that want dense memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]

# Elements of a piece: what is copied for a kernel stays in the second-level cache.
PIECE = 1 << 13


def in_memory_order(arrays: Sequence[Array]) -> list[Array]:
    """Put the dimensions in the order of the last array's memory, the farthest steps first."""
    last = arrays[-1]
    if last.flags.c_contiguous:
        return list(arrays)
    order = sorted(range(last.ndim), key=lambda dim: -abs(last.strides[dim]))
    return [array.transpose(order) for array in arrays]


def pieces(arrays: Sequence[Array], most: int = PIECE) -> Iterator[list[Array]]:
    """Cut arrays of one shape into views of at most so many elements, in their logical order."""
    first = arrays[0]
    if first.size <= most:
        yield list(arrays)
        return
    inner = first.size // len(first)
    if inner > most:
        for i in range(len(first)):
            yield from pieces([array[i] for array in arrays], most)
        return
    step = most // inner
    for i in range(0, len(first), step):
        yield [array[i : i + step] for array in arrays]
