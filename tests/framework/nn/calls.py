"""Calls of functions and layers, which both libraries compute of the same operands."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

theirs = pytest.importorskip("torch")

BOTH = (ours, theirs)
LAYOUTS = ("dense", "turned", "stepped", "repeated")
TOLERANCES = {"float64": 1e-10, "float32": 1e-5, "float16": 4e-3}
Arrays = Mapping[str, Any]


def drawn(shape: tuple[int, ...], seed: int = 0, scale: float = 2.0) -> np.ndarray[Any, Any]:
    return np.asarray(np.random.default_rng(seed).normal(size=shape) * scale)


def laid_out(library: Any, array: Any, layout: str) -> tuple[Any, Any]:
    """Give a leaf, and a view of it that has the array's shape."""
    if array.ndim > 1 and layout == "turned":
        leaf = library.tensor(np.ascontiguousarray(np.moveaxis(array, -1, 0)))
        return leaf, lambda base: base.permute(*range(1, array.ndim), 0)
    if array.ndim > 0 and layout == "stepped":
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        wide[..., ::2] = array
        return library.tensor(wide), lambda base: base[..., ::2]
    if array.ndim > 1 and layout == "repeated":
        return library.tensor(array[:1]), lambda base: base.expand(*array.shape)
    return library.tensor(array), lambda base: base


class Call:
    """One library's computation of an expression.

    Args:
        library: minitorch.torch or torch.
        expression: of `m`, the layer, of `torch`, `nn` and `F`, and of the operands.
        operands: arrays by name; those of floats are given the dtype.
        dtype: of floats.
        layer: an expression that makes the layer, with a fixed seed.
        layout: of floats.
        needs: floats are leaves that need a gradient.
        evaluating: the layer is not training.
    """

    def __init__(
        self,
        library: Any,
        expression: str,
        operands: Arrays,
        dtype: str = "float64",
        layer: str = "",
        layout: str = "dense",
        needs: bool = True,
        evaluating: bool = False,
    ) -> None:
        self.library = library
        names: dict[str, Any] = {"torch": library, "nn": library.nn, "F": library.nn.functional}
        self.leaves: dict[str, Any] = {}
        library.manual_seed(11)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if layer:
                self.layer = eval(layer, names)
                self.state = {k: v.numpy().copy() for k, v in self.layer.state_dict().items()}
                names["m"] = self.layer.to(getattr(library, dtype)).train(not evaluating)
                self.leaves.update(self.layer.named_parameters())
            for name, array in operands.items():
                array = np.asarray(array)
                if array.dtype.kind == "f":
                    leaf, look = laid_out(library, array.astype(dtype), layout)
                    self.leaves[name] = leaf.requires_grad_(needs)
                    names[name] = look(leaf)
                else:
                    names[name] = library.tensor(array)
            self.names = names
            self.result = eval(expression, names)

    def parts(self) -> list[Any]:
        return list(_flat(self.result))

    def gradients(self, order: int = 1) -> dict[str, Any]:
        """Compute gradients with random cotangents; of order 2, of random sums of gradients."""
        leaves = {name: leaf for name, leaf in self.leaves.items() if leaf.requires_grad}
        grad = self.library.autograd.grad
        parts = [part for part in self.parts() if part.requires_grad]
        if order == 2:
            parts = [part * part * part for part in parts]
        again = order == 2
        found = grad(
            self._total(parts, 1), list(leaves.values()), create_graph=again, allow_unused=True
        )
        if again:
            total = self._total([each for each in found if each is not None], 2)
            found = grad(total, list(leaves.values()), allow_unused=True)
        return dict(zip(leaves, found, strict=True))

    def _total(self, parts: list[Any], seed: int) -> Any:
        total: Any = 0
        for i, part in enumerate(parts):
            weights = drawn(tuple(part.shape), seed + 10 * i, 1.0)
            total = total + (part * self.library.tensor(weights).to(part.dtype)).sum()
        return total


def _flat(result: Any) -> Iterator[Any]:
    if isinstance(result, tuple | list):
        for part in result:
            yield from _flat(part)
    else:
        yield result


def assert_equal(mine: Any, peer: Any, tolerance: float, what: str = "") -> None:
    assert tuple(mine.shape) == tuple(peer.shape), what
    assert repr(mine.dtype) == repr(peer.dtype), what
    mine, peer = (value.detach().numpy() for value in (mine, peer))
    np.testing.assert_allclose(mine, peer, rtol=tolerance, atol=tolerance, err_msg=what)


def check(
    expression: str, operands: Arrays, dtype: str = "float64", order: int = 0, **options: Any
) -> tuple[Call, Call]:
    """Compare results, and gradients of an order; options are those of `Call`, and a tolerance."""
    needs = options.pop("needs", order > 0)
    tolerance = options.pop("tolerance", TOLERANCES[dtype])
    mine, peer = (
        Call(library, expression, operands, dtype, needs=needs, **options) for library in BOTH
    )
    assert len(mine.parts()) == len(peer.parts())
    for own, other in zip(mine.parts(), peer.parts(), strict=True):
        assert_equal(own, other, tolerance)
        assert own.requires_grad == other.requires_grad
    if order:
        given = mine.gradients(order)
        for name, other in peer.gradients(order).items():
            own = given[name]
            if other is None or own is None:
                left = other if own is None else own
                assert left is None or not left.detach().numpy().any(), name
            else:
                assert_equal(own, other, 10 * tolerance, name)
    return mine, peer


def check_error(expression: str, operands: Arrays, dtype: str = "float32") -> None:
    """Check that both libraries refuse a call with errors of one class."""
    with pytest.raises(Exception) as peer:
        Call(theirs, expression, operands, dtype, needs=False)
    with pytest.raises(peer.type) as mine:
        Call(ours, expression, operands, dtype, needs=False)
    assert len(str(mine.value)) > 20
