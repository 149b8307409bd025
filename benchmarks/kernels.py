"""The kernels beside PyTorch and NumPy.

    python benchmarks/kernels.py [--only GROUP] [--threads N] [--quick] [--json FILE] [--check]

PyTorch is measured twice: in this process, in turns with ours, and in a process of its own. With
one thread the time is the processor's, which other programs disturb little; with more it is the
time on the clock. README.md in this folder says what the figures mean.
"""

import argparse
import importlib
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

# First, because minitorch sets how long OpenMP's threads wait, which would reach PyTorch's as well.
try:
    import torch
except ImportError:
    torch = None

import numba
from kernel_case import Case
from machine_rates import copied_bytes, flops
from measure import (
    OURS,
    Contestant,
    Figure,
    Goal,
    Settings,
    Timing,
    compare,
    format_seconds,
    is_busy,
    load_average,
    machine,
)
from torch_process import TorchProcess

import minitorch
from minitorch.console import print_table

GROUPS = {
    "elementwise": "kernels_elementwise",
    "reduce": "kernels_reduce",
    "gemm": "kernels_gemm",
    "norm": "kernels_norm",
    "conv": "kernels_conv",
    "indexing": "kernels_indexing",
    "sequence": "kernels_sequence",
    "optimizer": "kernels_optimizer",
}
HERE, APART = "torch", "torch apart"
SUMMARY = ("group", "threads", "cases", "ratio, geometric mean", "at goal", "below floor")
COLUMNS = ("what", OURS, HERE, "ratio", APART, "ratio", "others", "reached", "floor", "goal", "")


@dataclass(frozen=True)
class Line:
    """What was measured of one case.

    Attributes:
        case: what was computed.
        figures: ours beside each peer.
        share: of the machine's bandwidth or rate; None where the case does not count its work.
    """

    case: Case
    figures: dict[str, Figure]
    share: float | None

    @property
    def ratio(self) -> float | None:
        """PyTorch's time to ours, where it was faster: here, or in a process of its own."""
        ratios = [
            figure.ratio
            for name, figure in self.figures.items()
            if name in (HERE, APART) and figure.ratio is not None
        ]
        return min(ratios, default=None)

    @property
    def below_floor(self) -> bool:
        """Tell whether ours is slower than is good enough."""
        return self.ratio is not None and self.ratio < self.case.floor

    @property
    def below_goal(self) -> bool:
        """Tell whether ours is slower than was aimed at."""
        return self.ratio is not None and self.ratio < self.case.goal

    def cells(self) -> list[str]:
        """Write it as a row of the table."""
        ours = next(iter(self.figures.values())).ours
        row = [self.case.name, format_seconds(ours.median)]
        for name in (HERE, APART):
            figure = self.figures.get(name)
            theirs = figure.theirs if figure else None
            row.append(format_seconds(theirs.median) if theirs else "")
            row.append(f"{figure.ratio:.2f}" if figure and figure.ratio else "")
        row.append(
            ", ".join(
                f"{name} {figure.ratio:.2f}"
                for name, figure in self.figures.items()
                if name not in (HERE, APART, "") and figure.ratio
            )
        )
        row.append("" if self.share is None else f"{100 * self.share:.0f} %")
        row += [f"{self.case.floor:g}", f"{self.case.goal:g}"]
        remarks = [
            *(["below floor"] if self.below_floor else ["below goal"] * self.below_goal),
            *(["unsteady"] * (not all(figure.steady for figure in self.figures.values()))),
        ]
        return [*row, ", ".join(remarks)]

    def as_dict(self) -> dict[str, Any]:
        """Give everything in the form that JSON takes."""
        return {
            "name": self.case.name,
            "floor": self.case.floor,
            "goal": self.case.goal,
            "ratio": self.ratio,
            "share": self.share,
            "peers": [figure.as_dict() for figure in self.figures.values()],
        }


def measure_group(module: str, threads: int, settings: Settings) -> list[Line]:
    """Measure all cases of a group on a number of threads."""
    lines = []
    with _torch_apart(module, threads, settings.quick) as apart:
        for case in importlib.import_module(module).cases(torch, settings.quick):
            if apart is not None:
                apart.next()
            lines.append(_measure(case, apart, threads, settings))
    return lines


@contextmanager
def _torch_apart(module: str, threads: int, quick: bool) -> Iterator[TorchProcess | None]:
    """Start PyTorch in a process of its own, where it is installed."""
    if torch is None:
        yield None
        return
    process = TorchProcess(module, threads, quick)
    try:
        yield process
    finally:
        process.close()


def _measure(case: Case, apart: TorchProcess | None, threads: int, settings: Settings) -> Line:
    """Measure a case beside its peers."""
    peers = {}
    if case.torch is not None:
        peers[HERE] = Contestant(case.torch)
        if apart is not None:
            peers[APART] = Contestant(case.torch, timed=apart.seconds)
    # Those may start threads of their own, which `thread_time` would not see.
    if threads > 1:
        peers |= {name: Contestant(run) for name, run in case.peers.items()}
    figures = compare(case.name, Contestant(case.ours), peers, settings, Goal(case.goal))
    ours = figures[0].ours
    return Line(case, {figure.peer: figure for figure in figures}, _share(case, ours, threads))


def _share(case: Case, ours: Timing, threads: int) -> float | None:
    """Give which share of the machine's rate our kernel reached."""
    if case.flops:
        return case.flops / ours.median / flops(threads, case.dtype)
    if case.bytes:
        return case.bytes / ours.median / copied_bytes(threads)
    return None


def summary(group: str, threads: int, lines: Sequence[Line]) -> list[str]:
    """Write a group as a row of the last table."""
    ratios = [line.ratio for line in lines if line.ratio is not None]
    mean = f"{statistics.geometric_mean(ratios):.2f}" if ratios else ""
    at_goal = sum(not line.below_goal for line in lines)
    below = sum(line.below_floor for line in lines)
    return [group, str(threads), str(len(lines)), mean, str(at_goal), str(below)]


def use_threads(number: int) -> None:
    """Let our kernels and PyTorch use so many threads from now on."""
    minitorch.set_num_threads(number)
    numba.set_num_threads(number)
    if torch is not None:
        torch.set_num_threads(number)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; give the exit status."""
    options = _parser().parse_args(arguments)
    base = Settings.for_smoke_test() if options.quick else Settings(repetitions=9, attempts=2)
    where = machine(("numpy", "numba", "torch")) | {"load average": load_average()}
    print_table("Measured on", ("", ""), list(where.items()))
    if is_busy():
        print("The machine is busy: what uses several threads cannot be compared now.")
    report: dict[str, Any] = {"measured on": where}
    below = 0
    summaries = []
    for threads in options.threads or sorted({1, min(2, numba.config.NUMBA_NUM_THREADS)}):
        use_threads(threads)
        settings = replace(base, clock=time.thread_time) if threads == 1 else base
        for group in options.only or GROUPS:
            before = load_average()
            lines = measure_group(GROUPS[group], threads, settings)
            title = f"{group}, threads: {threads} (load average {before}, then {load_average()})"
            print()
            print_table(title, COLUMNS, [line.cells() for line in lines])
            report[f"{group}, threads {threads}"] = [line.as_dict() for line in lines]
            below += sum(line.below_floor for line in lines)
            summaries.append(summary(group, threads, lines))
    print()
    print_table("All groups", SUMMARY, summaries)
    print(f"\n{below} below their floor")
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if options.check and below else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kernels.py", description="Time the kernels.")
    parser.add_argument("--only", action="append", choices=list(GROUPS), help="this group alone")
    parser.add_argument("--threads", action="append", type=int, help="this number of threads alone")
    parser.add_argument("--quick", action="store_true", help="run everything once, as a test")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    parser.add_argument("--check", action="store_true", help="exit with 1 below a floor")
    return parser


if __name__ == "__main__":
    sys.exit(main())
