"""LeNet on images of ten classes: shapes, reports, learning, data and command line."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minitorch.errors import DownloadError
from minitorch.training import run_mnist_multiclass
from minitorch.training.data import ImageSplit, write_idx
from minitorch.training.data.mnist import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS
from minitorch.training.images import one_hot
from minitorch.training.run_mnist_multiclass import (
    ImageTrain,
    Network,
    default_log_fn,
    main,
    make_mnist,
)


def bright_quarters(count: int, size: int = 8) -> tuple[Any, Any]:
    """Make images of which one quarter is bright: the label says which."""
    generator = np.random.RandomState(0)
    labels = generator.randint(0, 4, count)
    images = 0.2 * generator.rand(count, size, size)
    half = size // 2
    for image, label in zip(images, labels, strict=True):
        row, column = divmod(int(label), 2)
        image[row * half :, column * half :][:half, :half] += 0.7
    return images, one_hot(labels)


def test_the_network_has_the_courses_layers() -> None:
    shapes = {name: p.value.shape for name, p in Network().named_parameters()}
    assert shapes["conv1.weights"] == (4, 1, 3, 3)
    assert shapes["conv2.weights"] == (8, 4, 3, 3)
    assert shapes["linear1.weights"] == (392, 64)
    assert shapes["linear2.weights"] == (64, 10)


@pytest.mark.parametrize(("size", "features"), [(28, 392), (8, 32)])
def test_an_answer_is_log_probabilities_and_the_channels_stay_visible(
    size: int, features: int
) -> None:
    trainer = ImageTrain(size, size)
    trainer.model.eval()
    images, _ = bright_quarters(2, size)
    one = trainer.run_one(images[0].tolist())
    assert one.shape == (1, 10)
    assert np.exp(one.to_numpy()).sum() == pytest.approx(1.0)
    assert trainer.model.features == features
    assert trainer.model.mid is not None
    assert trainer.model.out is not None
    assert trainer.model.mid.shape == (1, 4, size, size)
    assert trainer.model.out.shape == (1, 8, size, size)


def test_dropout_is_on_while_training_only() -> None:
    trainer = ImageTrain(8, 8)
    images, _ = bright_quarters(1)

    def answer() -> list[float]:
        values: list[float] = trainer.run_one(images[0]).to_numpy()[0].tolist()
        return values

    assert answer() != answer()
    trainer.model.eval()
    assert answer() == answer()


def test_training_learns_and_reports_every_five_batches_and_at_the_end_of_an_epoch() -> None:
    reports: list[tuple[int, int, int]] = []
    all_losses: list[float] = []

    def keep(
        epoch: int, total_loss: float, correct: int, total: int, losses: list[float], model: Any
    ) -> None:
        assert model.training
        reports.append((epoch, correct, total))
        all_losses[:] = losses

    random.seed(0)
    images, targets = bright_quarters(120)
    trainer = ImageTrain(8, 8)
    # 7 batches of 16 and one of 8 in each epoch: a report after the fifth and after the last.
    trainer.train((images[:104], targets[:104]), (images[104:], targets[104:]), 0.3, 12, keep)
    assert [epoch for epoch, _, _ in reports] == [n for n in range(1, 13) for _ in range(2)]
    assert {total for _, _, total in reports} == {16}
    assert reports[-1][1] >= 14
    assert all_losses[-1] < 0.5 * all_losses[1]
    assert trainer.count_correct(images[104:], targets[104:]) >= 14
    assert trainer.model.training


def test_the_default_log_function_prints_the_courses_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    default_log_fn(3, 2.5, 14, 16, [2.5], Network(8, 8))
    assert capsys.readouterr().out == "Epoch 3 loss 2.5 valid acc 14/16\n"


@pytest.fixture
def mnist_folder(tmp_path: Path) -> Path:
    """A folder with 20 training and 4 test images in the files of MNIST."""
    generator = np.random.RandomState(0)
    for images, labels, count in ((TRAIN_IMAGES, TRAIN_LABELS, 20), (TEST_IMAGES, TEST_LABELS, 4)):
        write_idx(tmp_path / images, generator.randint(0, 256, (count, 28, 28)).astype(np.uint8))
        write_idx(tmp_path / labels, np.arange(count, dtype=np.uint8) % 10)
    return tmp_path


def test_make_mnist_gives_lists_of_pixels_and_one_hot_labels(mnist_folder: Path) -> None:
    X, y = make_mnist(3, 8, mnist_folder)
    assert len(X) == len(y) == 5
    assert len(X[0]) == len(X[0][0]) == 28
    assert isinstance(X[0][0][0], float)
    assert 0.0 <= min(map(min, X[0])) <= max(map(max, X[0])) <= 1.0
    assert [row.index(1.0) for row in y] == [3, 4, 5, 6, 7]
    assert [sum(row) for row in y] == [1.0] * 5


def test_make_mnist_without_files_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="download_mnist"):
        make_mnist(0, 10)


def test_a_folder_of_mnist_files_is_trained_on(
    mnist_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--data", str(mnist_folder), "--epochs", "1", "--train", "17", "--valid", "3"]
    assert main(arguments) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("Epoch 1 loss ")
    assert last.endswith(" of 3 validation images are right.")


def test_the_digits_need_no_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    images, targets = bright_quarters(40)
    labels = targets.argmax(axis=1)
    split = ImageSplit(images[:32], labels[:32], images[32:], labels[32:])
    monkeypatch.setattr(run_mnist_multiclass, "load_digits_split", lambda: split)
    assert main(["--epochs", "1"]) == 0
    assert capsys.readouterr().out.endswith(" of 8 validation images are right.\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--kind", "cifar"], "mnist"),
        (["--kind", "digits", "--data", "x"], "--data"),
        (["--kind", "digits", "--download"], "--download"),
        (["--epochs", "0"], "--epochs"),
        (["--rate", "-1"], "--rate"),
        (["--train", "0"], "--train"),
    ],
)
def test_a_bad_request_is_an_error(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(arguments)
    assert exit_info.value.code == 2
    assert expected in capsys.readouterr().err


def test_a_folder_without_files_and_a_damaged_file_are_one_line(
    mnist_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(mnist_folder / "empty")]) == 1
    assert "train-images-idx3-ubyte" in capsys.readouterr().err
    (mnist_folder / TRAIN_IMAGES).write_bytes(b"\0\0\x08\x03\0\0")
    assert main(["--data", str(mnist_folder)]) == 1
    text = capsys.readouterr().err
    assert TRAIN_IMAGES in text
    assert text.count("\n") == 1


def test_download_fetches_into_the_folder_and_tells_when_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    requests: list[tuple[str, str]] = []

    def refuse(folder: str, kind: str, progress: object) -> None:
        requests.append((folder, kind))
        raise DownloadError("no network")

    monkeypatch.setattr(run_mnist_multiclass, "download_mnist", refuse)
    assert main(["--download", "--kind", "fashion", "--data", str(tmp_path)]) == 1
    assert requests == [(str(tmp_path), "fashion")]
    assert capsys.readouterr().err == "error: no network\n"
