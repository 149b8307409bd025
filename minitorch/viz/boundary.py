"""The decision boundary of a classifier of points, over the points."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from minitorch.datasets import Graph

from .style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    PAPER,
    TEXT_SIZE,
    TITLE_SIZE,
    color_map,
    new_figure,
    save_figure,
    style_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BOUNDARY_WIDTH = 1.6

Points = list[tuple[float, float]]
Probability = Callable[[Points], NDArray[np.float64]]


def draw_boundary(
    path: str | os.PathLike[str],
    data: Graph,
    probability: Probability,
    title: str,
    resolution: int = 60,
) -> None:
    """Draw where a classifier says label 1, and the points with their labels, into a PNG file.

    Args:
        path: the file; it appears whole or not at all.
        data: the points.
        probability: gives the probabilities of label 1 at n points, (n,).
        title: the line above.
        resolution: how many places of the background are computed in each direction.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    figure = new_figure(7.2, 6.6)
    axes = figure.add_axes((0.1, 0.1, 0.72, 0.7855))
    low, high = _range(data)
    places = np.linspace(low, high, resolution)
    grid = [(float(x), float(y)) for y in places for x in places]
    field = probability(grid).reshape(resolution, resolution)
    shades = color_map("#BFDDEE", "#F7F7F7", "#F9E2B0")
    levels = np.linspace(0.0, 1.0, 21)
    filled = axes.contourf(places, places, field, levels=levels, cmap=shades)
    if field.min() < 0.5 < field.max():
        axes.contour(places, places, field, levels=[0.5], colors=[INK], linewidths=BOUNDARY_WIDTH)
    right = (probability(data.X) > 0.5) == (np.array(data.y) == 1)
    _draw_points(axes, data, right)
    style_axes(axes, "", "x₁", "x₂")
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    figure.text(0.1, 0.945, title, fontsize=TITLE_SIZE, color=INK, weight="bold")
    counted = f"{int(right.sum())} of {data.N} points on the right side"
    figure.text(0.1, 0.912, counted, fontsize=TEXT_SIZE, color=MUTED)
    bar = figure.colorbar(filled, cax=figure.add_axes((0.85, 0.1, 0.025, 0.5)), ticks=[0, 0.5, 1])
    bar.set_label("probability of label 1", fontsize=TEXT_SIZE, color=MUTED)
    bar.ax.tick_params(labelsize=TEXT_SIZE, colors=MUTED, length=3)
    bar.outline.set_visible(False)
    save_figure(figure, path)


def _range(data: Graph) -> tuple[float, float]:
    """Give a range for both axes: the unit square, or more where points lie beyond."""
    coordinates = np.array(data.X)
    return min(0.0, coordinates.min()) - 0.03, max(1.0, coordinates.max()) + 0.03


def _draw_points(axes: Axes, data: Graph, right: NDArray[np.bool_]) -> None:
    """Draw label 0 as blue circles, label 1 as orange squares, a ring around the wrong ones."""
    X, y = np.array(data.X), np.array(data.y)
    for label, marker, color in ((0, "o", BLUE), (1, "s", ORANGE)):
        x_1, x_2 = X[y == label].T
        axes.scatter(
            x_1, x_2, s=46, marker=marker, color=color, edgecolors=PAPER, label=f"label {label}"
        )
    if not right.all():
        x_1, x_2 = X[~right].T
        axes.scatter(
            x_1, x_2, s=150, facecolors="none", edgecolors=INK, linewidths=1.3, label="wrong"
        )
    axes.plot([], [], color=INK, linewidth=BOUNDARY_WIDTH, label="p = 0.5")
    axes.legend(
        loc="upper left", bbox_to_anchor=(1.02, 1.0), fontsize=TEXT_SIZE, frameon=False,
        labelcolor=INK, handletextpad=0.4, borderaxespad=0.0,
    )  # fmt: skip
