"""Random numbers, held against PyTorch bit by bit: the numbers, and the generator's state after."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch.kernels.cpu.layouts.pieces import PIECE
from minitorch.kernels.cpu.randomness import random, random_integers
from minitorch.kernels.cpu.randomness.generator import Generator

from .oracle import torch
from .twins import as_tensor, assert_equal, empty, started

SIZES = [0, 1, 2, 5, 15, 16, 17, 33, 625, 1000]
DTYPES = ["float16", "float32", "float64"]

FILLS: dict[str, tuple[Callable[[Any], Any], Callable[[np.ndarray, Generator], np.ndarray]]] = {
    "uniform": (lambda t: t.uniform_(-0.3, 0.7), lambda a, g: random.uniform_(a, -0.3, 0.7, g)),
    "normal": (lambda t: t.normal_(0.1, 0.3), lambda a, g: random.normal_(a, 0.1, 0.3, g)),
    "bernoulli": (lambda t: t.bernoulli_(0.3), lambda a, g: random.bernoulli_(a, 0.3, g)),
    "exponential": (
        lambda t: t.exponential_(1.5),
        lambda a, g: random.exponential_(a, 1.5, g),
    ),
    "cauchy": (lambda t: t.cauchy_(1.5, 0.4), lambda a, g: random.cauchy_(a, 1.5, 0.4, g)),
    "geometric": (lambda t: t.geometric_(0.3), lambda a, g: random.geometric_(a, 0.3, g)),
    "log_normal": (
        lambda t: t.log_normal_(0.3, 0.5),
        lambda a, g: random.log_normal_(a, 0.3, 0.5, g),
    ),
    "trunc_normal, most kept": (
        lambda t: torch.nn.init.trunc_normal_(t, 0.3, 0.5, -0.2, 1.0),
        lambda a, g: random.trunc_normal_(a, 0.3, 0.5, -0.2, 1.0, g),
    ),
    "trunc_normal, few kept": (
        lambda t: torch.nn.init.trunc_normal_(t, 0.3, 0.5, -0.2, 0.0),
        lambda a, g: random.trunc_normal_(a, 0.3, 0.5, -0.2, 0.0, g),
    ),
    "random": (
        lambda t: t.random_(-5, 2000),
        lambda a, g: random_integers.random_(a, -5, 2000, g),
    ),
}


def views(n: int, dtype: str) -> Iterator[tuple[str, np.ndarray]]:
    """Lay arrays out in memory as PyTorch's tensors can be."""
    yield "dense", empty(n, dtype)
    yield "matrix", empty((n, 3), dtype)
    yield "transposed", empty((n, 3), dtype).T
    yield "sliced", empty(2 * n, dtype)[::2]
    yield "transposed and sliced", empty((2 * n, 7), dtype).T[::2, ::2]
    yield "permuted", empty((2, 3, n, 2), dtype).transpose(2, 0, 3, 1)
    yield "permuted and sliced", empty((2, 6, n, 2), dtype).transpose(2, 0, 3, 1)[..., 1::2]
    yield "channels last", empty((2, n, 2, 3), dtype).transpose(0, 3, 1, 2)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FILLS)
def test_every_size_gives_pytorchs_numbers(name: str, dtype: str) -> None:
    theirs, ours = FILLS[name]
    for seed in (0, 7, 623, 2**40 + 3):
        for n in SIZES:
            generator = started(seed % 1000)
            assert_equal(
                ours(empty(n, dtype), generator),
                theirs(torch.empty(n, dtype=getattr(torch, dtype))),
                generator,
                f"{n} elements, seed {seed}",
            )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FILLS)
def test_elements_are_visited_in_pytorchs_order(name: str, dtype: str) -> None:
    theirs, ours = FILLS[name]
    for n in (1, 5, 40):
        for label, view in views(n, dtype):
            generator = started(5)
            tensor = theirs(as_tensor(view))
            assert_equal(ours(view, generator), tensor, generator, f"{label} {n}")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(FILLS)), st.sampled_from(["float32", "float64"]), st.integers(0, 40)
    ),
    min_size=2,
    max_size=8,
)


@given(seed=st.integers(-(2**63), 2**64 - 1), steps=STEPS)
def test_any_sequence_of_samplers_gives_pytorchs_numbers(
    seed: int, steps: list[tuple[str, str, int]]
) -> None:
    generator = Generator(seed)
    torch.manual_seed(seed)
    for name, dtype, n in steps:
        theirs, ours = FILLS[name]
        tensor = theirs(torch.empty(n, dtype=getattr(torch, dtype)))
        assert_equal(ours(empty(n, dtype), generator), tensor, generator, name)


@pytest.mark.parametrize("name", ["uniform", "normal", "bernoulli", "random"])
def test_many_elements_give_pytorchs_numbers(name: str) -> None:
    theirs, ours = FILLS[name]
    generator = started(3)
    n = 1_000_003
    assert_equal(ours(empty(n), generator), theirs(torch.empty(n)), generator)


# ---- the generator


@pytest.mark.parametrize("seed", [0, 1, -1, 2**32 + 5, 2**63, 2**64 - 1, -(2**63)])
def test_every_seed_that_pytorch_takes_gives_its_stream(seed: int) -> None:
    ours, theirs = Generator(0), torch.Generator()
    assert ours.manual_seed(seed) is ours
    theirs.manual_seed(seed)
    assert ours.initial_seed() == theirs.initial_seed()
    np.testing.assert_array_equal(ours.get_state(), theirs.get_state().numpy())
    drawn = random.uniform_(empty(700), 0, 1, ours)
    np.testing.assert_array_equal(drawn, torch.rand(700, generator=theirs).numpy())


def test_the_engine_is_numpys() -> None:
    theirs = np.random.RandomState(5489).randint(0, 2**32, 5000, dtype=np.uint32)
    ours = random_integers.randint(0, 2**63 - 1, (2500,), Generator(5489))
    longs = theirs[::2].astype(object) * 2**32 + theirs[1::2]
    np.testing.assert_array_equal(ours, (longs % (2**63 - 1)).astype(np.int64))


@pytest.mark.parametrize("drawn", [0, 1, 622, 623, 624, 625, 1248])
@pytest.mark.parametrize("normals", [0, 1, 2])
def test_states_go_to_pytorch_and_back(drawn: int, normals: int) -> None:
    ours, theirs = Generator(3), torch.Generator().manual_seed(3)
    random.uniform_(empty(drawn), 0, 1, ours)
    random.normal_(empty(normals), 0, 1, ours)
    theirs.set_state(torch.from_numpy(ours.get_state()))
    expected = torch.randn(5, generator=theirs)
    copy = Generator(0)
    copy.set_state(ours.get_state())
    assert copy.initial_seed() == 3
    np.testing.assert_array_equal(copy.get_state(), ours.get_state())
    for generator in (ours, copy):
        np.testing.assert_array_equal(random.normal_(empty(5), 0, 1, generator), expected.numpy())
    copy.set_state(theirs.get_state().numpy())
    np.testing.assert_array_equal(copy.get_state(), ours.get_state())


def test_a_new_generator_starts_as_pytorchs() -> None:
    np.testing.assert_array_equal(Generator().get_state(), torch.Generator().get_state().numpy())


def test_seed_starts_another_stream_each_time() -> None:
    generator = Generator(1)
    first, second = generator.seed(), generator.seed()
    assert first != second == generator.initial_seed()


def test_manual_seed_drops_the_waiting_normal_number() -> None:
    generator = Generator(1)
    first = random.normal_(empty(1), 0, 1, generator)
    assert random.normal_(empty(1), 0, 1, generator.manual_seed(1)) == first


def test_threads_that_share_a_generator_divide_its_stream() -> None:
    generator = Generator(1)
    parts: list[np.ndarray] = [empty(0, np.int64)] * 4

    def draw(i: int) -> None:
        calls = [random_integers.randint(0, 2**62, (100,), generator) for _ in range(50)]
        parts[i] = np.concatenate(calls)

    threads = [threading.Thread(target=draw, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = random_integers.randint(0, 2**62, (20_000,), Generator(1))
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.sort(alone))


# ---- other layouts and types


def test_arrays_that_pytorch_does_not_know_get_the_same_numbers() -> None:
    expected = random.normal_(empty(50), 0, 1, Generator(2))
    swapped = random.normal_(empty(50, ">f4"), 0, 1, Generator(2))
    np.testing.assert_array_equal(swapped, expected)
    unaligned = np.empty(201, np.uint8)[1:].view(np.float32)
    assert not unaligned.flags.aligned
    np.testing.assert_array_equal(random.normal_(unaligned, 0, 1, Generator(2)), expected)
    backwards = random.uniform_(empty(50)[::-1], 0, 1, Generator(2))
    np.testing.assert_array_equal(backwards, random.uniform_(empty(50), 0, 1, Generator(2)))
    number = random.uniform_(np.empty((), np.float32), 0, 1, Generator(2))
    assert number.shape == () and number == backwards[0]


def test_a_strided_array_needs_little_memory() -> None:
    wide = np.empty((1000, 1000), np.float32)
    view = wide[:, ::2]
    random.exponential_(view[:1], 1.0, Generator(0))
    tracemalloc.start()
    random.exponential_(view, 1.0, Generator(0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30 * PIECE
