"""Kernels in forked children and in several Python threads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .library_copy import LibraryCopy

pytestmark = pytest.mark.task3_1

# The parent computes with few or with many elements, then its forked child with many and few.
FORK = """
import json
import os
import sys

import numpy as np
from minitorch import FastOps, TensorBackend, conv1d, tensor

backend = TensorBackend(FastOps)


def total(size):
    made = tensor(np.ones(size), backend=backend)
    return (made + made).sum().item() + (-made).sum().item()


result = [total(SIZE)]
reading, writing = os.pipe()
child = os.fork()
if child == 0:
    os.write(writing, json.dumps([total(200_000), total(4)]).encode())
    os._exit(0)
os.close(writing)
result += json.loads(os.read(reading, 1000) or "[]")
_, status = os.waitpid(child, 0)
print(json.dumps([*result, status, total(SIZE)]))
"""

# The first call of each kernel, by four threads at once, each with kernels made for itself.
THREADS = """
import json
import threading

import numpy as np
from minitorch import FastOps, TensorBackend, tensor

results = []
ready = threading.Barrier(4)


def work():
    backend = TensorBackend(FastOps)
    made = tensor(np.ones(SIZE), backend=backend)
    ready.wait()
    results.append((made + made).sum().item())


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(results))
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> LibraryCopy:
    """A copy of the package with a cache that the tests of this file fill."""
    return LibraryCopy(tmp_path_factory.mktemp("library"))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform cannot fork")
@pytest.mark.parametrize("size", [4, 200_000])
def test_a_forked_child_computes(library: LibraryCopy, size: int) -> None:
    printed = library.run(FORK.replace("SIZE", str(size)))
    assert printed == [float(size), 200_000.0, 4.0, 0, float(size)]


@pytest.mark.slow
@pytest.mark.parametrize(("size", "layer"), [(4, "default"), (200_000, "workqueue")])
def test_threads_may_need_a_kernel_at_the_same_time(tmp_path: Path, size: int, layer: str) -> None:
    code = THREADS.replace("SIZE", str(size))
    printed = LibraryCopy(tmp_path).run(code, NUMBA_THREADING_LAYER=layer)
    assert printed == [2.0 * size] * 4
