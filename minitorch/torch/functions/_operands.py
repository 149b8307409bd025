"""What functions accept as operands, and the dtype that they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..._warn import warn
from ...errors import DTypeError, OutputWarning
from ...kernels.cpu.elementwise.cast import cast as cast_array
from .. import _dtype
from .._node import is_recording
from .._record import count_change
from .._wrap import Late, wrap

if TYPE_CHECKING:
    from .._tensor import Tensor

Array = NDArray[Any]
Number: TypeAlias = bool | int | float
# Set while a class's own `__torch_function__` calls the function that it overrides.
overrides_disabled: ContextVar[bool] = ContextVar("overrides_disabled", default=False)
_NUMBERS = (bool, int, float, np.number, np.bool_)


class Unusual(Exception):  # noqa: N818  (it is no error: a caller higher up goes on from it)
    """An operand that is neither a tensor nor a number."""


class Override(Unusual):
    """An operand of a user's class that has a `__torch_function__` of its own."""


class OperandError(Unusual, TypeError):
    """An operand that functions cannot work with; operators leave it to the other operand."""


def is_number(value: Any) -> bool:
    """Tell whether a value is a Python number, or one of NumPy's."""
    return isinstance(value, _NUMBERS)


def check_operand(function: str, value: Any, name: str, position: int) -> None:
    """Check that an operand is a tensor or a number.

    Raises:
        Override: it is of a class with a `__torch_function__` of its own.
        OperandError: it is something else.
    """
    if isinstance(value, Late.Tensor):
        if value._key.overridden and not overrides_disabled.get():
            raise Override
        return
    if is_number(value):
        return
    if hasattr(type(value), "__torch_function__") and not is_foreign(type(value)):
        raise Override
    raise OperandError(not_a_tensor(function, value, name, position))


def check_tensors(function: str, **operands: Any) -> None:
    """Check that operands are tensors, where numbers would do for the computation.

    Raises:
        OperandError: one is not.
    """
    for position, (name, value) in enumerate(operands.items(), start=1):
        if not isinstance(value, Late.Tensor):
            raise OperandError(not_a_tensor(function, value, name, position))


def check_one_tensor(function: str, first: Any, second: Any) -> None:
    """Check that of two operands, either of which may be a number, one is a tensor.

    Raises:
        OperandError: both are numbers.
    """
    if is_number(first) and is_number(second):
        raise OperandError(not_a_tensor(function, first, "input", 1))


def not_a_tensor(function: str, value: Any, name: str, position: int) -> str:
    """Describe an argument that should be a tensor."""
    hint = ""
    if is_foreign(type(value)):
        hint = ". It comes from the package torch itself: one of the imports was left as it was"
    return (
        f"{function}(): argument '{name}' (position {position}) must be Tensor, not "
        f"{type(value).__name__}{hint}"
    )


def is_foreign(kind: type[Any]) -> bool:
    """Tell whether a class comes from the package torch itself."""
    return kind.__module__.partition(".")[0] == "torch"


def common_dtype(operands: Sequence[Any]) -> _dtype.dtype:
    """Give the dtype that tensors and numbers have in common, as `torch.result_type`."""
    dims = zero_dims = numbers = None
    for operand in operands:
        if is_number(operand):
            own = _dtype.of_number(operand)
            numbers = own if numbers is None else _dtype.promote_types(numbers, own)
        elif operand._shape:
            own = operand._key.dtype
            dims = own if dims is None else _dtype.promote_types(dims, own)
        else:
            own = operand._key.dtype
            zero_dims = own if zero_dims is None else _dtype.promote_types(zero_dims, own)
    return _dtype.combined(dims, zero_dims, numbers)


def number_array(value: Any, dtype: _dtype.dtype) -> Array:
    """Make an array without dimensions of a number; integers wrap around, as in PyTorch."""
    if dtype.category == _dtype.INTEGER:
        bits = 8 * dtype.itemsize
        value = int(value) & (2**bits - 1)
        if dtype.is_signed and value >= 2 ** (bits - 1):
            value -= 2**bits
    return np.array(value, dtype.numpy)


def cast(array: Array, dtype: _dtype.dtype) -> Array:
    """Convert an array, or give it back if it has the dtype already."""
    return array if array.dtype == dtype.numpy else cast_array(array, dtype.numpy)


def tensor_of(value: Any, dtype: _dtype.dtype) -> Tensor:
    """Give a tensor, or make one of a number."""
    return wrap(number_array(value, dtype)) if is_number(value) else value


def check_out_dtype(function: str, dtype: _dtype.dtype, out: Tensor) -> None:
    """Check that the tensor for a result has its very dtype, where PyTorch converts none.

    Raises:
        DTypeError: it has another one.
    """
    if out._key.dtype is not dtype:
        raise DTypeError(
            f"{function}: Expected out tensor to have dtype {dtype}, but got {out._key.dtype} "
            "instead."
        )


def write_out(function: str, array: Array, out: Tensor) -> Tensor:
    """Write a result into the tensor that the caller chose for it, and give that.

    Raises:
        DTypeError: out has a lower category than the result.
        RuntimeError: out needs a gradient.
    """
    own = _dtype.of_numpy(array.dtype)
    if not _dtype.can_cast(own, out._key.dtype):
        raise DTypeError(
            f"{function}: result type {own} can't be cast to the desired output type "
            f"{out._key.dtype}"
        )
    if out._node is not None and is_recording():
        raise RuntimeError(
            f"{function}(): functions with out=... arguments don't support automatic "
            "differentiation, but out requires grad. Leave it away, or use no_grad()."
        )
    if out._shape != array.shape:
        if out._array.size:
            warn(
                f"{function}: out of shape {list(out._shape)} gets the shape of the result, "
                f"{list(array.shape)}. Give an out of that shape, or an empty one.",
                OutputWarning,
            )
        replacement = wrap(cast(array, out._key.dtype))
        out._array, out._key, out._shape = replacement._array, replacement._key, array.shape
        count_change(out)
        return out
    cast_array(array, out._array.dtype, out=out._array)
    count_change(out)
    return out
