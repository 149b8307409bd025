"""Elementwise operations: in float32 on vectors of all sizes, in float64, and in other layouts."""

from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from kernel_case import Case

from minitorch.kernels.generated import elementwise

SIZES = (10, 1_000, 100_000, 10_000_000)
SIDE = 1000

# Name, number of operands, floor, goal.
OPERATIONS = (
    ("add", 2, 1.0, 1.1),
    ("mul", 2, 1.0, 1.1),
    ("relu", 1, 1.0, 1.1),
    ("exp", 1, 0.7, 0.9),
    ("log", 1, 1.0, 1.0),
    ("sigmoid", 1, 1.0, 1.3),
    ("tanh", 1, 1.0, 1.3),
    ("gelu", 1, 0.7, 0.9),
    ("silu", 1, 1.0, 1.0),
    ("sqrt", 1, 1.0, 1.0),
    ("sin", 1, 1.0, 1.0),
    ("lt", 2, 1.0, 1.0),
)
# Measured in float32 and float64 on one vector each.
FUNCTIONS = tuple(
    "exp exp2 expm1 log log1p log2 sigmoid softplus tanh sinh sin cos tan asin acos atan erf erfc"
    " gelu silu sqrt".split()
)
NUMPYS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "mul": np.multiply,
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "lt": np.less,
}


def cases(torch: ModuleType | None, quick: bool) -> Iterator[Case]:
    """Give each operation on small to large vectors, then on matrices of several layouts."""
    generator = np.random.default_rng(0)
    for size in SIZES[:2] if quick else SIZES:
        arrays = [generator.uniform(0.1, 2, size).astype(np.float32) for _ in range(2)]
        for name, operands, floor, goal in OPERATIONS:
            yield _case(f"{name} {size:_}", name, arrays[:operands], torch, floor, goal)
    vector = generator.uniform(0.1, 0.9, 1_000 if quick else 100_000)
    for dtype in (np.float32, np.float64):
        for name in FUNCTIONS:
            floor = 0.7 if name in ("exp", "gelu") else 1.0
            yield _case(f"{name}, {dtype.__name__}", name, [vector.astype(dtype)], torch, floor)
    side = 10 if quick else SIDE
    square = generator.uniform(0.1, 2, (side, side)).astype(np.float32)
    row, column = square[:1], square[:, :1]
    for title, operand in (
        ("row", row),
        ("column", column),
        ("transpose", square.T),
        ("number", square[:1, :1]),
    ):
        yield _case(f"add {side}x{side} and a {title}", "add", [square, operand], torch)
    for name in ("exp", "relu"):
        columns = square[:, ::2]
        yield _case(f"{name} of every second column of {side}x{side}", name, [columns], torch, 0.7)
    batch = square[:10, :10] if quick else square[:64, :100].copy()
    yield _case("add 64x100 and a row", "add", [batch, batch[0].copy()], torch)
    yield from _in_place(vector.astype(np.float32), torch)


def _in_place(vector: Any, torch: ModuleType | None) -> Iterator[Case]:
    """Put results in the place of an operand."""
    for name, count in (("add", 2), ("sigmoid", 1)):
        arrays = [vector.copy() for _ in range(count)]
        ours = partial(getattr(elementwise, name), *arrays, out=arrays[0])
        theirs = None
        if torch is not None:
            tensors = [torch.from_numpy(array.copy()) for array in arrays]
            theirs = partial(getattr(torch, name), *tensors, out=tensors[0])
        yield Case(f"{name} in place", ours, theirs, bytes=2 * vector.nbytes)


def _case(
    title: str,
    name: str,
    arrays: list[Any],
    torch: ModuleType | None,
    floor: float = 1.0,
    goal: float = 1.0,
) -> Case:
    """Compute an operation of the same arrays with each library."""
    ours = getattr(elementwise, name)
    theirs = None
    if torch is not None:
        function = getattr(torch, name, None) or getattr(torch.nn.functional, name)
        theirs = partial(function, *[torch.from_numpy(array) for array in arrays])
        expected = theirs().numpy()
        np.testing.assert_allclose(ours(*arrays), expected, rtol=1e-5, atol=1e-6)
    result = ours(*arrays)
    peers = {"numpy": partial(NUMPYS[name], *arrays)} if name in NUMPYS else {}
    moved = sum(array.nbytes for array in arrays) + result.nbytes
    return Case(title, partial(ours, *arrays), theirs, floor, goal, peers, bytes=moved)
