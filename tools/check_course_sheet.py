"""Check the package against the course contract, name by name.

    python tools/check_course_sheet.py [--section 7] [--list]

Prints the rows that are not met, each with its reason, and a count; the exit code is 1 if there is
one. Rows about CUDA kernels need a device or the simulator (NUMBA_ENABLE_CUDASIM=1), else the count
says how many were left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

if __package__ in (None, ""):
    # Run as a script: find the table beside it, and the checkout where nothing is installed.
    sys.path.insert(0, str(Path(__file__).parent))
if find_spec("minitorch") is None:
    sys.path.append(str(Path(__file__).parents[1]))

from course_sheet import (
    module_0,
    module_1,
    module_2,
    module_3,
    module_4,
    tensor_functions,
    tensors,
    testing_table,
    top_level,
)
from course_sheet.rows import Row


def all_rows() -> list[Row]:
    """List every row of the contract."""
    parts = (
        *(top_level, module_0, module_1, testing_table, module_2),
        *(tensor_functions, tensors, module_3, module_4),
    )
    return [row for part in parts for row in part.rows()]


def report(rows: Sequence[Row], cuda: bool) -> bool:
    """Check rows, print those that are not met, and tell whether all are.

    Args:
        rows: what to check.
        cuda: check the rows that need CUDA too.
    """
    checked = [row for row in rows if cuda or not row.needs_cuda]
    unmet = 0
    for row in checked:
        if reason := row.problem():
            unmet += 1
            print(f"{row}\n    {reason}")
    left_out = len(rows) - len(checked)
    note = f" ({left_out} left out: they need a CUDA device or the simulator)" if left_out else ""
    print(f"{len(checked)} rows, {unmet} not met{note}")
    return unmet == 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code."""
    parser = argparse.ArgumentParser(description="Check minitorch against the course contract.")
    parser.add_argument("--section", help="check one section only, by its number")
    parser.add_argument("--list", action="store_true", help="print the rows and check nothing")
    options = parser.parse_args(arguments)
    rows = all_rows()
    sections = {row.section for row in rows}
    if options.section is not None and options.section not in sections:
        known = ", ".join(sorted(sections, key=int))
        parser.error(f"there is no section {options.section}; there are {known}")
    rows = [row for row in rows if options.section in (None, row.section)]
    if options.list:
        print("\n".join(map(str, rows)))
        return 0
    return 0 if report(rows, module_3.cuda_is_here()) else 1


if __name__ == "__main__":
    sys.exit(main())
