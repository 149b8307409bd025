"""Scalar forward and backward beside micrograd."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from measure import Contestant, Figure, Goal, Settings, compare

from minitorch import Scalar

SIZES = (2, 16, 16, 1)
POINTS = 10
# Micrograd's graphs are cycles, so that Python's collector has to find them. Its work belongs to a
# training, but falls into later steps.
STEPS = 10


@dataclass(frozen=True)
class Network:
    """A perceptron 2-16-16-1 whose numbers are of one class, and the points that it learns.

    Attributes:
        number: Scalar, or micrograd's Value.
        derivative: the name of the attribute that holds a derivative.
        none: the value of that attribute before backward.
        layers: for each layer and each of its outputs the weights, and last the bias.
        points: pairs of coordinates, each with the label -1 or 1.
    """

    number: type
    derivative: str
    none: float | None
    layers: list[list[list[Any]]]
    points: list[tuple[tuple[float, float], float]]

    @classmethod
    def make(cls, number: type, derivative: str, none: float | None) -> "Network":
        """Draw weights and points, the same ones whatever the class."""
        draw = random.Random(1)
        layers = [
            [[number(draw.uniform(-1.0, 1.0)) for _ in range(width + 1)] for _ in range(outputs)]
            for width, outputs in pairwise(SIZES)
        ]
        points = [((draw.random(), draw.random()), draw.choice((-1.0, 1.0))) for _ in range(POINTS)]
        return cls(number, derivative, none, layers, points)

    def parameters(self) -> Iterator[Any]:
        """Walk over all weights and biases."""
        for layer in self.layers:
            for row in layer:
                yield from row

    def output(self, point: tuple[float, float]) -> Any:
        """Compute the output for a point."""
        values = [self.number(coordinate) for coordinate in point]
        for depth, layer in enumerate(self.layers, 1):
            outputs = []
            for *weights, total in layer:
                for weight, value in zip(weights, values, strict=True):
                    total = total + weight * value
                outputs.append(total if depth == len(self.layers) else total.relu())
            values = outputs
        return values[0]

    def step(self) -> float:
        """Compute the hinge loss and its derivatives; give the loss. The graph is dropped."""
        loss = self.number(0.0)
        for point, label in self.points:
            loss = loss + (self.output(point) * -label + 1.0).relu()
        loss.backward()
        return float(loss.data)

    def forget(self) -> None:
        """Reset the derivatives, as an optimizer's zero_grad does."""
        for parameter in self.parameters():
            setattr(parameter, self.derivative, self.none)

    def derivatives(self) -> list[float]:
        """Give the derivative of each parameter; where none arrived it is 0."""
        return [float(getattr(p, self.derivative) or 0.0) for p in self.parameters()]

    def train(self, steps: int) -> None:
        """Do the work of some training steps, without changing the weights."""
        for _ in range(steps):
            self.step()
            self.forget()


def check_equal(first: Network, second: Network) -> None:
    """Check that two networks give the same loss and derivatives.

    Raises:
        ArithmeticError: they do not.
    """
    losses = first.step(), second.step()
    pairs = zip((losses[0], *first.derivatives()), (losses[1], *second.derivatives()), strict=True)
    if any(abs(a - b) > 1e-9 * max(1.0, abs(a)) for a, b in pairs):
        raise ArithmeticError(f"The two networks compute different things: losses {losses}.")
    first.forget()
    second.forget()


def scalar_figures(settings: Settings) -> list[Figure]:
    """Time training steps, and a single step whose garbage is left for later."""
    ours = Network.make(Scalar, "derivative", None)
    peers = {}
    try:
        from micrograd.engine import Value
    except ImportError:
        print("micrograd is not installed (pip install micrograd): Scalar has no peer here.")
    else:
        peers["micrograd"] = Network.make(Value, "grad", 0.0)
        check_equal(ours, peers["micrograd"])

    def timed(name: str, steps: int, goal: Goal | None) -> list[Figure]:
        contestants = {
            peer: Contestant(partial(network.train, steps), calls=1)
            for peer, network in peers.items()
        }
        return compare(
            name, Contestant(partial(ours.train, steps), calls=1), contestants, settings, goal
        )

    steps = 2 if settings.quick else STEPS
    return [
        *timed(f"{steps} training steps", steps, Goal(least_ratio=1.0)),
        *timed("1 step, its garbage left", 1, None),
    ]
