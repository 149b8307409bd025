"""Module 0: small two-dimensional data sets for binary classification."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Graph:
    """Points of the plane with their labels.

    Attributes:
        N: number of points.
        X: N pairs (x1, x2).
        y: N labels, 0 or 1.
    """

    N: int
    X: list[tuple[float, float]]
    y: list[int]


def make_pts(N: int) -> list[tuple[float, float]]:
    """Draw N points of the unit square from Python's `random`."""
    return [(random.random(), random.random()) for _ in range(N)]


def _labelled(N: int, rule: Callable[[float, float], bool]) -> Graph:
    X = make_pts(N)
    return Graph(N, X, [int(rule(x_1, x_2)) for x_1, x_2 in X])


def simple(N: int) -> Graph:
    """Label 1 left of x1 = 0.5."""
    return _labelled(N, lambda x_1, x_2: x_1 < 0.5)


def diag(N: int) -> Graph:
    """Label 1 below the diagonal x1 + x2 = 0.5."""
    return _labelled(N, lambda x_1, x_2: x_1 + x_2 < 0.5)


def split(N: int) -> Graph:
    """Label 1 in two bands, left of 0.2 and right of 0.8."""
    return _labelled(N, lambda x_1, x_2: x_1 < 0.2 or x_1 > 0.8)


def xor(N: int) -> Graph:
    """Label 1 in the upper left and the lower right quarter."""
    return _labelled(N, lambda x_1, x_2: x_1 < 0.5 < x_2 or x_2 < 0.5 < x_1)


def circle(N: int) -> Graph:
    """Label 1 outside the circle of squared radius 0.1 around the centre."""
    return _labelled(N, lambda x_1, x_2: (x_1 - 0.5) ** 2 + (x_2 - 0.5) ** 2 > 0.1)


def spiral(N: int) -> Graph:
    """Two arms of N // 2 points each, one per label; an odd N loses its last point."""
    half = N // 2

    def along(t: float) -> float:
        return t * math.cos(t) / 20.0 + 0.5

    def across(t: float) -> float:
        return t * math.sin(t) / 20.0 + 0.5

    angles = [10 * (i / half) for i in range(5, 5 + half)]
    X = [(along(t), across(t)) for t in angles] + [(across(-t), along(-t)) for t in angles]
    return Graph(2 * half, X, [0] * half + [1] * half)


datasets: dict[str, Callable[[int], Graph]] = {
    "Simple": simple,
    "Diag": diag,
    "Split": split,
    "Xor": xor,
    "Circle": circle,
    "Spiral": spiral,
}
