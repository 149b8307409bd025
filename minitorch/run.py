"""`minitorch run`: run a script that was written for PyTorch."""

from __future__ import annotations

import argparse
import errno
import runpy
import sys
from pathlib import Path

from .errors import DataError

HELP = "run a PyTorch script on minitorch.torch, unchanged"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options; all that stands after the script is its own."""
    parser.add_argument("-m", dest="module", metavar="MODULE", help="run a module, not a file")
    parser.add_argument("script", nargs="?", help="the script")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what the script gets")


def run(args: argparse.Namespace) -> int:
    """Run a script as `python script.py` would, with minitorch.torch as its torch.

    Raises:
        DataError: no script was named.
        FileNotFoundError: there is no such script.
    """
    given = [] if args.script is None else [args.script, *args.arguments]
    if args.module is None and not given:
        raise DataError("which script? For example: minitorch run train.py --epochs 3")
    if args.module is None and not Path(given[0]).is_file():
        raise FileNotFoundError(errno.ENOENT, "no such script", given[0])
    from .torch import _as_torch

    _as_torch.install()
    try:
        if args.module is None:
            sys.argv = given
            sys.path.insert(0, str(Path(given[0]).resolve().parent))
            runpy.run_path(given[0], run_name="__main__")
        else:
            sys.argv = [args.module, *given]
            sys.path.insert(0, str(Path.cwd()))
            runpy.run_module(args.module, run_name="__main__", alter_sys=True)
    except Exception as error:
        # Here and not in cli.py, which would take the script's errors for mistakes in its command.
        _report(error)
        return 1
    return 0


def _report(error: Exception) -> None:
    """Print a traceback as Python would: it begins in the script."""
    trace = error.__traceback__
    ours = (__file__, runpy.__file__, "<frozen runpy>")
    while trace is not None and trace.tb_frame.f_code.co_filename in ours:
        trace = trace.tb_next
    trace = trace or error.__traceback__
    sys.excepthook(type(error), error.with_traceback(trace), trace)
