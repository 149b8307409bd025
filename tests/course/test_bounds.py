"""Kernels keep to their storage, and NUMBA_BOUNDSCHECK=1 finds one that does not.

The boundscheck job runs every test with that mark in such a process; here are the ones about the
check itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from numba import njit

from minitorch._jit import PARALLEL_THRESHOLD, SizedKernel, cached

from .kernel_calls import TWINS, each_twin
from .library_copy import LibraryCopy

pytestmark = pytest.mark.boundscheck
MARGIN = 64


# --- storage with something on both sides -----------------------------------------------------


def embedded(storage: Any, filler: float) -> tuple[Any, Any]:
    """Copy storage into the middle of a larger array, and give both."""
    surroundings = np.full(len(storage) + 2 * MARGIN, filler)
    inside = surroundings[MARGIN:-MARGIN]
    inside[:] = storage
    return inside, surroundings


@each_twin
@pytest.mark.parametrize("twin", ["serial", "parallel"])
def test_kernels_read_and_write_their_own_storage_alone(name: str, twin: str) -> None:
    make, calls = TWINS[name]
    kernel = getattr(SizedKernel(make), twin)
    for call in calls:
        out, around_out = embedded(np.zeros(len(call[0])), filler=-777.0)
        # A number from beyond an input's storage makes the results NaN.
        inputs = [
            embedded(x, filler=np.nan)[0] if getattr(x, "dtype", None) == np.float64 else x
            for x in call[1:]
        ]
        kernel(out, *inputs)
        assert np.isfinite(out).all()
        assert (around_out[:MARGIN] == -777.0).all()
        assert (around_out[-MARGIN:] == -777.0).all()


# --- a planted overrun ------------------------------------------------------------------------


def one_too_many(storage: Any) -> float:
    """Read one element more than there are."""
    total = 0.0
    for i in range(len(storage) + 1):
        total += storage[i]
    return total


def all_shifted(out: Any, storage: Any) -> None:
    """Read each element's neighbour, of which the last has none."""
    for i in numba.prange(len(out)):
        out[i] = storage[i + 1]


def test_a_cached_overrun_is_found_where_bounds_are_checked_and_only_there() -> None:
    storage = np.arange(5.0)[:4]
    overrun = cached(njit()(one_too_many))
    if numba.config.BOUNDSCHECK:
        with pytest.raises(IndexError):
            overrun(storage)
    else:
        assert overrun(storage) == 10.0


def test_an_overrun_of_a_large_kernel_is_found_too() -> None:
    storage = np.arange(PARALLEL_THRESHOLD + 1.0)
    out = np.zeros(PARALLEL_THRESHOLD)
    kernel = SizedKernel(lambda: njit(parallel=True)(all_shifted)).for_size(len(out))
    if numba.config.BOUNDSCHECK:
        with pytest.raises(IndexError):
            kernel(out, storage[:-1])
    else:
        kernel(out, storage[:-1])
        assert out.tolist() == storage[1:].tolist()


# Negates 6 elements and as many as are enough for threads, and says how that ended.
NEGATE = """
import json
from minitorch import FastOps, operators, zeros

outcomes = []
for size in (6, 200_000):
    try:
        FastOps.map(operators.neg)(zeros((size,)))
        outcomes.append("done")
    except IndexError as error:
        outcomes.append(str(error))
print(json.dumps(outcomes))
"""


@pytest.mark.slow
@pytest.mark.task3_1
def test_an_overrun_planted_in_fast_ops_is_found_on_a_cache_that_was_warmed_unchecked(
    tmp_path: Path,
) -> None:
    library = LibraryCopy(tmp_path)
    library.edit("fast_ops.py", "out[i] = fn(in_storage[i])", "out[i] = fn(in_storage[i + 1])")
    assert library.run(NEGATE) == ["done", "done"]
    first, second = library.run(NEGATE, NUMBA_BOUNDSCHECK="1")
    assert "out of bounds" in first
    assert "out of bounds" in second
    assert library.run(NEGATE) == ["done", "done"]


@pytest.mark.slow
@pytest.mark.task3_1
def test_the_library_itself_has_no_overrun_there(tmp_path: Path) -> None:
    assert LibraryCopy(tmp_path).run(NEGATE, NUMBA_BOUNDSCHECK="1") == ["done", "done"]
