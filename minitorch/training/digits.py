"""Train a small convolutional network on the 1,797 handwritten digits of scikit-learn."""

import math
import os
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import minitorch
from minitorch import Module, Tensor
from minitorch.console import EpochProgress
from minitorch.viz.report import DigitsReport, draw_report
from minitorch.viz.style import prepare_drawing

from .data import ImageSplit, load_digits_split
from .images import CLASSES, one_hot, predictions
from .interrupt import run_until_interrupt
from .layers import Conv2d, Linear, constant, relu_bound
from .losses import mean_log_loss
from .metrics import check_finite, counted, versions, write_metrics
from .weights import Weights, copy_weights, save_weights

BACKEND = minitorch.TensorBackend(minitorch.FastOps)

EPOCHS = 15
RATE = 0.1
BATCH = 16
OUTPUT = Path("runs/digits")

# Which images are held out never depends on the seed of the training.
SPLIT_SEED = 0
HELD_OUT = 0.2
TEST_BATCH = 60


class DigitsNetwork(Module):
    """Two convolutions, max pooling and two linear layers for images of 8 by 8 pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = Conv2d(1, 16, 3, 3, BACKEND)
        self.conv2 = Conv2d(16, 32, 3, 3, BACKEND)
        self.linear1 = Linear(32 * 4 * 4, 64, BACKEND, relu_bound(32 * 4 * 4))
        self.linear2 = Linear(64, CLASSES, BACKEND, relu_bound(64))

    def forward(self, x: Tensor) -> Tensor:
        """Map images (batch, 1, 8, 8) to log-probabilities (batch, 10)."""
        x = self.conv1(x).relu()
        x = self.conv2(x).relu()
        x = minitorch.maxpool2d(x, (2, 2)).view(x.shape[0], 32 * 4 * 4)
        x = self.linear1(x).relu()
        return minitorch.logsoftmax(self.linear2(x), dim=1)


@dataclass(frozen=True)
class Epoch:
    """The figures of one epoch; losses are means per image, accuracies shares from 0 to 1.

    Attributes:
        train_loss, train_accuracy: of the images as they were trained on.
        test_loss, test_accuracy: of the held-out images after the epoch.
        seconds: how long the training part took.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Reached:
    """All that a training has to show after its last whole epoch.

    Attributes:
        history: the figures of every epoch.
        weights: the model's parameters.
        probabilities: what the model gives each class on the held-out images, (n, 10).
    """

    history: tuple[Epoch, ...]
    weights: Weights
    probabilities: NDArray[np.float64]


@dataclass(frozen=True)
class DigitsResult:
    """What `train_digits` gives back.

    Attributes:
        metrics: what metrics.json says.
        folder: where the files are.
        interrupted: whether Ctrl-C ended the training early.
    """

    metrics: dict[str, Any]
    folder: Path
    interrupted: bool


class DigitsTrain:
    """A training with everything that it has reached.

    Args:
        data: images of 8 by 8 pixels.
        epochs: how often to go through the images.
        rate: learning rate of the first epoch; it falls to zero along a cosine.
        batch: number of images in each step.
        seed: the same seed gives the same numbers.

    Attributes:
        reached: what the last whole epoch reached; None before.
    """

    model: DigitsNetwork
    optimizer: minitorch.SGD

    def __init__(self, data: ImageSplit, epochs: int, rate: float, batch: int, seed: int) -> None:
        if epochs < 1:
            raise ValueError(f"A training needs at least one epoch, got {epochs}.")
        self.data = data
        self.epochs = epochs
        self.rate = rate
        self.batch = batch
        self.seed = seed
        # RandomState, since NumPy promises that its stream never changes.
        self._generator = np.random.RandomState(seed)
        self.reached: Reached | None = None

    def run(self) -> None:
        """Train.

        Raises:
            DivergenceError: the loss is no longer finite.
        """
        random.seed(self.seed)  # The weights come from minitorch.rand, which draws from here.
        self.model = DigitsNetwork()
        self.optimizer = minitorch.SGD(self.model.parameters(), self.rate)
        history: list[Epoch] = []
        with EpochProgress(self.epochs, len(self.data.train_images)) as progress:
            for epoch in range(1, self.epochs + 1):
                self.optimizer.lr = self._rate_in(epoch)
                start = time.perf_counter()
                train_loss, train_accuracy = self._train_epoch(epoch, progress)
                seconds = time.perf_counter() - start
                log_probabilities = self._test()
                test_loss, test_accuracy = self._figures(log_probabilities)
                history.append(
                    Epoch(epoch, train_loss, train_accuracy, test_loss, test_accuracy, seconds)
                )
                # One assignment, so that an interrupt finds this epoch or the one before.
                self.reached = Reached(
                    tuple(history), copy_weights(self.model), np.exp(log_probabilities)
                )
                progress.end_epoch(
                    loss=train_loss, accuracy=train_accuracy, test_accuracy=test_accuracy
                )

    def _rate_in(self, epoch: int) -> float:
        """Give the learning rate of an epoch: half a wave of the cosine, from `rate` to 0."""
        return self.rate * 0.5 * (1.0 + math.cos(math.pi * (epoch - 1) / self.epochs))

    def _train_epoch(self, epoch: int, progress: EpochProgress) -> tuple[float, float]:
        """Go through the images once; give mean loss and accuracy as they were on the way."""
        total_loss = 0.0
        correct = 0
        seen = 0
        self.model.train()
        for images, labels in self._batches():
            self.optimizer.zero_grad()
            log_probabilities = self.model.forward(constant(images, BACKEND))
            loss = mean_log_loss(log_probabilities, constant(one_hot(labels), BACKEND))
            loss.backward()
            self.optimizer.step()
            total_loss += float(loss[0]) * len(labels)
            check_finite(total_loss, epoch, self.rate)
            correct += int((predictions(log_probabilities) == labels).sum())
            seen += len(labels)
            progress.advance(len(labels), loss=total_loss / seen, accuracy=correct / seen)
        return total_loss / seen, correct / seen

    def _batches(self) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int64]]]:
        """Give the images (batch, 1, 8, 8) in random order, each moved by up to a pixel."""
        order = self._generator.permutation(len(self.data.train_images))
        for start in range(0, len(order), self.batch):
            chosen = order[start : start + self.batch]
            images = shift_images(self.data.train_images[chosen], self._generator)
            yield images[:, np.newaxis], self.data.train_labels[chosen]

    def _test(self) -> NDArray[np.float64]:
        """Give the log-probabilities of the held-out images, (n, 10)."""
        self.model.eval()
        images = self.data.test_images[:, np.newaxis]
        parts = [
            self.model.forward(constant(images[start : start + TEST_BATCH], BACKEND)).to_numpy()
            for start in range(0, len(images), TEST_BATCH)
        ]
        return np.concatenate(parts)

    def _figures(self, log_probabilities: NDArray[np.float64]) -> tuple[float, float]:
        """Give mean loss and accuracy on the held-out images."""
        labels = self.data.test_labels
        loss = -(log_probabilities * one_hot(labels)).sum(axis=1).mean()
        return float(loss), float((log_probabilities.argmax(axis=1) == labels).mean())


def shift_images(
    images: NDArray[np.float64], generator: np.random.RandomState
) -> NDArray[np.float64]:
    """Move each of the images (n, height, width) by -1, 0 or 1 pixel in both directions."""
    _, height, width = images.shape
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    corners = generator.randint(0, 3, size=(len(images), 2))
    return np.stack(
        [
            image[top : top + height, left : left + width]
            for image, (top, left) in zip(padded, corners, strict=True)
        ]
    )


def train_digits(
    epochs: int = EPOCHS,
    rate: float = RATE,
    batch: int = BATCH,
    seed: int = 0,
    output: str | os.PathLike[str] = OUTPUT,
    data: ImageSplit | None = None,
) -> DigitsResult:
    """Train on the digits and write report.png, metrics.json and weights.npz.

    Ctrl-C ends the training; the files then show the epochs that were done. It is passed on if
    there is none yet. Python's `random` is seeded.

    Args:
        epochs: how often to go through the images.
        rate: learning rate of the first epoch; it falls to zero along a cosine.
        batch: number of images in each step.
        seed: the same seed gives the same numbers.
        output: the folder of the files.
        data: other images of 8 by 8 pixels than the digits with a fifth held out.

    Raises:
        MissingPackageError: matplotlib or scikit-learn is not installed.
        DivergenceError: the loss is no longer finite; nothing is written.
        OSError: the folder cannot be written or the disk is full.
        KeyboardInterrupt: Ctrl-C before the end of the first epoch; nothing is written.
    """
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    prepare_drawing()
    start = time.perf_counter()
    training = DigitsTrain(
        data or load_digits_split(SPLIT_SEED, HELD_OUT), epochs, rate, batch, seed
    )
    interrupted = run_until_interrupt(training)
    reached = training.reached
    assert reached is not None, "run_until_interrupt returned before the first epoch was done"
    metrics = _metrics(training, reached, time.perf_counter() - start)
    save_weights(folder / "weights.npz", reached.weights)
    write_metrics(folder / "metrics.json", metrics)
    draw_report(folder / "report.png", _report(training.data, reached, metrics))
    return DigitsResult(metrics, folder, interrupted)


def _metrics(training: DigitsTrain, reached: Reached, seconds: float) -> dict[str, Any]:
    """Collect what metrics.json says; the accuracy is that of the last epoch, not of the best."""
    data = training.data
    return {
        "test_accuracy": reached.history[-1].test_accuracy,
        "test_loss": reached.history[-1].test_loss,
        "epochs": len(reached.history),
        "epochs_planned": training.epochs,
        "rate": training.rate,
        "batch": training.batch,
        "seed": training.seed,
        "split_seed": SPLIT_SEED,
        "train_images": len(data.train_images),
        "test_images": len(data.test_images),
        "parameters": sum(array.size for array in reached.weights.values()),
        "seconds": seconds,
        "versions": versions(),
        "history": [asdict(epoch) for epoch in reached.history],
    }


def _report(data: ImageSplit, reached: Reached, metrics: dict[str, Any]) -> DigitsReport:
    """Collect what the report shows."""
    history = reached.history
    done = counted(len(history), "epoch")
    if metrics["epochs"] < metrics["epochs_planned"]:
        done = f"stopped after {len(history)} of {metrics['epochs_planned']} epochs"
    return DigitsReport(
        title=(
            f"Handwritten digits: {100 * metrics['test_accuracy']:.1f} % of the "
            f"{metrics['test_images']} held-out images are right"
        ),
        subtitle=(
            f"Convolutional network with {metrics['parameters']:,} parameters, trained on "
            f"{metrics['train_images']:,} images; {done}; seed {metrics['seed']}"
        ),
        note=(
            "Train: measured while the epoch runs, on images moved by up to one pixel. "
            "Test: measured after the epoch, on the held-out images as they are."
        ),
        train_loss=[epoch.train_loss for epoch in history],
        test_loss=[epoch.test_loss for epoch in history],
        train_accuracy=[epoch.train_accuracy for epoch in history],
        test_accuracy=[epoch.test_accuracy for epoch in history],
        images=data.test_images,
        labels=data.test_labels,
        probabilities=reached.probabilities,
    )
