"""Schedules of learning rates, held against torch.optim.lr_scheduler."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from minitorch import torch as ours
from minitorch.torch import optim
from minitorch.torch.optim import lr_scheduler

from .lr_cases import (
    CASES,
    EPOCHS,
    flat,
    optimizer_of,
    options_over_epochs,
    scheduler_of,
)

theirs = pytest.importorskip("torch")
SIDES = ((ours, optim, lr_scheduler), (theirs, theirs.optim, theirs.optim.lr_scheduler))


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("name", CASES)
def test_rates(name: str, optimizer: str) -> None:
    seen = []
    for torch, module, schedulers in SIDES:
        own = optimizer_of(torch, module, optimizer)
        seen.append(options_over_epochs(own, scheduler_of(name, schedulers, own), EPOCHS))
    assert flat(seen[0]) == pytest.approx(flat(seen[1]), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", CASES)
def test_rates_that_are_tensors(name: str) -> None:
    seen = []
    for torch, module, schedulers in SIDES:
        optimizer = optimizer_of(torch, module)
        held = []
        for group in optimizer.param_groups:
            group["lr"] = torch.tensor(group["lr"])
            held.append(group["lr"])
        scheduler = scheduler_of(name, schedulers, optimizer)
        seen.append(options_over_epochs(optimizer, scheduler, EPOCHS))
        assert all(g["lr"] is h for g, h in zip(optimizer.param_groups, held, strict=True))
    assert flat(seen[0]) == pytest.approx(flat(seen[1]), rel=1e-5, abs=1e-8)


def comparable(state: Any) -> Any:
    """Give a state with its floats rounded."""
    if isinstance(state, dict):
        return {key: comparable(value) for key, value in sorted(state.items(), key=str)}
    if isinstance(state, list | tuple):
        return [comparable(value) for value in state]
    return float(f"{state:.12g}") if isinstance(state, float) else state


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("to_us", [True, False], ids=["to_us", "to_torch"])
def test_states_are_exchanged(name: str, to_us: bool) -> None:
    pairs = []
    for torch, module, schedulers in SIDES:
        optimizer = optimizer_of(torch, module)
        pairs.append((optimizer, scheduler_of(name, schedulers, optimizer)))
        options_over_epochs(*pairs[-1], 7)
    mine, other = (scheduler.state_dict() for _, scheduler in pairs)
    assert comparable(mine) == comparable(other)
    source, target = (1, 0) if to_us else (0, 1)
    torch, module, schedulers = SIDES[target]
    optimizer = optimizer_of(torch, module)
    fresh = scheduler_of(name, schedulers, optimizer)
    fresh.load_state_dict(pairs[source][1].state_dict())
    optimizer.load_state_dict(pairs[source][0].state_dict())
    expected = options_over_epochs(*pairs[source], 10)
    assert flat(options_over_epochs(optimizer, fresh, 10)) == pytest.approx(flat(expected))


CLOSED = ["StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR"]


@pytest.mark.parametrize("name", [*CLOSED, "CosineAnnealingLR-min", "LambdaLR", "Restarts-longer"])
def test_steps_to_an_epoch(name: str) -> None:
    seen = []
    for torch, module, schedulers in SIDES:
        optimizer = optimizer_of(torch, module)
        scheduler = scheduler_of(name, schedulers, optimizer)
        optimizer.step()
        rates = []
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for epoch in (2, 9, 3, 17):
                scheduler.step(epoch)
                rates.append(scheduler.get_last_lr())
        seen.append((flat(rates), len(caught) > 0))
    assert seen[0][0] == pytest.approx(seen[1][0])
    assert seen[0][1] == seen[1][1]


@pytest.mark.parametrize("name", [*CLOSED, "CosineAnnealingLR", "Restarts", "CyclicLR"])
def test_goes_on_from_an_epoch(name: str) -> None:
    kinds: dict[str, tuple[Any, ...]] = {
        "StepLR": (4,),
        "MultiStepLR": ([3, 8],),
        "ExponentialLR": (0.8,),
        "CosineAnnealingLR": (10,),
        "Restarts": (5,),
        "CyclicLR": (0.01, 0.1, 4),
    }
    seen = []
    for torch, module, schedulers in SIDES:
        optimizer = optimizer_of(torch, module)
        for group in optimizer.param_groups:
            group.update(initial_lr=0.4, max_momentum=0.9, base_momentum=0.8)
        kind = "CosineAnnealingWarmRestarts" if name == "Restarts" else name
        scheduler = getattr(schedulers, kind)(optimizer, *kinds.get(name, ()), last_epoch=6)
        seen.append(flat(options_over_epochs(optimizer, scheduler, 8)))
    assert seen[0] == pytest.approx(seen[1])


PLATEAUS: list[dict[str, Any]] = [
    {"patience": 2},
    {"mode": "max", "patience": 1, "factor": 0.5},
    {"threshold_mode": "abs", "threshold": 0.5, "patience": 1, "cooldown": 3},
    {"mode": "max", "threshold_mode": "abs", "patience": 0, "min_lr": [0.01, 0.1]},
    {"patience": 0, "min_lr": 0.001, "eps": 0.002},
]


@pytest.mark.parametrize("options", PLATEAUS, ids=str)
def test_plateau(options: dict[str, Any]) -> None:
    metrics = [3.0, 2.5, 2.5, 2.6, 2.4, 2.9, 2.9, 2.9, 3.5, 1.0, 1.1, 1.2, 1.3, math.nan, 5.0, 5.0]
    seen, states = [], []
    for torch, module, schedulers in SIDES:
        optimizer = optimizer_of(torch, module)
        scheduler = schedulers.ReduceLROnPlateau(optimizer, **options)
        rates = []
        for i, metric in enumerate(metrics):
            scheduler.step(torch.tensor(metric) if i % 2 else metric)
            rates.append((scheduler.get_last_lr(), scheduler.in_cooldown))
            if i == 9:
                before = scheduler
                scheduler = schedulers.ReduceLROnPlateau(optimizer)
                scheduler.load_state_dict(before.state_dict())
        seen.append(flat(rates))
        states.append(scheduler.state_dict())
    assert seen[0] == pytest.approx(seen[1])
    assert comparable(states[0]) == comparable(states[1])


def misuse(torch: Any, module: Any, m: Any) -> list[Callable[[], Any]]:
    """Give calls that fail."""
    o, other = optimizer_of(torch, module), optimizer_of(torch, module)
    adagrad = optimizer_of(torch, module, "Adagrad")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        step, foreign = m.StepLR(o, 3), m.StepLR(other, 3)
        plateau = m.ReduceLROnPlateau(o)
    fresh = optimizer_of(torch, module)

    def too_long() -> None:
        scheduler = m.OneCycleLR(fresh, 0.1, total_steps=2)
        for _ in range(4):
            fresh.step()
            scheduler.step()

    return [
        lambda: m.StepLR("no", 3),
        lambda: m.ReduceLROnPlateau("no"),
        lambda: m.CyclicLR("no", 0.1, 0.2),
        lambda: m.OneCycleLR("no", 0.1, 5),
        lambda: m.StepLR(optimizer_of(torch, module), 3, last_epoch=4),
        lambda: m.LambdaLR(o, [lambda _: 1.0]),
        lambda: m.MultiplicativeLR(o, [1.0, 2.0]),
        lambda: m.ConstantLR(o, 1.5),
        lambda: m.LinearLR(o, 0.0),
        lambda: m.LinearLR(o, 0.5, 1.5),
        lambda: m.CosineAnnealingWarmRestarts(o, 0),
        lambda: m.CosineAnnealingWarmRestarts(o, 3, T_mult=0),
        lambda: m.CosineAnnealingWarmRestarts(o, 3, eta_min="0"),
        lambda: m.CosineAnnealingWarmRestarts(o, 3).step(-1),
        lambda: m.CyclicLR(o, [0.1], 0.2),
        lambda: m.CyclicLR(o, 0.1, 0.2, mode="no"),
        lambda: m.CyclicLR(adagrad, 0.1, 0.2),
        lambda: m.OneCycleLR(adagrad, 0.1, 5),
        lambda: m.OneCycleLR(o, 0.1),
        lambda: m.OneCycleLR(o, 0.1, total_steps=-1),
        lambda: m.OneCycleLR(o, 0.1, epochs=1.5, steps_per_epoch=3),
        lambda: m.OneCycleLR(o, 0.1, 5, pct_start=2.0),
        lambda: m.OneCycleLR(o, 0.1, 5, anneal_strategy="no"),
        too_long,
        lambda: m.ReduceLROnPlateau(o, factor=1.0),
        lambda: m.ReduceLROnPlateau(o, mode="no"),
        lambda: m.ReduceLROnPlateau(o, threshold_mode="no"),
        lambda: m.ReduceLROnPlateau(o, min_lr=[0.1]),
        lambda: m.SequentialLR(o, [], []),
        lambda: m.SequentialLR(o, [step], [3]),
        lambda: m.SequentialLR(o, [step, foreign], [3]),
        lambda: m.SequentialLR(o, [step, plateau], [3]),
        lambda: m.SequentialLR(o, [step, 3], [3]),
        lambda: m.ChainedScheduler([]),
        lambda: m.ChainedScheduler([step, foreign]),
        lambda: m.ChainedScheduler([plateau]),
        lambda: m.LRScheduler(optimizer_of(torch, module)),
    ]


MISUSES = 37


@pytest.mark.parametrize("place", range(MISUSES))
def test_misuse(place: int) -> None:
    ours_failing, theirs_failing = misuse(*SIDES[0]), misuse(*SIDES[1])
    assert len(ours_failing) == MISUSES
    with pytest.raises(Exception) as caught:
        theirs_failing[place]()
    with pytest.raises(caught.type):
        ours_failing[place]()


@pytest.mark.parametrize("name", [name for name in CASES if name[:3] not in ("Cha", "Seq")])
def test_get_lr_outside_of_a_step_is_warned_of(name: str) -> None:
    optimizer = optimizer_of(ours, optim)
    scheduler = CASES[name](lr_scheduler, optimizer)
    with pytest.warns(UserWarning, match="get_last_lr"):
        scheduler.get_lr()
