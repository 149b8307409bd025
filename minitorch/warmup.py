"""`minitorch warmup`: compile the usual kernels ahead, and look after what was compiled."""

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import datetime

from . import _compile_notice, _kernel_cache, _runtime
from .console import StepProgress, format_duration, print_table
from .errors import UnknownNameError

HELP = "compile the usual kernels ahead, list the compiled ones, or remove them"

# What a folder was compiled with and for, as far as it fits into a table.
SHOWN_VERSIONS = ("python", "numba", "numpy", "cpu")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--list", action="store_true", help="show where compiled kernels lie, for what, how large"
    )
    action.add_argument(
        "--clear", action="store_true", help="remove the compiled kernels of all versions"
    )
    parser.add_argument(
        "sets",
        nargs="*",
        metavar="SET",
        help="compile these sets of kernels alone (default: all)",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count() or 1,
        help="how many processes compile at a time (default: the number of cores)",
    )


def run(args: argparse.Namespace) -> int:
    """Do what the options say; the status is 1 where kernels could not be compiled."""
    if args.list:
        print_folders()
        return 0
    if args.clear:
        removed = _kernel_cache.clear()
        size = sum(folder.size for folder in removed)
        print(f"Removed {_megabytes(size)} of kernels from {_runtime.cache_root()}.")
        return 0
    return compile_sets(chosen(args.sets), max(1, args.jobs))


def print_folders() -> None:
    """Print a line for each folder of compiled kernels."""
    here = _runtime.cache_folder()
    rows = [
        (
            f"{folder.path.name}{' (in use)' * (folder.path == here)}",
            " ".join(f"{name} {folder.versions.get(name, '?')}" for name in SHOWN_VERSIONS),
            datetime.fromtimestamp(folder.last_used).strftime("%Y-%m-%d %H:%M"),
            folder.kernels,
            _megabytes(folder.size),
        )
        for folder in _kernel_cache.folders()
    ]
    title = f"Compiled kernels in {_runtime.cache_root()}"
    if rows:
        print_table(title, ("folder", "compiled with", "last used", "kernels", "size"), rows)
    else:
        print(f"{title}: none")


def chosen(names: Sequence[str]) -> list[str]:
    """Give the sets of these names, or all of them.

    Raises:
        UnknownNameError: there is no such set.
    """
    sets = _sets()
    for name in names:
        if name not in sets:
            raise UnknownNameError(f"There is no set {name!r}; there are {', '.join(sets)}.")
    return list(names or sets)


def compile_sets(names: Sequence[str], jobs: int) -> int:
    """Compile sets of kernels in so many processes; give the exit status."""
    start = time.perf_counter()
    failed = []
    with (
        StepProgress(len(names)) as progress,
        # Not forked: a child that was forked runs no parallel kernel, so it would compile none.
        ProcessPoolExecutor(
            jobs, multiprocessing.get_context("spawn"), _compile_notice.silence
        ) as pool,
    ):
        futures = {pool.submit(compile_task, name): name for name in names}
        for future in as_completed(futures):
            error = future.exception()
            if error is not None:
                failed.append(futures[future])
                progress.step(futures[future], f"failed: {type(error).__name__}: {error}")
            else:
                progress.step(futures[future], f"{future.result():.1f} s")
    size = sum(folder.size for folder in _kernel_cache.folders())
    print(
        f"{len(names) - len(failed)} of {len(names)} sets of kernels are compiled, in "
        f"{format_duration(time.perf_counter() - start)} minutes; {_megabytes(size)} in "
        f"{_runtime.cache_root()}."
    )
    return 1 if failed else 0


def compile_task(name: str) -> float:
    """Compile one set of kernels, and give the seconds that it took."""
    start = time.perf_counter()
    _sets()[name]()
    return time.perf_counter() - start


def _sets() -> Mapping[str, Callable[[], None]]:
    # Here, because no other command shall wait for the import of all kernels.
    from . import warm_sets

    return warm_sets.SETS


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
