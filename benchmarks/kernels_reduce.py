"""Reductions and scans, in float32."""

from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from kernel_case import Case

from minitorch.kernels.cpu.reductions import reduce, scan

SIDES = (3, 32, 100, 300, 1000, 4096)
# Many short rows, as of a layer's outputs, and a few long ones.
OBLONG = ((20_000, 50), (64, 1000), (10, 100_000))
SUM_GOAL = 1.2


def cases(torch: ModuleType | None, quick: bool) -> Iterator[Case]:
    """Give each reduction of square matrices, over all, over the rows and over the columns."""
    for side in SIDES[:2] if quick else SIDES:
        array = np.random.default_rng(0).normal(size=(side, side)).astype(np.float32)
        for dims in (None, 0, 1):
            yield _case("sum", array, dims, torch, np.sum, SUM_GOAL)
            yield _case("amax", array, dims, torch, np.max)
            yield _case("argmax", array, dims, torch, np.argmax)
            yield _case("var", array, dims, torch, partial(np.var, ddof=1))
            yield _case("logsumexp", array, (0, 1) if dims is None else dims, torch)
        for dim in (0, 1):
            yield _case("max", array, dim, torch)
            yield _case("cumsum", array, dim, torch, np.cumsum)
            yield _case("cummax", array, dim, torch)
    for shape in OBLONG[:1] if quick else OBLONG:
        array = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        for dim in (0, 1):
            yield _case("sum", array, dim, torch, np.sum, SUM_GOAL)
            yield _case("mean", array, dim, torch, np.mean)


def _case(
    name: str,
    array: Any,
    dims: Any,
    torch: ModuleType | None,
    numpy: Callable[..., Any] | None = None,
    goal: float = 1.0,
) -> Case:
    """Reduce the same array with each library."""
    ours = getattr(reduce, name, None) or getattr(scan, name)
    theirs = None
    if torch is not None:
        theirs = partial(getattr(torch, name), torch.from_numpy(array), dims)
        _check(ours(array, dims), theirs())
    peers = {} if numpy is None else {"numpy": partial(numpy, array, axis=dims)}
    title = f"{name} {array.shape[0]}x{array.shape[1]} over {'all' if dims is None else dims}"
    return Case(title, partial(ours, array, dims), theirs, 1.0, goal, peers, bytes=array.nbytes)


def _check(ours: Any, theirs: Any) -> None:
    """Compare the libraries' results, which may be tuples."""
    if not isinstance(ours, tuple):
        ours, theirs = (ours,), (theirs,)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other.numpy(), rtol=1e-4, atol=1e-2)
