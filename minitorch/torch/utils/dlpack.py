"""Memory that libraries share by the DLPack protocol: `torch.utils.dlpack`."""

from ..functions.creation.creation import from_dlpack as from_dlpack
from ..functions.creation.creation import to_dlpack as to_dlpack
