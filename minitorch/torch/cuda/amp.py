"""Mixed precision on NVIDIA GPUs, by the old names: `torch.cuda.amp`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._warn import warn
from .._dtype import dtype as dtype_kind
from .._dtype import float16
from ..amp import autocast_mode, grad_scaler


class autocast(autocast_mode.autocast):  # noqa: N801  (PyTorch's name)
    """`torch.amp.autocast("cuda", ...)`, by its old name."""

    def __init__(
        self, enabled: bool = True, dtype: dtype_kind = float16, cache_enabled: bool = True
    ) -> None:
        warn("torch.cuda.amp.autocast is called torch.amp.autocast('cuda') now.", FutureWarning)
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(grad_scaler.GradScaler):
    """`torch.amp.GradScaler("cuda", ...)`, by its old name."""

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        warn("torch.cuda.amp.GradScaler is called torch.amp.GradScaler('cuda') now.", FutureWarning)
        super().__init__(
            "cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled
        )


def custom_fwd(
    fwd: Callable[..., Any] | None = None, *, cast_inputs: dtype_kind | None = None
) -> Any:
    """`torch.amp.custom_fwd` for CUDA, by its old name."""
    return autocast_mode.custom_fwd(fwd, device_type="cuda", cast_inputs=cast_inputs)


def custom_bwd(bwd: Callable[..., Any]) -> Any:
    """`torch.amp.custom_bwd` for CUDA, by its old name."""
    return autocast_mode.custom_bwd(bwd, device_type="cuda")
