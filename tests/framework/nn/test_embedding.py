"""Embeddings and bags of them against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn

theirs = pytest.importorskip("torch")

from .calls import BOTH, Call, check, check_error, drawn  # noqa: E402

OPERANDS: dict[str, Any] = {
    "w": drawn((7, 3)),
    "i": np.array([[0, 6, 2, 2], [5, 2, 1, 0]]),
    "j": np.array([4, 4, 1, 6, 4]),
    "k": np.array(3),
    "none": np.zeros((0, 2), np.int64),
    "o": np.array([0, 2, 2, 3]),
    "o2": np.array([0, 2, 5]),
    "s": drawn((2, 4), 1),
    "t": drawn((5,), 2),
}
ROWS = [
    "F.embedding(i, w)",
    "F.embedding(i.int(), w)",
    "F.embedding(i.t(), w)",
    "F.embedding(j, w, padding_idx=4)",
    "F.embedding(j, w, -3)",
    "F.embedding(j, w, scale_grad_by_freq=True)",
    "F.embedding(i, w, 2, None, 2.0, True)",
    "F.embedding(k, w)",
    "F.embedding(none, w)",
    "torch.embedding(w, i)",
    "torch.embedding(w, j, 4)",
    "torch.embedding(w, j, 4, True)",
    "F.embedding(i, w.t().contiguous().t())",
]
BAGS = [
    "F.embedding_bag(i, w)",
    "F.embedding_bag(i, w, mode='sum')",
    "F.embedding_bag(i, w, mode='max')",
    "F.embedding_bag(j, w, o)",
    "F.embedding_bag(j, w, o, mode='sum')",
    "F.embedding_bag(j, w, o, mode='max')",
    "F.embedding_bag(j, w, o2, include_last_offset=True)",
    "F.embedding_bag(j, w, o2, mode='sum', include_last_offset=True)",
    "F.embedding_bag(j, w, o, padding_idx=4)",
    "F.embedding_bag(j, w, o, mode='sum', padding_idx=-3)",
    "F.embedding_bag(j, w, o, mode='max', padding_idx=4)",
    "F.embedding_bag(i, w, mode='sum', per_sample_weights=s)",
    "F.embedding_bag(j, w, o, mode='sum', per_sample_weights=t)",
    "F.embedding_bag(j, w, o, mode='sum', per_sample_weights=t, padding_idx=4)",
    "F.embedding_bag(i.int(), w)",
    "F.embedding_bag(j[:0], w, o[:1])",
]
LAYERS = [
    ("nn.Embedding(7, 3)", "m(i)"),
    ("nn.Embedding(7, 3, padding_idx=2)", "m(i)"),
    ("nn.Embedding(7, 3, -5)", "m(i)"),
    ("nn.Embedding(7, 3, max_norm=0.8)", "m(i)"),
    ("nn.Embedding(7, 3, max_norm=0.8, norm_type=1)", "m(i)"),
    ("nn.Embedding(7, 3, scale_grad_by_freq=True)", "m(i)"),
    ("nn.Embedding(7, 3, dtype=torch.float64)", "m(j)"),
    ("nn.Embedding(7, 3, _freeze=True)", "m(i)"),
    ("nn.EmbeddingBag(7, 3)", "m(i)"),
    ("nn.EmbeddingBag(7, 3, mode='sum')", "m(j, o)"),
    ("nn.EmbeddingBag(7, 3, mode='max')", "m(j, o)"),
    ("nn.EmbeddingBag(7, 3, max_norm=0.6)", "m(i)"),
    ("nn.EmbeddingBag(7, 3, padding_idx=-1, mode='sum')", "m(i)"),
    ("nn.EmbeddingBag(7, 3, include_last_offset=True)", "m(j, o2)"),
    ("nn.EmbeddingBag(7, 3, norm_type=3.0)", "m(i)"),
    ("nn.EmbeddingBag(7, 3, mode='sum')", "m(i, per_sample_weights=s)"),
]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("expression", ROWS + BAGS)
def test_functions_and_their_gradients(expression: str, dtype: str) -> None:
    check(expression, OPERANDS, dtype, order=1)


@pytest.mark.parametrize("layout", ["turned", "stepped"])
@pytest.mark.parametrize("expression", ROWS + BAGS)
def test_tables_in_other_layouts(expression: str, layout: str) -> None:
    check(expression, OPERANDS, order=1, layout=layout)


@pytest.mark.parametrize("expression", [e for e in ROWS if "True" not in e and "none" not in e])
def test_second_derivatives(expression: str) -> None:
    check(expression, OPERANDS, order=2)


def test_the_node_is_pytorchs() -> None:
    for call in ("F.embedding(i, w)", "F.embedding_bag(i, w)"):
        mine, peer = check(call, OPERANDS, needs=True)
        assert type(mine.result.grad_fn).__name__ == type(peer.result.grad_fn).__name__


@pytest.mark.parametrize(("layer", "call"), LAYERS)
def test_layers(layer: str, call: str) -> None:
    mine, peer = check(call, OPERANDS, order=0 if "freeze" in layer else 1, layer=layer)
    assert repr(mine.layer) == repr(peer.layer)
    for name, value in peer.state.items():
        np.testing.assert_array_equal(mine.state[name], value)
    # max_norm has changed the table.
    np.testing.assert_allclose(
        mine.layer.weight.detach().numpy(), peer.layer.weight.detach().numpy(), rtol=1e-6
    )
    check(call, OPERANDS, "float32", order=0 if "freeze" in layer else 1, layer=layer)


@pytest.mark.parametrize("freeze", [True, False])
@pytest.mark.parametrize("kind", ["Embedding", "EmbeddingBag"])
def test_pretrained_tables(kind: str, freeze: bool) -> None:
    results = []
    for library in BOTH:
        table = library.tensor(drawn((4, 3)).astype("float32"))
        layer = getattr(library.nn, kind).from_pretrained(table, freeze=freeze, padding_idx=1)
        table[0] = 7.0
        out = layer(library.tensor([[0, 1, 3]]))
        results.append((repr(layer), layer.weight.requires_grad, out.detach().numpy().tolist()))
    assert results[0] == results[1]


@pytest.mark.parametrize(
    "expression",
    [
        "F.one_hot(i)",
        "F.one_hot(i, 9)",
        "F.one_hot(k)",
        "F.one_hot(k, num_classes=5)",
        "F.one_hot(i.t())",
        "F.one_hot(none, 3)",
    ],
)
def test_one_hot(expression: str) -> None:
    check(expression, OPERANDS)


@pytest.mark.parametrize(
    "expression",
    [
        "F.embedding(i, w[0])",
        "F.embedding(i.float(), w)",
        "F.embedding(i + 9, w)",
        "F.embedding(i - 9, w)",
        "F.embedding(i, w, padding_idx=7)",
        "F.embedding(i, w, padding_idx=-8)",
        "F.embedding(i.bool(), w)",
        "nn.Embedding(4, 3, padding_idx=5)",
        "nn.Embedding(4, 3, _weight=torch.ones(3, 3))",
        "nn.Embedding.from_pretrained(torch.ones(3))",
        "nn.EmbeddingBag(4, 3, padding_idx=7)",
        "nn.Embedding(-1, 2)",
        "F.embedding_bag(i, w, mode='foo')",
        "F.embedding_bag(i, w, o)",
        "F.embedding_bag(j, w)",
        "F.embedding_bag(j, w, o + 1)",
        "F.embedding_bag(j, w, o * 9)",
        "F.embedding_bag(j, w, o.reshape(2, 2))",
        "F.embedding_bag(k, w)",
        "F.embedding_bag(i, w, mode='max', scale_grad_by_freq=True)",
        "F.embedding_bag(i, w, mode='max', sparse=True)",
        "F.embedding_bag(i, w, per_sample_weights=s)",
        "F.embedding_bag(i, w, per_sample_weights=t, mode='sum')",
        "F.embedding_bag(i.float(), w)",
        "F.embedding_bag(i + 9, w)",
        "F.embedding_bag(i, w, padding_idx=9)",
        "F.one_hot(w)",
        "F.one_hot(i.int())",
        "F.one_hot(none)",
        "F.one_hot(none, 0)",
        "F.one_hot(-i)",
        "F.one_hot(i, 3)",
        "F.one_hot(i, 0)",
        "F.one_hot(i, -5)",
    ],
)
def test_errors(expression: str) -> None:
    check_error(expression, OPERANDS)


def test_an_index_outside_is_named() -> None:
    with pytest.raises(IndexError, match="1000"):
        our_nn.Embedding(1000, 2)(ours.tensor([[3, 1000]]))


@pytest.mark.parametrize(
    "call",
    [
        "nn.Embedding(4, 3, sparse=True)",
        "nn.EmbeddingBag(4, 3, sparse=True)",
        "F.embedding(i, w, sparse=True)",
        "F.embedding_bag(i, w, sparse=True)",
        "torch.embedding(w, i, sparse=True)",
    ],
)
def test_sparse_gradients_are_refused(call: str) -> None:
    with pytest.raises(NotImplementedError, match="sparse=False"):
        Call(ours, call, OPERANDS)


def test_old_order_of_arguments_warns() -> None:
    with pytest.warns(UserWarning, match="Argument order"):
        our_nn.functional.embedding_bag(ours.ones(4, 3), ours.tensor([[0, 1]]))


def test_a_table_that_max_norm_changed_counts_as_changed() -> None:
    weight = ours.ones(4, 3, requires_grad=True)
    product = weight * weight
    our_nn.functional.embedding(ours.tensor([0]), weight, max_norm=0.1)
    with pytest.raises(RuntimeError, match="modified"):
        product.sum().backward()
