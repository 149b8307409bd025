"""Arrays that lie in memory in every way that kernels have to cope with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations
from typing import Any

import numpy as np

from .oracle import torch


def layouts(array: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Lay the elements of an array out in several ways, and give other arrays of its shape."""
    yield "dense", array
    if array.ndim == 0:
        return
    yield "permuted", np.ascontiguousarray(array.T).T
    wide = np.repeat(np.repeat(array, 2, axis=0), 3, axis=-1)
    yield "sliced", wide[::2, ...][..., ::3]
    yield "reversed", np.ascontiguousarray(array[::-1, ...][..., ::-1])[::-1, ...][..., ::-1]
    if array.ndim > 1:
        swapped = np.ascontiguousarray(np.swapaxes(array, 0, 1)[:, ::-1])
        yield "reversed and permuted", np.swapaxes(swapped[:, ::-1], 0, 1)
    yield "broadcast", np.broadcast_to(array[:1], array.shape)
    yield "broadcast inside", np.broadcast_to(array[..., :1], array.shape)


def subsets(rank: int) -> Iterator[tuple[int, ...]]:
    """List all sets of dimensions but the empty one."""
    return chain.from_iterable(combinations(range(rank), n) for n in range(1, rank + 1))


def numbers(shape: Sequence[int], dtype: Any, seed: int = 0) -> np.ndarray:
    """Draw elements, with zeros and ties among them."""
    generator = np.random.default_rng(seed)
    kind = np.dtype(dtype).kind
    if kind == "f":
        array = np.round(generator.normal(size=tuple(shape)), 1)
    else:
        array = generator.integers(0 if kind in "bu" else -3, 2 if kind == "b" else 4, tuple(shape))
    return np.asarray(array).astype(dtype)


def as_torch(array: np.ndarray) -> Any:
    """Give PyTorch a copy: it has no negative strides."""
    return torch.tensor(np.array(array))


def assert_same(ours: Any, theirs: Any, name: str = "", unit: float | None = None) -> None:
    """Compare arrays, or tuples of them: shape, dtype, integers exactly, floats to some units.

    Args:
        ours: from our kernels.
        theirs: tensors.
        name: what is compared.
        unit: the relative error to allow, four units in the last place by default.
    """
    if isinstance(ours, tuple):
        for mine, their in zip(ours, theirs, strict=True):
            assert_same(mine, their, name, unit)
        return
    theirs = theirs.numpy()
    assert isinstance(ours, np.ndarray), name
    assert ours.dtype == theirs.dtype, name
    assert ours.shape == theirs.shape, name
    if ours.dtype.kind != "f":
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
        return
    unit = unit or 4 * float(np.finfo(ours.dtype).eps)
    np.testing.assert_allclose(
        ours.astype(np.float64), theirs.astype(np.float64), rtol=unit, atol=8 * unit, err_msg=name
    )
