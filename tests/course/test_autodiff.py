"""Module 1: numeric derivatives, the graph order and backpropagation over any Variable."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch
from minitorch import Context, Scalar, ScalarHistory, backpropagate, operators, topological_sort
from minitorch.scalar_functions import Add, ScalarFunction

from .checks import assert_close
from .strategies import small_floats

# --- Task 1.1 ---------------------------------------------------------------------------------


@pytest.mark.task1_1
@pytest.mark.parametrize(
    ("function", "values", "arg", "derivative"),
    [
        (operators.id, (5,), 0, 1.0),
        (operators.add, (5, 10), 0, 1.0),
        (operators.mul, (5, 10), 0, 10.0),
        (operators.mul, (5, 10), 1, 5.0),
        (operators.exp, (2,), 0, math.exp(2.0)),
        (lambda a, b, c: a * b * c, (2.0, 3.0, 7.0), 2, 6.0),
    ],
)
def test_central_difference_finds_each_partial_derivative(
    function: Any, values: tuple[float, ...], arg: int, derivative: float
) -> None:
    assert_close(minitorch.central_difference(function, *values, arg=arg), derivative)


@pytest.mark.task1_1
def test_central_difference_steps_by_epsilon_to_both_sides() -> None:
    seen: list[tuple[float, float]] = []

    def note(x: float, y: float) -> float:
        seen.append((x, y))
        return y * y

    assert minitorch.central_difference(note, 1, 3.0, arg=1, epsilon=0.5) == 6.0
    assert sorted(seen) == [(1, 2.5), (1, 3.5)]


@pytest.mark.task1_1
def test_central_difference_defaults_to_the_first_argument_and_one_millionth() -> None:
    seen: list[float] = []

    def note(x: float, y: float) -> float:
        seen.append(x)
        return x * y

    assert_close(minitorch.central_difference(note, 2.0, 4.0), 4.0)
    assert sorted(seen) == pytest.approx([2.0 - 1e-6, 2.0 + 1e-6], abs=1e-12)


@pytest.mark.task1_1
def test_central_difference_of_scalars_is_a_scalar() -> None:
    result = minitorch.central_difference(lambda a, b: a * b, Scalar(2.0), Scalar(5.0), arg=0)
    assert isinstance(result, Scalar)
    assert_close(result.data, 5.0)


# --- Task 1.4: a Variable of our own ----------------------------------------------------------


class Node:
    """A Variable whose local derivatives are given, unhashable like a Scalar."""

    _count = 0

    def __init__(
        self, *parents: tuple[Node, float], constant: bool = False, names: str = ""
    ) -> None:
        Node._count += 1
        self.unique_id = Node._count
        self.edges = list(parents)
        self.constant = constant
        self.names = names
        self.received: list[float] = []

    def __eq__(self, other: object) -> Any:
        raise AssertionError("variables must be told apart by unique_id")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Node({self.names or self.unique_id})"

    def accumulate_derivative(self, x: float) -> None:
        """Note what a leaf receives."""
        assert self.is_leaf()
        self.received.append(x)

    def is_leaf(self) -> bool:
        """Tell whether a user made this variable."""
        return not self.edges and not self.constant

    def is_constant(self) -> bool:
        """Tell whether the graph stops here."""
        return self.constant

    @property
    def parents(self) -> Iterable[Node]:
        """The inputs."""
        return [parent for parent, _ in self.edges]

    def chain_rule(self, d_output: float) -> Iterable[tuple[Node, float]]:
        """Multiply with the local derivatives."""
        return [(parent, slope * d_output) for parent, slope in self.edges]


def _ids(variables: Iterable[Any]) -> list[int]:
    return [variable.unique_id for variable in variables]


@pytest.mark.task1_4
def test_the_order_starts_at_the_right_and_puts_users_before_what_they_use() -> None:
    a, b = Node(), Node()
    c = Node((a, 1.0), (b, 1.0))
    d = Node((c, 1.0), (a, 1.0))
    e = Node((c, 1.0), (d, 1.0), (c, 1.0))
    order = _ids(topological_sort(e))
    assert order[0] == e.unique_id
    assert sorted(order) == sorted(_ids([a, b, c, d, e]))
    for user in (c, d, e):
        for used in user.parents:
            assert order.index(user.unique_id) < order.index(used.unique_id)


@pytest.mark.task1_4
def test_the_order_leaves_constants_out() -> None:
    hidden = Node()
    constant = Node((hidden, 1.0), constant=True)
    a = Node()
    out = Node((a, 1.0), (constant, 1.0))
    assert _ids(topological_sort(out)) == _ids([out, a])
    assert list(topological_sort(constant)) == []


@pytest.mark.task1_4
def test_the_order_of_a_leaf_is_the_leaf() -> None:
    leaf = Node()
    assert _ids(topological_sort(leaf)) == [leaf.unique_id]


@pytest.mark.task1_4
def test_backpropagation_reaches_leaves_once_per_path_sum() -> None:
    a, b = Node(), Node()
    c = Node((a, 2.0), (b, 3.0))
    d = Node((c, 5.0), (a, 7.0))
    out = Node((c, 11.0), (d, 13.0))
    assert backpropagate(out, 2.0) is None
    through_c = 2.0 * (11.0 + 13.0 * 5.0)
    assert sum(a.received) == through_c * 2.0 + 2.0 * 13.0 * 7.0
    assert sum(b.received) == through_c * 3.0


@pytest.mark.task1_4
def test_backpropagation_adds_repeated_inputs() -> None:
    a = Node()
    out = Node((a, 2.0), (a, 3.0))
    backpropagate(out, 10.0)
    assert sum(a.received) == 50.0


@pytest.mark.task1_4
def test_backpropagation_from_a_leaf_gives_it_the_derivative() -> None:
    a = Node()
    backpropagate(a, 4.0)
    assert a.received == [4.0]


@pytest.mark.task1_4
def test_constants_receive_nothing() -> None:
    a, constant = Node(), Node(constant=True)
    out = Node((a, 2.0), (constant, 3.0))
    backpropagate(out, 1.0)
    assert a.received == [2.0]
    assert constant.received == []


@pytest.mark.task1_4
def test_each_inner_node_is_left_once_however_many_paths_lead_to_it() -> None:
    # Twenty diamonds in a row have a million paths and forty-one nodes.
    leaf = node = Node()
    visits = 0

    class Counting(Node):
        def chain_rule(self, d_output: float) -> Iterable[tuple[Node, float]]:
            nonlocal visits
            visits += 1
            return super().chain_rule(d_output)

    for _ in range(20):
        node = Counting((Counting((node, 1.0)), 1.0), (node, 1.0))
    backpropagate(node, 1.0)
    assert sum(leaf.received) == 2.0**20
    assert visits == 40


class SumPlusTen(ScalarFunction):
    """x + y + 10."""

    @staticmethod
    def forward(ctx: Context, x: float, y: float) -> float:
        """Add."""
        return x + y + 10

    @staticmethod
    def backward(ctx: Context, d_output: float) -> tuple[float, float]:
        """Pass the derivative on."""
        return d_output, d_output


class ProductPlusFirst(ScalarFunction):
    """x * y + x."""

    @staticmethod
    def forward(ctx: Context, x: float, y: float) -> float:
        """Save both and combine them."""
        ctx.save_for_backward(x, y)
        return x * y + x

    @staticmethod
    def backward(ctx: Context, d_output: float) -> tuple[float, float]:
        """Differentiate by x, then by y."""
        x, y = ctx.saved_values
        return d_output * (y + 1), d_output * x


@pytest.mark.task1_4
def test_one_function_propagates() -> None:
    x = Scalar(0.0)
    SumPlusTen.apply(0.0, SumPlusTen.apply(x, 0.0)).backward(d_output=5.0)
    assert x.derivative == 5.0


@pytest.mark.task1_4
def test_several_functions_propagate() -> None:
    x, y = Scalar(2.0), Scalar(3.0)
    first = ProductPlusFirst.apply(x, y)
    second = SumPlusTen.apply(first, x)
    out = ProductPlusFirst.apply(second, first)
    out.backward(d_output=5.0)
    # out = s * f + s, s = f + x + 10, f = x y + x.
    f, s = 8.0, 20.0
    assert x.derivative == pytest.approx(5.0 * ((f + 1) * (4.0 + 1.0) + s * 4.0))
    assert y.derivative == pytest.approx(5.0 * ((f + 1) * 2.0 + s * 2.0))


@pytest.mark.task1_4
def test_inner_scalars_keep_no_derivative() -> None:
    x = Scalar(2.0)
    inner = x * 3.0
    out = inner + 1.0
    out.backward()
    assert x.derivative == 3.0
    assert inner.derivative is None
    assert out.derivative is None


@pytest.mark.task1_4
def test_a_second_backward_accumulates() -> None:
    x = Scalar(2.0)
    out = x * x
    out.backward()
    out.backward()
    assert x.derivative == 8.0


@pytest.mark.task1_4
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), small_floats), min_size=1))
def test_random_graphs_agree_with_forward_mode(steps: list[tuple[int, int, float]]) -> None:
    # Each value carries its derivative by x along, so the two modes check each other.
    x = Scalar(0.5)
    nodes: list[tuple[Scalar, float]] = [(x, 1.0), (Scalar(2.0), 0.0)]
    for first, second, weight in steps:
        a, da = nodes[first % len(nodes)]
        b, db = nodes[second % len(nodes)]
        scale = weight / 100.0
        nodes.append((a.sigmoid() * scale + b, da * _slope(a) * scale + db))
    out, tangent = nodes[-1]
    out.backward()
    assert x.derivative == pytest.approx(tangent, rel=1e-9, abs=1e-12) or (
        x.derivative is None and tangent == 0.0
    )


def _slope(a: Scalar) -> float:
    s = operators.sigmoid(a.data)
    return s * (1.0 - s)


# --- Context ----------------------------------------------------------------------------------


@pytest.mark.task1_2
def test_a_context_keeps_what_is_saved_as_a_tuple() -> None:
    context = Context()
    assert (context.no_grad, context.saved_values) == (False, ())
    context.save_for_backward(1.0, "two")
    assert context.saved_values == context.saved_tensors == (1.0, "two")
    context.save_for_backward(3.0)
    assert context.saved_values == (3.0,)


@pytest.mark.task1_2
def test_a_context_without_gradients_saves_nothing() -> None:
    context = Context(no_grad=True)
    context.save_for_backward(1.0)
    assert context.saved_values == ()


@pytest.mark.task1_2
def test_context_and_history_print_and_compare_as_dataclasses() -> None:
    assert repr(Context()) == "Context(no_grad=False, saved_values=())"
    assert Context(True, (1.0,)) == Context(no_grad=True, saved_values=(1.0,))
    assert repr(ScalarHistory()) == "ScalarHistory(last_fn=None, ctx=None, inputs=())"
    history = ScalarHistory(Add, Context(), [Scalar(10.0)])
    assert repr(history) == (
        f"ScalarHistory(last_fn={Add!r}, ctx=Context(no_grad=False, saved_values=()), "
        "inputs=[Scalar(10.000000)])"
    )
