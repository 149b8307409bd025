"""Warnings that point at the user's line."""

import sys
import warnings
from pathlib import Path

import numba

_LIBRARIES = (str(Path(__file__).parent), str(Path(numba.__file__).parent))


def warn(message: str, category: type[Warning]) -> None:
    """Warn about the line that called into minitorch, however deep inside of it we are now."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_LIBRARIES):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
