"""Copying and filtering rows of images, written as vector instructions of LLVM.

The instructions come from `microkernel.py`. Compiled kernels are kept by the hash of the files that
their intrinsics come from: a kernel that uses these uses some of that file as well, as it must.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ..products.microkernel import INT, Vectors, declared


@intrinsic
def copy_rows(
    context: Any,
    like: Any,
    target: Any,
    target_step: Any,
    source: Any,
    source_step: Any,
    count: Any,
    rows: Any,
) -> Any:
    """Copy rows of `count` elements, whose starts are the given bytes apart."""
    return types.void(like, *[types.intp] * 6), _row_copier("copy", _even_steps)


@intrinsic
def gather_rows(
    context: Any,
    like: Any,
    target: Any,
    target_step: Any,
    source: Any,
    offsets: Any,
    count: Any,
    rows: Any,
) -> Any:
    """Copy rows of `count` elements, which start so many bytes after the source as a table says.

    `offsets` is the address of that table, an int64 for each row.
    """
    return types.void(like, *[types.intp] * 6), _row_copier("gather", _from_table)


@intrinsic
def filter_row(
    context: Any,
    like: Any,
    target: Any,
    source: Any,
    offsets: Any,
    weights: Any,
    weight_step: Any,
    taps: Any,
    count: Any,
) -> Any:
    """Add to `count` elements what taps see: for each the elements that start at its offset.

    `offsets` is as in `gather_rows`, and `weights` the address of the taps' factors.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(like)
        function, is_new = declared(builder.module, f"minitorch_filter_row_{number}", [INT] * 7)
        if is_new:
            _build_filter(function, number)
        builder.call(function, arguments[1:])
        return context.get_dummy_value()

    return types.void(like, *[types.intp] * 7), build


# The vectors that `filter_row` treats at a time.
_FILTER_VECTORS = 8

_Place = Callable[[ir.IRBuilder, ir.Value, ir.Value], ir.Value]


def _even_steps(builder: ir.IRBuilder, step: ir.Value, row: ir.Value) -> ir.Value:
    return builder.mul(step, row)


def _from_table(builder: ir.IRBuilder, offsets: ir.Value, row: ir.Value) -> ir.Value:
    table = builder.inttoptr(offsets, INT.as_pointer())
    return builder.load(builder.gep(table, [row]))


def _row_copier(name: str, offset_of: _Place) -> Callable[..., Any]:
    """Write the call of a function that copies rows; `offset_of` says where one starts."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(signature.args[0])
        integers = [INT] * 6
        function, is_new = declared(builder.module, f"minitorch_{name}_rows_{number}", integers)
        if is_new:
            _build_copy(function, number, offset_of)
        builder.call(function, arguments[1:])
        return context.get_dummy_value()

    return build


def _build_copy(function: ir.Function, number: ir.Type, offset_of: _Place) -> None:
    target, target_step, source, source_steps, count, rows = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    code = Vectors(builder, number)
    lanes = ir.Constant(INT, code.lanes)
    # The vectors before the last one, which is a whole one or a part.
    whole = builder.mul(builder.sdiv(builder.sub(count, ir.Constant(INT, 1)), lanes), lanes)
    mask = code.mask(builder.sub(count, whole))

    def move(place: ir.Value, origin: ir.Value, at: ir.Value, masked: bool) -> None:
        shift = builder.mul(at, ir.Constant(INT, code.itemsize))
        chosen = mask if masked else None
        value = code.load(builder.add(origin, shift), chosen)
        code.store(builder.add(place, shift), value, chosen)

    def each_row(vectors: int | None) -> None:
        """Copy row after row, with so many whole vectors in each, or any number."""

        def body(row: ir.Value, _: Sequence[ir.Value]) -> Sequence[ir.Value]:
            origin = builder.add(source, offset_of(builder, source_steps, row))
            place = builder.add(target, builder.mul(target_step, row))

            def inner(at: ir.Value, _: Sequence[ir.Value]) -> Sequence[ir.Value]:
                move(place, origin, at, False)
                return []

            if vectors is None:
                code.loop(whole, code.lanes, [], inner)
            else:
                for vector in range(vectors):
                    move(place, origin, ir.Constant(INT, vector * code.lanes), False)
            move(place, origin, whole, True)
            return []

        code.loop(rows, 1, [], body)

    for vectors in (0, 1):
        is_so_wide = builder.icmp_signed("==", whole, ir.Constant(INT, vectors * code.lanes))
        with builder.if_then(is_so_wide):
            each_row(vectors)
            builder.ret_void()
    each_row(None)
    builder.ret_void()


def _build_filter(function: ir.Function, number: ir.Type) -> None:
    target, source, offsets, weights, weight_step, taps, count = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    code = Vectors(builder, number)
    step = _FILTER_VECTORS * code.lanes
    whole = builder.and_(count, ir.Constant(INT, -step))

    def filter_part(first: ir.Value, vectors: int, mask: ir.Value | None) -> None:
        """Filter so many vectors from an element on."""
        shift = builder.mul(first, ir.Constant(INT, code.itemsize))
        place = builder.add(target, shift)
        places = [code.shifted(place, i * code.size) for i in range(vectors)]

        def body(tap: ir.Value, sums: Sequence[ir.Value]) -> Sequence[ir.Value]:
            offset = builder.add(shift, _from_table(builder, offsets, tap))
            origin = builder.add(source, offset)
            weight = builder.add(weights, builder.mul(weight_step, tap))
            pointer = builder.inttoptr(weight, number.as_pointer())
            factor = code.spread(builder.load(pointer, align=1))
            return [
                code.multiply_add(code.load(code.shifted(origin, i * code.size), mask), factor, sum)
                for i, sum in enumerate(sums)
            ]

        sums = code.loop(taps, 1, [code.load(at, mask) for at in places], body)
        for at, total in zip(places, sums, strict=True):
            code.store(at, total, mask)

    def several(first: ir.Value, _: Sequence[ir.Value]) -> Sequence[ir.Value]:
        filter_part(first, _FILTER_VECTORS, None)
        return []

    def one(past: ir.Value, _: Sequence[ir.Value]) -> Sequence[ir.Value]:
        first = builder.add(whole, past)
        filter_part(first, 1, code.mask(builder.sub(count, first)))
        return []

    code.loop(whole, step, [], several)
    code.loop(builder.sub(count, whole), code.lanes, [], one)
    builder.ret_void()
