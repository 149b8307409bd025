"""Every documented mistake raises the documented error, with and without `python -O`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import minitorch
from minitorch import IndexingError

from .error_cases import CASES, Case, outcome


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_mistake_has_its_error_with_the_numbers_in_the_text(case: Case) -> None:
    assert outcome(case) == ""


def test_an_indexing_error_is_a_runtime_error() -> None:
    assert issubclass(IndexingError, RuntimeError)
    assert not issubclass(IndexingError, AssertionError)


def test_the_same_errors_come_where_asserts_are_off() -> None:
    folder = str(Path(minitorch.__file__).parents[1])
    paths = os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH")]))
    script = Path(__file__).with_name("error_cases.py")
    done = subprocess.run(
        [sys.executable, "-O", str(script)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "asserts off" in done.stdout
