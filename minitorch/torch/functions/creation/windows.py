"""Windows: vectors of weights that fade in and out, for spectra of pieces of a signal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ... import _dtype
from ._options import check_options, made
from .filled import Device, DType, Layout

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make Hann's window, (1 - cos(2 pi n / (N - 1))) / 2.

    Args:
        window_length: N - 1 if periodic, else N.
        periodic: leave the last weight out, which is the first of the next piece.
        dtype: of the result, one of floats.
        layout: torch.strided.
        device: where to.
        pin_memory: not to be had without a GPU.
        requires_grad: collect a gradient.

    Raises:
        RuntimeError: the length is negative, or the dtype is none of floats.
    """
    check_options("hann_window", device, layout, pin_memory)
    return made(_window("hann_window", np.hanning, window_length, periodic, dtype), requires_grad)


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make Hamming's window, alpha - beta cos(2 pi n / (N - 1)); see `hann_window`."""
    check_options("hamming_window", device, layout, pin_memory)

    def weights(count: int) -> Array:
        return alpha - beta * np.cos(2 * np.pi * np.arange(count) / (count - 1))

    return made(_window("hamming_window", weights, window_length, periodic, dtype), requires_grad)


def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make Blackman's window of two cosines; see `hann_window`."""
    check_options("blackman_window", device, layout, pin_memory)
    array = _window("blackman_window", np.blackman, window_length, periodic, dtype)
    return made(array, requires_grad)


def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make Bartlett's window, a triangle; see `hann_window`."""
    check_options("bartlett_window", device, layout, pin_memory)
    array = _window("bartlett_window", np.bartlett, window_length, periodic, dtype)
    return made(array, requires_grad)


def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make Kaiser's window, whose width beta chooses; see `hann_window`."""
    check_options("kaiser_window", device, layout, pin_memory)

    def weights(count: int) -> Array:
        return np.kaiser(count, beta)

    return made(_window("kaiser_window", weights, window_length, periodic, dtype), requires_grad)


def _window(
    function: str, weights: Callable[[int], Array], length: int, periodic: bool, dtype: DType
) -> Array:
    """Compute a window in float64, and round it."""
    kind = _dtype.get_default_dtype() if dtype is None else _dtype.chosen(function, dtype)
    if length < 0:
        raise RuntimeError(
            f"{function} requires non-negative window_length, got window_length={length}"
        )
    if not kind.is_floating_point:
        raise RuntimeError(f"{function} expects floating point dtypes, got: {kind}")
    if length <= 1:
        return np.ones(length, kind.numpy)
    array = weights(length + 1)[:-1] if periodic else weights(length)
    return array.astype(kind.numpy)
