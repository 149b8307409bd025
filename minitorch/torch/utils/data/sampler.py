"""In which order a loader takes samples: `torch.utils.data.Sampler` and its relatives."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from ..._dtype import float64, int64
from ..._generator import Generator
from ...functions.creation.creation import as_tensor
from ...functions.creation.filled import empty
from ...functions.random.random import multinomial, randint, randperm

if TYPE_CHECKING:
    from ..._tensor import Tensor

T_co = TypeVar("T_co", covariant=True)

# So many keys are drawn at once where keys may come twice.
_KEYS_AT_ONCE = 32


def drawn_seed(generator: Generator | None = None) -> int:
    """Draw a number for another generator to start from."""
    return int(empty((), dtype=int64).random_(generator=generator).item())


class Sampler(Generic[T_co]):
    """Gives keys of a data set: a subclass has `__iter__`, and mostly `__len__`.

    Args:
        data_source: not used; old subclasses hand it over.
    """

    def __init__(self, data_source: Sized | None = None) -> None:
        pass

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError(
            f"Subclasses of Sampler should implement __iter__, and {type(self).__name__} has none."
        )


class SequentialSampler(Sampler[int]):
    """Gives 0, 1, 2, ...

    Args:
        data_source: what has the length.
    """

    data_source: Sized

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """Gives the keys 0, ..., n - 1 in random order, or keys drawn at random.

    Args:
        data_source: what has the length n.
        replacement: whether a key may come several times.
        num_samples: how many keys to give; n by default. More than n without replacement go
            through all of them several times.
        generator: where random numbers come from; by default from a new one for each epoch, whose
            seed the default generator draws.

    Raises:
        TypeError: replacement is no bool.
        ValueError: the number of samples is no positive int.
    """

    data_source: Sized
    replacement: bool

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(
                "RandomSampler: replacement should be a boolean value, but got "
                f"replacement={replacement!r}"
            )
        if not isinstance(self.num_samples, int) or self.num_samples <= 0:
            raise ValueError(
                "RandomSampler: num_samples should be a positive integer value, but got "
                f"num_samples={self.num_samples!r}"
            )

    @property
    def num_samples(self) -> int:
        """How many keys it gives."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        size, generator = len(self.data_source), self.generator
        if generator is None:
            generator = Generator().manual_seed(drawn_seed())
        times, rest = divmod(self.num_samples, _KEYS_AT_ONCE if self.replacement else size)
        if self.replacement:
            for count in (*[_KEYS_AT_ONCE] * times, rest):
                yield from randint(size, (count,), generator=generator).tolist()
            return
        for _ in range(times):
            yield from randperm(size, generator=generator).tolist()
        yield from randperm(size, generator=generator).tolist()[:rest]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """Gives some keys in random order.

    Args:
        indices: the keys.
        generator: where random numbers come from.
    """

    indices: Sequence[int]

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for place in randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[place]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Gives the keys 0, ..., n - 1 with probabilities in proportion to n weights.

    Args:
        weights: one number, not negative, for each key.
        num_samples: how many keys to give.
        replacement: whether a key may come several times.
        generator: where random numbers come from.

    Raises:
        ValueError: num_samples is no positive int, replacement is no bool, or the weights are no
            row of numbers.
    """

    weights: Tensor
    num_samples: int
    replacement: bool

    def __init__(
        self,
        weights: Sequence[float],
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        _check_count("WeightedRandomSampler", "num_samples", num_samples)
        _check_bool("WeightedRandomSampler", "replacement", replacement)
        row = as_tensor(weights, dtype=float64)
        if len(row.shape) != 1:
            raise ValueError(
                "WeightedRandomSampler: weights should be a 1d sequence but given weights have "
                f"shape {tuple(row.shape)}"
            )
        self.weights = row
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        yield from multinomial(
            self.weights, self.num_samples, self.replacement, generator=self.generator
        ).tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Gives another sampler's keys in lists.

    Args:
        sampler: what gives the keys: any iterable.
        batch_size: how many keys a list has.
        drop_last: leave out a last list that is shorter.

    Raises:
        ValueError: batch_size is no positive int, or drop_last no bool.
    """

    def __init__(
        self, sampler: Sampler[int] | Iterable[int], batch_size: int, drop_last: bool
    ) -> None:
        _check_count("BatchSampler", "batch_size", batch_size)
        _check_bool("BatchSampler", "drop_last", drop_last)
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        keys, size = iter(self.sampler), self.batch_size
        while batch := list(itertools.islice(keys, size)):
            if len(batch) < size and self.drop_last:
                return
            yield batch

    def __len__(self) -> int:
        whole, rest = divmod(len(cast(Sized, self.sampler)), self.batch_size)
        return whole if self.drop_last or not rest else whole + 1


def _check_count(function: str, name: str, number: Any) -> None:
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        raise ValueError(
            f"{function}: {name} should be a positive integer value, but got {name}={number!r}"
        )


def _check_bool(function: str, name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise ValueError(f"{function}: {name} should be a boolean value, but got {name}={value!r}")
