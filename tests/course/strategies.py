"""Hypothesis strategies for numbers, Scalars, shapes, TensorData and Tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import minitorch

Draw = Callable[[SearchStrategy[Any]], Any]

small_ints = st.integers(min_value=1, max_value=3)
finite_floats = st.floats(allow_nan=False, allow_infinity=False)
small_floats = st.floats(min_value=-100.0, max_value=100.0)
# Sums and products of these stay far from the limits of float64.
unit_floats = st.floats(min_value=-1.0, max_value=1.0)


def scalars(values: SearchStrategy[float] = small_floats) -> SearchStrategy[minitorch.Scalar]:
    """Leaves of a Scalar graph."""
    return values.map(minitorch.Scalar)


def shapes(min_dims: int = 1, max_dims: int = 4) -> SearchStrategy[tuple[int, ...]]:
    """Shapes whose sizes are 1 to 3, so that size-1 dimensions are common."""
    return st.lists(small_ints, min_size=min_dims, max_size=max_dims).map(tuple)


@st.composite
def permutations_of(draw: Draw, length: int) -> tuple[int, ...]:
    """Orders of `length` dimensions."""
    return tuple(draw(st.permutations(range(length))))


@st.composite
def tensor_data(
    draw: Draw,
    numbers: SearchStrategy[float] = finite_floats,
    shape: tuple[int, ...] | None = None,
) -> minitorch.TensorData:
    """Contiguous TensorData with random content."""
    if shape is None:
        shape = draw(shapes())
    size = int(minitorch.prod(shape))
    return minitorch.TensorData(draw(st.lists(numbers, min_size=size, max_size=size)), shape)


@st.composite
def tensors(
    draw: Draw,
    numbers: SearchStrategy[float] = small_floats,
    shape: tuple[int, ...] | None = None,
    permuted: bool = True,
) -> minitorch.Tensor:
    """Tracked leaves on SimpleOps, some of them laid out in a permuted order."""
    if shape is None:
        shape = draw(shapes())
    order = draw(permutations_of(len(shape))) if permuted else tuple(range(len(shape)))
    stored_shape = tuple(shape[order.index(place)] for place in range(len(shape)))
    data = draw(tensor_data(numbers, stored_shape)).permute(*order)
    leaf = minitorch.Tensor(data, backend=minitorch.SimpleBackend)
    leaf.requires_grad_(True)
    return leaf


@st.composite
def tensor_lists(
    draw: Draw, count: int, numbers: SearchStrategy[float] = small_floats
) -> list[minitorch.Tensor]:
    """`count` Tensors of one shape."""
    shape = draw(shapes())
    return [draw(tensors(numbers, shape)) for _ in range(count)]


@st.composite
def broadcastable_shapes(draw: Draw) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two shapes that broadcast: sizes set to 1 and leading dimensions left out on either side."""
    full = draw(shapes(min_dims=0))
    pair = []
    for _ in range(2):
        sizes = [draw(st.sampled_from((size, 1))) for size in full]
        pair.append(tuple(sizes[draw(st.integers(0, len(sizes))) :]))
    return pair[0], pair[1]
