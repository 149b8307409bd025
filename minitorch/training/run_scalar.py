"""Task 1.5: a multi-layer perceptron of Scalars."""

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

import minitorch
from minitorch import Scalar
from minitorch.datasets import Graph

from .batches import shuffled_batches
from .layers import ScalarLinear
from .log import LogFunction, default_log_fn, is_logged


class Linear(ScalarLinear):
    """A linear layer of Scalars that start evenly between -1 and 1."""

    def __init__(self, in_size: int, out_size: int) -> None:
        super().__init__(in_size, out_size, lambda: Scalar(2.0 * (random.random() - 0.5)))


class Network(minitorch.Module):
    """2 inputs, two hidden layers with ReLU, 1 sigmoid output."""

    def __init__(self, hidden_layers: int) -> None:
        super().__init__()
        self.layer1 = Linear(2, hidden_layers)
        self.layer2 = Linear(hidden_layers, hidden_layers)
        self.layer3 = Linear(hidden_layers, 1)

    def forward(self, x: Sequence[Scalar]) -> Scalar:
        """Give the probability of label 1 at the point x."""
        middle = [value.relu() for value in self.layer1(x)]
        end = [value.relu() for value in self.layer2(middle)]
        output: Scalar = self.layer3(end)[0]
        return output.sigmoid()


class ScalarTrain:
    """Trains a 2-h-h-1 perceptron of Scalars.

    Args:
        hidden_layers: h, the width of both hidden layers.
        batch_size: number of points whose gradients are added up for a step; None: all of them.
    """

    def __init__(self, hidden_layers: int, batch_size: int | None = None) -> None:
        self.hidden_layers = hidden_layers
        self.batch_size = batch_size
        self.model = Network(hidden_layers)

    def run_one(self, x: Sequence[float]) -> Scalar:
        """Give the probability of label 1 at the point x = (x1, x2)."""
        return self.model.forward((Scalar(x[0], name="x_1"), Scalar(x[1], name="x_2")))

    def probability(self, points: Sequence[Sequence[float]]) -> NDArray[np.float64]:
        """Give the probability of label 1 at each of n points as an array (n,)."""
        return np.array([self.run_one(point).data for point in points])

    def train(
        self,
        data: Graph,
        learning_rate: float,
        max_epochs: int = 500,
        log_fn: LogFunction = default_log_fn,
    ) -> None:
        """Train a fresh model by gradient descent on the mean loss of each batch.

        Args:
            data: the points with labels 0 and 1.
            learning_rate: the factor of the gradient.
            max_epochs: how often to go through the points.
            log_fn: called every ten epochs and after the last.
        """
        self.learning_rate = learning_rate
        self.max_epochs = max_epochs
        self.model = Network(self.hidden_layers)
        optimizer = minitorch.SGD(self.model.parameters(), learning_rate)
        losses: list[float] = []
        for epoch in range(1, max_epochs + 1):
            total_loss = 0.0
            correct = 0
            for batch in shuffled_batches(data, self.batch_size):
                optimizer.zero_grad()
                batch_loss, batch_correct = self._accumulate_gradients(batch)
                optimizer.step()
                total_loss += batch_loss
                correct += batch_correct
            losses.append(total_loss)
            if is_logged(epoch, max_epochs):
                log_fn(epoch, total_loss, correct, losses)

    def _accumulate_gradients(self, data: Graph) -> tuple[float, int]:
        """Add up the gradient of the mean loss; give the total loss and the points it got right."""
        total_loss = 0.0
        correct = 0
        for x, y in zip(data.X, data.y, strict=True):
            output = self.run_one(x)
            loss = -(output if y == 1 else 1.0 + -output).log()
            (loss / data.N).backward()
            total_loss += loss.data
            correct += int((output.data > 0.5) == (y == 1))
        return total_loss, correct


def main() -> None:
    """Train on 50 points of the Simple data set."""
    ScalarTrain(2).train(minitorch.datasets["Simple"](50), 0.5)
