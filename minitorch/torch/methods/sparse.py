"""The methods of tensors that have to do with keeping only some elements."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"
from typing import TYPE_CHECKING, NoReturn

from ..functions.sparse import coo

if TYPE_CHECKING:
    from .._sparse import SparseTensor
    from .._tensor import Tensor


class SparseMethods:
    """See the functions of the same names; those of coo tensors alone refuse dense ones."""

    __slots__ = ()

    if TYPE_CHECKING:
        _shape: tuple[int, ...]

    to_sparse = coo.to_sparse
    to_dense = coo.to_dense

    def to_sparse_coo(self) -> SparseTensor:
        """Keep only the elements that are not 0."""
        return coo.to_sparse(self)

    def sparse_dim(self) -> int:
        """Give the number of dimensions in which only some places are kept."""
        return 0

    def dense_dim(self) -> int:
        """Give the number of dimensions in which all places are kept."""
        return len(self._shape)

    def coalesce(self) -> SparseTensor:
        """Sort the places, and add up the elements of equal ones.

        Raises:
            RuntimeError: the tensor is dense.
        """
        if not isinstance(self, coo.Sparse.kind):
            _refuse("coalesce")
        return coo.coalesce(self)

    def is_coalesced(self) -> bool:
        """Tell whether places are sorted, and there are no two equal ones.

        Raises:
            RuntimeError: the tensor is dense.
        """
        _refuse("is_coalesced")

    def indices(self) -> Tensor:
        """Give the places.

        Raises:
            RuntimeError: the tensor is dense.
        """
        _refuse("indices")

    def values(self) -> Tensor:
        """Give the kept elements.

        Raises:
            RuntimeError: the tensor is dense.
        """
        _refuse("values")


def _refuse(method: str) -> NoReturn:
    raise RuntimeError(
        f"{method} expected coo coordinate tensor layout but got Strided: the tensor is dense. "
        "to_sparse() gives a coo one."
    )
