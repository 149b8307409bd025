"""Parts that are computed again in backward give the same results and gradients."""

from __future__ import annotations

from typing import Any

import pytest

import minitorch.torch as torch
from minitorch.torch.utils.checkpoint import checkpoint, checkpoint_sequential


def drawn(*sizes: int) -> Any:
    return torch.randn(*sizes, dtype=torch.float64)


class Layer(torch.nn.Module):
    """A layer with weights, random numbers, two results and a captured tensor."""

    def __init__(self, captured: Any) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(drawn(3, 3))
        self.captured = captured
        self.calls = 0

    def forward(self, x: Any, scale: float = 1.0) -> dict[str, Any]:
        self.calls += 1
        kept = torch.rand(3, dtype=torch.float64) * torch.tanh(x @ self.weight) * scale
        return {"kept": kept, "sum": (kept * self.captured).sum(), "name": "layer"}


@pytest.mark.parametrize("use_reentrant", [None, False, True])
def test_gradients_are_those_of_the_plain_way(use_reentrant: bool | None) -> None:
    torch.manual_seed(1)
    leaf = drawn(3).requires_grad_()
    layer = Layer(leaf * 2)
    x = drawn(2, 3).requires_grad_()
    found = []
    for is_checkpointed in (False, True):
        torch.manual_seed(2)
        if is_checkpointed:
            result = checkpoint(layer, x, scale=1.5, use_reentrant=use_reentrant)
        else:
            result = layer(x, scale=1.5)
        following = torch.rand(1).item()
        total = (result["kept"] * result["sum"]).sum()
        gradients = torch.autograd.grad(total, [x, layer.weight, leaf], retain_graph=True)
        assert result["name"] == "layer"
        found.append((total.item(), following, torch.rand(1).item(), gradients))
        total.backward(retain_graph=True)
    (*plain, plain_gradients), (*again, gradients) = found
    assert again == plain
    for own, expected in zip(gradients, plain_gradients, strict=True):
        assert torch.equal(own, expected)
    assert layer.calls == 4  # once, and then three times: forward and two backwards


def test_second_derivatives_go_through() -> None:
    w, x = drawn(3, 3).requires_grad_(), drawn(2, 3).requires_grad_()

    def function(x: Any) -> Any:
        return torch.tanh(x @ w)

    seconds = []
    for y in (function(x), checkpoint(function, x, use_reentrant=False)):
        (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        seconds.append(torch.autograd.grad(first.pow(2).sum(), w)[0])
    assert torch.allclose(seconds[0], seconds[1])


def test_inner_results_are_not_kept() -> None:
    import weakref

    inner: list[Any] = []

    def function(x: Any) -> Any:
        y = x.exp()
        inner.append(weakref.ref(y))
        return y.sin()

    x = drawn(4).requires_grad_()
    result = checkpoint(function, x, use_reentrant=False)
    assert inner[0]() is None
    result.sum().backward()
    assert torch.allclose(x.grad, x.exp().cos() * x.exp())


def test_segments_give_the_gradients_of_the_whole() -> None:
    torch.manual_seed(1)
    steps = [torch.nn.Linear(3, 3), torch.tanh, torch.nn.Linear(3, 3), torch.tanh]
    x = torch.randn(2, 3, requires_grad=True)
    checkpoint_sequential(steps, 2, x, use_reentrant=False).sum().backward()
    found = x.grad.clone()
    x.grad = None
    y = x
    for step in steps:
        y = step(y)
    y.sum().backward()
    assert torch.equal(found, x.grad)


def test_a_function_that_changes_its_mind_is_noticed() -> None:
    sizes = iter((2, 3))

    def function(x: Any) -> Any:
        return x * torch.ones(next(sizes))

    result = checkpoint(function, torch.ones(1, requires_grad=True), use_reentrant=False)
    with pytest.raises(RuntimeError, match="computed again"):
        result.sum().backward()


def test_nothing_is_recorded_without_a_gradient() -> None:
    assert checkpoint(torch.exp, torch.zeros(1), use_reentrant=False).grad_fn is None
    with torch.no_grad():
        x = torch.zeros(1, requires_grad=True)
        assert checkpoint(torch.exp, x, use_reentrant=False).grad_fn is None
