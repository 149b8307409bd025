"""The models of benchmarks/training.py, written once for any module named torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
from side_by_side import Job, Make, TorchCase

Model = Callable[..., Any]


def cases(quick: bool) -> Iterator[TorchCase]:
    """Give all cases; quick ones are small, and show only that they run."""
    few = 2 if quick else None
    yield TorchCase("classifier 2-10-10-1, 50 points", _classifier, 3, 6)
    yield TorchCase("regression 1000-100-10, batch 64", _regression, 1.2, 1.4)
    yield TorchCase("LeNet 28x28, batch 64", _lenet(few or 64), 0.75, 1)
    yield TorchCase("residual blocks 32x32, batch 32", _residual(few or 32), 0.75, 1)
    yield TorchCase("LSTM of 2 layers, batch 32 x 35", _language_model(few or 32), 0.9, 1)
    yield TorchCase("GPT of 4 layers, batch 16 x 64", _gpt(few or 16), 0.9, 1)
    yield TorchCase("Adam on 1M parameters", _adam(1000 if quick else 1_000_000), 0.9, 1)


def training_step(torch: ModuleType, optimizer: Any, loss_of: Callable[[], Any]) -> Job:
    """Make the job of one step: forward, backward, update."""

    def run() -> None:
        optimizer.zero_grad()
        loss_of().backward()
        optimizer.step()

    return Job(run)


def _normal(torch: ModuleType, *shape: int) -> Any:
    return torch.from_numpy(np.random.default_rng(0).normal(size=shape).astype(np.float32))


def _whole(torch: ModuleType, high: int, *shape: int) -> Any:
    return torch.from_numpy(np.random.default_rng(1).integers(0, high, shape))


# ---- dense networks


def _classifier(torch: ModuleType) -> Job:
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(2, 10), nn.ReLU(), nn.Linear(10, 10), nn.ReLU(), nn.Linear(10, 1), nn.Sigmoid()
    )
    x, loss = _normal(torch, 50, 2), nn.BCELoss()
    y = (x[:, :1] > 0).float()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return training_step(torch, optimizer, lambda: loss(model(x), y))


def _regression(torch: ModuleType) -> Job:
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1000, 100), nn.ReLU(), nn.Linear(100, 10))
    x, y, loss = _normal(torch, 64, 1000), _normal(torch, 64, 10), nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    return training_step(torch, optimizer, lambda: loss(model(x), y))


# ---- convolutions


def _lenet(batch: int) -> Make:
    def make(torch: ModuleType) -> Job:
        nn = torch.nn
        torch.manual_seed(0)
        model = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
        )  # fmt: skip
        x, y = _normal(torch, batch, 1, 28, 28), _whole(torch, 10, batch)
        loss = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        return training_step(torch, optimizer, lambda: loss(model(x), y))

    return make


def _residual(batch: int) -> Make:
    def make(torch: ModuleType) -> Job:
        nn = torch.nn

        class Block(nn.Module):  # type: ignore[name-defined,misc]
            def __init__(self, channels: int) -> None:
                super().__init__()
                self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
                self.norm1 = nn.BatchNorm2d(channels)
                self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
                self.norm2 = nn.BatchNorm2d(channels)

            def forward(self, x: Any) -> Any:
                inner = torch.relu(self.norm1(self.conv1(x)))
                return torch.relu(x + self.norm2(self.conv2(inner)))

        torch.manual_seed(0)
        model = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), Block(16), Block(16),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10),
        )  # fmt: skip
        x, y = _normal(torch, batch, 3, 32, 32), _whole(torch, 10, batch)
        loss = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        return training_step(torch, optimizer, lambda: loss(model(x), y))

    return make


# ---- sequences


def _language_model(batch: int) -> Make:
    words, width, length = 1000, 200, 35

    def make(torch: ModuleType) -> Job:
        nn = torch.nn
        torch.manual_seed(0)
        embedding = nn.Embedding(words, width)
        lstm = nn.LSTM(width, width, num_layers=2)
        decoder = nn.Linear(width, words)
        parameters = [p for part in (embedding, lstm, decoder) for p in part.parameters()]
        optimizer = torch.optim.SGD(parameters, lr=0.1)
        x, y = _whole(torch, words, length, batch), _whole(torch, words, length * batch)
        loss = nn.CrossEntropyLoss()

        def loss_of() -> Any:
            output, _ = lstm(embedding(x))
            return loss(decoder(output).view(-1, words), y)

        return training_step(torch, optimizer, loss_of)

    return make


def _gpt(batch: int) -> Make:
    words, width, length, heads, layers = 256, 128, 64, 4, 4

    def make(torch: ModuleType) -> Job:
        nn, functional = torch.nn, torch.nn.functional

        class Block(nn.Module):  # type: ignore[name-defined,misc]
            def __init__(self) -> None:
                super().__init__()
                self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
                self.attend, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
                self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

            def forward(self, x: Any) -> Any:
                b, t, c = x.shape
                parts = self.attend(self.norm1(x)).split(width, dim=2)
                q, k, v = (p.view(b, t, heads, c // heads).transpose(1, 2) for p in parts)
                mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
                x = x + self.project(mixed.transpose(1, 2).reshape(b, t, c))
                return x + self.narrow(functional.gelu(self.widen(self.norm2(x))))

        torch.manual_seed(0)
        token, place = nn.Embedding(words, width), nn.Embedding(length, width)
        blocks = nn.Sequential(*[Block() for _ in range(layers)])
        norm, head = nn.LayerNorm(width), nn.Linear(width, words, bias=False)
        parts = (token, place, blocks, norm, head)
        parameters = [p for part in parts for p in part.parameters()]
        optimizer = torch.optim.AdamW(parameters, lr=3e-4)
        x, y = _whole(torch, words, batch, length), _whole(torch, words, batch * length)
        positions = torch.arange(length)
        loss = nn.CrossEntropyLoss()

        def loss_of() -> Any:
            hidden = blocks(token(x) + place(positions))
            return loss(head(norm(hidden)).view(-1, words), y)

        return training_step(torch, optimizer, loss_of)

    return make


# ---- the optimizer alone


def _adam(size: int) -> Make:
    def make(torch: ModuleType) -> Job:
        weight = _normal(torch, size).requires_grad_()
        weight.grad = _normal(torch, size)
        optimizer = torch.optim.Adam([weight])
        return Job(optimizer.step)

    return make
