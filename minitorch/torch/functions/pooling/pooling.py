"""Pooling: the largest element, the mean or a norm of each window."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ....kernels.cpu.pooling import pool as kernels
from ..._layout import like
from ..._record import Operation, named, record
from ..._wrap import wrap
from .._overrides import public
from ..convolutions._windows_of import Sizes, is_batched, per_dim
from ..products.matmul import deliver
from .unpooling import added_at

if TYPE_CHECKING:
    from ..._tensor import Tensor

Pair: TypeAlias = "tuple[Tensor, Tensor]"


# ---- the largest element of each window


@public
def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pair:
    """Do what `max_pool2d_with_indices` does for (N, C, length)."""
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode)


@public
def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pair:
    """Do what `max_pool2d` does, and always say where the elements were found.

    Args:
        return_indices: without meaning here.
        input, kernel_size, stride, padding, dilation, ceil_mode: see `max_pool2d`.
    """
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode)


@public
def max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pair:
    """Do what `max_pool2d_with_indices` does for (N, C, depth, height, width)."""
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode)


@public
def max_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | Pair:
    """Do what `max_pool2d` does for (N, C, length)."""
    found = _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode)
    return found if return_indices else found[0]


@public
def max_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | Pair:
    """Give the largest element of each window.

    Args:
        input: (N, C, H, W), or (C, H, W).
        kernel_size: the elements of a window.
        stride: the step between windows, by default as large as they are.
        padding: elements around the input, smaller than all others; at most half of a window.
        dilation: the step between the elements of a window.
        ceil_mode: whether a window may reach beyond the end, if it starts before it.
        return_indices: give where the elements were found, too; see `max_unpool2d`.

    Returns:
        (N, C, H_out, W_out), or a pair of it and the indices.

    Raises:
        RuntimeError: the windows do not fit into the input, or a number is out of range.
    """
    found = _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode)
    return found if return_indices else found[0]


@public
def max_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | Pair:
    """Do what `max_pool2d` does for (N, C, depth, height, width)."""
    found = _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode)
    return found if return_indices else found[0]


def _max_pool(
    rank: int,
    input: Tensor,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
) -> Pair:
    numbers = kernel_size, stride, padding, dilation
    if len(input._shape) != rank + 2 and not is_batched(f"max_pool{rank}d", input, rank):
        result, indices = _max_pool(rank, input.unsqueeze(0), *numbers, ceil_mode)
        return named(result.squeeze(0), _MAX_POOL[rank].name), indices.squeeze(0)
    try:
        options = _options("max_pool", rank, *numbers)
    except TypeError:  # A list cannot be remembered; or a number is none, which is said there.
        options = _options.__wrapped__("max_pool", rank, *numbers)
    options = (*options, bool(ceil_mode))
    array, places = kernels.max_pool(input._array, *options)
    indices = wrap(like(places, input._array))
    return record(
        wrap(like(array, input._array)), _MAX_POOL[rank], input, indices, input._shape
    ), indices


@lru_cache(maxsize=256, typed=True)
def _options(
    name: str, rank: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any
) -> Any:
    """Give kernel size, stride, padding and, for the largest elements, dilation, by dimension."""
    name = f"{name}{rank}d"
    kernels_of = per_dim(name, "kernel_size", kernel_size, rank)
    is_default = stride is None or (isinstance(stride, list | tuple) and not stride)
    strides = kernels_of if is_default else per_dim(name, "stride", stride, rank)
    paddings = per_dim(name, "padding", padding, rank)
    if dilation is None:
        return kernels_of, strides, paddings
    return kernels_of, strides, paddings, per_dim(name, "dilation", dilation, rank)


_MAX_POOL = {
    1: Operation("SqueezeBackward1", added_at),
    2: Operation("MaxPool2DWithIndicesBackward0", added_at),
    3: Operation("MaxPool3DWithIndicesBackward0", added_at),
}


# ---- the mean of each window


@public
def avg_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Do what `avg_pool2d` does for (N, C, length)."""
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


@public
def avg_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Give the mean of each window.

    Args:
        input: (N, C, H, W), or (C, H, W).
        kernel_size: the elements of a window.
        stride: the step between windows, by default as large as they are.
        padding: zeros around the input; at most half of a window.
        ceil_mode: whether a window may reach beyond the end, if it starts before it.
        count_include_pad: whether the zeros count.
        divisor_override: what to divide by instead of the number of elements.

    Returns:
        (N, C, H_out, W_out).

    Raises:
        RuntimeError: the windows do not fit into the input, or a number is out of range.
    """
    result = _avg_pool(
        2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    return deliver("avg_pool2d", result, out)


@public
def avg_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Do what `avg_pool2d` does for (N, C, depth, height, width)."""
    result = _avg_pool(
        3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    return deliver("avg_pool3d", result, out)


def _avg_pool(
    rank: int,
    input: Tensor,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor: int | None,
) -> Tensor:
    if len(input._shape) != rank + 2 and not is_batched(f"avg_pool{rank}d", input, rank):
        rest = padding, ceil_mode, count_include_pad, divisor
        result = _avg_pool(rank, input.unsqueeze(0), kernel_size, stride, *rest).squeeze(0)
        return named(result, _AVG_POOL[rank].name)
    try:
        options = _options("avg_pool", rank, kernel_size, stride, padding, None)
    except TypeError:  # As in _max_pool.
        options = _options.__wrapped__("avg_pool", rank, kernel_size, stride, padding, None)
    return _averaged(input, (*options, bool(ceil_mode), bool(count_include_pad), divisor))


def _averaged(input: Tensor, options: tuple[Any, ...]) -> Tensor:
    array = kernels.avg_pool(input._array, *options)
    # PyTorch has no way of its own for volumes with channels last.
    laid_out = like(array, input._array) if array.ndim == 4 else np.ascontiguousarray(array)
    return record(wrap(laid_out), _AVG_POOL[array.ndim - 2], input, input._shape, options)


def _averaged_back(grad: Tensor, shape: tuple[int, ...], options: tuple[Any, ...]) -> Tensor:
    array = kernels.avg_pool_backward(grad._array, shape, *options)
    return record(wrap(array), _AVG_POOL_BACK, grad, options)


_AVG_POOL = {
    1: Operation("SqueezeBackward1", _averaged_back),
    2: Operation("AvgPool2DBackward0", _averaged_back),
    3: Operation("AvgPool3DBackward0", _averaged_back),
}
_AVG_POOL_BACK = Operation("AvgPool2DBackwardBackward0", _averaged)


# ---- a norm of each window


@public
def lp_pool1d(
    input: Tensor,
    norm_type: float,
    kernel_size: int,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """Do what `lp_pool2d` does for (N, C, length)."""
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


@public
def lp_pool2d(
    input: Tensor,
    norm_type: float,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """Give (sum of x^p)^(1/p) of each window, where p is norm_type; see `avg_pool2d`."""
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


@public
def lp_pool3d(
    input: Tensor,
    norm_type: float,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """Do what `lp_pool2d` does for (N, C, depth, height, width)."""
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


def _lp_pool(
    rank: int,
    input: Tensor,
    norm_type: float,
    kernel_size: Sizes,
    stride: Sizes | None,
    ceil_mode: bool,
) -> Tensor:
    mean = _avg_pool(rank, input.pow(norm_type), kernel_size, stride, 0, ceil_mode, True, None)
    size = prod(per_dim(f"lp_pool{rank}d", "kernel_size", kernel_size, rank))
    # The same number again; but where it is 0, no gradient comes back.
    return (mean.sign() * mean.abs()).mul(size).pow(1.0 / norm_type)
