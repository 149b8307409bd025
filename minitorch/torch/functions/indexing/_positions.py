"""What functions that choose elements along a dimension have in common.

They give the elements and their positions; a gradient goes back to the positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ....kernels.cpu.indexing import indexing
from ..._record import Operation, record
from ..._wrap import wrap
from ...return_types import ValuesAndIndices
from .._operands import write_out
from ..views.views import unsqueeze

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
Kind = TypeVar("Kind", bound=ValuesAndIndices)
Pair = tuple["Tensor", "Tensor"] | None


def found(
    kind: type[Kind],
    arrays: tuple[Array, Array],
    operation: Operation,
    input: Tensor,
    dim: int,
    keepdim: bool = True,
    out: Sequence[Tensor] | None = None,
) -> Kind:
    """Make the results of a function that chooses elements.

    Args:
        kind: the class of the results.
        arrays: the elements and their positions.
        operation: its backward is `back_to_positions`.
        input: what the elements were chosen from.
        dim: along which dimension.
        keepdim: the results still have that dimension.
        out: where to put the results.
    """
    values, indices = arrays
    if out is not None:
        name = kind.__name__
        return kind((write_out(name, values, out[0]), write_out(name, indices, out[1])))
    positions = wrap(indices)
    result = wrap(values)
    if input._node is not None and result._key.is_float:
        record(result, operation, input, positions, dim, keepdim, input._shape)
    return kind((result, positions))


def back_to_positions(
    grad: Tensor, positions: Tensor, dim: int, keepdim: bool, shape: tuple[int, ...]
) -> Tensor:
    """Give zeros of a shape with a gradient at its positions."""
    if not keepdim and shape:
        grad, positions = unsqueeze(grad, dim), unsqueeze(positions, dim)
    return put_at(grad, positions, dim, shape)


def put_at(values: Tensor, positions: Tensor, dim: int, shape: tuple[int, ...]) -> Tensor:
    """Give zeros of a shape, with values added up at their positions along a dimension."""
    zeros = np.zeros(shape, values._array.dtype)
    array = indexing.scatter_add(zeros, dim, positions._array, values._array)
    return record(wrap(array), _PUT, values, positions, dim)


def take_at(input: Tensor, positions: Tensor, dim: int) -> Tensor:
    """Take the elements at positions along a dimension."""
    array = indexing.gather(input._array, dim, positions._array)
    return record(wrap(array), _TAKE, input, positions, dim, input._shape)


_PUT = Operation("ScatterAddBackward0", take_at)
_TAKE = Operation("GatherBackward0", put_at)
