"""Graphs, gradients and modes behave as PyTorch's."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch import autodiff
from minitorch.errors import GraphWarning
from minitorch.torch.autograd.protocol import variable_of

theirs = pytest.importorskip("torch")

LIBRARIES = (ours, theirs)
Program = Callable[[Any], Any]


def draw(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).uniform(0.5, 2.0, shape)


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


def leaf(torch: Any, *shape: int, seed: int = 0) -> Any:
    return torch.tensor(draw(*shape, seed=seed), requires_grad=True)


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


# ---- mistakes


def freed(torch: Any) -> None:
    x = leaf(torch, 2)
    y = x.exp().sum()
    y.backward()
    y.backward()


def changed_after_saving(torch: Any) -> None:
    x = leaf(torch, 2)
    y = x * 1.0
    z = y * y
    y.add_(1.0)
    z.sum().backward()


def changed_through_detached(torch: Any) -> None:
    x = leaf(torch, 2)
    y = x.exp()
    y.detach().zero_()
    y.sum().backward()


MISTAKES: list[Program] = [
    freed,
    changed_after_saving,
    changed_through_detached,
    lambda torch: leaf(torch, 2).add_(1.0),
    lambda torch: leaf(torch, 2)[0].add_(1.0),
    lambda torch: (leaf(torch, 2) * 2).backward(),
    lambda torch: (leaf(torch, 2) * 2).backward(torch.ones(3)),
    lambda torch: torch.ones(1).backward(),
    lambda torch: torch.autograd.backward([leaf(torch, 1)] * 2, [None]),
    lambda torch: leaf(torch, 1).sum().backward(inputs=[]),
    lambda torch: leaf(torch, 1).sum().backward(inputs=[torch.ones(1)]),
    lambda torch: torch.autograd.grad(leaf(torch, 1).sum(), torch.ones(1)),
    lambda torch: torch.autograd.grad(leaf(torch, 1).sum(), leaf(torch, 1)),
    lambda torch: torch.autograd.grad(
        leaf(torch, 1).sum(), leaf(torch, 1), allow_unused=False, materialize_grads=True
    ),
    lambda torch: torch.autograd.grad(leaf(torch, 1).sum(), leaf(torch, 1), torch.ones(3)),
    lambda torch: torch.tensor([1]).requires_grad_(),
    lambda torch: (leaf(torch, 1) * 2).requires_grad_(False),
    lambda torch: setattr(leaf(torch, 1), "requires_grad", 0),
    lambda torch: setattr(leaf(torch, 2), "grad", torch.ones(3)),
    lambda torch: setattr(leaf(torch, 2), "grad", torch.ones(2, dtype=torch.float32)),
    lambda torch: setattr(leaf(torch, 2), "grad", 1),
    lambda torch: setattr(leaf(torch, 2), "data", torch.tensor([1, 2])),
    lambda torch: setattr(leaf(torch, 2), "data", 1),
    lambda torch: leaf(torch, 2).numpy(),
    lambda torch: torch.ones(2).retain_grad(),
    lambda torch: (leaf(torch, 2) * 2).view(2).detach_(),
    lambda torch: torch.ones(2).view(2).detach_(),
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_errors_of_the_same_class(mistake: Program) -> None:
    with pytest.raises(Exception) as peer:
        mistake(theirs)
    with pytest.raises(peer.type) as mine:
        mistake(ours)
    assert len(str(mine.value)) > 20


def test_a_failed_backward_leaves_nothing_behind() -> None:
    x = leaf(ours, 2)
    a, b = x * 1.0, x * 2.0
    y = a * b
    a.add_(1.0)
    z = (y + x.exp()).sum()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="modified by an inplace"):
            z.backward(retain_graph=True)
    x.grad = None
    (x * 3).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [3.0, 3.0])


def test_the_gradient_of_an_intermediate_warns() -> None:
    with pytest.warns(GraphWarning, match="retain_grad"):
        assert (leaf(ours, 2) * 2).grad is None


# ---- the graph as users see it


NODES: list[Program] = [
    lambda torch: leaf(torch, 2) + 1,
    lambda torch: leaf(torch, 2) * 2,
    lambda torch: leaf(torch, 2).exp(),
    lambda torch: leaf(torch, 2) * leaf(torch, 2),
    lambda torch: torch.tensor(draw(2)) * leaf(torch, 2),
    lambda torch: (leaf(torch, 2) * 2).sum(),
    lambda torch: leaf(torch, 2, 1) + leaf(torch, 2),
    lambda torch: leaf(torch, 2, 3).t(),
    lambda torch: leaf(torch, 2, 3).mm(leaf(torch, 3, 2)),
    lambda torch: leaf(torch, 2, 3).mm(torch.tensor(draw(3, 2))),
    lambda torch: torch.tensor(draw(2, 3)).mm(leaf(torch, 3, 2)),
    lambda torch: torch.addmm(leaf(torch, 2), leaf(torch, 2, 3), leaf(torch, 3, 2)),
    lambda torch: (leaf(torch, 2) * 1).add_(1),
    lambda torch: torch.cat([leaf(torch, 2), leaf(torch, 2)]),
    lambda torch: torch.where(torch.tensor([True, False]), leaf(torch, 2), leaf(torch, 2)),
    lambda torch: leaf(torch, 2, 3)[0],
    lambda torch: torch.matmul(leaf(torch, 2, 3), leaf(torch, 3)),
    lambda torch: leaf(torch, 2, 3).mean(),
    lambda torch: leaf(torch, 2, 3).unbind(0)[1],
    lambda torch: leaf(torch, 2, 3).max(0)[0] * 2,
]


def walked(fn: Any) -> Any:
    """Give the names of a node and of those behind it, with the numbers of results."""
    if fn is None:
        return None
    following = [(walked(node), number) for node, number in fn.next_functions]
    return [type(fn).__name__, fn.name().rpartition("::")[2], following]


@pytest.mark.parametrize("program", NODES)
def test_nodes_have_pytorchs_names_and_edges(program: Program) -> None:
    mine, peer = program(ours), program(theirs)
    assert walked(mine.grad_fn) == walked(peer.grad_fn)
    assert mine.output_nr == peer.output_nr
    assert repr(mine.grad_fn).partition(" at ")[0] == repr(peer.grad_fn).partition(" at ")[0]
    assert repr(mine) == repr(peer)


def test_a_node_is_one_object_as_long_as_it_is_held() -> None:
    x = leaf(ours, 2)
    y = x * 2
    node = y.grad_fn
    assert y.grad_fn is node
    assert isinstance(node, ours.autograd.graph.Node)
    node.metadata["name"] = "y"
    assert (y + 1).grad_fn.next_functions[0][0].metadata == {"name": "y"}
    assert node.next_functions[0][0].variable is x


def test_the_courses_backpropagation_gives_the_same_gradients() -> None:
    gradients = []
    for backward in (
        lambda loss: loss.backward(),
        lambda loss: autodiff.backpropagate(variable_of(loss), ours.ones((), dtype=ours.float64)),
    ):
        x, w = leaf(ours, 4, 3), leaf(ours, 3, seed=1)
        hidden = (x * w).exp() + x
        loss = (hidden * hidden.sum(1).reshape(4, 1) + w).mean()
        backward(loss)
        gradients.append((x.grad.numpy(), w.grad.numpy()))
    for own, other in zip(*gradients, strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-12)


def test_the_courses_order_is_that_of_the_numbers() -> None:
    x = leaf(ours, 3)
    loss = ((x * x).exp() + x).sum()
    order = list(autodiff.topological_sort(variable_of(loss)))
    assert len(order) == 5
    assert [variable.is_leaf() for variable in order] == [False] * 4 + [True]
    numbers = [variable.unique_id for variable in order]
    assert numbers == sorted(numbers)


# ---- anomalies


@pytest.mark.filterwarnings("ignore:Anomaly Detection", "ignore:Error detected")
def test_anomaly_mode_names_the_line() -> None:
    def forward(x: Any) -> Any:
        return x.sqrt() * 0.0  # the line that is named

    for torch in LIBRARIES:
        x = torch.tensor([1.0, 0.0], requires_grad=True)
        with (
            torch.autograd.detect_anomaly(),
            pytest.raises(RuntimeError, match="Function 'SqrtBackward0' returned nan") as caught,
        ):
            forward(x).sum().backward()
        forward(x).sum().backward()
        assert not torch.is_anomaly_enabled()
    # The oracle says the same in a warning.
    x = ours.tensor([1.0, 0.0], requires_grad=True)
    with ours.autograd.set_detect_anomaly(True), pytest.raises(ArithmeticError) as caught:
        assert ours.is_anomaly_enabled()
        with ours.no_grad(), ours.enable_grad():
            y = forward(x)
        y.sum().backward()
    assert "# the line that is named" in str(caught.value)
    assert "index (1,)" in str(caught.value)
    assert f"{__file__}:" in str(caught.value)


def test_anomaly_mode_without_looking_at_numbers() -> None:
    x = ours.tensor([0.0], requires_grad=True)
    with ours.autograd.detect_anomaly(check_nan=False):
        (x.sqrt() * 0.0).sum().backward()
        assert ours.is_anomaly_enabled() and not ours.is_anomaly_check_nan_enabled()
    assert np.isnan(x.grad.item())


def test_anomaly_mode_is_silent_where_all_are_numbers() -> None:
    x = leaf(ours, 3)
    with ours.autograd.detect_anomaly():
        (x * x).sum().backward()
        (found,) = ours.autograd.grad((x * x * x).sum(), x, create_graph=True)
        found.sum().backward()
    assert np.isfinite(x.grad.numpy()).all()


# ---- threads, old programs


def test_modes_belong_to_threads() -> None:
    seen = []
    with ours.no_grad():
        thread = threading.Thread(target=lambda: seen.append(ours.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_threads_add_to_one_gradient() -> None:
    x = leaf(ours, 5)

    def step() -> None:
        for _ in range(50):
            (x * 2).sum().backward()

    threads = [threading.Thread(target=step) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(x.grad.numpy(), np.full(5, 400.0))


def test_old_variables() -> None:
    variable = ours.autograd.Variable
    data = ours.ones(2, 2)
    x = variable(data, requires_grad=True)
    assert isinstance(x, variable) and isinstance(data, variable)
    assert not isinstance(1, variable)
    assert x.requires_grad and not data.requires_grad
    x.data[0, 0] = 5.0
    assert data[0, 0].item() == 5.0


def test_nothing_is_recorded_of_volatile_variables() -> None:
    with pytest.warns(UserWarning, match="volatile was removed"):
        x = ours.autograd.Variable(ours.ones(2), volatile=True)
    w = ours.ones(2, requires_grad=True)
    y = (x * w + w).sum()
    assert not y.requires_grad
    assert y.item() == 4.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (w * 2).requires_grad


@pytest.mark.slow
def test_a_chain_of_a_million_additions() -> None:
    x = leaf(ours, 1)
    y = x
    for _ in range(1_000_000):
        y = y + x
    y.backward()
    assert x.grad.item() == 1_000_001
    del y


def test_leaves_never_share_the_memory_of_their_gradients() -> None:
    x, y = ours.ones(2, 3, requires_grad=True), ours.ones(2, 3, requires_grad=True)
    ((x.view(6) + y.view(6)) * ours.ones(6)).sum().backward()
    assert x.grad is not None and y.grad is not None
    x.grad.zero_()
    assert y.grad.tolist() == [[1.0] * 3] * 2


@pytest.mark.parametrize("shape", [(3,), (4, 4)])
def test_an_operand_that_data_exchanged_is_noticed(shape: tuple[int, ...]) -> None:
    w, x = ours.ones(4, 4, requires_grad=True), ours.ones(4, 4, requires_grad=True)
    product = w * x
    w.data = ours.ones(shape, dtype=ours.float64)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        product.sum().backward()
