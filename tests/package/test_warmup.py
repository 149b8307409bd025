"""`minitorch warmup` compiles ahead, and looks after what was compiled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import minitorch
from minitorch import cli, warmup

ROOT = str(Path(minitorch.__file__).parent.parent)

# Prints the names of the functions that Numba had to compile.
COMPARE = """
import json, numpy as np
from numba.core import event
with event.install_recorder("numba:compile") as log:
    from minitorch.kernels.generated import elementwise
    elementwise.eq(np.ones((600, 600)), np.ones((600, 600)))
    elementwise.eq(np.ones((8, 8)), np.ones((1, 8)))
print(json.dumps([e.data["dispatcher"].py_func.__name__ for _, e in log.buffer if e.is_start]))
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty root of cache folders."""
    monkeypatch.setenv("MINITORCH_CACHE_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.slow
def test_what_was_compiled_ahead_is_not_compiled_again(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = {**os.environ, "PYTHONPATH": ROOT}
    command = [sys.executable, "-m", "minitorch.cli", "warmup", "--jobs", "1"]
    done = subprocess.run(
        [*command, "float64: comparisons"], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "1/1  float64: comparisons" in done.stdout
    assert "1 of 1 sets" in done.stdout
    probe = subprocess.run(
        [sys.executable, "-c", COMPARE], capture_output=True, text=True, env=environment
    )
    assert json.loads(probe.stdout) == []
    assert cli.main(["warmup", "--list"]) == 0
    listing = capsys.readouterr().out
    assert str(root) in listing
    assert minitorch._runtime.cache_folder().name in listing
    assert minitorch._runtime.numba_flags()["numba"] in listing


def test_nothing_to_list_and_to_clear(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["warmup", "--list"]) == 0
    assert capsys.readouterr().out == f"Compiled kernels in {root}: none\n"
    assert cli.main(["warmup", "--clear"]) == 0
    assert capsys.readouterr().out == f"Removed 0.0 MB of kernels from {root}.\n"


def test_clear_removes_the_kernels_of_all_versions(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a" * 16, "b" * 16):
        (root / name).mkdir()
        (root / name / "about.json").write_text('{"numba": "0.1"}', encoding="utf-8")
        (root / name / "minitorch_kernel_add_1.nbc").write_bytes(bytes(1_000_000))
    assert cli.main(["warmup", "--list"]) == 0
    assert "numba 0.1" in capsys.readouterr().out
    assert cli.main(["warmup", "--clear"]) == 0
    assert capsys.readouterr().out.startswith("Removed 2.0 MB")
    assert list(root.iterdir()) == []


def test_an_unknown_set_is_named_with_those_that_there_are(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["warmup", "everything"]) == cli.MISUSED
    error = capsys.readouterr().err
    assert "'everything'" in error
    assert "course: tensors" in error


def test_a_set_that_fails_is_reported_and_the_others_go_on(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Pool:
        """Runs in this process, whose tasks a test can replace."""

        def __init__(self, *_: object) -> None:
            pass

        def __enter__(self) -> Pool:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def submit(self, function: object, name: str) -> object:
            from concurrent.futures import Future

            future: Future[float] = Future()
            try:
                future.set_result(warmup.compile_task(name))
            except Exception as error:
                future.set_exception(error)
            return future

    def fail() -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(warmup, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(warmup, "_sets", lambda: {"bad": fail, "good": lambda: None})
    assert warmup.compile_sets(["bad", "good"], 1) == 1
    printed = capsys.readouterr().out
    assert "bad  failed: MemoryError: no room" in printed
    assert "1 of 2 sets" in printed
