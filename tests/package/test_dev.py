"""The command that sets up a checkout: what it installs when, and how it runs its jobs."""

import ast
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from minitorch import dev

SOURCE = Path(dev.__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 11, 7), (3, 14, 1), (4, 0, 0)])
def test_a_new_enough_python_is_no_problem(version: tuple[int, ...]) -> None:
    assert dev.python_problem(version) is None


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 7, 16), (3, 10, 13)])
def test_an_old_python_is_told_its_version_and_the_remedy(version: tuple[int, ...]) -> None:
    problem = dev.python_problem(version)
    assert problem is not None
    for part in ("3.11 or newer", ".".join(map(str, version)), "make demo PYTHON=python3.11"):
        assert part in problem


def test_an_old_python_understands_the_file_far_enough_to_say_so() -> None:
    ast.parse(SOURCE, feature_version=(3, 7))


def test_the_file_needs_the_standard_library_alone() -> None:
    imports = [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.Import)]
    from_imports = [
        node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.ImportFrom)
    ]
    names = [alias.name for node in imports for alias in node.names]
    assert all(node.level == 0 for node in from_imports)
    names += [str(node.module) for node in from_imports]
    assert names
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


# ---- the environment


class FakeSetup:
    """Stands in for venv and pip: notes the commands, and makes the interpreter's file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commands: list[list[str]] = []
        self.status = {"venv": 0, "pip": 0}

    def __call__(self, command: Sequence[str], folder: Path, settings: object = None) -> int:
        self.commands.append(list(command))
        tool = "venv" if "venv" in command else "pip"
        if tool == "venv":
            python = dev.environment_python(self.folder)
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()
        return self.status[tool]

    def forget(self) -> None:
        self.commands.clear()

    @property
    def venv_command(self) -> list[str]:
        (command,) = [command for command in self.commands if "venv" in command]
        return command

    @property
    def installed(self) -> str:
        (command,) = [command for command in self.commands if "pip" in command]
        return command[-1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def setup(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSetup:
    fake = FakeSetup(checkout / ".venv")
    monkeypatch.setattr(dev, "_call", fake)
    return fake


def test_the_first_run_makes_the_environment_and_installs_the_checkout(
    checkout: Path, setup: FakeSetup
) -> None:
    python = dev.ensure_environment(checkout, setup.folder, ["project"])
    assert python == dev.environment_python(setup.folder)
    assert setup.venv_command == [sys.executable, "-m", "venv", str(setup.folder)]
    assert setup.installed == ".[project]"
    assert setup.commands[1][:4] == [str(python), "-m", "pip", "install"]


def test_a_second_run_installs_nothing(checkout: Path, setup: FakeSetup) -> None:
    dev.ensure_environment(checkout, setup.folder, ["project", "test"])
    setup.forget()
    dev.ensure_environment(checkout, setup.folder, ["test", "project"])
    dev.ensure_environment(checkout, setup.folder, ["project"])
    assert setup.commands == []


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements.txt"])
def test_a_changed_file_installs_again(checkout: Path, setup: FakeSetup, name: str) -> None:
    dev.ensure_environment(checkout, setup.folder, ["project"])
    setup.forget()
    (checkout / name).write_text("# changed\n", encoding="utf-8")
    dev.ensure_environment(checkout, setup.folder, ["project"])
    assert setup.installed == ".[project]"
    assert "--clear" not in setup.venv_command


def test_another_command_keeps_the_extras_of_the_first(checkout: Path, setup: FakeSetup) -> None:
    dev.ensure_environment(checkout, setup.folder, ["project"])
    setup.forget()
    dev.ensure_environment(checkout, setup.folder, ["test"])
    assert setup.installed == ".[project,test]"
    setup.forget()
    dev.ensure_environment(checkout, setup.folder, ["project"])
    assert setup.commands == []


def test_an_environment_of_another_python_is_made_anew(checkout: Path, setup: FakeSetup) -> None:
    dev.ensure_environment(checkout, setup.folder, ["project"])
    stamp_file = setup.folder / dev.STAMP_NAME
    stamp = json.loads(stamp_file.read_text(encoding="utf-8"))
    stamp_file.write_text(json.dumps({**stamp, "python": "3.11.0rc1"}), encoding="utf-8")
    setup.forget()
    dev.ensure_environment(checkout, setup.folder, ["project"])
    assert setup.venv_command[-1] == "--clear"


def test_an_environment_whose_python_went_away_is_made_anew(
    checkout: Path, setup: FakeSetup
) -> None:
    python = dev.ensure_environment(checkout, setup.folder, ["project"])
    python.unlink()
    setup.forget()
    dev.ensure_environment(checkout, setup.folder, ["project"])
    assert setup.venv_command[-1] == "--clear"


@pytest.mark.parametrize("stamp", [None, "", "[]", '{"python": "3.11.7"}', "not json"])
def test_an_environment_that_is_not_ours_is_never_emptied(
    checkout: Path, setup: FakeSetup, stamp: str | None
) -> None:
    setup.folder.mkdir()
    if stamp is not None:
        (setup.folder / dev.STAMP_NAME).write_text(stamp, encoding="utf-8")
    dev.ensure_environment(checkout, setup.folder, ["project"])
    assert "--clear" not in setup.venv_command


@pytest.mark.parametrize("tool", ["venv", "pip"])
def test_a_failed_set_up_is_tried_again(checkout: Path, setup: FakeSetup, tool: str) -> None:
    setup.status[tool] = 1
    with pytest.raises(subprocess.CalledProcessError):
        dev.ensure_environment(checkout, setup.folder, ["project"])
    setup.status[tool] = 0
    setup.forget()
    dev.ensure_environment(checkout, setup.folder, ["project"])
    assert setup.installed == ".[project]"


def test_a_failed_reinstallation_leaves_no_stamp(checkout: Path, setup: FakeSetup) -> None:
    dev.ensure_environment(checkout, setup.folder, ["project"])
    setup.status["pip"] = 1
    with pytest.raises(subprocess.CalledProcessError):
        dev.ensure_environment(checkout, setup.folder, ["project", "test"])
    assert dev.read_stamp(setup.folder) is None


def test_a_failed_set_up_is_one_message_with_the_command(
    setup: FakeSetup,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    setup.status["pip"] = 23
    assert dev.main(["demo", "--venv", str(setup.folder)]) == 1
    message = capsys.readouterr().err
    assert "status 23" in message
    assert "pip install" in message


# ---- the jobs


def python_job(name: str, code: str, own_cache: bool = False) -> dev.Job:
    return dev.Job(name, (sys.executable, "-c", code), (("GREETING", "hello"),), own_cache)


def test_jobs_run_in_order_and_one_that_fails_does_not_stop_the_rest(tmp_path: Path) -> None:
    jobs = [
        python_job("write", "open('file', 'w').close()"),
        python_job("fail", "raise SystemExit(3)"),
        python_job("read", "open('file').close()"),
    ]
    results = dev.run_jobs(jobs, tmp_path)
    assert [(result.name, result.status) for result in results] == [
        ("write", 0),
        ("fail", 3),
        ("read", 0),
    ]
    assert all(result.seconds > 0 for result in results)


def test_a_job_sees_its_settings_and_the_cache_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINITORCH_CACHE_DIR", str(tmp_path))
    code = (
        "import os, pathlib\n"
        "folder = pathlib.Path(os.environ['MINITORCH_CACHE_DIR'])\n"
        "assert not list(folder.iterdir())\n"
        "pathlib.Path('seen').write_text(os.environ['GREETING'] + '\\n' + str(folder))\n"
    )
    (result,) = dev.run_jobs([python_job("look", code, own_cache=True)], tmp_path)
    assert result.status == 0
    greeting, folder = (tmp_path / "seen").read_text(encoding="utf-8").splitlines()
    assert greeting == "hello"
    assert Path(folder) != tmp_path
    assert not Path(folder).exists()


def test_the_summary_shows_outcome_and_time_of_each_job() -> None:
    results = [dev.Result("tests", 0, 61.26), dev.Result("boundscheck", 1, 2.0)]
    assert dev.summary(results).splitlines() == [
        "",
        "job          outcome      seconds",
        "tests        passed          61.3",
        "boundscheck  failed (1)       2.0",
        "all                          63.3",
    ]


@pytest.mark.parametrize(("status", "expected"), [(0, 0), (1, 1), (5, 1)])
def test_the_exit_status_says_whether_a_job_failed(
    setup: FakeSetup, monkeypatch: pytest.MonkeyPatch, status: int, expected: int
) -> None:
    monkeypatch.setattr(dev, "ensure_environment", lambda root, folder, extras: Path("python"))
    setup.status["pip"] = status
    assert dev.main(["test"]) == expected
    assert [command[-1] for command in setup.commands] == ["tests", "boundscheck", "cudasim"]
    assert all("auto" in command for command in setup.commands)


def test_all_tests_that_need_cuda_lie_where_their_job_looks(root: Path) -> None:
    # What marks them, or brings the marks from another file.
    mark = re.compile(r"mark\.cudasim\b|\bON_CUDA\b|\bon_both_backends\b")
    folders = {
        folder.relative_to(root).as_posix()
        for folder in (root / "tests").iterdir()
        for path in folder.rglob("*.py")
        if path != Path(__file__) and mark.search(path.read_text(encoding="utf-8"))
    }
    assert folders == set(dev.CUDA_TESTS)


def test_the_jobs_without_a_warm_cache_are_those_that_check_compiled_code() -> None:
    jobs = {job.name: job for job in dev.test_jobs(Path("python"))}
    assert not jobs["tests"].own_cache
    assert jobs["boundscheck"].own_cache
    assert dict(jobs["boundscheck"].settings) == {"NUMBA_BOUNDSCHECK": "1"}
    assert jobs["cudasim"].own_cache
    assert dict(jobs["cudasim"].settings) == {"NUMBA_ENABLE_CUDASIM": "1"}


def test_one_job_can_be_run_alone(setup: FakeSetup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "ensure_environment", lambda root, folder, extras: Path("python"))
    assert dev.main(["lint", "--only", "mypy"]) == 0
    assert setup.commands == [["python", "-m", "mypy"]]


def test_outside_of_a_checkout_a_message_names_the_installed_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "__file__", str(tmp_path / "minitorch" / "dev.py"))
    assert dev.main(["demo"]) == 1
    assert "the command `minitorch`" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal to a process group")
def test_ctrl_c_waits_for_what_the_running_job_saves_and_skips_the_rest(tmp_path: Path) -> None:
    saving = (
        "import pathlib, time\n"
        "try:\n"
        "    pathlib.Path('started').touch()\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        "    time.sleep(1)\n"
        "    pathlib.Path('saved').touch()\n"
    )
    driver = (
        "import sys, pathlib, runpy\n"
        f"dev = runpy.run_path({str(dev.__file__)!r})\n"
        f"jobs = [dev['Job']('save', (sys.executable, '-c', {saving!r})),\n"
        "        dev['Job']('next', (sys.executable, '-c', 'open(\"next\", \"w\")'))]\n"
        "print([tuple(result)[:2] for result in dev['run_jobs'](jobs, pathlib.Path('.'))])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", driver],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while not (tmp_path / "started").exists():
        assert time.monotonic() < deadline, "the job did not start"
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert (tmp_path / "saved").exists()
    assert not (tmp_path / "next").exists()
    assert "[('save', 130)]" in output


@pytest.mark.parametrize(("report_is_there", "status"), [(True, 0), (False, 1)])
def test_the_demo_fails_when_no_report_was_made(
    checkout: Path, setup: FakeSetup, report_is_there: bool, status: int
) -> None:
    if report_is_there:
        (checkout / dev.REPORT).parent.mkdir(parents=True)
        (checkout / dev.REPORT).touch()
    assert dev._demo(checkout, Path("python")) == status
    assert setup.commands == [["python", "-m", "minitorch.cli", "train", "digits"]]
