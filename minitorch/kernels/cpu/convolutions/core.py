"""Convolutions of checked operands, from the two computations of `plan.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from . import plan
from .form import Array, Form
from .plain import Sizes, Window


def correlated(
    input: Array, weight: Array, bias: Array | None, sizes: tuple[int, ...], form: Form
) -> Array:
    """Correlate images with kernels; the result has the given sizes."""
    if input.dtype == np.float16:
        return _rounded(correlated(_wide(input), _wide(weight), _wider(bias), sizes, form))
    out = np.empty((len(input), len(weight), *sizes), input.dtype)
    if out.size == 0:
        return out
    if weight.size == 0:
        _fill(out, bias)
        return out
    kernels = weight.reshape(form.groups, len(weight) // form.groups, -1)
    plan.correlate(in_3d(input), kernels, bias, in_3d(out), window_of(weight.shape, form))
    return out


def weighed(grad: Array, input: Array, weight_shape: tuple[int, ...], form: Form) -> Array:
    """Give the gradient of the weight of a correlation."""
    if input.dtype == np.float16:
        return _rounded(weighed(_wide(grad), _wide(input), weight_shape, form))
    if grad.size == 0 or 0 in weight_shape:
        return np.zeros(weight_shape, input.dtype)
    window = window_of(weight_shape, form)
    result = plan.weigh(in_3d(input), in_3d(grad), form.groups, window)
    return np.ascontiguousarray(result.reshape(weight_shape))


def spread(
    grad: Array, weight: Array, bias: Array | None, sizes: tuple[int, ...], form: Form
) -> Array:
    """Give the gradient of the input of a correlation, or the result of a transposed one.

    The elements whose position has one remainder by the stride see the same taps, at the distance
    of 1: they are a correlation of their own, with a part of the kernel, turned round.
    """
    if grad.dtype == np.float16:
        return _rounded(spread(_wide(grad), _wide(weight), _wider(bias), sizes, form))
    out = np.empty((len(grad), weight.shape[1] * form.groups, *sizes), grad.dtype)
    if out.size == 0:
        return out
    if grad.size == 0:
        _fill(out, bias)
        return out
    source, result, kernels = in_3d(grad), in_3d(out), in_3d(weight)
    kernels = kernels.reshape(form.groups, -1, *kernels.shape[1:]).swapaxes(1, 2)
    for phases in phases_of(kernels.shape[3:], form):
        elements: tuple[Any, ...] = (..., *[phase.elements for phase in phases])
        part = result[elements]
        # All of these together have as many elements as the weight.
        taps: tuple[Any, ...] = (..., *[phase.taps for phase in phases])
        chosen = kernels[taps]
        if chosen.size == 0:
            _fill(part, bias)
        elif part.size:
            rows = chosen.reshape(form.groups, kernels.shape[1], -1)
            z, y, x = (phase.distances for phase in phases)
            front, top, left = (phase.padding for phase in phases)
            window = Window((z, y, x), (1, 1, 1), (front, top, left))
            plan.correlate(source, rows, bias, part, window)
    return out


@dataclass(frozen=True)
class _Phase:
    """Some elements of the input along one dimension, and what they contribute to.

    Attributes:
        elements: which they are.
        taps: through which taps of the kernel, the last one first.
        distances: from the first element of the result that one sees to the others.
        padding: how far that one lies before the input's first, without negative ones.
    """

    elements: slice
    taps: slice
    distances: tuple[int, ...]
    padding: int


def phases_of(kernel: Sequence[int], form: Form) -> list[tuple[_Phase, ...]]:
    """List the phases of the input of a convolution, one for each dimension."""
    numbers = zip(
        kernel, _three(form.stride), _three(form.before, 0), _three(form.dilation), strict=True
    )
    return list(product(*[_phases(*each) for each in numbers]))


def _phases(kernel: int, stride: int, padding: int, dilation: int) -> list[_Phase]:
    """Sort the elements of one dimension by what taps they contribute through.

    Element i contributes to element (i + padding - tap * dilation) / stride, where that is whole.
    """
    result = []
    for first in range(stride):
        shift = first + padding
        taps = [tap for tap in range(kernel) if (shift - tap * dilation) % stride == 0]
        elements = slice(first, None, stride)
        if not taps:
            result.append(_Phase(elements, slice(0), (), 0))
            continue
        places = [(shift - tap * dilation) // stride for tap in reversed(taps)]
        step = taps[1] - taps[0] if len(taps) > 1 else 1
        turned = slice(taps[-1], taps[0] - 1 if taps[0] else None, -step)
        distances = tuple(place - places[0] for place in places)
        result.append(_Phase(elements, turned, distances, -places[0]))
    return result


def window_of(weight_shape: tuple[int, ...], form: Form) -> Window:
    """Describe what a pixel of a correlation's result sees."""
    kernel, dilation = _three(weight_shape[2:]), _three(form.dilation)
    z, y, x = (tuple(range(0, n * d, d)) for n, d in zip(kernel, dilation, strict=True))
    return Window((z, y, x), _three(form.stride), _three(form.before, 0))


def _three(numbers: Sequence[int], missing: int = 1) -> Sizes:
    """Give three numbers, for depth, height and width."""
    z, y, x = (*[missing] * (3 - len(numbers)), *numbers)
    return z, y, x


def in_3d(array: Array) -> Array:
    """Give a view with three spatial dimensions, the missing ones of size 1."""
    return array[(slice(None), slice(None), *[None] * (5 - array.ndim))]


def _fill(out: Array, bias: Array | None) -> None:
    """Set a result to which no tap contributes."""
    out[...] = 0 if bias is None else bias.reshape(-1, *[1] * (out.ndim - 2))


# float16: the matrix product computes in float32, so that the operands are copied.


def _wide(array: Array) -> Array:
    return array.astype(np.float32)


def _wider(array: Array | None) -> Array | None:
    return None if array is None else array.astype(np.float32)


def _rounded(array: Array) -> Array:
    """Round to float16, where large numbers become infinite."""
    with np.errstate(over="ignore", under="ignore"):
        return array.astype(np.float16)
