"""The command line of run_fast_tensor."""

from pathlib import Path

import pytest

import minitorch._cuda
from minitorch.training import run_fast_tensor
from minitorch.training.run_fast_tensor import FastTensorBackend, FastTrain, main


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[FastTrain, int, float]]:
    """Collect what is asked for instead of training."""
    calls: list[tuple[FastTrain, int, float]] = []
    monkeypatch.setattr(
        FastTrain, "train", lambda self, data, rate: calls.append((self, data.N, rate))
    )
    return calls


def misuse(*arguments: str) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(arguments)
    assert exit_info.value.code == 2


def test_the_defaults_are_the_courses(trained: list[tuple[FastTrain, int, float]]) -> None:
    assert main([]) == 0
    ((trainer, points, rate),) = trained
    assert (trainer.hidden_layers, trainer.batch_size, points, rate) == (10, 10, 50, 0.05)
    assert trainer.backend is FastTensorBackend


@pytest.mark.parametrize("name", ["simple", "Diag", "SPLIT", "xor", "Circle", "spiral"])
def test_all_data_sets_are_accepted_in_any_case(
    name: str, trained: list[tuple[FastTrain, int, float]]
) -> None:
    assert main(["--DATASET", name, "--PTS", "20", "--HIDDEN", "3", "--RATE", "0.5"]) == 0
    ((trainer, points, rate),) = trained
    assert (trainer.hidden_layers, points, rate) == (3, 20, 0.5)


def test_an_unknown_data_set_is_an_error_that_lists_the_six(
    capsys: pytest.CaptureFixture[str],
) -> None:
    misuse("--DATASET", "square")
    text = capsys.readouterr().err
    assert "square" in text
    assert all(name in text for name in ("simple", "diag", "split", "xor", "circle", "spiral"))


def test_an_unknown_backend_is_an_error_that_lists_both(capsys: pytest.CaptureFixture[str]) -> None:
    misuse("--BACKEND", "tpu")
    text = capsys.readouterr().err
    assert "cpu" in text
    assert "gpu" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("--PTS", "0"),
        ("--PTS", "many"),
        ("--HIDDEN", "-3"),
        ("--RATE", "0"),
        ("--RATE", "nan"),
        ("--PLOT", "maybe"),
        ("--PTS", "1", "--DATASET", "spiral"),
        ("--SPEED", "9"),
    ],
)
def test_a_bad_value_is_an_error(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    misuse(*arguments)
    assert "error: " in capsys.readouterr().err


def test_a_missing_gpu_is_one_line_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(minitorch._cuda.cuda, "is_available", lambda: False)
    assert main(["--BACKEND", "gpu"]) == 1
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    assert "minitorch doctor" in text
    assert "NUMBA_ENABLE_CUDASIM=1" in text


@pytest.mark.parametrize("plot", [["--PLOT"], ["--PLOT", "True"]])
def test_plot_draws_the_boundary(
    plot: list[str],
    trained: list[tuple[FastTrain, int, float]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    assert main(["--DATASET", "xor", *plot]) == 0
    assert (tmp_path / "runs" / "xor" / "boundary.png").stat().st_size > 10_000


def test_without_plot_nothing_is_drawn(
    trained: list[tuple[FastTrain, int, float]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--PLOT", "False"]) == 0
    assert list(tmp_path.iterdir()) == []


def test_the_whole_course_training_prints_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_fast_tensor.main(["--PTS", "10", "--HIDDEN", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 50
    assert lines[0].startswith("Epoch  10  loss  ")
    assert lines[-1].startswith("Epoch  500  loss  ")
