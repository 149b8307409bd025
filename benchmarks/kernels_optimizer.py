"""Random numbers, dropout and optimizer steps beside PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from kernel_case import Case
from numpy.typing import NDArray

from minitorch.kernels.cpu.optimizers import optimizer
from minitorch.kernels.cpu.optimizers.optimizer import ParameterList
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

Step = Callable[[ParameterList, list[Array]], None]

# The name, the number of states, our step, PyTorch's optimizer with its options, and how many
# numbers are read and written for each element.
OPTIMIZERS: list[tuple[str, int, Step, str, dict[str, Any], int]] = [
    ("sgd", 0, lambda p, g: optimizer.sgd_step(p, g, lr=1e-3), "SGD", {}, 3),
    (
        "sgd momentum",
        1,
        lambda p, g: optimizer.sgd_step(p, g, lr=1e-3, momentum=0.9),
        "SGD",
        {"momentum": 0.9},
        5,
    ),
    ("adam", 2, lambda p, g: optimizer.adam_step(p, g, step=1, lr=1e-3), "Adam", {}, 7),
    (
        "adamw",
        2,
        lambda p, g: optimizer.adam_step(p, g, step=1, lr=1e-3, weight_decay=0.01, decoupled=True),
        "AdamW",
        {"weight_decay": 0.01},
        7,
    ),
    ("rmsprop", 1, lambda p, g: optimizer.rmsprop_step(p, g, lr=1e-3), "RMSprop", {}, 5),
    ("adagrad", 1, lambda p, g: optimizer.adagrad_step(p, g, step=1, lr=1e-3), "Adagrad", {}, 5),
]
# PyTorch offers these as one fused kernel too.
FUSED = ("SGD", "Adam", "AdamW", "Adagrad")


def _optimizer_cases(torch: Any, name: str) -> Iterator[Case]:
    """Measure steps beside PyTorch's default and its fused optimizer."""
    arrays, gradients = _drawn(name, 1), _drawn(name, 2)
    elements = sum(array.size for array in arrays)
    for label, states, step, make, options, traffic in OPTIMIZERS:
        own = [array.copy() for array in arrays]
        zeros = [[np.zeros_like(array) for array in own] for _ in range(states)]
        ours = _bound(step, ParameterList(own, *zeros), gradients)
        goal = 1.5 if label.startswith("adam") else 1.0
        size = 4 * traffic * elements
        for kind in ("default", "fused"):
            if kind == "fused" and make not in FUSED:
                continue
            theirs = None
            if torch is not None:
                extra = {"fused": True} if kind == "fused" else {}
                theirs = _peer(torch, make, {**options, **extra}, arrays, gradients, step, states)
            title = f"{label}, {name}, torch {kind}"
            yield Case(title, ours, theirs, goal=goal, bytes=size)


def _drawn(name: str, seed: int) -> list[Array]:
    generator = np.random.default_rng(seed)
    return [generator.standard_normal(shape).astype(np.float32) for shape in PARAMETERS[name]]


def _peer(
    torch: Any,
    make: str,
    options: dict[str, Any],
    arrays: list[Array],
    gradients: list[Array],
    step: Step,
    states: int,
) -> Callable[[], Any]:
    """Set up PyTorch's optimizer, and check that its first step is ours."""
    parameters = [torch.nn.Parameter(torch.from_numpy(array.copy())) for array in arrays]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = torch.from_numpy(gradient.copy())
    theirs = getattr(torch.optim, make)(parameters, lr=1e-3, **options)
    theirs.step()
    own = [array.copy() for array in arrays]
    step(ParameterList(own, *[[np.zeros_like(a) for a in own] for _ in range(states)]), gradients)
    for array, parameter in zip(own, parameters, strict=True):
        if not np.allclose(array, parameter.detach().numpy(), rtol=1e-5, atol=1e-6):
            raise ArithmeticError(f"{make}: another step than PyTorch's.")
    return theirs.step


def _gradient_cases(torch: Any, name: str) -> Iterator[Case]:
    """Measure what clipping gradients needs."""
    arrays = _drawn(name, 2)
    size = 4 * sum(array.size for array in arrays)
    norm = scale = None
    if torch is not None:
        tensors = [torch.from_numpy(array.copy()) for array in arrays]
        norm = _bound(torch.nn.utils.get_total_norm, tensors)
        scale = _bound(torch._foreach_mul_, tensors, 0.999)
        if not np.isclose(optimizer.total_norm(arrays), float(norm()), 1e-4):
            raise ArithmeticError("total_norm: another norm than PyTorch's.")
    yield Case(f"total norm, {name}", _bound(optimizer.total_norm, arrays), norm, bytes=size)
    scaled = [array.copy() for array in arrays]
    ours = _bound(optimizer.scale_all, scaled, 0.999)
    yield Case(f"scale all, {name}", ours, scale, bytes=2 * size)
