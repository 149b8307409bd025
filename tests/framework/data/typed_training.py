"""A user's script of the usual kind, which a type checker reads: see test_typing.py."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from minitorch import torch
from minitorch.torch import Tensor, nn, optim
from minitorch.torch.nn import functional


class Block(nn.Module):
    """Two layers with a shortcut."""

    def __init__(self, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width)
        self.scale = nn.Parameter(torch.ones(width))
        self.dropout = dropout

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.relu(self.first(x))
        inner = functional.dropout(inner, self.dropout, training=self.training)
        result: Tensor = x + self.scale * self.second(inner)
        return result


class Classifier(nn.Module):
    """Blocks one after the other."""

    def __init__(self, inputs: int, width: int, classes: int, depth: int) -> None:
        super().__init__()
        self.enter = nn.Linear(inputs, width)
        self.blocks = nn.ModuleList([Block(width, 0.1) for _ in range(depth)])
        self.leave = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.enter(x)
        for block in self.blocks:
            x = block(x)
        result: Tensor = self.leave(x)
        return result


def spirals(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw points of two spirals, and their labels."""
    radius = torch.rand(count, generator=generator)
    labels = torch.randint(0, 2, (count,), generator=generator)
    angle = 2 * math.pi * radius + math.pi * labels.to(torch.float32)
    points = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
    return points, labels


def batches(x: Tensor, y: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    order = torch.randperm(len(x))
    for start in range(0, len(x), size):
        chosen = order[start : start + size]
        yield x[chosen], y[chosen]


def accuracy(model: nn.Module, x: Tensor, y: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        scores: Tensor = model(x)
    model.train()
    return (scores.argmax(dim=1) == y).float().mean().item()


def train(epochs: int, folder: Path) -> list[float]:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    generator = torch.Generator().manual_seed(1)
    torch.manual_seed(1)
    x, y = spirals(128, generator)
    x, y = x.to(device), y.to(device)
    model = Classifier(2, 16, 2, depth=2).to(device)
    optimizer = optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-4)
    schedule = optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)
    losses: list[float] = []
    for _ in range(epochs):
        total = 0.0
        for inputs, labels in batches(x, y, 32):
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(inputs), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * inputs.shape[0]
        schedule.step()
        losses.append(total / x.shape[0])
    torch.save(model.state_dict(), folder / "model.pt")
    model.load_state_dict(torch.load(folder / "model.pt"))
    norm: Tensor = torch.cat([p.detach().flatten() for p in model.parameters()]).norm()
    print(f"{losses[0]:.3f} -> {losses[-1]:.3f}, weights {norm.item():.2f}")
    print("accuracy", accuracy(model, x, y))
    return losses


def main(folder: str = ".") -> int:
    losses = train(20, Path(folder))
    rows = torch.tensor(losses).view(-1, 5).mean(dim=1)
    numbers: list[float] = rows.tolist()
    print([round(number, 3) for number in numbers])
    return 0 if losses[-1] < losses[0] else 1


if __name__ == "__main__":
    raise SystemExit(main())
