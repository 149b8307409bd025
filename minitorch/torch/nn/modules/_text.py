"""How modules are written by `repr`."""

from __future__ import annotations


def framed(name: str, extra: list[str], inside: list[str]) -> str:
    """Write a module's name around the lines about it and about the modules inside."""
    if len(extra) == 1 and not inside:
        return f"{name}({extra[0]})"
    lines = [*extra, *inside]
    return f"{name}(\n  " + "\n  ".join(lines) + "\n)" if lines else f"{name}()"


def indented(text: str) -> str:
    """Indent all lines but the first."""
    return text.replace("\n", "\n  ")
