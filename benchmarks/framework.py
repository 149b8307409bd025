"""minitorch.torch beside PyTorch: operations, backward and training steps of small models.

    python benchmarks/framework.py [--only WORD] [--threads N] [--quick] [--json FILE] [--check]

Both run the same lines of Python in this process, in turns. With one thread the time is the
processor's, which other programs disturb little; with more it is the time on the clock. README.md
in this folder says what the figures mean.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from side_by_side import as_dicts, below_floor, compare_all, parser_of  # isort: skip
from framework_cases import cases
from import_time import time_import

# How much longer than `import numba.cuda` an import may take.
MOST_SECONDS = 0.3


def import_seconds(runs: int) -> float:
    """Give by how much `from minitorch import torch` takes longer than `import numba.cuda`."""
    differences = [time_import("minitorch.torch") - time_import("numba.cuda") for _ in range(runs)]
    return sorted(differences)[runs // 2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; give the exit status."""
    options = parser_of("framework.py", "Time minitorch.torch.").parse_args(arguments)
    where, figures = compare_all(cases(options.quick), options)
    seconds = import_seconds(1 if options.quick else 9)
    print(
        f"from minitorch import torch: {seconds:.2f} s over numba.cuda (at most {MOST_SECONDS} s)"
    )
    below = below_floor(figures) + (seconds > MOST_SECONDS)
    if options.json:
        report = {"measured on": where, "import_s": seconds, "figures": as_dicts(figures)}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if options.check and below else 0


if __name__ == "__main__":
    sys.exit(main())
