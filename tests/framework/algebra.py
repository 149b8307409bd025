"""Cases of functions of tensors, and how PyTorch's results, gradients and errors are compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
numbers = np.random.default_rng(7)


def normal(*shape: int) -> Array:
    """Draw normal numbers."""
    return numbers.normal(size=shape)


def symmetric(*shape: int) -> Array:
    """Draw symmetric, positive-definite matrices with distinct eigenvalues."""
    a = numbers.normal(size=shape)
    return a @ np.swapaxes(a, -1, -2) + np.diag(np.arange(1.0, shape[-1] + 1))


def regular(*shape: int) -> Array:
    """Draw square matrices that are far from singular."""
    return numbers.normal(size=shape) + 3 * np.eye(shape[-1])


@dataclass(frozen=True)
class Case:
    """A function of a library and of tensors, with the arrays to call it with.

    Attributes:
        name: for the test's name.
        function: takes a library, ours or PyTorch, and tensors; gives one or several.
        arrays: the operands, float64.
        is_smooth: its gradients can be compared.
        is_strided: PyTorch takes operands that do not lie densely.
        tolerance: of values, relative.
    """

    name: str
    function: Callable[..., Any]
    arrays: tuple[Array, ...]
    is_smooth: bool = True
    is_strided: bool = True
    tolerance: float = 1e-9

    def __str__(self) -> str:
        return self.name

    @property
    def sizes(self) -> set[int]:
        """The sizes of all operands."""
        return {size for array in self.arrays for size in array.shape}


def case(name: str, function: Callable[..., Any], *arrays: Array, **settings: Any) -> Case:
    """Make a case."""
    return Case(name, function, arrays, **settings)


def flat(result: Any) -> list[Any]:
    """Give the tensors of a result, which may be one or several."""
    return list(result) if isinstance(result, tuple | list) else [result]


def assert_same(mine: Any, peer: Any, tolerance: float = 1e-9) -> None:
    """Check shape, dtype and values."""
    assert tuple(mine.shape) == tuple(peer.shape)
    assert repr(mine.dtype) == repr(peer.dtype)
    np.testing.assert_allclose(
        mine.detach().numpy(), peer.detach().numpy(), rtol=tolerance, atol=tolerance
    )


def assert_values(
    each: Case, ours: Any, theirs: Any, convert: Callable[[Array], Array], tolerance: float
) -> None:
    """Compare the results for operands that were converted."""
    arrays = [convert(array) for array in each.arrays]
    mine = flat(each.function(ours, *[ours.from_numpy(array) for array in arrays]))
    peers = flat(each.function(theirs, *[theirs.from_numpy(array) for array in arrays]))
    assert len(mine) == len(peers)
    for own, peer in zip(mine, peers, strict=True):
        assert_same(own, peer, tolerance)


def assert_gradients(each: Case, ours: Any, theirs: Any, is_second: bool) -> None:
    """Compare gradients for random cotangents, or those of a sum of the gradients' products."""
    mine = _gradients(each, ours, is_second)
    peers = _gradients(each, theirs, is_second)
    assert is_second or any(np.any(peer) for peer in peers) or 0 in each.sizes
    for own, peer in zip(mine, peers, strict=True):
        np.testing.assert_allclose(own, peer, rtol=1e-6, atol=1e-7)


def _gradients(each: Case, library: Any, is_second: bool) -> list[Array]:
    operands = [library.tensor(array, requires_grad=True) for array in each.arrays]
    draw = np.random.default_rng(1)
    results = [result for result in flat(each.function(library, *operands)) if result.requires_grad]
    total = sum((own * library.tensor(draw.normal(size=tuple(own.shape)))).sum() for own in results)
    total.backward(create_graph=is_second)
    if not is_second:
        return [_array(operand.grad, operand) for operand in operands]
    again: Any = 0
    for operand in operands:
        grad = operand.grad
        operand.grad = None
        if grad is not None and grad.requires_grad:
            again = again + (grad * library.tensor(draw.normal(size=tuple(grad.shape)))).sum()
        else:
            draw.normal(size=tuple(operand.shape))
    if isinstance(again, int):
        return [np.zeros(tuple(operand.shape)) for operand in operands]
    again.backward()
    return [_array(operand.grad, operand) for operand in operands]


def _array(grad: Any, operand: Any) -> Array:
    if grad is None:
        return np.zeros(tuple(operand.shape))
    return np.array(grad.numpy(force=True))


def strided(array: Array) -> Array:
    """Give the same numbers in memory that is neither dense nor in order."""
    wide = np.zeros((*array.shape[::-1], 2), array.dtype)
    seen = wide[..., 1].T
    seen[...] = array
    return seen


def error_of(compute: Callable[[], Any]) -> Exception | None:
    """Give the error that a call raises."""
    try:
        compute()
    except Exception as problem:
        return problem
    return None


def classes_of(problem: Exception) -> set[str]:
    """Give the names of the public classes that an error is of."""
    names = {kind.__name__.removeprefix("_") for kind in type(problem).__mro__}
    return names - {"object", "BaseException", "Exception"}
