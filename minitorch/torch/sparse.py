"""Functions of tensors of which only some elements are kept: `torch.sparse`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import _dtype
from . import _sparse_table as _sparse_table
from ._legacy import tensortype
from ._missing import missing_from
from ._sparse import SparseTensor
from ._tensor import Tensor
from .functions.sparse.coo import sparse_coo_tensor
from .functions.sparse.elementwise import sum as _sum
from .functions.sparse.products import addmm as addmm
from .functions.sparse.products import sparse_mm as mm

__all__ = ["DoubleTensor", "FloatTensor", "IntTensor", "LongTensor", "addmm", "mm", "sum"]


def sum(
    input: Tensor,
    dim: int | Sequence[int] | None = None,
    dtype: _dtype.dtype | None = None,
) -> Tensor:
    """Add up the elements of a sparse tensor: all, or those along dimensions.

    Args:
        input: a sparse tensor.
        dim: one or several; by default all. The result of some is sparse.
        dtype: of the result.

    Raises:
        RuntimeError: the tensor is dense.
    """
    if not isinstance(input, SparseTensor):
        raise RuntimeError("torch.sparse.sum takes a sparse tensor; a dense one has its own sum().")
    return _sum(input, dim, dtype=dtype)


class sparsetype(tensortype):  # noqa: N801  (in the manner of PyTorch's tensortype)
    """The kind of the old classes of sparse tensors by dtype."""

    def __call__(cls, *args: Any, size: Any = None) -> Any:  # noqa: N805
        """Make a sparse tensor: of indices, values and sizes, or of sizes alone."""
        if args and not isinstance(args[0], Tensor):
            sizes = args if isinstance(args[0], int) else args[0]
            return sparse_coo_tensor(size=sizes, dtype=cls.dtype)
        return sparse_coo_tensor(*args, dtype=cls.dtype)

    def __instancecheck__(cls, instance: Any) -> bool:  # noqa: N805
        return isinstance(instance, SparseTensor) and instance.dtype is cls.dtype


class FloatTensor(metaclass=sparsetype):
    """All sparse tensors of float32."""

    dtype = _dtype.float32


class DoubleTensor(metaclass=sparsetype):
    """All sparse tensors of float64."""

    dtype = _dtype.float64


class LongTensor(metaclass=sparsetype):
    """All sparse tensors of int64."""

    dtype = _dtype.int64


class IntTensor(metaclass=sparsetype):
    """All sparse tensors of int32."""

    dtype = _dtype.int32


# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
