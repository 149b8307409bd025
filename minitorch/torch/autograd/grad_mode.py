"""Whether steps are recorded: `torch.no_grad` and its kin."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import Token
from typing import Any, ParamSpec, TypeVar

from .._node import is_recording, reset_recording, set_recording

P = ParamSpec("P")
R = TypeVar("R")


class _GradMode:
    """A context manager and decorator within which steps are recorded, or are not."""

    __slots__ = ("_tokens",)

    mode = False

    def __init__(self) -> None:
        self._tokens: list[Token[bool]] = []

    def __enter__(self) -> None:
        self._tokens.append(set_recording(self.mode))

    def __exit__(self, *error: object) -> None:
        reset_recording(self._tokens.pop())

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        kind = type(self)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with kind():
                return function(*args, **kwargs)

        return call


class no_grad(_GradMode):  # noqa: N801  (PyTorch's name)
    """Within it nothing is recorded, so results need no gradient."""

    __slots__ = ()


class enable_grad(_GradMode):  # noqa: N801  (PyTorch's name)
    """Within it steps are recorded, also inside of `no_grad`."""

    __slots__ = ()

    mode = True


class set_grad_enabled:  # noqa: N801  (PyTorch's name)
    """Record steps or not from now on, or until the end of the block that it opens."""

    __slots__ = ("_token",)

    def __init__(self, mode: bool) -> None:
        self._token = set_recording(mode)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        reset_recording(self._token)


def is_grad_enabled() -> bool:
    """Tell whether steps are recorded now."""
    return is_recording()
