"""Times the same lines of Python for minitorch.torch and for PyTorch, in turns in one process."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

# First, because minitorch sets how long OpenMP's threads wait, which would reach PyTorch's as well.
import torch as peer
from measure import (
    OURS,
    Contestant,
    Figure,
    Settings,
    Timing,
    compare,
    format_seconds,
    is_busy,
    load_average,
    machine,
)

import minitorch
from minitorch import torch as ours
from minitorch.console import print_table

PEER = "torch"
COLUMNS = ("what", OURS, PEER, "ratio", "floor", "goal", "")
# What takes long to prepare is repeated less often.
FEW, MANY_PARTS = 3, 100_000


@dataclass(frozen=True)
class Job:
    """What is timed.

    Attributes:
        run: the work.
        prepare: what is done before each timing, without being timed.
        calls: how often run may be called after it; None for as often as fills the time.
        parts: what a call consists of: the time is given for one part.
    """

    run: Callable[[], object]
    prepare: Callable[[], object] | None = None
    calls: int | None = None
    parts: int = 1


# A case is made for a module named torch, and gives what is run.
Make = Callable[[ModuleType], Job]


@dataclass(frozen=True)
class TorchCase:
    """A computation for both modules, and the ratios that are good enough and aimed at."""

    name: str
    make: Make
    floor: float
    goal: float


def measure(case: TorchCase, settings: Settings) -> Figure:
    """Time a case for both modules; the seconds are those of one part of it."""
    jobs = {OURS: case.make(ours), PEER: case.make(peer)}
    parts = jobs[OURS].parts
    if parts > MANY_PARTS:
        settings = replace(settings, repetitions=min(settings.repetitions, FEW))
    contestants = {name: Contestant(job.run, job.prepare, job.calls) for name, job in jobs.items()}
    (figure,) = compare(case.name, contestants.pop(OURS), contestants, settings)
    assert figure.theirs is not None
    return replace(figure, ours=_of_part(figure.ours, parts), theirs=_of_part(figure.theirs, parts))


def _of_part(timing: Timing, parts: int) -> Timing:
    return Timing(tuple([seconds / parts for seconds in timing.seconds]))


def row(case: TorchCase, figure: Figure) -> list[str]:
    """Write a figure as a row of the table."""
    assert figure.theirs is not None and figure.ratio is not None
    remarks = ["below floor"] if figure.ratio < case.floor else []
    if not remarks and figure.ratio < case.goal:
        remarks = ["below goal"]
    if not figure.steady:
        remarks.append("unsteady")
    return [
        case.name,
        format_seconds(figure.ours.median),
        format_seconds(figure.theirs.median),
        f"{figure.ratio:.2f}",
        f"{case.floor:g}",
        f"{case.goal:g}",
        ", ".join(remarks),
    ]


def parser_of(program: str, description: str) -> argparse.ArgumentParser:
    """Make a parser of the options that these scripts share."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("--only", metavar="WORD", help="the cases whose name holds this")
    parser.add_argument("--threads", type=int, default=1, help="for both modules (default: 1)")
    parser.add_argument("--quick", action="store_true", help="run everything once, as a test")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    parser.add_argument("--check", action="store_true", help="exit with 1 below a floor")
    return parser


def compare_all(
    cases: Iterable[TorchCase], options: argparse.Namespace
) -> tuple[dict[str, str], list[tuple[TorchCase, Figure]]]:
    """Measure the cases that the command line asks for, and print their table.

    Returns:
        Where it was measured, and each case with its figure.
    """
    settings = Settings.for_smoke_test() if options.quick else Settings(attempts=2)
    if options.threads == 1:
        settings = replace(settings, clock=time.thread_time)
    minitorch.set_num_threads(options.threads)
    peer.set_num_threads(options.threads)
    where = machine(("numpy", "numba", "torch")) | {
        "threads": str(options.threads),
        "load average": load_average(),
    }
    print_table("Measured on", ("", ""), list(where.items()))
    if is_busy() and options.threads > 1:
        print("The machine is busy: what uses several threads cannot be compared now.")
    chosen = [case for case in cases if not options.only or options.only in case.name]
    figures = [(case, measure(case, settings)) for case in chosen]
    print_table("Side by side", COLUMNS, [row(case, figure) for case, figure in figures])
    return where, figures


def below_floor(figures: Iterable[tuple[TorchCase, Figure]]) -> int:
    """Count the cases that are slower than is good enough, and say so."""
    below = sum(1 for case, figure in figures if figure.ratio and figure.ratio < case.floor)
    print(f"{below} below their floor")
    return below


def as_dicts(figures: Iterable[tuple[TorchCase, Figure]]) -> list[dict[str, object]]:
    """Give everything in the form that JSON takes."""
    return [
        {**figure.as_dict(), "floor": case.floor, "goal": case.goal} for case, figure in figures
    ]
