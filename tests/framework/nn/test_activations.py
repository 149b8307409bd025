"""Activations, as functions and as layers, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn

theirs = pytest.importorskip("torch")

from .calls import LAYOUTS, TOLERANCES, Arrays, Call, check_error, drawn  # noqa: E402
from .calls import check as check_calls  # noqa: E402

FUNCTIONS = [
    "F.relu(x)",
    "F.relu6(x)",
    "F.leaky_relu(x)",
    "F.leaky_relu(x, 0.3)",
    "F.elu(x)",
    "F.elu(x, 1.7)",
    "F.celu(x)",
    "F.celu(x, 0.6)",
    "torch.celu(x, 0.6)",
    "F.selu(x)",
    "F.gelu(x)",
    "F.gelu(x, approximate='tanh')",
    "F.silu(x)",
    "F.mish(x)",
    "F.hardswish(x)",
    "F.hardsigmoid(x)",
    "F.hardtanh(x)",
    "F.hardtanh(x, -0.3, 1.2)",
    "F.hardshrink(x)",
    "F.hardshrink(x, 1.1)",
    "torch.hardshrink(x)",
    "x.hardshrink(0.7)",
    "F.softshrink(x)",
    "F.softshrink(x, 0.1)",
    "F.tanhshrink(x)",
    "F.softplus(x)",
    "F.softplus(x, 2.5, 3)",
    "F.softsign(x)",
    "F.sigmoid(x)",
    "F.tanh(x)",
    "F.logsigmoid(x)",
    "F.threshold(x, 0.2, -1.5)",
    "torch.threshold(x, 0.2, -1.5)",
    "F.rrelu(x)",
    "F.rrelu(x, 0.1, 0.7, training=True)",
    "torch.rrelu(x, 0.1, 0.7, True)",
]
SEVERAL = [
    "F.glu(x)",
    "F.glu(x, 1)",
    "F.glu(x, dim=-2)",
    "F.softmax(x, 1)",
    "F.softmax(x, dim=-1, dtype=torch.float64)",
    "F.softmin(x, 0)",
    "F.log_softmax(x, 2)",
    "F.softmax(x)",
    "F.softmin(x)",
    "F.log_softmax(x)",
    "F.gumbel_softmax(x)",
    "F.gumbel_softmax(x, tau=0.4, dim=1)",
    "F.gumbel_softmax(x, hard=True)",
    "F.normalize(x)",
    "F.normalize(x, p=1, dim=2)",
    "F.normalize(x, dim=(0, 2), eps=0.1)",
    "F.normalize(x, p=3.0, dim=-1)",
]
IN_PLACE = [
    "F.relu(y, True)",
    "F.relu_(y)",
    "F.relu6(y, inplace=True)",
    "F.leaky_relu_(y, 0.2)",
    "F.leaky_relu(y, 0.2, True)",
    "F.elu_(y, 1.3)",
    "F.elu(y, 1.3, True)",
    "F.celu_(y, 1.3)",
    "F.selu_(y)",
    "F.selu(y, True)",
    "F.silu(y, True)",
    "F.mish(y, True)",
    "F.hardswish(y, True)",
    "F.hardsigmoid(y, True)",
    "F.hardtanh_(y, -0.4, 0.5)",
    "F.threshold_(y, 0.1, 2.0)",
    "torch.threshold_(y, 0.1, 2.0)",
    "F.rrelu_(y, 0.1, 0.5, True)",
    "torch.relu_(y)",
    "torch.celu_(y)",
    "torch.selu_(y)",
    "torch.rrelu_(y)",
]
LAYERS = [
    "nn.ReLU()",
    "nn.ReLU(inplace=True)",
    "nn.ReLU6()",
    "nn.ReLU6(True)",
    "nn.RReLU()",
    "nn.RReLU(0.1, 0.4, True)",
    "nn.Hardtanh()",
    "nn.Hardtanh(-2, 0.5, True)",
    "nn.Hardtanh(min_value=-0.5, max_value=0.2)",
    "nn.Sigmoid()",
    "nn.Tanh()",
    "nn.Hardsigmoid()",
    "nn.SiLU()",
    "nn.SiLU(inplace=True)",
    "nn.Mish()",
    "nn.Mish(True)",
    "nn.Hardswish()",
    "nn.Hardswish(True)",
    "nn.ELU()",
    "nn.ELU(0.7, inplace=True)",
    "nn.CELU(1.5)",
    "nn.CELU(inplace=True)",
    "nn.SELU()",
    "nn.SELU(True)",
    "nn.GLU()",
    "nn.GLU(dim=1)",
    "nn.GELU()",
    "nn.GELU('tanh')",
    "nn.Hardshrink()",
    "nn.Hardshrink(0.1)",
    "nn.LeakyReLU()",
    "nn.LeakyReLU(0.3, True)",
    "nn.LogSigmoid()",
    "nn.Softplus()",
    "nn.Softplus(2, 5)",
    "nn.Softshrink(0.2)",
    "nn.PReLU()",
    "nn.PReLU(4, init=0.1)",
    "nn.Softsign()",
    "nn.Tanhshrink()",
    "nn.Softmin()",
    "nn.Softmin(dim=1)",
    "nn.Softmax()",
    "nn.Softmax(dim=-1)",
    "nn.Softmax2d()",
    "nn.LogSoftmax(dim=1)",
    "nn.Threshold(0.1, 3)",
    "nn.Threshold(0.1, 3.0, True)",
]
# Without gradients: the elements that stand at a bend, or have no finite neighbours.
SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 0.5, -0.5, 3.0, -3.0, 6.0, 30.0, -30.0])
X = {"x": drawn((2, 4, 6))}
ROUNDING = ("celu", "CELU", "hardsigmoid", "Hardsigmoid")
RANDOM = ("rrelu", "gumbel", "RReLU")


def check(
    expression: str, operands: Arrays, dtype: str = "float64", order: int = 0, **options: Any
) -> tuple[Call, Call]:
    """Compare with PyTorch, which rounds 1 / 6 and 1 / alpha to float32 in these."""
    rounds = any(name in expression + options.get("layer", "") for name in ROUNDING)
    tolerance = max(TOLERANCES[dtype], 1e-8) if rounds else TOLERANCES[dtype]
    return check_calls(expression, operands, dtype, order, tolerance=tolerance, **options)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("expression", FUNCTIONS + SEVERAL)
def test_functions_and_their_gradients(expression: str, layout: str) -> None:
    if layout != "dense" and any(name in expression for name in RANDOM):
        layout = "dense"
    check(expression, X, order=1, layout=layout)


# PyTorch has no second derivative of hardsigmoid.
@pytest.mark.parametrize("expression", [e for e in FUNCTIONS + SEVERAL if "hardsigmoid" not in e])
def test_second_derivatives(expression: str) -> None:
    check(expression, {"x": drawn((2, 2, 4), 3)}, order=2)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("expression", FUNCTIONS + SEVERAL)
def test_single_precision(expression: str, dtype: str) -> None:
    if dtype == "float16" and any(name in expression for name in (*RANDOM, "normalize")):
        dtype = "float32"
    check(expression, X, dtype, order=int(dtype == "float32"))


@pytest.mark.parametrize("dtype", ["int64", "bool"])
@pytest.mark.parametrize("expression", FUNCTIONS + SEVERAL)
def test_integers_are_taken_and_refused_as_in_pytorch(expression: str, dtype: str) -> None:
    operands = {"x": np.arange(-12, 12).reshape(2, 2, 6).astype(dtype)}
    try:
        Call(theirs, expression, operands)
    except Exception as problem:
        with pytest.raises(type(problem)):
            Call(ours, expression, operands)
    else:
        check(expression, operands, "float32")


@pytest.mark.parametrize("shape", [(), (0,), (0, 4), (1,)])
@pytest.mark.parametrize("expression", FUNCTIONS)
def test_empty_and_single(expression: str, shape: tuple[int, ...]) -> None:
    check(expression, {"x": drawn(shape, 1)}, order=1)


@pytest.mark.parametrize("expression", [e for e in FUNCTIONS if "rrelu" not in e])
def test_special_values(expression: str) -> None:
    mine, peer = check(expression, {"x": SPECIAL})
    # These give 0 for -0, where PyTorch gives -0.
    if expression not in ("F.relu(x)", "F.relu6(x)"):
        np.testing.assert_array_equal(
            np.signbit(mine.result.numpy()[:2]), np.signbit(peer.result.numpy()[:2])
        )


@pytest.mark.parametrize("expression", FUNCTIONS)
def test_gradients_at_bends(expression: str) -> None:
    bends = {"x": np.array([0.0, 0.5, -0.5, 3.0, -3.0, 6.0, 1.0, -1.0, 40.0, -40.0])}
    check(expression, bends, order=1)


@pytest.mark.parametrize("layout", ["dense", "turned", "stepped"])
@pytest.mark.parametrize("expression", IN_PLACE)
def test_in_place(expression: str, layout: str) -> None:
    if "rrelu" in expression:
        layout = "dense"
    name = expression.partition("(")[0]
    computed = f"(lambda y: ({expression} is y, y)[1])(x * 1.5)"
    check(computed, X, order=1, layout=layout)
    same = f"(lambda y: [torch.tensor({expression} is y), y])(x.clone())"
    mine = Call(ours, same, X)
    assert bool(mine.parts()[0]), name


def test_a_leaf_is_not_changed_in_place() -> None:
    leaf = ours.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf"):
        our_nn.functional.relu(leaf, inplace=True)
    with pytest.raises(RuntimeError, match="leaf"):
        our_nn.functional.elu_(leaf)


@pytest.mark.parametrize(
    "operands",
    [
        {"x": drawn((3, 4, 5)), "w": drawn((4,), 1)},
        {"x": drawn((3, 4)), "w": drawn((4,), 1)},
        {"x": drawn((3, 4)), "w": drawn((1,), 1)},
        {"x": drawn((3, 4)), "w": drawn((), 1)},
        {"x": drawn((4,)), "w": drawn((1,), 1)},
        {"x": drawn(()), "w": drawn((1,), 1)},
        {"x": drawn(()), "w": drawn((), 1)},
        {"x": drawn((0, 4)), "w": drawn((4,), 1)},
        {"x": drawn((2, 1, 3)), "w": drawn((1,), 1)},
    ],
)
@pytest.mark.parametrize("call", ["F.prelu(x, w)", "torch.prelu(x, w)", "x.prelu(w)"])
def test_prelu(operands: dict[str, object], call: str) -> None:
    check(call, operands, order=1)
    check(call, operands, order=2)
    check(call, operands, "float32", order=1)


@pytest.mark.parametrize("evaluating", [False, True])
@pytest.mark.parametrize("layer", LAYERS)
def test_layers(layer: str, evaluating: bool) -> None:
    operands = {"x": drawn((2, 4, 4, 2))}
    mine, peer = check("m(x * 1)", operands, order=1, layer=layer, evaluating=evaluating)
    assert repr(mine.layer) == repr(peer.layer)
    assert list(mine.state) == list(peer.state)
    check("m(x * 1)", operands, "float32", order=1, layer=layer, evaluating=evaluating)


@pytest.mark.parametrize(
    "expression",
    [
        "F.rrelu(x, 0.5, 0.2)",
        "F.rrelu(x, 0.5, 0.2, True)",
        "F.celu(x, 0.0)",
        "F.hardtanh(x, 2.0, 1.0)",
        "nn.Hardtanh(2.0, 1.0)",
        "F.softshrink(x, -1.0)",
        "F.softmax(x, 5)",
        "F.glu(x)",
        "F.glu(x, 4)",
        "F.glu(torch.tensor(1.0))",
        "F.gelu(x, approximate='foo')",
        "nn.GELU('foo')(x)",
        "F.prelu(x, torch.ones(2))",
        "F.prelu(x, torch.ones(3, 1))",
        "F.prelu(x, torch.ones(1, 1))",
        "F.prelu(x, torch.ones(1).double())",
        "F.prelu(torch.tensor(1.0), torch.ones(2))",
        "F.prelu(torch.ones(3), torch.ones(3))",
        "F.normalize(x, dim=5)",
        "F.gelu([1.0])",
        "F.silu(None)",
        "F.threshold(x, 1)",
        "nn.Softmax2d()(x)",
        "F.elu(x, 1.0, False, 3)",
        "F.gumbel_softmax(x.long())",
    ],
)
def test_errors(expression: str) -> None:
    check_error(expression, {"x": drawn((2, 3))})


def test_softmax_without_dim_warns() -> None:
    with pytest.warns(UserWarning, match="Implicit dimension choice"):
        our_nn.functional.softmax(ours.ones(2, 3))
    with pytest.warns(UserWarning, match="Implicit dimension choice"):
        our_nn.Softmax()(ours.ones(2, 3))
    with pytest.warns(FutureWarning, match="min_value"):
        our_nn.Hardtanh(min_value=-3)


NAMES = [
    "F.relu(x)", "F.relu6(x)", "F.leaky_relu(x)", "F.elu(x)", "F.celu(x)", "F.gelu(x)",
    "F.silu(x)", "F.mish(x)", "F.hardswish(x)", "F.hardtanh(x)", "F.softplus(x)", "F.glu(x)",
    "F.softmax(x, 0)", "F.threshold(x, 0, 0)", "F.rrelu(x, training=True)",
]  # fmt: skip


@pytest.mark.parametrize("expression", NAMES)
def test_nodes_have_pytorchs_names(expression: str) -> None:
    mine, peer = check(expression, X, needs=True)
    assert type(mine.result.grad_fn).__name__ == type(peer.result.grad_fn).__name__


def test_users_classes_are_asked() -> None:
    class Named(ours.Tensor):
        pass

    x = ours.ones(2, 2).as_subclass(Named)
    for function in (our_nn.functional.relu, our_nn.functional.silu, our_nn.functional.elu):
        assert type(function(x)) is Named
