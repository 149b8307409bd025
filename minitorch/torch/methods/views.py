"""The methods of tensors that functions/views.py offers."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"
from typing import TYPE_CHECKING, Any

from ..functions import views

if TYPE_CHECKING:
    from .._tensor import Tensor


def sizes_of(given: tuple[Any, ...]) -> tuple[int, ...]:
    """Give sizes that may be written as one sequence or one by one."""
    if len(given) == 1 and not isinstance(given[0], int):
        return tuple(given[0])
    return given


class ViewMethods:
    """See the functions of the same names."""

    __slots__ = ()

    def view(self, *shape: Any) -> Tensor:
        return views.view(self, sizes_of(shape))

    def reshape(self, *shape: Any) -> Tensor:
        return views.reshape(self, sizes_of(shape))

    def permute(self, *dims: Any) -> Tensor:
        return views.permute(self, sizes_of(dims))

    def expand(self, *sizes: Any) -> Tensor:
        return views.expand(self, sizes_of(sizes))

    transpose = views.transpose
    t = views.t
    unsqueeze = views.unsqueeze
    squeeze = views.squeeze
    select = views.select
