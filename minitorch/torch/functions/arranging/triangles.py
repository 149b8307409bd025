"""Triangles and diagonals of matrices, as copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....errors import ShapeError
from ..._record import Operation, named, record
from ..._wrap import wrap
from .._in_place import change
from .._operands import write_out
from .._overrides import public
from ..views.slicing import diagonal, diagonal_array, diagonal_axes
from ..views.views import reshape

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def tril(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Keep the elements on and below a diagonal of matrices, and put 0 elsewhere.

    Args:
        input: a matrix, or a batch of them.
        diagonal: how far it lies above the main one.
        out: where to put the result.

    Raises:
        ShapeError: there are fewer than two dimensions.
    """
    _check_matrix("tril", input)
    array = np.tril(input._array, diagonal)
    if out is not None:
        return write_out("tril", array, out)
    return record(wrap(array), _TRIL, input, diagonal)


@public
def triu(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Keep the elements on and above a diagonal of matrices, and put 0 elsewhere; see `tril`."""
    _check_matrix("triu", input)
    array = np.triu(input._array, diagonal)
    if out is not None:
        return write_out("triu", array, out)
    return record(wrap(array), _TRIU, input, diagonal)


@public
def tril_(input: Tensor, diagonal: int = 0) -> Tensor:
    """Put 0 above a diagonal; see `tril`."""
    return change(tril, input, diagonal)


@public
def triu_(input: Tensor, diagonal: int = 0) -> Tensor:
    """Put 0 below a diagonal; see `triu`."""
    return change(triu, input, diagonal)


def _check_matrix(function: str, input: Tensor) -> None:
    if len(input._shape) < 2:
        raise ShapeError(
            f"{function}: input tensor must have at least 2 dimensions, got shape "
            f"{list(input._shape)}"
        )


_TRIL = Operation("TrilBackward0", tril)
_TRIU = Operation("TriuBackward0", triu)


# ---- diagonals


@public
def diag(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Copy the diagonal of a matrix; of a vector, make the matrix that has it as its diagonal.

    Raises:
        ShapeError: it is neither.
    """
    rank = len(input._shape)
    if rank not in (1, 2):
        raise ShapeError(f"diag(): Supports 1D or 2D tensors. Got {rank}D")
    result = diag_embed(input, diagonal) if rank == 1 else _diagonal_copy(input, diagonal)
    return result if out is None else write_out("diag", result._array, out)


def _diagonal_copy(input: Tensor, offset: int) -> Tensor:
    return named(diagonal(input, offset).clone(), "DiagonalBackward0_copy")


@public
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Make matrices that have the last dimension as their diagonal, and are 0 elsewhere.

    Args:
        input: at least one dimension.
        offset: how far the diagonal lies above the main one.
        dim1: where the rows are in the result.
        dim2: where the columns are.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: both dimensions are the same one.
    """
    shape = input._shape
    rows, columns = diagonal_axes(dim1, dim2, len(shape) + 1 if shape else 1)
    size = shape[-1] + abs(offset)
    sizes = list(shape[:-1])
    for place in sorted((rows, columns)):
        sizes.insert(place, size)
    array = np.zeros(sizes, input._array.dtype)
    diagonal_array(array, offset, rows, columns)[...] = input._array
    return record(wrap(array), _DIAG_EMBED, input, offset, rows, columns)


_DIAG_EMBED = Operation("DiagEmbedBackward0", diagonal)


@public
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """Make the matrix that has all elements as its diagonal."""
    return diag_embed(reshape(input, (input._array.size,)), offset)
