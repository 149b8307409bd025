"""How kernels see arrays of any layout: dense memory, and how to step through it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import methodcaller
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from ....errors import ShapeError

Array = NDArray[Any]
# An array's shape and its strides in bytes.
Form = tuple[tuple[int, ...], tuple[int, ...]]

_RAVEL = methodcaller("ravel")

# Elements of a tile whose rows are read as they lie, in a large result and in a small one, and of a
# tile that is first put into dense memory.
LARGE_TILE = 1 << 16
TILE = 1 << 14
PACKED_TILE = 1 << 13
# Columns of a tile for which an operand has its rows where the result has its columns.
COLUMNS = 256
# More rows than these make a tile no better.
ROWS = 64
# Shorter rows are put side by side, unless they lie so.
SHORT = 32


@dataclass(frozen=True, eq=False)
class Plan:
    """How a kernel goes through arrays of certain forms, of which the last one is the result.

    Attributes:
        shape: of the result.
        memory_shape: the shape of new memory for it.
        turned: the order of the memory's dimensions that gives the result; None if that is theirs.
        flats: for each array a function that gives the dense memory from its lowest to its highest
            element.
        is_dense: all go through their memory element by element.
        layout: (1 + arrays, rank + 2) int64. Row 0 has the sizes of all dimensions, and the rows
            and columns of a tile, which lie along the last two. The row of an array has its strides
            in elements, the position of its first element in its memory, and whether its tiles are
            put into dense memory.
        tiles: number of tiles.
        is_off_grid: the elements of an array do not lie on a grid of whole steps. It must be
            copied; what stands above of memory is not valid then.
    """

    shape: tuple[int, ...]
    memory_shape: tuple[int, ...]
    turned: tuple[int, ...] | None = None
    flats: tuple[Callable[[Array], Array], ...] = ()
    is_dense: bool = False
    layout: NDArray[np.int64] | None = None
    tiles: int = 0
    is_off_grid: bool = False

    @cached_property
    def size(self) -> int:
        """The number of the result's elements."""
        return math.prod(self.shape)


def broadcast_shapes(name: str, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """Give the shape to which shapes broadcast.

    Raises:
        ShapeError: two sizes differ, and neither is 1.
    """
    first = shapes[0]
    if all(shape == first for shape in shapes):
        return first
    rank = max(len(shape) for shape in shapes)
    result = [1] * rank
    for shape in shapes:
        for dim, size in enumerate(shape, rank - len(shape)):
            if size != 1 and result[dim] not in (1, size):
                raise ShapeError(
                    f"{name}: cannot broadcast shapes {', '.join(map(str, shapes))}: dimension "
                    f"{dim - rank} has sizes {result[dim]} and {size}. Sizes must match or be 1."
                )
            if size != 1:
                result[dim] = size
    return tuple(result)


def memory(view: Array) -> tuple[Array, int]:
    """Give the dense memory that a view lies in, and the position of its first element there."""
    turned = [slice(None, None, -1 if step < 0 else 1) for step in view.strides]
    forwards: tuple[Any, ...] = (..., *turned)  # The dots keep a 0-dimensional array an array.
    lowest = view[forwards]
    span, first = _reach(view.shape, [stride // view.itemsize for stride in view.strides])
    return as_strided(lowest, (span,), (view.itemsize,)), first


def _reach(shape: Sequence[int], steps: Sequence[int]) -> tuple[int, int]:
    """Count the elements from the lowest to the highest one, and those below the first."""
    reaches = [(size - 1) * step for size, step in zip(shape, steps, strict=True)]
    return 1 + sum(map(abs, reaches)), -sum(reach for reach in reaches if reach < 0)


# ---- plans


@lru_cache(maxsize=4096)
def plan(
    name: str,
    operands: tuple[Form, ...],
    itemsizes: tuple[int, ...],
    out: Form | None,
    out_itemsize: int,
    takes_single: bool,
) -> Plan:
    """Plan how to go through operands that broadcast.

    Args:
        name: of the operation, for the text of errors.
        operands: their forms.
        itemsizes: the bytes of an element of each operand.
        out: where the result comes to lie, of the right shape; None for new memory.
        out_itemsize: the bytes of its elements.
        takes_single: the kernel's rows may have one operand that is a number.

    Raises:
        ShapeError: the shapes do not broadcast.
    """
    shape = broadcast_shapes(name, [form[0] for form in operands])
    order = _order(shape, operands)
    memory_shape = tuple([shape[dim] for dim in order])
    turned = None if order == list(range(len(shape))) else tuple(np.argsort(order).tolist())
    new = np.empty(memory_shape, f"V{out_itemsize}").transpose(turned or order)
    forms = (*operands, out or (shape, new.strides))
    units = [*itemsizes, out_itemsize]
    if 0 in shape or any(
        stride % unit for form, unit in zip(forms, units, strict=True) for stride in form[1]
    ):
        return Plan(shape, memory_shape, turned, is_off_grid=True)
    steps = [_steps(form, unit, shape) for form, unit in zip(forms, units, strict=True)]
    flats = tuple([_flat_of(form, unit) for form, unit in zip(forms, units, strict=True)])
    sizes, steps, firsts = _merged(shape, *_forwards(shape, steps))
    if all(own in ([], [0], [1]) for own in steps) and steps.count([0]) <= takes_single:
        return Plan(shape, memory_shape, turned, flats, is_dense=True)
    layout, tiles = _tiled(sizes, steps, firsts, takes_single)
    return Plan(shape, memory_shape, turned, flats, False, layout, tiles)


def _order(shape: tuple[int, ...], operands: tuple[Form, ...]) -> list[int]:
    """Give the order of the dimensions in a new result's memory: that of the first full operand."""
    dims = range(len(shape))
    for own, strides in operands:
        if own == shape and 0 not in strides:
            return sorted(dims, key=lambda dim: -abs(strides[dim]) if shape[dim] > 1 else 0)
    return list(dims)


def _flat_of(form: Form, unit: int) -> Callable[[Array], Array]:
    """Choose how to see the memory of an array of this form as one row."""
    shape, strides = form
    expected = unit
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if size != 1 and stride != expected:
            return _flat
        expected *= size
    return _RAVEL


def _flat(array: Array) -> Array:
    if array.flags.f_contiguous:
        return array.T.ravel()
    return memory(array)[0]


def _tiled(
    sizes: list[int], steps: list[list[int]], firsts: list[int], takes_single: bool
) -> tuple[NDArray[np.int64], int]:
    """Describe arrays as `Plan.layout` does, and count the tiles."""
    while len(sizes) < 2:
        sizes.insert(0, 1)
        for own in steps:
            own.insert(0, 0)
    _choose_rows(sizes, steps)
    packed = _packed(sizes, steps, takes_single)
    rows, columns = _tile(sizes, steps, packed)
    described = [
        [*own, first, is_packed]
        for own, first, is_packed in zip(steps, firsts, packed, strict=True)
    ]
    layout = np.array([[*sizes, rows, columns], *described], np.int64)
    outer = math.prod(sizes[:-2])
    return layout, outer * -(-sizes[-2] // rows) * -(-sizes[-1] // columns)


def _steps(form: Form, unit: int, shape: tuple[int, ...]) -> list[int]:
    """Give an array's strides in elements, 0 for dimensions along which it is repeated."""
    own, strides = form
    steps = [0 if size == 1 else s // unit for size, s in zip(own, strides, strict=True)]
    return [0] * (len(shape) - len(own)) + steps


def _forwards(shape: tuple[int, ...], steps: list[list[int]]) -> tuple[list[list[int]], list[int]]:
    """Turn dimensions so that the result's steps are positive; find each first element."""
    firsts = [_reach(shape, own)[1] for own in steps]
    for dim, step in enumerate(steps[-1]):
        if step < 0:
            for k, own in enumerate(steps):
                firsts[k] += (shape[dim] - 1) * own[dim]
                own[dim] = -own[dim]
    return steps, firsts


def _merged(
    shape: tuple[int, ...], steps: list[list[int]], firsts: list[int]
) -> tuple[list[int], list[list[int]], list[int]]:
    """Sort dimensions by the result's steps, and join those that one loop can go through."""
    sizes: list[int] = []
    merged: list[list[int]] = [[] for _ in steps]
    for dim in sorted(range(len(shape)), key=lambda dim: (-steps[-1][dim], dim)):
        size = shape[dim]
        if size == 1:
            continue
        if sizes and all(
            own[-1] == old[dim] * size for own, old in zip(merged, steps, strict=True)
        ):
            sizes[-1] *= size
            for own, old in zip(merged, steps, strict=True):
                own[-1] = old[dim]
        else:
            sizes.append(size)
            for own, old in zip(merged, steps, strict=True):
                own.append(old[dim])
    return sizes, merged, firsts


def _choose_rows(sizes: list[int], steps: list[list[int]]) -> None:
    """Move the dimension along which a tile has its rows to the place before the last one.

    It should be long, and one along which an operand's elements lie side by side.
    """

    def worth(dim: int) -> tuple[int, bool, int]:
        return min(sizes[dim], ROWS), any(abs(own[dim]) == 1 for own in steps), dim

    chosen = max(range(len(sizes) - 1), key=worth)
    for line in (sizes, *steps):
        line.insert(-1, line.pop(chosen))


def _packed(sizes: list[int], steps: list[list[int]], takes_single: bool) -> list[bool]:
    """Choose the arrays whose tiles are put into dense memory."""
    height, width = sizes[-2:]
    is_short = width < SHORT and height > 1
    packed = [own[-1] != 1 or (is_short and own[-2] != width) for own in steps]
    if takes_single and not is_short:
        single = [k for k, own in enumerate(steps) if own[-1] == 0]
        if len(single) == 1:
            packed[single[0]] = False
    return packed


def _tile(sizes: list[int], steps: list[list[int]], packed: list[bool]) -> tuple[int, int]:
    """Give the rows and the columns of a tile."""
    height, width = sizes[-2:]
    large = math.prod(sizes) > 16 * LARGE_TILE
    most = PACKED_TILE if any(packed) else LARGE_TILE if large else TILE
    crosses = any(
        is_packed and 0 < abs(own[-2]) < abs(own[-1])
        for own, is_packed in zip(steps, packed, strict=True)
    )
    if not crosses:
        columns = min(width, most)
        return min(height, most // columns), columns
    columns = min(width, COLUMNS)
    rows = min(height, most // columns)
    return rows, min(width, most // rows)
