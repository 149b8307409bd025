"""Linear and bilinear layers, and those that change shapes, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn

theirs = pytest.importorskip("torch")

from .calls import BOTH, Call, check, check_error, drawn  # noqa: E402

LAYERS = [
    ("nn.Linear(3, 4)", [(5, 3), (3,), (2, 5, 3), (0, 3), (2, 0, 3), (1, 3)]),
    ("nn.Linear(3, 4, bias=False)", [(5, 3), (3,), (2, 5, 3), (0, 3)]),
    ("nn.Linear(3, 1)", [(5, 3)]),
    ("nn.Linear(3, 0)", [(5, 3)]),
    ("nn.Identity(5, unused=True)", [(5, 3), ()]),
    ("nn.Flatten()", [(2, 3, 4), (2, 3), (0, 3, 4)]),
    ("nn.Flatten(0, 1)", [(2, 3, 4)]),
    ("nn.Flatten(start_dim=-2)", [(2, 3, 4)]),
    ("nn.Unflatten(1, (2, 3))", [(4, 6), (4, 6, 2)]),
    ("nn.Unflatten(-1, (2, -1))", [(4, 6)]),
    ("nn.Unflatten(1, torch.Size([3, 2]))", [(4, 6)]),
    ("nn.PixelShuffle(2)", [(4, 2, 3), (2, 8, 2, 3), (2, 3, 8, 2, 3)]),
    ("nn.PixelShuffle(1)", [(2, 3, 2, 2)]),
    ("nn.PixelUnshuffle(2)", [(1, 2, 4), (2, 3, 4, 6), (2, 3, 1, 4, 2)]),
    ("nn.ChannelShuffle(2)", [(2, 6, 3), (1, 4, 2, 3), (2, 4, 2, 2, 2)]),
    ("nn.ChannelShuffle(1)", [(2, 3, 2)]),
]
CASES = [(layer, shape) for layer, shapes in LAYERS for shape in shapes]
PAIRS = [
    ("nn.Bilinear(3, 2, 4)", (5,)),
    ("nn.Bilinear(3, 2, 4, bias=False)", (5,)),
    ("nn.Bilinear(3, 2, 4)", ()),
    ("nn.Bilinear(3, 2, 1)", (2, 3)),
    ("nn.Bilinear(3, 2, 4)", (0,)),
]


@pytest.mark.parametrize("layout", ["dense", "turned", "stepped", "repeated"])
@pytest.mark.parametrize(("layer", "shape"), CASES)
def test_layers(layer: str, shape: tuple[int, ...], layout: str) -> None:
    operands = {"x": drawn(shape)}
    mine, peer = check("m(x)", operands, order=1, layer=layer, layout=layout)
    assert repr(mine.layer) == repr(peer.layer)
    assert mine.result.stride() == peer.result.stride() or not mine.result.numel()


@pytest.mark.parametrize(("layer", "shape"), CASES)
def test_layers_in_single_precision_and_to_second_order(layer: str, shape: tuple[int, ...]) -> None:
    check("m(x)", {"x": drawn(shape)}, "float32", order=1, layer=layer)
    if "Identity" not in layer:
        check("m(x)", {"x": drawn(shape)}, order=2, layer=layer)


@pytest.mark.parametrize(("layer", "sizes"), PAIRS)
def test_bilinear(layer: str, sizes: tuple[int, ...]) -> None:
    operands = {"x": drawn((*sizes, 3)), "y": drawn((*sizes, 2), 1)}
    mine, peer = check("m(x, y)", operands, order=1, layer=layer)
    assert repr(mine.layer) == repr(peer.layer)
    check("m(x, y)", operands, order=2, layer=layer)
    check("m(x, y)", operands, "float32", order=1, layer=layer)
    check("torch.bilinear(x, y, torch.ones(2, 3, 2, dtype=x.dtype), None)", operands)


@pytest.mark.parametrize(
    "expression",
    [
        "F.linear(x, w)",
        "F.linear(x, w, torch.ones(4, dtype=x.dtype))",
        "F.linear(x, w[0])",
        "F.pixel_shuffle(q, 2)",
        "torch.pixel_shuffle(q, 2)",
        "torch.pixel_unshuffle(q, 2)",
        "torch.channel_shuffle(q, 2)",
        "F.channel_shuffle(q, 4)",
        "F.pixel_unshuffle(q.transpose(-1, -2), 2)",
        "F.pixel_shuffle(q, 2).long()",
    ],
)
def test_functions(expression: str) -> None:
    operands = {"x": drawn((5, 3)), "w": drawn((4, 3), 1), "q": drawn((2, 4, 2, 4), 2)}
    check(expression, operands, order=0 if "long" in expression else 1)


def test_integers_are_shuffled() -> None:
    operands = {"x": np.arange(32).reshape(1, 8, 2, 2)}
    for call in ("F.pixel_shuffle(x, 2)", "F.pixel_unshuffle(x, 2)", "F.channel_shuffle(x, 4)"):
        check(call, operands)


@pytest.mark.parametrize(
    "layers",
    [
        ["Linear(3, 4)"],
        ["Linear(7, 5)", "Bilinear(3, 2, 4)", "Linear(100, 10)"],
        ["Embedding(10, 3)", "Linear(3, 4, bias=False)", "Embedding(5, 4, padding_idx=-1)"],
        ["Bilinear(2, 3, 4, bias=False)", "PReLU(3)", "Linear(1, 1)", "EmbeddingBag(7, 3)"],
        ["Embedding(3, 3)", "Linear(2, 2)", "EmbeddingBag(9, 9, padding_idx=2)", "Linear(20, 9)"],
        ["Linear(5, 5, dtype=torch.float64)", "Embedding(3, 5, dtype=torch.float64)"],
    ],
)
def test_seeded_layers_have_pytorchs_parameters(layers: list[str]) -> None:
    states = []
    for library in BOTH:
        library.manual_seed(2024)
        model = library.nn.Sequential(
            *[eval(f"nn.{each}", {"nn": library.nn, "torch": library}) for each in layers]
        )
        states.append({name: value.numpy() for name, value in model.state_dict().items()})
    mine, peer = states
    assert list(mine) == list(peer)
    for name, value in peer.items():
        assert mine[name].dtype == value.dtype
        np.testing.assert_array_equal(mine[name], value)


@pytest.mark.parametrize(
    "expression",
    [
        "nn.Linear(3, 4)(x)",
        "nn.Linear(2, 4)(x.long())",
        "nn.Linear(-1, 4)",
        "nn.Linear(2.5, 4)",
        "nn.Bilinear(0, 1, 1)",
        "F.bilinear(x, x, torch.ones(4, 2, 3))",
        "F.bilinear(x, x[0], torch.ones(4, 2, 2))",
        "F.bilinear(x, x[:1], torch.ones(4, 2, 2))",
        "F.bilinear(x, x, torch.ones(4, 2, 2), torch.ones(3))",
        "F.bilinear(x, x.double(), torch.ones(4, 2, 2))",
        "F.bilinear(x, x, torch.ones(2, 2))",
        "F.pixel_shuffle(x, 2)",
        "F.pixel_shuffle(torch.ones(3, 3, 3), 2)",
        "F.pixel_shuffle(torch.ones(4, 3, 3), 0)",
        "F.pixel_shuffle(torch.ones(4, 3, 3), -1)",
        "F.pixel_unshuffle(torch.ones(4, 3, 4), 2)",
        "F.pixel_unshuffle(torch.ones(4, 4, 3), 2)",
        "F.pixel_unshuffle(torch.ones(4, 3), 2)",
        "F.pixel_unshuffle(torch.ones(4, 4, 4), 0)",
        "F.channel_shuffle(x, 2)",
        "F.channel_shuffle(torch.ones(1, 3, 3), 2)",
        "F.channel_shuffle(torch.ones(1, 3, 3), 0)",
        "nn.Unflatten(1, 3)",
        "nn.Unflatten(1, (2, 2.5))",
        "nn.Unflatten(1, (2, 2))(x)",
        "nn.Flatten(3)(x)",
    ],
)
def test_errors(expression: str) -> None:
    check_error(expression, {"x": drawn((5, 2))})


def test_a_linear_layer_names_the_sizes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"\(2, 5\)") as caught:
        our_nn.Linear(3, 4)(ours.ones(2, 5))
    assert isinstance(caught.value, RuntimeError)


def test_dimensions_have_no_names() -> None:
    with pytest.raises(NotImplementedError, match="names"):
        our_nn.Unflatten("channels", (2, 2))  # type: ignore[arg-type]


def test_the_node_of_a_layer() -> None:
    for x in (drawn((5, 3)), drawn((2, 5, 3))):
        names = [
            type(Call(library, "m(x)", {"x": x}, layer="nn.Linear(3, 4)").result.grad_fn).__name__
            for library in BOTH
        ]
        assert names[0] == names[1]


def test_the_edges_of_a_linear_layer_are_those_of_addmm_and_mm() -> None:
    def edges(torch: Any) -> list[Any]:
        x = torch.ones(2, 3, requires_grad=True) * 2
        weight, bias = (torch.ones(*shape, requires_grad=True) for shape in ((4, 3), (4,)))
        linear = torch.nn.functional.linear
        with_bias, without = linear(x, weight, bias).grad_fn, linear(x, weight).grad_fn
        assert with_bias.next_functions[0][0].variable is bias
        # The weight's own edge leads to a transpose in PyTorch, which is part of the layer here.
        return [
            [node.name() for node, _ in with_bias.next_functions[:2]],
            [node.name() for node, _ in without.next_functions[:1]],
            [len(node.next_functions) for node in (with_bias, without)],
        ]

    assert edges(ours) == edges(theirs)
