"""Convolutions, pooling and resampling, held against NumPy and finite differences alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as torch
from minitorch.torch import nn
from minitorch.torch.autograd import gradcheck, gradgradcheck
from minitorch.torch.nn import functional as F  # noqa: N812


def drawn(*shape: int) -> Any:
    """Draw numbers of which no two are so close that a small step could swap them."""
    size = int(np.prod(shape))
    spread = (np.random.default_rng(size).permutation(size) - size / 2 + 0.3) / size
    return torch.tensor(3 * spread.reshape(shape), requires_grad=True)


OPERATIONS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "conv1d": (
        lambda x, w, b: F.conv1d(x, w, b, 2, 1, 2),
        (drawn(2, 2, 7), drawn(2, 2, 2), drawn(2)),
    ),
    "conv2d": (lambda x, w: F.conv2d(x, w, padding="same"), (drawn(1, 2, 3, 3), drawn(2, 2, 2, 2))),
    "conv2d of groups": (
        lambda x, w: F.conv2d(x, w, groups=2),
        (drawn(1, 2, 3, 3), drawn(2, 1, 2, 2)),
    ),
    "conv_transpose2d": (
        lambda x, w: F.conv_transpose2d(x, w, None, 2, 1, 1),
        (drawn(1, 2, 2, 3), drawn(2, 1, 3, 2)),
    ),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2, 1, 1), (drawn(1, 2, 3, 4),)),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 2, 1, 1, True, False), (drawn(1, 2, 3, 4),)),
    "adaptive_avg_pool2d": (lambda x: F.adaptive_avg_pool2d(x, (2, 3)), (drawn(1, 2, 3, 4),)),
    "fractional_max_pool2d": (
        lambda x: F.fractional_max_pool2d(x, 2, 2, _random_samples=torch.full((1, 2, 2), 0.4)),
        (drawn(1, 2, 3, 4),),
    ),
    "pad": (lambda x: F.pad(x, (1, 2, -1, 1), "reflect"), (drawn(1, 2, 3, 4),)),
    "interpolate": (lambda x: F.interpolate(x, (5, 2), mode="bicubic"), (drawn(1, 2, 3, 4),)),
    "unfold": (lambda x: F.unfold(x, 2, 1, 1, 2), (drawn(1, 2, 3, 4),)),
    "fold": (lambda x: F.fold(x, (3, 4), 2), (drawn(1, 4, 6),)),
    "grid_sample": (
        lambda x, g: F.grid_sample(x, g, align_corners=True),
        (drawn(1, 2, 3, 4), drawn(1, 2, 2, 2)),
    ),
    "affine_grid": (lambda x: F.affine_grid(x, (2, 1, 2, 3), False), (drawn(2, 2, 3),)),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
def test_gradients_are_finite_differences(name: str) -> None:
    function, operands = OPERATIONS[name]
    assert gradcheck(function, operands)
    assert gradgradcheck(function, operands)


def windows(image: Any, kernel: tuple[int, int], stride: int) -> Any:
    """Yield where windows of an image begin in the result, and their elements."""
    rows = range((image.shape[0] - kernel[0]) // stride + 1)
    columns = range((image.shape[1] - kernel[1]) // stride + 1)
    for row, column in itertools.product(rows, columns):
        top, left = row * stride, column * stride
        yield (row, column), image[top : top + kernel[0], left : left + kernel[1]]


def test_conv2d_adds_up_the_products_of_each_window() -> None:
    input, weight = drawn(2, 3, 6, 7), drawn(4, 3, 3, 2)
    result = F.conv2d(input, weight, stride=2, padding=1).detach().numpy()
    padded = np.pad(input.detach().numpy(), ((0, 0), (0, 0), (1, 1), (1, 1)))
    expected = np.zeros_like(result)
    for image, out, channel in itertools.product(range(2), range(4), range(3)):
        for place, window in windows(padded[image, channel], (3, 2), 2):
            expected[(image, out, *place)] += (window * weight.detach().numpy()[out, channel]).sum()
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)


def test_pooling_reduces_each_window() -> None:
    image = drawn(1, 1, 5, 6)
    largest, indices = F.max_pool2d(image, 2, return_indices=True)
    mean = F.avg_pool2d(image, 2)
    flat = image.detach().numpy().ravel()
    for place, window in windows(image.detach().numpy()[0, 0], (2, 2), 2):
        assert largest[0, 0][place].item() == window.max()
        assert flat[indices[0, 0][place].item()] == window.max()
        assert mean[0, 0][place].item() == pytest.approx(window.mean())


@pytest.mark.parametrize(
    ("mode", "name"), [("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap")]
)
def test_padding_is_numpys(mode: str, name: Any) -> None:
    image = drawn(2, 3, 4, 5).detach()
    expected = np.pad(image.numpy(), ((0, 0), (0, 0), (1, 3), (2, 0)), name)
    assert np.array_equal(F.pad(image, (2, 0, 1, 3), mode).numpy(), expected)


def test_folding_blocks_counts_how_often_elements_are_in_one() -> None:
    image = torch.ones(1, 2, 4, 5)
    counts = F.fold(F.unfold(image, 2), (4, 5), 2)[0, 0].numpy()
    assert np.array_equal(counts, np.outer([1, 2, 2, 1], [1, 2, 2, 2, 1]))


def test_a_layer_keeps_its_weights_under_pytorchs_names() -> None:
    layer = nn.Conv2d(3, 4, 2, bias=False)
    assert list(layer.state_dict()) == ["weight"]
    assert tuple(layer.weight.shape) == (4, 3, 2, 2)
    assert list(nn.ConvTranspose1d(3, 4, 2).state_dict()) == ["weight", "bias"]
