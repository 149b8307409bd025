"""Where a module keeps its parameters, buffers and modules, so that reading one is a plain read.

`module._parameters` and its kin are dicts that write every entry into the module's attributes
too. A class that looks such names up in `__getattr__` pays for it with every read of any attribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import ref

from ..._tensor import Tensor

if TYPE_CHECKING:
    from .module import Module

KINDS = ("_parameters", "_buffers", "_modules")
_ABSENT = object()
_set = object.__setattr__
_delete = object.__delattr__


class Registry(dict[str, Any]):
    """A dict whose entries are attributes of a module as well.

    A name that the module's class has is left to the class, as it is in PyTorch. Copies and pickles
    are plain dicts. The modules are held weakly: a module is freed as soon as nobody uses it.
    """

    __slots__ = ("owners",)

    owners: list[ref[Module]]

    def __init__(self, entries: Mapping[str, Any], owner: Module) -> None:
        super().__init__(entries)
        self.owners = []
        self.add_owner(owner)

    def add_owner(self, owner: Module) -> None:
        """Make the entries attributes of a module: it is new, or a shallow copy of another."""
        self.owners.append(ref(owner))
        for name, value in self.items():
            if not in_class(owner, name):
                _set(owner, name, value)

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        for held in self.owners:
            owner = held()
            if owner is not None and not in_class(owner, name):
                _set(owner, name, value)

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        for held in self.owners:
            owner = held()
            if owner is not None:
                hide(owner, name)

    def pop(self, name: str, default: Any = _ABSENT) -> Any:
        """Remove an entry and give it."""
        if name not in self and default is not _ABSENT:
            return default
        value = self[name]
        del self[name]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Remove the last entry and give it with its name."""
        name, value = super().popitem()
        super().__setitem__(name, value)
        del self[name]
        return name, value

    def clear(self) -> None:
        """Remove all entries."""
        for name in list(self):
            del self[name]

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Give an entry, which is made where there is none."""
        if name not in self:
            self[name] = default
        return self[name]

    def update(self, *others: Any, **entries: Any) -> None:
        """Add entries, and replace those of the same names."""
        for name, value in dict(*others, **entries).items():
            self[name] = value

    def __ior__(self, other: Any) -> Registry:  # type: ignore[override,misc]
        self.update(other)
        return self

    def copy(self) -> dict[str, Any]:
        """Give the entries as a plain dict."""
        return dict(self)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return dict, (dict(self),)


def in_class(module: Module, name: str) -> bool:
    """Tell whether a module's class has an attribute; what its own class has does not count."""
    kind = type(module)
    return hasattr(kind, name) and any(name in vars(base) for base in kind.__mro__)


def hide(module: Module, name: str) -> None:
    """Remove an attribute from a module, if it has it of its own."""
    if in_class(module, name):
        return
    try:
        _delete(module, name)
    except AttributeError:
        return


def registry_of(module: Module, kind: str) -> Registry | None:
    """Give one of a module's registries; a plain dict that took its place becomes one.

    Args:
        module: whose.
        kind: "_parameters", "_buffers" or "_modules".

    Returns:
        None before the module's `__init__`.
    """
    found = getattr(module, kind, None)
    if type(found) is Registry:
        if not any(held() is module for held in found.owners):
            found.add_owner(module)
        return found
    if found is None:
        return None
    made = Registry(found, module)
    _set(module, kind, made)
    return made


def replace_registry(module: Module, kind: str, entries: Mapping[str, Any]) -> None:
    """Put other entries into the place of a module's registry."""
    before: Mapping[str, Any] = getattr(module, kind, None) or {}
    for name in before:
        hide(module, name)
    if type(before) is Registry:
        before.owners = [held for held in before.owners if held() is not module]
    if type(entries) is Registry:
        _set(module, kind, entries)
        registry_of(module, kind)
    else:
        _set(module, kind, Registry(entries, module))


def name_of_type(value: Any) -> str:
    """Name the type of a value as PyTorch's errors do: "torch.FloatTensor", "int"."""
    if isinstance(value, Tensor):
        return "torch." + _OLD_NAMES[repr(value._key.dtype)]
    kind = type(value)
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


_OLD_NAMES = {
    "torch.bool": "BoolTensor",
    "torch.uint8": "ByteTensor",
    "torch.int8": "CharTensor",
    "torch.int16": "ShortTensor",
    "torch.int32": "IntTensor",
    "torch.int64": "LongTensor",
    "torch.float16": "HalfTensor",
    "torch.float32": "FloatTensor",
    "torch.float64": "DoubleTensor",
}
