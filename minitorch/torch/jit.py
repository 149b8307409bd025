"""TorchScript, as far as scripts run without it: `torch.jit`."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, TypeVar

from ._missing import missing_from
from ._uncompiled import tell_once
from .nn import Module

T = TypeVar("T")

__all__ = [
    "Attribute", "Final", "ScriptModule", "annotate", "export", "ignore", "interface",
    "is_scripting", "is_tracing", "isinstance", "load", "save", "script", "script_if_tracing",
    "script_method", "trace", "trace_module", "unused",
]  # fmt: skip


def script(
    obj: T,
    optimize: Any = None,
    _frames_up: int = 0,
    _rcb: Any = None,
    example_inputs: Any = None,
) -> T:
    """Give a model, function or class back as it is, with one warning that it runs uncompiled."""
    tell_once("torch.jit.script")
    return obj


class ScriptModule(Module):
    """A Module that PyTorch would compile; here one like any other."""


def script_method(fn: T, _rcb: Any = None) -> T:
    """Give a method back as it is, with one warning that it runs uncompiled."""
    tell_once("torch.jit.script_method")
    return fn


def script_if_tracing(fn: T) -> T:
    """Give a function back as it is: nothing is ever traced."""
    return fn


def trace(func: Any, example_inputs: Any = None, **options: Any) -> NoReturn:
    """Refuse to record what a model does.

    Raises:
        NotImplementedError: always.
    """
    _refuse("trace", "Call the model itself.")


def trace_module(mod: Any, inputs: Any, **options: Any) -> NoReturn:
    """Refuse to record what a model does.

    Raises:
        NotImplementedError: always.
    """
    _refuse("trace_module", "Call the model itself.")


def save(m: Any, f: Any, _extra_files: Any = None) -> NoReturn:
    """Refuse to write compiled code.

    Raises:
        NotImplementedError: always.
    """
    _refuse("save", "Save model.state_dict() with torch.save.")


def load(f: Any, map_location: Any = None, _extra_files: Any = None) -> NoReturn:
    """Refuse to read compiled code.

    Raises:
        NotImplementedError: always.
    """
    _refuse("load", "Load a state dict with torch.load, into a model that is made by its class.")


def is_scripting() -> bool:
    """Tell whether this runs as compiled code."""
    return False


def is_tracing() -> bool:
    """Tell whether what runs is recorded as a model."""
    return False


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """Leave a method uncompiled: it is given back as it is. Also a decorator with arguments."""
    return drop if callable(drop) else _as_it_is


def unused(fn: T) -> T:
    """Mark a method that compiled code never calls: it is given back as it is."""
    return fn


def export(fn: T) -> T:
    """Mark a method that shall be compiled too: it is given back as it is."""
    return fn


def interface(obj: T) -> T:
    """Mark a class that only names methods: it is given back as it is."""
    return obj


def annotate(the_type: Any, the_value: T) -> T:
    """Tell the type of a value, and give the value."""
    return the_value


class Attribute(NamedTuple):
    """A value with its type, where a model's attribute is set."""

    value: Any
    type: Any


def isinstance(obj: Any, target_type: Any) -> bool:
    """Tell whether an object is of a type, looking into containers: `List[int]`, for example."""
    origin, inner = typing.get_origin(target_type), typing.get_args(target_type)
    if origin is None:
        kinds = target_type if type(target_type) is tuple else (target_type,)
        return any(_is_a(obj, kind) for kind in kinds)
    if type(None) in inner or origin is typing.Union:
        return any(isinstance(obj, kind) for kind in inner)
    if not _is_a(obj, origin):
        return False
    if origin is dict:
        return all(isinstance(k, inner[0]) and isinstance(v, inner[1]) for k, v in obj.items())
    if origin is tuple and inner[-1:] != (...,):
        return len(obj) == len(inner) and all(map(isinstance, obj, inner))
    return all(isinstance(member, inner[0]) for member in obj)


def _is_a(obj: Any, kind: Any) -> bool:
    if typing.get_origin(kind) is not None:
        return isinstance(obj, kind)
    return kind is Any or issubclass(type(obj), type(None) if kind is None else kind)


def _as_it_is(fn: T) -> T:
    return fn


def _refuse(function: str, hint: str) -> NoReturn:
    raise NotImplementedError(
        f"torch.jit.{function} is not there: minitorch compiles no TorchScript. {hint}"
    )


# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
