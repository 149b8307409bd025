"""The methods and operators of tensors that functions/pointwise/arithmetic.py offers."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"
from typing import TYPE_CHECKING, Any

from ..functions._operands import Number, Unusual
from ..functions._overrides import unusual
from ..functions.pointwise import arithmetic, float_parts, selection, special, whole_numbers
from ..functions.pointwise import generated as pointwise
from ..functions.pointwise._engine import binary

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

    def __lshift__(self, other: Any) -> Tensor:
        try:
            return whole_numbers.bitwise_left_shift(self, other)
        except Unusual as problem:
            return unusual(problem, whole_numbers.bitwise_left_shift, self, other)

    def __rlshift__(self, other: Any) -> Tensor:
        try:
            return whole_numbers.bitwise_left_shift(other, self)
        except Unusual as problem:
            return unusual(problem, whole_numbers.bitwise_left_shift, other, self)

    def __rshift__(self, other: Any) -> Tensor:
        try:
            return whole_numbers.bitwise_right_shift(self, other)
        except Unusual as problem:
            return unusual(problem, whole_numbers.bitwise_right_shift, self, other)

    def __rrshift__(self, other: Any) -> Tensor:
        try:
            return whole_numbers.bitwise_right_shift(other, self)
        except Unusual as problem:
            return unusual(problem, whole_numbers.bitwise_right_shift, other, self)

    __ilshift__ = whole_numbers.bitwise_left_shift_
    __irshift__ = whole_numbers.bitwise_right_shift_

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

    positive = __pos__ = arithmetic.positive

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

    def polygamma(self, n: int) -> Tensor:
        return arithmetic.polygamma(n, self)

    rad2deg = arithmetic.rad2deg
    ldexp = arithmetic.ldexp
    float_power = arithmetic.float_power
    deg2rad_ = arithmetic.deg2rad_
    rad2deg_ = arithmetic.rad2deg_
    ldexp_ = arithmetic.ldexp_
    float_power_ = arithmetic.float_power_
    logaddexp2 = special.logaddexp2
    mvlgamma = special.mvlgamma
    mvlgamma_ = special.mvlgamma_
    frexp = float_parts.frexp
    isreal = float_parts.isreal
    nextafter = float_parts.nextafter
    nextafter_ = float_parts.nextafter_
    lcm = whole_numbers.lcm
    lcm_ = whole_numbers.lcm_
    bitwise_left_shift = whole_numbers.bitwise_left_shift
    bitwise_left_shift_ = whole_numbers.bitwise_left_shift_
    bitwise_right_shift = whole_numbers.bitwise_right_shift
    bitwise_right_shift_ = whole_numbers.bitwise_right_shift_

    def where(self, condition: Tensor, other: Tensor | Number) -> Tensor:
        return selection.where(condition, self, other)
