"""PyTorch's old names of tensors by dtype: `torch.FloatTensor` and its kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _dtype
from ._class_names import NamedClass
from ._device import refuse
from ._wrap import Late
from .functions import conversion
from .functions._overrides import public
from .functions.creation.creation import constructed
from .functions.views.views import alias

if TYPE_CHECKING:
    from ._tensor import Tensor


class tensortype(NamedClass, type):  # noqa: N801  (PyTorch's name)
    """The kind of classes that stand for all tensors of one dtype."""

    dtype: _dtype.dtype
    is_cuda = False

    def __call__(cls, *args: Any, size: Any = None) -> Tensor:
        """Make a tensor of this dtype: of sizes, of a list, of an array or of a tensor.

        Raises:
            TypeError: it is something else, or a tensor of another dtype.
        """
        result = constructed(cls.__name__, cls.dtype, args, size)
        if result._key.dtype is not cls.dtype:
            raise TypeError(
                f"{cls.__name__}(): expected a tensor of {cls.dtype}, got one of "
                f"{result._key.dtype}. Convert it with to()."
            )
        return alias(result) if args and args[0] is result else result

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Late.Tensor) and instance._key.dtype is cls.dtype


class DoubleTensor(metaclass=tensortype):
    """All tensors of float64."""

    dtype = _dtype.float64


class FloatTensor(metaclass=tensortype):
    """All tensors of float32."""

    dtype = _dtype.float32


class HalfTensor(metaclass=tensortype):
    """All tensors of float16."""

    dtype = _dtype.float16


class LongTensor(metaclass=tensortype):
    """All tensors of int64."""

    dtype = _dtype.int64


class IntTensor(metaclass=tensortype):
    """All tensors of int32."""

    dtype = _dtype.int32


class ShortTensor(metaclass=tensortype):
    """All tensors of int16."""

    dtype = _dtype.int16


class CharTensor(metaclass=tensortype):
    """All tensors of int8."""

    dtype = _dtype.int8


class ByteTensor(metaclass=tensortype):
    """All tensors of uint8."""

    dtype = _dtype.uint8


class BoolTensor(metaclass=tensortype):
    """All tensors of bool."""

    dtype = _dtype.boolean


_TYPES = (
    DoubleTensor, FloatTensor, HalfTensor, LongTensor, IntTensor, ShortTensor, CharTensor,
    ByteTensor, BoolTensor,
)  # fmt: skip
_OF_NAME = {f"torch.{kind.__name__}": kind for kind in _TYPES}
_NAME_OF = {kind.dtype: name for name, kind in _OF_NAME.items()}


@public
def converted(
    input: Tensor,
    dtype: _dtype.dtype | type | str | None = None,
    non_blocking: bool = False,
) -> Any:
    """Give the old name of a tensor's type, or convert it.

    Args:
        input: the tensor.
        dtype: what to convert to: a dtype, an old class or its name, such as "torch.LongTensor".
        non_blocking: without meaning on the CPU, where a copy is done when the call returns.

    Raises:
        ValueError: there is no such name.
        TypeError: it is no type.
        DeviceError: the name is one of CUDA.
    """
    if dtype is None:
        return _NAME_OF[input._key.dtype]
    return conversion.to(input, _dtype_of(dtype))


def _dtype_of(given: Any) -> _dtype.dtype:
    if isinstance(given, str):
        if given == "torch.Tensor":
            return _dtype.get_default_dtype()
        if given.startswith("torch.cuda."):
            refuse(f"cuda (as {given!r} asks for)")
        if given not in _OF_NAME:
            raise ValueError(f"invalid type: {given!r}. There are: {', '.join(_OF_NAME)}.")
        return _OF_NAME[given].dtype
    if isinstance(given, tensortype):
        return given.dtype
    if given is Late.Tensor:
        return _dtype.get_default_dtype()
    if isinstance(given, _dtype.dtype) or given in (bool, int, float):
        return _dtype.chosen("type", given)
    raise TypeError(f"type(): dtype must be a type, str, or dtype object, got {given!r}")


def typename(obj: Any) -> str:
    """Give the name of an object's type; of a tensor, the old one by dtype."""
    if isinstance(obj, Late.Tensor):
        return _NAME_OF[obj._key.dtype]
    kind = obj if isinstance(obj, type) else type(obj)
    if isinstance(kind, tensortype):
        return _NAME_OF[kind.dtype]
    prefix = "" if kind.__module__ in ("builtins", "__builtin__") else f"{kind.__module__}."
    return f"{prefix}{kind.__qualname__}"


def set_default_tensor_type(t: Any) -> None:
    """Choose the dtype of tensors that are made of Python floats, by its old class or name.

    Raises:
        TypeError: it is no class of floating point tensors.
        AttributeError: there is no such name.
    """
    if isinstance(t, str) and t not in _OF_NAME and not t.startswith("torch.cuda."):
        raise AttributeError(f"there is no type {t!r}. There are: {', '.join(_OF_NAME)}.")
    _dtype.set_default_dtype(_dtype_of(t))
