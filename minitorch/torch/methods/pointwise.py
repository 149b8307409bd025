"""The methods of tensors that are elementwise functions.

Written by tools/generate.py from kernels/op_table.py: change it there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..functions._operands import Unusual
from ..functions._overrides import unusual
from ..functions.pointwise import generated as functions
from ..functions.pointwise._engine import binary

if TYPE_CHECKING:
    from .._tensor import Tensor

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"


class PointwiseMethods:
    """The elementwise methods of a tensor; see the functions of the same names."""

    __slots__ = ()

    mul = multiply = functions.mul
    mul_ = multiply_ = functions.mul_

    floor_divide = functions.floor_divide
    floor_divide_ = functions.floor_divide_

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

    __ifloordiv__ = functions.floor_divide_

    remainder = functions.remainder
    remainder_ = functions.remainder_

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

    __imod__ = functions.remainder_

    fmod = functions.fmod
    fmod_ = functions.fmod_

    gcd = functions.gcd
    gcd_ = functions.gcd_

    neg = negative = functions.neg
    neg_ = negative_ = functions.neg_

    __neg__ = functions.neg

    abs = absolute = functions.abs
    abs_ = absolute_ = functions.abs_

    __abs__ = functions.abs

    sign = sgn = functions.sign
    sign_ = sgn_ = functions.sign_

    square = functions.square
    square_ = functions.square_

    reciprocal = functions.reciprocal
    reciprocal_ = functions.reciprocal_

    addcmul = functions.addcmul
    addcmul_ = functions.addcmul_

    addcdiv = functions.addcdiv
    addcdiv_ = functions.addcdiv_

    exp = functions.exp
    exp_ = functions.exp_

    exp2 = functions.exp2
    exp2_ = functions.exp2_

    expm1 = functions.expm1
    expm1_ = functions.expm1_

    log = functions.log
    log_ = functions.log_

    log2 = functions.log2
    log2_ = functions.log2_

    log10 = functions.log10
    log10_ = functions.log10_

    log1p = functions.log1p
    log1p_ = functions.log1p_

    sqrt = functions.sqrt
    sqrt_ = functions.sqrt_

    rsqrt = functions.rsqrt
    rsqrt_ = functions.rsqrt_

    logaddexp = functions.logaddexp
    logaddexp_ = functions.logaddexp_

    xlogy = functions.xlogy
    xlogy_ = functions.xlogy_

    sin = functions.sin
    sin_ = functions.sin_

    cos = functions.cos
    cos_ = functions.cos_

    tan = functions.tan
    tan_ = functions.tan_

    asin = arcsin = functions.asin
    asin_ = arcsin_ = functions.asin_

    acos = arccos = functions.acos
    acos_ = arccos_ = functions.acos_

    atan = arctan = functions.atan
    atan_ = arctan_ = functions.atan_

    sinh = functions.sinh
    sinh_ = functions.sinh_

    cosh = functions.cosh
    cosh_ = functions.cosh_

    tanh = functions.tanh
    tanh_ = functions.tanh_

    asinh = arcsinh = functions.asinh
    asinh_ = arcsinh_ = functions.asinh_

    acosh = arccosh = functions.acosh
    acosh_ = arccosh_ = functions.acosh_

    atanh = arctanh = functions.atanh
    atanh_ = arctanh_ = functions.atanh_

    sinc = functions.sinc
    sinc_ = functions.sinc_

    atan2 = arctan2 = functions.atan2
    atan2_ = arctan2_ = functions.atan2_

    hypot = functions.hypot
    hypot_ = functions.hypot_

    erf = functions.erf
    erf_ = functions.erf_

    erfc = functions.erfc
    erfc_ = functions.erfc_

    erfinv = functions.erfinv
    erfinv_ = functions.erfinv_

    lgamma = functions.lgamma
    lgamma_ = functions.lgamma_

    digamma = functions.digamma
    digamma_ = functions.digamma_

    floor = functions.floor
    floor_ = functions.floor_

    ceil = functions.ceil
    ceil_ = functions.ceil_

    trunc = fix = functions.trunc
    trunc_ = fix_ = functions.trunc_

    frac = functions.frac
    frac_ = functions.frac_

    heaviside = functions.heaviside
    heaviside_ = functions.heaviside_

    copysign = functions.copysign
    copysign_ = functions.copysign_

    maximum = functions.maximum
    maximum_ = functions.maximum_

    minimum = functions.minimum
    minimum_ = functions.minimum_

    fmax = functions.fmax
    fmax_ = functions.fmax_

    fmin = functions.fmin
    fmin_ = functions.fmin_

    clamp_min = functions.clamp_min
    clamp_min_ = functions.clamp_min_

    clamp_max = functions.clamp_max
    clamp_max_ = functions.clamp_max_

    sigmoid = functions.sigmoid
    sigmoid_ = functions.sigmoid_

    relu = functions.relu
    relu_ = functions.relu_

    celu = functions.celu
    celu_ = functions.celu_

    selu = functions.selu
    selu_ = functions.selu_

    eq = functions.eq
    eq_ = functions.eq_

    ne = not_equal = functions.ne
    ne_ = not_equal_ = functions.ne_

    lt = less = functions.lt
    lt_ = less_ = functions.lt_

    def __lt__(self, other: Any) -> Tensor:
        try:
            return binary(functions.LT, self, other)
        except Unusual as problem:
            return unusual(problem, functions.lt, self, other)

    le = less_equal = functions.le
    le_ = less_equal_ = functions.le_

    def __le__(self, other: Any) -> Tensor:
        try:
            return binary(functions.LE, self, other)
        except Unusual as problem:
            return unusual(problem, functions.le, self, other)

    gt = greater = functions.gt
    gt_ = greater_ = functions.gt_

    def __gt__(self, other: Any) -> Tensor:
        try:
            return binary(functions.GT, self, other)
        except Unusual as problem:
            return unusual(problem, functions.gt, self, other)

    ge = greater_equal = functions.ge
    ge_ = greater_equal_ = functions.ge_

    def __ge__(self, other: Any) -> Tensor:
        try:
            return binary(functions.GE, self, other)
        except Unusual as problem:
            return unusual(problem, functions.ge, self, other)

    isnan = functions.isnan
    isnan_ = functions.isnan_

    isinf = functions.isinf
    isinf_ = functions.isinf_

    isfinite = functions.isfinite
    isfinite_ = functions.isfinite_

    isposinf = functions.isposinf
    isposinf_ = functions.isposinf_

    isneginf = functions.isneginf
    isneginf_ = functions.isneginf_

    signbit = functions.signbit
    signbit_ = functions.signbit_

    logical_not = functions.logical_not
    logical_not_ = functions.logical_not_

    logical_and = functions.logical_and
    logical_and_ = functions.logical_and_

    logical_or = functions.logical_or
    logical_or_ = functions.logical_or_

    logical_xor = functions.logical_xor
    logical_xor_ = functions.logical_xor_

    bitwise_not = functions.bitwise_not
    bitwise_not_ = functions.bitwise_not_

    __invert__ = functions.bitwise_not

    bitwise_and = functions.bitwise_and
    bitwise_and_ = functions.bitwise_and_

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

    __iand__ = functions.bitwise_and_

    bitwise_or = functions.bitwise_or
    bitwise_or_ = functions.bitwise_or_

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

    __ior__ = functions.bitwise_or_

    bitwise_xor = functions.bitwise_xor
    bitwise_xor_ = functions.bitwise_xor_

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

    __ixor__ = functions.bitwise_xor_
