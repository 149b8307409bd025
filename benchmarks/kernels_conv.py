"""Convolutions and pooling beside PyTorch, forward and backward."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from types import ModuleType
from typing import Any

import numpy as np
from kernel_case import Case
from numpy.typing import NDArray

from minitorch.kernels.cpu.convolutions import conv as convolutions
from minitorch.kernels.cpu.images import grid as sampling
from minitorch.kernels.cpu.pooling import pool

Array = NDArray[Any]
Pair = tuple[Callable[[], object], Callable[[], object] | None]

FLOOR, FORWARD_GOAL, BACKWARD_GOAL = 0.7, 1.0, 0.9
# name: input, weight, stride, padding, groups
LAYERS = {
    "LeNet 1": ((64, 1, 28, 28), (6, 1, 5, 5), 1, 0, 1),
    "LeNet 2": ((64, 6, 14, 14), (16, 6, 5, 5), 1, 0, 1),
    "digits 1": ((64, 1, 28, 28), (32, 1, 3, 3), 1, 0, 1),
    "digits 2": ((64, 32, 26, 26), (64, 32, 3, 3), 1, 0, 1),
    "residual": ((32, 64, 32, 32), (64, 64, 3, 3), 1, 1, 1),
    "1x1": ((32, 64, 28, 28), (128, 64, 1, 1), 1, 0, 1),
    "stride 2": ((32, 64, 32, 32), (128, 64, 3, 3), 2, 1, 1),
    "depthwise": ((32, 64, 32, 32), (64, 1, 3, 3), 1, 1, 64),
    "conv1d": ((32, 64, 128), (64, 64, 5), 1, 0, 1),
    "conv3d": ((4, 16, 16, 16, 16), (32, 16, 3, 3, 3), 1, 1, 1),
    "many channels": ((8, 512, 7, 7), (512, 512, 3, 3), 1, 1, 1),
}
GENERATOR = ((16, 64, 16, 16), (64, 32, 4, 4), 2, 1, 1)
SAMPLED = (8, 32, 32, 32)
POOLED = (64, 32, 24, 24)
# kernel_size, stride, padding
WINDOWS = ((2, 2, 0), (3, 2, 1), (3, 1, 1))


def cases(torch: ModuleType | None, quick: bool) -> Iterator[Case]:
    """Give the layers of well-known networks, one for each kind when quick."""
    for dtype in ("float32",) if quick else ("float32", "float64"):
        for name, layer in LAYERS.items():
            if not quick or name in ("LeNet 2", "depthwise"):
                yield from layer_cases(torch, name, layer, dtype, False)
        yield from layer_cases(torch, "DCGAN", GENERATOR, dtype, True)
        for window in WINDOWS[:1] if quick else WINDOWS:
            yield from window_cases(torch, window, dtype, (2, 3, 9, 9) if quick else POOLED)
        yield from adaptive_cases(torch, dtype, (2, 3, 9, 9) if quick else POOLED)
        yield from sampling_cases(torch, dtype, (2, 3, 9, 9) if quick else SAMPLED)


def draw(shape: tuple[int, ...], dtype: str, seed: int = 0) -> Array:
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(dtype)


def agree(name: str, pair: Pair) -> None:
    """Check that both sides give the same."""
    if pair[1] is None:
        return
    mine, theirs = (
        result if isinstance(result, tuple) else (result,) for result in (f() for f in pair)
    )
    for one, two in zip(mine, theirs, strict=False):
        if one is not None and not np.allclose(one, two.numpy(), rtol=1e-3, atol=1e-2):
            raise ArithmeticError(f"{name}: the libraries give different results.")


def layer_cases(
    torch: ModuleType | None, name: str, layer: tuple[Any, ...], dtype: str, transposed: bool
) -> Iterator[Case]:
    """Give a layer's forward, and its whole backward."""
    x_shape, w_shape, stride, padding, groups = layer
    rank = len(x_shape) - 2
    x, w = draw(x_shape, dtype), draw(w_shape, dtype, 1)
    b = draw((w_shape[1 if transposed else 0],), dtype, 2)
    numbers = (stride, padding, 0, groups) if transposed else (stride, padding, 1, groups)
    back_numbers = (stride, padding, groups) if transposed else numbers
    forward = convolutions.conv_transpose if transposed else convolutions.conv
    backward = convolutions.conv_transpose_backward if transposed else convolutions.conv_backward
    grad = draw(forward(x, w, b, *numbers).shape, dtype, 3)
    theirs: list[Callable[[], object] | None] = [None, None]
    if torch is not None:
        tensors = [torch.from_numpy(array) for array in (x, w, b, grad)]
        form = [stride] * rank, [padding] * rank, [1] * rank, transposed, [0] * rank, groups
        theirs = [
            lambda: torch.convolution(*tensors[:3], *form),
            lambda: torch.ops.aten.convolution_backward(
                tensors[3], *tensors[:2], [len(b)], *form, [True, True, True]
            ),
        ]
    pairs: list[Pair] = [
        (lambda: forward(x, w, b, *numbers), theirs[0]),
        (lambda: backward(grad, x, w, *back_numbers), theirs[1]),
    ]
    flops = 2 * (x.size if transposed else grad.size) * prod(w_shape[1:])
    goals = FORWARD_GOAL, BACKWARD_GOAL
    for way, pair, goal, work in zip(("forward", "backward"), pairs, goals, (1, 2), strict=True):
        title = f"{name} {way} {x_shape} {w_shape}"
        agree(title, pair)
        yield Case(title, *pair, FLOOR, goal, flops=work * flops, dtype=dtype)


def window_cases(
    torch: ModuleType | None, window: tuple[int, int, int], dtype: str, shape: tuple[int, ...]
) -> Iterator[Case]:
    """Give max_pool2d and avg_pool2d with one kind of window."""
    x = draw(shape, dtype)
    out, indices = pool.max_pool(x, *window)
    grad = draw(out.shape, dtype, 1)
    theirs: list[Callable[[], object] | None] = [None] * 4
    if torch is not None:
        aten, f = torch.ops.aten, torch.nn.functional
        t, g, i = (torch.from_numpy(array) for array in (x, grad, indices))
        sizes = [[number] * 2 for number in window]
        theirs = [
            lambda: f.max_pool2d(t, *window, return_indices=True),
            lambda: aten.max_pool2d_with_indices_backward(g, t, *sizes, [1, 1], False, i),
            lambda: f.avg_pool2d(t, *window),
            lambda: aten.avg_pool2d_backward(g, t, *sizes, False, True, None),
        ]
    ours: list[Callable[[], object]] = [
        lambda: pool.max_pool(x, *window),
        lambda: pool.max_pool_backward(grad, indices, shape),
        lambda: pool.avg_pool(x, *window),
        lambda: pool.avg_pool_backward(grad, shape, *window),
    ]
    names = "max_pool2d", "max_pool2d backward", "avg_pool2d", "avg_pool2d backward"
    size = x.nbytes + out.nbytes
    for name, mine, their, extra in zip(names, ours, theirs, (8, 8, 0, 0), strict=True):
        title = f"{name} {window} of {shape}"
        agree(title, (mine, their))
        yield Case(title, mine, their, bytes=size + extra * out.size, dtype=dtype)


def adaptive_cases(torch: ModuleType | None, dtype: str, shape: tuple[int, ...]) -> Iterator[Case]:
    """Give adaptive pooling to one element, and to windows of several sizes."""
    x = draw(shape, dtype)
    for size in (1, 7):
        grad = draw((*shape[:2], size, size), dtype, 1)
        theirs: list[Callable[[], object] | None] = [None] * 3
        if torch is not None:
            f, t, g = torch.nn.functional, torch.from_numpy(x), torch.from_numpy(grad)
            theirs = [
                lambda f=f, t=t, n=size: f.adaptive_avg_pool2d(t, n),
                lambda t=t, g=g: torch.ops.aten._adaptive_avg_pool2d_backward(g, t),
                lambda f=f, t=t, n=size: f.adaptive_max_pool2d(t, n, return_indices=True),
            ]
        ours: list[Callable[[], object]] = [
            lambda n=size: pool.adaptive_avg_pool(x, n),
            lambda g=grad: pool.adaptive_avg_pool_backward(g, shape),
            lambda n=size: pool.adaptive_max_pool(x, n),
        ]
        names = "adaptive_avg_pool2d", "adaptive_avg_pool2d backward", "adaptive_max_pool2d"
        for name, mine, their in zip(names, ours, theirs, strict=True):
            title = f"{name} {size} of {shape}"
            agree(title, (mine, their))
            yield Case(title, mine, their, bytes=x.nbytes + grad.nbytes, dtype=dtype)


def sampling_cases(torch: ModuleType | None, dtype: str, shape: tuple[int, ...]) -> Iterator[Case]:
    """Give grid_sample and its gradients, at as many places as an image has elements."""
    x, grad = draw(shape, dtype), draw(shape, dtype, 1)
    grid = draw((shape[0], *shape[2:], 2), dtype, 2) / 2
    for number, mode in enumerate(("bilinear", "nearest", "bicubic")):
        theirs: list[Callable[[], object] | None] = [None] * 2
        if torch is not None:
            t, g, o = (torch.from_numpy(array) for array in (x, grid, grad))
            sample, back = torch.ops.aten.grid_sampler_2d, torch.ops.aten.grid_sampler_2d_backward
            rest = number, 0, False
            theirs = [
                lambda f=sample, t=t, g=g, rest=rest: f(t, g, *rest),
                lambda f=back, t=t, g=g, o=o, rest=rest: f(o, t, g, *rest, [True, True]),
            ]
        options = mode, "zeros", False
        ours: list[Callable[[], object]] = [
            lambda options=options: sampling.grid_sample(x, grid, *options),
            lambda options=options: sampling.grid_sample_backward(grad, x, grid, *options),
        ]
        for name, mine, their in zip(("", " backward"), ours, theirs, strict=True):
            yield Case(f"grid_sample {mode}{name} {shape}", mine, their, dtype=dtype)
