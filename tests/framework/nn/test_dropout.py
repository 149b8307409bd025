"""Dropout against PyTorch, mask for mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn

theirs = pytest.importorskip("torch")

from .calls import BOTH, Call, check, check_error, drawn  # noqa: E402

FUNCTIONS = [
    ("F.dropout(x)", (4, 5)),
    ("F.dropout(x, 0.2)", (3, 1, 40)),
    ("F.dropout(x, 0.9)", ()),
    ("F.dropout(x, 0)", (4, 5)),
    ("F.dropout(x, 1)", (4, 5)),
    ("F.dropout(x, training=False)", (4, 5)),
    ("F.dropout(x)", (0, 5)),
    ("torch.dropout(x, 0.3, True)", (4, 5)),
    ("torch.dropout(x, p=0.3, train=False)", (4, 5)),
    ("F.alpha_dropout(x)", (4, 5)),
    ("F.alpha_dropout(x, 0.3, True)", (4, 50)),
    ("F.alpha_dropout(x, 1.0, True)", (4, 5)),
    ("torch.alpha_dropout(x, 0.4, True)", (4, 5)),
    ("F.dropout1d(x, 0.4)", (6, 5, 3)),
    ("F.dropout1d(x, 0.4)", (6, 5)),
    ("F.dropout2d(x, 0.4)", (6, 5, 3, 2)),
    ("F.dropout2d(x, 0.4)", (6, 5, 3)),
    ("F.dropout2d(x, 0.4)", (6, 5)),
    ("F.dropout3d(x, 0.4)", (6, 5, 3, 2, 2)),
    ("F.dropout3d(x, 0.4)", (6, 5, 3, 2)),
    ("F.dropout3d(x, 0.4)", (6, 5, 3)),
    ("F.feature_alpha_dropout(x, 0.4, True)", (6, 5, 3)),
    ("F.feature_alpha_dropout(x, 0.4, True)", (6, 5)),
    ("torch.feature_alpha_dropout(x, 0.4, True)", (6, 5)),
    ("torch.feature_dropout(x, 0.4, True)", (6, 5, 2)),
]
LAYERS = [
    "nn.Dropout()",
    "nn.Dropout(0.2)",
    "nn.Dropout(0.2, inplace=True)",
    "nn.Dropout(p=0)",
    "nn.Dropout(1)",
    "nn.Dropout1d(0.3)",
    "nn.Dropout2d()",
    "nn.Dropout2d(0.3, True)",
    "nn.Dropout3d(0.3)",
    "nn.AlphaDropout(0.3)",
    "nn.AlphaDropout(0.3, True)",
    "nn.FeatureAlphaDropout()",
]
IN_PLACE = [
    "F.dropout(y, 0.4, inplace=True)",
    "F.dropout(y, 0.4, False, True)",
    "F.alpha_dropout(y, 0.4, True, True)",
    "F.feature_alpha_dropout(y, 0.4, True, True)",
    "F.dropout1d(y, 0.4, True, True)",
    "F.dropout2d(y, 0.4, True, True)",
    "F.dropout3d(y, 0.4, True, True)",
    "torch.dropout_(y, 0.4, True)",
    "torch.alpha_dropout_(y, 0.4, True)",
    "torch.feature_alpha_dropout_(y, 0.4, True)",
    "torch.feature_dropout_(y, 0.4, True)",
]


def state(library: Any) -> bytes:
    return bytes(library.get_rng_state().numpy())


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("expression", "shape"), FUNCTIONS)
def test_functions(expression: str, shape: tuple[int, ...], dtype: str) -> None:
    mine, peer = check(expression, {"x": drawn(shape)}, dtype, order=1)
    np.testing.assert_array_equal(mine.result.detach().numpy(), peer.result.detach().numpy())
    states = []
    for library in BOTH:
        Call(library, expression, {"x": drawn(shape)}, dtype, needs=False)
        states.append(state(library))
    assert states[0] == states[1], "the generators have gone on differently"


@pytest.mark.parametrize("layout", ["turned", "stepped", "repeated"])
@pytest.mark.parametrize(("expression", "shape"), FUNCTIONS)
def test_other_layouts(expression: str, shape: tuple[int, ...], layout: str) -> None:
    check(expression, {"x": drawn(shape)}, order=1, layout=layout)


@pytest.mark.parametrize(("expression", "shape"), FUNCTIONS)
def test_second_derivatives(expression: str, shape: tuple[int, ...]) -> None:
    check(expression, {"x": drawn(shape)}, order=2)


@pytest.mark.parametrize("evaluating", [False, True])
@pytest.mark.parametrize("layer", LAYERS)
def test_layers(layer: str, evaluating: bool) -> None:
    operands = {"x": drawn((3, 4, 5))}
    mine, peer = check("m(x * 1)", operands, order=1, layer=layer, evaluating=evaluating)
    assert repr(mine.layer) == repr(peer.layer)
    # The stream goes on from call to call.
    check("m(m(x * 1))", operands, "float32", order=1, layer=layer, evaluating=evaluating)


@pytest.mark.parametrize("expression", IN_PLACE)
@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 2)])
def test_in_place(expression: str, shape: tuple[int, ...]) -> None:
    if "dropout3d" in expression:
        shape = (*shape, 2, 2)
    check(f"(lambda y: ({expression}, y)[1])(x * 1.5)", {"x": drawn(shape)}, order=1)
    mine = Call(ours, f"(lambda y: {expression} is y)(x * 1.5)", {"x": drawn(shape)})
    assert mine.result is True


def test_a_leaf_is_not_changed_in_place() -> None:
    with pytest.raises(RuntimeError, match="leaf"):
        our_nn.Dropout(inplace=True)(ours.ones(3, requires_grad=True))


def test_nothing_dropped_gives_the_input_itself() -> None:
    for call in ("F.dropout(x, 0.0)", "F.dropout(x, 0.5, False)", "nn.Dropout().eval()(x)"):
        for library in BOTH:
            run = Call(library, call, {"x": drawn((3,))})
            assert run.result is run.names["x"]


@pytest.mark.parametrize(
    "expression",
    [
        "F.dropout(x, 1.5)",
        "F.dropout(x, -0.1)",
        "F.dropout1d(x, 2.0)",
        "F.dropout2d(x, 2.0)",
        "F.dropout3d(x, 2.0)",
        "F.alpha_dropout(x, -1)",
        "F.feature_alpha_dropout(x, 7)",
        "nn.Dropout(2)",
        "nn.AlphaDropout(-1)",
        "F.dropout1d(x[0])",
        "F.dropout2d(x[0])",
        "F.feature_alpha_dropout(x[0], 0.5, True)",
        "F.dropout(x.long())",
        "F.dropout(None)",
        "torch.dropout(x, 0.5)",
    ],
)
def test_errors(expression: str) -> None:
    check_error(expression, {"x": drawn((3, 4))})


def test_shapes_that_are_read_in_another_way_warn() -> None:
    for library in BOTH:
        with pytest.warns(UserWarning, match="dropout2d"):
            library.nn.Dropout2d()(library.ones(2, 3, 4))
        with pytest.warns(UserWarning, match="dropout3d"):
            library.nn.Dropout3d()(library.ones(2, 3, 4))
