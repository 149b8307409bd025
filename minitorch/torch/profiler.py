"""Names for parts of a program, which a profiler would show: `torch.profiler`."""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import TYPE_CHECKING

from ._missing import missing_from


class record_function(ContextDecorator):  # noqa: N801  (PyTorch's name)
    """A named block, or a decorator. Nobody writes the times down, as in PyTorch without a profile.

    Args:
        name: of the block.
        args: more about it.
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name
        self.args = args

    def __enter__(self) -> record_function:
        return self

    def __exit__(self, *problem: object) -> None:
        return None


# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
