"""What is asked of every value that a file brings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import CheckpointPickleError
from .._wrap import Late

_MOST_PARTS_OF_KEY = 10_000


def refuse(text: str) -> CheckpointPickleError:
    """Make the error of a pickle that makes no sense."""
    return CheckpointPickleError(f"The pickle makes no sense: {text}.")


def whole(numbers: Any, what: str) -> tuple[int, ...]:
    """Give numbers as a tuple, if they are integers that are not negative."""
    if not isinstance(numbers, tuple | list) or not all(
        type(n) is int and 0 <= n < 2**63 for n in numbers
    ):
        raise refuse(f"a tensor's {what} is {shown(numbers)}")
    return tuple(numbers)


def check_key(key: Any) -> None:
    """Look at what shall be a key of a dict or a member of a set.

    Python hashes tuples anew at each use and by recursion: one that holds another twice, and so on
    fifty times, would never end, and one nested deep enough would crash.

    Raises:
        CheckpointPickleError: it cannot be hashed, or has too many parts.
    """
    parts = [key]
    for _ in range(_MOST_PARTS_OF_KEY):
        if not parts:
            return
        part = parts.pop()
        if isinstance(part, tuple):
            parts.extend(part[:_MOST_PARTS_OF_KEY])
        elif isinstance(part, list | dict | set | bytearray):
            raise refuse(f"{shown(part)} is used as a key")
    raise refuse("a key is nested too deep, or has too many parts")


def call(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Call a function of the table; what it cannot work with is the file's fault.

    Raises:
        CheckpointPickleError: the number or types of the arguments are wrong.
    """
    try:
        return function(*args)
    except (TypeError, ValueError) as error:
        name = function.__name__
        raise refuse(f"{name} was given {shown(args)} ({error})") from error


def shown(value: Any) -> str:
    """Show a value of a file, which may be long, or nested without end."""
    if isinstance(value, Late.Tensor):
        return "a tensor"
    if isinstance(value, tuple | list) and len(value) <= 16 and all(map(_is_short, value)):
        return repr(value)
    if isinstance(value, tuple | list | dict | set | frozenset):
        return f"a {type(value).__name__} of {len(value)} items"
    if type(value) is int and not _is_short(value):
        return f"an integer of {value.bit_length()} bits"
    return repr(value)[:200]


def _is_short(value: Any) -> bool:
    """Tell whether a value is shown in a few characters."""
    if type(value) is int:
        # Python refuses to write integers of many digits.
        return value.bit_length() <= 128
    return value is None or type(value) is bool or (type(value) is str and len(value) <= 50)
