"""Convolutions give PyTorch's numbers, gradients, initial weights and errors."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch.torch as ours

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

_2D: Shapes = {"x": (2, 4, 7, 8), "w": (6, 4, 3, 2), "b": (6,)}
_T2D: Shapes = {"x": (2, 4, 5, 6), "w": (4, 6, 3, 2), "b": (6,)}

CASES: list[Case] = [
    ("F.conv1d(x, w, b)", {"x": (2, 3, 9), "w": (4, 3, 3), "b": (4,)}),
    ("F.conv1d(x, w, None, 2, 1, 2)", {"x": (2, 3, 9), "w": (4, 3, 3)}),
    ("F.conv1d(x, w, padding='same')", {"x": (2, 3, 9), "w": (4, 3, 4)}),
    ("F.conv1d(x, w, groups=3)", {"x": (2, 3, 9), "w": (6, 1, 3)}),
    ("F.conv1d(x, w, b)", {"x": (3, 9), "w": (4, 3, 3), "b": (4,)}),
    ("F.conv2d(x, w, b)", _2D),
    ("F.conv2d(x, w, b, stride=2, padding=1)", _2D),
    ("F.conv2d(x, w, b, (2, 3), (2, 0), (1, 2))", _2D),
    ("F.conv2d(x, w, b, [2, 1], [1], [2])", _2D),
    ("F.conv2d(x, w, b, padding='same', dilation=(2, 3))", _2D),
    ("F.conv2d(x, w, b, padding='valid')", _2D),
    ("F.conv2d(x, w, groups=2)", {"x": (2, 4, 7, 8), "w": (6, 2, 3, 3)}),
    ("F.conv2d(x, w, padding=1, groups=4)", {"x": (2, 4, 7, 8), "w": (8, 1, 3, 3)}),
    ("F.conv2d(x, w, b)", {"x": (4, 7, 8), "w": (6, 4, 3, 2), "b": (6,)}),
    ("F.conv2d(x, w)", {"x": (2, 4, 7, 8), "w": (5, 4, 1, 1)}),
    ("F.conv2d(x, w, padding=1)", {"x": (0, 4, 7, 8), "w": (5, 4, 3, 3)}),
    ("torch.conv2d(x, w, b, 2)", _2D),
    ("F.conv3d(x, w, b)", {"x": (2, 2, 4, 5, 6), "w": (3, 2, 2, 3, 2), "b": (3,)}),
    ("F.conv3d(x, w, None, (1, 2, 1), 1, (1, 1, 2))", {"x": (1, 2, 4, 5, 6), "w": (3, 2, 2, 3, 2)}),
    ("F.conv3d(x, w, padding='same')", {"x": (2, 4, 5, 6), "w": (3, 2, 2, 3, 2)}),
    ("F.conv_transpose1d(x, w, b)", {"x": (2, 3, 5), "w": (3, 4, 3), "b": (4,)}),
    ("F.conv_transpose1d(x, w, None, 3, 1, 2, 1, 2)", {"x": (2, 3, 5), "w": (3, 4, 3)}),
    ("F.conv_transpose2d(x, w, b)", _T2D),
    ("F.conv_transpose2d(x, w, b, 2, 1, 1)", _T2D),
    ("F.conv_transpose2d(x, w, b, (2, 3), (1, 0), (1, 2), 1, (2, 1))", _T2D),
    ("F.conv_transpose2d(x, w, groups=2)", {"x": (2, 4, 5, 6), "w": (4, 3, 3, 2)}),
    ("F.conv_transpose2d(x, w, b, 2)", {"x": (4, 5, 6), "w": (4, 6, 3, 2), "b": (6,)}),
    ("torch.conv_transpose2d(x, w, b, stride=2)", _T2D),
    (
        "F.conv_transpose3d(x, w, b, 2, 1, 1)",
        {"x": (1, 2, 3, 4, 2), "w": (2, 3, 2, 3, 3), "b": (3,)},
    ),
]  # fmt: skip
SECOND = [case for case in CASES if case[1]["x"][0] and not case[0].startswith("torch.")]

INTEGERS: list[Case] = [
    ("F.conv1d(x, w)", {"x": (2, 3, 9), "w": (4, 3, 3)}),
    ("F.conv2d(x, w, stride=2, padding=1)", {"x": (2, 3, 7, 8), "w": (4, 3, 3, 2)}),
]

NODES: list[Case] = [
    ("F.conv1d(x, w)", {"x": (2, 3, 9), "w": (4, 3, 3)}),
    ("F.conv2d(x, w, b)", _2D),
    ("F.conv2d(x, w)", {"x": (4, 7, 8), "w": (6, 4, 3, 2)}),
    ("F.conv_transpose2d(x, w, b)", _T2D),
]

_PLAIN: Shapes = {"x": (1, 3, 8, 8), "w": (4, 3, 2, 2), "b": (4,)}
ERRORS: list[Case] = [
    ("F.conv2d(x, w)", {"x": (1, 2, 8, 8), "w": (4, 3, 2, 2)}),
    ("F.conv2d(x, w)", {"x": (1, 3, 1, 8), "w": (4, 3, 2, 2)}),
    ("F.conv2d(x, w)", {"x": (1, 3), "w": (4, 3, 2, 2)}),
    ("F.conv2d(x, w)", {"x": (1, 3, 8, 8, 8), "w": (4, 3, 2, 2)}),
    ("F.conv2d(x, w)", {"x": (1, 3, 8, 8), "w": (4, 3, 2)}),
    ("F.conv2d(x, w)", {"x": (2, 3, 0, 8), "w": (4, 3, 2, 2)}),
    ("F.conv2d(x, w)", {"x": (2, 3, 8, 8), "w": (4, 3, 0, 2)}),
    ("F.conv2d(x, w, groups=2)", {"x": (1, 4, 8, 8), "w": (3, 2, 2, 2)}),
    ("F.conv2d(x, w, b)", {"x": (1, 3, 8, 8), "w": (4, 3, 2, 2), "b": (3,)}),
    *[
        (f"F.conv2d(x, w, {options})", _PLAIN)
        for options in (
            "padding=-1", "stride=0", "dilation=0", "groups=0", "stride=(1, 1, 1)", "stride=1.5",
            "stride=(1.5, 1)", "padding='foo'", "padding='same', stride=2", "b.float()",
        )
    ],
    ("F.conv2d(x, w.float())", _PLAIN),
    ("F.conv2d(x.bool(), w.bool())", _PLAIN),
    ("F.conv2d(x.numpy(), w)", _PLAIN),
    ("F.conv_transpose2d(x, w, output_padding=1)", {"x": (2, 3, 8, 8), "w": (3, 4, 2, 2)}),
    ("F.conv_transpose2d(x, w, padding='same')", {"x": (2, 3, 8, 8), "w": (3, 4, 2, 2)}),
    ("F.conv_transpose2d(x, w)", {"x": (2, 2, 8, 8), "w": (3, 4, 2, 2)}),
    ("nn.ConvTranspose2d(3, 4, 3, 2, dtype=torch.float64)(x, (20, 20))", _PLAIN),
    ("nn.ConvTranspose2d(3, 4, 3, 2, dtype=torch.float64)(x, (3,))", _PLAIN),
    *[
        (f"nn.{layer}", {})
        for layer in (
            "Conv2d(3, 4, 3, groups=2)", "Conv2d(4, 3, 3, groups=2)", "Conv2d(3, 4, 3, groups=0)",
            "Conv2d(3, 4, 3, padding='foo')", "Conv2d(3, 4, 3, 2, padding='same')",
            "Conv2d(3, 4, 3, padding_mode='foo')", "Conv2d(3, 4, -1)", "Conv2d(-1, 4, 3)",
            "ConvTranspose2d(3, 4, 3, padding_mode='reflect')",
        )
    ],
]  # fmt: skip

LAYERS: list[tuple[str, tuple[int, ...]]] = [
    ("nn.Conv1d(3, 4, 3)", (2, 3, 9)),
    ("nn.Conv1d(3, 4, 3, padding='same', bias=False)", (3, 9)),
    ("nn.Conv1d(3, 4, 3, 2, 2, padding_mode='circular')", (2, 3, 9)),
    ("nn.Conv2d(3, 4, 3)", (2, 3, 7, 8)),
    ("nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 2), 2)", (2, 4, 7, 8)),
    ("nn.Conv2d(4, 4, 3, padding=(1, 2), padding_mode='reflect')", (2, 4, 7, 8)),
    ("nn.Conv2d(4, 4, 4, padding='same', padding_mode='replicate')", (2, 4, 7, 8)),
    ("nn.Conv2d(4, 4, 3, padding=1, padding_mode='circular')", (4, 7, 8)),
    ("nn.Conv2d(4, 4, 3, padding='valid', padding_mode='circular')", (4, 7, 8)),
    ("nn.Conv2d(3, 4, 3, dtype=torch.float64)", (2, 3, 7, 8)),
    ("nn.Conv3d(2, 3, 3, padding=1)", (2, 2, 4, 5, 6)),
    ("nn.Conv3d(2, 3, 2, padding=(1, 0, 1), padding_mode='reflect')", (2, 2, 4, 5, 6)),
    ("nn.ConvTranspose1d(3, 4, 3, 2, 1, 1)", (2, 3, 9)),
    ("nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2, False, 2)", (2, 4, 5, 6)),
    ("nn.ConvTranspose3d(2, 3, 2, 2)", (2, 2, 3, 4, 2)),
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_convolutions_give_pytorchs_numbers(case: Case, dtype: str, layout: str) -> None:
    check_values(case, dtype, layout)


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
@pytest.mark.parametrize("case", INTEGERS, ids=str)
def test_convolutions_of_integers_wrap_around(case: Case, dtype: str) -> None:
    check_values(case, dtype)


def test_transposed_convolutions_take_integers() -> None:
    shapes: Shapes = {"x": (2, 3, 7, 8), "w": (3, 4, 3, 2)}
    check_values(("F.conv_transpose2d(x, w, stride=2)", shapes), "int64")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradients_of_convolutions_are_pytorchs(case: Case, dtype: str, layout: str) -> None:
    check_gradients(case, dtype, layout)


@pytest.mark.parametrize("case", SECOND, ids=str)
def test_second_gradients_of_convolutions_are_pytorchs(case: Case) -> None:
    check_second_gradients(case)


@pytest.mark.parametrize("case", NODES, ids=str)
def test_convolutions_have_pytorchs_nodes(case: Case) -> None:
    check_node(case)


@pytest.mark.parametrize("case", ERRORS, ids=str)
def test_wrong_arguments_raise_pytorchs_classes(case: Case) -> None:
    check_error(case)


@pytest.mark.parametrize(("text", "shape"), LAYERS, ids=str)
def test_layers_start_and_compute_as_pytorchs(text: str, shape: tuple[int, ...]) -> None:
    check_layer(text, shape)


@pytest.mark.parametrize("size", [(11, 11), (12, 11), [2, 4, 12, 12]], ids=str)
def test_output_size_chooses_the_size_of_a_transposed_convolution(size: tuple[int, ...]) -> None:
    shapes: Shapes = {"x": (2, 3, 5, 5)}
    layer = "nn.ConvTranspose2d(3, 4, 3, 2, dtype=torch.float64)"
    check_values((f"{layer}(x, {size}).detach()", shapes), "float64")


def test_a_changed_input_is_noticed() -> None:
    input, weight = ours.ones(1, 1, 4, 4), ours.ones(1, 1, 2, 2, requires_grad=True)
    result = ours.conv2d(input, weight)
    input.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        result.sum().backward()


def test_a_second_backward_says_that_the_graph_was_freed() -> None:
    weight = ours.ones(1, 1, 2, 2, requires_grad=True)
    result = ours.conv2d(ours.ones(1, 1, 4, 4), weight).sum()
    result.backward(retain_graph=True)
    result.backward()
    assert np.array_equal(weight.grad.numpy(), np.full((1, 1, 2, 2), 18.0))
    with pytest.raises(RuntimeError, match="a second time"):
        result.backward()


def test_the_error_names_the_shapes() -> None:
    with pytest.raises(RuntimeError, match=r"3 channels, got 2 in input of shape \(1, 2, 8, 8\)"):
        ours.conv2d(ours.ones(1, 2, 8, 8), ours.ones(4, 3, 2, 2))
