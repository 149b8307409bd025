"""Data sets, samplers and the joining of samples: `torch.utils.data` without a loader."""

from __future__ import annotations

import collections
import warnings
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest

from minitorch import torch as own
from minitorch.torch.utils import data as own_data

theirs = pytest.importorskip("torch")
their_data = pytest.importorskip("torch.utils.data")
BOTH = ((own, own_data), (theirs, their_data))


class Point(NamedTuple):
    """A sample with names."""

    x: Any
    y: Any


def plain(value: Any) -> Any:
    """Turn tensors into what can be compared: dtype, shape and numbers."""
    if isinstance(value, own.Tensor | theirs.Tensor):
        return str(value.dtype), tuple(value.shape), value.tolist()
    if isinstance(value, Mapping):
        return type(value).__name__, {key: plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple | collections.UserList):
        return type(value).__name__, [plain(member) for member in value]
    return value


def on_both(case: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    """Run a case on both frameworks; what it raises counts as its result."""
    results = []
    for torch, data in BOTH:
        torch.manual_seed(7)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                value = plain(case(torch, data))
            except Exception as error:
                value = error
        state = torch.get_rng_state().tolist()
        results.append((value, [entry.category for entry in caught], state))
    (mine, warned, state), (expected, their_warned, their_state) = results
    assert warned == their_warned
    assert state == their_state
    return mine, expected


def generator(torch: Any) -> Any:
    return torch.Generator().manual_seed(3)


def table(torch: Any, data: Any, rows: int = 10) -> Any:
    return data.TensorDataset(torch.arange(rows), torch.arange(2.0 * rows).reshape(rows, 2))


def stream(data: Any, count: int) -> Any:
    class Stream(data.IterableDataset):
        def __iter__(self) -> Iterator[int]:
            return iter(range(count))

        def __len__(self) -> int:
            return count

    return Stream()


def doubled(data: Any) -> Any:
    class Doubled(data.Dataset):
        def __getitem__(self, index: int) -> int:
            return 2 * index

        def __getitems__(self, indices: list[int]) -> list[int]:
            return [2 * index for index in indices]

        def __len__(self) -> int:
            return 10

    return Doubled()


def split(d: Any, parts: Any) -> Any:
    return [part.indices for part in parts]


VALUES: dict[str, Callable[[Any, Any], Any]] = {
    "sequential": lambda t, d: list(d.SequentialSampler(range(5))),
    "random": lambda t, d: list(d.RandomSampler(range(50))),
    "random twice": lambda t, d: [list(sampler) for sampler in [d.RandomSampler(range(9))] * 2],
    "random, generator": lambda t, d: list(d.RandomSampler(range(50), generator=generator(t))),
    "random, fewer": lambda t, d: list(d.RandomSampler(range(50), num_samples=7)),
    "random, more": lambda t, d: list(d.RandomSampler(range(5), num_samples=13)),
    "replaced": lambda t, d: list(d.RandomSampler(range(50), True)),
    "replaced, 70": lambda t, d: list(d.RandomSampler(range(50), True, 70)),
    "replaced, 64": lambda t, d: list(d.RandomSampler(range(9), True, 64, generator(t))),
    "some": lambda t, d: list(d.SubsetRandomSampler([5, 3, 9, 7])),
    "weighted": lambda t, d: list(d.WeightedRandomSampler([0.1, 3, 0.6, 2], 20)),
    "weighted once": lambda t, d: list(d.WeightedRandomSampler([0.1, 3, 0.6], 3, False)),
    "batches": lambda t, d: list(d.BatchSampler(range(7), 3, False)),
    "batches, whole": lambda t, d: list(d.BatchSampler(range(7), 3, True)),
    "batch counts": lambda t, d: [
        len(d.BatchSampler(range(n), 3, last)) for n in (0, 6, 7) for last in (True, False)
    ],
    "split": lambda t, d: split(d, d.random_split(range(10), [3, 7])),
    "split fractions": lambda t, d: split(d, d.random_split(range(11), [0.5, 0.3, 0.2])),
    "split, generator": lambda t, d: split(d, d.random_split(range(9), [4, 5], generator(t))),
    "split, empty part": lambda t, d: split(d, d.random_split(range(2), [0.9, 0.05, 0.05])),
    "rows": lambda t, d: [table(t, d)[3], table(t, d)[-1], table(t, d)[2:4], len(table(t, d))],
    "joined": lambda t, d: [(table(t, d) + table(t, d, 3))[i] for i in (0, 9, 10, 12, -1, -13)],
    "joined sizes": lambda t, d: d.ConcatDataset([range(3), range(4)]).cumulative_sizes,
    "joined sizes, old name": lambda t, d: d.ConcatDataset([range(3)]).cummulative_sizes,
    "chained": lambda t, d: list(stream(d, 3) + stream(d, 2)),
    "chained length": lambda t, d: len(d.ChainDataset([stream(d, 3), stream(d, 2)])),
    "subset": lambda t, d: [d.Subset(table(t, d), [4, 2])[1], len(d.Subset("abc", [1]))],
    "subset of batches": lambda t, d: d.Subset(doubled(d), [4, 2]).__getitems__([1, 0]),
    "stacked": lambda t, d: d.StackDataset(range(10), doubled(d))[3],
    "stacked by name": lambda t, d: d.StackDataset(a=range(10), b=doubled(d))[3],
    "stacked batch": lambda t, d: d.StackDataset(range(10), doubled(d)).__getitems__([1, 4]),
    "stacked batch by name": lambda t, d: d.StackDataset(a=range(9), b="abcdefghi").__getitems__(
        [1, 4]
    ),
    **{
        f"share {rank} of {count}, {size}, {shuffle}, {drop}": (
            lambda t, d, r=rank, c=count, n=size, s=shuffle, o=drop: (
                lambda sampler: [list(sampler), len(sampler), sampler.set_epoch(4), list(sampler)]
            )(d.DistributedSampler(range(n), c, r, s, seed=5, drop_last=o))
        )
        for rank, count in ((0, 1), (1, 3), (4, 5))
        for size in (1, 10, 11)
        for shuffle in (True, False)
        for drop in (True, False)
    },
}

ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "no getitem": lambda t, d: d.Dataset()[0],
    "no length": lambda t, d: len(d.Dataset()),
    "no iter": lambda t, d: d.IterableDataset(),
    "sampler without iter": lambda t, d: iter(d.Sampler()),
    "sampler without length": lambda t, d: len(d.Sampler()),
    "sizes differ": lambda t, d: d.TensorDataset(t.ones(2), t.ones(3)),
    "no rows": lambda t, d: d.TensorDataset(t.tensor(1.0)),
    "nothing joined": lambda t, d: d.ConcatDataset([]),
    "stream joined": lambda t, d: d.ConcatDataset([stream(d, 2)]),
    "far index": lambda t, d: d.ConcatDataset([range(3)])[-4],
    "chained table": lambda t, d: list(d.ChainDataset([range(3)])),
    "chained length": lambda t, d: len(d.ChainDataset([range(3)])),
    "stack of nothing": lambda t, d: d.StackDataset(),
    "stack of both": lambda t, d: d.StackDataset(range(3), a=range(3)),
    "stack of sizes": lambda t, d: d.StackDataset(range(3), range(4)),
    "subset half overridden": lambda t, d: type(
        "Half", (d.Subset,), {"__getitem__": lambda self, index: 0}
    )(range(3), [0]),
    "wrong split": lambda t, d: d.random_split(range(5), [1, 2]),
    "negative fraction": lambda t, d: d.random_split(range(5), [1.5, -0.5]),
    "fractional lengths": lambda t, d: d.random_split(range(4), [1.5, 2.5]),
    "replacement": lambda t, d: d.RandomSampler(range(3), 1),
    "no samples": lambda t, d: d.RandomSampler([]),
    "samples": lambda t, d: d.RandomSampler(range(3), num_samples=2.0),
    "weights": lambda t, d: d.WeightedRandomSampler([[1.0]], 1),
    "weighted count": lambda t, d: d.WeightedRandomSampler([1.0], 0),
    "weighted replacement": lambda t, d: d.WeightedRandomSampler([1.0], 1, 1),
    "too many without replacement": lambda t, d: list(d.WeightedRandomSampler([1.0], 2, False)),
    "batch size": lambda t, d: d.BatchSampler(range(3), 0, False),
    "batch size bool": lambda t, d: d.BatchSampler(range(3), True, False),
    "drop last": lambda t, d: d.BatchSampler(range(3), 1, 0),
    "rank": lambda t, d: d.DistributedSampler(range(3), 2, 2),
    "no group": lambda t, d: d.DistributedSampler(range(3)),
    "collate nothing": lambda t, d: d.default_collate([]),
    "collate None": lambda t, d: d.default_collate([None]),
    "collate shapes": lambda t, d: d.default_collate([t.ones(2), t.ones(3)]),
    "collate lengths": lambda t, d: d.default_collate([[1, 2], [1]]),
    "collate text arrays": lambda t, d: d.default_collate([np.array(["a"])]),
    "collate keys": lambda t, d: d.default_collate([{"a": 1}, {"b": 1}]),
    "collate sparse": lambda t, d: d.default_collate([t.eye(2).to_sparse()]),
}

SAMPLES: dict[str, Callable[[Any], list[Any]]] = {
    "tensors": lambda t: [t.arange(3), t.arange(3) + 1],
    "0-d": lambda t: [t.tensor(1.5), t.tensor(2.5)],
    "transposed": lambda t: [t.arange(6).reshape(2, 3).T, t.ones(3, 2, dtype=t.int64)],
    "arrays": lambda t: [np.ones((2, 1)), np.zeros((2, 1))],
    "arrays of int8": lambda t: [np.ones(2, np.int8)],
    "0-d arrays": lambda t: [np.array(1), np.array(2)],
    "numpy float32": lambda t: [np.float32(1.5), np.float32(2)],
    "numpy float64": lambda t: [np.float64(1.5)],
    "numpy int": lambda t: [np.int16(1), np.int16(2)],
    "numpy bool": lambda t: [np.bool_(True), np.bool_(False)],
    "floats": lambda t: [1.5, 2.5],
    "ints": lambda t: [1, 2**40],
    "bools": lambda t: [True, False],
    "strings": lambda t: ["a", "bc"],
    "bytes": lambda t: [b"a", b"bc"],
    "pairs": lambda t: [(t.ones(2), 1), (t.zeros(2), 2)],
    "lists": lambda t: [[1, 2.5], [3, 4.5]],
    "dicts": lambda t: [{"a": 1, "b": [t.ones(1), "x"]}, {"a": 2, "b": [t.ones(1), "y"]}],
    "ordered": lambda t: [collections.OrderedDict(z=1, a=2.0), collections.OrderedDict(z=3, a=4.0)],
    "default dicts": lambda t: [
        collections.defaultdict(int, a=1),
        collections.defaultdict(int, a=2),
    ],
    "fixed mappings": lambda t: [MappingProxyType({"a": 1}), MappingProxyType({"a": 2})],
    "named": lambda t: [Point(1, t.ones(2)), Point(2, t.zeros(2))],
    "user lists": lambda t: [collections.UserList([1, 2]), collections.UserList([3, 4])],
    "ranges": lambda t: [range(2), range(2, 4)],
    "nested": lambda t: [[(1, {"k": Point(1.0, "s")})], [(2, {"k": Point(2.0, "t")})]],
}


@pytest.mark.parametrize("name", VALUES)
def test_the_samples_and_the_generator_are_pytorchs(name: str) -> None:
    mine, expected = on_both(VALUES[name])
    assert not isinstance(expected, Exception), expected
    assert not isinstance(mine, Exception), mine
    assert mine == expected


@pytest.mark.parametrize("name", ERRORS)
def test_the_error_is_of_pytorchs_class(name: str) -> None:
    mine, expected = on_both(ERRORS[name])
    assert isinstance(expected, Exception)
    assert isinstance(mine, type(expected)), mine
    assert str(mine) or isinstance(mine, NotImplementedError)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_joined_as_in_pytorch(name: str) -> None:
    mine, expected = on_both(lambda t, d: d.default_collate(SAMPLES[name](t)))
    assert not isinstance(mine, Exception), mine
    assert mine == expected


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_converted_as_in_pytorch(name: str) -> None:
    mine, expected = on_both(lambda t, d: [d.default_convert(s) for s in SAMPLES[name](t)])
    assert not isinstance(mine, Exception), mine
    assert mine == expected


def test_gradients_flow_through_joined_samples() -> None:
    for torch, data in BOTH:
        x = torch.ones(3, requires_grad=True)
        (data.default_collate([x, 2 * x]) * torch.tensor([[1.0], [10.0]])).sum().backward()
        assert x.grad.tolist() == [21.0] * 3


def test_a_collate_map_may_be_extended() -> None:
    class Word:
        pass

    for _, data in BOTH:
        collate = data._utils.collate
        joined = collate.collate(
            [Word(), Word()],
            collate_fn_map={Word: lambda batch, *, collate_fn_map: len(batch)},
        )
        assert joined == 2
        with pytest.raises(TypeError, match="Word"):
            data.default_collate([Word()])


def test_old_subclasses_hand_their_data_to_sampler() -> None:
    class Old(own_data.Sampler[int]):
        def __init__(self, source: Any) -> None:
            super().__init__(source)

    assert isinstance(Old([1]), own_data.sampler.Sampler)


def test_there_is_no_worker_here_and_missing_names_say_so() -> None:
    assert own_data.get_worker_info() is None
    with pytest.raises(AttributeError, match="IterDataPipe"):
        own_data.IterDataPipe  # noqa: B018
    with pytest.raises(AttributeError, match=r"torch\.utils"):
        own.utils.dataa  # noqa: B018
