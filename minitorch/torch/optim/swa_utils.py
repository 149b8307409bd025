"""Averages of a model's parameters over the steps, as `torch.optim.swa_utils`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...kernels.cpu.elementwise.cast import copy_
from .. import _device
from .._record import count_change
from .._tensor import Tensor
from .._wrap import wrap
from ..autograd.grad_mode import no_grad
from ..nn.modules.module import Module
from ._arithmetic import lerp_
from ._checks import number
from .lr_scheduler._base import LRScheduler, Rate, for_groups
from .optimizer import Optimizer

if TYPE_CHECKING:
    from ..nn.modules.batchnorm import _BatchNorm

Array = NDArray[Any]
Average: TypeAlias = Callable[[Tensor, Tensor, Any], Tensor]
ManyAverages: TypeAlias = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]


def get_ema_multi_avg_fn(decay: float = 0.999) -> ManyAverages:
    """Give a function that moves averages towards the newest values, of which they take 1 - decay.

    Raises:
        ValueError: decay is not in [0, 1].
    """
    _check_decay(decay)

    def ema_update(averages: Sequence[Tensor], values: Sequence[Tensor], count: Any) -> None:
        for average, value in zip(averages, values, strict=True):
            if average._key.is_float:
                _move(average, value, 1 - decay)
            else:
                _put(average, average._array * decay + value._array * (1 - decay))

    return ema_update


def get_swa_multi_avg_fn() -> ManyAverages:
    """Give a function that makes averages in which all values so far count alike."""

    def swa_update(averages: Sequence[Tensor], values: Sequence[Tensor], count: Any) -> None:
        # Where the count is a tensor, as in AveragedModel, so is the share, of float32.
        share = number(1 / (count + 1))
        for average, value in zip(averages, values, strict=True):
            if average._key.is_float:
                _move(average, value, share)
            else:
                change = np.trunc((value._array - average._array) / (number(count) + 1))
                _put(average, average._array + change)

    return swa_update


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """Give a function that computes one average, as `get_ema_multi_avg_fn` does for many.

    Raises:
        ValueError: decay is not in [0, 1].
    """
    _check_decay(decay)

    @no_grad()
    def ema_update(average: Tensor, value: Tensor, count: Any) -> Tensor:
        return average * decay + value * (1 - decay)

    return ema_update


def get_swa_avg_fn() -> Average:
    """Give a function that computes one average, as `get_swa_multi_avg_fn` does for many."""

    @no_grad()
    def swa_update(average: Tensor, value: Tensor, count: Any) -> Tensor:
        return average + (value - average) / (count + 1)

    return swa_update


def _check_decay(decay: float) -> None:
    if not 0.0 <= decay <= 1.0:
        raise ValueError(
            f"Invalid decay value {decay} provided. Please provide a value in [0,1] range."
        )


def _move(average: Tensor, value: Tensor, share: float) -> None:
    """Move an average towards a value."""
    lerp_(average._array, value._array, share)
    count_change(average)


def _put(target: Tensor, values: Array) -> None:
    """Set a tensor's elements."""
    copy_(target._array, values)
    count_change(target)


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of those that the model has had.

    Source: P. Izmailov et al., "Averaging weights leads to wider optima and better
    generalization", 2018.

    Args:
        model: is copied; call `update_parameters(model)` after its steps.
        device: where the averages are kept.
        avg_fn: computes an average from itself, the newest value and the number of values before;
            by default all count alike.
        multi_avg_fn: changes a list of averages, in the same way.
        use_buffers: average the buffers too, which are copied otherwise.

    Raises:
        AssertionError: both functions are given.
    """

    n_averaged: Tensor
    module: Module

    def __init__(
        self,
        model: Module,
        device: int | _device.device | str | None = None,
        avg_fn: Average | None = None,
        multi_avg_fn: ManyAverages | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError(
                "Only one of avg_fn and multi_avg_fn should be provided, got both."
            )
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", wrap(np.array(0)))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the averaged model."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Let the model's parameters, as they are now, into the averages."""
        averages = [tensor.detach() for tensor in self._averaged(self.module)]
        values = [tensor.detach() for tensor in self._averaged(model)]
        if self.n_averaged.item() == 0:
            for average, value in zip(averages, values, strict=True):
                _put(average, value._array)
        elif self.multi_avg_fn is not None:
            for mine, theirs in _by_dtype(averages, values):
                self.multi_avg_fn(mine, theirs, self.n_averaged)
        else:
            update = self.avg_fn or get_swa_avg_fn()
            for average, value in zip(averages, values, strict=True):
                _put(average, update(average, value, self.n_averaged)._array)
        if not self.use_buffers:
            for buffer, value in zip(self.module.buffers(), model.buffers(), strict=True):
                _put(buffer, value._array)
        _put(self.n_averaged, self.n_averaged._array + 1)

    def _averaged(self, model: Module) -> Iterable[Tensor]:
        """Give what is averaged of a model."""
        return chain(model.parameters(), model.buffers() if self.use_buffers else ())


def _by_dtype(
    averages: Sequence[Tensor], values: Sequence[Tensor]
) -> Iterable[tuple[list[Tensor], list[Tensor]]]:
    """Sort pairs of tensors by the dtype of the first."""
    groups: dict[Any, tuple[list[Tensor], list[Tensor]]] = {}
    for average, value in zip(averages, values, strict=True):
        mine, theirs = groups.setdefault(average._key.dtype, ([], []))
        mine.append(average)
        theirs.append(value)
    return groups.values()


@no_grad()
def update_bn(
    loader: Iterable[Any], model: Module, device: int | _device.device | str | None = None
) -> None:
    """Compute the running statistics of all batch normalizations anew, from one pass over data.

    Args:
        loader: gives batches: tensors, or lists whose first member is one.
        model: is called with each.
        device: where batches are sent before.
    """
    from ..nn.modules.batchnorm import _BatchNorm

    momenta: dict[_BatchNorm, float | None] = {}
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.reset_running_stats()
            momenta[module] = module.momentum
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.momentum = None
    for batch in loader:
        first = batch[0] if isinstance(batch, list | tuple) else batch
        model(first if device is None else first.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """Change the rate to a constant one over some epochs, to average parameters from then on.

    Args:
        optimizer: whose groups have a "lr".
        swa_lr: the constant rate, for all groups or for each.
        anneal_epochs: how many epochs the change takes.
        anneal_strategy: "cos" or "linear".
        last_epoch: where to go on; -1 to begin.

    Raises:
        ValueError: anneal_strategy is unknown, or anneal_epochs is no whole number from 0 on.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float,
        anneal_epochs: int = 10,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        last_epoch: int = -1,
    ) -> None:
        rates = for_groups("swa_lr", optimizer, swa_lr)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["swa_lr"] = rate
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """Compute the rates for this step; to read them, use `get_last_lr`."""
        self._check_in_step()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        share_before, share = self._share(step - 1), self._share(step)
        rates = []
        for group in self.optimizer.param_groups:
            rate, final = group["lr"], group["swa_lr"]
            # The rate that the change began with, as the rate before tells it.
            first = (
                final if share_before == 1 else (rate - share_before * final) / (1 - share_before)
            )
            rates.append(final * share + first * (1 - share))
        return rates

    def _share(self, step: int) -> float:
        """Give what share of the change is done after a step."""
        passed = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        if self._anneal_strategy == "linear":
            return passed
        return (1 - math.cos(math.pi * passed)) / 2
