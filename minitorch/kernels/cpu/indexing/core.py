"""Picking elements from where indices say, and putting them there: what all such functions share.

Indices must have been checked, and count from the start. Elements that are only moved are seen as
unsigned integers of their size, so that dtypes share kernels. float16 is added up and multiplied in
float32 and rounded once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ..layouts.layout import memory
from . import loops as loops
from .checks import bits_of, separate
from .plan import plan

Array = NDArray[Any]
Steps = tuple[int, ...]

# Sums of float32 are kept in float64 if there are so many times more addends than places.
_CROWDED = 16

PICK = SizedKernel(loops.pick)
PUT = {
    "replace": SizedKernel(lambda: loops.put(loops.replaced)),
    "sum": SizedKernel(lambda: loops.put(loops.added)),
    "prod": SizedKernel(lambda: loops.put(loops.multiplied)),
    "amax": SizedKernel(lambda: loops.put(loops.raised)),
    "amin": SizedKernel(lambda: loops.put(loops.lowered)),
}
# A sum of bool tells whether any is true, a product whether all are.
_SUMS = ("sum", "prod")
_OF_BOOL = {"sum": "amax", "prod": "amin"}


def steps_of(a: Array) -> Steps:
    """Give the strides in elements."""
    return tuple([stride // a.itemsize for stride in a.strides])


def without(steps: Sequence[int], axis: int) -> Steps:
    """Give steps that do not move along a dimension."""
    return (*steps[:axis], 0, *steps[axis + 1 :])


def only(rank: int, axis: int, step: int) -> Steps:
    """Give steps that move along one dimension alone."""
    return (*(0,) * axis, step, *(0,) * (rank - axis - 1))


def flat(a: Array) -> tuple[Array, int]:
    """Give the dense memory that an array lies in, and the position of its first element there."""
    return (a.reshape(-1), 0) if a.flags.c_contiguous else memory(a)


@dataclass(frozen=True, eq=False)
class Route:
    """Which element of a table belongs to each position of some shape.

    Attributes:
        table: any layout.
        index: int32 or int64, any layout.
        through_table: the table's step in elements for each dimension; 0 where the index alone says
            the place.
        through_index: the index's.
        step: the table's, for one index.
    """

    table: Array
    index: Array
    through_table: Steps
    through_index: Steps
    step: int


def lines(table: Array, axis: int, index: Array) -> Route:
    """Give the route of an index for each position, which points along a dimension."""
    own = steps_of(table)
    return Route(table, index, without(own, axis), steps_of(index), own[axis])


def slices(table: Array, axis: int, index: Array) -> Route:
    """Give the route of a list of indices, which point along a dimension."""
    own = steps_of(table)
    through_index = only(table.ndim, axis, steps_of(index)[0])
    return Route(table, index, without(own, axis), through_index, own[axis])


def pick(route: Route, out: Array) -> None:
    """Copy elements of a table to all positions of out, which is of the table's dtype."""
    if out.size == 0:
        return
    table, out = bits_of(route.table), bits_of(out)
    (flat_table, first), (flat_index, first_index) = flat(table), flat(route.index)
    flat_out, first_out = flat(out)
    through = (route.through_table, route.through_index, steps_of(out))
    for launch in plan(out.shape, through, (first, first_index, first_out), route.step, False):
        kernel = PICK.for_size(0 if launch.is_alone else launch.size)
        kernel(flat_table, flat_index, flat_out, launch.layout)


def put(
    how: str, table: Array, new: Array, route: Callable[[Array], Route], factor: float = 1
) -> None:
    """Put elements into a table, in place, in the order of their positions.

    Args:
        how: "replace", or what is made of all that meet in one place: "sum", "prod", "amax",
            "amin".
        table: any layout without overlaps.
        new: of the table's dtype, any layout.
        route: of the table, or of a copy in another type, gives the route for new's positions.
        factor: what elements are multiplied by before they are added.
    """
    if new.size == 0:
        return
    new = separate(new, table)
    dtype = working(how, table.dtype, table.size, new.size)
    if dtype == table.dtype:
        _put(how, route(table), new, factor)
        return
    work = table.astype(dtype)
    if table.dtype == np.float16:
        new = new.astype(dtype)
    _put(how, route(work), new, factor)
    with np.errstate(over="ignore", under="ignore"):
        np.copyto(table, work, casting="same_kind")


def working(how: str, dtype: np.dtype[Any], places: int, count: int) -> np.dtype[Any]:
    """Choose the type in which so many elements are joined with a table's."""
    if how != "replace" and dtype == np.float16:
        return np.dtype(np.float32)
    if how == "sum" and dtype == np.float32 and count >= _CROWDED * places:
        return np.dtype(np.float64)
    return dtype


def seen_as(how: str, dtype: np.dtype[Any]) -> tuple[str, np.dtype[Any]]:
    """Give what is done with elements, and as what dtype a kernel sees them."""
    is_bool = dtype == np.bool_
    # Sums and products of integers wrap around alike with and without a sign.
    if how == "replace" or is_bool or (dtype.kind == "i" and how in _SUMS):
        return _OF_BOOL.get(how, how) if is_bool else how, np.dtype(f"u{dtype.itemsize}")
    return how, dtype


def _put(how: str, route: Route, new: Array, factor: float) -> None:
    table, index = route.table, separate(route.index, route.table)
    how, seen = seen_as(how, table.dtype)
    if seen != table.dtype:
        table, new = bits_of(table), bits_of(new)
    (flat_table, first), (flat_index, first_index) = flat(table), flat(index)
    flat_new, first_new = flat(new)
    factors = np.array([_factor(factor, new.dtype)])
    through = (route.through_table, route.through_index, steps_of(new))
    firsts = (first, first_index, first_new)
    for launch in plan(new.shape, through, firsts, route.step, True):
        kernel = PUT[how].for_size(0 if launch.is_alone else launch.size)
        kernel(flat_table, flat_index, flat_new, factors, launch.layout)


def _factor(factor: float, dtype: np.dtype[Any]) -> Any:
    """Convert a factor; one for integers loses its fraction and wraps around."""
    if dtype.kind == "f":
        return dtype.type(factor)
    return dtype.type(math.trunc(factor) % (1 << 8 * dtype.itemsize) if dtype.kind == "u" else 1)
