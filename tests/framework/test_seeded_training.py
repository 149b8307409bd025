"""With the same seed, training gives PyTorch's losses: same weights, same dropout, same steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

theirs = pytest.importorskip("torch")

STEPS = 50
# How far losses may differ after so many steps, relative to their size.
LIMITS = {"float64": {STEPS: 1e-8}, "float32": {10: 1e-4, STEPS: 1e-2}}

Setup = Callable[[Any, Any], tuple[Any, list[Any], Any]]


def drawn(torch: Any, dtype: Any, *shape: int) -> Any:
    numbers = np.random.default_rng(3).normal(size=shape)
    return torch.from_numpy(numbers).to(dtype)


def classes(torch: Any, count: int, *shape: int) -> Any:
    return torch.from_numpy(np.random.default_rng(4).integers(0, count, shape))


def perceptron(torch: Any, dtype: Any) -> tuple[Any, list[Any], Any]:
    nn = torch.nn
    model = nn.Sequential(
        nn.Linear(8, 32), nn.BatchNorm1d(32), nn.Tanh(), nn.Linear(32, 16), nn.GELU(),
        nn.Linear(16, 3),
    ).to(dtype)  # fmt: skip
    x, y, loss = drawn(torch, dtype, 40, 8), classes(torch, 3, 40), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    return lambda: loss(model(x), y), [optimizer], None


def convolutions(torch: Any, dtype: Any) -> tuple[Any, list[Any], Any]:
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout2d(0.25),
        nn.Conv2d(6, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Dropout(0.5), nn.Linear(8 * 9, 10),
    ).to(dtype)  # fmt: skip
    x, y, loss = drawn(torch, dtype, 16, 1, 16, 16), classes(torch, 10, 16), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    return lambda: loss(model(x), y), [optimizer], scheduler


def recurrent(torch: Any, dtype: Any) -> tuple[Any, list[Any], Any]:
    nn = torch.nn
    embedding = nn.Embedding(20, 12)
    lstm = nn.LSTM(12, 16, num_layers=2, dropout=0.3, bidirectional=True)
    decoder = nn.Linear(32, 20)
    model = nn.ModuleList([embedding, lstm, decoder]).to(dtype)
    x, y = classes(torch, 20, 7, 5), classes(torch, 20, 35)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.003)

    def loss_of() -> Any:
        output, _ = lstm(embedding(x))
        loss = nn.functional.cross_entropy(decoder(output).view(-1, 20), y, label_smoothing=0.1)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        return loss

    return loss_of, [optimizer], None


def transformer(torch: Any, dtype: Any) -> tuple[Any, list[Any], Any]:
    nn = torch.nn
    embedding = nn.Embedding(20, 16)
    layer = nn.TransformerEncoderLayer(16, 4, dim_feedforward=32, dropout=0.1, batch_first=True)
    encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    head = nn.Linear(16, 20)
    model = nn.ModuleList([embedding, encoder, head]).to(dtype)
    x, y = classes(torch, 20, 6, 9), classes(torch, 20, 54)
    mask = nn.Transformer.generate_square_subsequent_mask(9, dtype=dtype)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)

    def loss_of() -> Any:
        hidden = encoder(embedding(x), mask=mask, is_causal=True)
        return nn.functional.cross_entropy(head(hidden).reshape(-1, 20), y)

    return loss_of, [optimizer], None


def losses(torch: Any, setup: Setup, dtype: str) -> list[float]:
    torch.manual_seed(5)
    loss_of, optimizers, scheduler = setup(torch, getattr(torch, dtype))
    found = []
    for _ in range(STEPS):
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        if scheduler is not None:
            scheduler.step()
        found.append(loss.item())
    return found


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("setup", [perceptron, convolutions, recurrent, transformer])
def test_losses_are_those_of_pytorch(setup: Setup, dtype: str) -> None:
    mine, peers = losses(ours, setup, dtype), losses(theirs, setup, dtype)
    assert peers[-1] < peers[0], "the model does not learn: the test would show nothing"
    for steps, limit in LIMITS[dtype].items():
        np.testing.assert_allclose(mine[:steps], peers[:steps], rtol=limit)
