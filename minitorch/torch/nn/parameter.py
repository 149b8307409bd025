"""Tensors that belong to modules: `torch.nn.parameter`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

from .. import _dtype
from .._class_names import NamedClass
from .._device import device as Device  # noqa: N812  (the argument has PyTorch's name)
from .._key import OVERRIDDEN, key_of
from .._node import make_leaf
from .._tensor import Tensor
from .._wrap import changes_of, new, wrap
from ..functions._operands import is_foreign
from ..functions._overrides import without_overrides
from ..functions.creation.filled import empty


class _ParameterMeta(NamedClass, type):
    """Counts tensors of users' classes that were made parameters as parameters."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if type.__instancecheck__(cls, instance):
            return True
        return (
            cls is Parameter
            and isinstance(instance, Tensor)
            and getattr(instance, "_is_param", False)
        )


class Parameter(Tensor, metaclass=_ParameterMeta, overriding=False):
    """A tensor that a module lists among its parameters when it is assigned to an attribute.

    Args:
        data: the values, whose memory it shares; nothing by default.
        requires_grad: whether gradients are collected.

    Raises:
        TypeError: data is no tensor.
        RuntimeError: the elements are no floats, and a gradient is wanted.
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        """Make a parameter of a tensor, whose memory it shares."""
        if data is None:
            data = wrap(np.empty(0, _dtype.get_default_dtype().numpy))
        check_tensor("Parameter", data)
        if requires_grad and not data._key.is_float:
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients, got "
                f"{data._key.dtype}. Pass requires_grad=False, or convert the data with to()."
            )
        if data._key.overridden:
            return _marked(data, requires_grad)
        result = new(cls)
        result._array = data._array
        result._key = key_of(data._array)
        result._shape = data._shape
        result._view_of = None
        result._node = make_leaf(result) if requires_grad else None
        result._changes = changes_of(data)
        return result

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        if id(self) in memo:
            found: Parameter = memo[id(self)]
            return found
        copied = wrap(np.array(self._array, order="K"))
        result = memo[id(self)] = type(self)(copied, self.requires_grad)
        return result

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


def _marked(data: Tensor, requires_grad: bool) -> Any:
    """Make a parameter of a tensor of a user's class, which it stays one of."""
    result: Any = data.detach().as_subclass(type(data))
    result.requires_grad_(requires_grad)
    result._is_param = True
    return result


class _BufferMeta(NamedClass, type):
    """Counts the tensors that were marked as buffers as instances."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and bool(getattr(instance, "_is_buffer", False))


class Buffer(Tensor, metaclass=_BufferMeta, overriding=False):
    """Marks a tensor, so that a module lists it among its buffers when it is assigned to one.

    It is the tensor's own class that comes out.

    Args:
        data: the values, whose memory it shares; nothing by default.
        persistent: whether state dicts hold it.

    Raises:
        TypeError: data is no tensor.
    """

    persistent: bool

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Any:
        """Mark a tensor, whose memory the result shares."""
        if data is None:
            data = wrap(np.empty(0, _dtype.get_default_dtype().numpy))
        check_tensor("Buffer", data)
        result: Any = data.detach().requires_grad_(data.requires_grad)
        result.persistent = persistent
        result._is_buffer = True
        return result


class UninitializedTensorMixin:
    """What a tensor is as long as its sizes are not known: it has a dtype, but no elements.

    Whatever reads its elements or sizes fails. `materialize` makes it an ordinary tensor, and the
    same object.

    Attributes:
        cls_to_become: the class that it then is of.
    """

    __slots__ = ()

    cls_to_become: ClassVar[type[Tensor]]

    if TYPE_CHECKING:
        _array: Any
        _key: Any
        _shape: tuple[int, ...]
        requires_grad: bool

    def materialize(
        self,
        shape: Sequence[int],
        device: Device | str | None = None,
        dtype: _dtype.dtype | None = None,
    ) -> None:
        """Become an ordinary tensor, whose values are arbitrary.

        Args:
            shape: its sizes.
            device: where it is.
            dtype: of the elements; the one that it has by default.
        """
        made = empty(tuple(shape), device=device, dtype=dtype or self._key.dtype)
        self._array, self._key = made._array, made._key
        self._shape = made._shape  # type: ignore[misc]
        self.__class__ = self.cls_to_become  # type: ignore[assignment]

    def unmaterialize(self, cls: type[UninitializedTensorMixin]) -> None:
        """Take `materialize` back, for a tensor that was of a class of these."""
        self._key = OVERRIDDEN[self._key.index]
        del self._array, self._shape
        self.__class__ = cls

    def __getattr__(self, name: str) -> Any:
        # These slots are empty, so everything that computes ends up here.
        if name in ("_array", "_shape"):
            _refuse("this function or attribute", type(self))
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    @property
    def shape(self) -> Any:
        """There are no sizes yet.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. Call the module with "
            "an input first, which tells the sizes; before load_state_dict too, if it loads an "
            "uninitialized tensor into one that has sizes."
        )

    @property
    def data(self) -> Tensor:
        """An empty tensor of the same dtype; one that is set gives its dtype."""
        return empty(0, dtype=self._key.dtype)

    @data.setter
    def data(self, value: Tensor) -> None:
        if value._shape != (0,):
            raise ValueError(
                f"an uninitialized tensor takes no elements, got shape {list(value._shape)}. Call "
                "materialize(shape) first."
            )
        self._key = OVERRIDDEN[value._key.index]

    def share_memory_(self) -> Any:
        """There is no memory yet.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call the module with an "
            "input before module.share_memory()."
        )

    def _arguments(self) -> tuple[Any, ...]:
        """Give what makes another one like it."""
        return self.requires_grad, self._key.device, self._key.dtype

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(*self._arguments())
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return type(self), self._arguments()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Sequence[type[Any]],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Convert to another dtype, tell what has nothing to do with sizes; refuse all else.

        Raises:
            ValueError: it is another one.
        """
        if func.__name__ in _CONVERSIONS and args and isinstance(args[0], cls):
            converted = func(args[0].data, *args[1:], **(kwargs or {}))
            requires_grad, _, *rest = args[0]._arguments()
            make: Any = cls
            return make(requires_grad, converted.device, converted.dtype, *rest[1:])
        if func.__name__ in _QUESTIONS:
            return without_overrides(Tensor, func, args, kwargs or {})
        _refuse(func.__name__, cls)


_QUESTIONS = frozenset(("is_floating_point", "is_complex", "is_signed"))
_CONVERSIONS = frozenset(
    ("to", "half", "float", "double", "char", "short", "int", "long", "type", "cpu", "cuda")
)


def _refuse(what: str, cls: type[Any]) -> NoReturn:
    raise ValueError(
        f"Attempted to use an uninitialized parameter in {what}: the sizes of this "
        f"{cls.__name__} are not known yet. Call the lazy module with an input first (its "
        "__call__, not forward), or materialize(shape)."
    )


def is_lazy(param: Any) -> bool:
    """Tell whether something is a parameter or buffer whose sizes are not known yet."""
    return isinstance(param, UninitializedTensorMixin)


class UninitializedParameter(UninitializedTensorMixin, Parameter, overriding=False):
    """A parameter whose sizes are not known yet.

    Args:
        requires_grad: whether gradients are collected.
        device: where it will be.
        dtype: of its elements.

    Raises:
        RuntimeError: the elements are no floats, and a gradient is wanted.
    """

    cls_to_become = Parameter

    def __new__(
        cls,
        requires_grad: bool = True,
        device: Device | str | None = None,
        dtype: _dtype.dtype | None = None,
    ) -> UninitializedParameter:
        """Make one without elements."""
        like = Parameter(empty(0, device=device, dtype=dtype), requires_grad)
        return _without_elements(cls, like)


class UninitializedBuffer(UninitializedTensorMixin, Tensor, overriding=False):
    """A buffer whose sizes are not known yet.

    Args:
        requires_grad: whether gradients are collected.
        device: where it will be.
        dtype: of its elements.
        persistent: whether state dicts hold it.
    """

    cls_to_become = Tensor

    persistent: bool

    def __new__(
        cls,
        requires_grad: bool = False,
        device: Device | str | None = None,
        dtype: _dtype.dtype | None = None,
        persistent: bool = True,
    ) -> UninitializedBuffer:
        """Make one without elements."""
        like = empty(0, device=device, dtype=dtype).requires_grad_(requires_grad)
        result = _without_elements(cls, like)
        result.persistent = persistent
        result._is_buffer = True
        return result

    def _arguments(self) -> tuple[Any, ...]:
        return (*super()._arguments(), self.persistent)


def _without_elements(cls: type[Any], like: Tensor) -> Any:
    """Make a tensor of an uninitialized class, of another one's dtype."""
    result: Any = new(cls)
    result._key = OVERRIDDEN[like._key.index]
    result._view_of = None
    result._node = None if like._node is None else make_leaf(result)
    result._changes = None
    return result


def check_tensor(function: str, data: Any) -> None:
    """Check that what shall become a parameter or buffer is a tensor.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(data, Tensor):
        hint = foreign_hint(data) or " Make one with torch.tensor()."
        raise TypeError(f"{function}(): data must be a Tensor, got {type(data).__name__}.{hint}")


def foreign_hint(value: Any) -> str:
    """Say that a value comes from the package torch itself, if it does."""
    if not any(is_foreign(kind) for kind in type(value).__mro__):
        return ""
    return " It comes from the package torch itself: one of the imports was left as it was."
