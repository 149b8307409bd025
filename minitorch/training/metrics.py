"""The figures of a training, as a JSON file."""

import json
import math
import os
import platform
from collections.abc import Mapping
from typing import Any

import numba
import numpy as np

import minitorch
from minitorch._files import atomic_write


def versions() -> dict[str, str]:
    """Give the versions that a result may depend on."""
    return {
        "minitorch": minitorch.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
    }


def write_metrics(path: str | os.PathLike[str], metrics: Mapping[str, Any]) -> None:
    """Write figures to a JSON file; it appears whole or not at all.

    Raises:
        ValueError: a figure is no finite number, which JSON cannot say.
        OSError: the folder cannot be written or the disk is full.
    """
    text = json.dumps(metrics, indent=2, allow_nan=False)
    with atomic_write(path, "w") as file:
        file.write(text + "\n")


def counted(count: int, noun: str) -> str:
    """Write a number with its noun: 1 epoch, 2 epochs."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


class DivergenceError(ArithmeticError):
    """A training whose loss is no longer a finite number."""


def check_finite(loss: float, epoch: int, rate: float) -> None:
    """Check that a training is still one.

    Raises:
        DivergenceError: the loss is not finite.
    """
    if not math.isfinite(loss):
        raise DivergenceError(
            f"The loss became {loss} in epoch {epoch}: the learning rate {rate} is too large for "
            "this model. Try a tenth of it."
        )
