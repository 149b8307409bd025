"""`minitorch doctor`: true facts, in both forms, and no traceback whatever is broken."""

import argparse
import json
import platform
from pathlib import Path

import numba
import numpy
import pytest

from minitorch import doctor

SECTIONS = [
    "Python",
    "Packages",
    "Processor",
    "Threads",
    "CUDA",
    "Cache of compiled kernels",
    "Optional packages",
]


def arguments(*options: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    doctor.add_arguments(parser)
    return parser.parse_args(options)


@pytest.fixture
def no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests that are not about threads the process that asks for them."""
    monkeypatch.setattr(doctor, "thread_facts", lambda: {"number": 1, "threading layer": "none"})


@pytest.mark.usefixtures("no_probe")
def test_json_holds_every_section_and_the_lines_the_same_facts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert doctor.run(arguments("--json")) == 0
    report = json.loads(capsys.readouterr().out)
    assert list(report) == SECTIONS
    assert doctor.run(arguments()) == 0
    lines = capsys.readouterr().out
    for title, section in report.items():
        assert title in lines
        for name, value in section.items():
            assert name in lines
            if isinstance(value, str):
                assert value in lines


@pytest.mark.usefixtures("no_probe")
def test_a_part_that_fails_says_so_and_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> doctor.Section:
        raise RuntimeError("the driver is ill")

    monkeypatch.setattr(doctor, "cuda_facts", broken)
    report = doctor.collect()
    assert report["CUDA"] == {"could not be found out": "RuntimeError: the driver is ill"}
    assert report["Python"] == doctor.python_facts()


def test_versions_are_those_of_this_process() -> None:
    assert platform.python_version() in str(doctor.python_facts()["version"])
    facts = doctor.package_facts()
    assert facts["numpy"] == numpy.__version__
    assert facts["numba"] == numba.__version__


def test_threads_are_those_of_a_fresh_process_with_the_same_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NUMBA_THREADING_LAYER", "workqueue")
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    assert doctor.thread_facts() == {"number": 1, "threading layer": "workqueue"}


def test_threads_without_compilation_are_reported_as_unused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert "NUMBA_DISABLE_JIT" in str(doctor.thread_facts()["threading layer"])


def test_threads_that_do_not_start_are_reported_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NUMBA_THREADING_LAYER", "no-such-layer")
    (value,) = doctor.thread_facts().values()
    assert str(value).startswith("does not run here: ")
    assert "no-such-layer" in str(value)


def test_processor_features_are_those_that_numba_compiles_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flags = {"cpu": "generic", "cpu_features": "+sse4.2,-avx2,+fma,+xsave"}
    monkeypatch.setattr(doctor._runtime, "numba_flags", lambda: flags)
    facts = doctor.processor_facts()
    assert facts["compiled for"] == "generic"
    assert facts["features"] == ["sse4.2", "fma"]


def test_cuda_simulator_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor._cuda, "is_simulator", lambda: True)
    assert "simulator" in str(doctor.cuda_facts()["device"])


def test_absent_cuda_comes_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    class Cuda:
        @staticmethod
        def is_available() -> bool:
            return False

        @staticmethod
        def cuda_error() -> str:
            return "no driver\nset a variable"

    monkeypatch.setattr(doctor._cuda, "is_simulator", lambda: False)
    monkeypatch.setattr(doctor._cuda, "cuda", Cuda)
    assert doctor.cuda_facts() == {"device": "none: no driver set a variable"}


def test_a_cuda_device_is_shown_with_its_compute_capability(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Device:
        id = 0
        name = b"Some GPU"
        compute_capability = (9, 0)

    class Runtime:
        @staticmethod
        def get_version() -> tuple[int, int]:
            return (12, 9)

    class Cuda:
        runtime = Runtime

        @staticmethod
        def is_available() -> bool:
            return True

        @staticmethod
        def list_devices() -> list[Device]:
            return [Device()]

    monkeypatch.setattr(doctor._cuda, "is_simulator", lambda: False)
    monkeypatch.setattr(doctor._cuda, "cuda", Cuda)
    assert doctor.cuda_facts() == {
        "device 0": "Some GPU, compute capability 9.0",
        "CUDA runtime": "12.9",
    }


def test_cache_facts_count_this_folder_and_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINITORCH_CACHE_DIR", str(tmp_path))
    facts = doctor.cache_facts()
    assert (facts["exists"], facts["writable"], facts["kernels"]) == (False, True, 0)
    folder = Path(str(facts["folder"]))
    assert folder.parent == tmp_path
    for path, size in ((folder, 1_500_000), (tmp_path / "0123456789abcdef", 200_000)):
        path.mkdir()
        (path / "minitorch_kernel_add_1.py").touch()
        (path / "minitorch_kernel_add_1.nbc").write_bytes(bytes(size))
    facts = doctor.cache_facts()
    assert (facts["exists"], facts["kernels"], facts["size"]) == (True, 1, "1.5 MB")
    assert facts["left by other versions and settings"] == "1 kernels, 0.2 MB"


def test_a_cache_folder_below_a_file_is_not_writable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MINITORCH_CACHE_DIR", str(tmp_path / "file"))
    assert doctor.cache_facts()["writable"] is False


def test_a_missing_package_is_listed_with_its_purpose_and_pip_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "_is_importable", lambda name: name != "sklearn")
    monkeypatch.setattr(doctor.metadata, "version", lambda name: "1.0")
    facts = doctor.optional_facts()
    assert "digits" in str(facts["scikit-learn"])
    assert "pip install scikit-learn" in str(facts["scikit-learn"])
    assert facts["matplotlib"] == "1.0"
