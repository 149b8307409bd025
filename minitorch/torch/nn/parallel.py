"""Modules on several devices: `torch.nn.parallel`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._device import device as _device
from .._missing import missing_from
from .modules.module import Module

_Device = int | str | _device


class DataParallel(Module):
    """A module whose batch PyTorch spreads over GPUs; without any, it is called as it is.

    Its parameters have `module.` before their names, as in PyTorch.

    Args:
        module: what is called.
        device_ids: the GPUs; there are none here, so that all stays on the CPU.
        output_device: where the results would be gathered.
        dim: the dimension of the batch.
    """

    def __init__(
        self,
        module: Module,
        device_ids: Sequence[_Device] | None = None,
        output_device: _Device | None = None,
        dim: int = 0,
    ) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[int] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """Call the module."""
        return self.module(*inputs, **kwargs)


# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
