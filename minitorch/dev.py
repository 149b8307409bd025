"""Run the demo, the tests or the checks of a checkout, in a virtual environment of its own.

    python -m minitorch.dev demo | test | lint

The standard library is all that this file needs, since it runs before anything is installed. An old
Python, too, must get as far as the message about its age: what runs before that is Python 3.7.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

MINIMUM_PYTHON = (3, 11)
STAMP_NAME = "minitorch-stamp.json"
EXTRAS = {
    "demo": ("project",),
    "test": ("bench", "oracle", "project", "test"),
    "lint": ("test",),
}
REPORT = Path("runs", "digits", "report.png")
# Where tests are marked cudasim: to collect all others would take longer than half of these do.
CUDA_TESTS = ("tests/course", "tests/training")
INTERRUPTED = 130


class Job(NamedTuple):
    """One command of a run; with `own_cache` it starts with an empty folder of compiled kernels."""

    name: str
    command: tuple[str, ...]
    settings: tuple[tuple[str, str], ...] = ()
    own_cache: bool = False


class Result(NamedTuple):
    """What became of a job: its exit status and its wall time in seconds."""

    name: str
    status: int
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the three commands and return its exit status."""
    problem = python_problem(sys.version_info[:3])
    if problem:
        print(problem, file=sys.stderr)
        return 1
    options = _parse(arguments)
    root = Path(__file__).resolve().parent.parent
    if not (root / "pyproject.toml").is_file():
        print(
            f"minitorch.dev works in a checkout of the project, and {root} is none: it has no "
            "pyproject.toml. Where minitorch is installed, use the command `minitorch`.",
            file=sys.stderr,
        )
        return 1
    try:
        python = ensure_environment(root, root / options.venv, EXTRAS[options.command])
    except subprocess.CalledProcessError as error:
        print(_failed_setup(error), file=sys.stderr)
        return 1
    if options.command == "demo":
        return _demo(root, python)
    jobs = test_jobs(python) if options.command == "test" else lint_jobs(python)
    results = run_jobs([job for job in jobs if options.only in (None, job.name)], root)
    print(summary(results), flush=True)
    return int(any(result.status for result in results))


def python_problem(version: tuple[int, ...]) -> str | None:
    """Say what is wrong with a Python of this version; None when nothing is."""
    if version >= MINIMUM_PYTHON:
        return None
    needed = ".".join(map(str, MINIMUM_PYTHON))
    return (
        f"minitorch needs Python {needed} or newer, and this is Python "
        f"{'.'.join(map(str, version))} ({sys.executable}) on {platform.platform()}. "
        f"Name a newer one: `make demo PYTHON=python{needed}`, or without make "
        f"`python{needed} -m minitorch.dev demo`."
    )


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m minitorch.dev",
        description="Run the demo, the tests or the checks of this checkout.",
        allow_abbrev=False,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--venv",
        default=os.environ.get("MINITORCH_VENV") or ".venv",
        help="folder of the virtual environment (default: MINITORCH_VENV, or else .venv)",
    )
    common.set_defaults(only=None)
    commands = parser.add_subparsers(dest="command", metavar="{demo,test,lint}", required=True)
    commands.add_parser("demo", parents=[common], help="train a network on handwritten digits")
    for name, jobs, purpose in (
        ("test", test_jobs(Path("python")), "run the tests"),
        ("lint", lint_jobs(Path("python")), "run ruff, mypy and import-linter"),
    ):
        command = commands.add_parser(name, parents=[common], help=purpose)
        command.add_argument("--only", choices=[job.name for job in jobs], help="run one job alone")
    return parser.parse_args(arguments)


# ---- the environment


def ensure_environment(root: Path, folder: Path, extras: Iterable[str]) -> Path:
    """Make a virtual environment and install the checkout with these extras into it.

    A stamp in the environment records what was installed, and as long as it fits, nothing is done.

    Returns:
        The environment's Python.

    Raises:
        subprocess.CalledProcessError: venv or pip failed.
    """
    python = environment_python(folder)
    old = read_stamp(folder)
    wanted = make_stamp(root, extras)
    if python.exists() and stamp_fits(old, wanted):
        return python
    print(f"Setting up {folder} (some minutes the first time)", flush=True)
    make_environment = [sys.executable, "-m", "venv", str(folder)]
    if old is not None:
        # Only an environment of our own is ever emptied: one made by a Python that is gone.
        if old["python"] != wanted["python"] or not python.exists():
            make_environment.append("--clear")
        wanted["extras"] = sorted({*wanted["extras"], *old["extras"]})
        (folder / STAMP_NAME).unlink()
    _check_call(make_environment, root)
    install = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    if not sys.stdout.isatty():
        install.append("--quiet")
    target = f".[{','.join(wanted['extras'])}]"
    _check_call([*install, "--constraint", "requirements.txt", "--editable", target], root)
    _write_stamp(folder, wanted)
    return python


def environment_python(folder: Path) -> Path:
    """Give the place of the interpreter in a virtual environment on this platform."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_stamp(root: Path, extras: Iterable[str]) -> dict[str, Any]:
    """Describe an installation: the checkout, the Python, what the two files say, the extras."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "requirements.txt"):
        digest.update((root / name).read_bytes())
    return {
        "root": str(root),
        "python": platform.python_version(),
        "files": digest.hexdigest(),
        "extras": sorted(extras),
    }


def read_stamp(folder: Path) -> dict[str, Any] | None:
    """Read an environment's stamp; None where there is none, or a damaged one."""
    try:
        stamp = json.loads((folder / STAMP_NAME).read_text(encoding="utf-8"))
        return {key: stamp[key] for key in ("root", "python", "files", "extras")}
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _write_stamp(folder: Path, stamp: dict[str, Any]) -> None:
    temporary = folder / f"{STAMP_NAME}.new"
    temporary.write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
    os.replace(temporary, folder / STAMP_NAME)


def stamp_fits(old: dict[str, Any] | None, wanted: dict[str, Any]) -> bool:
    """Tell whether an installation has all that is wanted; more extras than wanted do no harm."""
    if old is None or not set(wanted["extras"]) <= set(old["extras"]):
        return False
    return all(old[key] == wanted[key] for key in ("root", "python", "files"))


def _failed_setup(error: subprocess.CalledProcessError) -> str:
    if "venv" in error.cmd:
        advice = "On Debian and Ubuntu, Python's venv module is a package: python3-venv."
    else:
        advice = "pip's lines above say why; it must be able to reach a package index."
    return (
        f"The virtual environment could not be set up: `{shlex.join(error.cmd)}` ended with "
        f"status {error.returncode}. {advice}"
    )


# ---- what is run in it


def test_jobs(python: Path) -> list[Job]:
    """List the jobs of `test`: each runs pytest under other settings of Numba."""
    # Files go to one process per core: most of the time goes into compiling, on one core each.
    # They go in the order of tests/conftest.py, in which the longest come first.
    options = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
    pytest = (str(python), "-m", "pytest", *options)
    return [
        Job("tests", (*pytest, "tests")),
        Job(
            "boundscheck",
            (*pytest, "tests/course", "-m", "boundscheck"),
            (("NUMBA_BOUNDSCHECK", "1"),),
            own_cache=True,
        ),
        # Nothing is compiled there, and a few files hold nearly all tests.
        Job(
            "cudasim",
            (*pytest, "--dist", "worksteal", *CUDA_TESTS, "-m", "cudasim"),
            (("NUMBA_ENABLE_CUDASIM", "1"),),
            own_cache=True,
        ),
    ]


def lint_jobs(python: Path) -> list[Job]:
    """List the jobs of `lint`."""
    return [
        Job("ruff check", (str(python), "-m", "ruff", "check", ".")),
        Job("ruff format", (str(python), "-m", "ruff", "format", "--check", ".")),
        Job("generated files", (str(python), "tools/generate.py", "--check")),
        Job("torch names", (str(python), "tools/torch_names.py", "--check")),
        Job("mypy", (str(python), "-m", "mypy")),
        Job("lint-imports", (str(python.with_name("lint-imports")), "--no-logo")),
    ]


def run_jobs(jobs: Iterable[Job], root: Path) -> list[Result]:
    """Run jobs one after the other in a folder; Ctrl-C ends the running one and skips the rest."""
    results = []
    for job in jobs:
        settings = dict(job.settings)
        with tempfile.TemporaryDirectory(prefix="minitorch-") as empty:
            shown = "".join(f"{name}={value} " for name, value in settings.items())
            print(f"\n[{job.name}] {shown}{shlex.join(job.command)}", flush=True)
            if job.own_cache:
                settings["MINITORCH_CACHE_DIR"] = empty
            start = time.perf_counter()
            status = _call(job.command, root, settings)
            results.append(Result(job.name, status, time.perf_counter() - start))
        if status == INTERRUPTED:
            break
    return results


def summary(results: Sequence[Result]) -> str:
    """Lay out a table with the outcome and the time of each job."""
    rows = [("job", "outcome", "seconds")]
    for name, status, seconds in results:
        outcome = f"failed ({status})" if status else "passed"
        rows.append((name, outcome, f"{seconds:.1f}"))
    rows.append(("all", "", f"{sum(result.seconds for result in results):.1f}"))
    width, outcome_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [f"{row[0]:{width}}  {row[1]:{outcome_width}}  {row[2]:>8}".rstrip() for row in rows]
    return "\n" + "\n".join(lines)


def _demo(root: Path, python: Path) -> int:
    """Train on the digits, which ends by naming the report, and see that the report is there."""
    status = _call([str(python), "-m", "minitorch.cli", "train", "digits"], root)
    if not status and not (root / REPORT).is_file():
        print(f"The training ended, but its report {root / REPORT} is not there.", file=sys.stderr)
        return 1
    return status


def _check_call(command: Sequence[str], folder: Path) -> None:
    """Run a command to its end.

    Raises:
        subprocess.CalledProcessError: its exit status is not 0.
    """
    status = _call(command, folder)
    if status:
        raise subprocess.CalledProcessError(status, list(command))


def _call(command: Sequence[str], folder: Path, settings: dict[str, str] | None = None) -> int:
    """Run a command with additional environment variables and return its exit status.

    Ctrl-C reaches the command too, which may have something to save: it is waited for.
    """
    environment = {**os.environ, **(settings or {})}
    process = subprocess.Popen(command, cwd=folder, env=environment)
    interrupted = False
    while True:
        try:
            status = process.wait()
        except KeyboardInterrupt:
            interrupted = True
        else:
            return INTERRUPTED if interrupted else status


if __name__ == "__main__":
    sys.exit(main())
