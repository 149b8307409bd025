"""Different elements, places among sorted ones, counts, membership and closeness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError
from ....kernels.cpu.layouts.layout import broadcast_shapes
from ....kernels.cpu.sorting import unique as kernels
from ..._wrap import Late, wrap
from .._operands import Number, cast, common_dtype, is_number, tensor_of, write_out
from .._overrides import public

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


# ---- different elements


@public
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """List the different elements, or slices along a dimension.

    Args:
        input: any shape.
        sorted: in rising order. Here they always are.
        return_inverse: also give, for each element, its place in the list.
        return_counts: also give how often each occurs.
        dim: compare whole slices along this dimension.

    Returns:
        The list, or a tuple of it and what else was asked for.

    Raises:
        IndexError: the dimension does not exist.
        TypeError: a switch is no bool; a dimension has to be named.
    """
    _check_switches(
        "unique", sorted=sorted, return_inverse=return_inverse, return_counts=return_counts
    )
    _check_dim("unique", input, dim)
    return _asked_for(kernels.unique(input._array, dim), return_inverse, return_counts)


@public
def unique_consecutive(
    input: Tensor,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """List the elements (or slices) that differ from the one before; see `unique`."""
    _check_switches(
        "unique_consecutive", return_inverse=return_inverse, return_counts=return_counts
    )
    _check_dim("unique_consecutive", input, dim)
    found = kernels.unique_consecutive(input._array, dim)
    return _asked_for(found, return_inverse, return_counts)


def _check_switches(function: str, **switches: Any) -> None:
    for name, value in switches.items():
        if not isinstance(value, bool | np.bool_):
            raise TypeError(
                f"{function}(): argument '{name}' must be bool, not {type(value).__name__}: "
                f"{value!r:.80}. A dimension has to be named: dim=..."
            )


def _check_dim(name: str, input: Tensor, dim: int | None) -> None:
    if dim is not None and not input._shape:
        raise IndexError(f"{name}: Dimension specified as {dim} but tensor has no dimensions")


def _asked_for(found: tuple[Array, Array, Array], inverse: bool, counts: bool) -> Any:
    values = wrap(found[0])
    if not inverse and not counts:
        return values
    extras = [wrap(each) for each, asked in zip(found[1:], (inverse, counts), strict=True) if asked]
    return (values, *extras)


# ---- places among sorted elements


@public
def searchsorted(
    sorted_sequence: Tensor,
    input: Tensor | Number,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    out: Tensor | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Find the places where values would keep a sequence sorted.

    Args:
        sorted_sequence: (N), or (*, N) for values (*, M): lines in rising order.
        input: the values.
        out_int32: give int32, not int64.
        right: behind all equal elements, and not before them.
        side: "left" or "right", another way to say the same.
        out: where to put the result.
        sorter: the positions that would sort the sequence.

    Raises:
        RuntimeError: side is something else or contradicts right, or the shapes do not fit.
    """
    if side not in (None, "left", "right"):
        raise RuntimeError(
            f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}"
        )
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left "
            "while right was True"
        )
    sequence, values = _joined(sorted_sequence, input)
    by = None if sorter is None else sorter._array
    places = kernels.searchsorted(sequence, values, right or side == "right", by)
    return _placed("searchsorted", places, out_int32, out)


@public
def bucketize(
    input: Tensor | Number,
    boundaries: Tensor,
    *,
    out_int32: bool = False,
    right: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Find the bucket of each value between rising boundaries (N); see `searchsorted`.

    Raises:
        RuntimeError: the boundaries do not have one dimension.
    """
    edges, values = _joined(boundaries, input)
    return _placed("bucketize", kernels.bucketize(values, edges, right), out_int32, out)


def _joined(sequence: Tensor, values: Tensor | Number) -> tuple[Array, Array]:
    """Give both as arrays of the dtype that they have in common."""
    if isinstance(values, Late.Tensor) and values._key.dtype is sequence._key.dtype:
        return sequence._array, values._array
    dtype = common_dtype((sequence, values))
    return cast(sequence._array, dtype), cast(tensor_of(values, dtype)._array, dtype)


def _placed(name: str, places: Array, is_short: bool, out: Tensor | None) -> Tensor:
    if is_short:
        places = places.astype(np.int32)
    return wrap(places) if out is None else write_out(name, places, out)


# ---- counts


@public
def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """Count how often each number from 0 on occurs, or add up the weights of its places.

    Args:
        input: (N) integers, none negative.
        weights: (N).
        minlength: the least length of the result.

    Raises:
        RuntimeError: the shapes do not fit, a number is negative, or there are no integers.
    """
    by = None if weights is None else weights._array
    return wrap(kernels.bincount(input._array, by, minlength))


@public
def histc(
    input: Tensor,
    bins: int = 100,
    min: Number = 0,
    max: Number = 0,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Count the elements in bins of equal width; those outside are left out.

    Args:
        input: floats of any shape.
        bins: how many.
        min: where the first bin begins.
        max: where the last one ends; if it is min, both are taken from the elements.
        out: where to put the result.

    Raises:
        RuntimeError: no bins, limits that are not finite or fall, or no floats.
    """
    counts = kernels.histc(input._array, bins, min, max)
    return wrap(counts) if out is None else write_out("histc", counts, out)


# ---- membership and closeness


@public
def isin(
    elements: Tensor | Number,
    test_elements: Tensor | Number,
    *,
    assume_unique: bool = False,
    invert: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Tell for each element whether it is among others.

    Args:
        elements: of any shape.
        test_elements: the others.
        assume_unique: neither holds an element twice, which may be faster.
        invert: tell whether it is not among them.
        out: where to put the result.

    Raises:
        TypeError: both are numbers.
    """
    if is_number(elements) and is_number(test_elements):
        raise TypeError("isin() needs a tensor, got two numbers.")
    dtype = common_dtype((elements, test_elements))
    first, second = (
        cast(tensor_of(each, dtype)._array, dtype) for each in (elements, test_elements)
    )
    array = np.asarray(np.isin(first, second, assume_unique=assume_unique, invert=invert))
    return wrap(array) if out is None else write_out("isin", array, out)


@public
def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Tensor:
    """Tell for each element whether |input - other| <= atol + rtol * |other|.

    Raises:
        RuntimeError: the dtypes differ, or a tolerance is negative.
    """
    return wrap(_is_close("isclose", input, other, rtol, atol, equal_nan))


@public
def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Tell whether all elements are close to those of another tensor; see `isclose`."""
    return bool(_is_close("allclose", input, other, rtol, atol, equal_nan).all())


def _is_close(
    name: str, input: Tensor, other: Tensor, rtol: float, atol: float, equal_nan: bool
) -> Array:
    if input._key.dtype is not other._key.dtype:
        raise DTypeError(
            f"{name}: {input._key.dtype} did not match {other._key.dtype}. Convert one with to()."
        )
    if rtol < 0 or atol < 0:
        raise RuntimeError(f"{name}: rtol and atol must be >= 0, got {rtol} and {atol}.")
    broadcast_shapes(name, [input._shape, other._shape])
    a, b = input._array, other._array
    if a.dtype == np.bool_:
        a, b = a.view(np.uint8), b.view(np.uint8)
    is_close = np.asarray(a == b)
    if equal_nan:
        is_close = is_close | (np.isnan(a) & np.isnan(b))
    with np.errstate(all="ignore"):
        distance = np.abs(a - b) if a.dtype.kind == "f" else np.abs(a.astype(float) - b)
        near = np.isfinite(distance) & (distance <= atol + np.abs(rtol * b))
    return np.asarray(is_close | near)


@public
def equal(input: Tensor, other: Tensor) -> bool:
    """Tell whether two tensors have the same shape and the same elements."""
    if input._shape != other._shape:
        return False
    if input._key.dtype is not other._key.dtype:
        raise DTypeError(
            f"equal: expected tensors of the same dtype, got {input._key.dtype} and "
            f"{other._key.dtype}. Convert one with to()."
        )
    return bool((input._array == other._array).all())
