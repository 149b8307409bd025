"""Modules in a row: `Sequential` and `ModuleList`."""

from __future__ import annotations

import itertools
import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar, overload

from ._registry import name_of_type
from ._text import framed, indented
from .module import Module

Self = TypeVar("Self", bound="_Row")


class _Row(Module):
    """Modules whose names are their places in a row, counted from 0."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    @overload
    def __getitem__(self: Self, idx: slice) -> Self: ...

    @overload
    def __getitem__(self, idx: int) -> Module: ...

    def __getitem__(self: Self, idx: int | slice) -> Self | Module:
        if isinstance(idx, slice):
            return self._sliced(idx)
        module: Module = self._modules[self._name_at(idx)]
        return module

    def __setitem__(self, idx: int, module: Module) -> None:
        setattr(self, self._name_at(idx), module)

    def __delitem__(self, idx: int | slice) -> None:
        names = list(self._modules)
        gone = names[idx] if isinstance(idx, slice) else [self._name_at(idx)]
        self._fill([self._modules[name] for name in names if name not in gone])

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.isdigit()]

    def append(self: Self, module: Module) -> Self:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def pop(self, key: int | slice) -> Any:
        """Remove a module, or those of a slice, and give it."""
        module = self[key]
        del self[key]
        return module

    def _sliced(self: Self, idx: slice) -> Self:
        raise NotImplementedError

    def _name_at(self, idx: int) -> str:
        """Give the name of the module at a place, which may count from the end.

        Raises:
            IndexError: there is no such place.
        """
        place = operator.index(idx)
        count = len(self._modules)
        if not -count <= place < count:
            raise IndexError(f"index {place} is out of range for {count} modules")
        return next(itertools.islice(self._modules, place % count, None))

    def _fill(self, modules: Iterable[Module | None]) -> None:
        """Put other modules into the place of all, under the names 0, 1, 2, ..."""
        filled = {str(place): module for place, module in enumerate(modules)}
        self._modules.clear()
        self._modules.update(filled)

    def _put(self, index: int, module: Module) -> None:
        modules = list(self._modules.values())
        modules.insert(index, module)
        self._fill(modules)


class Sequential(_Row):
    """Modules that are applied one after another.

    Args:
        *args: modules; or one OrderedDict of modules by name.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            for place, module in enumerate(args):
                self.add_module(str(place), module)

    def forward(self, input: Any) -> Any:
        """Apply the modules one after another."""
        for module in self._modules.values():
            input = module(input)
        return input

    def _sliced(self, idx: slice) -> Sequential:
        return type(self)(OrderedDict(list(self._modules.items())[idx]))

    def extend(self, sequential: Iterable[Module]) -> Sequential:
        """Add modules at the end."""
        for module in list(sequential):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Sequential:
        """Put a module before that at a place, which may count from the end.

        Raises:
            TypeError: module is none.
            IndexError: there is no such place.
        """
        _check_module(module)
        count = len(self)
        if not -count <= index <= count:
            raise IndexError(f"Index out of range: {index}, there are {count} modules")
        self._put(index, module)
        return self

    def __add__(self, other: Any) -> Sequential:
        _check_sequential(other)
        return Sequential(*self, *other)

    def __iadd__(self, other: Any) -> Sequential:
        _check_sequential(other)
        return self.extend(other)

    def __mul__(self, other: Any) -> Sequential:
        _check_factor(other)
        return Sequential(*[module for _ in range(other) for module in self])

    def __rmul__(self, other: Any) -> Sequential:
        return self * other

    def __imul__(self, other: Any) -> Sequential:
        _check_factor(other)
        return self.extend([module for _ in range(other - 1) for module in self])


class ModuleList(_Row):
    """A list of modules; what is in it belongs to the module that has it.

    Args:
        modules: the first ones.
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self += modules

    def _sliced(self, idx: slice) -> ModuleList:
        return type(self)(list(self._modules.values())[idx])

    def extend(self, modules: Iterable[Module]) -> ModuleList:
        """Add modules at the end.

        Raises:
            TypeError: they are no iterable of modules.
        """
        if not isinstance(modules, Iterable):
            raise TypeError(
                "ModuleList.extend should be called with an iterable, but got "
                f"{type(modules).__name__}"
            )
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Put a module before that at a place, as a list does.

        Raises:
            TypeError: module is none.
        """
        _check_module(module)
        self._put(index, module)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __iadd__(self, modules: Iterable[Module]) -> ModuleList:
        return self.extend(modules)

    def __repr__(self) -> str:
        lines = []
        first = 0
        for text, run in itertools.groupby(repr(module) for module in self):
            count = len(list(run))
            last = first + count - 1
            shown = f"({first}): {text}" if count == 1 else f"({first}-{last}): {count} x {text}"
            lines.append(indented(shown))
            first = last + 1
        return framed(self._get_name(), [], lines)


def _check_module(module: Any) -> None:
    if not isinstance(module, Module):
        raise TypeError(f"{name_of_type(module)} is not a Module subclass")


def _check_sequential(other: Any) -> None:
    if not isinstance(other, Sequential):
        raise ValueError(
            f"add operator supports only objects of Sequential class, but {type(other)} is given."
        )


def _check_factor(factor: Any) -> None:
    if not isinstance(factor, int):
        raise TypeError(f"unsupported operand type(s) for *: {Sequential} and {type(factor)}")
    if factor <= 0:
        raise ValueError(f"Non-positive multiplication factor {factor} for {Sequential}")
