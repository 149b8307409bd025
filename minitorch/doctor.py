"""`minitorch doctor`: what minitorch finds on this machine, and what is missing for what.

Each part is looked up on its own, and a part that cannot be found out says so instead of stopping
the others.
"""

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

from . import _cuda, _kernel_cache, _runtime
from ._version import __version__
from .console import print_table

HELP = "show versions, processor, threads, CUDA and caches, and what is missing for what"

Value = str | int | bool | None | list[str]
Section = Mapping[str, Value]

# Import name, pip name and what needs it.
OPTIONAL_PACKAGES = (
    ("matplotlib", "matplotlib", "plots and reports of trainings"),
    ("sklearn", "scikit-learn", "the handwritten digits of `minitorch train digits`"),
    ("rich", "rich", "progress bars and tables on a terminal"),
    ("torch", "torch", "the script run_torch and the tests that compare with PyTorch"),
    ("numba_cuda", "numba-cuda", "NVIDIA's own numba.cuda, instead of the one inside Numba"),
    ("pytest", "pytest", "the tests"),
    ("hypothesis", "hypothesis", "the tests"),
)

CPU_FEATURES = ("sse4.2", "avx", "avx2", "fma", "avx512f", "neon")

# A process of its own asks Numba, because the threads it starts stay and the layer cannot be
# changed afterwards.
THREAD_PROBE = """
import json
import numba

@numba.njit(parallel=True)
def count(n):
    total = 0
    for i in numba.prange(n):
        total += 1
    return total

count(1000)
jit = not numba.config.DISABLE_JIT
layer = numba.threading_layer() if jit else "none, because NUMBA_DISABLE_JIT is set"
print(json.dumps({"layer": layer, "threads": numba.get_num_threads()}))
"""
PROBE_SECONDS = 120


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--json", action="store_true", help="print the same facts as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the report; the status is 0, also where something is missing."""
    report = collect()
    if args.json:
        print(json.dumps(report, indent=2))
        return 0
    for number, (title, section) in enumerate(report.items()):
        if number:
            print()
        rows = [(name, _readable(value)) for name, value in section.items()]
        print_table(title, ("", ""), rows)
    return 0


def collect() -> dict[str, Section]:
    """Look up all facts: section, name of the fact, value."""
    parts: dict[str, Callable[[], Section]] = {
        "Python": python_facts,
        "Packages": package_facts,
        "Processor": processor_facts,
        "Threads": thread_facts,
        "CUDA": cuda_facts,
        "Cache of compiled kernels": cache_facts,
        "Optional packages": optional_facts,
    }
    return {title: _guarded(part) for title, part in parts.items()}


def _guarded(part: Callable[[], Section]) -> Section:
    try:
        return part()
    except Exception as error:
        return {"could not be found out": f"{type(error).__name__}: {error}"}


def _readable(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(value) or "none"
    return "unknown" if value is None else str(value)


def python_facts() -> Section:
    """Describe the interpreter."""
    return {
        "version": f"{platform.python_version()} ({platform.python_implementation()})",
        "executable": sys.executable,
        "platform": platform.platform(),
        "in a virtual environment": sys.prefix != sys.base_prefix,
    }


def package_facts() -> Section:
    """Give the versions of minitorch and of the packages it cannot do without."""
    versions: dict[str, Value] = {"minitorch": __version__}
    versions["minitorch is in"] = str(Path(__file__).parent)
    for name in ("numpy", "numba", "llvmlite"):
        versions[name] = _runtime.require(name).__version__
    return versions


def processor_facts() -> Section:
    """Describe the processor as the compiler sees it."""
    flags = _runtime.numba_flags()
    chosen = {feature[1:] for feature in flags["cpu_features"].split(",") if feature[:1] == "+"}
    return {
        "name": _processor_name(),
        "compiled for": flags["cpu"],
        "features": [feature for feature in CPU_FEATURES if feature in chosen],
        "cores": os.cpu_count(),
    }


def _processor_name() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or None
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, None) or platform.processor() or platform.machine() or None


def thread_facts() -> Section:
    """Run one small parallel kernel in a process of its own, and ask what ran it."""
    result = subprocess.run(
        [sys.executable, "-c", THREAD_PROBE], capture_output=True, text=True, timeout=PROBE_SECONDS
    )
    if result.returncode:
        last_line = (result.stderr.strip().splitlines() or ["no message"])[-1]
        return {"a parallel kernel": f"does not run here: {last_line}"}
    found = json.loads(result.stdout)
    return {"number": found["threads"], "threading layer": found["layer"]}


def cuda_facts() -> Section:
    """Describe the CUDA devices, or say why there is none."""
    if _cuda.is_simulator():
        return {"device": "none: the simulator is switched on (NUMBA_ENABLE_CUDASIM=1)"}
    if not _cuda.cuda.is_available():
        reason = " ".join(str(_cuda.cuda.cuda_error() or "no reason given").split())
        return {"device": f"none: {reason}"}
    devices: dict[str, Value] = {}
    for device in _cuda.cuda.list_devices():
        name = device.name.decode() if isinstance(device.name, bytes) else device.name
        major, minor = device.compute_capability
        devices[f"device {device.id}"] = f"{name}, compute capability {major}.{minor}"
    major, minor = _cuda.cuda.runtime.get_version()
    return {**devices, "CUDA runtime": f"{major}.{minor}"}


def cache_facts() -> Section:
    """Describe the folder of this process's kernels and its neighbours of other versions."""
    folder = _runtime.cache_folder()
    found = _kernel_cache.folders()
    ours = [cached for cached in found if cached.path == folder]
    others = [cached for cached in found if cached.path != folder]
    return {
        "folder": str(folder),
        "exists": folder.is_dir(),
        "writable": _is_writable(folder),
        "kernels": sum(cached.kernels for cached in ours),
        "size": _megabytes(sum(cached.size for cached in ours)),
        "left by other versions and settings": (
            f"{sum(cached.kernels for cached in others)} kernels, "
            f"{_megabytes(sum(cached.size for cached in others))}"
        ),
    }


def _is_writable(folder: Path) -> bool:
    """Tell whether files can be made in a folder, or the folder itself where it is not there."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def optional_facts() -> Section:
    """Give each optional package's version, or what is missing without it."""
    facts: dict[str, Value] = {}
    for name, pip_name, purpose in OPTIONAL_PACKAGES:
        if _is_importable(name):
            facts[pip_name] = metadata.version(pip_name)
        else:
            facts[pip_name] = f"missing; needed for {purpose}: python -m pip install {pip_name}"
    return facts


def _is_importable(name: str) -> bool:
    """Tell whether a package is there, without the time that importing it takes."""
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False
