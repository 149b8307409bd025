"""Recurrent layers and cells give PyTorch's numbers, gradients and errors."""

from __future__ import annotations

import copy
import itertools
import pickle
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .sequence_pairs import LIBRARIES, both, check_error, check_runs, flat, normal, twins

theirs = pytest.importorskip("torch")

NAMES = ("RNN", "LSTM", "GRU")
OPTIONS = [
    dict(zip(("num_layers", "bias", "batch_first", "bidirectional"), values, strict=True))
    for values in itertools.product((1, 2), (True, False), (False, True), (False, True))
]
EXTRA: list[tuple[str, dict[str, Any]]] = [
    ("RNN", {"nonlinearity": "relu"}),
    ("RNN", {"nonlinearity": "relu", "bidirectional": True, "num_layers": 3}),
    ("LSTM", {"proj_size": 2}),
    ("LSTM", {"proj_size": 2, "bidirectional": True, "num_layers": 2}),
    ("LSTM", {"proj_size": 3, "bias": False, "batch_first": True}),
    *[(name, {"num_layers": 3, "dropout": 0.4}) for name in NAMES],
    *[(name, {"num_layers": 2, "dropout": 1.0, "bidirectional": True}) for name in NAMES],
]
CASES = [*itertools.product(NAMES, OPTIONS), *EXTRA]


def text_of(value: Any) -> str:
    return ",".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else str(value)


def layers(name: str, dtype: str = "float64", **options: Any) -> list[Any]:
    return twins(lambda lib: getattr(lib.nn, name)(3, 4, dtype=getattr(lib, dtype), **options))


def over_batch(lib: Any, module: Any, leaf: Any) -> Any:
    return module(leaf(normal(5, 6, 3)))


def states_of(module: Any, leaf: Any, *batch: int) -> Any:
    """Make states at the start."""
    count = module.num_layers * (2 if module.bidirectional else 1)
    h = leaf(normal(count, *batch, module.proj_size or 4, seed=1))
    return (h, leaf(normal(count, *batch, 4, seed=2))) if module.mode == "LSTM" else h


def from_states(lib: Any, module: Any, leaf: Any) -> Any:
    batch = 5 if module.batch_first else 6
    return module(leaf(normal(5, 6, 3)), states_of(module, leaf, batch))


def over_one(lib: Any, module: Any, leaf: Any) -> Any:
    return module(leaf(normal(5, 3)), states_of(module, leaf)), module(leaf(normal(2, 3, seed=3)))


@pytest.mark.parametrize(("name", "options"), CASES, ids=text_of)
def test_layers(name: str, options: dict[str, Any]) -> None:
    check_runs(layers(name, **options), over_batch)


@pytest.mark.parametrize(("name", "options"), [*EXTRA, *[(n, OPTIONS[-1]) for n in NAMES]])
@pytest.mark.parametrize("compute", [from_states, over_one])
def test_states_and_single_sequences(name: str, options: dict[str, Any], compute: Any) -> None:
    check_runs(layers(name, **options), compute)


@pytest.mark.parametrize("name", NAMES)
def test_float32(name: str) -> None:
    check_runs(layers(name, "float32", num_layers=2, bidirectional=True), over_batch, "float32")


@pytest.mark.parametrize("name", NAMES)
def test_eval_has_no_dropout(name: str) -> None:
    pair = [each.eval() for each in layers(name, num_layers=2, dropout=0.5)]
    check_runs(pair, over_batch)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *itertools.product(NAMES, ({}, {"num_layers": 2, "bidirectional": True, "bias": False})),
        *EXTRA[1:4],
    ],
)
def test_second_derivatives(name: str, options: dict[str, Any]) -> None:
    check_runs(layers(name, **options), from_states, order=2)


def test_second_derivatives_of_operands_that_depend_on_each_other() -> None:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        x = leaf(normal(3, 2, 4))
        # The state at the start is computed from the input.
        return module(x, (x[:1] * 2).tanh())

    pair = twins(lambda lib: lib.nn.GRU(4, 4, dtype=lib.float64))
    check_runs(pair, compute, order=2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("batch_first", [False, True])
def test_strides_and_empty_batches(name: str, batch_first: bool) -> None:
    pair = layers(name, batch_first=batch_first, bidirectional=True)
    for shape in ((5, 6, 3), (5, 0, 3) if not batch_first else (0, 5, 3)):
        peer, mine = (
            list(flat(each(lib.zeros(*shape, dtype=lib.float64))))
            for lib, each in zip(LIBRARIES, pair, strict=True)
        )
        assert [tuple(part.shape) for part in mine] == [tuple(part.shape) for part in peer]
        if 0 not in shape:
            assert [part.stride() for part in mine] == [part.stride() for part in peer]


def test_gradients_of_an_empty_batch_are_zeros() -> None:
    check_runs(layers("LSTM"), lambda lib, module, leaf: module(leaf(normal(5, 0, 3))))


@pytest.mark.parametrize("name", NAMES)
def test_results_may_be_changed_in_place(name: str) -> None:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        output, states = module(leaf(normal(5, 6, 3)))
        output.mul_(2)
        for state in flat(states):
            state.add_(output[-1])
        return output, states

    check_runs(layers(name), compute)


@pytest.mark.parametrize("name", NAMES)
def test_strided_input(name: str) -> None:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        x = leaf(normal(3, 6, 10))
        return module(x.permute(2, 1, 0)[::2])

    check_runs(layers(name), compute)


@pytest.mark.parametrize("name", NAMES)
def test_frozen_weights_and_unused_states(name: str) -> None:
    pair = layers(name, num_layers=2)
    for module in pair:
        module.weight_hh_l0.requires_grad_(False)
        module.bias_ih_l1.requires_grad_(False)

    results = []
    for lib, module in zip(LIBRARIES, pair, strict=True):
        x = lib.tensor(normal(5, 6, 3), requires_grad=True)
        (module(x)[0][-1] ** 2).sum().backward()
        results.append((x.grad, [p.grad for p in module.parameters()]))
    np.testing.assert_allclose(results[1][0].numpy(), results[0][0].numpy(), rtol=1e-10, atol=1e-12)
    for own, other in zip(results[1][1], results[0][1], strict=True):
        assert (own is None) == (other is None)
        if own is not None:
            np.testing.assert_allclose(own.numpy(), other.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_training(name: str) -> None:
    """Ten steps of training with dropout come to the same losses."""

    def train(lib: Any) -> list[float]:
        lib.manual_seed(4)
        layer = getattr(lib.nn, name)(3, 8, 2, dropout=0.3, dtype=lib.float64)
        x, y = lib.tensor(normal(7, 4, 3)), lib.tensor(normal(7, 4, 8, seed=1))
        losses = []
        for _ in range(10):
            loss = ((layer(x)[0] - y) ** 2).mean()
            loss.backward()
            with lib.no_grad():
                for weight in layer.parameters():
                    weight -= 0.5 * weight.grad
            layer.zero_grad()
            losses.append(loss.item())
        return losses

    peer, mine = both(train)
    assert peer[-1] < peer[0]
    np.testing.assert_allclose(mine, peer, rtol=1e-10)


@pytest.mark.parametrize(("name", "options"), EXTRA, ids=text_of)
def test_attributes(name: str, options: dict[str, Any]) -> None:
    peer, mine = layers(name, **options)
    for attribute in (
        "mode", "input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout",
        "bidirectional", "proj_size",
    ):  # fmt: skip
        assert getattr(mine, attribute) == getattr(peer, attribute), attribute
    shapes = [
        [[tuple(weight.shape) for weight in weights] for weights in module.all_weights]
        for module in (peer, mine)
    ]
    assert shapes[0] == shapes[1]
    assert mine.flatten_parameters() is None


def test_copies_compute_the_same() -> None:
    layer = ours.nn.LSTM(3, 4, 2, bidirectional=True)
    x = ours.randn(5, 2, 3)
    expected = layer(x)[0].tolist()
    for copied in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert copied(x)[0].tolist() == expected
        assert copied.weight_ih_l0 is not layer.weight_ih_l0


# ---- cells

CELLS: list[tuple[str, dict[str, Any]]] = [
    *itertools.product(("RNNCell", "LSTMCell", "GRUCell"), ({}, {"bias": False})),
    ("RNNCell", {"nonlinearity": "relu"}),
]


def step_cell(lib: Any, module: Any, leaf: Any) -> Any:
    count = 2 if type(module).__name__ == "LSTMCell" else 1
    results = []
    for shape in ((2,), ()):
        state = [leaf(normal(*shape, 4, seed=i)) for i in range(count)]
        x = leaf(normal(*shape, 3, seed=5))
        results += [module(x, tuple(state) if count == 2 else state[0]), module(x)]
    return results


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("name", "options"), CELLS, ids=text_of)
def test_cells(name: str, options: dict[str, Any], order: int) -> None:
    pair = twins(lambda lib: getattr(lib.nn, name)(3, 4, dtype=lib.float64, **options))
    check_runs(pair, step_cell, order=order)


@pytest.mark.parametrize("which", [0, 1])
def test_a_cell_of_which_one_state_is_used(which: int) -> None:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        return module(leaf(normal(2, 3)), (leaf(normal(2, 4)), leaf(normal(2, 4, seed=1))))[which]

    pair = twins(lambda lib: lib.nn.LSTMCell(3, 4, dtype=lib.float64))
    check_runs(pair, compute)
    check_runs(pair, compute, order=2)


@pytest.mark.parametrize("name", ["lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"])
@pytest.mark.parametrize("with_bias", [False, True])
def test_functions_of_cells(name: str, with_bias: bool) -> None:
    gates = {"lstm_cell": 4, "gru_cell": 3}.get(name, 1)

    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        h = leaf(normal(2, 4))
        state = (h, leaf(normal(2, 4, seed=1))) if gates == 4 else h
        shapes = [(4 * gates, 3), (4 * gates, 4), (4 * gates,), (4 * gates,)]
        weights = [leaf(normal(*shape, seed=i)) for i, shape in enumerate(shapes)]
        given = weights if with_bias else weights[:2]
        return getattr(lib, name)(leaf(normal(2, 3)), state, *given)

    check_runs((None, None), compute)


# ---- errors


def state(lib: Any, name: str, *shape: int, **options: Any) -> Any:
    one = lib.zeros(*shape, **options)
    return (one, one) if name.startswith("LSTM") else one


BAD_CALLS: dict[str, Any] = {
    "wrong size": lambda lib, m, n: m(lib.zeros(5, 3, 5)),
    "one dimension": lambda lib, m, n: m(lib.zeros(5)),
    "four dimensions": lambda lib, m, n: m(lib.zeros(5, 3, 2, 10)),
    "no step": lambda lib, m, n: m(lib.zeros(0, 3, 10)),
    "other dtype": lambda lib, m, n: m(lib.zeros(5, 3, 10).double()),
    "integers": lambda lib, m, n: m(lib.zeros(5, 3, 10).long()),
    "layers of state": lambda lib, m, n: m(lib.zeros(5, 3, 10), state(lib, n, 1, 3, 20)),
    "batch of state": lambda lib, m, n: m(lib.zeros(5, 3, 10), state(lib, n, 2, 4, 20)),
    "rank of state": lambda lib, m, n: m(lib.zeros(5, 3, 10), state(lib, n, 2, 20)),
    "rank of state of one": lambda lib, m, n: m(lib.zeros(5, 10), state(lib, n, 2, 3, 20)),
    "dtype of state": lambda lib, m, n: m(
        lib.zeros(5, 3, 10), state(lib, n, 2, 3, 20, dtype=lib.float64)
    ),
    "a list": lambda lib, m, n: m([1.0, 2.0]),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("call", BAD_CALLS)
def test_bad_calls(name: str, call: str) -> None:
    check_error(lambda lib: BAD_CALLS[call](lib, getattr(lib.nn, name)(10, 20, 2), name))


BAD_CELL_CALLS: dict[str, Any] = {
    "wrong size": lambda lib, m, n: m(lib.zeros(3, 5)),
    "three dimensions": lambda lib, m, n: m(lib.zeros(3, 5, 10)),
    "batch of state": lambda lib, m, n: m(lib.zeros(3, 10), state(lib, n, 2, 20)),
    "size of state": lambda lib, m, n: m(lib.zeros(3, 10), state(lib, n, 3, 21)),
    "single state": lambda lib, m, n: m(lib.zeros(3, 10), state(lib, n, 20)),
    "rank of state": lambda lib, m, n: m(lib.zeros(3, 10), state(lib, n, 1, 3, 20)),
    "other dtype": lambda lib, m, n: m(lib.zeros(3, 10).double()),
}


@pytest.mark.parametrize("name", ["RNNCell", "LSTMCell", "GRUCell"])
@pytest.mark.parametrize("call", BAD_CELL_CALLS)
def test_bad_calls_of_cells(name: str, call: str) -> None:
    check_error(lambda lib: BAD_CELL_CALLS[call](lib, getattr(lib.nn, name)(10, 20), name))


BAD_OPTIONS: list[Any] = [
    lambda nn: nn.LSTM(10, 20, 2, dropout=1.5),
    lambda nn: nn.LSTM(10, 20, 2, dropout=-0.1),
    lambda nn: nn.LSTM(10, 20, 2, dropout=True),
    lambda nn: nn.LSTM(10, 20, 2, dropout="a"),
    lambda nn: nn.LSTM(10, 20.5),
    lambda nn: nn.LSTM(10, 0),
    lambda nn: nn.LSTM(10, 5, 0),
    lambda nn: nn.LSTM(0, 5),
    lambda nn: nn.LSTM(10, 5, proj_size=-1),
    lambda nn: nn.LSTM(10, 5, proj_size=5),
    lambda nn: nn.GRU(10, 5, proj_size=3),
    lambda nn: nn.RNN(10, 5, proj_size=3),
    lambda nn: nn.RNN(10, 5, nonlinearity="elu"),
    lambda nn: nn.RNNBase("FOO", 10, 5),
    lambda nn: nn.LSTM(10, 5, hidden=3),
]


@pytest.mark.parametrize("make", BAD_OPTIONS)
def test_bad_options(make: Any) -> None:
    check_error(lambda lib: make(lib.nn))


def test_an_unknown_nonlinearity_of_a_cell() -> None:
    check_error(lambda lib: lib.nn.RNNCell(3, 4, nonlinearity="elu")(lib.zeros(2, 3)))


def test_the_message_of_a_wrong_size() -> None:
    with pytest.raises(RuntimeError, match=r"must be equal to input_size\. Expected 10, got 5"):
        ours.nn.LSTM(10, 20)(ours.zeros(5, 3, 5))


def test_dropout_of_one_layer_warns() -> None:
    for lib in LIBRARIES:
        with pytest.warns(UserWarning, match="dropout"):
            lib.nn.GRU(3, 4, dropout=0.5)


def test_positional_arguments() -> None:
    twins(lambda lib: lib.nn.RNN(10, 5, 2, "relu", False, True, 0.5, True))
    twins(lambda lib: lib.nn.LSTM(10, 5, 2, False, True, 0.5, True, 3))


def test_an_operand_changed_in_place_is_noticed() -> None:
    layer, x = ours.nn.GRU(3, 4), ours.randn(5, 2, 3)
    output, _ = layer(x)
    x.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace"):
        output.sum().backward()
