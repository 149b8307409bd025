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


PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "benchmarks" / "README.md",
    *sorted((ROOT / "docs" / "internals").glob("*.md")),
]
FOLDERS = [ROOT, *(ROOT / "minitorch" / name for name in ("", "torch", "kernels"))]


def missing_files(page: Path, text: str) -> list[str]:
    """Names in backquotes that look like paths, looked up where the pages say they are.

    A name may also stand in the folder of another one of its paragraph: "the others beside it".
    """
    missing = []
    for paragraph in text.split("\n\n"):
        names = re.findall(r"`([\w./*]+(?:\.py|\.md|\.toml|/))`", paragraph)
        folders = [page.parent, *FOLDERS]
        for name in names:
            if "/" in name:
                own = name if name.endswith("/") else name.rpartition("/")[0]
                folders += [base / own for base in FOLDERS]
        for name in names:
            if not any(next(folder.glob(name.rstrip("/")), None) for folder in folders):
                missing.append(name)
    links = [link for link in re.findall(r"\[[\w .`]+\]\(([^)#]+)", text) if "://" not in link]
    return missing + [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_named_file_of_the_checkout_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert ".py`" in text
    assert set(missing_files(page, text)) <= {"runs/"}  # made by a training


def test_files_that_pages_name_and_that_are_not_there_are_found() -> None:
    text = "`_ways.py`, `cpu/pooling/pool.py`, `short.py`\n\n`no.py`, `short.py`, [no](no.md)"
    assert missing_files(ROOT / "README.md", text) == ["no.py", "short.py", "no.md"]


def test_contributing_fits_on_a_screen() -> None:
    assert len(CONTRIBUTING.splitlines()) <= 60
