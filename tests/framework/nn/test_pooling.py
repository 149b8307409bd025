"""Pooling gives PyTorch's numbers, indices, gradients and errors."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.torch.nn import functional

from .spatial import (
    LAYOUTS,
    TOLERANCES,
    Case,
    Shapes,
    check_error,
    check_gradients,
    check_layer,
    check_node,
    check_second_gradients,
    check_values,
)

_1D: Shapes = {"x": (2, 3, 9)}
_2D: Shapes = {"x": (2, 3, 7, 8)}
_3D: Shapes = {"x": (2, 2, 5, 6, 4)}

MAXIMA: list[Case] = [
    ("F.max_pool1d(x, 2)", _1D),
    ("F.max_pool1d(x, 3, 2, 1, 2, True, True)", _1D),
    ("F.max_pool1d(x, 3, 2)", {"x": (3, 9)}),
    ("F.max_pool1d_with_indices(x, 2)", _1D),
    ("torch.max_pool1d_with_indices(x, 2)", _1D),
    ("F.max_pool2d(x, 2)", _2D),
    ("F.max_pool2d(x, (2, 3), return_indices=True)", _2D),
    ("F.max_pool2d(x, [2, 3], [1], [1])", _2D),
    ("F.max_pool2d(x, 3, 2, 1, ceil_mode=True, return_indices=True)", _2D),
    ("F.max_pool2d(x, 3, 1, 1, 2, return_indices=True)", _2D),
    ("F.max_pool2d(x, 2, return_indices=True)", {"x": (3, 7, 8)}),
    ("F.max_pool2d(x, 2)", {"x": (0, 3, 7, 8)}),
    ("F.max_pool2d_with_indices(x, 2)", _2D),
    ("torch.max_pool2d(x, 2, ())", _2D),
    ("F.max_pool3d(x, 2, return_indices=True)", _3D),
    ("F.max_pool3d(x, (2, 3, 1), 1, (1, 1, 0), (1, 2, 1), True, True)", _3D),
    ("F.max_pool3d(x.contiguous(), 2)", {"x": (2, 5, 6, 4)}),
    ("F.adaptive_max_pool1d(x, 4, return_indices=True)", _1D),
    ("torch.adaptive_max_pool1d(x, 4)", _1D),
    ("F.adaptive_max_pool1d_with_indices(x, 4)", {"x": (3, 9)}),
    ("F.adaptive_max_pool2d(x, 3, True)", _2D),
    ("F.adaptive_max_pool2d(x, (None, 3))", _2D),
    ("F.adaptive_max_pool2d(x, 3)", {"x": (3, 7, 8)}),
    ("F.adaptive_max_pool3d(x, (2, 3, None), True)", _3D),
    ("F.fractional_max_pool2d(x, 2, 3, return_indices=True)", _2D),
    ("F.fractional_max_pool2d(x, (2, 3), output_ratio=(0.6, 0.7))", _2D),
    ("F.fractional_max_pool2d(x, 2, output_ratio=(0.5, 0.4))", {"x": (3, 7, 8)}),
    ("F.fractional_max_pool2d(x, 3, (5, 1))", _2D),
    ("F.fractional_max_pool2d(x, 2, 3, _random_samples=torch.full_like(x[..., 0, :2], 0.4))", _2D),
    ("F.fractional_max_pool3d(x, 2, (2, 3, 2), return_indices=True)", _3D),
    ("F.fractional_max_pool3d(x, (1, 2, 2), output_ratio=(0.5,) * 3)", {"x": (2, 5, 6, 4)}),
]

MEANS: list[Case] = [
    ("F.avg_pool1d(x, 2)", _1D),
    ("F.avg_pool1d(x, (3,), 2, 1, True, False)", _1D),
    ("F.avg_pool1d(x, 3)", {"x": (3, 9)}),
    ("F.avg_pool1d(x, 3)", {"x": (0, 3, 9)}),
    ("torch.avg_pool1d(x, 3, 2)", _1D),
    ("F.avg_pool2d(x, 2)", _2D),
    ("F.avg_pool2d(x, (3, 2), 2, 1)", _2D),
    ("F.avg_pool2d(x, 3, 2, 1, True)", _2D),
    ("F.avg_pool2d(x, 3, 2, 1, True, False)", _2D),
    ("F.avg_pool2d(x, 3, 2, 1, divisor_override=5)", _2D),
    ("F.avg_pool2d(x, 2)", {"x": (3, 7, 8)}),
    ("F.avg_pool3d(x, 2)", _3D),
    ("F.avg_pool3d(x, (3, 2, 2), 2, (1, 0, 1), True, False, 3)", _3D),
    ("F.avg_pool3d(x, 2)", {"x": (2, 5, 6, 4)}),
    ("F.lp_pool1d(x, 2, 3)", _1D),
    ("F.lp_pool1d(x, 3.0, 3, 2, True)", _1D),
    ("F.lp_pool2d(x, 2, (2, 3))", _2D),
    ("F.lp_pool2d(x.abs(), 1.5, 3, 1)", {"x": (3, 7, 8)}),
    ("F.lp_pool3d(x, 2, 2)", _3D),
    ("F.adaptive_avg_pool1d(x, 4)", _1D),
    ("torch.adaptive_avg_pool1d(x, 1)", {"x": (3, 9)}),
    ("F.adaptive_avg_pool2d(x, 3)", _2D),
    ("F.adaptive_avg_pool2d(x, 1)", _2D),
    ("F.adaptive_avg_pool2d(x, (None, 5))", _2D),
    ("F.adaptive_avg_pool2d(x, (10, 3))", {"x": (3, 7, 8)}),
    ("F.adaptive_avg_pool3d(x, (2, None, 3))", _3D),
    ("F.adaptive_avg_pool3d(x, 1)", {"x": (2, 5, 6, 4)}),
]

_POOLED = "F.max_pool{0}d(x, {1}), F.max_pool{0}d(x.detach(), {1}, return_indices=True)[1]"
UNPOOLINGS: list[Case] = [
    (f"F.max_unpool{rank}d({_POOLED.format(rank, kernel)}, {rest})", shapes)
    for rank, kernel, rest, shapes in (
        (1, 2, "2", _1D),
        (1, 3, "3, output_size=(9,)", {"x": (3, 9)}),
        (1, 2, "2, output_size=(2, 3, 9)", _1D),
        (2, 2, "2, 2, 0, (7, 8)", _2D),
        (2, 2, "(2, 2), output_size=[2, 3, 7, 8]", _2D),
        (3, 2, "2, output_size=(5, 6, 4)", _3D),
    )
]

CASES = [*MAXIMA, *MEANS, *UNPOOLINGS]
# PyTorch cannot differentiate fractional pooling twice.
TWICE = [case for case in CASES if case[1]["x"][0] and "fractional" not in case[0]]

NODES: list[Case] = [
    ("F.max_pool1d(x, 2)", _1D),
    ("F.max_pool2d(x, 2)", _2D),
    ("F.max_pool3d(x, 2)", _3D),
    ("F.avg_pool1d(x, 2)", _1D),
    ("F.avg_pool2d(x, 2)", _2D),
    ("F.avg_pool3d(x, 2)", _3D),
    ("F.adaptive_avg_pool1d(x, 2)", _1D),
    ("F.adaptive_avg_pool2d(x, 2)", _2D),
    ("F.adaptive_avg_pool2d(x, 1)", _2D),
    ("F.adaptive_avg_pool3d(x, 2)", _3D),
    ("F.adaptive_max_pool2d(x, 2)", _2D),
    ("F.adaptive_max_pool3d(x, 2)", _3D),
    ("F.fractional_max_pool2d(x, 2, 3)", _2D),
    ("F.fractional_max_pool3d(x, 2, 2)", _3D),
    UNPOOLINGS[3],
]

_INDICES = "torch.zeros(2, 3, 7, 8, dtype=torch.int64)"
ERRORS: list[Case] = [
    *[
        (f"F.{call}", _2D)
        for call in (
            "max_pool2d(x, 0)", "max_pool2d(x, 9)", "max_pool2d(x, 2, 0)", "max_pool2d(x, 2, 2, 2)",
            "max_pool2d(x, 2, 2, 0, 0)", "max_pool2d(x, (2, 2, 2))", "max_pool2d(x, 2.5)",
            "max_pool2d(x.bool(), 2)", "max_pool2d(x.numpy(), 2)", "max_pool1d(x, 2)",
            "avg_pool2d(x, 0)", "avg_pool2d(x, 9)", "avg_pool2d(x, 2, padding=2)",
            "avg_pool2d(x, 2, divisor_override=0)", "avg_pool2d(x.int(), 2)", "avg_pool3d(x, 9)",
            "adaptive_avg_pool2d(x, -1)", "adaptive_avg_pool2d(x, (2,))",
            "adaptive_avg_pool2d(x.long(), 2)", "adaptive_avg_pool2d(x, 2.5)",
            "adaptive_max_pool2d(x, -1)",
            "fractional_max_pool2d(x, 2)", "fractional_max_pool2d(x, 2, 8)",
            "fractional_max_pool2d(x, 2, output_ratio=(0.5,) * 3)",
            "fractional_max_pool2d(x.int(), 2, 3)",
            "fractional_max_pool2d(x, 2, 3, _random_samples=x[:, :2, 0, :2])",
            f"max_unpool2d(x, {_INDICES}, 2, output_size=(40, 40))",
            f"max_unpool2d(x, {_INDICES}, 2, output_size=(40,))",
            f"max_unpool2d(x, {_INDICES} + 1000, 2)", f"max_unpool2d(x, {_INDICES}[:1], 2)",
            f"max_unpool2d(x, {_INDICES}.int(), 2)", f"max_unpool2d(x.long(), {_INDICES}, 2)",
            f"max_unpool2d(x, {_INDICES} - 1, 2)",
        )
    ],
    ("F.max_pool2d(x, 2)", {"x": (7, 8)}),
    ("F.max_pool2d(x, 2)", {"x": (2, 0, 7, 8)}),
    ("F.max_pool2d(x, 2)", {"x": (0, 7, 8)}),
    ("F.max_pool1d(x, 2)", {"x": (8,)}),
    ("F.max_pool1d(x, 0)", {"x": (2, 8)}),
    ("F.avg_pool2d(x, 2)", {"x": (7, 8)}),
    ("F.avg_pool2d(x, 2)", {"x": (2, 0, 7, 8)}),
    ("F.adaptive_avg_pool2d(x, 2)", {"x": (7, 8)}),
    ("F.adaptive_avg_pool2d(x, 2)", {"x": (1, 1, 0, 8)}),
    ("F.adaptive_avg_pool2d(x, (2, 2, 2))", {"x": (1, 8, 7)}),
    ("nn.FractionalMaxPool2d(2)", {}),
    ("nn.FractionalMaxPool2d(2, 3, 0.5)", {}),
    ("nn.FractionalMaxPool2d(2, output_ratio=1.5)", {}),
]  # fmt: skip

LAYERS: list[tuple[str, tuple[int, ...]]] = [
    ("nn.MaxPool1d(2)", (2, 3, 9)),
    ("nn.MaxPool2d(2)", (2, 3, 7, 8)),
    ("nn.MaxPool2d((2, 3), 1, 1, 2, True, True)", (2, 3, 7, 8)),
    ("nn.MaxPool3d(2, ceil_mode=True)", (2, 2, 5, 6, 4)),
    ("nn.AvgPool1d(2)", (2, 3, 9)),
    ("nn.AvgPool2d(2, 1, 1, True, False, 3)", (2, 3, 7, 8)),
    ("nn.AvgPool3d(2)", (2, 2, 5, 6, 4)),
    ("nn.LPPool1d(2, 3, 1, True)", (2, 3, 9)),
    ("nn.LPPool2d(2, 3)", (2, 3, 7, 8)),
    ("nn.LPPool3d(2, 2)", (2, 2, 5, 6, 4)),
    ("nn.AdaptiveAvgPool1d(3)", (2, 3, 9)),
    ("nn.AdaptiveAvgPool2d((None, 3))", (2, 3, 7, 8)),
    ("nn.AdaptiveAvgPool3d(2)", (2, 2, 5, 6, 4)),
    ("nn.AdaptiveMaxPool1d(3, True)", (2, 3, 9)),
    ("nn.AdaptiveMaxPool2d((2, 3))", (2, 3, 7, 8)),
    ("nn.AdaptiveMaxPool3d(2)", (2, 2, 5, 6, 4)),
    ("nn.FractionalMaxPool2d(2, 3)", (2, 3, 7, 8)),
    ("nn.FractionalMaxPool3d(2, output_ratio=(0.5, 0.4, 0.6))", (2, 2, 5, 6, 4)),
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_pooling_gives_pytorchs_numbers(case: Case, dtype: str, layout: str) -> None:
    check_values(case, dtype, layout)


@pytest.mark.parametrize("case", [MAXIMA[5], MAXIMA[6], MEANS[5], MEANS[9]], ids=str)
def test_pooling_takes_integers(case: Case) -> None:
    check_values(case, "int64")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradients_of_pooling_are_pytorchs(case: Case, dtype: str, layout: str) -> None:
    check_gradients(case, dtype, layout)


@pytest.mark.parametrize("case", TWICE, ids=str)
def test_second_gradients_of_pooling_are_pytorchs(case: Case) -> None:
    check_second_gradients(case)


@pytest.mark.parametrize("case", NODES, ids=str)
def test_pooling_has_pytorchs_nodes(case: Case) -> None:
    check_node(case)


@pytest.mark.parametrize("case", ERRORS, ids=str)
def test_wrong_arguments_raise_pytorchs_classes(case: Case) -> None:
    check_error(case)


@pytest.mark.parametrize(("text", "shape"), LAYERS, ids=str)
def test_layers_say_and_compute_what_pytorchs_do(text: str, shape: tuple[int, ...]) -> None:
    check_layer(text, shape)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_unpooling_layers_compute_what_pytorchs_do(rank: int) -> None:
    pooling = f"nn.MaxPool{rank}d(2, return_indices=True)"
    expression = f"nn.MaxUnpool{rank}d(2)(*{pooling}(x))"
    shapes: Shapes = {"x": (2, 3, 6, 4, 6)[: 2 + rank]}
    check_values((expression, shapes), "float64")
    check_values((f"(repr(nn.MaxUnpool{rank}d(2, 3, 1)), x)[1:]", shapes), "float64")


def test_of_equal_elements_the_first_gets_the_gradient() -> None:
    input = ours.ones(1, 1, 4, 4, requires_grad=True)
    functional.max_pool2d(input, 2).sum().backward()
    expected = np.zeros((4, 4))
    expected[::2, ::2] = 1
    assert np.array_equal(input.grad[0, 0].numpy(), expected)


def test_indices_changed_in_place_are_noticed() -> None:
    input = ours.arange(16.0).reshape(1, 1, 4, 4).requires_grad_()
    result, indices = functional.max_pool2d(input, 2, return_indices=True)
    indices.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        result.sum().backward()
