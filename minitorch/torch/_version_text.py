"""A version that is text, and is compared as a version: `torch.__version__ >= (2, 1)`."""

from __future__ import annotations

import re
from typing import Any

_PATTERN = re.compile(
    r"v?(?P<release>\d+(?:\.\d+)*)"
    r"(?:[._-]?(?P<stage>a|alpha|b|beta|rc|c|pre)[._-]?(?P<count>\d*))?"
    r"(?:[._-]?post[._-]?(?P<post>\d*))?"
    r"(?:[._-]?dev[._-]?(?P<dev>\d*))?"
    r"(?:\+(?P<local>[a-z0-9._-]+))?",
    re.IGNORECASE,
)
_STAGES = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "rc": 2, "c": 2, "pre": 2}
_FINAL = 3


class TorchVersion(str):
    """A version: text, whose numbers are compared one by one, with text or with a tuple.

    What is no version is compared as text.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        keys = _keys(self, other)
        return str.__eq__(self, str(other)) if keys is None else keys[0] == keys[1]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: Any) -> bool:
        keys = _keys(self, other)
        return str.__lt__(self, str(other)) if keys is None else keys[0] < keys[1]

    def __le__(self, other: Any) -> bool:
        return self < other or self == other

    def __gt__(self, other: Any) -> bool:
        return not self <= other

    def __ge__(self, other: Any) -> bool:
        return not self < other

    __hash__ = str.__hash__


def _keys(own: str, other: object) -> tuple[Any, Any] | None:
    """Give what two versions are compared by; None where one is none."""
    if isinstance(other, tuple | list):
        other = ".".join(str(number) for number in other)
    first, second = _key(str(own)), _key(str(other))
    return None if first is None or second is None else (first, second)


def _key(text: str) -> tuple[Any, ...] | None:
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        return None
    release = [int(number) for number in match["release"].split(".")]
    while release and not release[-1]:
        release.pop()
    stage = _FINAL if match["stage"] is None else _STAGES[match["stage"].lower()]
    if match["dev"] is not None and match["stage"] is None and match["post"] is None:
        stage = -1
    post = -1 if match["post"] is None else int(match["post"] or 0)
    dev = float("inf") if match["dev"] is None else int(match["dev"] or 0)
    return tuple(release), stage, int(match["count"] or 0), post, dev, _local(match["local"])


def _local(text: str | None) -> tuple[tuple[int, int, str], ...]:
    """Order what stands behind the plus: numbers after words, and nothing before all."""
    parts = re.split(r"[._-]", text.lower()) if text else []
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts)
