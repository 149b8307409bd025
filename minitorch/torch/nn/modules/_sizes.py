"""The numbers of layers, one for each spatial dimension."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def repeated(value: Any, count: int) -> tuple[Any, ...]:
    """Give several numbers as a tuple, or one as often as there are dimensions."""
    return tuple(value) if isinstance(value, Iterable) else (value,) * count


def both_sides(
    padding: str | tuple[int, ...], kernel_size: tuple[int, ...], dilation: tuple[int, ...]
) -> Sequence[int]:
    """Give the padding as `torch.nn.functional.pad` takes it: the last dimension comes first."""
    if not isinstance(padding, str):
        return tuple([each for each in reversed(padding) for _ in range(2)])
    result = []
    for size, step in zip(reversed(kernel_size), reversed(dilation), strict=False):
        missing = step * (size - 1) if padding == "same" else 0
        result += [missing // 2, missing - missing // 2]
    return result
