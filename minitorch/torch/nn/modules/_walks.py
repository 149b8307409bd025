"""Iterators over what a module consists of, and look-ups by dotted names."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..._tensor import Tensor
from ..parameter import Parameter
from ._registry import Registry

if TYPE_CHECKING:
    from .module import Module


class WalkMethods:
    """The methods of modules that go through their parameters, buffers and modules."""

    _parameters: Registry
    _buffers: Registry
    _modules: Registry

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Go through the parameters, of submodules too unless recurse is False."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Go through the parameters with their names.

        Args:
            prefix: put before all names.
            recurse: go into submodules.
            remove_duplicate: give a parameter that is shared once only.
        """
        return self._named_members(
            lambda module: _entries(module, "_parameters"), prefix, recurse, remove_duplicate
        )

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Go through the buffers, of submodules too unless recurse is False."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Go through the buffers with their names; see `named_parameters`."""
        return self._named_members(
            lambda module: _entries(module, "_buffers"), prefix, recurse, remove_duplicate
        )

    def children(self) -> Iterator[Module]:
        """Go through the modules directly inside."""
        for _, module in self.named_children():
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Go through the modules directly inside with their names; each once."""
        seen: set[int] = set()
        for name, module in _entries(self, "_modules"):
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """Go through this module and all inside."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_modules(
        self,
        memo: set[Any] | None = None,
        prefix: str = "",
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Module]]:
        """Go through this module and all inside with their names.

        Args:
            memo: modules that are left out; those that come are added.
            prefix: the name of this module.
            remove_duplicate: give a module that is shared once only.
        """
        memo = set() if memo is None else memo
        waiting: list[tuple[str, Any]] = [(prefix, self)]
        while waiting:
            name, module = waiting.pop()
            if remove_duplicate:
                if module in memo:
                    continue
                memo.add(module)
            yield name, module
            start = name + "." if name else ""
            inside: Any = _entries(module, "_modules")
            waiting += [(start + key, each) for key, each in reversed(inside) if each is not None]

    def _named_members(
        self,
        get_members_fn: Callable[[Any], Iterable[tuple[str, Any]]],
        prefix: str = "",
        recurse: bool = True,
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        """Go through what a function gives for each module; None is left out."""
        seen: set[Any] = set()
        modules = (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
            if recurse
            else [(prefix, self)]
        )
        for module_name, module in modules:
            start = module_name + "." if module_name else ""
            for name, member in get_members_fn(module):
                if member is None or member in seen:
                    continue
                if remove_duplicate:
                    seen.add(member)
                yield start + name, member

    # ---- by name

    def get_submodule(self, target: str) -> Module:
        """Find a module by its name, such as "encoder.0".

        Raises:
            AttributeError: there is nothing, or something else, of this name.
        """
        found: Module = _descend(self, target.split(".") if target else [])
        return found

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module into the place of another.

        Args:
            target: the name, such as "encoder.0".
            module: the new one.
            strict: there must be a module of this name already.

        Raises:
            ValueError: target is empty, or module is none.
            AttributeError: there is nothing, or something else, of this name.
        """
        if not target:
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, WalkMethods):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        *path, name = target.split(".")
        parent = _descend(self, path)
        if (strict or hasattr(parent, name)) and not isinstance(
            _attribute(parent, name), WalkMethods
        ):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """Find a parameter by its name, such as "encoder.0.weight".

        Raises:
            AttributeError: there is nothing, or something else, of this name.
        """
        place, _, name = target.rpartition(".")
        found = _attribute(self.get_submodule(place), name)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """Find a buffer by its name, such as "encoder.1.running_mean".

        Raises:
            AttributeError: there is nothing, or something else, of this name.
        """
        place, _, name = target.rpartition(".")
        module = self.get_submodule(place)
        found = _attribute(module, name)
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        buffer: Tensor = found
        return buffer


def _descend(module: Any, names: Iterable[str]) -> Any:
    for name in names:
        module = _attribute(module, name)
        if not isinstance(module, WalkMethods):
            raise AttributeError(f"`{name}` is not an nn.Module")
    return module


def _attribute(module: Any, name: str) -> Any:
    if not hasattr(module, name):
        raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
    return getattr(module, name)


def _entries(module: Any, kind: str) -> ItemsView[str, Any]:
    """Give the entries of a module's registry.

    Raises:
        AttributeError: the module has none, because its `__init__` was not called.
    """
    found = getattr(module, kind)
    if found is None:
        name = type(module).__name__
        raise AttributeError(
            f"'{name}' object has no attribute '{kind}': {name}.__init__ must call "
            "super().__init__() first."
        )
    entries: ItemsView[str, Any] = found.items()
    return entries
