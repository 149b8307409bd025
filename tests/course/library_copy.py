"""A copy of the package with a cache folder of its own, whose source a test may break."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import minitorch

# Computes with FastOps, and prints the results, what Numba compiled for them, and the warnings.
# The numbers are such that every machine rounds them alike.
PROBE = """
import json
import warnings
from numba.core import event

with warnings.catch_warnings(record=True) as caught, event.install_recorder("numba:compile") as log:
    warnings.simplefilter("always")
    import minitorch
    from minitorch import FastOps, SimpleOps, TensorBackend, tensor

    def compute(backend):
        a = tensor([[1.0, -2.0, 3.0], [0.5, -0.25, 4.0]], backend=backend)
        column = tensor([[10.0], [20.0], [30.0]], backend=backend)
        relu = backend.relu_map(a.permute(1, 0))
        results = {"relu": relu, "add": backend.add_zip(a.permute(1, 0), column)}
        results["sum"] = backend.add_reduce(a, 1)
        return {name: result.to_numpy().tolist() for name, result in results.items()}

    results = compute(TensorBackend(FastOps))

compiled = [e.data["dispatcher"].py_func.__name__ for _, e in log.buffer if e.is_start]
print(json.dumps({
    "results": results,
    "compiled": sorted(compiled),
    "warnings": [(w.category.__name__, str(w.message)) for w in caught],
    "package": minitorch.__file__,
    "folder": str(minitorch._runtime.cache_folder()),
}))
"""
RESULTS = {
    "relu": [[1.0, 0.5], [0.0, 0.0], [3.0, 4.0]],
    "add": [[11.0, 10.5], [18.0, 19.75], [33.0, 34.0]],
    "sum": [[2.0], [4.25]],
}


class LibraryCopy:
    """The package, copied with or without a cache of compiled kernels.

    Args:
        folder: holds `source` and `cache`; both are copied from `original`, where that is given.
        original: another copy.
    """

    def __init__(self, folder: Path, original: LibraryCopy | None = None) -> None:
        self.source = folder / "source"
        self.cache = folder / "cache"
        if original is None:
            package = Path(minitorch.__file__).parent
            leave_out = shutil.ignore_patterns("__pycache__")
            shutil.copytree(package, self.source / "minitorch", ignore=leave_out)
        else:
            shutil.copytree(original.source, self.source)
            # With the files' times, by which Numba tells whether its cache fits.
            shutil.copytree(original.cache, self.cache)

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that occurs once in a file of the package."""
        path = self.source / "minitorch" / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def start(self, code: str, **settings: str) -> subprocess.Popen[str]:
        """Start Python on code that imports this copy, with further environment variables."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.source),
            "PYTHONDONTWRITEBYTECODE": "1",
            "MINITORCH_CACHE_DIR": str(self.cache),
            **settings,
        }
        for name in ("NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT"):
            if name not in settings:
                environment.pop(name, None)
        return subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=self.source,
        )

    def run(self, code: str = PROBE, **settings: str) -> Any:
        """Run code to its end and read the JSON that it prints."""
        return result_of(self.start(code, **settings))


def result_of(process: subprocess.Popen[str]) -> Any:
    """Wait for a process and read the JSON that it printed."""
    try:
        output, errors = process.communicate(timeout=100)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    return json.loads(output)
