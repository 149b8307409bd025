"""Compiling of whole models, which does not happen yet: `torch.compiler`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, overload

from ._uncompiled import tell_once

F = TypeVar("F", bound=Callable[..., Any])


@overload
def compile(
    model: F,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: bool = False,
) -> F: ...


@overload
def compile(
    model: None = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: bool = False,
) -> Callable[[F], F]: ...


def compile(
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: bool = False,
) -> Any:
    """Give a model or function back as it is, with one warning that it runs uncompiled.

    Without a model it is a decorator. What the options say changes no result in PyTorch, and
    nothing at all here.

    Raises:
        RuntimeError: both mode and options are given.
        TypeError: the model cannot be called.
    """
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be.")
    if model is None:
        return partial(compile, mode=mode, options=options, disable=disable)
    if not callable(model):
        raise TypeError(f"torch.compile takes a model or function, got {type(model).__name__}.")
    if not disable:
        tell_once("torch.compile")
    return model


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """Leave a function uncompiled: it is given back as it is. Also a decorator."""
    return partial(disable, recursive=recursive) if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """Let compiled code call a function: it is given back as it is."""
    return fn


def reset() -> None:
    """Forget all that was compiled: nothing was."""


def is_compiling() -> bool:
    """Tell whether this runs as compiled code."""
    return False


def is_dynamo_compiling() -> bool:
    """Tell whether this runs while code is compiled."""
    return False


def is_exporting() -> bool:
    """Tell whether this runs while a model is exported."""
    return False


def cudagraph_mark_step_begin() -> None:
    """Mark the beginning of a step on a GPU: there is none."""


def list_backends(exclude_tags: tuple[str, ...] = ("debug", "experimental")) -> list[str]:
    """List what can compile: nothing."""
    return []
