"""What does not belong to tensors or networks themselves: `torch.utils`."""

from . import dlpack as dlpack
from . import hooks as hooks
