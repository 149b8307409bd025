"""Blocks that compute in a smaller dtype: there is none here that could be computed in faster.

PyTorch's autocast does nothing where it is disabled, and where the device that it is for is not
there; so it is here. On the CPU it would compute in bfloat16 or float16, and that raises.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any

from ..._warn import warn
from .._device import device
from .._dtype import dtype as dtype_kind
from .._dtype import float16


class autocast(ContextDecorator):  # noqa: N801  (PyTorch's name)
    """A block, or a decorator, that computes in a smaller dtype where it is enabled.

    Args:
        device_type: "cpu", "cuda" and so on.
        dtype: the smaller one.
        enabled: False for a block that computes as usual.
        cache_enabled: whether weights are converted once a block; without meaning here.

    Raises:
        NotImplementedError: it is enabled on the CPU.
        ValueError: device_type is no text.
        RuntimeError: it names no device.
    """

    def __init__(
        self,
        device_type: str,
        dtype: dtype_kind | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.device = device(device_type).type
        self.fast_dtype = float16 if dtype is None and self.device == "cuda" else dtype
        self._enabled = False
        if enabled and self.device == "cpu" and dtype not in (None, float16):
            warn(f"autocast('cpu') knows no dtype {dtype}. Disabling autocast.", UserWarning)
        elif enabled and self.device == "cpu":
            raise NotImplementedError(
                "autocast('cpu') would compute in bfloat16 or float16, and minitorch has neither a "
                "bfloat16 nor a faster float16 on the CPU. Leave it away, or give enabled=False: "
                "the block then computes in the tensors' own dtype."
            )
        elif enabled:
            warn(f"{self.device.upper()} is not available. Disabling autocast.", UserWarning)

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *problem: object) -> None:
        return None


def is_autocast_available(device_type: str) -> bool:
    """Tell whether tensors of a device can be computed with in a smaller dtype: none can.

    Raises:
        RuntimeError: there is no such kind of device.
    """
    device(device_type)
    return False


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """Tell whether a block that computes in a smaller dtype is under way: never."""
    return False


def custom_fwd(
    fwd: Callable[..., Any] | None = None,
    *,
    device_type: str,
    cast_inputs: dtype_kind | None = None,
) -> Any:
    """Mark the forward of an `autograd.Function` for mixed precision.

    Without a block that is enabled it is called as it is, as in PyTorch.
    """
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)
    return fwd


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Any:
    """Mark the backward of an `autograd.Function` for mixed precision; it is called as it is."""
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)
    return bwd
