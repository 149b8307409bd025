"""Activations, layers and initial values without PyTorch: formulas and central differences."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn


def drawn(shape: tuple[int, ...], seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).normal(size=shape)


# ---- activations


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (our_nn.functional.relu, lambda x: max(x, 0.0)),
        (our_nn.functional.silu, lambda x: x / (1 + math.exp(-x))),
        (our_nn.functional.elu, lambda x: x if x > 0 else math.expm1(x)),
        (our_nn.functional.softplus, lambda x: math.log1p(math.exp(x))),
        (our_nn.functional.gelu, lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2),
        (our_nn.functional.hardswish, lambda x: x * min(max(x + 3, 0), 6) / 6),
    ],
)
def test_formulas_and_central_differences(function: object, formula: object) -> None:
    points = [-2.3, -0.7, 0.4, 1.9]
    x = ours.tensor(points, dtype=ours.float64, requires_grad=True)
    result = function(x)  # type: ignore[operator]
    np.testing.assert_allclose(result.tolist(), [formula(p) for p in points])  # type: ignore[operator]
    result.sum().backward()
    slopes = [(formula(p + 1e-6) - formula(p - 1e-6)) / 2e-6 for p in points]  # type: ignore[operator]
    np.testing.assert_allclose(x.grad.tolist(), slopes, atol=1e-7)  # type: ignore[union-attr]


def test_warnings_are_not_raised_by_plain_calls() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        our_nn.functional.softmax(ours.ones(2, 3), dim=1)


# ---- linear


def test_bilinear_of_numbers() -> None:
    x, y, w = drawn((4, 3)), drawn((4, 2), 1), drawn((5, 3, 2), 2)
    result = our_nn.functional.bilinear(*(ours.tensor(each) for each in (x, y, w)))
    np.testing.assert_allclose(result.numpy(), np.einsum("ni,kij,nj->nk", x, w, y))


def test_pixel_shuffle_is_undone() -> None:
    x = ours.tensor(drawn((2, 8, 3, 5)))
    again = our_nn.PixelUnshuffle(2)(our_nn.PixelShuffle(2)(x))
    assert ours.equal(again, x)
    assert float(our_nn.PixelShuffle(2)(x)[0, 1, 1, 2]) == float(x[0, 6, 0, 1])


def test_nothing_is_shuffled_into_its_shape() -> None:
    # PyTorch gives the shape of the input here.
    assert tuple(our_nn.functional.pixel_shuffle(ours.ones(0, 4, 2, 2), 2).shape) == (0, 1, 4, 4)
    assert tuple(our_nn.functional.pixel_unshuffle(ours.ones(0, 1, 2, 2), 2).shape) == (0, 4, 1, 1)


# ---- dropout


@pytest.mark.parametrize("function", [our_nn.functional.dropout, our_nn.functional.alpha_dropout])
def test_mean_stays(function: Callable[..., Any]) -> None:
    ours.manual_seed(1)
    x = ours.randn(200_000, dtype=ours.float64) + (function is our_nn.functional.dropout)
    result = function(x, 0.3, True)
    assert abs(float(result.mean()) - float(x.mean())) < 0.02
    if function is our_nn.functional.dropout:
        assert abs(float((result == 0).double().mean()) - 0.3) < 0.01
    else:
        assert abs(float(result.std()) - 1) < 0.02


# ---- embedding


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_bags_to_second_order_against_single_rows(mode: str) -> None:
    # PyTorch has none of bags.
    table = ours.tensor(drawn((5, 2)), requires_grad=True)
    indices = ours.tensor([[0, 3, 1], [4, 0, 0]])
    joined = {"sum": lambda x: x.sum(1), "mean": lambda x: x.mean(1), "max": lambda x: x.max(1)[0]}
    for order in (1, 2):
        found = []
        for result in (
            our_nn.functional.embedding_bag(indices, table, mode=mode),
            joined[mode](our_nn.functional.embedding(indices, table)),
        ):
            (gradient,) = ours.autograd.grad((result**3).sum(), table, create_graph=True)
            if order == 2:
                (gradient,) = ours.autograd.grad((gradient**2).sum(), table)
            found.append(gradient.detach().numpy())
        np.testing.assert_allclose(found[0], found[1], rtol=1e-9)


@pytest.mark.parametrize("mode", ["sum", "mean"])
def test_bags_scaled_by_frequency(mode: str) -> None:
    # PyTorch takes the counts of other rows here.
    table = ours.tensor(drawn((5, 2)), requires_grad=True)
    indices, weights = ours.tensor([[0, 3, 0], [4, 0, 3]]), ours.tensor(drawn((2, 2), 1))
    for create_graph in (False, True):
        found = []
        for result in (
            our_nn.functional.embedding_bag(indices, table, mode=mode, scale_grad_by_freq=True),
            getattr(our_nn.functional.embedding(indices, table, scale_grad_by_freq=True), mode)(1),
        ):
            total = (result * weights).sum()
            (gradient,) = ours.autograd.grad(total, table, create_graph=create_graph)
            found.append(gradient.detach().numpy())
        np.testing.assert_allclose(found[0], found[1], rtol=1e-12)


def test_weighted_bags_to_second_order() -> None:
    table = ours.tensor(drawn((5, 2)), requires_grad=True)
    weights = ours.tensor(drawn((2, 3), 1), requires_grad=True)
    indices = ours.tensor([[0, 3, 1], [4, 0, 0]])
    found = []
    for result in (
        our_nn.functional.embedding_bag(indices, table, mode="sum", per_sample_weights=weights),
        (our_nn.functional.embedding(indices, table) * weights.unsqueeze(2)).sum(1),
    ):
        first = ours.autograd.grad((result**3).sum(), (table, weights), create_graph=True)
        total = (first[0] ** 2).sum() + (first[1] ** 2).sum()
        found.append([g.numpy() for g in ours.autograd.grad(total, (table, weights))])
    for mine, other in zip(*found, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-9)


def test_rows_and_their_gradient() -> None:
    table = ours.tensor(drawn((5, 2)), requires_grad=True)
    rows = our_nn.functional.embedding(ours.tensor([3, 1, 3]), table, padding_idx=1)
    np.testing.assert_array_equal(rows.detach().numpy(), table.detach().numpy()[[3, 1, 3]])
    rows.sum().backward()
    np.testing.assert_array_equal(
        table.grad.numpy(),
        [[0, 0], [0, 0], [0, 0], [2, 2], [0, 0]],  # type: ignore[union-attr]
    )


# ---- distances


def test_pdist_of_rows() -> None:
    x = drawn((5, 3))
    wanted = [np.linalg.norm(x[i] - x[j]) for i in range(5) for j in range(i + 1, 5)]
    np.testing.assert_allclose(our_nn.functional.pdist(ours.tensor(x)).numpy(), wanted)


def test_rows_that_coincide_have_gradients_of_zero() -> None:
    x = ours.ones(3, 2, requires_grad=True)
    our_nn.functional.pdist(x).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.zeros((3, 2)))  # type: ignore[union-attr]


# ---- init


def test_variances() -> None:
    ours.manual_seed(0)
    w = ours.empty(300, 200)
    for fill, variance in (
        (our_nn.init.xavier_uniform_, 2 / 500),
        (our_nn.init.xavier_normal_, 2 / 500),
        (our_nn.init.kaiming_uniform_, 2 / 200),
        (our_nn.init.kaiming_normal_, 2 / 200),
    ):
        fill(w)
        assert abs(float(w.var()) / variance - 1) < 0.03
    our_nn.init.trunc_normal_(w, a=-0.5, b=1.0)
    assert -0.5 <= float(w.min()) < float(w.max()) <= 1.0
