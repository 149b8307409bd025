"""How all pictures look: palette, fonts, axes, and files that appear whole.

The colours are those of Okabe and Ito ("Color Universal Design", 2008), which people with any kind
of colour vision can tell apart. Markers, line styles or text say the same thing as the colours.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from minitorch._files import atomic_write
from minitorch._runtime import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE = "#0072B2"
ORANGE = "#E69F00"
VERMILLION = "#D55E00"
SKY = "#56B4E9"

INK = "#222222"
MUTED = "#5F5F5F"
RULE = "#D9D9D9"
PAPER = "#FFFFFF"

TITLE_SIZE = 15
HEADING_SIZE = 11.5
TEXT_SIZE = 9.5

DOTS_PER_INCH = 130


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure of width by height inches, with no global state behind it.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    figure_class = require("matplotlib.figure", "Drawing a picture").Figure
    figure: Figure = figure_class(figsize=(width, height), dpi=DOTS_PER_INCH, facecolor=PAPER)
    return figure


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure to a PNG file; it appears whole or not at all.

    Raises:
        OSError: the folder cannot be written or the disk is full.
    """
    canvas = require("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    with atomic_write(path) as file:
        canvas.print_png(file)


def style_axes(axes: Axes, heading: str, x_label: str = "", y_label: str = "") -> None:
    """Give axes their heading and labels, and take away what no reader needs."""
    axes.set_title(heading, loc="left", fontsize=HEADING_SIZE, color=INK, pad=8, weight="bold")
    axes.set_xlabel(x_label, fontsize=TEXT_SIZE, color=MUTED)
    axes.set_ylabel(y_label, fontsize=TEXT_SIZE, color=MUTED)
    axes.tick_params(labelsize=TEXT_SIZE, colors=MUTED, length=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(RULE)


def epoch_axis(axes: Axes, epochs: int) -> None:
    """Let the x axis run over the epochs from 1, with whole numbers only."""
    ticker = require("matplotlib.ticker")
    axes.set_xlim(0.5, epochs + 0.5)
    axes.xaxis.set_major_locator(ticker.MaxNLocator(nbins=8, integer=True, min_n_ticks=1))


def color_map(*colors: str) -> Any:
    """Make a map that runs evenly through these colours."""
    return require("matplotlib.colors").LinearSegmentedColormap.from_list("minitorch", colors)


def prepare_drawing() -> None:
    """Load matplotlib and its fonts, so that a missing package shows, and time passes, early.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    figure = new_figure(1.0, 1.0)
    figure.text(0.5, 0.5, "x", fontsize=TEXT_SIZE, weight="bold")
    require("matplotlib.backends.backend_agg").FigureCanvasAgg(figure).draw()
