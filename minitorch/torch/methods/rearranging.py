"""The methods of tensors that copy them with their elements repeated or in another order."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"
from typing import TYPE_CHECKING, Any

from ..functions.arranging import rearranging, triangles
from .views import sizes_of

if TYPE_CHECKING:
    from .._tensor import Tensor


class RearrangingMethods:
    """See the functions of the same names."""

    __slots__ = ()

    def repeat(self, *given: Any, repeats: Any = None) -> Tensor:
        """See `repeat`."""
        return rearranging.repeat(self, sizes_of(given, repeats))

    def tile(self, *given: Any, dims: Any = None) -> Tensor:
        """See `tile`."""
        return rearranging.tile(self, sizes_of(given, dims))

    def flip(self, *given: Any, dims: Any = None) -> Tensor:
        """See `flip`."""
        return rearranging.flip(self, sizes_of(given, dims))

    repeat_interleave = rearranging.repeat_interleave
    fliplr = rearranging.fliplr
    flipud = rearranging.flipud
    rot90 = rearranging.rot90
    roll = rearranging.roll

    tril = triangles.tril
    tril_ = triangles.tril_
    triu = triangles.triu
    triu_ = triangles.triu_
    diag = triangles.diag
    diag_embed = triangles.diag_embed
    diagflat = triangles.diagflat
