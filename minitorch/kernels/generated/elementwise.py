"""Every elementwise operation: its formulas, and its kernels.

Written by tools/generate.py from kernels/op_table.py: change it there.
"""

from typing import Any

from ..cpu import functions as f
from ..cpu.elementwise.elementwise import Elementwise


def _add(x: Any, y: Any) -> Any:
    return x + y


add = Elementwise("add", _add, operands=("x", "y"), dtypes="all")


def _add_backward_x(grad: Any) -> Any:
    return grad


add_backward_x = Elementwise("add_backward_x", _add_backward_x, operands=("grad",), dtypes="all")


def _add_backward_y(grad: Any) -> Any:
    return grad


add_backward_y = Elementwise("add_backward_y", _add_backward_y, operands=("grad",), dtypes="all")


def _sub(x: Any, y: Any) -> Any:
    return x - y


sub = Elementwise("sub", _sub, operands=("x", "y"), dtypes="integers and floats")


def _sub_backward_x(grad: Any) -> Any:
    return grad


sub_backward_x = Elementwise(
    "sub_backward_x", _sub_backward_x, operands=("grad",), dtypes="integers and floats"
)


def _sub_backward_y(grad: Any) -> Any:
    return -grad


sub_backward_y = Elementwise(
    "sub_backward_y", _sub_backward_y, operands=("grad",), dtypes="integers and floats"
)


def _mul(x: Any, y: Any) -> Any:
    return x * y


mul = Elementwise("mul", _mul, operands=("x", "y"), dtypes="all")


def _mul_backward_x(grad: Any, y: Any) -> Any:
    return grad * y


mul_backward_x = Elementwise(
    "mul_backward_x", _mul_backward_x, operands=("grad", "y"), dtypes="all"
)


def _mul_backward_y(grad: Any, x: Any) -> Any:
    return grad * x


mul_backward_y = Elementwise(
    "mul_backward_y", _mul_backward_y, operands=("grad", "x"), dtypes="all"
)


def _true_divide(x: Any, y: Any) -> Any:
    return x / y


true_divide = Elementwise("true_divide", _true_divide, operands=("x", "y"), dtypes="floats")


def _true_divide_backward_x(grad: Any, y: Any) -> Any:
    return grad / y


true_divide_backward_x = Elementwise(
    "true_divide_backward_x", _true_divide_backward_x, operands=("grad", "y"), dtypes="floats"
)


def _true_divide_backward_y(grad: Any, y: Any, out: Any) -> Any:
    return -grad * out / y


true_divide_backward_y = Elementwise(
    "true_divide_backward_y",
    _true_divide_backward_y,
    operands=("grad", "y", "out"),
    dtypes="floats",
)


def _floor_divide(x: Any, y: Any) -> Any:
    return f.floor_divide(x, y)


floor_divide = Elementwise(
    "floor_divide", _floor_divide, operands=("x", "y"), dtypes="integers and floats", divides=True
)


def _remainder(x: Any, y: Any) -> Any:
    return f.remainder(x, y)


remainder = Elementwise(
    "remainder", _remainder, operands=("x", "y"), dtypes="integers and floats", divides=True
)


def _remainder_backward_x(grad: Any) -> Any:
    return grad


remainder_backward_x = Elementwise(
    "remainder_backward_x", _remainder_backward_x, operands=("grad",), dtypes="integers and floats"
)


def _remainder_backward_y(grad: Any, x: Any, y: Any) -> Any:
    return -grad * f.floor(x / y)


remainder_backward_y = Elementwise(
    "remainder_backward_y",
    _remainder_backward_y,
    operands=("grad", "x", "y"),
    dtypes="integers and floats",
)


def _fmod(x: Any, y: Any) -> Any:
    return f.fmod(x, y)


fmod = Elementwise("fmod", _fmod, operands=("x", "y"), dtypes="integers and floats", divides=True)


def _fmod_backward_x(grad: Any) -> Any:
    return grad


fmod_backward_x = Elementwise(
    "fmod_backward_x", _fmod_backward_x, operands=("grad",), dtypes="integers and floats"
)


def _fmod_backward_y(grad: Any, x: Any, y: Any) -> Any:
    return -grad * f.trunc(x / y)


fmod_backward_y = Elementwise(
    "fmod_backward_y", _fmod_backward_y, operands=("grad", "x", "y"), dtypes="integers and floats"
)


def _pow(x: Any, y: Any) -> Any:
    return f.power(x, y)


pow = Elementwise("pow", _pow, operands=("x", "y"), dtypes="integers and floats", costly=True)


def _pow_backward_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(
        y == f.like(0, grad), f.like(0, grad), grad * y * f.power(x, y - f.like(1, grad))
    )


pow_backward_x = Elementwise(
    "pow_backward_x",
    _pow_backward_x,
    operands=("grad", "x", "y"),
    dtypes="integers and floats",
    costly=True,
)


def _pow_backward_y(grad: Any, x: Any, y: Any, out: Any) -> Any:
    return f.where(
        (x == f.like(0, grad)) & (y >= f.like(0, grad)), f.like(0, grad), grad * out * f.log(x)
    )


pow_backward_y = Elementwise(
    "pow_backward_y",
    _pow_backward_y,
    operands=("grad", "x", "y", "out"),
    dtypes="integers and floats",
    costly=True,
)


def _gcd(x: Any, y: Any) -> Any:
    return f.gcd(x, y)


gcd = Elementwise("gcd", _gcd, operands=("x", "y"), dtypes="integers and bool")


def _neg(x: Any) -> Any:
    return -x


neg = Elementwise("neg", _neg, operands=("x",), dtypes="integers and floats")


def _neg_backward(grad: Any) -> Any:
    return -grad


neg_backward = Elementwise(
    "neg_backward", _neg_backward, operands=("grad",), dtypes="integers and floats"
)


def _positive(x: Any) -> Any:
    return x


positive = Elementwise("positive", _positive, operands=("x",), dtypes="integers and floats")


def _positive_backward(grad: Any) -> Any:
    return grad


positive_backward = Elementwise(
    "positive_backward", _positive_backward, operands=("grad",), dtypes="integers and floats"
)


def _abs(x: Any) -> Any:
    return f.absolute(x)


abs = Elementwise("abs", _abs, operands=("x",), dtypes="integers and floats")


def _abs_backward(grad: Any, x: Any) -> Any:
    return grad * f.sign(x)


abs_backward = Elementwise(
    "abs_backward", _abs_backward, operands=("grad", "x"), dtypes="integers and floats"
)


def _sign(x: Any) -> Any:
    return f.sign(x)


sign = Elementwise("sign", _sign, operands=("x",), dtypes="all")


def _sign_backward(grad: Any) -> Any:
    return grad * f.like(0, grad)


sign_backward = Elementwise("sign_backward", _sign_backward, operands=("grad",), dtypes="all")


def _square(x: Any) -> Any:
    return x * x


square = Elementwise("square", _square, operands=("x",), dtypes="integers and floats")


def _square_backward(grad: Any, x: Any) -> Any:
    return f.like(2, grad) * grad * x


square_backward = Elementwise(
    "square_backward", _square_backward, operands=("grad", "x"), dtypes="integers and floats"
)


def _cube(x: Any) -> Any:
    return x * x * x


cube = Elementwise("cube", _cube, operands=("x",), dtypes="floats")


def _cube_backward(grad: Any, x: Any) -> Any:
    return f.like(3, grad) * grad * x * x


cube_backward = Elementwise(
    "cube_backward", _cube_backward, operands=("grad", "x"), dtypes="floats"
)


def _add_scaled(x: Any, y: Any, alpha: Any) -> Any:
    return x + f.like(alpha, x) * y


add_scaled = Elementwise(
    "add_scaled", _add_scaled, operands=("x", "y"), dtypes="floats", parameters={"alpha": 1}
)


def _add_scaled_backward_x(grad: Any) -> Any:
    return grad


add_scaled_backward_x = Elementwise(
    "add_scaled_backward_x", _add_scaled_backward_x, operands=("grad",), dtypes="floats"
)


def _add_scaled_backward_y(grad: Any, alpha: Any) -> Any:
    return grad * f.like(alpha, grad)


add_scaled_backward_y = Elementwise(
    "add_scaled_backward_y",
    _add_scaled_backward_y,
    operands=("grad",),
    dtypes="floats",
    parameters={"alpha": 1},
)


def _reciprocal(x: Any) -> Any:
    return f.like(1, x) / x


reciprocal = Elementwise("reciprocal", _reciprocal, operands=("x",), dtypes="floats")


def _reciprocal_backward(grad: Any, out: Any) -> Any:
    return -grad * out * out


reciprocal_backward = Elementwise(
    "reciprocal_backward", _reciprocal_backward, operands=("grad", "out"), dtypes="floats"
)


def _lerp(x: Any, y: Any, z: Any) -> Any:
    return f.where(
        f.absolute(z) < f.like(0.5, x), x + z * (y - x), y - (f.like(1, x) - z) * (y - x)
    )


lerp = Elementwise("lerp", _lerp, operands=("x", "y", "z"), dtypes="floats")


def _lerp_backward_x(grad: Any, z: Any) -> Any:
    return grad * (f.like(1, grad) - z)


lerp_backward_x = Elementwise(
    "lerp_backward_x", _lerp_backward_x, operands=("grad", "z"), dtypes="floats"
)


def _lerp_backward_y(grad: Any, z: Any) -> Any:
    return grad * z


lerp_backward_y = Elementwise(
    "lerp_backward_y", _lerp_backward_y, operands=("grad", "z"), dtypes="floats"
)


def _lerp_backward_z(grad: Any, x: Any, y: Any) -> Any:
    return grad * (y - x)


lerp_backward_z = Elementwise(
    "lerp_backward_z", _lerp_backward_z, operands=("grad", "x", "y"), dtypes="floats"
)


def _lerp_by(x: Any, y: Any, weight: Any) -> Any:
    return f.where(
        f.absolute(f.like(weight, x)) < f.like(0.5, x),
        x + f.like(weight, x) * (y - x),
        y - (f.like(1, x) - f.like(weight, x)) * (y - x),
    )


lerp_by = Elementwise(
    "lerp_by", _lerp_by, operands=("x", "y"), dtypes="floats", parameters={"weight": 0.5}
)


def _lerp_by_backward_x(grad: Any, weight: Any) -> Any:
    return grad * (f.like(1, grad) - f.like(weight, grad))


lerp_by_backward_x = Elementwise(
    "lerp_by_backward_x",
    _lerp_by_backward_x,
    operands=("grad",),
    dtypes="floats",
    parameters={"weight": 0.5},
)


def _lerp_by_backward_y(grad: Any, weight: Any) -> Any:
    return grad * f.like(weight, grad)


lerp_by_backward_y = Elementwise(
    "lerp_by_backward_y",
    _lerp_by_backward_y,
    operands=("grad",),
    dtypes="floats",
    parameters={"weight": 0.5},
)


def _addcmul(x: Any, y: Any, z: Any, value: Any) -> Any:
    return x + f.like(value, x) * y * z


addcmul = Elementwise(
    "addcmul",
    _addcmul,
    operands=("x", "y", "z"),
    dtypes="integers and floats",
    parameters={"value": 1},
)


def _addcmul_backward_x(grad: Any) -> Any:
    return grad


addcmul_backward_x = Elementwise(
    "addcmul_backward_x", _addcmul_backward_x, operands=("grad",), dtypes="integers and floats"
)


def _addcmul_backward_y(grad: Any, z: Any, value: Any) -> Any:
    return grad * f.like(value, grad) * z


addcmul_backward_y = Elementwise(
    "addcmul_backward_y",
    _addcmul_backward_y,
    operands=("grad", "z"),
    dtypes="integers and floats",
    parameters={"value": 1},
)


def _addcmul_backward_z(grad: Any, y: Any, value: Any) -> Any:
    return grad * f.like(value, grad) * y


addcmul_backward_z = Elementwise(
    "addcmul_backward_z",
    _addcmul_backward_z,
    operands=("grad", "y"),
    dtypes="integers and floats",
    parameters={"value": 1},
)


def _addcdiv(x: Any, y: Any, z: Any, value: Any) -> Any:
    return x + f.like(value, x) * y / z


addcdiv = Elementwise(
    "addcdiv", _addcdiv, operands=("x", "y", "z"), dtypes="floats", parameters={"value": 1}
)


def _addcdiv_backward_x(grad: Any) -> Any:
    return grad


addcdiv_backward_x = Elementwise(
    "addcdiv_backward_x", _addcdiv_backward_x, operands=("grad",), dtypes="floats"
)


def _addcdiv_backward_y(grad: Any, z: Any, value: Any) -> Any:
    return grad * f.like(value, grad) / z


addcdiv_backward_y = Elementwise(
    "addcdiv_backward_y",
    _addcdiv_backward_y,
    operands=("grad", "z"),
    dtypes="floats",
    parameters={"value": 1},
)


def _addcdiv_backward_z(grad: Any, y: Any, z: Any, value: Any) -> Any:
    return -grad * f.like(value, grad) * y / (z * z)


addcdiv_backward_z = Elementwise(
    "addcdiv_backward_z",
    _addcdiv_backward_z,
    operands=("grad", "y", "z"),
    dtypes="floats",
    parameters={"value": 1},
)


def _exp(x: Any) -> Any:
    return f.exp(x)


exp = Elementwise("exp", _exp, operands=("x",), dtypes="floats", costly=True)


def _exp_backward(grad: Any, out: Any) -> Any:
    return grad * out


exp_backward = Elementwise(
    "exp_backward", _exp_backward, operands=("grad", "out"), dtypes="floats", costly=True
)


def _exp2(x: Any) -> Any:
    return f.exp2(x)


exp2 = Elementwise("exp2", _exp2, operands=("x",), dtypes="floats", costly=True)


def _exp2_backward(grad: Any, out: Any) -> Any:
    return grad * out * f.like(f.LN2, grad)


exp2_backward = Elementwise(
    "exp2_backward", _exp2_backward, operands=("grad", "out"), dtypes="floats", costly=True
)


def _expm1(x: Any) -> Any:
    return f.expm1(x)


expm1 = Elementwise("expm1", _expm1, operands=("x",), dtypes="floats", costly=True)


def _expm1_backward(grad: Any, out: Any) -> Any:
    return grad * (out + f.like(1, grad))


expm1_backward = Elementwise(
    "expm1_backward", _expm1_backward, operands=("grad", "out"), dtypes="floats", costly=True
)


def _log(x: Any) -> Any:
    return f.log(x)


log = Elementwise("log", _log, operands=("x",), dtypes="floats", costly=True)


def _log_backward(grad: Any, x: Any) -> Any:
    return grad / x


log_backward = Elementwise(
    "log_backward", _log_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _log2(x: Any) -> Any:
    return f.log2(x)


log2 = Elementwise("log2", _log2, operands=("x",), dtypes="floats", costly=True)


def _log2_backward(grad: Any, x: Any) -> Any:
    return grad / (x * f.like(f.LN2, grad))


log2_backward = Elementwise(
    "log2_backward", _log2_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _log10(x: Any) -> Any:
    return f.log10(x)


log10 = Elementwise("log10", _log10, operands=("x",), dtypes="floats", costly=True)


def _log10_backward(grad: Any, x: Any) -> Any:
    return grad / (x * f.like(f.LN10, grad))


log10_backward = Elementwise(
    "log10_backward", _log10_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _log1p(x: Any) -> Any:
    return f.log1p(x)


log1p = Elementwise("log1p", _log1p, operands=("x",), dtypes="floats", costly=True)


def _log1p_backward(grad: Any, x: Any) -> Any:
    return grad / (x + f.like(1, grad))


log1p_backward = Elementwise(
    "log1p_backward", _log1p_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _sqrt(x: Any) -> Any:
    return f.sqrt(x)


sqrt = Elementwise("sqrt", _sqrt, operands=("x",), dtypes="floats")


def _sqrt_backward(grad: Any, out: Any) -> Any:
    return grad / (f.like(2, grad) * out)


sqrt_backward = Elementwise(
    "sqrt_backward", _sqrt_backward, operands=("grad", "out"), dtypes="floats"
)


def _rsqrt(x: Any) -> Any:
    return f.like(1, x) / f.sqrt(x)


rsqrt = Elementwise("rsqrt", _rsqrt, operands=("x",), dtypes="floats")


def _rsqrt_backward(grad: Any, out: Any) -> Any:
    return -grad * out * out * out / f.like(2, grad)


rsqrt_backward = Elementwise(
    "rsqrt_backward", _rsqrt_backward, operands=("grad", "out"), dtypes="floats"
)


def _logaddexp(x: Any, y: Any) -> Any:
    return f.logaddexp(x, y)


logaddexp = Elementwise("logaddexp", _logaddexp, operands=("x", "y"), dtypes="floats", costly=True)


def _logaddexp_backward_x(grad: Any, x: Any, out: Any) -> Any:
    return grad * f.exp(x - out)


logaddexp_backward_x = Elementwise(
    "logaddexp_backward_x",
    _logaddexp_backward_x,
    operands=("grad", "x", "out"),
    dtypes="floats",
    costly=True,
)


def _logaddexp_backward_y(grad: Any, y: Any, out: Any) -> Any:
    return grad * f.exp(y - out)


logaddexp_backward_y = Elementwise(
    "logaddexp_backward_y",
    _logaddexp_backward_y,
    operands=("grad", "y", "out"),
    dtypes="floats",
    costly=True,
)


def _xlogy(x: Any, y: Any) -> Any:
    return f.xlogy(x, y)


xlogy = Elementwise("xlogy", _xlogy, operands=("x", "y"), dtypes="floats", costly=True)


def _xlogy_backward_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(
        (x == f.like(0, grad)) & (y <= f.like(0, grad)), f.like(0, grad), grad * f.log(y)
    )


xlogy_backward_x = Elementwise(
    "xlogy_backward_x", _xlogy_backward_x, operands=("grad", "x", "y"), dtypes="floats", costly=True
)


def _xlogy_backward_y(grad: Any, x: Any, y: Any) -> Any:
    return grad * x / y


xlogy_backward_y = Elementwise(
    "xlogy_backward_y", _xlogy_backward_y, operands=("grad", "x", "y"), dtypes="floats", costly=True
)


def _logit(x: Any) -> Any:
    return f.log(x / (f.like(1, x) - x))


logit = Elementwise("logit", _logit, operands=("x",), dtypes="floats", costly=True)


def _logit_backward(grad: Any, x: Any) -> Any:
    return grad / (x * (f.like(1, grad) - x))


logit_backward = Elementwise(
    "logit_backward", _logit_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _sin(x: Any) -> Any:
    return f.sin(x)


def _sin_near(x: Any) -> Any:
    return f.sin_near(x)


sin = Elementwise(
    "sin", _sin, operands=("x",), dtypes="floats", costly=True, near=_sin_near, reach=1000000.0
)


def _sin_backward(grad: Any, x: Any) -> Any:
    return grad * f.cos(x)


def _sin_backward_near(grad: Any, x: Any) -> Any:
    return grad * f.cos_near(x)


sin_backward = Elementwise(
    "sin_backward",
    _sin_backward,
    operands=("grad", "x"),
    dtypes="floats",
    costly=True,
    near=_sin_backward_near,
    reach=1000000.0,
)


def _cos(x: Any) -> Any:
    return f.cos(x)


def _cos_near(x: Any) -> Any:
    return f.cos_near(x)


cos = Elementwise(
    "cos", _cos, operands=("x",), dtypes="floats", costly=True, near=_cos_near, reach=1000000.0
)


def _cos_backward(grad: Any, x: Any) -> Any:
    return -grad * f.sin(x)


def _cos_backward_near(grad: Any, x: Any) -> Any:
    return -grad * f.sin_near(x)


cos_backward = Elementwise(
    "cos_backward",
    _cos_backward,
    operands=("grad", "x"),
    dtypes="floats",
    costly=True,
    near=_cos_backward_near,
    reach=1000000.0,
)


def _tan(x: Any) -> Any:
    return f.tan(x)


def _tan_near(x: Any) -> Any:
    return f.tan_near(x)


tan = Elementwise(
    "tan", _tan, operands=("x",), dtypes="floats", costly=True, near=_tan_near, reach=1000000.0
)


def _tan_backward(grad: Any, out: Any) -> Any:
    return grad * (f.like(1, grad) + out * out)


tan_backward = Elementwise(
    "tan_backward", _tan_backward, operands=("grad", "out"), dtypes="floats", costly=True
)


def _asin(x: Any) -> Any:
    return f.asin(x)


asin = Elementwise("asin", _asin, operands=("x",), dtypes="floats", costly=True)


def _asin_backward(grad: Any, x: Any) -> Any:
    return grad / f.sqrt(f.like(1, grad) - x * x)


asin_backward = Elementwise(
    "asin_backward", _asin_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _acos(x: Any) -> Any:
    return f.acos(x)


acos = Elementwise("acos", _acos, operands=("x",), dtypes="floats", costly=True)


def _acos_backward(grad: Any, x: Any) -> Any:
    return -grad / f.sqrt(f.like(1, grad) - x * x)


acos_backward = Elementwise(
    "acos_backward", _acos_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _atan(x: Any) -> Any:
    return f.atan(x)


atan = Elementwise("atan", _atan, operands=("x",), dtypes="floats", costly=True)


def _atan_backward(grad: Any, x: Any) -> Any:
    return grad / (f.like(1, grad) + x * x)


atan_backward = Elementwise(
    "atan_backward", _atan_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _sinh(x: Any) -> Any:
    return f.sinh(x)


sinh = Elementwise("sinh", _sinh, operands=("x",), dtypes="floats", costly=True)


def _sinh_backward(grad: Any, x: Any) -> Any:
    return grad * f.cosh(x)


sinh_backward = Elementwise(
    "sinh_backward", _sinh_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _cosh(x: Any) -> Any:
    return f.cosh(x)


cosh = Elementwise("cosh", _cosh, operands=("x",), dtypes="floats", costly=True)


def _cosh_backward(grad: Any, x: Any) -> Any:
    return grad * f.sinh(x)


cosh_backward = Elementwise(
    "cosh_backward", _cosh_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _tanh(x: Any) -> Any:
    return f.tanh(x)


tanh = Elementwise("tanh", _tanh, operands=("x",), dtypes="floats", costly=True)


def _tanh_backward(grad: Any, out: Any) -> Any:
    return grad * (f.like(1, grad) - out * out)


tanh_backward = Elementwise(
    "tanh_backward", _tanh_backward, operands=("grad", "out"), dtypes="floats", costly=True
)


def _asinh(x: Any) -> Any:
    return f.asinh(x)


asinh = Elementwise("asinh", _asinh, operands=("x",), dtypes="floats", costly=True)


def _asinh_backward(grad: Any, x: Any) -> Any:
    return grad / f.sqrt(x * x + f.like(1, grad))


asinh_backward = Elementwise(
    "asinh_backward", _asinh_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _acosh(x: Any) -> Any:
    return f.acosh(x)


acosh = Elementwise("acosh", _acosh, operands=("x",), dtypes="floats", costly=True)


def _acosh_backward(grad: Any, x: Any) -> Any:
    return grad / f.sqrt(x * x - f.like(1, grad))


acosh_backward = Elementwise(
    "acosh_backward", _acosh_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _atanh(x: Any) -> Any:
    return f.atanh(x)


atanh = Elementwise("atanh", _atanh, operands=("x",), dtypes="floats", costly=True)


def _atanh_backward(grad: Any, x: Any) -> Any:
    return grad / (f.like(1, grad) - x * x)


atanh_backward = Elementwise(
    "atanh_backward", _atanh_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _sinc(x: Any) -> Any:
    return f.sinc(x)


def _sinc_near(x: Any) -> Any:
    return f.sinc_near(x)


sinc = Elementwise(
    "sinc", _sinc, operands=("x",), dtypes="floats", costly=True, near=_sinc_near, reach=300000.0
)


def _sinc_backward(grad: Any, x: Any, out: Any) -> Any:
    return f.where(
        x == f.like(0, grad), f.like(0, grad), grad * (f.cos(f.like(f.PI, grad) * x) - out) / x
    )


def _sinc_backward_near(grad: Any, x: Any, out: Any) -> Any:
    return f.where(
        x == f.like(0, grad), f.like(0, grad), grad * (f.cos_near(f.like(f.PI, grad) * x) - out) / x
    )


sinc_backward = Elementwise(
    "sinc_backward",
    _sinc_backward,
    operands=("grad", "x", "out"),
    dtypes="floats",
    costly=True,
    near=_sinc_backward_near,
    reach=300000.0,
)


def _atan2(x: Any, y: Any) -> Any:
    return f.atan2(x, y)


atan2 = Elementwise("atan2", _atan2, operands=("x", "y"), dtypes="floats", costly=True)


def _atan2_backward_x(grad: Any, x: Any, y: Any) -> Any:
    return grad * y / (x * x + y * y)


atan2_backward_x = Elementwise(
    "atan2_backward_x", _atan2_backward_x, operands=("grad", "x", "y"), dtypes="floats", costly=True
)


def _atan2_backward_y(grad: Any, x: Any, y: Any) -> Any:
    return -grad * x / (x * x + y * y)


atan2_backward_y = Elementwise(
    "atan2_backward_y", _atan2_backward_y, operands=("grad", "x", "y"), dtypes="floats", costly=True
)


def _hypot(x: Any, y: Any) -> Any:
    return f.hypot(x, y)


hypot = Elementwise("hypot", _hypot, operands=("x", "y"), dtypes="floats", costly=True)


def _hypot_backward_x(grad: Any, x: Any, out: Any) -> Any:
    return grad * x / out


hypot_backward_x = Elementwise(
    "hypot_backward_x",
    _hypot_backward_x,
    operands=("grad", "x", "out"),
    dtypes="floats",
    costly=True,
)


def _hypot_backward_y(grad: Any, y: Any, out: Any) -> Any:
    return grad * y / out


hypot_backward_y = Elementwise(
    "hypot_backward_y",
    _hypot_backward_y,
    operands=("grad", "y", "out"),
    dtypes="floats",
    costly=True,
)


def _erf(x: Any) -> Any:
    return f.erf(x)


erf = Elementwise("erf", _erf, operands=("x",), dtypes="floats", costly=True)


def _erf_backward(grad: Any, x: Any) -> Any:
    return grad * f.like(f.TWO_OVER_SQRT_PI, grad) * f.exp(-x * x)


erf_backward = Elementwise(
    "erf_backward", _erf_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _erfc(x: Any) -> Any:
    return f.erfc(x)


erfc = Elementwise("erfc", _erfc, operands=("x",), dtypes="floats", costly=True)


def _erfc_backward(grad: Any, x: Any) -> Any:
    return -grad * f.like(f.TWO_OVER_SQRT_PI, grad) * f.exp(-x * x)


erfc_backward = Elementwise(
    "erfc_backward", _erfc_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _erfinv(x: Any) -> Any:
    return f.erfinv(x)


erfinv = Elementwise("erfinv", _erfinv, operands=("x",), dtypes="floats", costly=True)


def _erfinv_backward(grad: Any, out: Any) -> Any:
    return grad / f.like(f.TWO_OVER_SQRT_PI, grad) * f.exp(out * out)


erfinv_backward = Elementwise(
    "erfinv_backward", _erfinv_backward, operands=("grad", "out"), dtypes="floats", costly=True
)


def _lgamma(x: Any) -> Any:
    return f.lgamma(x)


lgamma = Elementwise("lgamma", _lgamma, operands=("x",), dtypes="floats", costly=True)


def _lgamma_backward(grad: Any, x: Any) -> Any:
    return grad * f.digamma(x)


lgamma_backward = Elementwise(
    "lgamma_backward", _lgamma_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _digamma(x: Any) -> Any:
    return f.digamma(x)


digamma = Elementwise("digamma", _digamma, operands=("x",), dtypes="floats", costly=True)


def _digamma_backward(grad: Any, x: Any) -> Any:
    return grad * f.polygamma(f.like(1, grad), x)


digamma_backward = Elementwise(
    "digamma_backward", _digamma_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _polygamma(x: Any, n: Any) -> Any:
    return f.polygamma(f.like(n, x), x)


polygamma = Elementwise(
    "polygamma", _polygamma, operands=("x",), dtypes="floats", parameters={"n": 1.0}, costly=True
)


def _polygamma_backward(grad: Any, x: Any, n: Any) -> Any:
    return grad * f.polygamma(f.like(n, grad) + f.like(1, grad), x)


polygamma_backward = Elementwise(
    "polygamma_backward",
    _polygamma_backward,
    operands=("grad", "x"),
    dtypes="floats",
    parameters={"n": 1.0},
    costly=True,
)


def _floor(x: Any) -> Any:
    return f.floor(x)


floor = Elementwise("floor", _floor, operands=("x",), dtypes="integers and floats")


def _floor_backward(grad: Any) -> Any:
    return grad * f.like(0, grad)


floor_backward = Elementwise(
    "floor_backward", _floor_backward, operands=("grad",), dtypes="integers and floats"
)


def _ceil(x: Any) -> Any:
    return f.ceil(x)


ceil = Elementwise("ceil", _ceil, operands=("x",), dtypes="integers and floats")


def _ceil_backward(grad: Any) -> Any:
    return grad * f.like(0, grad)


ceil_backward = Elementwise(
    "ceil_backward", _ceil_backward, operands=("grad",), dtypes="integers and floats"
)


def _round(x: Any) -> Any:
    return f.round_half_even(x)


round = Elementwise("round", _round, operands=("x",), dtypes="integers and floats")


def _round_backward(grad: Any) -> Any:
    return grad * f.like(0, grad)


round_backward = Elementwise(
    "round_backward", _round_backward, operands=("grad",), dtypes="integers and floats"
)


def _trunc(x: Any) -> Any:
    return f.trunc(x)


trunc = Elementwise("trunc", _trunc, operands=("x",), dtypes="integers and floats")


def _trunc_backward(grad: Any) -> Any:
    return grad * f.like(0, grad)


trunc_backward = Elementwise(
    "trunc_backward", _trunc_backward, operands=("grad",), dtypes="integers and floats"
)


def _frac(x: Any) -> Any:
    return x - f.trunc(x)


frac = Elementwise("frac", _frac, operands=("x",), dtypes="floats")


def _frac_backward(grad: Any) -> Any:
    return grad


frac_backward = Elementwise("frac_backward", _frac_backward, operands=("grad",), dtypes="floats")


def _heaviside(x: Any, y: Any) -> Any:
    return f.where(x == f.like(0, x), y, f.where(x > f.like(0, x), f.like(1, x), f.like(0, x)))


heaviside = Elementwise("heaviside", _heaviside, operands=("x", "y"), dtypes="integers and floats")


def _copysign(x: Any, y: Any) -> Any:
    return f.copysign(x, y)


copysign = Elementwise("copysign", _copysign, operands=("x", "y"), dtypes="floats")


def _copysign_backward_x(grad: Any, x: Any, out: Any) -> Any:
    return f.where(x == f.like(0, grad), f.like(0, grad), grad * out / x)


copysign_backward_x = Elementwise(
    "copysign_backward_x", _copysign_backward_x, operands=("grad", "x", "out"), dtypes="floats"
)


def _copysign_backward_y(grad: Any) -> Any:
    return grad * f.like(0, grad)


copysign_backward_y = Elementwise(
    "copysign_backward_y", _copysign_backward_y, operands=("grad",), dtypes="floats"
)


def _nan_to_num(x: Any, nan: Any, posinf: Any, neginf: Any) -> Any:
    return f.where(
        f.isnan(x),
        f.like(nan, x),
        f.where(
            x == f.like(f.INFINITY, x),
            f.finite(f.like(posinf, x)),
            f.where(x == -f.like(f.INFINITY, x), f.finite(f.like(neginf, x)), x),
        ),
    )


nan_to_num = Elementwise(
    "nan_to_num",
    _nan_to_num,
    operands=("x",),
    dtypes="floats",
    parameters={"nan": 0.0, "posinf": float("inf"), "neginf": float("-inf")},
)


def _nan_to_num_backward(grad: Any, x: Any) -> Any:
    return f.where(f.isfinite(x), grad, f.like(0, grad))


nan_to_num_backward = Elementwise(
    "nan_to_num_backward", _nan_to_num_backward, operands=("grad", "x"), dtypes="floats"
)


def _maximum(x: Any, y: Any) -> Any:
    return f.maximum(x, y)


maximum = Elementwise("maximum", _maximum, operands=("x", "y"), dtypes="all")


def _maximum_backward_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x > y, grad, f.where(x == y, grad / f.like(2, grad), f.like(0, grad)))


maximum_backward_x = Elementwise(
    "maximum_backward_x", _maximum_backward_x, operands=("grad", "x", "y"), dtypes="all"
)


def _maximum_backward_y(grad: Any, x: Any, y: Any) -> Any:
    return f.where(y > x, grad, f.where(x == y, grad / f.like(2, grad), f.like(0, grad)))


maximum_backward_y = Elementwise(
    "maximum_backward_y", _maximum_backward_y, operands=("grad", "x", "y"), dtypes="all"
)


def _minimum(x: Any, y: Any) -> Any:
    return f.minimum(x, y)


minimum = Elementwise("minimum", _minimum, operands=("x", "y"), dtypes="all")


def _minimum_backward_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x < y, grad, f.where(x == y, grad / f.like(2, grad), f.like(0, grad)))


minimum_backward_x = Elementwise(
    "minimum_backward_x", _minimum_backward_x, operands=("grad", "x", "y"), dtypes="all"
)


def _minimum_backward_y(grad: Any, x: Any, y: Any) -> Any:
    return f.where(y < x, grad, f.where(x == y, grad / f.like(2, grad), f.like(0, grad)))


minimum_backward_y = Elementwise(
    "minimum_backward_y", _minimum_backward_y, operands=("grad", "x", "y"), dtypes="all"
)


def _fmax(x: Any, y: Any) -> Any:
    return f.where(f.isnan(x), y, f.where(f.isnan(y), x, f.maximum(x, y)))


fmax = Elementwise("fmax", _fmax, operands=("x", "y"), dtypes="integers and floats")


def _fmax_backward_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where((x >= y) | f.isnan(y), grad, f.like(0, grad))


fmax_backward_x = Elementwise(
    "fmax_backward_x", _fmax_backward_x, operands=("grad", "x", "y"), dtypes="integers and floats"
)


def _fmax_backward_y(grad: Any, x: Any, y: Any) -> Any:
    return f.where((x >= y) | f.isnan(y), f.like(0, grad), grad)


fmax_backward_y = Elementwise(
    "fmax_backward_y", _fmax_backward_y, operands=("grad", "x", "y"), dtypes="integers and floats"
)


def _fmin(x: Any, y: Any) -> Any:
    return f.where(f.isnan(x), y, f.where(f.isnan(y), x, f.minimum(x, y)))


fmin = Elementwise("fmin", _fmin, operands=("x", "y"), dtypes="integers and floats")


def _fmin_backward_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where((x <= y) | f.isnan(y), grad, f.like(0, grad))


fmin_backward_x = Elementwise(
    "fmin_backward_x", _fmin_backward_x, operands=("grad", "x", "y"), dtypes="integers and floats"
)


def _fmin_backward_y(grad: Any, x: Any, y: Any) -> Any:
    return f.where((x <= y) | f.isnan(y), f.like(0, grad), grad)


fmin_backward_y = Elementwise(
    "fmin_backward_y", _fmin_backward_y, operands=("grad", "x", "y"), dtypes="integers and floats"
)


def _clamp(x: Any, y: Any, z: Any) -> Any:
    return f.minimum(f.maximum(x, y), z)


clamp = Elementwise("clamp", _clamp, operands=("x", "y", "z"), dtypes="integers and floats")


def _clamp_backward_x(grad: Any, x: Any, y: Any, z: Any) -> Any:
    return f.where((x >= y) & (x <= z), grad, f.like(0, grad))


clamp_backward_x = Elementwise(
    "clamp_backward_x",
    _clamp_backward_x,
    operands=("grad", "x", "y", "z"),
    dtypes="integers and floats",
)


def _clamp_backward_y(grad: Any, x: Any, y: Any, z: Any) -> Any:
    return f.where((x < y) & (y < z), grad, f.like(0, grad))


clamp_backward_y = Elementwise(
    "clamp_backward_y",
    _clamp_backward_y,
    operands=("grad", "x", "y", "z"),
    dtypes="integers and floats",
)


def _clamp_backward_z(grad: Any, x: Any, y: Any, z: Any) -> Any:
    return f.where((x > z) | (y > z), grad, f.like(0, grad))


clamp_backward_z = Elementwise(
    "clamp_backward_z",
    _clamp_backward_z,
    operands=("grad", "x", "y", "z"),
    dtypes="integers and floats",
)


def _clamp_between(x: Any, low: Any, high: Any) -> Any:
    return f.minimum(f.maximum(x, f.like(low, x)), f.like(high, x))


clamp_between = Elementwise(
    "clamp_between",
    _clamp_between,
    operands=("x",),
    dtypes="floats",
    parameters={"low": 0, "high": 1},
)


def _clamp_between_backward(grad: Any, x: Any, low: Any, high: Any) -> Any:
    return f.where((x >= f.like(low, grad)) & (x <= f.like(high, grad)), grad, f.like(0, grad))


clamp_between_backward = Elementwise(
    "clamp_between_backward",
    _clamp_between_backward,
    operands=("grad", "x"),
    dtypes="floats",
    parameters={"low": 0, "high": 1},
)


def _clamp_min(x: Any, y: Any) -> Any:
    return f.maximum(x, y)


clamp_min = Elementwise("clamp_min", _clamp_min, operands=("x", "y"), dtypes="integers and floats")


def _clamp_min_backward_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x >= y, grad, f.like(0, grad))


clamp_min_backward_x = Elementwise(
    "clamp_min_backward_x",
    _clamp_min_backward_x,
    operands=("grad", "x", "y"),
    dtypes="integers and floats",
)


def _clamp_min_backward_y(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x < y, grad, f.like(0, grad))


clamp_min_backward_y = Elementwise(
    "clamp_min_backward_y",
    _clamp_min_backward_y,
    operands=("grad", "x", "y"),
    dtypes="integers and floats",
)


def _clamp_max(x: Any, y: Any) -> Any:
    return f.minimum(x, y)


clamp_max = Elementwise("clamp_max", _clamp_max, operands=("x", "y"), dtypes="integers and floats")


def _clamp_max_backward_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x <= y, grad, f.like(0, grad))


clamp_max_backward_x = Elementwise(
    "clamp_max_backward_x",
    _clamp_max_backward_x,
    operands=("grad", "x", "y"),
    dtypes="integers and floats",
)


def _clamp_max_backward_y(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x > y, grad, f.like(0, grad))


clamp_max_backward_y = Elementwise(
    "clamp_max_backward_y",
    _clamp_max_backward_y,
    operands=("grad", "x", "y"),
    dtypes="integers and floats",
)


def _sigmoid(x: Any) -> Any:
    return f.sigmoid(x)


sigmoid = Elementwise("sigmoid", _sigmoid, operands=("x",), dtypes="floats", costly=True)


def _sigmoid_backward(grad: Any, out: Any) -> Any:
    return grad * out * (f.like(1, grad) - out)


sigmoid_backward = Elementwise(
    "sigmoid_backward", _sigmoid_backward, operands=("grad", "out"), dtypes="floats", costly=True
)


def _relu(x: Any) -> Any:
    return f.where(x < f.like(0, x), f.like(0, x), x)


relu = Elementwise("relu", _relu, operands=("x",), dtypes="integers and floats")


def _relu_backward(grad: Any, out: Any) -> Any:
    return f.where(out > f.like(0, grad), grad, f.like(0, grad))


relu_backward = Elementwise(
    "relu_backward", _relu_backward, operands=("grad", "out"), dtypes="integers and floats"
)


def _relu6(x: Any) -> Any:
    return f.minimum(f.maximum(x, f.like(0, x)), f.like(6, x))


relu6 = Elementwise("relu6", _relu6, operands=("x",), dtypes="floats")


def _relu6_backward(grad: Any, x: Any) -> Any:
    return f.where((x > f.like(0, grad)) & (x < f.like(6, grad)), grad, f.like(0, grad))


relu6_backward = Elementwise(
    "relu6_backward", _relu6_backward, operands=("grad", "x"), dtypes="floats"
)


def _leaky_relu(x: Any, negative_slope: Any) -> Any:
    return f.where(x > f.like(0, x), x, x * f.like(negative_slope, x))


leaky_relu = Elementwise(
    "leaky_relu", _leaky_relu, operands=("x",), dtypes="floats", parameters={"negative_slope": 0.01}
)


def _leaky_relu_backward(grad: Any, x: Any, negative_slope: Any) -> Any:
    return f.where(x > f.like(0, grad), grad, grad * f.like(negative_slope, grad))


leaky_relu_backward = Elementwise(
    "leaky_relu_backward",
    _leaky_relu_backward,
    operands=("grad", "x"),
    dtypes="floats",
    parameters={"negative_slope": 0.01},
)


def _prelu(x: Any, y: Any) -> Any:
    return f.where(x > f.like(0, x), x, x * y)


prelu = Elementwise("prelu", _prelu, operands=("x", "y"), dtypes="floats")


def _prelu_backward_x(grad: Any, x: Any, y: Any) -> Any:
    return f.where(x > f.like(0, grad), grad, grad * y)


prelu_backward_x = Elementwise(
    "prelu_backward_x", _prelu_backward_x, operands=("grad", "x", "y"), dtypes="floats"
)


def _prelu_backward_y(grad: Any, x: Any) -> Any:
    return f.where(x > f.like(0, grad), f.like(0, grad), grad * x)


prelu_backward_y = Elementwise(
    "prelu_backward_y", _prelu_backward_y, operands=("grad", "x"), dtypes="floats"
)


def _elu(x: Any, alpha: Any) -> Any:
    return f.where(x > f.like(0, x), x, f.like(alpha, x) * f.expm1(x))


elu = Elementwise(
    "elu", _elu, operands=("x",), dtypes="floats", parameters={"alpha": 1.0}, costly=True
)


def _elu_backward(grad: Any, x: Any, alpha: Any) -> Any:
    return f.where(x > f.like(0, grad), grad, grad * f.like(alpha, grad) * f.exp(x))


elu_backward = Elementwise(
    "elu_backward",
    _elu_backward,
    operands=("grad", "x"),
    dtypes="floats",
    parameters={"alpha": 1.0},
    costly=True,
)


def _celu(x: Any, alpha: Any) -> Any:
    return f.where(x > f.like(0, x), x, f.like(alpha, x) * f.expm1(x / f.like(alpha, x)))


celu = Elementwise(
    "celu", _celu, operands=("x",), dtypes="floats", parameters={"alpha": 1.0}, costly=True
)


def _celu_backward(grad: Any, x: Any, alpha: Any) -> Any:
    return f.where(x > f.like(0, grad), grad, grad * f.exp(x / f.like(alpha, grad)))


celu_backward = Elementwise(
    "celu_backward",
    _celu_backward,
    operands=("grad", "x"),
    dtypes="floats",
    parameters={"alpha": 1.0},
    costly=True,
)


def _selu(x: Any) -> Any:
    return f.like(f.SELU_SCALE, x) * f.where(
        x > f.like(0, x), x, f.like(f.SELU_ALPHA, x) * f.expm1(x)
    )


selu = Elementwise("selu", _selu, operands=("x",), dtypes="floats", costly=True)


def _selu_backward(grad: Any, x: Any) -> Any:
    return f.like(f.SELU_SCALE, grad) * f.where(
        x > f.like(0, grad), grad, grad * f.like(f.SELU_ALPHA, grad) * f.exp(x)
    )


selu_backward = Elementwise(
    "selu_backward", _selu_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _gelu(x: Any) -> Any:
    return x * f.normal_cdf(x)


gelu = Elementwise("gelu", _gelu, operands=("x",), dtypes="floats", costly=True)


def _gelu_backward(grad: Any, x: Any) -> Any:
    return grad * (f.normal_cdf(x) + x * f.normal_pdf(x))


gelu_backward = Elementwise(
    "gelu_backward", _gelu_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _gelu_tanh(x: Any) -> Any:
    return (
        x
        * (
            f.like(1, x)
            + f.tanh(f.like(f.GELU_SCALE, x) * (x + f.like(f.GELU_CUBE, x) * x * x * x))
        )
        / f.like(2, x)
    )


gelu_tanh = Elementwise("gelu_tanh", _gelu_tanh, operands=("x",), dtypes="floats", costly=True)


def _gelu_tanh_backward(grad: Any, x: Any) -> Any:
    return grad * (
        (
            f.like(1, grad)
            + f.tanh(f.like(f.GELU_SCALE, grad) * (x + f.like(f.GELU_CUBE, grad) * x * x * x))
        )
        / f.like(2, grad)
        + x
        * f.like(f.GELU_SCALE, grad)
        * (f.like(1, grad) + f.like(3, grad) * f.like(f.GELU_CUBE, grad) * x * x)
        * (
            f.like(1, grad)
            - f.square(
                f.tanh(f.like(f.GELU_SCALE, grad) * (x + f.like(f.GELU_CUBE, grad) * x * x * x))
            )
        )
        / f.like(2, grad)
    )


gelu_tanh_backward = Elementwise(
    "gelu_tanh_backward", _gelu_tanh_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _silu(x: Any) -> Any:
    return x * f.sigmoid(x)


silu = Elementwise("silu", _silu, operands=("x",), dtypes="floats", costly=True)


def _silu_backward(grad: Any, x: Any) -> Any:
    return grad * f.sigmoid(x) * (f.like(1, grad) + x * (f.like(1, grad) - f.sigmoid(x)))


silu_backward = Elementwise(
    "silu_backward", _silu_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _softplus(x: Any, beta: Any, threshold: Any) -> Any:
    return f.where(
        x * f.like(beta, x) > f.like(threshold, x),
        x,
        f.softplus(x * f.like(beta, x)) / f.like(beta, x),
    )


softplus = Elementwise(
    "softplus",
    _softplus,
    operands=("x",),
    dtypes="floats",
    parameters={"beta": 1.0, "threshold": 20.0},
    costly=True,
)


def _softplus_backward(grad: Any, x: Any, beta: Any, threshold: Any) -> Any:
    return f.where(
        x * f.like(beta, grad) > f.like(threshold, grad),
        grad,
        grad * f.sigmoid(x * f.like(beta, grad)),
    )


softplus_backward = Elementwise(
    "softplus_backward",
    _softplus_backward,
    operands=("grad", "x"),
    dtypes="floats",
    parameters={"beta": 1.0, "threshold": 20.0},
    costly=True,
)


def _mish(x: Any) -> Any:
    return x * f.tanh(f.softplus(x))


mish = Elementwise("mish", _mish, operands=("x",), dtypes="floats", costly=True)


def _mish_backward(grad: Any, x: Any) -> Any:
    return grad * (
        f.tanh(f.softplus(x))
        + x * f.sigmoid(x) * (f.like(1, grad) - f.square(f.tanh(f.softplus(x))))
    )


mish_backward = Elementwise(
    "mish_backward", _mish_backward, operands=("grad", "x"), dtypes="floats", costly=True
)


def _logsigmoid(x: Any) -> Any:
    return -f.softplus(-x)


logsigmoid = Elementwise("logsigmoid", _logsigmoid, operands=("x",), dtypes="floats", costly=True)


def _logsigmoid_backward(grad: Any, x: Any) -> Any:
    return grad * f.sigmoid(-x)


logsigmoid_backward = Elementwise(
    "logsigmoid_backward",
    _logsigmoid_backward,
    operands=("grad", "x"),
    dtypes="floats",
    costly=True,
)


def _softsign(x: Any) -> Any:
    return x / (f.like(1, x) + f.absolute(x))


softsign = Elementwise("softsign", _softsign, operands=("x",), dtypes="floats")


def _softsign_backward(grad: Any, x: Any) -> Any:
    return grad / f.square(f.like(1, grad) + f.absolute(x))


softsign_backward = Elementwise(
    "softsign_backward", _softsign_backward, operands=("grad", "x"), dtypes="floats"
)


def _tanhshrink(x: Any) -> Any:
    return x - f.tanh(x)


tanhshrink = Elementwise("tanhshrink", _tanhshrink, operands=("x",), dtypes="floats", costly=True)


def _tanhshrink_backward(grad: Any, x: Any) -> Any:
    return grad * f.square(f.tanh(x))


tanhshrink_backward = Elementwise(
    "tanhshrink_backward",
    _tanhshrink_backward,
    operands=("grad", "x"),
    dtypes="floats",
    costly=True,
)


def _hardtanh(x: Any, min_val: Any, max_val: Any) -> Any:
    return f.minimum(f.maximum(x, f.like(min_val, x)), f.like(max_val, x))


hardtanh = Elementwise(
    "hardtanh",
    _hardtanh,
    operands=("x",),
    dtypes="floats",
    parameters={"min_val": -1.0, "max_val": 1.0},
)


def _hardtanh_backward(grad: Any, x: Any, min_val: Any, max_val: Any) -> Any:
    return f.where((x > f.like(min_val, grad)) & (x < f.like(max_val, grad)), grad, f.like(0, grad))


hardtanh_backward = Elementwise(
    "hardtanh_backward",
    _hardtanh_backward,
    operands=("grad", "x"),
    dtypes="floats",
    parameters={"min_val": -1.0, "max_val": 1.0},
)


def _hardsigmoid(x: Any) -> Any:
    return f.minimum(f.maximum(x / f.like(6, x) + f.like(0.5, x), f.like(0.0, x)), f.like(1.0, x))


hardsigmoid = Elementwise("hardsigmoid", _hardsigmoid, operands=("x",), dtypes="floats")


def _hardsigmoid_backward(grad: Any, x: Any) -> Any:
    return f.where(
        (x > -f.like(3, grad)) & (x < f.like(3, grad)), grad / f.like(6, grad), f.like(0, grad)
    )


hardsigmoid_backward = Elementwise(
    "hardsigmoid_backward", _hardsigmoid_backward, operands=("grad", "x"), dtypes="floats"
)


def _hardswish(x: Any) -> Any:
    return x * f.minimum(
        f.maximum(x / f.like(6, x) + f.like(0.5, x), f.like(0.0, x)), f.like(1.0, x)
    )


hardswish = Elementwise("hardswish", _hardswish, operands=("x",), dtypes="floats")


def _hardswish_backward(grad: Any, x: Any) -> Any:
    return f.where(
        x <= -f.like(3, grad),
        f.like(0, grad),
        f.where(x >= f.like(3, grad), grad, grad * (x / f.like(3, grad) + f.like(0.5, grad))),
    )


hardswish_backward = Elementwise(
    "hardswish_backward", _hardswish_backward, operands=("grad", "x"), dtypes="floats"
)


def _hardshrink(x: Any, lambd: Any) -> Any:
    return f.where(f.absolute(x) <= f.like(lambd, x), f.like(0, x), x)


hardshrink = Elementwise(
    "hardshrink", _hardshrink, operands=("x",), dtypes="floats", parameters={"lambd": 0.5}
)


def _hardshrink_backward(grad: Any, x: Any, lambd: Any) -> Any:
    return f.where(f.absolute(x) <= f.like(lambd, grad), f.like(0, grad), grad)


hardshrink_backward = Elementwise(
    "hardshrink_backward",
    _hardshrink_backward,
    operands=("grad", "x"),
    dtypes="floats",
    parameters={"lambd": 0.5},
)


def _softshrink(x: Any, lambd: Any) -> Any:
    return f.where(
        f.absolute(x) <= f.like(lambd, x),
        f.like(0, x),
        f.where(x > f.like(0, x), x - f.like(lambd, x), x + f.like(lambd, x)),
    )


softshrink = Elementwise(
    "softshrink", _softshrink, operands=("x",), dtypes="floats", parameters={"lambd": 0.5}
)


def _softshrink_backward(grad: Any, x: Any, lambd: Any) -> Any:
    return f.where(f.absolute(x) <= f.like(lambd, grad), f.like(0, grad), grad)


softshrink_backward = Elementwise(
    "softshrink_backward",
    _softshrink_backward,
    operands=("grad", "x"),
    dtypes="floats",
    parameters={"lambd": 0.5},
)


def _threshold(x: Any, threshold: Any, value: Any) -> Any:
    return f.where(x <= f.like(threshold, x), f.like(value, x), x)


threshold = Elementwise(
    "threshold",
    _threshold,
    operands=("x",),
    dtypes="integers and floats",
    parameters={"threshold": 0.0, "value": 0.0},
)


def _threshold_backward(grad: Any, x: Any, threshold: Any, value: Any) -> Any:
    return f.where(x <= f.like(threshold, grad), f.like(0, grad), grad)


threshold_backward = Elementwise(
    "threshold_backward",
    _threshold_backward,
    operands=("grad", "x"),
    dtypes="integers and floats",
    parameters={"threshold": 0.0, "value": 0.0},
)


def _eq(x: Any, y: Any) -> Any:
    return x == y


eq = Elementwise("eq", _eq, operands=("x", "y"), dtypes="all", result=bool)


def _ne(x: Any, y: Any) -> Any:
    return x != y


ne = Elementwise("ne", _ne, operands=("x", "y"), dtypes="all", result=bool)


def _lt(x: Any, y: Any) -> Any:
    return x < y


lt = Elementwise("lt", _lt, operands=("x", "y"), dtypes="all", result=bool)


def _le(x: Any, y: Any) -> Any:
    return x <= y


le = Elementwise("le", _le, operands=("x", "y"), dtypes="all", result=bool)


def _gt(x: Any, y: Any) -> Any:
    return x > y


gt = Elementwise("gt", _gt, operands=("x", "y"), dtypes="all", result=bool)


def _ge(x: Any, y: Any) -> Any:
    return x >= y


ge = Elementwise("ge", _ge, operands=("x", "y"), dtypes="all", result=bool)


def _isnan(x: Any) -> Any:
    return f.isnan(x)


isnan = Elementwise("isnan", _isnan, operands=("x",), dtypes="floats", result=bool)


def _isinf(x: Any) -> Any:
    return f.isinf(x)


isinf = Elementwise("isinf", _isinf, operands=("x",), dtypes="floats", result=bool)


def _isfinite(x: Any) -> Any:
    return f.isfinite(x)


isfinite = Elementwise("isfinite", _isfinite, operands=("x",), dtypes="floats", result=bool)


def _isposinf(x: Any) -> Any:
    return x == f.like(f.INFINITY, x)


isposinf = Elementwise("isposinf", _isposinf, operands=("x",), dtypes="floats", result=bool)


def _isneginf(x: Any) -> Any:
    return x == -f.like(f.INFINITY, x)


isneginf = Elementwise("isneginf", _isneginf, operands=("x",), dtypes="floats", result=bool)


def _signbit(x: Any) -> Any:
    return f.signbit(x)


signbit = Elementwise(
    "signbit", _signbit, operands=("x",), dtypes="integers and floats", result=bool
)


def _logical_not(x: Any) -> Any:
    return x == f.like(0, x)


logical_not = Elementwise("logical_not", _logical_not, operands=("x",), dtypes="all", result=bool)


def _logical_and(x: Any, y: Any) -> Any:
    return (x != f.like(0, x)) & (y != f.like(0, x))


logical_and = Elementwise(
    "logical_and", _logical_and, operands=("x", "y"), dtypes="all", result=bool
)


def _logical_or(x: Any, y: Any) -> Any:
    return (x != f.like(0, x)) | (y != f.like(0, x))


logical_or = Elementwise("logical_or", _logical_or, operands=("x", "y"), dtypes="all", result=bool)


def _logical_xor(x: Any, y: Any) -> Any:
    return (x != f.like(0, x)) ^ (y != f.like(0, x))


logical_xor = Elementwise(
    "logical_xor", _logical_xor, operands=("x", "y"), dtypes="all", result=bool
)


def _bitwise_not(x: Any) -> Any:
    return f.bitwise_not(x)


bitwise_not = Elementwise("bitwise_not", _bitwise_not, operands=("x",), dtypes="integers and bool")


def _bitwise_and(x: Any, y: Any) -> Any:
    return x & y


bitwise_and = Elementwise(
    "bitwise_and", _bitwise_and, operands=("x", "y"), dtypes="integers and bool"
)


def _bitwise_or(x: Any, y: Any) -> Any:
    return x | y


bitwise_or = Elementwise("bitwise_or", _bitwise_or, operands=("x", "y"), dtypes="integers and bool")


def _bitwise_xor(x: Any, y: Any) -> Any:
    return x ^ y


bitwise_xor = Elementwise(
    "bitwise_xor", _bitwise_xor, operands=("x", "y"), dtypes="integers and bool"
)
