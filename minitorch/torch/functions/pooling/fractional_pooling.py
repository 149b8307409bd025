"""Pooling over windows at random places: `fractional_max_pool2d` and `fractional_max_pool3d`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ....errors import ShapeError
from ....kernels.cpu.convolutions.form import WindowDTypeError
from ..._record import Operation, record
from ..._wrap import wrap
from .._overrides import public
from ..convolutions._windows_of import Sizes, is_batched, per_dim
from ..random.random import rand
from .unpooling import added_at

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
Pair: TypeAlias = "tuple[Tensor, Tensor]"
Ratio: TypeAlias = float | Sequence[float]


@public
def fractional_max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None = None,
    output_ratio: Ratio | None = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Pair:
    """Do what `fractional_max_pool2d` does, and always say where the elements were found.

    Args:
        return_indices: without meaning here.
        input, kernel_size, output_size, output_ratio, _random_samples: see
            `fractional_max_pool2d`.
    """
    return _pool(2, input, kernel_size, output_size, output_ratio, _random_samples)


@public
def fractional_max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None = None,
    output_ratio: Ratio | None = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Pair:
    """Do what `fractional_max_pool2d_with_indices` does for (N, C, depth, height, width)."""
    return _pool(3, input, kernel_size, output_size, output_ratio, _random_samples)


@public
def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None = None,
    output_ratio: Ratio | None = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Tensor | Pair:
    """Give the largest element of each of some windows, whose distances are drawn at random.

    Args:
        input: (N, C, H, W), or (C, H, W).
        kernel_size: the elements of a window.
        output_size: how many windows there are in each direction.
        output_ratio: or how many for each element of the input, less than 1.
        return_indices: give where the elements were found, too.
        _random_samples: (N, C, 2) of numbers from 0 to 1, instead of random ones.

    Returns:
        (N, C, *output_size), or a pair of it and the indices.

    Raises:
        ValueError: neither output_size nor output_ratio is given, or a ratio is out of range.
        RuntimeError: the windows do not fit into the input.
    """
    found = _pool(2, input, kernel_size, output_size, output_ratio, _random_samples)
    return found if return_indices else found[0]


@public
def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None = None,
    output_ratio: Ratio | None = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Tensor | Pair:
    """Do what `fractional_max_pool2d` does for (N, C, depth, height, width)."""
    found = _pool(3, input, kernel_size, output_size, output_ratio, _random_samples)
    return found if return_indices else found[0]


def _pool(
    rank: int,
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None,
    output_ratio: Ratio | None,
    samples: Tensor | None,
) -> Pair:
    name = f"fractional_max_pool{rank}d"
    if not is_batched(name, input, rank):
        numbers = kernel_size, output_size, output_ratio, samples
        result, places = _pool(rank, input.unsqueeze(0), *numbers)
        return result.squeeze(0), places.squeeze(0)
    if not input._key.is_float:
        raise WindowDTypeError(f"{name} takes floats, got {input._key.dtype}.")
    shape = input._shape
    kernel = per_dim(name, "kernel_size", kernel_size, rank)
    counts = _counts(name, shape[2:], output_size, output_ratio)
    for size, span, count in zip(shape[2:], kernel, counts, strict=True):
        if count + span - 1 > size or min(span, count) < 1:
            raise ShapeError(
                f"{name}(): {count} windows of {span} elements do not fit into {size} elements of "
                f"input {list(shape)}"
            )
    if samples is None:
        samples = rand(shape[0], shape[1], rank, dtype=input._key.dtype)
    elif samples._shape != (shape[0], shape[1], rank):
        raise ShapeError(
            f"{name}: Expect _random_samples of shape {[shape[0], shape[1], rank]}, got "
            f"{list(samples._shape)}"
        )
    array, found = _largest(input._array, samples._array, kernel, counts)
    indices = wrap(found)
    return record(wrap(array), _POOL[rank], input, indices, shape), indices


def _counts(
    name: str, sizes: tuple[int, ...], output_size: Any, output_ratio: Any
) -> tuple[int, ...]:
    """Give how many windows there are in each direction."""
    if output_size is not None:
        return per_dim(name, "output_size", output_size, len(sizes))
    if output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    is_one = not isinstance(output_ratio, list | tuple)
    ratios = [output_ratio] * len(sizes) if is_one else list(output_ratio)
    if len(ratios) != len(sizes):
        raise ValueError(f"{name} requires output_ratio to be {len(sizes)} numbers, got {ratios}")
    return tuple([int(size * ratio) for size, ratio in zip(sizes, ratios, strict=True)])


def _largest(
    array: Array, samples: Array, kernel: tuple[int, ...], counts: tuple[int, ...]
) -> tuple[Array, Array]:
    """Give the largest elements of the windows, and where they are in their planes."""
    sizes = array.shape[2:]
    rank = len(sizes)
    places = np.zeros((1,) * (2 + 2 * rank), np.int64)
    for dim, (size, span, count) in enumerate(zip(sizes, kernel, counts, strict=True)):
        # Of two numbers PyTorch takes the first for the width; of three, the last.
        starts = _starts(samples[..., 1 - dim if rank == 2 else dim], size, span, count)
        numbers = starts[..., None] + np.arange(span)
        shape = [*array.shape[:2], *[1] * (2 * rank)]
        shape[2 + dim], shape[2 + rank + dim] = count, span
        places = places * size + numbers.reshape(shape)
    # The elements of each window in a row.
    places = places.reshape(*array.shape[:2], int(np.prod(counts)), int(np.prod(kernel)))
    planes = array.reshape(*array.shape[:2], 1, int(np.prod(sizes)))
    chosen = np.take_along_axis(planes, places, 3).argmax(3, keepdims=True)
    found = np.take_along_axis(places, chosen, 3)
    values = np.take_along_axis(planes, found, 3)
    shape = [*array.shape[:2], *counts]
    return values.reshape(shape), found.reshape(shape)


def _starts(samples: Array, size: int, span: int, count: int) -> Array:
    """Give where the windows along one dimension begin, in the samples' own precision."""
    starts = np.full((*samples.shape, count), size - span, np.int64)
    if count > 1:
        step = samples.dtype.type(size - span) / samples.dtype.type(count - 1)
        shifted = (np.arange(count - 1, dtype=samples.dtype) + samples[..., None]) * step
        starts[..., :-1] = shifted.astype(np.int64) - (samples * step).astype(np.int64)[..., None]
    return starts


_POOL = {
    2: Operation("FractionalMaxPool2DBackward0", added_at),
    3: Operation("FractionalMaxPool3DBackward0", added_at),
}
