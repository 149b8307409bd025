"""Images sampled at the places of a grid, and the gradients of that, against PyTorch's."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numba
import numpy as np
import pytest

from minitorch.kernels.cpu.images.grid import (
    MODES,
    PADDING_MODES,
    grid_sample,
    grid_sample_backward,
)

from .layouts import as_torch, assert_same, layouts, numbers
from .oracle import F, torch

Array = np.ndarray
OPTIONS = list(itertools.product(MODES, PADDING_MODES, (False, True)))
SHAPES = [((2, 3, 5, 6), (9, 20)), ((1, 2, 1, 7), (3, 4)), ((2, 2, 3, 4, 5), (3, 5, 2))]


def draw(shape: tuple[int, ...], places: tuple[int, ...], dtype: Any) -> tuple[Array, Array]:
    """Draw images and a grid, a part of which lies outside and at the edges."""
    generator = np.random.default_rng(0)
    grid = generator.normal(size=(shape[0], *places, len(places)))
    edges = [1, -1, 0, 0.5, -3, 3]
    grid.reshape(-1)[: len(edges)] = edges[: grid.size]
    return generator.normal(size=shape).astype(dtype), grid.astype(dtype)


def theirs(images: Array, grid: Array, grad: Array, options: Any) -> tuple[Any, Any, Any]:
    x, g = as_torch(images).requires_grad_(), as_torch(grid).requires_grad_()
    out = F.grid_sample(x, g, *options)
    return out.detach(), *torch.autograd.grad(out, (x, g), as_torch(grad))


@pytest.mark.parametrize(("shape", "places"), SHAPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_samples_and_gradients(shape: Any, places: Any, dtype: Any) -> None:
    images, grid = draw(shape, places, dtype)
    grad = np.random.default_rng(1).normal(size=(*shape[:2], *places)).astype(dtype)
    near = {"rtol": 1e-9, "atol": 1e-10} if dtype == np.float64 else {"rtol": 1e-3, "atol": 2e-4}
    for options in OPTIONS:
        if options[0] == "bicubic" and len(places) == 3:
            continue
        expected = theirs(images, grid, grad, options)
        mine = grid_sample(images, grid, *options)
        both = grid_sample_backward(grad, images, grid, *options)
        for own, their in zip((mine, *both), expected, strict=True):
            np.testing.assert_allclose(own, their.numpy(), **near, err_msg=str(options))
        for needed in ((True, False), (False, True)):
            some = grid_sample_backward(grad, images, grid, *options, needed)
            for own, full, is_needed in zip(some, both, needed, strict=True):
                assert (own is not None) == is_needed
                if own is not None:
                    np.testing.assert_array_equal(own, full)


def test_any_layout_gives_the_same() -> None:
    _, grid = draw((3, 4, 5, 6), (4, 7), np.float32)
    strided = np.asfortranarray(grid)
    for name, x in layouts(numbers((3, 4, 5, 6), np.float32)):
        dense = np.ascontiguousarray(x)
        options = "bilinear", "zeros", False
        one, two = grid_sample(x, strided, *options), grid_sample(dense, grid, *options)
        np.testing.assert_array_equal(one, two, err_msg=name)


def test_half_floats_are_rounded_once() -> None:
    images, grid = draw((2, 3, 5, 6), (4, 7), np.float16)
    wide = grid_sample(images.astype(np.float32), grid.astype(np.float32), *OPTIONS[6])
    np.testing.assert_array_equal(grid_sample(images, grid, *OPTIONS[6]), wide.astype(np.float16))


def test_what_lies_outside_is_not_read() -> None:
    images, grid = draw((1, 1, 3, 3), (2, 2), np.float32)
    images[0, 0, 0, 0] = math.nan
    grid[:] = 5
    grid[0, 0, 0] = -5
    for mode in MODES:
        np.testing.assert_array_equal(grid_sample(images, grid, mode, "zeros", False), 0)
    grid[:] = math.nan
    mine = grid_sample(images, grid, "nearest", "zeros", False)
    assert_same(mine, F.grid_sample(as_torch(images), as_torch(grid), "nearest", "zeros", False))


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
def test_one_and_two_threads_give_equal_bits() -> None:
    images, grid = draw((4, 3, 40, 41), (70, 50), np.float32)
    grad = np.random.default_rng(1).normal(size=(4, 3, 70, 50)).astype(np.float32)
    before, results = numba.get_num_threads(), []
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            options = "bilinear", "border", True
            both = grid_sample_backward(grad, images, grid, *options)
            own = grid_sample(images, grid, *options), *both
            results.append([part.tobytes() for part in own if part is not None])
    finally:
        numba.set_num_threads(before)
    assert results[0] == results[1]


def test_nothing_is_sampled_of_nothing() -> None:
    images, grid = draw((2, 3, 5, 6), (0, 7), np.float32)
    assert grid_sample(images, grid, *OPTIONS[0]).shape == (2, 3, 0, 7)
    first, second = grid_sample_backward(
        np.zeros((2, 3, 0, 7), np.float32), images, grid, *OPTIONS[0]
    )
    assert first is not None and not first.any()
    assert second is not None and second.shape == grid.shape
