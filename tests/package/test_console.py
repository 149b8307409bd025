"""Tables and training progress: plain lines in a file, rich where there is a terminal."""

import io

import pytest

from minitorch import console
from minitorch.console import EpochProgress, format_duration, format_figure, print_table


class Clock:
    """A clock that a test turns by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


def train(progress: EpochProgress, clock: Clock) -> None:
    """Three epochs of two batches of 50, each 0.25 s, and 0.5 s of testing after each epoch."""
    with progress:
        for epoch in range(3):
            for _ in range(2):
                clock.now += 0.25
                progress.advance(50, loss=1.5)
            clock.now += 0.5
            progress.end_epoch(loss=0.5 / (epoch + 1), test_accuracy=0.9 + 0.03 * epoch)


def test_plain_table_lines_its_columns_up() -> None:
    file = io.StringIO()
    print_table("Results", ("name", "count"), [("a long name", 1), ("b", 23)], file)
    assert file.getvalue().splitlines() == [
        "Results",
        "  name         count",
        "  a long name  1",
        "  b            23",
    ]


def test_plain_table_without_heads_has_no_head_line() -> None:
    file = io.StringIO()
    print_table("Facts", ("", ""), [("x", "1")], file)
    assert file.getvalue() == "Facts\n  x  1\n"


def test_an_empty_table_is_its_title_and_heads() -> None:
    file = io.StringIO()
    print_table("Nothing", ("a", "b"), [], file)
    assert file.getvalue() == "Nothing\n  a  b\n"


def test_tables_go_to_standard_output_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("Facts", ("",), [("x",)])
    assert capsys.readouterr().out == "Facts\n  x\n"


def test_terminal_table_is_rich_and_shows_brackets_as_they_are(terminal: Terminal) -> None:
    print_table("Results", ("name", "shape"), [("[bold]a", "[2, 3]")], terminal)
    text = terminal.getvalue()
    assert "━" in text
    for part in ("Results", "name", "[bold]a", "[2, 3]"):
        assert part in text


def test_terminal_without_rich_gets_the_plain_table(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(console.sys.modules, "rich.console", None)
    print_table("Facts", ("",), [("x",)], terminal)
    assert terminal.getvalue() == "Facts\n  x\n"


def test_dumb_terminal_gets_the_plain_table(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    print_table("Facts", ("",), [("x",)], terminal)
    assert terminal.getvalue() == "Facts\n  x\n"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (9.6, "0:10"), (75, "1:15"), (3600, "1:00:00"), (7322, "2:02:02")],
)
def test_durations_are_minutes_and_seconds(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("loss", 0.12344, "loss 0.1234"),
        ("loss", 0.0, "loss 0.0000"),
        ("loss", 0.00001234, "loss 1.234e-05"),
        ("loss", -123456789.0, "loss -1.235e+08"),
        ("loss", float("nan"), "loss nan"),
        ("loss", float("inf"), "loss inf"),
        ("accuracy", 0.97234, "accuracy 97.2 %"),
        ("test_accuracy", 1.0, "test accuracy 100.0 %"),
    ],
)
def test_figures_are_readable_at_every_size(name: str, value: float, text: str) -> None:
    assert format_figure(name, value) == text


def test_plain_progress_is_one_line_per_epoch() -> None:
    clock, file = Clock(), io.StringIO()
    train(EpochProgress(3, 100, file=file, clock=clock), clock)
    assert file.getvalue().splitlines() == [
        "epoch 1/3  loss 0.5000  test accuracy 90.0 %  200 images/s  0:02 left",
        "epoch 2/3  loss 0.2500  test accuracy 93.0 %  200 images/s  0:01 left",
        "epoch 3/3  loss 0.1667  test accuracy 96.0 %  200 images/s  0:00 left",
    ]


def test_plain_progress_can_leave_epochs_out_but_never_the_last() -> None:
    clock, file = Clock(), io.StringIO()
    train(EpochProgress(3, 100, unit="points", line_every=2, file=file, clock=clock), clock)
    lines = file.getvalue().splitlines()
    assert [line[:9] for line in lines] == ["epoch 2/3", "epoch 3/3"]
    assert "200 points/s" in lines[0]


def test_an_epoch_in_no_time_shows_no_speed() -> None:
    clock, file = Clock(), io.StringIO()
    with EpochProgress(1, 10, file=file, clock=clock) as progress:
        progress.advance(10)
        progress.end_epoch(loss=1.0)
    assert file.getvalue() == "epoch 1/1  loss 1.0000  0:00 left\n"


def test_an_error_in_the_training_passes_through() -> None:
    with pytest.raises(KeyboardInterrupt), EpochProgress(2, 10, file=io.StringIO()) as progress:
        progress.advance(5)
        raise KeyboardInterrupt


def test_terminal_progress_is_a_live_bar_with_all_figures(terminal: Terminal) -> None:
    clock = Clock()
    train(EpochProgress(3, 100, file=terminal, clock=clock), clock)
    text = terminal.getvalue()
    assert "\x1b[" in text
    for part in (
        "epoch 1/3",
        "epoch 3/3",
        "loss 0.1667",
        "test accuracy 96.0 %",
        "images/s",
        "━",
        "left",
    ):
        assert part in text


def test_terminal_progress_gives_the_cursor_back_after_an_error(terminal: Terminal) -> None:
    with pytest.raises(KeyboardInterrupt), EpochProgress(2, 10, file=terminal) as progress:
        progress.advance(5, loss=1.0)
        raise KeyboardInterrupt
    hide_cursor, show_cursor = "\x1b[?25l", "\x1b[?25h"
    assert terminal.getvalue().rfind(show_cursor) > terminal.getvalue().rfind(hide_cursor) >= 0


def test_terminal_without_rich_gets_plain_progress(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(console.sys.modules, "rich.console", None)
    clock = Clock()
    train(EpochProgress(3, 100, file=terminal, clock=clock), clock)
    assert len(terminal.getvalue().splitlines()) == 3
