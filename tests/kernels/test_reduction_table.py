"""The table of reductions and scans, held against the kernels, NumPy and PyTorch."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from minitorch.kernels.cpu.reductions import reduce, scan
from minitorch.kernels.cpu.sorting import sorting
from minitorch.kernels.op_table import FLOATS, NUMBERS
from minitorch.kernels.reduction_table import (
    ANY_DIMS,
    INT64,
    ONE_DIM,
    REDUCTIONS,
    SAME,
    SUM,
    TRUTH,
    Reduction,
)

from .oracle import EVERY_DTYPE, torch

MODULES = {"reduce": reduce, "scan": scan, "sorting": sorting}
SHAPE = (4, 5, 3)
# Their derivatives at infinite or other p are formulas of their own.
OTHER_PARAMETERS = {
    "norm": [{"p": 1.0}, {"p": 3.5}, {"p": np.inf}, {"p": -np.inf}, {"p": 0.0}],
    "var": [{"correction": 0}],
}


def of_row(rows: Any = REDUCTIONS) -> Any:
    return pytest.mark.parametrize("row", rows, ids=[row.name for row in rows])


def axes_of(row: Reduction) -> list[tuple[int, ...]]:
    """List dimensions of an array of rank 3 that a function takes; () for all of them at once."""
    if row.dims == ONE_DIM:
        return [(0,), (2,)]
    return [(1,), (0, 1, 2), (0, 2)] if row.dims == ANY_DIMS else [(1,), (0, 1, 2)]


def compute(row: Reduction, x: np.ndarray, axes: tuple[int, ...], **numbers: Any) -> list[Any]:
    """Call the kernel; give its results with the reduced dimensions kept."""
    function = getattr(MODULES[row.module], row.name)
    if row.dims == ANY_DIMS:
        found = function(x, axes, True, **numbers)
    elif row.keeps_dim:
        found = function(x, axes[0], **numbers)
    else:
        dim = axes[0] if len(axes) == 1 else None
        found = function(x, **numbers, **{_dim_name(function): dim}, keepdims=True)
    return list(found) if isinstance(found, tuple) else [found]


def _dim_name(function: Callable[..., Any]) -> str:
    return "dim" if "dim" in inspect.signature(function).parameters else "dims"


def theirs(row: Reduction, x: Any, axes: tuple[int, ...], **numbers: Any) -> list[Any]:
    """Call PyTorch's function."""
    if row.name == "norm":
        return [torch.linalg.vector_norm(x, numbers["p"], axes, True)]
    function = getattr(torch, row.name)
    if row.name == "prod":  # It takes one dimension alone.
        for axis in axes:
            x = function(x, axis, True)
        return [x]
    if row.name == "count_nonzero":  # It keeps none.
        return [function(x, axes).unsqueeze(axes[0])]
    if row.keeps_dim:
        found = function(x, axes[0])
    elif row.dims == ANY_DIMS:
        found = function(x, dim=axes, keepdim=True, **numbers)
    else:
        found = function(x, **numbers, dim=axes[0] if len(axes) == 1 else None, keepdim=True)
    return [found] if isinstance(found, torch.Tensor) else list(found)


def formula_names(x: np.ndarray, axes: tuple[int, ...]) -> dict[str, Any]:
    """Give the functions that derivatives are written with, for NumPy."""

    def later(running: Callable[..., Any]) -> Callable[..., Any]:
        return lambda a: np.flip(running(np.flip(a, axes[0])), axes[0])

    def put(positions: np.ndarray, a: np.ndarray) -> np.ndarray:
        placed = np.zeros(x.shape)
        index = list(np.indices(positions.shape))
        index[axes[0]] = positions
        np.add.at(placed, tuple(index), a)
        return placed

    names = "where isnan isinf exp log sign absolute power maximum".split()
    return {name: getattr(np, name) for name in names} | {
        "n": np.prod([x.shape[axis] for axis in axes]),
        "total": lambda a: np.sum(a, axes, keepdims=True),
        "product": lambda a: np.prod(a, axes, keepdims=True),
        "running_total": lambda a: np.cumsum(np.broadcast_to(a, x.shape), axes[0]),
        "running_product": lambda a: np.cumprod(a, axes[0]),
        "later_total": later(lambda a: np.cumsum(a, axes[0])),
        "later_logsumexp": later(lambda a: np.logaddexp.accumulate(a, axes[0])),
        "put": put,
    }


def gradient(
    row: Reduction, x: np.ndarray, axes: tuple[int, ...], grads: list[Any], **numbers: Any
) -> np.ndarray:
    """Evaluate the derivative's expression."""
    outs = compute(row, x, axes, **numbers)
    names = formula_names(x, axes) | numbers | {"x": x, "out": outs[0], "grad": grads[0]}
    for name, out, grad in zip(row.names, outs[1:], grads[1:], strict=True):
        names |= {name: out, f"grad_{name}": grad}
    with np.errstate(all="ignore"):
        return np.broadcast_to(eval(row.derivative, {}, names), x.shape)


def draw(row: Reduction, dtype: Any = np.float64, seed: int = 0) -> np.ndarray:
    low, high = row.domain
    return np.random.default_rng(seed).uniform(low, high, SHAPE).astype(dtype)


def cases(row: Reduction) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
    for numbers in [dict(row.parameters), *OTHER_PARAMETERS.get(row.name, [])]:
        for axes in axes_of(row):
            yield axes, numbers


def test_every_reduction_and_scan_has_a_row() -> None:
    for name, module in MODULES.items():
        rows = {row.name for row in REDUCTIONS if row.module == name}
        functions = {
            function
            for function, value in vars(module).items()
            if inspect.isfunction(value)
            and value.__module__ == module.__name__
            and not function.startswith("_")
        }
        assert rows <= functions
        if name != "sorting":
            assert rows == functions
    assert len({row.name for row in REDUCTIONS}) == len(REDUCTIONS)


@of_row()
def test_results_are_those_of_the_reference(row: Reduction) -> None:
    for axes in axes_of(row):
        x = draw(row)
        numbers = dict(row.parameters)
        axis = axes[0] if len(axes) == 1 else axes if row.dims == ANY_DIMS else None
        expected = eval(row.reference, {"np": np, "x": x, "axis": axis, **numbers})
        expected = expected if isinstance(expected, tuple) else (expected,)
        for ours, reference in zip(compute(row, x, axes, **numbers), expected, strict=False):
            np.testing.assert_allclose(ours, reference, rtol=1e-13)


@of_row()
def test_results_have_the_dtypes_that_the_row_says(row: Reduction) -> None:
    kinds = {FLOATS: "f", NUMBERS: "iuf"}.get(row.dtypes, "biuf")
    for dtype in map(np.dtype, EVERY_DTYPE):
        # Over rows, as test_reduce.py does it with every dtype: other layouts take other kernels.
        x, axes = np.abs(draw(row, np.float64)).reshape(3, 20).astype(dtype), (1,)
        if dtype.kind not in kinds:
            with pytest.raises(TypeError):
                compute(row, x, axes, **row.parameters)
            continue
        rules = {
            SAME: dtype,
            SUM: dtype if dtype.kind == "f" else np.dtype(np.int64),
            TRUTH: np.dtype(np.uint8 if dtype == np.uint8 else np.bool_),
            INT64: np.dtype(np.int64),
        }
        ours = compute(row, x, axes, **row.parameters)
        assert [result.dtype for result in ours] == [rules[rule] for rule in row.results]
        assert len(ours) == 1 + len(row.names)
        if dtype == np.bool_ and row.name in ("argmax", "argmin"):
            continue  # PyTorch takes none.
        peers = theirs(row, torch.tensor(x), axes, **row.parameters)
        assert [result.dtype for result in ours] == [result.numpy().dtype for result in peers]


DIFFERENTIABLE = [row for row in REDUCTIONS if row.derivative]


@of_row(DIFFERENTIABLE)
def test_derivatives_are_those_of_pytorch(row: Reduction) -> None:
    for axes, numbers in cases(row):
        x = draw(row, seed=1)
        if row.name in ("prod", "cumprod"):
            x[1, :, 0] = x[:2, 3, 1] = 0.0
            x[0, 2, 2] = 0.0
        if row.name.startswith("nan"):
            x[0, 1, 2] = x[1] = np.nan
            x[1, 0] = 1.0
        leaf = torch.tensor(x, requires_grad=True)
        peers = theirs(row, leaf, axes, **numbers)
        grads = [np.random.default_rng(2).normal(size=tuple(peer.shape)) for peer in peers]
        wanted = [
            (peer, torch.tensor(grad))
            for peer, grad in zip(peers, grads, strict=True)
            if peer.requires_grad
        ]
        torch.autograd.backward([peer for peer, _ in wanted], [grad for _, grad in wanted])
        np.testing.assert_allclose(
            gradient(row, x, axes, grads, **numbers),
            np.zeros(SHAPE) if leaf.grad is None else leaf.grad.numpy(),
            rtol=1e-10,
            atol=1e-12,
            err_msg=f"{axes} {numbers}",
        )


@of_row(DIFFERENTIABLE)
def test_derivatives_are_those_of_central_differences(row: Reduction) -> None:
    axes, numbers, step = axes_of(row)[0], dict(row.parameters), 1e-6
    x = draw(row, seed=3)
    outs = compute(row, x, axes, **numbers)
    grads = [np.random.default_rng(4).normal(size=out.shape) for out in outs]
    smooth = [k for k, out in enumerate(outs) if out.dtype.kind == "f"]

    def weighed(point: np.ndarray) -> float:
        results = compute(row, point, axes, **numbers)
        return sum(float((grads[k] * results[k]).sum()) for k in smooth)

    ours = gradient(row, x, axes, grads, **numbers)
    for place in np.ndindex(SHAPE):
        above, below = x.copy(), x.copy()
        above[place] += step
        below[place] -= step
        slope = (weighed(above) - weighed(below)) / (2 * step)
        np.testing.assert_allclose(ours[place], slope, rtol=1e-5, atol=1e-6)
