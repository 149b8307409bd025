"""Resampling and sampling give PyTorch's numbers, gradients and errors."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.torch.autograd import gradgradcheck
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

_SHAPES: dict[int, tuple[int, ...]] = {1: (2, 3, 5), 2: (2, 3, 5, 4), 3: (2, 2, 3, 4, 5)}
_RANKS = {
    "nearest": (1, 2, 3), "nearest-exact": (1, 2, 3), "area": (1, 2, 3), "linear": (1,),
    "bilinear": (2,), "bicubic": (2,), "trilinear": (3,),
}  # fmt: skip
_WEIGHTED = ("linear", "bilinear", "bicubic", "trilinear")
_OPTIONS = (
    "size=7", "size=2", "size=1", "size=4", "scale_factor=2", "scale_factor=1.7",
    "scale_factor=0.6", "scale_factor=2.3, recompute_scale_factor=True",
)  # fmt: skip

RESAMPLINGS: list[Case] = [
    *[
        (f"F.interpolate(x, mode='{mode}', {options})", {"x": _SHAPES[rank]})
        for mode, ranks in _RANKS.items()
        for rank in ranks
        for options in _OPTIONS
    ],
    *[
        (f"F.interpolate(x, mode='{mode}', align_corners=True, {options})", {"x": _SHAPES[rank]})
        for mode in _WEIGHTED
        for rank in _RANKS[mode]
        for options in _OPTIONS[:6]
    ],
    ("F.interpolate(x, (3, 9))", {"x": (2, 3, 5, 4)}),
    ("F.interpolate(x, scale_factor=(1.5, 0.5), mode='bilinear')", {"x": (2, 3, 5, 4)}),
    ("F.interpolate(x, scale_factor=2)", {"x": (0, 3, 5, 4)}),
    ("F.upsample(x, 3)", {"x": (2, 3, 5)}),
    ("F.upsample_nearest(x, scale_factor=2)", {"x": (2, 3, 5)}),
    ("F.upsample_bilinear(x, 3)", {"x": (2, 3, 5, 4)}),
]

_GRIDS: dict[int, Shapes] = {
    2: {"x": (2, 3, 4, 5), "g": (2, 3, 6, 2)},
    3: {"x": (2, 2, 4, 3, 5), "g": (2, 2, 3, 2, 3)},
}
SAMPLINGS: list[Case] = [
    (f"F.grid_sample(x, g * {scale}, '{mode}', '{padding}', {corners})", _GRIDS[rank])
    for mode, padding, corners, (rank, scale) in itertools.product(
        ("bilinear", "nearest", "bicubic"),
        ("zeros", "border", "reflection"),
        (False, True),
        ((2, 0.9), (2, 3.1), (3, 0.7)),
    )
    if rank == 2 or mode != "bicubic"
]
SAMPLINGS += [
    ("F.grid_sample(x, g)", _GRIDS[2]),
    (
        "F.grid_sample(x, g, padding_mode='reflection', align_corners=True)",
        {"x": (1, 2, 1, 3), "g": (1, 2, 2, 2)},
    ),
    ("F.grid_sample(x, g)", {"x": (2, 3, 4, 5), "g": (2, 0, 6, 2)}),
]  # fmt: skip
AFFINE: list[Case] = [
    ("F.affine_grid(x, (2, 3, 4, 5))", {"x": (2, 2, 3)}),
    ("F.affine_grid(x, (2, 3, 4, 1), True)", {"x": (2, 2, 3)}),
    ("F.affine_grid(x, [2, 3, 4, 5, 2], align_corners=False)", {"x": (2, 3, 4)}),
    ("F.affine_grid(x, torch.Size([2, 3, 4, 5, 2]), align_corners=True)", {"x": (2, 3, 4)}),
]
CASES = [*RESAMPLINGS, *SAMPLINGS, *AFFINE]
TWICE = [
    case
    for case in [*RESAMPLINGS[::2], *AFFINE]
    if case[1]["x"][0] and ("area" not in case[0] or "size" in case[0])
]

NODES: list[Case] = [
    (f"F.interpolate(x, 3, mode='{mode}')", {"x": _SHAPES[rank]})
    for mode, ranks in _RANKS.items()
    for rank in ranks
]

_LINE: Shapes = {"x": (1, 1, 3)}
_IMAGE: Shapes = {"x": (1, 1, 4, 4)}
ERRORS: list[Case] = [
    *[
        (f"F.interpolate(x{options})", _LINE)
        for options in (
            "", ", 2, 2", ", (2, 2)", ", scale_factor=(2, 2)", ", 2, recompute_scale_factor=True",
            ", -2", ", scale_factor=-2", ", 0", ", 2, mode='bilinear'", ", 2, mode='bicubic'",
            ", 2, mode='trilinear'", ", 2, mode='foo'", ", 2, align_corners=True", ", 2.5",
            ".long(), 2", ".long(), 2, mode='linear'", ".bool(), 2",
        )
    ],
    ("F.interpolate(x, 2, mode='linear')", _IMAGE),
    ("F.interpolate(x, 2, antialias=True)", _IMAGE),
    ("F.interpolate(x, 2)", {"x": (1, 2)}),
    ("F.interpolate(x, (2,))", _IMAGE),
    ("F.interpolate(x, 2)", {"x": (1, 0, 4)}),
    ("F.interpolate(x, 2)", {"x": (1, 1, 0)}),
    ("F.interpolate(x, 2, mode='area')", {"x": (1, 1, 0)}),
    ("F.grid_sample(x, g, 'foo')", _GRIDS[2]),
    ("F.grid_sample(x, g, padding_mode='foo')", _GRIDS[2]),
    ("F.grid_sample(x, g, 'bicubic')", _GRIDS[3]),
    ("F.grid_sample(x, g.float())", _GRIDS[2]),
    ("F.grid_sample(x.long(), g.long())", _GRIDS[2]),
    ("F.grid_sample(x[:1], g)", _GRIDS[2]),
    ("F.grid_sample(x, g[..., :1])", _GRIDS[2]),
    ("F.grid_sample(x[..., 0], g)", _GRIDS[2]),
    ("F.grid_sample(x[..., :0], g)", _GRIDS[2]),
    ("F.affine_grid(x.long(), (2, 3, 4, 5))", {"x": (2, 2, 3)}),
    ("F.affine_grid(x, (2, 3, 4, 5))", {"x": (2, 3, 3)}),
    ("F.affine_grid(x, (2, 3, 4))", {"x": (2, 2, 3)}),
    ("F.affine_grid(x, (2, 3, 0, 5))", {"x": (2, 2, 3)}),
    ("F.affine_grid(x, (3, 3, 4, 5))", {"x": (2, 2, 3)}),
]  # fmt: skip

LAYERS: list[tuple[str, tuple[int, ...]]] = [
    ("nn.Upsample(7)", (2, 3, 5)),
    ("nn.Upsample((3, 9))", (2, 3, 5, 4)),
    ("nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True)", (2, 3, 5, 4)),
    ("nn.Upsample(scale_factor=(2, 3), mode='bicubic')", (2, 3, 5, 4)),
    ("nn.Upsample(None, 1.3, 'trilinear', None, True)", (2, 3, 3, 5, 4)),
    ("nn.UpsamplingNearest2d(scale_factor=2)", (2, 3, 5, 4)),
    ("nn.UpsamplingBilinear2d(4)", (2, 3, 5, 4)),
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_resampling_gives_pytorchs_numbers(case: Case, dtype: str, layout: str) -> None:
    check_values(case, dtype, layout)


@pytest.mark.parametrize("options", _OPTIONS)
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact"])
def test_nearest_elements_of_bytes_are_pytorchs(mode: str, options: str) -> None:
    check_values((f"F.interpolate(x, mode='{mode}', {options})", {"x": (2, 3, 5, 4)}), "uint8")


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "linear"])
def test_every_pair_of_sizes_has_pytorchs_elements(mode: str) -> None:
    for size, new in itertools.product((1, 2, 3, 7, 10), (1, 2, 3, 5, 11, 29)):
        for dtype in TOLERANCES:
            check_values((f"F.interpolate(x, {new}, mode='{mode}')", {"x": (1, 1, size)}), dtype)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradients_of_resampling_are_pytorchs(case: Case, dtype: str) -> None:
    check_gradients(case, dtype, "stepped")


@pytest.mark.parametrize("case", TWICE, ids=str)
def test_second_gradients_of_resampling_are_pytorchs(case: Case) -> None:
    check_second_gradients(case)


@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_second_gradients_of_sampling_are_finite_differences(mode: str, padding: str) -> None:
    numbers = np.random.default_rng(0)
    input = ours.tensor(numbers.normal(size=(1, 2, 3, 4)), requires_grad=True)
    grid = ours.tensor(numbers.normal(size=(1, 2, 2, 2)), requires_grad=True)
    assert gradgradcheck(
        lambda x, g: functional.grid_sample(x, g, mode, padding, False), (input, grid)
    )


@pytest.mark.parametrize("case", NODES, ids=str)
def test_resampling_has_pytorchs_nodes(case: Case) -> None:
    check_node(case)


@pytest.mark.parametrize("case", ERRORS, ids=str)
def test_wrong_arguments_raise_pytorchs_classes(case: Case) -> None:
    check_error(case)


@pytest.mark.parametrize(("text", "shape"), LAYERS, ids=str)
def test_layers_say_and_compute_what_pytorchs_do(text: str, shape: tuple[int, ...]) -> None:
    check_layer(text, shape)


def test_antialias_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="antialias=True is not supported"):
        functional.interpolate(ours.ones(1, 1, 4, 4), 2, mode="bilinear", antialias=True)


def test_a_missing_align_corners_is_warned_of() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        functional.affine_grid(ours.ones(1, 2, 3), (1, 1, 2, 2))
    assert [each.category for each in caught] == [UserWarning]
    assert caught[0].filename == __file__
