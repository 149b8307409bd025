"""Elementwise functions held against NumPy and central differences, without PyTorch."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minitorch import torch

from .alone import Case, assert_central_differences, assert_formula, drawn

X = drawn(3, 4)
ROW, COLUMN = drawn(4, seed=2), drawn(3, 1, seed=3)
PART = X / 2
POSITIVE = abs(X) + 0.1


def each(function: Callable[[float], float]) -> Callable[..., Any]:
    return np.vectorize(function, otypes=[np.float64])


SAME = "sin cos tan tanh sinh cosh arctan arcsinh exp expm1 exp2 square sign abs negative sinc"
CASES: list[Case] = [
    *[(name, getattr(torch, name), getattr(np, name), [PART]) for name in SAME.split()],
    *[
        (name, getattr(torch, name), getattr(np, name), [POSITIVE])
        for name in ("log", "log1p", "log2", "log10", "sqrt", "reciprocal")
    ],
    *[(name, getattr(torch, name), getattr(np, name), [X / 9]) for name in ("arcsin", "arctanh")],
    ("sigmoid", torch.sigmoid, lambda x: 1 / (1 + np.exp(-x)), [X]),
    ("rsqrt", torch.rsqrt, lambda x: 1 / np.sqrt(x), [POSITIVE]),
    ("erf", torch.erf, each(math.erf), [X]),
    ("erfc", torch.erfc, each(math.erfc), [X]),
    ("frac", torch.frac, lambda x: x - np.trunc(x), [X + 0.1]),
    ("clamp", lambda x: x.clamp(-0.7, 1.1), lambda x: np.clip(x, -0.7, 1.1), [X]),
    ("add", lambda x, y: torch.add(x, y, alpha=2), lambda x, y: x + 2 * y, [X, ROW]),
    ("subtract", torch.sub, np.subtract, [COLUMN, ROW]),
    ("multiply", torch.mul, np.multiply, [X, COLUMN]),
    ("divide", torch.div, np.divide, [ROW, X]),
    ("power", torch.pow, np.power, [POSITIVE, ROW]),
    ("power of a number", lambda x: x**3, lambda x: x**3, [X]),
    ("number to a power", lambda x: 2.0**x, lambda x: 2.0**x, [X]),
    ("number minus", lambda x: 1.5 - x, lambda x: 1.5 - x, [X]),
    ("remainder", torch.remainder, np.mod, [X + 0.17, POSITIVE]),
    ("fmod", torch.fmod, np.fmod, [X + 0.17, POSITIVE]),
    ("maximum", torch.maximum, np.maximum, [X, ROW + 0.1]),
    ("minimum", torch.minimum, np.minimum, [X, COLUMN + 0.1]),
    ("atan2", torch.atan2, np.arctan2, [X, ROW]),
    ("hypot", torch.hypot, np.hypot, [X, ROW]),
    ("logaddexp", torch.logaddexp, np.logaddexp, [X, ROW]),
    ("lerp", lambda x, y: x.lerp(y, 0.3), lambda x, y: x + 0.3 * (y - x), [X, ROW]),
    ("addcmul", torch.addcmul, lambda x, y, z: x + y * z, [X, ROW, COLUMN]),
    ("lgamma", torch.lgamma, each(math.lgamma), [POSITIVE]),
    ("xlogy", torch.xlogy, lambda x, y: x * np.log(y), [X, POSITIVE]),
]
DISCRETE: list[Case] = [
    *[
        (name, getattr(torch, name), getattr(np, name), [X, ROW])
        for name in ("greater", "less_equal", "not_equal", "logical_xor", "floor_divide", "isclose")
    ],
    *[(name, getattr(torch, name), getattr(np, name), [X]) for name in ("floor", "ceil", "trunc")],
    ("round", torch.round, np.round, [X * 2]),
    *[
        (name, getattr(torch, name), getattr(np, name), [np.array([np.nan, np.inf, -np.inf, 1.0])])
        for name in ("isnan", "isinf", "isfinite", "signbit")
    ],
    *[
        (name, getattr(torch, name), getattr(np, name), [np.arange(12) - 5, np.arange(12) % 7])
        for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "gcd")
    ],
]


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("case", CASES + DISCRETE, ids=lambda case: case[0])
def test_values_are_numpys(case: Case) -> None:
    assert_formula(case, 1e-11)


@pytest.mark.parametrize(
    ("case", "order"),
    [(case, order) for order in (1, 2) for case in CASES],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
def test_gradients_are_central_differences(case: Case, order: int) -> None:
    assert_central_differences(case, order)


@pytest.mark.parametrize("name", ["add", "mul", "sub", "div", "exp", "sqrt", "clamp"])
def test_in_place_is_the_same(name: str) -> None:
    operands = {"clamp": (0.5, 1.0), "exp": (), "sqrt": ()}.get(name, (torch.tensor(ROW),))
    x = torch.tensor(POSITIVE)
    expected = getattr(x, name)(*operands)
    leaf = torch.tensor(POSITIVE, requires_grad=True)
    changed = leaf * 1.0
    assert getattr(changed, name + "_")(*operands) is changed
    np.testing.assert_array_equal(changed.detach().numpy(), expected.numpy())
    plain = torch.tensor(POSITIVE, requires_grad=True)
    getattr(plain, name)(*operands).sum().backward()
    changed.sum().backward()
    np.testing.assert_allclose(leaf.grad.numpy(), plain.grad.numpy(), rtol=1e-12)


CHANGES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "add a tensor": lambda x, y, z: x.add_(y),
    "add a number": lambda x, y, z: x.add_(1.5),
    "mul by a number": lambda x, y, z: x.mul_(2),
    "sqrt": lambda x, y, z: x.sqrt_(),
    "addcmul": lambda x, y, z: x.addcmul_(y, z, value=0.5),
    "addcmul of itself": lambda x, y, z: x.addcmul_(x, z),
    "addcdiv": lambda x, y, z: x.addcdiv_(y, z, value=-2),
    "lerp by a number": lambda x, y, z: x.lerp_(y, 0.25),
    "lerp by a tensor": lambda x, y, z: x.lerp_(y, z),
    "a view of itself": lambda x, y, z: x.addcmul_(x.view(x.shape), z),
    "its end and its start": lambda x, y, z: x[1:].addcmul_(x[:-1], z[1:]),
    "a transposed one": lambda x, y, z: x.addcmul_(y.t().contiguous().t(), z),
    "a repeated row": lambda x, y, z: x.lerp_(y[0].expand_as(x), 0.5),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("size", [3, 400])
def test_what_is_changed_has_the_values_of_a_new_tensor(
    change: Callable[[Any, Any, Any], Any], size: int
) -> None:
    x, y, z = (torch.tensor(abs(drawn(size, size, seed=n)) + 0.5) for n in range(3))
    memory, version = x.data_ptr(), x._version
    operands = x.clone(), y.clone(), z.clone()
    changed = change(*operands)
    with torch.enable_grad():
        leaves = [tensor.clone().requires_grad_() for tensor in (x, y, z)]
        recorded = change(leaves[0] * 1, *leaves[1:])
    np.testing.assert_allclose(changed.numpy(), recorded.detach().numpy(), rtol=1e-12)
    assert changed._version == version + 1
    change(x, y, z)
    assert x.data_ptr() == memory
    np.testing.assert_array_equal(x.numpy(), operands[0].numpy())
    np.testing.assert_array_equal(y.numpy(), operands[1].numpy())


@pytest.mark.parametrize("name", list(CHANGES)[:9])
def test_a_change_takes_no_memory_for_a_result(name: str) -> None:
    x, y, z = (torch.ones(1000, 1000) for _ in range(3))
    CHANGES[name](x, y, z)
    tracemalloc.start()
    try:
        CHANGES[name](x, y, z)
        assert tracemalloc.get_traced_memory()[1] < x.nbytes // 2
    finally:
        tracemalloc.stop()


def test_minus_zero_keeps_its_sign_beside_zero() -> None:
    ones = torch.ones(2)
    for _ in range(3):
        assert not np.signbit((ones * 0.0).numpy()).any()
        assert np.signbit((ones * -0.0).numpy()).all()
