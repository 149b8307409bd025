"""The 2-D classifiers: every data set and backend, their files, and wrong requests."""

import json
import os
import signal
from pathlib import Path

import numba.cuda
import pytest

pytest.importorskip("matplotlib")

import minitorch._cuda
from minitorch.errors import DeviceError, UnknownNameError
from minitorch.training import classifiers
from minitorch.training.arguments import DATASET_NAMES
from minitorch.training.classifiers import Plan, default_plan, train_classifier
from minitorch.training.metrics import DivergenceError

QUICK = Plan(points=20, hidden=6, rate=0.2, epochs=30, batch=5)


@pytest.mark.parametrize("backend", ["scalar", "simple", "fast"])
def test_a_training_writes_a_picture_and_metrics(
    backend: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = train_classifier("simple", backend, QUICK, seed=1, output=tmp_path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["boundary.png", "metrics.json"]
    assert (tmp_path / "boundary.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert metrics == result.metrics
    assert metrics["accuracy"] >= 0.9
    assert (metrics["dataset"], metrics["backend"], metrics["seed"]) == ("simple", backend, 1)
    assert len(metrics["losses"]) == 30
    assert metrics["losses"][-1] < metrics["losses"][0]
    epochs = [line.split()[1] for line in capsys.readouterr().out.splitlines()]
    assert epochs == ["10", "20", "30"]


@pytest.mark.parametrize("dataset", DATASET_NAMES)
def test_every_data_set_can_be_trained_and_drawn(
    dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = train_classifier(dataset, plan=Plan(20, 3, 0.1, 1, 10))
    assert (tmp_path / "runs" / dataset / "boundary.png").stat().st_size > 10_000
    assert result.folder == Path("runs") / dataset


def test_the_same_seed_gives_the_same_losses(tmp_path: Path) -> None:
    first, second, other = (
        train_classifier("xor", "fast", QUICK, seed, tmp_path).metrics for seed in (1, 1, 2)
    )
    assert first["losses"] == second["losses"]
    assert first["losses"] != other["losses"]


@pytest.mark.parametrize("backend", ["scalar", "simple", "fast", "cuda"])
def test_there_is_a_plan_for_every_data_set(backend: str) -> None:
    assert all(default_plan(dataset, backend).epochs >= 1 for dataset in DATASET_NAMES)


@pytest.mark.parametrize("points", [1, 2, 3])
def test_a_handful_of_points_can_be_drawn(points: int, tmp_path: Path) -> None:
    train_classifier("simple", "fast", Plan(points, 2, 0.1, 1, 10), output=tmp_path)
    assert (tmp_path / "boundary.png").exists()


def test_an_unknown_data_set_is_an_error_that_lists_the_six(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="simple, diag, split, xor, circle, spiral"):
        train_classifier("square", output=tmp_path)


def test_an_unknown_backend_is_an_error_that_lists_the_four(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="scalar, simple, fast, cuda"):
        train_classifier("simple", "tpu", QUICK, output=tmp_path)


def test_cuda_without_a_device_is_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(minitorch._cuda.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceError, match=r"minitorch doctor.*NUMBA_ENABLE_CUDASIM=1"):
        train_classifier("simple", "cuda", QUICK, output=tmp_path)


@pytest.mark.cudasim
@pytest.mark.skipif(
    not (os.environ.get("NUMBA_ENABLE_CUDASIM") or numba.cuda.is_available()),
    reason="no CUDA device and no NUMBA_ENABLE_CUDASIM=1",
)
def test_cuda_gives_the_losses_of_fast(tmp_path: Path) -> None:
    plan = Plan(points=4, hidden=2, rate=0.1, epochs=1, batch=4)
    on_gpu = train_classifier("simple", "cuda", plan, output=tmp_path)
    on_cpu = train_classifier("simple", "fast", plan, output=tmp_path)
    assert on_gpu.metrics["losses"] == pytest.approx(on_cpu.metrics["losses"])
    assert on_gpu.metrics["backend"] == "cuda"


def test_an_interrupt_keeps_what_was_last_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop_at_20(epoch: int, *_: object) -> None:
        if epoch == 20:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(classifiers, "default_log_fn", stop_at_20)
    result = train_classifier("simple", "fast", QUICK, output=tmp_path)
    assert result.interrupted
    assert result.metrics["epochs"] == 20
    assert result.metrics["epochs_planned"] == 30
    assert (tmp_path / "boundary.png").exists()


def test_a_loss_that_is_no_number_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DivergenceError, match="is too large"):
        train_classifier("xor", "fast", Plan(20, 4, 1e200, 30, 5), output=tmp_path)
    assert list(tmp_path.iterdir()) == []
