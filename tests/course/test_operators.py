"""Module 0: the mathematical functions and the functions over lists."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch import operators

from .checks import assert_close
from .strategies import finite_floats, small_floats

NAN = float("nan")
INF = float("inf")
POINTS = [-7.5, -1.0, -0.0, 0.0, 1e-9, 0.3, 1.0, 4.25]

ONE_ARGUMENT = ["id", "neg", "sigmoid", "relu", "exp"]
TWO_ARGUMENTS = ["mul", "add", "lt", "eq", "max", "is_close", "log_back", "inv_back", "relu_back"]


# --- Task 0.1 ---------------------------------------------------------------------------------


@pytest.mark.task0_1
@given(small_floats, small_floats)
def test_arithmetic_is_python_arithmetic(x: float, y: float) -> None:
    assert operators.add(x, y) == x + y
    assert operators.mul(x, y) == x * y
    assert operators.neg(x) == -x
    assert operators.id(x) == x
    assert operators.max(x, y) == (x if x > y else y)


@pytest.mark.task0_1
def test_arithmetic_takes_integers() -> None:
    assert operators.add(2, 3) == 5
    assert operators.mul(2, 3) == 6
    assert operators.neg(2) == -2
    assert operators.id(2) == 2


@pytest.mark.task0_1
@given(small_floats, small_floats)
def test_comparisons_give_the_floats_one_and_zero(x: float, y: float) -> None:
    for result, truth in ((operators.lt(x, y), x < y), (operators.eq(x, y), x == y)):
        assert type(result) is float
        assert result == (1.0 if truth else 0.0)


@pytest.mark.task0_1
@pytest.mark.parametrize("name", ["lt", "eq", "is_close"])
def test_nothing_compares_with_nan(name: str) -> None:
    compare = getattr(operators, name)
    assert compare(NAN, 1.0) == compare(1.0, NAN) == compare(NAN, NAN) == 0.0


@pytest.mark.task0_1
@pytest.mark.parametrize(
    ("x", "y", "larger"), [(3.0, 2.0, 3.0), (2.0, 3.0, 3.0), (NAN, 1.0, 1.0), (-INF, 0.0, 0.0)]
)
def test_max_is_x_only_where_x_exceeds_y(x: float, y: float, larger: float) -> None:
    assert operators.max(x, y) == larger


@pytest.mark.task0_1
def test_max_gives_y_where_nothing_compares() -> None:
    assert math.isnan(operators.max(1.0, NAN))


@pytest.mark.task0_1
@pytest.mark.parametrize(
    ("x", "y", "close"),
    [
        (1.0, 1.0, 1.0),
        (0.0, 0.0099, 1.0),
        (0.0099, 0.0, 1.0),
        (0.0, 0.01, 0.0),
        (0.0, -0.01, 0.0),
        (-0.004, 0.005, 1.0),
        (1e9, 1e9 + 1.0, 0.0),
        (INF, INF, 0.0),
    ],
)
def test_is_close_is_an_absolute_difference_below_a_hundredth(
    x: float, y: float, close: float
) -> None:
    result = operators.is_close(x, y)
    assert result == close
    assert type(result) is float


@pytest.mark.task0_1
@given(finite_floats)
def test_relu_keeps_the_positive_and_clears_the_rest(x: float) -> None:
    assert operators.relu(x) == (x if x > 0 else 0.0)


@pytest.mark.task0_1
@given(small_floats, finite_floats)
def test_relu_back_passes_where_the_input_is_positive(x: float, d: float) -> None:
    assert operators.relu_back(x, d) == (d if x > 0 else 0.0)


@pytest.mark.task0_1
def test_relu_and_its_derivative_are_zero_at_zero() -> None:
    for zero in (0.0, -0.0, 0):
        assert operators.relu(zero) == 0.0
        assert operators.relu_back(zero, 5.0) == 0.0


@pytest.mark.task0_1
def test_sigmoid_never_overflows() -> None:
    assert operators.sigmoid(-1e6) == 0.0
    assert operators.sigmoid(1e6) == 1.0
    assert operators.sigmoid(-700.0) == pytest.approx(math.exp(-700.0), rel=1e-12)


@pytest.mark.task0_1
@given(st.floats(-30.0, 30.0))
def test_sigmoid_is_the_logistic_function(x: float) -> None:
    assert operators.sigmoid(x) == pytest.approx(1.0 / (1.0 + math.exp(-x)), rel=1e-12)


@pytest.mark.task0_1
def test_log_adds_its_epsilon() -> None:
    assert operators.EPS == 1e-6
    for x in (0.0, 1e-6, 0.5, 1.0, 100.0):
        assert operators.log(x) == math.log(x + 1e-6)


@pytest.mark.task0_1
@given(st.floats(0.01, 100.0), small_floats)
def test_log_back_and_inv_back_are_the_derivatives_times_d(x: float, d: float) -> None:
    assert operators.log_back(x, d) == pytest.approx(d / x, rel=1e-3)
    assert operators.inv(x) == pytest.approx(1.0 / x)
    assert operators.inv_back(x, d) == pytest.approx(-d / x**2)


@pytest.mark.task0_1
def test_log_back_differentiates_the_log_with_its_epsilon() -> None:
    assert operators.log_back(0.0, 3.0) == pytest.approx(3.0 / 1e-6)


@pytest.mark.task0_1
@pytest.mark.parametrize("x", POINTS)
def test_exp_is_the_exponential(x: float) -> None:
    assert operators.exp(x) == math.exp(x)


def _calls() -> list[Any]:
    pairs = [(x, y) for x in POINTS for y in POINTS]
    calls = [(name, [(x,) for x in POINTS]) for name in ONE_ARGUMENT]
    calls += [(name, pairs) for name in TWO_ARGUMENTS if name not in ("inv_back", "log_back")]
    calls += [(name, [(x, y) for x, y in pairs if x > 0]) for name in ("inv_back", "log_back")]
    calls += [(name, [(x,) for x in POINTS if x > 0]) for name in ("log", "inv")]
    return [pytest.param(name, arguments, id=name) for name, arguments in calls]


@pytest.mark.task0_1
@pytest.mark.parametrize(("name", "arguments"), _calls())
def test_numba_compiles_each_function_to_the_same_values(
    name: str, arguments: list[tuple[float, ...]]
) -> None:
    plain = getattr(operators, name)
    compiled = numba.njit(plain)
    for values in arguments:
        np.testing.assert_allclose(compiled(*values), plain(*values), rtol=1e-14)


# --- Task 0.2 ---------------------------------------------------------------------------------


@pytest.mark.task0_2
@given(small_floats)
def test_sigmoid_is_between_zero_and_one_and_symmetric(a: float) -> None:
    assert 0.0 <= operators.sigmoid(a) <= 1.0
    assert_close(1.0 - operators.sigmoid(a), operators.sigmoid(-a), 1e-9)


@pytest.mark.task0_2
@given(small_floats, small_floats)
def test_sigmoid_never_decreases_and_crosses_at_one_half(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert operators.sigmoid(low) <= operators.sigmoid(high)
    assert operators.sigmoid(0.0) == 0.5


@pytest.mark.task0_2
@given(small_floats, small_floats, small_floats)
def test_less_than_is_transitive(a: float, b: float, c: float) -> None:
    low, middle, high = sorted((a, b, c))
    if operators.lt(low, middle) == 1.0 and operators.lt(middle, high) == 1.0:
        assert operators.lt(low, high) == 1.0
    assert operators.lt(high, low) == 0.0


@pytest.mark.task0_2
@given(small_floats, small_floats)
def test_multiplication_and_addition_commute(a: float, b: float) -> None:
    assert operators.mul(a, b) == operators.mul(b, a)
    assert operators.add(a, b) == operators.add(b, a)


@pytest.mark.task0_2
@given(small_floats, small_floats, small_floats)
def test_multiplication_distributes_over_addition(a: float, b: float, c: float) -> None:
    left = operators.mul(a, operators.add(b, c))
    assert_close(left, operators.add(operators.mul(a, b), operators.mul(a, c)))


@pytest.mark.task0_2
@given(small_floats)
def test_double_negation_is_the_identity(a: float) -> None:
    assert operators.neg(operators.neg(a)) == operators.id(a)


# --- Task 0.3 ---------------------------------------------------------------------------------


Iterables = [list, tuple, iter, lambda values: (value for value in values)]


@pytest.mark.task0_3
@pytest.mark.parametrize("make", Iterables)
def test_map_and_zip_with_give_lists_from_any_iterable(make: Callable[[Any], Any]) -> None:
    assert operators.map(operators.neg)(make([1.0, -2.0])) == [-1.0, 2.0]
    summed = operators.zipWith(operators.add)(make([1.0, 2.0]), make([10.0, 20.0]))
    assert summed == [11.0, 22.0]
    assert type(operators.map(operators.neg)(make([1.0]))) is type(summed) is list


@pytest.mark.task0_3
def test_map_returns_a_function_that_can_be_used_again() -> None:
    negate = operators.map(operators.neg)
    assert negate([1.0]) == negate([1.0]) == [-1.0]
    assert negate([]) == []


@pytest.mark.task0_3
@pytest.mark.parametrize("make", Iterables)
def test_reduce_folds_each_element_with_what_came_before(make: Callable[[Any], Any]) -> None:
    calls: list[tuple[float, float]] = []

    def note(x: float, accumulated: float) -> float:
        calls.append((x, accumulated))
        return x - accumulated

    assert operators.reduce(note, 100.0)(make([1.0, 2.0, 5.0])) == 5.0 - (2.0 - (1.0 - 100.0))
    assert calls == [(1.0, 100.0), (2.0, -99.0), (5.0, 101.0)]


@pytest.mark.task0_3
def test_reduce_of_nothing_is_its_start() -> None:
    assert operators.reduce(operators.add, 4.5)([]) == 4.5


@pytest.mark.task0_3
def test_sums_and_products_of_nothing_are_zero_and_one() -> None:
    assert operators.sum([]) == 0
    assert operators.prod([]) == 1
    assert operators.prod(()) == 1


@pytest.mark.task0_3
@given(st.lists(small_floats, min_size=2, max_size=2), st.lists(small_floats, min_size=2))
def test_add_lists_unpacks_into_the_sums(first: list[float], second: list[float]) -> None:
    x, y = operators.addLists(first, second[:2])
    assert (x, y) == (first[0] + second[0], first[1] + second[1])


@pytest.mark.task0_3
@given(st.lists(small_floats))
def test_sum_prod_and_neg_list_agree_with_python(values: list[float]) -> None:
    assert_close(operators.sum(values), builtins.sum(values))
    assert operators.prod(values) == pytest.approx(math.prod(values), rel=1e-9)
    assert operators.negList(values) == [-value for value in values]


@pytest.mark.task0_3
@given(st.lists(st.tuples(small_floats, small_floats)))
def test_sum_distributes_over_add_lists(pairs: list[tuple[float, float]]) -> None:
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    both = operators.sum(first) + operators.sum(second)
    assert_close(both, operators.sum(operators.addLists(first, second)))
