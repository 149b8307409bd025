"""Functions for classes with a `__torch_function__` of their own: `torch.overrides`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from ._wrap import Late
from .functions._operands import overrides_disabled
from .functions._overrides import overriding


def is_tensor_like(inp: Any) -> bool:
    """Tell whether an object is a tensor, or of a class that computes functions of tensors."""
    return type(inp) is Late.Tensor or hasattr(inp, "__torch_function__")


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Tell whether one of some arguments is of a class that computes functions in its own way."""
    return any(_overrides(argument) for argument in relevant_args)


def has_torch_function_unary(inp: Any) -> bool:
    """Tell whether an argument is of a class that computes functions in its own way."""
    return _overrides(inp)


def has_torch_function_variadic(*relevant_args: Any) -> bool:
    """Tell whether one of the arguments is of a class that computes functions in its own way."""
    return has_torch_function(relevant_args)


def handle_torch_function(
    public_api: Callable[..., Any], relevant_args: Iterable[Any], *args: Any, **kwargs: Any
) -> Any:
    """Let the classes of arguments compute a function, the most special class first.

    Args:
        public_api: the function.
        relevant_args: those of its arguments whose classes are asked.
        *args: what the function was called with.
        **kwargs: the same, by name.

    Raises:
        TypeError: none of them does.
    """
    kinds: list[type[Any]] = []
    for kind in overriding(tuple(relevant_args), {}):
        if kind not in kinds:
            place = next((i for i, k in enumerate(kinds) if issubclass(kind, k)), len(kinds))
            kinds.insert(place, kind)
    for kind in kinds:
        result = kind.__torch_function__(public_api, tuple(kinds), args, kwargs)
        if result is not NotImplemented:
            return result
    name = f"{public_api.__module__}.{public_api.__name__}"
    raise TypeError(
        f"no implementation found for '{name}' on types that implement __torch_function__: "
        f"{[kind.__name__ for kind in kinds]}"
    )


def wrap_torch_function(dispatcher: Callable[..., Iterable[Any]]) -> Callable[..., Any]:
    """Make a function one that arguments' classes may compute.

    Args:
        dispatcher: takes the function's arguments, and gives those whose classes are asked.
    """

    def decorate(func: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(func)
        def call(*args: Any, **kwargs: Any) -> Any:
            relevant = tuple(dispatcher(*args, **kwargs))
            if has_torch_function(relevant):
                return handle_torch_function(call, relevant, *args, **kwargs)
            return func(*args, **kwargs)

        return call

    return decorate


def _overrides(value: Any) -> bool:
    """Tell whether a value itself, not a member of it, is of a class that overrides."""
    return not isinstance(value, list | tuple) and any(overriding((value,), {}))


def is_disabled() -> bool:
    """Tell whether functions are computed as if there were no such classes."""
    return overrides_disabled.get()
