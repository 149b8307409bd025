"""The way of an elementwise function whose operands must be converted or broadcast.

It finds the common dtype, converts, and lets the kernel broadcast. _engine.py has the
ways for operands that fit together as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ....errors import DTypeError
from ... import _dtype
from ..._key import Key
from ..._node import Node, is_recording, next_number
from ..._record import version_of
from ..._wrap import Late, wrap
from .._operands import cast, check_operand, common_dtype, is_number, tensor_of, write_out
from ._gradients import NO_PARAMETERS, NOTHING, fit_of, kept_result, run

if TYPE_CHECKING:
    from ..._tensor import Tensor
    from ._engine import Pointwise

# These take bool as the numbers 0 and 1, and give bool again.
_BOOL_AS_BYTES = frozenset(("clamp_max", "clamp_min", "fmax", "fmin", "heaviside", "signbit"))


def general(
    operation: Pointwise,
    values: Sequence[Any],
    out: Tensor | None = None,
    parameters: Mapping[str, float] = NO_PARAMETERS,
) -> Tensor:
    """Compute an operation of tensors and numbers, which are converted and broadcast.

    Raises:
        Override: an operand is of a class with a `__torch_function__` of its own.
        TypeError: one is no tensor and no number.
        DTypeError: the operation is not defined for the common dtype.
        ShapeError: the shapes do not broadcast.
    """
    asked = _checked_dtype(operation, values)
    dtype = _working_dtype(operation, asked)
    tensors = [tensor_of(value, dtype) for value in values]
    arrays = [cast(tensor._array, dtype) for tensor in tensors]
    array = operation.kernel(*arrays, **parameters)  # type: ignore[arg-type]
    if asked is _dtype.boolean and operation.function in _BOOL_AS_BYTES:
        array = cast(array, asked)
    if out is not None:
        return write_out(operation.function, array, out)
    _remember(operation, tensors)
    result = wrap(array)
    if operation.is_smooth and is_recording() and result._key.is_float:
        nodes = [tensor._node for tensor in tensors]
        if any(node is not None for node in nodes):
            named = operation.numbered if is_number(values[-1]) else operation
            result._node = _general_node(named, tensors, arrays, result, parameters)
    return result


def _checked_dtype(operation: Pointwise, values: Sequence[Any]) -> _dtype.dtype:
    """Check the operands, and give their common dtype."""
    for position, value in enumerate(values):
        if value.__class__ is not Late.Tensor:
            name = operation.argument_names[position]
            check_operand(operation.function, value, name, position + 1)
    # Of all operations on numbers this one alone refuses a mask beside them.
    if operation.function == "sub" and any(_is_mask(value) for value in values):
        raise DTypeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. Invert a mask "
            "with ~ or logical_not(), or convert it with to()."
        )
    return common_dtype(values)


def _is_mask(value: Any) -> bool:
    return isinstance(value, Late.Tensor) and value._key.dtype is _dtype.boolean


def _remember(operation: Pointwise, tensors: Sequence[Tensor]) -> None:
    """Learn the short way for operands that are all dense and of one dtype and shape."""
    first = tensors[0]
    key, shape = first._key, first._shape
    if operation.same[key.slot][len(shape)] is not None or not is_taken(operation, key):
        return
    if all(tensor._key is key and tensor._shape == shape for tensor in tensors):
        operation.ways.learn(key, len(shape))


def _working_dtype(operation: Pointwise, dtype: _dtype.dtype) -> _dtype.dtype:
    """Give the dtype that an operation is computed in."""
    if dtype.category in operation.takes:
        return dtype
    if _dtype.FLOAT in operation.takes and _dtype.INTEGER not in operation.takes:
        return _dtype.get_default_dtype()
    if dtype is _dtype.boolean and operation.function in _BOOL_AS_BYTES:
        return _dtype.uint8
    if dtype is _dtype.boolean and operation.function == "square":
        return _dtype.int64
    raise DTypeError(
        f"{operation.function}: not implemented for {dtype}; it takes "
        f"{operation.kernel.dtypes}. Convert the operands with to()."
    )


def _general_node(
    operation: Pointwise,
    tensors: Sequence[Tensor],
    arrays: Sequence[Any],
    result: Tensor,
    parameters: Mapping[str, float],
) -> Node:
    """Make the node of operands that were converted or broadcast."""
    dtype = result._key.dtype
    fits = []
    saved: list[Any] = []
    for tensor, array, keeps in zip(tensors, arrays, operation.keeps_operand, strict=False):
        is_same = tensor._shape == result._shape and tensor._key.dtype is dtype
        fits.append(None if is_same else fit_of(tensor._shape, result._shape, tensor._key.dtype))
        if not keeps:
            saved += NOTHING
        elif tensor._array is array:
            saved += tensor, version_of(tensor)
        else:
            # The converted copy cannot change any more; derivatives of derivatives go through it.
            saved += tensor.to(dtype), 0
    return [
        next_number(), run, None, tuple([tensor._node for tensor in tensors]), None, operation,
        fits, result._key, parameters, kept_result(result) if operation.keeps_result else None,
        *saved,
    ]  # fmt: skip


def is_taken(operation: Pointwise, key: Key) -> bool:
    """Tell whether dense operands of a key go to the kernel as they are."""
    return key.dense and key.dtype.category in operation.takes
