"""Module 1: Scalars, their functions, and the chain rule."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import minitorch
from minitorch import (
    Context,
    MathTestVariable,
    Scalar,
    ScalarFunction,
    ScalarHistory,
    derivative_check,
    operators,
    scalar_functions,
)

from .checks import check_scalar_derivatives, is_near_pole
from .strategies import scalars, small_floats

one_arg, two_arg, reductions = MathTestVariable._comp_testing()
upstreams = st.floats(-3.0, 3.0)
away_from_zero = st.one_of(st.floats(-5.0, -0.1), st.floats(0.1, 5.0))


# --- Task 1.2 ---------------------------------------------------------------------------------


@pytest.mark.task1_2
@pytest.mark.parametrize("entry", one_arg, ids=[entry[0] for entry in one_arg])
@given(x=small_floats)
def test_one_argument_functions_compute_what_they_do_on_floats(entry: Any, x: float) -> None:
    name, on_floats, on_scalars = entry
    assume(not is_near_pole(name, x))
    assert on_scalars(Scalar(x)).data == pytest.approx(on_floats(x), rel=1e-9, abs=1e-12)


@pytest.mark.task1_2
@pytest.mark.parametrize("entry", two_arg, ids=[entry[0] for entry in two_arg])
@given(x=small_floats, y=small_floats)
def test_two_argument_functions_compute_what_they_do_on_floats(
    entry: Any, x: float, y: float
) -> None:
    name, on_floats, on_scalars = entry
    assume(not is_near_pole(name, x, y))
    result = on_scalars(Scalar(x), Scalar(y)).data
    assert result == pytest.approx(on_floats(x, y), rel=1e-9, abs=1e-12)


@pytest.mark.task1_2
@given(x=small_floats, y=away_from_zero)
def test_arithmetic_and_comparison_are_those_of_floats(x: float, y: float) -> None:
    a, b = Scalar(x), Scalar(y)
    for left, right in ((a, b), (a, y), (x, b)):
        assert (left + right).data == x + y
        assert (left * right).data == x * y
        assert (left / right).data == pytest.approx(x / y)
        assert (left < right).data == float(x < y)
        assert (left > right).data == float(x > y)
        assert (left == right).data == float(x == y)
    assert (a - b).data == (a - y).data == x - y
    assert (-a).data == -x


@pytest.mark.task1_2
@given(x=small_floats)
def test_methods_compute_the_operators(x: float) -> None:
    assert Scalar(x).sigmoid().data == operators.sigmoid(x)
    assert Scalar(x).relu().data == operators.relu(x)
    assert Scalar(x).exp().data == operators.exp(x)
    assert Scalar(abs(x)).log().data == operators.log(abs(x))


@pytest.mark.task1_2
def test_every_operation_gives_a_scalar_with_its_history() -> None:
    a, b = Scalar(2.0), Scalar(3.0)
    made = {
        "Add": a + b,
        "Mul": a * b,
        "LT": a < b,
        "EQ": a == b,
        "Neg": -a,
        "Log": a.log(),
        "Exp": a.exp(),
        "Sigmoid": a.sigmoid(),
        "ReLU": a.relu(),
    }
    for name, result in made.items():
        assert isinstance(result, Scalar)
        assert result.history.last_fn is getattr(scalar_functions, name)
        assert isinstance(result.history.inputs, list)
        assert result.history.inputs[0] is a
        assert result.history.ctx.no_grad is False


@pytest.mark.task1_2
def test_difference_quotient_and_greater_are_built_from_other_functions() -> None:
    a, b = Scalar(2.0), Scalar(3.0)
    difference, quotient, greater = a - b, a / b, a > b
    assert difference.history.last_fn is scalar_functions.Add
    assert difference.history.inputs[1].history.last_fn is scalar_functions.Neg
    assert quotient.history.last_fn is scalar_functions.Mul
    assert quotient.history.inputs[1].history.last_fn is scalar_functions.Inv
    assert greater.history.last_fn is scalar_functions.LT
    assert [input.unique_id for input in greater.parents] == [b.unique_id, a.unique_id]


@pytest.mark.task1_2
def test_numbers_reach_forward_as_they_are_and_the_history_as_scalars() -> None:
    received: list[Any] = []

    class Notes(ScalarFunction):
        @staticmethod
        def forward(ctx: Context, *values: float) -> float:
            received.extend(values)
            return 1.0

    out = Notes.apply(Scalar(2.0), 3, 4.5)
    assert received == [2.0, 3, 4.5]
    assert [type(value) for value in received] == [float, int, float]
    assert all(isinstance(input, Scalar) for input in out.history.inputs)
    assert [input.data for input in out.history.inputs] == [2.0, 3.0, 4.5]


@pytest.mark.task1_2
def test_forward_may_give_a_kind_of_float() -> None:
    class Subclass(ScalarFunction):
        @staticmethod
        def forward(ctx: Context, x: float) -> float:
            return np.float64(x)

    assert Subclass.apply(1.5).data == 1.5


@pytest.mark.task1_2
def test_private_forward_and_backward_wrap_the_public_ones() -> None:
    context = Context()
    assert scalar_functions.Mul._forward(context, 2.0, 3.0) == 6.0
    assert scalar_functions.Mul._backward(context, 10.0) == (30.0, 20.0)
    assert scalar_functions.Neg._backward(Context(), 2.0) == (-2.0,)
    assert scalar_functions.LT._backward(Context(), 2.0) == (0.0, 0.0)
    assert scalar_functions.EQ._backward(Context(), 2.0) == (0.0, 0.0)


@pytest.mark.task1_2
def test_wrap_and_unwrap_tuple() -> None:
    assert scalar_functions.wrap_tuple(1.0) == (1.0,)
    assert scalar_functions.wrap_tuple((1.0, 2.0)) == (1.0, 2.0)
    assert scalar_functions.unwrap_tuple((1.0,)) == 1.0
    assert scalar_functions.unwrap_tuple((1.0, 2.0)) == (1.0, 2.0)


# --- The Scalar itself ------------------------------------------------------------------------


@pytest.mark.task1_2
def test_a_new_scalar_is_a_leaf() -> None:
    scalar = Scalar(10)
    assert type(scalar.data) is float
    assert scalar.derivative is None
    assert scalar.history == ScalarHistory()
    assert scalar.is_leaf()
    assert not scalar.is_constant()
    assert list(scalar.parents) == []


@pytest.mark.task1_2
def test_a_result_is_neither_leaf_nor_constant() -> None:
    scalar = Scalar(1.0) + 1.0
    assert not scalar.is_leaf()
    assert not scalar.is_constant()
    assert list(scalar.parents) == scalar.history.inputs


@pytest.mark.task1_2
def test_a_scalar_without_history_is_a_constant() -> None:
    scalar = Scalar(1.0)
    scalar.history = None
    assert scalar.is_constant()
    assert not scalar.is_leaf()


@pytest.mark.task1_2
def test_scalars_print_their_data_and_count_their_ids() -> None:
    first, second = Scalar(10), Scalar(-0.5)
    assert repr(first) == "Scalar(10.000000)"
    assert repr(second) == "Scalar(-0.500000)"
    assert second.unique_id == first.unique_id + 1
    assert first.name == str(first.unique_id)


@pytest.mark.task1_2
def test_the_constructor_takes_history_and_name_by_place_and_by_keyword() -> None:
    history = ScalarHistory(scalar_functions.Neg, Context(), [Scalar(1.0)])
    by_place = Scalar(0.0, history, "x")
    assert by_place.history is history
    assert by_place.name == "x"
    assert Scalar(0.0, back=history).history is history
    assert Scalar(0.0, history=history).history is history
    assert Scalar(0.0, name="x_1").name == "x_1"
    assert Scalar(0.0, None).is_leaf()


@pytest.mark.task1_2
@pytest.mark.parametrize("value", [0.0, -0.0, 1e-30, 2.0, float("nan")])
def test_a_scalar_is_true_where_its_data_is(value: float) -> None:
    assert bool(Scalar(value)) is bool(value)


# --- Task 1.3 ---------------------------------------------------------------------------------


class Weighted(ScalarFunction):
    """2 x y, with its arguments saved."""

    @staticmethod
    def forward(ctx: Context, x: float, y: float) -> float:
        """Save both and combine them."""
        ctx.save_for_backward(x, y)
        return 2.0 * x * y

    @staticmethod
    def backward(ctx: Context, d_output: float) -> tuple[float, float]:
        """Differentiate by x, then by y."""
        x, y = ctx.saved_values
        return 2.0 * y * d_output, 2.0 * x * d_output


@pytest.mark.task1_3
def test_the_chain_rule_takes_a_history_given_by_hand() -> None:
    x = Scalar(0.0)

    class Passes(ScalarFunction):
        @staticmethod
        def backward(ctx: Context, d_output: float) -> tuple[float, float]:
            return d_output, d_output

    made = Scalar(0.0, ScalarHistory(Passes, ctx=Context(), inputs=[x, x]))
    back = list(made.chain_rule(d_output=5))
    assert len(back) == 2
    assert all(variable is x and derivative == 5 for variable, derivative in back)


@pytest.mark.task1_3
def test_the_chain_rule_covers_numbers_and_scalars_alike() -> None:
    y = Scalar(5.0)
    back = list(Weighted.apply(10, y).chain_rule(d_output=3.0))
    assert len(back) == 2
    (constant, by_constant), (variable, by_variable) = back
    assert (constant.data, by_constant) == (10.0, 2.0 * 5.0 * 3.0)
    assert variable is y
    assert by_variable == 2.0 * 10.0 * 3.0

    x = Scalar(10.0)
    back = list(Weighted.apply(x, 5).chain_rule(d_output=3.0))
    assert back[0][0] is x
    assert [derivative for _, derivative in back] == [30.0, 60.0]


@pytest.mark.task1_3
def test_the_chain_rule_covers_numbers_alone_and_repeats() -> None:
    assert len(list(Weighted.apply(10, 5).chain_rule(d_output=3.0))) == 2
    x = Scalar(4.0)
    back = list(Weighted.apply(x, x).chain_rule(d_output=1.0))
    assert [variable is x for variable, _ in back] == [True, True]
    assert [derivative for _, derivative in back] == [8.0, 8.0]


@pytest.mark.task1_3
def test_the_chain_rule_wraps_a_single_derivative() -> None:
    x = Scalar(2.0)
    ((variable, derivative),) = (-x).chain_rule(d_output=1.5)
    assert variable is x
    assert derivative == -1.5


# --- Task 1.4 ---------------------------------------------------------------------------------


@pytest.mark.task1_4
def test_derivatives_accumulate_from_zero() -> None:
    x = Scalar(1.0)
    x.accumulate_derivative(2.0)
    assert x.derivative == 2.0
    x.accumulate_derivative(-0.5)
    assert x.derivative == 1.5


@pytest.mark.task1_4
def test_backward_starts_with_one() -> None:
    x = Scalar(3.0)
    (x * 4.0).backward()
    assert x.derivative == 4.0


@pytest.mark.task1_4
@pytest.mark.parametrize("entry", one_arg, ids=[entry[0] for entry in one_arg])
@given(x=scalars())
def test_one_argument_functions_differentiate(entry: Any, x: Scalar) -> None:
    assume(not is_near_pole(entry[0], x.data))
    derivative_check(entry[2], x)


@pytest.mark.task1_4
@pytest.mark.parametrize("entry", two_arg, ids=[entry[0] for entry in two_arg])
@given(x=scalars(), y=scalars())
def test_two_argument_functions_differentiate(entry: Any, x: Scalar, y: Scalar) -> None:
    assume(not is_near_pole(entry[0], x.data, y.data))
    derivative_check(entry[2], x, y)


FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "add": (lambda a, b: a + b, 2),
    "sub": (lambda a, b: a - b, 2),
    "mul": (lambda a, b: a * b, 2),
    "div": (lambda a, b: a / b, 2),
    "lt": (lambda a, b: a < b, 2),
    "gt": (lambda a, b: a > b, 2),
    "eq": (lambda a, b: a == b, 2),
    "neg": (lambda a: -a, 1),
    "relu": (lambda a: a.relu(), 1),
    "exp": (lambda a: a.exp(), 1),
    "sigmoid": (lambda a: a.sigmoid(), 1),
    "log": (lambda a: (a * a).log(), 1),
    "radd": (lambda a: 3.0 + a, 1),
    "rmul": (lambda a: 3.0 * a, 1),
    "rdiv": (lambda a: 3.0 / a, 1),
    "repeated": (lambda a, b: a * b + b * b * a + a, 2),
}


@pytest.mark.task1_4
@pytest.mark.parametrize("name", FUNCTIONS)
@given(values=st.tuples(away_from_zero, st.floats(0.11, 0.19)), upstream=upstreams)
def test_derivatives_agree_with_central_differences(
    name: str, values: tuple[float, float], upstream: float
) -> None:
    function, count = FUNCTIONS[name]
    # The second value is shifted off the first one, so that comparisons are not at their jump.
    shifted = (values[0], values[0] * 2.0 + math.copysign(values[1], values[0]))
    check_scalar_derivatives(function, shifted[:count], upstream)


@pytest.mark.task1_4
@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "neg", "relu", "exp", "sigmoid"])
@given(values=st.tuples(away_from_zero, away_from_zero), upstream=upstreams)
def test_values_and_derivatives_agree_with_pytorch(
    name: str, values: tuple[float, float], upstream: float
) -> None:
    torch = pytest.importorskip("torch")
    function, count = FUNCTIONS[name]
    ours = [Scalar(value) for value in values[:count]]
    theirs = [
        torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in values[:count]
    ]
    result, expected = function(*ours), function(*theirs)
    result.backward(d_output=upstream)
    expected.backward(torch.tensor(upstream, dtype=torch.float64))
    assert result.data == pytest.approx(expected.item(), rel=1e-12)
    for leaf, twin in zip(ours, theirs, strict=True):
        assert leaf.derivative == pytest.approx(twin.grad.item(), rel=1e-9, abs=1e-12)


@pytest.mark.task1_4
@given(x=st.floats(0.01, 50.0), upstream=upstreams)
def test_log_agrees_with_pytorchs_log_of_the_shifted_number(x: float, upstream: float) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = Scalar(x), torch.tensor(x, dtype=torch.float64, requires_grad=True)
    result, expected = ours.log(), torch.log(theirs + 1e-6)
    result.backward(d_output=upstream)
    expected.backward(torch.tensor(upstream, dtype=torch.float64))
    assert result.data == pytest.approx(expected.item(), rel=1e-12, abs=1e-15)
    # A log_back without the epsilon is allowed, so the tolerance is wider than the epsilon.
    assert ours.derivative == pytest.approx(theirs.grad.item(), rel=1e-3)


@pytest.mark.task1_4
def test_comparisons_pass_no_derivative() -> None:
    a, b = Scalar(1.0), Scalar(2.0)
    ((a < b) + (a > b) + (a == b)).backward(d_output=7.0)
    assert a.derivative == b.derivative == 0.0


@pytest.mark.task1_4
def test_scalars_are_reached_through_the_submodule_too() -> None:
    assert minitorch.scalar.Scalar is Scalar
