"""The number of threads is chosen once for all kernels."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
import pytest

import minitorch
from minitorch import _threads
from minitorch._jit import PARALLEL_THRESHOLD, SizedKernel
from minitorch.kernels.generated import elementwise


@pytest.fixture(autouse=True)
def unchosen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start where nothing was chosen, and leave Numba's own number as it was."""
    monkeypatch.setattr(_threads, "_chosen", None)
    before = numba.get_num_threads()
    yield
    numba.set_num_threads(before)


def test_numbas_number_counts_until_another_is_chosen() -> None:
    assert minitorch.get_num_threads() == numba.get_num_threads()
    minitorch.set_num_threads(7)
    assert minitorch.get_num_threads() == 7


def test_one_thread_runs_the_serial_kernel() -> None:
    kernel = SizedKernel(lambda: numba.njit(parallel=True)(_copy))
    minitorch.set_num_threads(1)
    assert kernel.for_size(10 * PARALLEL_THRESHOLD) is kernel.serial


def test_the_choice_holds_in_every_python_thread() -> None:
    seen: list[int] = []
    launch = _threads.guarded(lambda: seen.append(numba.get_num_threads()))
    minitorch.set_num_threads(1)
    launch()
    thread = threading.Thread(target=launch)
    thread.start()
    thread.join()
    minitorch.set_num_threads(1000)
    launch()
    assert seen == [1, 1, numba.config.NUMBA_NUM_THREADS]


def test_the_result_does_not_depend_on_it() -> None:
    a = np.linspace(-5, 5, 4 * PARALLEL_THRESHOLD, dtype=np.float32)
    minitorch.set_num_threads(1)
    one = elementwise.exp(a)
    minitorch.set_num_threads(2)
    np.testing.assert_array_equal(elementwise.exp(a), one)


@pytest.mark.parametrize(
    ("number", "error"),
    [(0, RuntimeError), (-1, RuntimeError), (1.5, TypeError), (True, TypeError)],
)
def test_what_is_no_number_of_threads_is_refused(number: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="set_num_threads"):
        minitorch.set_num_threads(number)
    assert minitorch.get_num_threads() == numba.get_num_threads()


def _copy(a: Any, out: Any) -> None:
    for i in numba.prange(out.size):
        out[i] = a[i]
