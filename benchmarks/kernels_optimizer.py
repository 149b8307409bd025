"""Random numbers, dropout and optimizer steps beside PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from kernel_case import Case
from numpy.typing import NDArray

from minitorch.kernels.cpu.optimizers import further, optimizer
from minitorch.kernels.cpu.optimizers.gradients import limit_all, scale_all, total_norm
from minitorch.kernels.cpu.optimizers.update import ParameterList, Plan
from minitorch.kernels.cpu.randomness import dropout, random, random_integers
from minitorch.kernels.cpu.randomness.generator import Generator

Array = NDArray[Any]

# The weights and biases of a small network, many layers, one large layer.
PARAMETERS: dict[str, list[tuple[int, ...]]] = {
    "6 tiny": [(10, 2), (10,), (10, 10), (10,), (1, 10), (1,)],
    "100 of 10k": [(100, 100)] * 100,
    "1 of 1M": [(1000, 1000)],
}
SEED = 1


def cases(torch: ModuleType | None, quick: bool) -> Iterator[Case]:
    """List what is measured."""
    yield from _random_cases(torch, (10, 1000) if quick else (10, 1000, 1_000_000))
    yield from _dropout_cases(torch, (10, 1000) if quick else (10, 1000, 1_000_000))
    for name in ("6 tiny",) if quick else PARAMETERS:
        yield from _optimizer_cases(torch, name)
        yield from _gradient_cases(torch, name)


# ---- random numbers


def _random_cases(torch: Any, sizes: Sequence[int]) -> Iterator[Case]:
    """Fill arrays; both sides start from the same seed, so they must draw the same numbers."""
    generator = Generator(SEED)
    fills: dict[str, tuple[str, Callable[[Array], Any], Callable[[Any], Any]]] = {
        "rand": ("f4", lambda a: random.uniform_(a, 0, 1, generator), lambda t: t.uniform_()),
        "rand float64": (
            "f8",
            lambda a: random.uniform_(a, 0, 1, generator),
            lambda t: t.uniform_(),
        ),
        "randn": ("f4", lambda a: random.normal_(a, 0, 1, generator), lambda t: t.normal_()),
        "randn float64": (
            "f8",
            lambda a: random.normal_(a, 0, 1, generator),
            lambda t: t.normal_(),
        ),
        "bernoulli": (
            "f4",
            lambda a: random.bernoulli_(a, 0.3, generator),
            lambda t: t.bernoulli_(0.3),
        ),
        "exponential": (
            "f4",
            lambda a: random.exponential_(a, 1.0, generator),
            lambda t: t.exponential_(),
        ),
        "randint": (
            "i8",
            lambda a: random_integers.random_(a, 0, 1000, generator),
            lambda t: t.random_(0, 1000),
        ),
    }
    for (name, (dtype, ours, theirs)), size in ((f, n) for f in fills.items() for n in sizes):
        array = np.empty(size, dtype)
        twin = None
        if torch is not None:
            tensor = torch.from_numpy(np.empty(size, dtype))
            torch.manual_seed(SEED)
            _check(name, ours(array), theirs(tensor), generator.manual_seed(SEED), ours)
            twin = _bound(theirs, tensor)
        # In place: drawing has no result that would have to be allocated.
        yield Case(f"{name} {size:,}", _bound(ours, array), twin, bytes=array.nbytes)
    for size in [min(size, 100_000) for size in sizes]:
        twin = None if torch is None else _bound(torch.randperm, size)
        yield Case(f"randperm {size:,}", _bound(_permuted, size, generator), twin, bytes=8 * size)


def _permuted(size: int, generator: Generator) -> Array:
    return random_integers.randperm(size, generator)


def _check(
    name: str, _: Array, tensor: Any, generator: Generator, ours: Callable[[Array], Any]
) -> None:
    """Draw again from the seed, and compare."""
    array = np.empty(tuple(tensor.shape), tensor.numpy().dtype)
    ours(array)
    if not np.array_equal(array, tensor.numpy()):
        raise ArithmeticError(f"{name}: other numbers than PyTorch's, seed {generator}.")


def _bound(function: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    return lambda: function(*arguments)


# ---- dropout


def _dropout_cases(torch: Any, sizes: Sequence[int]) -> Iterator[Case]:
    generator = Generator(SEED)
    for size in sizes:
        array = np.random.default_rng(SEED).standard_normal(size).astype(np.float32)
        out, mask = dropout.dropout(array, 0.5, generator.manual_seed(SEED))
        forward = backward = None
        if torch is not None:
            tensor = torch.from_numpy(array)
            torch.manual_seed(SEED)
            if not np.array_equal(out, torch.dropout(tensor, 0.5, True).numpy()):
                raise ArithmeticError("dropout: another result than PyTorch's.")
            forward = _bound(torch.dropout, tensor, 0.5, True)
            native = torch.ops.aten.native_dropout_backward
            backward = _bound(native, tensor, torch.from_numpy(mask), 2.0)
        name = f"dropout {size:,}"
        ours = _bound(dropout.dropout, array, 0.5, generator)
        yield Case(name, ours, forward, bytes=9 * size)
        ours = _bound(dropout.dropout_backward, array, mask, 0.5)
        yield Case(f"{name} backward", ours, backward, bytes=9 * size)


# ---- optimizers


@dataclass(frozen=True)
class Step:
    """A step of ours beside PyTorch's optimizer.

    Attributes:
        name: what it is called here.
        plan: ours.
        states: how many arrays are remembered for each parameter.
        make: the name of PyTorch's optimizer.
        options: of that.
        number: what the plan takes for the number of its first step.
        is_fused: whether PyTorch offers it as one fused kernel too.
    """

    name: str
    plan: Plan
    states: int
    make: str
    options: dict[str, Any] = field(default_factory=dict)
    number: Any = 1
    is_fused: bool = False

    @property
    def traffic(self) -> int:
        """How many numbers are read and written for each element."""
        return 3 + 2 * self.states


_MEANS = {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
_SHARES = 0.9 * (1 - 0.5 * 0.96**0.004), 0.9 * (1 - 0.5 * 0.96**0.008)
STEPS = [
    Step("sgd", optimizer.sgd(lr=1e-3), 0, "SGD", is_fused=True),
    Step(
        "sgd momentum",
        optimizer.sgd(lr=1e-3, momentum=0.9),
        1,
        "SGD",
        {"momentum": 0.9},
        is_fused=True,
    ),
    Step("adam", optimizer.adam(lr=1e-3), 2, "Adam", is_fused=True),
    Step(
        "adamw",
        optimizer.adam(lr=1e-3, weight_decay=0.01, decoupled=True),
        2,
        "AdamW",
        {"weight_decay": 0.01},
        is_fused=True,
    ),
    Step("rmsprop", optimizer.rmsprop(lr=1e-3), 1, "RMSprop"),
    Step("adagrad", optimizer.adagrad(lr=1e-3), 1, "Adagrad", is_fused=True),
    Step("adadelta", further.adadelta(lr=1e-3, rho=0.9, eps=1e-6), 2, "Adadelta"),
    Step("adamax", further.adamax(**_MEANS), 2, "Adamax"),
    Step("nadam", further.nadam(**_MEANS), 2, "NAdam", number=(1, *_SHARES, _SHARES[0])),
    Step("radam", further.radam(**_MEANS), 2, "RAdam"),
    Step("asgd", further.asgd(lambd=1e-4), 1, "ASGD", number=(1e-3, 1.0)),
    Step(
        "rprop",
        further.rprop(shrinking=0.5, growing=1.2, least=1e-6, most=50),
        2,
        "Rprop",
    ),
]


def _optimizer_cases(torch: Any, name: str) -> Iterator[Case]:
    """Measure steps beside PyTorch's default and its fused optimizer."""
    arrays, gradients = _drawn(name, 1), _drawn(name, 2)
    elements = sum(array.size for array in arrays)
    for step in STEPS:
        ours = _bound(step.plan.step, _listed(step, arrays), gradients, step.number)
        goal = 1.5 if step.name.startswith("adam") else 1.0
        size = 4 * step.traffic * elements
        for kind in ("default", "fused") if step.is_fused else ("default",):
            theirs = None
            if torch is not None:
                theirs = _peer(torch, step, kind == "fused", arrays, gradients)
            yield Case(f"{step.name}, {name}, torch {kind}", ours, theirs, goal=goal, bytes=size)


def _listed(step: Step, arrays: list[Array]) -> ParameterList:
    """Copy parameters, and give them states as they are at first."""
    states = [[np.zeros_like(array) for array in arrays] for _ in range(step.states)]
    if step.make == "Rprop":
        states[1] = [np.full_like(array, 1e-3) for array in arrays]
    return ParameterList([array.copy() for array in arrays], *states)


def _drawn(name: str, seed: int) -> list[Array]:
    generator = np.random.default_rng(seed)
    return [generator.standard_normal(shape).astype(np.float32) for shape in PARAMETERS[name]]


def _peer(
    torch: Any, step: Step, is_fused: bool, arrays: list[Array], gradients: list[Array]
) -> Callable[[], Any]:
    """Set up PyTorch's optimizer, and check that its first step is ours."""
    parameters = [torch.nn.Parameter(torch.from_numpy(array.copy())) for array in arrays]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = torch.from_numpy(gradient.copy())
    options = {**step.options, "fused": True} if is_fused else step.options
    theirs = getattr(torch.optim, step.make)(parameters, lr=1e-3, **options)
    theirs.step()
    own = _listed(step, arrays)
    step.plan.step(own, gradients, step.number)
    for slot, parameter in zip(own.slots, parameters, strict=True):
        if not np.allclose(slot.arrays[0], parameter.detach().numpy(), rtol=1e-5, atol=1e-6):
            raise ArithmeticError(f"{step.make}: another step than PyTorch's.")
    return theirs.step


def _gradient_cases(torch: Any, name: str) -> Iterator[Case]:
    """Measure what clipping gradients needs."""
    arrays = _drawn(name, 2)
    size = 4 * sum(array.size for array in arrays)
    norm = scale = limit = None
    if torch is not None:
        tensors = [torch.from_numpy(array.copy()) for array in arrays]
        norm = _bound(torch.nn.utils.get_total_norm, tensors)
        scale = _bound(torch._foreach_mul_, tensors, 0.999)
        leaves = [torch.nn.Parameter(tensor) for tensor in tensors]
        for leaf in leaves:
            leaf.grad = leaf.detach().clone()
        limit = _bound(torch.nn.utils.clip_grad_value_, leaves, 0.5)
        if not np.isclose(total_norm(arrays), float(norm()), 1e-4):
            raise ArithmeticError("total_norm: another norm than PyTorch's.")
    yield Case(f"total norm, {name}", _bound(total_norm, arrays), norm, bytes=size)
    scaled = [array.copy() for array in arrays]
    ours = _bound(scale_all, scaled, 0.999)
    yield Case(f"scale all, {name}", ours, scale, bytes=2 * size)
    ours = _bound(limit_all, [array.copy() for array in arrays], 0.5)
    yield Case(f"limit all, {name}", ours, limit, bytes=2 * size)
