"""What tools/generate.py writes is what is committed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ruff")
GENERATE = Path(__file__).parents[2] / "tools" / "generate.py"


def test_generated_files_are_up_to_date() -> None:
    check = [sys.executable, str(GENERATE), "--check"]
    result = subprocess.run(check, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
