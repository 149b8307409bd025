"""How many units in the last place the functions of elementwise kernels may be wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minitorch.kernels.generated import elementwise as kernels

from .oracle import peer, torch

# The functions, the interval that numbers are drawn from, and the units allowed in float32 and in
# float64.
FUNCTIONS: dict[str, tuple[float, float, float, float]] = {
    "exp": (-80, 80, 2, 2),
    "exp2": (-120, 120, 2, 2),
    "expm1": (-80, 80, 2, 2.5),
    "log": (0, 1e6, 2, 2),
    "log2": (0, 1e6, 2, 2),
    "log10": (0, 1e6, 2, 2),
    "log1p": (-0.999, 1e6, 4, 4),
    "sigmoid": (-80, 80, 4, 3),
    "softplus": (-80, 80, 4, 4),
    "silu": (-80, 80, 4, 3),
    "tanh": (-20, 20, 4, 4),
    "sinh": (-80, 80, 4, 4),
    "cosh": (-80, 80, 4, 3),
    "asinh": (-1e6, 1e6, 4, 4),
    "acosh": (1, 1e6, 4, 4),
    "atanh": (-1, 1, 4, 4),
    "sin": (-1e6, 1e6, 2, 2),
    "cos": (-1e6, 1e6, 2, 2),
    "tan": (-1e6, 1e6, 4, 4),
    "asin": (-1, 1, 4, 4),
    "acos": (-1, 1, 4, 4),
    "atan": (-1e6, 1e6, 2, 2),
    "erf": (-5, 5, 2, 2),
    "erfc": (-5, 26, 5, 7),
}
LONG = np.longdouble
EXACT: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.where(x > 20, x, np.log1p(np.exp(x))),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
}


def numbers(name: str, dtype: Any) -> np.ndarray:
    """Draw numbers from all of the interval, from around 0, and from very near to it."""
    low, high, _, _ = FUNCTIONS[name]
    generator = np.random.default_rng(0)
    drawn = [
        generator.uniform(low, high, 20_000),
        generator.normal(size=20_000) * min(1.0, high),
        np.exp(generator.uniform(-18, 0, 10_000)) * generator.choice([-1, 1], 10_000),
    ]
    x = np.concatenate(drawn).astype(dtype)
    x = np.abs(x) if low == 0 else x
    return x[(x > low) & (x < high)]


def units(ours: np.ndarray, exact: Any) -> float:
    """Give the largest error, where the exact result is a normal number."""
    info = np.finfo(ours.dtype)
    normal = (np.abs(exact) > info.tiny) & (np.abs(exact) < info.max)
    expected = np.asarray(exact)[normal]
    unit = np.spacing(np.abs(expected).astype(ours.dtype)).astype(LONG)
    return float((np.abs(ours[normal].astype(LONG) - expected) / unit).max())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_float32_functions_keep_their_accuracy(name: str) -> None:
    x = numbers(name, np.float32)
    exact = peer(name)(torch.tensor(x.astype(np.float64))).numpy()
    assert units(getattr(kernels, name)(x), exact) <= FUNCTIONS[name][2]


@pytest.mark.skipif(np.finfo(LONG).eps > 1e-18, reason="long double is no longer than float64")
@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"erf", "erfc"}))
def test_float64_functions_have_the_accuracy_of_a_library(name: str) -> None:
    x = numbers(name, np.float64)
    with np.errstate(all="ignore"):
        exact = (EXACT.get(name) or getattr(np, name))(x.astype(LONG))
    assert units(getattr(kernels, name)(x), exact) <= FUNCTIONS[name][3]


@pytest.mark.parametrize("name", ["erf", "erfc"])
def test_float64_error_functions_are_those_of_pytorch(name: str) -> None:
    x = numbers(name, np.float64)
    exact = peer(name)(torch.tensor(x)).numpy()
    assert units(getattr(kernels, name)(x), exact) <= FUNCTIONS[name][3]


@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_gelu_and_silu_are_close_in_float32(name: str) -> None:
    x = np.random.default_rng(0).normal(size=200_000).astype(np.float32) * 4
    exact = peer(name)(torch.tensor(x.astype(np.float64))).numpy()
    error = np.abs(getattr(kernels, name)(x) - exact)
    assert (np.minimum(error / np.spacing(np.abs(x)), error / 1e-6)).max() <= 4


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["exp", "exp2", "expm1", "sinh", "cosh"])
def test_results_reach_the_largest_and_the_smallest_numbers(name: str, dtype: Any) -> None:
    bits = 128 if dtype == np.float32 else 1024
    edge = bits if name == "exp2" else bits * np.log(2)
    x = np.array([edge - 0.1, edge + 0.1, edge + 0.68, edge + 0.7, edge + 9, 1e9], dtype)
    low = (-edge - np.linspace(0, 40, 400)).astype(dtype)
    for numbers in (x, -x, low):
        ours = getattr(kernels, name)(numbers)
        with np.errstate(all="ignore"):
            theirs = getattr(np, name)(numbers.astype(LONG)).astype(dtype)
        info = np.finfo(dtype)
        np.testing.assert_allclose(
            ours, theirs, rtol=200 * info.eps, atol=2 * info.smallest_subnormal
        )


@pytest.mark.parametrize("name", ["sin", "cos", "tan", "sinc"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_angles_are_right_and_do_not_disturb_others(name: str, dtype: Any) -> None:
    x = np.random.default_rng(0).normal(size=5000).astype(dtype)
    kernel = getattr(kernels, name)
    alone = kernel(x)
    x[3000::700] = [1e6, -3e7, np.inf]
    with_others = kernel(x)
    usual = np.ones(5000, bool)
    usual[3000::700] = False
    np.testing.assert_array_equal(with_others[usual], alone[usual])
    with np.errstate(invalid="ignore"):
        theirs = peer(name)(torch.tensor(x)).numpy()
    np.testing.assert_allclose(with_others, theirs, rtol=1e-5 if dtype == np.float32 else 1e-12)


def test_powers_of_2_and_10_have_whole_logarithms() -> None:
    for dtype, most in ((np.float32, 38), (np.float64, 300)):
        tens = (10.0 ** np.arange(0, min(most, 22))).astype(dtype)
        twos = (2.0 ** np.arange(-most, most)).astype(dtype)
        np.testing.assert_array_equal(kernels.log2(twos), np.arange(-most, most))
        np.testing.assert_allclose(
            kernels.log10(tens), np.arange(len(tens)), rtol=np.finfo(dtype).eps
        )
