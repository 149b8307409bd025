"""What this is made of: `torch.__config__`."""

from __future__ import annotations

import platform

import numba
import numpy as np

from .. import _threads
from .._version import __version__
from .backends.cpu import get_cpu_capability


def show() -> str:
    """Describe what computes, in lines."""
    return (
        "minitorch, with PyTorch's API:\n"
        f"  - minitorch {__version__}\n"
        f"  - Python {platform.python_version()} on {platform.machine()}\n"
        f"  - NumPy {np.__version__}\n"
        f"  - Numba {numba.__version__}, which compiles the kernels for this CPU\n"
        f"  - CPU capability usage: {get_cpu_capability()}\n"
        "  - CUDA: not used\n"
    )


def parallel_info() -> str:
    """Describe the threads, in lines."""
    return (
        f"Threads for large kernels: {_threads.get_num_threads()}\n"
        f"Threading layers of Numba, by priority: {' '.join(_priority())}\n"
    )


def _priority() -> list[str]:
    from numba.core import config

    return list(config.THREADING_LAYER_PRIORITY)
