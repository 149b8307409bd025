"""What is remembered between calls stays small, whatever shapes a program has."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import minitorch.torch as torch
from minitorch.torch import nn
from minitorch.torch.nn import functional as F  # noqa: N812

CONTAINERS = (dict, list, set, deque)


def resident() -> int:
    """Give the memory that the process holds now, in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


needs_resident = pytest.mark.skipif(
    not os.path.exists("/proc/self/statm"), reason="the memory held is told by Linux only"
)


def globals_of_minitorch() -> Iterator[tuple[str, Any]]:
    for module_name, module in sorted(sys.modules.items()):
        if module_name.split(".")[0] == "minitorch" and module is not None:
            for name, value in list(vars(module).items()):
                if not name.startswith("__"):
                    yield f"{module_name}.{name}", value


def is_ours(value: Any) -> bool:
    return type(value).__module__.split(".")[0] == "minitorch" and not isinstance(value, type)


def parts_of(value: Any) -> Iterator[tuple[str, Any]]:
    """Give what a container or an object of ours holds, with names."""
    if isinstance(value, dict):
        yield from ((f"[{key!r}]"[:40], each) for key, each in list(value.items()))
    elif isinstance(value, list | tuple | deque):
        yield from ((f"[{place}]", each) for place, each in enumerate(value))
    elif is_ours(value):
        yield from ((f".{name}", each) for name, each in getattr(value, "__dict__", {}).items())
        for kind in type(value).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if hasattr(value, name):
                    yield f".{name}", getattr(value, name)
    elif callable(value) and getattr(value, "__closure__", None):
        yield from (
            (f"<cell {place}>", cell.cell_contents)
            for place, cell in enumerate(value.__closure__)
            if cell != type(cell)()
        )


def lengths_of_containers() -> dict[str, int]:
    """Give the lengths of all containers that our modules hold, also within objects."""
    found: dict[str, int] = {}
    seen: set[int] = set()
    left = list(globals_of_minitorch())
    while left:
        path, value = left.pop()
        if id(value) in seen or isinstance(value, torch.Tensor | str | bytes | type):
            continue
        seen.add(id(value))
        if isinstance(value, CONTAINERS):
            found[path] = len(value)
        # The parts of what grows would only bring other names for the same.
        if path.count("[") < 4:
            left.extend((path + name, part) for name, part in parts_of(value))
    return found


def sizes_of_caches(is_bounded: bool) -> dict[str, int]:
    """Give how much the functions remember that remember results."""
    found = {
        path: value.cache_info()
        for path, value in globals_of_minitorch()
        if hasattr(value, "cache_info")
    }
    return {
        path: information.currsize
        for path, information in found.items()
        if (information.maxsize is not None) == is_bounded
    }


EMBEDDING = nn.Embedding(7, 4)
CONVOLUTION = nn.Conv2d(1, 2, 3, padding=1)
RECURRENT = nn.LSTM(3, 4)
ATTENTION = nn.MultiheadAttention(4, 2, batch_first=True)


def rows(i: int) -> int:
    return 1 + i % 71


def columns(i: int) -> int:
    return 2 + i // 71


def matrix(i: int) -> Any:
    """Give a matrix of a shape that no other step has."""
    return torch.ones(rows(i), columns(i), requires_grad=True)


def image(i: int) -> Any:
    return torch.ones(1, 1, 4 + i % 67, 4 + i // 67, requires_grad=True)


STEPS: dict[str, Callable[[int], Any]] = {
    "elements": lambda i: (matrix(i) + torch.ones(columns(i))) * matrix(i).exp(),
    "numbers": lambda i: matrix(i) * (1.5 + i) + i - 0.25 * i,
    "products": lambda i: matrix(i) @ matrix(i).t(),
    "reductions": lambda i: matrix(i).sum(0) + matrix(i).mean(0) + matrix(i).amax(0),
    "statistics": lambda i: matrix(i).var(0, correction=0) + matrix(i).norm(dim=0),
    "views": lambda i: matrix(i).t().reshape(-1).unsqueeze(0).expand(3, -1).sum(0),
    "parts": lambda i: matrix(i)[:, : 1 + i % columns(i)] * matrix(i)[i % rows(i), 0],
    "indices": lambda i: matrix(i)[torch.arange(rows(i)) % rows(i), torch.tensor(0)],
    "masks": lambda i: matrix(i).masked_fill(torch.ones(columns(i)) > 2, 0.0),
    "gathered": lambda i: matrix(i).gather(1, torch.zeros(rows(i), 1, dtype=torch.int64)),
    "joined": lambda i: torch.cat([matrix(i), torch.ones(1 + i % 5, columns(i))]),
    "padded": lambda i: F.pad(matrix(i), (i % 7, i // 7)),
    "scanned": lambda i: matrix(i).cumsum(0) + matrix(i).flip(0),
    "sorted": lambda i: matrix(i).sort(1).values + matrix(i).topk(1).values,
    "summed": lambda i: torch.einsum("ij,kj->ik", matrix(i), matrix(i)),
    "softmax": lambda i: matrix(i).softmax(1) + matrix(i).log_softmax(0),
    "normalized": lambda i: F.layer_norm(matrix(i), (columns(i),)),
    "loss": lambda i: F.cross_entropy(matrix(i), torch.zeros(rows(i), dtype=torch.int64)),
    "squares": lambda i: F.mse_loss(matrix(i), torch.zeros(rows(i), columns(i))),
    "dropout": lambda i: F.dropout(matrix(i), 0.5 / (1 + i)),
    "linear": lambda i: F.linear(matrix(i), torch.ones(3, columns(i), requires_grad=True)),
    "embedding": lambda i: EMBEDDING(torch.zeros(rows(i), columns(i), dtype=torch.int64)),
    "convolution": lambda i: CONVOLUTION(image(i)),
    "pooling": lambda i: F.max_pool2d(image(i), 2) + F.avg_pool2d(image(i), 2),
    "resized": lambda i: F.interpolate(image(i), size=(1 + i % 67, 1 + i // 67), mode="bilinear"),
    "recurrent": lambda i: RECURRENT(torch.ones(1 + i % 37, 1 + i // 37, 3))[0],
    "attention": lambda i: ATTENTION(*[torch.ones(1 + i // 37, 1 + i % 37, 4)] * 3)[0],
    "random": lambda i: matrix(i) * torch.randn(rows(i), columns(i)),
    "printed": lambda i: matrix(i) * len(repr(matrix(i))),
}
COUNT = 3000
SLOW = "statistics reductions scanned sorted convolution pooling resized recurrent attention"
HEAVY = dict.fromkeys([*SLOW.split(), "printed"], 1300)
# The most that may be remembered in one place.
BOUND = 1100


def run(name: str, start: int, stop: int) -> None:
    for i in range(start, stop):
        STEPS[name](i).sum().backward()


@needs_resident
@pytest.mark.parametrize("name", STEPS)
def test_new_shapes_at_each_step_fill_no_memory(name: str) -> None:
    count = HEAVY.get(name, COUNT)
    run(name, 0, 20)
    unbounded = sizes_of_caches(is_bounded=False)
    lengths, before = lengths_of_containers(), resident()
    run(name, 20, count)
    grown = {
        path: length
        for path, length in lengths_of_containers().items()
        if length > lengths.get(path, 0) and length > BOUND
    }
    assert grown == {}
    assert max(sizes_of_caches(is_bounded=True).values()) <= 4096
    # Where there is no bound there are few arguments: none, or types of elements.
    assert {
        path: size
        for path, size in sizes_of_caches(is_bounded=False).items()
        if size > unbounded.get(path, 0) + 20
    } == {}
    # In a process of other tests too: what is freed does not always go back to the system.
    assert resident() - before < 64 * 2**20


def test_the_walk_finds_what_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    from minitorch.torch import _ways

    before = lengths_of_containers()
    assert any("SINGLE_OF" in path and path.endswith("._known") for path in before)
    monkeypatch.setattr(_ways, "GROWING", {i: i for i in range(1000)}, raising=False)
    after = lengths_of_containers()
    assert {path: after[path] for path in after.keys() - before.keys()} == {
        "minitorch.torch._ways.GROWING": 1000
    }


@needs_resident
def test_a_thousand_steps_of_training_hold_the_memory() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.1), nn.LayerNorm(64), nn.Linear(64, 5)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, y = torch.randn(32, 20), torch.randint(0, 5, (32,))

    def steps(count: int) -> float:
        for _ in range(count):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
        return loss.item()

    first = steps(50)
    before = resident()
    last = steps(1000)
    assert resident() - before < 5 * 10**6
    assert last < first
