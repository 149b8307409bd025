"""Dropout in all its forms, with the masks that PyTorch draws.

Each function gives the result and the mask, True where an element is kept, which the backward takes
again. The mask is drawn in the order of its memory, which is laid out as the operand's. Nothing is
drawn where p is 0 or 1, or the operand is empty.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numba import njit, prange, types
from numba.np.numpy_support import from_dtype
from numpy.typing import DTypeLike, NDArray

from ...._jit import PARALLEL_THRESHOLD, SizedKernel, entry_point
from ....errors import DTypeError, ShapeError
from ..layouts.pieces import in_memory_order, pieces
from .filling import BOOL, DOUBLE, SINGLE
from .generator import Generator
from .random import bernoulli_

Array = NDArray[Any]
_Dtype = np.dtype[Any]

# Klambauer et al., "Self-Normalizing Neural Networks", 2017: minus the least value of SELU.
_SELU_LIMIT = 1.7580993408473766
# A kernel treats at most so many elements before it returns to Python, where Ctrl-C is noticed.
_MOST_AT_ONCE = 1 << 26
# A multiplication's share of one step in `SizedKernel.for_size`, and how many one thread does.
_CHEAP = 0.3
_FEW = int(PARALLEL_THRESHOLD / _CHEAP)


class ProbabilityError(ValueError, RuntimeError):
    """A probability outside 0 to 1."""


# ---- entry points


def dropout(a: Array, p: float, generator: Generator) -> tuple[Array, Array]:
    """Set each element to 0 with probability p, and divide those that stay by 1 - p.

    Args:
        a: floats.
        p: from 0 to 1.
        generator: the source of the mask.

    Returns:
        The result; the mask, an array of bool of the shape of a.

    Raises:
        ProbabilityError: p is outside 0 to 1.
        DTypeError: a does not hold floats.
    """
    _check("dropout", a, p)
    mask = _draw(_empty_like(a, np.bool_), p, generator)
    return _scaled(a, mask, _scale(a.dtype, p)), mask


def feature_dropout(a: Array, p: float, generator: Generator) -> tuple[Array, Array]:
    """Set whole channels to 0, each with probability p: dropout1d, dropout2d and dropout3d.

    Args:
        a: (N, C, ...).
        p: from 0 to 1.
        generator: the source of the mask.

    Returns:
        The result; the mask, (N, C, 1, ...).

    Raises:
        ShapeError: a has less than two dimensions.
        ProbabilityError, DTypeError: as `dropout`.
    """
    _check("feature_dropout", a, p)
    mask = _draw(_feature_mask("feature_dropout", a), p, generator)
    return _scaled(a, mask, _scale(a.dtype, p)), mask


def dropout_backward(grad: Array, mask: Array, p: float) -> Array:
    """Give the gradient of `dropout` or `feature_dropout`."""
    _check("dropout_backward", grad, p)
    return _scaled(grad, mask, _scale(grad.dtype, p))


def alpha_dropout(a: Array, p: float, generator: Generator) -> tuple[Array, Array]:
    """Set elements to the limit of SELU, and keep mean and variance: `dropout` for SELU networks.

    Args, returns and raises: as `dropout`.
    """
    _check("alpha_dropout", a, p)
    mask = _draw(_empty_like(a, np.bool_), p, generator)
    return _shifted(a, mask, p), mask


def feature_alpha_dropout(a: Array, p: float, generator: Generator) -> tuple[Array, Array]:
    """Set whole channels to the limit of SELU.

    Args, returns and raises: as `feature_dropout`.
    """
    _check("feature_alpha_dropout", a, p)
    mask = _draw(_feature_mask("feature_alpha_dropout", a), p, generator)
    return _shifted(a, mask, p), mask


def alpha_dropout_backward(grad: Array, mask: Array, p: float) -> Array:
    """Give the gradient of `alpha_dropout` or `feature_alpha_dropout`."""
    _check("alpha_dropout_backward", grad, p)
    return _scaled(grad, mask, _alpha_numbers(grad.dtype, p)[0])


# ---- masks and factors


def _check(name: str, a: Array, p: float) -> None:
    if not 0 <= p <= 1:
        raise ProbabilityError(f"{name} needs a probability from 0 to 1, got {p}.")
    if a.dtype.kind != "f":
        raise DTypeError(f"{name} takes floats, got {a.dtype} of shape {a.shape}.")


def _feature_mask(name: str, a: Array) -> Array:
    if a.ndim < 2:
        raise ShapeError(f"{name} needs two dimensions (N, C) or more, got shape {a.shape}.")
    return np.empty(a.shape[:2] + (1,) * (a.ndim - 2), np.bool_)


def _draw(mask: Array, p: float, generator: Generator) -> Array:
    """Draw which elements are kept."""
    if p == 0 or p == 1:
        mask[...] = p == 0
        return mask
    return bernoulli_(mask, 1.0 - p, generator)


def _working(dtype: _Dtype) -> Any:
    """Give the type in which a factor is computed before it is rounded."""
    return np.float64 if dtype.itemsize == 8 else np.float32


@lru_cache
def _scale(dtype: _Dtype, p: float) -> Any:
    """Give the factor of elements that are kept, rounded as PyTorch does."""
    if p == 1:
        return dtype.type(0)
    wide = _working(dtype)
    return dtype.type(wide(1) / wide(1 - p))


@lru_cache
def _alpha_numbers(dtype: _Dtype, p: float) -> tuple[Any, Any, Any]:
    """Give the factor of elements that are kept, what they are raised by, and those dropped."""
    number, wide = dtype.type, _working(dtype)
    if p == 1:
        return number(0), number(0), number(0)
    factor = 1 / math.sqrt((_SELU_LIMIT * _SELU_LIMIT * p + 1) * (1 - p))
    step = number(wide(-_SELU_LIMIT * factor))
    shift = number(wide(_SELU_LIMIT * factor * p))
    return number(wide(factor)), shift, step + shift


# ---- the elementwise part


def _multiply(a, mask, out, scale):  # type: ignore[no-untyped-def]
    zero = type(scale)(0)
    for i in prange(out.size):
        out[i] = a[i] * (scale if mask[i] else zero)


def _multiply_and_raise(a, mask, out, scale, kept, dropped):  # type: ignore[no-untyped-def]
    zero = type(scale)(0)
    for i in prange(out.size):
        # No fast-math flag: PyTorch rounds the product before it adds.
        out[i] = a[i] * (scale if mask[i] else zero) + (kept if mask[i] else dropped)


class _Masked:
    """A kernel over an array, a mask and a result, compiled for each dtype when first needed.

    Args:
        loop: what the kernel computes.
        numbers: how many numbers it takes, in the type of the array.
    """

    def __init__(self, loop: Callable[..., Any], numbers: int) -> None:
        self._kernel = SizedKernel(lambda: njit(parallel=True)(loop))
        self._numbers = numbers
        # Entry points check no type: what is passed must be dense vectors of these types.
        self._small: dict[_Dtype, Any] = {}
        self._large: dict[_Dtype, Any] = {}

    def __call__(self, a: Array, mask: Array, numbers: tuple[Any, ...]) -> Array | None:
        """Compute the result where both are the same sequence of elements in memory."""
        entry = self._small.get(a.dtype)
        if (
            entry is not None
            and a.flags.carray
            and mask.flags.carray
            and a.shape == mask.shape
            and mask.dtype is BOOL
            and a.size <= _FEW
        ):
            out = np.empty(a.shape, a.dtype)
            entry(a.ravel(), mask.ravel(), out.ravel(), *numbers)
            return out
        if a.dtype not in (SINGLE, DOUBLE) or a.shape != mask.shape or mask.dtype != BOOL:
            return None
        out = np.empty_like(a)
        views = in_memory_order([a, mask, out])
        if not all(view.flags.carray for view in views):
            return None
        flat = [view.reshape(-1) for view in views]
        for start in range(0, out.size, _MOST_AT_ONCE):
            part = [view[start : start + _MOST_AT_ONCE] for view in flat]
            self._entry(a.dtype, part[0].size)(*part, *numbers)
        return out

    def _entry(self, dtype: _Dtype, size: int) -> Any:
        """Compile the kernel for a dtype, and give its entry point."""
        kernel = self._kernel
        is_small = kernel.for_size(int(size * _CHEAP)) is kernel.serial
        entries = self._small if is_small else self._large
        entry = entries.get(dtype)
        if entry is None:
            number = from_dtype(dtype)
            vector, mask = (types.Array(kind, 1, "C") for kind in (number, types.bool_))
            chosen = kernel.serial if is_small else kernel.parallel
            signature = (vector, mask, vector, *[number] * self._numbers)
            entry = entries[dtype] = entry_point(chosen, signature)
        return entry


_SCALED = _Masked(_multiply, 1)
_SHIFTED = _Masked(_multiply_and_raise, 3)


def _scaled(a: Array, mask: Array, scale: Any) -> Array:
    """Multiply the elements that are kept by a factor, and all others by 0."""
    out = _SCALED(a, mask, (scale,))
    if out is not None:
        return out
    out = _empty_like(a, a.dtype)
    with np.errstate(all="ignore"):
        for x, kept, part in pieces([a, np.broadcast_to(mask, a.shape), out]):
            np.multiply(x, kept * scale, out=part)
    return out


def _shifted(a: Array, mask: Array, p: float) -> Array:
    """Scale and raise the elements as alpha dropout does."""
    if p == 0 or p == 1:
        return _scaled(a, mask, a.dtype.type(1 - p))
    numbers = _alpha_numbers(a.dtype, p)
    out = _SHIFTED(a, mask, numbers)
    if out is not None:
        return out
    scale, kept_shift, dropped_shift = numbers
    out = _empty_like(a, a.dtype)
    with np.errstate(all="ignore"):
        for x, kept, part in pieces([a, np.broadcast_to(mask, a.shape), out]):
            np.multiply(x, kept * scale, out=part)
            part += np.where(kept, kept_shift, dropped_shift)
    return out


def _empty_like(a: Array, dtype: DTypeLike) -> Array:
    """Make an array whose dimensions lie in memory in the order in which PyTorch puts them."""
    if a.flags.c_contiguous:
        return np.empty(a.shape, dtype)
    if 0 not in a.strides:
        return np.empty_like(a, dtype)
    # Dimensions of stride 0 stay where they are, and the others are sorted among them.
    order = list(range(a.ndim - 1, -1, -1))
    for i in range(1, a.ndim):
        here = i
        for there in range(i - 1, -1, -1):
            step, inner = abs(a.strides[order[here]]), abs(a.strides[order[there]])
            if step and inner and inner < step:
                break
            if step and inner > step:
                order[here], order[there] = order[there], order[here]
                here = there
    order.reverse()
    dense = np.empty([a.shape[dim] for dim in order], dtype)
    return dense.transpose(np.argsort(order))
