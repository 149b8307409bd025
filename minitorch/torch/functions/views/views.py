"""Functions whose results share the memory of their operand, seen in another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import index as integer
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from ....errors import LayoutError, ShapeError
from ....kernels.cpu.elementwise.cast import contiguous as contiguous_array
from ... import _dtype
from ..._record import Operation, record
from ..._wrap import changes_of, wrap, wrap_view
from .._overrides import public

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


def view_of(operand: Tensor, array: Array, operation: Operation, *saved: Any) -> Tensor:
    """Make a view of a tensor: its memory, its version, and its place in the graph."""
    result = wrap_view(array, operand)
    return result if operand._node is None else record(result, operation, operand, *saved)


def strided(array: Array, shape: Sequence[int], steps: Sequence[int]) -> Array:
    """See an array's memory from its first element on in another shape; steps count bytes."""
    if array.flags.c_contiguous and array.size:
        try:
            return np.ndarray(shape, array.dtype, array, 0, steps)
        except (TypeError, ValueError):  # Elements lie before or behind the array itself.
            pass
    return as_strided(array, shape, steps)


# ---- shapes


@public
def reshape(input: Tensor, shape: Sequence[int]) -> Tensor:
    """Give the elements in another shape, as a view where the layout allows it, else as a copy.

    Raises:
        ShapeError: the numbers of elements differ.
    """
    seen = _seen_dense(input._array, shape)
    if seen is not None:
        return view_of(input, seen, _VIEW, input._shape)
    sizes = inferred(input._array.size, tuple(shape), "reshape")
    viewed = _viewed(input._array, sizes)
    if viewed is None:
        viewed = contiguous_array(input._array).reshape(sizes)
        return record(wrap(viewed), _UNSAFE_VIEW, input, input._shape)
    return view_of(input, viewed, _VIEW, input._shape)


@public
def view(input: Tensor, shape: Sequence[int] | _dtype.dtype) -> Tensor:
    """Give the same memory in another shape, or its bits as elements of another dtype.

    Raises:
        ShapeError: the numbers of elements differ.
        LayoutError: the elements do not lie in memory as the shape or dtype needs it.
    """
    if not isinstance(shape, tuple) and isinstance(shape, _dtype.dtype):
        return _view_dtype(input, shape)
    seen = _seen_dense(input._array, shape)
    if seen is not None:
        return view_of(input, seen, _VIEW, input._shape)
    sizes = inferred(input._array.size, tuple(shape), "view")
    viewed = _viewed(input._array, sizes)
    if viewed is None:
        raise LayoutError(
            f"view size is not compatible with input tensor's size and stride: shape "
            f"{list(input._shape)} with strides {input.stride()} cannot be seen as {list(sizes)}. "
            "Call contiguous() first, or use reshape(...) instead."
        )
    return view_of(input, viewed, _VIEW, input._shape)


def _view_dtype(input: Tensor, dtype: _dtype.dtype) -> Tensor:
    """See the same bits as other elements; no gradient flows through them."""
    own, array = input._key.dtype, input._array
    if own.itemsize != dtype.itemsize:
        asked = f"to view {own} as {dtype} (different element sizes)"
        if not array.ndim:
            raise LayoutError(f"self.dim() cannot be 0 {asked}. Call reshape(1) first.")
        if array.size and array.strides[-1] != array.itemsize:
            raise LayoutError(
                f"self.stride(-1) must be 1 {asked}, but got strides {input.stride()}. Call "
                "contiguous() first."
            )
        if array.shape[-1] * own.itemsize % dtype.itemsize:
            raise LayoutError(
                f"self.size(-1) must be divisible by {dtype.itemsize // own.itemsize} {asked}, "
                f"but got shape {list(input._shape)}."
            )
    result = wrap(array.view(dtype.numpy))
    result._changes = changes_of(input)
    return result


@public
def view_as(input: Tensor, other: Tensor) -> Tensor:
    """Give the same memory in the shape of another tensor; see `view`."""
    return view(input, other._shape)


@public
def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """Give the elements in the shape of another tensor; see `reshape`."""
    return reshape(input, other._shape)


def _seen_dense(array: Array, shape: Sequence[int]) -> Array | None:
    """Let NumPy give dense memory another shape; None where it cannot, or something is unusual."""
    if not array.flags.c_contiguous or not array.size:
        return None
    for size in shape:
        if size < -1:  # To NumPy this is an unknown size, too.
            return None
    try:
        return array.reshape(shape)
    except (TypeError, ValueError):  # The text is written elsewhere.
        return None


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
    if type(known) is not int:
        return inferred(size, tuple([integer(n) for n in shape]), function)
    unknown = shape.count(-1)
    if unknown > 1:
        raise ShapeError(f"{function}: only one dimension can be inferred, got {list(shape)}")
    if any(n < -1 for n in shape):
        raise ShapeError(f"{function}: invalid shape dimension {min(shape)} in {list(shape)}")
    if unknown and not known and not size:
        raise ShapeError(
            f"{function}: cannot reshape tensor of 0 elements into shape {list(shape)} because the "
            "unspecified dimension size -1 can be any value. Write a size instead of -1."
        )
    if unknown and known and size % known == 0:
        return tuple([size // known if n == -1 else n for n in shape])
    if unknown or known != size:
        raise ShapeError(
            f"{function}: shape '{list(shape)}' is invalid for input of size {size}"
            + (f": it holds {known} elements." if not unknown else ".")
        )
    return shape


_VIEW = Operation("ViewBackward0", reshape)
_UNSAFE_VIEW = Operation("UnsafeViewBackward0", reshape)


# ---- the order of dimensions


@public
def permute(input: Tensor, dims: Sequence[int]) -> Tensor:
    """Put the dimensions into another order.

    Raises:
        ShapeError: dims does not name each dimension once.
        IndexError: one does not exist.
    """
    axes = tuple(dims)
    try:
        return view_of(input, input._array.transpose(axes), _PERMUTE, axes)
    except (TypeError, ValueError):  # The text is written below.
        pass
    axes = tuple([axis(d, input._array.ndim, "permute") for d in dims])
    if sorted(axes) != list(range(input._array.ndim)):
        raise ShapeError(
            f"permute(dims): dims {list(dims)} must name each of the {input._array.ndim} "
            "dimensions once."
        )
    return view_of(input, input._array.transpose(axes), _PERMUTE, axes)


def _permute_back(grad: Tensor, axes: tuple[int, ...]) -> Tensor:
    rank = len(axes)
    return permute(grad, [int(i) for i in np.argsort([d % rank for d in axes])])


_PERMUTE = Operation("PermuteBackward0", _permute_back)


@public
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Exchange two dimensions.

    Raises:
        IndexError: one does not exist.
    """
    try:
        return view_of(input, input._array.swapaxes(dim0, dim1), _TRANSPOSE, dim0, dim1)
    except IndexError:  # The text is written elsewhere.
        axis(dim0, input._array.ndim, "transpose")
        axis(dim1, input._array.ndim, "transpose")
        return view_of(input, input._array[...], _TRANSPOSE, 0, 0)


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
    shape, array = input._shape, input._array
    missing = len(sizes) - len(shape)
    if missing < 0:
        raise ShapeError(
            f"expand({list(sizes)}): the number of sizes provided ({len(sizes)}) must be greater "
            f"or equal to the number of dimensions in the tensor ({len(shape)})"
        )
    old, steps = (1,) * missing + shape, [0] * missing + list(array.strides)
    new = list(sizes)
    for place, size in enumerate(new):
        if size == old[place] and place >= missing:
            continue
        if size == -1 and place >= missing:
            new[place] = old[place]
        elif size < 0 or old[place] != 1:
            raise ShapeError(
                f"The expanded size of the tensor ({size}) must match the existing size "
                f"({old[place]}) at non-singleton dimension {place}. Target sizes: {list(sizes)}. "
                f"Tensor sizes: {list(shape)}."
            )
        else:
            steps[place] = 0
    return view_of(input, strided(array, new, steps), _EXPAND, shape)


@public
def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """Repeat dimensions of size 1 to the shape of another tensor; see `expand`."""
    return expand(input, other._shape)


def repeated_dims(shape: tuple[int, ...], result: tuple[int, ...]) -> tuple[int, ...]:
    """Give the dimensions of a result along which an operand of a shape is repeated."""
    missing = len(result) - len(shape)
    ones = [d + missing for d, n in enumerate(shape) if n == 1 != result[d + missing]]
    return *range(missing), *ones


def sum_to(grad: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Add up what was repeated."""
    dims = repeated_dims(shape, grad._shape)
    return reshape(grad.sum(dims), shape) if dims else grad


_EXPAND = Operation("ExpandBackward0", sum_to)


@public
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """Insert a dimension of size 1.

    Raises:
        IndexError: there is no such place.
    """
    old, array = input._shape, input._array
    place = axis(dim, len(old) + 1, "unsqueeze")
    shape = (*old[:place], 1, *old[place:])
    if array.flags.c_contiguous:
        seen = array.reshape(shape)
    else:
        steps = array.strides
        own = old[place] * steps[place] if place < len(old) else array.itemsize
        seen = strided(array, shape, (*steps[:place], own, *steps[place:]))
    return view_of(input, seen, _UNSQUEEZE, old)


_UNSQUEEZE = Operation("UnsqueezeBackward0", reshape)


@public
def squeeze(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """Remove dimensions of size 1: all, or the ones named, as far as they have this size.

    Raises:
        IndexError: one does not exist.
        ShapeError: one is named twice.
    """
    shape = input._shape
    if dim is None:
        dims, operation = [*range(len(shape))], _SQUEEZE
    elif isinstance(dim, int):
        dims, operation = [axis(dim, len(shape), "squeeze")], _SQUEEZE_ONE
    else:
        dims, operation = distinct_axes(dim, len(shape), "squeeze"), _SQUEEZE_SEVERAL
    ones = tuple([d for d in dims if d < len(shape) and shape[d] == 1])
    return view_of(input, input._array.squeeze(ones), operation, shape)


_SQUEEZE = Operation("SqueezeBackward0", reshape)
_SQUEEZE_ONE = Operation("SqueezeBackward1", reshape)
_SQUEEZE_SEVERAL = Operation("SqueezeBackward2", reshape)


def distinct_axes(dims: Sequence[int], rank: int, function: str) -> list[int]:
    """Count dimensions from the left.

    Raises:
        IndexError: one does not exist.
        ShapeError: one is named twice.
    """
    axes = [axis(d, rank, function) for d in dims]
    for d in axes:
        if axes.count(d) > 1:
            raise ShapeError(
                f"{function}: dim {d} appears multiple times in the list of dims {list(dims)}"
            )
    return axes


def alias(input: Tensor) -> Tensor:
    """Give the whole memory as a view."""
    return view_of(input, input._array[...], ALIAS)


ALIAS = Operation("AliasBackward0", lambda grad: grad)
