"""What benchmarks/framework.py times: small steps, written once for any module named torch."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
from side_by_side import Job, Make, TorchCase


def cases(quick: bool) -> Iterator[TorchCase]:
    """Give all cases; quick ones are small, and show only that they run."""
    yield TorchCase("a + b, 10 elements", _add(False), 1.2, 1.6)
    yield TorchCase("a + b with gradient", _add(True), 1.5, 2.2)
    yield TorchCase("a * b + c", _multiply_add(False), 1.2, 1.6)
    yield TorchCase("a * b + c with gradient", _multiply_add(True), 1.5, 2.2)
    yield TorchCase("a * 2.0", _scale, 1.2, 1.6)
    yield TorchCase("batch 50x10 and a row", _add_row, 1.0, 1.2)
    yield TorchCase("t[3]", _index(3), 1.0, 1.6)
    yield TorchCase("t[2:8, 1]", _index((slice(2, 8), 1)), 1.0, 1.6)
    yield TorchCase("t[mask]", _mask, 1.0, 1.2)
    yield TorchCase("cat of two 10x10", _cat, 1.0, 1.2)
    for count in (1000,) if quick else (1000, 1_000_000):
        yield TorchCase(f"backward, of {count:,} additions, one", _chain("+", count), 3, 4)
        yield TorchCase(f"backward, of {count:,} products, one", _chain("*", count), 3, 4)
    yield TorchCase("step 2-10-10-1, 50 points", _classifier, 3, 6)
    yield TorchCase("step 1000-100-10, batch 64", _regression, 1.2, 1.4)
    for batch, floor, goal in ((1, 2, 2.8), (64, 1, 1.2), (1024, 1, 1.2)):
        name = f"step 784-256-128-10, batch {batch}"
        yield TorchCase(name, _digits(32 if quick else batch), floor, goal)


# ---- operations


def _drawn(torch: ModuleType, *shape: int, requires_grad: bool = False) -> Any:
    numbers = np.random.default_rng(0).uniform(0.5, 1.5, shape).astype(np.float32)
    return torch.from_numpy(numbers).requires_grad_(requires_grad)


def _add(requires_grad: bool) -> Make:
    def make(torch: ModuleType) -> Job:
        a, b = _drawn(torch, 10, requires_grad=requires_grad), _drawn(torch, 10)
        return Job(lambda: a + b)

    return make


def _multiply_add(requires_grad: bool) -> Make:
    def make(torch: ModuleType) -> Job:
        a = _drawn(torch, 10, requires_grad=requires_grad)
        b, c = _drawn(torch, 10), _drawn(torch, 10)
        return Job(lambda: a * b + c)

    return make


def _scale(torch: ModuleType) -> Job:
    a = _drawn(torch, 10)
    return Job(lambda: a * 2.0)


def _add_row(torch: ModuleType) -> Job:
    a, b = _drawn(torch, 50, 10), _drawn(torch, 10)
    return Job(lambda: a + b)


def _index(key: Any) -> Make:
    def make(torch: ModuleType) -> Job:
        a = _drawn(torch, 10, 10)
        return Job(lambda: a[key])

    return make


def _mask(torch: ModuleType) -> Job:
    a = _drawn(torch, 10, 10)
    mask = a > 1
    return Job(lambda: a[mask])


def _cat(torch: ModuleType) -> Job:
    a, b = _drawn(torch, 10, 10), _drawn(torch, 10, 10)
    return Job(lambda: torch.cat([a, b]))


def _chain(operator: str, count: int) -> Make:
    """Go back through a chain of so many operations on 10 elements each."""

    def make(torch: ModuleType) -> Job:
        a, gradient = _drawn(torch, 10, requires_grad=True), torch.ones(10)
        b = torch.ones(10)
        end: list[Any] = []

        def build() -> None:
            end.clear()
            a.grad = None
            x = a
            for _ in range(count):
                x = x + b if operator == "+" else x * b
            end.append(x)

        return Job(lambda: end[0].backward(gradient), build, 1, count)

    return make


# ---- training steps


def _step(torch: ModuleType, model: Any, loss_of: Any, x: Any, y: Any) -> Job:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def run() -> None:
        optimizer.zero_grad()
        loss_of(model(x), y).backward()
        optimizer.step()

    return Job(run)


def _classifier(torch: ModuleType) -> Job:
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(2, 10), nn.ReLU(), nn.Linear(10, 10), nn.ReLU(), nn.Linear(10, 1), nn.Sigmoid()
    )
    x = _drawn(torch, 50, 2)
    y = (x[:, :1] > 1).float()
    return _step(torch, model, nn.BCELoss(), x, y)


def _regression(torch: ModuleType) -> Job:
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1000, 100), nn.ReLU(), nn.Linear(100, 10))
    return _step(torch, model, nn.MSELoss(), _drawn(torch, 64, 1000), _drawn(torch, 64, 10))


def _digits(batch: int) -> Make:
    def make(torch: ModuleType) -> Job:
        nn = torch.nn
        torch.manual_seed(0)
        model = nn.Sequential(
            nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
        )
        labels = torch.from_numpy(np.arange(batch) % 10)
        return _step(torch, model, nn.CrossEntropyLoss(), _drawn(torch, batch, 784), labels)

    return make
