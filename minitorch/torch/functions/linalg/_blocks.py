"""Blocks of tensors and triangles of matrices, as the functions of linear algebra need them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._record import Operation, record, record_many
from ..._wrap import wrap
from ..views.slicing import diagonal, put_diagonal
from ..views.views import transpose

if TYPE_CHECKING:
    from ..._tensor import Tensor

Where = tuple[Any, ...]


def block(x: Tensor, where: Where) -> Tensor:
    """Copy the elements at NumPy's index out of a tensor."""
    return record(wrap(np.array(x._array[where], order="C")), _BLOCK, x, x._shape, where)


def placed_at(x: Tensor, shape: tuple[int, ...], where: Where) -> Tensor:
    """Put elements at NumPy's index of zeros; those that meet in one place are added."""
    array = np.zeros(shape, x._array.dtype)
    if any(isinstance(each, np.ndarray) for each in where):
        np.add.at(array, where, x._array)
    else:
        array[where] = x._array
    return record(wrap(array), _PLACED_AT, x, where)


_BLOCK = Operation("SliceBackward0", placed_at)
_PLACED_AT = Operation("SliceBackwardBackward0", block)


def stacked(parts: Sequence[Tensor]) -> Tensor:
    """Put tensors of one shape and dtype beside each other, along a new last dimension."""
    array = np.stack([part._array for part in parts], -1)
    return record_many(wrap(array), _STACK, parts)


def _stack_back(grad: Tensor, needed: tuple[bool, ...]) -> tuple[Tensor | None, ...]:
    return tuple([block(grad, (..., i)) if own else None for i, own in enumerate(needed)])


_STACK = Operation("StackBackward0", _stack_back)


# ---- parts of matrices, the last two dimensions


def transposed(x: Tensor) -> Tensor:
    """Exchange the last two dimensions."""
    return transpose(x, -2, -1)


def diagonal_of(x: Tensor) -> Tensor:
    """Give the diagonals of matrices."""
    return diagonal(x, 0, -2, -1)


def on_diagonal(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Put elements on the diagonals of zeros."""
    return put_diagonal(x, shape, 0, len(shape) - 2, len(shape) - 1)


def diagonal_matrix(x: Tensor) -> Tensor:
    """Make square matrices of their diagonals, the last dimension."""
    return on_diagonal(x, (*x._shape, x._shape[-1]))


def columns_by(x: Tensor, factors: Tensor) -> Tensor:
    """Multiply each column of matrices by its factor."""
    return x * factors.unsqueeze(-2)


def identity_like(x: Tensor) -> Tensor:
    """Make an identity matrix of a matrix's number of rows and dtype."""
    return wrap(np.eye(x._shape[-2], dtype=x._array.dtype))
