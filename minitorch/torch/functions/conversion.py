"""Copies of tensors, in the same or another dtype."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...kernels.cpu.cast import cast as cast_array
from .. import _dtype
from .._record import Operation, record
from .._wrap import wrap
from ._overrides import public

if TYPE_CHECKING:
    from .._tensor import Tensor


@public
def to(input: Tensor, dtype: _dtype.dtype) -> Tensor:
    """Convert a tensor, or give it back if it has the dtype already."""
    own = input._key.dtype
    if own is dtype:
        return input
    result = wrap(cast_array(input._array, dtype.numpy))
    return record(result, _TO, input, own) if dtype.is_floating_point else result


_TO = Operation("ToCopyBackward0", to)


@public
def clone(input: Tensor) -> Tensor:
    """Copy a tensor."""
    return record(wrap(np.array(input._array, order="C")), _CLONE, input)


_CLONE = Operation("CloneBackward0", lambda grad: grad)
