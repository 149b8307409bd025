"""Functions and layers of images, written as expressions that both libraries compute."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

theirs = pytest.importorskip("torch")

LAYOUTS = ("dense", "turned", "stepped")
# How much results may differ: relative to their size, and at 0.
TOLERANCES = {"float64": (1e-10, 1e-11), "float32": (1e-4, 5e-5)}

Shapes = Mapping[str, tuple[int, ...]]
Case = tuple[str, Shapes]


def drawn(name: str, shape: tuple[int, ...], dtype: str) -> Any:
    numbers = np.random.default_rng([sum(map(ord, name)), *shape])
    if dtype.startswith("float"):
        # No two numbers are so close that rounding decides which of them is larger.
        size = int(np.prod(shape))
        spread = (numbers.permutation(size) - size / 2 + 0.3) * (3 / max(size, 1))
        return spread.reshape(shape).astype(dtype)
    return numbers.integers(0, 9, shape).astype(dtype)


def leaf_and_view(library: Any, array: Any, layout: str, needs: bool) -> tuple[Any, Any]:
    """Give the same elements in another layout: the memory, and the view of it."""
    rank = array.ndim
    if layout == "turned" and rank > 2:
        memory = np.ascontiguousarray(np.moveaxis(array, 1, -1))
        leaf = library.tensor(memory, requires_grad=needs)
        return leaf, leaf.permute(0, rank - 1, *range(1, rank - 1))
    if layout == "stepped" and rank > 2:
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1] + 1), array.dtype)
        wide[..., 1::2] = array
        leaf = library.tensor(wide, requires_grad=needs)
        return leaf, leaf[..., 1::2]
    leaf = library.tensor(array, requires_grad=needs)
    return leaf, leaf


class Run:
    """One library's computation of a case."""

    def __init__(
        self, library: Any, case: Case, dtype: str, layout: str = "dense", needs: bool = False
    ) -> None:
        expression, shapes = case
        self.library = library
        self.leaves: dict[str, Any] = {}
        names: dict[str, Any] = {
            "torch": library, "F": library.nn.functional, "nn": library.nn, "np": np,
        }  # fmt: skip
        for name, shape in shapes.items():
            array = drawn(name, shape, dtype)
            self.leaves[name], names[name] = leaf_and_view(library, array, layout, needs)
        library.manual_seed(3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = eval(expression, names)
        self.parts = list(result) if isinstance(result, tuple) else [result]

    def total(self, parts: Sequence[Any], seed: int) -> Any:
        """Add up results with random weights: a random cotangent for each."""
        numbers = np.random.default_rng(seed)
        total = None
        for part in parts:
            weights = numbers.normal(size=tuple(part.shape))
            if part.requires_grad:
                own = (part * self.library.tensor(weights, dtype=part.dtype)).sum()
                total = own if total is None else total + own
        return total

    def gradients(self) -> list[Any]:
        """Give the gradients of all leaves."""
        found = self.library.autograd.grad(self.total(self.parts, 1), list(self.leaves.values()))
        return list(found)

    def second_gradients(self) -> list[Any]:
        """Give the gradients of a function of the gradients of the results' cubes."""
        leaves = list(self.leaves.values())
        # Cubes, so that the second derivatives of linear functions are not 0.
        parts = [part * part * part for part in self.parts if part.requires_grad]
        grad = self.library.autograd.grad
        first = grad(self.total(parts, 1), leaves, create_graph=True)
        return list(grad(self.total(first, 2), leaves))


def both(case: Case, dtype: str, layout: str = "dense", needs: bool = False) -> tuple[Run, Run]:
    return Run(ours, case, dtype, layout, needs), Run(theirs, case, dtype, layout, needs)


def assert_close(mine: Sequence[Any], peer: Sequence[Any], dtype: str) -> None:
    rtol, atol = TOLERANCES.get(dtype, (0, 0))
    assert len(mine) == len(peer)
    for own, other in zip(mine, peer, strict=True):
        assert tuple(own.shape) == tuple(other.shape)
        assert repr(own.dtype) == repr(other.dtype)
        np.testing.assert_allclose(
            own.detach().numpy(), other.detach().numpy(), rtol=rtol, atol=atol, equal_nan=True
        )


def check_values(case: Case, dtype: str, layout: str = "dense") -> None:
    mine, peer = both(case, dtype, layout)
    assert_close(mine.parts, peer.parts, dtype)


def check_gradients(case: Case, dtype: str, layout: str = "dense") -> None:
    mine, peer = both(case, dtype, layout, needs=True)
    assert [part.requires_grad for part in mine.parts] == [
        part.requires_grad for part in peer.parts
    ]
    assert_close(mine.gradients(), peer.gradients(), dtype)


def check_second_gradients(case: Case) -> None:
    mine, peer = both(case, "float64", needs=True)
    assert_close(mine.second_gradients(), peer.second_gradients(), "float64")


def check_node(case: Case) -> None:
    mine, peer = both(case, "float64", needs=True)
    names = [type(run.parts[0].grad_fn).__name__ for run in (mine, peer)]
    assert names[0] == names[1]


def check_error(case: Case, dtype: str = "float64") -> None:
    """Check that both libraries refuse a case, with errors of the same class."""
    with pytest.raises(Exception) as peer:
        Run(theirs, case, dtype)
    with pytest.raises(peer.type) as mine:
        Run(ours, case, dtype)
    assert len(str(mine.value)) > 20


def check_layer(text: str, shape: tuple[int, ...]) -> None:
    """Compare a layer made by both libraries from the same seed: text, state, result, gradients."""
    made = []
    for library in (ours, theirs):
        library.manual_seed(5)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made.append(eval(text, {"nn": library.nn, "torch": library}))
    mine, peer = made
    assert repr(mine) == repr(peer)
    assert list(mine.state_dict()) == list(peer.state_dict())
    for name, weight in peer.state_dict().items():
        assert np.array_equal(mine.state_dict()[name].numpy(), weight.numpy()), name
    for dtype in TOLERANCES:
        results = []
        for library, layer in ((ours, mine), (theirs, peer)):
            layer = layer.to(getattr(library, dtype))
            input = library.tensor(drawn("x", shape, dtype), requires_grad=True)
            library.manual_seed(6)
            output = layer(input)
            output = output[0] if isinstance(output, tuple) else output
            weights = np.random.default_rng(7).normal(size=tuple(output.shape)).astype(dtype)
            (output * library.tensor(weights)).sum().backward()
            grads = [parameter.grad for parameter in layer.parameters()]
            layer.zero_grad()
            results.append([output, input.grad, *grads])
        assert_close(results[0], results[1], dtype)
