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

EPOCHS = 25
Make = Callable[[Any, Any], Any]


class Falling:
    """A callable object with a state."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def __call__(self, epoch: float) -> float:
        return self.rate**epoch


# Each takes the module lr_scheduler of one side and an optimizer with two groups.
CASES: dict[str, Make] = {
    "LambdaLR": lambda m, o: m.LambdaLR(o, lambda epoch: 0.9**epoch),
    "LambdaLR-each": lambda m, o: m.LambdaLR(o, [Falling(0.5), lambda epoch: 1 / (1 + epoch)]),
    "MultiplicativeLR": lambda m, o: m.MultiplicativeLR(o, lambda epoch: 0.9),
    "MultiplicativeLR-each": lambda m, o: m.MultiplicativeLR(o, (Falling(0.9), lambda _: 0.5)),
    "StepLR": lambda m, o: m.StepLR(o, 4),
    "StepLR-gamma": lambda m, o: m.StepLR(o, step_size=3, gamma=0.7),
    "MultiStepLR": lambda m, o: m.MultiStepLR(o, [3, 3, 9, 20], gamma=0.5),
    "ConstantLR": lambda m, o: m.ConstantLR(o),
    "ConstantLR-long": lambda m, o: m.ConstantLR(o, factor=0.2, total_iters=9),
    "LinearLR": lambda m, o: m.LinearLR(o),
    "LinearLR-down": lambda m, o: m.LinearLR(o, 0.9, 0.1, total_iters=12),
    "ExponentialLR": lambda m, o: m.ExponentialLR(o, 0.8),
    "PolynomialLR": lambda m, o: m.PolynomialLR(o),
    "PolynomialLR-power": lambda m, o: m.PolynomialLR(o, total_iters=11, power=2.5),
    "CosineAnnealingLR": lambda m, o: m.CosineAnnealingLR(o, 10),
    "CosineAnnealingLR-min": lambda m, o: m.CosineAnnealingLR(o, T_max=7, eta_min=0.01),
    "Restarts": lambda m, o: m.CosineAnnealingWarmRestarts(o, 5),
    "Restarts-longer": lambda m, o: m.CosineAnnealingWarmRestarts(o, 3, T_mult=2, eta_min=0.01),
    "CyclicLR": lambda m, o: m.CyclicLR(o, 0.01, 0.1, step_size_up=4),
    "CyclicLR-2": lambda m, o: m.CyclicLR(
        o, [0.01, 0.02], [0.1, 0.3], step_size_up=3, step_size_down=5, mode="triangular2"
    ),
    "CyclicLR-exp": lambda m, o: m.CyclicLR(
        o, 0.01, 0.1, step_size_up=4, mode="exp_range", gamma=0.9, base_momentum=0.5
    ),
    "CyclicLR-own": lambda m, o: m.CyclicLR(
        o, 0.01, 0.1, 4, scale_fn=Falling(0.9), scale_mode="iterations", cycle_momentum=False
    ),
    "OneCycleLR": lambda m, o: m.OneCycleLR(o, 0.5, total_steps=EPOCHS + 1),
    "OneCycleLR-linear": lambda m, o: m.OneCycleLR(
        o, [0.5, 0.3], epochs=6, steps_per_epoch=5, anneal_strategy="linear", pct_start=0.4
    ),
    "OneCycleLR-three": lambda m, o: m.OneCycleLR(
        o, 0.5, total_steps=30, three_phase=True, div_factor=10, final_div_factor=100
    ),
    "OneCycleLR-still": lambda m, o: m.OneCycleLR(o, 0.5, total_steps=30, cycle_momentum=False),
    "SequentialLR": lambda m, o: m.SequentialLR(
        o,
        [m.LinearLR(o, 0.1, total_iters=5), m.CosineAnnealingLR(o, 10), m.ExponentialLR(o, 0.9)],
        milestones=[5, 14],
    ),
    "SequentialLR-nested": lambda m, o: m.SequentialLR(
        o,
        [
            m.ChainedScheduler([m.ConstantLR(o, 0.5, 3), m.ExponentialLR(o, 0.9)]),
            m.SequentialLR(o, [m.StepLR(o, 2), m.PolynomialLR(o, 6)], milestones=[4]),
        ],
        milestones=[30],
    ),
    "ChainedScheduler": lambda m, o: m.ChainedScheduler(
        [m.ConstantLR(o, 0.1, total_iters=4), m.ExponentialLR(o, 0.9), m.StepLR(o, 3)]
    ),
}


def optimizer_of(torch: Any, module: Any, name: str = "SGD", **options: Any) -> Any:
    """Make an optimizer with two groups of their own rates."""
    parameters = [torch.tensor([1.0]).requires_grad_() for _ in range(2)]
    groups = [{"params": [parameters[0]]}, {"params": [parameters[1]], "lr": 0.3}]
    if name == "SGD":
        options.setdefault("momentum", 0.9)
    return getattr(module, name)(groups, lr=0.05, **options)


def scheduler_of(name: str, schedulers: Any, optimizer: Any) -> Any:
    """Make the schedule of a case; one within another may warn that it is called too early."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CASES[name](schedulers, optimizer)


def options_over_epochs(optimizer: Any, scheduler: Any, epochs: int) -> list[Any]:
    """Give rates and momenta of all groups, epoch by epoch."""
    seen = []
    for _ in range(epochs):
        groups = optimizer.param_groups
        seen.append([(float(g["lr"]), g.get("momentum"), g.get("betas")) for g in groups])
        seen.append([float(rate) for rate in scheduler.get_last_lr()])
        optimizer.step()
        scheduler.step()
    return seen


def flat(values: Any) -> list[float]:
    if isinstance(values, list | tuple):
        return [number for value in values for number in flat(value)]
    return [] if values is None else [float(values)]


class TestAlone:
    """What holds without PyTorch."""

    def test_step_lr_is_its_formula(self) -> None:
        optimizer = optimizer_of(ours, optim)
        scheduler = lr_scheduler.StepLR(optimizer, 3, gamma=0.5)
        for epoch in range(10):
            assert optimizer.param_groups[1]["lr"] == pytest.approx(0.3 * 0.5 ** (epoch // 3))
            optimizer.step()
            scheduler.step()

    def test_cosine_reaches_its_ends(self) -> None:
        optimizer = optimizer_of(ours, optim)
        scheduler = lr_scheduler.CosineAnnealingLR(optimizer, 8, eta_min=0.01)
        rates = flat([each[0][0] for each in options_over_epochs(optimizer, scheduler, 9)[::2]])
        assert rates[0] == 0.05
        assert rates[4] == pytest.approx((0.05 + 0.01) / 2)
        assert rates[8] == pytest.approx(0.01)

    def test_a_written_schedule(self) -> None:
        class Halving(lr_scheduler.LRScheduler):
            def get_lr(self) -> list[float]:
                return [base / 2**self.last_epoch for base in self.base_lrs]

        optimizer = optimizer_of(ours, optim)
        scheduler = Halving(optimizer)
        optimizer.step()
        scheduler.step()
        assert scheduler.get_last_lr() == [0.025, 0.15]

    def test_the_order_of_calls_is_warned_of(self) -> None:
        optimizer = optimizer_of(ours, optim)
        optimizer.step()
        scheduler = lr_scheduler.StepLR(optimizer, 3)
        with pytest.warns(UserWarning, match="before `optimizer.step") as caught:
            scheduler.step()
        assert caught[0].filename == __file__
        scheduler.step()

    def test_a_method_that_was_exchanged_is_warned_of(self) -> None:
        optimizer = optimizer_of(ours, optim)
        scheduler = lr_scheduler.StepLR(optimizer, 3)
        optimizer.step = lambda: None
        with pytest.warns(UserWarning, match="overridden"):
            scheduler.step()

    def test_a_tensor_stays_the_tensor(self) -> None:
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
