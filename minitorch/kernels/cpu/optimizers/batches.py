"""One call of a kernel for several small parameters, whose memory a table tells.

A call from Python costs more than the arithmetic on a few numbers, and most of that is taking
arrays apart. Parameters and states stay where they are, so their addresses are written down once;
only gradients are new arrays in each step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import carray, njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

Array = NDArray[Any]

# How many gradients a call takes, and how many arrays a table tells for each.
WIDTH = 8
MOST_ARRAYS = 4

DTYPES = np.dtype(np.float32), np.dtype(np.float64)
# Stand for the gradients that a batch lacks.
_NOTHING = tuple(np.empty(0, dtype) for dtype in DTYPES)


class Batch:
    """Small dense parameters of one dtype that follow each other in a list.

    Args:
        start: the place of the first one.
        members: each parameter with its states, which somebody else keeps alive.

    Attributes:
        is_all: whether the list has no others.
        kind: the place of their dtype in `DTYPES`.
        places: which ones they are.
        table: a row for each: the number of elements, then the addresses, the last one repeated.
        rest: gradients to fill up with.
    """

    __slots__ = ("is_all", "kind", "places", "rest", "table")

    def __init__(self, start: int, members: Sequence[tuple[Array, ...]]) -> None:
        self.is_all = False
        self.kind = DTYPES.index(members[0][0].dtype)
        self.places = slice(start, start + len(members))
        self.rest = (_NOTHING[self.kind],) * (WIDTH - len(members))
        self.table = np.array([_row(arrays) for arrays in members], np.int64)

    def singles(self) -> list[tuple[int, Array, tuple[Array, ...]]]:
        """Give each one's place with its table and the gradients to fill up with."""
        rest = (_NOTHING[self.kind],) * (WIDTH - 1)
        return [
            (self.places.start + i, self.table[i : i + 1], rest) for i in range(len(self.table))
        ]


def _row(arrays: Sequence[Array]) -> list[int]:
    addresses = [array.ctypes.data for array in arrays]
    return [arrays[0].size, *addresses, *addresses[-1:] * (MOST_ARRAYS - len(addresses))]


@intrinsic
def pointer(context: Any, address: Any, like: Any) -> Any:
    """Give an address as a pointer to elements of an array's type."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.CPointer(like.dtype)(address, like), build


@njit(error_model="numpy")
def vector(row: Any, place: int, like: Any) -> Any:
    """Give an array of a parameter's row in the table: its size, then the addresses."""
    return carray(pointer(row[place], like), row[0])


def batch_of(step: Any, arrays: int) -> Any:
    """Make the kernel that takes a step for each row of a table.

    Args:
        step: a loop that takes the gradient, the parameter and its states, and numbers.
        arrays: how many arrays it takes besides the gradient.
    """

    def step_batch(table, numbers, a, b, c, d, e, f, g, h):  # type: ignore[no-untyped-def]
        gradients = (a, b, c, d, e, f, g, h)
        for i in range(table.shape[0]):
            row, gradient = table[i], gradients[i]
            parameter = vector(row, 1, gradient)
            if arrays == 1:
                step(gradient, parameter, *numbers)
            elif arrays == 2:
                step(gradient, parameter, vector(row, 2, gradient), *numbers)
            elif arrays == 3:
                first, second = vector(row, 2, gradient), vector(row, 3, gradient)
                step(gradient, parameter, first, second, *numbers)
            else:
                first, second = vector(row, 2, gradient), vector(row, 3, gradient)
                step(gradient, parameter, first, second, vector(row, 4, gradient), *numbers)

    return njit(error_model="numpy")(step_batch)


def serial(loop: Any) -> Any:
    """Give a loop that one thread goes through, for a kernel of its own to call."""
    return njit(error_model="numpy")(loop.py_func)


def signature(dtype: np.dtype[Any], numbers: int) -> tuple[Any, ...]:
    """Give the types that a batch's kernel takes."""
    number = types.float32 if dtype.itemsize == 4 else types.float64
    gradient = types.Array(number, 1, "C")
    return types.Array(types.int64, 2, "C"), types.UniTuple(number, numbers), *[gradient] * WIDTH
