"""Gradients and modes are PyTorch's, in programs and in graphs drawn by chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .leaves import draw, leaf

theirs = pytest.importorskip("torch")

LIBRARIES = (ours, theirs)
Program = Callable[[Any], Any]


def plain(value: Any) -> Any:
    """Give what a program returned as arrays and plain objects."""
    if isinstance(value, ours.Tensor | theirs.Tensor):
        return value.detach().numpy()
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def assert_same(mine: Any, peer: Any) -> None:
    if isinstance(mine, list):
        assert len(mine) == len(peer)
        for own, other in zip(mine, peer, strict=True):
            assert_same(own, other)
    elif isinstance(mine, np.ndarray):
        assert mine.shape == peer.shape
        assert mine.dtype == peer.dtype
        np.testing.assert_allclose(mine, peer, rtol=1e-12)
    else:
        assert mine == peer


# ---- programs whose results must be the same


def accumulates(torch: Any) -> Any:
    x = leaf(torch, 3)
    (x * x).sum().backward()
    first = x.grad
    (x.exp() * 2).sum().backward()
    return x.grad, x.grad is first


def accumulates_out_of_place_if_recorded(torch: Any) -> Any:
    x = leaf(torch, 3)
    (x * x * x).sum().backward()
    first = x.grad
    (x * x * x).sum().backward(create_graph=True)
    second, recorded = x.grad, x.grad.requires_grad
    return first, second, second is first, recorded


def accumulates_into_an_assigned_gradient(torch: Any) -> Any:
    x = leaf(torch, 2, 3)
    given = torch.tensor(draw(3, 2)).t()
    x.grad = given
    (x * x).sum().backward()
    return x.grad, x.grad is given, given


def gradient_is_not_an_alias(torch: Any) -> Any:
    x, y = leaf(torch, 3), leaf(torch, 3)
    (x + y).backward(torch.tensor(draw(3, seed=2)))
    x.grad.add_(1.0)
    return x.grad, y.grad


def given_gradient_is_not_changed(torch: Any) -> Any:
    x, gradient = leaf(torch, 3), torch.tensor(draw(3, seed=2))
    y = x + 0.0
    y.backward(gradient, retain_graph=True)
    y.backward(gradient)
    return x.grad, gradient


def several_roots(torch: Any) -> Any:
    x = leaf(torch, 3)
    y, z = x * 2, (x * x).sum()
    torch.autograd.backward([y, z, y], [torch.tensor(draw(3)), None, torch.tensor(draw(3))])
    return x.grad


def chosen_inputs(torch: Any) -> Any:
    x, y = leaf(torch, 3), leaf(torch, 3, seed=1)
    z = x * y
    w = z.exp() * x
    w.sum().backward(inputs=[x, z])
    return x.grad, y.grad, z.grad


def chosen_factors(torch: Any) -> Any:
    x, y, b = leaf(torch, 2, 3), leaf(torch, 3, 2, seed=1), leaf(torch, 2, seed=2)
    product = x.mm(y * 2.0)
    total = (product * product).sum()
    found = [torch.autograd.grad(total, each, retain_graph=True) for each in (x, y)]
    moved = (torch.addmm(b, x, y * 1.0) * 3.0).sum()
    return found, [torch.autograd.grad(moved, each, retain_graph=True) for each in (b, x, y)]


def one_chosen_input(torch: Any) -> Any:
    x = leaf(torch, 3)
    y = x * 2
    y.sum().backward(inputs=y)
    return x.grad, y.grad


def grad_of_intermediates(torch: Any) -> Any:
    x, y = leaf(torch, 3), leaf(torch, 3, seed=1)
    z = x * y
    w = (z.exp() * z).sum()
    found = torch.autograd.grad(w, (z, x, y))
    return found, x.grad, y.grad


def grad_of_an_output_itself(torch: Any) -> Any:
    x = leaf(torch, 3)
    y = x * x
    return torch.autograd.grad([y.sum(), y], [y, x], [None, torch.tensor(draw(3))])


def unused_inputs(torch: Any) -> Any:
    x, y = leaf(torch, 3), leaf(torch, 2)
    z = (x * x).sum()
    return (
        torch.autograd.grad(z, (x, y), allow_unused=True, retain_graph=True),
        torch.autograd.grad(z, (x, y), materialize_grads=True),
    )


def batched_gradients(torch: Any) -> Any:
    x = leaf(torch, 3)
    y = x * x
    return torch.autograd.grad(y, x, torch.tensor(np.eye(3)), is_grads_batched=True)


def third_derivatives(torch: Any) -> Any:
    x = leaf(torch, 3)
    found = (x * x * x * x.exp()).sum()
    for _ in range(3):
        (found,) = torch.autograd.grad(found.sum(), x, create_graph=True)
    return found, found.requires_grad


def graph_without_saved_tensors_runs_twice(torch: Any) -> Any:
    x, y = leaf(torch, 3), leaf(torch, 3)
    z = (x + y).sum()
    z.backward()
    z.backward()
    return x.grad


def diamond(torch: Any) -> Any:
    x = leaf(torch, 4)
    y = x * x
    z = y + y.exp()
    (z * y).sum().backward()
    return x.grad


def flags(torch: Any) -> Any:
    x, y = leaf(torch, 2), torch.tensor(draw(2))
    z = x * y
    w = y * y
    return [
        [t.requires_grad, t.is_leaf, t.grad_fn is None, t.retains_grad, t.output_nr]
        for t in (x, y, z, w, z.detach(), x.data)
    ]


def gradients_survive_a_changed_flag(torch: Any) -> Any:
    x = leaf(torch, 2)
    (x * x).sum().backward()
    x.requires_grad_(False)
    frozen = x.grad
    x.requires_grad_(True)
    (x * x).sum().backward()
    return frozen is not None, x.grad


def gradient_without_requires_grad(torch: Any) -> Any:
    x = torch.tensor(draw(2))
    x.grad = torch.tensor(draw(2, seed=1))
    return x.grad


def data_is_assigned(torch: Any) -> Any:
    x = leaf(torch, 2)
    x.data = torch.tensor(draw(3))
    x.data -= 0.5
    (x * x).sum().backward()
    return x, x.grad, x.is_leaf


def detached_memory_is_shared(torch: Any) -> Any:
    x = leaf(torch, 2)
    x.detach().add_(1.0)
    return x, x.detach().requires_grad


def detached_in_place(torch: Any) -> Any:
    x = leaf(torch, 2)
    y = x * 2
    y.detach_()
    return y.requires_grad, y.is_leaf, y


def retained(torch: Any) -> Any:
    x = leaf(torch, 2)
    y = x * x
    y.retain_grad()
    y.retain_grad()
    z = (y * y).sum()
    z.backward(retain_graph=True)
    first = y.grad.clone()
    z.backward()
    return first, y.grad, y.retains_grad, x.retains_grad


def retained_through_a_change(torch: Any) -> Any:
    x = leaf(torch, 2)
    y = x * 1.0
    y.retain_grad()
    y.mul_(3.0)
    (y * y).sum().backward()
    return y.grad, x.grad


def modes(torch: Any) -> Any:
    seen = []

    def look() -> None:
        seen.append((torch.is_grad_enabled(), torch.is_inference_mode_enabled()))

    look()
    with torch.no_grad():
        look()
        with torch.enable_grad():
            look()
        with torch.set_grad_enabled(True):
            look()
        look()
    with torch.inference_mode():
        look()
        with torch.inference_mode(False):
            look()
    before = torch.set_grad_enabled(False)
    look()
    before.__exit__(None, None, None)
    look()
    torch.set_grad_enabled(True)
    return seen


def decorators(torch: Any) -> Any:
    x = leaf(torch, 2)

    def double(value: Any) -> Any:
        return value * 2

    makers = [
        torch.no_grad,
        lambda: torch.no_grad,
        torch.enable_grad,
        torch.inference_mode,
        lambda: torch.inference_mode,
        lambda: torch.set_grad_enabled(False),
        lambda: torch.set_grad_enabled(True),
    ]
    seen = [make()(double)(x).requires_grad for make in makers]
    return [*seen, torch.is_grad_enabled()]


def decorated_generators(torch: Any) -> Any:
    x = leaf(torch, 2)
    seen = []

    @torch.no_grad()
    def doubles() -> Any:
        try:
            sent = yield (x * 2).requires_grad
            seen.append((sent, torch.is_grad_enabled()))
            yield (x * 3).requires_grad
        finally:
            seen.append(torch.is_grad_enabled())

    generator = doubles()
    seen.append(next(generator))
    seen.append(torch.is_grad_enabled())
    seen.append(generator.send("word"))
    generator.close()
    return seen


def mode_is_restored_after_an_error(torch: Any) -> Any:
    try:
        with torch.no_grad():
            raise KeyError
    except KeyError:
        return torch.is_grad_enabled()


def views_and_changes(torch: Any) -> Any:
    x = leaf(torch, 2, 3)
    y = x * 1.0
    y[0].mul_(2.0)
    y.t().mul_(y.t().detach().clone())
    y.sum().backward()
    return x.grad, y


def backward_within_a_backward(torch: Any) -> Any:
    x, w = leaf(torch, 3), leaf(torch, 3, seed=1)
    seen = []

    class Inner(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, y: Any) -> Any:
            ctx.save_for_backward(y)
            return (y * w).detach()

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            y = ctx.saved_tensors[0].detach().requires_grad_()
            with torch.enable_grad():
                z = y * w
                loss = (z * z).sum()
            seen.append(torch.autograd.grad(loss, w, retain_graph=True)[0])
            torch.autograd.backward(z, grad)
            return y.grad

    (Inner.apply(x) + w * 5.0).sum().backward()
    return x.grad, w.grad, seen


PROGRAMS = [
    backward_within_a_backward,
    accumulates,
    accumulates_out_of_place_if_recorded,
    accumulates_into_an_assigned_gradient,
    gradient_is_not_an_alias,
    given_gradient_is_not_changed,
    several_roots,
    chosen_inputs,
    chosen_factors,
    one_chosen_input,
    grad_of_intermediates,
    grad_of_an_output_itself,
    unused_inputs,
    batched_gradients,
    third_derivatives,
    graph_without_saved_tensors_runs_twice,
    diamond,
    flags,
    gradients_survive_a_changed_flag,
    gradient_without_requires_grad,
    data_is_assigned,
    detached_memory_is_shared,
    detached_in_place,
    retained,
    retained_through_a_change,
    modes,
    decorators,
    decorated_generators,
    mode_is_restored_after_an_error,
    views_and_changes,
]


@pytest.mark.filterwarnings("ignore:Using backward")
@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.filterwarnings("ignore:grad and param do not obey")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_programs_give_what_they_give_in_pytorch(program: Program) -> None:
    mine, peer = [plain(program(torch)) for torch in LIBRARIES]
    assert_same(mine, peer)


# ---- graphs drawn by chance


def drawn_graph(torch: Any, seed: int) -> tuple[list[Any], list[Any]]:
    """Give the leaves and the results of a graph of 12 steps; some are changes in place."""
    numbers = np.random.default_rng(seed)
    leaves = [leaf(torch, 2, 3, seed=seed + i) for i in range(3)]
    values = list(leaves)
    for _ in range(12):
        x, y = [values[i] for i in numbers.integers(0, len(values), 2)]
        kind = numbers.integers(0, 8)
        if kind == 0:
            values.append(x + y)
        elif kind == 1:
            values.append(x * y * 0.5)
        elif kind == 2:
            values.append(x.sigmoid())
        elif kind == 3:
            values.append((x - y).tanh())
        elif kind == 4:
            first, second = x.unbind(0)
            values.append(y * first - second)
        elif kind == 5:
            values.append((x * 1.0).add_(y))
        elif kind == 6:
            changed = x + 0.0
            changed[0].mul_(2.0)
            values.append(changed)
        else:
            values.append(x.mean(1, keepdim=True) + y)
    return leaves, values


@pytest.mark.parametrize("seed", range(25))
def test_graphs_drawn_by_chance(seed: int) -> None:
    outcomes = []
    for torch in LIBRARIES:
        leaves, values = drawn_graph(torch, seed)
        loss = sum(value.sigmoid().sum() for value in values)
        chosen = [values[i] for i in np.random.default_rng(seed).permutation(len(values))[:5]]
        found = torch.autograd.grad(loss, chosen, allow_unused=True, retain_graph=True)
        (first,) = torch.autograd.grad(loss, leaves[0], create_graph=True)
        second = torch.autograd.grad(
            (first * first).sum(), leaves, allow_unused=True, materialize_grads=True
        )
        leaves, values = drawn_graph(torch, seed)
        seen: list[Any] = []
        for value in values[3:]:
            value.register_hook(seen.append)
        sum(value.sigmoid().sum() for value in values).backward()
        grads = [each.grad for each in leaves]
        outcomes.append([plain(each) for each in (found, first, second, seen, grads)])
    mine, peer = outcomes
    # The order in which branches run is not the same, and need not be.
    mine[3], peer[3] = [
        sorted(part, key=lambda array: array.tolist()) for part in (mine[3], peer[3])
    ]
    for own, other in zip(mine, peer, strict=True):
        for one, two in zip(own, other, strict=True):
            if one is None:
                assert two is None
            else:
                np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-12)
