"""The loops of conversions between dtypes and of copies between layouts.

float16 comes as its bits, in uint16, which no other dtype is seen as here.
"""

from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import njit, prange, types
from numba.core import config
from numba.extending import intrinsic, overload

from ..functions import as_bits, from_bits
from ..layouts.walk_loops import height, rows_of, start, units_of
from ..reductions.terms import wide

OPTIONS = {"error_model": "numpy", "parallel": True}
_inline = njit(error_model="numpy", forceinline=True)

# Rows and columns of a block that stays in the nearest cache while it is turned.
TURN_BLOCK = 64
_INT = ir.IntType(64)
_LANE = ir.IntType(32)


# ---- float16


def _has_half_instructions() -> bool:
    """Tell whether the processor converts float16; LLVM would call a missing library otherwise."""
    features = config.CPU_FEATURES
    if features is None:
        is_host = config.CPU_NAME in (None, binding.get_host_cpu_name())
        features = binding.get_host_cpu_features().flatten() if is_host else ""
    return "+f16c" in features.split(",")


@intrinsic
def _rounded_by_processor(context: Any, x: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        half = builder.fptrunc(arguments[0], ir.HalfType())
        return builder.bitcast(half, ir.IntType(16))

    return types.uint16(types.float32), build


@intrinsic
def _widened_by_processor(context: Any, x: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        half = builder.bitcast(arguments[0], ir.HalfType())
        return builder.fpext(half, ir.FloatType())

    return types.float32(types.uint16), build


@_inline
def _rounded_by_hand(x: Any) -> Any:
    bits = np.uint32(as_bits(x))
    sign = np.uint32(bits >> np.uint32(16)) & np.uint32(0x8000)
    bits = bits & np.uint32(0x7FFFFFFF)
    # The exponents are counted from -15 instead of -127; to the nearest, to even from the middle.
    is_odd = np.uint32(bits >> np.uint32(13)) & np.uint32(1)
    half = np.uint32((bits + np.uint32(0xC8000FFF) + is_odd) >> np.uint32(13))
    # Adding 0.5 rounds what is below 2^-14 to multiples of 2^-24, in the lowest bits of the sum.
    small = from_bits(np.int32(bits)) + np.float32(0.5)
    low = np.uint32(np.uint32(as_bits(small)) - np.uint32(0x3F000000))
    half = low if bits < np.uint32(0x38800000) else half
    half = np.uint32(0x7C00) if bits >= np.uint32(0x47800000) else half
    half = np.uint32(0x7E00) if bits > np.uint32(0x7F800000) else half
    return np.uint16(half | sign)


def rounded(x: Any) -> Any:
    """Give the bits of the float16 next to a float32."""
    return np.float16(x).view(np.uint16)


def widened(x: Any) -> Any:
    """Give the float32 that the bits of a float16 stand for."""
    return np.float32(x.view(np.float16))


@overload(rounded, strict=False, jit_options={"forceinline": True})
def _compiled_rounded(x):  # type: ignore[no-untyped-def]
    chosen = _rounded_by_processor if _has_half_instructions() else _rounded_by_hand
    return lambda x: chosen(x)


@overload(widened, strict=False, jit_options={"forceinline": True})
def _compiled_widened(x):  # type: ignore[no-untyped-def]
    chosen = _widened_by_processor if _has_half_instructions() else wide
    return lambda x: chosen(x)


@_inline
def _to_odd(x: Any) -> Any:
    """Round a float64 to a float32 so that rounding this to float16 is as rounding once.

    The bits that float32 has no place for are cut off; if any was set, the last one that stays is
    set. See Boldo and Melquiond, "When double rounding is odd", 2005.
    """
    bits = as_bits(x)
    cut = np.int64(0x1FFFFFFF)
    bits |= (bits & cut) + cut
    return np.float32(from_bits(np.int64(bits & ~cut)))


# ---- numbers of other types


@_inline
def _to_int32(x: Any) -> Any:
    fits = (x > -2147483649.0) & (x < 2147483648.0)
    return np.int32(x) if fits else np.int32(-2147483648)


@_inline
def _to_int64(x: Any) -> Any:
    fits = (x >= -9223372036854775808.0) & (x < 9223372036854775808.0)
    return np.int64(x) if fits else np.int64(-9223372036854775808)


def converted(x: Any, like: Any) -> Any:
    """Convert a number to the type of another, as PyTorch does on x86.

    Floats are cut to integers; those that do not fit give the lowest int64 or int32, of which
    shorter integers keep the low bits.
    """
    return np.asarray(x).astype(type(like))[()]


@overload(converted, strict=False, jit_options={"forceinline": True})
def _compiled_converted(x, like):  # type: ignore[no-untyped-def]
    if x == like:
        return lambda x, like: x
    if x == types.uint16:
        return lambda x, like: converted(widened(x), like)
    if like == types.uint16:
        if x == types.float64:
            return lambda x, like: rounded(_to_odd(x))
        return lambda x, like: rounded(np.float32(x))
    if like == types.boolean:
        return lambda x, like: x != 0
    if isinstance(x, types.Float) and isinstance(like, types.Integer):
        if like in (types.int64, types.uint8):
            return lambda x, like: type(like)(_to_int64(x))
        return lambda x, like: type(like)(_to_int32(x))
    return lambda x, like: type(like)(x)


def convert(a, out):  # type: ignore[no-untyped-def]
    """Convert dense arrays."""
    for i in prange(out.size):
        out[i] = converted(a[i], out[i])


# ---- layouts


def copy(a, out, layout):  # type: ignore[no-untyped-def]
    """Copy elements between any layouts; see `walks.Walk`."""
    n, step, out_step = layout[0, 3], layout[1, 3], layout[2, 3]
    rows = rows_of(layout)
    for unit in prange(units_of(layout, rows)):
        at, at_out = start(layout, 1, rows, unit), start(layout, 2, rows, unit)
        for _ in range(height(layout, rows, unit)):
            if step == 1 and out_step == 1:
                # Unsigned positions, which do not count from the end where they are negative.
                row, own = np.uint64(at), np.uint64(at_out)
                for i in range(np.uint64(n)):
                    out[own + i] = a[row + i]
            else:
                for i in range(n):
                    out[at_out + i * out_step] = a[at + i * step]
            at += layout[1, 2]
            at_out += layout[2, 2]


def tile_width(itemsize: int) -> int:
    """Give how many rows and columns are turned in registers."""
    return min(16, 64 // itemsize)


@intrinsic
def _turn_tile(
    context: Any, a: Any, at: Any, step: Any, out: Any, at_out: Any, out_step: Any
) -> Any:
    """Transpose a tile: rows of vectors are read, mixed in pairs, and written.

    At each distance d = 1, 2, 4, ... the rows i and i + d exchange their blocks of d lanes off the
    diagonal.
    """
    width = tile_width(a.dtype.bitwidth // 8)
    vector = ir.VectorType(ir.IntType(a.dtype.bitwidth), width)

    def lanes(choice: list[int]) -> ir.Constant:
        return ir.Constant(ir.VectorType(_LANE, width), choice)

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def rows(array: Any, kind: Any, first: Any, distance: Any) -> list[Any]:
            data = context.make_array(kind)(context, builder, array).data
            places = [
                builder.add(first, builder.mul(distance, ir.Constant(_INT, i)))
                for i in range(width)
            ]
            return [
                builder.bitcast(builder.gep(data, [place]), vector.as_pointer()) for place in places
            ]

        source, first, distance, target, first_out, distance_out = arguments
        tile = [builder.load(row, align=1) for row in rows(source, a, first, distance)]
        d = 1
        while d < width:
            low = lanes([k if not k & d else width + k - d for k in range(width)])
            high = lanes([k + d if not k & d else width + k for k in range(width)])
            for i in range(width):
                if not i & d:
                    x, y = tile[i], tile[i + d]
                    tile[i] = builder.shuffle_vector(x, y, low)
                    tile[i + d] = builder.shuffle_vector(x, y, high)
            d *= 2
        for value, row in zip(tile, rows(target, out, first_out, distance_out), strict=True):
            builder.store(value, row, align=1)
        return context.get_dummy_value()

    return types.void(a, types.intp, types.intp, out, types.intp, types.intp), build


@_inline
def _turn_block(a, at, step, out, at_out, out_step, rows, columns, width):  # type: ignore[no-untyped-def]
    """Transpose a block, in tiles as far as they go."""
    whole_rows, whole_columns = rows // width * width, columns // width * width
    for r in range(0, whole_rows, width):
        for c in range(0, whole_columns, width):
            _turn_tile(a, at + c * step + r, step, out, at_out + r * out_step + c, out_step)
        for c in range(whole_columns, columns):
            for k in range(r, r + width):
                out[at_out + k * out_step + c] = a[at + c * step + k]
    for r in range(whole_rows, rows):
        for c in range(columns):
            out[at_out + r * out_step + c] = a[at + c * step + r]


def turn(a, out, layout):  # type: ignore[no-untyped-def]
    """Copy memory whose rows are the result's columns.

    See `walks.Walk` for the layout; the third dimension is dense in a, the fourth one in out.
    """
    columns, step, out_step = layout[0, 3], layout[1, 3], layout[2, 2]
    width = min(16, 64 // a.itemsize)
    for unit in prange(units_of(layout, TURN_BLOCK)):
        at, at_out = start(layout, 1, TURN_BLOCK, unit), start(layout, 2, TURN_BLOCK, unit)
        rows = height(layout, TURN_BLOCK, unit)
        for c in range(0, columns, TURN_BLOCK):
            _turn_block(
                a, at + c * step, step, out, at_out + c, out_step,
                rows, min(TURN_BLOCK, columns - c), width,
            )  # fmt: skip


def compiled(body: Any) -> Any:
    """Compile one of the bodies above."""
    return njit(**OPTIONS)(body)
