"""Kinds of command line arguments that several trainers take."""

import argparse
import math

from minitorch import datasets

DATASET_NAMES = tuple(name.lower() for name in datasets)
COMPILED_BACKENDS = ("fast", "cuda")
BACKENDS = ("scalar", "simple", *COMPILED_BACKENDS)


def positive_int(text: str) -> int:
    """Read a whole number above zero."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return number


def positive_float(text: str) -> float:
    """Read a finite number above zero."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number above 0, got {text!r}")
    return number


def check_points(parser: argparse.ArgumentParser, dataset: str, points: int | None) -> None:
    """Refuse a spiral of one point, since each of its arms needs one."""
    if dataset == "spiral" and points == 1:
        parser.error("the spiral needs at least 2 points, one for each arm, got 1")
