"""How long `import minitorch` takes beside `import numba.cuda`, each in processes of its own.

    python benchmarks/import_time.py [--runs 9] [--json FILE]

The goal: at most 0.2 s more.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = ("numba.cuda", "minitorch")


def time_import(module: str) -> float:
    """Time a process that imports a module: seconds, the start of Python included."""
    # With the bytecode that Python keeps, as for any user, even if it shall write none here.
    environment = {**os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", f"import {module}"], check=True, cwd=ROOT, env=environment
    )
    return time.perf_counter() - start


def main() -> None:
    """Time both imports in turn and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9, help="processes per module")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    times: dict[str, list[float]] = {module: [] for module in MODULES}
    for module in MODULES:
        time_import(module)
    for _ in range(options.runs):
        for module in MODULES:
            times[module].append(time_import(module))
    medians = {module: statistics.median(values) for module, values in times.items()}
    difference = medians["minitorch"] - medians["numba.cuda"]
    for module, seconds in medians.items():
        print(f"import {module:12} {seconds:.3f} s")
    print(f"difference          {difference:.3f} s  (goal: at most 0.2 s)")
    if options.json:
        figures = {**medians, "difference": difference, "runs": options.runs}
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
