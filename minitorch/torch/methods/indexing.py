"""The methods of tensors that take or put elements by places, indices and masks."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"
from typing import TYPE_CHECKING, Any

from ..functions.indexing import (
    assignment,
    filling,
    gathering,
    index_slices,
    indexing,
    masking,
    scatter_reductions,
)
from ..functions.pointwise import selection

if TYPE_CHECKING:
    from .._tensor import Tensor


class IndexingMethods:
    """See the functions of the same names."""

    __slots__ = ()

    __getitem__ = indexing.getitem
    __setitem__ = assignment.setitem
    __contains__ = assignment.contains
    index_put = assignment.index_put
    index_put_ = assignment.index_put_

    gather = gathering.gather
    take = gathering.take
    take_along_dim = gathering.take_along_dim
    put = gathering.put
    put_ = gathering.put_
    scatter = gathering.scatter
    scatter_ = gathering.scatter_
    scatter_add = gathering.scatter_add
    scatter_add_ = gathering.scatter_add_
    scatter_reduce = scatter_reductions.scatter_reduce
    scatter_reduce_ = scatter_reductions.scatter_reduce_

    index_select = index_slices.index_select
    index_add = index_slices.index_add
    index_add_ = index_slices.index_add_
    index_copy = index_slices.index_copy
    index_copy_ = index_slices.index_copy_
    index_fill = index_slices.index_fill
    index_fill_ = index_slices.index_fill_
    index_reduce = scatter_reductions.index_reduce
    index_reduce_ = scatter_reductions.index_reduce_

    masked_fill = masking.masked_fill
    masked_fill_ = masking.masked_fill_
    masked_select = masking.masked_select
    masked_scatter = masking.masked_scatter
    masked_scatter_ = masking.masked_scatter_
    nonzero = masking.nonzero
    argwhere = masking.argwhere

    def where(self, condition: Tensor, other: Any) -> Tensor:
        """See `where`."""
        chosen: Tensor = selection.where(condition, self, other)
        return chosen

    fill_ = filling.fill_
    zero_ = filling.zero_
    copy_ = filling.copy_
    fill_diagonal_ = filling.fill_diagonal_
