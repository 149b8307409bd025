"""Kernels whose work is cut into tasks, which the calling thread does or several threads share.

Numba compiles what a parallel loop repeats anew for each loop, with all that it calls, and takes
several times as long as for a serial one. So such a kernel is compiled once, for some of its tasks,
and the parallel loop is another kernel, of one line, that calls it by its address.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from numba import njit, prange, types

from ...._jit import PARALLEL_THRESHOLD, SizedKernel, entry_point
from ...._threads import get_num_threads, must_be_serial
from ..elementwise.access import call
from ..elementwise.entries import address_of

Entry = Callable[..., None]


def tasks_for(steps: int, most: int) -> int:
    """Choose into how many tasks to divide so many steps of work: 1 for a little."""
    if steps < PARALLEL_THRESHOLD or must_be_serial():
        return 1
    return max(1, min(get_num_threads(), most))


class TaskKernel:
    """A kernel that does some of the tasks that its work is cut into.

    Args:
        kernel: what `numba.njit` returned; its last three arguments are the first task, the one
            after the last, and how many there are.
    """

    def __init__(self, kernel: Any) -> None:
        self._sized = SizedKernel(lambda: kernel)

    def entry(self, *arguments: types.Type) -> TaskEntry:
        """Compile the kernel for these types of its arguments before the numbers of tasks.

        Callers keep what they get.
        """
        return TaskEntry(self._sized.serial, arguments)


class TaskEntry:
    """What calls a kernel with arguments of certain types, which nothing checks.

    Attributes:
        alone: takes the arguments and the three numbers of tasks, on the calling thread.
    """

    def __init__(self, kernel: Any, arguments: tuple[types.Type, ...]) -> None:
        self._kernel, self._arguments = kernel, arguments
        self._signature = (*arguments, types.intp, types.intp, types.intp)
        self.alone: Entry = entry_point(kernel, self._signature)

    def __call__(self, tasks: int, *arguments: Any) -> None:
        """Do so many tasks, each on a thread of its own."""
        if tasks == 1:
            self.alone(*arguments, 0, 1, 1)
        else:
            self._together(self._address, tasks, arguments)

    @cached_property
    def _address(self) -> int:
        return address_of(self._kernel, self._signature)

    @cached_property
    def _together(self) -> Entry:
        arguments = types.BaseTuple.from_types(self._arguments)
        return entry_point(_SHARE.parallel, (types.intp, types.intp, arguments))


def _share(kernel, tasks, arguments):  # type: ignore[no-untyped-def]
    for task in prange(tasks):
        call(kernel, arguments + (task, task + 1, tasks))  # noqa: RUF005  (what Numba compiles)


_SHARE = SizedKernel(lambda: njit(parallel=True)(_share))
