"""What the tests of convolutions share: a slow twin in plain Python, PyTorch's, and the cases."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from .checks import Array


def slow_convolution(image: Array, weight: Array, out_shape: Any, reverse: bool) -> Array:
    """Add up each cell of a convolution in any number of dimensions.

    Args:
        image: (batch, in_channels, ...).
        weight: (out_channels, in_channels, ...).
        out_shape: (batch, out_channels, ...), whose further sizes may differ from the image's.
        reverse: the filter lies to the left of (and above) its cell, not to the right.
    """
    sign = -1 if reverse else 1
    out = np.zeros(out_shape)
    for batch, out_channel, *cell in np.ndindex(*out_shape):
        for in_channel, *offset in np.ndindex(*weight.shape[1:]):
            source = [i + sign * k for i, k in zip(cell, offset, strict=True)]
            if all(0 <= i < size for i, size in zip(source, image.shape[2:], strict=True)):
                out[(batch, out_channel, *cell)] += (
                    weight[(out_channel, in_channel, *offset)] * image[(batch, in_channel, *source)]
                )
    return out


def torch_convolution(image: Any, weight: Any) -> Any:
    """Convolve with PyTorch, whose padding goes to the right and the bottom here."""
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    padding = itertools.chain.from_iterable((0, size - 1) for size in reversed(weight.shape[2:]))
    convolve = {3: functional.conv1d, 4: functional.conv2d}[image.ndim]
    return convolve(functional.pad(image, tuple(padding)), weight)


# Shapes of the image and the weight: one and many channels, kernels of width 1, as wide as the
# image, wider than it.
CASES_1D = [
    ((1, 1, 6), (1, 1, 4)),
    ((1, 1, 1), (1, 1, 1)),
    ((2, 3, 5), (4, 3, 1)),
    ((2, 2, 6), (3, 2, 2)),
    ((3, 1, 4), (2, 1, 4)),
    ((1, 3, 3), (2, 3, 5)),
    ((2, 1, 2), (1, 1, 7)),
]
CASES_2D = [
    ((1, 1, 6, 6), (1, 1, 2, 4)),
    ((1, 1, 1, 1), (1, 1, 1, 1)),
    ((2, 3, 4, 5), (2, 3, 1, 1)),
    ((2, 2, 6, 4), (3, 2, 2, 3)),
    ((2, 1, 3, 4), (2, 1, 3, 4)),
    ((1, 2, 2, 3), (2, 2, 4, 5)),
    ((1, 2, 4, 2), (1, 2, 1, 3)),
]
# In the simulator one thread computes one cell, each a Python thread.
FEW_1D = [CASES_1D[1], CASES_1D[3], CASES_1D[5]]
FEW_2D = [((1, 2, 3, 2), (2, 2, 2, 2)), ((1, 1, 2, 2), (1, 1, 3, 3)), ((2, 1, 2, 3), (1, 1, 1, 2))]

# Another number of channels, or of dimensions.
WRONG = [
    ((2, 3, 5), (4, 2, 2)),
    ((2, 3, 4, 5), (4, 2, 2, 2)),
    ((3, 5), (4, 3, 2)),
    ((2, 3, 5), (3, 2)),
    ((2, 3, 5), (4, 3, 2, 2)),
    ((2, 3, 4, 5), (4, 3, 2)),
]
