"""How an elementwise function of tensors is computed.

Most calls are of dense tensors of one dtype and one shape, or of such a tensor and a number:
`unary` and `binary` see that in one look, and go straight to the kernel. All others go through
`general` of _general.py, which converts and broadcasts. How gradients go back is in
_gradients.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from ....kernels.cpu.elementwise.elementwise import Elementwise
from ....kernels.cpu.elementwise.flat import repeating
from ....kernels.op_table import ALL, FLOATS, INTEGERS, NUMBERS
from ... import _dtype
from ..._key import Key
from ..._node import Node, is_recording, next_number
from ..._record import version_of
from ..._ways import SINGLE_OF_FLOAT, SINGLE_OF_INT, Ways
from ..._wrap import Late, new, wrap_known
from ._general import general, is_taken
from ._gradients import (
    NO_PARAMETERS,
    NOTHING,
    Gradient,
    fit_of,
    gradients,
    kept_result,
    run,
    run_same,
    run_single,
)

if TYPE_CHECKING:
    from ..._tensor import Tensor

_TAKES = {
    FLOATS: (_dtype.FLOAT,),
    INTEGERS: (_dtype.BOOL, _dtype.INTEGER),
    NUMBERS: (_dtype.INTEGER, _dtype.FLOAT),
    ALL: (_dtype.BOOL, _dtype.INTEGER, _dtype.FLOAT),
}
_empty = np.empty


# What a node may keep for its way back: the result, and the operands.
_KEPT = ("out", "x", "y", "z")
_NOT_SMOOTH = Gradient(None, lambda: None, ())


class Pointwise:
    """An elementwise operation of tensors.

    Args:
        function: PyTorch's name of the function, for the texts of errors.
        name: PyTorch's name of its node.
        kernel: computes it.
        operand_gradients: of each operand; none where there is no gradient.
        argument_names: PyTorch's names of the operands.
        name_with_number: the node's name where the last operand is a number, if it has another one.
        name_from_number: that where the first operand is a number.
        numbers: where numbers may stand in the place of tensors, as in "tn" for the second of two.

    Attributes:
        numbered, from_number: the same operation under these names.
        takes_number: whether the second of two operands may be a number.
        keeps: for the result, x, y and z, whether a gradient needs them.
        first_keeps: likewise, for the gradient of the first operand alone.
        second_keeps: likewise, of the second.
        saves: whether anything is kept.
    """

    __slots__ = (
        "argument_names",
        "first_keeps",
        "from_number",
        "function",
        "is_smooth",
        "keeps",
        "kernel",
        "name",
        "numbered",
        "numbers",
        "operand_gradients",
        "same",
        "saves",
        "second_keeps",
        "single",
        "takes",
        "takes_number",
        "ways",
    )

    def __init__(
        self,
        function: str,
        name: str,
        kernel: Elementwise,
        operand_gradients: Sequence[Gradient] = (),
        argument_names: Sequence[str] = ("input", "other"),
        name_with_number: str | None = None,
        name_from_number: str | None = None,
        numbers: Sequence[str] = (),
    ) -> None:
        self.function = function
        self.name = name
        self.kernel = kernel
        self.operand_gradients = tuple(operand_gradients)
        self.argument_names = tuple(argument_names)
        self.is_smooth = bool(operand_gradients)
        first, second, *_ = (*self.operand_gradients, _NOT_SMOOTH, _NOT_SMOOTH)
        self.keeps = _kept_for(*self.operand_gradients)
        self.first_keeps, self.second_keeps = _kept_for(first), _kept_for(second)
        self.saves = any(self.keeps)
        self.takes = _TAKES[kernel.dtypes]
        self.numbers = tuple(numbers)
        self.takes_number = "tn" in self.numbers
        self.ways = Ways(kernel)
        self.same, self.single = self.ways.same, self.ways.single
        self.numbered = self.under_name(name_with_number)
        self.from_number = self.under_name(name_from_number)

    def under_name(self, name: str | None) -> Pointwise:
        """Give the same operation whose nodes have another name; None for the same."""
        if name is None:
            return self
        other = copy(self)
        other.name = name
        other.numbered = other.from_number = other
        return other

    def gradients(self, node: Node, gradient: Tensor) -> Iterator[tuple[Node, Tensor]]:
        """Give the operands' nodes that need a gradient, and their gradients, as tensors."""
        return gradients(node, gradient)


def _kept_for(*own: Gradient) -> tuple[bool, ...]:
    """Tell for the result, x, y and z whether one of the gradients needs them."""
    return tuple([any(name in gradient.uses for gradient in own) for name in _KEPT])


def apply(
    operation: Pointwise,
    values: tuple[Any, ...],
    out: Tensor | None = None,
    parameters: Mapping[str, float] = NO_PARAMETERS,
) -> Tensor:
    """Compute an operation of tensors and numbers, the short way where there is one."""
    if out is None and len(values) < 3:
        if parameters:
            return with_parameters(operation, values, parameters)
        if len(values) == 2:
            return binary(operation, *values)
        return unary(operation, *values)
    return general(operation, values, out, parameters)


# ---- the short ways


def unary(operation: Pointwise, x: Any) -> Tensor:
    """Compute an operation of one operand."""
    try:
        key: Key = x._key
        shape = x._shape
    except AttributeError:
        return general(operation, (x,))
    way = operation.same[key.slot][len(shape)]
    if not way:
        return general(operation, (x,))
    entry, address, most, dtype, result_key = way
    array = x._array
    if array.size > most:
        return general(operation, (x,))
    out = _empty(shape, dtype)
    entry(address, array, out, ())
    result = new(Late.Tensor)
    result._array = out
    result._key = result_key
    result._shape = shape
    result._view_of = None
    result._changes = None
    node = x._node
    if node is not None and operation.is_smooth and is_recording():
        result._node = [
            next_number(), run_same, None, node, None, operation, None, key, NO_PARAMETERS,
            kept_result(result) if operation.keeps[0] else None,
            *((x, version_of(x)) if operation.keeps[1] else NOTHING),
        ]  # fmt: skip
    else:
        result._node = None
    return result


def binary(operation: Pointwise, x: Any, y: Any) -> Tensor:
    """Compute an operation of two operands."""
    try:
        key: Key = x._key
        shape = x._shape
        if y.__class__ is float:
            return _with_number(operation, x, SINGLE_OF_FLOAT[key.slot](y), y)
        if y.__class__ is int:
            return _with_number(operation, x, SINGLE_OF_INT[key.slot](y), y)
        if key is not y._key:
            return general(operation, (x, y))
        if shape != y._shape:
            return with_rows(operation, x, y) if key.dense else general(operation, (x, y))
    except AttributeError:
        return general(operation, (x, y))
    way = operation.same[key.slot][len(shape)]
    if not way:
        return general(operation, (x, y))
    entry, address, most, dtype, result_key = way
    array = x._array
    if array.size > most:
        return general(operation, (x, y))
    out = _empty(shape, dtype)
    entry(address, array, y._array, out, ())
    result = new(Late.Tensor)
    result._array = out
    result._key = result_key
    result._shape = shape
    result._view_of = None
    result._changes = None
    first, second = x._node, y._node
    if (first is not None or second is not None) and operation.is_smooth and is_recording():
        keeps_result, keeps_x, keeps_y, _ = (
            operation.first_keeps
            if second is None
            else operation.second_keeps
            if first is None
            else operation.keeps
        )
        result._node = [
            next_number(), run_same, None, first, second, operation, None, key, NO_PARAMETERS,
            kept_result(result) if keeps_result else None,
            x if keeps_x else None,
            0 if (version := x._changes) is None else version[0],
            y if keeps_y else None,
            0 if (version := y._changes) is None else version[0],
        ]  # fmt: skip
    else:
        result._node = None
    return result


def _with_number(operation: Pointwise, x: Tensor, single: Tensor | None, y: float) -> Tensor:
    """Compute an operation of a tensor and a number, which `single` holds if it fits as it is."""
    key, shape, array = x._key, x._shape, x._array
    fits = single is not None and operation.takes_number
    way = operation.single[key.slot][len(shape)] if fits else ()
    if way is None and is_taken(operation, key):
        way = operation.ways.learn_single(key, len(shape))
    if not way or array.size > way[2]:
        return general(operation, (x, y))
    entry, address, _, dtype, result_key = way
    out = _empty(shape, dtype)
    entry(address, array, single._array, out, ())  # type: ignore[union-attr]
    result = new(Late.Tensor)
    result._array = out
    result._key = result_key
    result._shape = shape
    result._view_of = None
    result._changes = None
    node = x._node
    if node is not None and operation.is_smooth and is_recording():
        result._node = [
            next_number(), run_single, None, node, None, operation.numbered, None, key,
            NO_PARAMETERS,
            kept_result(result) if operation.first_keeps[0] else None,
            *((x, version_of(x)) if operation.first_keeps[1] else NOTHING),
            single, 0,
        ]  # fmt: skip
    else:
        result._node = None
    return result


def from_number(operation: Pointwise, x: Any, y: Tensor) -> Tensor:
    """Compute an operation of two operands of which the first is a number, as in 1 - y."""
    operation = operation.from_number
    key, shape, array = y._key, y._shape, y._array
    single = None
    if x.__class__ is float:
        single = SINGLE_OF_FLOAT[key.slot](x)
    elif x.__class__ is int:
        single = SINGLE_OF_INT[key.slot](x)
    way = operation.ways.left[key.slot][len(shape)] if single is not None else ()
    if way is None and is_taken(operation, key):
        way = operation.ways.learn_left(key, len(shape))
    if not way or array.size > way[2]:
        return general(operation, (x, y))
    entry, address, _, dtype, result_key = way
    out = _empty(shape, dtype)
    entry(address, single._array, array, out, ())  # type: ignore[union-attr]
    result = wrap_known(out, result_key)
    node = y._node
    if node is not None and operation.is_smooth and is_recording():
        keeps_result, _, keeps_y, _ = operation.second_keeps
        result._node = [
            next_number(), run_same, None, None, node, operation, None, key, NO_PARAMETERS,
            kept_result(result) if keeps_result else None,
            single, 0,
            *((y, version_of(y)) if keeps_y else NOTHING),
        ]  # fmt: skip
    return result


def with_rows(operation: Pointwise, x: Tensor, y: Tensor) -> Tensor:
    """Compute an operation of two dense operands of one dtype, one of which may repeat."""
    key, shape, row, array, other = x._key, x._shape, y._shape, x._array, y._array
    rank, row_rank = len(shape), len(row)
    if row_rank <= rank and shape[rank - row_rank :] == row:  # Mostly the second one is a row.
        inner, whole = 1, shape
    else:
        inner, whole = repeating(shape, row)
    if not inner or rank > 7 or row_rank > 7 or not array.size:
        return general(operation, (x, y))
    if inner > 1 and not operation.kernel.takes_single:
        return general(operation, (x, y))
    ways = operation.ways
    way = ways.rows[key.slot][8 * rank + row_rank] if row else ways.single[key.slot][rank]
    if way is None and is_taken(operation, key):
        way = ways.learn_rows(key, rank, row_rank) if row else ways.learn_single(key, rank)
    if not way or array.size > way[2] or other.size > way[2]:
        return general(operation, (x, y))
    entry, address, _, dtype, result_key = way
    out = _empty(whole, dtype)
    if row:
        entry(address, array, other, out, inner, ())
    else:
        entry(address, array, other, out, ())
    result = wrap_known(out, result_key)
    first, second = x._node, y._node
    if (first is not None or second is not None) and operation.is_smooth and is_recording():
        fits = (
            None if whole == shape else fit_of(shape, whole, key.dtype),
            None if whole == row else fit_of(row, whole, key.dtype),
        )
        result._node = [
            next_number(), run, None, (first, second), None, operation, fits, key, NO_PARAMETERS,
            kept_result(result) if operation.keeps[0] else None,
            *((x, version_of(x)) if operation.keeps[1] else NOTHING),
            *((y, version_of(y)) if operation.keeps[2] else NOTHING),
        ]  # fmt: skip
    return result


def with_parameters(
    operation: Pointwise, values: tuple[Any, ...], parameters: Mapping[str, float]
) -> Tensor:
    """Compute an operation of one or two operands and further numbers.

    Args:
        operation: what to compute.
        values: its operands.
        parameters: its numbers, all of them and in its order.
    """
    x, y = values[0], values[-1]
    try:
        key, shape = x._key, x._shape
        if y._key is not key or y._shape != shape:
            return general(operation, values, None, parameters)
    except AttributeError:
        return general(operation, values, None, parameters)
    way = operation.same[key.slot][len(shape)]
    arrays = [value._array for value in values]
    if not way or arrays[0].size > way[2]:
        return general(operation, values, None, parameters)
    entry, address, _, dtype, result_key = way
    out = _empty(shape, dtype)
    entry(address, *arrays, out, tuple(map(float, parameters.values())))
    result = wrap_known(out, result_key)
    first, second = x._node, y._node if len(values) == 2 else None
    if (first is not None or second is not None) and operation.is_smooth and is_recording():
        keeps_result, keeps_x, keeps_y, _ = operation.keeps
        result._node = [
            next_number(), run_same, None, first, second, operation, None, key, parameters,
            kept_result(result) if keeps_result else None,
            *((x, version_of(x)) if keeps_x else NOTHING),
            *((y, version_of(y)) if keeps_y else NOTHING),
        ]  # fmt: skip
    return result
