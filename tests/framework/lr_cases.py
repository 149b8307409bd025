"""Schedules of learning rates, made with either library, and what they do to an optimizer."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

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
