"""Module 0: the six two-dimensional data sets."""

from __future__ import annotations

import math
import random

import pytest

import minitorch
from minitorch.datasets import Graph, make_pts

RULES = {
    "Simple": lambda a, b: a < 0.5,
    "Diag": lambda a, b: a + b < 0.5,
    "Split": lambda a, b: a < 0.2 or a > 0.8,
    "Xor": lambda a, b: (a < 0.5 and b > 0.5) or (a > 0.5 and b < 0.5),
    "Circle": lambda a, b: (a - 0.5) ** 2 + (b - 0.5) ** 2 > 0.1,
}


def test_the_dictionary_names_the_data_sets_in_order() -> None:
    assert list(minitorch.datasets) == ["Simple", "Diag", "Split", "Xor", "Circle", "Spiral"]


def test_points_are_pairs_of_draws_from_pythons_generator() -> None:
    random.seed(3)
    points = make_pts(4)
    random.seed(3)
    assert points == [(random.random(), random.random()) for _ in range(4)]


@pytest.mark.parametrize("name", RULES)
def test_labels_follow_the_rule(name: str) -> None:
    random.seed(0)
    graph = minitorch.datasets[name](200)
    assert isinstance(graph, Graph)
    assert graph.N == len(graph.X) == len(graph.y) == 200
    assert graph.y == [int(RULES[name](a, b)) for a, b in graph.X]
    assert all(type(label) is int for label in graph.y)
    assert set(graph.y) == {0, 1}


@pytest.mark.parametrize("name", RULES)
def test_labels_follow_the_rule_at_its_borders(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    borders = [(a, b) for a in (0.0, 0.2, 0.5, 0.8) for b in (0.0, 0.2, 0.5, 0.8)]
    draws = iter([coordinate for point in borders for coordinate in point])
    monkeypatch.setattr(random, "random", lambda: next(draws))
    graph = minitorch.datasets[name](len(borders))
    assert borders == graph.X
    assert graph.y == [int(RULES[name](a, b)) for a, b in borders]


@pytest.mark.parametrize("name", RULES)
def test_points_are_those_of_make_pts(name: str) -> None:
    random.seed(5)
    points = make_pts(10)
    random.seed(5)
    assert points == minitorch.datasets[name](10).X


def _spiral_arm(turns: list[float]) -> list[tuple[float, float]]:
    return [(t * math.cos(t) / 20 + 0.5, t * math.sin(t) / 20 + 0.5) for t in turns]


def test_the_spiral_has_two_arms_one_the_mirror_of_the_other() -> None:
    graph = minitorch.datasets["Spiral"](20)
    turns = [10.0 * step / 10 for step in range(5, 15)]
    first = _spiral_arm(turns)
    second = [(y, x) for x, y in _spiral_arm([-t for t in turns])]
    flat = [coordinate for point in graph.X for coordinate in point]
    expected = [coordinate for point in first + second for coordinate in point]
    assert flat == pytest.approx(expected, abs=1e-12)
    assert graph.y == [0] * 10 + [1] * 10


def test_an_odd_spiral_counts_the_points_that_exist() -> None:
    graph = minitorch.datasets["Spiral"](7)
    assert graph.N == len(graph.X) == len(graph.y) == 6


@pytest.mark.parametrize("name", [*RULES, "Spiral"])
def test_an_empty_data_set_has_no_points(name: str) -> None:
    graph = minitorch.datasets[name](0)
    assert (graph.N, graph.X, graph.y) == (0, [], [])


def test_a_graph_compares_and_prints_as_a_dataclass() -> None:
    graph = Graph(1, [(0.5, 0.25)], [1])
    assert graph == Graph(N=1, X=[(0.5, 0.25)], y=[1])
    assert repr(graph) == "Graph(N=1, X=[(0.5, 0.25)], y=[1])"
