"""Names for parts of a program, which a profiler would show: `torch.profiler`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._missing import missing_from


class record_function:  # noqa: N801  (PyTorch's name)
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

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a function, whose body then is the block."""

        @functools.wraps(func)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return call


# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
