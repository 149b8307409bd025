"""Shares of a data set for several processes: `DistributedSampler`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from ..._generator import Generator
from ...functions.random.random import randperm
from .dataset import Dataset
from .sampler import Sampler


class ProcessGroupError(ValueError, RuntimeError):
    """Something is asked of a group of processes, and there is none."""


class DistributedSampler(Sampler[int]):
    """Gives each of several processes its own share of the keys, all of one size.

    Args:
        dataset: a data set with a length.
        num_replicas: how many processes there are.
        rank: which one of them this is, from 0.
        shuffle: whether the keys are in random order, the same in all processes.
        seed: together with the epoch, what that order depends on.
        drop_last: leave out keys at the end so that shares have one size, instead of giving some
            keys twice.

    Raises:
        ProcessGroupError: num_replicas or rank is not given.
        ValueError: there is no process of this rank.
    """

    def __init__(
        self,
        dataset: Dataset[Any],
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            raise ProcessGroupError(
                "Default process group has not been initialized: minitorch has none, so "
                "DistributedSampler needs both num_replicas and rank."
            )
        if not 0 <= rank < num_replicas:
            raise ValueError(
                f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]"
            )
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        size = len(cast(Any, dataset))
        self.num_samples = size // num_replicas if drop_last else -(-size // num_replicas)
        self.total_size = self.num_samples * num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self) -> Iterator[int]:
        size = len(cast(Any, self.dataset))
        if self.shuffle:
            generator = Generator().manual_seed(self.seed + self.epoch)
            keys = randperm(size, generator=generator).tolist()
        else:
            keys = list(range(size))
        # Missing keys are taken from the front again, as often as it needs.
        repeats = -(-self.total_size // size) if size else 0
        return iter((keys * repeats)[self.rank : self.total_size : self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch; without it, all epochs have the same order."""
        self.epoch = epoch
