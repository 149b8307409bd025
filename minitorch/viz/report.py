"""The report on a training with the digits: four pictures on one page."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .style import (
    BLUE,
    HEADING_SIZE,
    INK,
    MUTED,
    PAPER,
    RULE,
    TEXT_SIZE,
    TITLE_SIZE,
    VERMILLION,
    color_map,
    epoch_axis,
    new_figure,
    save_figure,
    style_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HARDEST = 16
LEFT = 0.055


@dataclass(frozen=True, eq=False)
class DigitsReport:
    """What the report shows.

    Attributes:
        title, subtitle: the two lines at the top.
        note: the line at the bottom.
        train_loss, test_loss: mean loss per image of each epoch.
        train_accuracy, test_accuracy: share of right images of each epoch, 0 to 1.
        images: the test images, (n, height, width).
        labels: their true classes, (n,).
        probabilities: what the model gives each class, (n, 10).
    """

    title: str
    subtitle: str
    note: str
    train_loss: Sequence[float]
    test_loss: Sequence[float]
    train_accuracy: Sequence[float]
    test_accuracy: Sequence[float]
    images: NDArray[np.float64]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]


def confusion_matrix(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int = 10
) -> NDArray[np.int64]:
    """Count the examples of each true class (row) by the class they were taken for (column)."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return counts


def hardest_first(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Order examples by the probability that the model gives their true class, lowest first."""
    of_truth = probabilities[np.arange(len(labels)), labels]
    return np.argsort(of_truth, kind="stable")


def draw_report(path: str | os.PathLike[str], report: DigitsReport) -> None:
    """Draw the report into a PNG file; it appears whole or not at all.

    Raises:
        MissingPackageError: matplotlib is not installed.
        OSError: the folder cannot be written or the disk is full.
    """
    figure = new_figure(13.4, 9.2)
    figure.text(LEFT, 0.945, report.title, fontsize=TITLE_SIZE, color=INK, weight="bold")
    figure.text(LEFT, 0.918, report.subtitle, fontsize=TEXT_SIZE, color=MUTED)
    figure.text(LEFT, 0.025, report.note, fontsize=TEXT_SIZE, color=MUTED)
    loss_axes = figure.add_axes((LEFT, 0.535, 0.245, 0.31))
    _draw_curves(loss_axes, "Loss", "mean -log p(true digit)", report.train_loss, report.test_loss)
    accuracy_axes = figure.add_axes((0.375, 0.535, 0.245, 0.31))
    train_percent = [100 * share for share in report.train_accuracy]
    test_percent = [100 * share for share in report.test_accuracy]
    _draw_curves(accuracy_axes, "Accuracy", "right images (%)", train_percent, test_percent)
    predicted = report.probabilities.argmax(axis=1)
    # As high as it is wide on the page, and level with the curves.
    matrix_axes = figure.add_axes((0.695, 0.5, 0.237, 0.345))
    _draw_confusion(matrix_axes, confusion_matrix(report.labels, predicted))
    _draw_hardest(figure, report, predicted)
    save_figure(figure, path)


def _draw_curves(
    axes: Axes, heading: str, unit: str, train: Sequence[float], test: Sequence[float]
) -> None:
    """Draw a figure over the epochs, for the images trained on and for those held out."""
    epochs = np.arange(1, len(train) + 1)
    axes.plot(epochs, train, color=MUTED, linestyle="--", marker="o", markersize=3.5, label="train")
    axes.plot(epochs, test, color=BLUE, marker="s", markersize=4, label="test (held out)")
    style_axes(axes, heading, "epoch", unit)
    axes.grid(axis="y", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    epoch_axis(axes, len(train))
    axes.legend(fontsize=TEXT_SIZE, frameon=False, labelcolor=INK)


def _draw_confusion(axes: Axes, counts: NDArray[np.int64]) -> None:
    """Draw the matrix with its counts; mistakes stand out in another colour, bold."""
    mistakes = counts * (1 - np.eye(len(counts), dtype=np.int64))
    shades = np.where(np.eye(len(counts), dtype=bool), counts, np.nan)
    axes.imshow(shades, cmap=color_map("#EAF3F9", "#9CC9E3"), vmin=0)
    for row, column in np.argwhere(counts > 0):
        wrong = row != column
        axes.text(
            column, row, str(counts[row, column]), ha="center", va="center", fontsize=TEXT_SIZE,
            color=VERMILLION if wrong else INK, weight="bold" if wrong else "normal",
        )  # fmt: skip
    style_axes(axes, f"Confusion matrix: {mistakes.sum()} of {counts.sum()} wrong")
    axes.set_xlabel("predicted digit", fontsize=TEXT_SIZE, color=MUTED)
    axes.set_ylabel("true digit", fontsize=TEXT_SIZE, color=MUTED)
    axes.set_xticks(range(len(counts)))
    axes.set_yticks(range(len(counts)))
    axes.set_xticks(np.arange(len(counts) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(counts) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=RULE, linewidth=0.6)
    axes.tick_params(which="both", length=0)


def _draw_hardest(figure: Figure, report: DigitsReport, predicted: NDArray[np.int64]) -> None:
    """Draw the test images whose true class got the lowest probability, hardest first."""
    chosen = hardest_first(report.probabilities, report.labels)[:HARDEST]
    heading = (
        "The sixteen hardest test images: the lowest probability of the true digit comes first"
    )
    figure.text(LEFT, 0.435, heading, fontsize=HEADING_SIZE, color=INK, weight="bold")
    for place, index in enumerate(chosen):
        row, column = divmod(place, HARDEST // 2)
        axes = figure.add_axes((LEFT + 0.1135 * column, 0.275 - 0.195 * row, 0.08, 0.1165))
        _draw_digit(axes, report, int(index), int(predicted[index]))


def _draw_digit(axes: Axes, report: DigitsReport, index: int, predicted: int) -> None:
    """Draw one image with its label and prediction; a wrong one has a frame and the word."""
    label = int(report.labels[index])
    wrong = label != predicted
    axes.imshow(report.images[index], cmap=color_map(PAPER, INK), vmin=0, vmax=1)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(VERMILLION if wrong else RULE)
        spine.set_linewidth(2.5 if wrong else 0.8)
    axes.set_title(
        f"true {label}, predicted {predicted}",
        fontsize=TEXT_SIZE - 0.5,
        color=INK,
        pad=5,
    )
    share = report.probabilities[index, label]
    axes.set_xlabel(
        f"{'wrong' if wrong else 'right'}, p({label}) = {share:.2f}",
        fontsize=TEXT_SIZE - 1,
        color=VERMILLION if wrong else MUTED,
        weight="bold" if wrong else "normal",
    )
