"""Quantiles, between two elements by interpolation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError
from ... import _dtype
from ..._wrap import Late, wrap
from .._operands import write_out
from .._overrides import public
from ..indexing._positions import take_at
from ..pointwise.selection import where
from ..sorting.sorting import sort
from ..views.views import axis, expand, permute, reshape

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
_WAYS = ("linear", "lower", "higher", "midpoint", "nearest")


@public
def quantile(
    input: Tensor,
    q: Tensor | float,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    out: Tensor | None = None,
) -> Tensor:
    """Give the numbers below which shares q of the elements lie; a NaN makes the result NaN.

    Args:
        input: float32 or float64.
        q: a number from 0 to 1, or a list of them, of the input's dtype. A list makes a first
            dimension of the result.
        dim: along what; by default of all elements.
        keepdim: the dimension stays, with size 1.
        interpolation: what to give between two elements: "linear", "lower", "higher", "midpoint"
            or "nearest".
        out: where to put the result.

    Raises:
        IndexError: the dimension does not exist.
        RuntimeError: q is out of range, of another dtype or has too many dimensions; there are no
            elements; or the interpolation is unknown.
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, out)


@public
def nanquantile(
    input: Tensor,
    q: Tensor | float,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    out: Tensor | None = None,
) -> Tensor:
    """Give the quantiles of the elements that are not NaN; see `quantile`."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, out)


def _quantile(
    name: str,
    input: Tensor,
    q: Tensor | float,
    dim: int | None,
    keepdim: bool,
    interpolation: str,
    out: Tensor | None,
) -> Tensor:
    shares = _checked_shares(name, input, q, interpolation)
    rank = len(input._shape)
    place = 0 if dim is None else axis(dim, rank, name)
    rows = reshape(input, (-1,)) if dim is None or not rank else _last(input, place)
    if not input._array.size:
        raise ShapeError(
            f"{name}() input tensor must be non-empty, got shape {list(input._shape)}."
        )
    ordered = sort(rows, -1)[0]
    ranks = _ranks(ordered._array, reshape(shares, (-1,)), skips_nan=name == "nanquantile")
    found = _between(ordered, ranks, interpolation)
    result = _shaped(found, input._shape, dim, place, keepdim, len(shares._shape) == 1)
    return result if out is None else write_out(name, result._array, out)


def _checked_shares(name: str, input: Tensor, q: Tensor | float, interpolation: str) -> Tensor:
    """Give q as a tensor of the input's dtype.

    Raises:
        RuntimeError: see `quantile`.
    """
    if input._key.dtype not in (_dtype.float32, _dtype.float64):
        raise DTypeError(
            f"{name}() input tensor must be either float or double dtype, got {input._key.dtype}."
        )
    if isinstance(q, Late.Tensor):
        if q._key.dtype is not input._key.dtype:
            raise DTypeError(
                f"{name}() q tensor must be same dtype as the input tensor, got {q._key.dtype} and "
                f"{input._key.dtype}."
            )
        if len(q._shape) > 1:
            raise ShapeError(
                f"{name}() q must be a scalar or 1D tensor, got shape {list(q._shape)}."
            )
        shares = q
    else:
        shares = wrap(np.asarray(q, input._array.dtype))
    if not ((shares._array >= 0) & (shares._array <= 1)).all():
        raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {shares.tolist()}")
    if interpolation not in _WAYS:
        raise RuntimeError(
            f"{name}() interpolation must be one of {', '.join(_WAYS)}, but got {interpolation}"
        )
    return shares


def _last(input: Tensor, place: int) -> Tensor:
    """Move a dimension to the end."""
    rank = len(input._shape)
    return permute(input, [*(d for d in range(rank) if d != place), place])


def _ranks(ordered: Array, shares: Tensor, skips_nan: bool) -> Tensor:
    """Give where the quantiles lie among the elements of each line, as fractions of positions.

    Args:
        ordered: (*, n), with NaN last.
        shares: (m).
        skips_nan: count the numbers alone; else a line with NaN has its quantiles there.

    Returns:
        (*, m).
    """
    missing = np.isnan(ordered)
    if not skips_nan:
        last = ordered.shape[-1] - 1
        ranks = expand(shares * last, (*ordered.shape[:-1], shares._shape[0]))
        has_missing = np.any(missing, -1, keepdims=True)
        return where(wrap(has_missing), last, ranks)
    lasts = (~missing).sum(-1, keepdims=True) - 1
    # A line of nothing but NaN gives NaN, which lies at every position.
    return (shares * wrap(lasts.astype(ordered.dtype))).clamp_min(0)


def _between(ordered: Tensor, ranks: Tensor, interpolation: str) -> Tensor:
    """Give what lies at ranks between two elements."""
    places = ranks._array
    if interpolation == "lower":
        places = np.floor(places)
    elif interpolation == "higher":
        places = np.ceil(places)
    elif interpolation == "nearest":
        places = np.rint(places)
    below = places.astype(np.int64)
    low = take_at(ordered, wrap(below), -1)
    if interpolation not in ("linear", "midpoint"):
        return low
    above = np.ceil(places).astype(np.int64)
    if interpolation == "midpoint":
        weights = wrap(np.full_like(places, 0.5))
    else:
        weights = ranks - wrap(below.astype(places.dtype))
    high = take_at(ordered, wrap(above), -1)
    step = high - low
    # From the nearer side: beside an infinite number the other one would give NaN.
    from_low, from_high = low + step * weights, high - step * (1 - weights)
    return where(weights < 0.5, from_low, from_high)


def _shaped(
    found: Tensor,
    shape: tuple[int, ...],
    dim: int | None,
    place: int,
    keepdim: bool,
    is_list: bool,
) -> Tensor:
    """Put the quantiles, (*, m), into the first dimension, and the reduced one where it belongs."""
    rank = len(found._shape)
    count = found._shape[-1]
    first = permute(found, [rank - 1, *range(rank - 1)])
    if not shape:
        kept: tuple[int, ...] = ()
    elif dim is None:
        kept = (1,) * len(shape) if keepdim else ()
    else:
        kept = (*shape[:place], *((1,) if keepdim else ()), *shape[place + 1 :])
    return reshape(first, (count, *kept) if is_list else kept)
