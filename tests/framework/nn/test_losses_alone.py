"""Losses held against NumPy and central differences, without PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minitorch import torch

F = torch.nn.functional
NUMBERS = np.random.default_rng(0)
X, Y = NUMBERS.normal(size=(5, 4)), NUMBERS.normal(size=(5, 4))
P, Q = NUMBERS.uniform(0.1, 0.9, (5, 4)), NUMBERS.uniform(0.1, 0.9, (5, 4))
SIGNS = np.where(NUMBERS.random((5, 4)) > 0.5, 1.0, -1.0)
CLASSES = np.array([0, 3, 1, 1, 2])


def log_softmax(x: Any) -> Any:
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def cross_entropy(x: Any, t: Any) -> Any:
    return -log_softmax(x)[np.arange(len(t)), t].mean()


# The loss, the same in NumPy, and the operands.
CASES: list[tuple[Callable[..., Any], Callable[..., Any], Any, Any]] = [
    (F.mse_loss, lambda x, y: ((x - y) ** 2).mean(), X, Y),
    (F.l1_loss, lambda x, y: abs(x - y).mean(), X, Y),
    (
        F.smooth_l1_loss,
        lambda x, y: np.where(abs(x - y) < 1, (x - y) ** 2 / 2, abs(x - y) - 0.5).mean(),
        X,
        Y,
    ),
    (
        F.binary_cross_entropy,
        lambda p, q: -(q * np.log(p) + (1 - q) * np.log(1 - p)).mean(),
        P,
        Q,
    ),
    (
        F.binary_cross_entropy_with_logits,
        lambda x, q: (np.log(1 + np.exp(x)) - q * x).mean(),
        X,
        Q,
    ),
    (F.soft_margin_loss, lambda x, s: np.log(1 + np.exp(-s * x)).mean(), X, SIGNS),
    (F.cross_entropy, cross_entropy, X, CLASSES),
    (F.cross_entropy, lambda x, q: -(q * log_softmax(x)).sum() / len(x), X, Q),
    (F.nll_loss, lambda x, t: -x[np.arange(len(t)), t].mean(), X, CLASSES),
    (F.kl_div, lambda x, q: (q * (np.log(q) - x)).mean(), X, Q),
    (F.poisson_nll_loss, lambda x, q: (np.exp(x) - q * x).mean(), X, Q),
]


@pytest.mark.parametrize(("loss", "numpys", "x", "y"), CASES)
@pytest.mark.filterwarnings("ignore:kl_div")
def test_losses_are_numpys(loss: Any, numpys: Any, x: Any, y: Any) -> None:
    assert abs(loss(torch.tensor(x), torch.tensor(y)).item() - numpys(x, y)) < 1e-12


@pytest.mark.parametrize(("loss", "numpys", "x", "y"), CASES)
@pytest.mark.filterwarnings("ignore:kl_div")
def test_gradients_are_those_of_central_differences(loss: Any, numpys: Any, x: Any, y: Any) -> None:
    leaf = torch.tensor(x, requires_grad=True)
    (loss(leaf, torch.tensor(y)) * 3).backward()
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-6
        wanted = 3 * (numpys(x + step, y) - numpys(x - step, y)) / 2e-6
        assert abs(leaf.grad.numpy()[place] - wanted) < 1e-7


@pytest.mark.parametrize(("loss", "numpys", "x", "y"), CASES)
@pytest.mark.filterwarnings("ignore:kl_div")
def test_second_derivatives_are_those_of_the_first(loss: Any, numpys: Any, x: Any, y: Any) -> None:
    target = torch.tensor(y)
    assert torch.autograd.gradgradcheck(
        lambda leaf: loss(leaf, target), (torch.tensor(x, requires_grad=True),)
    )


def test_a_loss_is_the_same_whether_its_gradient_is_wanted() -> None:
    for size in (1, 3, 50, 5000, 70000):
        x = np.random.default_rng(size).random(size).astype("f4")
        y = np.random.default_rng(size + 1).random(size).astype("f4")
        for loss in (F.mse_loss, F.binary_cross_entropy, F.huber_loss):
            plain = loss(torch.tensor(x), torch.tensor(y))
            kept = []
            for _ in range(20):
                # Memory in other places, which must not matter.
                kept.append(np.empty(len(kept)))
                wanted = loss(torch.tensor(x, requires_grad=True), torch.tensor(y))
                assert wanted.item() == plain.item()


def test_a_graph_is_freed_by_its_backward() -> None:
    x = torch.tensor(X, requires_grad=True)
    for loss in (
        F.mse_loss(x, torch.tensor(Y)),
        F.cross_entropy(x, torch.tensor(CLASSES)),
        F.nll_loss(x, torch.tensor(CLASSES)),
    ):
        loss.backward()
        with pytest.raises(RuntimeError, match="second time"):
            loss.backward()


@pytest.mark.parametrize(
    "loss",
    [
        lambda x: F.mse_loss(x.view(-1), torch.tensor(Y.ravel())),
        lambda x: F.cross_entropy(x.view(4, 5).t(), torch.tensor(CLASSES)),
        lambda x: F.cross_entropy(x.view(5, 4), torch.tensor(CLASSES)),
        lambda x: F.nll_loss(x.view(5, 4), torch.tensor(CLASSES)),
    ],
)
def test_a_kept_graph_gives_the_same_after_its_gradient_was_changed(loss: Any) -> None:
    x = torch.tensor(X, requires_grad=True)
    result = loss(x)
    result.backward(retain_graph=True)
    first = x.grad.clone()
    x.grad.zero_()
    result.backward()
    assert first.any()
    assert (x.grad == first).all()


def test_float_class_labels_are_explained() -> None:
    with pytest.raises(RuntimeError, match=r"\.long\(\)"):
        F.cross_entropy(torch.tensor(X), torch.tensor(CLASSES.astype(float)))


def test_a_target_that_is_no_class_is_named_with_its_place() -> None:
    with pytest.raises(IndexError, match=r"target 4 at position \(3,\) is outside 0\.\.3"):
        F.cross_entropy(torch.tensor(X), torch.tensor([0, 3, 1, 4, 2]))


def test_warnings_point_at_the_callers_line() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        F.mse_loss(torch.tensor(X), torch.tensor(Y[:1]))
    assert [each.filename for each in seen] == [__file__]
