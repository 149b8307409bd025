"""What does not belong to tensors or networks themselves: `torch.utils`."""

import importlib
from typing import TYPE_CHECKING, Any

from .._missing import missing_from
from . import dlpack as dlpack
from . import hooks as hooks

if TYPE_CHECKING:
    # Type checkers shall go on to find names that are not there.
    from . import data as data
else:
    _refuse = missing_from(__name__)

    def __getattr__(name: str) -> Any:
        """Import `data` when it is first asked for: it needs tensors, which need hooks."""
        return importlib.import_module(f"{__name__}.data") if name == "data" else _refuse(name)
