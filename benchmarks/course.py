"""The course library beside its peers: Scalar, FastOps, and the trainer of Task 3.5.

    python benchmarks/course.py [--quick] [--one-thread] [--json FILE] [--only NAME] [--check]

README.md in this folder says what the figures mean.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

# First, because minitorch sets how long OpenMP's threads wait, which would reach PyTorch's as well.
try:
    import torch as torch_module
except ImportError:
    torch_module = None

import numba
from course_kernels import kernel_figures
from course_scalar import scalar_figures
from course_training import start_figures, step_figures
from measure import COLUMNS, Figure, Settings, Torch, is_busy, load_average, machine, table_rows

from minitorch.console import print_table

Benchmark = Callable[[Settings], list[Figure]]

TITLES = {
    "scalar": "Scalar: an MLP 2-16-16-1 on 10 points, forward and backward",
    "map": "FastOps.map",
    "zip": "FastOps.zip",
    "reduce": "FastOps.reduce",
    "matmul": "FastOps.matrix_multiply",
    "conv": "Conv1dFun and Conv2dFun",
    "start": "run_fast_tensor, from the start of the process",
    "step": "run_fast_tensor, a warm training step",
}


def benchmark(name: str, torch: Torch | None) -> Benchmark:
    """Find the function that measures what a name stands for."""
    others: dict[str, Benchmark] = {
        "scalar": scalar_figures,
        "start": start_figures,
        "step": partial(step_figures, torch),
    }
    return others[name] if name in others else partial(kernel_figures, name, torch)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; give the exit status."""
    options = _parser().parse_args(arguments)
    settings = Settings.for_smoke_test() if options.quick else Settings()
    if options.one_thread:
        settings = replace(settings, clock=time.thread_time)
        use_one_thread()
    torch = Torch(torch_module, torch_module.get_num_threads()) if torch_module else None
    where = describe(torch)
    print_table("Measured on", ("", ""), list(where.items()))
    if torch is None:
        print("torch is not installed (pip install torch): its columns stay empty.")
    if is_busy() and not options.one_thread:
        print("The machine is busy: what uses several threads cannot be compared now.")
    figures: dict[str, list[Figure]] = {}
    for name in options.only or TITLES:
        before = load_average()
        figures[name] = benchmark(name, torch)(settings)
        print()
        title = f"{TITLES[name]} (load average {before} before, {load_average()} after)"
        print_table(title, COLUMNS, table_rows(figures[name]))
    if options.json:
        write_json(options.json, where, figures)
    missed = [figure for group in figures.values() for figure in group if figure.goal_met is False]
    if options.check:
        print(f"\n{len(missed)} goals not met")
        for figure in missed:
            print(f"  {figure.name}: {figure.cells()[1]}, goal {figure.goal}")
    return 1 if options.check and missed else 0


def use_one_thread() -> None:
    """Let Numba and PyTorch use a single thread from now on."""
    numba.set_num_threads(1)
    if torch_module is not None:
        torch_module.set_num_threads(1)


def describe(torch: Torch | None) -> dict[str, str]:
    """Say where, when and with what the figures were measured."""
    threads = f"{numba.get_num_threads()} in Numba"
    if torch is not None:
        threads += f", {torch.threads} in torch"
    versions = machine(("numpy", "numba", "torch", "micrograd"))
    return {**versions, "threads": threads, "load average": load_average()}


def write_json(path: Path, where: dict[str, str], figures: dict[str, list[Figure]]) -> None:
    """Write all figures to a file."""
    report: dict[str, Any] = {"measured on": where}
    for name, group in figures.items():
        report[name] = [figure.as_dict() for figure in group]
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="course.py", description="Time the course library beside its peers."
    )
    parser.add_argument(
        "--quick", action="store_true", help="run everything once on small inputs, as a test"
    )
    parser.add_argument(
        "--one-thread",
        action="store_true",
        help="let all use one thread and count its processor time, for a busy machine",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    parser.add_argument(
        "--only",
        action="append",
        choices=list(TITLES),
        help="measure this alone (may be given several times)",
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is not reached")
    return parser


if __name__ == "__main__":
    sys.exit(main())
