"""Normalization against its formulas in NumPy and against differences: PyTorch is not needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minitorch import torch
from minitorch.torch.nn import functional as F  # noqa: N812

X = np.random.default_rng(0).normal(1.0, 2.0, (3, 4, 5))


def normal(x: Any, dims: tuple[int, ...], eps: float = 1e-5) -> Any:
    mean, variance = x.mean(dims, keepdims=True), x.var(dims, keepdims=True)
    return (x - mean) / np.sqrt(variance + eps)


FORMULAS: list[tuple[Callable[[Any], Any], Callable[[Any], Any]]] = [
    (lambda x: F.layer_norm(x, (5,)), lambda x: normal(x, (2,))),
    (lambda x: F.layer_norm(x, (4, 5), eps=0.5), lambda x: normal(x, (1, 2), 0.5)),
    (lambda x: F.layer_norm(x[0], (4, 5)), lambda x: normal(x[0], (0, 1))),
    (lambda x: F.layer_norm(x.mT, (4,)).mT, lambda x: normal(x, (1,))),
    (lambda x: F.batch_norm(x, None, None, training=True), lambda x: normal(x, (0, 2))),
    (lambda x: F.instance_norm(x), lambda x: normal(x, (2,))),
    (
        lambda x: F.group_norm(x, 2),
        lambda x: normal(x.reshape(3, 2, 10), (2,)).reshape(3, 4, 5),
    ),
    (
        lambda x: F.rms_norm(x, (5,), eps=0.1),
        lambda x: x / np.sqrt((x * x).mean(2, keepdims=True) + 0.1),
    ),
    (
        lambda x: F.rms_norm(x[0], (4, 5), eps=0.1),
        lambda x: x[0] / np.sqrt((x[0] * x[0]).mean() + 0.1),
    ),
]


@pytest.mark.parametrize("place", range(len(FORMULAS)))
def test_values_and_derivatives(place: int) -> None:
    function, formula = FORMULAS[place]
    x = torch.tensor(X, requires_grad=True)
    np.testing.assert_allclose(function(x).detach().numpy(), formula(X), rtol=1e-12, atol=1e-12)
    assert torch.autograd.gradcheck(function, (x,))
    assert torch.autograd.gradgradcheck(function, (x,), atol=1e-4)


def test_derivatives_of_weights() -> None:
    x, w, b = (
        torch.tensor(np.random.default_rng(seed).normal(size=shape), requires_grad=True)
        for seed, shape in enumerate([(3, 4, 5), (4,), (4,)])
    )
    for function in (
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
        lambda x, w, b: F.batch_norm(x, torch.ones(4).double(), torch.ones(4).double(), w, b),
        lambda x, w, b: F.group_norm(x, 2, w, b),
        lambda x, w, b: F.layer_norm(x.mT, (4,), w, b),
    ):
        assert torch.autograd.gradcheck(function, (x, w, b))
        assert torch.autograd.gradgradcheck(function, (x, w, b), atol=1e-4)


def test_running_statistics_move_towards_those_of_the_batch() -> None:
    layer = torch.nn.BatchNorm1d(4, momentum=0.25).double()
    layer(torch.tensor(X))
    np.testing.assert_allclose(layer.running_mean.numpy(), 0.25 * X.mean((0, 2)))
    np.testing.assert_allclose(
        layer.running_var.numpy(), 0.75 + 0.25 * X.transpose(1, 0, 2).reshape(4, -1).var(1, ddof=1)
    )
    average = torch.nn.BatchNorm1d(4, momentum=None).double()
    average(torch.tensor(X))
    average(torch.tensor(3 * X))
    np.testing.assert_allclose(average.running_mean.numpy(), 2 * X.mean((0, 2)))


def test_a_graph_is_walked_twice_only_if_it_is_retained() -> None:
    layer = torch.nn.LayerNorm(5)
    result = layer(torch.tensor(X, dtype=torch.float32)).sum()
    result.backward(retain_graph=True)
    result.backward()
    np.testing.assert_allclose(layer.bias.grad.numpy(), np.full(5, 24.0))
    with pytest.raises(RuntimeError, match="second time"):
        result.backward()


def test_nothing_is_recorded_without_need() -> None:
    layer = torch.nn.BatchNorm1d(4)
    with torch.no_grad():
        assert layer(torch.ones(2, 4)).grad_fn is None
    assert torch.nn.LayerNorm(4, elementwise_affine=False)(torch.ones(2, 4)).grad_fn is None
