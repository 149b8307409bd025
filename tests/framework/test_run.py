"""`minitorch run`: scripts that were written for PyTorch run on minitorch.torch."""

from __future__ import annotations

import pkgutil
import random
import subprocess
import sys
from pathlib import Path

import pytest

import minitorch.torch as ours


def minitorch_run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "minitorch.cli", "run", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_script_sees_its_arguments_and_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("import torch\nTWO = torch.ones(2).sum()\n")
    (tmp_path / "script.py").write_text(
        "import sys\nimport torch\nfrom beside import TWO\n"
        "print(sys.argv[1:], __name__, TWO, torch.ones(1) + 1)\n"
    )
    done = minitorch_run(str(tmp_path / "script.py"), "--lr", "0.1", "-x", cwd=Path("/"))
    assert done.stdout == "['--lr', '0.1', '-x'] __main__ tensor(2.) tensor([2.])\n", done.stderr
    assert done.returncode == 0


def test_a_module_runs_too(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "__init__.py").write_text("")
    (tmp_path / "work" / "job.py").write_text(
        "import sys, torch\nprint(torch.ones(1), sys.argv[1:])"
    )
    done = minitorch_run("-m", "work.job", "1", cwd=tmp_path)
    assert done.stdout == "tensor([1.]) ['1']\n", done.stderr


def test_exit_status_and_traceback_are_the_scripts_own(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("raise SystemExit(3)")
    assert minitorch_run(str(script), cwd=tmp_path).returncode == 3
    script.write_text("def f():\n    open('not there')\nf()\n")
    done = minitorch_run(str(script), cwd=tmp_path)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert str(script) in lines[1]
    assert lines[-1].startswith("FileNotFoundError")


def test_a_missing_script_is_one_line(tmp_path: Path) -> None:
    done = minitorch_run("nothing.py", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "minitorch run: error: nothing.py: no such script\n"


def test_a_module_that_is_not_there_says_so(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import torch.nowhere.at_all\n")
    done = minitorch_run("script.py", cwd=tmp_path)
    assert "No module named 'torch.nowhere': minitorch does not have it yet" in done.stderr


def submodules() -> list[str]:
    """Give the names of all public modules of the framework, without the package's own."""
    found = pkgutil.walk_packages(ours.__path__, f"{ours.__name__}.")
    names = [info.name.removeprefix("minitorch.") for info in found]
    return [name for name in names if not any(part.startswith("_") for part in name.split("."))]


@pytest.mark.parametrize("seed", range(3))
def test_every_submodule_is_the_very_module_in_any_order(tmp_path: Path, seed: int) -> None:
    names = submodules()
    random.Random(seed).shuffle(names)
    (tmp_path / "script.py").write_text(
        "import importlib, sys\n"
        f"for name in {names!r}:\n"
        "    module = importlib.import_module(name)\n"
        "    real = sys.modules['minitorch.' + name]\n"
        "    assert module is real and real.__spec__.name == 'minitorch.' + name, name\n"
        "import torch\n"
        "assert torch is sys.modules['minitorch.torch']\n"
        "print('all')\n"
    )
    done = minitorch_run("script.py", cwd=tmp_path)
    assert done.stdout == "all\n", done.stderr


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_children_get_it_too(tmp_path: Path, method: str) -> None:
    (tmp_path / "worker.py").write_text(
        "import torch\ndef work(queue):\n"
        "    queue.put((torch.__name__, torch.ones(3).sum().item()))\n"
    )
    (tmp_path / "script.py").write_text(
        "import multiprocessing\nimport torch\nfrom worker import work\n"
        "if __name__ == '__main__':\n"
        f"    context = multiprocessing.get_context({method!r})\n"
        "    queue = context.Queue()\n"
        "    child = context.Process(target=work, args=(queue,))\n"
        "    child.start()\n"
        "    print(queue.get(timeout=60))\n"
        "    child.join()\n"
    )
    done = minitorch_run("script.py", cwd=tmp_path)
    assert done.stdout == "('minitorch.torch', 3.0)\n", done.stderr
