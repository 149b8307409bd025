"""Old names of tensors by dtype, on a GPU. No tensor is of such a type, and none can be made."""

from __future__ import annotations

from typing import Any

from .._class_names import NamedClass
from .._dtype import (
    boolean,
    dtype,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
)  # fmt: skip


class cudatype(NamedClass, type):  # noqa: N801
    """The kind of these classes."""

    dtype: dtype
    is_cuda = True

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Refuse.

        Raises:
            TypeError: always, as in PyTorch without CUDA.
        """
        raise TypeError(
            f"type torch.cuda.{cls.__name__} not available. Torch not compiled with CUDA enabled. "
            f"Use torch.{cls.__name__}."
        )

    def __instancecheck__(cls, instance: Any) -> bool:
        return False


class DoubleTensor(metaclass=cudatype):
    """All tensors of float64 on a GPU."""

    dtype = float64


class FloatTensor(metaclass=cudatype):
    """All tensors of float32 on a GPU."""

    dtype = float32


class HalfTensor(metaclass=cudatype):
    """All tensors of float16 on a GPU."""

    dtype = float16


class LongTensor(metaclass=cudatype):
    """All tensors of int64 on a GPU."""

    dtype = int64


class IntTensor(metaclass=cudatype):
    """All tensors of int32 on a GPU."""

    dtype = int32


class ShortTensor(metaclass=cudatype):
    """All tensors of int16 on a GPU."""

    dtype = int16


class CharTensor(metaclass=cudatype):
    """All tensors of int8 on a GPU."""

    dtype = int8


class ByteTensor(metaclass=cudatype):
    """All tensors of uint8 on a GPU."""

    dtype = uint8


class BoolTensor(metaclass=cudatype):
    """All tensors of bool on a GPU."""

    dtype = boolean
