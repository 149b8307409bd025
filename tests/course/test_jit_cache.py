"""Compiled kernels outlive the process, and what runs is always the source as it is now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .library_copy import PROBE, RESULTS, LibraryCopy, result_of

pytestmark = pytest.mark.task3_1


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[LibraryCopy, Any]:
    """A copy of the package whose cache one process has filled, and what that process printed."""
    library = LibraryCopy(tmp_path_factory.mktemp("library"))
    return library, library.run()


@pytest.fixture
def warm(first: tuple[LibraryCopy, Any], tmp_path: Path) -> LibraryCopy:
    """A copy of that copy, to be edited."""
    return LibraryCopy(tmp_path, first[0])


# --- the second process -----------------------------------------------------------------------


def test_the_first_process_compiles_and_computes(first: tuple[LibraryCopy, Any]) -> None:
    library, printed = first
    assert printed["results"] == RESULTS
    assert {"_map", "_zip", "_reduce", "relu", "add"} <= set(printed["compiled"])
    assert printed["warnings"] == []
    assert Path(printed["package"]).is_relative_to(library.source)
    assert Path(printed["folder"]).is_relative_to(library.cache)


def test_the_second_process_compiles_nothing(first: tuple[LibraryCopy, Any]) -> None:
    printed = first[0].run()
    assert printed["results"] == RESULTS
    assert printed["compiled"] == []


# --- edited source ----------------------------------------------------------------------------


def test_an_edited_body_is_what_runs_and_no_other_kernel_is_compiled(warm: LibraryCopy) -> None:
    body = "out[to + i * out_step] = fn(in_storage[at + i * in_step])"
    warm.edit("fast_ops.py", body, body + " + 1.0")
    printed = warm.run()
    assert printed["results"]["relu"] == [[x + 1.0 for x in row] for row in RESULTS["relu"]]
    assert printed["results"]["add"] == RESULTS["add"]
    assert {"_map", "_zip", "_reduce", "relu"} & set(printed["compiled"]) == {"_map"}
    warm.edit("fast_ops.py", body + " + 1.0", body)
    printed = warm.run()
    assert printed["results"] == RESULTS
    assert printed["compiled"] == []


EDITS = {
    "a helper in the same file": (
        "fast_ops.py",
        "        return 0\n    return strides[-1]\n",
        "        return 0\n    return 0 * strides[-1]\n",
        {"relu", "add"},
    ),
    "a helper in another file": (
        "tensor_data.py",
        "        if dim >= missing and shape[dim - missing] > 1:\n",
        "        if dim >= missing and shape[dim - missing] > 99:\n",
        {"relu", "add", "sum"},
    ),
    "an operator": (
        "operators.py",
        "    return x if x > 0 else 0.0\n",
        "    return x if x > 2 else 0.5\n",
        {"relu"},
    ),
    "the operator's module alone": ("operators.py", "# Task 0.1:", "# Edited 0.1:", set()),
}


@pytest.mark.parametrize("edit", EDITS)
def test_edited_source_takes_effect_on_a_warm_cache(edit: str, warm: LibraryCopy) -> None:
    file, old, new, changed = EDITS[edit]
    warm.edit(file, old, new)
    printed = warm.run()
    assert {name for name in RESULTS if printed["results"][name] != RESULTS[name]} == changed
    assert bool(printed["compiled"]) is bool(changed)


SIGMOID = """
import json
import numpy as np
from minitorch.kernels.generated import elementwise

print(json.dumps(elementwise.sigmoid(np.zeros(2)).tolist()))
"""


def test_an_edited_file_of_a_package_that_kernels_call_takes_effect(tmp_path: Path) -> None:
    library = LibraryCopy(tmp_path)
    assert library.run(SIGMOID) == [0.5, 0.5]
    helper = "return type(x)(1) / (type(x)(1) + exp_above(-x))"
    library.edit("kernels/cpu/functions/sigmoids.py", helper, helper.replace("(1)", "(3)", 1))
    assert library.run(SIGMOID) == [1.5, 1.5]


# --- folders and settings ---------------------------------------------------------------------


def test_a_cache_folder_that_cannot_be_written_costs_one_warning(
    first: tuple[LibraryCopy, Any], tmp_path: Path
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("a file, below which there can be no folder", encoding="utf-8")
    printed = first[0].run(MINITORCH_CACHE_DIR=str(in_the_way / "cache"))
    assert printed["results"] == RESULTS
    ((category, text),) = printed["warnings"]
    assert category == "CacheWarning"
    assert str(in_the_way / "cache") in text
    assert "MINITORCH_CACHE_DIR" in text


def test_damaged_kernel_files_are_written_again(warm: LibraryCopy) -> None:
    for path in warm.cache.rglob("*.py"):
        path.write_bytes(path.read_bytes()[:20])
    assert warm.run()["results"] == RESULTS


@pytest.mark.slow
def test_two_processes_may_fill_an_empty_cache_at_once(
    first: tuple[LibraryCopy, Any], tmp_path: Path
) -> None:
    processes = [first[0].start(PROBE, MINITORCH_CACHE_DIR=str(tmp_path)) for _ in range(2)]
    for printed in [result_of(process) for process in processes]:
        assert printed["results"] == RESULTS
        assert printed["warnings"] == []
    assert first[0].run(MINITORCH_CACHE_DIR=str(tmp_path))["results"] == RESULTS


def test_without_the_compiler_everything_still_computes(
    first: tuple[LibraryCopy, Any], tmp_path: Path
) -> None:
    printed = first[0].run(MINITORCH_CACHE_DIR=str(tmp_path), NUMBA_DISABLE_JIT="1")
    assert printed["results"] == RESULTS
    assert printed["compiled"] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "setting", ["NUMBA_CPU_NAME=generic", "NUMBA_BOUNDSCHECK=1", "NUMBA_OPT=1"]
)
def test_other_settings_have_another_folder_and_the_same_results(
    setting: str, warm: LibraryCopy, first: tuple[LibraryCopy, Any]
) -> None:
    name, _, value = setting.partition("=")
    printed = warm.run(**{name: value})
    assert printed["results"] == RESULTS
    assert "_map" in printed["compiled"]
    assert Path(printed["folder"]).name != Path(first[1]["folder"]).name
    assert warm.run()["compiled"] == []
