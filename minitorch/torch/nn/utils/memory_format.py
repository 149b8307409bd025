"""Weights of convolutions in another memory format: `torch.nn.utils.memory_format`."""

from __future__ import annotations

from typing import Any, TypeVar

from ..modules.conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d
from ..modules.module import Module

Layer = TypeVar("Layer", bound=Module)


def convert_conv2d_weight_memory_format(module: Layer, memory_format: Any) -> Layer:
    """Lay the weights of all two-dimensional convolutions out in a memory format.

    Args:
        module: the convolution, or a module with convolutions inside.
        memory_format: such as `torch.channels_last`.
    """
    return _converted(module, memory_format, (Conv2d, ConvTranspose2d))


def convert_conv3d_weight_memory_format(module: Layer, memory_format: Any) -> Layer:
    """Lay the weights of all three-dimensional convolutions out in a memory format.

    Args:
        module: the convolution, or a module with convolutions inside.
        memory_format: such as `torch.channels_last_3d`.
    """
    return _converted(module, memory_format, (Conv3d, ConvTranspose3d))


def _converted(module: Layer, memory_format: Any, kinds: tuple[type[Module], ...]) -> Layer:
    for each in module.modules():
        if isinstance(each, kinds):
            each.weight.data = each.weight.detach().clone(memory_format=memory_format)
    return module
