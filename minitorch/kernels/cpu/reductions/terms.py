"""What reductions are made of: what an element contributes, and how contributions are joined.

A term is a function of an element x, a number s and its position among the elements that are
reduced. float16 comes as its bits, in uint16.
"""

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, overload
from numba.np.numpy_support import as_dtype, from_dtype

from ..functions import exp, from_bits

# The position of an element that is not the one looked for.
FAR = 1 << 62

_inline = njit(fastmath={"contract"}, error_model="numpy", forceinline=True)
# The order of a sum is free, so that the compiler makes vectors of it: its error is smaller for it.
_inline_in_any_order = njit(fastmath={"reassoc", "contract"}, forceinline=True)


# ---- float16


def wide(x: Any) -> Any:
    """Give the float32 that the bits of a float16 stand for; other numbers stay as they are."""
    return np.float32(x.view(np.float16)) if isinstance(x, np.uint16) else x


@_inline
def _single_of_half(x: Any) -> Any:
    bits = np.int32(x)
    sign = np.int32((bits & np.int32(0x8000)) << np.int32(16))
    bits = np.int32(sign | np.int32((bits & np.int32(0x7FFF)) << np.int32(13)))
    if np.int32(x) & np.int32(0x7C00) == 0x7C00:
        return from_bits(np.int32(bits | np.int32(0x7F800000)))
    # The exponents of float16 and float32 are counted from -15 and -127.
    return from_bits(bits) * np.float32(2.0**112)


@overload(wide, strict=False, jit_options={"forceinline": True})
def _compiled_wide(x):  # type: ignore[no-untyped-def]
    if x == types.uint16:
        return lambda x: _single_of_half(x)
    return lambda x: x


# ---- terms


@_inline
def value(x: Any, s: Any, position: int) -> Any:
    """Give the element."""
    return wide(x)


@_inline
def number(x: Any, s: Any, position: int) -> Any:
    """Give the element, 0 for NaN."""
    y = wide(x)
    return y if y == y else type(y)(0)


@_inline
def is_number(x: Any, s: Any, position: int) -> Any:
    """Give 1, 0 for NaN."""
    y = wide(x)
    return np.uint8(y == y)


@_inline
def is_not_zero(x: Any, s: Any, position: int) -> Any:
    """Give 1, 0 for zeros; NaN is no zero."""
    return np.uint8(wide(x) != 0)


@_inline
def magnitude(x: Any, s: Any, position: int) -> Any:
    """Give the element without its sign."""
    return abs(wide(x))


@_inline
def square(x: Any, s: Any, position: int) -> Any:
    """Give x^2 in float64."""
    y = np.float64(wide(x))
    return y * y


@_inline
def squared_distance(x: Any, s: Any, position: int) -> Any:
    """Give (x - s)^2 in float64."""
    distance = np.float64(wide(x)) - s
    return distance * distance


@_inline
def magnitude_to_power(x: Any, s: Any, position: int) -> Any:
    """Give |x|^s in float64."""
    return abs(np.float64(wide(x))) ** s


@_inline
def shifted_exp(x: Any, s: Any, position: int) -> Any:
    """Give e^(x - s)."""
    return exp(wide(x) - s)


@_inline
def position_of(x: Any, s: Any, position: int) -> Any:
    """Give the position of an element that is s or NaN, and FAR for others."""
    y = wide(x)
    return position if y == s or y != y else FAR


# ---- what a block and a total start with, for elements of the type of x


def _constant(function: Any) -> Any:
    """Let compiled code use what a function gives for all numbers of a type."""

    @overload(function, strict=False, jit_options={"forceinline": True})
    def compiled(x):  # type: ignore[no-untyped-def]
        value = function(as_dtype(x).type(0))
        kind, number = from_dtype(value.dtype), value.item()
        return lambda x: kind(number)

    return function


@_constant
def no_block_sum(x: Any) -> Any:
    """Give 0 in the type of x, in int32 for bytes, in int64 for other integers."""
    if x.dtype.kind == "f":
        return x.dtype.type(0)
    return np.int32(0) if x.dtype.itemsize == 1 else np.int64(0)


@_constant
def no_sum(x: Any) -> Any:
    """Give 0 in float64, or in int64 for integers."""
    return np.float64(0) if x.dtype.kind == "f" else np.int64(0)


@_constant
def no_block_product(x: Any) -> Any:
    """Give 1 in the type of x, in int64 for integers."""
    return x.dtype.type(1) if x.dtype.kind == "f" else np.int64(1)


@_constant
def no_product(x: Any) -> Any:
    """Give 1 in float64, or in int64 for integers."""
    return np.float64(1) if x.dtype.kind == "f" else np.int64(1)


@_constant
def no_double(x: Any) -> Any:
    """Give 0 in float64."""
    return np.float64(0)


@_constant
def no_block_count(x: Any) -> Any:
    """Give 0 in int32."""
    return np.int32(0)


@_constant
def no_count(x: Any) -> Any:
    """Give 0 in int64."""
    return np.int64(0)


@_constant
def false(x: Any) -> Any:
    """Give 0 in uint8."""
    return np.uint8(0)


@_constant
def true(x: Any) -> Any:
    """Give 1 in uint8."""
    return np.uint8(1)


@_constant
def far(x: Any) -> Any:
    """Give the position of no element."""
    return np.int64(FAR)


@_constant
def lowest(x: Any) -> Any:
    """Give the number that every larger one beats."""
    return x.dtype.type(-math.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min)


@_constant
def highest(x: Any) -> Any:
    """Give the number that every smaller one beats."""
    return x.dtype.type(math.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).max)


# ---- joins: the first operand may be of a wider type, which the result then has


@_inline_in_any_order
def add(x: Any, y: Any) -> Any:
    """Add; integers wrap around."""
    return type(x)(x + y)


@_inline_in_any_order
def multiply(x: Any, y: Any) -> Any:
    """Multiply; integers wrap around."""
    return type(x)(x * y)


def ratio(x: Any, y: Any) -> Any:
    """Divide floats, in the type of x; integers stay as they are."""
    return x / type(x)(y) if isinstance(x, np.floating) else x


@overload(ratio, strict=False, jit_options={"forceinline": True})
def _compiled_ratio(x, y):  # type: ignore[no-untyped-def]
    if isinstance(x, types.Float):
        kind = x
        return lambda x, y: x if y == 1 else x / kind(y)
    return lambda x, y: x


def larger(x: Any, y: Any) -> Any:
    """Give the larger of two numbers of one type; a NaN wins."""
    return x if x > y or x != x else y


def smaller(x: Any, y: Any) -> Any:
    """Give the smaller of two numbers of one type; a NaN wins."""
    return x if x < y or x != x else y


def _extreme(instruction: str, comparison: str) -> Any:
    """Make an intrinsic of LLVM's maximum or minimum, which becomes vectors, unlike a choice."""

    def extreme(context: Any, x: Any, y: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = arguments[0].type
            if isinstance(x, types.Float):
                name = f"llvm.{instruction}.f{x.bitwidth}"
                function_type = ir.FunctionType(kind, [kind, kind])
                function = cgutils.get_or_insert_function(builder.module, function_type, name)
                # Which of 0.0 and -0.0 is larger is left open, as in PyTorch: half the time.
                return builder.call(function, arguments, fastmath=("nsz",))
            compare = builder.icmp_signed if x.signed else builder.icmp_unsigned
            return builder.select(compare(comparison, *arguments), *arguments)

        return x(x, y), build

    return intrinsic(extreme)


_maximum = _extreme("maximum", ">")
_minimum = _extreme("minimum", "<")


@overload(larger, strict=False, jit_options={"forceinline": True})
def _compiled_larger(x, y):  # type: ignore[no-untyped-def]
    return lambda x, y: _maximum(x, y)


@overload(smaller, strict=False, jit_options={"forceinline": True})
def _compiled_smaller(x, y):  # type: ignore[no-untyped-def]
    return lambda x, y: _minimum(x, y)
