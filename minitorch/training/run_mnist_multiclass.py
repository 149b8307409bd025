"""Task 4.5: a convolutional network, LeNet, that tells ten kinds of images apart."""

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import minitorch
from minitorch import Module, Tensor
from minitorch.errors import DataError, MissingPackageError

from .arguments import positive_float, positive_int
from .data import ImageSplit, download_mnist, load_digits_split, load_mnist
from .images import CLASSES, one_hot, predictions
from .layers import Conv2d, Linear, constant, relu_bound
from .losses import mean_log_loss

BACKEND = minitorch.TensorBackend(minitorch.FastOps)
BATCH = 16
# A line of progress comes after this many batches.
LOG_EVERY = 5
DATA_FOLDERS = {"mnist": "project/data", "fashion": "project/data/fashion"}

Images = tuple[Any, Any]
ImageLogFunction = Callable[[int, float, int, int, list[float], Module], None]


class Network(Module):
    """LeNet: two convolutions, average pooling and two linear layers.

    Args:
        height, width: size of the images, at least 4; 28 in MNIST.

    Attributes:
        mid: the 4 channels after the first convolution of the last images seen.
        out: the 8 channels after the second.
    """

    def __init__(self, height: int = 28, width: int = 28) -> None:
        super().__init__()
        self.features = 8 * (height // 4) * (width // 4)
        self.conv1 = Conv2d(1, 4, 3, 3, BACKEND)
        self.conv2 = Conv2d(4, 8, 3, 3, BACKEND)
        self.linear1 = Linear(self.features, 64, BACKEND, relu_bound(self.features))
        self.linear2 = Linear(64, CLASSES, BACKEND, relu_bound(64))
        self.mid: Tensor | None = None
        self.out: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Map images (batch, 1, height, width) to log-probabilities (batch, 10)."""
        self.mid = self.conv1(x).relu()
        self.out = self.conv2(self.mid).relu()
        pooled = minitorch.avgpool2d(self.out, (4, 4)).view(x.shape[0], self.features)
        hidden = minitorch.dropout(self.linear1(pooled).relu(), 0.25, not self.training)
        return minitorch.logsoftmax(self.linear2(hidden), dim=1)


def default_log_fn(
    epoch: int, total_loss: float, correct: int, total: int, losses: list[float], model: Module
) -> None:
    """Print one line.

    Args:
        epoch: its number, from 1.
        total_loss: sum of the mean losses of the batches since the last line.
        correct: number of images of a validation batch that the model gets right.
        total: number of images in that batch.
        losses: all total losses so far.
        model: the model as it is now.
    """
    print(f"Epoch {epoch} loss {total_loss} valid acc {correct}/{total}")


def make_mnist(
    start: int, stop: int, folder: str | Path | None = None, kind: str = "mnist"
) -> tuple[list[list[list[float]]], list[list[float]]]:
    """Read the training images of MNIST or Fashion-MNIST from `start` up to `stop`.

    Args:
        start, stop: positions in the training part.
        folder: holds the IDX files; None is `project/data` for MNIST.
        kind: "mnist" or "fashion".

    Returns:
        X, a list of 28 rows of 28 numbers from 0 to 1 per image, and y, its label as a one-hot row.
    """
    split = load_mnist(folder or DATA_FOLDERS.get(kind, "project/data"), kind, limit=stop)
    X: list[list[list[float]]] = split.train_images[start:].tolist()
    y: list[list[float]] = one_hot(split.train_labels[start:]).tolist()
    return X, y


class ImageTrain:
    """Trains LeNet on images of ten classes.

    Args:
        height, width: size of the images.
    """

    def __init__(self, height: int = 28, width: int = 28) -> None:
        self.height = height
        self.width = width
        self.model = Network(height, width)

    def run_one(self, x: Any) -> Tensor:
        """Give the log-probabilities of the ten classes for one image, shape (1, 10)."""
        return self.run_many([x])

    def run_many(self, X: Any) -> Tensor:
        """Give the log-probabilities of the ten classes for n images, shape (n, 10)."""
        images = np.asarray(X, dtype=np.float64).reshape(-1, 1, self.height, self.width)
        return self.model.forward(constant(images, BACKEND))

    def count_correct(self, X: Any, y: Any) -> int:
        """Count the images that the model, in evaluation mode, gets right.

        Args:
            X: (n, height, width).
            y: (n, 10), one-hot.
        """
        was_training = self.model.training
        self.model.eval()
        labels = np.asarray(y).argmax(axis=1)
        correct = sum(
            int((predictions(self.run_many(X[i : i + BATCH])) == labels[i : i + BATCH]).sum())
            for i in range(0, len(X), BATCH)
        )
        if was_training:
            self.model.train()
        return correct

    def train(
        self,
        data_train: Images,
        data_val: Images,
        learning_rate: float,
        max_epochs: int = 500,
        log_fn: ImageLogFunction = default_log_fn,
    ) -> None:
        """Train a fresh model on shuffled batches of 16.

        Args:
            data_train: images (n, height, width) and one-hot labels (n, 10), arrays or lists.
            data_val: images that are not trained on, in the same form; each report takes the next
                16 of them.
            learning_rate: the factor of the gradient.
            max_epochs: how often to go through the images.
            log_fn: called every five batches and at the end of an epoch.
        """
        self.model = Network(self.height, self.width)
        optimizer = minitorch.SGD(self.model.parameters(), learning_rate)
        X, y = (np.asarray(part, dtype=np.float64) for part in data_train)
        starts = range(0, len(X), BATCH)
        losses: list[float] = []
        reports = 0
        for epoch in range(1, max_epochs + 1):
            order = list(range(len(X)))
            random.shuffle(order)
            total_loss = 0.0
            for batch, start in enumerate(starts, start=1):
                chosen = order[start : start + BATCH]
                total_loss += self._step(optimizer, X[chosen], y[chosen])
                if batch % LOG_EVERY == 0 or batch == len(starts):
                    losses.append(total_loss)
                    X_val, y_val = _validation_batch(data_val, reports)
                    correct = self.count_correct(X_val, y_val)
                    log_fn(epoch, total_loss, correct, len(X_val), losses, self.model)
                    total_loss = 0.0
                    reports += 1

    def _step(self, optimizer: minitorch.SGD, images: Any, targets: Any) -> float:
        """Make one step along the gradient of a batch's mean loss, and give that loss."""
        optimizer.zero_grad()
        loss = mean_log_loss(self.run_many(images), constant(targets, BACKEND))
        loss.backward()
        optimizer.step()
        return float(loss[0])


def _validation_batch(data_val: Images, report: int) -> Images:
    """Take the 16 images of a report, from the start again after the last."""
    X, y = data_val
    start = report * BATCH % len(X)
    return X[start : start + BATCH], y[start : start + BATCH]


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the command line says; give the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    kind = options.kind or ("mnist" if options.data or options.download else "digits")
    if kind == "digits" and (options.data or options.download):
        parser.error("--data and --download do not fit --kind digits, which needs no files")
    try:
        split = _load(kind, options.data, options.download)
    except (DataError, MissingPackageError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    data_train = (split.train_images[: options.train], one_hot(split.train_labels[: options.train]))
    data_val = (split.test_images[: options.valid], one_hot(split.test_labels[: options.valid]))
    trainer = ImageTrain(*split.train_images.shape[1:])
    trainer.train(data_train, data_val, options.rate, options.epochs)
    correct = trainer.count_correct(*data_val)
    print(f"{correct} of {len(data_val[0])} validation images are right.")
    return 0


def _load(kind: str, folder: str | None, download: bool) -> ImageSplit:
    if kind == "digits":
        return load_digits_split()
    folder = folder or DATA_FOLDERS[kind]
    if download:
        download_mnist(folder, kind, progress=_show_bytes if sys.stderr.isatty() else None)
    return load_mnist(folder, kind)


def _show_bytes(done: int, total: int | None) -> None:
    """Show on one line of the terminal how much of a file has come."""
    of_total = f" of {total / 1e6:.1f}" if total else ""
    end = "\n" if done == total else ""
    print(f"\r{done / 1e6:.1f}{of_total} MB", end=end, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run_mnist_multiclass", description="Train LeNet on images of ten classes."
    )
    parser.add_argument("--data", metavar="FOLDER", help="folder with the four IDX files")
    parser.add_argument(
        "--kind",
        type=str.lower,
        choices=["mnist", "fashion", "digits"],
        help="which images; without --data the 8x8 digits of scikit-learn",
    )
    parser.add_argument("--download", action="store_true", help="fetch missing files first")
    parser.add_argument("--epochs", type=positive_int, default=10, help="default: %(default)s")
    parser.add_argument("--rate", type=positive_float, default=0.1, help="default: %(default)s")
    parser.add_argument(
        "--train", type=positive_int, default=5000, metavar="N", help="at most this many images"
    )
    parser.add_argument(
        "--valid", type=positive_int, default=500, metavar="N", help="at most this many images"
    )
    return parser
