"""What `import minitorch` does and does not do."""

import platform
from typing import TYPE_CHECKING

import minitorch
from minitorch import _version

if TYPE_CHECKING:
    from conftest import RunPython


def test_the_version_has_one_source() -> None:
    assert minitorch.version == minitorch.__version__ == _version.__version__


def test_the_import_prints_nothing_and_warns_of_nothing(run_python: "RunPython") -> None:
    result = run_python("-W", "error", "-c", "import minitorch")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_import_compiles_nothing(run_python: "RunPython") -> None:
    code = (
        "from numba import njit\n"
        "from numba.core.event import install_recorder\n"
        "with install_recorder('numba:compile') as during_import:\n"
        "    import minitorch\n"
        "assert not during_import.buffer, during_import.buffer\n"
        "with install_recorder('numba:compile') as control:\n"
        "    njit(minitorch.operators.neg)(1.0)\n"
        "assert control.buffer, 'the recorder does not see compilations'\n"
    )
    result = run_python("-c", code)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_import_makes_numba_cuda_an_attribute_of_numba(run_python: "RunPython") -> None:
    code = "import minitorch, numba; print(numba.cuda.is_available() in (True, False))"
    assert run_python("-c", code).stdout == "True\n"


def test_the_import_brings_no_optional_package(run_python: "RunPython") -> None:
    packages = ["matplotlib", "sklearn", "rich", "torch", "pytest", "hypothesis"]
    code = f"import minitorch, sys; print(sorted(sys.modules.keys() & {set(packages)!r}))"
    assert run_python("-c", code).stdout == "[]\n"


def test_without_numba_one_error_gives_version_platform_and_remedy(
    run_python: "RunPython",
) -> None:
    code = "try:\n    import minitorch\nexcept ImportError as error:\n    print(error)\n"
    result = run_python("-c", code, blocked=["numba"])
    assert result.stderr == ""
    for part in (platform.python_version(), platform.platform(), "pip install", "numba"):
        assert part in result.stdout


def test_without_numba_the_set_up_command_still_starts(run_python: "RunPython") -> None:
    result = run_python("-m", "minitorch.dev", "--help", blocked=["numba", "numpy"])
    assert result.stderr == ""
    assert result.returncode == 0
    assert "{demo,test,lint}" in result.stdout
