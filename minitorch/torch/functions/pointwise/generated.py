"""The elementwise functions of tensors, and their derivatives.

Written by tools/generate.py from kernels/op_table.py: change it there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....kernels.generated import elementwise as kernels
from .._in_place import in_place
from .._operands import Number, Override
from .._overrides import call_override
from . import _formulas as f
from ._engine import Pointwise, apply, binary, unary
from ._gradients import Gradient

if TYPE_CHECKING:
    from ..._tensor import Tensor


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
    numbers=("tn", "nt", "nn"),
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
    name_from_number="RsubBackward1",
    numbers=("tn", "nt", "nn"),
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
    numbers=("tn", "nt", "nn"),
)


def mul(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input * other` for each element."""
    try:
        return binary(MUL, input, other) if out is None else apply(MUL, (input, other), out)
    except Override:
        return call_override(mul, (input, other), {"out": out})


def mul_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `mul` in place: the result goes into input."""
    return in_place(MUL, input, (input, other))


multiply = mul
multiply_ = mul_


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
    name_from_number="MulBackward0",
    numbers=("tn", "nt", "nn"),
)


FLOOR_DIVIDE = Pointwise(
    "floor_divide",
    "FloorDivideBackward0",
    kernels.floor_divide,
    (),
    ("input", "other"),
    numbers=("tn", "nt", "nn"),
)


def floor_divide(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `floor_divide(input, other)` for each element."""
    try:
        return (
            binary(FLOOR_DIVIDE, input, other)
            if out is None
            else apply(FLOOR_DIVIDE, (input, other), out)
        )
    except Override:
        return call_override(floor_divide, (input, other), {"out": out})


def floor_divide_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `floor_divide` in place: the result goes into input."""
    return in_place(FLOOR_DIVIDE, input, (input, other))


def _remainder_x(grad: Any) -> Any:
    return grad


def _remainder_y(grad: Any, x: Any, y: Any) -> Any:
    return -grad * f.floor(x / y)


REMAINDER = Pointwise(
    "remainder",
    "RemainderBackward1",
    kernels.remainder,
    (
        Gradient(None, _remainder_x, ("grad",)),
        Gradient(kernels.remainder_backward_y, _remainder_y, ("grad", "x", "y")),
    ),
    ("input", "other"),
    "RemainderBackward0",
    numbers=("tn", "nt"),
)


def remainder(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `remainder(input, other)` for each element."""
    try:
        return (
            binary(REMAINDER, input, other)
            if out is None
            else apply(REMAINDER, (input, other), out)
        )
    except Override:
        return call_override(remainder, (input, other), {"out": out})


def remainder_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `remainder` in place: the result goes into input."""
    return in_place(REMAINDER, input, (input, other))


def _fmod_x(grad: Any) -> Any:
    return grad


def _fmod_y(grad: Any, x: Any, y: Any) -> Any:
    return -grad * f.trunc(x / y)


FMOD = Pointwise(
    "fmod",
    "FmodBackward1",
    kernels.fmod,
    (
        Gradient(None, _fmod_x, ("grad",)),
        Gradient(kernels.fmod_backward_y, _fmod_y, ("grad", "x", "y")),
    ),
    ("input", "other"),
    "FmodBackward0",
    numbers=("tn",),
)


def fmod(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `fmod(input, other)` for each element."""
    try:
        return binary(FMOD, input, other) if out is None else apply(FMOD, (input, other), out)
    except Override:
        return call_override(fmod, (input, other), {"out": out})


def fmod_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `fmod` in place: the result goes into input."""
    return in_place(FMOD, input, (input, other))


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
    "PowBackward0",
    name_from_number="PowBackward2",
    numbers=("tn", "nt"),
)


GCD = Pointwise("gcd", "GcdBackward0", kernels.gcd, (), ("input", "other"))


def gcd(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `gcd(input, other)` for each element."""
    try:
        return binary(GCD, input, other) if out is None else apply(GCD, (input, other), out)
    except Override:
        return call_override(gcd, (input, other), {"out": out})


def gcd_(input: Tensor, other: Tensor) -> Tensor:
    """Compute `gcd` in place: the result goes into input."""
    return in_place(GCD, input, (input, other))


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
        return unary(NEG, input) if out is None else apply(NEG, (input,), out)
    except Override:
        return call_override(neg, (input,), {"out": out})


def neg_(input: Tensor) -> Tensor:
    """Compute `neg` in place: the result goes into input."""
    return in_place(NEG, input, (input,))


negative = neg
negative_ = neg_


def _positive_x(grad: Any) -> Any:
    return grad


POSITIVE = Pointwise(
    "positive",
    "PositiveBackward0",
    kernels.positive,
    (Gradient(None, _positive_x, ("grad",)),),
    ("input",),
)


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
        return unary(ABS, input) if out is None else apply(ABS, (input,), out)
    except Override:
        return call_override(abs, (input,), {"out": out})


def abs_(input: Tensor) -> Tensor:
    """Compute `abs` in place: the result goes into input."""
    return in_place(ABS, input, (input,))


absolute = abs
absolute_ = abs_


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
        return unary(SIGN, input) if out is None else apply(SIGN, (input,), out)
    except Override:
        return call_override(sign, (input,), {"out": out})


def sign_(input: Tensor) -> Tensor:
    """Compute `sign` in place: the result goes into input."""
    return in_place(SIGN, input, (input,))


sgn = sign
sgn_ = sign_


def _square_x(grad: Any, x: Any) -> Any:
    return 2 * grad * x


SQUARE = Pointwise(
    "square",
    "PowBackward0",
    kernels.square,
    (Gradient(kernels.square_backward, _square_x, ("grad", "x")),),
    ("input",),
)


def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input * input` for each element."""
    try:
        return unary(SQUARE, input) if out is None else apply(SQUARE, (input,), out)
    except Override:
        return call_override(square, (input,), {"out": out})


def square_(input: Tensor) -> Tensor:
    """Compute `square` in place: the result goes into input."""
    return in_place(SQUARE, input, (input,))


def _cube_x(grad: Any, x: Any) -> Any:
    return 3 * grad * x * x


CUBE = Pointwise(
    "cube",
    "PowBackward0",
    kernels.cube,
    (Gradient(kernels.cube_backward, _cube_x, ("grad", "x")),),
    ("input",),
)


def _add_scaled_x(grad: Any) -> Any:
    return grad


def _add_scaled_y(grad: Any, alpha: Any) -> Any:
    return grad * alpha


ADD_SCALED = Pointwise(
    "add_scaled",
    "AddBackward0",
    kernels.add_scaled,
    (
        Gradient(None, _add_scaled_x, ("grad",)),
        Gradient(kernels.add_scaled_backward_y, _add_scaled_y, ("grad",), ("alpha",)),
    ),
    ("input", "other"),
)


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
        return unary(RECIPROCAL, input) if out is None else apply(RECIPROCAL, (input,), out)
    except Override:
        return call_override(reciprocal, (input,), {"out": out})


def reciprocal_(input: Tensor) -> Tensor:
    """Compute `reciprocal` in place: the result goes into input."""
    return in_place(RECIPROCAL, input, (input,))


def _lerp_x(grad: Any, z: Any) -> Any:
    return grad * (1 - z)


def _lerp_y(grad: Any, z: Any) -> Any:
    return grad * z


def _lerp_z(grad: Any, x: Any, y: Any) -> Any:
    return grad * (y - x)


LERP = Pointwise(
    "lerp",
    "LerpBackward1",
    kernels.lerp,
    (
        Gradient(kernels.lerp_backward_x, _lerp_x, ("grad", "z")),
        Gradient(kernels.lerp_backward_y, _lerp_y, ("grad", "z")),
        Gradient(kernels.lerp_backward_z, _lerp_z, ("grad", "x", "y")),
    ),
    ("input", "end", "weight"),
    "LerpBackward0",
    numbers=("ttn",),
)


def _lerp_by_x(grad: Any, weight: Any) -> Any:
    return grad * (1 - weight)


def _lerp_by_y(grad: Any, weight: Any) -> Any:
    return grad * weight


LERP_BY = Pointwise(
    "lerp_by",
    "LerpBackward0",
    kernels.lerp_by,
    (
        Gradient(kernels.lerp_by_backward_x, _lerp_by_x, ("grad",), ("weight",)),
        Gradient(kernels.lerp_by_backward_y, _lerp_by_y, ("grad",), ("weight",)),
    ),
    ("input", "other"),
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
    input: Tensor, tensor1: Tensor, tensor2: Tensor, value: float = 1, *, out: Tensor | None = None
) -> Tensor:
    """Compute `input + value * tensor1 * tensor2` for each element."""
    try:
        return apply(ADDCMUL, (input, tensor1, tensor2), out, {"value": value})
    except Override:
        return call_override(addcmul, (input, tensor1, tensor2), {"out": out, "value": value})


def addcmul_(input: Tensor, tensor1: Tensor, tensor2: Tensor, value: float = 1) -> Tensor:
    """Compute `addcmul` in place: the result goes into input."""
    return in_place(ADDCMUL, input, (input, tensor1, tensor2), {"value": value})


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
    input: Tensor, tensor1: Tensor, tensor2: Tensor, value: float = 1, *, out: Tensor | None = None
) -> Tensor:
    """Compute `input + value * tensor1 / tensor2` for each element."""
    try:
        return apply(ADDCDIV, (input, tensor1, tensor2), out, {"value": value})
    except Override:
        return call_override(addcdiv, (input, tensor1, tensor2), {"out": out, "value": value})


def addcdiv_(input: Tensor, tensor1: Tensor, tensor2: Tensor, value: float = 1) -> Tensor:
    """Compute `addcdiv` in place: the result goes into input."""
    return in_place(ADDCDIV, input, (input, tensor1, tensor2), {"value": value})


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
        return unary(EXP, input) if out is None else apply(EXP, (input,), out)
    except Override:
        return call_override(exp, (input,), {"out": out})


def exp_(input: Tensor) -> Tensor:
    """Compute `exp` in place: the result goes into input."""
    return in_place(EXP, input, (input,))


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
        return unary(EXP2, input) if out is None else apply(EXP2, (input,), out)
    except Override:
        return call_override(exp2, (input,), {"out": out})


def exp2_(input: Tensor) -> Tensor:
    """Compute `exp2` in place: the result goes into input."""
    return in_place(EXP2, input, (input,))


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
        return unary(EXPM1, input) if out is None else apply(EXPM1, (input,), out)
    except Override:
        return call_override(expm1, (input,), {"out": out})


def expm1_(input: Tensor) -> Tensor:
    """Compute `expm1` in place: the result goes into input."""
    return in_place(EXPM1, input, (input,))


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
        return unary(LOG, input) if out is None else apply(LOG, (input,), out)
    except Override:
        return call_override(log, (input,), {"out": out})


def log_(input: Tensor) -> Tensor:
    """Compute `log` in place: the result goes into input."""
    return in_place(LOG, input, (input,))


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
        return unary(LOG2, input) if out is None else apply(LOG2, (input,), out)
    except Override:
        return call_override(log2, (input,), {"out": out})


def log2_(input: Tensor) -> Tensor:
    """Compute `log2` in place: the result goes into input."""
    return in_place(LOG2, input, (input,))


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
        return unary(LOG10, input) if out is None else apply(LOG10, (input,), out)
    except Override:
        return call_override(log10, (input,), {"out": out})


def log10_(input: Tensor) -> Tensor:
    """Compute `log10` in place: the result goes into input."""
    return in_place(LOG10, input, (input,))


def _log1p_x(grad: Any, x: Any) -> Any:
    return grad / (x + 1)


LOG1P = Pointwise(
    "log1p",
    "Log1PBackward0",
    kernels.log1p,
    (Gradient(kernels.log1p_backward, _log1p_x, ("grad", "x")),),
    ("input",),
)


def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `log1p(input)` for each element."""
    try:
        return unary(LOG1P, input) if out is None else apply(LOG1P, (input,), out)
    except Override:
        return call_override(log1p, (input,), {"out": out})


def log1p_(input: Tensor) -> Tensor:
    """Compute `log1p` in place: the result goes into input."""
    return in_place(LOG1P, input, (input,))


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
        return unary(SQRT, input) if out is None else apply(SQRT, (input,), out)
    except Override:
        return call_override(sqrt, (input,), {"out": out})


def sqrt_(input: Tensor) -> Tensor:
    """Compute `sqrt` in place: the result goes into input."""
    return in_place(SQRT, input, (input,))


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
        return unary(RSQRT, input) if out is None else apply(RSQRT, (input,), out)
    except Override:
        return call_override(rsqrt, (input,), {"out": out})


def rsqrt_(input: Tensor) -> Tensor:
    """Compute `rsqrt` in place: the result goes into input."""
    return in_place(RSQRT, input, (input,))


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


def logaddexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `logaddexp(input, other)` for each element."""
    try:
        return (
            binary(LOGADDEXP, input, other)
            if out is None
            else apply(LOGADDEXP, (input, other), out)
        )
    except Override:
        return call_override(logaddexp, (input, other), {"out": out})


def logaddexp_(input: Tensor, other: Tensor) -> Tensor:
    """Compute `logaddexp` in place: the result goes into input."""
    return in_place(LOGADDEXP, input, (input, other))


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
    "XlogyBackward2",
    name_from_number="XlogyBackward1",
    numbers=("tn", "nt"),
)


def xlogy(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `xlogy(input, other)` for each element."""
    try:
        return binary(XLOGY, input, other) if out is None else apply(XLOGY, (input, other), out)
    except Override:
        return call_override(xlogy, (input, other), {"out": out})


def xlogy_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `xlogy` in place: the result goes into input."""
    return in_place(XLOGY, input, (input, other))


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
        return unary(SIN, input) if out is None else apply(SIN, (input,), out)
    except Override:
        return call_override(sin, (input,), {"out": out})


def sin_(input: Tensor) -> Tensor:
    """Compute `sin` in place: the result goes into input."""
    return in_place(SIN, input, (input,))


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
        return unary(COS, input) if out is None else apply(COS, (input,), out)
    except Override:
        return call_override(cos, (input,), {"out": out})


def cos_(input: Tensor) -> Tensor:
    """Compute `cos` in place: the result goes into input."""
    return in_place(COS, input, (input,))


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
        return unary(TAN, input) if out is None else apply(TAN, (input,), out)
    except Override:
        return call_override(tan, (input,), {"out": out})


def tan_(input: Tensor) -> Tensor:
    """Compute `tan` in place: the result goes into input."""
    return in_place(TAN, input, (input,))


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
        return unary(ASIN, input) if out is None else apply(ASIN, (input,), out)
    except Override:
        return call_override(asin, (input,), {"out": out})


def asin_(input: Tensor) -> Tensor:
    """Compute `asin` in place: the result goes into input."""
    return in_place(ASIN, input, (input,))


arcsin = asin
arcsin_ = asin_


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
        return unary(ACOS, input) if out is None else apply(ACOS, (input,), out)
    except Override:
        return call_override(acos, (input,), {"out": out})


def acos_(input: Tensor) -> Tensor:
    """Compute `acos` in place: the result goes into input."""
    return in_place(ACOS, input, (input,))


arccos = acos
arccos_ = acos_


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
        return unary(ATAN, input) if out is None else apply(ATAN, (input,), out)
    except Override:
        return call_override(atan, (input,), {"out": out})


def atan_(input: Tensor) -> Tensor:
    """Compute `atan` in place: the result goes into input."""
    return in_place(ATAN, input, (input,))


arctan = atan
arctan_ = atan_


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
        return unary(SINH, input) if out is None else apply(SINH, (input,), out)
    except Override:
        return call_override(sinh, (input,), {"out": out})


def sinh_(input: Tensor) -> Tensor:
    """Compute `sinh` in place: the result goes into input."""
    return in_place(SINH, input, (input,))


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
        return unary(COSH, input) if out is None else apply(COSH, (input,), out)
    except Override:
        return call_override(cosh, (input,), {"out": out})


def cosh_(input: Tensor) -> Tensor:
    """Compute `cosh` in place: the result goes into input."""
    return in_place(COSH, input, (input,))


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
        return unary(TANH, input) if out is None else apply(TANH, (input,), out)
    except Override:
        return call_override(tanh, (input,), {"out": out})


def tanh_(input: Tensor) -> Tensor:
    """Compute `tanh` in place: the result goes into input."""
    return in_place(TANH, input, (input,))


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
        return unary(ASINH, input) if out is None else apply(ASINH, (input,), out)
    except Override:
        return call_override(asinh, (input,), {"out": out})


def asinh_(input: Tensor) -> Tensor:
    """Compute `asinh` in place: the result goes into input."""
    return in_place(ASINH, input, (input,))


arcsinh = asinh
arcsinh_ = asinh_


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
        return unary(ACOSH, input) if out is None else apply(ACOSH, (input,), out)
    except Override:
        return call_override(acosh, (input,), {"out": out})


def acosh_(input: Tensor) -> Tensor:
    """Compute `acosh` in place: the result goes into input."""
    return in_place(ACOSH, input, (input,))


arccosh = acosh
arccosh_ = acosh_


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
        return unary(ATANH, input) if out is None else apply(ATANH, (input,), out)
    except Override:
        return call_override(atanh, (input,), {"out": out})


def atanh_(input: Tensor) -> Tensor:
    """Compute `atanh` in place: the result goes into input."""
    return in_place(ATANH, input, (input,))


arctanh = atanh
arctanh_ = atanh_


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
        return unary(SINC, input) if out is None else apply(SINC, (input,), out)
    except Override:
        return call_override(sinc, (input,), {"out": out})


def sinc_(input: Tensor) -> Tensor:
    """Compute `sinc` in place: the result goes into input."""
    return in_place(SINC, input, (input,))


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


def atan2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `atan2(input, other)` for each element."""
    try:
        return binary(ATAN2, input, other) if out is None else apply(ATAN2, (input, other), out)
    except Override:
        return call_override(atan2, (input, other), {"out": out})


def atan2_(input: Tensor, other: Tensor) -> Tensor:
    """Compute `atan2` in place: the result goes into input."""
    return in_place(ATAN2, input, (input, other))


arctan2 = atan2
arctan2_ = atan2_


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


def hypot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `hypot(input, other)` for each element."""
    try:
        return binary(HYPOT, input, other) if out is None else apply(HYPOT, (input, other), out)
    except Override:
        return call_override(hypot, (input, other), {"out": out})


def hypot_(input: Tensor, other: Tensor) -> Tensor:
    """Compute `hypot` in place: the result goes into input."""
    return in_place(HYPOT, input, (input, other))


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
        return unary(ERF, input) if out is None else apply(ERF, (input,), out)
    except Override:
        return call_override(erf, (input,), {"out": out})


def erf_(input: Tensor) -> Tensor:
    """Compute `erf` in place: the result goes into input."""
    return in_place(ERF, input, (input,))


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
        return unary(ERFC, input) if out is None else apply(ERFC, (input,), out)
    except Override:
        return call_override(erfc, (input,), {"out": out})


def erfc_(input: Tensor) -> Tensor:
    """Compute `erfc` in place: the result goes into input."""
    return in_place(ERFC, input, (input,))


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
        return unary(ERFINV, input) if out is None else apply(ERFINV, (input,), out)
    except Override:
        return call_override(erfinv, (input,), {"out": out})


def erfinv_(input: Tensor) -> Tensor:
    """Compute `erfinv` in place: the result goes into input."""
    return in_place(ERFINV, input, (input,))


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
        return unary(LGAMMA, input) if out is None else apply(LGAMMA, (input,), out)
    except Override:
        return call_override(lgamma, (input,), {"out": out})


def lgamma_(input: Tensor) -> Tensor:
    """Compute `lgamma` in place: the result goes into input."""
    return in_place(LGAMMA, input, (input,))


def _digamma_x(grad: Any, x: Any) -> Any:
    return grad * f.polygamma(1, x)


DIGAMMA = Pointwise(
    "digamma",
    "DigammaBackward0",
    kernels.digamma,
    (Gradient(kernels.digamma_backward, _digamma_x, ("grad", "x")),),
    ("input",),
)


def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `digamma(input)` for each element."""
    try:
        return unary(DIGAMMA, input) if out is None else apply(DIGAMMA, (input,), out)
    except Override:
        return call_override(digamma, (input,), {"out": out})


def digamma_(input: Tensor) -> Tensor:
    """Compute `digamma` in place: the result goes into input."""
    return in_place(DIGAMMA, input, (input,))


def _polygamma_x(grad: Any, x: Any, n: Any) -> Any:
    return grad * f.polygamma(n + 1, x)


POLYGAMMA = Pointwise(
    "polygamma",
    "PolygammaBackward0",
    kernels.polygamma,
    (Gradient(kernels.polygamma_backward, _polygamma_x, ("grad", "x"), ("n",)),),
    ("input",),
)


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
        return unary(FLOOR, input) if out is None else apply(FLOOR, (input,), out)
    except Override:
        return call_override(floor, (input,), {"out": out})


def floor_(input: Tensor) -> Tensor:
    """Compute `floor` in place: the result goes into input."""
    return in_place(FLOOR, input, (input,))


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
        return unary(CEIL, input) if out is None else apply(CEIL, (input,), out)
    except Override:
        return call_override(ceil, (input,), {"out": out})


def ceil_(input: Tensor) -> Tensor:
    """Compute `ceil` in place: the result goes into input."""
    return in_place(CEIL, input, (input,))


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
        return unary(TRUNC, input) if out is None else apply(TRUNC, (input,), out)
    except Override:
        return call_override(trunc, (input,), {"out": out})


def trunc_(input: Tensor) -> Tensor:
    """Compute `trunc` in place: the result goes into input."""
    return in_place(TRUNC, input, (input,))


fix = trunc
fix_ = trunc_


def _frac_x(grad: Any) -> Any:
    return grad


FRAC = Pointwise(
    "frac", "FracBackward0", kernels.frac, (Gradient(None, _frac_x, ("grad",)),), ("input",)
)


def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input - trunc(input)` for each element."""
    try:
        return unary(FRAC, input) if out is None else apply(FRAC, (input,), out)
    except Override:
        return call_override(frac, (input,), {"out": out})


def frac_(input: Tensor) -> Tensor:
    """Compute `frac` in place: the result goes into input."""
    return in_place(FRAC, input, (input,))


HEAVISIDE = Pointwise("heaviside", "HeavisideBackward0", kernels.heaviside, (), ("input", "values"))


def heaviside(input: Tensor, values: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `where(input == 0, values, where(input > 0, 1, 0))` for each element."""
    try:
        return (
            binary(HEAVISIDE, input, values)
            if out is None
            else apply(HEAVISIDE, (input, values), out)
        )
    except Override:
        return call_override(heaviside, (input, values), {"out": out})


def heaviside_(input: Tensor, values: Tensor) -> Tensor:
    """Compute `heaviside` in place: the result goes into input."""
    return in_place(HEAVISIDE, input, (input, values))


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
    "CopysignBackward1",
    numbers=("tn",),
)


def copysign(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `copysign(input, other)` for each element."""
    try:
        return (
            binary(COPYSIGN, input, other) if out is None else apply(COPYSIGN, (input, other), out)
        )
    except Override:
        return call_override(copysign, (input, other), {"out": out})


def copysign_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `copysign` in place: the result goes into input."""
    return in_place(COPYSIGN, input, (input, other))


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


def maximum(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `maximum(input, other)` for each element."""
    try:
        return binary(MAXIMUM, input, other) if out is None else apply(MAXIMUM, (input, other), out)
    except Override:
        return call_override(maximum, (input, other), {"out": out})


def maximum_(input: Tensor, other: Tensor) -> Tensor:
    """Compute `maximum` in place: the result goes into input."""
    return in_place(MAXIMUM, input, (input, other))


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


def minimum(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `minimum(input, other)` for each element."""
    try:
        return binary(MINIMUM, input, other) if out is None else apply(MINIMUM, (input, other), out)
    except Override:
        return call_override(minimum, (input, other), {"out": out})


def minimum_(input: Tensor, other: Tensor) -> Tensor:
    """Compute `minimum` in place: the result goes into input."""
    return in_place(MINIMUM, input, (input, other))


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


def fmax(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute fmax of each element, as PyTorch's function of that name."""
    try:
        return binary(FMAX, input, other) if out is None else apply(FMAX, (input, other), out)
    except Override:
        return call_override(fmax, (input, other), {"out": out})


def fmax_(input: Tensor, other: Tensor) -> Tensor:
    """Compute `fmax` in place: the result goes into input."""
    return in_place(FMAX, input, (input, other))


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


def fmin(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute fmin of each element, as PyTorch's function of that name."""
    try:
        return binary(FMIN, input, other) if out is None else apply(FMIN, (input, other), out)
    except Override:
        return call_override(fmin, (input, other), {"out": out})


def fmin_(input: Tensor, other: Tensor) -> Tensor:
    """Compute `fmin` in place: the result goes into input."""
    return in_place(FMIN, input, (input, other))


def _clamp_x(grad: Any, x: Any, y: Any, z: Any) -> Any:
    return f.where((x >= y) & (x <= z), grad, 0)


def _clamp_y(grad: Any, x: Any, y: Any, z: Any) -> Any:
    return f.where((x < y) & (y < z), grad, 0)


def _clamp_z(grad: Any, x: Any, y: Any, z: Any) -> Any:
    return f.where((x > z) | (y > z), grad, 0)


CLAMP = Pointwise(
    "clamp",
    "ClampBackward0",
    kernels.clamp,
    (
        Gradient(kernels.clamp_backward_x, _clamp_x, ("grad", "x", "y", "z")),
        Gradient(kernels.clamp_backward_y, _clamp_y, ("grad", "x", "y", "z")),
        Gradient(kernels.clamp_backward_z, _clamp_z, ("grad", "x", "y", "z")),
    ),
    ("input", "min", "max"),
    "ClampBackward1",
    numbers=("tnn",),
)


def _clamp_between_x(grad: Any, x: Any, low: Any, high: Any) -> Any:
    return f.where((x >= low) & (x <= high), grad, 0)


CLAMP_BETWEEN = Pointwise(
    "clamp_between",
    "ClampBackward1",
    kernels.clamp_between,
    (Gradient(kernels.clamp_between_backward, _clamp_between_x, ("grad", "x"), ("low", "high")),),
    ("input",),
)


def _clamp_min_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x >= y, grad, 0)


def _clamp_min_y(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x < y, grad, 0)


CLAMP_MIN = Pointwise(
    "clamp_min",
    "ClampMinBackward1",
    kernels.clamp_min,
    (
        Gradient(kernels.clamp_min_backward_x, _clamp_min_x, ("grad", "x", "y")),
        Gradient(kernels.clamp_min_backward_y, _clamp_min_y, ("grad", "x", "y")),
    ),
    ("input", "min"),
    "ClampMinBackward0",
    numbers=("tn",),
)


def clamp_min(input: Tensor, min: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `maximum(input, min)` for each element."""
    try:
        return binary(CLAMP_MIN, input, min) if out is None else apply(CLAMP_MIN, (input, min), out)
    except Override:
        return call_override(clamp_min, (input, min), {"out": out})


def clamp_min_(input: Tensor, min: Tensor | Number) -> Tensor:
    """Compute `clamp_min` in place: the result goes into input."""
    return in_place(CLAMP_MIN, input, (input, min))


def _clamp_max_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x <= y, grad, 0)


def _clamp_max_y(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x > y, grad, 0)


CLAMP_MAX = Pointwise(
    "clamp_max",
    "ClampMaxBackward1",
    kernels.clamp_max,
    (
        Gradient(kernels.clamp_max_backward_x, _clamp_max_x, ("grad", "x", "y")),
        Gradient(kernels.clamp_max_backward_y, _clamp_max_y, ("grad", "x", "y")),
    ),
    ("input", "max"),
    "ClampMaxBackward0",
    numbers=("tn",),
)


def clamp_max(input: Tensor, max: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `minimum(input, max)` for each element."""
    try:
        return binary(CLAMP_MAX, input, max) if out is None else apply(CLAMP_MAX, (input, max), out)
    except Override:
        return call_override(clamp_max, (input, max), {"out": out})


def clamp_max_(input: Tensor, max: Tensor | Number) -> Tensor:
    """Compute `clamp_max` in place: the result goes into input."""
    return in_place(CLAMP_MAX, input, (input, max))


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
        return unary(SIGMOID, input) if out is None else apply(SIGMOID, (input,), out)
    except Override:
        return call_override(sigmoid, (input,), {"out": out})


def sigmoid_(input: Tensor) -> Tensor:
    """Compute `sigmoid` in place: the result goes into input."""
    return in_place(SIGMOID, input, (input,))


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
    """Compute `where(input < 0, 0, input)` for each element."""
    try:
        return unary(RELU, input) if out is None else apply(RELU, (input,), out)
    except Override:
        return call_override(relu, (input,), {"out": out})


def relu_(input: Tensor) -> Tensor:
    """Compute `relu` in place: the result goes into input."""
    return in_place(RELU, input, (input,))


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
        return unary(RELU6, input) if out is None else apply(RELU6, (input,), out)
    except Override:
        return call_override(relu6, (input,), {"out": out})


def relu6_(input: Tensor) -> Tensor:
    """Compute `relu6` in place: the result goes into input."""
    return in_place(RELU6, input, (input,))


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
        return call_override(leaky_relu, (input,), {"out": out, "negative_slope": negative_slope})


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Compute `leaky_relu` in place: the result goes into input."""
    return in_place(LEAKY_RELU, input, (input,), {"negative_slope": negative_slope})


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
        return call_override(elu, (input,), {"out": out, "alpha": alpha})


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Compute `elu` in place: the result goes into input."""
    return in_place(ELU, input, (input,), {"alpha": alpha})


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
        return call_override(celu, (input,), {"out": out, "alpha": alpha})


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Compute `celu` in place: the result goes into input."""
    return in_place(CELU, input, (input,), {"alpha": alpha})


def _selu_x(grad: Any, x: Any) -> Any:
    return f.SELU_SCALE * f.where(x > 0, grad, grad * f.SELU_ALPHA * f.exp(x))


SELU = Pointwise(
    "selu",
    "EluBackward0",
    kernels.selu,
    (Gradient(kernels.selu_backward, _selu_x, ("grad", "x")),),
    ("input",),
)


def selu(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute selu of each element, as PyTorch's function of that name."""
    try:
        return unary(SELU, input) if out is None else apply(SELU, (input,), out)
    except Override:
        return call_override(selu, (input,), {"out": out})


def selu_(input: Tensor) -> Tensor:
    """Compute `selu` in place: the result goes into input."""
    return in_place(SELU, input, (input,))


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
        return unary(GELU, input) if out is None else apply(GELU, (input,), out)
    except Override:
        return call_override(gelu, (input,), {"out": out})


def gelu_(input: Tensor) -> Tensor:
    """Compute `gelu` in place: the result goes into input."""
    return in_place(GELU, input, (input,))


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
        return unary(GELU_TANH, input) if out is None else apply(GELU_TANH, (input,), out)
    except Override:
        return call_override(gelu_tanh, (input,), {"out": out})


def gelu_tanh_(input: Tensor) -> Tensor:
    """Compute `gelu_tanh` in place: the result goes into input."""
    return in_place(GELU_TANH, input, (input,))


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
        return unary(SILU, input) if out is None else apply(SILU, (input,), out)
    except Override:
        return call_override(silu, (input,), {"out": out})


def silu_(input: Tensor) -> Tensor:
    """Compute `silu` in place: the result goes into input."""
    return in_place(SILU, input, (input,))


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
        return call_override(softplus, (input,), {"out": out, "beta": beta, "threshold": threshold})


def softplus_(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """Compute `softplus` in place: the result goes into input."""
    return in_place(SOFTPLUS, input, (input,), {"beta": beta, "threshold": threshold})


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
        return unary(MISH, input) if out is None else apply(MISH, (input,), out)
    except Override:
        return call_override(mish, (input,), {"out": out})


def mish_(input: Tensor) -> Tensor:
    """Compute `mish` in place: the result goes into input."""
    return in_place(MISH, input, (input,))


def _logsigmoid_x(grad: Any, x: Any) -> Any:
    return grad * f.sigmoid(-x)


LOGSIGMOID = Pointwise(
    "logsigmoid",
    "LogSigmoidBackward0",
    kernels.logsigmoid,
    (Gradient(kernels.logsigmoid_backward, _logsigmoid_x, ("grad", "x")),),
    ("input",),
)


def logsigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `-softplus(-input)` for each element."""
    try:
        return unary(LOGSIGMOID, input) if out is None else apply(LOGSIGMOID, (input,), out)
    except Override:
        return call_override(logsigmoid, (input,), {"out": out})


def logsigmoid_(input: Tensor) -> Tensor:
    """Compute `logsigmoid` in place: the result goes into input."""
    return in_place(LOGSIGMOID, input, (input,))


def _softsign_x(grad: Any, x: Any) -> Any:
    return grad / f.square(1 + f.absolute(x))


SOFTSIGN = Pointwise(
    "softsign",
    "DivBackward0",
    kernels.softsign,
    (Gradient(kernels.softsign_backward, _softsign_x, ("grad", "x")),),
    ("input",),
)


def softsign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input / (1 + absolute(input))` for each element."""
    try:
        return unary(SOFTSIGN, input) if out is None else apply(SOFTSIGN, (input,), out)
    except Override:
        return call_override(softsign, (input,), {"out": out})


def softsign_(input: Tensor) -> Tensor:
    """Compute `softsign` in place: the result goes into input."""
    return in_place(SOFTSIGN, input, (input,))


def _tanhshrink_x(grad: Any, x: Any) -> Any:
    return grad * f.square(f.tanh(x))


TANHSHRINK = Pointwise(
    "tanhshrink",
    "SubBackward0",
    kernels.tanhshrink,
    (Gradient(kernels.tanhshrink_backward, _tanhshrink_x, ("grad", "x")),),
    ("input",),
)


def tanhshrink(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input - tanh(input)` for each element."""
    try:
        return unary(TANHSHRINK, input) if out is None else apply(TANHSHRINK, (input,), out)
    except Override:
        return call_override(tanhshrink, (input,), {"out": out})


def tanhshrink_(input: Tensor) -> Tensor:
    """Compute `tanhshrink` in place: the result goes into input."""
    return in_place(TANHSHRINK, input, (input,))


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
        return call_override(
            hardtanh, (input,), {"out": out, "min_val": min_val, "max_val": max_val}
        )


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """Compute `hardtanh` in place: the result goes into input."""
    return in_place(HARDTANH, input, (input,), {"min_val": min_val, "max_val": max_val})


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
        return unary(HARDSIGMOID, input) if out is None else apply(HARDSIGMOID, (input,), out)
    except Override:
        return call_override(hardsigmoid, (input,), {"out": out})


def hardsigmoid_(input: Tensor) -> Tensor:
    """Compute `hardsigmoid` in place: the result goes into input."""
    return in_place(HARDSIGMOID, input, (input,))


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
        return unary(HARDSWISH, input) if out is None else apply(HARDSWISH, (input,), out)
    except Override:
        return call_override(hardswish, (input,), {"out": out})


def hardswish_(input: Tensor) -> Tensor:
    """Compute `hardswish` in place: the result goes into input."""
    return in_place(HARDSWISH, input, (input,))


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
        return call_override(hardshrink, (input,), {"out": out, "lambd": lambd})


def hardshrink_(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Compute `hardshrink` in place: the result goes into input."""
    return in_place(HARDSHRINK, input, (input,), {"lambd": lambd})


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
        return call_override(softshrink, (input,), {"out": out, "lambd": lambd})


def softshrink_(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Compute `softshrink` in place: the result goes into input."""
    return in_place(SOFTSHRINK, input, (input,), {"lambd": lambd})


def _threshold_x(grad: Any, x: Any, threshold: Any) -> Any:
    return f.where(x <= threshold, 0, grad)


THRESHOLD = Pointwise(
    "threshold",
    "ThresholdBackward0",
    kernels.threshold,
    (Gradient(kernels.threshold_backward, _threshold_x, ("grad", "x"), ("threshold",)),),
    ("input",),
)


EQ = Pointwise("eq", "EqBackward0", kernels.eq, (), ("input", "other"), numbers=("tn",))


def eq(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input == other` for each element."""
    try:
        return binary(EQ, input, other) if out is None else apply(EQ, (input, other), out)
    except Override:
        return call_override(eq, (input, other), {"out": out})


def eq_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `eq` in place: the result goes into input."""
    return in_place(EQ, input, (input, other))


NE = Pointwise("ne", "NeBackward0", kernels.ne, (), ("input", "other"), numbers=("tn",))


def ne(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input != other` for each element."""
    try:
        return binary(NE, input, other) if out is None else apply(NE, (input, other), out)
    except Override:
        return call_override(ne, (input, other), {"out": out})


def ne_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `ne` in place: the result goes into input."""
    return in_place(NE, input, (input, other))


not_equal = ne
not_equal_ = ne_


LT = Pointwise("lt", "LtBackward0", kernels.lt, (), ("input", "other"), numbers=("tn",))


def lt(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input < other` for each element."""
    try:
        return binary(LT, input, other) if out is None else apply(LT, (input, other), out)
    except Override:
        return call_override(lt, (input, other), {"out": out})


def lt_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `lt` in place: the result goes into input."""
    return in_place(LT, input, (input, other))


less = lt
less_ = lt_


LE = Pointwise("le", "LeBackward0", kernels.le, (), ("input", "other"), numbers=("tn",))


def le(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input <= other` for each element."""
    try:
        return binary(LE, input, other) if out is None else apply(LE, (input, other), out)
    except Override:
        return call_override(le, (input, other), {"out": out})


def le_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `le` in place: the result goes into input."""
    return in_place(LE, input, (input, other))


less_equal = le
less_equal_ = le_


GT = Pointwise("gt", "GtBackward0", kernels.gt, (), ("input", "other"), numbers=("tn",))


def gt(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input > other` for each element."""
    try:
        return binary(GT, input, other) if out is None else apply(GT, (input, other), out)
    except Override:
        return call_override(gt, (input, other), {"out": out})


def gt_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `gt` in place: the result goes into input."""
    return in_place(GT, input, (input, other))


greater = gt
greater_ = gt_


GE = Pointwise("ge", "GeBackward0", kernels.ge, (), ("input", "other"), numbers=("tn",))


def ge(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input >= other` for each element."""
    try:
        return binary(GE, input, other) if out is None else apply(GE, (input, other), out)
    except Override:
        return call_override(ge, (input, other), {"out": out})


def ge_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `ge` in place: the result goes into input."""
    return in_place(GE, input, (input, other))


greater_equal = ge
greater_equal_ = ge_


ISNAN = Pointwise("isnan", "IsnanBackward0", kernels.isnan, (), ("input",))


def isnan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `isnan(input)` for each element."""
    try:
        return unary(ISNAN, input) if out is None else apply(ISNAN, (input,), out)
    except Override:
        return call_override(isnan, (input,), {"out": out})


def isnan_(input: Tensor) -> Tensor:
    """Compute `isnan` in place: the result goes into input."""
    return in_place(ISNAN, input, (input,))


ISINF = Pointwise("isinf", "IsinfBackward0", kernels.isinf, (), ("input",))


def isinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `isinf(input)` for each element."""
    try:
        return unary(ISINF, input) if out is None else apply(ISINF, (input,), out)
    except Override:
        return call_override(isinf, (input,), {"out": out})


def isinf_(input: Tensor) -> Tensor:
    """Compute `isinf` in place: the result goes into input."""
    return in_place(ISINF, input, (input,))


ISFINITE = Pointwise("isfinite", "IsfiniteBackward0", kernels.isfinite, (), ("input",))


def isfinite(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `isfinite(input)` for each element."""
    try:
        return unary(ISFINITE, input) if out is None else apply(ISFINITE, (input,), out)
    except Override:
        return call_override(isfinite, (input,), {"out": out})


def isfinite_(input: Tensor) -> Tensor:
    """Compute `isfinite` in place: the result goes into input."""
    return in_place(ISFINITE, input, (input,))


ISPOSINF = Pointwise("isposinf", "IsposinfBackward0", kernels.isposinf, (), ("input",))


def isposinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input == INFINITY` for each element."""
    try:
        return unary(ISPOSINF, input) if out is None else apply(ISPOSINF, (input,), out)
    except Override:
        return call_override(isposinf, (input,), {"out": out})


def isposinf_(input: Tensor) -> Tensor:
    """Compute `isposinf` in place: the result goes into input."""
    return in_place(ISPOSINF, input, (input,))


ISNEGINF = Pointwise("isneginf", "IsneginfBackward0", kernels.isneginf, (), ("input",))


def isneginf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input == -INFINITY` for each element."""
    try:
        return unary(ISNEGINF, input) if out is None else apply(ISNEGINF, (input,), out)
    except Override:
        return call_override(isneginf, (input,), {"out": out})


def isneginf_(input: Tensor) -> Tensor:
    """Compute `isneginf` in place: the result goes into input."""
    return in_place(ISNEGINF, input, (input,))


SIGNBIT = Pointwise("signbit", "SignbitBackward0", kernels.signbit, (), ("input",))


def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `signbit(input)` for each element."""
    try:
        return unary(SIGNBIT, input) if out is None else apply(SIGNBIT, (input,), out)
    except Override:
        return call_override(signbit, (input,), {"out": out})


def signbit_(input: Tensor) -> Tensor:
    """Compute `signbit` in place: the result goes into input."""
    return in_place(SIGNBIT, input, (input,))


LOGICAL_NOT = Pointwise("logical_not", "LogicalNotBackward0", kernels.logical_not, (), ("input",))


def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input == 0` for each element."""
    try:
        return unary(LOGICAL_NOT, input) if out is None else apply(LOGICAL_NOT, (input,), out)
    except Override:
        return call_override(logical_not, (input,), {"out": out})


def logical_not_(input: Tensor) -> Tensor:
    """Compute `logical_not` in place: the result goes into input."""
    return in_place(LOGICAL_NOT, input, (input,))


LOGICAL_AND = Pointwise(
    "logical_and", "LogicalAndBackward0", kernels.logical_and, (), ("input", "other")
)


def logical_and(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `(input != 0) & (other != 0)` for each element."""
    try:
        return (
            binary(LOGICAL_AND, input, other)
            if out is None
            else apply(LOGICAL_AND, (input, other), out)
        )
    except Override:
        return call_override(logical_and, (input, other), {"out": out})


def logical_and_(input: Tensor, other: Tensor) -> Tensor:
    """Compute `logical_and` in place: the result goes into input."""
    return in_place(LOGICAL_AND, input, (input, other))


LOGICAL_OR = Pointwise(
    "logical_or", "LogicalOrBackward0", kernels.logical_or, (), ("input", "other")
)


def logical_or(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `(input != 0) | (other != 0)` for each element."""
    try:
        return (
            binary(LOGICAL_OR, input, other)
            if out is None
            else apply(LOGICAL_OR, (input, other), out)
        )
    except Override:
        return call_override(logical_or, (input, other), {"out": out})


def logical_or_(input: Tensor, other: Tensor) -> Tensor:
    """Compute `logical_or` in place: the result goes into input."""
    return in_place(LOGICAL_OR, input, (input, other))


LOGICAL_XOR = Pointwise(
    "logical_xor", "LogicalXorBackward0", kernels.logical_xor, (), ("input", "other")
)


def logical_xor(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `(input != 0) ^ (other != 0)` for each element."""
    try:
        return (
            binary(LOGICAL_XOR, input, other)
            if out is None
            else apply(LOGICAL_XOR, (input, other), out)
        )
    except Override:
        return call_override(logical_xor, (input, other), {"out": out})


def logical_xor_(input: Tensor, other: Tensor) -> Tensor:
    """Compute `logical_xor` in place: the result goes into input."""
    return in_place(LOGICAL_XOR, input, (input, other))


BITWISE_NOT = Pointwise("bitwise_not", "BitwiseNotBackward0", kernels.bitwise_not, (), ("input",))


def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `bitwise_not(input)` for each element."""
    try:
        return unary(BITWISE_NOT, input) if out is None else apply(BITWISE_NOT, (input,), out)
    except Override:
        return call_override(bitwise_not, (input,), {"out": out})


def bitwise_not_(input: Tensor) -> Tensor:
    """Compute `bitwise_not` in place: the result goes into input."""
    return in_place(BITWISE_NOT, input, (input,))


BITWISE_AND = Pointwise(
    "bitwise_and",
    "BitwiseAndBackward0",
    kernels.bitwise_and,
    (),
    ("input", "other"),
    numbers=("tn", "nt"),
)


def bitwise_and(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `input & other` for each element."""
    try:
        return (
            binary(BITWISE_AND, input, other)
            if out is None
            else apply(BITWISE_AND, (input, other), out)
        )
    except Override:
        return call_override(bitwise_and, (input, other), {"out": out})


def bitwise_and_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `bitwise_and` in place: the result goes into input."""
    return in_place(BITWISE_AND, input, (input, other))


BITWISE_OR = Pointwise(
    "bitwise_or",
    "BitwiseOrBackward0",
    kernels.bitwise_or,
    (),
    ("input", "other"),
    numbers=("tn", "nt"),
)


def bitwise_or(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `input | other` for each element."""
    try:
        return (
            binary(BITWISE_OR, input, other)
            if out is None
            else apply(BITWISE_OR, (input, other), out)
        )
    except Override:
        return call_override(bitwise_or, (input, other), {"out": out})


def bitwise_or_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `bitwise_or` in place: the result goes into input."""
    return in_place(BITWISE_OR, input, (input, other))


BITWISE_XOR = Pointwise(
    "bitwise_xor",
    "BitwiseXorBackward0",
    kernels.bitwise_xor,
    (),
    ("input", "other"),
    numbers=("tn", "nt"),
)


def bitwise_xor(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `input ^ other` for each element."""
    try:
        return (
            binary(BITWISE_XOR, input, other)
            if out is None
            else apply(BITWISE_XOR, (input, other), out)
        )
    except Override:
        return call_override(bitwise_xor, (input, other), {"out": out})


def bitwise_xor_(input: Tensor, other: Tensor | Number) -> Tensor:
    """Compute `bitwise_xor` in place: the result goes into input."""
    return in_place(BITWISE_XOR, input, (input, other))
