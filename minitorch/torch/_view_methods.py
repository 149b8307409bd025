"""The methods of tensors that functions/views.py offers."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"
from typing import TYPE_CHECKING, Any

from .functions import views

if TYPE_CHECKING:
    from ._tensor import Tensor


def _sizes(given: tuple[Any, ...]) -> tuple[int, ...]:
    """Give sizes that may be written as one sequence or one by one."""
    if len(given) == 1 and not isinstance(given[0], int):
        return tuple(given[0])
    return given


class ViewMethods:
    """See the functions of the same names."""

    __slots__ = ()

    def view(self, *shape: Any) -> Tensor:
        return views.view(self, _sizes(shape))

    def reshape(self, *shape: Any) -> Tensor:
        return views.reshape(self, _sizes(shape))

    def permute(self, *dims: Any) -> Tensor:
        return views.permute(self, _sizes(dims))

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        return views.transpose(self, dim0, dim1)

    def t(self) -> Tensor:
        return views.t(self)

    def expand(self, *sizes: Any) -> Tensor:
        return views.expand(self, _sizes(sizes))

    def unsqueeze(self, dim: int) -> Tensor:
        return views.unsqueeze(self, dim)

    def squeeze(self, dim: Any = None) -> Tensor:
        return views.squeeze(self, dim)

    def select(self, dim: int, index: int) -> Tensor:
        return views.select(self, dim, index)
