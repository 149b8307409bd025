"""Losses scaled up, so that small gradients of a small dtype do not vanish: `GradScaler`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._warn import warn
from ...errors import ChoiceError
from .._device import device as device_kind
from .._dtype import float32
from .._wrap import Late
from ..autograd.grad_mode import no_grad
from ..functions.creation.creation import tensor

if TYPE_CHECKING:
    from .._tensor import Tensor
    from ..optim.optimizer import Optimizer

# What has become of an optimizer's gradients since the last update.
_READY, _UNSCALED, _STEPPED = "ready", "unscaled", "stepped"


class NoStepError(RuntimeError, AssertionError):
    """The factor shall be fitted to what happened, and nothing did."""


class GradScaler:
    """Scales losses up and gradients down, and skips a step whose gradients are not finite.

        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()

    Where its device is not there it is disabled, with a warning: `scale` then gives the loss as it
    is, and `step` is the optimizer's own.

    Args:
        device: "cuda" or "cpu".
        init_scale: the first factor.
        growth_factor: by which the factor grows after growth_interval steps in a row went well.
        backoff_factor: by which it shrinks when a gradient is not finite.
        growth_interval: as above.
        enabled: False to do nothing.

    Raises:
        ValueError: a factor is on the wrong side of 1.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._device = device_kind(device).type
        self._enabled = enabled and self._device == "cpu"
        if enabled and not self._enabled:
            warn(
                f"GradScaler is enabled, but {self._device.upper()} is not available. Disabling.",
                UserWarning,
            )
        if self._enabled and not growth_factor > 1:
            raise ChoiceError(f"The growth factor must be > 1.0, got {growth_factor}.")
        if self._enabled and not backoff_factor < 1:
            raise ChoiceError(f"The backoff factor must be < 1.0, got {backoff_factor}.")
        self._scale = float(init_scale)
        self._growth_factor = growth_factor
        self._backoff_factor = backoff_factor
        self._growth_interval = growth_interval
        self._growth_tracker = 0
        # By the id of an optimizer: what became of its gradients, and whether they are finite.
        self._stages: dict[int, str] = {}
        self._finite: dict[int, bool] = {}

    def is_enabled(self) -> bool:
        """Tell whether it scales."""
        return self._enabled

    def scale(self, outputs: Any) -> Any:
        """Multiply a loss, or each in a list, by the factor."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Late.Tensor):
            return outputs * tensor(self._scale, dtype=float32)
        if isinstance(outputs, list | tuple):
            return type(outputs)(self.scale(output) for output in outputs)
        raise ValueError(f"outputs must be a Tensor or several, got {type(outputs).__name__}.")

    def unscale_(self, optimizer: Optimizer) -> None:
        """Divide the gradients of an optimizer's parameters by the factor, before `step` would.

        Raises:
            RuntimeError: it has been done already since the last update.
        """
        if not self._enabled:
            return
        stage = self._stages.get(id(optimizer), _READY)
        if stage != _READY:
            raise RuntimeError(
                "unscale_() has already been called on this optimizer since the last update()."
                if stage == _UNSCALED
                else "unscale_() is being called after step()."
            )
        finite = True
        with no_grad():
            for gradient in _gradients(optimizer):
                gradient.mul_(1 / self._scale)
                finite = finite and bool(np.isfinite(gradient._array).all())
        self._finite[id(optimizer)] = finite
        self._stages[id(optimizer)] = _UNSCALED

    def step(self, optimizer: Optimizer, *args: Any, **kwargs: Any) -> Any:
        """Let an optimizer step, if all of its gradients are finite.

        Raises:
            RuntimeError: it stepped already since the last update, or a closure was given.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs or args:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        if self._stages.get(id(optimizer)) == _STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if self._stages.get(id(optimizer)) != _UNSCALED:
            self.unscale_(optimizer)
        self._stages[id(optimizer)] = _STEPPED
        return optimizer.step() if self._finite[id(optimizer)] else None

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Fit the factor to what happened since the last update, or set it.

        Raises:
            RuntimeError: nothing was stepped or unscaled.
        """
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        elif not self._finite:
            raise NoStepError("No inf checks were recorded prior to update: call step() before.")
        elif not all(self._finite.values()):
            self._scale *= self._backoff_factor
            self._growth_tracker = 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                self._scale *= self._growth_factor
                self._growth_tracker = 0
        self._stages.clear()
        self._finite.clear()

    def get_scale(self) -> float:
        """Give the factor; 1 where it is disabled."""
        return self._scale if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """Give the factor's own factor of growth."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set the factor's own factor of growth."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """Give what the factor is multiplied by after a bad step."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set what the factor is multiplied by after a bad step."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """Give after how many good steps the factor grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set after how many good steps the factor grows."""
        self._growth_interval = new_interval

    def state_dict(self) -> dict[str, Any]:
        """Give what a resumed training needs; empty where it is disabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave.

        Raises:
            RuntimeError: that was a disabled one.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled "
                "instance of GradScaler."
            )
        self._scale = state_dict["scale"]
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._growth_tracker = state_dict["_growth_tracker"]


def _gradients(optimizer: Optimizer) -> Iterator[Tensor]:
    """Give the gradients of an optimizer's parameters."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if parameter.grad is not None:
                yield parameter.grad
