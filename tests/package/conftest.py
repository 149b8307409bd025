"""Processes of their own for the tests of the package: what an import or a command really does."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Python runs a sitecustomize.py from PYTHONPATH at its start.
BLOCKER = """
import os
import sys


class Blocker:
    blocked = set(os.environ["TEST_BLOCKED_PACKAGES"].split(","))

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.blocked:
            raise ImportError(f"{name} is blocked by the test", name=name)
        return None


sys.meta_path.insert(0, Blocker())
"""

RunPython = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture
def run_python(tmp_path: Path) -> RunPython:
    """A function that runs Python with arguments, where some packages cannot be imported."""
    customize = tmp_path / "customize"
    customize.mkdir()
    (customize / "sitecustomize.py").write_text(BLOCKER, encoding="utf-8")

    def run(
        *arguments: str, blocked: Sequence[str] = (), **settings: str
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(customize), str(ROOT))),
            "TEST_BLOCKED_PACKAGES": ",".join(blocked),
            **settings,
        }
        return subprocess.run(
            [sys.executable, *arguments],
            capture_output=True,
            text=True,
            timeout=100,
            cwd=tmp_path,
            env=environment,
        )

    return run
