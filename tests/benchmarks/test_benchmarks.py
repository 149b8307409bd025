"""The benchmark scripts run, check that all compute the same, and count correctly."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "benchmarks"
# Of kernels.py.
GROUPS = ("elementwise", "reduce", "gemm", "norm", "conv", "indexing", "sequence", "optimizer")


def run_script(
    name: str, *arguments: str, seconds: float = 110
) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own, in which minitorch can be imported."""
    return subprocess.run(
        [sys.executable, str(SCRIPTS / name), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=seconds,
    )


@pytest.fixture(scope="module")
def measure() -> ModuleType:
    """The module that the scripts share."""
    spec = importlib.util.spec_from_file_location("measure", SCRIPTS / "measure.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["measure"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "names",
    [
        ["scalar", "step"],
        pytest.param(["map", "zip", "reduce", "matmul", "conv"], marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_quick_run_prints_and_writes_the_groups_that_were_asked_for(
    names: list[str], tmp_path: Path
) -> None:
    report = tmp_path / "figures.json"
    only = [word for name in names for word in ("--only", name)]
    done = run_script("course.py", "--quick", "--json", str(report), *only)
    assert done.returncode == 0, done.stderr
    groups = json.loads(report.read_text(encoding="utf-8"))
    assert set(groups.pop("measured on")) >= {"date", "processor", "numba", "load average"}
    assert list(groups) == names
    for group in groups.values():
        for figure in group:
            assert figure["ours_s"] > 0
            assert figure["name"] in done.stdout
            if figure["peer"]:
                assert figure["ratio"] == pytest.approx(figure["peer_s"] / figure["ours_s"])


@pytest.mark.slow
def test_quick_run_times_processes_with_an_empty_and_with_a_filled_cache(tmp_path: Path) -> None:
    report = tmp_path / "figures.json"
    done = run_script("course.py", "--quick", "--only", "start", "--json", str(report))
    assert done.returncode == 0, done.stderr
    first, later = json.loads(report.read_text(encoding="utf-8"))["start"]
    assert later["ours_s"] < first["ours_s"]
    assert later["goal"] == "< 5 s"


@pytest.mark.slow
def test_a_quick_run_of_kernels_measures_the_groups_that_were_asked_for(tmp_path: Path) -> None:
    report = tmp_path / "figures.json"
    only = ("--only", "gemm", "--only", "optimizer")
    arguments = ("--quick", "--threads", "1", "--json", str(report), *only)
    done = run_script("kernels.py", *arguments, seconds=280)
    assert done.returncode == 0, done.stderr
    groups = json.loads(report.read_text(encoding="utf-8"))
    assert set(groups.pop("measured on")) >= {"date", "processor", "numba", "load average"}
    assert list(groups) == ["gemm, threads 1", "optimizer, threads 1"]
    for lines in groups.values():
        for line in lines:
            assert line["name"] in done.stdout
            assert all(peer["ours_s"] > 0 for peer in line["peers"])


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("group", GROUPS)
def test_every_group_of_kernels_computes_what_pytorch_computes(
    group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without the script, which starts a PyTorch for each group.
    torch = pytest.importorskip("torch")
    monkeypatch.syspath_prepend(SCRIPTS)
    modules = importlib.import_module("kernels").GROUPS
    assert tuple(modules) == GROUPS
    names = []
    # Most cases compare the results before they are given.
    for case in importlib.import_module(modules[group]).cases(torch, True):
        case.ours()
        names.append(case.name)
    assert len(set(names)) == len(names) > 1


def test_import_time_writes_both_imports_and_their_difference(tmp_path: Path) -> None:
    report = tmp_path / "figures.json"
    done = run_script("import_time.py", "--runs", "1", "--json", str(report))
    assert done.returncode == 0, done.stderr
    figures = json.loads(report.read_text(encoding="utf-8"))
    assert figures["difference"] == pytest.approx(figures["minitorch"] - figures["numba.cuda"])


def test_the_costs_of_calls_are_measured_for_all_calls_that_the_page_follows() -> None:
    done = run_script("call_costs.py", "--quick")
    assert done.returncode == 0, done.stderr
    page = (ROOT / "docs" / "internals" / "framework.md").read_text(encoding="utf-8")
    for call in ("a + b", "x.sum()", "F.conv2d(x, w)", "loss.backward()", "optimizer.step()"):
        assert call in done.stdout
        assert f"**`{call}`**" in page


def test_an_unknown_group_is_refused_with_the_list_of_known_ones() -> None:
    done = run_script("course.py", "--only", "scalars")
    assert done.returncode == 2
    assert "'scalars'" in done.stderr
    assert "matmul" in done.stderr


def test_timings_give_median_quartiles_and_drift(measure: ModuleType) -> None:
    timing = measure.Timing((1.0, 2.0, 3.0, 4.0, 5.0))
    assert timing.median == 3.0
    assert timing.spread == 2.0
    assert timing.drift == pytest.approx(4.5 / 1.5 - 1.0)
    assert measure.Timing((2.0,)).spread == measure.Timing((2.0,)).drift == 0.0


def test_a_figure_knows_its_ratio_and_whether_its_goal_is_met(measure: ModuleType) -> None:
    ours, theirs = measure.Timing((2.0, 2.0)), measure.Timing((3.0, 3.0))
    for least, met in ((1.0, True), (1.5, True), (1.6, False)):
        figure = measure.Figure("x", ours, "peer", theirs, measure.Goal(least_ratio=least))
        assert figure.ratio == 1.5
        assert figure.goal_met is met
        assert ("below goal" in figure.cells()) is not met
    assert measure.Figure("x", ours, goal=measure.Goal(least_ratio=1.0)).goal_met is None
    for most, met in ((2.5, True), (1.5, False)):
        assert measure.Figure("x", ours, goal=measure.Goal(most_seconds=most)).goal_met is met


def test_contestants_take_turns_and_prepare_outside_the_timing(measure: ModuleType) -> None:
    log: list[str] = []
    settings = measure.Settings(repetitions=2, pause=0.0)
    timings = measure.interleave(
        {
            "a": measure.Contestant(lambda: log.append("a"), lambda: log.append("prepare"), 2),
            "b": measure.Contestant(lambda: log.append("b"), calls=1),
        },
        settings,
    )
    assert log == ["prepare", "a", "b"] + 2 * ["prepare", "a", "a", "b"]
    assert [len(timing.seconds) for timing in timings.values()] == [2, 2]


def test_an_unsteady_run_is_repeated_and_then_marked(
    measure: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsteady = {"ours": measure.Timing((1.0, 1.0)), "peer": measure.Timing((1.0, 2.0))}
    steady = {"ours": measure.Timing((1.0, 1.0)), "peer": measure.Timing((1.0, 1.05))}
    call = measure.Contestant(lambda: None)

    def compare(*runs: dict[str, object]) -> list[object]:
        left = [dict(run) for run in runs]
        monkeypatch.setattr(measure, "interleave", lambda *_: left.pop(0))
        figures = measure.compare("x", call, {"peer": call}, measure.Settings(attempts=2))
        assert not left
        return figures

    assert compare(unsteady, steady)[0].steady
    (figure,) = compare(unsteady, unsteady)
    assert not figure.steady
    assert figure.cells()[-1] == "unsteady"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1.2345, "1.23 s"), (0.0123, "12.3 ms"), (9.996e-4, "1 ms"), (4.5e-7, "0.45 us")],
)
def test_times_are_written_with_three_digits(
    measure: ModuleType, seconds: float, text: str
) -> None:
    assert measure.format_seconds(seconds) == text
