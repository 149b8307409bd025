"""What a module says of a name that it does not have, or not yet."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

PAGE = "docs/reference/torch_names.md"
_PACKAGE = __name__.rpartition(".")[0]


def missing_from(module: str, *later: str) -> Callable[[str], Any]:
    """Make the `__getattr__` of a module of the framework.

    Args:
        module: its full name.
        *later: its submodules that are imported when they are first named.
    """
    known = "torch" + module.removeprefix(_PACKAGE)

    def find_or_refuse(name: str) -> Any:
        """Import a submodule, or say that there is no such name.

        Raises:
            AttributeError: there is none.
        """
        if name in later:
            return importlib.import_module(f"{module}.{name}")
        raise AttributeError(
            f"module '{known}' has no attribute '{name}': minitorch does not have {known}.{name} "
            "yet, or PyTorch has no such name either. What minitorch has is listed in its "
            f"{PAGE}.",
            name=name,
        )

    return find_or_refuse
