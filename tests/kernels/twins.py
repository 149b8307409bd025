"""Generators of ours and of PyTorch that are in the same state, and what they drew compared."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.cpu.randomness import random
from minitorch.kernels.cpu.randomness.generator import Generator

from .oracle import torch


def empty(n: Any, dtype: Any = np.float32) -> np.ndarray:
    return np.empty(n, dtype)


def started(seed: int) -> Generator:
    """Start both generators, in the middle of a block and with a normal number waiting."""
    generator = Generator(seed)
    torch.manual_seed(seed)
    random.normal_(empty(seed % 3), 0, 1, generator)
    torch.randn(seed % 3)
    random.uniform_(empty(seed), 0, 1, generator)
    torch.rand(seed)
    return generator


def assert_equal(ours: np.ndarray, theirs: Any, generator: Generator, name: str = "") -> None:
    """Compare numbers, zeros with their sign, and states."""
    theirs = theirs.numpy()
    assert ours.dtype == theirs.dtype, name
    np.testing.assert_array_equal(ours, theirs, err_msg=name)
    np.testing.assert_array_equal(np.signbit(ours), np.signbit(theirs), err_msg=name)
    np.testing.assert_array_equal(generator.get_state(), torch.get_rng_state().numpy(), name)


def as_tensor(view: np.ndarray) -> Any:
    """Give PyTorch memory of its own, laid out in the same way."""
    span = 1 + sum(
        (size - 1) * step for size, step in zip(view.shape, view.strides, strict=True) if size
    )
    memory = torch.empty(max(span, 1), dtype=getattr(torch, str(view.dtype)))
    return torch.as_strided(memory, view.shape, [s // view.itemsize for s in view.strides])
