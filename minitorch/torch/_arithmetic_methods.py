"""The methods and operators of tensors that functions/arithmetic.py and matmul.py offer."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"
from typing import TYPE_CHECKING, Any

from .functions import _pointwise as pointwise
from .functions import arithmetic, matmul, selection
from .functions._in_place import in_place
from .functions._operands import Number, Unusual
from .functions._overrides import unusual
from .functions._pointwise_engine import binary

if TYPE_CHECKING:
    from ._tensor import Tensor


class ArithmeticMethods:
    """See the functions of the same names."""

    __slots__ = ()

    def __add__(self, other: Any) -> Tensor:
        try:
            return binary(pointwise.ADD, self, other)
        except Unusual as problem:
            return unusual(problem, arithmetic.add, self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Tensor:
        try:
            return binary(pointwise.SUB, self, other)
        except Unusual as problem:
            return unusual(problem, arithmetic.sub, self, other)

    def __rsub__(self, other: Any) -> Tensor:
        try:
            return binary(pointwise.SUB, other, self)
        except Unusual as problem:
            return unusual(problem, arithmetic.sub, other, self)

    def __truediv__(self, other: Any) -> Tensor:
        try:
            return binary(pointwise.TRUE_DIVIDE, self, other)
        except Unusual as problem:
            return unusual(problem, arithmetic.div, self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        try:
            return binary(pointwise.TRUE_DIVIDE, other, self)
        except Unusual as problem:
            return unusual(problem, arithmetic.div, other, self)

    def __pow__(self, other: Any) -> Tensor:
        try:
            return arithmetic.pow(self, other)
        except Unusual as problem:
            return unusual(problem, arithmetic.pow, self, other)

    def __rpow__(self, other: Any) -> Tensor:
        try:
            return arithmetic.pow(other, self)
        except Unusual as problem:
            return unusual(problem, arithmetic.pow, other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return matmul.matmul(self, other)

    def __eq__(self, other: Any) -> Any:
        try:
            return binary(pointwise.EQ, self, other)
        except Unusual as problem:
            return unusual(problem, pointwise.eq, self, other)

    def __ne__(self, other: Any) -> Any:
        try:
            return binary(pointwise.NE, self, other)
        except Unusual as problem:
            return unusual(problem, pointwise.ne, self, other)

    def __hash__(self) -> int:
        return id(self)

    def __iadd__(self, other: Any) -> Tensor:
        return in_place(pointwise.ADD, self, (self, other))

    def __isub__(self, other: Any) -> Tensor:
        return in_place(pointwise.SUB, self, (self, other))

    def __itruediv__(self, other: Any) -> Tensor:
        return in_place(pointwise.TRUE_DIVIDE, self, (self, other))

    def add(self, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
        return arithmetic.add(self, other, alpha=alpha)

    def sub(self, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
        return arithmetic.sub(self, other, alpha=alpha)

    def div(self, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
        return arithmetic.div(self, other, rounding_mode=rounding_mode)

    def pow(self, exponent: Tensor | Number) -> Tensor:
        return arithmetic.pow(self, exponent)

    def clamp(
        self, min: Tensor | Number | None = None, max: Tensor | Number | None = None
    ) -> Tensor:
        return arithmetic.clamp(self, min, max)

    def lerp(self, end: Tensor, weight: Tensor | Number) -> Tensor:
        return arithmetic.lerp(self, end, weight)

    def logit(self, eps: float | None = None) -> Tensor:
        return arithmetic.logit(self, eps)

    def round(self, *, decimals: int = 0) -> Tensor:
        return arithmetic.round(self, decimals=decimals)

    def where(self, condition: Tensor, other: Tensor | Number) -> Tensor:
        return selection.where(condition, self, other)

    def matmul(self, other: Tensor) -> Tensor:
        return matmul.matmul(self, other)

    def mm(self, mat2: Tensor) -> Tensor:
        return matmul.mm(self, mat2)
