"""The training with the digits: its files, its numbers, and how it is stopped."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")

from minitorch.training import digits
from minitorch.training.data import ImageSplit, load_digits_split
from minitorch.training.digits import DigitsNetwork, DigitsTrain, shift_images, train_digits
from minitorch.training.metrics import DivergenceError
from minitorch.training.weights import copy_weights, load_weights

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def few_digits() -> ImageSplit:
    """96 digits to train on and 60 held out."""
    split = load_digits_split()
    return ImageSplit(
        split.train_images[:96],
        split.train_labels[:96],
        split.test_images[:60],
        split.test_labels[:60],
    )


def without_times(metrics: dict[str, object]) -> dict[str, object]:
    """Leave the times out, the one thing that differs from run to run."""
    history = metrics["history"]
    assert isinstance(history, list)
    kept = {name: value for name, value in metrics.items() if name not in ("seconds", "history")}
    return {**kept, "epochs": [{**epoch, "seconds": 0} for epoch in history]}


def test_a_training_writes_report_metrics_and_weights(
    few_digits: ImageSplit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = train_digits(epochs=2, seed=5, output=tmp_path / "new" / "digits", data=few_digits)
    assert result.folder == tmp_path / "new" / "digits"
    assert not result.interrupted
    names = sorted(entry.name for entry in result.folder.iterdir())
    assert names == ["metrics.json", "report.png", "weights.npz"]
    assert (result.folder / "report.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    metrics = json.loads((result.folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics == result.metrics
    assert 0.0 <= metrics["test_accuracy"] <= 1.0
    assert metrics["test_accuracy"] == metrics["history"][-1]["test_accuracy"]
    assert [epoch["epoch"] for epoch in metrics["history"]] == [1, 2]
    assert metrics["history"][1]["train_loss"] < metrics["history"][0]["train_loss"]
    assert metrics["seed"] == 5
    assert {"minitorch", "numpy", "numba", "python"} <= metrics["versions"].keys()
    assert metrics["seconds"] > 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert re.search(r"epoch 1/2 +loss .* accuracy .* images/s .* left", lines[0])


def test_the_saved_weights_give_the_reported_accuracy(
    few_digits: ImageSplit, tmp_path: Path
) -> None:
    result = train_digits(epochs=1, output=tmp_path, data=few_digits)
    training = DigitsTrain(few_digits, 1, 0.1, 16, seed=99)
    training.model = DigitsNetwork()
    load_weights(training.model, tmp_path / "weights.npz")
    _, accuracy = training._figures(training._test())
    assert accuracy == result.metrics["test_accuracy"]


def test_the_same_seed_gives_the_same_numbers_and_another_seed_does_not(
    few_digits: ImageSplit, tmp_path: Path
) -> None:
    random.seed(1)
    first = train_digits(epochs=1, seed=7, output=tmp_path / "1", data=few_digits)
    random.seed(2)
    second = train_digits(epochs=1, seed=7, output=tmp_path / "2", data=few_digits)
    other = train_digits(epochs=1, seed=8, output=tmp_path / "3", data=few_digits)
    assert without_times(first.metrics) == without_times(second.metrics)
    assert without_times(first.metrics)["epochs"] != without_times(other.metrics)["epochs"]
    with np.load(tmp_path / "1/weights.npz") as a, np.load(tmp_path / "2/weights.npz") as b:
        assert all(np.array_equal(a[name], b[name]) for name in a.files)


def test_held_out_images_are_never_trained_on(few_digits: ImageSplit) -> None:
    training = DigitsTrain(few_digits, 1, 0.1, 16, seed=0)
    # Every training image has a mean of its own, which moving by a pixel changes little.
    marked = ImageSplit(
        np.full((50, 8, 8), 0.25), np.arange(50), np.full((20, 8, 8), 0.75), np.arange(20)
    )
    training.data = marked
    batches = list(training._batches())
    labels = np.concatenate([labels for _, labels in batches])
    assert sorted(labels) == list(range(50))
    assert all(images.max() == 0.25 for images, _ in batches)


def test_images_move_by_at_most_a_pixel_and_lose_nothing_else() -> None:
    image = np.zeros((1, 8, 8))
    image[0, 3, 4] = 1.0
    generator = np.random.RandomState(0)
    places = set()
    for _ in range(200):
        (moved,) = shift_images(image, generator)
        assert moved.sum() == 1.0
        ((row, column),) = np.argwhere(moved)
        places.add((int(row), int(column)))
    assert places == {(row, column) for row in (2, 3, 4) for column in (3, 4, 5)}


def test_the_learning_rate_falls_from_its_value_towards_zero(few_digits: ImageSplit) -> None:
    training = DigitsTrain(few_digits, 10, 0.2, 16, seed=0)
    rates = [training._rate_in(epoch) for epoch in range(1, 11)]
    assert rates[0] == 0.2
    assert rates == sorted(rates, reverse=True)
    assert 0.0 < rates[-1] < 0.01


def interrupt_in_epoch(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press Ctrl-C in the middle of an epoch."""
    original = DigitsTrain._batches
    epochs = iter(range(1, 100))

    def batches(self: DigitsTrain) -> Iterator[object]:
        is_last = next(epochs) == number
        for position, batch in enumerate(original(self)):
            if is_last and position == 3:
                signal.raise_signal(signal.SIGINT)
            yield batch

    monkeypatch.setattr(DigitsTrain, "_batches", batches)


def test_an_interrupt_keeps_the_epochs_that_were_done(
    few_digits: ImageSplit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_epoch = DigitsTrain(few_digits, 5, 0.1, 16, seed=0)
    monkeypatch.setattr(one_epoch, "epochs", 1)
    monkeypatch.setattr(one_epoch, "_rate_in", lambda epoch: 0.1)
    one_epoch.run()
    interrupt_in_epoch(2, monkeypatch)
    result = train_digits(epochs=5, output=tmp_path, data=few_digits)
    assert result.interrupted
    assert result.metrics["epochs"] == 1
    assert result.metrics["epochs_planned"] == 5
    assert (tmp_path / "report.png").exists()
    # The weights are those after the epoch, not those in the middle of the next.
    with np.load(tmp_path / "weights.npz") as saved:
        for name, array in copy_weights(one_epoch.model).items():
            np.testing.assert_array_equal(saved[name], array)


def test_an_interrupt_in_the_first_epoch_leaves_earlier_files_alone(
    few_digits: ImageSplit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "metrics.json").write_text("earlier", encoding="utf-8")
    interrupt_in_epoch(1, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train_digits(epochs=5, output=tmp_path, data=few_digits)
    assert [entry.name for entry in tmp_path.iterdir()] == ["metrics.json"]
    assert (tmp_path / "metrics.json").read_text(encoding="utf-8") == "earlier"


def test_a_rate_that_is_too_large_is_an_error_that_says_so(
    few_digits: ImageSplit, tmp_path: Path
) -> None:
    with (
        np.errstate(all="ignore"),
        pytest.raises(DivergenceError, match=r"learning rate 1e\+308 is too large"),
    ):
        train_digits(epochs=2, rate=1e308, output=tmp_path, data=few_digits)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_an_error_before_the_training(
    few_digits: ImageSplit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    monkeypatch.setattr(digits, "DigitsTrain", None)
    with pytest.raises(OSError, match="taken"):
        train_digits(epochs=1, output=tmp_path / "taken", data=few_digits)


def test_no_epochs_are_no_training(few_digits: ImageSplit, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one epoch, got 0"):
        train_digits(epochs=0, output=tmp_path, data=few_digits)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_the_command_within_two_seconds_and_keeps_what_was_reached(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-u", "-m", "minitorch.cli", "train", "digits"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
    ) as process:
        watchdog = threading.Timer(110, process.kill)
        watchdog.start()
        assert process.stdout is not None
        assert process.stdout.readline().startswith("epoch 1/")
        time.sleep(0.3)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        output = process.stdout.read()
        status = process.wait()
        seconds = time.monotonic() - start
        watchdog.cancel()
    assert status == 130
    assert seconds < 2.0
    assert "Stopped after 1 of" in output
    folder = tmp_path / "runs" / "digits"
    names = sorted(entry.name for entry in folder.iterdir())
    assert names == ["metrics.json", "report.png", "weights.npz"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_whole_training_gets_at_least_97_percent_of_the_held_out_digits(
    tmp_path: Path,
) -> None:
    result = train_digits(output=tmp_path)
    assert result.metrics["train_images"] + result.metrics["test_images"] == 1797
    assert result.metrics["test_images"] == pytest.approx(0.2 * 1797, abs=10)
    assert result.metrics["test_accuracy"] >= 0.97
