"""Where a tensor lies: `torch.device("cpu")`."""

from __future__ import annotations

import re

_PATTERN = re.compile(r"([a-z]+)(?::(\d+))?")
_KINDS = ("cpu", "cuda", "meta")


class device:  # noqa: N801  (PyTorch's name)
    """A device, as `torch.device`.

    Args:
        type: "cpu", "cuda:0" and so on, or another device.
        index: its number, where the text has none.

    Raises:
        RuntimeError: the text names no device.
    """

    __slots__ = ("index", "type")

    def __init__(self, type: str | device, index: int | None = None) -> None:
        if isinstance(type, device):
            type = str(type)
        match = _PATTERN.fullmatch(type)
        if match is None or match[1] not in _KINDS:
            raise RuntimeError(
                f"Expected one of {', '.join(_KINDS)} device type at start of device string: {type}"
            )
        if match[2] is not None and index is not None:
            raise RuntimeError(f"The device {type!r} has a number already, got index {index} too.")
        self.type: str = match[1]
        self.index: int | None = int(match[2]) if match[2] is not None else index

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (
            ")" if self.index is None else f", index={self.index})"
        )

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, device):
            return NotImplemented
        return (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> tuple[object, ...]:
        return device, (str(self),)


CPU = device("cpu")
