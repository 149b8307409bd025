"""What does not belong to tensors or networks themselves: `torch.utils`."""

from typing import TYPE_CHECKING

from .._missing import missing_from
from . import dlpack as dlpack
from . import hooks as hooks

if TYPE_CHECKING:
    # Type checkers shall go on to find names that are not there.
    from . import data as data
else:
    # Imported when it is first named: it needs tensors, which need hooks.
    __getattr__ = missing_from(__name__, "data")
