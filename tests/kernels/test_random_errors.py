"""Bad input of samplers: the class of PyTorch's error, a text that says what was received."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minitorch.errors import DTypeError, LayoutError, ShapeError
from minitorch.kernels.cpu.randomness import random, random_counts, random_integers
from minitorch.kernels.cpu.randomness.filling import SamplerDTypeError
from minitorch.kernels.cpu.randomness.generator import Generator

from .oracle import torch
from .twins import empty

FLOAT, INT = torch.empty(3), torch.empty(3, dtype=torch.int64)
OURS_FLOAT, OURS_INT = empty(3), empty(3, np.int64)
G = Generator(0)
BAD: list[tuple[Callable[[], Any], Callable[[], Any], type[Exception], str]] = [
    (
        lambda: random.uniform_(OURS_FLOAT, 1, 0, G),
        lambda: FLOAT.uniform_(1, 0),
        RuntimeError,
        "low 1 and high 0",
    ),
    (
        lambda: random.uniform_(OURS_FLOAT, 0, math.inf, G),
        lambda: FLOAT.uniform_(0, math.inf),
        RuntimeError,
        "within float32",
    ),
    (
        lambda: random.uniform_(OURS_INT, 0, 1, G),
        lambda: INT.uniform_(),
        SamplerDTypeError,
        "got int64",
    ),
    (lambda: random.normal_(OURS_INT, 0, 1, G), lambda: INT.normal_(), SamplerDTypeError, "floats"),
    (
        lambda: random.normal_(OURS_FLOAT, 0, -1, G),
        lambda: FLOAT.normal_(0, -1),
        RuntimeError,
        "got -1",
    ),
    (
        lambda: random.normal(np.zeros(3), -np.ones(3), G),
        lambda: torch.normal(torch.zeros(3), -torch.ones(3)),
        RuntimeError,
        "got -1",
    ),
    (
        lambda: random.normal(np.zeros(3), np.ones(2), G),
        lambda: torch.normal(torch.zeros(3), torch.ones(2)),
        ShapeError,
        r"\(3,\), \(2,\)",
    ),
    (
        lambda: random.log_normal_(OURS_FLOAT, 0, 0, G),
        lambda: FLOAT.log_normal_(0, 0),
        RuntimeError,
        "std > 0",
    ),
    (
        lambda: random.exponential_(OURS_FLOAT, 0, G),
        lambda: FLOAT.exponential_(0),
        RuntimeError,
        "rate above 0",
    ),
    (
        lambda: random.cauchy_(OURS_FLOAT, 0, 0, G),
        lambda: FLOAT.cauchy_(0, 0),
        RuntimeError,
        "sigma > 0",
    ),
    (
        lambda: random.geometric_(OURS_FLOAT, 1, G),
        lambda: FLOAT.geometric_(1),
        RuntimeError,
        "between 0 and 1",
    ),
    (
        lambda: random.bernoulli_(OURS_FLOAT, math.nan, G),
        lambda: FLOAT.bernoulli_(math.nan),
        RuntimeError,
        "got nan",
    ),
    (
        lambda: random.bernoulli_(OURS_FLOAT, np.array([2.0]), G),
        lambda: FLOAT.bernoulli_(torch.tensor([2.0])),
        RuntimeError,
        "2.0 to 2.0",
    ),
    (
        lambda: random.bernoulli_(OURS_FLOAT, np.ones(4), G),
        lambda: FLOAT.bernoulli_(torch.ones(4)),
        ShapeError,
        r"\(4,\)",
    ),
    (
        lambda: random.bernoulli_(OURS_FLOAT, np.ones((2, 3)), G),
        lambda: FLOAT.bernoulli_(torch.ones(2, 3)),
        ShapeError,
        r"\(2, 3\) do not broadcast to \(3,\)",
    ),
    (
        lambda: random.bernoulli(np.ones(3, np.int64), G),
        lambda: torch.bernoulli(torch.ones(3, dtype=torch.int64)),
        SamplerDTypeError,
        "int64",
    ),
    (
        lambda: random_integers.random_(OURS_INT, 5, 5, G),
        lambda: INT.random_(5, 5),
        RuntimeError,
        "got 5 and 5",
    ),
    (
        lambda: random_integers.random_(empty(3, np.int8), 0, 300, G),
        lambda: torch.empty(3, dtype=torch.int8).random_(0, 300),
        RuntimeError,
        "from 0 to 299 do not fit int8, which holds -128 to 127",
    ),
    (
        lambda: random_integers.randperm(-1, G),
        lambda: torch.randperm(-1),
        RuntimeError,
        "got -1",
    ),
    (
        lambda: random_integers.randperm(300, G, np.int8),
        lambda: torch.randperm(300, dtype=torch.int8),
        RuntimeError,
        "up to 127",
    ),
    (
        lambda: random_integers.randperm(2, G, np.bool_),
        lambda: torch.randperm(2, dtype=torch.bool),
        SamplerDTypeError,
        "not bool",
    ),
    (
        lambda: random_counts.poisson(np.array([-1.0]), G),
        lambda: torch.poisson(torch.tensor([-1.0])),
        RuntimeError,
        "got -1.0",
    ),
    (
        lambda: G.manual_seed(2**64),
        lambda: torch.Generator().manual_seed(2**64),
        ValueError,
        "got 18446744073709551616",
    ),
    (
        lambda: G.manual_seed(1.5),  # type: ignore[arg-type]
        lambda: torch.Generator().manual_seed(1.5),
        DTypeError,
        "1.5",
    ),
    (
        lambda: G.set_state(np.zeros(10, np.uint8)),
        lambda: torch.Generator().set_state(torch.zeros(10, dtype=torch.uint8)),
        RuntimeError,
        "5056 bytes, got 10",
    ),
    (
        lambda: G.set_state(np.zeros(5056)),
        lambda: torch.Generator().set_state(torch.zeros(5056)),
        DTypeError,
        "float64",
    ),
    (
        lambda: G.set_state(np.zeros(5056, np.uint8)),
        lambda: torch.Generator().set_state(torch.zeros(5056, dtype=torch.uint8)),
        RuntimeError,
        "seeded 0",
    ),
    (
        lambda: random.uniform_(np.broadcast_to(np.ones(1), 3), 0, 1, G),
        lambda: torch.ones(1).expand(3).uniform_(),
        LayoutError,
        "read-only",
    ),
    (
        lambda: random.uniform_(np.lib.stride_tricks.as_strided(np.ones(1), (3,), (0,)), 0, 1, G),
        lambda: torch.ones(1).expand(3).uniform_(),
        LayoutError,
        "same memory",
    ),
]
CATEGORY_ERRORS: list[tuple[Any, int, bool, type[Exception], str]] = [
    ([1.0, -1.0], 1, False, RuntimeError, "-1.0 to 1.0"),
    ([1.0, math.nan], 1, True, RuntimeError, "nan"),
    ([[1.0, 1.0], [0.0, 0.0]], 2, True, RuntimeError, "in row 1 are 0"),
    ([1.0, 2.0], 3, False, RuntimeError, "3 of 2 categories"),
    ([1.0, 2.0], 0, True, RuntimeError, "count 0"),
    ([[[1.0]]], 1, True, ShapeError, r"\(1, 1, 1\)"),
    ([1, 2], 1, True, SamplerDTypeError, "int64"),
    (np.ones((3, 0)), 1, True, RuntimeError, r"\(3, 0\)"),
]
BAD += [
    (
        lambda w=w, n=n, r=r: random_integers.multinomial(np.array(w), n, r, G),  # type: ignore[misc]
        lambda w=w, n=n, r=r: torch.multinomial(torch.from_numpy(np.array(w)), n, r),  # type: ignore[misc]
        expected,
        text,
    )
    for w, n, r, expected, text in CATEGORY_ERRORS
]


@pytest.mark.parametrize(("ours", "theirs", "expected", "text"), BAD)
def test_bad_input_is_an_error_of_pytorchs_class(
    ours: Callable[[], Any], theirs: Callable[[], Any], expected: type[Exception], text: str
) -> None:
    state = G.get_state()
    with pytest.raises(Exception) as theirs_raised:
        theirs()
    with pytest.raises(expected, match=text) as raised:
        ours()
    assert isinstance(raised.value, theirs_raised.type)
    np.testing.assert_array_equal(G.get_state(), state)


def test_a_mean_far_outside_the_limits_is_warned_of() -> None:
    with pytest.warns(UserWarning, match=r"mean 9.0 is more than 2 std \(1.0\) outside"):
        random.trunc_normal_(empty(3), 9.0, 1.0, 0.0, 1.0, Generator(0))
