"""The command `minitorch train`."""

import argparse
import atexit
import gc
import sys
from pathlib import Path
from typing import Any

from .arguments import BACKENDS, DATASET_NAMES, check_points, positive_float, positive_int

HELP = "train a network on the handwritten digits or on points of the plane"

INTERRUPTED = 130

# What fits only the points of the plane.
_POINT_OPTIONS = ("backend", "hidden", "points")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments; those without a value take the data set's own."""
    parser.add_argument(
        "dataset",
        type=str.lower,
        choices=["digits", *DATASET_NAMES],
        help="digits: 1,797 handwritten digits of 8 by 8 pixels; the others: points of the plane",
    )
    parser.add_argument(
        "--backend",
        type=str.lower,
        choices=BACKENDS,
        help="what computes with the points: Scalars, SimpleOps, FastOps or CudaOps (fast)",
    )
    parser.add_argument("--epochs", type=positive_int, metavar="N", help="passes over the data")
    parser.add_argument("--rate", type=positive_float, metavar="X", help="learning rate")
    parser.add_argument("--batch", type=positive_int, metavar="N", help="examples in each step")
    parser.add_argument(
        "--hidden", type=positive_int, metavar="N", help="width of the hidden layers, for points"
    )
    parser.add_argument("--points", type=positive_int, metavar="N", help="number of points")
    parser.add_argument(
        "--seed", type=_seed, default=0, metavar="N", help="same seed, same result (0)"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="where the files go (runs/<dataset>)"
    )


def run(args: argparse.Namespace) -> int:
    """Train as the arguments say.

    Returns:
        The exit status: 0 done, 1 the training diverged, 130 stopped with Ctrl-C.
    """
    problem = _wrong_combination(args)
    if problem:
        args.parser.error(problem)
    check_points(args.parser, args.dataset, args.points)
    from .metrics import DivergenceError

    # Before it ends, Python looks for cycles among all objects, half a second's work for nothing.
    atexit.register(gc.freeze)
    try:
        return _train_digits(args) if args.dataset == "digits" else _train_points(args)
    except DivergenceError as error:
        print(f"{args.parser.prog}: error: {error}", file=sys.stderr)
        return 1


def _wrong_combination(args: argparse.Namespace) -> str | None:
    """Say which given options do not fit the data set."""
    given = [f"--{name}" for name in _POINT_OPTIONS if getattr(args, name) is not None]
    if args.dataset != "digits" or not given:
        return None
    names = ", ".join(DATASET_NAMES)
    return f"{' and '.join(given)} cannot be used with digits, only with points: {names}"


def _train_digits(args: argparse.Namespace) -> int:
    from .digits import train_digits

    result = train_digits(**_given(args, "epochs", "rate", "batch", "seed", "output"))
    accuracy = result.metrics["test_accuracy"]
    count = result.metrics["test_images"]
    _tell_end(result, f"{100 * accuracy:.1f} % of the {count} held-out images are right.")
    print(f"The report is {result.folder / 'report.png'}")
    return INTERRUPTED if result.interrupted else 0


def _train_points(args: argparse.Namespace) -> int:
    from dataclasses import replace

    from .classifiers import default_plan, train_classifier

    backend = args.backend or "fast"
    changes = _given(args, "points", "hidden", "rate", "epochs", "batch")
    plan = replace(default_plan(args.dataset, backend), **changes)
    result = train_classifier(args.dataset, backend, plan, args.seed, args.output)
    accuracy = result.metrics["accuracy"]
    count = result.metrics["points"]
    _tell_end(result, f"{100 * accuracy:.1f} % of the {count} points are on the right side.")
    print(f"The picture is {result.folder / 'boundary.png'}")
    return INTERRUPTED if result.interrupted else 0


def _given(args: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Collect the options that the user gave."""
    return {name: getattr(args, name) for name in names if getattr(args, name) is not None}


def _tell_end(result: Any, text: str) -> None:
    done, planned = result.metrics["epochs"], result.metrics["epochs_planned"]
    print(f"Stopped after {done} of {planned} epochs: {text}" if result.interrupted else text)


def _seed(text: str) -> int:
    """Read a seed: what NumPy's generators take."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number < 2**32:
        raise argparse.ArgumentTypeError(
            f"must be a whole number from 0 to 2**32 - 1, got {text!r}"
        )
    return number
