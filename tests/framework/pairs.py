"""Cases written as expressions, which both libraries compute of the same operands."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

theirs = pytest.importorskip("torch")

LAYOUTS = ("dense", "turned", "stepped", "repeated")
DTYPES = ("float64", "float32", "int64", "bool")
# By name: the shapes of operands of a case's dtype.
FLOATS = {
    "x": (2, 3, 4),
    "y": (2, 3, 4),
    "m": (3, 4),
    "v": (4,),
    "s": (),
    "e": (0, 3),
    "w": (1, 3, 1),
}
# Indices and masks.
FIXED = {
    "g": np.random.default_rng(5).integers(0, 2, (2, 3, 4)),
    "h": np.random.default_rng(6).integers(0, 4, (2, 3, 2)),
    "i": np.array([1, 0]),
    "j": np.array([[0, 2], [1, 2]]),
    "k": np.array([2, 0, 2, 1]),
    "n": np.array([-1, 0]),
    "z": np.array(1),
    "mask": np.random.default_rng(7).random((2, 3, 4)) > 0.5,
    "rows": np.array([True, False]),
    "grid": np.random.default_rng(8).random((2, 3)) > 0.5,
    "none": np.zeros((2, 3, 4), np.bool_),
}


def drawn(name: str, dtype: str) -> np.ndarray[Any, Any]:
    numbers = np.random.default_rng(sum(map(ord, name)))
    shape = FLOATS[name]
    if dtype.startswith("float"):
        return np.asarray(numbers.normal(size=shape)).astype(dtype)
    return np.asarray(
        numbers.integers(-3, 9, shape) if dtype == "int64" else numbers.integers(0, 2, shape)
    ).astype(dtype)


def laid_out(library: Any, leaf: Any, layout: str) -> Any:
    """Give a tensor of the same elements as a view of another layout, and the leaf under it."""
    array = leaf
    if layout == "turned" and array.ndim > 1:
        memory = library.tensor(np.ascontiguousarray(np.moveaxis(array, -1, 0)))
        return memory, lambda base: base.permute(*range(1, array.ndim), 0)
    if layout == "stepped" and array.ndim > 1:
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        wide[..., ::2] = array
        return library.tensor(wide), lambda base: base[..., ::2]
    if layout == "repeated" and array.ndim > 1:
        return library.tensor(array[:1]), lambda base: base.expand(*array.shape)
    return library.tensor(array), lambda base: base


class Keys:
    """Gives what stands between brackets."""

    def __getitem__(self, key: object) -> object:
        return key


class Run:
    """One library's computation of a case."""

    def __init__(self, library: Any, expression: str, dtype: str, layout: str, needs: bool) -> None:
        self.leaves: dict[str, Any] = {}
        self.names: dict[str, Any] = {"torch": library, "changed": changed, "key": Keys(), "np": np}
        for name in FLOATS:
            base, look = laid_out(library, drawn(name, dtype), layout)
            if needs:
                base.requires_grad_()
            self.leaves[name] = base
            self.names[name] = look(base)
        for name, array in FIXED.items():
            self.names[name] = library.tensor(array)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.result = eval(expression, self.names)
        self.library = library

    def parts(self) -> list[Any]:
        return list(flat(self.result))


def changed(tensor: Any, change: Any) -> Any:
    """Change a copy in place."""
    copy = tensor.clone()
    given = change(copy)
    assert given is None or given is copy
    return copy


def flat(result: Any) -> Iterator[Any]:
    if isinstance(result, tuple | list):
        for part in result:
            yield from flat(part)
    else:
        yield result


def both(
    expression: str, dtype: str, layout: str = "dense", needs: bool = False
) -> tuple[Run, Run]:
    """Compute a case in both libraries."""
    return tuple(Run(library, expression, dtype, layout, needs) for library in (ours, theirs))  # type: ignore[return-value]


def assert_same(mine: Any, peer: Any, rtol: float = 1e-12) -> None:
    if not isinstance(peer, theirs.Tensor):
        assert mine == peer
        return
    assert tuple(mine.shape) == tuple(peer.shape)
    assert repr(mine.dtype) == repr(peer.dtype)
    np.testing.assert_allclose(
        mine.detach().numpy(), peer.detach().numpy(), rtol=rtol, atol=rtol, equal_nan=True
    )


def check_values(expression: str, dtype: str, layout: str, strides: bool) -> None:
    """Compare values, shapes, dtypes, and for views strides and whose memory it is."""
    try:
        peer = Run(theirs, expression, dtype, layout, False)
    except Exception as error:
        with pytest.raises(type(error)):
            Run(ours, expression, dtype, layout, False)
        return
    mine = Run(ours, expression, dtype, layout, False)
    assert len(mine.parts()) == len(peer.parts())
    for own, other in zip(mine.parts(), peer.parts(), strict=True):
        assert_same(own, other, 1e-6 if dtype == "float32" else 1e-12)
        if strides and isinstance(other, theirs.Tensor):
            kept = [
                (n, a, b) for n, a, b in zip(other.shape, own.stride(), other.stride(), strict=True)
            ]
            assert all(a == b for n, a, b in kept if n > 1 and other.numel())
            shared = [
                np.may_share_memory(run.names["x"].numpy(), part.numpy())
                for run, part in ((mine, own), (peer, other))
            ]
            assert shared[0] == shared[1] or not other.numel()


def total(library: Any, parts: list[Any], seed: int) -> Any:
    """Add up results with random weights: a random cotangent for each."""
    numbers = np.random.default_rng(seed)
    terms = []
    for part in parts:
        weights = numbers.normal(size=tuple(part.shape))
        if getattr(part, "requires_grad", False):
            terms.append((part * library.tensor(weights)).sum())
    return sum(terms[1:], start=terms[0]) if terms else None


def gradients(run: Run, order: int) -> dict[str, Any]:
    """Compute the gradients of all leaves, or those of a function of their squares."""
    grad = run.library.autograd.grad
    leaves = list(run.leaves.values())
    # Cubes, so that the second derivatives of linear functions are not all 0.
    parts = [p for p in run.parts() if getattr(p, "requires_grad", False)]
    parts = [p * p * p for p in parts] if order == 2 else parts
    found = grad(total(run.library, parts, 1), leaves, create_graph=order == 2, allow_unused=True)
    if order == 2:
        second = total(run.library, [g for g in found if g is not None], 2)
        if second is None:
            return {}
        found = grad(second, leaves, allow_unused=True)
    return dict(zip(run.leaves, found, strict=True))


def check_gradients(expression: str, layout: str, order: int) -> None:
    if layout != "dense":
        try:
            Run(theirs, expression, "float64", layout, True)
        except RuntimeError as error:
            # A view that this layout does not allow; whether ours refuses it too is tested above.
            assert "view size" in str(error)
            return
    mine, peer = both(expression, "float64", layout, needs=True)
    wanted = [part for part in peer.parts() if getattr(part, "requires_grad", False)]
    assert wanted, "the case has no gradient"
    for own, other in zip(mine.parts(), peer.parts(), strict=True):
        assert_same(own, other)
        assert own.requires_grad == other.requires_grad
    given = gradients(mine, order)
    for name, other in gradients(peer, order).items():
        own = given.get(name)
        if other is None:
            assert own is None or not own.detach().numpy().any(), name
        else:
            assert own is not None, name
            np.testing.assert_allclose(
                own.detach().numpy(), other.detach().numpy(), rtol=1e-9, atol=1e-11, err_msg=name
            )


def check_error(expression: str, dtype: str = "float64") -> None:
    """Check that both libraries refuse a case with errors of the same class."""
    with pytest.raises(Exception) as peer:
        Run(theirs, expression, dtype, "dense", False)
    with pytest.raises(peer.type) as mine:
        Run(ours, expression, dtype, "dense", False)
    assert len(str(mine.value)) > 20


def node_name(run: Run) -> str:
    return type(run.parts()[0].grad_fn).__name__
