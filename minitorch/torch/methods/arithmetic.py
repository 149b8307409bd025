"""The methods and operators of tensors that functions/arithmetic.py offers."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"
from typing import TYPE_CHECKING, Any

from ..functions import _pointwise as pointwise
from ..functions import arithmetic, selection
from ..functions._operands import Number, Unusual
from ..functions._overrides import unusual
from ..functions._pointwise_engine import binary

if TYPE_CHECKING:
    from .._tensor import Tensor


class ArithmeticMethods:
    """See the functions of the same names."""

    __slots__ = ()

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

    __iadd__ = arithmetic.add_
    __isub__ = arithmetic.sub_
    __imul__ = pointwise.mul_
    __itruediv__ = arithmetic.div_
    __ipow__ = arithmetic.pow_

    add = arithmetic.add
    add_ = arithmetic.add_
    sub = subtract = arithmetic.sub
    sub_ = subtract_ = arithmetic.sub_
    div = divide = true_divide = arithmetic.div
    div_ = divide_ = true_divide_ = arithmetic.div_
    pow = arithmetic.pow
    pow_ = arithmetic.pow_
    clamp = clip = arithmetic.clamp
    clamp_ = clip_ = arithmetic.clamp_
    lerp = arithmetic.lerp
    lerp_ = arithmetic.lerp_
    logit = arithmetic.logit
    round = arithmetic.round
    nan_to_num = arithmetic.nan_to_num
    nan_to_num_ = arithmetic.nan_to_num_
    round_ = arithmetic.round_
    logit_ = arithmetic.logit_
    deg2rad = arithmetic.deg2rad
    rad2deg = arithmetic.rad2deg
    ldexp = arithmetic.ldexp
    float_power = arithmetic.float_power

    def where(self, condition: Tensor, other: Tensor | Number) -> Tensor:
        return selection.where(condition, self, other)
