"""What commands show on a terminal: tables and the progress of a training.

Both use rich where it is installed and the output is a terminal. Anywhere else they print plain
lines, which read well in a log file.
"""

import sys
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self, TextIO

from ._runtime import require
from .errors import MissingPackageError


def rich_console(file: TextIO) -> Any | None:
    """Give a rich console that writes to a file; None where plain lines are in place."""
    if not file.isatty():
        return None
    try:
        console = require("rich.console").Console(file=file)
    except MissingPackageError:
        return None
    return None if console.is_dumb_terminal else console


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    file: TextIO | None = None,
) -> None:
    """Print a table.

    Args:
        title: the line above it.
        columns: the heads of the columns; when all are empty there is no head line.
        rows: as many cells in each as there are columns.
        file: where to; None is standard output.
    """
    file = file or sys.stdout
    cells = [[str(cell) for cell in row] for row in rows]
    console = rich_console(file)
    if console is None:
        print("\n".join(_plain_table(title, columns, cells)), file=file)
        return
    text = require("rich.text").Text
    table = require("rich.table").Table(
        title=text(title, style="bold"), title_justify="left", show_header=any(columns)
    )
    for column in columns:
        table.add_column(text(column), overflow="fold")
    for row in cells:
        table.add_row(*(text(cell) for cell in row))
    console.print(table)


def _plain_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [*([list(columns)] if any(columns) else []), *rows]
    widths = [max((len(line[i]) for line in lines), default=0) for i in range(len(columns))]
    laid_out = (
        "  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    return [title, *(f"  {line}".rstrip() for line in laid_out)]


def format_duration(seconds: float) -> str:
    """Write a time as minutes:seconds, or hours:minutes:seconds."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def format_figure(name: str, value: float) -> str:
    """Write a figure of a training with its name: an accuracy in percent, others as they are."""
    name = name.replace("_", " ")
    if name.endswith("accuracy"):
        return f"{name} {100 * value:.1f} %"
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{name} {value:.3e}"
    return f"{name} {value:.4f}"


class EpochProgress:
    """Show how a training goes on: a live bar on a terminal, a line per epoch elsewhere.

    Example:
        with EpochProgress(epochs, len(images)) as progress:
            for _ in range(epochs):
                for batch in batches:
                    loss = step(batch)
                    progress.advance(len(batch), loss=loss)
                progress.end_epoch(loss=mean_loss, accuracy=accuracy)
    """

    def __init__(
        self,
        epochs: int,
        items_per_epoch: int,
        unit: str = "images",
        *,
        line_every: int = 1,
        file: TextIO | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Prepare the display; entering the `with` block starts the clock.

        Args:
            epochs: how many are planned.
            items_per_epoch: how many items `advance` reports in each.
            unit: what the items are, in the plural.
            line_every: print the lines of epochs whose number it divides, and that of the last.
            file: where to; None is standard output.
            clock: gives the time in seconds.
        """
        self.epochs = epochs
        self.items_per_epoch = items_per_epoch
        self.unit = unit
        self.line_every = line_every
        self._file = file or sys.stdout
        self._clock = clock
        self._finished_epochs = 0
        self._items = 0
        self._bar: Any = None

    def __enter__(self) -> Self:
        self._epoch_start = self._last_advance = self._clock()
        console = rich_console(self._file)
        if console is not None:
            self._bar = _live_bar(console)
            self._task = self._bar.add_task(self._epoch_text(), total=self.epochs, figures="")
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, items: int, **figures: float) -> None:
        """Report that so many more items of this epoch were trained on, and figures so far."""
        self._items += items
        self._last_advance = self._clock()
        if self._bar is not None:
            share = min(1.0, self._items / max(1, self.items_per_epoch))
            self._update_bar(self._finished_epochs + share, figures)

    def end_epoch(self, **figures: float) -> None:
        """Report the end of an epoch and its figures."""
        text = self._figures_text(figures)
        epoch_text = self._epoch_text()
        self._finished_epochs += 1
        due = self._finished_epochs % self.line_every == 0 or self._finished_epochs == self.epochs
        if self._bar is not None:
            self._update_bar(self._finished_epochs, figures)
            if due:
                self._bar.print(f"{epoch_text}  {text}", markup=False, highlight=False)
        elif due:
            # By the last epoch alone: in the first one kernels were compiled.
            seconds = (self._clock() - self._epoch_start) * (self.epochs - self._finished_epochs)
            left = f"{format_duration(seconds)} left"
            print(f"{epoch_text}  {text}  {left}", file=self._file, flush=True)
        self._items = 0
        self._epoch_start = self._last_advance = self._clock()

    def _epoch_text(self) -> str:
        """Name the epoch that is running."""
        return f"epoch {min(self._finished_epochs + 1, self.epochs)}/{self.epochs}"

    def _figures_text(self, figures: dict[str, float]) -> str:
        """Write the figures and the speed, which leaves out what follows the last `advance`."""
        parts = [format_figure(name, value) for name, value in figures.items()]
        seconds = self._last_advance - self._epoch_start
        if seconds > 0:
            parts.append(f"{self._items / seconds:.0f} {self.unit}/s")
        return "  ".join(parts)

    def _update_bar(self, completed: float, figures: dict[str, float]) -> None:
        self._bar.update(
            self._task,
            completed=completed,
            description=self._epoch_text(),
            figures=self._figures_text(figures),
        )


def _live_bar(console: Any) -> Any:
    """Make the bar: epoch, share done, figures, time left."""
    progress = require("rich.progress")
    return progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(bar_width=20),
        progress.TextColumn("{task.fields[figures]}", markup=False),
        progress.TimeRemainingColumn(compact=True),
        progress.TextColumn("left"),
        console=console,
        transient=True,
    )


class StepProgress:
    """Show how many of some steps are done: a bar on a terminal, a line per step elsewhere.

    Args:
        total: the number of steps.
        file: where to; None is standard output.
    """

    def __init__(self, total: int, file: TextIO | None = None) -> None:
        self.total = total
        self._done = 0
        self._file = file or sys.stdout
        self._bar: Any = None

    def __enter__(self) -> Self:
        console = rich_console(self._file)
        if console is not None:
            progress = require("rich.progress")
            self._bar = progress.Progress(console=console, transient=True)
            self._task = self._bar.add_task("", total=self.total)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def step(self, name: str, outcome: str) -> None:
        """Report that a step is done, and what came of it."""
        self._done += 1
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, description=name)
            self._bar.print(f"{name}  {outcome}", markup=False, highlight=False)
        else:
            count = f"{self._done}/{self.total}"
            print(f"{count}  {name}  {outcome}", file=self._file, flush=True)
