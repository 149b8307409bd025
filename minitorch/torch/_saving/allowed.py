"""What users allow files to name, beside tensors and plain containers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import names

Allowed = Callable[..., Any] | tuple[Callable[..., Any], str]

_allowed: list[Allowed] = []

# A program's own classes may be allowed; what reaches the system may not, by whatever mistake.
_NEVER = frozenset({"sys", "os", "posix", "nt", "subprocess"})


def add_safe_globals(safe_globals: Sequence[Allowed]) -> None:
    """Allow files to name these classes and functions, and with that to call them.

    Args:
        safe_globals: classes, functions, or pairs of one and the "module.name" in the file.

    Raises:
        TypeError: one is nothing that a file could name.
        ValueError: a tuple is no pair.
    """
    added = list(safe_globals)
    for each in added:
        _name_of(each)
    _allowed.extend(each for each in added if each not in _allowed)


def get_safe_globals() -> list[Allowed]:
    """List what was allowed."""
    return list(_allowed)


def clear_safe_globals() -> None:
    """Allow nothing any more but tensors and plain containers."""
    _allowed.clear()


class safe_globals:  # noqa: N801  (PyTorch's name)
    """Allow files to name classes and functions inside of a `with` block.

    Args:
        safe_globals: as for `add_safe_globals`.
    """

    def __init__(self, safe_globals: Sequence[Allowed]) -> None:
        self.safe_globals = list(safe_globals)

    def __enter__(self) -> None:
        self._before = list(_allowed)
        add_safe_globals(self.safe_globals)

    def __exit__(self, *error: object) -> None:
        _allowed[:] = self._before


def allowed_by_user() -> dict[str, Any]:
    """Give what was allowed by the names that a file may use."""
    found: dict[str, Any] = {}
    for each in _allowed:
        for name in _name_of(each):
            found[name] = each[0] if isinstance(each, tuple) else each
    return found


def is_never_allowed(module: str) -> bool:
    """Tell whether a module may not be named in a file, whatever a user allows."""
    return module.partition(".")[0] in _NEVER


def _name_of(allowed: Allowed) -> list[str]:
    """Give the names of what is allowed: Python's, and PyTorch's where it is a part of ours."""
    if isinstance(allowed, tuple):
        if len(allowed) != 2:
            raise ValueError(f"A pair (class, 'module.name') was expected, got {allowed!r}.")
        if not isinstance(allowed[1], str):
            raise TypeError(f"The name of {allowed[0]!r} must be a str, got {allowed[1]!r}.")
        return [allowed[1]]
    module, name = getattr(allowed, "__module__", None), getattr(allowed, "__qualname__", None)
    if not callable(allowed) or name is None:
        raise TypeError(f"add_safe_globals takes classes and functions, got {allowed!r}.")
    official = names.written(allowed)
    own = [f"{module}.{name}"]
    return own if official is None else [*own, ".".join(official)]
