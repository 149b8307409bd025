"""Whether steps are recorded: `torch.no_grad` and its kin."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

from .._node import is_recording, recorder, set_recording

P = ParamSpec("P")
R = TypeVar("R")


class _GradMode:
    """A context manager, and a decorator of functions, within which steps are recorded or not."""

    __slots__ = ("_before",)

    _before: list[Any]

    def __new__(cls, *arguments: Any) -> Any:
        """Make one that has not been entered yet."""
        self = object.__new__(cls)
        self._before = []
        return self

    def _set(self) -> None:
        raise NotImplementedError

    def _again(self) -> _GradMode:
        """Give a context manager of the same kind for one call of a decorated function."""
        return type(self)()

    def __enter__(self) -> None:
        self._before.append(is_recording())
        self._set()

    def __exit__(self, *error: object) -> None:
        set_recording(self._before.pop())

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Decorate a function, or a generator, whose steps are the ones meant then."""
        if inspect.isgeneratorfunction(function):
            return _of_generator(function, self._again)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with self._again():
                return function(*args, **kwargs)

        return call


def _of_generator(function: Callable[..., Any], manager: Callable[[], Any]) -> Callable[..., Any]:
    """Decorate a generator: between its steps the caller's mode holds."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = function(*args, **kwargs)
        try:
            with manager():
                result = next(generator)
            while True:
                try:
                    sent = yield result
                except GeneratorExit:
                    with manager():
                        generator.close()
                    raise
                except BaseException as problem:
                    with manager():
                        result = generator.throw(problem)
                else:
                    with manager():
                        result = generator.send(sent)
        except StopIteration as end:
            return end.value

    return call


class _Bare(_GradMode):
    """A mode that decorates without parentheses as well."""

    __slots__ = ()

    def __new__(cls, function: Any = None) -> Any:
        """Make one, or decorate a function."""
        self = object.__new__(cls)
        self._before = []
        return self if function is None else self(function)


class no_grad(_Bare):  # noqa: N801  (PyTorch's name)
    """Within it nothing is recorded, so results need no gradient."""

    __slots__ = ()

    def __enter__(self) -> None:
        self._before.append(is_recording())
        set_recording(False)


class enable_grad(_Bare):  # noqa: N801  (PyTorch's name)
    """Within it steps are recorded, also inside of `no_grad`."""

    __slots__ = ()

    def _set(self) -> None:
        set_recording(recorder())


class set_grad_enabled(_GradMode):  # noqa: N801  (PyTorch's name)
    """Record steps or not from now on, or until the end of the block that it opens.

    Raises:
        TypeError: mode is no bool.
    """

    __slots__ = ("mode",)

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(f"set_grad_enabled() takes a bool, got {type(mode).__name__}")
        self.mode = mode
        self._before.append(is_recording())
        self._set()

    def _set(self) -> None:
        set_recording(recorder() if self.mode else False)

    def _again(self) -> _GradMode:
        return _Chosen(self.mode)

    def __enter__(self) -> None:
        """What was before the mode was set has been noted already."""
        self._set()

    def __exit__(self, *error: object) -> None:
        set_recording(self._before[-1])

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Decorate a function; outside of it the mode is what it was before."""
        set_recording(self._before.pop())
        return super().__call__(function)


class _Chosen(_GradMode):
    """A mode that is set where the block begins."""

    __slots__ = ("mode",)

    def __init__(self, mode: bool) -> None:
        self.mode = mode

    def _set(self) -> None:
        set_recording(recorder() if self.mode else False)


_is_inference: ContextVar[bool] = ContextVar("inference_mode", default=False)


class inference_mode(_GradMode):  # noqa: N801  (PyTorch's name)
    """Within it nothing is recorded, as in `no_grad`.

    Tensors made within it are as any others: later steps with them may be recorded.

    Args:
        mode: False records steps again.
    """

    __slots__ = ("_modes", "mode")

    def __new__(cls, mode: Any = True) -> Any:
        """Make one, or decorate the function that was given in place of a mode."""
        return cls()(mode) if callable(mode) else super().__new__(cls)

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode
        self._modes: list[bool] = []

    def _again(self) -> _GradMode:
        return inference_mode(self.mode)

    def _set(self) -> None:
        set_recording(False if self.mode else recorder())

    def __enter__(self) -> None:
        self._modes.append(_is_inference.get())
        _is_inference.set(self.mode)
        super().__enter__()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        _is_inference.set(self._modes.pop())


def is_grad_enabled() -> bool:
    """Tell whether steps are recorded now."""
    return is_recording() is not False


def is_inference_mode_enabled() -> bool:
    """Tell whether this is inside of `inference_mode`."""
    return _is_inference.get()
