"""Schedules along a cosine."""

from __future__ import annotations

import math

from ..optimizer import Optimizer
from ._base import GroupScheduler, LRScheduler, Rate


class CosineAnnealingLR(GroupScheduler):
    """Let the rate fall along half a cosine, and rise again.

    `lr = eta_min + (base - eta_min) * (1 + cos(pi * epoch / T_max)) / 2`, computed from the rate
    before, so that it joins with other schedules.

    Source: I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts",
    2017.

    Args:
        optimizer: whose groups have a "lr".
        T_max: the epochs of the fall.
        eta_min: the lowest rate.
        last_epoch: where to go on; -1 to begin.
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def _following(self, rate: Rate, base: Rate) -> Rate:
        if self._is_initial:
            return rate
        if self._step_count == 1 and self.last_epoch > 0:
            return self._at_epoch(base)
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:
            # The rate before was the lowest, which tells nothing about the next.
            return rate + (base - self.eta_min) * (1 - math.cos(math.pi / self.T_max)) / 2
        height = 1 + math.cos(math.pi * self.last_epoch / self.T_max)
        height_before = 1 + math.cos(math.pi * (self.last_epoch - 1) / self.T_max)
        return height / height_before * (rate - self.eta_min) + self.eta_min

    def _at_epoch(self, base: Rate) -> Rate:
        height = 1 + math.cos(math.pi * self.last_epoch / self.T_max)
        return self.eta_min + (base - self.eta_min) * height / 2


class CosineAnnealingWarmRestarts(LRScheduler):
    """Let the rate fall along half a cosine, again and again, each time over T_mult times as long.

    Source: I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts",
    2017.

    Args:
        optimizer: whose groups have a "lr".
        T_0: the epochs of the first fall.
        T_mult: how much longer the next one takes.
        eta_min: the lowest rate.
        last_epoch: where to go on; -1 to begin.

    Raises:
        ValueError: T_0 or T_mult is no positive whole number, or eta_min is no number.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, float | int):
            raise ValueError(
                f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}"
            )
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """Compute the rates for `last_epoch`; to read them, use `get_last_lr`."""
        self._check_in_step()
        height = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * height for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next epoch, or to a given one, which may be a fraction.

        Raises:
            ValueError: the epoch is negative.
        """
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        else:
            self._find_fall(epoch)
        self._set_epoch(math.floor(epoch), self.get_lr)

    def _find_fall(self, epoch: float) -> None:
        """Find out which fall an epoch lies in, and where."""
        if epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            falls = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            passed = self.T_0 * (self.T_mult**falls - 1) / (self.T_mult - 1)
            self.T_cur = epoch - passed
            self.T_i = self.T_0 * self.T_mult**falls
