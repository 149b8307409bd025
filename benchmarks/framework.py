"""minitorch.torch beside PyTorch: operations, backward and training steps of small models.

    python benchmarks/framework.py [--only WORD] [--threads N] [--quick] [--json FILE] [--check]

Both run the same lines of Python in this process, in turns. With one thread the time is the
processor's, which other programs disturb little; with more it is the time on the clock. README.md
in this folder says what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

# First, because minitorch sets how long OpenMP's threads wait, which would reach PyTorch's as well.
import torch as peer
from framework_cases import FrameworkCase, Job
from framework_cases import cases as all_cases
from import_time import time_import
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
# A graph of a million operations is built anew for each repetition.
FEW = 3


def measure(case: FrameworkCase, settings: Settings) -> Figure:
    """Time a case for both modules; the seconds are those of one part of it."""
    jobs = {OURS: case.make(ours), PEER: case.make(peer)}
    parts = jobs[OURS].parts
    own = replace(settings, repetitions=min(settings.repetitions, FEW)) if parts > 1e5 else settings
    (figure,) = compare(case.name, _contestant(jobs[OURS]), {PEER: _contestant(jobs[PEER])}, own)
    assert figure.theirs is not None
    return replace(figure, ours=_of_part(figure.ours, parts), theirs=_of_part(figure.theirs, parts))


def _contestant(job: Job) -> Contestant:
    return Contestant(job.run, job.prepare, job.calls)


def _of_part(timing: Timing, parts: int) -> Timing:
    return Timing(tuple([seconds / parts for seconds in timing.seconds]))


def row(case: FrameworkCase, figure: Figure) -> list[str]:
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


def import_seconds(runs: int) -> float:
    """Give by how much `from minitorch import torch` takes longer than `import numba.cuda`."""
    differences = [time_import("minitorch.torch") - time_import("numba.cuda") for _ in range(runs)]
    return sorted(differences)[runs // 2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; give the exit status."""
    options = _parser().parse_args(arguments)
    settings = Settings.for_smoke_test() if options.quick else Settings(attempts=2)
    if options.threads == 1:
        settings = replace(settings, clock=time.thread_time)
    minitorch.set_num_threads(options.threads)
    peer.set_num_threads(options.threads)
    where = machine(("numpy", "numba", "torch")) | {"load average": load_average()}
    print_table("Measured on", ("", ""), list(where.items()))
    if is_busy() and options.threads > 1:
        print("The machine is busy: what uses several threads cannot be compared now.")
    chosen = [c for c in all_cases(options.quick) if not options.only or options.only in c.name]
    figures = [(case, measure(case, settings)) for case in chosen]
    rows = [row(case, figure) for case, figure in figures]
    print_table(f"{options.threads} threads", COLUMNS, rows)
    seconds = import_seconds(1 if options.quick else 5)
    print(f"from minitorch import torch: {seconds:.2f} s over numba.cuda (at most 0.3)")
    below = sum(1 for case, figure in figures if figure.ratio and figure.ratio < case.floor)
    print(f"{below} below their floor")
    if options.json:
        report: dict[str, Any] = {"measured on": where, "import_s": seconds}
        report["figures"] = [
            {**figure.as_dict(), "floor": case.floor, "goal": case.goal} for case, figure in figures
        ]
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if options.check and below else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="framework.py", description="Time minitorch.torch.")
    parser.add_argument("--only", metavar="WORD", help="the cases whose name holds this")
    parser.add_argument("--threads", type=int, default=1, help="for both modules")
    parser.add_argument("--quick", action="store_true", help="run everything once, as a test")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    parser.add_argument("--check", action="store_true", help="exit with 1 below a floor")
    return parser


if __name__ == "__main__":
    sys.exit(main())
