"""`minitorch train`: what it accepts, what it refuses, and its exit statuses."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("matplotlib")

import minitorch._cuda
from minitorch import cli
from minitorch.training import classifiers, digits
from minitorch.training.classifiers import ClassifierResult, Plan, default_plan
from minitorch.training.digits import DigitsResult
from minitorch.training.metrics import DivergenceError

POINTS_METRICS = {"accuracy": 0.98, "points": 50, "epochs": 10, "epochs_planned": 10}
DIGITS_METRICS = {"test_accuracy": 0.99, "test_images": 359, "epochs": 3, "epochs_planned": 15}


@pytest.fixture
def points_calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Collect what the command asks `train_classifier` for."""
    calls: list[tuple[Any, ...]] = []

    def train(*arguments: Any) -> ClassifierResult:
        calls.append(arguments)
        return ClassifierResult(POINTS_METRICS, Path("runs/xor"), interrupted=False)

    monkeypatch.setattr(classifiers, "train_classifier", train)
    return calls


def misuse(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as exit_info:
        cli.main(["train", *arguments])
    assert exit_info.value.code == 2
    text = capsys.readouterr().err
    assert "minitorch train: error: " in text
    return text


def test_a_data_set_alone_is_trained_with_its_plan_on_fast(
    points_calls: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["train", "XOR"]) == 0
    assert points_calls == [("xor", "fast", default_plan("xor", "fast"), 0, None)]
    assert capsys.readouterr().out.splitlines() == [
        "98.0 % of the 50 points are on the right side.",
        f"The picture is {Path('runs/xor/boundary.png')}",
    ]


def test_options_change_the_plan(points_calls: list[tuple[Any, ...]]) -> None:
    options = (
        "--backend Scalar --points 7 --hidden 3 --rate 0.5 --epochs 9 --batch 2 --seed 4 --output o"
    )
    assert cli.main(["train", "spiral", *options.split()]) == 0
    assert points_calls == [("spiral", "scalar", Plan(7, 3, 0.5, 9, 2), 4, Path("o"))]


@pytest.mark.parametrize(("interrupted", "status"), [(False, 0), (True, 130)])
def test_digits_are_trained_with_the_given_options(
    interrupted: bool,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    calls: list[dict[str, Any]] = []

    def train(**arguments: Any) -> DigitsResult:
        calls.append(arguments)
        return DigitsResult(DIGITS_METRICS, Path("o"), interrupted)

    monkeypatch.setattr(digits, "train_digits", train)
    options = "--rate 0.2 --epochs 4 --batch 8 --seed 3 --output o"
    assert cli.main(["train", "digits", *options.split()]) == status
    assert calls == [{"epochs": 4, "rate": 0.2, "batch": 8, "seed": 3, "output": Path("o")}]
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("99.0 % of the 359 held-out images are right.")
    assert first.startswith("Stopped after 3 of 15 epochs: ") == interrupted
    assert second == f"The report is {Path('o/report.png')}"


def test_an_unknown_data_set_is_an_error_that_lists_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = misuse(capsys, "square")
    names = ("digits", "simple", "diag", "split", "xor", "circle", "spiral")
    assert all(name in text for name in names)


def test_an_unknown_backend_is_an_error_that_lists_all(capsys: pytest.CaptureFixture[str]) -> None:
    text = misuse(capsys, "simple", "--backend", "tpu")
    assert all(name in text for name in ("scalar", "simple", "fast", "cuda"))


@pytest.mark.parametrize("option", ["--epochs", "--batch", "--hidden", "--points"])
@pytest.mark.parametrize("value", ["0", "-2", "1.5", "many"])
def test_counts_are_whole_numbers_of_at_least_one(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = misuse(capsys, "simple", f"{option}={value}")
    assert option in text
    assert repr(value) in text


@pytest.mark.parametrize("value", ["0", "-0.1", "nan", "inf", "fast"])
def test_the_rate_is_a_number_above_zero(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert repr(value) in misuse(capsys, "simple", f"--rate={value}")


@pytest.mark.parametrize("value", ["-1", "x", str(2**32)])
def test_the_seed_is_a_number_that_numpy_takes(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert repr(value) in misuse(capsys, "simple", f"--seed={value}")


@pytest.mark.parametrize(
    "options", [["--hidden", "5"], ["--points", "9"], ["--backend", "fast", "--hidden", "5"]]
)
def test_an_option_that_does_not_fit_the_digits_is_an_error(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = misuse(capsys, "digits", *options)
    assert all(option in text for option in options if option.startswith("--"))
    assert "cannot be used with digits" in text


def test_a_spiral_of_one_point_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert "at least 2 points" in misuse(capsys, "spiral", "--points", "1")


def test_a_training_that_diverges_is_one_line_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def diverge(**_: Any) -> None:
        raise DivergenceError("The loss became nan.")

    monkeypatch.setattr(digits, "train_digits", diverge)
    assert cli.main(["train", "digits"]) == 1
    assert capsys.readouterr().err == "minitorch train: error: The loss became nan.\n"


def test_cuda_without_a_device_is_one_line_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(minitorch._cuda.cuda, "is_available", lambda: False)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["train", "simple", "--backend", "cuda"]) == 1
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    assert "minitorch doctor" in text
    assert "NUMBA_ENABLE_CUDASIM=1" in text


def test_a_folder_that_is_a_file_is_one_line_and_status_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    assert cli.main(["train", "simple", "--output", str(tmp_path / "taken")]) == 1
    assert "taken" in capsys.readouterr().err


def test_a_small_training_runs_from_the_command_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = ["--epochs", "3", "--points", "10", "--output", str(tmp_path)]
    assert cli.main(["train", "diag", *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Epoch  3  loss  ")
    assert lines[-1] == f"The picture is {tmp_path / 'boundary.png'}"
