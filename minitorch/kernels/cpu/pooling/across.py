"""Inputs of pooling whose channels are neighbours in memory, and planes that are one window."""

from __future__ import annotations

from math import prod

import numpy as np

from ..convolutions.form import Array, Numbers
from ..reductions import reduce

_REDUCED = (np.dtype(np.float32), np.dtype(np.float64))


def largest_of_all(input: Array, output_size: Numbers) -> tuple[Array, Array] | None:
    """Find the largest element of each plane, if that is asked for; of dense floats without NaN.

    Of several NaN pooling takes the last one, and a reduction the first.
    """
    if not 3 <= input.ndim <= 5 or input.size == 0 or not input.flags.c_contiguous:
        return None
    if input.dtype not in _REDUCED or output_size not in (1, (1,) * (input.ndim - 2)):
        return None
    values, places = reduce.max(input.reshape(-1, prod(input.shape[2:])), 1)
    if np.isnan(values).any():
        return None
    shape = (*input.shape[:2], *[1] * (input.ndim - 2))
    return values.reshape(shape), places.reshape(shape)


def view_3d(array: Array) -> Array:
    """Give a view with three spatial dimensions, the missing ones of size 1."""
    return array[(slice(None), slice(None), *[None] * (5 - array.ndim))]


def is_across(input: Array) -> bool:
    """Tell whether the channels of an element are neighbours in memory, and all is dense."""
    own = input.flags
    return not own.c_contiguous and own.aligned and across(input).flags.c_contiguous


def across(array: Array) -> Array:
    """Give a view with three spatial dimensions, and the channels last."""
    return view_3d(array).transpose(0, 2, 3, 4, 1)


def across_like(out: Array) -> Array:
    """Make an array of the same shape whose channels are neighbours."""
    shape = (out.shape[0], *out.shape[2:], out.shape[1])
    return np.moveaxis(np.empty(shape, out.dtype), -1, 1)
