"""Schedules that multiply the rate by a factor from epoch to epoch."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable

from ..optimizer import Optimizer
from ._base import GroupScheduler, Rate


class StepLR(GroupScheduler):
    """Multiply the rate by gamma every step_size epochs.

    Args:
        optimizer: whose groups have a "lr".
        step_size: how many epochs a rate holds.
        gamma: the factor.
        last_epoch: where to go on; -1 to begin.
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _following(self, rate: Rate, base: Rate) -> Rate:
        is_turn = self.last_epoch != 0 and self.last_epoch % self.step_size == 0
        return rate * self.gamma if is_turn else rate

    def _at_epoch(self, base: Rate) -> Rate:
        return base * self.gamma ** (self.last_epoch // self.step_size)


class MultiStepLR(GroupScheduler):
    """Multiply the rate by gamma at each milestone.

    Args:
        optimizer: whose groups have a "lr".
        milestones: epochs; one that comes twice counts twice.
        gamma: the factor.
        last_epoch: where to go on; -1 to begin.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _following(self, rate: Rate, base: Rate) -> Rate:
        times = self.milestones.get(self.last_epoch, 0)
        return rate * self.gamma**times if times else rate

    def _at_epoch(self, base: Rate) -> Rate:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return base * self.gamma**passed


class ConstantLR(GroupScheduler):
    """Multiply the rate by a factor at the beginning, and divide it after total_iters epochs.

    Args:
        optimizer: whose groups have a "lr".
        factor: between 0 and 1.
        total_iters: how many epochs it holds.
        last_epoch: where to go on; -1 to begin.

    Raises:
        ValueError: the factor is not between 0 and 1.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1.0 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if factor > 1.0 or factor < 0:
            raise ValueError(
                f"Constant multiplicative factor expected to be between 0 and 1, got {factor}."
            )
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _following(self, rate: Rate, base: Rate) -> Rate:
        if self.last_epoch == 0:
            return rate * self.factor
        return rate * (1.0 / self.factor) if self.last_epoch == self.total_iters else rate

    def _at_epoch(self, base: Rate) -> Rate:
        is_over = self.last_epoch >= self.total_iters
        return base * (self.factor + is_over * (1 - self.factor))


class LinearLR(GroupScheduler):
    """Change the factor of the rate evenly over total_iters epochs.

    Args:
        optimizer: whose groups have a "lr".
        start_factor: the first factor, above 0 and at most 1.
        end_factor: the last one, between 0 and 1.
        total_iters: how many epochs the change takes.
        last_epoch: where to go on; -1 to begin.

    Raises:
        ValueError: a factor is out of range.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to "
                f"1, got {start_factor}."
            )
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError(
                f"Ending multiplicative factor expected to be between 0 and 1, got {end_factor}."
            )
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _following(self, rate: Rate, base: Rate) -> Rate:
        if self.last_epoch == 0:
            return rate * self.start_factor
        if self._is_initial or self.last_epoch > self.total_iters:
            return rate
        change = self.end_factor - self.start_factor
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * change
        return rate * (1.0 + change / before)

    def _at_epoch(self, base: Rate) -> Rate:
        change = self.end_factor - self.start_factor
        passed = min(self.total_iters, self.last_epoch)
        return base * (self.start_factor + change * passed / self.total_iters)


class ExponentialLR(GroupScheduler):
    """Multiply the rate by gamma every epoch.

    Args:
        optimizer: whose groups have a "lr".
        gamma: the factor.
        last_epoch: where to go on; -1 to begin.
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _following(self, rate: Rate, base: Rate) -> Rate:
        return rate if self._is_initial else rate * self.gamma

    def _at_epoch(self, base: Rate) -> Rate:
        return base * self.gamma**self.last_epoch


class PolynomialLR(GroupScheduler):
    """Let the rate fall to 0 over total_iters epochs, by a power of the epochs that are left.

    Args:
        optimizer: whose groups have a "lr".
        total_iters: how many epochs it takes.
        power: 1 for an even fall.
        last_epoch: where to go on; -1 to begin.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total_iters: int = 5,
        power: float = 1.0,
        last_epoch: int = -1,
    ) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def _following(self, rate: Rate, base: Rate) -> Rate:
        if self._is_initial or self.last_epoch > self.total_iters:
            return rate
        left = 1.0 - self.last_epoch / self.total_iters
        left_before = 1.0 - (self.last_epoch - 1) / self.total_iters
        return rate * (left / left_before) ** self.power

    def _at_epoch(self, base: Rate) -> Rate:
        passed = min(self.total_iters, self.last_epoch)
        return base * (1.0 - passed / self.total_iters) ** self.power
