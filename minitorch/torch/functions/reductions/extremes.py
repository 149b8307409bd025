"""The largest and the smallest elements, and where they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError
from ....kernels.cpu.reductions import reduce
from ... import _dtype, return_types
from ..._record import Operation, OperationOfMany, record, record_outputs
from ..._wrap import Late, wrap
from .._operands import check_out_dtype, write_out
from .._overrides import public
from ..indexing._positions import Pair, back_to_positions, found
from ..pointwise.generated import maximum, minimum
from ..pointwise.selection import where
from .reductions import Dims, kept_shape, spread

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


# ---- of all elements, along a dimension, or of two tensors


@overload
def max(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
@overload
def max(
    input: Tensor, dim: int, keepdim: bool = False, *, out: Pair = None
) -> return_types.max: ...
@overload
def max(input: Tensor, other: Tensor, /, *, out: Tensor | None = None) -> Tensor: ...
@overload
def max(input: Tensor, *, other: Tensor, out: Tensor | None = None) -> Tensor: ...
@public
def max(
    input: Tensor,
    dim: int | Tensor | None = None,
    keepdim: bool = False,
    *,
    other: Tensor | None = None,
    out: Any = None,
) -> Any:
    """Give the largest of all elements, or along a dimension, or of two tensors' elements.

    A NaN is larger than all numbers. The gradient of all elements' maximum is shared among ties;
    along a dimension it goes to the position.

    Args:
        input: the elements.
        dim: along what; the result is then a tuple of values and indices. A tensor here is other.
        keepdim: the dimension stays, with size 1.
        other: compare with these elements, one by one.
        out: where to put the result, or the two.

    Raises:
        IndexError: the dimension does not exist or has size 0.
        RuntimeError: there are no elements, and no dimension is named.
    """
    if dim is None and other is None:
        _check_some("max", input)
        return _of_all("max", reduce.amax(input._array), _MAX_ALL, input, out)
    if isinstance(dim, Late.Tensor):
        other = dim
    if other is not None:
        return maximum(input, other, out=out)
    place: Any = dim
    arrays = reduce.max(input._array, place, keepdim)
    return found(return_types.max, arrays, _MAX, input, place, keepdim, out)


@overload
def min(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
@overload
def min(
    input: Tensor, dim: int, keepdim: bool = False, *, out: Pair = None
) -> return_types.min: ...
@overload
def min(input: Tensor, other: Tensor, /, *, out: Tensor | None = None) -> Tensor: ...
@overload
def min(input: Tensor, *, other: Tensor, out: Tensor | None = None) -> Tensor: ...
@public
def min(
    input: Tensor,
    dim: int | Tensor | None = None,
    keepdim: bool = False,
    *,
    other: Tensor | None = None,
    out: Any = None,
) -> Any:
    """Give the smallest of all elements, or along a dimension, or of two tensors; see `max`.

    Raises:
        IndexError: the dimension does not exist or has size 0.
        RuntimeError: there are no elements, and no dimension is named.
    """
    if dim is None and other is None:
        _check_some("min", input)
        return _of_all("min", reduce.amin(input._array), _MIN_ALL, input, out)
    if isinstance(dim, Late.Tensor):
        other = dim
    if other is not None:
        return minimum(input, other, out=out)
    place: Any = dim
    arrays = reduce.min(input._array, place, keepdim)
    return found(return_types.min, arrays, _MIN, input, place, keepdim, out)


def _of_all(
    name: str, array: Any, operation: Operation, input: Tensor, out: Tensor | None
) -> Tensor:
    if out is not None:
        return write_out(name, array, out)
    result = wrap(array)
    return record(result, operation, input, input, result)


def _check_some(name: str, input: Tensor) -> None:
    if not input._array.size:
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
            f"reduction dim with the 'dim' argument; the shape is {list(input._shape)}."
        )


_MAX = Operation("MaxBackward0", back_to_positions)
_MIN = Operation("MinBackward0", back_to_positions)


# ---- values alone, whose gradient is shared among ties


@public
def amax(
    input: Tensor, dim: Dims = (), keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """Give the largest elements over dimensions, all of them by default.

    The gradient is shared equally among equal elements.

    Raises:
        IndexError: a dimension does not exist or has size 0.
        RuntimeError: there are no elements, and no dimension is named.
    """
    if isinstance(dim, Sequence) and not dim:
        _check_some("amax", input)
    array = reduce.amax(input._array, dim, keepdim)
    return _reduced("amax", array, _AMAX, input, dim, keepdim, out)


@public
def amin(
    input: Tensor, dim: Dims = (), keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """Give the smallest elements over dimensions; see `amax`.

    Raises:
        IndexError: a dimension does not exist or has size 0.
        RuntimeError: there are no elements, and no dimension is named.
    """
    if isinstance(dim, Sequence) and not dim:
        _check_some("amin", input)
    array = reduce.amin(input._array, dim, keepdim)
    return _reduced("amin", array, _AMIN, input, dim, keepdim, out)


def _reduced(
    name: str,
    array: Any,
    operation: Operation,
    input: Tensor,
    dim: Dims,
    keepdim: bool,
    out: Tensor | None,
) -> Tensor:
    if out is not None:
        return write_out(name, array, out)
    result = wrap(array)
    return record(result, operation, input, input, result, dim, keepdim)


def _share_back(grad: Tensor, input: Tensor, result: Tensor, dim: Dims, keepdim: bool) -> Tensor:
    """Share a gradient; where the result is NaN, no element equals it, and gradients are NaN."""
    is_tie = input._array == result._array.reshape(kept_shape(input._shape, dim))
    return share(grad, np.asarray(is_tie), dim, keepdim, of_nothing=np.nan)


def share(grad: Tensor, is_tie: Array, dim: Dims, keepdim: bool, of_nothing: float = 0) -> Tensor:
    """Bring a gradient back to the elements that are marked, in equal parts.

    Args:
        grad: of the result of a reduction.
        is_tie: which elements are the result.
        dim: what was reduced.
        keepdim: whether that is still there.
        of_nothing: the gradient of all elements where none is marked.
    """
    shape = is_tie.shape
    kept = kept_shape(shape, dim)
    axes = tuple([d for d, n in enumerate(kept) if n == 1])
    counts = np.asarray(is_tie.sum(axes, dtype=grad._array.dtype, keepdims=True))
    if of_nothing != 0 and not counts.all():
        is_tie = is_tie | (counts == 0)
        counts[counts == 0] = of_nothing
    parts = grad / wrap(np.maximum(counts, 1).reshape(grad._shape))
    return where(wrap(is_tie), spread(parts, shape, dim, keepdim), 0)


def share_of_all(grad: Tensor, input: Tensor, result: Tensor) -> Tensor:
    """Bring the gradient of a chosen element back to all that are like it; NaN is like NaN."""
    is_nan = bool(np.isnan(result._array))
    is_tie = np.isnan(input._array) if is_nan else input._array == result._array
    return share(grad, np.asarray(is_tie), None, False)


_MAX_ALL = Operation("MaxBackward1", share_of_all)
_MIN_ALL = Operation("MinBackward1", share_of_all)
_AMAX = Operation("AmaxBackward0", _share_back)
_AMIN = Operation("AminBackward0", _share_back)


@public
def aminmax(
    input: Tensor,
    *,
    dim: int | None = None,
    keepdim: bool = False,
    out: Pair = None,
) -> return_types.aminmax:
    """Give the smallest and the largest elements along a dimension, or of all.

    Raises:
        IndexError: the dimension does not exist or has size 0.
        RuntimeError: there are no elements, and no dimension is named.
    """
    if dim is None:
        _check_some("aminmax", input)
    arrays = reduce.aminmax(input._array, dim, keepdim)
    if out is not None:
        for own in out:
            check_out_dtype("aminmax", input._key.dtype, own)
        return return_types.aminmax(
            [write_out("aminmax", array, own) for array, own in zip(arrays, out, strict=True)]
        )
    least, most = wrap(arrays[0]), wrap(arrays[1])
    if input._node is not None:
        record_outputs((least, most), _AMINMAX, (input,), input, least, most, dim, keepdim)
    return return_types.aminmax((least, most))


def _aminmax_back(
    grads: tuple[Tensor | None, Tensor | None],
    needed: tuple[bool],
    input: Tensor,
    least: Tensor,
    most: Tensor,
    dim: int | None,
    keepdim: bool,
) -> tuple[Tensor | None]:
    own = [
        _share_back(grad, input, result, dim, keepdim)
        for grad, result in zip(grads, (least, most), strict=True)
        if grad is not None
    ]
    return (own[0] if len(own) == 1 else own[0] + own[1],)


_AMINMAX = OperationOfMany("AminmaxBackward0", _aminmax_back)


# ---- positions


@public
def argmax(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """Give the positions of the largest elements along a dimension, or in the flattened tensor.

    Of equal elements the first one is taken.

    Raises:
        IndexError: the dimension does not exist, or there is nothing along it.
        RuntimeError: the elements are bool.
    """
    if input._key.dtype is _dtype.boolean:
        raise _no_order("argmax")
    array = reduce.argmax(input._array, dim, keepdim)
    return wrap(array) if out is None else write_out("argmax", array, out)


@public
def argmin(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """Give the positions of the smallest elements; see `argmax`.

    Raises:
        IndexError: the dimension does not exist, or there is nothing along it.
        RuntimeError: the elements are bool.
    """
    if input._key.dtype is _dtype.boolean:
        raise _no_order("argmin")
    array = reduce.argmin(input._array, dim, keepdim)
    return wrap(array) if out is None else write_out("argmin", array, out)


def _no_order(name: str) -> DTypeError:
    return DTypeError(
        f"{name}(): does not support bool input. Convert it, as with to(torch.uint8)."
    )
