"""Graphs as users see them: mistakes, nodes, anomalies, threads, long chains."""

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

from .leaves import draw, leaf

theirs = pytest.importorskip("torch")

Program = Callable[[Any], Any]


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

    for torch in (ours, theirs):
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
