"""What asks for compiled code gets the code as it is, and one warning."""

from __future__ import annotations

from .._warn import warn

_told: set[str] = set()


class UncompiledWarning(UserWarning):
    """Code that should be compiled runs as it is."""


def tell_once(function: str) -> None:
    """Warn that what was handed to a function runs uncompiled; once for each function."""
    if function not in _told:
        _told.add(function)
        warn(
            f"{function} gives back what it was given: it runs uncompiled, with the same results.",
            UncompiledWarning,
        )
