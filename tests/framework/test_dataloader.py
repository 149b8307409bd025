"""`DataLoader` gives PyTorch's batches in PyTorch's order, with and without worker processes."""

from __future__ import annotations

import gc
import os
import pickle
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from .test_data import BOTH, Point, generator, on_both

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="uses signals and fork")


def table(torch: Any, data: Any, rows: int = 23) -> Any:
    return data.TensorDataset(torch.arange(rows), torch.arange(2.0 * rows).reshape(rows, 2))


def samples(data: Any, get: Callable[[int], Any], count: int = 6) -> Any:
    """Make a data set of a function."""

    class Samples(data.Dataset):
        def __getitem__(self, index: int) -> Any:
            return get(index)

        def __len__(self) -> int:
            return count

    return Samples()


def shared_stream(data: Any, counts: list[int], length: int | None = None) -> Any:
    """Make a stream whose workers have different numbers of samples."""

    class Stream(data.IterableDataset):
        def __iter__(self) -> Iterator[tuple[int, int]]:
            info = data.get_worker_info()
            number = 0 if info is None else info.id
            return iter([(number, i) for i in range(counts[number])])

        def __len__(self) -> int:
            if length is None:
                raise TypeError("no length")
            return length

    return Stream()


def epochs(loader: Any, count: int = 2) -> list[Any]:
    return [list(loader) for _ in range(count)]


def draws(torch: Any, data: Any) -> Any:
    """Make a data set that shows the random numbers of its process."""
    return samples(
        data, lambda i: (random.random(), float(np.random.rand()), torch.rand(2), torch.randperm(3))
    )


def from_info(data: Any) -> Callable[[int], Any]:
    def get(index: int) -> Any:
        info = data.get_worker_info()
        return [info.id, info.num_workers, info.seed, len(info.dataset), index]

    return get


def mixed(data: Any, torch: Any) -> Any:
    return samples(data, lambda i: {"p": Point(i, torch.ones(2) * i), "s": str(i), "a": np.ones(i)})


CASES: dict[str, Callable[[Any, Any], Any]] = {
    "in order": lambda t, d: epochs(d.DataLoader(table(t, d), 4)),
    "shuffled": lambda t, d: epochs(d.DataLoader(table(t, d), 4, shuffle=True)),
    "drop last": lambda t, d: epochs(d.DataLoader(table(t, d), 4, True, drop_last=True)),
    "own generator": lambda t, d: epochs(
        d.DataLoader(table(t, d), 4, True, generator=generator(t))
    ),
    "single samples": lambda t, d: epochs(d.DataLoader(table(t, d), None, True)),
    "single arrays": lambda t, d: epochs(
        d.DataLoader(samples(d, lambda i: (np.arange(i), "x")), batch_size=None)
    ),
    "sampler": lambda t, d: epochs(
        d.DataLoader(table(t, d), 4, sampler=d.WeightedRandomSampler([1.0, 2, 3], 9))
    ),
    "negative keys": lambda t, d: list(d.DataLoader(table(t, d), 2, sampler=[-1, 3, 2])),
    "keys that are tensors": lambda t, d: list(d.DataLoader(table(t, d), 2, sampler=t.arange(5))),
    "batch sampler": lambda t, d: epochs(
        d.DataLoader(table(t, d), batch_sampler=[[1, 2], [5], [0, 3, 1]])
    ),
    "own collate": lambda t, d: epochs(d.DataLoader(table(t, d), 4, collate_fn=len)),
    "parts of a split": lambda t, d: [
        epochs(d.DataLoader(part, 3, True)) for part in d.random_split(table(t, d), [0.7, 0.3])
    ],
    "part of a part": lambda t, d: list(
        d.DataLoader(d.Subset(d.Subset(table(t, d), [9, 7, 5, 3]), [2, 0, 3]), 2)
    ),
    "transposed": lambda t, d: list(
        d.DataLoader(d.TensorDataset(t.arange(12).reshape(3, 4).T), 3, True)
    ),
    "stacked": lambda t, d: list(d.DataLoader(d.StackDataset(a=table(t, d), b=range(23)), 5, True)),
    "mixed": lambda t, d: list(d.DataLoader(mixed(d, t), batch_size=None)),
    "stream": lambda t, d: epochs(d.DataLoader(shared_stream(d, [7]), 3)),
    "stream, whole": lambda t, d: epochs(d.DataLoader(shared_stream(d, [7]), 3, drop_last=True)),
    "stream, single": lambda t, d: epochs(d.DataLoader(shared_stream(d, [7]), None)),
    "wrong length": lambda t, d: (
        lambda loader: [len(loader), list(loader)]
    )(d.DataLoader(shared_stream(d, [7], 5), None)),
    "lengths": lambda t, d: [
        len(d.DataLoader(table(t, d), size, drop_last=last))
        for size in (1, 4, 23, 30) for last in (False, True)
    ] + [len(d.DataLoader(shared_stream(d, [7], 7), 3)), len(d.DataLoader(table(t, d), None))],
    "pinned": lambda t, d: list(d.DataLoader(table(t, d), 9, pin_memory=True)),
    "kinds": lambda t, d: [
        d.DataLoader(shared_stream(d, [7]))._dataset_kind, d.DataLoader(table(t, d))._dataset_kind
    ],
    "broken off": lambda t, d: [next(iter(d.DataLoader(table(t, d), 4, True))) for _ in range(2)],
    # with workers
    "workers": lambda t, d: epochs(d.DataLoader(table(t, d), 4, True, num_workers=2)),
    "workers, single": lambda t, d: list(d.DataLoader(mixed(d, t), None, num_workers=1)),
    "workers, seeds": lambda t, d: epochs(d.DataLoader(draws(t, d), 2, num_workers=2)),
    "workers, their facts": lambda t, d: list(
        d.DataLoader(samples(d, from_info(d)), None, num_workers=2, generator=generator(t))
    ),
    "workers, kept": lambda t, d: epochs(
        d.DataLoader(draws(t, d), 2, True, num_workers=2, persistent_workers=True), 3
    ),
    "workers, stream": lambda t, d: epochs(
        d.DataLoader(shared_stream(d, [3, 8]), 2, num_workers=2)
    ),
    "workers, stream, kept": lambda t, d: epochs(
        d.DataLoader(shared_stream(d, [8, 3]), 2, num_workers=2, persistent_workers=True), 3
    ),
    "workers, prefetch": lambda t, d: list(
        d.DataLoader(table(t, d), 1, True, num_workers=2, prefetch_factor=5)
    ),
    "workers, any order": lambda t, d: sorted(
        d.DataLoader(range(20), None, num_workers=2, in_order=False)
    ),
    "workers, shared": lambda t, d: epochs(
        d.DataLoader(table(t, d), 3, num_workers=1, sampler=d.DistributedSampler(range(23), 2, 1))
    ),
}  # fmt: skip

FAULTS: dict[str, dict[str, Any]] = {
    "workers": {"num_workers": -1},
    "timeout": {"timeout": -1},
    "prefetch without workers": {"prefetch_factor": 2},
    "prefetch": {"num_workers": 1, "prefetch_factor": -1},
    "no prefetch": {"num_workers": 1, "prefetch_factor": 0},
    "kept without workers": {"persistent_workers": True},
    "sampler and shuffle": {"sampler": [1], "shuffle": True},
    "batch sampler and size": {"batch_sampler": [[1]], "batch_size": 2},
    "batch sampler and drop": {"batch_sampler": [[1]], "drop_last": True},
    "no batch to drop": {"batch_size": None, "drop_last": True},
    "batch size": {"batch_size": 0},
    "batch size float": {"batch_size": 2.0},
    "context without workers": {"multiprocessing_context": "fork"},
    "context": {"num_workers": 1, "multiprocessing_context": "thread"},
    "context type": {"num_workers": 1, "multiprocessing_context": 3},
    "timeout without workers": {"timeout": 1},
    "generator": {"generator": 3},
    "far key": {"sampler": [99]},
}


@pytest.mark.parametrize("name", CASES)
def test_batches_and_generator_are_pytorchs(name: str) -> None:
    mine, expected = on_both(CASES[name])
    assert not isinstance(expected, Exception), expected
    assert not isinstance(mine, Exception), mine
    assert mine == expected


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_fault_gives_pytorchs_class(name: str) -> None:
    mine, expected = on_both(lambda t, d: list(d.DataLoader(table(t, d), **FAULTS[name])))
    assert isinstance(expected, Exception)
    assert isinstance(mine, type(expected)), mine
    gc.collect()


@pytest.mark.parametrize("option", [{"shuffle": True}, {"sampler": [1]}, {"batch_sampler": [[1]]}])
def test_a_stream_has_its_own_order(option: dict[str, Any]) -> None:
    for _, data in BOTH:
        with pytest.raises(ValueError, match="IterableDataset"):
            data.DataLoader(shared_stream(data, [3]), **option)


def test_what_a_loader_is_made_of_stays() -> None:
    for torch, data in BOTH:
        loader = data.DataLoader(table(torch, data))
        for name in ("batch_size", "sampler", "batch_sampler", "drop_last", "dataset"):
            with pytest.raises(ValueError, match="initialized"):
                setattr(loader, name, None)
        with pytest.raises(NotImplementedError):
            pickle.dumps(iter(loader))


def test_more_workers_than_cores_are_warned_of() -> None:
    for torch, data in BOTH:
        with pytest.warns(UserWarning, match="worker processes in total"):
            data.DataLoader(table(torch, data), num_workers=4 * (os.cpu_count() or 1))


def test_rows_that_need_gradients_are_stacked_in_the_graph() -> None:
    for torch, data in BOTH:
        x = torch.ones(4, 2, requires_grad=True)
        batch = next(iter(data.DataLoader(data.TensorDataset(x), 3)))[0]
        assert type(batch.grad_fn).__name__ == "StackBackward0"
        batch.sum().backward()
        assert x.grad.tolist() == [[1.0, 1.0]] * 3 + [[0.0, 0.0]]
