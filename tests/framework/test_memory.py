"""Graphs are freed as soon as nobody holds them, without the cycle collector."""

from __future__ import annotations

import gc
import resource
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import minitorch.torch as torch


@pytest.fixture(autouse=True)
def without_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = x * x * x
        ctx.save_for_backward(x, y)
        ctx.factor = 3.0
        return y

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, _ = ctx.saved_tensors
        return ctx.factor * x * x * grad


class Two(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y, z = x * 2, x * 3
        ctx.save_for_backward(y, z)
        return y, z

    @staticmethod
    def backward(ctx: Any, first: Any, second: Any) -> Any:
        return first * 2 + second * 3


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        x.mul_(2)
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)
        return x

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return grad * 2


def leaf() -> Any:
    return torch.tensor(np.linspace(0.5, 2.0, 6).reshape(2, 3), requires_grad=True)


def looked_at(y: Any) -> Any:
    """Look at the graph as a user may."""
    repr(y)
    assert y.grad_fn.next_functions
    y.grad_fn.metadata["seen"] = True
    return y


def with_hooks(x: Any) -> Any:
    y = x * x
    y.register_hook(lambda gradient: gradient * 2)
    y.retain_grad()
    y.grad_fn.register_prehook(lambda gradients: None)
    y.grad_fn.register_hook(lambda given, gradients: None)
    return y.exp()


def changed(x: Any) -> Any:
    y = x * 2.0
    y.add_(x)
    y[0].mul_(2.0)
    return y * y


FUNCTIONS: list[Callable[[Any], Any]] = [
    lambda x: x + x,
    lambda x: x * x,
    lambda x: x.exp(),
    lambda x: x.sigmoid() * x.tanh(),
    lambda x: x.t().sum(0),
    lambda x: x.mean(),
    lambda x: (x + 1.0) / x[0],
    lambda x: looked_at(x * 2),
    with_hooks,
    changed,
    Cube.apply,
    lambda x: looked_at(Cube.apply(x)),
    lambda x: Two.apply(x)[1],
    lambda x: Double.apply(x * 1.0),
    lambda x: x.max(0)[0],
    lambda x: x.unbind(0)[1],
]


def fates(result: Any) -> Iterator[Callable[[], Any]]:
    """Give what may happen to a result before it is dropped."""
    total = result.sum()
    yield lambda: None
    yield lambda: total.backward(retain_graph=True)
    yield lambda: torch.autograd.grad(total, result, retain_graph=True)
    yield lambda: torch.autograd.functional.jacobian(lambda x: x * x, result)
    yield total.backward


@pytest.mark.parametrize("fate", range(5))
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_dropped_graph_is_freed(function: Callable[[Any], Any], fate: int) -> None:
    x = leaf()
    inner = x * 1.5
    result = function(inner)
    list(fates(result))[fate]()
    references = [weakref.ref(inner), weakref.ref(result)]
    del inner, result
    assert [reference() for reference in references] == [None, None]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_recorded_backward_is_freed(function: Callable[[Any], Any]) -> None:
    x = leaf()
    inner = x * 1.5
    result = function(inner)
    (first,) = torch.autograd.grad((result * result).sum(), x, create_graph=True)
    torch.autograd.grad((first * first).sum(), x)
    references = [weakref.ref(each) for each in (inner, result, first)]
    del inner, result, first
    assert [reference() for reference in references] == [None] * 3


def test_a_backward_frees_what_was_saved() -> None:
    x = leaf()
    inner = x * 1.5
    result = inner.exp() * inner
    reference = weakref.ref(inner)
    del inner
    assert reference() is not None
    result.sum().backward()
    assert reference() is None


def test_a_leaf_with_hooks_is_freed() -> None:
    x = leaf()
    x.register_hook(lambda gradient: gradient)
    x.register_post_accumulate_grad_hook(lambda parameter: None)
    (x * x).sum().backward()
    reference = weakref.ref(x)
    del x
    assert reference() is None


def test_a_failed_backward_is_freed() -> None:
    x = leaf()
    y = x * 1.0
    z = y * y
    y.add_(1.0)
    with pytest.raises(RuntimeError):
        z.sum().backward()
    reference = weakref.ref(z)
    del z, y
    # The traceback that pytest keeps holds nothing of the graph but what the test held.
    assert reference() is None


def test_anomaly_mode_holds_no_tensors() -> None:
    with torch.autograd.detect_anomaly():
        x = leaf()
        y = x.exp()
        y.sum().backward()
        reference = weakref.ref(y)
        del y
        assert reference() is None


def test_torch_func_leaves_nothing_behind() -> None:
    seen = []

    def function(x: Any) -> Any:
        y = (x * x).sum()
        seen.extend([weakref.ref(x), weakref.ref(y)])
        return y

    torch.func.grad(function)(leaf().detach())
    torch.func.hessian(function)(leaf().detach())
    assert [reference() for reference in seen] == [None] * len(seen)


@pytest.mark.slow
@pytest.mark.parametrize("depth", [100_000])
def test_deep_graphs_are_freed_without_recursion(depth: int) -> None:
    x = torch.tensor([1.0], requires_grad=True)

    def through_function(y: Any) -> Any:
        return torch.sub(Cube.apply(y), 0.0)

    for step in (lambda y: y.neg(), lambda y: y.view(1), through_function):
        y = x
        for _ in range(depth if step is not through_function else depth // 5):
            y = step(y)
        reference = weakref.ref(y)
        del y
        assert reference() is None


def resident() -> int:
    """Give the most memory that the process had so far, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.slow
def test_many_small_steps_keep_memory_flat() -> None:
    w = torch.tensor(np.ones((2, 3)), requires_grad=True)

    def steps(count: int) -> None:
        for i in range(count):
            y = w * w
            if i % 4 == 0:
                y.register_hook(lambda gradient: gradient)
            if i % 4 == 1:
                y = Cube.apply(y)
            if i % 4 == 2:
                y.add_(1.0)
            (y + w).sum().backward()
            with torch.no_grad():
                w.sub_(w.grad, alpha=1e-6)
            w.grad = None

    steps(5_000)
    before = resident()
    steps(95_000)
    assert resident() - before < 4_000
