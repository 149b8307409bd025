"""What README and CONTRIBUTING show is run, or at least understood."""

import doctest
import re
import shlex
from pathlib import Path

import pytest

from minitorch import cli, dev

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", README + CONTRIBUTING, re.DOTALL | re.MULTILINE
    )


def shell_commands(program: str) -> list[list[str]]:
    """The arguments of each line of a shell block that runs this program."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    words = [shlex.split(line, comments=True) for line in lines]
    prefix = program.split()
    return [line[len(prefix) :] for line in words if line[: len(prefix)] == prefix]


@pytest.mark.parametrize("example", blocks("python"))
def test_python_examples_print_what_they_show(example: str) -> None:
    test = doctest.DocTestParser().get_doctest(example, {}, "example", "README.md", 0)
    assert test.examples
    report: list[str] = []
    outcome = doctest.DocTestRunner().run(test, out=report.append)
    assert outcome.failed == 0, "".join(report)


@pytest.mark.parametrize("arguments", shell_commands("minitorch"))
def test_minitorch_commands_have_arguments_that_exist(arguments: list[str]) -> None:
    assert cli._parse(arguments).command


@pytest.mark.parametrize("arguments", shell_commands("make"))
def test_make_targets_exist(arguments: list[str]) -> None:
    (target,) = arguments
    assert target in dev.EXTRAS
    assert f"\n{target}:" in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text", re.findall(r"`python -m minitorch\.dev ([^`]*)`", README + CONTRIBUTING)
)
def test_set_up_commands_have_arguments_that_exist(text: str) -> None:
    assert dev._parse(text.split()).command in dev.EXTRAS


def test_every_named_file_of_the_checkout_exists() -> None:
    """Names in backquotes that look like paths, looked up where the tables say they are."""
    names = set(re.findall(r"`([\w./]+(?:\.py|\.md|/))`", README + CONTRIBUTING))
    assert {"fast_ops.py", "minitorch/training/"} <= names
    missing = [
        name
        for name in names - {"runs/"}  # made by a training
        if not (ROOT / name).exists() and not (ROOT / "minitorch" / name).exists()
    ]
    assert missing == []


def test_contributing_fits_on_a_screen() -> None:
    assert len(CONTRIBUTING.splitlines()) <= 60
