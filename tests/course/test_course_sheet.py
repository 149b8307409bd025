"""The script that checks the package against the course contract, and the contract itself."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import minitorch

SCRIPT = Path(__file__).parents[2] / "tools" / "check_course_sheet.py"


def load_script() -> ModuleType:
    """Import the script by its path, as a module beside its table."""
    sys.path.insert(0, str(SCRIPT.parent))
    try:
        spec = importlib.util.spec_from_file_location("check_course_sheet", SCRIPT)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(SCRIPT.parent))


sheet = load_script()
ROWS = sheet.all_rows()
CUDA_IS_HERE = sheet.module_3.cuda_is_here()


def row_parameters() -> list[object]:
    """Give one test for each row; those about CUDA kernels run in the simulator's job."""
    needs_cuda = [
        pytest.mark.cudasim,
        pytest.mark.skipif(not CUDA_IS_HERE, reason="no CUDA device or simulator"),
    ]
    return [
        pytest.param(row, id=str(row), marks=needs_cuda if row.needs_cuda else []) for row in ROWS
    ]


@pytest.mark.parametrize("row", row_parameters())
def test_the_package_meets_the_row(row: object) -> None:
    assert row.problem() == ""  # type: ignore[attr-defined]


def test_the_contract_is_covered_section_by_section() -> None:
    sections = {row.section for row in ROWS}
    assert sections == {str(number) for number in (*range(13), 16)}
    assert len({str(row) for row in ROWS}) == len(ROWS)


def test_rows_that_are_not_met_are_printed_with_their_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(minitorch.operators, "EPS", 1e-3)
    monkeypatch.delattr(minitorch, "softmax")
    rows = [row for row in sheet.all_rows() if row.section in ("1", "16")]
    assert sheet.report(rows, cuda=False) is False
    printed = capsys.readouterr().out
    assert "[1] EPS: is 1e-6\n    UnmetError: got 0.001, expected 1e-06\n" in printed
    assert "[16] softmax: is visible at the top level (first year)\n" in printed
    assert "[16] logsoftmax" not in printed
    assert "1 left out: they need a CUDA device or the simulator" in printed


def test_a_section_can_be_checked_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert sheet.main(["--section", "3"]) == 0
    assert capsys.readouterr().out.endswith(" rows, 0 not met\n")
    assert sheet.main(["--section", "3", "--list"]) == 0
    assert "[3] Spiral: an odd N is set to the real count\n" in capsys.readouterr().out


def test_an_unknown_section_is_refused_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stopped:
        sheet.main(["--section", "15"])
    assert stopped.value.code == 2
    assert "10, 11, 12, 16" in capsys.readouterr().err


def test_the_script_runs_from_another_folder_and_fails_for_a_broken_package(
    tmp_path: Path,
) -> None:
    broken = (
        "import runpy, sys, minitorch\n"
        "minitorch.Module.eval = lambda self: None\n"
        f"sys.argv = ['check', '--section', '2']\n"
        f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')\n"
    )
    path = f"import sys; sys.path.insert(0, {str(Path(minitorch.__file__).parents[1])!r})\n"
    done = subprocess.run(
        [sys.executable, "-c", path + broken],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "[2] Module.train" in done.stdout
    assert done.stdout.splitlines()[-1].endswith(" 1 not met")
