"""Expressions computed by both libraries, and whether they come to the same."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

theirs = pytest.importorskip("torch")

# Arrays by name; each has every element type of DTYPES. Ties, zeros and negative numbers are among
# them.
SHAPES = {
    "dense": (3, 4),
    "cube": (2, 3, 4),
    "line": (7,),
    "single": (),
    "empty": (0, 4),
}
DTYPES = (np.float64, np.float32, np.int64, np.int32, np.uint8, np.bool_)
LAYOUTS = (*SHAPES, "turned", "stepped", "repeated")
# What an operand may be: in every layout with two types of elements, in some with the others. A
# matrix takes kernels of its own for each type, which take long to compile.
FEW_LAYOUTS = ("line", "single", "empty")
FORMS = [
    *((dtype, layout) for dtype in (np.float64, np.int64) for layout in LAYOUTS),
    *((np.float32, layout) for layout in ("dense", *FEW_LAYOUTS)),
    *((dtype, layout) for dtype in (np.int32, np.uint8, np.bool_) for layout in FEW_LAYOUTS),
]


def draw(layout: str, dtype: Any, seed: int = 0) -> np.ndarray[Any, Any]:
    """Draw the memory of an operand: for views, that of what they are views of."""
    numbers = np.random.default_rng(seed)
    shape = {"turned": (4, 3), "stepped": (6, 8), "repeated": (1, 4)}.get(layout)
    shape = SHAPES[layout] if shape is None else shape
    if np.dtype(dtype).kind == "f":
        return np.asarray(numbers.normal(size=shape).astype(dtype))
    return np.asarray(numbers.integers(0, 4, shape).astype(dtype))


def seen(operand: Any, layout: str) -> Any:
    """Give the view of an operand that a layout stands for."""
    if layout == "turned":
        return operand.transpose(0, 1)
    if layout == "repeated":
        return operand.expand(3, 4)
    return operand


def operand(library: Any, layout: str, dtype: Any, requires_grad: bool = False) -> tuple[Any, Any]:
    """Make an operand in one library: the leaf, and the view of it."""
    memory = draw(layout, dtype)
    if layout == "stepped" and not requires_grad:
        return (library.from_numpy(memory[::2, ::2]),) * 2
    leaf = library.tensor(memory, requires_grad=requires_grad)
    return leaf, seen(leaf, layout)


def computed(expression: str | Callable[..., Any], library: Any, **operands: Any) -> Any:
    """Compute an expression in one library; an error is a result too."""
    text = re.sub(r"\btorch\.", "library.", str(expression))
    names = {"library": library, "inf": np.inf, "nan": np.nan, **operands}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return eval(text, names)
        except Exception as error:
            return error


def flat(result: Any) -> list[Any]:
    """Give the results one by one."""
    return (
        [part for each in result for part in flat(each)] if isinstance(result, tuple) else [result]
    )


def assert_same_outcome(mine: Any, peer: Any, rtol: float = 1e-6) -> None:
    """Compare what both libraries came to: values, shapes, dtypes and names, or error classes."""
    if isinstance(peer, Exception) or isinstance(mine, Exception):
        assert isinstance(peer, Exception), f"only ours raised: {mine!r}"
        assert isinstance(mine, Exception), f"only theirs raised: {peer!r}; ours gave {mine!r}"
        assert isinstance(mine, type(peer)), f"{mine!r} is no {type(peer).__name__}: {peer}"
        return
    assert len(flat(mine)) == len(flat(peer))
    if isinstance(peer, tuple):
        assert type(mine).__name__ == type(peer).__name__.removesuffix("_out")
    for own, other in zip(flat(mine), flat(peer), strict=True):
        if not isinstance(other, theirs.Tensor):
            assert own == other
            continue
        assert tuple(own.shape) == tuple(other.shape)
        assert repr(own.dtype) == repr(other.dtype)
        np.testing.assert_allclose(
            own.detach().numpy(), other.detach().numpy(), rtol=rtol, atol=rtol, equal_nan=True
        )


def outcomes(expression: str, layout: str, dtype: Any) -> tuple[Any, Any]:
    """Compute an expression of x in both libraries."""
    return tuple(  # type: ignore[return-value]
        computed(expression, library, x=operand(library, layout, dtype)[1])
        for library in (ours, theirs)
    )


def is_missing_for_bool(mine: Any, peer: Any) -> bool:
    """Tell whether only one library takes bool, or a second fault hides that it does not."""
    if isinstance(mine, NotImplementedError):
        return True
    return isinstance(peer, RuntimeError) and not isinstance(mine, Exception)


def _floats(result: Any) -> Iterator[Any]:
    for each in flat(result):
        if hasattr(each, "requires_grad") and each.requires_grad:
            yield each


def _weighted(library: Any, results: Any, seed: int) -> Any:
    """Add up results with random weights: their gradients are then the weights."""
    numbers = np.random.default_rng(seed)
    total = None
    for each in _floats(results):
        weights = library.tensor(numbers.normal(size=tuple(each.shape)))
        part = (each * weights).sum()
        total = part if total is None else total + part
    return total


def gradients(expression: str, library: Any, layout: str, order: int) -> Any:
    """Compute the gradient of x, and to order 2 that of its product with random weights."""
    leaf, x = operand(library, layout, np.float64, requires_grad=True)
    result = computed(expression, library, x=x)
    if isinstance(result, Exception):
        raise result
    total = _weighted(library, result, 1)
    if total is None:
        return None
    total.backward(create_graph=order == 2)
    gradient = leaf.grad
    if order == 1 or gradient is None or not gradient.requires_grad:
        return gradient if order == 1 else None
    leaf.grad = None
    with contextlib.suppress(TypeError):
        gradient = gradient + 0 * leaf
    _weighted(library, gradient, 2).backward()
    return leaf.grad


def assert_same_gradients(expression: str, layout: str, order: int, rtol: float = 1e-9) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = gradients(expression, theirs, layout, order)
        mine = gradients(expression, ours, layout, order)
    if peer is None or mine is None:
        # Where one library keeps no graph of a constant gradient, the other's is 0.
        left = mine if peer is None else peer
        assert left is None or not np.asarray(left.detach().numpy()).any()
        return
    np.testing.assert_allclose(
        mine.detach().numpy(), peer.detach().numpy(), rtol=rtol, atol=rtol, equal_nan=True
    )
