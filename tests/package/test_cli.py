"""The command `minitorch`: exit statuses, messages, and help without any extra."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from minitorch import __version__, cli, errors

if TYPE_CHECKING:
    from conftest import RunPython

EXTRAS = (
    "matplotlib",
    "sklearn",
    "scipy",
    "rich",
    "torch",
    "numba_cuda",
    "micrograd",
    "hypothesis",
    "pytest",
)


class FakeCommand(ModuleType):
    """A command whose `run` does what a test gives it."""

    HELP = "do what a test asks."
    problem: BaseException | None = None
    status = 0

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("dataset", choices=["digits", "xor"])
        parser.add_argument("--epochs", type=int)

    def run(self, args: argparse.Namespace) -> int:
        if self.problem is not None:
            raise self.problem
        return self.status


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCommand]:
    fake = FakeCommand("fake_command")
    monkeypatch.setitem(sys.modules, "fake_command", fake)
    monkeypatch.setattr(cli, "COMMANDS", {"fake": "fake_command"})
    yield fake


def misuse(*arguments: str) -> None:
    with pytest.raises(SystemExit) as exit_info:
        cli.main(arguments)
    assert exit_info.value.code == 2


def test_version_option_prints_the_one_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        cli.main(["--version"])
    assert exit_info.value.code == 0
    assert capsys.readouterr().out == f"minitorch {__version__}\n"


def test_no_command_is_a_misuse_that_shows_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    misuse()
    assert "usage: minitorch" in capsys.readouterr().err


def test_an_unknown_command_gets_the_list_of_commands(capsys: pytest.CaptureFixture[str]) -> None:
    misuse("trian")
    message = capsys.readouterr().err
    for part in ("trian", *cli.COMMANDS):
        assert part in message


@pytest.mark.usefixtures("command")
def test_an_unknown_option_gets_the_options_of_its_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    misuse("fake", "xor", "--epoch", "3")
    message = capsys.readouterr().err
    assert "usage: minitorch fake" in message
    assert "--epochs" in message
    assert "unrecognized arguments: --epoch 3" in message


@pytest.mark.usefixtures("command")
def test_a_wrong_choice_gets_the_choices(capsys: pytest.CaptureFixture[str]) -> None:
    misuse("fake", "mnist")
    message = capsys.readouterr().err
    for part in ("mnist", "digits", "xor"):
        assert part in message


@pytest.mark.parametrize("status", [0, 1, 7])
def test_the_status_of_a_command_is_passed_on(command: FakeCommand, status: int) -> None:
    command.status = status
    assert cli.main(["fake", "xor"]) == status


@pytest.mark.parametrize(
    ("problem", "status", "text"),
    [
        (errors.UnknownNameError("no backend 'gpu': there are fast, cuda"), 2, "fast, cuda"),
        (errors.DataError("images.gz is cut off:\n  3 of 7 bytes"), 1, "cut off: 3 of 7 bytes"),
        (errors.ChecksumError("wrong checksum"), 1, "wrong checksum"),
        (errors.DownloadError("offline"), 1, "offline"),
        (errors.DeviceError("no CUDA device"), 1, "no CUDA device"),
        (errors.MissingPackageError("needs rich"), 1, "needs rich"),
        (OSError(28, "No space left on device", "runs/x"), 1, "runs/x: No space left on device"),
        (OSError(28, "No space left on device"), 1, "error: No space left on device"),
    ],
)
def test_a_user_error_is_one_line_on_standard_error(
    command: FakeCommand,
    capsys: pytest.CaptureFixture[str],
    problem: Exception,
    status: int,
    text: str,
) -> None:
    command.problem = problem
    assert cli.main(["fake", "xor"]) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("minitorch fake: error: ")
    assert text in line


def test_ctrl_c_is_status_130_without_a_traceback(
    command: FakeCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    command.problem = KeyboardInterrupt()
    assert cli.main(["fake", "xor"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize("problem", [ZeroDivisionError(), errors.ShapeError("add: (2,) and (3,)")])
def test_an_error_in_code_keeps_its_traceback(command: FakeCommand, problem: Exception) -> None:
    command.problem = problem
    with pytest.raises(type(problem)):
        cli.main(["fake", "xor"])


def test_a_reader_that_went_away_is_no_error(run_python: "RunPython", tmp_path: Path) -> None:
    (tmp_path / "talkative.py").write_text(
        "HELP = 'talk'\n"
        "def add_arguments(parser): pass\n"
        "def run(args):\n"
        "    for number in range(100_000):\n"
        "        print(number)\n"
        "    return 0\n",
        encoding="utf-8",
    )
    driver = (
        "import os, subprocess, sys\n"
        "code = 'import sys; from minitorch import cli; sys.path.insert(0, \".\");'\n"
        'code += \'cli.COMMANDS = {"talk": "talkative"}; sys.exit(cli.main(["talk"]))\'\n'
        "child = subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE)\n"
        "assert child.stdout.readline() == b'0\\n'\n"
        "child.stdout.close()\n"
        "print(child.wait())\n"
    )
    result = run_python("-c", driver)
    assert result.stdout == "141\n"
    assert result.stderr == ""


def test_every_command_shows_its_help_without_any_extra(run_python: "RunPython") -> None:
    code = (
        "import importlib.util, sys\n"
        "from minitorch import cli\n"
        f"for package in {EXTRAS!r}:\n"
        "    try:\n"
        "        importlib.import_module(package)\n"
        "    except ImportError:\n"
        "        continue\n"
        "    raise SystemExit(package + ' is not blocked')\n"
        "for arguments in ([], *([name] for name in cli.COMMANDS)):\n"
        "    try:\n"
        "        cli.main([*arguments, '--help'])\n"
        "    except SystemExit as end:\n"
        "        assert end.code == 0, arguments\n"
        "    print('=====')\n"
    )
    result = run_python("-c", code, blocked=EXTRAS)
    assert result.stderr == ""
    assert result.returncode == 0
    helps = result.stdout.split("=====\n")
    assert "commands:" in helps[0]
    for name, text in zip(cli.COMMANDS, helps[1:], strict=False):
        assert text.startswith(f"usage: minitorch {name} ")


def test_doctor_runs_without_any_extra(run_python: "RunPython") -> None:
    result = run_python("-m", "minitorch.cli", "doctor", blocked=EXTRAS)
    assert result.stderr == ""
    assert result.returncode == 0
    for package in ("matplotlib", "scikit-learn", "rich", "torch"):
        assert f"pip install {package}" in result.stdout
