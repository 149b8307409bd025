"""What functions that make tensors have in common: sizes, and where and how elements lie."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import ShapeError
from ... import _dtype
from ..._device import check_device
from ..._layout import layout as layout_kind
from ..._layout import strided
from ..._size import Size
from ..._wrap import Late, wrap
from .._operands import is_number, write_out

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


class NumberShapeError(ShapeError, TypeError):
    """A tensor of several numbers where one number is asked for."""


class NumberRangeError(ValueError, RuntimeError):
    """A number that a dtype does not hold."""


def check_options(
    function: str, device: Any = None, layout: layout_kind | None = None, pin_memory: bool = False
) -> None:
    """Check what is asked of a new tensor's memory.

    Raises:
        DeviceError: the device is not the CPU.
        RuntimeError: the layout is a sparse one, or the memory shall be pinned.
    """
    if device is not None:
        check_device(device)
    if layout is not None and layout is not strided:
        raise RuntimeError(
            f"{function}(): makes tensors of layout torch.strided, got layout={layout!r}. See "
            "torch.sparse_coo_tensor() for sparse ones."
        )
    if pin_memory:
        raise RuntimeError(
            f"{function}(): pin_memory=True requires a GPU to copy to, and there is none. Leave "
            "it away."
        )


def sizes_of(function: str, given: Sequence[Any], named: Any = None) -> tuple[int, ...]:
    """Give sizes that are written one by one, as one sequence, or by name.

    Raises:
        TypeError: there are none, or one is no whole number.
        ShapeError: one is negative.
    """
    if named is None and given:
        first = given[0]
        plain = first if len(given) == 1 and type(first) in _SEQUENCES else given
        for size in plain:
            if type(size) is not int or size < 0:
                break
        else:
            return tuple(plain)
    return _checked_sizes(function, given, named)


_SEQUENCES = (tuple, list, Size)


def _checked_sizes(function: str, given: Sequence[Any], named: Any) -> tuple[int, ...]:
    """Give sizes of any form; see `sizes_of`."""
    sizes = given
    if named is not None:
        if given:
            raise TypeError(f"{function}() got sizes twice: {given!r} and size={named!r}")
        sizes = _sequence(function, named)
    elif not given:
        raise TypeError(f'{function}() missing 1 required positional arguments: "size"')
    elif len(given) == 1 and type(given[0]) is not int and not _is_whole(given[0]):
        sizes = _sequence(function, given[0])
    checked = tuple([size if type(size) is int else _whole(function, size) for size in sizes])
    if checked and min(checked) < 0:
        raise ShapeError(
            f"{function}: Trying to create tensor with negative dimension {min(checked)}: "
            f"{list(checked)}"
        )
    return checked


def _is_whole(value: Any) -> bool:
    return hasattr(type(value), "__index__") and not (
        isinstance(value, np.ndarray | Late.Tensor) and value.ndim
    )


def _sequence(function: str, value: Any) -> Sequence[Any]:
    try:
        return tuple(value)
    except TypeError:
        raise TypeError(
            f"{function}(): argument 'size' must be tuple of ints, not {type(value).__name__}"
        ) from None


def _whole(function: str, value: Any) -> int:
    if not isinstance(value, bool):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise TypeError(
        f"{function}(): argument 'size' must be tuple of ints, got {type(value).__name__}: "
        f"{value!r}"
    )


_PLAIN = frozenset((bool, int, float))


def plain_number(function: str, value: Any, name: str) -> Any:
    """Give a number that may be a tensor without dimensions as one of Python's.

    Raises:
        ShapeError: it is a tensor of several numbers.
        TypeError: it is none.
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, bool | int | float):
        return value
    if is_number(value) or (isinstance(value, Late.Tensor) and not value._shape):
        return value.item()
    if isinstance(value, Late.Tensor):
        raise NumberShapeError(
            f"{function} only supports 0-dimensional tensors for '{name}', got one of shape "
            f"{list(value._shape)}."
        )
    raise TypeError(f"{function}(): argument '{name}' must be Number, not {type(value).__name__}")


def check_range(value: Any, dtype: _dtype.dtype) -> None:
    """Check that an integer dtype holds a number; negative ones wrap around in unsigned dtypes.

    Raises:
        NumberRangeError: it does not.
    """
    if dtype.category != _dtype.INTEGER:
        return
    limits = np.iinfo(dtype.numpy)
    lowest = int(limits.min) if dtype.is_signed else -int(limits.max)
    if not lowest <= value <= int(limits.max):
        raise NumberRangeError(
            f"value cannot be converted to {dtype} without overflow: {value}. It holds "
            f"{limits.min} to {limits.max}."
        )


def made(array: Array, requires_grad: bool) -> Tensor:
    """Make a tensor of an array that nobody else has.

    Raises:
        RuntimeError: its elements are no floats, and it shall collect a gradient.
    """
    result = wrap(array)
    return result.requires_grad_() if requires_grad else result


def out_dtype(
    function: str, out: Tensor | None, dtype: Any, default: _dtype.dtype | None = None
) -> _dtype.dtype:
    """Give the dtype to compute in: what is named, or else that of out, or the default one.

    Raises:
        RuntimeError: out has another dtype than the one named.
        TypeError: dtype names none.
    """
    if dtype is None:
        if out is None:
            return default or _dtype.get_default_dtype()
        return out._key.dtype
    named = _dtype.chosen(function, dtype)
    if out is not None and out._key.dtype is not named:
        raise RuntimeError(
            f"{function}(): dtype {named} does not match dtype of out parameter ({out._key.dtype})"
        )
    return named


def made_into(function: str, array: Array, out: Tensor | None, requires_grad: bool) -> Tensor:
    """Make a tensor of an array, or write it into the one that the caller chose.

    Raises:
        As `made` and `write_out`.
    """
    if out is None:
        return made(array, True) if requires_grad else wrap(array)
    result = write_out(function, array, out)
    return result.requires_grad_() if requires_grad else result
