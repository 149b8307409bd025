"""What a module says of a name that it does not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

PAGE = "docs/reference/torch_names.md"
_PACKAGE = __name__.rpartition(".")[0]


def missing_from(module: str) -> Callable[[str], NoReturn]:
    """Make the `__getattr__` of a module of the framework.

    Args:
        module: its full name.
    """
    known = "torch" + module.removeprefix(_PACKAGE)

    def refuse(name: str) -> NoReturn:
        """Say that there is no such name.

        Raises:
            AttributeError: always.
        """
        raise AttributeError(
            f"module '{known}' has no attribute '{name}': minitorch does not have {known}.{name} "
            "yet, or PyTorch has no such name either. What minitorch has is listed in its "
            f"{PAGE}.",
            name=name,
        )

    return refuse
