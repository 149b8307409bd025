"""Modules under names: `ModuleDict`."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any

from .module import Module


class ModuleDict(Module):
    """A dict of modules; what is in it belongs to the module that has it.

    Args:
        modules: the first ones, as a mapping or as pairs.
    """

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        module: Module = self._modules[key]
        return module

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Remove all modules."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Remove a module and give it."""
        module = self[key]
        del self[key]
        return module

    def keys(self) -> KeysView[str]:
        """Give the names."""
        return self._modules.keys()

    def items(self) -> ItemsView[str, Module]:
        """Give the names with the modules."""
        return self._modules.items()

    def values(self) -> ValuesView[Module]:
        """Give the modules."""
        return self._modules.values()

    def update(self, modules: Any) -> None:
        """Add modules, and replace those of the same names.

        Args:
            modules: a mapping or pairs.

        Raises:
            TypeError: it is neither.
            ValueError: a pair does not have two members.
        """
        for key, module in pairs_of("ModuleDict", modules):
            self[key] = module


def pairs_of(name: str, entries: Any) -> list[tuple[Any, Any]]:
    """Give the pairs of a mapping, or check those that are given.

    Raises:
        TypeError: entries are no iterable, or one of them is none.
        ValueError: a pair does not have two members.
    """
    if isinstance(entries, Mapping) or hasattr(entries, "items"):
        return list(entries.items())
    if not isinstance(entries, Iterable):
        raise TypeError(
            f"{name}.update should be called with an iterable of key/value pairs, but got "
            f"{type(entries).__name__}"
        )
    pairs = []
    for place, pair in enumerate(entries):
        if not isinstance(pair, Iterable):
            raise TypeError(
                f"{name} update sequence element #{place} should be Iterable; is "
                f"{type(pair).__name__}"
            )
        members = tuple(pair)
        if len(members) != 2:
            raise ValueError(
                f"{name} update sequence element #{place} has length {len(members)}; 2 is required"
            )
        pairs.append(members)
    return pairs
