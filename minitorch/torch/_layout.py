"""How elements lie in memory: `torch.strided`, `torch.channels_last` and their kin."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from ..errors import ShapeError
from ._class_names import NamedClass

Array = NDArray[Any]


class layout(metaclass=NamedClass):  # noqa: N801  (PyTorch's name)
    """Whether a tensor keeps all of its elements, or only some with their places."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


class memory_format(metaclass=NamedClass):  # noqa: N801  (PyTorch's name)
    """The order of dimensions in memory.

    Attributes:
        name: such as "channels_last".
        rank: how many dimensions a tensor of this format has; None where any number will do.
    """

    __slots__ = ("name", "rank")

    def __init__(self, name: str, rank: int | None = None) -> None:
        self.name = name
        self.rank = rank

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


strided = layout("strided")
sparse_coo = layout("sparse_coo")
sparse_csr = layout("sparse_csr")
sparse_csc = layout("sparse_csc")
sparse_bsr = layout("sparse_bsr")
sparse_bsc = layout("sparse_bsc")

contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last", 4)
channels_last_3d = memory_format("channels_last_3d", 5)

Format: TypeAlias = memory_format | None


def empty_in(shape: tuple[int, ...], dtype: np.dtype[Any], wanted: Format) -> Array:
    """Make an array in a memory format; None stands for C order.

    Raises:
        ShapeError: the format is one of tensors with another number of dimensions.
        RuntimeError: there is nothing whose format could be preserved.
    """
    if wanted is None or wanted is contiguous_format:
        return np.empty(shape, dtype)
    if wanted is preserve_format:
        raise RuntimeError("unsupported memory format: there is no tensor to preserve that of.")
    order = _order(shape, wanted)
    memory: Array = np.empty([shape[dim] for dim in order], dtype)
    return memory.transpose(np.argsort(order))


def empty_as(array: Array, dtype: np.dtype[Any], wanted: Format) -> Array:
    """Make an array of another one's shape; its order of dimensions too, where that is preserved.

    Raises:
        ShapeError: the format is one of tensors with another number of dimensions.
    """
    if wanted is not None and wanted is not preserve_format:
        return empty_in(array.shape, dtype, wanted)
    if array.flags.c_contiguous:
        return np.empty(array.shape, dtype)
    if is_dense(array):
        return np.empty_like(array, dtype, order="K", subok=False)
    order = _order_of(array)
    memory: Array = np.empty([array.shape[dim] for dim in order], dtype)
    return memory.transpose(np.argsort(order))


def like(array: Array, *operands: Array) -> Array:
    """Lay a result of images out with channels last, if one of the operands lies so."""
    for operand in operands:
        if operand.flags.c_contiguous or not 4 <= operand.ndim == array.ndim <= 5:
            continue
        wanted = channels_last if array.ndim == channels_last.rank else channels_last_3d
        if is_in(array, wanted):
            break
        if is_in(operand, wanted):
            result = empty_in(array.shape, array.dtype, wanted)
            result[...] = array
            return result
    return array


def is_in(array: Array, wanted: memory_format) -> bool:
    """Tell whether an array lies in a memory format without gaps."""
    if wanted is contiguous_format or wanted is preserve_format:
        return array.flags.c_contiguous
    if array.ndim != wanted.rank:
        return False
    return array.transpose(_order(array.shape, wanted)).flags.c_contiguous


def is_dense(array: Array) -> bool:
    """Tell whether an array's elements fill their memory without gaps, in some order."""
    if array.flags.forc:
        return True
    order = sorted(range(array.ndim), key=lambda dim: -array.strides[dim])
    return array.transpose(order).flags.c_contiguous


def strides_of(array: Array) -> tuple[int, ...]:
    """Give the steps from element to element; of empty arrays those that PyTorch gives."""
    if array.size:
        itemsize = array.itemsize
        return tuple([step // itemsize for step in array.strides])
    steps = [1]
    for size in reversed(array.shape[1:]):
        steps.append(steps[-1] * max(size, 1))
    return tuple(reversed(steps)) if array.ndim else ()


def strided_empty(shape: tuple[int, ...], strides: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Make an array with given steps from element to element.

    Raises:
        ShapeError: shape and strides differ in length, or a number is negative.
    """
    if len(shape) != len(strides):
        raise ShapeError(
            f"empty_strided: dimensionality of sizes ({len(shape)}) must match dimensionality of "
            f"strides ({len(strides)})"
        )
    if any(number < 0 for number in (*shape, *strides)):
        raise ShapeError(
            f"empty_strided: sizes and strides must not be negative, got {list(shape)} and "
            f"{list(strides)}."
        )
    if 0 in shape:
        return np.empty(shape, dtype)
    span = sum([(size - 1) * step for size, step in zip(shape, strides, strict=True)]) + 1
    return as_strided(np.empty(span, dtype), shape, [step * dtype.itemsize for step in strides])


def _order(shape: tuple[int, ...], wanted: memory_format) -> tuple[int, ...]:
    """Give the dimensions from the outermost to the innermost."""
    rank = len(shape)
    if rank != wanted.rank:
        raise ShapeError(
            f"required rank {wanted.rank} tensor to use {wanted.name} format, got shape "
            f"{list(shape)}"
        )
    return (0, *range(2, rank), 1)


def _order_of(array: Array) -> list[int]:
    """Give the dimensions from the outermost to the innermost, as PyTorch finds them.

    A dimension that repeats elements stays between its neighbours; of equal steps, the larger size
    goes outside.
    """
    shape, steps = array.shape, array.strides
    order = list(range(array.ndim))

    def goes_inside(first: int, second: int) -> bool | None:
        """Tell whether the first of two dimensions goes inside the second; None: not decided."""
        if steps[first] == 0 or steps[second] == 0:
            return None
        if steps[first] != steps[second]:
            return steps[first] < steps[second]
        return None if shape[first] <= shape[second] else False

    for place in range(array.ndim):
        current = place
        for before in range(place - 1, -1, -1):
            verdict = goes_inside(order[before], order[current])
            if verdict is None:
                continue
            if not verdict:
                break
            order[before], order[current] = order[current], order[before]
            current = before
    return order
