"""Counts in bins, and the edges of the bins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ....errors import ShapeError
from ....kernels.cpu.indexing.checks import ElementDTypeError
from ... import return_types as types
from ..._record import OperationOfMany, record_outputs
from ..._wrap import wrap
from .._overrides import public
from ..creation.ranges import linspace
from ..products.matmul import deliver

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


@public
def histogram(
    input: Tensor,
    bins: int | Tensor = 100,
    *,
    range: tuple[float, float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
    out: tuple[Tensor, Tensor] | None = None,
) -> types.histogram:
    """Count elements in bins; the last bin has both of its edges, the others the lower one.

    Args:
        input: floats of any shape.
        bins: how many of equal width, or their edges, ascending.
        range: where the first bin begins and the last one ends; the least and the largest element
            by default.
        weight: what each element counts, of the input's shape.
        density: divide the counts such that the area under them is 1.
        out: two tensors where to put the results.

    Raises:
        RuntimeError: no bins, edges that are not finite or fall, shapes or dtypes that do not fit.
        TypeError: both edges and range are given.
    """
    if not input._key.is_float:
        raise ElementDTypeError(
            f"histogram is not implemented for {input._key.dtype}. Convert the elements with to()."
        )
    if weight is not None and weight._shape != input._shape:
        raise ShapeError(
            f"torch.histogram: if weight tensor is provided it should have the same shape as the "
            f"input tensor, {list(input._shape)}, got {list(weight._shape)}"
        )
    if isinstance(bins, int):
        edges = _equal_edges(input, bins, range)
    else:
        edges = _given_edges(input, bins, range)
    array = input._array.ravel()
    places = np.searchsorted(edges, array, "right") - 1
    places = np.where(array == edges[-1], edges.size - 2, places)
    inside = (array >= edges[0]) & (array <= edges[-1])
    own = None if weight is None else weight._array.ravel()[inside]
    counts = np.bincount(places[inside], own, minlength=edges.size - 1).astype(array.dtype)
    if density:
        with np.errstate(divide="ignore", invalid="ignore"):
            counts = counts / counts.sum() / np.diff(edges)
    results = wrap(counts), wrap(edges)
    record_outputs(results, _HISTOGRAM, (input,))
    if out is not None:
        results = (
            deliver("histogram", results[0], out[0]),
            deliver("histogram", results[1], out[1]),
        )
    return types.histogram(results)


def _given_edges(input: Tensor, bins: Tensor, range: tuple[float, float] | None) -> Array:
    """Check the edges that the caller gave."""
    if range is not None:
        raise TypeError("histogram(): takes edges or a range, got both.")
    if bins._key.dtype is not input._key.dtype:
        raise RuntimeError(
            "torch.histogram: input tensor and bins tensors should have the same dtype, but got "
            f"{input._key.dtype} and {bins._key.dtype}"
        )
    if len(bins._shape) != 1 or bins._shape[0] < 2:
        raise ShapeError(
            f"torch.histogram: bins need at least two edges in one dimension, got shape "
            f"{list(bins._shape)}"
        )
    return np.array(bins._array)


def _equal_edges(input: Tensor, bins: int, range: tuple[float, float] | None) -> Array:
    """Compute the edges of bins of equal width."""
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins}")
    if range is not None:
        low, high = range
    elif input._array.size:
        low, high = float(input._array.min()), float(input._array.max())
    else:
        low, high = 0.0, 1.0
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RuntimeError(f"torch.histogram: the range [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError(f"torch.histogram: min should not exceed max, but got [{low}, {high}]")
    if low == high:
        low, high = low - 0.5, high + 0.5
    return linspace(low, high, bins + 1, dtype=input._key.dtype)._array


def _histogram_back(grads: tuple[Tensor | None, ...], needed: tuple[bool]) -> NoReturn:
    raise NotImplementedError("the derivative for 'histogram' is not implemented.")


_HISTOGRAM = OperationOfMany("NotImplemented", _histogram_back)
