"""The command `minitorch`: finds the subcommand, and turns users' mistakes into one line.

A command is a module with `HELP` (one line), `add_arguments(parser)` and `run(args)`, which returns
the exit status. It imports what extras bring inside of functions only, so that every `--help` works
with the core install.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from ._version import __version__
from .errors import DataError, DeviceError, MissingPackageError, UnknownNameError

COMMANDS = {
    "doctor": "minitorch.doctor",
    "run": "minitorch.run",
    "train": "minitorch.training.command",
    "warmup": "minitorch.warmup",
}

FAILED = 1
MISUSED = 2
INTERRUPTED = 128 + 2  # what shells report of a process that SIGINT ended
PIPE_CLOSED = 128 + 13  # and SIGPIPE

# What a user can mend. Other errors, a ShapeError for one, come from code, perhaps the user's own
# tensor_map, and keep their traceback.
_USER_ERRORS = (DataError, DeviceError, MissingPackageError, OSError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `minitorch` with these arguments (None: the process's own).

    Returns:
        The exit status: 0 done, 1 failed, 2 misused, 130 interrupted with Ctrl-C.
    """
    options = _parse(arguments)
    try:
        status = int(options.command.run(options))
        sys.stdout.flush()
        return status
    except UnknownNameError as error:
        return _complain(options, error, MISUSED)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, `head` for one, has gone. Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except _USER_ERRORS as error:
        return _complain(options, error, FAILED)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="minitorch",
        description="Train networks with the MiniTorch course library, and look after it.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"minitorch {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="command", required=True)
    for name, module_name in COMMANDS.items():
        command = importlib.import_module(module_name)
        subparser = subparsers.add_parser(
            name, help=command.HELP, description=_sentence(command), allow_abbrev=False
        )
        command.add_arguments(subparser)
        subparser.set_defaults(command=command, parser=subparser)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        # From the subcommand's parser, because its usage line lists the options that there are.
        options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return options


def _sentence(command: ModuleType) -> str:
    text: str = command.HELP
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _complain(options: argparse.Namespace, error: Exception, status: int) -> int:
    """Report a user's mistake on one line of standard error."""
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    print(f"{options.parser.prog}: error: {' '.join(text.split())}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
