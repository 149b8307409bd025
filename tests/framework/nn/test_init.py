"""Initial values against PyTorch, number for number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn

theirs = pytest.importorskip("torch")

from .calls import BOTH  # noqa: E402

CALLS = [
    "uniform_(w)",
    "uniform_(w, -0.3, 0.7)",
    "uniform_(w, a=1, b=2)",
    "normal_(w)",
    "normal_(w, 2.0, 0.1)",
    "normal_(w, mean=0, std=3)",
    "constant_(w, 0.3)",
    "ones_(w)",
    "zeros_(w)",
    "trunc_normal_(w)",
    "trunc_normal_(w, 0.1, 0.02)",
    "trunc_normal_(w, std=0.5, a=-1, b=0.2)",
    "trunc_normal_(w, mean=1.0, a=1.5, b=1.7)",
    "xavier_uniform_(w)",
    "xavier_uniform_(w, gain=torch.nn.init.calculate_gain('tanh'))",
    "xavier_normal_(w)",
    "xavier_normal_(w, 0.7)",
    "kaiming_uniform_(w)",
    "kaiming_uniform_(w, a=math.sqrt(5))",
    "kaiming_uniform_(w, mode='fan_out', nonlinearity='relu')",
    "kaiming_normal_(w)",
    "kaiming_normal_(w, 0.2, 'FAN_OUT')",
    "kaiming_normal_(w, nonlinearity='selu')",
]
SHAPES = [(3, 4), (40, 7), (5, 3, 2), (4, 2, 3, 3), (2, 2, 2, 2, 2)]
MATRICES = ["eye_(w)", "sparse_(w, 0.3)", "sparse_(w, sparsity=0.5, std=2)"]
GAINS = [
    "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
    "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu",
]  # fmt: skip


def filled(library: Any, call: str, shape: tuple[int, ...], dtype: str) -> Any:
    """Fill a parameter, and draw a number more: both have come to the same place."""
    library.manual_seed(5)
    w = library.nn.Parameter(library.zeros(shape, dtype=getattr(library, dtype)))
    names = {"w": w, "torch": library, "math": math}
    given = eval(f"torch.nn.init.{call}", names)
    assert given is w
    assert w.requires_grad
    assert w.is_leaf
    return w.detach().numpy(), library.rand(1).item()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("call", CALLS)
def test_numbers(call: str, shape: tuple[int, ...], dtype: str) -> None:
    mine, peer = (filled(library, call, shape, dtype) for library in BOTH)
    np.testing.assert_array_equal(mine[0], peer[0])
    assert mine[1] == peer[1]


@pytest.mark.parametrize("call", MATRICES)
@pytest.mark.parametrize("shape", [(3, 5), (12, 4), (6, 6)])
def test_matrices(call: str, shape: tuple[int, ...]) -> None:
    mine, peer = (filled(library, call, shape, "float32") for library in BOTH)
    np.testing.assert_array_equal(mine[0], peer[0])
    assert mine[1] == peer[1]


@pytest.mark.parametrize("gain", [1, 1.7])
@pytest.mark.parametrize("shape", [(3, 5), (12, 4), (6, 6), (3, 2, 2), (1, 4)])
def test_orthogonal(shape: tuple[int, ...], gain: float) -> None:
    mine, peer = (filled(each, f"orthogonal_(w, {gain})", shape, "float32") for each in BOTH)
    np.testing.assert_allclose(mine[0], peer[0], atol=1e-5)
    assert mine[1] == peer[1]
    flat = mine[0].reshape(shape[0], -1) / gain
    small = flat @ flat.T if flat.shape[0] <= flat.shape[1] else flat.T @ flat
    np.testing.assert_allclose(small, np.eye(len(small)), atol=1e-5)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("shape", [(4, 3, 3), (2, 4, 3, 2), (6, 2, 3, 3, 3)])
def test_dirac(shape: tuple[int, ...], groups: int) -> None:
    mine, peer = (filled(library, f"dirac_(w, {groups})", shape, "float32") for library in BOTH)
    np.testing.assert_array_equal(mine[0], peer[0])


@pytest.mark.parametrize("name", GAINS)
def test_gains(name: str) -> None:
    assert our_nn.init.calculate_gain(name) == theirs.nn.init.calculate_gain(name)
    assert our_nn.init.calculate_gain("leaky_relu", 0.3) == theirs.nn.init.calculate_gain(
        "leaky_relu", 0.3
    )


def test_a_generator_of_ones_own() -> None:
    results = []
    for library in BOTH:
        init, generator = library.nn.init, library.Generator().manual_seed(9)
        found = []
        for name in ("uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "kaiming_normal_"):
            w = library.empty(5, 4)
            getattr(init, name)(w, generator=generator)
            found.append(w.numpy())
        results.append(found)
    np.testing.assert_array_equal(*results)


def test_views_are_filled_in_place() -> None:
    results = []
    for library in BOTH:
        library.manual_seed(3)
        base = library.zeros(6, 8)
        for call in ("normal_", "uniform_", "trunc_normal_", "xavier_uniform_"):
            getattr(library.nn.init, call)(base[::2, 1:5])
            getattr(library.nn.init, call)(base[1::2].t())
        results.append(base.numpy())
    np.testing.assert_array_equal(*results)


ERRORS = [
    "calculate_gain('nothing')",
    "calculate_gain('leaky_relu', 'steep')",
    "calculate_gain('leaky_relu', True)",
    "eye_(torch.ones(3))",
    "dirac_(torch.ones(3, 3))",
    "dirac_(torch.ones(3, 3, 3), 2)",
    "xavier_uniform_(torch.ones(3))",
    "xavier_normal_(torch.ones(()))",
    "kaiming_uniform_(torch.ones(3))",
    "kaiming_normal_(torch.ones(3, 3), mode='fan')",
    "kaiming_normal_(torch.ones(3, 3), nonlinearity='nothing')",
    "orthogonal_(torch.ones(3))",
    "sparse_(torch.ones(3), 0.1)",
    "normal_(torch.ones(3), 0, -1)",
    "uniform_(torch.ones(3), 1, 0)",
    "normal_(torch.ones(3, dtype=torch.int64))",
]


@pytest.mark.parametrize("call", ERRORS)
def test_errors(call: str) -> None:
    with pytest.raises(Exception) as peer:
        eval(f"torch.nn.init.{call}", {"torch": theirs})
    with pytest.raises(peer.type) as mine:
        eval(f"torch.nn.init.{call}", {"torch": ours})
    assert len(str(mine.value)) > 20


@pytest.mark.parametrize(
    "name",
    "uniform normal constant eye dirac xavier_uniform xavier_normal kaiming_uniform "
    "kaiming_normal orthogonal sparse".split(),
)
def test_old_names_warn(name: str) -> None:
    given = {"constant": (2.0,), "sparse": (0.2,)}.get(name, ())
    shape = (3, 2, 2) if name == "dirac" else (3, 4)
    results = []
    for library in BOTH:
        library.manual_seed(1)
        with pytest.warns(FutureWarning, match=f"nn.init.{name}_"):
            results.append(getattr(library.nn.init, name)(library.zeros(shape), *given).numpy())
    np.testing.assert_allclose(*results, atol=1e-6)


def test_nothing_to_fill_warns() -> None:
    with pytest.warns(UserWarning, match="no-op"):
        our_nn.init.kaiming_uniform_(ours.empty(0, 3))
    with pytest.warns(UserWarning, match="std"):
        our_nn.init.trunc_normal_(ours.empty(30), mean=5.0, a=-1.0, b=1.0)
