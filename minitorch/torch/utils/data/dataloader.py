"""Goes through a data set in batches: `torch.utils.data.DataLoader`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, NoReturn, TypeVar, cast

from ...._warn import warn
from ..._generator import Generator
from ._utils.collate import default_collate as default_collate
from ._utils.collate import default_convert as default_convert
from ._utils.fetch import DatasetKind as _DatasetKind
from ._utils.info import get_worker_info as get_worker_info
from .dataset import DataChoiceError, Dataset, IterableDataset
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler, drawn_seed

T_co = TypeVar("T_co", covariant=True)

# How many batches each worker computes in advance where nobody says.
_PREFETCHED = 2
_FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class _Nothing(Sampler[None]):
    """Gives None for ever: the keys of a stream."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


class DataLoader(Generic[T_co]):
    """Goes through a data set in batches, as often as it is iterated over.

    Args:
        dataset: the samples: something with `__getitem__` and `__len__`, or an IterableDataset.
        batch_size: how many samples a batch has; None for single samples without a batch.
        shuffle: take samples in random order.
        sampler: gives the keys of the samples, in order: any iterable.
        batch_sampler: gives lists of keys, one for each batch.
        num_workers: how many processes fetch samples; 0 to do it in this one.
        collate_fn: makes a batch of a list of samples: `default_collate` by default.
        pin_memory: copy batches to memory that a GPU reads faster; without a GPU it only warns.
        drop_last: leave out a last batch that is smaller.
        timeout: how many seconds to wait for a batch from a worker; 0 for as long as it takes.
        worker_init_fn: called in each worker with its number, before it fetches anything.
        multiprocessing_context: how workers start: a context of multiprocessing, or its name.
        generator: where the random order and the workers' seeds come from.
        prefetch_factor: how many batches each worker computes in advance; 2 by default.
        persistent_workers: keep the workers for the next epoch.
        pin_memory_device: not used any more; PyTorch takes the device that there is.
        in_order: False to take batches from workers as soon as they are there.

    Raises:
        ValueError: arguments do not go together, or a number is negative.
        TypeError: multiprocessing_context is neither a context nor a name.
    """

    dataset: Dataset[T_co]
    batch_size: int | None
    _is_complete = False

    def __init__(
        self,
        dataset: Dataset[T_co],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Sampler[Any] | Iterable[Any] | None = None,
        batch_sampler: Sampler[list[Any]] | Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        is_stream = isinstance(dataset, IterableDataset)
        if is_stream:
            _check_stream(shuffle, sampler, batch_sampler)
        _check_sampling(batch_size, shuffle, sampler, batch_sampler, drop_last)
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = (
            _PREFETCHED if num_workers > 0 and prefetch_factor is None else prefetch_factor
        )
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        self.generator = generator
        self.persistent_workers = persistent_workers
        self._dataset_kind = _DatasetKind.Iterable if is_stream else _DatasetKind.Map
        if sampler is None:
            sampler = _default_sampler(dataset, is_stream, shuffle, generator)
        if batch_sampler is not None:
            batch_size = None
        elif batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        if collate_fn is None:
            collate_fn = default_collate if self._auto_collation else default_convert
        self.collate_fn = collate_fn
        self._reported_length: int | None = None
        self._iterator: Any = None
        self._is_complete = True
        self.check_worker_number_rationality()

    @property
    def multiprocessing_context(self) -> Any:
        """How workers start; None for multiprocessing's own choice."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: Any) -> None:
        self._context = None if context is None else _checked_context(context, self.num_workers)

    def __setattr__(self, name: str, value: Any) -> None:
        if self._is_complete and name in _FIXED:
            raise ValueError(
                f"{name} attribute should not be set after {type(self).__name__} is initialized: "
                "make another loader."
            )
        super().__setattr__(name, value)

    def __iter__(self) -> Iterator[Any]:
        if not (self.persistent_workers and self.num_workers > 0):
            return self._get_iterator()
        if self._iterator is None:
            self._iterator = self._get_iterator()
        else:
            self._iterator._reset(self)
        return cast(Iterator[Any], self._iterator)

    def _get_iterator(self) -> Iterator[Any]:
        if self.num_workers == 0:
            return _SingleProcessDataLoaderIter(self)
        # Scripts without workers need not wait until multiprocessing is imported.
        from ._utils.parallel import MultiProcessingDataLoaderIter

        self.check_worker_number_rationality()
        return MultiProcessingDataLoaderIter(self)

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __len__(self) -> int:
        """Give the number of batches; of a stream, what follows from the length that it says."""
        if self._dataset_kind == _DatasetKind.Map:
            return len(self._index_sampler)
        length = self._reported_length = len(cast(Any, self.dataset))
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else -(-length // self.batch_size)

    def check_worker_number_rationality(self) -> None:
        """Warn if there are more workers than cores."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        if self.num_workers and (cores is None or self.num_workers > cores):
            known = "an unknown number of" if cores is None else cores
            warn(
                f"This DataLoader will create {self.num_workers} worker processes in total, and "
                f"this process may use {known} cores. More workers than cores can make it slower.",
                UserWarning,
            )


# ---- arguments


def _check_workers(
    num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool
) -> None:
    if num_workers < 0:
        raise ValueError(
            "DataLoader: num_workers option should be non-negative; use num_workers=0 to disable "
            f"multiprocessing. Got {num_workers}."
        )
    if timeout < 0:
        raise ValueError(f"DataLoader: timeout option should be non-negative, got {timeout}")
    if prefetch_factor is not None and num_workers == 0:
        raise ValueError(
            "DataLoader: prefetch_factor option could only be specified in multiprocessing: it is "
            f"{prefetch_factor}, and num_workers is 0."
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError(
            f"DataLoader: prefetch_factor option should be non-negative, got {prefetch_factor}"
        )
    if persistent_workers and num_workers == 0:
        raise ValueError("DataLoader: persistent_workers option needs num_workers > 0")


def _check_stream(shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
    given = {
        "shuffle": None if shuffle is False else shuffle,
        "sampler": sampler,
        "batch_sampler": batch_sampler,
    }
    for name, value in given.items():
        if value is not None:
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified {name} option, but got "
                f"{name}={value}. A stream gives its samples in its own order."
            )


def _check_sampling(
    batch_size: Any, shuffle: Any, sampler: Any, batch_sampler: Any, drop_last: bool
) -> None:
    if sampler is not None and shuffle:
        raise ValueError("DataLoader: sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None:
        if batch_size != 1 or shuffle or sampler is not None or drop_last:
            raise ValueError(
                "DataLoader: batch_sampler option is mutually exclusive with batch_size, shuffle, "
                "sampler, and drop_last"
            )
    elif batch_size is None and drop_last:
        raise ValueError(
            "DataLoader: batch_size=None option disables auto-batching and is mutually exclusive "
            "with drop_last"
        )


def _default_sampler(
    dataset: Any, is_stream: bool, shuffle: Any, generator: Generator | None
) -> Sampler[Any]:
    if is_stream:
        return _Nothing()
    return RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)


def _checked_context(context: Any, num_workers: int) -> Any:
    import multiprocessing
    from multiprocessing.context import BaseContext

    if num_workers == 0:
        raise ValueError(
            "DataLoader: multiprocessing_context can only be used with multi-process loading "
            f"(num_workers > 0), but got num_workers={num_workers}"
        )
    if isinstance(context, str):
        methods = multiprocessing.get_all_start_methods()
        if context not in methods:
            raise ValueError(
                "DataLoader: multiprocessing_context option should specify a valid start method in "
                f"{methods!r}, but got multiprocessing_context={context!r}"
            )
        return multiprocessing.get_context(context)
    if not isinstance(context, BaseContext):
        raise TypeError(
            "DataLoader: multiprocessing_context option should be a valid context object or a "
            f"string specifying the start method, but got multiprocessing_context={context!r}"
        )
    return context


# ---- epochs


class _BaseDataLoaderIter:
    """One epoch: draws the seed of its workers, and counts batches of streams."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        self._dataset = loader.dataset
        self._dataset_kind = loader._dataset_kind
        self._num_workers = loader.num_workers
        self._collate_fn = loader.collate_fn
        self._timeout = loader.timeout
        self._index_sampler = loader._index_sampler
        if loader.pin_memory:
            warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device "
                "pinned memory won't be used.",
                UserWarning,
            )
        self._begin(loader)
        self._base_seed = drawn_seed(loader.generator)

    def _begin(self, loader: DataLoader[Any]) -> None:
        """Start with the first keys."""
        self._sampler_iter = iter(self._index_sampler)
        self._num_yielded = 0
        self._reported_length = loader._reported_length

    def _next_data(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} gives no batches.")

    def __iter__(self) -> Iterator[Any]:
        return cast(Iterator[Any], self)

    def __next__(self) -> Any:
        batch = self._next_data()
        self._num_yielded += 1
        if self._reported_length is not None and self._num_yielded > self._reported_length:
            self._warn_of_length()
        return batch

    def _warn_of_length(self) -> None:
        advice = " Does each worker give only its own share?" if self._num_workers else ""
        warn(
            f"Length of IterableDataset {self._dataset} was reported to be {self._reported_length} "
            f"(when accessing len(dataloader)), but {self._num_yielded} samples have been "
            f"fetched.{advice}",
            UserWarning,
        )

    def __len__(self) -> int:
        return len(self._index_sampler)

    def __getstate__(self) -> NoReturn:
        raise NotImplementedError(f"{type(self).__name__} cannot be pickled: pickle the loader.")


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """One epoch, in this process."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        if self._timeout != 0:
            raise DataChoiceError(
                f"DataLoader: without workers nothing is waited for, so timeout must be 0, got "
                f"{self._timeout}. Set num_workers, or leave timeout out."
            )
        self._fetch = _DatasetKind.create_fetcher(
            self._dataset_kind,
            self._dataset,
            loader._auto_collation,
            self._collate_fn,
            loader.drop_last,
        )

    def _next_data(self) -> Any:
        return self._fetch(next(self._sampler_iter))
