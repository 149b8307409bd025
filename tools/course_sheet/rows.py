"""A row of the course contract, and the comparisons that checks are made of.

A check returns True where the row is met. Where it is not, it returns False or raises; the
comparisons here raise with what was received and what was expected.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Check = Callable[[], object]
# What a section is written as: (name, statement, check).
Entry = tuple[str, str, Check]


@dataclass(frozen=True)
class Row:
    """One statement of the contract.

    Attributes:
        section: its number in the contract.
        name: the name that it speaks of.
        statement: what must be so.
        check: tells whether it is.
        needs_cuda: it can only be checked with a CUDA device or the simulator.
    """

    section: str
    name: str
    statement: str
    check: Check
    needs_cuda: bool = False

    def problem(self) -> str:
        """Give "" where the row is met, and else the reason why it is not."""
        try:
            result = self.check()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return "" if result is True else f"the check gave {result!r}"

    def __str__(self) -> str:
        return f"[{self.section}] {self.name}: {self.statement}"


class UnmetError(Exception):
    """A comparison of a check failed."""


def words(text: str) -> list[str]:
    """Split a list of names that is written as a text."""
    return text.split()


def section(number: str, entries: Iterable[Entry], needs_cuda: bool = False) -> list[Row]:
    """Make the rows of a section."""
    return [Row(number, *entry, needs_cuda=needs_cuda) for entry in entries]


def all_of(*results: object) -> bool:
    """Join comparisons; those that fail have raised already, plain ones must be true."""
    for number, result in enumerate(results):
        if not (isinstance(result, bool | np.bool_) and result):
            raise UnmetError(f"part {number + 1} of {len(results)} gave {result!r}")
    return True


def equal(got: Any, expected: Any) -> bool:
    """Compare by value and, for numbers and text, by type: 1 is not 1.0, nor a list a tuple."""
    if type(got) is not type(expected) or got != expected:
        raise UnmetError(f"got {got!r}, expected {expected!r}")
    return True


def same(got: Any, expected: Any) -> bool:
    """Compare by identity."""
    if got is not expected:
        raise UnmetError(f"got {got!r}, expected the object {expected!r}")
    return True


def near(got: Any, expected: Any, tolerance: float = 1e-9) -> bool:
    """Compare numbers, arrays or anything with `to_numpy`, shapes included."""
    values = np.asarray(got.to_numpy() if hasattr(got, "to_numpy") else got, dtype=float)
    wanted = np.asarray(expected, dtype=float)
    if values.shape != wanted.shape:
        raise UnmetError(f"got shape {values.shape}, expected {wanted.shape}")
    if not np.allclose(values, wanted, rtol=tolerance, atol=tolerance):
        raise UnmetError(f"got {values.tolist()}, expected {wanted.tolist()}")
    return True


def raises(error: type[Exception], mistake: Check, *texts: str) -> bool:
    """Check that a mistake raises an error whose message contains the texts."""
    try:
        result = mistake()
    except error as caught:
        missing = [text for text in texts if text.lower() not in str(caught).lower()]
        if missing:
            raise UnmetError(f"the message {str(caught)!r} lacks {missing}") from caught
        return True
    except Exception as caught:
        raise UnmetError(
            f"{type(caught).__name__} instead of {error.__name__}: {caught}"
        ) from caught
    raise UnmetError(f"gave {result!r} instead of raising {error.__name__}")


def takes(function: Callable[..., Any], expected: str) -> bool:
    """Check names, order and defaults of parameters, written like `f, *vals, arg=0`.

    A superset is allowed: further parameters that have defaults.
    """
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for name, parameter in inspect.signature(function).parameters.items()
        if name != "self"
    ]
    texts = [str(parameter) for parameter in parameters]
    wanted = [text.strip() for text in expected.split(",") if text.strip()]
    rest = parameters[len(wanted) :]
    required = [p for p in rest if p.default is p.empty and p.kind.name[:3] != "VAR"]
    if texts[: len(wanted)] != wanted or required:
        raise UnmetError(f"takes ({', '.join(texts)}), expected ({expected})")
    return True


def has(owner: Any, names: str) -> bool:
    """Check that an object has attributes, named with spaces between."""
    missing = [name for name in names.split() if not _has(owner, name)]
    if missing:
        raise UnmetError(f"{owner!r} lacks {' '.join(missing)}")
    return True


def _has(owner: Any, name: str) -> bool:
    with suppress(AttributeError):
        inspect.getattr_static(owner, name)
        return True
    return name in getattr(owner, "__annotations__", {})


def plain_function(function: Any) -> bool:
    """Check that a name is a Python function whose source can be shown."""
    if not inspect.isfunction(function) or "def " not in inspect.getsource(function):
        raise UnmetError(f"{function!r} is no plain Python function")
    return True


def fresh_python(code: str, *options: str) -> bool:
    """Run code in a new interpreter that finds the same packages."""
    import minitorch

    folder = str(Path(minitorch.__file__).parents[1])
    start = f"import sys; sys.path.insert(0, {folder!r})\n"
    done = subprocess.run(
        [sys.executable, *options, "-c", start + code], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise UnmetError((done.stderr or done.stdout).strip().splitlines()[-1])
    return True
