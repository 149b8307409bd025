"""What kernels must know of a tensor, as one object that many tensors share."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ._device import CPU, device
from ._dtype import DTYPES, dtype, of_numpy

Array = NDArray[Any]


class Key:
    """The dtype and device of a tensor, and whether its elements lie densely in order.

    There is one key for each combination, so that `x._key is y._key` tells at once that two
    tensors fit together. Of two tensors with the same dense key only the shapes may differ.

    Attributes:
        dtype: of the elements.
        device: where they are.
        dense: they lie in C order without gaps, aligned and writeable: kernels may be called
            without looking at strides.
        index: the number of the dtype.
        slot: the number of the key, of `SLOTS`; those of dense keys are the dtypes' own.
        is_float: elements are floats, so gradients exist.
        overridden: the tensor is of a user's class with a `__torch_function__` of its own.
    """

    __slots__ = ("dense", "device", "dtype", "index", "is_float", "overridden", "slot")

    def __init__(self, dtype: dtype, dense: bool, overridden: bool = False) -> None:
        self.dtype = dtype
        self.device: device = CPU
        self.dense = dense
        self.index = dtype.index
        self.is_float = dtype.is_floating_point
        self.overridden = overridden
        self.slot = self.index + len(DTYPES) * (2 if overridden else 0 if dense else 1)

    def __repr__(self) -> str:
        return f"<key {self.dtype} on {self.device}, {'dense' if self.dense else 'strided'}>"


DENSE = tuple(Key(each, dense=True) for each in DTYPES)
STRIDED = tuple(Key(each, dense=False) for each in DTYPES)
OVERRIDDEN = tuple(Key(each, dense=False, overridden=True) for each in DTYPES)
SLOTS = 3 * len(DTYPES)

_DENSE_OF_NUMPY = {key.dtype.numpy: key for key in DENSE}


def key_of(array: Array) -> Key:
    """Find the key of an array.

    Raises:
        TypeError: tensors have no such elements.
    """
    key = _DENSE_OF_NUMPY.get(array.dtype)
    if key is not None and array.flags.carray:
        return key
    return STRIDED[of_numpy(array.dtype).index]
