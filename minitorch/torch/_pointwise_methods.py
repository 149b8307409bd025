"""The methods of tensors that are elementwise functions.

Written by tools/generate.py from kernels/op_table.py: change it there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .functions import _pointwise as functions
from .functions._in_place import in_place
from .functions._operands import Number, Unusual
from .functions._overrides import unusual
from .functions._pointwise_engine import binary

if TYPE_CHECKING:
    from ._tensor import Tensor

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"


class PointwiseMethods:
    """The elementwise methods of a tensor; see the functions of the same names."""

    __slots__ = ()

    def mul(self, other: Tensor | Number) -> Tensor:
        return functions.mul(self, other)

    def mul_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.MUL, self, (self, other))

    def __mul__(self, other: Any) -> Tensor:
        try:
            return binary(functions.MUL, self, other)
        except Unusual as problem:
            return unusual(problem, functions.mul, self, other)

    def __rmul__(self, other: Any) -> Tensor:
        try:
            return binary(functions.MUL, other, self)
        except Unusual as problem:
            return unusual(problem, functions.mul, other, self)

    def __imul__(self, other: Any) -> Tensor:
        return in_place(functions.MUL, self, (self, other))

    def floor_divide(self, other: Tensor | Number) -> Tensor:
        return functions.floor_divide(self, other)

    def floor_divide_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.FLOOR_DIVIDE, self, (self, other))

    def __floordiv__(self, other: Any) -> Tensor:
        try:
            return binary(functions.FLOOR_DIVIDE, self, other)
        except Unusual as problem:
            return unusual(problem, functions.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Tensor:
        try:
            return binary(functions.FLOOR_DIVIDE, other, self)
        except Unusual as problem:
            return unusual(problem, functions.floor_divide, other, self)

    def __ifloordiv__(self, other: Any) -> Tensor:
        return in_place(functions.FLOOR_DIVIDE, self, (self, other))

    def remainder(self, other: Tensor | Number) -> Tensor:
        return functions.remainder(self, other)

    def remainder_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.REMAINDER, self, (self, other))

    def __mod__(self, other: Any) -> Tensor:
        try:
            return binary(functions.REMAINDER, self, other)
        except Unusual as problem:
            return unusual(problem, functions.remainder, self, other)

    def __rmod__(self, other: Any) -> Tensor:
        try:
            return binary(functions.REMAINDER, other, self)
        except Unusual as problem:
            return unusual(problem, functions.remainder, other, self)

    def __imod__(self, other: Any) -> Tensor:
        return in_place(functions.REMAINDER, self, (self, other))

    def fmod(self, other: Tensor | Number) -> Tensor:
        return functions.fmod(self, other)

    def fmod_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.FMOD, self, (self, other))

    def gcd(self, other: Tensor | Number) -> Tensor:
        return functions.gcd(self, other)

    def gcd_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.GCD, self, (self, other))

    def neg(self) -> Tensor:
        return functions.neg(self)

    def neg_(self) -> Tensor:
        return in_place(functions.NEG, self, (self,))

    def __neg__(self) -> Tensor:
        return functions.neg(self)

    def positive(self) -> Tensor:
        return functions.positive(self)

    def positive_(self) -> Tensor:
        return in_place(functions.POSITIVE, self, (self,))

    def __pos__(self) -> Tensor:
        return functions.positive(self)

    def abs(self) -> Tensor:
        return functions.abs(self)

    def abs_(self) -> Tensor:
        return in_place(functions.ABS, self, (self,))

    def __abs__(self) -> Tensor:
        return functions.abs(self)

    def sign(self) -> Tensor:
        return functions.sign(self)

    def sign_(self) -> Tensor:
        return in_place(functions.SIGN, self, (self,))

    def square(self) -> Tensor:
        return functions.square(self)

    def square_(self) -> Tensor:
        return in_place(functions.SQUARE, self, (self,))

    def reciprocal(self) -> Tensor:
        return functions.reciprocal(self)

    def reciprocal_(self) -> Tensor:
        return in_place(functions.RECIPROCAL, self, (self,))

    def addcmul(
        self, tensor1: Tensor | Number, tensor2: Tensor | Number, value: float = 1
    ) -> Tensor:
        return functions.addcmul(self, tensor1, tensor2, value=value)

    def addcmul_(
        self, tensor1: Tensor | Number, tensor2: Tensor | Number, value: float = 1
    ) -> Tensor:
        return in_place(functions.ADDCMUL, self, (self, tensor1, tensor2), {"value": value})

    def addcdiv(
        self, tensor1: Tensor | Number, tensor2: Tensor | Number, value: float = 1
    ) -> Tensor:
        return functions.addcdiv(self, tensor1, tensor2, value=value)

    def addcdiv_(
        self, tensor1: Tensor | Number, tensor2: Tensor | Number, value: float = 1
    ) -> Tensor:
        return in_place(functions.ADDCDIV, self, (self, tensor1, tensor2), {"value": value})

    def exp(self) -> Tensor:
        return functions.exp(self)

    def exp_(self) -> Tensor:
        return in_place(functions.EXP, self, (self,))

    def exp2(self) -> Tensor:
        return functions.exp2(self)

    def exp2_(self) -> Tensor:
        return in_place(functions.EXP2, self, (self,))

    def expm1(self) -> Tensor:
        return functions.expm1(self)

    def expm1_(self) -> Tensor:
        return in_place(functions.EXPM1, self, (self,))

    def log(self) -> Tensor:
        return functions.log(self)

    def log_(self) -> Tensor:
        return in_place(functions.LOG, self, (self,))

    def log2(self) -> Tensor:
        return functions.log2(self)

    def log2_(self) -> Tensor:
        return in_place(functions.LOG2, self, (self,))

    def log10(self) -> Tensor:
        return functions.log10(self)

    def log10_(self) -> Tensor:
        return in_place(functions.LOG10, self, (self,))

    def log1p(self) -> Tensor:
        return functions.log1p(self)

    def log1p_(self) -> Tensor:
        return in_place(functions.LOG1P, self, (self,))

    def sqrt(self) -> Tensor:
        return functions.sqrt(self)

    def sqrt_(self) -> Tensor:
        return in_place(functions.SQRT, self, (self,))

    def rsqrt(self) -> Tensor:
        return functions.rsqrt(self)

    def rsqrt_(self) -> Tensor:
        return in_place(functions.RSQRT, self, (self,))

    def logaddexp(self, other: Tensor | Number) -> Tensor:
        return functions.logaddexp(self, other)

    def logaddexp_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.LOGADDEXP, self, (self, other))

    def xlogy(self, other: Tensor | Number) -> Tensor:
        return functions.xlogy(self, other)

    def xlogy_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.XLOGY, self, (self, other))

    def sin(self) -> Tensor:
        return functions.sin(self)

    def sin_(self) -> Tensor:
        return in_place(functions.SIN, self, (self,))

    def cos(self) -> Tensor:
        return functions.cos(self)

    def cos_(self) -> Tensor:
        return in_place(functions.COS, self, (self,))

    def tan(self) -> Tensor:
        return functions.tan(self)

    def tan_(self) -> Tensor:
        return in_place(functions.TAN, self, (self,))

    def asin(self) -> Tensor:
        return functions.asin(self)

    def asin_(self) -> Tensor:
        return in_place(functions.ASIN, self, (self,))

    def acos(self) -> Tensor:
        return functions.acos(self)

    def acos_(self) -> Tensor:
        return in_place(functions.ACOS, self, (self,))

    def atan(self) -> Tensor:
        return functions.atan(self)

    def atan_(self) -> Tensor:
        return in_place(functions.ATAN, self, (self,))

    def sinh(self) -> Tensor:
        return functions.sinh(self)

    def sinh_(self) -> Tensor:
        return in_place(functions.SINH, self, (self,))

    def cosh(self) -> Tensor:
        return functions.cosh(self)

    def cosh_(self) -> Tensor:
        return in_place(functions.COSH, self, (self,))

    def tanh(self) -> Tensor:
        return functions.tanh(self)

    def tanh_(self) -> Tensor:
        return in_place(functions.TANH, self, (self,))

    def asinh(self) -> Tensor:
        return functions.asinh(self)

    def asinh_(self) -> Tensor:
        return in_place(functions.ASINH, self, (self,))

    def acosh(self) -> Tensor:
        return functions.acosh(self)

    def acosh_(self) -> Tensor:
        return in_place(functions.ACOSH, self, (self,))

    def atanh(self) -> Tensor:
        return functions.atanh(self)

    def atanh_(self) -> Tensor:
        return in_place(functions.ATANH, self, (self,))

    def sinc(self) -> Tensor:
        return functions.sinc(self)

    def sinc_(self) -> Tensor:
        return in_place(functions.SINC, self, (self,))

    def atan2(self, other: Tensor | Number) -> Tensor:
        return functions.atan2(self, other)

    def atan2_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.ATAN2, self, (self, other))

    def hypot(self, other: Tensor | Number) -> Tensor:
        return functions.hypot(self, other)

    def hypot_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.HYPOT, self, (self, other))

    def erf(self) -> Tensor:
        return functions.erf(self)

    def erf_(self) -> Tensor:
        return in_place(functions.ERF, self, (self,))

    def erfc(self) -> Tensor:
        return functions.erfc(self)

    def erfc_(self) -> Tensor:
        return in_place(functions.ERFC, self, (self,))

    def erfinv(self) -> Tensor:
        return functions.erfinv(self)

    def erfinv_(self) -> Tensor:
        return in_place(functions.ERFINV, self, (self,))

    def lgamma(self) -> Tensor:
        return functions.lgamma(self)

    def lgamma_(self) -> Tensor:
        return in_place(functions.LGAMMA, self, (self,))

    def digamma(self) -> Tensor:
        return functions.digamma(self)

    def digamma_(self) -> Tensor:
        return in_place(functions.DIGAMMA, self, (self,))

    def floor(self) -> Tensor:
        return functions.floor(self)

    def floor_(self) -> Tensor:
        return in_place(functions.FLOOR, self, (self,))

    def ceil(self) -> Tensor:
        return functions.ceil(self)

    def ceil_(self) -> Tensor:
        return in_place(functions.CEIL, self, (self,))

    def trunc(self) -> Tensor:
        return functions.trunc(self)

    def trunc_(self) -> Tensor:
        return in_place(functions.TRUNC, self, (self,))

    def frac(self) -> Tensor:
        return functions.frac(self)

    def frac_(self) -> Tensor:
        return in_place(functions.FRAC, self, (self,))

    def heaviside(self, values: Tensor | Number) -> Tensor:
        return functions.heaviside(self, values)

    def heaviside_(self, values: Tensor | Number) -> Tensor:
        return in_place(functions.HEAVISIDE, self, (self, values))

    def copysign(self, other: Tensor | Number) -> Tensor:
        return functions.copysign(self, other)

    def copysign_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.COPYSIGN, self, (self, other))

    def maximum(self, other: Tensor | Number) -> Tensor:
        return functions.maximum(self, other)

    def maximum_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.MAXIMUM, self, (self, other))

    def minimum(self, other: Tensor | Number) -> Tensor:
        return functions.minimum(self, other)

    def minimum_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.MINIMUM, self, (self, other))

    def fmax(self, other: Tensor | Number) -> Tensor:
        return functions.fmax(self, other)

    def fmax_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.FMAX, self, (self, other))

    def fmin(self, other: Tensor | Number) -> Tensor:
        return functions.fmin(self, other)

    def fmin_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.FMIN, self, (self, other))

    def clamp_min(self, min: Tensor | Number) -> Tensor:
        return functions.clamp_min(self, min)

    def clamp_min_(self, min: Tensor | Number) -> Tensor:
        return in_place(functions.CLAMP_MIN, self, (self, min))

    def clamp_max(self, max: Tensor | Number) -> Tensor:
        return functions.clamp_max(self, max)

    def clamp_max_(self, max: Tensor | Number) -> Tensor:
        return in_place(functions.CLAMP_MAX, self, (self, max))

    def sigmoid(self) -> Tensor:
        return functions.sigmoid(self)

    def sigmoid_(self) -> Tensor:
        return in_place(functions.SIGMOID, self, (self,))

    def relu(self) -> Tensor:
        return functions.relu(self)

    def relu_(self) -> Tensor:
        return in_place(functions.RELU, self, (self,))

    def prelu(self, weight: Tensor | Number) -> Tensor:
        return functions.prelu(self, weight)

    def prelu_(self, weight: Tensor | Number) -> Tensor:
        return in_place(functions.PRELU, self, (self, weight))

    def celu(self, alpha: float = 1.0) -> Tensor:
        return functions.celu(self, alpha=alpha)

    def celu_(self, alpha: float = 1.0) -> Tensor:
        return in_place(functions.CELU, self, (self,), {"alpha": alpha})

    def selu(self) -> Tensor:
        return functions.selu(self)

    def selu_(self) -> Tensor:
        return in_place(functions.SELU, self, (self,))

    def eq(self, other: Tensor | Number) -> Tensor:
        return functions.eq(self, other)

    def eq_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.EQ, self, (self, other))

    def ne(self, other: Tensor | Number) -> Tensor:
        return functions.ne(self, other)

    def ne_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.NE, self, (self, other))

    def lt(self, other: Tensor | Number) -> Tensor:
        return functions.lt(self, other)

    def lt_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.LT, self, (self, other))

    def __lt__(self, other: Any) -> Tensor:
        try:
            return binary(functions.LT, self, other)
        except Unusual as problem:
            return unusual(problem, functions.lt, self, other)

    def le(self, other: Tensor | Number) -> Tensor:
        return functions.le(self, other)

    def le_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.LE, self, (self, other))

    def __le__(self, other: Any) -> Tensor:
        try:
            return binary(functions.LE, self, other)
        except Unusual as problem:
            return unusual(problem, functions.le, self, other)

    def gt(self, other: Tensor | Number) -> Tensor:
        return functions.gt(self, other)

    def gt_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.GT, self, (self, other))

    def __gt__(self, other: Any) -> Tensor:
        try:
            return binary(functions.GT, self, other)
        except Unusual as problem:
            return unusual(problem, functions.gt, self, other)

    def ge(self, other: Tensor | Number) -> Tensor:
        return functions.ge(self, other)

    def ge_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.GE, self, (self, other))

    def __ge__(self, other: Any) -> Tensor:
        try:
            return binary(functions.GE, self, other)
        except Unusual as problem:
            return unusual(problem, functions.ge, self, other)

    def isnan(self) -> Tensor:
        return functions.isnan(self)

    def isnan_(self) -> Tensor:
        return in_place(functions.ISNAN, self, (self,))

    def isinf(self) -> Tensor:
        return functions.isinf(self)

    def isinf_(self) -> Tensor:
        return in_place(functions.ISINF, self, (self,))

    def isfinite(self) -> Tensor:
        return functions.isfinite(self)

    def isfinite_(self) -> Tensor:
        return in_place(functions.ISFINITE, self, (self,))

    def isposinf(self) -> Tensor:
        return functions.isposinf(self)

    def isposinf_(self) -> Tensor:
        return in_place(functions.ISPOSINF, self, (self,))

    def isneginf(self) -> Tensor:
        return functions.isneginf(self)

    def isneginf_(self) -> Tensor:
        return in_place(functions.ISNEGINF, self, (self,))

    def signbit(self) -> Tensor:
        return functions.signbit(self)

    def signbit_(self) -> Tensor:
        return in_place(functions.SIGNBIT, self, (self,))

    def logical_not(self) -> Tensor:
        return functions.logical_not(self)

    def logical_not_(self) -> Tensor:
        return in_place(functions.LOGICAL_NOT, self, (self,))

    def logical_and(self, other: Tensor | Number) -> Tensor:
        return functions.logical_and(self, other)

    def logical_and_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.LOGICAL_AND, self, (self, other))

    def logical_or(self, other: Tensor | Number) -> Tensor:
        return functions.logical_or(self, other)

    def logical_or_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.LOGICAL_OR, self, (self, other))

    def logical_xor(self, other: Tensor | Number) -> Tensor:
        return functions.logical_xor(self, other)

    def logical_xor_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.LOGICAL_XOR, self, (self, other))

    def bitwise_not(self) -> Tensor:
        return functions.bitwise_not(self)

    def bitwise_not_(self) -> Tensor:
        return in_place(functions.BITWISE_NOT, self, (self,))

    def __invert__(self) -> Tensor:
        return functions.bitwise_not(self)

    def bitwise_and(self, other: Tensor | Number) -> Tensor:
        return functions.bitwise_and(self, other)

    def bitwise_and_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.BITWISE_AND, self, (self, other))

    def __and__(self, other: Any) -> Tensor:
        try:
            return binary(functions.BITWISE_AND, self, other)
        except Unusual as problem:
            return unusual(problem, functions.bitwise_and, self, other)

    def __rand__(self, other: Any) -> Tensor:
        try:
            return binary(functions.BITWISE_AND, other, self)
        except Unusual as problem:
            return unusual(problem, functions.bitwise_and, other, self)

    def __iand__(self, other: Any) -> Tensor:
        return in_place(functions.BITWISE_AND, self, (self, other))

    def bitwise_or(self, other: Tensor | Number) -> Tensor:
        return functions.bitwise_or(self, other)

    def bitwise_or_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.BITWISE_OR, self, (self, other))

    def __or__(self, other: Any) -> Tensor:
        try:
            return binary(functions.BITWISE_OR, self, other)
        except Unusual as problem:
            return unusual(problem, functions.bitwise_or, self, other)

    def __ror__(self, other: Any) -> Tensor:
        try:
            return binary(functions.BITWISE_OR, other, self)
        except Unusual as problem:
            return unusual(problem, functions.bitwise_or, other, self)

    def __ior__(self, other: Any) -> Tensor:
        return in_place(functions.BITWISE_OR, self, (self, other))

    def bitwise_xor(self, other: Tensor | Number) -> Tensor:
        return functions.bitwise_xor(self, other)

    def bitwise_xor_(self, other: Tensor | Number) -> Tensor:
        return in_place(functions.BITWISE_XOR, self, (self, other))

    def __xor__(self, other: Any) -> Tensor:
        try:
            return binary(functions.BITWISE_XOR, self, other)
        except Unusual as problem:
            return unusual(problem, functions.bitwise_xor, self, other)

    def __rxor__(self, other: Any) -> Tensor:
        try:
            return binary(functions.BITWISE_XOR, other, self)
        except Unusual as problem:
            return unusual(problem, functions.bitwise_xor, other, self)

    def __ixor__(self, other: Any) -> Tensor:
        return in_place(functions.BITWISE_XOR, self, (self, other))
