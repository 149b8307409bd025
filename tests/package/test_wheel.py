"""The built wheel, installed into an environment of its own and used from another folder."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import minitorch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SOURCES = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "minitorch")


def run(*command: str | Path, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, without this process's own Python settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**inherited, **settings},
        capture_output=True,
        text=True,
        timeout=240,
    )


def output_of(*command: str | Path, folder: Path, **settings: str) -> str:
    """Run a command that must succeed and return its standard output."""
    result = run(*command, folder=folder, **settings)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def link_packages(names: Iterable[str], target: Path) -> None:
    """Fill a folder with links to installed packages and all that they need.

    Links instead of a download keep the test fast and off the network; the environment that gets
    this folder on its path sees nothing else of this Python.
    """
    waiting, seen = list(names), set()
    while waiting:
        distribution = importlib.metadata.distribution(waiting.pop())
        if distribution.name in seen:
            continue
        seen.add(distribution.name)
        for entry in {file.parts[0] for file in distribution.files or []} - {"..", "__pycache__"}:
            if not (target / entry).exists():
                (target / entry).symlink_to(Path(str(distribution.locate_file(entry))))
        requirements = [Requirement(text) for text in distribution.requires or []]
        waiting += [
            requirement.name
            for requirement in requirements
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        ]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, so that no build folder is left in the checkout."""
    root = Path(__file__).resolve().parents[2]
    copy = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        if (root / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(root / name, copy / name, ignore=ignored)
        else:
            shutil.copy(root / name, copy / name)
    (copy / "tests").mkdir()
    (copy / "tests" / "__init__.py").touch()
    output_of(sys.executable, "-m", "build", "--wheel", "--no-isolation", folder=copy)
    (built,) = (copy / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands' folder of an environment that holds the core install alone."""
    environment = tmp_path_factory.mktemp("environment")
    output_of(sys.executable, "-m", "venv", "--without-pip", environment, folder=environment)
    commands = environment / ("Scripts" if os.name == "nt" else "bin")
    install = ("-m", "pip", "--python", commands / "python", "install", "--no-deps", "--no-index")
    output_of(sys.executable, *install, wheel, folder=environment)
    core = tmp_path_factory.mktemp("core")
    link_packages(["numba", "numpy"], core)
    (site_packages,) = environment.glob("**/site-packages")
    (site_packages / "core.pth").write_text(f"{core}\n", encoding="utf-8")
    return commands


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"minitorch"}
    for needed in ("minitorch/py.typed", "minitorch/cli.py", "minitorch/training/__init__.py"):
        assert needed in names


def test_the_wheel_holds_the_data_files_of_the_checkout(wheel: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    data = root.glob("minitorch/training/data/*.tsv")
    wanted = {file.relative_to(root).as_posix() for file in data}
    assert wanted
    assert wanted <= set(zipfile.ZipFile(wheel).namelist())


def test_the_installed_package_is_of_this_version(installed: Path, tmp_path: Path) -> None:
    code = (
        "import importlib.metadata, minitorch\n"
        "print(importlib.metadata.version('minitorch'), minitorch.version)\n"
    )
    expected = f"{minitorch.__version__} {minitorch.__version__}\n"
    assert output_of(installed / "python", "-c", code, folder=tmp_path) == expected
    assert minitorch.__version__ in output_of(installed / "minitorch", "--version", folder=tmp_path)


def test_the_installed_doctor_finds_the_core_and_misses_the_extras(
    installed: Path, tmp_path: Path
) -> None:
    report = json.loads(output_of(installed / "minitorch", "doctor", "--json", folder=tmp_path))
    assert report["Packages"]["minitorch is in"].startswith(str(installed.parent))
    assert report["Threads"]["number"] >= 1
    for package in ("matplotlib", "scikit-learn", "rich"):
        assert "missing" in report["Optional packages"][package]


def test_a_training_without_matplotlib_is_one_line_that_names_it(
    installed: Path, tmp_path: Path
) -> None:
    result = run(installed / "minitorch", "train", "simple", folder=tmp_path)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert "pip install matplotlib" in line


def test_the_installed_command_trains(installed: Path, tmp_path: Path) -> None:
    plot = tmp_path / "plot"
    plot.mkdir()
    link_packages(["matplotlib"], plot)
    options = ("--epochs", "2", "--backend", "simple")
    command = (installed / "minitorch", "train", "simple", *options)
    output_of(*command, folder=tmp_path, PYTHONPATH=str(plot))
    metrics = json.loads(
        (tmp_path / "runs" / "simple" / "metrics.json").read_text(encoding="utf-8")
    )
    assert metrics["epochs"] == 2
    assert (tmp_path / "runs" / "simple" / "boundary.png").stat().st_size > 0
