"""Constants, choices, signs, rounding and division: what needs no series."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload

LN2 = math.log(2.0)
LN10 = math.log(10.0)
PI = math.pi
INFINITY = math.inf

# Contraction to fused multiply-adds changes no special value. No wider fast-math flag is safe: they
# let the compiler assume that there is no NaN or reorder what cancels on purpose.
inline = njit(fastmath={"contract"}, error_model="numpy", forceinline=True)


def compiled_as(single: Callable[[Any], Any], double: Callable[[Any], Any]) -> Callable[..., Any]:
    """Mark a function that compiled code replaces by one for float32 and another for all else."""

    def mark(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        @overload(function, strict=False, jit_options={"forceinline": True})
        def choose(x):  # type: ignore[no-untyped-def]
            chosen = single if x == types.float32 else double
            return lambda x: chosen(x)

        # A kernel that calls it counts as changed when any file of the package has changed.
        function.__module__ = __name__.rpartition(".")[0]
        return function

    return mark


@inline
def like(constant: Any, x: Any) -> Any:
    """Give a constant the type of x, so that float32 arithmetic stays in float32."""
    return type(x)(constant)


@inline
def where(condition: Any, x: Any, y: Any) -> Any:
    """Choose x where the condition holds, else y."""
    return x if condition else y


@inline
def maximum(x: Any, y: Any) -> Any:
    """Give the larger number; a NaN wins."""
    return x if x > y or x != x else y


@inline
def minimum(x: Any, y: Any) -> Any:
    """Give the smaller number; a NaN wins."""
    return x if x < y or x != x else y


@inline
def sign(x: Any) -> Any:
    """Give -1, 0 or 1; NaN gives 0, as in PyTorch."""
    return type(x)((x > 0) - (x < 0))


@inline
def absolute(x: Any) -> Any:
    """Drop the sign."""
    return abs(x)


@inline
def square(x: Any) -> Any:
    """Multiply by itself."""
    return x * x


@inline
def isnan(x: Any) -> Any:
    """Tell whether x is not a number."""
    return x != x


@inline
def isinf(x: Any) -> Any:
    """Tell whether x is plus or minus infinity."""
    return abs(x) == INFINITY


@inline
def isfinite(x: Any) -> Any:
    """Tell whether x is neither infinite nor NaN."""
    return abs(x) < INFINITY


@inline
def signbit(x: Any) -> Any:
    """Tell whether the sign bit is set, that of -0.0 and NaN included."""
    return np.signbit(x)


@inline
def copysign(x: Any, y: Any) -> Any:
    """Give x with the sign of y."""
    return np.copysign(x, y)


@inline
def signed(size: Any, x: Any) -> Any:
    """Give a size the sign of x; a zero stays what it is, sign and all."""
    y = -size if x < type(x)(0) else size
    return x if x == type(x)(0) else y


@inline
def bitwise_not(x: Any) -> Any:
    """Flip every bit; a bool is negated."""
    return ~x


@inline
def _largest_single(x: Any) -> Any:
    return np.float32(3.4028234663852886e38)


@inline
def _largest_double(x: Any) -> Any:
    return 1.7976931348623157e308


@compiled_as(_largest_single, _largest_double)
def largest(x: Any) -> Any:
    """Give the largest finite number of the type of x."""
    return np.finfo(type(x)).max


@inline
def finite(x: Any) -> Any:
    """Replace an infinity by the largest finite number of its sign."""
    return maximum(minimum(x, largest(x)), -largest(x))


# ---- rounding and division


@inline
def floor(x: Any) -> Any:
    """Round down."""
    return np.floor(x)


@inline
def ceil(x: Any) -> Any:
    """Round up."""
    return np.ceil(x)


@inline
def trunc(x: Any) -> Any:
    """Round towards zero."""
    return np.trunc(x)


@inline
def round_half_even(x: Any) -> Any:
    """Round to the nearest whole number, halves to the even one."""
    return np.rint(x)


@inline
def floor_divide(x: Any, y: Any) -> Any:
    """Divide and round down; x / 0 is infinite for floats, as in PyTorch."""
    return x // y


@inline
def remainder(x: Any, y: Any) -> Any:
    """Give what is left of a division that rounds down: it has the sign of y."""
    return x % y


@inline
def fmod(x: Any, y: Any) -> Any:
    """Give what is left of a division that rounds towards zero: it has the sign of x."""
    rest = abs(x) % abs(y)
    return -rest if x < 0 else rest


@inline
def gcd(x: Any, y: Any) -> Any:
    """Give the greatest common divisor, by Euclid's algorithm."""
    x, y = abs(x), abs(y)
    while y != 0:
        x, y = y, x % y
    return x


# ---- bits


@intrinsic
def as_bits(context: Any, x: Any) -> Any:
    """Read the bits of a float32 as an int32, or of a float64 as an int64."""
    bits = types.int32 if x == types.float32 else types.int64

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(bits.bitwidth))

    return bits(x), build


@intrinsic
def from_bits(context: Any, x: Any) -> Any:
    """Read an int32 as the bits of a float32, or an int64 as those of a float64."""
    number = types.float32 if x == types.int32 else types.float64
    kind = ir.FloatType() if x == types.int32 else ir.DoubleType()

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], kind)

    return number(x), build
