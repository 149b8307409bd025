"""The trainer of Task 3.5: how soon it learns, and how long its steps take beside PyTorch."""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy as np
from measure import Contestant, Figure, Goal, Settings, Timing, Torch, compare

import minitorch
from minitorch.training.layers import constant
from minitorch.training.losses import binary_log_loss
from minitorch.training.run_fast_tensor import FastTensorBackend, Network

ROOT = Path(__file__).resolve().parents[1]
POINTS, HIDDEN, RATE = 50, 10, 0.05


def start_figures(settings: Settings) -> list[Figure]:
    """Time processes that train, from their start to the line they print in the tenth epoch."""
    with tempfile.TemporaryDirectory(prefix="minitorch-") as cache:
        first = time_to_tenth_epoch(Path(cache))
        runs = 1 if settings.quick else 5
        later = [time_to_tenth_epoch(Path(cache)) for _ in range(runs)]
    return [
        Figure("tenth epoch, empty cache", Timing((first,))),
        Figure("tenth epoch, next processes", Timing(tuple(later)), goal=Goal(most_seconds=5.0)),
    ]


def time_to_tenth_epoch(cache: Path) -> float:
    """Start run_fast_tensor with a cache folder; give the seconds until it has done ten epochs.

    Raises:
        RuntimeError: it ended before, or printed something else.
    """
    command = [sys.executable, "-u", "-m", "project.run_fast_tensor"]
    environment = {**os.environ, "MINITORCH_CACHE_DIR": str(cache)}
    start = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = time.perf_counter() - start
        process.kill()
    if line.split()[:2] != ["Epoch", "10"]:
        raise RuntimeError(f"run_fast_tensor said {line!r} where its tenth epoch was expected.")
    return seconds


def step_figures(torch: Torch | None, settings: Settings) -> list[Figure]:
    """Time a training step of the 2-10-10-1 network on 50 points, all in one batch."""
    random.seed(1)
    data = minitorch.datasets["Xor"](POINTS)
    model = Network(HIDDEN, FastTensorBackend)
    step = our_step(model, data)
    peers = {}
    if torch is not None:
        theirs = torch_network(torch.module, model)
        their_step = torch_step(torch.module, theirs, data)
        check_equal(step, model, their_step, theirs)
        peers = torch.contestants(their_step, numba.get_num_threads())
    name = f"step of 2-{HIDDEN}-{HIDDEN}-1, {POINTS} points"
    return compare(name, Contestant(step), peers, settings, Goal(least_ratio=0.3))


def our_step(model: Network, data: Any) -> Callable[[], float]:
    """Make a training step as PerceptronTrain does it, which gives the mean loss."""
    points, labels = (constant(values, FastTensorBackend) for values in (data.X, data.y))
    optimizer = minitorch.SGD(model.parameters(), RATE)

    def step() -> float:
        optimizer.zero_grad()
        output = model.forward(points).view(POINTS)
        loss = (binary_log_loss(output, labels) / POINTS).sum().view(1)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def torch_network(torch: ModuleType, model: Network) -> Any:
    """Make the same network with the same weights in PyTorch."""
    relu, sigmoid = torch.nn.ReLU(), torch.nn.Sigmoid()
    linears = []
    for layer in (model.layer1, model.layer2, model.layer3):
        linear = torch.nn.Linear(layer.in_size, layer.out_size, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(layer.weights.value.to_numpy().T))
            linear.bias.copy_(torch.from_numpy(layer.bias.value.to_numpy().reshape(-1)))
        linears.append(linear)
    first, second, third = linears
    return torch.nn.Sequential(first, relu, second, relu, third, sigmoid)


def torch_step(torch: ModuleType, model: Any, data: Any) -> Callable[[], float]:
    """Make the same training step in eager PyTorch, with the same loss."""
    points, labels = (torch.tensor(values, dtype=torch.float64) for values in (data.X, data.y))
    optimizer = torch.optim.SGD(model.parameters(), RATE)
    eps = minitorch.operators.EPS

    def step() -> float:
        optimizer.zero_grad()
        output = model(points).view(POINTS)
        probability = output * labels + (output - 1.0) * (labels - 1.0)
        loss = (-(probability + eps).log() / POINTS).sum()
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def check_equal(
    our_step: Callable[[], float],
    ours: Network,
    their_step: Callable[[], float],
    theirs: Any,
) -> None:
    """Check that one step gives the same loss, and leaves the same weights.

    Raises:
        ArithmeticError: it does not.
    """
    losses = our_step(), their_step()
    close = partial(np.allclose, rtol=1e-9, atol=1e-12)
    equal = [close(*losses)]
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        weights = mine.value.to_numpy()
        expected = other.detach().numpy()
        equal.append(close(weights, expected.T.reshape(weights.shape)))
    if not all(equal):
        raise ArithmeticError(f"The steps compute different things: losses {losses}.")
