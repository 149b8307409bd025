"""Scans and sorting held against NumPy and central differences, without PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

from minitorch import torch

from .alone import Array, Case, assert_central_differences, assert_formula, drawn

X = drawn(3, 4)
TIES = np.array([[2.0, 1.0, 2.0, 1.0], [0.0, np.nan, -np.inf, 0.0]])


def descending(x: Array) -> Array:
    return np.argsort(-x, -1, kind="stable")


def logs_of_sums(x: Array) -> Array:
    return np.log(np.cumsum(np.exp(x), 1))


SMOOTH: list[Case] = [
    ("cumsum", lambda x: x.cumsum(0), lambda x: x.cumsum(0), [X]),
    ("cumprod", lambda x: x.cumprod(1), lambda x: x.cumprod(1), [X]),
    ("cummax", lambda x: x.cummax(1).values, lambda x: np.maximum.accumulate(x, 1), [X]),
    ("cummin", lambda x: x.cummin(0).values, lambda x: np.minimum.accumulate(x, 0), [X]),
    ("logcumsumexp", lambda x: x.logcumsumexp(1), logs_of_sums, [X]),
    ("diff", lambda x: x.diff(dim=0), lambda x: np.diff(x, axis=0), [X]),
    ("sort", lambda x: x.sort(1).values, lambda x: np.sort(x, 1), [X]),
    ("msort", torch.msort, lambda x: np.sort(x, 0), [X]),
    ("topk", lambda x: x.topk(2, 1).values, lambda x: -np.sort(-x, 1)[:, :2], [X]),
    ("kthvalue", lambda x: x.kthvalue(2, 1).values, lambda x: np.sort(x, 1)[:, 1], [X]),
    ("trapezoid", lambda x: torch.trapezoid(x, dim=1), lambda x: np.trapezoid(x, axis=1), [X]),
]
DISCRETE: list[Case] = [
    ("argsort", lambda x: x.argsort(0), lambda x: np.argsort(x, 0), [X]),
    ("sort down", lambda x: x.sort(1, descending=True).indices, descending, [X]),
    ("topk indices", lambda x: x.topk(3).indices, lambda x: descending(x)[:, :3], [X]),
    ("stable", lambda x: x.argsort(1, stable=True), lambda x: np.argsort(x, 1, "stable"), [TIES]),
    ("NaN last", lambda x: x.sort(1).values, lambda x: np.sort(x, 1), [TIES]),
    ("unique", lambda x: x[0].unique(), lambda x: np.unique(x[0]), [TIES]),
    (
        "unique counts",
        lambda x: x[0].unique(return_inverse=True, return_counts=True),
        lambda x: np.unique(x[0], return_inverse=True, return_counts=True),
        [TIES],
    ),
    (
        "searchsorted",
        lambda s, x: torch.searchsorted(s, x, right=True),
        lambda s, x: np.searchsorted(s, x, "right"),
        [np.sort(X[0]), X],
    ),
    (
        "histc",
        lambda x: torch.histc(x, 5, -2.0, 2.0),
        lambda x: np.histogram(x, 5, (-2.0, 2.0))[0],
        [X + 0.01],
    ),
]


@pytest.mark.parametrize("case", SMOOTH + DISCRETE, ids=lambda case: case[0])
def test_values_are_numpys(case: Case) -> None:
    assert_formula(case)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("case", SMOOTH, ids=lambda case: case[0])
def test_gradients_are_central_differences(case: Case, order: int) -> None:
    assert_central_differences(case, order)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("count", [0, 1, 17, 5000])
def test_sorting_long_and_short_rows(dtype: str, count: int) -> None:
    array = np.random.default_rng(count).integers(0, 100, (2, count)).astype(dtype)
    values, indices = torch.from_numpy(array).sort(1, stable=True)
    np.testing.assert_array_equal(values.numpy(), np.sort(array, 1))
    np.testing.assert_array_equal(indices.numpy(), np.argsort(array, 1, kind="stable"))
