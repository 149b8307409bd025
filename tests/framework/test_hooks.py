"""Hooks of tensors and nodes are called when PyTorch calls them, with the same gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .leaves import leaf

theirs = pytest.importorskip("torch")

Program = Callable[[Any, list[Any]], Any]


def noted(value: Any) -> Any:
    if isinstance(value, ours.Tensor | theirs.Tensor):
        return np.round(value.detach().numpy(), 9).tolist()
    if isinstance(value, tuple | list):
        return [noted(each) for each in value]
    return value


def note(log: list[Any], name: str, factor: float | None = None) -> Callable[[Any], Any]:
    def hook(gradient: Any) -> Any:
        log.append((name, noted(gradient)))
        return None if factor is None else gradient * factor

    return hook


def on_leaf(torch: Any, log: list[Any]) -> Any:
    x = leaf(torch, 3)
    x.register_hook(note(log, "once", 2.0))
    x.register_hook(note(log, "twice"))
    y = x * x + x.exp()
    y.sum().backward()
    return x.grad


def on_intermediate(torch: Any, log: list[Any]) -> Any:
    x = leaf(torch, 3)
    y = x * x
    y.register_hook(note(log, "y", 3.0))
    (y * y + y).sum().backward()
    return x.grad


def on_result(torch: Any, log: list[Any]) -> Any:
    x = leaf(torch, 3)
    y = (x * x).sum()
    y.register_hook(note(log, "y", 3.0))
    y.backward()
    return x.grad


def removed(torch: Any, log: list[Any]) -> Any:
    x = leaf(torch, 3)
    first = x.register_hook(note(log, "first", 2.0))
    second = x.register_hook(note(log, "second"))
    first.remove()
    first.remove()
    (x * x).sum().backward()
    with x.register_hook(note(log, "third")):
        (x * x).sum().backward()
    second.remove()
    (x * x).sum().backward()
    return x.grad


def before_a_change(torch: Any, log: list[Any]) -> Any:
    x = leaf(torch, 3)
    y = x * 1.0
    y.register_hook(note(log, "before"))
    y.mul_(2.0)
    y.register_hook(note(log, "after"))
    (y * y).sum().backward()
    return x.grad


def recorded(torch: Any, log: list[Any]) -> Any:
    x = leaf(torch, 3)
    y = x * x
    y.register_hook(lambda gradient: gradient * gradient)
    x.register_hook(note(log, "x", 2.0))
    (first,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    return first, second


def in_grad(torch: Any, log: list[Any]) -> Any:
    x = leaf(torch, 3)
    y = x * x
    y.register_hook(note(log, "y", 2.0))
    y.retain_grad()
    x.register_hook(note(log, "x", 3.0))
    x.register_post_accumulate_grad_hook(lambda p: log.append("accumulated"))
    z = (y * y).sum()
    return [
        torch.autograd.grad(z, x, retain_graph=True),
        torch.autograd.grad(z, y, retain_graph=True),
        torch.autograd.grad(z, (y, x), retain_graph=True),
        y.grad,
        x.grad,
    ]


def retained_sees_replaced(torch: Any, log: list[Any]) -> Any:
    x = leaf(torch, 3)
    y = x * x
    y.retain_grad()
    y.register_hook(note(log, "y", 2.0))
    (y * y).sum().backward()
    return y.grad, x.grad


def accumulated(torch: Any, log: list[Any]) -> Any:
    x = leaf(torch, 3)

    def hook(parameter: Any) -> None:
        log.append((parameter is x, noted(parameter.grad)))
        parameter.grad = None

    handle = x.register_post_accumulate_grad_hook(hook)
    (x * x).sum().backward()
    (x * x * x).sum().backward(create_graph=False)
    handle.remove()
    (x * x).sum().backward()
    return x.grad


def on_chosen_inputs(torch: Any, log: list[Any]) -> Any:
    x, y = leaf(torch, 3), leaf(torch, 3, seed=1)
    x.register_hook(note(log, "x"))
    y.register_hook(note(log, "y"))
    (x * y).sum().backward(inputs=[x])
    return x.grad, y.grad


def of_nodes(torch: Any, log: list[Any]) -> Any:
    x, y = leaf(torch, 3), leaf(torch, 3, seed=1)
    z = x * y

    def before(grad_outputs: Any) -> Any:
        log.append(("before", noted(grad_outputs)))
        return tuple(gradient * 2 for gradient in grad_outputs)

    def after(grad_inputs: Any, grad_outputs: Any) -> Any:
        log.append(("after", noted(grad_inputs), noted(grad_outputs)))
        return grad_inputs[1], grad_inputs[0]

    z.grad_fn.register_prehook(before)
    z.grad_fn.register_hook(after)
    z.sum().backward()
    return x.grad, y.grad


def of_accumulation(torch: Any, log: list[Any]) -> Any:
    x = leaf(torch, 3)
    y = x * 2
    node = y.grad_fn.next_functions[0][0]
    node.register_prehook(lambda grads: log.append(("before", noted(grads))))
    node.register_hook(lambda given, grads: log.append((len(given), noted(x.grad))))
    y.sum().backward()
    return x.grad


def on_one_of_several_results(torch: Any, log: list[Any]) -> Any:
    x = leaf(torch, 2, 3)
    first, second = x.unbind(0)
    second.register_hook(note(log, "second", 2.0))
    second.retain_grad()
    ((first * second).sum() + second.sum()).backward()
    return x.grad, second.grad


PROGRAMS: list[Program] = [
    on_leaf,
    on_intermediate,
    on_result,
    removed,
    before_a_change,
    recorded,
    in_grad,
    retained_sees_replaced,
    accumulated,
    on_chosen_inputs,
    of_nodes,
    of_accumulation,
    on_one_of_several_results,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_hooks_are_called_as_in_pytorch(program: Program) -> None:
    logs: list[list[Any]] = [[], []]
    results = [noted(program(torch, log)) for torch, log in zip((ours, theirs), logs, strict=True)]
    assert logs[0] == logs[1]
    np.testing.assert_equal(results[0], results[1])


def backward_with(hook: Callable[[Any], Any]) -> Callable[[Any], None]:
    def run(torch: Any) -> None:
        x = leaf(torch, 3)
        x.register_hook(hook)
        (x * x).sum().backward()

    return run


def raising(gradient: Any) -> None:
    raise KeyError("raised by the hook")


MISTAKES: list[Callable[[Any], Any]] = [
    backward_with(lambda gradient: gradient[:2]),
    backward_with(lambda gradient: 3),
    backward_with(raising),
    lambda torch: torch.ones(2).register_hook(print),
    lambda torch: torch.ones(2).register_post_accumulate_grad_hook(print),
    lambda torch: (leaf(torch, 2) * 2).register_post_accumulate_grad_hook(print),
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_errors_of_the_same_class(mistake: Callable[[Any], Any]) -> None:
    with pytest.raises(Exception) as peer:
        mistake(theirs)
    with pytest.raises(peer.type):
        mistake(ours)


def test_a_hook_may_be_removed_by_another_while_they_are_called() -> None:
    log: list[str] = []
    x = leaf(ours, 2)
    handles = []
    handles.append(x.register_hook(lambda gradient: handles[1].remove()))
    handles.append(x.register_hook(lambda gradient: log.append("called")))
    (x * x).sum().backward()
    (x * x).sum().backward()
    assert log == ["called"]


def test_gradients_in_hooks_need_none_themselves() -> None:
    seen = []
    x = leaf(ours, 2)
    x.register_hook(lambda gradient: seen.append((gradient * 2).requires_grad))
    (x * x).sum().backward()
    ours.autograd.grad((x * x).sum(), x, create_graph=True)
    assert seen == [False, True]
