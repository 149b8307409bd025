"""Training steps of minitorch.torch beside PyTorch: steps per second and peak memory.

    python benchmarks/training.py [--only WORD] [--threads N] [--quick] [--json FILE] [--check]

Both run the same lines of Python in this process, in turns. The memory is what a process of its own
held at most during some steps, beyond what it held before the first one; on Linux alone. README.md
in this folder says what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence

from side_by_side import TorchCase, as_dicts, below_floor, compare_all, parser_of  # isort: skip
from training_cases import cases

from minitorch.console import print_table

MODULES = ("minitorch.torch", "torch")
COLUMNS = ("what", "ours, steps/s", "torch, steps/s", "ours, MB", "torch, MB")
STEPS = 10
ON_LINUX = sys.platform == "linux"

# Run in a process of its own. Linux forgets the highest memory of a process when it is told so.
PROGRAM = """
import importlib, sys
from pathlib import Path
import training_cases

def kilobytes(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))

torch = importlib.import_module(sys.argv[1])
torch.set_num_threads(int(sys.argv[3]))
cases = training_cases.cases(sys.argv[4] == "True")
job = next(case for case in cases if case.name == sys.argv[2]).make(torch)
before = kilobytes("VmRSS")
for _ in range(2):
    job.run()
Path("/proc/self/clear_refs").write_text("5")
for _ in range(int(sys.argv[5])):
    job.run()
print(kilobytes("VmHWM") - before)
"""


def peak_memory(module: str, case: TorchCase, options: argparse.Namespace) -> float:
    """Give the MB that some steps take at most beyond what the process held before the first."""
    arguments = (module, case.name, options.threads, options.quick, STEPS)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        cwd=sys.path[0],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout) / 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; give the exit status."""
    options = parser_of("training.py", "Time training steps.").parse_args(arguments)
    where, figures = compare_all(cases(options.quick), options)
    rows, memory = [], {}
    for case, figure in figures:
        assert figure.theirs is not None
        peaks = [peak_memory(module, case, options) for module in MODULES] if ON_LINUX else []
        memory[case.name] = dict(zip(MODULES, peaks, strict=False))
        speeds = [f"{1 / timing.median:.4g}" for timing in (figure.ours, figure.theirs)]
        rows.append([case.name, *speeds, *[f"{peak:.0f}" for peak in peaks]])
    print_table("Steps per second, and peak memory", COLUMNS, rows)
    below = below_floor(figures)
    if options.json:
        report = {"measured on": where, "figures": as_dicts(figures), "peak_mb": memory}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if options.check and below else 0


if __name__ == "__main__":
    sys.exit(main())
