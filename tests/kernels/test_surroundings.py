"""Kernels give their numbers on every processor, in children and threads, under bounds checks."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numba
import numpy as np
import pytest

import minitorch

from .families import OF_VECTORS, compute, make_calls

# Whichever comes first compiles kernels of every family.
pytestmark = pytest.mark.timeout(600)

PROGRAM = Path(__file__).with_name("families.py")
ROOT = str(Path(minitorch.__file__).parent.parent)


def computed_by(folder: Path, *options: str, **settings: str) -> dict[str, np.ndarray]:
    """Compute all calls in a process of its own."""
    file = folder / "results.npz"
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(file), *options],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT, **settings},
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    with np.load(file) as results:
        return dict(results)


def assert_equal(results: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert results.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(results[name], array, err_msg=name)


@pytest.fixture(scope="module")
def small() -> dict[str, np.ndarray]:
    """What one thread computes."""
    return compute(1)


@pytest.fixture(scope="module")
def large() -> dict[str, np.ndarray]:
    """What several threads compute."""
    return compute(20)


@pytest.mark.slow
def test_a_processor_without_vectors_gives_the_same_numbers_but_for_rounding(
    small: dict[str, np.ndarray], tmp_path: Path
) -> None:
    # In a cache of its own: nothing of this would ever be used again.
    settings = {"NUMBA_CPU_NAME": "generic", "MINITORCH_CACHE_DIR": str(tmp_path)}
    results = computed_by(tmp_path, "--vectors", **settings)
    assert len(results) >= len(OF_VECTORS)
    for name, array in results.items():
        np.testing.assert_allclose(array, small[name], rtol=1e-4, atol=1e-4, err_msg=name)


@pytest.mark.slow
def test_no_index_leaves_its_array(small: dict[str, np.ndarray], tmp_path: Path) -> None:
    # Less optimized, because that takes half as long, and every index is checked all the same.
    settings = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_OPT": "1", "MINITORCH_CACHE_DIR": str(tmp_path)}
    results = computed_by(tmp_path, **settings)
    assert results.keys() == small.keys()
    for name, array in small.items():
        # A check in a loop may keep the compiler from adding up in another order.
        np.testing.assert_allclose(results[name], array, rtol=1e-5, atol=1e-5, err_msg=name)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("options", [[], ["--large"]], ids=["small", "large"])
def test_a_child_that_was_forked_computes(
    options: list[str],
    small: dict[str, np.ndarray],
    large: dict[str, np.ndarray],
    tmp_path: Path,
) -> None:
    results = computed_by(tmp_path, "--fork", *options)
    assert_equal(results, large if options else small)


@pytest.mark.parametrize("layer", ["omp", "workqueue"])
def test_three_threads_compute_at_once(
    layer: str, large: dict[str, np.ndarray], tmp_path: Path
) -> None:
    results = computed_by(tmp_path, "--large", "--threads", "3", NUMBA_THREADING_LAYER=layer)
    assert_equal(results, large)


def test_one_thread_and_two_give_the_same_bits(large: dict[str, np.ndarray]) -> None:
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        assert_equal(compute(20), large)
    finally:
        numba.set_num_threads(before)


# What a call may hold beside its result, in bytes; all others compute in 64 kB.
ONE = 320 * 320 * 4
WORKSPACE = {
    "conv2d backward": 8 * ONE,  # the gradient that the call itself makes first
    "sort": 9 * ONE // 4,  # keys and positions
    "adam": ONE,  # the gradient that the call makes
}


def test_no_call_allocates_much_more_than_its_result() -> None:
    beside = {}
    for name, call in make_calls(20).items():
        call()
        tracemalloc.start()
        try:
            result = call()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        results = result if isinstance(result, tuple) else (result,)
        size = sum(np.asarray(array).nbytes for array in results if array is not None)
        beside[name] = peak - size
    allowed = {name: WORKSPACE.get(name, 0) + (1 << 16) for name in beside}
    assert {name: size for name, size in beside.items() if size > allowed[name]} == {}
