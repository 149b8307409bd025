"""Task 0.5: a classifier whose weights are set by hand."""

import random
from collections.abc import Sequence

import minitorch

from .layers import ScalarLinear


class Network(minitorch.Module):
    """Logistic regression on two numbers: the sigmoid of one linear layer."""

    def __init__(self) -> None:
        super().__init__()
        generator = random.Random(100)
        self.linear = ScalarLinear(2, 1, lambda: 2.0 * (generator.random() - 0.5))

    def forward(self, x: Sequence[float]) -> float:
        """Give the probability of label 1 at the point x."""
        (output,) = self.linear(x)
        return minitorch.operators.sigmoid(output)


class ManualTrain:
    """A classifier that a person trains, by `Parameter.update` on its three parameters.

    They are `linear.weight_0_0`, `linear.weight_1_0` and `linear.bias_0`.

    Args:
        hidden_layers: not used, since there is no hidden layer; the other trainers take it.
    """

    def __init__(self, hidden_layers: int) -> None:
        self.hidden_layers = hidden_layers
        self.model = Network()

    def run_one(self, x: Sequence[float]) -> float:
        """Give the probability of label 1 at the point x = (x1, x2)."""
        return self.model.forward((x[0], x[1]))


def main() -> None:
    """Show what the weights as they are make of the Simple data set."""
    data = minitorch.datasets["Simple"](50)
    classifier = ManualTrain(0)
    for name, parameter in classifier.model.named_parameters():
        print(f"{name} = {parameter.value:.4f}")
    labels = [int(classifier.run_one(point) > 0.5) for point in data.X]
    correct = sum(label == y for label, y in zip(labels, data.y, strict=True))
    print(f"{correct} of {data.N} points are on the right side.")
