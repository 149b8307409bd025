"""The elementwise functions of tensors, and their derivatives.

Written by tools/generate.py from kernels/op_table.py: change it there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...kernels.generated import elementwise as kernels
from . import _formulas as f
from ._operands import Number, Override
from ._overrides import call_override
from ._pointwise_engine import Gradient, Pointwise, apply

if TYPE_CHECKING:
    from .._tensor import Tensor


def _add_x(grad: Any) -> Any:
    return grad


def _add_y(grad: Any) -> Any:
    return grad


ADD = Pointwise(
    "add",
    "AddBackward0",
    kernels.add,
    (Gradient(None, _add_x, ("grad",)), Gradient(None, _add_y, ("grad",))),
    ("input", "other"),
)


def _sub_x(grad: Any) -> Any:
    return grad


def _sub_y(grad: Any) -> Any:
    return -grad


SUB = Pointwise(
    "sub",
    "SubBackward0",
    kernels.sub,
    (Gradient(None, _sub_x, ("grad",)), Gradient(kernels.sub_backward_y, _sub_y, ("grad",))),
    ("input", "other"),
)


def _mul_x(grad: Any, y: Any) -> Any:
    return grad * y


def _mul_y(grad: Any, x: Any) -> Any:
    return grad * x


MUL = Pointwise(
    "mul",
    "MulBackward0",
    kernels.mul,
    (
        Gradient(kernels.mul_backward_x, _mul_x, ("grad", "y")),
        Gradient(kernels.mul_backward_y, _mul_y, ("grad", "x")),
    ),
    ("input", "other"),
)


def mul(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input * other` for each element."""
    try:
        return apply(MUL, (input, other), out)
    except Override:
        return call_override(mul, (input, other), out=out)


def _true_divide_x(grad: Any, y: Any) -> Any:
    return grad / y


def _true_divide_y(grad: Any, y: Any, out: Any) -> Any:
    return -grad * out / y


TRUE_DIVIDE = Pointwise(
    "true_divide",
    "DivBackward0",
    kernels.true_divide,
    (
        Gradient(kernels.true_divide_backward_x, _true_divide_x, ("grad", "y")),
        Gradient(kernels.true_divide_backward_y, _true_divide_y, ("grad", "y", "out")),
    ),
    ("input", "other"),
)


FLOOR_DIVIDE = Pointwise(
    "floor_divide", "FloorDivideBackward0", kernels.floor_divide, (), ("input", "other")
)


def floor_divide(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `floor_divide(input, other)` for each element."""
    try:
        return apply(FLOOR_DIVIDE, (input, other), out)
    except Override:
        return call_override(floor_divide, (input, other), out=out)


def _remainder_x(grad: Any) -> Any:
    return grad


def _remainder_y(grad: Any, x: Any, y: Any) -> Any:
    return -grad * f.floor(x / y)


REMAINDER = Pointwise(
    "remainder",
    "RemainderBackward0",
    kernels.remainder,
    (
        Gradient(None, _remainder_x, ("grad",)),
        Gradient(kernels.remainder_backward_y, _remainder_y, ("grad", "x", "y")),
    ),
    ("input", "other"),
)


def remainder(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `remainder(input, other)` for each element."""
    try:
        return apply(REMAINDER, (input, other), out)
    except Override:
        return call_override(remainder, (input, other), out=out)


def _fmod_x(grad: Any) -> Any:
    return grad


def _fmod_y(grad: Any, x: Any, y: Any) -> Any:
    return -grad * f.trunc(x / y)


FMOD = Pointwise(
    "fmod",
    "FmodBackward0",
    kernels.fmod,
    (
        Gradient(None, _fmod_x, ("grad",)),
        Gradient(kernels.fmod_backward_y, _fmod_y, ("grad", "x", "y")),
    ),
    ("input", "other"),
)


def fmod(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `fmod(input, other)` for each element."""
    try:
        return apply(FMOD, (input, other), out)
    except Override:
        return call_override(fmod, (input, other), out=out)


def _pow_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(y == 0, 0, grad * y * f.power(x, y - 1))


def _pow_y(grad: Any, x: Any, y: Any, out: Any) -> Any:
    return f.where((x == 0) & (y >= 0), 0, grad * out * f.log(x))


POW = Pointwise(
    "pow",
    "PowBackward1",
    kernels.pow,
    (
        Gradient(kernels.pow_backward_x, _pow_x, ("grad", "x", "y")),
        Gradient(kernels.pow_backward_y, _pow_y, ("grad", "x", "y", "out")),
    ),
    ("input", "exponent"),
)


GCD = Pointwise("gcd", "GcdBackward0", kernels.gcd, (), ("input", "other"))


def gcd(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `gcd(input, other)` for each element."""
    try:
        return apply(GCD, (input, other), out)
    except Override:
        return call_override(gcd, (input, other), out=out)


def _neg_x(grad: Any) -> Any:
    return -grad


NEG = Pointwise(
    "neg",
    "NegBackward0",
    kernels.neg,
    (Gradient(kernels.neg_backward, _neg_x, ("grad",)),),
    ("input",),
)


def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `-input` for each element."""
    try:
        return apply(NEG, (input,), out)
    except Override:
        return call_override(neg, (input,), out=out)


def _positive_x(grad: Any) -> Any:
    return grad


POSITIVE = Pointwise(
    "positive",
    "PositiveBackward0",
    kernels.positive,
    (Gradient(None, _positive_x, ("grad",)),),
    ("input",),
)


def positive(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input` for each element."""
    try:
        return apply(POSITIVE, (input,), out)
    except Override:
        return call_override(positive, (input,), out=out)


def _abs_x(grad: Any, x: Any) -> Any:
    return grad * f.sign(x)


ABS = Pointwise(
    "abs",
    "AbsBackward0",
    kernels.abs,
    (Gradient(kernels.abs_backward, _abs_x, ("grad", "x")),),
    ("input",),
)


def abs(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `absolute(input)` for each element."""
    try:
        return apply(ABS, (input,), out)
    except Override:
        return call_override(abs, (input,), out=out)


def _sign_x(grad: Any) -> Any:
    return grad * 0


SIGN = Pointwise(
    "sign",
    "SignBackward0",
    kernels.sign,
    (Gradient(kernels.sign_backward, _sign_x, ("grad",)),),
    ("input",),
)


def sign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `sign(input)` for each element."""
    try:
        return apply(SIGN, (input,), out)
    except Override:
        return call_override(sign, (input,), out=out)


def _square_x(grad: Any, x: Any) -> Any:
    return 2 * grad * x


SQUARE = Pointwise(
    "square",
    "SquareBackward0",
    kernels.square,
    (Gradient(kernels.square_backward, _square_x, ("grad", "x")),),
    ("input",),
)


def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input * input` for each element."""
    try:
        return apply(SQUARE, (input,), out)
    except Override:
        return call_override(square, (input,), out=out)


def _reciprocal_x(grad: Any, out: Any) -> Any:
    return -grad * out * out


RECIPROCAL = Pointwise(
    "reciprocal",
    "ReciprocalBackward0",
    kernels.reciprocal,
    (Gradient(kernels.reciprocal_backward, _reciprocal_x, ("grad", "out")),),
    ("input",),
)


def reciprocal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `1 / input` for each element."""
    try:
        return apply(RECIPROCAL, (input,), out)
    except Override:
        return call_override(reciprocal, (input,), out=out)


def _lerp_x(grad: Any, z: Any) -> Any:
    return grad * (1 - z)


def _lerp_y(grad: Any, z: Any) -> Any:
    return grad * z


def _lerp_z(grad: Any, x: Any, y: Any) -> Any:
    return grad * (y - x)


LERP = Pointwise(
    "lerp",
    "LerpBackward0",
    kernels.lerp,
    (
        Gradient(kernels.lerp_backward_x, _lerp_x, ("grad", "z")),
        Gradient(kernels.lerp_backward_y, _lerp_y, ("grad", "z")),
        Gradient(kernels.lerp_backward_z, _lerp_z, ("grad", "x", "y")),
    ),
    ("input", "end", "weight"),
)


def _addcmul_x(grad: Any) -> Any:
    return grad


def _addcmul_y(grad: Any, z: Any, value: Any) -> Any:
    return grad * value * z


def _addcmul_z(grad: Any, y: Any, value: Any) -> Any:
    return grad * value * y


ADDCMUL = Pointwise(
    "addcmul",
    "AddcmulBackward0",
    kernels.addcmul,
    (
        Gradient(None, _addcmul_x, ("grad",)),
        Gradient(kernels.addcmul_backward_y, _addcmul_y, ("grad", "z"), ("value",)),
        Gradient(kernels.addcmul_backward_z, _addcmul_z, ("grad", "y"), ("value",)),
    ),
    ("input", "tensor1", "tensor2"),
)


def addcmul(
    input: Tensor | Number,
    tensor1: Tensor | Number,
    tensor2: Tensor | Number,
    value: float = 1,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Compute `input + value * tensor1 * tensor2` for each element."""
    try:
        return apply(ADDCMUL, (input, tensor1, tensor2), out, {"value": value})
    except Override:
        return call_override(addcmul, (input, tensor1, tensor2), out=out, value=value)


def _addcdiv_x(grad: Any) -> Any:
    return grad


def _addcdiv_y(grad: Any, z: Any, value: Any) -> Any:
    return grad * value / z


def _addcdiv_z(grad: Any, y: Any, z: Any, value: Any) -> Any:
    return -grad * value * y / (z * z)


ADDCDIV = Pointwise(
    "addcdiv",
    "AddcdivBackward0",
    kernels.addcdiv,
    (
        Gradient(None, _addcdiv_x, ("grad",)),
        Gradient(kernels.addcdiv_backward_y, _addcdiv_y, ("grad", "z"), ("value",)),
        Gradient(kernels.addcdiv_backward_z, _addcdiv_z, ("grad", "y", "z"), ("value",)),
    ),
    ("input", "tensor1", "tensor2"),
)


def addcdiv(
    input: Tensor | Number,
    tensor1: Tensor | Number,
    tensor2: Tensor | Number,
    value: float = 1,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Compute `input + value * tensor1 / tensor2` for each element."""
    try:
        return apply(ADDCDIV, (input, tensor1, tensor2), out, {"value": value})
    except Override:
        return call_override(addcdiv, (input, tensor1, tensor2), out=out, value=value)


def _exp_x(grad: Any, out: Any) -> Any:
    return grad * out


EXP = Pointwise(
    "exp",
    "ExpBackward0",
    kernels.exp,
    (Gradient(kernels.exp_backward, _exp_x, ("grad", "out")),),
    ("input",),
)


def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `exp(input)` for each element."""
    try:
        return apply(EXP, (input,), out)
    except Override:
        return call_override(exp, (input,), out=out)


def _exp2_x(grad: Any, out: Any) -> Any:
    return grad * out * f.LN2


EXP2 = Pointwise(
    "exp2",
    "Exp2Backward0",
    kernels.exp2,
    (Gradient(kernels.exp2_backward, _exp2_x, ("grad", "out")),),
    ("input",),
)


def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `exp2(input)` for each element."""
    try:
        return apply(EXP2, (input,), out)
    except Override:
        return call_override(exp2, (input,), out=out)


def _expm1_x(grad: Any, out: Any) -> Any:
    return grad * (out + 1)


EXPM1 = Pointwise(
    "expm1",
    "Expm1Backward0",
    kernels.expm1,
    (Gradient(kernels.expm1_backward, _expm1_x, ("grad", "out")),),
    ("input",),
)


def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `expm1(input)` for each element."""
    try:
        return apply(EXPM1, (input,), out)
    except Override:
        return call_override(expm1, (input,), out=out)


def _log_x(grad: Any, x: Any) -> Any:
    return grad / x


LOG = Pointwise(
    "log",
    "LogBackward0",
    kernels.log,
    (Gradient(kernels.log_backward, _log_x, ("grad", "x")),),
    ("input",),
)


def log(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `log(input)` for each element."""
    try:
        return apply(LOG, (input,), out)
    except Override:
        return call_override(log, (input,), out=out)


def _log2_x(grad: Any, x: Any) -> Any:
    return grad / (x * f.LN2)


LOG2 = Pointwise(
    "log2",
    "Log2Backward0",
    kernels.log2,
    (Gradient(kernels.log2_backward, _log2_x, ("grad", "x")),),
    ("input",),
)


def log2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `log2(input)` for each element."""
    try:
        return apply(LOG2, (input,), out)
    except Override:
        return call_override(log2, (input,), out=out)


def _log10_x(grad: Any, x: Any) -> Any:
    return grad / (x * f.LN10)


LOG10 = Pointwise(
    "log10",
    "Log10Backward0",
    kernels.log10,
    (Gradient(kernels.log10_backward, _log10_x, ("grad", "x")),),
    ("input",),
)


def log10(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `log10(input)` for each element."""
    try:
        return apply(LOG10, (input,), out)
    except Override:
        return call_override(log10, (input,), out=out)


def _log1p_x(grad: Any, x: Any) -> Any:
    return grad / (x + 1)


LOG1P = Pointwise(
    "log1p",
    "Log1pBackward0",
    kernels.log1p,
    (Gradient(kernels.log1p_backward, _log1p_x, ("grad", "x")),),
    ("input",),
)


def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `log1p(input)` for each element."""
    try:
        return apply(LOG1P, (input,), out)
    except Override:
        return call_override(log1p, (input,), out=out)


def _sqrt_x(grad: Any, out: Any) -> Any:
    return grad / (2 * out)


SQRT = Pointwise(
    "sqrt",
    "SqrtBackward0",
    kernels.sqrt,
    (Gradient(kernels.sqrt_backward, _sqrt_x, ("grad", "out")),),
    ("input",),
)


def sqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `sqrt(input)` for each element."""
    try:
        return apply(SQRT, (input,), out)
    except Override:
        return call_override(sqrt, (input,), out=out)


def _rsqrt_x(grad: Any, out: Any) -> Any:
    return -grad * out * out * out / 2


RSQRT = Pointwise(
    "rsqrt",
    "RsqrtBackward0",
    kernels.rsqrt,
    (Gradient(kernels.rsqrt_backward, _rsqrt_x, ("grad", "out")),),
    ("input",),
)


def rsqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `1 / sqrt(input)` for each element."""
    try:
        return apply(RSQRT, (input,), out)
    except Override:
        return call_override(rsqrt, (input,), out=out)


def _logaddexp_x(grad: Any, x: Any, out: Any) -> Any:
    return grad * f.exp(x - out)


def _logaddexp_y(grad: Any, y: Any, out: Any) -> Any:
    return grad * f.exp(y - out)


LOGADDEXP = Pointwise(
    "logaddexp",
    "LogaddexpBackward0",
    kernels.logaddexp,
    (
        Gradient(kernels.logaddexp_backward_x, _logaddexp_x, ("grad", "x", "out")),
        Gradient(kernels.logaddexp_backward_y, _logaddexp_y, ("grad", "y", "out")),
    ),
    ("input", "other"),
)


def logaddexp(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `logaddexp(input, other)` for each element."""
    try:
        return apply(LOGADDEXP, (input, other), out)
    except Override:
        return call_override(logaddexp, (input, other), out=out)


def _xlogy_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where((x == 0) & (y <= 0), 0, grad * f.log(y))


def _xlogy_y(grad: Any, x: Any, y: Any) -> Any:
    return grad * x / y


XLOGY = Pointwise(
    "xlogy",
    "XlogyBackward0",
    kernels.xlogy,
    (
        Gradient(kernels.xlogy_backward_x, _xlogy_x, ("grad", "x", "y")),
        Gradient(kernels.xlogy_backward_y, _xlogy_y, ("grad", "x", "y")),
    ),
    ("input", "other"),
)


def xlogy(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `xlogy(input, other)` for each element."""
    try:
        return apply(XLOGY, (input, other), out)
    except Override:
        return call_override(xlogy, (input, other), out=out)


def _logit_x(grad: Any, x: Any) -> Any:
    return grad / (x * (1 - x))


LOGIT = Pointwise(
    "logit",
    "LogitBackward0",
    kernels.logit,
    (Gradient(kernels.logit_backward, _logit_x, ("grad", "x")),),
    ("input",),
)


def _sin_x(grad: Any, x: Any) -> Any:
    return grad * f.cos(x)


SIN = Pointwise(
    "sin",
    "SinBackward0",
    kernels.sin,
    (Gradient(kernels.sin_backward, _sin_x, ("grad", "x")),),
    ("input",),
)


def sin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `sin(input)` for each element."""
    try:
        return apply(SIN, (input,), out)
    except Override:
        return call_override(sin, (input,), out=out)


def _cos_x(grad: Any, x: Any) -> Any:
    return -grad * f.sin(x)


COS = Pointwise(
    "cos",
    "CosBackward0",
    kernels.cos,
    (Gradient(kernels.cos_backward, _cos_x, ("grad", "x")),),
    ("input",),
)


def cos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `cos(input)` for each element."""
    try:
        return apply(COS, (input,), out)
    except Override:
        return call_override(cos, (input,), out=out)


def _tan_x(grad: Any, out: Any) -> Any:
    return grad * (1 + out * out)


TAN = Pointwise(
    "tan",
    "TanBackward0",
    kernels.tan,
    (Gradient(kernels.tan_backward, _tan_x, ("grad", "out")),),
    ("input",),
)


def tan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `tan(input)` for each element."""
    try:
        return apply(TAN, (input,), out)
    except Override:
        return call_override(tan, (input,), out=out)


def _asin_x(grad: Any, x: Any) -> Any:
    return grad / f.sqrt(1 - x * x)


ASIN = Pointwise(
    "asin",
    "AsinBackward0",
    kernels.asin,
    (Gradient(kernels.asin_backward, _asin_x, ("grad", "x")),),
    ("input",),
)


def asin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `asin(input)` for each element."""
    try:
        return apply(ASIN, (input,), out)
    except Override:
        return call_override(asin, (input,), out=out)


def _acos_x(grad: Any, x: Any) -> Any:
    return -grad / f.sqrt(1 - x * x)


ACOS = Pointwise(
    "acos",
    "AcosBackward0",
    kernels.acos,
    (Gradient(kernels.acos_backward, _acos_x, ("grad", "x")),),
    ("input",),
)


def acos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `acos(input)` for each element."""
    try:
        return apply(ACOS, (input,), out)
    except Override:
        return call_override(acos, (input,), out=out)


def _atan_x(grad: Any, x: Any) -> Any:
    return grad / (1 + x * x)


ATAN = Pointwise(
    "atan",
    "AtanBackward0",
    kernels.atan,
    (Gradient(kernels.atan_backward, _atan_x, ("grad", "x")),),
    ("input",),
)


def atan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `atan(input)` for each element."""
    try:
        return apply(ATAN, (input,), out)
    except Override:
        return call_override(atan, (input,), out=out)


def _sinh_x(grad: Any, x: Any) -> Any:
    return grad * f.cosh(x)


SINH = Pointwise(
    "sinh",
    "SinhBackward0",
    kernels.sinh,
    (Gradient(kernels.sinh_backward, _sinh_x, ("grad", "x")),),
    ("input",),
)


def sinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `sinh(input)` for each element."""
    try:
        return apply(SINH, (input,), out)
    except Override:
        return call_override(sinh, (input,), out=out)


def _cosh_x(grad: Any, x: Any) -> Any:
    return grad * f.sinh(x)


COSH = Pointwise(
    "cosh",
    "CoshBackward0",
    kernels.cosh,
    (Gradient(kernels.cosh_backward, _cosh_x, ("grad", "x")),),
    ("input",),
)


def cosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `cosh(input)` for each element."""
    try:
        return apply(COSH, (input,), out)
    except Override:
        return call_override(cosh, (input,), out=out)


def _tanh_x(grad: Any, out: Any) -> Any:
    return grad * (1 - out * out)


TANH = Pointwise(
    "tanh",
    "TanhBackward0",
    kernels.tanh,
    (Gradient(kernels.tanh_backward, _tanh_x, ("grad", "out")),),
    ("input",),
)


def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `tanh(input)` for each element."""
    try:
        return apply(TANH, (input,), out)
    except Override:
        return call_override(tanh, (input,), out=out)


def _asinh_x(grad: Any, x: Any) -> Any:
    return grad / f.sqrt(x * x + 1)


ASINH = Pointwise(
    "asinh",
    "AsinhBackward0",
    kernels.asinh,
    (Gradient(kernels.asinh_backward, _asinh_x, ("grad", "x")),),
    ("input",),
)


def asinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `asinh(input)` for each element."""
    try:
        return apply(ASINH, (input,), out)
    except Override:
        return call_override(asinh, (input,), out=out)


def _acosh_x(grad: Any, x: Any) -> Any:
    return grad / f.sqrt(x * x - 1)


ACOSH = Pointwise(
    "acosh",
    "AcoshBackward0",
    kernels.acosh,
    (Gradient(kernels.acosh_backward, _acosh_x, ("grad", "x")),),
    ("input",),
)


def acosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `acosh(input)` for each element."""
    try:
        return apply(ACOSH, (input,), out)
    except Override:
        return call_override(acosh, (input,), out=out)


def _atanh_x(grad: Any, x: Any) -> Any:
    return grad / (1 - x * x)


ATANH = Pointwise(
    "atanh",
    "AtanhBackward0",
    kernels.atanh,
    (Gradient(kernels.atanh_backward, _atanh_x, ("grad", "x")),),
    ("input",),
)


def atanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `atanh(input)` for each element."""
    try:
        return apply(ATANH, (input,), out)
    except Override:
        return call_override(atanh, (input,), out=out)


def _sinc_x(grad: Any, x: Any, out: Any) -> Any:
    return f.where(x == 0, 0, grad * (f.cos(f.PI * x) - out) / x)


SINC = Pointwise(
    "sinc",
    "SincBackward0",
    kernels.sinc,
    (Gradient(kernels.sinc_backward, _sinc_x, ("grad", "x", "out")),),
    ("input",),
)


def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `sinc(input)` for each element."""
    try:
        return apply(SINC, (input,), out)
    except Override:
        return call_override(sinc, (input,), out=out)


def _atan2_x(grad: Any, x: Any, y: Any) -> Any:
    return grad * y / (x * x + y * y)


def _atan2_y(grad: Any, x: Any, y: Any) -> Any:
    return -grad * x / (x * x + y * y)


ATAN2 = Pointwise(
    "atan2",
    "Atan2Backward0",
    kernels.atan2,
    (
        Gradient(kernels.atan2_backward_x, _atan2_x, ("grad", "x", "y")),
        Gradient(kernels.atan2_backward_y, _atan2_y, ("grad", "x", "y")),
    ),
    ("input", "other"),
)


def atan2(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `atan2(input, other)` for each element."""
    try:
        return apply(ATAN2, (input, other), out)
    except Override:
        return call_override(atan2, (input, other), out=out)


def _hypot_x(grad: Any, x: Any, out: Any) -> Any:
    return grad * x / out


def _hypot_y(grad: Any, y: Any, out: Any) -> Any:
    return grad * y / out


HYPOT = Pointwise(
    "hypot",
    "HypotBackward0",
    kernels.hypot,
    (
        Gradient(kernels.hypot_backward_x, _hypot_x, ("grad", "x", "out")),
        Gradient(kernels.hypot_backward_y, _hypot_y, ("grad", "y", "out")),
    ),
    ("input", "other"),
)


def hypot(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `hypot(input, other)` for each element."""
    try:
        return apply(HYPOT, (input, other), out)
    except Override:
        return call_override(hypot, (input, other), out=out)


def _erf_x(grad: Any, x: Any) -> Any:
    return grad * f.TWO_OVER_SQRT_PI * f.exp(-x * x)


ERF = Pointwise(
    "erf",
    "ErfBackward0",
    kernels.erf,
    (Gradient(kernels.erf_backward, _erf_x, ("grad", "x")),),
    ("input",),
)


def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `erf(input)` for each element."""
    try:
        return apply(ERF, (input,), out)
    except Override:
        return call_override(erf, (input,), out=out)


def _erfc_x(grad: Any, x: Any) -> Any:
    return -grad * f.TWO_OVER_SQRT_PI * f.exp(-x * x)


ERFC = Pointwise(
    "erfc",
    "ErfcBackward0",
    kernels.erfc,
    (Gradient(kernels.erfc_backward, _erfc_x, ("grad", "x")),),
    ("input",),
)


def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `erfc(input)` for each element."""
    try:
        return apply(ERFC, (input,), out)
    except Override:
        return call_override(erfc, (input,), out=out)


def _erfinv_x(grad: Any, out: Any) -> Any:
    return grad / f.TWO_OVER_SQRT_PI * f.exp(out * out)


ERFINV = Pointwise(
    "erfinv",
    "ErfinvBackward0",
    kernels.erfinv,
    (Gradient(kernels.erfinv_backward, _erfinv_x, ("grad", "out")),),
    ("input",),
)


def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `erfinv(input)` for each element."""
    try:
        return apply(ERFINV, (input,), out)
    except Override:
        return call_override(erfinv, (input,), out=out)


def _lgamma_x(grad: Any, x: Any) -> Any:
    return grad * f.digamma(x)


LGAMMA = Pointwise(
    "lgamma",
    "LgammaBackward0",
    kernels.lgamma,
    (Gradient(kernels.lgamma_backward, _lgamma_x, ("grad", "x")),),
    ("input",),
)


def lgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `lgamma(input)` for each element."""
    try:
        return apply(LGAMMA, (input,), out)
    except Override:
        return call_override(lgamma, (input,), out=out)


DIGAMMA = Pointwise("digamma", "DigammaBackward0", kernels.digamma, (), ("input",))


def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `digamma(input)` for each element."""
    try:
        return apply(DIGAMMA, (input,), out)
    except Override:
        return call_override(digamma, (input,), out=out)


def _floor_x(grad: Any) -> Any:
    return grad * 0


FLOOR = Pointwise(
    "floor",
    "FloorBackward0",
    kernels.floor,
    (Gradient(kernels.floor_backward, _floor_x, ("grad",)),),
    ("input",),
)


def floor(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `floor(input)` for each element."""
    try:
        return apply(FLOOR, (input,), out)
    except Override:
        return call_override(floor, (input,), out=out)


def _ceil_x(grad: Any) -> Any:
    return grad * 0


CEIL = Pointwise(
    "ceil",
    "CeilBackward0",
    kernels.ceil,
    (Gradient(kernels.ceil_backward, _ceil_x, ("grad",)),),
    ("input",),
)


def ceil(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `ceil(input)` for each element."""
    try:
        return apply(CEIL, (input,), out)
    except Override:
        return call_override(ceil, (input,), out=out)


def _round_x(grad: Any) -> Any:
    return grad * 0


ROUND = Pointwise(
    "round",
    "RoundBackward0",
    kernels.round,
    (Gradient(kernels.round_backward, _round_x, ("grad",)),),
    ("input",),
)


def _trunc_x(grad: Any) -> Any:
    return grad * 0


TRUNC = Pointwise(
    "trunc",
    "TruncBackward0",
    kernels.trunc,
    (Gradient(kernels.trunc_backward, _trunc_x, ("grad",)),),
    ("input",),
)


def trunc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `trunc(input)` for each element."""
    try:
        return apply(TRUNC, (input,), out)
    except Override:
        return call_override(trunc, (input,), out=out)


def _frac_x(grad: Any) -> Any:
    return grad


FRAC = Pointwise(
    "frac", "FracBackward0", kernels.frac, (Gradient(None, _frac_x, ("grad",)),), ("input",)
)


def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input - trunc(input)` for each element."""
    try:
        return apply(FRAC, (input,), out)
    except Override:
        return call_override(frac, (input,), out=out)


HEAVISIDE = Pointwise("heaviside", "HeavisideBackward0", kernels.heaviside, (), ("input", "values"))


def heaviside(
    input: Tensor | Number, values: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `where(input == 0, values, where(input > 0, 1, 0))` for each element."""
    try:
        return apply(HEAVISIDE, (input, values), out)
    except Override:
        return call_override(heaviside, (input, values), out=out)


def _copysign_x(grad: Any, x: Any, out: Any) -> Any:
    return f.where(x == 0, 0, grad * out / x)


def _copysign_y(grad: Any) -> Any:
    return grad * 0


COPYSIGN = Pointwise(
    "copysign",
    "CopysignBackward0",
    kernels.copysign,
    (
        Gradient(kernels.copysign_backward_x, _copysign_x, ("grad", "x", "out")),
        Gradient(kernels.copysign_backward_y, _copysign_y, ("grad",)),
    ),
    ("input", "other"),
)


def copysign(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `copysign(input, other)` for each element."""
    try:
        return apply(COPYSIGN, (input, other), out)
    except Override:
        return call_override(copysign, (input, other), out=out)


def _nan_to_num_x(grad: Any, x: Any) -> Any:
    return f.where(f.isfinite(x), grad, 0)


NAN_TO_NUM = Pointwise(
    "nan_to_num",
    "NanToNumBackward0",
    kernels.nan_to_num,
    (Gradient(kernels.nan_to_num_backward, _nan_to_num_x, ("grad", "x")),),
    ("input",),
)


def _maximum_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x > y, grad, f.where(x == y, grad / 2, 0))


def _maximum_y(grad: Any, x: Any, y: Any) -> Any:
    return f.where(y > x, grad, f.where(x == y, grad / 2, 0))


MAXIMUM = Pointwise(
    "maximum",
    "MaximumBackward0",
    kernels.maximum,
    (
        Gradient(kernels.maximum_backward_x, _maximum_x, ("grad", "x", "y")),
        Gradient(kernels.maximum_backward_y, _maximum_y, ("grad", "x", "y")),
    ),
    ("input", "other"),
)


def maximum(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `maximum(input, other)` for each element."""
    try:
        return apply(MAXIMUM, (input, other), out)
    except Override:
        return call_override(maximum, (input, other), out=out)


def _minimum_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x < y, grad, f.where(x == y, grad / 2, 0))


def _minimum_y(grad: Any, x: Any, y: Any) -> Any:
    return f.where(y < x, grad, f.where(x == y, grad / 2, 0))


MINIMUM = Pointwise(
    "minimum",
    "MinimumBackward0",
    kernels.minimum,
    (
        Gradient(kernels.minimum_backward_x, _minimum_x, ("grad", "x", "y")),
        Gradient(kernels.minimum_backward_y, _minimum_y, ("grad", "x", "y")),
    ),
    ("input", "other"),
)


def minimum(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `minimum(input, other)` for each element."""
    try:
        return apply(MINIMUM, (input, other), out)
    except Override:
        return call_override(minimum, (input, other), out=out)


def _fmax_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where((x >= y) | f.isnan(y), grad, 0)


def _fmax_y(grad: Any, x: Any, y: Any) -> Any:
    return f.where((x >= y) | f.isnan(y), 0, grad)


FMAX = Pointwise(
    "fmax",
    "FmaxBackward0",
    kernels.fmax,
    (
        Gradient(kernels.fmax_backward_x, _fmax_x, ("grad", "x", "y")),
        Gradient(kernels.fmax_backward_y, _fmax_y, ("grad", "x", "y")),
    ),
    ("input", "other"),
)


def fmax(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute fmax of each element, as PyTorch's function of that name."""
    try:
        return apply(FMAX, (input, other), out)
    except Override:
        return call_override(fmax, (input, other), out=out)


def _fmin_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where((x <= y) | f.isnan(y), grad, 0)


def _fmin_y(grad: Any, x: Any, y: Any) -> Any:
    return f.where((x <= y) | f.isnan(y), 0, grad)


FMIN = Pointwise(
    "fmin",
    "FminBackward0",
    kernels.fmin,
    (
        Gradient(kernels.fmin_backward_x, _fmin_x, ("grad", "x", "y")),
        Gradient(kernels.fmin_backward_y, _fmin_y, ("grad", "x", "y")),
    ),
    ("input", "other"),
)


def fmin(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute fmin of each element, as PyTorch's function of that name."""
    try:
        return apply(FMIN, (input, other), out)
    except Override:
        return call_override(fmin, (input, other), out=out)


def _clamp_x(grad: Any, x: Any, y: Any, z: Any) -> Any:
    return f.where((x >= y) & (x <= z), grad, 0)


def _clamp_y(grad: Any, x: Any, y: Any, z: Any) -> Any:
    return f.where((x < y) & (y < z), grad, 0)


def _clamp_z(grad: Any, x: Any, y: Any, z: Any) -> Any:
    return f.where((x > z) | (y > z), grad, 0)


CLAMP = Pointwise(
    "clamp",
    "ClampBackward1",
    kernels.clamp,
    (
        Gradient(kernels.clamp_backward_x, _clamp_x, ("grad", "x", "y", "z")),
        Gradient(kernels.clamp_backward_y, _clamp_y, ("grad", "x", "y", "z")),
        Gradient(kernels.clamp_backward_z, _clamp_z, ("grad", "x", "y", "z")),
    ),
    ("input", "min", "max"),
)


def _clamp_min_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x >= y, grad, 0)


def _clamp_min_y(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x < y, grad, 0)


CLAMP_MIN = Pointwise(
    "clamp_min",
    "ClampMinBackward0",
    kernels.clamp_min,
    (
        Gradient(kernels.clamp_min_backward_x, _clamp_min_x, ("grad", "x", "y")),
        Gradient(kernels.clamp_min_backward_y, _clamp_min_y, ("grad", "x", "y")),
    ),
    ("input", "min"),
)


def clamp_min(input: Tensor | Number, min: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `maximum(input, min)` for each element."""
    try:
        return apply(CLAMP_MIN, (input, min), out)
    except Override:
        return call_override(clamp_min, (input, min), out=out)


def _clamp_max_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x <= y, grad, 0)


def _clamp_max_y(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x > y, grad, 0)


CLAMP_MAX = Pointwise(
    "clamp_max",
    "ClampMaxBackward0",
    kernels.clamp_max,
    (
        Gradient(kernels.clamp_max_backward_x, _clamp_max_x, ("grad", "x", "y")),
        Gradient(kernels.clamp_max_backward_y, _clamp_max_y, ("grad", "x", "y")),
    ),
    ("input", "max"),
)


def clamp_max(input: Tensor | Number, max: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `minimum(input, max)` for each element."""
    try:
        return apply(CLAMP_MAX, (input, max), out)
    except Override:
        return call_override(clamp_max, (input, max), out=out)


def _sigmoid_x(grad: Any, out: Any) -> Any:
    return grad * out * (1 - out)


SIGMOID = Pointwise(
    "sigmoid",
    "SigmoidBackward0",
    kernels.sigmoid,
    (Gradient(kernels.sigmoid_backward, _sigmoid_x, ("grad", "out")),),
    ("input",),
)


def sigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `sigmoid(input)` for each element."""
    try:
        return apply(SIGMOID, (input,), out)
    except Override:
        return call_override(sigmoid, (input,), out=out)


def _relu_x(grad: Any, out: Any) -> Any:
    return f.where(out > 0, grad, 0)


RELU = Pointwise(
    "relu",
    "ReluBackward0",
    kernels.relu,
    (Gradient(kernels.relu_backward, _relu_x, ("grad", "out")),),
    ("input",),
)


def relu(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `where(input <= 0, 0, input)` for each element."""
    try:
        return apply(RELU, (input,), out)
    except Override:
        return call_override(relu, (input,), out=out)


def _relu6_x(grad: Any, x: Any) -> Any:
    return f.where((x > 0) & (x < 6), grad, 0)


RELU6 = Pointwise(
    "relu6",
    "HardtanhBackward0",
    kernels.relu6,
    (Gradient(kernels.relu6_backward, _relu6_x, ("grad", "x")),),
    ("input",),
)


def relu6(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `minimum(maximum(input, 0), 6)` for each element."""
    try:
        return apply(RELU6, (input,), out)
    except Override:
        return call_override(relu6, (input,), out=out)


def _leaky_relu_x(grad: Any, x: Any, negative_slope: Any) -> Any:
    return f.where(x > 0, grad, grad * negative_slope)


LEAKY_RELU = Pointwise(
    "leaky_relu",
    "LeakyReluBackward0",
    kernels.leaky_relu,
    (Gradient(kernels.leaky_relu_backward, _leaky_relu_x, ("grad", "x"), ("negative_slope",)),),
    ("input",),
)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, *, out: Tensor | None = None) -> Tensor:
    """Compute `where(input > 0, input, input * negative_slope)` for each element."""
    try:
        return apply(LEAKY_RELU, (input,), out, {"negative_slope": negative_slope})
    except Override:
        return call_override(leaky_relu, (input,), out=out, negative_slope=negative_slope)


def _prelu_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x > 0, grad, grad * y)


def _prelu_y(grad: Any, x: Any) -> Any:
    return f.where(x > 0, 0, grad * x)


PRELU = Pointwise(
    "prelu",
    "PreluKernelBackward0",
    kernels.prelu,
    (
        Gradient(kernels.prelu_backward_x, _prelu_x, ("grad", "x", "y")),
        Gradient(kernels.prelu_backward_y, _prelu_y, ("grad", "x")),
    ),
    ("input", "weight"),
)


def prelu(input: Tensor | Number, weight: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `where(input > 0, input, input * weight)` for each element."""
    try:
        return apply(PRELU, (input, weight), out)
    except Override:
        return call_override(prelu, (input, weight), out=out)


def _elu_x(grad: Any, x: Any, alpha: Any) -> Any:
    return f.where(x > 0, grad, grad * alpha * f.exp(x))


ELU = Pointwise(
    "elu",
    "EluBackward0",
    kernels.elu,
    (Gradient(kernels.elu_backward, _elu_x, ("grad", "x"), ("alpha",)),),
    ("input",),
)


def elu(input: Tensor, alpha: float = 1.0, *, out: Tensor | None = None) -> Tensor:
    """Compute `where(input > 0, input, alpha * expm1(input))` for each element."""
    try:
        return apply(ELU, (input,), out, {"alpha": alpha})
    except Override:
        return call_override(elu, (input,), out=out, alpha=alpha)


def _celu_x(grad: Any, x: Any, alpha: Any) -> Any:
    return f.where(x > 0, grad, grad * f.exp(x / alpha))


CELU = Pointwise(
    "celu",
    "CeluBackward0",
    kernels.celu,
    (Gradient(kernels.celu_backward, _celu_x, ("grad", "x"), ("alpha",)),),
    ("input",),
)


def celu(input: Tensor, alpha: float = 1.0, *, out: Tensor | None = None) -> Tensor:
    """Compute `where(input > 0, input, alpha * expm1(input / alpha))` for each element."""
    try:
        return apply(CELU, (input,), out, {"alpha": alpha})
    except Override:
        return call_override(celu, (input,), out=out, alpha=alpha)


def _selu_x(grad: Any, x: Any) -> Any:
    return f.SELU_SCALE * f.where(x > 0, grad, grad * f.SELU_ALPHA * f.exp(x))


SELU = Pointwise(
    "selu",
    "SeluBackward0",
    kernels.selu,
    (Gradient(kernels.selu_backward, _selu_x, ("grad", "x")),),
    ("input",),
)


def selu(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute selu of each element, as PyTorch's function of that name."""
    try:
        return apply(SELU, (input,), out)
    except Override:
        return call_override(selu, (input,), out=out)


def _gelu_x(grad: Any, x: Any) -> Any:
    return grad * (f.normal_cdf(x) + x * f.normal_pdf(x))


GELU = Pointwise(
    "gelu",
    "GeluBackward0",
    kernels.gelu,
    (Gradient(kernels.gelu_backward, _gelu_x, ("grad", "x")),),
    ("input",),
)


def gelu(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input * normal_cdf(input)` for each element."""
    try:
        return apply(GELU, (input,), out)
    except Override:
        return call_override(gelu, (input,), out=out)


def _gelu_tanh_x(grad: Any, x: Any) -> Any:
    return grad * (
        (1 + f.tanh(f.GELU_SCALE * (x + f.GELU_CUBE * x * x * x))) / 2
        + x
        * f.GELU_SCALE
        * (1 + 3 * f.GELU_CUBE * x * x)
        * (1 - f.square(f.tanh(f.GELU_SCALE * (x + f.GELU_CUBE * x * x * x))))
        / 2
    )


GELU_TANH = Pointwise(
    "gelu_tanh",
    "GeluBackward0",
    kernels.gelu_tanh,
    (Gradient(kernels.gelu_tanh_backward, _gelu_tanh_x, ("grad", "x")),),
    ("input",),
)


def gelu_tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute gelu_tanh of each element, as PyTorch's function of that name."""
    try:
        return apply(GELU_TANH, (input,), out)
    except Override:
        return call_override(gelu_tanh, (input,), out=out)


def _silu_x(grad: Any, x: Any) -> Any:
    return grad * f.sigmoid(x) * (1 + x * (1 - f.sigmoid(x)))


SILU = Pointwise(
    "silu",
    "SiluBackward0",
    kernels.silu,
    (Gradient(kernels.silu_backward, _silu_x, ("grad", "x")),),
    ("input",),
)


def silu(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input * sigmoid(input)` for each element."""
    try:
        return apply(SILU, (input,), out)
    except Override:
        return call_override(silu, (input,), out=out)


def _softplus_x(grad: Any, x: Any, beta: Any, threshold: Any) -> Any:
    return f.where(x * beta > threshold, grad, grad * f.sigmoid(x * beta))


SOFTPLUS = Pointwise(
    "softplus",
    "SoftplusBackward0",
    kernels.softplus,
    (Gradient(kernels.softplus_backward, _softplus_x, ("grad", "x"), ("beta", "threshold")),),
    ("input",),
)


def softplus(
    input: Tensor, beta: float = 1.0, threshold: float = 20.0, *, out: Tensor | None = None
) -> Tensor:
    """Compute softplus of each element, as PyTorch's function of that name."""
    try:
        return apply(SOFTPLUS, (input,), out, {"beta": beta, "threshold": threshold})
    except Override:
        return call_override(softplus, (input,), out=out, beta=beta, threshold=threshold)


def _mish_x(grad: Any, x: Any) -> Any:
    return grad * (f.tanh(f.softplus(x)) + x * f.sigmoid(x) * (1 - f.square(f.tanh(f.softplus(x)))))


MISH = Pointwise(
    "mish",
    "MishBackward0",
    kernels.mish,
    (Gradient(kernels.mish_backward, _mish_x, ("grad", "x")),),
    ("input",),
)


def mish(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input * tanh(softplus(input))` for each element."""
    try:
        return apply(MISH, (input,), out)
    except Override:
        return call_override(mish, (input,), out=out)


def _logsigmoid_x(grad: Any, x: Any) -> Any:
    return grad * f.sigmoid(-x)


LOGSIGMOID = Pointwise(
    "logsigmoid",
    "LogsigmoidBackward0",
    kernels.logsigmoid,
    (Gradient(kernels.logsigmoid_backward, _logsigmoid_x, ("grad", "x")),),
    ("input",),
)


def logsigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `-softplus(-input)` for each element."""
    try:
        return apply(LOGSIGMOID, (input,), out)
    except Override:
        return call_override(logsigmoid, (input,), out=out)


def _softsign_x(grad: Any, x: Any) -> Any:
    return grad / f.square(1 + f.absolute(x))


SOFTSIGN = Pointwise(
    "softsign",
    "SoftsignBackward0",
    kernels.softsign,
    (Gradient(kernels.softsign_backward, _softsign_x, ("grad", "x")),),
    ("input",),
)


def softsign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input / (1 + absolute(input))` for each element."""
    try:
        return apply(SOFTSIGN, (input,), out)
    except Override:
        return call_override(softsign, (input,), out=out)


def _tanhshrink_x(grad: Any, x: Any) -> Any:
    return grad * f.square(f.tanh(x))


TANHSHRINK = Pointwise(
    "tanhshrink",
    "TanhshrinkBackward0",
    kernels.tanhshrink,
    (Gradient(kernels.tanhshrink_backward, _tanhshrink_x, ("grad", "x")),),
    ("input",),
)


def tanhshrink(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input - tanh(input)` for each element."""
    try:
        return apply(TANHSHRINK, (input,), out)
    except Override:
        return call_override(tanhshrink, (input,), out=out)


def _hardtanh_x(grad: Any, x: Any, min_val: Any, max_val: Any) -> Any:
    return f.where((x > min_val) & (x < max_val), grad, 0)


HARDTANH = Pointwise(
    "hardtanh",
    "HardtanhBackward0",
    kernels.hardtanh,
    (Gradient(kernels.hardtanh_backward, _hardtanh_x, ("grad", "x"), ("min_val", "max_val")),),
    ("input",),
)


def hardtanh(
    input: Tensor, min_val: float = -1.0, max_val: float = 1.0, *, out: Tensor | None = None
) -> Tensor:
    """Compute `minimum(maximum(input, min_val), max_val)` for each element."""
    try:
        return apply(HARDTANH, (input,), out, {"min_val": min_val, "max_val": max_val})
    except Override:
        return call_override(hardtanh, (input,), out=out, min_val=min_val, max_val=max_val)


def _hardsigmoid_x(grad: Any, x: Any) -> Any:
    return f.where((x > -3) & (x < 3), grad / 6, 0)


HARDSIGMOID = Pointwise(
    "hardsigmoid",
    "HardsigmoidBackward0",
    kernels.hardsigmoid,
    (Gradient(kernels.hardsigmoid_backward, _hardsigmoid_x, ("grad", "x")),),
    ("input",),
)


def hardsigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `minimum(maximum(input / 6 + 0.5, 0.0), 1.0)` for each element."""
    try:
        return apply(HARDSIGMOID, (input,), out)
    except Override:
        return call_override(hardsigmoid, (input,), out=out)


def _hardswish_x(grad: Any, x: Any) -> Any:
    return f.where(x <= -3, 0, f.where(x >= 3, grad, grad * (x / 3 + 0.5)))


HARDSWISH = Pointwise(
    "hardswish",
    "HardswishBackward0",
    kernels.hardswish,
    (Gradient(kernels.hardswish_backward, _hardswish_x, ("grad", "x")),),
    ("input",),
)


def hardswish(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input * minimum(maximum(input / 6 + 0.5, 0.0), 1.0)` for each element."""
    try:
        return apply(HARDSWISH, (input,), out)
    except Override:
        return call_override(hardswish, (input,), out=out)


def _hardshrink_x(grad: Any, x: Any, lambd: Any) -> Any:
    return f.where(f.absolute(x) <= lambd, 0, grad)


HARDSHRINK = Pointwise(
    "hardshrink",
    "HardshrinkBackward0",
    kernels.hardshrink,
    (Gradient(kernels.hardshrink_backward, _hardshrink_x, ("grad", "x"), ("lambd",)),),
    ("input",),
)


def hardshrink(input: Tensor, lambd: float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """Compute `where(absolute(input) <= lambd, 0, input)` for each element."""
    try:
        return apply(HARDSHRINK, (input,), out, {"lambd": lambd})
    except Override:
        return call_override(hardshrink, (input,), out=out, lambd=lambd)


def _softshrink_x(grad: Any, x: Any, lambd: Any) -> Any:
    return f.where(f.absolute(x) <= lambd, 0, grad)


SOFTSHRINK = Pointwise(
    "softshrink",
    "SoftshrinkBackward0",
    kernels.softshrink,
    (Gradient(kernels.softshrink_backward, _softshrink_x, ("grad", "x"), ("lambd",)),),
    ("input",),
)


def softshrink(input: Tensor, lambd: float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """Compute softshrink of each element, as PyTorch's function of that name."""
    try:
        return apply(SOFTSHRINK, (input,), out, {"lambd": lambd})
    except Override:
        return call_override(softshrink, (input,), out=out, lambd=lambd)


def _threshold_x(grad: Any, x: Any, threshold: Any) -> Any:
    return f.where(x <= threshold, 0, grad)


THRESHOLD = Pointwise(
    "threshold",
    "ThresholdBackward0",
    kernels.threshold,
    (Gradient(kernels.threshold_backward, _threshold_x, ("grad", "x"), ("threshold",)),),
    ("input",),
)


EQ = Pointwise("eq", "EqBackward0", kernels.eq, (), ("input", "other"))


def eq(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input == other` for each element."""
    try:
        return apply(EQ, (input, other), out)
    except Override:
        return call_override(eq, (input, other), out=out)


NE = Pointwise("ne", "NeBackward0", kernels.ne, (), ("input", "other"))


def ne(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input != other` for each element."""
    try:
        return apply(NE, (input, other), out)
    except Override:
        return call_override(ne, (input, other), out=out)


LT = Pointwise("lt", "LtBackward0", kernels.lt, (), ("input", "other"))


def lt(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input < other` for each element."""
    try:
        return apply(LT, (input, other), out)
    except Override:
        return call_override(lt, (input, other), out=out)


LE = Pointwise("le", "LeBackward0", kernels.le, (), ("input", "other"))


def le(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input <= other` for each element."""
    try:
        return apply(LE, (input, other), out)
    except Override:
        return call_override(le, (input, other), out=out)


GT = Pointwise("gt", "GtBackward0", kernels.gt, (), ("input", "other"))


def gt(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input > other` for each element."""
    try:
        return apply(GT, (input, other), out)
    except Override:
        return call_override(gt, (input, other), out=out)


GE = Pointwise("ge", "GeBackward0", kernels.ge, (), ("input", "other"))


def ge(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input >= other` for each element."""
    try:
        return apply(GE, (input, other), out)
    except Override:
        return call_override(ge, (input, other), out=out)


ISNAN = Pointwise("isnan", "IsnanBackward0", kernels.isnan, (), ("input",))


def isnan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `isnan(input)` for each element."""
    try:
        return apply(ISNAN, (input,), out)
    except Override:
        return call_override(isnan, (input,), out=out)


ISINF = Pointwise("isinf", "IsinfBackward0", kernels.isinf, (), ("input",))


def isinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `isinf(input)` for each element."""
    try:
        return apply(ISINF, (input,), out)
    except Override:
        return call_override(isinf, (input,), out=out)


ISFINITE = Pointwise("isfinite", "IsfiniteBackward0", kernels.isfinite, (), ("input",))


def isfinite(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `isfinite(input)` for each element."""
    try:
        return apply(ISFINITE, (input,), out)
    except Override:
        return call_override(isfinite, (input,), out=out)


ISPOSINF = Pointwise("isposinf", "IsposinfBackward0", kernels.isposinf, (), ("input",))


def isposinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input == INFINITY` for each element."""
    try:
        return apply(ISPOSINF, (input,), out)
    except Override:
        return call_override(isposinf, (input,), out=out)


ISNEGINF = Pointwise("isneginf", "IsneginfBackward0", kernels.isneginf, (), ("input",))


def isneginf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input == -INFINITY` for each element."""
    try:
        return apply(ISNEGINF, (input,), out)
    except Override:
        return call_override(isneginf, (input,), out=out)


SIGNBIT = Pointwise("signbit", "SignbitBackward0", kernels.signbit, (), ("input",))


def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `signbit(input)` for each element."""
    try:
        return apply(SIGNBIT, (input,), out)
    except Override:
        return call_override(signbit, (input,), out=out)


LOGICAL_NOT = Pointwise("logical_not", "LogicalNotBackward0", kernels.logical_not, (), ("input",))


def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input == 0` for each element."""
    try:
        return apply(LOGICAL_NOT, (input,), out)
    except Override:
        return call_override(logical_not, (input,), out=out)


LOGICAL_AND = Pointwise(
    "logical_and", "LogicalAndBackward0", kernels.logical_and, (), ("input", "other")
)


def logical_and(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `(input != 0) & (other != 0)` for each element."""
    try:
        return apply(LOGICAL_AND, (input, other), out)
    except Override:
        return call_override(logical_and, (input, other), out=out)


LOGICAL_OR = Pointwise(
    "logical_or", "LogicalOrBackward0", kernels.logical_or, (), ("input", "other")
)


def logical_or(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `(input != 0) | (other != 0)` for each element."""
    try:
        return apply(LOGICAL_OR, (input, other), out)
    except Override:
        return call_override(logical_or, (input, other), out=out)


LOGICAL_XOR = Pointwise(
    "logical_xor", "LogicalXorBackward0", kernels.logical_xor, (), ("input", "other")
)


def logical_xor(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `(input != 0) ^ (other != 0)` for each element."""
    try:
        return apply(LOGICAL_XOR, (input, other), out)
    except Override:
        return call_override(logical_xor, (input, other), out=out)


BITWISE_NOT = Pointwise("bitwise_not", "BitwiseNotBackward0", kernels.bitwise_not, (), ("input",))


def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `bitwise_not(input)` for each element."""
    try:
        return apply(BITWISE_NOT, (input,), out)
    except Override:
        return call_override(bitwise_not, (input,), out=out)


BITWISE_AND = Pointwise(
    "bitwise_and", "BitwiseAndBackward0", kernels.bitwise_and, (), ("input", "other")
)


def bitwise_and(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `input & other` for each element."""
    try:
        return apply(BITWISE_AND, (input, other), out)
    except Override:
        return call_override(bitwise_and, (input, other), out=out)


BITWISE_OR = Pointwise(
    "bitwise_or", "BitwiseOrBackward0", kernels.bitwise_or, (), ("input", "other")
)


def bitwise_or(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `input | other` for each element."""
    try:
        return apply(BITWISE_OR, (input, other), out)
    except Override:
        return call_override(bitwise_or, (input, other), out=out)


BITWISE_XOR = Pointwise(
    "bitwise_xor", "BitwiseXorBackward0", kernels.bitwise_xor, (), ("input", "other")
)


def bitwise_xor(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `input ^ other` for each element."""
    try:
        return apply(BITWISE_XOR, (input, other), out)
    except Override:
        return call_override(bitwise_xor, (input, other), out=out)
