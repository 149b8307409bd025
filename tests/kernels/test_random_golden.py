"""Random numbers, held against records of what PyTorch drew."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minitorch.kernels.cpu.randomness import random, random_integers
from minitorch.kernels.cpu.randomness.dropout import dropout
from minitorch.kernels.cpu.randomness.generator import Generator

GOLDEN = json.loads((Path(__file__).parent / "data" / "rng_golden.json").read_text())["seeds"]

Draw = Callable[[Generator, int], np.ndarray]


def empty(n: Any, dtype: Any = np.float32) -> np.ndarray:
    return np.empty(n, dtype)


def weights(n: int) -> np.ndarray:
    return np.arange(1, n + 1, dtype=np.float32)


RECORDS: dict[str, Draw] = {
    "rand": lambda g, n: random.uniform_(empty(n), 0, 1, g),
    "rand_f64": lambda g, n: random.uniform_(empty(n, np.float64), 0, 1, g),
    "randn": lambda g, n: random.normal_(empty(n), 0, 1, g),
    "randn_f64": lambda g, n: random.normal_(empty(n, np.float64), 0, 1, g),
    "normal_(2,0.3)": lambda g, n: random.normal_(empty(n), 2, 0.3, g),
    "normal_noncontig": lambda g, n: random.normal_(empty((n, 2))[:, 0], 0, 1, g),
    "uniform_(-0.25,0.75)": lambda g, n: random.uniform_(empty(n), -0.25, 0.75, g),
    "uniform_(-0.3,0.3)": lambda g, n: random.uniform_(empty(n), -0.3, 0.3, g),
    "randint(0,10)": lambda g, n: random_integers.randint(0, 10, (n,), g),
    "randint(-5,2**31)": lambda g, n: random_integers.randint(-5, 2**31, (n,), g),
    "random_int64": lambda g, n: random_integers.random_(empty(n, np.int64), None, None, g),
    "randperm": lambda g, n: random_integers.randperm(n, g),
    "bernoulli_(0.3)": lambda g, n: random.bernoulli_(empty(n), 0.3, g),
    "bernoulli(tensor 0.3)": lambda g, n: random.bernoulli(np.full(n, 0.3, np.float32), g),
    "dropout(ones,0.5)": lambda g, n: dropout(np.ones(n, np.float32), 0.5, g)[0],
    "dropout(ones,0.1)": lambda g, n: dropout(np.ones(n, np.float32), 0.1, g)[0],
    "exponential_(1.5)": lambda g, n: random.exponential_(empty(n), 1.5, g),
    "multinomial(1..n,4,repl)": lambda g, n: random_integers.multinomial(weights(n), 4, True, g),
    "multinomial(1..n,min(n,4))": lambda g, n: random_integers.multinomial(
        weights(n), min(n, 4), False, g
    ),
}


def digest(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def uniform(g: Generator, bound: float, *shape: int) -> np.ndarray:
    return random.uniform_(empty(shape), -bound, bound, g)


def kaiming(g: Generator, fan: int, *shape: int) -> np.ndarray:
    """Draw a weight as layers do; its bias has the bound 1 / sqrt(fan)."""
    gain = math.sqrt(2.0 / (1 + math.sqrt(5) ** 2))
    return uniform(g, math.sqrt(3.0) * (gain / math.sqrt(fan)), *shape)


def linear(g: Generator, inputs: int, outputs: int) -> list[np.ndarray]:
    return [kaiming(g, inputs, outputs, inputs), uniform(g, 1 / math.sqrt(inputs), outputs)]


def recurrent(g: Generator, inputs: int, hidden: int, gates: int) -> list[np.ndarray]:
    rows = gates * hidden
    shapes: list[tuple[int, ...]] = [(rows, inputs), (rows, hidden), (rows,), (rows,)]
    return [uniform(g, 1 / math.sqrt(hidden), *shape) for shape in shapes]


def xavier_bound(fans: int) -> float:
    return math.sqrt(3.0) * math.sqrt(2.0 / fans)


def attention(g: Generator, size: int) -> list[np.ndarray]:
    weight, bias = linear(g, size, size)
    inner = uniform(g, xavier_bound(4 * size), 3 * size, size)
    return [inner, np.zeros(3 * size, np.float32), weight, np.zeros_like(bias)]


def encoder(g: Generator, size: int, inner: int) -> list[np.ndarray]:
    drawn = [*attention(g, size), *linear(g, size, inner), *linear(g, inner, size)]
    return [*drawn, *[maker(size, np.float32) for maker in (np.ones, np.zeros) * 2]]


LAYERS: dict[str, Callable[[Generator], list[np.ndarray]]] = {
    "Linear(5,3)": lambda g: linear(g, 5, 3),
    "Conv2d(2,3,3)": lambda g: [kaiming(g, 18, 3, 2, 3, 3), uniform(g, 1 / math.sqrt(18), 3)],
    "Embedding(10,4)": lambda g: [random.normal_(empty((10, 4)), 0, 1, g)],
    "LSTM(3,4)": lambda g: recurrent(g, 3, 4, 4),
    "GRU(3,4)": lambda g: recurrent(g, 3, 4, 3),
    "Linear(1000,100)": lambda g: linear(g, 1000, 100),
    "MultiheadAttention(8,2)": lambda g: attention(g, 8),
    "TransformerEncoderLayer(8,2,16)": lambda g: encoder(g, 8, 16),
    "ConvTranspose2d(4,6,3)": lambda g: [
        kaiming(g, 54, 4, 6, 3, 3),
        uniform(g, 1 / math.sqrt(54), 6),
    ],
    "xavier_normal_(6,4,3,3)": lambda g: [
        random.normal_(empty((6, 4, 3, 3)), 0, math.sqrt(2.0 / (36 + 54)), g)
    ],
    "kaiming_normal_(6,4,3,3)": lambda g: [
        random.normal_(empty((6, 4, 3, 3)), 0, math.sqrt(2.0) / math.sqrt(36), g)
    ],
    "xavier_uniform_(20,30)": lambda g: [uniform(g, xavier_bound(50), 20, 30)],
}


@pytest.mark.parametrize("name", RECORDS)
def test_numbers_and_state_are_those_recorded_from_pytorch(name: str) -> None:
    for seed, records in GOLDEN.items():
        for size, record in records[name].items():
            generator = Generator(int(seed))
            drawn = RECORDS[name](generator, int(size))
            assert drawn.dtype == record["dtype"], (seed, size)
            shown = record.get("v", record.get("h"))
            np.testing.assert_array_equal(drawn[: len(shown)], np.array(shown, drawn.dtype))
            assert digest(drawn) == record["sha"], (seed, size)
            assert digest(generator.get_state()).startswith(record["st"]), (seed, size)


@pytest.mark.parametrize("name", LAYERS)
def test_layers_start_as_recorded_from_pytorch(name: str) -> None:
    for seed, records in GOLDEN.items():
        drawn = LAYERS[name](Generator(int(seed)))
        for array, record in zip(drawn, records["params"][name].values(), strict=True):
            assert digest(array) == record["sha"], seed


@pytest.mark.parametrize("seed", GOLDEN)
def test_a_sequence_of_samplers_is_the_one_recorded_from_pytorch(seed: str) -> None:
    g = Generator(int(seed))
    drawn = [
        random.normal_(empty(3), 0, 1, g),
        random.uniform_(empty(2), 0, 1, g),
        random.normal_(empty(17), 0, 1, g),
        random.normal_(empty(2), 0, 1, g),
        random_integers.randperm(5, g),
        random.normal_(empty(4), 1, 2, g),
        random_integers.randint(0, 9, (3,), g),
    ]
    joined = np.concatenate(drawn).astype(np.float32)
    assert digest(joined) == GOLDEN[seed]["mixed_sequence"]["sha"]
