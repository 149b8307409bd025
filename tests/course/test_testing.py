"""The table of functions that the course's tests and web app read from the package."""

from __future__ import annotations

import inspect
import math
from typing import Any

import pytest

from minitorch import MathTest, MathTestVariable, Scalar, operators, tensor

ONE_ARG = [
    *("addConstant", "complex", "cube", "div", "exp", "explog", "inv", "log"),
    *("multConstant", "neg", "relu", "sig", "square", "subConstant"),
]
TWO_ARG = ["add2", "div2", "eq2", "gt2", "lt2", "mul2"]
REDUCTIONS = ["mean_full_red", "mean_red", "sum_red"]


def _sig(a: float) -> float:
    return operators.sigmoid(a)


FORMULAS: dict[str, Any] = {
    "addConstant": lambda a: 5 + a,
    "complex": lambda a: (
        math.log(_sig(max(max(a * 10 + 7, 0.0) * 6 + 5, 0.0) * 10) + operators.EPS) / 50
    ),
    "cube": lambda a: a**3,
    "div": lambda a: a / 5,
    "exp": lambda a: math.exp(a - 200),
    "explog": lambda a: math.log(a + 100000 + operators.EPS) + math.exp(a - 200),
    "inv": lambda a: 1 / (a + 3.5),
    "log": lambda a: math.log(a + 100000 + operators.EPS),
    "multConstant": lambda a: 5 * a,
    "neg": lambda a: -a,
    "relu": lambda a: max(a + 5.5, 0.0),
    "sig": _sig,
    "square": lambda a: a * a,
    "subConstant": lambda a: a - 5,
    "add2": lambda a, b: a + b,
    "div2": lambda a, b: a / (b + 5.5),
    "eq2": lambda a, b: float(a == b + 5.5),
    "gt2": lambda a, b: float(b < a + 1.2),
    "lt2": lambda a, b: float(a + 1.2 < b),
    "mul2": lambda a, b: a * b,
}


@pytest.mark.parametrize("cls", [MathTest, MathTestVariable])
def test_the_lists_hold_the_course_functions_in_alphabetical_order(cls: Any) -> None:
    for entries in (cls._tests(), cls._comp_testing()):
        names = [[entry[0] for entry in group] for group in entries]
        assert names == [ONE_ARG, TWO_ARG, REDUCTIONS]


@pytest.mark.parametrize("cls", [MathTest, MathTestVariable])
def test_entries_pair_and_triple_the_functions(cls: Any) -> None:
    for plain, triples in zip(cls._tests(), cls._comp_testing(), strict=True):
        for (name, function), (same, on_floats, own) in zip(plain, triples, strict=True):
            assert name == same
            assert function is own is getattr(cls, name)
            assert on_floats is getattr(MathTest, name)


@pytest.mark.parametrize("cls", [MathTest, MathTestVariable])
def test_every_entry_is_a_function_with_source(cls: Any) -> None:
    for group in cls._tests():
        for name, function in group:
            assert inspect.isfunction(function)
            assert f"def {name}(" in inspect.getsource(function)


@pytest.mark.parametrize("name", ONE_ARG)
@pytest.mark.parametrize("a", [-7.0, -0.6, 0.0, 0.31, 12.0])
def test_one_argument_entries_compute_their_formula(name: str, a: float) -> None:
    expected = FORMULAS[name](a)
    assert getattr(MathTest, name)(a) == pytest.approx(expected, rel=1e-12)
    on_variables = getattr(MathTestVariable, name)
    assert on_variables(Scalar(a)).data == pytest.approx(expected, rel=1e-12)
    assert on_variables(tensor([a]))[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", TWO_ARG)
@pytest.mark.parametrize(("a", "b"), [(1.0, 2.5), (2.5, 1.0), (7.5, 2.0), (-1.0, 0.1)])
def test_two_argument_entries_compute_their_formula(name: str, a: float, b: float) -> None:
    expected = FORMULAS[name](a, b)
    assert getattr(MathTest, name)(a, b) == pytest.approx(expected)
    on_variables = getattr(MathTestVariable, name)
    assert on_variables(Scalar(a), Scalar(b)).data == pytest.approx(expected)
    assert on_variables(tensor([a]), tensor([b]))[0] == pytest.approx(expected)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_take_lists_and_tensors(name: str) -> None:
    values = [1.0, 2.0, 6.0]
    expected = 9.0 if name == "sum_red" else 3.0
    assert getattr(MathTest, name)(values) == pytest.approx(expected)
    assert getattr(MathTestVariable, name)(tensor(values)).item() == pytest.approx(expected)


def test_only_the_full_mean_reduces_every_dimension() -> None:
    grid = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert MathTestVariable.sum_red(grid).to_numpy().tolist() == [[5.0, 7.0, 9.0]]
    assert MathTestVariable.mean_red(grid).to_numpy().tolist() == [[2.5, 3.5, 4.5]]
    assert MathTestVariable.mean_full_red(grid).to_numpy().tolist() == [3.5]
