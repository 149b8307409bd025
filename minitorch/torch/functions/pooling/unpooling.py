"""Elements put back to where pooling found them: `max_unpool1d` to `max_unpool3d`.

`added_at` and `picked` are each other's gradients, and that of every pooling that chooses elements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ....errors import ShapeError
from ....kernels.cpu.pooling import pool as kernels
from ..._record import Operation, record
from ..._wrap import wrap
from .._overrides import public
from ..convolutions._windows_of import Sizes, is_batched, per_dim

if TYPE_CHECKING:
    from ..._tensor import Tensor


def added_at(values: Tensor, indices: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Add values up at their indices in planes of zeros, (N, C, *sizes)."""
    array = kernels.max_pool_backward(values._array, indices._array, shape)
    return record(wrap(array), _ADDED, values, indices)


def picked(planes: Tensor, indices: Tensor) -> Tensor:
    """Give the elements at indices of planes, (N, C, *sizes)."""
    array = kernels.max_unpool_backward(planes._array, indices._array)
    return record(wrap(array), _PICKED, planes, indices, planes._shape)


_ADDED = Operation("MaxPool2DWithIndicesBackwardBackward0", picked)
_PICKED = Operation("GatherBackward0", added_at)


@public
def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Do what `max_unpool2d` does for (N, C, length)."""
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


@public
def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Put the elements that `max_pool2d` chose back to where they were, among zeros.

    Args:
        input: (N, C, H, W), or (C, H, W).
        indices: what `max_pool2d` gave with them.
        kernel_size, stride, padding: those of the pooling.
        output_size: the sizes before the pooling, where several are possible.

    Returns:
        (N, C, *output_size).

    Raises:
        ValueError: the pooling does not lead from output_size to the sizes of input.
        RuntimeError: indices are out of range, of another shape, or not int64.
    """
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


@public
def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Do what `max_unpool2d` does for (N, C, depth, height, width)."""
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)


def _max_unpool(
    rank: int,
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    output_size: Sequence[int] | None,
) -> Tensor:
    name = f"max_unpool{rank}d"
    if not is_batched(name, input, rank):
        if indices._shape != input._shape:
            raise ShapeError(
                f"{name}: indices must have the shape of input, {list(input._shape)}, got "
                f"{list(indices._shape)}"
            )
        numbers = kernel_size, stride, padding, output_size
        return _max_unpool(rank, input.unsqueeze(0), indices.unsqueeze(0), *numbers).squeeze(0)
    sizes_of = per_dim(name, "kernel_size", kernel_size, rank)
    strides = per_dim(name, "stride", stride, rank) if stride else sizes_of
    paddings = per_dim(name, "padding", padding, rank)
    # What the pooling's windows cover, if none of the input was left over.
    covered = [
        (n - 1) * s + k - 2 * p
        for n, s, k, p in zip(input._shape[2:], strides, sizes_of, paddings, strict=True)
    ]
    sizes = covered if output_size is None else _checked(name, output_size, covered, strides)
    array = kernels.max_unpool(input._array, indices._array, sizes)
    return record(wrap(array), _UNPOOL[rank], input, indices)


def _checked(
    name: str, output_size: Sequence[int], covered: Sequence[int], strides: Sequence[int]
) -> list[int]:
    """Check the sizes that the caller wants; those of batch and channels may stand before them.

    Raises:
        ShapeError: the pooling would not have led to the sizes of the input; a ValueError.
    """
    sizes = list(output_size)
    rank = len(covered)
    if len(sizes) == rank + 2:
        sizes = sizes[2:]
    if len(sizes) != rank:
        raise ShapeError(
            f"{name}: output_size should be a sequence containing {rank} or {rank + 2} elements, "
            f"but it has a length of '{len(output_size)}': {list(output_size)}"
        )
    for dim, (size, middle, stride) in enumerate(zip(sizes, covered, strides, strict=True)):
        if not middle - stride < size < middle + stride:
            raise ShapeError(
                f'{name}: invalid output_size "{sizes}" (dim {dim} must be between '
                f"{middle - stride} and {middle + stride})"
            )
    return sizes


_UNPOOL = {
    1: Operation("SqueezeBackward1", picked),
    2: Operation("MaxUnpool2DBackward0", picked),
    3: Operation("MaxUnpool3DBackward0", picked),
}
