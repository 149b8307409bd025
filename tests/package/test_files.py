"""The files around the library say the same as each other."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from minitorch import dev

TEXT_FILES = (
    "*.md",
    "*.toml",
    "*.txt",
    "*.yaml",
    "Makefile",
    ".ci/run",
    "minitorch/**/*.py",
    "project/**/*.py",
    "benchmarks/**/*.py",
)


@pytest.fixture
def project(root: Path) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return table


def pins(root: Path) -> dict[str, str]:
    lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {name.lower(): version for name, version in pairs}


def test_no_text_installs_minitorch_by_name(root: Path) -> None:
    """Another project has the name on the public index."""
    by_name = re.compile(r"\b(pip3?|uv|pipx)\s+(\w+\s+)?(install|add)\s+(-\S+\s+)*minitorch\b")
    assert by_name.search("python -m pip install --upgrade minitorch")
    files = [file for pattern in TEXT_FILES for file in root.glob(pattern)]
    assert root / "README.md" in files
    assert [file for file in files if by_name.search(file.read_text(encoding="utf-8"))] == []


def test_requirements_pin_what_the_course_needs_within_the_declared_bounds(
    root: Path, project: dict[str, Any]
) -> None:
    metadata = project["project"]
    extras = metadata["optional-dependencies"]
    pinned = pins(root)
    for text in [*metadata["dependencies"], *extras["project"], "pytest", "hypothesis"]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pinned[requirement.name]), requirement


def test_the_core_needs_numpy_and_numba_alone(project: dict[str, Any]) -> None:
    names = {Requirement(text).name for text in project["project"]["dependencies"]}
    assert names == {"numba", "numpy"}


def test_every_extra_that_the_set_up_installs_is_declared(project: dict[str, Any]) -> None:
    extras = project["project"]["optional-dependencies"]
    assert {name for names in dev.EXTRAS.values() for name in names} <= extras.keys()


def test_the_least_python_is_the_same_everywhere(project: dict[str, Any]) -> None:
    least = ".".join(map(str, dev.MINIMUM_PYTHON))
    assert project["project"]["requires-python"] == f">={least}"
    assert project["tool"]["mypy"]["python_version"] == least
    assert project["tool"]["ruff"]["target-version"] == f"py{least.replace('.', '')}"


def test_the_commit_hooks_run_the_pinned_ruff(root: Path, project: dict[str, Any]) -> None:
    (pin,) = [
        text
        for text in project["project"]["optional-dependencies"]["test"]
        if text.startswith("ruff==")
    ]
    hooks = (root / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"ruff==[\d.]+", hooks)) == {pin}


def test_every_course_task_has_its_marker(project: dict[str, Any]) -> None:
    declared = {
        text.partition(":")[0] for text in project["tool"]["pytest"]["ini_options"]["markers"]
    }
    last_task = {0: 4, 1: 4, 2: 4, 3: 4, 4: 4}
    tasks = {f"task{m}_{t}" for m, last in last_task.items() for t in range(last + 1)}
    assert tasks | {"slow", "boundscheck", "cudasim"} <= declared


def test_make_and_ci_call_the_set_up_commands(root: Path) -> None:
    result = subprocess.run(
        # These tests may run under `make test`, and a make inside of make announces its folder.
        ["make", "--no-print-directory", "--dry-run", "demo", "test", "lint", "PYTHON=some-python"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.splitlines() == [
        f"some-python -I minitorch/dev.py {name}" for name in ("demo", "test", "lint")
    ]
