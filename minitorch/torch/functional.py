"""Functions of tensors that PyTorch also has as `torch.functional`."""

from typing import TYPE_CHECKING

from ._missing import missing_from
from .functions.arranging.joining import atleast_1d, atleast_2d, atleast_3d
from .functions.arranging.matrices import block_diag, cartesian_prod, cdist
from .functions.linalg.lu import lu
from .functions.pointwise.whole_numbers import unravel_index
from .functions.products.einsum import einsum
from .functions.products.products import chain_matmul, tensordot
from .functions.reductions.norms import norm
from .functions.sorting.searching import unique, unique_consecutive
from .functions.views.shapes import broadcast_shapes, broadcast_tensors, meshgrid
from .functions.views.splitting import split

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "block_diag",
    "broadcast_shapes",
    "broadcast_tensors",
    "cartesian_prod",
    "cdist",
    "chain_matmul",
    "einsum",
    "lu",
    "meshgrid",
    "norm",
    "split",
    "tensordot",
    "unique",
    "unique_consecutive",
    "unravel_index",
]

# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
