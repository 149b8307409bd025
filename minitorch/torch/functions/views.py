"""Functions whose results share the memory of their operand, seen in another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from ...errors import LayoutError, ShapeError
from ...kernels.cpu.cast import contiguous as contiguous_array
from .._record import Operation, record
from .._wrap import wrap, wrap_view
from ._overrides import public

if TYPE_CHECKING:
    from .._tensor import Tensor

Array = NDArray[Any]


def view_of(operand: Tensor, array: Array, operation: Operation, *saved: Any) -> Tensor:
    """Make a view of a tensor: its memory, its version, and its place in the graph."""
    return record(wrap_view(array, operand), operation, operand, *saved)


# ---- shapes


@public
def reshape(input: Tensor, shape: Sequence[int]) -> Tensor:
    """Give the elements in another shape, as a view where the layout allows it, else as a copy.

    Raises:
        ShapeError: the numbers of elements differ.
    """
    sizes = inferred(input._array.size, tuple(shape), "reshape")
    viewed = _viewed(input._array, sizes)
    if viewed is None:
        viewed = contiguous_array(input._array).reshape(sizes)
        return record(wrap(viewed), _VIEW, input, input._shape)
    return view_of(input, viewed, _VIEW, input._shape)


@public
def view(input: Tensor, shape: Sequence[int]) -> Tensor:
    """Give the same memory in another shape.

    Raises:
        ShapeError: the numbers of elements differ.
        LayoutError: the elements do not lie in memory as the shape needs it.
    """
    sizes = inferred(input._array.size, tuple(shape), "view")
    viewed = _viewed(input._array, sizes)
    if viewed is None:
        raise LayoutError(
            f"view size is not compatible with input tensor's size and stride: shape "
            f"{list(input._shape)} with strides {input.stride()} cannot be seen as {list(sizes)}. "
            "Call contiguous() first, or use reshape(...) instead."
        )
    return view_of(input, viewed, _VIEW, input._shape)


def _viewed(array: Array, shape: tuple[int, ...]) -> Array | None:
    """Give the same memory in another shape; None where that is not possible."""
    if array.flags.c_contiguous:
        return array.reshape(shape)
    try:
        return np.reshape(array, shape, copy=False)
    except ValueError:
        return None


def inferred(size: int, shape: tuple[int, ...], function: str) -> tuple[int, ...]:
    """Fill in a size of -1.

    Raises:
        ShapeError: there are several, or the number of elements is another one.
    """
    known = math.prod([n for n in shape if n != -1])
    unknown = shape.count(-1)
    if unknown > 1:
        raise ShapeError(f"{function}: only one dimension can be inferred, got {list(shape)}")
    if any(n < -1 for n in shape):
        raise ShapeError(f"{function}: invalid shape dimension {min(shape)} in {list(shape)}")
    if unknown and known and size % known == 0:
        return tuple([size // known if n == -1 else n for n in shape])
    if unknown or known != size:
        raise ShapeError(
            f"{function}: shape '{list(shape)}' is invalid for input of size {size}"
            + (f": it holds {known} elements." if not unknown else ".")
        )
    return shape


_VIEW = Operation("ViewBackward0", lambda grad, shape: reshape(grad, shape))


# ---- the order of dimensions


@public
def permute(input: Tensor, dims: Sequence[int]) -> Tensor:
    """Put the dimensions into another order.

    Raises:
        ShapeError: dims does not name each dimension once.
        IndexError: one does not exist.
    """
    axes = tuple([axis(d, input._array.ndim, "permute") for d in dims])
    if sorted(axes) != list(range(input._array.ndim)):
        raise ShapeError(
            f"permute(dims): dims {list(dims)} must name each of the {input._array.ndim} "
            "dimensions once."
        )
    return view_of(input, input._array.transpose(axes), _PERMUTE, axes)


def _permute_back(grad: Tensor, axes: tuple[int, ...]) -> Tensor:
    return permute(grad, [int(i) for i in np.argsort(axes)])


_PERMUTE = Operation("PermuteBackward0", _permute_back)


@public
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Exchange two dimensions.

    Raises:
        IndexError: one does not exist.
    """
    rank = input._array.ndim
    first, second = axis(dim0, rank, "transpose"), axis(dim1, rank, "transpose")
    if rank == 0:
        return view_of(input, input._array, _TRANSPOSE, 0, 0)
    return view_of(input, input._array.swapaxes(first, second), _TRANSPOSE, first, second)


_TRANSPOSE = Operation("TransposeBackward0", transpose)


@public
def t(input: Tensor) -> Tensor:
    """Transpose a matrix; a vector stays as it is.

    Raises:
        RuntimeError: there are more dimensions.
    """
    rank = input._array.ndim
    if rank > 2:
        raise ShapeError(f"t() expects a tensor with <= 2 dimensions, but self is {rank}D")
    return view_of(input, input._array.T, _T)


_T = Operation("TBackward0", t)


def axis(dim: int, rank: int, function: str) -> int:
    """Count a dimension from the left; a number counts as one dimension.

    Raises:
        IndexError: it does not exist.
    """
    rank = rank or 1
    if not -rank <= dim < rank:
        raise IndexError(
            f"{function}: Dimension out of range (expected to be in range of [{-rank}, "
            f"{rank - 1}], but got {dim})"
        )
    return dim % rank


# ---- sizes of 1


@public
def expand(input: Tensor, sizes: Sequence[int]) -> Tensor:
    """Repeat dimensions of size 1, without copying; -1 keeps a size.

    Raises:
        ShapeError: another size would have to be repeated.
    """
    missing = len(sizes) - input._array.ndim
    old = (1,) * missing + input._shape
    if missing < 0 or any(n == -1 and i < missing for i, n in enumerate(sizes)):
        raise ShapeError(
            f"expand({list(sizes)}): the number of sizes provided ({len(sizes)}) must be greater "
            f"or equal to the number of dimensions in the tensor ({input._array.ndim})"
        )
    new = tuple([m if n == -1 else n for n, m in zip(sizes, old, strict=True)])
    if any(m not in (1, n) for n, m in zip(new, old, strict=True)):
        raise ShapeError(
            f"expand: the sizes {list(sizes)} must match those of {list(input._shape)}, or those "
            "must be 1."
        )
    strides = (0,) * missing + input._array.strides
    steps = [0 if m != n else step for n, m, step in zip(new, old, strides, strict=True)]
    return view_of(input, as_strided(input._array, new, steps), _EXPAND, input._shape)


def sum_to(grad: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Add up what was repeated."""
    missing = len(grad._shape) - len(shape)
    dims = [
        *range(missing),
        *(d + missing for d, n in enumerate(shape) if n == 1 != grad._shape[d + missing]),
    ]
    return reshape(grad.sum(dims) if dims else grad, shape)


_EXPAND = Operation("ExpandBackward0", sum_to)


@public
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """Insert a dimension of size 1.

    Raises:
        IndexError: there is no such place.
    """
    place = axis(dim, input._array.ndim + 1, "unsqueeze")
    return view_of(input, np.expand_dims(input._array, place), _UNSQUEEZE, input._shape)


_UNSQUEEZE = Operation("UnsqueezeBackward0", lambda grad, shape: reshape(grad, shape))


@public
def squeeze(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """Remove dimensions of size 1: all, or the ones named, as far as they have this size.

    Raises:
        IndexError: one does not exist.
    """
    rank = input._array.ndim
    if dim is None:
        dims = list(range(rank))
    else:
        named = [dim] if isinstance(dim, int) else dim
        dims = [axis(d, rank, "squeeze") for d in named]
    shape = [n for d, n in enumerate(input._shape) if n != 1 or d not in dims]
    return view_of(input, input._array.reshape(shape), _SQUEEZE, input._shape)


_SQUEEZE = Operation("SqueezeBackward0", lambda grad, shape: reshape(grad, shape))


# ---- parts


@public
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """Give the part at one place of a dimension, which the result does not have.

    Raises:
        IndexError: there is no such dimension or place.
    """
    if not input._shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    place = axis(dim, len(input._shape), "select")
    size = input._shape[place]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input._shape)} at "
            f"dimension {place}"
        )
    where: tuple[Any, ...] = (*(slice(None),) * place, index, ...)
    part = input._array[where]
    return view_of(input, part, _SELECT, input._shape, place, index % size)


def _select_back(grad: Tensor, shape: tuple[int, ...], dim: int, index: int) -> Tensor:
    """Give zeros of a shape with a gradient in its place."""
    array = np.zeros(shape, grad._array.dtype)
    where: tuple[Any, ...] = (*(slice(None),) * dim, index)
    array[where] = grad._array
    return record(wrap(array), _SELECT_BACKWARD, grad, dim, index)


_SELECT = Operation("SelectBackward0", _select_back)
_SELECT_BACKWARD = Operation("SelectBackwardBackward0", select)
