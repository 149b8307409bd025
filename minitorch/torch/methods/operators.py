"""The operators that most time goes through, written out.

Written by tools/generate.py from kernels/op_table.py: change it there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._node import is_recording, next_number
from .._record import version_of
from .._wrap import Late, new
from ..functions._operands import Unusual
from ..functions._overrides import unusual
from ..functions.pointwise import arithmetic
from ..functions.pointwise import generated as functions
from ..functions.pointwise._engine import binary, from_number, with_rows
from ..functions.pointwise._gradients import NO_PARAMETERS, kept_result, run_same

if TYPE_CHECKING:
    from .._tensor import Tensor

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type,attr-defined"

_empty = np.empty
_ADD = functions.ADD
_ADD_WAYS = _ADD.same
_SUB = functions.SUB
_SUB_WAYS = _SUB.same
_MUL = functions.MUL
_MUL_WAYS = _MUL.same
_TRUE_DIVIDE = functions.TRUE_DIVIDE
_TRUE_DIVIDE_WAYS = _TRUE_DIVIDE.same


class OperatorMethods:
    """+, -, * and / of tensors: what `binary` does, without the call."""

    __slots__ = ()

    def __add__(self, other: Any) -> Tensor:
        try:
            key, shape = self._key, self._shape
            if other.__class__ is float:
                return binary(_ADD, self, other)
            if key is other._key:
                if shape != other._shape and key.dense:
                    return with_rows(_ADD, self, other)
                way = _ADD_WAYS[key.slot][len(shape)]
                if way and (array := self._array).size <= way[2]:
                    entry, address, _, dtype, _ = way
                    out = _empty(shape, dtype)
                    entry(address, array, other._array, out, ())
                    result = new(Late.Tensor)
                    result._array = out
                    result._key = key
                    result._shape = shape
                    result._view_of = None
                    result._changes = None
                    first, second = self._node, other._node
                    if (first is not None or second is not None) and is_recording():
                        result._node = [
                            next_number(), run_same, None, first, second, _ADD,
                            None, key, NO_PARAMETERS,
                            None,
                            None, 0,
                            None, 0,
                        ]  # fmt: skip
                    else:
                        result._node = None
                    return result
        except AttributeError:
            pass
        try:
            return binary(_ADD, self, other)
        except Unusual as problem:
            return unusual(problem, arithmetic.add, self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Tensor:
        try:
            key, shape = self._key, self._shape
            if other.__class__ is float:
                return binary(_SUB, self, other)
            if key is other._key:
                if shape != other._shape and key.dense:
                    return with_rows(_SUB, self, other)
                way = _SUB_WAYS[key.slot][len(shape)]
                if way and (array := self._array).size <= way[2]:
                    entry, address, _, dtype, _ = way
                    out = _empty(shape, dtype)
                    entry(address, array, other._array, out, ())
                    result = new(Late.Tensor)
                    result._array = out
                    result._key = key
                    result._shape = shape
                    result._view_of = None
                    result._changes = None
                    first, second = self._node, other._node
                    if (first is not None or second is not None) and is_recording():
                        result._node = [
                            next_number(), run_same, None, first, second, _SUB,
                            None, key, NO_PARAMETERS,
                            None,
                            None, 0,
                            None, 0,
                        ]  # fmt: skip
                    else:
                        result._node = None
                    return result
        except AttributeError:
            pass
        try:
            return binary(_SUB, self, other)
        except Unusual as problem:
            return unusual(problem, arithmetic.sub, self, other)

    def __rsub__(self, other: Any) -> Tensor:
        try:
            return from_number(_SUB, other, self)
        except Unusual as problem:
            return unusual(problem, arithmetic.sub, other, self)

    def __mul__(self, other: Any) -> Tensor:
        try:
            key, shape = self._key, self._shape
            if other.__class__ is float:
                return binary(_MUL, self, other)
            if key is other._key:
                if shape != other._shape and key.dense:
                    return with_rows(_MUL, self, other)
                way = _MUL_WAYS[key.slot][len(shape)]
                if way and (array := self._array).size <= way[2]:
                    entry, address, _, dtype, _ = way
                    out = _empty(shape, dtype)
                    entry(address, array, other._array, out, ())
                    result = new(Late.Tensor)
                    result._array = out
                    result._key = key
                    result._shape = shape
                    result._view_of = None
                    result._changes = None
                    first, second = self._node, other._node
                    if (first is not None or second is not None) and is_recording():
                        result._node = [
                            next_number(), run_same, None, first, second, _MUL,
                            None, key, NO_PARAMETERS,
                            None,
                            *((self, version_of(self)) if second is not None else (None, 0)),
                            *((other, version_of(other)) if first is not None else (None, 0)),
                        ]  # fmt: skip
                    else:
                        result._node = None
                    return result
        except AttributeError:
            pass
        try:
            return binary(_MUL, self, other)
        except Unusual as problem:
            return unusual(problem, functions.mul, self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Tensor:
        try:
            key, shape = self._key, self._shape
            if other.__class__ is float:
                return binary(_TRUE_DIVIDE, self, other)
            if key is other._key:
                if shape != other._shape and key.dense:
                    return with_rows(_TRUE_DIVIDE, self, other)
                way = _TRUE_DIVIDE_WAYS[key.slot][len(shape)]
                if way and (array := self._array).size <= way[2]:
                    entry, address, _, dtype, _ = way
                    out = _empty(shape, dtype)
                    entry(address, array, other._array, out, ())
                    result = new(Late.Tensor)
                    result._array = out
                    result._key = key
                    result._shape = shape
                    result._view_of = None
                    result._changes = None
                    first, second = self._node, other._node
                    if (first is not None or second is not None) and is_recording():
                        result._node = [
                            next_number(), run_same, None, first, second, _TRUE_DIVIDE,
                            None, key, NO_PARAMETERS,
                            kept_result(result) if second is not None else None,
                            None, 0,
                            other, version_of(other),
                        ]  # fmt: skip
                    else:
                        result._node = None
                    return result
        except AttributeError:
            pass
        try:
            return binary(_TRUE_DIVIDE, self, other)
        except Unusual as problem:
            return unusual(problem, arithmetic.div, self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        try:
            return from_number(_TRUE_DIVIDE, other, self)
        except Unusual as problem:
            return unusual(problem, arithmetic.div, other, self)
