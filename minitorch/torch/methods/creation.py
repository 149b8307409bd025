"""The methods of tensors that make others of the same dtype."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"
from typing import TYPE_CHECKING, Any

from ..functions._overrides import public
from ..functions.creation import filled
from ..functions.creation._options import check_options, made
from ..functions.creation.creation import constructed, copied
from ..functions.views.views import alias

if TYPE_CHECKING:
    from .._key import Key
    from .._tensor import Tensor


class CreationMethods:
    """See the functions without `new_` in their names."""

    __slots__ = ()

    if TYPE_CHECKING:
        _key: Key

    new_zeros = filled.new_zeros
    new_ones = filled.new_ones
    new_empty = filled.new_empty
    new_full = filled.new_full
    new_empty_strided = filled.new_empty_strided

    @public
    def new_tensor(
        self,
        data: Any,
        *,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """Copy data into a tensor, of this one's dtype if none is named."""
        check_options("new_tensor", device, layout, pin_memory)
        return made(copied("new_tensor", data, dtype or self._key.dtype), requires_grad)

    @public
    def new(self, *args: Any, size: Any = None) -> Tensor:
        """Make a tensor of this one's dtype, of sizes, of a list or of a tensor."""
        result = constructed("new", self._key.dtype, args, size)
        return alias(result) if args and args[0] is result else result
