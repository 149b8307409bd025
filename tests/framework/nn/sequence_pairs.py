"""Modules and functions of sequences, made and run by both libraries."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

theirs = pytest.importorskip("torch")

LIBRARIES = (theirs, ours)
TOLERANCES = {"float64": (1e-10, 1e-11), "float32": (1e-4, 1e-5)}


def both(steps: Callable[[Any], Any], seed: int = 0) -> list[Any]:
    """Run the same steps with both libraries, from the same seed."""
    results = []
    for library in LIBRARIES:
        library.manual_seed(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results.append(steps(library))
    return results


def twins(make: Callable[[Any], Any], seed: int = 0) -> list[Any]:
    """Make a module with both libraries: the same text, names and initial weights."""
    peer, mine = both(make, seed)
    assert repr(mine) == repr(peer)
    assert list(mine.state_dict()) == list(peer.state_dict())
    assert [name for name, _ in mine.named_parameters()] == [
        name for name, _ in peer.named_parameters()
    ]
    for name, weight in peer.state_dict().items():
        assert np.array_equal(mine.state_dict()[name].numpy(), weight.numpy()), name
    return [peer, mine]


def normal(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


def leaf(library: Any, array: Any, dtype: str = "float64") -> Any:
    return library.tensor(array, dtype=getattr(library, dtype), requires_grad=True)


def flat(result: Any) -> Iterator[Any]:
    """Give the tensors of a result, in order."""
    if isinstance(result, tuple | list):
        for part in result:
            yield from flat(part)
    elif result is not None:
        yield result


def weighted(library: Any, parts: Sequence[Any]) -> Any:
    """Add up tensors with random weights: a random cotangent for each."""
    terms = []
    for place, part in enumerate(parts):
        weights = library.tensor(normal(*part.shape, seed=50 + place), dtype=part.dtype)
        terms.append((part * weights).sum())
    return sum(terms[1:], start=terms[0])


def assert_close(mine: Any, peer: Any, dtype: str, what: str = "") -> None:
    assert tuple(mine.shape) == tuple(peer.shape), what
    assert repr(mine.dtype) == repr(peer.dtype), what
    rtol, atol = TOLERANCES[dtype]
    np.testing.assert_allclose(
        mine.detach().numpy(), peer.detach().numpy(), rtol=rtol, atol=atol, err_msg=what
    )


def run(library: Any, module: Any, compute: Callable[..., Any], dtype: str, order: int = 1) -> Any:
    """Compute a module's results and gradients.

    Args:
        library: which one.
        module: with the parameters.
        compute: takes the library, the module and a function that makes leaves of arrays.
        dtype: of the leaves.
        order: 2 for the gradients of the gradients.

    Returns:
        The results, and gradients by name.
    """
    leaves: list[Any] = []

    def make(array: Any) -> Any:
        leaves.append(leaf(library, array, dtype))
        return leaves[-1]

    library.manual_seed(9)
    parts = [part for part in flat(compute(library, module, make)) if part.is_floating_point()]
    named = dict(module.named_parameters()) if module is not None else {}
    named |= {f"operand {i}": each for i, each in enumerate(leaves)}
    needing = [part for part in parts if part.requires_grad]
    if order == 2:
        # Squares, so that second derivatives of linear steps are not all 0.
        total = weighted(library, [part * part for part in needing])
        first = library.autograd.grad(
            total, list(named.values()), create_graph=True, allow_unused=True
        )
        total = weighted(library, [own for own in first if own is not None])
    else:
        total = weighted(library, needing)
    found = library.autograd.grad(total, list(named.values()), allow_unused=True)
    return parts, dict(zip(named, found, strict=True))


def check_runs(
    modules: Sequence[Any], compute: Callable[..., Any], dtype: str = "float64", order: int = 1
) -> None:
    """Compare results and gradients of a pair of modules."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (results, wanted), (own_results, given) = (
            run(library, module, compute, dtype, order)
            for library, module in zip(LIBRARIES, modules, strict=True)
        )
    assert len(own_results) == len(results)
    for place, (mine, peer) in enumerate(zip(own_results, results, strict=True)):
        assert_close(mine, peer, dtype, f"result {place}")
        assert mine.requires_grad == peer.requires_grad
    for name, peer in wanted.items():
        mine = given[name]
        if peer is None:
            assert mine is None or not mine.numpy().any(), name
        else:
            assert mine is not None, name
            assert_close(mine, peer, dtype, name)


def check_error(steps: Callable[[Any], Any]) -> None:
    """Check that both libraries refuse steps, ours with a subclass of PyTorch's error."""
    with pytest.raises(Exception) as peer:
        steps(theirs)
    with pytest.raises(peer.type) as mine:
        steps(ours)
    assert len(str(mine.value)) > 20 or isinstance(mine.value, AttributeError)
