"""Which worker this process is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """What a worker can know of itself.

    Attributes:
        id: its number, from 0.
        num_workers: how many there are.
        seed: what its random numbers start from.
        dataset: its copy of the data set.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """Tell which worker of a loader this process is; None in a process that is none."""
    return _info


def set_worker_info(info: WorkerInfo) -> None:
    """Say which worker this process is."""
    global _info
    _info = info
