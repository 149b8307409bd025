"""Leaves with the same numbers for both libraries."""

from __future__ import annotations

from typing import Any

import numpy as np


def draw(*shape: int, seed: int = 0) -> Any:
    """Draw an array of positive numbers."""
    return np.random.default_rng(seed).uniform(0.5, 2.0, shape)


def leaf(torch: Any, *shape: int, seed: int = 0) -> Any:
    """Make a tensor of them that needs a gradient."""
    return torch.tensor(draw(*shape, seed=seed), requires_grad=True)
