"""How many threads a kernel uses, and when it may start any."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import numba
from numba.core import config

_PROCESS = os.getpid()
# Numba's threading layer "workqueue" aborts the process when two threads start a kernel at once.
_launching = threading.Lock()
_chosen: int | None = None


def get_num_threads() -> int:
    """Give the number of threads that large kernels are divided among."""
    return numba.get_num_threads() if _chosen is None else _chosen


def set_num_threads(number: int) -> None:
    """Choose the number of threads for all kernels of this process, as `torch.set_num_threads`.

    There are never more than NUMBA_NUM_THREADS, which is the number of cores where it is not set.

    Raises:
        TypeError: number is no int.
        RuntimeError: it is smaller than 1.
    """
    global _chosen
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError(f"set_num_threads takes an int, got {type(number).__name__}.")
    if number < 1:
        raise RuntimeError(f"set_num_threads needs a positive number of threads, got {number}.")
    _chosen = number


def must_be_serial() -> bool:
    """Tell whether kernels have to stay on the calling thread.

    Numba checks no bounds in a parallel loop, and its threads do not survive a fork: under
    NUMBA_BOUNDSCHECK=1 and in a forked child the serial kernels do everything.
    """
    return _chosen == 1 or bool(config.BOUNDSCHECK) or os.getpid() != _PROCESS


def guarded(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a parallel kernel, so that one thread at a time starts it, on the threads chosen."""

    def launch(*arguments: Any) -> Any:
        with _launching:
            if _chosen is not None:
                # Numba's own number belongs to the calling thread.
                numba.set_num_threads(min(_chosen, config.NUMBA_NUM_THREADS))
            return kernel(*arguments)

    return launch
