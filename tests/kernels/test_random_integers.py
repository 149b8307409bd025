"""Random whole numbers, permutations, categories and counts, held against PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minitorch.kernels.cpu.randomness import random, random_counts, random_integers
from minitorch.kernels.cpu.randomness.generator import Generator

from .oracle import torch
from .twins import as_tensor, assert_equal, empty, started

DTYPES = ["float16", "float32", "float64"]


# ---- whole numbers, permutations, categories

INTEGERS = ["bool", "uint8", "int8", "int16", "int32", "int64", *DTYPES]
RANGES = [
    *[(0, 2), (0, 10), (-5, 5), (3, None), (None, 7), (0, 60_000), (0, 2**28 - 1), (0, 2**28)],
    *[(-(2**31), 2**31), (-(2**63), None), (-(2**63), 2**63 - 1)],
]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_whole_numbers_of_every_type_are_pytorchs(dtype: str) -> None:
    kind = np.dtype(dtype).kind
    generator = started(4)
    tensor = torch.empty(700, dtype=getattr(torch, dtype)).random_()
    ours = random_integers.random_(empty(700, dtype), None, None, generator)
    assert_equal(ours, tensor, generator)
    for low, high in RANGES:
        is_exact = max(abs(low or 0), abs(high or 0)) <= 2**11
        if (kind == "f" and not is_exact) or (kind == "b" and low == -(2**63)):
            continue
        generator = started(4)
        tensor = torch.empty(50, dtype=getattr(torch, dtype))
        try:
            tensor.random_(low or 0, high) if low is not None else tensor.random_(high)
        except RuntimeError:
            with pytest.raises(RuntimeError, match=r"do not fit|low below high"):
                random_integers.random_(empty(50, dtype), low, high, generator)
            continue
        ours = random_integers.random_(empty(50, dtype), low, high, generator)
        assert_equal(ours, tensor, generator, f"{low} to {high}")


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 512, 513, 625, 10_007])
def test_permutations_are_pytorchs(n: int) -> None:
    generator = started(4)
    assert_equal(random_integers.randperm(n, generator), torch.randperm(n), generator)
    generator = started(4)
    tensor = torch.randperm(n, dtype=torch.int32)
    assert_equal(random_integers.randperm(n, generator, np.int32), tensor, generator)


def test_long_permutations_insert_each_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random_integers, "_LONG_PERMUTATION", 5)
    ours = random_integers.randperm(100, Generator(3))
    words = np.random.RandomState(3).randint(0, 2**32, 200, dtype=np.uint32).astype(object)
    expected: list[int] = []
    for i in range(100):
        j = (words[2 * i] * 2**32 + words[2 * i + 1]) % (i + 1)
        expected.append(i)
        expected[i], expected[j] = expected[j], i
    assert ours.tolist() == expected


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("replacement", [True, False])
def test_categories_are_pytorchs(dtype: str, replacement: bool) -> None:
    drawn = np.random.default_rng(0)
    for shape in [(5,), (100,), (3, 7), (20, 1000), (0, 4)]:
        array = drawn.random(shape).astype(dtype)
        array[..., 0] = 0
        for count in (1, 2, 4):
            if dtype == "float16" and not replacement and count > 1:
                continue  # Weights tie often, and PyTorch leaves open which of them comes first.
            for view in (array, np.asfortranarray(array)):
                generator = started(6)
                ours = random_integers.multinomial(view, count, replacement, generator)
                tensor = torch.from_numpy(view)
                tensor = torch.multinomial(tensor, count, replacement)
                assert_equal(ours, tensor, generator, f"{shape} {count}")


@pytest.mark.parametrize("dtype", DTYPES)
def test_each_element_may_have_its_own_probability(dtype: str) -> None:
    chances = np.random.default_rng(0).random((6, 5)).astype(dtype)
    for p in (chances, np.asfortranarray(chances), chances[:, :1], chances[0]):
        for out in (empty((6, 5)), empty((5, 6), np.int64).T, empty((2, 6, 5), np.bool_)):
            generator = started(6)
            tensor = as_tensor(out).bernoulli_(torch.from_numpy(p))
            assert_equal(random.bernoulli_(out, p, generator), tensor, generator)
    generator = started(6)
    tensor = torch.bernoulli(torch.from_numpy(chances).t())
    assert_equal(random.bernoulli(chances.T, generator), tensor, generator)


def test_each_element_may_have_its_own_mean_and_spread() -> None:
    drawn = np.random.default_rng(0)
    for dtype in ("float32", "float64"):
        mean, std = drawn.random((40, 3)).astype(dtype), drawn.random(3).astype(dtype)
        for first, second in [(mean, std), (mean, 2.0), (1.5, std)]:
            arguments = [
                torch.from_numpy(x) if isinstance(x, np.ndarray) else x for x in (first, second)
            ]
            generator = started(6)
            tensor = torch.normal(*arguments)
            assert_equal(random.normal(first, second, generator), tensor, generator)


# ---- samplers by rejection

COUNTS: dict[str, tuple[Any, Callable[..., np.ndarray], list[tuple[float, ...]]]] = {
    "poisson": (torch.poisson, random_counts.poisson, [(0.0,), (0.3,), (9.9,), (10.0,), (1e4,)]),
    "gamma": (
        torch._standard_gamma,
        random_counts.standard_gamma,
        [(0.1,), (1.0,), (3.0,), (100.0,)],
    ),
    "binomial": (
        torch.binomial,
        random_counts.binomial,
        [(10.0, 0.3), (100.0, 0.77), (1e5, 0.5), (5.0, 0.0), (5.0, 1.0), (0.0, 0.5)],
    ),
}


@pytest.mark.parametrize("name", COUNTS)
def test_numbers_found_by_rejection_are_almost_always_pytorchs(name: str) -> None:
    theirs, ours, table = COUNTS[name]
    for dtype in ("float32", "float64"):
        for numbers in table:
            arrays = [np.full(2000, number, dtype) for number in numbers]
            generator = started(8)
            tensors = theirs(*map(torch.from_numpy, arrays)).numpy()
            close = np.isclose(ours(*arrays, generator), tensors, rtol=1e-5)
            assert close.mean() > 0.99, numbers


MOMENTS: dict[str, Callable[..., tuple[float, float]]] = {
    "poisson": lambda mean: (mean, mean),
    "gamma": lambda shape: (shape, shape),
    "binomial": lambda count, p: (count * p, count * p * (1 - p)),
}


@pytest.mark.parametrize("name", COUNTS)
def test_numbers_found_by_rejection_have_the_right_mean_and_variance(name: str) -> None:
    _, ours, table = COUNTS[name]
    n = 40_000
    for numbers in table:
        drawn = ours(*[np.full(n, number) for number in numbers], Generator(1))
        mean, variance = MOMENTS[name](*numbers)
        assert abs(drawn.mean() - mean) <= 5 * math.sqrt(variance / n)
        assert abs(drawn.var() - variance) <= 0.15 * variance
