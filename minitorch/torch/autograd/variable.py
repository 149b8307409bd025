"""The wrapper that tensors needed in old versions of PyTorch: `torch.autograd.Variable`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..._warn import warn
from ...errors import GraphWarning
from .._node import reset_recording, set_recording
from .._wrap import Late

if TYPE_CHECKING:
    from .._tensor import Tensor


class _IsTensor(type):
    """All tensors are instances of a class of this kind."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Late.Tensor)


class Variable(metaclass=_IsTensor):
    """What a tensor was wrapped into to take part in the graph; today tensors do so themselves.

    Args:
        data: a tensor.
        requires_grad: whether a gradient is collected for it.
        volatile: nothing that is computed from it needs a gradient. PyTorch has no such flag any
            more, but programs that were written with it expect this.
    """

    def __new__(  # type: ignore[misc]
        cls, data: Tensor | None = None, requires_grad: bool = False, volatile: bool | None = None
    ) -> Tensor:
        """Give a tensor of the same memory."""
        tensor = Late.Tensor() if data is None else data.detach()
        if volatile is not None:
            warn(
                "volatile was removed from PyTorch. Use `with torch.no_grad():` instead.",
                GraphWarning,
            )
            if volatile:
                return tensor.as_subclass(_volatile_class())
        return tensor.requires_grad_(requires_grad)


_made: list[type[Tensor]] = []


def _volatile_class() -> type[Tensor]:
    """Give the class of tensors whose results need no gradient.

    It is made when it is needed: as long as no class overrides functions, none looks for it.
    """
    if _made:
        return _made[0]

    class VolatileTensor(Late.Tensor):  # type: ignore[misc, valid-type]
        """A tensor that makes functions record nothing; so are their results."""

        @classmethod
        def __torch_function__(
            cls,
            func: Callable[..., Any],
            types: Sequence[type[Any]],
            args: Sequence[Any] = (),
            kwargs: Mapping[str, Any] | None = None,
        ) -> Any:
            token = set_recording(False)
            try:
                return super().__torch_function__(func, types, args, kwargs)
            finally:
                reset_recording(token)

    _made.append(VolatileTensor)
    return VolatileTensor
