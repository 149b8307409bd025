"""What minitorch takes from its surroundings: Numba, optional packages, the cache folder.

This file alone reads the environment, and it is imported before Numba, because some settings of the
threading layer count only then.
"""

import hashlib
import importlib
import os
import platform
import runpy
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from .errors import MissingPackageError

# The pip names of packages whose import name differs.
_PIP_NAMES = {"sklearn": "scikit-learn"}


def _load_numba() -> None:
    """Import Numba, or explain in one error what is missing and what to do."""
    # A parallel kernel's worker threads spin this often before they sleep: long enough for the next
    # kernel of a training step, short enough not to starve a busy machine.
    if "numba" not in sys.modules:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        importlib.import_module("numba")
    except Exception as error:
        if "-m" in sys.orig_argv and "minitorch.dev" in sys.orig_argv:
            # `python -m minitorch.dev` is the command that installs Numba, and it is reached
            # through the package that needs it.
            runpy.run_path(str(Path(__file__).with_name("dev.py")), run_name="__main__")
            raise SystemExit from None
        raise ImportError(
            f"minitorch needs numba, which cannot be imported here: {error}. "
            f"This is Python {platform.python_version()} on {platform.platform()}. "
            "Try `python -m pip install --upgrade numba numpy` with this interpreter "
            f"({sys.executable}); a Python release newer than numba's wheels needs an older Python."
        ) from error


def require(package: str, feature: str | None = None) -> ModuleType:
    """Import an optional package.

    Args:
        package: its import name.
        feature: what needs it, for the error's text.

    Raises:
        MissingPackageError: it is not installed; the text gives the pip command.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        root = package.partition(".")[0]
        raise MissingPackageError(
            f"{feature or 'This function'} needs the package {root}, which cannot be imported: "
            f"{error}. Install it with `python -m pip install {_PIP_NAMES.get(root, root)}`.",
            name=root,
        ) from error


def cache_root() -> Path:
    """Give the folder that holds the compiled kernels of every version.

    It is MINITORCH_CACHE_DIR where that is set, and else the user's cache folder.
    """
    chosen = os.environ.get("MINITORCH_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "minitorch"


def cache_folder() -> Path:
    """Give the folder that holds this process's compiled kernels.

    Its name is a hash of everything but the source that decides what Numba makes of a kernel.
    """
    text = repr(sorted(numba_flags().items()))
    return cache_root() / hashlib.sha256(text.encode()).hexdigest()[:16]


def is_quiet() -> bool:
    """Tell whether the user wants no notices about compilation (MINITORCH_QUIET=1)."""
    return os.environ.get("MINITORCH_QUIET", "") not in ("", "0")


@cache
def numba_flags() -> dict[str, str]:
    """List the versions, the processor and the settings that compiled code depends on."""
    import llvmlite
    import numba
    import numpy
    from numba.core import config

    return {
        "python": platform.python_version(),
        "numba": numba.__version__,
        "llvmlite": llvmlite.__version__,
        "numpy": numpy.__version__,
        "cpu": str(config.CPU_NAME or llvmlite.binding.get_host_cpu_name()),
        "cpu_features": str(
            config.CPU_FEATURES or llvmlite.binding.get_host_cpu_features().flatten()
        ),
        "boundscheck": str(config.BOUNDSCHECK),
        "opt_level": str(config.OPT),
    }


_load_numba()
