"""Reductions held against NumPy and central differences, without PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

from minitorch import torch

from .alone import Case, assert_central_differences, assert_formula, drawn

X = drawn(2, 3, 4)

CASES: list[Case] = [
    ("sum", torch.sum, np.sum, [X]),
    ("sum of a dim", lambda x: x.sum(1), lambda x: x.sum(1), [X]),
    ("sum kept", lambda x: x.sum((0, 2), True), lambda x: x.sum((0, 2), keepdims=True), [X]),
    ("mean", lambda x: x.mean(-1), lambda x: x.mean(-1), [X]),
    ("prod", lambda x: x.prod(2), lambda x: x.prod(2), [X]),
    ("var", lambda x: x.var((0, 1)), lambda x: x.var((0, 1), ddof=1), [X]),
    ("std", lambda x: x.std(0, correction=0), lambda x: x.std(0), [X]),
    ("amax", lambda x: x.amax((0, 2)), lambda x: x.max((0, 2)), [X]),
    ("amin", lambda x: x.amin(1, True), lambda x: x.min(1, keepdims=True), [X]),
    ("max", lambda x: tuple(x.max(1)), lambda x: (x.max(1), x.argmax(1)), [X]),
    ("min of all", torch.min, np.min, [X]),
    ("norm", lambda x: x.norm(dim=1), lambda x: np.sqrt((x * x).sum(1)), [X]),
    ("norm of order 3", lambda x: x.norm(3), lambda x: (abs(x) ** 3).sum() ** (1 / 3), [X]),
    ("logsumexp", lambda x: x.logsumexp(1), lambda x: np.log(np.exp(x).sum(1)), [X]),
    ("nansum", torch.nansum, np.nansum, [X]),
    ("median", lambda x: x.median(1).values, lambda x: np.sort(x, 1)[:, 1], [X]),
    ("quantile", lambda x: x.quantile(0.3, 1), lambda x: np.quantile(x, 0.3, 1), [X]),
]
DISCRETE: list[Case] = [
    ("argmax", lambda x: x.argmax(2), lambda x: x.argmax(2), [X]),
    ("argmin of all", torch.argmin, np.argmin, [X]),
    ("all", lambda x: (x > -2).all(1), lambda x: (x > -2).all(1), [X]),
    ("any", lambda x: (x > 2).any(), lambda x: (x > 2).any(), [X]),
    ("nonzeros", lambda x: x.clamp(min=0).count_nonzero(1), lambda x: (x > 0).sum(1), [X]),
]


@pytest.mark.parametrize("case", CASES + DISCRETE, ids=lambda case: case[0])
def test_values_are_numpys(case: Case) -> None:
    assert_formula(case)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_gradients_are_central_differences(case: Case, order: int) -> None:
    assert_central_differences(case, order)


@pytest.mark.parametrize(
    ("name", "expected"), [("sum", 0.0), ("prod", 1.0), ("mean", np.nan), ("var", np.nan)]
)
@pytest.mark.filterwarnings("ignore:.*degrees of freedom")
def test_nothing_is_reduced_to_the_neutral_element(name: str, expected: float) -> None:
    result = getattr(torch.zeros(3, 0, dtype=torch.float64), name)(1)
    np.testing.assert_array_equal(result.numpy(), np.full(3, expected))


@pytest.mark.parametrize("name", ["max", "argmax", "amin"])
def test_nothing_has_no_extreme(name: str) -> None:
    with pytest.raises(IndexError):
        getattr(torch.zeros(3, 0), name)(1)


def test_sums_of_small_integers_and_bools_are_int64() -> None:
    for dtype in (torch.uint8, torch.int8, torch.int32, torch.bool):
        total = torch.ones(300, dtype=dtype).sum()
        assert total.dtype is torch.int64 and total.item() == 300


def test_a_long_sum_of_float32_is_nearly_exact() -> None:
    array = np.random.default_rng(0).random(1_000_003, np.float32)
    exact = array.astype(np.float64).sum()
    assert torch.from_numpy(array).sum().item() == pytest.approx(exact, rel=1e-6)
