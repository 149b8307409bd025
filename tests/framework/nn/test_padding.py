"""Padding, folding and unfolding give PyTorch's numbers, gradients and errors."""

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

MODES = ("constant", "reflect", "replicate", "circular")
_PADS: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((2, 3, 4), (1, 2)),
    ((3, 5), (2, 0)),
    ((2, 3, 4, 5), (1, 2, 0, 3)),
    ((3, 4, 5), (1, 0, 1, 1)),
    ((2, 2, 4, 3, 5), (1, 2, 1, 0, 0, 3)),
    ((2, 4, 3, 5), (1, 1, 1, 1, 1, 1)),
    ((2, 3, 6), (-1, 2)),
    ((2, 3, 6), (2, -2)),
    ((2, 3, 6, 5), (-1, -2, 1, 1)),
    ((0, 3, 4), (1, 2)),
    ((2, 3, 4), (0, 0)),
]
PADDINGS: list[Case] = [
    *[(f"F.pad(x, {pad}, '{mode}')", {"x": shape}) for mode in MODES for shape, pad in _PADS],
    ("F.pad(x, (1, 2), value=2.5)", {"x": (3,)}),
    ("F.pad(x, [1, 2, 0, 1, 2, 2, 1, 0])", {"x": (2, 1, 2, 3)}),
    ("F.pad(x, (-2, -2))", {"x": (2, 3, 4)}),
    ("F.pad(x, ())", {"x": (2, 3)}),
    ("torch.constant_pad_nd(x, (1, 1), 3)", {"x": (2, 3)}),
    ("F.pad(x, (4, 4), 'replicate')", {"x": (2, 3, 4)}),
]

_IMAGE: Shapes = {"x": (2, 3, 6, 7)}
BLOCKS: list[Case] = [
    ("F.unfold(x, 2)", _IMAGE),
    ("F.unfold(x, (2, 3), (2, 1), (1, 2), (1, 2))", _IMAGE),
    ("F.unfold(x, 3, stride=4, padding=1)", {"x": (3, 6, 7)}),
    ("F.unfold(x, 2)", {"x": (0, 3, 6, 7)}),
    ("F.fold(x, (4, 5), 2)", {"x": (2, 12, 12)}),
    ("F.fold(x, (4, 5), (2, 3), (2, 1), (1, 2), (1, 2))", {"x": (2, 12, 16)}),
    ("F.fold(x, 5, 3, stride=3, padding=1)", {"x": (18, 4)}),
]
CASES = [*PADDINGS, *BLOCKS]
TWICE = [case for case in CASES if case[1]["x"][0] and "-2, -2)" not in case[0]]

INTEGERS: list[Case] = [
    (f"F.pad(x, (1, 2, 0, 1), '{mode}')", {"x": (2, 3, 4, 5)}) for mode in MODES
] + [("F.pad(x, (1, 2), value=1.5)", {"x": (3,)})]

NODES: list[Case] = [
    ("F.pad(x, (1, 2))", {"x": (2, 3)}),
    *[
        (f"F.pad(x, {(1,) * (2 * rank)}, '{mode}')", {"x": (2, 3, 4, 5, 6)[: 2 + rank]})
        for mode in MODES
        for rank in (1, 2, 3)
    ],
    ("F.unfold(x, 2)", _IMAGE),
    ("F.fold(x, (4, 5), 2)", {"x": (2, 12, 12)}),
]

_CUBE: Shapes = {"x": (2, 3, 4)}
ERRORS: list[Case] = [
    *[
        (f"F.pad(x, {pad}, '{mode}')", shapes)
        for pad, modes, shapes in (
            ((-3, -2), MODES, _CUBE),
            ((1,), MODES, _CUBE),
            ((1,) * 8, MODES, _CUBE),
            ((5, 1), ("reflect", "circular"), _CUBE),
            ((4, 4), ("reflect",), _CUBE),
            ((-2, -2), ("reflect", "replicate"), _CUBE),
            ((1,) * 6, MODES[1:], _CUBE),
            ((), MODES[1:], _CUBE),
            ((1, 1), MODES[1:], {"x": (2, 3, 4, 4)}),
            ((1, 1), MODES[1:], {"x": (2, 3, 0)}),
            ((1, 1), ("foo",), _CUBE),
            (1, ("constant",), _CUBE),
            ((1.5, 1), ("constant",), _CUBE),
            ((1, 1), ("constant",), {"x": ()}),
        )
        for mode in modes
    ],
    *[(f"F.pad(x, (1, 1), '{mode}', 2.0)", _CUBE) for mode in MODES[1:]],
    ("F.pad(x.numpy(), (1, 1))", _CUBE),
    *[
        (f"F.unfold(x, {options})", _IMAGE)
        for options in (
            "9", "2, stride=0", "0", "2, padding=-1", "2, dilation=0", "(2, 2, 2)", "2.5",
        )
    ],
    ("F.unfold(x, 2)", {"x": (4, 5)}),
    ("F.unfold(x, 2)", {"x": (2, 0, 4, 5)}),
    ("F.unfold(x, 2)", {"x": (2, 1, 0, 5)}),
    ("F.fold(x, (4, 5), 2)", {"x": (2, 12, 13)}),
    ("F.fold(x, (4, 5), 2)", {"x": (2, 11, 12)}),
    ("F.fold(x, (4, 5), 2)", {"x": (2, 2, 12, 12)}),
    ("F.fold(x, (0, 5), 2)", {"x": (2, 12, 12)}),
    ("F.fold(x.long(), (4, 5), 2)", {"x": (2, 12, 12)}),
]  # fmt: skip

LAYERS: list[tuple[str, tuple[int, ...]]] = [
    *[
        (f"nn.{kind}Pad{rank}d({padding})", (2, 3, 5, 6, 4)[: 2 + rank])
        for kind in ("Zero", "Reflection", "Replication", "Circular")
        for rank in (1, 2, 3)
        for padding in (2, (1, 2, 3, 0, 1, 2)[: 2 * rank])
    ],
    ("nn.ConstantPad1d(1, 2.5)", (2, 3, 5)),
    ("nn.ConstantPad2d((1, 2, -1, 4), -1)", (2, 3, 5, 6)),
    ("nn.ConstantPad3d(1, 3)", (2, 3, 5, 6, 4)),
    ("nn.Unfold((2, 3), 1, 1, 2)", (2, 3, 6, 7)),
    ("nn.Fold((4, 5), 2, stride=1)", (2, 12, 12)),
]  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_padding_gives_pytorchs_numbers(case: Case, dtype: str, layout: str) -> None:
    check_values(case, dtype, layout)


@pytest.mark.parametrize("dtype", ["int64", "uint8"])
@pytest.mark.parametrize("case", INTEGERS, ids=str)
def test_padding_takes_integers(case: Case, dtype: str) -> None:
    check_values(case, dtype)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradients_of_padding_are_pytorchs(case: Case, dtype: str, layout: str) -> None:
    check_gradients(case, dtype, layout)


@pytest.mark.parametrize("case", TWICE, ids=str)
def test_second_gradients_of_padding_are_pytorchs(case: Case) -> None:
    check_second_gradients(case)


@pytest.mark.parametrize("case", NODES, ids=str)
def test_padding_has_pytorchs_nodes(case: Case) -> None:
    check_node(case)


@pytest.mark.parametrize("case", ERRORS, ids=str)
def test_wrong_arguments_raise_pytorchs_classes(case: Case) -> None:
    check_error(case)


@pytest.mark.parametrize(("text", "shape"), LAYERS, ids=str)
def test_layers_say_and_compute_what_pytorchs_do(text: str, shape: tuple[int, ...]) -> None:
    check_layer(text, shape)


@pytest.mark.parametrize("mode", MODES)
def test_padding_by_nothing_gives_memory_of_its_own(mode: str) -> None:
    input = ours.ones(2, 3, 4)
    result = functional.pad(input, (0, 0), mode)
    assert not np.shares_memory(result.numpy(), input.numpy())
