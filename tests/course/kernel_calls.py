"""Calls of the low-level functions with arrays, for the tests of what they compute and touch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from minitorch import fast_conv, fast_ops, operators, strides_from_shape

from .checks import Array, random_array

# Storage, shape and strides; a low-level function takes them one after the other.
Arguments = tuple[Array, Any, Any]


def arguments(array: Array, permuted: bool = False) -> Arguments:
    """Lay an array out as a low-level function takes it, with reversed strides if permuted."""
    shape = np.array(array.shape, dtype=np.int64)
    if permuted:
        strides = np.array(strides_from_shape(array.shape[::-1])[::-1], dtype=np.int64)
        return array.T.ravel().copy(), shape, strides
    return array.ravel().copy(), shape, np.array(strides_from_shape(array.shape), dtype=np.int64)


def as_array(stored: Arguments) -> Array:
    """Read the elements of storage, shape and strides in row-major order."""
    storage, shape, strides = stored
    out = np.zeros(tuple(shape))
    for index in np.ndindex(*out.shape):
        out[index] = storage[int(np.dot(index, strides)) if index else 0]
    return out


def conv_arguments(*sizes: int) -> tuple[Any, ...]:
    """Make the arguments of a convolution that takes more than a block of steps and positions."""
    out, image = random_array((3, 4, *sizes)), random_array((3, 50, *sizes))
    weight = random_array((4, 50, *(3 for _ in sizes)), seed=1)
    return (*arguments(out), out.size, *arguments(image, True), *arguments(weight), False)


WIDE, TALL = random_array((40, 30)), random_array((30, 40), seed=1)
BATCH, SINGLE = random_array((3, 70, 130)), random_array((130, 131), seed=2)
TWINS: dict[str, tuple[Any, list[tuple[Any, ...]]]] = {
    "map": (
        lambda: fast_ops.tensor_map(njit(error_model="numpy")(operators.exp)),
        [
            (*arguments(WIDE), *arguments(WIDE)),
            (*arguments(WIDE), *arguments(WIDE, True)),
            (*arguments(WIDE), *arguments(WIDE[0])),
        ],
    ),
    "zip": (
        lambda: fast_ops.tensor_zip(njit(error_model="numpy")(operators.inv_back)),
        [
            (*arguments(WIDE), *arguments(WIDE), *arguments(WIDE + 5)),
            (*arguments(WIDE), *arguments(WIDE, True), *arguments(WIDE[:, :1])),
        ],
    ),
    "reduce": (
        lambda: fast_ops.tensor_reduce(njit(error_model="numpy")(operators.add)),
        [
            (*arguments(WIDE[:1]), *arguments(WIDE), 0),
            (*arguments(WIDE[:, :1]), *arguments(WIDE, True), 1),
        ],
    ),
    "matrix_multiply": (
        lambda: fast_ops.tensor_matrix_multiply,
        [
            (*arguments(BATCH @ SINGLE), *arguments(BATCH), *arguments(SINGLE)),
            (*arguments(WIDE @ TALL), *arguments(WIDE, True), *arguments(TALL, True)),
        ],
    ),
    "conv1d": (lambda: fast_conv.tensor_conv1d, [conv_arguments(140)]),
    "conv2d": (lambda: fast_conv.tensor_conv2d, [conv_arguments(12, 13)]),
}


TASKS = {"matrix_multiply": "task3_2", "conv1d": "task4_1", "conv2d": "task4_2"}
each_twin = pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=getattr(pytest.mark, TASKS.get(name, "task3_1"))) for name in TWINS],
)
