"""Indexing, gathering and scattering held against NumPy and central differences."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from minitorch import torch

from .alone import Array, Case, assert_central_differences, assert_formula, drawn

X = drawn(3, 4, 2)
M = drawn(3, 4)
ROWS = np.array([2, 0, 2])
COLUMNS = np.array([[1], [3]])
MASK = np.random.default_rng(0).random((3, 4)) > 0.5
PLACES = np.array([[3, 0], [1, 1], [2, 0]])
VALUES = drawn(3, 2, seed=1)

PARTS: dict[str, Any] = {
    "number": 1,
    "negative": -1,
    "slice": slice(1, None),
    "steps": (slice(None), slice(0, 4, 2)),
    "ellipsis": (..., 1),
    "new": (slice(None), None, 2),
    "rows": ROWS,
    "list": ([0, 2], slice(1, 3)),
    "pairs": (ROWS, np.array([1, 1, 3])),
    "broadcast": (ROWS, COLUMNS),
    "apart": (ROWS, slice(None), np.array([1, 0, 1])),
    "mask": MASK,
    "mask of rows": np.array([True, False, True]),
    "mask and slice": (MASK, slice(0, 1)),
    "mixed": (1, np.array([3, 0]), None),
    "none of it": slice(2, 2),
}
# Those that name an element several times.
REPEATED = ("rows", "broadcast", "apart")


def part(index: Any, x: Any) -> Any:
    return x[index]


def as_ours(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(as_ours(each) for each in index)
    return torch.from_numpy(index) if isinstance(index, np.ndarray) else index


def scattered(x: Array, places: Array, values: Array, adds: bool = False) -> Array:
    result = x.copy()
    for row, column in np.ndindex(places.shape):
        place = row, places[row, column]
        result[place] = values[row, column] + (result[place] if adds else 0)
    return result


def added(x: Array, rows: Array, values: Array) -> Array:
    result = x.copy()
    np.add.at(result, rows, values)
    return result


def filled(x: Array, index: Any, value: Any) -> Array:
    result = x.copy()
    result[index] = value
    return result


OTHER = np.array([[0, 3], [2, 1], [1, 0]])
CASES: list[Case] = [
    *[
        (name, partial(part, as_ours(index)), partial(part, index), [X])
        for name, index in PARTS.items()
    ],
    ("gather", lambda x, i: x.gather(1, i), lambda x, i: np.take_along_axis(x, i, 1), [M, PLACES]),
    ("index_select", lambda x, i: x.index_select(0, i), lambda x, i: x[i], [X, ROWS]),
    ("take", torch.take, np.take, [M, PLACES]),
    ("masked_select", torch.masked_select, lambda x, m: x[m], [M, MASK]),
    (
        "masked_fill",
        lambda x, m: x.masked_fill(m, 0.5),
        lambda x, m: np.where(m, 0.5, x),
        [M, MASK],
    ),
    ("where", torch.where, np.where, [MASK, M, drawn(4, seed=3)]),
    ("scatter", lambda x, i, v: x.scatter(1, i, v), scattered, [M, OTHER, VALUES]),
    (
        "scatter_add",
        lambda x, i, v: x.scatter_add(1, i, v),
        lambda x, i, v: scattered(x, i, v, True),
        [M, PLACES, VALUES],
    ),
    ("index_add", lambda x, i, v: x.index_add(0, i, v), added, [M, ROWS, drawn(3, 4, seed=2)]),
    (
        "index_fill",
        lambda x, i: x.index_fill(0, i, 0.5),
        lambda x, i: filled(x, i, 0.5),
        [M, ROWS],
    ),
    ("diagonal", lambda x: x.diagonal(1), lambda x: np.diagonal(x, 1), [M]),
    ("unfold", lambda x: x.unfold(1, 2, 1)[:, 1], lambda x: x[:, 1:3], [M]),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_values_are_numpys(case: Case) -> None:
    assert_formula(case)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_gradients_are_central_differences(case: Case, order: int) -> None:
    assert_central_differences(case, order)


@pytest.mark.parametrize("name", PARTS)
def test_parts_are_assigned(name: str) -> None:
    index = PARTS[name]
    values = drawn(*X[index].shape, seed=4)
    if name in REPEATED:
        values = np.full(X[index].shape, 7.0)  # which of several values stays is not said
    expected = filled(X, index, values)
    x, given = torch.tensor(X), torch.tensor(values, requires_grad=True)
    leaf = torch.tensor(X, requires_grad=True)
    changed = leaf * 1.0
    x[as_ours(index)] = given.detach()
    changed[as_ours(index)] = given
    np.testing.assert_array_equal(x.numpy(), expected)
    np.testing.assert_array_equal(changed.detach().numpy(), expected)
    changed.sum().backward()
    np.testing.assert_array_equal(leaf.grad.numpy(), filled(np.ones_like(X), index, 0.0))


@pytest.mark.parametrize("name", ["number", "negative", "slice", "steps", "ellipsis", "new"])
def test_what_is_no_copy_in_numpy_is_none_here(name: str) -> None:
    x = torch.zeros(3, 4, 2)
    x[PARTS[name]].fill_(5.0)
    expected = np.zeros((3, 4, 2))
    expected[PARTS[name]] = 5.0
    np.testing.assert_array_equal(x.numpy(), expected)
