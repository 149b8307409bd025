"""The short way of small dense operands gives what the long way gives, and refuses what that does.

A read-only operand goes the long way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minitorch.errors import ShapeError
from minitorch.kernels.cpu.convolutions import conv
from minitorch.kernels.cpu.elementwise import activation
from minitorch.kernels.cpu.losses import loss, softmax
from minitorch.kernels.cpu.norms import norm
from minitorch.kernels.cpu.pooling import pool

Array = np.ndarray

TARGET = np.array([1, 0, 2, 1, -100, 2, 0, 1])
ONE = np.float32([1.5]).reshape(())


def draw(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def positive(*shape: int) -> Array:
    return np.abs(draw(*shape, seed=5)) + np.float32(0.1)


W, B = draw(3, seed=1), draw(3, seed=2)
K = draw(4, 3, 3, 2, seed=3)
POOLED = draw(2, 3, 3, 4, seed=4)
IMAGE = 2, 3, 6, 8
INDICES = pool.max_pool(draw(*IMAGE), 2)[1]

# Functions of one operand, and its shape.
CALLS: list[tuple[str, tuple[int, ...], Callable[[Array], Any]]] = [
    ("softmax", (8, 3), lambda x: softmax.softmax(x, 1)),
    ("softmax", (2, 5, 9), lambda x: softmax.softmax(x, 1)),
    ("log_softmax", (4, 3, 64), lambda x: softmax.log_softmax(x, -1)),
    ("softmax backward", (8, 3), lambda x: softmax.softmax_backward(x, positive(8, 3), 1)),
    ("log_softmax backward", (2, 3, 9), lambda x: softmax.log_softmax_backward(x, x.copy(), 1)),
    ("cross_entropy", (8, 3), lambda x: loss.cross_entropy(x, TARGET)),
    ("cross_entropy sum", (8, 3), lambda x: loss.cross_entropy(x, TARGET, None, -100, "sum", 0.2)),
    ("both", (8, 3), lambda x: loss.cross_entropy_with_grad(x, TARGET, W, -100, "sum", 0.1)),
    ("backward", (8, 3), lambda x: loss.cross_entropy_backward(ONE, x, TARGET)),
    ("all ignored", (1, 3), lambda x: loss.cross_entropy_with_grad(x, TARGET[4:5])),
    ("nll_loss", (8, 3), lambda x: loss.nll_loss(x, TARGET, W)),
    ("nll backward", (8, 3), lambda x: loss.nll_loss_backward(ONE, x, TARGET, None, -100, "sum")),
    ("layer_norm", (8, 3), lambda x: norm.layer_norm(x, (3,), W, B)),
    ("layer_norm of two", (5, 2, 3), lambda x: norm.layer_norm(x, [2, 3])),
    ("rms_norm", (5, 2, 3), lambda x: norm.rms_norm(x, (3,), W)),
    ("bias relu", (8, 3), lambda x: activation.bias_activation(x, B, "relu")),
    ("bias gelu", IMAGE, lambda x: activation.bias_activation(x, B, "gelu", 1)),
    ("bias tanh", IMAGE, lambda x: activation.bias_activation_backward(x, x.copy(), B, "tanh", 1)),
    ("bias silu", (40, 3), lambda x: activation.bias_activation_backward(x, x.copy(), B, "silu")),
    ("conv", IMAGE, lambda x: conv.conv2d(x, K, None, (2, 1), [1, 1])),
    ("conv_backward", IMAGE, lambda x: conv.conv_backward(draw(2, 4, 4, 7), x, K)),
    ("dilated", IMAGE, lambda x: conv.conv_backward(draw(2, 4, 4, 8), x, K, 1, 1, 2)),
    ("strided", IMAGE, lambda x: conv.conv_backward(draw(2, 4, 2, 4), x, K, 2)),
    ("conv input", (2, 4, 4, 7), lambda g: conv.conv_input_gradient(g, K, IMAGE)),
    ("max_pool", IMAGE, lambda x: pool.max_pool(x, [3, 2], 2, 1)),
    ("max_pool backward", POOLED.shape, lambda g: pool.max_pool_backward(g, INDICES, IMAGE)),
    ("adaptive_max_pool", IMAGE, lambda x: pool.adaptive_max_pool(x, (2, 3))),
    ("avg_pool", (2, 3, 9), lambda x: pool.avg_pool(x, 2, 1, 1, True, False)),
    ("avg_pool backward", POOLED.shape, lambda g: pool.avg_pool_backward(g, IMAGE, 2)),
]  # fmt: skip


def batch(x: Array, training: bool) -> list[Array]:
    """Normalise, and give the statistics as well, and the gradients."""
    running = [np.zeros(3, np.float32), np.ones(3, np.float32)]
    out, mean, rstd = norm.batch_norm(x, W, B, *running, training, 0.3)
    grads = norm.batch_norm_backward(draw(*x.shape, seed=7), x, W, mean, rstd, training)
    return [out, mean, rstd, *running, *grads]


CALLS += [
    (f"batch_norm {shape} {training}", shape, lambda x, training=training: batch(x, training))
    for shape in [(8, 3), (300, 3), (4, 3, 5), (2, 3, 40), (130, 3, 2)]
    for training in (True, False)
]


def layer_backward(x: Array) -> tuple[Any, ...]:
    saved = norm.layer_norm(x, (3,))[1:]
    return norm.layer_norm_backward(x[:, ::-1].copy(), x, (3,), *saved, W, (True, True, False))


CALLS.append(("layer_norm backward", (8, 3), layer_backward))


@pytest.mark.parametrize(("name", "shape", "call"), CALLS)
def test_a_read_only_operand_gives_the_same(name: str, shape: Any, call: Any) -> None:
    x = draw(*shape, seed=9)
    frozen = x.copy()
    frozen.flags.writeable = False
    ours, others = call(x), call(frozen)
    if isinstance(ours, np.ndarray):
        ours, others = [ours], [others]
    for mine, other in zip(ours, others, strict=True):
        if other is None:
            assert mine is None
            continue
        assert mine.dtype == other.dtype
        assert mine.shape == other.shape
        np.testing.assert_allclose(mine, other, rtol=2e-6, atol=2e-6, err_msg=name)


def test_mistakes_are_found_after_a_call_that_was_right() -> None:
    x, image = draw(8, 3), draw(*IMAGE)
    loss.cross_entropy(x, TARGET)
    with pytest.raises(IndexError, match="target 3 at position"):
        loss.cross_entropy(x, TARGET + (TARGET == 2))
    with pytest.raises(RuntimeError, match="label_smoothing"):
        loss.cross_entropy(x, TARGET, label_smoothing=1.5)
    norm.layer_norm(x, (3,), W)
    with pytest.raises(ShapeError, match="weight"):
        norm.layer_norm(x, (3,), draw(4))
    softmax.softmax(x, 1)
    with pytest.raises(IndexError):
        softmax.softmax(x, 2)
    pool.max_pool(image, 2)
    for _ in range(2):
        with pytest.raises(ShapeError, match=r"^max_pool2d"):
            pool.max_pool(image, 9)
        with pytest.raises(ShapeError, match=r"^conv2d"):
            conv.conv2d(image, K, draw(3))


def test_results_of_one_shape_are_apart() -> None:
    x = draw(8, 3)
    first, second = norm.layer_norm(x, (3,)), norm.layer_norm(x + 1, (3,))
    for one, two in zip(first, second, strict=True):
        assert not np.shares_memory(one, two)
