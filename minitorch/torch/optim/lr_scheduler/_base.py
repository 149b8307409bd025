"""What schedules of learning rates have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from ...._warn import warn
from ..._record import count_change
from ..._tensor import Tensor
from .._checks import number
from .._groups import Group
from ..optimizer import Optimizer

Rate: TypeAlias = Any  # a float, or a tensor of one element

_ORDER = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite "
    "order: `optimizer.step()` before `lr_scheduler.step()`. Otherwise the first value of the "
    "learning rate schedule is skipped."
)
_OVERRIDDEN = (
    "Seems like `optimizer.step()` has been overridden after learning rate scheduler "
    "initialization. Please make sure to call `optimizer.step()` before `lr_scheduler.step()`."
)
EPOCH_DEPRECATION = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where "
    "possible. Please use `scheduler.step()` to step the scheduler."
)


class LRScheduler:
    """Changes the learning rates of an optimizer's groups with each `step()`.

    A subclass writes `get_lr`, which tells the rates for `last_epoch`.

    Args:
        optimizer: whose groups have a "lr".
        last_epoch: where to go on; -1 to begin.

    Raises:
        TypeError: that is no optimizer.
        KeyError: it goes on, but a group does not say which rate it began with.
    """

    optimizer: Optimizer
    base_lrs: list[Rate]
    last_epoch: int
    _last_lr: list[Rate]
    _step_count: int
    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming "
                    f"scheduler with last_epoch={last_epoch}. Load the optimizer's state before, "
                    "or leave last_epoch away."
                )
        self.base_lrs = options(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        _watch(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the rates of the beginning."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next epoch, or to a given one."""
        if self._step_count == 1:
            _check_order(self.optimizer)
        self._step_count += 1
        if epoch is None:
            self._set_epoch(self.last_epoch + 1, self.get_lr)
        else:
            warn(EPOCH_DEPRECATION, UserWarning)
            self._update_lr(epoch)

    def _update_lr(self, epoch: int) -> None:
        """Set the rates of an epoch without looking at those before, where that is possible."""
        self._set_epoch(epoch, getattr(self, "_get_closed_form_lr", self.get_lr))

    def _set_epoch(self, epoch: int, compute: Callable[[], list[Rate]]) -> None:
        """Set the rates of an epoch."""
        self.last_epoch = epoch
        self._get_lr_called_within_step = True
        try:
            rates = compute()
        finally:
            self._get_lr_called_within_step = False
        self._last_lr = set_rates(self.optimizer, rates)

    def get_lr(self) -> list[Rate]:
        """Compute the rates for `last_epoch`; to read them, use `get_last_lr`."""
        raise NotImplementedError(f"{type(self).__name__} has no method get_lr().")

    def get_last_lr(self) -> list[Rate]:
        """Give the rates that were set last."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """Give everything but the optimizer."""
        return {name: value for name, value in vars(self).items() if name != "optimizer"}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        vars(self).update(state_dict)

    def _check_in_step(self) -> None:
        """Warn a user who calls `get_lr`."""
        if not self._get_lr_called_within_step:
            warn(
                "To get the last learning rate computed by the scheduler, please use "
                "`get_last_lr()`.",
                UserWarning,
            )


_LRScheduler = LRScheduler


class GroupScheduler(LRScheduler):
    """A schedule that computes each group's rate from the one before."""

    def get_lr(self) -> list[Rate]:
        """Compute the rates for `last_epoch`; to read them, use `get_last_lr`."""
        if not self._get_lr_called_within_step:
            self._check_in_step()
        groups = self.optimizer.param_groups
        return [
            self._following(group["lr"], base)
            for group, base in zip(groups, self.base_lrs, strict=True)
        ]

    def _get_closed_form_lr(self) -> list[Rate]:
        return [self._at_epoch(base) for base in self.base_lrs]

    def _following(self, rate: Rate, base: Rate) -> Rate:
        """Give the rate after one, for a group that began with base."""
        raise NotImplementedError

    def _at_epoch(self, base: Rate) -> Rate:
        """Give the rate at `last_epoch` without the one before."""
        raise NotImplementedError


# ---- optimizers and their options


def check_optimizer(optimizer: Any) -> None:
    """Check that a schedule got an optimizer.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def copied(value: Rate) -> Rate:
    """Copy an option, if it is a tensor."""
    return value.detach().clone() if isinstance(value, Tensor) else value


def options(optimizer: Optimizer, name: str) -> list[Rate]:
    """Copy an option of all groups."""
    return [copied(group[name]) for group in optimizer.param_groups]


def set_option(group: Group, name: str, value: Rate) -> None:
    """Set an option; one that is a tensor stays that tensor."""
    held = group[name]
    if isinstance(held, Tensor):
        held._array[...] = number(value)
        count_change(held)
    else:
        group[name] = value


def set_rates(optimizer: Optimizer, rates: Sequence[Rate]) -> list[Rate]:
    """Set the rates of all groups, and give copies of what they are then."""
    held = []
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        if type(group["lr"]) is type(rate) is float:
            group["lr"] = rate
            held.append(rate)
        else:
            set_option(group, "lr", rate)
            held.append(copied(group["lr"]))
    return held


def for_groups(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """Give an argument for each group: it may be one for all, or a list.

    Raises:
        ValueError: the list is of another length.
    """
    groups = optimizer.param_groups
    if not isinstance(value, list | tuple):
        return [copied(value) for _ in groups]
    if len(value) != len(groups):
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups: {len(groups)}, got "
            f"{len(value)}."
        )
    return [copied(one) for one in value]


def _watch(optimizer: Optimizer) -> None:
    """Begin to note whether the optimizer takes steps, and by which method."""
    if "_scheduled_step" not in vars(optimizer):
        vars(optimizer).update(_scheduled_step=vars(optimizer).get("step"), _opt_called=False)


def _check_order(optimizer: Optimizer) -> None:
    """Warn where the rates change before the first step."""
    own = vars(optimizer).get("step")
    if own is not vars(optimizer).get("_scheduled_step"):
        warn(_OVERRIDDEN, UserWarning)
    elif own is None and not optimizer._opt_called:
        warn(_ORDER, UserWarning)
