"""The folders of compiled kernels stay whole, small, and honest about what they cannot keep."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from numba import njit, types

import minitorch
from minitorch import _kernel_cache
from minitorch._jit import cached
from minitorch.errors import CacheWarning

HERE = str(Path(__file__))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty root of cache folders, for this process alone."""
    monkeypatch.setenv("MINITORCH_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(_kernel_cache, "_opened", set())
    monkeypatch.setattr(_kernel_cache, "_unwritable", set())
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith(_kernel_cache.PREFIX):
            del sys.modules[name]


def compiled_files(root: Path) -> list[Path]:
    return sorted(root.rglob("*.nbc"))


def make_folder(root: Path, name: str, size: int, used: float) -> Path:
    """Make a folder as another version would have left it."""
    folder = root / (name * 16)
    folder.mkdir()
    (folder / "about.json").write_text("{}", encoding="utf-8")
    (folder / "minitorch_kernel_add_1.py").touch()
    (folder / "minitorch_kernel_add_1.nbc").write_bytes(bytes(size))
    os.utime(folder / "about.json", (used, used))
    return folder


# ---- the files of a kernel


def test_two_signatures_never_share_a_file(root: Path) -> None:
    def double(x: Any) -> Any:
        return x + x

    # Numba would number both files 1, since neither process can see the other's.
    one, other = cached(njit()(double)), cached(njit(error_model="numpy")(double))
    one.compile((types.int64,))
    (first,) = compiled_files(root)
    other.compile((types.float64,))
    assert len(compiled_files(root)) == 2
    first.unlink()
    one.compile((types.float64,))
    assert first not in compiled_files(root)


def test_a_file_for_another_signature_is_not_used(root: Path) -> None:
    files = _kernel_cache._SignatureFiles(root, "kernel")
    files.save("int64", "code for int64")
    os.replace(files._path("int64"), files._path("float64"))
    assert files.load("float64") is None
    files.save("float64", "code for float64")
    assert files.load("float64") == "code for float64"
    files.flush()
    assert files.load("float64") is None


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_file_is_not_used(root: Path, damage: str) -> None:
    files = _kernel_cache._SignatureFiles(root, "kernel")
    files.save("int64", list(range(100)))
    path = files._path("int64")
    content = bytearray(path.read_bytes())
    content[50] ^= 1
    path.write_bytes({"cut": content[:-20], "flipped": content, "empty": b""}[damage])
    assert files.load("int64") is None


def test_a_full_disk_is_one_warning_at_the_users_line(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def double(x: Any) -> Any:
        return x + x

    twin = cached(njit()(double))

    def refuse(path: Path, mode: str = "wb") -> Any:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(_kernel_cache, "atomic_write", refuse)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert twin(2) == 4
        assert twin(2.5) == 5.0
    (warning,) = caught
    assert warning.category is CacheWarning
    assert "No space left" in str(warning.message)
    assert str(_kernel_cache.cache_folder()) in str(warning.message)
    assert warning.filename == HERE


# ---- the folders


def test_a_folder_tells_what_it_was_compiled_for(root: Path) -> None:
    path = _kernel_cache.open_folder()
    (folder,) = _kernel_cache.folders()
    assert folder.path == path
    assert folder.versions == minitorch._runtime.numba_flags()
    assert folder.kernels == 0


def test_old_folders_go_first_when_there_is_too_much(root: Path) -> None:
    oldest = make_folder(root, "a", 600, used=1.0)
    older = make_folder(root, "b", 600, used=2.0)
    current = make_folder(root, "c", 600, used=0.0)
    _kernel_cache.trim(current, most_bytes=2000)
    assert oldest.is_dir()
    _kernel_cache.trim(current, most_bytes=1500)
    assert (oldest.exists(), older.exists(), current.exists()) == (False, True, True)
    _kernel_cache.trim(current, most_bytes=1000)
    assert (older.exists(), len(compiled_files(current))) == (False, 1)


def test_the_current_folder_loses_its_oldest_kernels(root: Path) -> None:
    current = make_folder(root, "c", 600, used=1.0)
    (young := current / "minitorch_kernel_mul_1.nbc").write_bytes(bytes(600))
    os.utime(current / "minitorch_kernel_add_1.nbc", (1.0, 1.0))
    _kernel_cache.trim(current, most_bytes=1000)
    assert compiled_files(current) == [young]


def test_opening_the_folder_removes_what_is_too_much(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make_folder(root, "a", 600, used=1.0)
    monkeypatch.setattr(_kernel_cache.trim, "__defaults__", (500,))
    _kernel_cache.open_folder()
    assert not old.exists()


def test_only_folders_of_kernels_are_removed(root: Path) -> None:
    make_folder(root, "a", 600, used=1.0)
    (root / "notes.txt").write_text("mine", encoding="utf-8")
    (root / "0123456789abcdef").mkdir()
    (root / "0123456789abcdef" / "photo.png").touch()
    removed = _kernel_cache.clear()
    assert [folder.size for folder in removed] == [602]
    assert sorted(path.name for path in root.rglob("*")) == [
        "0123456789abcdef",
        "notes.txt",
        "photo.png",
    ]


# ---- the notice

COMPILE = """
import minitorch, minitorch._compile_notice as notice
from minitorch.kernels.generated import elementwise
import numpy as np
notice.SECONDS = 0.001
elementwise.exp(np.ones(3)), elementwise.log(np.ones(3))
"""


@pytest.mark.parametrize("quiet", ["", "1"])
def test_a_long_compilation_says_once_what_it_compiles(tmp_path: Path, quiet: str) -> None:
    environment = {
        **os.environ,
        "MINITORCH_CACHE_DIR": str(tmp_path),
        "MINITORCH_QUIET": quiet,
        "PYTHONPATH": str(Path(minitorch.__file__).parent.parent),
    }
    lines = []
    for _ in range(2):
        result = subprocess.run(
            [sys.executable, "-c", COMPILE], capture_output=True, text=True, env=environment
        )
        assert result.returncode == 0, result.stderr
        lines.append(result.stderr.splitlines())
    cold, warm = lines
    assert warm == []
    if quiet:
        assert cold == []
    else:
        (line,) = cold
        assert "dense" in line
        assert "exp" in line
        assert "float64" in line
        assert "minitorch warmup" in line
