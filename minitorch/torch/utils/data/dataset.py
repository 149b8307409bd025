"""What a loader takes its samples from: `torch.utils.data.Dataset` and its relatives."""

from __future__ import annotations

import bisect
import itertools
import math
import operator
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from ..._generator import Generator, default_generator
from ...functions.random.random import randperm

if TYPE_CHECKING:
    from ..._tensor import Tensor

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class DataChoiceError(ValueError, AssertionError):
    """Data sets or options that do not go together, where PyTorch asserts that they do."""


class Dataset(Generic[T_co]):
    """Samples that are found by a key: a subclass has `__getitem__`, and mostly `__len__`.

    A subclass may also have `__getitems__`, which takes a list of keys and gives a list of samples:
    a loader then asks for a whole batch at once.
    """

    def __getitem__(self, index: Any) -> T_co:
        raise NotImplementedError(
            f"Subclasses of Dataset should implement __getitem__, and {type(self).__name__} has "
            "none."
        )

    def __add__(self, other: Dataset[Any]) -> Dataset[Any]:
        """Put another data set behind this one."""
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co], Iterable[T_co]):
    """Samples that come one after the other, as from a stream: a subclass has `__iter__`.

    Each worker of a loader has a copy, which gives all samples unless it asks `get_worker_info`
    which share is its own.
    """

    def __add__(self, other: Dataset[Any]) -> Dataset[Any]:
        """Let another stream follow."""
        return ChainDataset([self, other])


class TensorDataset(Dataset["tuple[Tensor, ...]"]):
    """Tensors whose rows belong together: sample i has row i of each.

    Args:
        *tensors: tensors whose first dimensions have one size.

    Raises:
        AssertionError: the sizes differ.
    """

    tensors: tuple[Tensor, ...]

    def __init__(self, *tensors: Tensor) -> None:
        sizes = [tensor.size(0) for tensor in tensors]
        if len(set(sizes)) > 1:
            raise DataChoiceError(
                f"Size mismatch between tensors: TensorDataset got {sizes} rows, and takes tensors "
                "with one number of rows."
            )
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple([tensor[index] for tensor in self.tensors])

    def __len__(self) -> int:
        return int(self.tensors[0].size(0))


class StackDataset(Dataset[Any]):
    """Data sets side by side: sample i is a tuple, or a dict, of their samples i.

    Args:
        *args: data sets of one length, for tuples.
        **kwargs: data sets of one length, for dicts with these keys.

    Raises:
        ValueError: lengths differ, or there are both kinds of data sets, or none.
    """

    datasets: tuple[Dataset[Any], ...] | dict[str, Dataset[Any]]

    def __init__(self, *args: Dataset[Any], **kwargs: Dataset[Any]) -> None:
        if bool(args) == bool(kwargs):
            raise ValueError(
                "StackDataset takes data sets for tuples, or data sets with names for dicts: got "
                f"{len(args)} and {len(kwargs)}."
            )
        lengths = [len(cast(Any, dataset)) for dataset in args or kwargs.values()]
        if len(set(lengths)) > 1:
            raise ValueError(f"Size mismatch between datasets: their lengths are {lengths}.")
        self._length = lengths[0]
        self.datasets = args or kwargs

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple([dataset[index] for dataset in self.datasets])

    def __getitems__(self, indices: list[Any]) -> list[Any]:
        """Give the samples of several keys, by whole batches from the data sets that can."""
        if isinstance(self.datasets, dict):
            columns = [_several(dataset, indices) for dataset in self.datasets.values()]
            names = list(self.datasets)
            return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        columns = [_several(dataset, indices) for dataset in self.datasets]
        return list(zip(*columns, strict=True))

    def __len__(self) -> int:
        return self._length


def _several(dataset: Any, indices: list[Any]) -> list[Any]:
    """Give the samples of several keys.

    Raises:
        ValueError: a data set's own `__getitems__` gives more or fewer of them.
    """
    at_once = getattr(dataset, "__getitems__", None)
    if not callable(at_once):
        return [dataset[index] for index in indices]
    samples: list[Any] = at_once(indices)
    if len(samples) != len(indices):
        raise ValueError(
            f"Nested dataset's output size mismatch: {type(dataset).__name__}.__getitems__ gave "
            f"{len(samples)} samples for {len(indices)} keys."
        )
    return samples


class ConcatDataset(Dataset[T_co]):
    """Data sets one behind the other.

    Args:
        datasets: data sets with a length.

    Raises:
        AssertionError: there is none, or one is a stream.
    """

    datasets: list[Dataset[T_co]]
    cumulative_sizes: list[int]

    def __init__(self, datasets: Iterable[Dataset[T_co]]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise DataChoiceError("ConcatDataset: datasets should not be an empty iterable")
        for dataset in self.datasets:
            if isinstance(dataset, IterableDataset):
                raise DataChoiceError(
                    "ConcatDataset does not support IterableDataset, got "
                    f"{type(dataset).__name__}: ChainDataset joins streams."
                )
        self.cumulative_sizes = self.cumsum(self.datasets)

    @staticmethod
    def cumsum(sequence: Iterable[Any]) -> list[int]:
        """Give where each data set ends."""
        return list(itertools.accumulate([len(dataset) for dataset in sequence]))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, idx: int) -> T_co:
        if idx < 0:
            if -idx > len(self):
                raise ValueError(
                    f"absolute value of index should not exceed dataset length: got {idx} for "
                    f"{len(self)} samples"
                )
            idx += len(self)
        place = bisect.bisect_right(self.cumulative_sizes, idx)
        return self.datasets[place][idx - (self.cumulative_sizes[place - 1] if place else 0)]

    @property
    def cummulative_sizes(self) -> list[int]:
        """Give where each data set ends: the old spelling of `cumulative_sizes`."""
        warnings.warn(
            "cummulative_sizes is now called cumulative_sizes.", FutureWarning, stacklevel=2
        )
        return self.cumulative_sizes


class ChainDataset(IterableDataset[Any]):
    """Streams one after the other.

    Args:
        datasets: the streams; they may be made while samples are taken.
    """

    def __init__(self, datasets: Iterable[Dataset[Any]]) -> None:
        self.datasets = datasets

    def __iter__(self) -> Iterator[Any]:
        for dataset in self.datasets:
            yield from _stream(dataset)

    def __len__(self) -> int:
        return sum([len(cast(Any, _stream(dataset))) for dataset in self.datasets])


def _stream(dataset: Dataset[Any]) -> IterableDataset[Any]:
    if not isinstance(dataset, IterableDataset):
        raise DataChoiceError(
            f"ChainDataset only supports IterableDataset, got {type(dataset).__name__}: "
            "ConcatDataset joins other data sets."
        )
    return dataset


class Subset(Dataset[T_co]):
    """Some samples of a data set.

    Args:
        dataset: the whole.
        indices: the keys of the samples, in their new order.

    Raises:
        NotImplementedError: a subclass has its own `__getitem__`, which batches would go past.
    """

    dataset: Dataset[T_co]
    indices: Sequence[int]

    def __init__(self, dataset: Dataset[T_co], indices: Sequence[int]) -> None:
        kind = type(self)
        if kind.__getitem__ is not Subset.__getitem__ and kind.__getitems__ is Subset.__getitems__:
            raise NotImplementedError(
                f"{kind.__name__} overrides __getitem__ but not __getitems__, which loaders call "
                "for a batch. Write it too, for example as "
                "[self[index] for index in indices]."
            )
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, idx: Any) -> T_co:
        if isinstance(idx, list):
            return self.dataset[[self.indices[place] for place in idx]]
        return self.dataset[self.indices[idx]]

    def __getitems__(self, indices: list[int]) -> list[T_co]:
        """Give several samples, by a whole batch if the data set can."""
        keys = [self.indices[place] for place in indices]
        at_once = getattr(self.dataset, "__getitems__", None)
        if callable(at_once):
            samples: list[T_co] = at_once(keys)
            return samples
        return [self.dataset[key] for key in keys]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(
    dataset: Dataset[T],
    lengths: Sequence[int | float],
    generator: Generator | None = default_generator,
) -> list[Subset[T]]:
    """Divide a data set at random.

    Args:
        dataset: a data set with a length.
        lengths: how many samples each part gets; or fractions whose sum is 1, where the samples
            that rounding down leaves over go to the first parts, one each.
        generator: where the permutation comes from.

    Raises:
        ValueError: the lengths do not add up to the data set's, or a fraction is negative.
        TypeError: a length is no whole number.
    """
    total = len(cast(Any, dataset))
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        lengths = _counted(lengths, total)
    if sum(lengths) != total:
        raise ValueError(
            "Sum of input lengths does not equal the length of the input dataset! The lengths "
            f"{list(lengths)} add up to {sum(lengths)}, and there are {total} samples."
        )
    counts = [operator.index(cast(int, length)) for length in lengths]
    order = randperm(total, generator=generator).tolist()
    ends = itertools.accumulate(counts)
    return [
        Subset(dataset, order[end - count : end]) for end, count in zip(ends, counts, strict=True)
    ]


def _counted(fractions: Sequence[float], total: int) -> list[int]:
    """Turn fractions into numbers of samples."""
    for place, fraction in enumerate(fractions):
        if not 0 <= fraction <= 1:
            raise ValueError(
                f"random_split: Fraction at index {place} is not between 0 and 1, got {fraction}"
            )
    counts = [math.floor(total * fraction) for fraction in fractions]
    for place in range(total - sum(counts)):
        counts[place % len(counts)] += 1
    for place, count in enumerate(counts):
        if count == 0:
            warnings.warn(
                f"random_split: Length of split at index {place} is 0, so that part is empty.",
                stacklevel=3,
            )
    return counts
