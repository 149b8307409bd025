"""Products of matrices."""

from collections.abc import Iterator
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from kernel_case import Case

from minitorch.kernels.cpu.products.gemm import matmul

SIZES = (16, 32, 64, 128, 256, 512, 1024, 2048)
OTHERS = ((64, 1000, 100), (50, 10, 10), (1, 784, 256), (1000, 1000, 1), (64, 784, 256))
# Up to this size the goal is a higher one.
SMALL = 64
FLOORS = {"float32": 0.85, "float64": 0.75}
GOALS = {"float32": (1.2, 0.95), "float64": (0.9, 0.9)}


def cases(torch: ModuleType | None, quick: bool) -> Iterator[Case]:
    """Give products of squares, plain and transposed, of other shapes, and in batches."""
    generator = np.random.default_rng(1)
    for dtype in GOALS:

        def draw(*shape: int, dtype: str = dtype) -> Any:
            return generator.standard_normal(shape).astype(dtype)

        for size in SIZES[:2] if quick else SIZES:
            a, b = draw(size, size), draw(size, size)
            yield _case(f"{dtype} {size}", a, b, torch)
            yield _case(f"{dtype} {size}, the second transposed", a, b.T, torch)
            yield _case(f"{dtype} {size}, the first transposed", a.T, b, torch)
        for m, k, n in OTHERS[:1] if quick else OTHERS:
            yield _case(f"{dtype} {m}x{k}x{n}", draw(m, k), draw(k, n), torch)
        yield _case(f"{dtype} 16 times 64", draw(16, 64, 64), draw(16, 64, 64), torch)


def _case(title: str, a: Any, b: Any, torch: ModuleType | None) -> Case:
    """Multiply the same matrices with each library."""
    dtype = str(a.dtype)
    small, large = GOALS[dtype]
    goal = small if max(*a.shape, *b.shape) <= SMALL else large
    theirs = None
    if torch is not None:
        theirs = partial(torch.matmul, torch.from_numpy(a), torch.from_numpy(b))
        tolerance = 1e-3 if dtype == "float32" else 1e-9
        np.testing.assert_allclose(matmul(a, b), theirs().numpy(), rtol=tolerance, atol=tolerance)
    return Case(
        f"matmul {title}",
        partial(matmul, a, b),
        theirs,
        FLOORS[dtype],
        goal,
        {"numpy": partial(np.matmul, a, b)},
        flops=2 * a.size * b.shape[-1],
        dtype=dtype,
    )
