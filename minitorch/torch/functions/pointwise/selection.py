"""Functions that choose between tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError
from ....kernels.cpu.elementwise.where import where as choose
from ....kernels.cpu.layouts.layout import broadcast_shapes
from ... import _dtype
from ..._record import Operation, record_many
from ..._wrap import wrap
from .._operands import cast, common_dtype, tensor_of, write_out
from .._overrides import public
from ..indexing.masking import nonzero
from ..views.views import sum_to

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
Facts = tuple[tuple[int, ...], _dtype.dtype]


class ConditionDTypeError(DTypeError):
    """A condition that is not of bool."""


class _Missing:
    """What stands for an argument that was not given."""


_MISSING = _Missing()


@public
def where(
    condition: Tensor, input: Any = _MISSING, other: Any = _MISSING, *, out: Tensor | None = None
) -> Any:
    """Choose elements of input where the condition holds, and of other elsewhere.

    Args:
        condition: bool; all three broadcast.
        input: a tensor or a number.
        other: a tensor or a number. Without both, the places where the condition holds are given,
            as `nonzero` with as_tuple does.
        out: where to put the result.

    Raises:
        TypeError: the condition is not bool.
        ShapeError: the shapes do not broadcast.
    """
    if other is _MISSING:
        if input is not _MISSING:
            raise TypeError("where() takes a condition alone, or input and other with it.")
        return nonzero(condition, as_tuple=True)
    if condition._key.dtype not in (_dtype.boolean, _dtype.uint8):
        raise ConditionDTypeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{condition._key.dtype}"
        )
    dtype = common_dtype((input, other))
    x, y = tensor_of(input, dtype), tensor_of(other, dtype)
    if not condition._shape == x._shape == y._shape:
        broadcast_shapes("where", [condition._shape, x._shape, y._shape])
    chosen = _chosen(condition._array, cast(x._array, dtype), cast(y._array, dtype))
    if out is not None:
        return write_out("where", chosen, out)
    if x._node is None and y._node is None:
        return wrap(chosen)
    facts = (x._shape, x._key.dtype), (y._shape, y._key.dtype)
    return record_many(wrap(chosen), _WHERE, (x, y), condition, *facts)


# So many elements NumPy chooses before a kernel is started.
_FEW = 1 << 11


def _chosen(mask: Array, x: Array, y: Array) -> Array:
    if max(mask.size, x.size, y.size) < _FEW:
        return np.asarray(np.where(mask, x, y))
    found: Array = choose(mask.astype(np.bool_, copy=False), x, y)
    return found


def _where_back(
    grad: Tensor, needed: tuple[bool, bool], condition: Tensor, x: Facts, y: Facts
) -> tuple[Tensor | None, Tensor | None]:
    own = sum_to(where(condition, grad, 0), x[0]).to(x[1]) if needed[0] else None
    other = sum_to(where(condition, 0, grad), y[0]).to(y[1]) if needed[1] else None
    return own, other


_WHERE = Operation("WhereBackward0", _where_back)
