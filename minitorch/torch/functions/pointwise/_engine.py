"""How an elementwise function of tensors is computed.

Most calls are of dense tensors of one dtype and one shape, or of such a tensor and a number:
`unary` and `binary` see that in one look, and go straight to the kernel. All others go through
`general` of _general.py, which converts and broadcasts. How gradients go back is in
_gradients.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ....kernels.cpu.elementwise.elementwise import Elementwise
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
_OPERANDS = ("x", "y", "z")
_empty = np.empty


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

    Attributes:
        numbered: the same operation under that name.
    """

    __slots__ = (
        "argument_names",
        "first_keeps",
        "function",
        "is_smooth",
        "keeps",
        "keeps_operand",
        "keeps_result",
        "kernel",
        "name",
        "numbered",
        "operand_gradients",
        "same",
        "saves",
        "second_keeps",
        "single",
        "takes",
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
    ) -> None:
        self.function = function
        self.name = name
        self.kernel = kernel
        self.operand_gradients = tuple(operand_gradients)
        self.argument_names = tuple(argument_names)
        self.is_smooth = bool(operand_gradients)
        used = {name for gradient in operand_gradients for name in gradient.uses}
        self.keeps_operand = tuple([name in used for name in _OPERANDS])
        self.keeps_result = "out" in used
        # Whether x, y and the result are kept for the gradient of the first and the second operand.
        self.keeps = tuple([name in used for name in ("x", "y", "out")])
        self.first_keeps, self.second_keeps = (
            tuple([name in gradient.uses for name in ("x", "y", "out")])
            for gradient in (*self.operand_gradients, _NOT_SMOOTH, _NOT_SMOOTH)[:2]
        )
        self.saves = self.keeps_result or any(self.keeps_operand)
        self.takes = _TAKES[kernel.dtypes]
        self.numbered = self
        if name_with_number is not None:
            self.numbered = Pointwise(
                function, name_with_number, kernel, operand_gradients, argument_names
            )
        self.ways = Ways(kernel)
        self.same, self.single = self.ways.same, self.ways.single

    def gradients(self, node: Node, gradient: Tensor) -> Iterator[tuple[Node, Tensor]]:
        """Give the operands' nodes that need a gradient, and their gradients, as tensors."""
        return gradients(node, gradient)


def apply(
    operation: Pointwise,
    values: tuple[Any, ...],
    out: Tensor | None = None,
    parameters: Mapping[str, float] = NO_PARAMETERS,
) -> Tensor:
    """Compute an operation of tensors and numbers, the short way where there is one."""
    if out is None and not parameters:
        if len(values) == 2:
            return binary(operation, *values)
        if len(values) == 1:
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
            kept_result(result) if operation.keeps_result else None,
            *((x, version_of(x)) if operation.first_keeps[0] else NOTHING),
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
        keeps_x, keeps_y, keeps_result = (
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
    way = operation.single[key.slot][len(shape)] if single is not None else ()
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
            kept_result(result) if operation.first_keeps[2] else None,
            *((x, version_of(x)) if operation.first_keeps[0] else NOTHING),
            single, 0,
        ]  # fmt: skip
    else:
        result._node = None
    return result


def from_number(operation: Pointwise, x: Any, y: Tensor) -> Tensor:
    """Compute an operation of two operands of which the first is a number, as in 1 - y."""
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
        _, keeps_y, keeps_result = operation.second_keeps
        result._node = [
            next_number(), run_same, None, None, node, operation, None, key, NO_PARAMETERS,
            kept_result(result) if keeps_result else None,
            single, 0,
            *((y, version_of(y)) if keeps_y else NOTHING),
        ]  # fmt: skip
    return result


def with_rows(operation: Pointwise, x: Tensor, y: Tensor) -> Tensor:
    """Compute an operation of two dense operands of one dtype, the second perhaps a row or one."""
    key, shape, row, array = x._key, x._shape, y._shape, x._array
    rank, row_rank = len(shape), len(row)
    if rank > 7 or row_rank > rank or shape[rank - row_rank :] != row or not array.size:
        return general(operation, (x, y))
    ways = operation.ways
    way = ways.rows[key.slot][8 * rank + row_rank] if row else ways.single[key.slot][rank]
    if way is None and is_taken(operation, key):
        way = ways.learn_rows(key, rank, row_rank) if row else ways.learn_single(key, rank)
    if not way or array.size > way[2]:
        return general(operation, (x, y))
    entry, address, _, dtype, result_key = way
    out = _empty(shape, dtype)
    entry(address, array, y._array, out, ())
    result = wrap_known(out, result_key)
    first, second = x._node, y._node
    if (first is not None or second is not None) and operation.is_smooth and is_recording():
        fits = (None, fit_of(row, shape, key.dtype))
        result._node = [
            next_number(), run, None, (first, second), None, operation, fits, key, NO_PARAMETERS,
            kept_result(result) if operation.keeps_result else None,
            *((x, version_of(x)) if operation.keeps[0] else NOTHING),
            *((y, version_of(y)) if operation.keeps[1] else NOTHING),
        ]  # fmt: skip
    return result
