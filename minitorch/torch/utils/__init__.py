"""What does not belong to tensors or networks themselves: `torch.utils`."""

from typing import TYPE_CHECKING

from .._missing import missing_from
from . import dlpack as dlpack
from . import hooks as hooks

# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
