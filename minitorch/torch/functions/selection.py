"""Functions that choose between tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _dtype
from .._record import Operation, record_many
from .._wrap import wrap
from ._operands import common_dtype, tensor_of
from ._overrides import public
from .views import sum_to

if TYPE_CHECKING:
    from .._tensor import Tensor


@public
def where(condition: Tensor, input: Any, other: Any) -> Tensor:
    """Choose elements of input where the condition holds, and of other elsewhere.

    Raises:
        TypeError: the condition is not bool.
        ShapeError: the shapes do not broadcast.
    """
    if condition._key.dtype is not _dtype.boolean:
        raise TypeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{condition._key.dtype}"
        )
    dtype = common_dtype((input, other))
    x, y = tensor_of(input, dtype), tensor_of(other, dtype)
    chosen = np.where(condition._array, x._array, y._array)
    result = wrap(np.asarray(chosen, dtype.numpy))
    return record_many(result, _WHERE, (x, y), condition, x._shape, y._shape)


def _where_back(
    grad: Tensor,
    needed: tuple[bool, bool],
    condition: Tensor,
    shape: tuple[int, ...],
    other_shape: tuple[int, ...],
) -> tuple[Tensor | None, Tensor | None]:
    own = sum_to(where(condition, grad, 0), shape) if needed[0] else None
    other = sum_to(where(condition, 0, grad), other_shape) if needed[1] else None
    return own, other


_WHERE = Operation("WhereBackward0", _where_back)
