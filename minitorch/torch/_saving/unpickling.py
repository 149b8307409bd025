"""From a pickle to objects: one way for files that nobody vouches for, one for trusted files."""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from ...errors import CheckpointError, CheckpointPickleError
from .._wrap import Late
from . import names
from .allowed import allowed_by_user, is_never_allowed
from .checks import call, refuse, shown
from .machine import Machine
from .rebuild import Storage, StorageType

FindStorage = Callable[[Any], Storage]


class WeightsUnpickler(Machine):
    """Builds tensors, plain containers, and what the user has allowed.

    Args:
        data: the pickle.
        find_storage: gives the storage that the pickle refers to.
        encoding: of Python 2's strings.
    """

    def __init__(self, data: bytes, find_storage: FindStorage, encoding: str = "utf-8") -> None:
        super().__init__(data, encoding)
        self.find_storage = find_storage
        self.allowed = allowed_by_user()

    def find(self, module: str, name: str) -> Any:
        """Give what a name means.

        Raises:
            CheckpointPickleError: it is neither in the table nor allowed by the user.
        """
        module = names.modern(module)
        if is_never_allowed(module):
            raise CheckpointPickleError(
                f"Weights only load failed: the file asks for {module}.{name}, which no file of "
                "tensors needs and which cannot be allowed. Do not use a file from this source."
            )
        try:
            return names.safe(module, name)
        except KeyError:
            pass
        full = f"{module}.{name}"
        if full in self.allowed:
            return self.allowed[full]
        raise CheckpointPickleError(
            f"Weights only load failed: the file asks for {full}, and only tensors and plain "
            "containers are loaded by default. If you trust this class or function, allow it with "
            f"torch.serialization.add_safe_globals([{full}]) or in a `with "
            f"torch.serialization.safe_globals([{full}])` block. If you trust the whole file, "
            "torch.load(..., weights_only=False) loads it, and runs any code that it brings."
        )

    def _is_allowed(self, value: Any) -> bool:
        return any(value is each for each in self.allowed.values())

    def reduce(self, function: Any, args: Any) -> Any:
        """Call a function of the table, or one that the user has allowed."""
        if type(args) is not tuple:
            raise refuse(f"{shown(function)} is called with {shown(args)}")
        if names.is_safe_function(function):
            return call(function, args)
        if self._is_allowed(function):
            return function(*args)
        raise refuse(f"{shown(function)} is called, which is no function that a file may call")

    def make(self, kind: Any, args: Any, keywords: Any) -> Any:
        """Make an object of a class that the user has allowed."""
        if not isinstance(kind, type) or not self._is_allowed(kind):
            raise refuse(f"an object of {shown(kind)} is made, which is no class that is allowed")
        if type(args) is not tuple or type(keywords) is not dict:
            raise refuse(f"{shown(kind)} is made of {shown(args)} and {shown(keywords)}")
        return kind.__new__(kind, *args, **keywords)

    def set_state(self, target: Any, state: Any) -> None:
        """Give attributes to an OrderedDict, or to an object whose class the user has allowed."""
        allowed = self._is_allowed(type(target))
        if allowed and hasattr(target, "__setstate__"):
            target.__setstate__(state)
            return
        if isinstance(target, Late.Tensor) or not (allowed or type(target) is OrderedDict):
            raise refuse(f"{shown(target)} is given the state {shown(state)}")
        slots = None
        if allowed and type(state) is tuple and len(state) == 2:
            state, slots = state
        for name, value in _attributes(target, state):
            target.__dict__[name] = value
        for name, value in _attributes(target, slots):
            setattr(target, name, value)

    def find_persistent(self, reference: Any) -> Any:
        """Give the storage of a record."""
        return self.find_storage(reference)


def _attributes(target: Any, state: Any) -> list[tuple[str, Any]]:
    """Give the names and values in a state; there may be none."""
    if state is None:
        return []
    if type(state) is not dict or not all(type(name) is str for name in state):
        raise refuse(f"{shown(target)} is given the state {shown(state)}")
    return list(state.items())


class TrustedUnpickler(pickle.Unpickler):
    """Python's own unpickler, for which PyTorch's names are ours.

    Args:
        data: the pickle, which may run any code.
        find_storage: gives the storage that the pickle refers to.
        encoding: of Python 2's strings.
    """

    def __init__(self, data: bytes, find_storage: FindStorage, encoding: str = "utf-8") -> None:
        self._file = io.BytesIO(data)
        super().__init__(self._file, encoding=encoding)
        self._find_storage = find_storage

    @property
    def position(self) -> int:
        """Where the pickle ended."""
        return self._file.tell()

    def find_class(self, module_name: str, global_name: str) -> Any:
        """Give what a name means."""
        if module_name == "torch" or module_name.startswith("torch."):
            return names.trusted(module_name, global_name)
        return super().find_class(module_name, global_name)

    def persistent_load(self, pid: Any) -> Any:
        """Give the storage of a record."""
        return self._find_storage(pid)


def storage_reference(reference: Any) -> tuple[StorageType, str, str, int]:
    """Give the type, key, location and number of elements in a reference to a storage.

    Raises:
        CheckpointPickleError: it is no such reference.
    """
    kinds = (str, StorageType, str, str, int)
    if (
        type(reference) is not tuple
        or tuple(type(each) for each in reference[:5]) != kinds
        or reference[0] != "storage"
        or len(reference) > 6
        or (len(reference) == 6 and reference[5] is not None)
        or reference[4] < 0
    ):
        raise refuse(f"{shown(reference)} is no reference to a storage")
    return reference[1], reference[2], reference[3], reference[4]


def load_weights(unpickler: WeightsUnpickler, damaged: dict[int, CheckpointError]) -> Any:
    """Build the object of a pickle, and look whether all is there that it needs.

    Args:
        unpickler: before its pickle.
        damaged: filled while it reads: what is wrong with storages, by the address of their memory.

    Raises:
        CheckpointError: a tensor's elements are damaged; the text names it.
        CheckpointPickleError: the pickle is damaged, or asks for more than it may.
    """
    found = unpickler.load()
    for path, leaf in _leaves(found):
        if isinstance(leaf, Late.Tensor):
            base = leaf._array.base
            if id(base) in damaged:
                error = damaged[id(base)]
                raise CheckpointError(f"The tensor {path} cannot be loaded. {error}") from error
        elif isinstance(leaf, Storage | StorageType) or names.is_safe_function(leaf):
            raise refuse(f"it gives {shown(leaf)} at {path}, which is no value")
    if damaged:
        raise next(iter(damaged.values()))
    return found


def _leaves(root: Any) -> Iterator[tuple[str, Any]]:
    """Walk over all that containers hold but plain values, with the keys that lead there."""
    todo: list[tuple[str, Any]] = [("", root)]
    seen: set[int] = set()
    while todo:
        path, value = todo.pop()
        if not isinstance(value, dict | list | tuple | set | frozenset):
            yield path or "itself", value
        elif id(value) not in seen:
            seen.add(id(value))
            if isinstance(value, dict):
                todo += [(path, key) for key in value if type(key) not in _PLAIN]
                todo.append((path, getattr(value, "__dict__", {})))
            items = value.items() if isinstance(value, dict) else enumerate(value)
            todo += [(_step(path, key), each) for key, each in items if type(each) not in _PLAIN]


_PLAIN = frozenset({str, int, float, bool, type(None), bytes})


def _step(path: str, key: Any) -> str:
    # A path that grows without end would cost more than what it leads to.
    text = key if isinstance(key, str) else shown(key)
    return f"{path}.{text}"[-_LONGEST_PATH:] if path else text[:_LONGEST_PATH]


_LONGEST_PATH = 200
