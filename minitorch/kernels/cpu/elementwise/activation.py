"""A bias and an activation in one pass over memory, and their gradients in another.

The formulas are those of `generated.elementwise`. float16 is computed in float32 and rounded once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD, SizedKernel
from ...generated import elementwise
from ..calls import prepared_loops
from ..calls.prepared import MOST_KEPT, fits, is_small, serial_entry, three_at
from ..layouts.dense_blocks import (
    check_like,
    dense_blocks,
    parameter,
    rounded,
    split_at,
    without,
    working_dtype,
)
from ..reductions.fold import axis_of
from . import activation_loops as loops
from .elementwise import Elementwise

Array = NDArray[Any]

_MOST_PARTS, _PART_ROWS = 32, 16
_SUM_PARTS = SizedKernel(lambda: prepared_loops.sum_parts)
_DOUBLE = np.dtype(np.float64)


class Activation:
    """The kernels of a bias and one activation.

    Args:
        forward: the activation.
        backward: its gradient: a function of grad, and of the input or the output.
        saves_output: which of the two.
        cost: of an element, in steps of `SizedKernel.for_size`.
    """

    def __init__(
        self, forward: Elementwise, backward: Elementwise, saves_output: bool, cost: float
    ) -> None:
        derive = loops.from_output if saves_output else loops.from_input

        def formula() -> Any:
            return _compiled(forward)

        def derivative() -> Any:
            return derive(_compiled(backward))

        self.rows = SizedKernel(lambda: loops.rows(formula()))
        self.lines = SizedKernel(lambda: loops.lines(formula()))
        self.rows_backward = SizedKernel(lambda: loops.rows_backward(derivative()))
        self.lines_backward = SizedKernel(lambda: loops.lines_backward(derivative()))
        self.saves_output = saves_output
        self.cost = cost


def _compiled(operation: Elementwise) -> Any:
    return njit(error_model="numpy", fastmath={"contract"}, forceinline=True)(operation.formula)


_e = elementwise
ACTIVATIONS = {
    "relu": Activation(_e.relu, _e.relu_backward, saves_output=True, cost=0.3),
    "sigmoid": Activation(_e.sigmoid, _e.sigmoid_backward, saves_output=True, cost=2.0),
    "tanh": Activation(_e.tanh, _e.tanh_backward, saves_output=True, cost=2.0),
    "gelu": Activation(_e.gelu, _e.gelu_backward, saves_output=False, cost=2.0),
    "gelu_tanh": Activation(_e.gelu_tanh, _e.gelu_tanh_backward, saves_output=False, cost=2.0),
    "silu": Activation(_e.silu, _e.silu_backward, saves_output=False, cost=2.0),
}


def bias_activation(a: Array, bias: Array, activation: str, dim: int = -1) -> Array:
    """Give activation(a + bias).

    Args:
        a: floats of any shape but ().
        bias: of a's dtype, a number for each place along one dimension of a.
        activation: "relu", "sigmoid", "tanh", "silu", "gelu", or "gelu_tanh" for the approximation.
        dim: that dimension: -1 after a linear layer, 1 after a convolution.

    Raises:
        ValueError: an unknown activation.
        IndexError: there is no such dimension.
        ShapeError, DTypeError: bias does not fit, or a holds no floats.
    """
    way = _dense_way(a.dtype, a.shape, activation, dim)
    result = way and way(a, bias)
    if result is not None:
        return result
    kernels, axis = _checked("bias_activation", a, activation, dim)
    own_bias = parameter("bias_activation", "bias", bias, a, (a.shape[axis],), 0.0)
    out = np.empty_like(a)
    if a.size:
        for x, y in dense_blocks([a], [out], split_at(a, axis), without(axis, a.ndim)):
            work = int(x.size * kernels.cost)
            if x.shape[2] == 1:
                kernels.rows.for_size(work)(x[:, :, 0], own_bias, y[:, :, 0])
            else:
                kernels.lines.for_size(work)(x, own_bias, y)
    return out


def bias_activation_backward(
    grad: Array, saved: Array, bias: Array, activation: str, dim: int = -1
) -> tuple[Array, Array]:
    """Give the gradients of `bias_activation`'s a and bias, in one pass.

    Args:
        grad: of the result.
        saved: the result for relu, sigmoid and tanh; a for the others.
        bias: as in `bias_activation`.
        activation: as in `bias_activation`.
        dim: as in `bias_activation`.

    Raises:
        ValueError, IndexError, ShapeError, DTypeError: as `bias_activation`.
    """
    way = _dense_backward_way(saved.dtype, saved.shape, activation, dim)
    found = way and way(grad, saved, bias)
    if found:
        return found
    name = "bias_activation_backward"
    kernels, axis = _checked(name, saved, activation, dim)
    check_like(name, "grad", grad, saved)
    own_bias = parameter(name, "bias", bias, saved, (saved.shape[axis],), 0.0)
    result = np.empty_like(saved)
    total = np.zeros(own_bias.size)
    if saved.size:
        groups, kept = split_at(saved, axis), without(axis, saved.ndim)
        for g, s, r in dense_blocks([grad, saved], [result], groups, kept):
            work = int(g.size * kernels.cost)
            if g.shape[2] == 1:
                parts = max(1, min(_MOST_PARTS, len(g) // _PART_ROWS))
                sums = np.zeros((parts, own_bias.size))
                kernel = kernels.rows_backward.for_size(work)
                kernel(g[:, :, 0], s[:, :, 0], own_bias, r[:, :, 0], sums)
            else:
                sums = np.empty(g.shape[:2])
                kernels.lines_backward.for_size(work)(g, s, own_bias, r, sums)
            total += sums.sum(axis=0)
    return result, rounded(total, saved.dtype)


def _checked(name: str, a: Array, activation: str, dim: int) -> tuple[Activation, int]:
    working_dtype(name, a)
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"{name}: activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}."
        )
    if a.ndim == 0:
        raise IndexError(f"{name}: a must have dimension {dim}, got shape ().")
    return ACTIVATIONS[activation], axis_of(name, dim, a.shape)


# ---- the short way: see `prepared`


def _small_three(
    dtype: np.dtype[Any], shape: tuple[int, ...], activation: str, dim: int
) -> tuple[int, int, int] | None:
    """Give a small array's (outer, channels, inner); None if it is not one, or there are errors."""
    rank = len(shape)
    if not isinstance(dim, int) or not -rank <= dim < rank or activation not in ACTIVATIONS:
        return None
    if (
        not is_small(dtype, shape)
        or math.prod(shape) * ACTIVATIONS[activation].cost >= PARALLEL_THRESHOLD
    ):
        return None
    return three_at(shape, dim % rank)


@lru_cache(maxsize=MOST_KEPT, typed=True)
def _dense_way(
    dtype: np.dtype[Any], shape: tuple[int, ...], activation: str, dim: int
) -> Callable[[Array, Array], Array | None] | None:
    """Make the way to the kernel of small operands."""
    three = _small_three(dtype, shape, activation, dim)
    if three is None:
        return None
    kernels, places = ACTIVATIONS[activation], three[1:2]
    view: tuple[int, ...] = three[:2] if three[2] == 1 else three
    kernel = kernels.rows if three[2] == 1 else kernels.lines
    array = dtype, len(view)
    entry = serial_entry(kernel, array, (dtype, 1), array)
    is_seen_so, empty = view == shape, np.empty

    def way(a: Array, bias: Array) -> Array | None:
        if not a.flags.carray or not fits(bias, dtype, places):
            return None
        out = empty(shape, dtype)
        if is_seen_so:
            entry(a, bias, out)
        else:
            entry(a.reshape(view), bias, out.reshape(view))
        return out

    return way


@lru_cache(maxsize=MOST_KEPT, typed=True)
def _dense_backward_way(
    dtype: np.dtype[Any], shape: tuple[int, ...], activation: str, dim: int
) -> Callable[[Array, Array, Array], tuple[Array, Array] | None] | None:
    """Make the way to the backward kernel of small operands."""
    three = _small_three(dtype, shape, activation, dim)
    if three is None:
        return None
    kernels, channels, is_rows = ACTIVATIONS[activation], three[1], three[2] == 1
    view: tuple[int, ...] = three[:2] if is_rows else three
    parts = max(1, min(_MOST_PARTS, three[0] // _PART_ROWS)) if is_rows else three[0]
    kernel = kernels.rows_backward if is_rows else kernels.lines_backward
    array = dtype, len(view)
    entry = serial_entry(kernel, array, array, (dtype, 1), array, (_DOUBLE, 2))
    sum_parts = serial_entry(_SUM_PARTS, (_DOUBLE, 3), (dtype, 2))
    places, is_seen_so, empty, zeros = (channels,), view == shape, np.empty, np.zeros

    def way(grad: Array, saved: Array, bias: Array) -> tuple[Array, Array] | None:
        if not saved.flags.carray or not fits(grad, dtype, shape) or not fits(bias, dtype, places):
            return None
        result, sums, total = empty(shape, dtype), zeros((1, parts, channels)), empty(places, dtype)
        r = result
        if not is_seen_so:
            grad, saved, r = grad.reshape(view), saved.reshape(view), result.reshape(view)
        entry(grad, saved, bias, r, sums[0])
        sum_parts(sums, total.reshape(1, channels))
        return result, total

    return way
