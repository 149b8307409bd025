"""The way of an elementwise function whose operands must be converted or broadcast.

It finds the common dtype, converts, and lets the kernel broadcast. _engine.py has the
ways for operands that fit together as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ....errors import DTypeError
from ....kernels.cpu.indexing.checks import ElementDTypeError
from ... import _dtype
from ..._key import Key
from ..._node import Node, is_recording, next_number
from ..._record import version_of
from ..._wrap import Late, wrap
from .._operands import (
    OperandError,
    cast,
    check_operand,
    common_dtype,
    is_number,
    not_a_tensor,
    tensor_of,
    write_out,
)
from ._gradients import NO_PARAMETERS, NOTHING, fit_of, kept_result, run

if TYPE_CHECKING:
    from ..._tensor import Tensor
    from ._engine import Pointwise

# These take bool as the numbers 0 and 1, and give bool again.
_BOOL_AS_BYTES = frozenset(("clamp_max", "clamp_min", "fmax", "fmin", "heaviside", "signbit"))

# These do not convert integers into floats.
_FLOATS_ALONE = frozenset(("addcdiv", "frac", "hypot", "lerp", "logaddexp"))
# Nor these one dtype into another.
_ONE_DTYPE = frozenset(("heaviside", "lerp"))


def general(
    operation: Pointwise,
    values: Sequence[Any],
    out: Tensor | None = None,
    parameters: Mapping[str, float] = NO_PARAMETERS,
) -> Tensor:
    """Compute an operation of tensors and numbers, which are converted and broadcast.

    Raises:
        Override: an operand is of a class with a `__torch_function__` of its own.
        TypeError: one is no tensor, and no number where the operation takes one.
        NotImplementedError: the operation is not defined for the common dtype.
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
            own = operation.numbered if is_number(values[-1]) else operation
            if values[0].__class__ is not Late.Tensor and is_number(values[0]):
                own = operation.from_number
            result._node = _general_node(own, tensors, arrays, result, parameters)
    return result


def _checked_dtype(operation: Pointwise, values: Sequence[Any]) -> _dtype.dtype:
    """Check the operands, and give their common dtype."""
    for position, value in enumerate(values):
        if value.__class__ is not Late.Tensor:
            _check_others(operation, values, position)
            break
    # Of all operations on numbers this one alone refuses a mask beside them.
    if operation.function == "sub" and any(_is_mask(value) for value in values):
        raise DTypeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. Invert a mask "
            "with ~ or logical_not(), or convert it with to()."
        )
    if operation.function in _ONE_DTYPE:
        _check_one_dtype(operation, values)
    return common_dtype(values)


def _check_one_dtype(operation: Pointwise, values: Sequence[Any]) -> None:
    # A weight without dimensions is as good as a number.
    weights = [value for value in values[2:] if not is_number(value) and value._shape]
    dtypes = [value._key.dtype for value in (*values[:2], *weights)]
    if any(dtype is not dtypes[0] for dtype in dtypes):
        raise DTypeError(
            f"{operation.function}: expected tensors of one dtype, got "
            f"{', '.join(map(str, dtypes))}. Convert them with to()."
        )


def _check_others(operation: Pointwise, values: Sequence[Any], first: int) -> None:
    """Check the operands, of which the first ones alone are known to be plain tensors."""
    names = operation.argument_names
    for position in range(first, len(values)):
        check_operand(operation.function, values[position], names[position], position + 1)
    pattern = "".join(["n" if is_number(value) else "t" for value in values])
    if "n" in pattern and pattern not in operation.numbers:
        place = pattern.index("n")
        raise OperandError(not_a_tensor(operation.function, values[place], names[place], place + 1))


def _is_mask(value: Any) -> bool:
    if isinstance(value, Late.Tensor):
        return value._key.dtype is _dtype.boolean
    return isinstance(value, bool)


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
    takes_floats = _dtype.FLOAT in operation.takes and _dtype.INTEGER not in operation.takes
    if takes_floats and operation.function not in _FLOATS_ALONE:
        return _dtype.get_default_dtype()
    if dtype is _dtype.boolean and operation.function in _BOOL_AS_BYTES:
        return _dtype.uint8
    if dtype is _dtype.boolean and operation.function == "square":
        return _dtype.int64
    raise ElementDTypeError(
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
    keeps_result, *keeps_operands = operation.keeps
    for tensor, array, keeps in zip(tensors, arrays, keeps_operands, strict=False):
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
        fits, result._key, parameters, kept_result(result) if keeps_result else None,
        *saved,
    ]  # fmt: skip


def is_taken(operation: Pointwise, key: Key) -> bool:
    """Tell whether dense operands of a key go to the kernel as they are."""
    return key.dense and key.dtype.category in operation.takes
