"""The perceptron of tensors and the training loop that run_tensor and run_fast_tensor share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import minitorch
from minitorch import Module, Tensor, TensorBackend
from minitorch.datasets import Graph

from .batches import shuffled_batches
from .layers import Linear, constant
from .log import LogFunction, default_log_fn, is_logged
from .losses import binary_log_loss


class Perceptron(Module):
    """2 inputs, two hidden layers with ReLU, 1 sigmoid output.

    Args:
        hidden_layers: the width of both hidden layers.
        backend: where the parameters live.
        linear: the class of the layers.
    """

    def __init__(self, hidden_layers: int, backend: TensorBackend, linear: type[Linear]) -> None:
        super().__init__()
        self.layer1 = linear(2, hidden_layers, backend)
        self.layer2 = linear(hidden_layers, hidden_layers, backend)
        self.layer3 = linear(hidden_layers, 1, backend)

    def forward(self, x: Tensor) -> Tensor:
        """Map points (batch, 2) to probabilities of label 1, (batch, 1)."""
        x = self.layer1.forward(x).relu()
        x = self.layer2.forward(x).relu()
        return self.layer3.forward(x).sigmoid()


class PerceptronTrain:
    """Trains a 2-h-h-1 perceptron of tensors; subclasses say which one and how.

    Args:
        hidden_layers: h, the width of both hidden layers.
        backend: where the tensors live.
        batch_size: number of points in each step; None: all of them.
    """

    def __init__(self, hidden_layers: int, backend: TensorBackend, batch_size: int | None) -> None:
        self.hidden_layers = hidden_layers
        self.backend = backend
        self.batch_size = batch_size
        self.model = self.make_model()

    def make_model(self) -> Module:
        """Make a model with fresh weights."""
        raise NotImplementedError(f"{type(self).__name__} does not say which model it trains.")

    def run_one(self, x: Sequence[float]) -> Tensor:
        """Give the probability of label 1 at the point x = (x1, x2), shape (1, 1)."""
        return self.run_many([x])

    def run_many(self, X: Any) -> Tensor:
        """Give the probability of label 1 at each of n points, shape (n, 1)."""
        output: Tensor = self.model.forward(constant(X, self.backend))
        return output

    def probability(self, points: Any) -> NDArray[np.float64]:
        """Give the probability of label 1 at each of n points as an array (n,)."""
        return self.run_many(points).to_numpy()[:, 0]

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
        self.model = self.make_model()
        optimizer = minitorch.SGD(self.model.parameters(), learning_rate)
        losses: list[float] = []
        for epoch in range(1, max_epochs + 1):
            total_loss = 0.0
            for batch in shuffled_batches(data, self.batch_size):
                optimizer.zero_grad()
                total_loss += self._accumulate_gradients(batch)
                optimizer.step()
            losses.append(total_loss)
            if is_logged(epoch, max_epochs):
                log_fn(epoch, total_loss, self._count_correct(data), losses)

    def _accumulate_gradients(self, batch: Graph) -> float:
        """Compute the gradient of a batch's mean loss; give its total loss."""
        output = self.run_many(batch.X).view(batch.N)
        loss = binary_log_loss(output, constant(batch.y, self.backend)).sum()
        (loss / batch.N).backward()
        return float(loss[0])

    def _count_correct(self, data: Graph) -> int:
        """Count the points on the right side of 0.5."""
        labels = self.probability(data.X) > 0.5
        return int((labels == (np.array(data.y) == 1)).sum())
