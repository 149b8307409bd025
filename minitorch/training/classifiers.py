"""Train a classifier of points of the plane on a backend of choice, and draw its boundary."""

import os
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import minitorch
from minitorch.datasets import Graph
from minitorch.errors import UnknownNameError
from minitorch.viz.boundary import draw_boundary
from minitorch.viz.style import prepare_drawing

from .arguments import BACKENDS, COMPILED_BACKENDS, DATASET_NAMES
from .interrupt import run_until_interrupt
from .log import default_log_fn
from .metrics import check_finite, counted, versions, write_metrics
from .mlp import PerceptronTrain
from .run_fast_tensor import FastTensorBackend, FastTrain, gpu_backend
from .run_scalar import ScalarTrain
from .run_tensor import TensorTrain
from .weights import Weights, copy_weights, set_weights

Trainer = ScalarTrain | PerceptronTrain

# About so many lines of progress are printed.
LOG_LINES = 20


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes:
        points: number of points.
        hidden: width of the hidden layers.
        rate: learning rate.
        epochs: how often to go through the points.
        batch: number of points in each step.
    """

    points: int
    hidden: int
    rate: float
    epochs: int
    batch: int


# Scalars and SimpleOps compute one number after the other, in Python: they get fewer points and
# narrower layers, and the spiral, which needs about a million multiplications per epoch, is
# beyond what they learn in a few minutes.
PLANS_IN_PYTHON = {
    "simple": Plan(points=50, hidden=6, rate=0.1, epochs=100, batch=5),
    "diag": Plan(points=50, hidden=6, rate=0.1, epochs=100, batch=5),
    "split": Plan(points=50, hidden=10, rate=0.1, epochs=200, batch=5),
    "xor": Plan(points=50, hidden=10, rate=0.1, epochs=200, batch=5),
    "circle": Plan(points=50, hidden=10, rate=0.1, epochs=200, batch=5),
    "spiral": Plan(points=60, hidden=16, rate=0.1, epochs=400, batch=5),
}

PLANS_COMPILED = {
    "simple": Plan(points=100, hidden=10, rate=0.1, epochs=200, batch=10),
    "diag": Plan(points=100, hidden=10, rate=0.1, epochs=200, batch=10),
    "split": Plan(points=100, hidden=20, rate=0.05, epochs=600, batch=10),
    "xor": Plan(points=100, hidden=20, rate=0.05, epochs=600, batch=10),
    "circle": Plan(points=100, hidden=20, rate=0.05, epochs=600, batch=10),
    "spiral": Plan(points=100, hidden=40, rate=0.05, epochs=2000, batch=10),
}


@dataclass(frozen=True)
class ClassifierResult:
    """What `train_classifier` gives back.

    Attributes:
        metrics: what metrics.json says.
        folder: where the files are.
        interrupted: whether Ctrl-C ended the training early.
    """

    metrics: dict[str, Any]
    folder: Path
    interrupted: bool


def default_plan(dataset: str, backend: str) -> Plan:
    """Give the plan that a data set is trained with where the user has no other."""
    return (PLANS_COMPILED if backend in COMPILED_BACKENDS else PLANS_IN_PYTHON)[dataset]


def make_trainer(backend: str, plan: Plan) -> Trainer:
    """Make the trainer for one of the backends scalar, simple, fast and cuda.

    Raises:
        UnknownNameError: there is no such backend.
        DeviceError: the backend is cuda, and there is neither a device nor the simulator.
    """
    if backend == "scalar":
        return ScalarTrain(plan.hidden, plan.batch)
    if backend == "simple":
        return TensorTrain(plan.hidden, plan.batch)
    if backend == "fast":
        return FastTrain(plan.hidden, FastTensorBackend, plan.batch)
    if backend == "cuda":
        return FastTrain(plan.hidden, gpu_backend(), plan.batch)
    raise UnknownNameError(f"There is no backend {backend!r}. Choose one of {', '.join(BACKENDS)}.")


@dataclass(frozen=True, eq=False)
class Reached:
    """A training as it was when it last reported.

    Attributes:
        losses: the total loss of every epoch so far.
        weights: the model's parameters.
    """

    losses: list[float]
    weights: Weights


class ClassifierTrain:
    """A training with everything that it has reached.

    Args:
        dataset: a lower-case name of `minitorch.datasets`.
        backend: scalar, simple, fast or cuda.
        plan: how to train.
        seed: the same seed gives the same numbers.

    Attributes:
        reached: what the last report reached; None before.
    """

    data: Graph
    trainer: Trainer

    def __init__(self, dataset: str, backend: str, plan: Plan, seed: int) -> None:
        if plan.epochs < 1:
            raise ValueError(f"A training needs at least one epoch, got {plan.epochs}.")
        self.dataset = dataset
        self.backend = backend
        self.plan = plan
        self.seed = seed
        self.reached: Reached | None = None

    def run(self) -> None:
        """Train, with about twenty lines of progress.

        Raises:
            DivergenceError: the loss is no longer finite.
        """
        plan = self.plan
        random.seed(self.seed)
        self.data = minitorch.datasets[self.dataset.capitalize()](plan.points)
        self.trainer = make_trainer(self.backend, plan)
        line_every = max(10, plan.epochs // LOG_LINES // 10 * 10)

        def report(epoch: int, total_loss: float, correct: int, losses: list[float]) -> None:
            check_finite(total_loss, epoch, plan.rate)
            self.reached = Reached(list(losses), copy_weights(self.trainer.model))
            if epoch % line_every == 0 or epoch == plan.epochs:
                default_log_fn(epoch, total_loss, correct, losses)

        self.trainer.train(self.data, plan.rate, plan.epochs, report)


def train_classifier(
    dataset: str,
    backend: str = "fast",
    plan: Plan | None = None,
    seed: int = 0,
    output: str | os.PathLike[str] | None = None,
) -> ClassifierResult:
    """Train on points of the plane and write boundary.png and metrics.json.

    Ctrl-C ends the training; the files then show what the last report reached. It is passed on if
    there was none. Python's `random` is seeded.

    Args:
        dataset: simple, diag, split, xor, circle or spiral.
        backend: scalar, simple, fast or cuda.
        plan: how to train; None is `default_plan`.
        seed: the same seed gives the same numbers.
        output: the folder of the files; None is runs/<dataset>.

    Raises:
        UnknownNameError: no such data set or backend.
        DeviceError: the backend is cuda, and there is neither a device nor the simulator.
        MissingPackageError: matplotlib is not installed.
        DivergenceError: the loss is no longer finite; nothing is written.
        OSError: the folder cannot be written or the disk is full.
    """
    if dataset not in DATASET_NAMES:
        names = ", ".join(DATASET_NAMES)
        raise UnknownNameError(f"There is no data set {dataset!r}. Choose one of {names}.")
    folder = Path(output) if output else Path("runs") / dataset
    folder.mkdir(parents=True, exist_ok=True)
    prepare_drawing()
    start = time.perf_counter()
    training = ClassifierTrain(dataset, backend, plan or default_plan(dataset, backend), seed)
    interrupted = run_until_interrupt(training)
    reached = training.reached
    assert reached is not None, "run_until_interrupt returned before the first report"
    set_weights(training.trainer.model, reached.weights)
    metrics = _metrics(training, reached, time.perf_counter() - start)
    write_metrics(folder / "metrics.json", metrics)
    epochs = counted(len(reached.losses), "epoch")
    title = f"{dataset.capitalize()}, backend {backend}, {epochs}"
    draw_boundary(folder / "boundary.png", training.data, training.trainer.probability, title)
    return ClassifierResult(metrics, folder, interrupted)


def _metrics(training: ClassifierTrain, reached: Reached, seconds: float) -> dict[str, Any]:
    """Collect what metrics.json says."""
    data, plan = training.data, training.plan
    right = (training.trainer.probability(data.X) > 0.5) == (np.array(data.y) == 1)
    return {
        "accuracy": float(right.mean()),
        "dataset": training.dataset,
        "backend": training.backend,
        "epochs": len(reached.losses),
        "epochs_planned": plan.epochs,
        "points": data.N,
        "hidden": plan.hidden,
        "rate": plan.rate,
        "batch": plan.batch,
        "seed": training.seed,
        "seconds": seconds,
        "versions": versions(),
        "losses": reached.losses,
    }
