"""Parameters in a row and under names: `ParameterList` and `ParameterDict`."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator, KeysView, Mapping
from typing import Any, NoReturn

from ..._tensor import Tensor
from ..parameter import Parameter
from ._module_dict import pairs_of
from ._registry import name_of_type
from .module import Module


class ParameterList(Module):
    """A list of parameters, and of other things that then are no parameters.

    Args:
        values: the first ones; tensors become parameters.
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self += values

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return iter([self[place] for place in range(len(self))])

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, slice):
            return type(self)([self[place] for place in range(*idx.indices(len(self)))])
        return getattr(self, self._name_at(idx))

    def __setitem__(self, idx: int, param: Any) -> None:
        setattr(self, self._name_at(idx), as_parameter(param))

    def __iadd__(self, values: Iterable[Any]) -> ParameterList:
        return self.extend(values)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.isdigit()]

    def append(self, value: Any) -> ParameterList:
        """Add something at the end."""
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values: Iterable[Any]) -> ParameterList:
        """Add everything of an iterable at the end.

        Raises:
            TypeError: values is none, or a tensor.
        """
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(
                "ParameterList.extend should be called with an iterable, but got "
                f"{type(values).__name__}"
            )
        for value in list(values):
            self.append(value)
        return self

    def extra_repr(self) -> str:
        """Give a line for each entry."""
        return "\n".join(
            [
                _line(place, value, repr(value.dtype) if isinstance(value, Tensor) else "")
                for place, value in enumerate(self)
            ]
        )

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError("ParameterList should not be called.")

    def _name_at(self, idx: Any) -> str:
        place = operator.index(idx)
        if not -len(self) <= place < len(self):
            raise IndexError(f"index {place} is out of range for {len(self)} entries")
        return str(place % len(self))


class ParameterDict(Module):
    """A dict of parameters, and of other things that then are no parameters.

    Args:
        parameters: the first ones, as a mapping or as pairs; tensors become parameters.
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        return getattr(self, _checked_key(key))

    def __setitem__(self, key: str, value: Any) -> None:
        name = _checked_key(key)
        if name not in self._keys and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name or not name:
            raise KeyError(f'parameter name can\'t be empty or contain ".", got: "{name}"')
        setattr(self, name, as_parameter(value))
        self._keys[name] = None

    def __delitem__(self, key: str) -> None:
        del self._keys[_checked_key(key)]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self._keys))

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def keys(self) -> KeysView[str]:
        """Give the names."""
        return self._keys.keys()

    def items(self) -> Iterator[tuple[str, Any]]:
        """Go through the names with what is there."""
        return ((key, self[key]) for key in self._keys)

    def values(self) -> Iterator[Any]:
        """Go through what is there."""
        return (self[key] for key in self._keys)

    def get(self, key: str, default: Any = None) -> Any:
        """Give an entry, or a default where there is none."""
        return self[key] if key in self._keys else default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Give an entry, which is made where there is none."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str) -> Any:
        """Remove an entry and give it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Remove the last entry and give it with its name."""
        key = next(reversed(self))
        return key, self.pop(key)

    def clear(self) -> None:
        """Remove all entries."""
        for key in list(self._keys):
            del self[key]

    def copy(self) -> ParameterDict:
        """Give another ParameterDict of the same parameters."""
        return ParameterDict(list(self.items()))

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """Give a ParameterDict of names, with the same value for each."""
        return ParameterDict([(key, default) for key in keys])

    def update(self, parameters: Any) -> None:
        """Add entries, and replace those of the same names.

        Args:
            parameters: a mapping or pairs; a plain dict is taken in alphabetical order.

        Raises:
            TypeError: it is neither.
            ValueError: a pair does not have two members.
        """
        pairs = pairs_of("ParameterDict", parameters)
        for key, value in sorted(pairs) if _is_unordered(parameters) else pairs:
            self[key] = value

    def __or__(self, other: ParameterDict) -> ParameterDict:
        joined = self.copy()
        joined.update(other)
        return joined

    def __ror__(self, other: Any) -> Any:
        joined = other.copy()
        joined.update(self)
        return joined

    def __ior__(self, other: Any) -> ParameterDict:  # type: ignore[misc]
        self.update(other)
        return self

    def extra_repr(self) -> str:
        """Give a line for each entry."""
        return "\n".join([_line(key, value, name_of_type(value)) for key, value in self.items()])

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError("ParameterDict should not be called.")


def as_parameter(value: Any) -> Any:
    """Make a parameter of a tensor; other things stay what they are."""
    if isinstance(value, Tensor) and not isinstance(value, Parameter):
        return Parameter(value)
    return value


def _line(name: Any, value: Any, kind: str) -> str:
    """Describe an entry."""
    if not isinstance(value, Tensor):
        return f"  ({name}): Object of type: {type(value).__name__}"
    sort = "Parameter" if isinstance(value, Parameter) else "Tensor"
    sizes = "x".join([str(size) for size in value._shape])
    return f"  ({name}): {sort} containing: [{kind} of size {sizes}]"


def _checked_key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(
            "Index given to ParameterDict cannot be used as a key as it is not a string (type is "
            f"'{type(key).__name__}'). Convert it with str()."
        )
    return key


def _is_unordered(entries: Any) -> bool:
    return isinstance(entries, Mapping) and not isinstance(entries, OrderedDict)
