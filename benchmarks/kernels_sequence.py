"""Recurrent layers and cells, and scaled dot-product attention, in float32.

PyTorch computes with gradients recorded, as in training; its LSTM then goes through oneDNN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from kernel_case import Case

from minitorch.kernels.cpu.sequences import recurrent
from minitorch.kernels.cpu.sequences.attention import (
    scaled_dot_product_attention,
    scaled_dot_product_attention_backward,
)
from minitorch.kernels.cpu.sequences.recurrent_cells import lstm_cell, lstm_cell_backward

# Steps, batch, features.
SEQUENCES = ((35, 32, 200), (20, 16, 32))
# Batch, heads, rows, features.
ATTENTIONS = ((16, 4, 64, 32), (4, 8, 512, 64))


def cases(torch: ModuleType | None, quick: bool) -> Iterator[Case]:
    """List what is measured: torch is None without PyTorch, quick asks for small sizes."""
    for sizes in [(3, 4, 8)] if quick else SEQUENCES:
        for name in ("lstm", "gru", "rnn"):
            yield _layer(torch, name, *sizes)
    yield from _cell(torch, *((4, 8) if quick else (32, 200)))
    for shape in [(1, 2, 16, 8)] if quick else ATTENTIONS:
        for is_causal in (False, True):
            yield from _attention(torch, shape, is_causal)


def _numbers(*shape: int, seed: int = 0, scale: float = 1.0) -> Any:
    return (scale * np.random.default_rng(seed).normal(size=shape)).astype(np.float32)


def _agree(ours: Sequence[Any], theirs: Sequence[Any]) -> None:
    for mine, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, their.detach().numpy(), rtol=1e-3, atol=1e-3)


def _layer(torch: ModuleType | None, name: str, steps: int, batch: int, size: int) -> Case:
    """Run a layer forward and back, with the gradients of its input and weights."""
    gates = {"lstm": 4, "gru": 3, "rnn": 1}[name] * size
    x, grad = _numbers(steps, batch, size), _numbers(steps, batch, size, seed=1)
    weights = [_numbers(gates, size, seed=seed, scale=size**-0.5) for seed in (2, 3)]
    biases = [_numbers(gates, seed=seed) for seed in (4, 5)]
    states = [np.zeros((batch, size), np.float32)] * (2 if name == "lstm" else 1)
    forward = getattr(recurrent, f"{name}_layer")
    backward = getattr(recurrent, f"{name}_layer_backward")

    def ours() -> list[Any]:
        output, *_, saved = forward(x, *states, *weights, *biases)
        grads = backward(grad, *[None] * len(states), saved, x, *weights)
        return [output, grads.input, grads.w_ih, grads.w_hh, grads.b_ih, grads.b_hh]

    theirs: Callable[[], list[Any]] | None = None
    if torch is not None:
        module = getattr(torch.nn, name.upper())(size, size)
        with torch.no_grad():
            for parameter, array in zip(module.parameters(), [*weights, *biases], strict=True):
                parameter.copy_(torch.from_numpy(array))
        operands = [torch.from_numpy(x).requires_grad_(), *module.parameters()]
        cotangent, autograd = torch.from_numpy(grad), torch.autograd

        def theirs() -> list[Any]:
            output, _ = module(operands[0])
            return [output, *autograd.grad(output, operands, cotangent)]

        _agree(ours(), theirs())
    title = f"{name} layer {steps} steps, batch {batch}, {size} features, there and back"
    return Case(title, ours, theirs, flops=12 * steps * batch * size * gates)


def _cell(torch: ModuleType | None, batch: int, size: int) -> Iterator[Case]:
    """Step an LSTM, given what its gates are functions of, and step back."""
    gates, c = _numbers(batch, 4 * size), _numbers(batch, size, seed=1)
    grad_h, grad_c = _numbers(batch, size, seed=2), _numbers(batch, size, seed=3)
    ours = partial(lstm_cell, gates, c)
    h, c_new, activations = ours()
    back = partial(lstm_cell_backward, grad_h, grad_c, activations, c)
    theirs: Callable[[], Any] | None = None
    theirs_back: Callable[[], Any] | None = None
    if torch is not None:
        operands = [torch.from_numpy(x).requires_grad_() for x in (gates, c)]
        cotangents = [torch.from_numpy(x) for x in (grad_h, grad_c)]

        def theirs() -> list[Any]:
            i, f, g, o = operands[0].chunk(4, 1)
            cells = f.sigmoid() * operands[1] + i.sigmoid() * g.tanh()
            return [o.sigmoid() * cells.tanh(), cells]

        theirs_back = partial(
            torch.autograd.grad, theirs(), operands, cotangents, retain_graph=True
        )
        _agree([h, c_new, *back()], [*theirs(), *theirs_back()])
    title = f"lstm_cell {batch}x{size}"
    yield Case(title, ours, theirs)
    yield Case(f"{title} backward", back, theirs_back)


def _attention(
    torch: ModuleType | None, shape: tuple[int, int, int, int], is_causal: bool
) -> Iterator[Case]:
    query, key, value, grad = (_numbers(*shape, seed=seed) for seed in range(4))
    ours = partial(scaled_dot_product_attention, query, key, value, is_causal=is_causal)
    out, logs = ours()
    back = partial(
        scaled_dot_product_attention_backward,
        *(grad, query, key, value, out, logs),
        is_causal=is_causal,
    )
    theirs: Callable[[], Any] | None = None
    theirs_back: Callable[[], Any] | None = None
    if torch is not None:
        operands = [torch.from_numpy(x).requires_grad_() for x in (query, key, value)]
        function = torch.nn.functional.scaled_dot_product_attention
        theirs = partial(function, *operands, is_causal=is_causal)
        cotangent = torch.from_numpy(grad)
        theirs_back = partial(torch.autograd.grad, theirs(), operands, cotangent, retain_graph=True)
        _agree([out, *back()], [theirs(), *theirs_back()])
    title = f"attention {'x'.join(map(str, shape))}{', causal' if is_causal else ''}"
    # What a causal mask hides is no work.
    flops = 4 * query.size * shape[2] // (2 if is_causal else 1)
    yield Case(title, ours, theirs, flops=flops)
    yield Case(f"{title}, backward", back, theirs_back, flops=flops * 5 // 2)
