"""Kernels of dense vectors, called without Numba's dispatch, which costs more than a small one."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numba import types
from numba.np.numpy_support import from_dtype

from ...._jit import entry_point


@lru_cache(maxsize=1024)
def direct(kernel: Any, *arguments: np.dtype[Any] | types.Type) -> Callable[..., Any]:
    """Compile a kernel for these arguments.

    Nothing checks what it is called with: vectors must be dense, aligned, and have elements of
    their dtype or of another one of its size.

    Args:
        kernel: one form of it, serial or parallel.
        *arguments: the dtype of a vector, or any type of Numba's.
    """
    if not hasattr(kernel, "overloads"):  # Numba compiles nothing: NUMBA_DISABLE_JIT=1.
        return kernel
    signature = [_vector(a) if isinstance(a, np.dtype) else a for a in arguments]
    return entry_point(kernel, tuple(signature))


def _vector(dtype: np.dtype[Any]) -> types.Type:
    return types.Array(from_dtype(dtype), 1, "C")
