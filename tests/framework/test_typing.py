"""Programs that use minitorch.torch can be type-checked, and their mistakes are found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests" / "framework" / "data" / "typed_training.py"

MISTAKES = """\
from minitorch import torch
from minitorch.torch import nn

torch.no_such_function(3)
x = torch.ones(2)
x.no_such_method()
size: str = x.shape[0]
torch.zeros(2, dtype="float32")
nn.NoSuchLayer(3)
model = nn.Linear(2, "3")
torch.cat(x, dim="0")
"""


def checked(path: Path, cache: Path) -> list[str]:
    pytest.importorskip("mypy")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"),
         "--cache-dir", str(cache), "--no-error-summary", str(path)],
        cwd=ROOT, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    return [line for line in done.stdout.splitlines() if path.name in line and "error" in line]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


def test_a_users_script_has_no_type_errors(cache: Path) -> None:
    assert len(SCRIPT.read_text(encoding="utf-8").splitlines()) > 100
    assert checked(SCRIPT, cache) == []


def test_mistakes_are_found(cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "mistakes.py"
    path.write_text(MISTAKES, encoding="utf-8")
    found = {int(line.split(":")[1]) for line in checked(path, cache)}
    assert found == {4, 6, 7, 8, 9, 10, 11}


def test_the_script_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], cwd=tmp_path, capture_output=True, text=True, timeout=250,
        env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "accuracy" in done.stdout


def environment() -> dict[str, str]:
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
