"""Lets `import torch` give this package, for scripts that were written for PyTorch.

Every `torch.x` is the very module `minitorch.torch.x`: there is one Tensor, whichever name a script
and the libraries that it imports use.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_ALIAS = "torch"
_PACKAGE = __name__.rpartition(".")[0]


class _Finder(MetaPathFinder):
    """Finds torch and all its submodules."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module; None for all that are not torch's."""
        root, _, rest = fullname.partition(".")
        if root != _ALIAS:
            return None
        return ModuleSpec(fullname, _AliasLoader(f"{_PACKAGE}.{rest}" if rest else _PACKAGE))


class _AliasLoader(Loader):
    """Gives a module that has another name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._own_spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Import the module by its own name.

        Raises:
            ModuleNotFoundError: there is none.
        """
        try:
            module = importlib.import_module(self._name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{self._name}.".startswith(f"{error.name}."):
                raise
            raise ModuleNotFoundError(
                f"No module named {spec.name!r}: minitorch does not have it yet.", name=spec.name
            ) from None
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Undo what the import system wrote into the module, which has been run already."""
        module.__spec__ = self._own_spec


def install() -> None:
    """Let `import torch` give this package from now on, in spawned children too.

    Raises:
        RuntimeError: PyTorch itself was imported before.
    """
    present = sys.modules.get(_ALIAS)
    if present is not None and present is not sys.modules.get(_PACKAGE):
        raise RuntimeError("The package torch was imported before minitorch could take its place.")
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _Finder())
    _reach_spawned_children()


def _reach_spawned_children() -> None:
    """Let the processes that multiprocessing spawns begin with `install`."""
    from multiprocessing import forkserver, spawn

    plain = spawn.get_command_line

    def get_command_line(**kwargs: Any) -> list[str]:
        command: list[str] = plain(**kwargs)
        if "-c" in command:
            program = command.index("-c") + 1
            command[program] = f"from {__name__} import install; install(); {command[program]}"
        return command

    spawn.get_command_line = get_command_line
    # The server that forks children starts from nothing, and imports what it is told to.
    forkserver.set_forkserver_preload([f"{_PACKAGE}._as_torch_in_server"])
