"""Walks over arrays of one shape and any layouts, for kernels that copy and fill."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .layout import memory

Array = NDArray[Any]
Steps = tuple[int, ...]

# Kernels loop over so many dimensions; further ones are cut into launches.
LOOP_DIMS = 4
# A launch treats at most this many elements before it returns to Python, where Ctrl-C is noticed.
MOST_AT_ONCE = 1 << 25


@dataclass(frozen=True, eq=False)
class Walk:
    """One call of a kernel.

    Attributes:
        layout: (1 + arrays, 5) int64. Row 0: the sizes of four dimensions; then for each array its
            steps in elements and the position of its first element.
        size: number of elements.
        is_dense: all arrays go through their memory element by element.
    """

    layout: NDArray[np.int64]
    size: int
    is_dense: bool


def walk(arrays: Sequence[Array]) -> Iterator[tuple[list[Array], Walk]]:
    """Prepare arrays for a kernel.

    Args:
        arrays: the operands, which broadcast to the last one, the result; all lie on a grid of
            whole elements.

    Yields:
        For each array the dense memory that it lies in, and how to go through that.
    """
    if arrays[-1].size == 0:
        return
    flat, firsts = zip(
        *[(a.reshape(-1), 0) if a.flags.c_contiguous else memory(a) for a in arrays], strict=True
    )
    forms = tuple([(a.shape, tuple([s // a.itemsize for s in a.strides])) for a in arrays])
    for part in _walks(forms, firsts):
        yield list(flat), part


@lru_cache(maxsize=1024)
def _walks(forms: tuple[tuple[Steps, Steps], ...], firsts: Steps) -> tuple[Walk, ...]:
    """Plan a walk.

    Args:
        forms: of each array the shape, and the steps in elements.
        firsts: the positions of their first elements.
    """
    shape = forms[-1][0]
    starts = list(firsts)
    dims = []
    for dim, size in enumerate(shape):
        if size == 1:
            continue
        steps = [_step(*form, dim - len(shape)) for form in forms]
        if steps[-1] < 0:
            starts = [at + (size - 1) * step for at, step in zip(starts, steps, strict=True)]
            steps = [-step for step in steps]
        dims.append((size, steps))
    return tuple(_cut(_merged(sorted(dims, key=lambda dim: -dim[1][-1])), starts))


def _step(shape: Steps, steps: Steps, dim: int) -> int:
    """Give the step along a dimension, counted from the last; 0 where the array is repeated."""
    return 0 if -dim > len(shape) or shape[dim] == 1 else steps[dim]


def _merged(dims: list[tuple[int, list[int]]]) -> list[tuple[int, list[int]]]:
    """Join neighbours that one loop can go through."""
    result: list[tuple[int, list[int]]] = []
    for size, steps in dims:
        if result and result[-1][1] == [step * size for step in steps]:
            result[-1] = (result[-1][0] * size, steps)
        else:
            result.append((size, steps))
    return result


def _cut(dims: list[tuple[int, list[int]]], starts: list[int]) -> Iterator[Walk]:
    """Write the layouts: one for each place along dimensions that are too many or too long."""
    outer = 0
    while len(dims) - outer > LOOP_DIMS or (
        len(dims) - outer > 1 and math.prod(size for size, _ in dims[outer:]) > MOST_AT_ONCE
    ):
        outer += 1
    inner = dims[outer:]
    layout = np.zeros((1 + len(starts), LOOP_DIMS + 1), np.int64)
    layout[0, :LOOP_DIMS] = 1
    for column, (size, steps) in enumerate(inner, LOOP_DIMS - len(inner)):
        layout[0, column] = size
        layout[1:, column] = steps
    is_dense = len(inner) <= 1 and all(set(steps) == {1} for _, steps in inner)
    size = math.prod(size for size, _ in inner)
    for place in product(*(range(size) for size, _ in dims[:outer])):
        own = layout.copy()
        own[1:, LOOP_DIMS] = starts
        for i, (_, steps) in zip(place, dims, strict=False):
            own[1:, LOOP_DIMS] += i * np.array(steps)
        yield Walk(own, size, is_dense)
