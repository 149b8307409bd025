"""Reductions and scans beside PyTorch and NumPy, in float32.

python benchmarks/reduce.py [--quick] [--json FILE] [--check]
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

# First, because minitorch sets how long OpenMP's threads wait, which would reach PyTorch's as well.
try:
    import torch as torch_module
except ImportError:
    torch_module = None

import numba
import numpy as np
from measure import (
    COLUMNS,
    Contestant,
    Figure,
    Goal,
    Settings,
    Torch,
    compare,
    load_average,
    machine,
    table_rows,
)

from minitorch.console import print_table
from minitorch.kernels.cpu import reduce, scan

Case = tuple[str, Callable[[], Any], Callable[[], Any], Callable[[], Any] | None, Goal]

SUM_GOAL, GOAL = Goal(least_ratio=1.2), Goal(least_ratio=1.0)


def cases(torch: Any, size: int) -> Iterator[Case]:
    """List what is measured on a square matrix: its name, ours, NumPy's, PyTorch's, the goal."""
    array = np.random.default_rng(0).normal(size=(size, size)).astype(np.float32)
    tensor = torch.from_numpy(array) if torch else None

    def case(name: str, dims: Any, ours: Any, theirs: Any, peer: Any, goal: Goal = GOAL) -> Case:
        title = f"{name} {size}x{size} over {'all' if dims is None else dims}"
        return (
            title,
            lambda: ours(array, dims),
            lambda: theirs(array, axis=dims),
            (lambda: peer(tensor, dims)) if torch else None,
            goal,
        )

    def peer(name: str) -> Any:
        return getattr(torch, name) if torch else None

    def log_sum(a: Any, axis: Any) -> Any:
        highest = a.max(axis=axis, keepdims=True)
        return np.log(np.exp(a - highest).sum(axis=axis))

    def torch_log_sum(tensor: Any, dims: Any) -> Any:
        return torch.logsumexp(tensor, (0, 1) if dims is None else dims)

    for dims in (None, 0, 1):
        yield case("sum", dims, reduce.sum, np.sum, peer("sum"), SUM_GOAL)
        yield case("amax", dims, reduce.amax, np.max, peer("amax"))
        yield case("argmax", dims, reduce.argmax, np.argmax, peer("argmax"))
        yield case("var", dims, reduce.var, np.var, peer("var"))
        yield case("logsumexp", dims, reduce.logsumexp, log_sum, torch_log_sum)
    for dim in (0, 1):
        yield case("max", dim, reduce.max, np.max, peer("max"))
        yield case("cumsum", dim, scan.cumsum, np.cumsum, peer("cumsum"))


def measure_size(torch: Torch | None, size: int, settings: Settings) -> list[Figure]:
    """Measure every case on one size."""
    figures: list[Figure] = []
    for name, ours, theirs, peer, goal in cases(torch.module if torch else None, size):
        peers = {"numpy": Contestant(theirs)}
        if torch and peer:
            peers |= torch.contestants(peer, numba.get_num_threads())
        compared = compare(name, Contestant(ours), peers, settings, goal)
        # The goal is about PyTorch.
        figures += [
            Figure(f.name, f.ours, f.peer, f.theirs, goal if f.peer.startswith("torch") else None)
            for f in compared
        ]
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; give the exit status."""
    parser = argparse.ArgumentParser(prog="reduce.py", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="run everything once, as a test")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")
    options = parser.parse_args(arguments)
    settings = Settings.for_smoke_test() if options.quick else Settings()
    torch = Torch(torch_module, torch_module.get_num_threads()) if torch_module else None
    where = {**machine(("numpy", "numba", "torch")), "threads": str(numba.get_num_threads())}
    print_table("Measured on", ("", ""), list(where.items()))
    report: dict[str, Any] = {"measured on": where}
    missed = 0
    for size in (50,) if options.quick else (1000, 4096):
        before = load_average()
        figures = measure_size(torch, size, settings)
        title = f"{size}x{size} (load average {before} before, {load_average()} after)"
        print()
        print_table(title, COLUMNS, table_rows(figures))
        report[str(size)] = [figure.as_dict() for figure in figures]
        missed += sum(figure.goal_met is False for figure in figures)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if options.check:
        print(f"\n{missed} goals not met")
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
