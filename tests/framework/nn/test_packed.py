"""Packed and padded sequences are PyTorch's, and so is what recurrent layers make of them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .sequence_pairs import both, check_error, check_runs, flat, normal, twins

theirs = pytest.importorskip("torch")

LENGTHS = {"sorted": [5, 3, 3, 1], "unsorted": [3, 1, 5, 3], "equal": [2, 2, 2, 2]}


def rnn_of(lib: Any) -> Any:
    return lib.nn.utils.rnn


def facts(value: Any) -> Any:
    """Make something of a value that is equal for both libraries if the values are."""
    if isinstance(value, ours.Tensor | theirs.Tensor):
        return repr(value.dtype), value.stride(), value.tolist()
    if isinstance(value, tuple | list):
        return [facts(part) for part in value]
    return value


def assert_equal(steps: Any) -> None:
    peer, mine = both(steps)
    assert facts(mine) == facts(peer)


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("tail", [(2,), (), (2, 3)])
@pytest.mark.parametrize("kind", ["list", "tensor", "int32", "float"])
def test_pack_padded_sequence(lengths: str, batch_first: bool, tail: Any, kind: str) -> None:
    def steps(lib: Any) -> Any:
        given: Any = LENGTHS[lengths]
        if kind != "list":
            names = {"tensor": "int64", "int32": "int32", "float": "float32"}
            given = lib.tensor(given, dtype=getattr(lib, names[kind]))
        shape = (4, 6) if batch_first else (6, 4)
        x = lib.tensor(normal(*shape, *tail))
        packed = rnn_of(lib).pack_padded_sequence(
            x, given, batch_first, enforce_sorted=lengths != "unsorted"
        )
        assert type(packed).__name__ == "PackedSequence"
        return [tuple(packed), rnn_of(lib).pad_packed_sequence(packed, batch_first)]

    assert_equal(steps)


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("order", [1, 2])
def test_gradients(lengths: str, order: int) -> None:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        x = leaf(normal(6, 4, 2))
        rnn = rnn_of(lib)
        packed = rnn.pack_padded_sequence(x, LENGTHS[lengths], enforce_sorted=False)
        padded, _ = rnn.pad_packed_sequence(packed, True, 7.0, 6)
        return packed.data, padded, rnn.pad_sequence([x[:2, 0], x[:, 1], leaf(normal(3, 2))])

    check_runs((None, None), compute, order=order)


@pytest.mark.parametrize("total_length", [None, 5, 8])
@pytest.mark.parametrize("batch_first", [False, True])
def test_pad_packed_sequence(total_length: int | None, batch_first: bool) -> None:
    def steps(lib: Any) -> Any:
        rnn = rnn_of(lib)
        packed = rnn.pack_sequence([lib.tensor(normal(n, 2)) for n in (5, 4, 1)])
        return rnn.pad_packed_sequence(packed, batch_first, -1.5, total_length)

    assert_equal(steps)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("dtype", ["float32", "int64"])
@pytest.mark.parametrize("tail", [(), (2,)])
def test_pad_sequence(batch_first: bool, side: str, dtype: str, tail: Any) -> None:
    def steps(lib: Any) -> Any:
        members = [lib.tensor(10 * normal(n, *tail)).to(getattr(lib, dtype)) for n in (2, 0, 4, 3)]
        rnn = rnn_of(lib)
        padded = rnn.pad_sequence(members, batch_first, 9, side)
        lengths = lib.tensor([2, 0, 4, 3])
        # PyTorch turns what it is given in place.
        return padded, rnn.unpad_sequence(padded.clone(), lengths, batch_first)

    assert_equal(steps)


def test_sequences_come_back() -> None:
    def steps(lib: Any) -> Any:
        rnn = rnn_of(lib)
        members = [lib.tensor(normal(n, 2)) for n in (2, 4, 3)]
        packed = rnn.pack_sequence(members, enforce_sorted=False)
        return (
            rnn.unpack_sequence(packed),
            tuple(packed),
            rnn.invert_permutation(lib.tensor([2, 0, 1])),
            rnn.invert_permutation(None),
            rnn.pad_sequence(each for each in members),
            rnn.pad_sequence(lib.tensor(normal(3, 2))),
        )

    peer, mine = both(steps)
    strip = [[facts(part) for part in flat([result])] for result in (peer, mine)]
    assert [[a, c] for a, _, c in strip[1]] == [[a, c] for a, _, c in strip[0]]


def test_packed_sequence() -> None:
    def steps(lib: Any) -> Any:
        rnn = rnn_of(lib)
        x = lib.tensor(normal(3, 2).round())
        packed = rnn.PackedSequence((x, lib.tensor([2, 1])))
        results = [repr(packed), packed.to(lib.float64) is packed, packed.double() is packed]
        results += [packed.is_cuda, packed.is_pinned(), packed.cpu() is packed]
        for name in ("float", "half", "long", "int", "short", "char", "byte"):
            converted = getattr(packed, name)()
            results.append((type(converted).__name__, repr(converted.data.dtype)))
        turned = rnn.PackedSequence(x, lib.tensor([2, 1]), lib.tensor([1, 0]))
        results += [tuple(turned), turned._fields, isinstance(turned, tuple)]
        data, sizes, order, back = turned.to(lib.float32)
        return [*results, data, sizes, order, back]

    assert_equal(steps)


# ---- recurrent layers

LAYERS: list[tuple[str, dict[str, Any]]] = [
    *itertools.product(
        ("RNN", "LSTM", "GRU"),
        ({}, {"num_layers": 2, "bidirectional": True, "dropout": 0.3}, {"bias": False}),
    ),
    ("LSTM", {"proj_size": 2, "bidirectional": True}),
    ("RNN", {"nonlinearity": "relu", "batch_first": True}),
]


def over_packed(lengths: str, with_states: bool) -> Any:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        rnn = rnn_of(lib)
        packed = rnn.pack_padded_sequence(
            leaf(normal(6, 4, 3)), LENGTHS[lengths], enforce_sorted=lengths != "unsorted"
        )
        states = None
        if with_states:
            count = module.num_layers * (2 if module.bidirectional else 1)
            states = leaf(normal(count, 4, module.proj_size or 4, seed=1))
            if module.mode == "LSTM":
                states = states, leaf(normal(count, 4, 4, seed=2))
        output, ends = module(packed, states)
        assert type(output).__name__ == "PackedSequence"
        return output.data, rnn.pad_packed_sequence(output)[0], ends

    return compute


@pytest.mark.parametrize(("name", "options"), LAYERS, ids=str)
@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("with_states", [False, True])
def test_layers(name: str, options: dict[str, Any], lengths: str, with_states: bool) -> None:
    pair = twins(lambda lib: getattr(lib.nn, name)(3, 4, dtype=lib.float64, **options))
    check_runs(pair, over_packed(lengths, with_states))


@pytest.mark.parametrize(("name", "options"), [LAYERS[0], LAYERS[4], LAYERS[7], LAYERS[9]], ids=str)
def test_second_derivatives(name: str, options: dict[str, Any]) -> None:
    pair = twins(lambda lib: getattr(lib.nn, name)(3, 4, dtype=lib.float64, **options))
    check_runs(pair, over_packed("unsorted", True), order=2)


def test_a_packed_sequence_computes_what_its_members_do() -> None:
    layer = ours.nn.LSTM(3, 4, bidirectional=True, dtype=ours.float64)
    members = [ours.tensor(normal(n, 3, seed=n)) for n in (2, 5, 3)]
    output, (h, c) = layer(ours.nn.utils.rnn.pack_sequence(members, enforce_sorted=False))
    for i, own in enumerate(ours.nn.utils.rnn.unpack_sequence(output)):
        alone, (own_h, own_c) = layer(members[i])
        for mine, other in ((own, alone), (h[:, i], own_h), (c[:, i], own_c)):
            np.testing.assert_allclose(mine.detach().numpy(), other.detach().numpy(), rtol=1e-12)


# ---- errors

BAD: list[Any] = [
    lambda lib, rnn: rnn.pack_padded_sequence(lib.zeros(5, 3, 2), [5, 3, 4]),
    lambda lib, rnn: rnn.pack_padded_sequence(lib.zeros(5, 3, 2), [5, 3, 0]),
    lambda lib, rnn: rnn.pack_padded_sequence(lib.zeros(5, 3, 2), [5, 3]),
    lambda lib, rnn: rnn.pack_padded_sequence(lib.zeros(5, 3, 2), lib.tensor([[5, 3, 1]])),
    lambda lib, rnn: rnn.pack_padded_sequence(lib.zeros(5, 0, 2), []),
    lambda lib, rnn: rnn.pack_padded_sequence(lib.zeros(5, 3, 0), [5, 3, 1]),
    lambda lib, rnn: rnn.pack_sequence([lib.zeros(2), lib.zeros(4)]),
    lambda lib, rnn: rnn.pad_packed_sequence(rnn.pack_sequence([lib.ones(5, 2)]), total_length=4),
    lambda lib, rnn: rnn.pad_sequence([]),
    lambda lib, rnn: rnn.pad_sequence(5),
    lambda lib, rnn: rnn.pad_sequence([lib.zeros(2, 3), lib.zeros(4, 2)]),
    lambda lib, rnn: rnn.pad_sequence([lib.zeros(2), lib.zeros(4)], padding_side="top"),
    lambda lib, rnn: rnn.PackedSequence(lib.zeros(3, 2)),
    lambda lib, rnn: lib.nn.GRU(7, 3)(rnn.pack_sequence([lib.ones(5, 2)])),
    lambda lib, rnn: lib.nn.GRU(2, 3)(rnn.pack_sequence([lib.ones(5, 2)]), lib.zeros(1, 2, 3)),
]


@pytest.mark.parametrize("steps", BAD)
def test_errors(steps: Any) -> None:
    check_error(lambda lib: steps(lib, rnn_of(lib)))


def test_a_length_beyond_the_input_is_refused() -> None:
    """PyTorch reads what lies behind the input's memory."""
    with pytest.raises(RuntimeError, match="length of 6 is more than the 5 steps"):
        ours.nn.utils.rnn.pack_padded_sequence(ours.zeros(5, 2, 1), [6, 1])
