"""Modules: hooks on the way back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn
from minitorch.torch.nn.modules import module as our_module

theirs = pytest.importorskip("torch")

from torch.nn.modules import module as their_module  # noqa: E402

from .module_checks import Steps, assert_same, facts, outcome  # noqa: E402
from .module_samples import make  # noqa: E402


def _three(nn: Any) -> Any:
    class Three(nn.Module):  # type: ignore[misc,name-defined]
        def forward(self, a: Any, b: Any, k: float = 2.0) -> Any:
            return a * k, b * 3, a * b

    return Three()


def _backward(
    chosen: list[int],
    needs: tuple[bool, bool] = (True, True),
    answer: Steps = lambda nn, t: None,
    pre_answer: Steps = lambda nn, t: None,
) -> Steps:
    def steps(nn: Any, torch: Any) -> Any:
        log: list[Any] = []

        def hook(module: Any, *gradients: Any) -> Any:
            log.append((type(module).__name__, facts(gradients)))
            return answer(nn, torch)

        def pre_hook(module: Any, gradients: Any) -> Any:
            log.append(("pre", facts(gradients)))
            return pre_answer(nn, torch)

        module = _three(nn)
        handles = [
            module.register_full_backward_hook(hook),
            module.register_full_backward_pre_hook(pre_hook),
            module.register_full_backward_hook(
                lambda m, *g: log.append(("first", facts(g))), prepend=True
            ),
        ]
        a = torch.tensor([1.0, 2.0], requires_grad=needs[0])
        b = torch.tensor([3.0, 4.0], requires_grad=needs[1])
        results = module(a * 1, b * 1, k=5.0)
        names = [type(r.grad_fn).__name__ for r in results]
        for handle in handles:
            handle.remove()
        plain = module(a, b)
        sum([results[i].sum() for i in chosen]).backward()
        return names, log, a.grad, b.grad, type(plain[0].grad_fn).__name__

    return steps


BACKWARD: dict[str, Steps] = {
    "one result": _backward([0]),
    "two results": _backward([0, 2]),
    "all results": _backward([0, 1, 2]),
    "one operand": _backward([0, 2], (True, False)),
    "the other operand": _backward([1, 2], (False, True)),
    "replaced": _backward([1, 2], answer=lambda nn, t: (t.ones(2), t.ones(2) * 7)),
    "replaced by None": _backward([1, 2], answer=lambda nn, t: (None, t.ones(2) * 7)),
    "too few": _backward([1], answer=lambda nn, t: (t.ones(2),)),
    "of another shape": _backward([1], answer=lambda nn, t: (t.ones(2), t.ones(3))),
    "pre replaced": _backward([1], pre_answer=lambda nn, t: (None, t.ones(2) * 7, None)),
    "pre too few": _backward([1], pre_answer=lambda nn, t: (t.ones(2),)),
}


@pytest.mark.parametrize("steps", BACKWARD.values(), ids=BACKWARD)
def test_full_backward_hooks(steps: Steps) -> None:
    assert_same(steps)


def _without_inputs(answer: Steps) -> Steps:
    def steps(nn: Any, torch: Any) -> Any:
        log: list[Any] = []
        scale = make(nn, torch).first

        def hook(module: Any, *gradients: Any) -> Any:
            log.append(facts(gradients))
            return answer(nn, torch)

        scale.register_full_backward_hook(hook)
        scale(torch.ones(2)).sum().backward()
        return log, scale.weight.grad

    return steps


def _nested(nn: Any, torch: Any) -> Any:
    log: list[Any] = []
    net = make(nn, torch)
    for name, module in net.named_modules():
        module.register_full_backward_hook(
            lambda m, gi, go, name=name: log.append((name, facts(gi), facts(go)))
        )
    x = torch.ones(3, 2, requires_grad=True)
    (net(x) * torch.tensor([1.0, -2.0])).sum().backward()
    return log, x.grad, [p.grad for p in net.parameters()]


def _no_grad(nn: Any, torch: Any) -> Any:
    scale = make(nn, torch).first
    scale.register_full_backward_hook(lambda *args: 1 / 0)
    with torch.no_grad():
        return scale(torch.ones(2, requires_grad=True))


def _odd_result(nn: Any, torch: Any) -> Any:
    class Named(nn.Module):  # type: ignore[misc,name-defined]
        def forward(self, x: Any) -> Any:
            return {"a": x * 2}

    module = Named()
    module.register_full_backward_hook(lambda *args: 1 / 0)
    x = torch.ones(2, requires_grad=True)
    module(x)["a"].sum().backward()
    return x.grad


def _second_order(nn: Any, torch: Any) -> Any:
    class Cube(nn.Module):  # type: ignore[misc,name-defined]
        def forward(self, x: Any) -> Any:
            return x * x * x

    module = Cube()
    module.register_full_backward_hook(lambda m, gi, go: (gi[0] * 2,))
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    module(x).sum().backward(create_graph=True)
    first = x.grad
    x.grad = None
    first.sum().backward()
    return first.detach(), x.grad


def _pre_alone(nn: Any, torch: Any) -> Any:
    scale = make(nn, torch).first
    scale.register_full_backward_pre_hook(lambda m, go: (go[0] * 10,))
    x = torch.ones(2, requires_grad=True)
    scale(x).sum().backward()
    return x.grad, scale.weight.grad, list(scale._backward_pre_hooks)[:0]


def _both_sorts(first: str, second: str) -> Steps:
    def steps(nn: Any, torch: Any) -> Any:
        scale = make(nn, torch).first
        getattr(scale, first)(print)
        getattr(scale, second)(print)

    return steps


def _global_backward(nn: Any, torch: Any) -> Any:
    own = our_module if nn is our_nn else their_module
    log: list[Any] = []
    net = make(nn, torch)
    net.inner.register_full_backward_hook(lambda *args: log.append("own"))
    handles = [
        own.register_module_full_backward_hook(
            lambda m, gi, go: log.append((type(m).__name__, facts(gi), facts(go)))
        ),
        own.register_module_full_backward_pre_hook(lambda m, go: log.append(type(m).__name__)),
    ]
    try:
        refused = type(outcome(lambda: own.register_module_backward_hook(print))).__name__
        net(torch.ones(2, requires_grad=True)).sum().backward()
    finally:
        for handle in handles:
            handle.remove()
    return refused, log


def _old_hook(nn: Any, torch: Any) -> Any:
    class Affine(nn.Module):  # type: ignore[misc,name-defined]
        def forward(self, x: Any) -> Any:
            return [x, x * 2 * x]

    log: list[Any] = []
    module = nn.Sequential(make(nn, torch).first)
    module.register_backward_hook(lambda m, gi, go: log.append((facts(gi), facts(go))))
    x = torch.ones(2, requires_grad=True)
    module(x).sum().backward()
    return log, x.grad


def _autograd_grad(nn: Any, torch: Any) -> Any:
    log: list[Any] = []
    scale = make(nn, torch).first
    scale.register_full_backward_hook(lambda m, gi, go: log.append((facts(gi), facts(go))))
    x = torch.ones(2, requires_grad=True)
    result = (scale(x) * torch.tensor([2.0, 3.0])).sum()
    for wanted in (x, scale.weight, x):
        log.append(facts(torch.autograd.grad(result, wanted, retain_graph=True)))
    return log


def _same_operand_twice(nn: Any, torch: Any) -> Any:
    log: list[Any] = []
    module = _three(nn)
    module.register_full_backward_hook(lambda m, gi, go: log.append((facts(gi), facts(go))))
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    sum(result.sum() for result in module(x, x)).backward()
    return log, x.grad


WAYS_BACK: dict[str, Steps] = {
    "without inputs": _without_inputs(lambda nn, t: None),
    "without inputs, Nones": _without_inputs(lambda nn, t: (None,)),
    "without inputs, replaced": _without_inputs(lambda nn, t: (t.ones(2),)),
    "nested": _nested,
    "no_grad": _no_grad,
    "odd result": _odd_result,
    "second order": _second_order,
    "pre hook alone": _pre_alone,
    "old after full": _both_sorts("register_full_backward_hook", "register_backward_hook"),
    "full after old": _both_sorts("register_backward_hook", "register_full_backward_hook"),
    "global": _global_backward,
    "old": _old_hook,
    "autograd.grad": _autograd_grad,
    "the same operand twice": _same_operand_twice,
}


@pytest.mark.parametrize("steps", WAYS_BACK.values(), ids=WAYS_BACK)
def test_ways_back(steps: Steps) -> None:
    assert_same(steps)


def test_operands_changed_in_place_behind_a_backward_hook_keep_their_gradients() -> None:
    class Doubled(our_nn.Module):
        def forward(self, x: Any) -> Any:
            return x.mul_(2)

    seen = []
    module = Doubled()
    module.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go)))
    leaf = ours.tensor([1.0, 2.0], requires_grad=True)
    x = leaf * 3
    result = module(x)
    (result * x).sum().backward()
    # result and x are the same memory: (2 * 3 * leaf)^2
    assert leaf.grad is not None
    np.testing.assert_allclose(leaf.grad.numpy(), 72 * leaf.detach().numpy())
    assert len(seen) == 1
