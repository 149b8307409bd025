"""The pictures: real images of a sensible size that show what they are given."""

import os
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch.datasets import Graph
from minitorch.viz import boundary, report, style
from minitorch.viz.boundary import draw_boundary
from minitorch.viz.report import DigitsReport, confusion_matrix, draw_report, hardest_first

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Collect the figures that are saved."""
    kept: list[Any] = []
    save = style.save_figure

    def save_and_keep(figure: Any, path: str | os.PathLike[str]) -> None:
        kept.append(figure)
        save(figure, path)

    monkeypatch.setattr(boundary, "save_figure", save_and_keep)
    monkeypatch.setattr(report, "save_figure", save_and_keep)
    return kept


def read_picture(path: Path) -> Any:
    """Read the pixels of a PNG file, (height, width, 4)."""
    from matplotlib.image import imread

    return imread(path)


def texts_of(figure: Any) -> list[str]:
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def diagonal(points: list[tuple[float, float]]) -> Any:
    """Classify by the sum of the coordinates."""
    return np.array([float(x_1 + x_2 < 0.7) for x_1, x_2 in points])


def make_report(epochs: int = 3, wrong: int = 2) -> DigitsReport:
    generator = np.random.RandomState(0)
    labels = np.arange(40) % 10
    probabilities = np.full((40, 10), 0.01)
    probabilities[np.arange(40), labels] = np.linspace(0.5, 0.9, 40)
    for index in range(wrong):
        probabilities[index, labels[index]] = 0.1 + 0.1 * index
        probabilities[index, (labels[index] + 1) % 10] = 0.6
    curve = np.linspace(1.0, 0.1, epochs).tolist()
    return DigitsReport(
        title="A title",
        subtitle="A second line",
        note="A note",
        train_loss=curve,
        test_loss=curve,
        train_accuracy=curve,
        test_accuracy=curve,
        images=generator.rand(40, 8, 8),
        labels=labels,
        probabilities=probabilities,
    )


@pytest.mark.parametrize("epochs", [1, 3])
def test_the_report_is_a_picture_of_a_page(epochs: int, tmp_path: Path) -> None:
    draw_report(tmp_path / "report.png", make_report(epochs))
    picture = read_picture(tmp_path / "report.png")
    height, width, _ = picture.shape
    assert 1500 <= width <= 2000
    assert 1000 <= height <= 1500
    assert picture[:, :, :3].std() > 0.05
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.png"]


def test_the_report_shows_curves_matrix_and_the_sixteen_hardest_images(
    figures: list[Any], tmp_path: Path
) -> None:
    draw_report(tmp_path / "report.png", make_report(wrong=2))
    texts = texts_of(figures[0])
    for expected in ("A title", "A second line", "A note", "Loss", "Accuracy", "epoch"):
        assert expected in texts
    assert "Confusion matrix: 2 of 40 wrong" in texts
    images = [text for text in texts if text.startswith("true ") and "predicted" in text]
    assert len(images) == 16
    # The lowest probability of the true class comes first; words, not colour alone, say "wrong".
    assert images[:2] == ["true 0, predicted 1", "true 1, predicted 2"]
    assert sum(text.startswith("wrong, p(") for text in texts) == 2
    assert sum(text.startswith("right, p(") for text in texts) == 14


def test_the_report_works_with_fewer_than_sixteen_images(tmp_path: Path) -> None:
    full = make_report(wrong=0)
    few = replace(
        full,
        images=full.images[:5],
        labels=full.labels[:5],
        probabilities=full.probabilities[:5],
    )
    draw_report(tmp_path / "report.png", few)
    assert (tmp_path / "report.png").exists()


def test_the_confusion_matrix_counts_true_classes_in_rows() -> None:
    counts = confusion_matrix(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), classes=3)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_the_hardest_example_has_the_lowest_probability_of_its_class() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    assert hardest_first(probabilities, np.array([0, 0, 1])).tolist() == [1, 2, 0]


@pytest.mark.parametrize("dataset", ["Simple", "Spiral"])
def test_the_boundary_is_a_picture_with_all_points_in_it(
    dataset: str, figures: list[Any], tmp_path: Path
) -> None:
    random.seed(0)
    data = minitorch.datasets[dataset](40)
    draw_boundary(tmp_path / "boundary.png", data, diagonal, "A title", resolution=20)
    picture = read_picture(tmp_path / "boundary.png")
    height, width, _ = picture.shape
    assert 800 <= width <= 1200
    assert 700 <= height <= 1100
    (axes, _) = figures[0].axes
    low, high = axes.get_xlim()
    coordinates = np.array(data.X)
    assert low < coordinates.min()
    assert high > coordinates.max()
    assert axes.get_xlabel() == "x₁"
    assert axes.get_ylabel() == "x₂"
    wrong = int(((diagonal(data.X) > 0.5) != (np.array(data.y) == 1)).sum())
    assert f"{40 - wrong} of 40 points on the right side" in texts_of(figures[0])


def test_classes_differ_by_marker_and_wrong_points_have_a_ring(
    figures: list[Any], tmp_path: Path
) -> None:
    data = Graph(3, [(0.1, 0.1), (0.9, 0.9), (0.2, 0.1)], [1, 0, 0])
    draw_boundary(tmp_path / "boundary.png", data, diagonal, "A title", resolution=10)
    axes = figures[0].axes[0]
    label_0, label_1, ring = axes.collections[-3:]
    assert len(label_0.get_offsets()) == 2
    assert len(label_1.get_offsets()) == 1
    assert len(label_0.get_paths()[0]) != len(label_1.get_paths()[0])
    assert ring.get_offsets().tolist() == [[0.2, 0.1]]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["label 0", "label 1", "wrong", "p = 0.5"]


def test_a_classifier_without_a_boundary_is_drawn(tmp_path: Path) -> None:
    data = Graph(2, [(0.1, 0.1), (0.9, 0.9)], [1, 1])
    draw_boundary(
        tmp_path / "boundary.png", data, lambda points: np.ones(len(points)), "One", resolution=10
    )
    assert (tmp_path / "boundary.png").exists()


def test_drawing_leaves_the_users_matplotlib_alone(tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    draw_report(tmp_path / "report.png", make_report())
    assert dict(matplotlib.rcParams) == before
    plt = pytest.importorskip("matplotlib.pyplot")
    assert plt.get_fignums() == []


def test_a_picture_that_cannot_be_finished_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    def stop_half_way(canvas: Any, file: Any) -> None:
        file.write(b"half a picture")
        raise OSError("No space left on device")

    path = tmp_path / "report.png"
    path.write_bytes(b"earlier")
    monkeypatch.setattr(FigureCanvasAgg, "print_png", stop_half_way)
    with pytest.raises(OSError, match="No space"):
        draw_report(path, make_report())
    assert path.read_bytes() == b"earlier"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.png"]


def test_the_palettes_colours_differ_in_brightness_too() -> None:
    def brightness(color: str) -> float:
        red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert abs(brightness(style.BLUE) - brightness(style.ORANGE)) > 0.2
