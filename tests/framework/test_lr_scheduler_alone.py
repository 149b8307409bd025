"""Schedules of learning rates held against their formulas, without PyTorch."""

from __future__ import annotations

import pytest

from minitorch import torch as ours
from minitorch.torch import optim
from minitorch.torch.optim import lr_scheduler

from .lr_cases import flat, optimizer_of, options_over_epochs


def test_step_lr_is_its_formula() -> None:
    optimizer = optimizer_of(ours, optim)
    scheduler = lr_scheduler.StepLR(optimizer, 3, gamma=0.5)
    for epoch in range(10):
        assert optimizer.param_groups[1]["lr"] == pytest.approx(0.3 * 0.5 ** (epoch // 3))
        optimizer.step()
        scheduler.step()


def test_cosine_reaches_its_ends() -> None:
    optimizer = optimizer_of(ours, optim)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, 8, eta_min=0.01)
    rates = flat([each[0][0] for each in options_over_epochs(optimizer, scheduler, 9)[::2]])
    assert rates[0] == 0.05
    assert rates[4] == pytest.approx((0.05 + 0.01) / 2)
    assert rates[8] == pytest.approx(0.01)


def test_a_written_schedule() -> None:
    class Halving(lr_scheduler.LRScheduler):
        def get_lr(self) -> list[float]:
            return [base / 2**self.last_epoch for base in self.base_lrs]

    optimizer = optimizer_of(ours, optim)
    scheduler = Halving(optimizer)
    optimizer.step()
    scheduler.step()
    assert scheduler.get_last_lr() == [0.025, 0.15]


def test_the_order_of_calls_is_warned_of() -> None:
    optimizer = optimizer_of(ours, optim)
    optimizer.step()
    scheduler = lr_scheduler.StepLR(optimizer, 3)
    with pytest.warns(UserWarning, match="before `optimizer.step") as caught:
        scheduler.step()
    assert caught[0].filename == __file__
    scheduler.step()


def test_a_method_that_was_exchanged_is_warned_of() -> None:
    optimizer = optimizer_of(ours, optim)
    scheduler = lr_scheduler.StepLR(optimizer, 3)
    optimizer.step = lambda: None
    with pytest.warns(UserWarning, match="overridden"):
        scheduler.step()


def test_a_tensor_stays_the_tensor() -> None:
    rate = ours.tensor(0.1)
    optimizer = optimizer_of(ours, optim)
    optimizer.param_groups[0]["lr"] = rate
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] is rate
    assert rate.item() == pytest.approx(0.05)
    assert optimizer.param_groups[0]["initial_lr"].item() == pytest.approx(0.1)
    assert scheduler.get_last_lr()[0] is not rate
