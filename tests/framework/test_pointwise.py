"""Elementwise functions give PyTorch's values, dtypes, gradients and second derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.kernels.op_table import BOOL, FLOATS, INTEGERS, OPS, Op

from .pairs import DTYPES, check_gradients, check_values

theirs = pytest.importorskip("torch")

# These have no default values in PyTorch, and cases of their own.
WITH_PARAMETERS = ("threshold", "polygamma")
OFFERED = [
    op
    for op in OPS
    if op.name not in WITH_PARAMETERS and hasattr(ours, op.name) and hasattr(theirs, op.name)
]
SMOOTH = [op for op in OFFERED if op.derivatives]


def draw(op: Op, *shapes: tuple[int, ...], dtype: Any = np.float64, seed: int = 0) -> list[Any]:
    """Draw an operand for each shape from the operation's domain."""
    numbers = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return [numbers.uniform(*op.domain, shape).astype(dtype) for shape in shapes]
    return [numbers.integers(1, 5, shape).astype(dtype) for shape in shapes]


def both(op: Op, arrays: list[Any], requires_grad: bool = False) -> tuple[list[Any], list[Any]]:
    """Give the same operands to both libraries."""
    return tuple(  # type: ignore[return-value]
        [library.tensor(array, requires_grad=requires_grad) for array in arrays]
        for library in (ours, theirs)
    )


def assert_same(mine: Any, peer: Any, rtol: float = 1e-12) -> None:
    assert tuple(mine.shape) == tuple(peer.shape)
    assert repr(mine.dtype) == repr(peer.dtype)
    np.testing.assert_allclose(
        mine.detach().numpy(), peer.detach().numpy(), rtol=rtol, atol=10 * rtol
    )


@pytest.mark.parametrize("op", OFFERED, ids=lambda op: op.name)
def test_values_and_dtypes(op: Op) -> None:
    shapes = [(3, 4), (1,) if op.name == "prelu" else (4,), (3, 1)][: len(op.operands)]
    dtypes = [np.float64] if op.dtypes == FLOATS else [np.int64]
    if op.dtypes not in (FLOATS, INTEGERS):
        dtypes = [np.float64, np.int64]
    for dtype in dtypes:
        mine, peers = both(op, draw(op, *shapes, dtype=dtype))
        assert_same(getattr(ours, op.name)(*mine), getattr(theirs, op.name)(*peers))


# Of these PyTorch takes integers, and gives floats.
FROM_INTEGERS = [
    op
    for op in OFFERED
    if op.dtypes == FLOATS
    and op.result != BOOL
    and op.name not in ("frac", "nan_to_num", "celu", "selu", "hardshrink")
    and (len(op.operands) == 1 or op.name in ("atan2", "xlogy"))
]


@pytest.mark.parametrize("op", FROM_INTEGERS, ids=lambda op: op.name)
def test_integers_become_floats(op: Op) -> None:
    arrays = [np.array([1, 2, 3])] * len(op.operands)
    mine, peers = both(op, arrays)
    result, peer = getattr(ours, op.name)(*mine), getattr(theirs, op.name)(*peers)
    assert repr(result.dtype) == repr(peer.dtype) == "torch.float32"
    np.testing.assert_allclose(result.numpy(), peer.numpy(), rtol=1e-5, atol=1e-6)


def shapes_of(op: Op, is_broadcast: bool) -> list[tuple[int, ...]]:
    """Give a shape for each operand; the weight of prelu is a number or a vector."""
    if op.name == "prelu":
        return [(3, 4), (1,)]
    return [(3, 4), (4,) if is_broadcast else (3, 4), (3, 4)][: len(op.operands)]


SMOOTH_CASES = [
    pytest.param(op, is_broadcast, id=f"{op.name}{' broadcast' * is_broadcast}")
    for op in SMOOTH
    for is_broadcast in (False, True)
    if not is_broadcast or len(op.operands) > 1
]


@pytest.mark.parametrize(("op", "is_broadcast"), SMOOTH_CASES)
def test_gradients(op: Op, is_broadcast: bool) -> None:
    arrays = draw(op, *shapes_of(op, is_broadcast))
    cotangent = np.random.default_rng(1).normal(size=(3, 4))
    mine, peers = both(op, arrays, requires_grad=True)
    getattr(ours, op.name)(*mine).backward(ours.tensor(cotangent))
    getattr(theirs, op.name)(*peers).backward(theirs.tensor(cotangent))
    for own, other in zip(mine, peers, strict=True):
        if other.grad is not None:
            assert_same(own.grad, other.grad, 1e-10)


@pytest.mark.parametrize(
    ("op", "is_broadcast"),
    # The derivative of digamma, polygamma, is not there yet.
    [case for case in SMOOTH_CASES if case.values[0].name != "lgamma"],
)
def test_gradients_of_gradients(op: Op, is_broadcast: bool) -> None:
    arrays = draw(op, *shapes_of(op, is_broadcast))
    cotangent = np.random.default_rng(1).normal(size=(3, 4))
    mine, peers = both(op, arrays, requires_grad=True)
    result = getattr(ours, op.name)(*mine)
    result.backward(ours.tensor(cotangent), create_graph=True)
    peer = getattr(theirs, op.name)(*peers)
    first = theirs.autograd.grad(
        peer, peers, theirs.tensor(cotangent), create_graph=True, allow_unused=True
    )
    totals = [], []
    for own, other in zip(mine, first, strict=True):
        assert (other is not None and other.requires_grad) <= (own.grad is not None)
        if other is not None and other.requires_grad:
            totals[0].append((own.grad * own.grad).sum())
            totals[1].append((other * other).sum())
    if not totals[1]:
        return
    for own in mine:
        own.grad = None
    total = sum(totals[0][1:], start=totals[0][0])
    if total.requires_grad:
        total.backward()
    second = theirs.autograd.grad(sum(totals[1][1:], start=totals[1][0]), peers, allow_unused=True)
    for own, other in zip(mine, second, strict=True):
        if other is not None:
            given = np.zeros(other.shape) if own.grad is None else own.grad.numpy()
            np.testing.assert_allclose(given, other.numpy(force=True), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_polygamma_and_its_gradient(n: int) -> None:
    x = np.concatenate([np.linspace(0.05, 30, 40), [1e3, -0.5, -2.3]])
    mine, peer = ours.tensor(x, requires_grad=True), theirs.tensor(x, requires_grad=True)
    result, other = ours.polygamma(n, mine), theirs.polygamma(n, peer)
    assert_same(result, other, 1e-8)
    result.sum().backward()
    other.sum().backward()
    np.testing.assert_allclose(mine.grad.numpy(), peer.grad.numpy(), rtol=1e-8)
    with pytest.raises(RuntimeError, match="negative n, got -1"):
        ours.polygamma(-1, mine)


def test_whole_powers() -> None:
    bases, exponents = [0, 1, -1, 2, -1, 3], [-1, -2, -3, -1, -2, 2]
    for library in (ours, theirs):
        a, b = library.tensor(bases), library.tensor(exponents)
        found = [(a**b).tolist(), (2**b).tolist(), (0**b).tolist(), library.pow(a, b).tolist()]
        assert found == [[0, 1, -1, 0, 1, 9], [0, 0, 0, 0, 0, 4], [0] * 6, [0, 1, -1, 0, 1, 9]]
        with pytest.raises(RuntimeError, match="negative integer powers are not allowed"):
            a**-1


# Operands that repeat: rows, columns, and numbers of channels, on either side.
REPEATING = [
    "m + v", "v - m", "x * m", "m / x", "x + w", "w - x", "x / w", "m * m.sum(1, keepdim=True)",
    "m.sum(1, keepdim=True) - m", "torch.maximum(w, x)", "torch.lt(x, w)", "v.view(1, 1, 4) * v",
    "w * v", "s - m", "torch.rsub(w, x)", "torch.atan2(x, w)",
]  # fmt: skip


@pytest.mark.parametrize("case", REPEATING)
def test_repeated_operands(case: str) -> None:
    for dtype in DTYPES:
        check_values(case, dtype, "dense", strides=False)
    if case != "torch.lt(x, w)":
        check_gradients(case, "dense", 1)
        check_gradients(case, "dense", 2)


# Functions of a tensor and Python numbers that have kernels of their own for it.
WITH_NUMBERS = (
    "x.clamp(-0.5, 0.75)",
    "x.clamp(0.5, -0.5)",
    "x.clamp(float('nan'), 1)",
    "x.clamp_(-1, 1)",
    "x.add(y, alpha=0.3)",
    "x.add_(y, alpha=2)",
    "x.sub(y, alpha=0.3)",
    "x.sub_(y, alpha=-1.5)",
    "x.add(y[0], alpha=0.3)",
    "x[::2].add_(y[::2], alpha=0.5)",
    "x.lerp(y, 0.2)",
    "x.lerp_(y, 0.9)",
    "x.t().lerp(y.t(), 2)",
    "x**3",
    "x.pow_(3.0)",
)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", WITH_NUMBERS)
def test_numbers_beside_tensors_give_the_same_bits(text: str, dtype: str) -> None:
    drawn = np.random.default_rng(3).standard_normal((2, 6, 5)).astype(dtype)
    results = []
    for library in (ours, theirs):
        x, y = (library.tensor(array) for array in drawn)
        results.append(eval(text, {"x": x, "y": y}).numpy())
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("text", [text for text in WITH_NUMBERS if "_(" not in text])
def test_gradients_beside_numbers(text: str) -> None:
    drawn = np.random.default_rng(4).standard_normal((2, 6, 5))
    names, gradients = [], []
    for library in (ours, theirs):
        x, y = (library.tensor(array, requires_grad=True) for array in drawn)
        result = eval(text, {"x": x, "y": y})
        cotangent = np.random.default_rng(5).standard_normal(tuple(result.shape))
        result.backward(library.tensor(cotangent))
        names.append(type(result.grad_fn).__name__)
        gradients.append([np.zeros(1) if t.grad is None else t.grad.numpy() for t in (x, y)])
    assert names[0] == names[1]
    for mine, peer in zip(*gradients, strict=True):
        np.testing.assert_allclose(mine, peer, 1e-13, 1e-13)
