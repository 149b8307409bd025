"""Schedules that go up and down, and the momentum against them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

from .._groups import Group
from ..optimizer import Optimizer
from ._base import LRScheduler, Rate, check_optimizer, for_groups, set_option
from ._callables import attributes_of


class _WithMomentum(LRScheduler):
    """A schedule that can also change the momentum, or the first of the betas."""

    cycle_momentum: bool
    use_beta1: bool

    def _begin_momentum(self, optimizer: Optimizer, base: Any, largest: Any, is_new: bool) -> None:
        """Check the momenta, and set those that a schedule begins with.

        Raises:
            ValueError: the optimizer has no momentum.
        """
        if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
            raise ValueError(
                "optimizer must support momentum or beta1 with `cycle_momentum` option enabled: "
                f"{type(optimizer).__name__} has neither. Give cycle_momentum=False."
            )
        self.use_beta1 = "betas" in optimizer.defaults
        if is_new:
            for group, low, high in zip(optimizer.param_groups, base, largest, strict=True):
                self._set_momentum(group, high)
                group["max_momentum"] = high
                group["base_momentum"] = low

    def _set_momentum(self, group: Group, momentum: float) -> None:
        if self.use_beta1:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum


class CyclicLR(_WithMomentum):
    """Let the rate go up and down between two bounds, and the momentum down and up.

    Source: L. Smith, "Cyclical learning rates for training neural networks", 2017.

    Args:
        optimizer: whose groups have a "lr".
        base_lr: the lower bound, for all groups or for each.
        max_lr: the upper bound.
        step_size_up: how many steps the way up takes.
        step_size_down: how many the way down takes; by default as many.
        mode: "triangular", "triangular2" (half the height in each cycle) or "exp_range" (the height
            times gamma in each step).
        gamma: see mode.
        scale_fn: a function for the height, in place of a mode.
        scale_mode: whether that takes the number of the "cycle" or of the steps, "iterations".
        cycle_momentum: change the momentum too.
        base_momentum: its lower bound.
        max_momentum: its upper bound.
        last_epoch: where to go on; -1 to begin.

    Raises:
        ValueError: the mode is unknown, the optimizer has no momentum, or a list does not fit the
            groups.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: Literal["cycle", "iterations"] = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float = 0.8,
        max_momentum: float = 0.9,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        base_lrs = for_groups("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for rate, group in zip(base_lrs, optimizer.param_groups, strict=True):
                set_option(group, "lr", rate)
        self.max_lrs = for_groups("max_lr", optimizer, max_lr)
        down = step_size_up if step_size_down is None else step_size_down
        self.total_size = float(step_size_up) + float(down)
        self.step_ratio = float(step_size_up) / self.total_size
        if scale_fn is None and mode not in _SCALE_MODES:
            raise ValueError(
                f"mode is invalid and scale_fn is None: got mode {mode!r}, expected one of "
                f"{list(_SCALE_MODES)}."
            )
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode if scale_fn is not None else _SCALE_MODES[mode]
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums = for_groups("base_momentum", optimizer, base_momentum)
            self.max_momentums = for_groups("max_momentum", optimizer, max_momentum)
            is_new = last_epoch == -1
            self._begin_momentum(optimizer, self.base_momentums, self.max_momentums, is_new)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """Give the height of a cycle, or at a step."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular2":
            return 1 / 2.0 ** (x - 1)
        height: float = self.gamma**x if self.mode == "exp_range" else 1.0
        return height

    def get_lr(self) -> list[Rate]:
        """Compute the rates for `last_epoch`, and set the momenta; see `get_last_lr`."""
        self._check_in_step()
        cycles = self.last_epoch / self.total_size
        cycle = math.floor(1 + cycles)
        place = 1.0 + cycles - cycle
        if place <= self.step_ratio:
            share = place / self.step_ratio
        else:
            share = (place - 1) / (self.step_ratio - 1)
        height = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            bounds = zip(self.base_momentums, self.max_momentums, strict=True)
            for group, (low, high) in zip(self.optimizer.param_groups, bounds, strict=True):
                self._set_momentum(group, high - (high - low) * share * height)
        return [
            low + (high - low) * share * height
            for low, high in zip(self.base_lrs, self.max_lrs, strict=True)
        ]

    def state_dict(self) -> dict[str, Any]:
        """Give everything but the optimizer and a plain scale_fn."""
        state = super().state_dict()
        function = self._scale_fn_custom
        state["_scale_fn_custom"] = None if function is None else attributes_of(function)
        return state

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        given = dict(state_dict)
        attributes = given.pop("_scale_fn_custom")
        super().load_state_dict(given)
        if attributes is not None:
            vars(self._scale_fn_custom).update(attributes)


# For each mode, what its height depends on.
_SCALE_MODES: dict[str, Literal["cycle", "iterations"]] = {
    "triangular": "cycle",
    "triangular2": "cycle",
    "exp_range": "iterations",
}


class OneCycleLR(_WithMomentum):
    """Let the rate rise once and fall very low, and the momentum fall and rise, over all steps.

    Source: L. Smith and N. Topin, "Super-convergence: very fast training of neural networks using
    large learning rates", 2018.

    Args:
        optimizer: whose groups have a "lr".
        max_lr: the highest rate, for all groups or for each.
        total_steps: how many steps there will be.
        epochs: in place of total_steps, with steps_per_epoch.
        steps_per_epoch: see epochs.
        pct_start: the share of the steps in which the rate rises.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: change the momentum too.
        base_momentum: its lower bound.
        max_momentum: its upper bound.
        div_factor: the highest rate divided by the first.
        final_div_factor: the first rate divided by the last.
        three_phase: fall as fast as the rate rose, then to the last rate.
        last_epoch: where to go on; -1 to begin.

    Raises:
        ValueError: the steps are not told, an argument is out of range, or the optimizer has no
            momentum.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.total_steps = _count_steps(total_steps, epochs, steps_per_epoch)
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._schedule_phases = _phases(self.total_steps, pct_start, three_phase)
        self._anneal_func_type = anneal_strategy
        highest = for_groups("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, highest, strict=True):
                group["initial_lr"] = rate / div_factor
                group["max_lr"] = rate
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            low = for_groups("base_momentum", optimizer, base_momentum)
            high = for_groups("max_momentum", optimizer, max_momentum)
            self._begin_momentum(optimizer, low, high, last_epoch == -1)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """Compute the rates for `last_epoch`, and set the momenta; see `get_last_lr`.

        Raises:
            ValueError: all steps were taken.
        """
        self._check_in_step()
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"Tried to step {self.last_epoch} times. The specified number of total steps is "
                f"{self.total_steps}"
            )
        phase, share = self._place()
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._between(group[phase["start_lr"]], group[phase["end_lr"]], share))
            if self.cycle_momentum:
                start, end = group[phase["start_momentum"]], group[phase["end_momentum"]]
                self._set_momentum(group, self._between(start, end, share))
        return rates

    def _place(self) -> tuple[dict[str, Any], float]:
        """Find the phase of the step, and what share of it has passed."""
        start = 0.0
        for phase in self._schedule_phases:
            end = phase["end_step"]
            if self.last_epoch <= end or phase is self._schedule_phases[-1]:
                break
            start = end
        return phase, (self.last_epoch - start) / (end - start)

    def _between(self, start: Rate, end: Rate, share: float) -> Rate:
        if self._anneal_func_type == "linear":
            return (end - start) * share + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)


def _count_steps(total_steps: Any, epochs: Any, steps_per_epoch: Any) -> int:
    """Check and multiply the numbers of steps."""
    if total_steps is not None:
        return _positive("total_steps", total_steps)
    if epochs is None or steps_per_epoch is None:
        raise ValueError(
            "You must define either total_steps OR (epochs AND steps_per_epoch), got "
            f"total_steps={total_steps}, epochs={epochs}, steps_per_epoch={steps_per_epoch}."
        )
    return _positive("epochs", epochs) * _positive("steps_per_epoch", steps_per_epoch)


def _positive(name: str, value: Any) -> int:
    if not isinstance(value, int) or value <= 0:
        raise ValueError(f"Expected positive integer {name}, but got {value}")
    return value


def _phases(steps: int, share: float, three: bool) -> list[dict[str, Any]]:
    """Describe the phases: where each one ends, and which options of a group it lies between."""
    turn = float(share * steps) - 1
    last = steps - 1
    if not three:
        return [
            _phase(turn, "initial_lr", "max_lr", "max_momentum", "base_momentum"),
            _phase(last, "max_lr", "min_lr", "base_momentum", "max_momentum"),
        ]
    back = float(2 * share * steps) - 2
    return [
        _phase(turn, "initial_lr", "max_lr", "max_momentum", "base_momentum"),
        _phase(back, "max_lr", "initial_lr", "base_momentum", "max_momentum"),
        _phase(last, "initial_lr", "min_lr", "max_momentum", "max_momentum"),
    ]


def _phase(
    end: float, start_lr: str, end_lr: str, start_momentum: str, end_momentum: str
) -> dict[str, Any]:
    return {
        "end_step": end,
        "start_lr": start_lr,
        "end_lr": end_lr,
        "start_momentum": start_momentum,
        "end_momentum": end_momentum,
    }
