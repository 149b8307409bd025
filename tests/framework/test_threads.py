"""Modes belong to threads; several threads train at once; a forked child goes on computing."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minitorch
import minitorch.torch as torch
from minitorch.torch import nn
from minitorch.torch.nn import functional as F  # noqa: N812

ROOT = str(Path(minitorch.__file__).parent.parent)


def in_a_thread(function: Callable[[], Any]) -> Any:
    """Give what a function gives that another thread calls."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


def modes() -> dict[str, Any]:
    """Give what a thread can be asked about its modes, and what they do."""
    x = torch.ones(2, requires_grad=True)
    return {
        "grad": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "anomaly": torch.is_anomaly_enabled(),
        "dtype": torch.get_default_dtype(),
        "recorded": (x * x).requires_grad,
        "made": torch.tensor([0.5]).dtype,
    }


class DefaultDtype:
    """Another default dtype for a while."""

    def __enter__(self) -> None:
        torch.set_default_dtype(torch.float64)

    def __exit__(self, *_: object) -> None:
        torch.set_default_dtype(torch.float32)


MODES: list[tuple[Callable[[], AbstractContextManager[Any]], dict[str, Any]]] = [
    (torch.no_grad, {"grad": False, "recorded": False}),
    (torch.inference_mode, {"grad": False, "inference": True, "recorded": False}),
    (torch.autograd.detect_anomaly, {"anomaly": True}),
    (DefaultDtype, {"dtype": torch.float64, "made": torch.float64}),
]


@pytest.mark.parametrize(("mode", "changed"), MODES, ids=[each[0].__name__ for each in MODES])
def test_a_mode_is_that_of_one_thread(
    mode: Callable[[], AbstractContextManager[Any]], changed: dict[str, Any]
) -> None:
    usual = modes()
    assert in_a_thread(modes) == usual
    with mode():
        assert modes() == usual | changed
        assert in_a_thread(modes) == usual
    entered, may_leave = threading.Event(), threading.Event()

    def inside() -> dict[str, Any]:
        with mode():
            entered.set()
            may_leave.wait(30)
            return modes()

    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(inside()))
    thread.start()
    assert entered.wait(30)
    assert modes() == usual
    may_leave.set()
    thread.join()
    assert results == [usual | changed]
    assert modes() == usual


def network(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(256, 200),
        nn.Tanh(),
        nn.Linear(200, 5),
    )


def train(model: nn.Module, x: Any, y: Any, steps: int = 12) -> list[float]:
    """Give the losses of some steps."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def data(seed: int, count: int) -> tuple[Any, Any]:
    numbers = np.random.default_rng(seed)
    x = numbers.normal(size=(count, 1, 16, 16)).astype(np.float32)
    return torch.tensor(x), torch.tensor(numbers.integers(0, 5, count))


@pytest.mark.parametrize("count", [8, 64], ids=["small", "large"])
def test_three_threads_train_at_once(count: int) -> None:
    models = [network(seed) for seed in range(3)]
    alone = [train(copy.deepcopy(model), *data(i, count)) for i, model in enumerate(models)]
    together: list[Any] = [None] * 3
    barrier = threading.Barrier(3)

    def work(place: int) -> None:
        barrier.wait(30)
        together[place] = train(models[place], *data(place, count))

    threads = [threading.Thread(target=work, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone
    assert all(losses[-1] < losses[0] for losses in alone)


def test_a_thread_that_fails_leaves_the_others_alone() -> None:
    model = network(0)
    expected = train(copy.deepcopy(model), *data(0, 8))
    stop = threading.Event()
    failures: list[type[Exception]] = []

    class Failing(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            raise KeyError("in a thread")

    def fail() -> None:
        while not stop.is_set():
            try:
                with torch.no_grad(), torch.enable_grad():
                    Failing.apply(torch.ones(3, requires_grad=True)).sum().backward()
            except KeyError as problem:
                failures.append(type(problem))

    thread = threading.Thread(target=fail)
    thread.start()
    try:
        losses = train(model, *data(0, 8))
    finally:
        stop.set()
        thread.join()
    assert losses == expected
    assert failures


FORKED = """
import os, sys
from tests.framework.test_threads import data, network, train

expected = train(network(0), *data(0, 64))
reading, writing = os.pipe()
child = os.fork()
if child == 0:
    losses = train(network(0), *data(0, 64))
    os.write(writing, repr(losses).encode())
    os._exit(0)
os.close(writing)
with os.fdopen(reading) as file:
    losses = file.read()
assert os.waitpid(child, 0)[1] == 0, "the child failed"
assert losses == repr(expected), (losses, expected)
assert train(network(0), *data(0, 64)) == expected
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("layer", ["omp", "workqueue"])
def test_a_forked_child_trains(layer: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKED],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT, "NUMBA_THREADING_LAYER": layer},
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
