"""Classes with a `__torch_function__` of their own, and what functions do with other objects."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar

import numpy as np

from .._wrap import Late, wrap
from ._kinds import in_plain_numbers, misfit
from ._operands import Override, Unusual, is_foreign, not_a_tensor, overrides_disabled

if TYPE_CHECKING:
    from .._tensor import Tensor

P = ParamSpec("P")
R = TypeVar("R")

_SLOTS = frozenset(("_array", "_key", "_shape", "_node", "_changes"))


def public(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function one that users call: with overrides, and errors that name the argument.

    As long as nobody has written a class of tensors, the arguments are looked at only where the
    function failed.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if Late.has_subclasses and any(overriding(args, kwargs)):
            result: R = call_override(call, args, kwargs)
            return result
        try:
            return function(*args, **kwargs)
        except Exception as problem:
            if isinstance(problem, Override | NotImplementedError):
                raise
            if any(overriding(args, kwargs)):
                return call_override(call, args, kwargs)
            renamed = _renamed(function, kwargs)
            if renamed is not None:
                return call(*args, **renamed)
            plain = in_plain_numbers(function, args, kwargs)
            if plain is not None and misfit(function, args, kwargs) is None:
                return call(*plain[0], **plain[1])
            _explain(function, problem, args, kwargs)

    return call


# Second names of arguments, and what they are called here: NumPy's, which PyTorch takes too, and
# those of PyTorch's forms of a function that are one function here.
_SECOND_NAMES = {
    "axis": ("dim",), "keepdims": ("keepdim",), "a": ("input",), "x": ("input",),
    "x1": ("input",), "x2": ("other",),
    "indices": ("indices_or_sections",), "sections": ("indices_or_sections",),
    "tensor_indices_or_sections": ("indices_or_sections",),
    "split_size": ("split_size_or_sections",),
    "element": ("elements",), "test_element": ("test_elements",),
    "input": ("B", "b", "tensor", "L"), "input2": ("tau", "L"), "input3": ("other",),
    "other": ("src", "tensor2"), "tensor": ("tensor1",), "scalar": ("tensor2",),
}  # fmt: skip


def _renamed(function: Callable[..., Any], kwargs: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give arguments their names in PyTorch; None where they have them already."""
    names = inspect.signature(function).parameters
    renamed = {}
    for name, value in kwargs.items():
        others = () if name in names else _SECOND_NAMES.get(name, ())
        renamed[next((other for other in others if other in names), name)] = value
    return None if renamed.keys() == kwargs.keys() else renamed


def overriding(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Iterator[type[Any]]:
    """Give the classes among the arguments that have a `__torch_function__` of their own."""
    if overrides_disabled.get():
        return
    for value in (*args, *kwargs.values()):
        members = value if isinstance(value, list | tuple) else (value,)
        for member in members:
            kind = type(member)
            if kind is Late.Tensor or is_foreign(kind):
                continue
            if getattr(kind, "__torch_function__", None) is not None:
                key = getattr(member, "_key", None)
                if key is None or key.overridden:
                    yield kind


def call_override(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any] | None = None
) -> Any:
    """Let the arguments' classes compute a function, the most special class first.

    Raises:
        TypeError: none of them does.
    """
    kwargs = {name: value for name, value in (kwargs or {}).items() if value is not None}
    kinds: list[type[Any]] = []
    for kind in overriding(args, kwargs):
        if kind not in kinds:
            place = next((i for i, k in enumerate(kinds) if issubclass(kind, k)), len(kinds))
            kinds.insert(place, kind)
    for kind in kinds:
        result = kind.__torch_function__(function, tuple(kinds), tuple(args), kwargs)
        if result is not NotImplemented:
            return result
    raise TypeError(
        f"no implementation found for {function.__name__} on types that implement "
        f"__torch_function__: {[kind.__name__ for kind in kinds]}"
    )


def without_overrides(
    kind: type[Tensor], function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """Compute a function as if there were no subclasses, and make its results ones of a class."""
    token = overrides_disabled.set(True)
    try:
        result = function(*args, **kwargs)
    finally:
        overrides_disabled.reset(token)
    return _as_kind(result, kind)


def _as_kind(result: Any, kind: type[Tensor]) -> Any:
    if isinstance(result, list | tuple):
        return type(result)(_as_kind(member, kind) for member in result)
    if type(result) is Late.Tensor and kind is not Late.Tensor:
        return result.as_subclass(kind)
    return result


def unusual(problem: Unusual, function: Callable[..., Tensor], x: Any, y: Any) -> Any:
    """Give what an operator gives for operands that are not both tensors or numbers.

    NumPy's arrays become tensors; what nobody can work with is left to Python, which asks the other
    operand and then raises its own error.
    """
    if isinstance(problem, Override):
        return call_override(function, (x, y))
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        x, y = (wrap(value) if isinstance(value, np.ndarray) else value for value in (x, y))
        return function(x, y)
    return NotImplemented


def _explain(
    function: Callable[..., Any],
    problem: Exception,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> NoReturn:
    """Raise PyTorch's error for an argument of a wrong type, or else the problem as it is."""
    names = list(inspect.signature(function).parameters)
    given = [*zip(names, args, strict=False), *kwargs.items()]
    if isinstance(problem, AttributeError) and problem.name in _SLOTS:
        for position, (name, value) in enumerate(given, start=1):
            if value is problem.obj:
                raise TypeError(not_a_tensor(function.__name__, value, name, position)) from None
    text = misfit(function, args, kwargs)
    if text is not None:
        raise TypeError(text) from None
    raise problem
