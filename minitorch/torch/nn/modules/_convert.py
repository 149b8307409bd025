"""Modules in other dtypes and on other devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..._device import device as make_device
from ..._dtype import dtype as Dtype  # noqa: N812
from ..._dtype import float16, float32, float64
from ..._tensor import Tensor
from ..._wrap import wrap
from ...functions import conversion
from ._registry import Registry

Self = TypeVar("Self", bound="ConversionMethods")
Device = make_device | str | int


class ConversionMethods:
    """The methods of modules that convert all parameters and buffers."""

    _parameters: Registry
    _buffers: Registry
    children: Callable[..., Any]

    def _apply(self: Self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Put what a function gives for each parameter and buffer into its place.

        Parameters stay the objects that optimizers know.
        """
        if recurse:
            for module in self.children():
                module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is None:
                continue
            gradient = parameter.grad
            parameter.data = fn(parameter.data)
            if gradient is not None:
                gradient.data = fn(gradient.data)
                parameter.grad = gradient
        for name, buffer in list(self._buffers.items()):
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self: Self, *args: Any, **kwargs: Any) -> Self:
        """Convert all parameters and buffers in place.

        Call it as `to(device, dtype, non_blocking)`, `to(dtype, non_blocking)` or
        `to(tensor, non_blocking)`, with `memory_format` for tensors of 4 and 5 dimensions. A dtype
        is for floats; integers keep their own.

        Raises:
            TypeError: the arguments are none of these, or the dtype is none of floats.
        """
        device, dtype, memory_format = _target(*args, **kwargs)
        if isinstance(device, int) and not isinstance(device, bool):
            device = f"cuda:{device}"
        if dtype is not None and not dtype.is_floating_point:
            raise TypeError(
                "nn.Module.to only accepts floating point or complex dtypes, but got desired "
                f"dtype={dtype}"
            )
        return self._apply(lambda tensor: _converted(tensor, device, dtype, memory_format))

    def type(self: Self, dst_type: Dtype | str) -> Self:
        """Convert all parameters and buffers to a dtype; integers too."""
        return self._apply(lambda tensor: tensor.type(dst_type))

    def float(self: Self) -> Self:
        """Convert all floats to float32."""
        return self._apply(lambda tensor: _converted(tensor, None, float32))

    def double(self: Self) -> Self:
        """Convert all floats to float64."""
        return self._apply(lambda tensor: _converted(tensor, None, float64))

    def half(self: Self) -> Self:
        """Convert all floats to float16."""
        return self._apply(lambda tensor: _converted(tensor, None, float16))

    def cpu(self: Self) -> Self:
        """Move all parameters and buffers to the CPU."""
        return self.to("cpu")

    def cuda(self: Self, device: Device | None = None) -> Self:
        """Move all parameters and buffers to a GPU, the first one by default."""
        return self.to("cuda" if device is None else device)

    def to_empty(self: Self, *, device: Device | None, recurse: bool = True) -> Self:
        """Replace all parameters and buffers by ones whose values are arbitrary."""
        return self._apply(
            lambda tensor: _converted(wrap(np.empty_like(tensor._array)), device, None), recurse
        )


def _target(
    *args: Any,
    device: Any = None,
    dtype: Any = None,
    tensor: Tensor | None = None,
    non_blocking: bool = False,
    memory_format: Any = None,
) -> tuple[Any, Any, Any]:
    """Find device, dtype and memory format among the arguments of `to`."""
    rest = list(args)
    if rest and isinstance(rest[0], Tensor):
        tensor = rest.pop(0)
    elif rest and isinstance(rest[0], Dtype):
        dtype = rest.pop(0)
    elif rest:
        device = rest.pop(0)
        if rest and (rest[0] is None or isinstance(rest[0], Dtype)):
            dtype = rest.pop(0) or dtype
    if (rest and not isinstance(rest.pop(0), bool)) or rest:
        raise TypeError(
            "to() takes a device and dtype, a dtype, or a tensor, each followed by non_blocking; "
            f"got {args!r}."
        )
    if tensor is not None:
        return tensor._key.device, tensor._key.dtype, memory_format
    return device, dtype, memory_format


def _converted(
    tensor: Tensor, device: Any, dtype: Dtype | None, memory_format: Any = None
) -> Tensor:
    return conversion.to(
        tensor,
        dtype=dtype if tensor._key.is_float else None,
        device=device,
        # Formats are for images and volumes.
        memory_format=memory_format if memory_format and len(tensor._shape) in (4, 5) else None,
    )
