"""Whether arguments are of the kinds that a function's annotations name.

Nobody asks before a function has failed: what it raised then may only be the trace of a float where
an int belongs.
"""

from __future__ import annotations

import inspect
import operator
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from .. import _dtype
from .._wrap import Late
from ._operands import is_foreign, is_number, not_a_tensor


def misfit(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> str | None:
    """Describe the first argument of a kind that the function does not take; None if all fit."""
    kinds = _kinds_of(function)
    given = [*zip(kinds, args, strict=False), *kwargs.items()]
    for position, (name, value) in enumerate(given, start=1):
        words = kinds.get(name, ())
        if not words or any(_FITS[word](value) for word in words):
            continue
        if words == ("Tensor",):
            return not_a_tensor(function.__name__, value, name, position)
        wanted = " or ".join([_TEXTS.get(word, word) for word in words])
        hint = " of the package torch itself" if is_foreign(type(value)) else ""
        return (
            f"{function.__name__}(): argument '{name}' (position {position}) must be {wanted}, "
            f"not {type(value).__name__}{hint}: {value!r:.80}"
        )
    return None


def in_plain_numbers(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]] | None:
    """Give arguments with Python's numbers for NumPy's and for tensors without dimensions.

    None where there are no such arguments; tensors remain where a function takes tensors.
    """
    kinds = _kinds_of(function)
    new_args = [
        _in_plain_numbers(value, words) for words, value in zip(kinds.values(), args, strict=False)
    ]
    new_kwargs = {
        name: _in_plain_numbers(value, kinds.get(name, ())) for name, value in kwargs.items()
    }
    given = zip((*args, *kwargs.values()), (*new_args, *new_kwargs.values()), strict=False)
    if len(new_args) < len(args) or all(value is new for value, new in given):
        return None
    return new_args, new_kwargs


def _in_plain_numbers(value: Any, words: tuple[str, ...]) -> Any:
    if "Tensor" in words:
        return value
    if isinstance(value, np.integer | np.floating) or (_is_single(value) and _NUMERIC & {*words}):
        return value.item()
    if isinstance(value, list | tuple) and "Sequence[int]" in words:
        members = [_in_plain_numbers(member, ("int",)) for member in value]
        return value if all(map(operator.is_, value, members)) else tuple(members)
    return value


@lru_cache(maxsize=1024)
def _kinds_of(function: Callable[..., Any]) -> dict[str, tuple[str, ...]]:
    """Give the words of each argument's annotation; none where one of them is not known here.

    Of a function that takes any number of arguments nothing is said.
    """
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        words = tuple(_words(str(parameter.annotation), function.__globals__))
        if parameter.kind is parameter.VAR_POSITIONAL:
            return {}
        found[name] = words if all(word in _FITS for word in words) else ()
    return found


def _words(annotation: str, names: Mapping[str, Any]) -> Iterator[str]:
    """Give the words of an annotation, and of the aliases in it."""
    for word in annotation.replace("collections.abc.", "").split(" | "):
        if isinstance(names.get(word), types.UnionType):
            yield from _words(str(names[word]), names)
        else:
            yield word


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Late.Tensor)


def _is_single(value: Any) -> bool:
    return isinstance(value, Late.Tensor) and not value._shape


def _is_int(value: Any) -> bool:
    if isinstance(value, Late.Tensor):
        return _is_single(value) and value._key.dtype.category == _dtype.INTEGER
    return hasattr(value, "__index__") and not isinstance(value, bool | np.ndarray)


def _is_float(value: Any) -> bool:
    return is_number(value) or _is_single(value)


def _are_ints(value: Any) -> bool:
    return isinstance(value, list | tuple | range) and all(map(_is_int, value))


def _are_tensors(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_tensor, value))


_FITS: dict[str, Callable[[Any], bool]] = {
    "Tensor": _is_tensor,
    "int": _is_int,
    "float": _is_float,
    "Number": _is_float,
    "bool": lambda value: isinstance(value, bool),
    "str": lambda value: isinstance(value, str),
    "None": lambda value: value is None,
    "Sequence[int]": _are_ints,
    "Sequence[Tensor]": _are_tensors,
}
_NUMERIC = frozenset(("int", "float", "Number"))
_TEXTS = {"Sequence[int]": "a tuple of ints", "Sequence[Tensor]": "a tuple of Tensors"}
