"""Matrix products of minitorch.kernels beside PyTorch and NumPy.

    python benchmarks/gemm.py [--quick] [--json FILE] [--check]

With one thread the processor time of that thread is measured, which other programs disturb little;
with several threads it is the time on the clock. NumPy's BLAS chooses its threads itself, so it is
left out of the figures for one thread.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

# First, because minitorch sets how long OpenMP's threads wait, which would reach PyTorch's as well.
try:
    import torch
except ImportError:
    torch = None

import numba
import numpy as np
from measure import (
    COLUMNS,
    OURS,
    Contestant,
    Figure,
    Goal,
    Settings,
    Timing,
    compare,
    load_average,
    machine,
    table_rows,
)
from numpy.typing import NDArray

from minitorch.console import print_table
from minitorch.kernels.cpu.gemm import matmul

Array = NDArray[Any]
Products = Mapping[str, Callable[[], object]]

SIZES = (16, 32, 64, 128, 256, 512, 1024, 2048)
OTHERS = ((64, 1000, 100), (1, 1000, 1000), (1000, 1000, 1))
# The smallest share of PyTorch's speed that is aimed at: small products, large ones.
GOALS = {"float32": (1.2, 0.95), "float64": (0.9, 0.9)}
SMALL = 64


def cases(quick: bool) -> Iterator[tuple[str, Array, Array, Goal]]:
    """Give the operands of each product, with its name and goal."""
    sizes, others = (SIZES[:2], OTHERS[:1]) if quick else (SIZES, OTHERS)
    generator = np.random.default_rng(1)
    for dtype, (small, large) in GOALS.items():
        for m, k, n in (*((size,) * 3 for size in sizes), *others):
            a = generator.standard_normal((m, k)).astype(dtype)
            b = generator.standard_normal((k, n)).astype(dtype)
            goal = Goal(small if max(m, k, n) <= SMALL else large)
            yield f"{dtype} {m}x{k}x{n}", a, b, goal
            if m == k == n:
                transposed = np.ascontiguousarray(b.T).T
                yield f"{dtype} {m}x{k}x{n} transposed", a, transposed, goal


def products(a: Array, b: Array) -> Products:
    """Give the product of each library, checked once against ours."""
    result: dict[str, Callable[[], object]] = {OURS: lambda: matmul(a, b), "numpy": lambda: a @ b}
    if torch is not None:
        x, y = torch.from_numpy(a), torch.from_numpy(b)
        result["torch"] = lambda: torch.matmul(x, y)
    expected = matmul(a, b)
    tolerance = 1e-3 if a.dtype == np.float32 else 1e-9
    for name, product in result.items():
        if not np.allclose(np.asarray(product()), expected, rtol=tolerance, atol=tolerance):
            raise ArithmeticError(f"{name}: the libraries give different results.")
    return result


def on_one_thread(name: str, runs: Products, settings: Settings, goal: Goal) -> list[Figure]:
    """Compare the processor time of the one thread that computes."""
    seconds: dict[str, list[float]] = {library: [] for library in runs}
    calls = {library: _calls(run, settings) for library, run in runs.items()}
    for _ in range(settings.repetitions):
        for library, run in runs.items():
            start = time.thread_time()
            for _ in range(calls[library]):
                run()
            seconds[library].append((time.thread_time() - start) / calls[library])
    timings = {library: Timing(tuple(values)) for library, values in seconds.items()}
    ours = timings.pop(OURS)
    figures = [Figure(name, ours, peer, timing, goal) for peer, timing in timings.items()]
    return figures or [Figure(name, ours, goal=goal)]


def _calls(run: Callable[[], object], settings: Settings) -> int:
    """Find out how many calls fill a repetition."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return max(1, round(settings.seconds / max(statistics.median(times), 1e-7)))


def figures_for(threads: int, settings: Settings) -> list[Figure]:
    """Compare all products on a number of threads."""
    numba.set_num_threads(threads)
    if torch is not None:
        torch.set_num_threads(threads)
    figures = []
    for name, a, b, goal in cases(settings.quick):
        runs = products(a, b)
        if threads == 1:
            alone = {library: run for library, run in runs.items() if library != "numpy"}
            figures += on_one_thread(name, alone, settings, goal)
            continue
        peers = {library: Contestant(run) for library, run in runs.items() if library != OURS}
        # The goals are about PyTorch.
        for figure in compare(name, Contestant(runs[OURS]), peers, settings):
            own_goal = goal if figure.peer == "torch" else None
            figures.append(Figure(name, figure.ours, figure.peer, figure.theirs, own_goal))
    return figures


def main() -> int:
    """Measure everything; give the exit status."""
    parser = argparse.ArgumentParser(prog="gemm.py", description="Time products of matrices.")
    parser.add_argument(
        "--quick", action="store_true", help="run everything once on small inputs, as a test"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is not reached")
    options = parser.parse_args()
    settings = Settings.for_smoke_test() if options.quick else Settings(attempts=1)
    where = machine(("numpy", "numba", "torch")) | {"load average": load_average()}
    print_table("Measured on", ("", ""), list(where.items()))
    report: dict[str, Any] = {"measured on": where}
    missed = 0
    for threads in sorted({1, min(2, numba.config.NUMBA_NUM_THREADS)}):
        figures = figures_for(threads, settings)
        print()
        print_table(f"Threads: {threads}", COLUMNS, table_rows(figures))
        report[f"threads {threads}"] = [figure.as_dict() for figure in figures]
        missed += sum(figure.goal_met is False for figure in figures)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
