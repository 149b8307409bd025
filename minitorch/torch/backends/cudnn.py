"""Flags of NVIDIA's library of layers, which is not used: `torch.backends.cudnn`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

enabled = True
benchmark = False
benchmark_limit: int | None = None
deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """Tell whether the library is used."""
    return False


def version() -> int | None:
    """Give the library's version: None, since it is not used."""
    return None


def is_acceptable(tensor: Any) -> bool:
    """Tell whether the library takes a tensor."""
    return False


@contextmanager
def flags(
    enabled: bool = False,
    benchmark: bool = False,
    benchmark_limit: int = 10,
    deterministic: bool = False,
    allow_tf32: bool = True,
) -> Iterator[None]:
    """Set the flags for a block."""
    module = globals()
    chosen = {
        "enabled": enabled,
        "benchmark": benchmark,
        "benchmark_limit": benchmark_limit,
        "deterministic": deterministic,
        "allow_tf32": allow_tf32,
    }
    before = {name: module[name] for name in chosen}
    module.update(chosen)
    try:
        yield
    finally:
        module.update(before)
