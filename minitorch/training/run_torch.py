"""The same perceptron in PyTorch, to compare with; needs the package torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import minitorch
from minitorch._runtime import require
from minitorch.datasets import Graph

from .log import LogFunction, default_log_fn, is_logged


def make_network(hidden_layers: int) -> Any:
    """Make a `torch.nn.Module`: 2 inputs, two hidden layers with ReLU, 1 sigmoid output."""
    nn = require("torch", "run_torch").nn
    return nn.Sequential(
        nn.Linear(2, hidden_layers),
        nn.ReLU(),
        nn.Linear(hidden_layers, hidden_layers),
        nn.ReLU(),
        nn.Linear(hidden_layers, 1),
        nn.Sigmoid(),
    )


class TorchTrain:
    """Trains a 2-h-h-1 perceptron with PyTorch, all points in one step.

    Args:
        hidden_layers: h, the width of both hidden layers.
    """

    def __init__(self, hidden_layers: int) -> None:
        self.hidden_layers = hidden_layers
        self.model = make_network(hidden_layers)

    def run_one(self, x: Sequence[float]) -> Any:
        """Give the probability of label 1 at the point x = (x1, x2), a torch tensor (1, 1)."""
        return self.run_many([x])

    def run_many(self, X: Sequence[Sequence[float]]) -> Any:
        """Give the probability of label 1 at each of n points, a torch tensor (n, 1)."""
        return self.model(require("torch").tensor(X)).detach()

    def train(
        self,
        data: Graph,
        learning_rate: float,
        max_epochs: int = 500,
        log_fn: LogFunction = default_log_fn,
    ) -> None:
        """Train a fresh model; each epoch makes one step along the gradient of the mean loss.

        Args:
            data: the points with labels 0 and 1.
            learning_rate: the factor of the gradient.
            max_epochs: how often to go through the points.
            log_fn: called every ten epochs and after the last.
        """
        torch = require("torch")
        self.learning_rate = learning_rate
        self.max_epochs = max_epochs
        self.model = make_network(self.hidden_layers)
        optimizer = torch.optim.SGD(self.model.parameters(), lr=learning_rate)
        X = torch.tensor(data.X)
        y = torch.tensor(data.y, dtype=X.dtype)
        losses: list[float] = []
        for epoch in range(1, max_epochs + 1):
            optimizer.zero_grad()
            output = self.model(X).view(data.N)
            loss = torch.nn.functional.binary_cross_entropy(output, y, reduction="sum")
            (loss / data.N).backward()
            optimizer.step()
            losses.append(loss.item())
            if is_logged(epoch, max_epochs):
                correct = int(((output > 0.5) == (y == 1)).sum())
                log_fn(epoch, losses[-1], correct, losses)


def main() -> None:
    """Train on 250 points of the Xor data set."""
    TorchTrain(10).train(minitorch.datasets["Xor"](250), 0.5)
