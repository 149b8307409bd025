"""Functions that reduce dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...kernels.cpu import reduce
from .. import _dtype
from .._record import Operation, record
from .._wrap import wrap
from ._overrides import public
from .views import axis, expand, reshape

if TYPE_CHECKING:
    from .._tensor import Tensor

Dims = int | Sequence[int] | None


@public
def sum(
    input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: _dtype.dtype | None = None
) -> Tensor:
    """Add up over dimensions, all of them by default; integers give int64.

    Raises:
        IndexError: a dimension does not exist.
    """
    if dtype is not None:
        input = input.to(dtype)
    result = wrap(reduce.sum(input._array, dim, keepdim))
    return record(result, _SUM, input, input._shape, dim, keepdim)


def _spread(grad: Tensor, shape: tuple[int, ...], dim: Dims, keepdim: bool) -> Tensor:
    """Repeat a gradient along the dimensions that were reduced."""
    if not keepdim and shape:
        named = range(len(shape)) if dim is None or dim == () else dim
        dims = [named] if isinstance(named, int) else named
        axes = {axis(d, len(shape), "sum") for d in dims}
        grad = reshape(grad, [1 if d in axes else n for d, n in enumerate(shape)])
    return expand(grad, shape)


_SUM = Operation("SumBackward0", _spread)


@public
def mean(
    input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: _dtype.dtype | None = None
) -> Tensor:
    """Average over dimensions, all of them by default.

    Raises:
        IndexError: a dimension does not exist.
        DTypeError: the elements are integers.
    """
    if dtype is not None:
        input = input.to(dtype)
    result = wrap(reduce.mean(input._array, dim, keepdim))
    return record(result, _MEAN, input, input._shape, dim, keepdim)


def _mean_back(grad: Tensor, shape: tuple[int, ...], dim: Dims, keepdim: bool) -> Tensor:
    count = math.prod(shape) // max(1, math.prod(grad._shape))
    return _spread(grad / count, shape, dim, keepdim)


_MEAN = Operation("MeanBackward0", _mean_back)
