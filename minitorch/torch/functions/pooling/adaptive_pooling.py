"""Pooling over windows that are chosen so that the result has given sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ....errors import ShapeError
from ....kernels.cpu.pooling import pool as kernels
from ..._layout import like
from ..._record import Operation, named, node_name, record
from ..._wrap import wrap
from .._overrides import public
from ..convolutions._windows_of import is_batched, per_dim
from .unpooling import added_at

if TYPE_CHECKING:
    from ..._tensor import Tensor

Pair: TypeAlias = "tuple[Tensor, Tensor]"
# None keeps the size of the input.
Wanted: TypeAlias = int | Sequence[int | None] | None


@public
def adaptive_avg_pool1d(input: Tensor, output_size: Wanted) -> Tensor:
    """Do what `adaptive_avg_pool2d` does for (N, C, length)."""
    return _adaptive_avg_pool(1, input, output_size)


@public
def adaptive_avg_pool2d(input: Tensor, output_size: Wanted) -> Tensor:
    """Give the means of windows that divide the images as evenly as possible.

    Args:
        input: (N, C, H, W), or (C, H, W).
        output_size: the sizes of the result; None keeps one as it is.

    Returns:
        (N, C, *output_size).

    Raises:
        RuntimeError: a size is negative, or the images are empty.
    """
    return _adaptive_avg_pool(2, input, output_size)


@public
def adaptive_avg_pool3d(input: Tensor, output_size: Wanted) -> Tensor:
    """Do what `adaptive_avg_pool2d` does for (N, C, depth, height, width)."""
    return _adaptive_avg_pool(3, input, output_size)


def _adaptive_avg_pool(rank: int, input: Tensor, output_size: Any) -> Tensor:
    name = f"adaptive_avg_pool{rank}d"
    if not is_batched(name, input, rank):
        batch = _adaptive_avg_pool(rank, input.unsqueeze(0), output_size)
        return (
            batch.squeeze(0)
            if batch._node is None
            else named(batch.squeeze(0), node_name(batch._node))
        )
    return _averaged(input, _wanted(name, output_size, input._shape[2:]))


def _wanted(name: str, output_size: Any, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Fill in what shall stay as it is."""
    rank = len(sizes)
    given = output_size if isinstance(output_size, list | tuple) else (output_size,) * rank
    if len(given) != rank:
        raise ShapeError(
            f"{name}: output_size must be {rank}: one number for each spatial dimension of the "
            f"input, got {output_size}"
        )
    filled = [old if new is None else new for new, old in zip(given, sizes, strict=True)]
    result = per_dim(name, "output_size", filled, rank)
    if min(result) < 0:
        raise ShapeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received "
            f"{list(result)}"
        )
    return result


def _averaged(input: Tensor, sizes: tuple[int, ...]) -> Tensor:
    array = kernels.adaptive_avg_pool(input._array, sizes)
    # PyTorch takes the mean of whole images of two or three dimensions in another way.
    is_mean = len(sizes) > 1 and all(size == 1 for size in sizes)
    operation = _MEAN if is_mean else _AVG_POOL[len(sizes)]
    return record(wrap(like(array, input._array)), operation, input, input._shape)


def _averaged_back(grad: Tensor, shape: tuple[int, ...]) -> Tensor:
    array = kernels.adaptive_avg_pool_backward(grad._array, shape)
    return record(wrap(array), _AVG_POOL_BACK, grad, grad._shape[2:])


_AVG_POOL = {
    1: Operation("SqueezeBackward1", _averaged_back),
    2: Operation("AdaptiveAvgPool2DBackward0", _averaged_back),
    3: Operation("AdaptiveAvgPool3DBackward0", _averaged_back),
}
_MEAN = Operation("MeanBackward1", _averaged_back)
_AVG_POOL_BACK = Operation("AdaptiveAvgPool2DBackwardBackward0", _averaged)


# ---- the largest elements


@public
def adaptive_max_pool1d_with_indices(
    input: Tensor, output_size: Wanted, return_indices: bool = False
) -> Pair:
    """Do what `adaptive_max_pool2d_with_indices` does for (N, C, length)."""
    return _adaptive_max_pool(1, input, output_size)


@public
def adaptive_max_pool2d_with_indices(
    input: Tensor, output_size: Wanted, return_indices: bool = False
) -> Pair:
    """Do what `adaptive_max_pool2d` does, and always say where the elements were found.

    Args:
        input, output_size: see `adaptive_max_pool2d`.
        return_indices: without meaning here.
    """
    return _adaptive_max_pool(2, input, output_size)


@public
def adaptive_max_pool3d_with_indices(
    input: Tensor, output_size: Wanted, return_indices: bool = False
) -> Pair:
    """Do what `adaptive_max_pool2d_with_indices` does for (N, C, depth, height, width)."""
    return _adaptive_max_pool(3, input, output_size)


@public
def adaptive_max_pool1d(
    input: Tensor, output_size: Wanted, return_indices: bool = False
) -> Tensor | Pair:
    """Do what `adaptive_max_pool2d` does for (N, C, length)."""
    found = _adaptive_max_pool(1, input, output_size)
    return found if return_indices else found[0]


@public
def adaptive_max_pool2d(
    input: Tensor, output_size: Wanted, return_indices: bool = False
) -> Tensor | Pair:
    """Give the largest elements of windows that divide the images as evenly as possible.

    Args:
        input: (N, C, H, W), or (C, H, W).
        output_size: the sizes of the result; None keeps one as it is.
        return_indices: give where the elements were found, too.

    Returns:
        (N, C, *output_size), or a pair of it and the indices.

    Raises:
        RuntimeError: a size is negative, or the images are empty.
    """
    found = _adaptive_max_pool(2, input, output_size)
    return found if return_indices else found[0]


@public
def adaptive_max_pool3d(
    input: Tensor, output_size: Wanted, return_indices: bool = False
) -> Tensor | Pair:
    """Do what `adaptive_max_pool2d` does for (N, C, depth, height, width)."""
    found = _adaptive_max_pool(3, input, output_size)
    return found if return_indices else found[0]


def _adaptive_max_pool(rank: int, input: Tensor, output_size: Any) -> Pair:
    name = f"adaptive_max_pool{rank}d"
    if not is_batched(name, input, rank):
        result, indices = _adaptive_max_pool(rank, input.unsqueeze(0), output_size)
        return named(result.squeeze(0), _MAX_POOL[rank].name), indices.squeeze(0)
    sizes = _wanted(name, output_size, input._shape[2:])
    array, places = kernels.adaptive_max_pool(input._array, sizes)
    indices = wrap(like(places, input._array))
    return record(
        wrap(like(array, input._array)), _MAX_POOL[rank], input, indices, input._shape
    ), indices


_MAX_POOL = {
    1: Operation("SqueezeBackward1", added_at),
    2: Operation("AdaptiveMaxPool2DBackward0", added_at),
    3: Operation("AdaptiveMaxPool3DBackward0", added_at),
}
