"""What `_jit` makes of all kinds of functions, in this process and in the next."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy as np
import pytest
from numba import njit

import minitorch
from minitorch import _jit, fast_ops, operators
from minitorch._jit import PARALLEL_THRESHOLD, SizedKernel, cached
from minitorch.errors import CacheWarning

from .backend_checks import assert_same
from .checks import tensor_of
from .library_copy import result_of

pytestmark = pytest.mark.task3_1

USER_CONSTANTS = "import enum\n\nOFFSET = 100.0\n\n\nclass Level(enum.IntEnum):\n    HIGH = 7\n"
# A user's module. Its functions use each other, constants of all kinds and a second module.
USER_CODE = '''
import json
import math
from math import inf

import user_constants
from numba import njit
from numba.core import event
from user_constants import Level

from minitorch._jit import cached

SCALE = 2.5
COUNT = 3
ON = True
LOWEST = -inf


@njit()
def helper(x):
    return x * SCALE


def constants(x):
    """Return something of every constant."""
    return helper(x) + COUNT + (1.0 if ON else 0.0) + math.exp(LOWEST)


def module(x):
    return x + user_constants.OFFSET + Level.HIGH.value


def closure_of(number, whole, limit):
    def closure(x):
        return min(x * number + whole, limit)

    return closure


def default(x, more=4.0):
    return x + more


@njit("float64(float64)")
def recursive(x):
    return x if x < 1.0 else recursive(x - 1.0)


namespace = {}
exec("def executed(x):\\n    return x + 20.0\\n", namespace)
functions = {
    "constants": constants,
    "module": module,
    "closure": closure_of(0.5, 2, inf),
    "closure with a limit": closure_of(0.5, 2, 1.25),
    "default": default,
    "recursive": recursive.py_func,
    "lambda": lambda x: x + 10.0,
    "exec": namespace["executed"],
}
# A set has no order that lasts from one process to the next.
options = {"fastmath": {"contract", "arcp", "nsz"}}
with event.install_recorder("numba:compile") as log:
    results = {name: cached(njit(**options)(f))(1.0) for name, f in functions.items()}
compiled = sorted(e.data["dispatcher"].py_func.__name__ for _, e in log.buffer if e.is_start)
print(json.dumps({"results": results, "compiled": compiled}))
'''
RESULTS = {
    "constants": 6.5,
    "module": 108.0,
    "closure": 2.5,
    "closure with a limit": 1.25,
    "default": 5.0,
    "recursive": 0.0,
    "lambda": 11.0,
    "exec": 21.0,
}


def run_user_code(folder: Path) -> Any:
    """Run the user's module as a program that imports itself, and read what it prints."""
    root = str(Path(minitorch.__file__).parents[1])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(folder), root)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MINITORCH_CACHE_DIR": str(folder / "cache"),
    }
    program = [sys.executable, "-c", "import user_code"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return result_of(subprocess.Popen(program, env=environment, **pipes))


def test_functions_of_all_kinds_compute_in_both_processes(tmp_path: Path) -> None:
    (tmp_path / "user_code.py").write_text(USER_CODE, encoding="utf-8")
    (tmp_path / "user_constants.py").write_text(USER_CONSTANTS, encoding="utf-8")
    first = run_user_code(tmp_path)
    assert first["results"] == RESULTS
    second = run_user_code(tmp_path)
    assert second["results"] == RESULTS
    # These have default values, no source of their own, or call themselves.
    assert second["compiled"] == ["<lambda>", "default", "executed", "recursive"]
    assert len(first["compiled"]) > len(second["compiled"])
    constants = USER_CONSTANTS.replace("100.0", "200.0").replace("HIGH = 7", "HIGH = 8")
    (tmp_path / "user_constants.py").write_text(constants, encoding="utf-8")
    assert run_user_code(tmp_path)["results"] == {**RESULTS, "module": 209.0}


# --- in this process --------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("MINITORCH_CACHE_DIR", str(tmp_path))
    return tmp_path


def add_seventeen(x: float) -> float:
    """Add a number that no other function adds."""
    return x + 17.0


def test_a_cached_function_lives_in_a_file_of_the_cache_folder(folder: Path) -> None:
    twin = cached(njit()(add_seventeen))
    assert twin(1.0) == 18.0
    (path,) = folder.rglob("*.py")
    assert path.parent == minitorch._runtime.cache_folder()
    assert Path(twin.py_func.__code__.co_filename) == path
    assert twin.__module__ == path.stem
    assert f"{add_seventeen.__module__}.add_seventeen" in path.read_text(encoding="utf-8")
    assert len(list(folder.rglob("*.nbc"))) == 1, "what was compiled is kept"
    assert cached(njit()(add_seventeen)) is twin


def test_a_helper_is_compiled_for_kernels_and_for_python_where_that_calls_it() -> None:
    helper = njit()(add_seventeen)

    def add_thirty_four(x: float) -> float:
        return helper(helper(x))

    twin = cached(njit()(add_thirty_four))
    assert twin(1.0) == 35.0
    assert twin.targetoptions["no_cfunc_wrapper"]
    assert twin.py_func.__globals__["helper"].targetoptions["no_cpython_wrapper"]
    assert cached(helper)(1.0) == 18.0


def test_options_go_with_the_function_and_can_be_changed() -> None:
    dispatcher = njit(boundscheck=True, fastmath={"contract"}, parallel=True)(add_seventeen)
    twin = cached(dispatcher)
    assert twin.targetoptions["boundscheck"] is True
    assert twin.targetoptions["fastmath"] == {"contract"}
    assert twin.targetoptions["parallel"] is True
    serial = cached(dispatcher, parallel=False)
    assert serial is not twin
    assert not serial.targetoptions["parallel"]
    assert serial.targetoptions["fastmath"] == {"contract"}


def test_what_is_no_numba_function_comes_back_as_it_is() -> None:
    assert cached(add_seventeen) is add_seventeen
    assert cached(math.sin) is math.sin


def test_a_cache_that_refuses_every_file_warns_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[str] = []

    def refuse(path: Path, mode: str) -> None:
        attempts.append(f"{path}.random{len(attempts)}")
        raise PermissionError(13, "Permission denied", attempts[-1])

    def add_eighteen(x: float) -> float:
        return x + 18.0

    def add_nineteen(x: float) -> float:
        return x + 19.0

    monkeypatch.setattr(_jit, "atomic_write", refuse)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert cached(njit()(add_eighteen))(1.0) == 19.0
        assert cached(njit()(add_nineteen))(1.0) == 20.0
    assert len(attempts) == 2
    (warning,) = caught
    assert warning.category is CacheWarning
    assert str(folder) in str(warning.message)
    assert "Permission denied" in str(warning.message)


def test_small_work_is_serial_and_large_work_parallel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.core.config, "BOUNDSCHECK", None)
    kernel = SizedKernel(lambda: njit(parallel=True)(add_seventeen))
    assert kernel.for_size(PARALLEL_THRESHOLD - 1) is kernel.serial
    assert kernel.for_size(PARALLEL_THRESHOLD) is kernel.guarded
    assert kernel.parallel.targetoptions["parallel"] is True
    assert not kernel.serial.targetoptions["parallel"]
    # Numba checks no bounds in a parallel loop.
    monkeypatch.setattr(numba.core.config, "BOUNDSCHECK", 1)
    assert kernel.for_size(PARALLEL_THRESHOLD) is kernel.serial


def test_a_kernel_is_made_when_it_is_first_needed() -> None:
    made: list[Any] = []
    kernel = SizedKernel(lambda: made.append(add_seventeen) or njit()(add_seventeen))
    assert made == []
    assert kernel.serial(1.0) == kernel.for_size(1)(1.0) == 18.0
    assert made == [add_seventeen]


def test_fast_ops_run_the_factory_that_is_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_map(fn: Any) -> Any:
        def _map(out: Any, *_: Any) -> None:
            for i in range(len(out)):
                out[i] = fn(41.0)

        return njit()(_map)

    monkeypatch.setattr(fast_ops, "tensor_map", broken_map)
    out = minitorch.FastOps.map(operators.neg)(tensor_of(np.ones((2, 3))))
    assert_same(out, np.full((2, 3), -41.0))


def test_a_thread_waits_for_the_module_that_another_is_importing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_twenty(x: float) -> float:
        return x + 20.0

    real_import = _jit._import

    def slow_import(name: str, path: Path, kernel_name: str) -> ModuleType:
        sys.modules[name] = ModuleType(name)
        time.sleep(0.2)
        return real_import(name, path, kernel_name)

    monkeypatch.setattr(_jit, "_import", slow_import)
    with ThreadPoolExecutor(2) as pool:
        twins = list(pool.map(cached, [njit()(add_twenty), njit()(add_twenty)]))
    assert twins[0] is twins[1]
    assert twins[0](1.0) == 21.0
