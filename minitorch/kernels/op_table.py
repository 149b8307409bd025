"""One row for each elementwise operation: its formula, its derivatives, its numbers.

A formula is a Python expression of the operands x, y, z, the row's parameters and the names of
`cpu/functions.py`. It reads the same for one number, where a kernel is made of it, and for whole
tensors, where it gives derivatives of derivatives. `tools/generate.py` writes both.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

# Which dtypes an operation takes. The faces promote integers before a FLOATS operation.
FLOATS = "floats"
INTEGERS = "integers and bool"
NUMBERS = "integers and floats"
ALL = "all"

# Which dtype it gives.
SAME = "same"
BOOL = "bool"

# Where tests draw operands from.
REALS = (-4.0, 4.0)
POSITIVE = (0.1, 8.0)
UNIT = (-0.95, 0.95)
PROBABILITY = (0.05, 0.95)
ABOVE_ONE = (1.1, 8.0)
AWAY_FROM_ZERO = (0.5, 4.0)

# How far from 0 the forms of the trigonometric functions that hold near it may be used.
TURNS_REACH = 1e6
SINC_REACH = 3e5


@dataclass(frozen=True)
class Op:
    """An elementwise operation.

    Attributes:
        name: PyTorch's name.
        forward: the formula of x, y, z and the parameters.
        derivatives: for each operand the formula of its gradient, of grad, the operands, the
            parameters and out; none where the operation is not differentiable.
        dtypes: FLOATS, INTEGERS, NUMBERS or ALL.
        result: SAME or BOOL.
        parameters: further arguments, numbers, with their default.
        domain: the interval that tests draw the operands from.
        costly: far more work per element than an addition, so threads pay off earlier.
        divides: integers cannot be divided by a y of 0.
        reach: if not 0, the limit of |x| up to which a function f of the formulas may give way to
            f_near, which becomes vector instructions.
    """

    name: str
    forward: str
    derivatives: tuple[str, ...] = ()
    dtypes: str = FLOATS
    result: str = SAME
    parameters: Mapping[str, float] = field(default_factory=dict)
    domain: tuple[float, float] = REALS
    costly: bool = False
    divides: bool = False
    reach: float = 0.0

    @property
    def operands(self) -> tuple[str, ...]:
        """The operands that the formula names, of x, y and z."""
        return tuple(name for name in "xyz" if mentions(self.forward, name))


def mentions(formula: str, name: str) -> bool:
    """Tell whether a formula uses a name."""
    code = compile(formula, "formula", "eval")
    return name in code.co_names


def _unary(name: str, forward: str, derivative: str | None = None, **details: object) -> Op:
    derivatives = () if derivative is None else (derivative,)
    return Op(name, forward, derivatives, **details)  # type: ignore[arg-type]


INFINITY = math.inf
NOTHING = "grad * 0"

ARITHMETIC = (
    Op("add", "x + y", ("grad", "grad"), ALL),
    Op("sub", "x - y", ("grad", "-grad"), NUMBERS),
    Op("mul", "x * y", ("grad * y", "grad * x"), ALL),
    Op("true_divide", "x / y", ("grad / y", "-grad * out / y"), domain=AWAY_FROM_ZERO),
    Op(
        "floor_divide",
        "floor_divide(x, y)",
        (),
        NUMBERS,
        domain=AWAY_FROM_ZERO,
        divides=True,
    ),
    Op(
        "remainder",
        "remainder(x, y)",
        ("grad", "-grad * floor(x / y)"),
        NUMBERS,
        domain=AWAY_FROM_ZERO,
        divides=True,
    ),
    Op(
        "fmod",
        "fmod(x, y)",
        ("grad", "-grad * trunc(x / y)"),
        NUMBERS,
        domain=AWAY_FROM_ZERO,
        divides=True,
    ),
    Op(
        "pow",
        "power(x, y)",
        (
            "where(y == 0, 0, grad * y * power(x, y - 1))",
            "where((x == 0) & (y >= 0), 0, grad * out * log(x))",
        ),
        NUMBERS,
        domain=POSITIVE,
        costly=True,
    ),
    Op("gcd", "gcd(x, y)", (), INTEGERS),
    _unary("neg", "-x", "-grad", dtypes=NUMBERS),
    _unary("positive", "x", "grad", dtypes=NUMBERS),
    _unary("abs", "absolute(x)", "grad * sign(x)", dtypes=NUMBERS),
    _unary("sign", "sign(x)", NOTHING, dtypes=ALL),
    _unary("square", "x * x", "2 * grad * x", dtypes=NUMBERS),
    _unary("cube", "x * x * x", "3 * grad * x * x"),
    Op("add_scaled", "x + alpha * y", ("grad", "grad * alpha"), parameters={"alpha": 1}),
    _unary("reciprocal", "1 / x", "-grad * out * out", domain=AWAY_FROM_ZERO),
    # From the nearer end, so that an infinite one does not make NaN of the other.
    Op(
        "lerp",
        "where(absolute(z) < 0.5, x + z * (y - x), y - (1 - z) * (y - x))",
        ("grad * (1 - z)", "grad * z", "grad * (y - x)"),
    ),
    Op(
        "lerp_by",
        "where(absolute(weight) < 0.5, x + weight * (y - x), y - (1 - weight) * (y - x))",
        ("grad * (1 - weight)", "grad * weight"),
        parameters={"weight": 0.5},
    ),
    Op(
        "addcmul",
        "x + value * y * z",
        ("grad", "grad * value * z", "grad * value * y"),
        NUMBERS,
        parameters={"value": 1},
    ),
    Op(
        "addcdiv",
        "x + value * y / z",
        ("grad", "grad * value / z", "-grad * value * y / (z * z)"),
        parameters={"value": 1},
        domain=AWAY_FROM_ZERO,
    ),
)

EXPONENTIALS = (
    _unary("exp", "exp(x)", "grad * out", costly=True),
    _unary("exp2", "exp2(x)", "grad * out * LN2", costly=True),
    _unary("expm1", "expm1(x)", "grad * (out + 1)", costly=True),
    _unary("log", "log(x)", "grad / x", domain=POSITIVE, costly=True),
    _unary("log2", "log2(x)", "grad / (x * LN2)", domain=POSITIVE, costly=True),
    _unary("log10", "log10(x)", "grad / (x * LN10)", domain=POSITIVE, costly=True),
    _unary("log1p", "log1p(x)", "grad / (x + 1)", domain=POSITIVE, costly=True),
    _unary("sqrt", "sqrt(x)", "grad / (2 * out)", domain=POSITIVE),
    _unary("rsqrt", "1 / sqrt(x)", "-grad * out * out * out / 2", domain=POSITIVE),
    Op(
        "logaddexp",
        "logaddexp(x, y)",
        ("grad * exp(x - out)", "grad * exp(y - out)"),
        costly=True,
    ),
    Op(
        "xlogy",
        "xlogy(x, y)",
        ("where((x == 0) & (y <= 0), 0, grad * log(y))", "grad * x / y"),
        domain=POSITIVE,
        costly=True,
    ),
    _unary("logit", "log(x / (1 - x))", "grad / (x * (1 - x))", domain=PROBABILITY, costly=True),
)

TRIGONOMETRY = (
    _unary("sin", "sin(x)", "grad * cos(x)", costly=True, reach=TURNS_REACH),
    _unary("cos", "cos(x)", "-grad * sin(x)", costly=True, reach=TURNS_REACH),
    _unary(
        "tan",
        "tan(x)",
        "grad * (1 + out * out)",
        domain=UNIT,
        costly=True,
        reach=TURNS_REACH,
    ),
    _unary("asin", "asin(x)", "grad / sqrt(1 - x * x)", domain=UNIT, costly=True),
    _unary("acos", "acos(x)", "-grad / sqrt(1 - x * x)", domain=UNIT, costly=True),
    _unary("atan", "atan(x)", "grad / (1 + x * x)", costly=True),
    _unary("sinh", "sinh(x)", "grad * cosh(x)", costly=True),
    _unary("cosh", "cosh(x)", "grad * sinh(x)", costly=True),
    _unary("tanh", "tanh(x)", "grad * (1 - out * out)", costly=True),
    _unary("asinh", "asinh(x)", "grad / sqrt(x * x + 1)", costly=True),
    _unary("acosh", "acosh(x)", "grad / sqrt(x * x - 1)", domain=ABOVE_ONE, costly=True),
    _unary("atanh", "atanh(x)", "grad / (1 - x * x)", domain=UNIT, costly=True),
    _unary(
        "sinc",
        "sinc(x)",
        "where(x == 0, 0, grad * (cos(PI * x) - out) / x)",
        costly=True,
        reach=SINC_REACH,
    ),
    Op(
        "atan2",
        "atan2(x, y)",
        ("grad * y / (x * x + y * y)", "-grad * x / (x * x + y * y)"),
        domain=AWAY_FROM_ZERO,
        costly=True,
    ),
    Op(
        "hypot",
        "hypot(x, y)",
        ("grad * x / out", "grad * y / out"),
        domain=AWAY_FROM_ZERO,
        costly=True,
    ),
)

SPECIAL = (
    _unary("erf", "erf(x)", "grad * TWO_OVER_SQRT_PI * exp(-x * x)", costly=True),
    _unary("erfc", "erfc(x)", "-grad * TWO_OVER_SQRT_PI * exp(-x * x)", costly=True),
    _unary(
        "erfinv", "erfinv(x)", "grad / TWO_OVER_SQRT_PI * exp(out * out)", domain=UNIT, costly=True
    ),
    _unary("lgamma", "lgamma(x)", "grad * digamma(x)", domain=POSITIVE, costly=True),
    _unary("digamma", "digamma(x)", "grad * polygamma(1, x)", domain=POSITIVE, costly=True),
    _unary(
        "polygamma",
        "polygamma(n, x)",
        "grad * polygamma(n + 1, x)",
        domain=POSITIVE,
        parameters={"n": 1.0},
        costly=True,
    ),
)

ROUNDING = (
    _unary("floor", "floor(x)", NOTHING, dtypes=NUMBERS),
    _unary("ceil", "ceil(x)", NOTHING, dtypes=NUMBERS),
    _unary("round", "round_half_even(x)", NOTHING, dtypes=NUMBERS),
    _unary("trunc", "trunc(x)", NOTHING, dtypes=NUMBERS),
    _unary("frac", "x - trunc(x)", "grad"),
    Op("heaviside", "where(x == 0, y, where(x > 0, 1, 0))", (), NUMBERS),
    Op("copysign", "copysign(x, y)", ("where(x == 0, 0, grad * out / x)", NOTHING)),
    _unary(
        "nan_to_num",
        "where(isnan(x), nan, where(x == INFINITY, finite(posinf),"
        " where(x == -INFINITY, finite(neginf), x)))",
        "where(isfinite(x), grad, 0)",
        parameters={"nan": 0.0, "posinf": INFINITY, "neginf": -INFINITY},
    ),
)

# On a tie each operand gets half of the gradient, and a NaN wins, as in PyTorch.
EXTREMES = (
    Op(
        "maximum",
        "maximum(x, y)",
        (
            "where(x > y, grad, where(x == y, grad / 2, 0))",
            "where(y > x, grad, where(x == y, grad / 2, 0))",
        ),
        ALL,
    ),
    Op(
        "minimum",
        "minimum(x, y)",
        (
            "where(x < y, grad, where(x == y, grad / 2, 0))",
            "where(y < x, grad, where(x == y, grad / 2, 0))",
        ),
        ALL,
    ),
    Op(
        "fmax",
        "where(isnan(x), y, where(isnan(y), x, maximum(x, y)))",
        (
            "where((x >= y) | isnan(y), grad, 0)",
            "where((x >= y) | isnan(y), 0, grad)",
        ),
        NUMBERS,
    ),
    Op(
        "fmin",
        "where(isnan(x), y, where(isnan(y), x, minimum(x, y)))",
        (
            "where((x <= y) | isnan(y), grad, 0)",
            "where((x <= y) | isnan(y), 0, grad)",
        ),
        NUMBERS,
    ),
    Op(
        "clamp",
        "minimum(maximum(x, y), z)",
        (
            "where((x >= y) & (x <= z), grad, 0)",
            "where((x < y) & (y < z), grad, 0)",
            "where((x > z) | (y > z), grad, 0)",
        ),
        NUMBERS,
    ),
    _unary(
        "clamp_between",
        "minimum(maximum(x, low), high)",
        "where((x >= low) & (x <= high), grad, 0)",
        parameters={"low": 0, "high": 1},
    ),
    Op("clamp_min", "maximum(x, y)", ("where(x >= y, grad, 0)", "where(x < y, grad, 0)"), NUMBERS),
    Op("clamp_max", "minimum(x, y)", ("where(x <= y, grad, 0)", "where(x > y, grad, 0)"), NUMBERS),
)

ACTIVATIONS = (
    _unary("sigmoid", "sigmoid(x)", "grad * out * (1 - out)", costly=True),
    _unary("relu", "where(x < 0, 0, x)", "where(out > 0, grad, 0)", dtypes=NUMBERS),
    _unary("relu6", "minimum(maximum(x, 0), 6)", "where((x > 0) & (x < 6), grad, 0)"),
    _unary(
        "leaky_relu",
        "where(x > 0, x, x * negative_slope)",
        "where(x > 0, grad, grad * negative_slope)",
        parameters={"negative_slope": 0.01},
    ),
    Op(
        "prelu",
        "where(x > 0, x, x * y)",
        ("where(x > 0, grad, grad * y)", "where(x > 0, 0, grad * x)"),
    ),
    _unary(
        "elu",
        "where(x > 0, x, alpha * expm1(x))",
        "where(x > 0, grad, grad * alpha * exp(x))",
        parameters={"alpha": 1.0},
        costly=True,
    ),
    _unary(
        "celu",
        "where(x > 0, x, alpha * expm1(x / alpha))",
        "where(x > 0, grad, grad * exp(x / alpha))",
        parameters={"alpha": 1.0},
        costly=True,
    ),
    _unary(
        "selu",
        "SELU_SCALE * where(x > 0, x, SELU_ALPHA * expm1(x))",
        "SELU_SCALE * where(x > 0, grad, grad * SELU_ALPHA * exp(x))",
        costly=True,
    ),
    _unary("gelu", "x * normal_cdf(x)", "grad * (normal_cdf(x) + x * normal_pdf(x))", costly=True),
    _unary(
        "gelu_tanh",
        "x * (1 + tanh(GELU_SCALE * (x + GELU_CUBE * x * x * x))) / 2",
        "grad * ((1 + tanh(GELU_SCALE * (x + GELU_CUBE * x * x * x))) / 2"
        " + x * GELU_SCALE * (1 + 3 * GELU_CUBE * x * x)"
        " * (1 - square(tanh(GELU_SCALE * (x + GELU_CUBE * x * x * x)))) / 2)",
        costly=True,
    ),
    _unary("silu", "x * sigmoid(x)", "grad * sigmoid(x) * (1 + x * (1 - sigmoid(x)))", costly=True),
    _unary(
        "softplus",
        "where(x * beta > threshold, x, softplus(x * beta) / beta)",
        "where(x * beta > threshold, grad, grad * sigmoid(x * beta))",
        parameters={"beta": 1.0, "threshold": 20.0},
        costly=True,
    ),
    _unary(
        "mish",
        "x * tanh(softplus(x))",
        "grad * (tanh(softplus(x)) + x * sigmoid(x) * (1 - square(tanh(softplus(x)))))",
        costly=True,
    ),
    _unary("logsigmoid", "-softplus(-x)", "grad * sigmoid(-x)", costly=True),
    _unary("softsign", "x / (1 + absolute(x))", "grad / square(1 + absolute(x))"),
    _unary("tanhshrink", "x - tanh(x)", "grad * square(tanh(x))", costly=True),
    _unary(
        "hardtanh",
        "minimum(maximum(x, min_val), max_val)",
        "where((x > min_val) & (x < max_val), grad, 0)",
        parameters={"min_val": -1.0, "max_val": 1.0},
    ),
    _unary(
        "hardsigmoid",
        "minimum(maximum(x / 6 + 0.5, 0.0), 1.0)",
        "where((x > -3) & (x < 3), grad / 6, 0)",
    ),
    _unary(
        "hardswish",
        "x * minimum(maximum(x / 6 + 0.5, 0.0), 1.0)",
        "where(x <= -3, 0, where(x >= 3, grad, grad * (x / 3 + 0.5)))",
    ),
    _unary(
        "hardshrink",
        "where(absolute(x) <= lambd, 0, x)",
        "where(absolute(x) <= lambd, 0, grad)",
        parameters={"lambd": 0.5},
    ),
    _unary(
        "softshrink",
        "where(absolute(x) <= lambd, 0, where(x > 0, x - lambd, x + lambd))",
        "where(absolute(x) <= lambd, 0, grad)",
        parameters={"lambd": 0.5},
    ),
    _unary(
        "threshold",
        "where(x <= threshold, value, x)",
        "where(x <= threshold, 0, grad)",
        dtypes=NUMBERS,
        parameters={"threshold": 0.0, "value": 0.0},
    ),
)

COMPARISONS = (
    Op("eq", "x == y", (), ALL, BOOL),
    Op("ne", "x != y", (), ALL, BOOL),
    Op("lt", "x < y", (), ALL, BOOL),
    Op("le", "x <= y", (), ALL, BOOL),
    Op("gt", "x > y", (), ALL, BOOL),
    Op("ge", "x >= y", (), ALL, BOOL),
    _unary("isnan", "isnan(x)", result=BOOL),
    _unary("isinf", "isinf(x)", result=BOOL),
    _unary("isfinite", "isfinite(x)", result=BOOL),
    _unary("isposinf", "x == INFINITY", result=BOOL),
    _unary("isneginf", "x == -INFINITY", result=BOOL),
    _unary("signbit", "signbit(x)", dtypes=NUMBERS, result=BOOL),
)

LOGIC = (
    _unary("logical_not", "x == 0", dtypes=ALL, result=BOOL),
    Op("logical_and", "(x != 0) & (y != 0)", (), ALL, BOOL),
    Op("logical_or", "(x != 0) | (y != 0)", (), ALL, BOOL),
    Op("logical_xor", "(x != 0) ^ (y != 0)", (), ALL, BOOL),
    _unary("bitwise_not", "bitwise_not(x)", dtypes=INTEGERS),
    Op("bitwise_and", "x & y", (), INTEGERS),
    Op("bitwise_or", "x | y", (), INTEGERS),
    Op("bitwise_xor", "x ^ y", (), INTEGERS),
)

OPS = (
    *ARITHMETIC,
    *EXPONENTIALS,
    *TRIGONOMETRY,
    *SPECIAL,
    *ROUNDING,
    *EXTREMES,
    *ACTIVATIONS,
    *COMPARISONS,
    *LOGIC,
)
