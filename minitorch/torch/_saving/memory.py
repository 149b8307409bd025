"""The memory that a tensor lies in: what a file keeps once, however many tensors show it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._memory import address_of, bytes_of, root_of

Array = NDArray[Any]


class Place(NamedTuple):
    """Where in which memory the elements of an array are.

    Attributes:
        memory: all of it, as bytes.
        offset: of the first element, in elements.
        strides: in elements.
    """

    memory: NDArray[np.uint8]
    offset: int
    strides: tuple[int, ...]


def place_of(array: Array) -> Place:
    """Find the memory that an array lies in, as far as it is a whole number of elements.

    What does not lie in such memory, as a field of a record, is copied.
    """
    memory = bytes_of(root_of(array))
    offset = address_of(array) - address_of(memory) if array.size else 0
    if not _fits(array, memory, offset):
        array = np.array(array, order="C")
        memory, offset = array.reshape(-1).view(np.uint8), 0
    strides = tuple([step // array.itemsize for step in array.strides])
    return Place(memory, offset // array.itemsize, strides)


def _fits(array: Array, memory: NDArray[np.uint8], offset: int) -> bool:
    """Tell whether an array's elements lie inside of memory, in steps of whole elements."""
    steps = array.strides
    if any(number % array.itemsize for number in (offset, memory.nbytes, *steps)):
        return False
    if array.size == 0:
        return True
    extent = sum([(size - 1) * step for size, step in zip(array.shape, steps, strict=True)])
    last = offset + extent + array.itemsize
    return min(offset, *steps, 0) == 0 and last <= memory.nbytes
