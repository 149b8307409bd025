"""The scripts of project/pytorch_scripts print the same text on minitorch and on PyTorch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "project" / "pytorch_scripts"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py"))
# Numbers that the page with the introduction shows for its seed.
KNOWN = """\
tensor([1., 2., 3.])
tensor([[1., 2., 3.],
        [4., 5., 6.]])
tensor([[[1., 2.],
         [3., 4.]],

        [[5., 6.],
         [7., 8.]]])
tensor(1.)
1.0
tensor([1., 2., 3.])
tensor([[1., 2.],
        [3., 4.]])
"""


def started(*command: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", *command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )


def printed(process: subprocess.Popen[str]) -> str:
    with process:
        try:
            output, problems = process.communicate(timeout=250)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert process.returncode == 0, problems
    return output


def on_minitorch(name: str, folder: Path) -> subprocess.Popen[str]:
    return started("-m", "minitorch.cli", "run", str(FOLDER / name), folder=folder)


def on_pytorch(name: str, folder: Path) -> subprocess.Popen[str]:
    """Run a script on PyTorch, which has given up on `loss.data[0]`."""
    source = (FOLDER / name).read_text(encoding="utf-8").replace("loss.data[0]", "loss.data")
    (folder / name).write_text(source, encoding="utf-8")
    return started(str(folder / name), folder=folder)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_prints_what_it_prints_on_pytorch(name: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    both = on_minitorch(name, tmp_path), on_pytorch(name, tmp_path)
    own, expected = (printed(process).splitlines() for process in both)
    if name == "two_layers_by_hand.py":
        # PyTorch ignores volatile, and minitorch does what it was for.
        assert own.pop() == "torch.Size([3, 50]) needs a gradient: False"
        assert expected.pop() == "torch.Size([3, 50]) needs a gradient: True"
    assert len(own) > 3
    assert own == expected


def test_the_introduction_prints_the_numbers_of_its_seed(tmp_path: Path) -> None:
    text = printed(on_minitorch("tensors_and_autograd.py", tmp_path))
    assert KNOWN in text
    first_row = "tensor([[[-1.5256, -0.7502, -0.6540, -1.6095, -0.1002],"
    assert first_row in text
    assert "tensor([5., 7., 9.], grad_fn=<AddBackward0>)" in text
    assert "AddBackward0\ntensor(21., grad_fn=<SumBackward0>)" in text


def test_old_idioms_warn_and_work(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "always", "-m", "minitorch.cli", "run",
         str(FOLDER / "two_layers_by_hand.py")],
        cwd=tmp_path, capture_output=True, text=True, timeout=250,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "two_layers_by_hand.py:" in done.stderr
    assert "0-dim tensor" in done.stderr
    assert "volatile" in done.stderr
