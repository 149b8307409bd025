"""Task 2.5: a multi-layer perceptron of tensors, with broadcasting instead of a matrix product."""

import minitorch

from .layers import BroadcastLinear as Linear
from .mlp import Perceptron, PerceptronTrain

# The course's script offers its layer under this name.
__all__ = ["Linear", "Network", "TensorTrain", "main"]


class Network(Perceptron):
    """The perceptron on SimpleOps."""

    def __init__(self, hidden_layers: int) -> None:
        super().__init__(hidden_layers, minitorch.SimpleBackend, Linear)


class TensorTrain(PerceptronTrain):
    """Trains a 2-h-h-1 perceptron of tensors.

    Args:
        hidden_layers: h, the width of both hidden layers.
        batch_size: number of points in each step; None: all of them.
    """

    def __init__(self, hidden_layers: int, batch_size: int | None = None) -> None:
        super().__init__(hidden_layers, minitorch.SimpleBackend, batch_size)

    def make_model(self) -> Network:
        """Make a model with fresh weights."""
        return Network(self.hidden_layers)


def main() -> None:
    """Train on 50 points of the Simple data set."""
    TensorTrain(2).train(minitorch.datasets["Simple"](50), 0.5)
