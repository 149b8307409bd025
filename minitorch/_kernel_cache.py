"""The folders of compiled kernels: what is in them, and how large they may grow.

Below the root there is one folder for each set of versions, processor and settings, so that no
process ever loads what was compiled for another. In it lie the kernels' module files, and one file
for each signature that one was compiled for.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from numba.core.caching import FunctionCache
from numba.core.serialize import dumps

from ._files import atomic_write
from ._runtime import cache_folder, cache_root, numba_flags
from ._warn import warn
from .errors import CacheWarning

# The prefix of every module of ours, and the most bytes that all folders may hold together.
PREFIX = "minitorch_kernel_"
MOST_BYTES = 1_000_000_000

_FOLDER_NAME = re.compile(r"[0-9a-f]{16}")
_ABOUT = "about.json"
_DIGEST_BYTES = 32
_opened: set[Path] = set()
_unwritable: set[Path] = set()


# ---- the compiled code of one kernel


class KernelCache(FunctionCache):  # type: ignore[misc]
    """Numba's cache of one function, with files that several processes may write at once.

    Numba numbers the files and keeps their names in an index. Of two processes that compile one
    function for two types at the same time, the second may overwrite the first one's file, and a
    third then runs code for the wrong type. Here a file's name is a hash of the signature.
    """

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self._cache_file = _SignatureFiles(Path(self._cache_path), self._impl.filename_base)

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep compiled code; where the disk refuses it, it lives on in memory alone."""
        try:
            super().save_overload(signature, compiled)
        except OSError as error:
            warn_of_cache(error)


class _SignatureFiles:
    """The files of one function, each with compiled code and its SHA-256.

    Takes the place of Numba's `IndexDataCacheFile`.
    """

    def __init__(self, folder: Path, stem: str) -> None:
        self._folder = folder
        self._stem = stem

    def _path(self, key: Any) -> Path:
        digest = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
        return self._folder / f"{self._stem}.{digest}.nbc"

    def load(self, key: Any) -> Any:
        """Give what was saved under a key; None where that is nothing, or is damaged."""
        try:
            content = self._path(key).read_bytes()
        except OSError:
            return None
        digest, content = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if hashlib.sha256(content).digest() != digest:
            return None
        saved_key, code = pickle.loads(content)
        return code if saved_key == key else None

    def save(self, key: Any, code: Any) -> None:
        """Save compiled code under a key."""
        content = dumps((key, code))
        with atomic_write(self._path(key)) as file:
            file.write(hashlib.sha256(content).digest())
            file.write(content)

    def flush(self) -> None:
        """Forget everything, as Numba does when it is asked to recompile a function."""
        for path in self._folder.glob(f"{self._stem}.*.nbc"):
            path.unlink(missing_ok=True)


def warn_of_cache(reason: Exception) -> None:
    """Say once for a folder that compiled kernels cannot be kept there."""
    folder = cache_folder()
    if folder in _unwritable:
        return
    _unwritable.add(folder)
    warn(
        f"Compiled kernels cannot be kept in {folder} ({reason}), so every process compiles them "
        "again. Set MINITORCH_CACHE_DIR to a folder that can be written.",
        CacheWarning,
    )


# ---- the folders


@dataclass(frozen=True)
class KernelFolder:
    """A folder of compiled kernels.

    Attributes:
        path: where it is.
        versions: what its kernels were compiled with and for; empty where that is not known.
    """

    path: Path
    versions: dict[str, str]

    @cached_property
    def files(self) -> dict[Path, os.stat_result]:
        """All files in it."""
        return dict(_files(self.path))

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(status.st_size for status in self.files.values())

    @property
    def kernels(self) -> int:
        """The number of kernels and helpers, each of which is compiled for one or more types."""
        return sum(path.suffix == ".py" for path in self.files)

    @property
    def last_used(self) -> float:
        """When a process last opened it, in seconds since the epoch."""
        about = self.files.get(self.path / _ABOUT)
        return about.st_mtime if about else 0.0

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)


def folders() -> list[KernelFolder]:
    """List the folders of all versions and settings, the one used last first."""
    root = cache_root()
    paths = sorted(root.iterdir()) if root.is_dir() else []
    # A root that was chosen badly holds other things, which are not ours to count or to remove.
    found = [
        KernelFolder(path, _versions(path))
        for path in paths
        if _FOLDER_NAME.fullmatch(path.name) and _is_ours(path)
    ]
    return sorted(found, key=lambda folder: -folder.last_used)


def open_folder() -> Path:
    """Give this process's folder; the first time make it ready, and remove old ones if need be.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = cache_folder()
    if folder not in _opened:
        about = folder / _ABOUT
        if not about.is_file():
            with atomic_write(about, "w") as file:
                file.write(json.dumps(numba_flags(), indent=2) + "\n")
        os.utime(about)
        _opened.add(folder)
        trim(folder)
    return folder


def trim(current: Path, most_bytes: int = MOST_BYTES) -> None:
    """Remove what was used longest ago until all folders together hold no more than so many bytes.

    Args:
        current: the folder that goes last, and then kernel by kernel.
        most_bytes: what may stay.
    """
    found = folders()
    excess = sum(folder.size for folder in found) - most_bytes
    for folder in sorted(found, key=lambda folder: (folder.path == current, folder.last_used)):
        if excess <= 0:
            return
        if folder.path != current:
            excess -= folder.size
            folder.remove()
        else:
            _remove_oldest_kernels(folder, excess)


def clear() -> list[KernelFolder]:
    """Remove the folders of all versions and settings, and give what they held."""
    removed = folders()
    for folder in removed:
        folder.size  # noqa: B018  (looks at the files while they are there)
        folder.remove()
    _opened.clear()
    return removed


def _remove_oldest_kernels(folder: KernelFolder, excess: int) -> None:
    """Remove compiled code, the oldest first; processes that have loaded it are not disturbed."""
    compiled = [item for item in folder.files.items() if item[0].suffix == ".nbc"]
    for path, status in sorted(compiled, key=lambda item: item[1].st_mtime):
        if excess <= 0:
            return
        path.unlink(missing_ok=True)
        excess -= status.st_size


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            try:
                yield path, path.stat()
            except OSError:  # another process has just removed it
                continue


def _is_ours(folder: Path) -> bool:
    return (folder / _ABOUT).is_file() or any(folder.glob(f"{PREFIX}*.py"))


def _versions(folder: Path) -> dict[str, str]:
    try:
        return dict(json.loads((folder / _ABOUT).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
