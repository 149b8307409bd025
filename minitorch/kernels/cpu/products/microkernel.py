"""The innermost loops of matrix products, written as vector instructions of LLVM.

All of it stands in one file, because compiled kernels are kept by the hash of the file that their
intrinsics come from.

Each intrinsic below takes addresses (intp) and distances in bytes, and none needs aligned memory.
Nothing checks an address: `gemm.py` checks shapes, and the tests put canaries around every operand.
The argument `like` is a number whose type is that of the elements, float32 or float64.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic

# Products are summed over this many terms at a time, so that the packed operands stay in the cache.
DEPTH = 384
# The distance of two rows of a packed left panel, in elements: no multiple of a page, because lines
# at the same place of a page compete for the same few places in the cache.
PANEL_STEP = DEPTH + 16
_DOT_VECTORS = 8

INT = ir.IntType(64)
_INT32 = ir.IntType(32)
_BIT = ir.IntType(1)
_BYTES = ir.IntType(8).as_pointer()


@dataclass(frozen=True)
class Tile:
    """The block of the result that is held in vector registers.

    Attributes:
        rows: its greatest height.
        vectors: its greatest width, in vectors.
        lanes: elements of a vector.
    """

    rows: int
    vectors: int
    lanes: int

    @property
    def columns(self) -> int:
        """Its greatest width in elements."""
        return self.vectors * self.lanes


def tile(itemsize: int) -> Tile:
    """Choose the tile for the processor that Numba compiles for, and elements of 4 or 8 bytes."""
    features = config.CPU_FEATURES
    if features is None:
        features = llvm.get_host_cpu_features().flatten()
    names = features.split(",")
    if "+avx512f" in names:
        return Tile(rows=14, vectors=2, lanes=64 // itemsize)  # 28 sums of 32 registers
    if "+avx2" in names and "+fma" in names:
        return Tile(rows=6, vectors=2, lanes=32 // itemsize)  # 12 sums of 16 registers
    return Tile(rows=6, vectors=2, lanes=16 // itemsize)


# ---- intrinsics


@intrinsic
def address(context: Any, array: Any) -> Any:
    """Give the address of an array's first element."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(array)(context, builder, arguments[0])
        return builder.ptrtoint(view.data, INT)

    return types.intp(array), build


@intrinsic
def tile_shape(context: Any, like: Any) -> Any:
    """Give a tile's greatest height and width, and the lanes of a vector, in elements."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        chosen = tile(like.bitwidth // 8)
        sizes = (chosen.rows, chosen.columns, chosen.lanes)
        constants = [ir.Constant(INT, size) for size in sizes]
        return context.make_tuple(builder, signature.return_type, constants)

    return types.UniTuple(types.intp, 3)(like), build


@intrinsic
def load(context: Any, like: Any, source: Any) -> Any:
    """Read one element."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(like)
        return builder.load(builder.inttoptr(arguments[1], number.as_pointer()), align=1)

    return like(like, types.intp), build


@intrinsic
def store(context: Any, target: Any, value: Any) -> Any:
    """Write one element."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(value)
        place = builder.inttoptr(arguments[0], number.as_pointer())
        builder.store(arguments[1], place, align=1)
        return context.get_dummy_value()

    return types.void(types.intp, value), build


@intrinsic
def copy_row(context: Any, like: Any, target: Any, source: Any, count: Any) -> Any:
    """Copy at most a tile's width of elements, and fill up that width with zeros."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, target, source, count = arguments
        code = Vectors(builder, context.get_value_type(like))
        vectors = range(tile(code.itemsize).vectors)
        width = ir.Constant(INT, code.lanes * len(vectors))

        def copy(masks: Sequence[ir.Value | None]) -> None:
            for i, mask in enumerate(masks):
                at = i * code.size
                code.store(code.shifted(target, at), code.load(code.shifted(source, at), mask))

        with builder.if_else(builder.icmp_signed(">=", count, width)) as (whole, part):
            with whole:
                copy([None for _ in vectors])
            with part:
                copy([code.mask(count, i * code.lanes) for i in vectors])
        return context.get_dummy_value()

    return types.void(like, types.intp, types.intp, types.intp), build


@intrinsic
def transpose(
    context: Any,
    like: Any,
    target: Any,
    target_step: Any,
    source: Any,
    source_step: Any,
    rows: Any,
    columns: Any,
) -> Any:
    """Transpose a block of up to `lanes` rows and columns.

    Writes `columns` rows of `lanes` elements each, with zeros after the first `rows`.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(like)
        integers = [INT] * 6
        function, is_new = declared(builder.module, f"minitorch_transpose_{number}", integers)
        if is_new:
            _build_transpose(function, number)
        builder.call(function, arguments[1:])
        return context.get_dummy_value()

    return types.void(like, *[types.intp] * 6), build


@intrinsic
def multiply_tile(
    context: Any,
    alpha: Any,
    accumulate: Any,
    rows: Any,
    depth: Any,
    left: Any,
    right: Any,
    right_step: Any,
    out: Any,
    out_step: Any,
    columns: Any,
) -> Any:
    """Compute a tile: out = alpha * left @ right, added to out where accumulate is not 0.

    `left` is a packed panel (rows `PANEL_STEP` elements apart); `right` has rows that are readable
    up to the tile's full width, of which `columns` count.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(alpha)
        alpha_value, accumulate, rows, *others = arguments
        chosen = tile(number_size(number))
        end = builder.append_basic_block("tile.end")
        is_narrow = builder.icmp_signed("<=", others[-1], ir.Constant(INT, chosen.lanes))
        offset = builder.select(is_narrow, ir.Constant(INT, chosen.rows), ir.Constant(INT, 0))
        choice = builder.switch(builder.add(rows, offset), end)
        for vectors in (chosen.vectors, 1):
            for height in range(1, chosen.rows + 1):
                function = _tile_function(builder.module, number, height, vectors)
                case = height + (chosen.rows if vectors == 1 else 0)
                block = builder.append_basic_block(f"tile.{height}.{vectors}")
                choice.add_case(ir.Constant(INT, case), block)
                builder.position_at_end(block)
                builder.call(function, [alpha_value, accumulate, *others])
                builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return types.void(alpha, *[types.intp] * 9), build


@intrinsic
def dot(context: Any, like: Any, left: Any, right: Any, count: Any) -> Any:
    """Sum the products of two dense rows of elements."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(like)
        name = f"minitorch_dot_{number}"
        function, is_new = declared(builder.module, name, [INT] * 3, number)
        if is_new:
            _build_dot(function, number)
        return builder.call(function, arguments[1:])

    return like(like, *[types.intp] * 3), build


@intrinsic
def add_row(context: Any, scale: Any, out: Any, row: Any, count: Any) -> Any:
    """Add a dense row of elements, times a number, to another: out += scale * row."""
    return types.void(scale, *[types.intp] * 3), _row_builder(scale, 1)


@intrinsic
def add_rows(context: Any, scale: Any, out: Any, row: Any, count: Any, step: Any) -> Any:
    """Add four rows, `step` bytes apart, times the numbers of a tuple: out += scale[i] * row[i]."""
    return types.void(scale, *[types.intp] * 4), _row_builder(scale.dtype, 4)


# ---- how they are written


def number_size(number: ir.Type) -> int:
    """Give the bytes of a float or a double."""
    return 4 if isinstance(number, ir.FloatType) else 8


class Vectors:
    """Writes vector instructions for one type of element."""

    def __init__(self, builder: ir.IRBuilder, number: ir.Type) -> None:
        self.builder = builder
        self.number = number
        self.itemsize = number_size(number)
        self.lanes = tile(self.itemsize).lanes
        self.size = self.lanes * self.itemsize
        self.kind = ir.VectorType(number, self.lanes)
        self.zero = ir.Constant(self.kind, [ir.Constant(number, 0.0)] * self.lanes)
        self._suffix = f"v{self.lanes}f{8 * self.itemsize}"

    def _call(self, name: str, result: ir.Type, arguments: Sequence[ir.Value]) -> ir.Value:
        kind = ir.FunctionType(result, [argument.type for argument in arguments])
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, arguments)

    def shifted(self, place: ir.Value, by: int) -> ir.Value:
        """Add a number of bytes to an address."""
        return self.builder.add(place, ir.Constant(INT, by)) if by else place

    def pointer(self, place: ir.Value) -> ir.Value:
        """Turn an address into a pointer to a vector."""
        return self.builder.inttoptr(place, self.kind.as_pointer())

    def mask(self, count: ir.Value, first: int = 0) -> ir.Value:
        """Mark the lanes whose number, counted from `first`, is below `count`."""
        left = self.builder.sub(count, ir.Constant(INT, first))
        return self.builder.icmp_signed("<", self._numbers(), self._spread(left, INT))

    def _numbers(self) -> ir.Value:
        kind = ir.VectorType(INT, self.lanes)
        return ir.Constant(kind, [ir.Constant(INT, lane) for lane in range(self.lanes)])

    def _spread(self, value: ir.Value, kind: ir.Type) -> ir.Value:
        vector = ir.VectorType(kind, self.lanes)
        first = ir.Constant(ir.VectorType(_INT32, self.lanes), [0] * self.lanes)
        nothing = ir.Constant(vector, ir.Undefined)
        value = self.builder.insert_element(nothing, value, ir.Constant(_INT32, 0))
        return self.builder.shuffle_vector(value, nothing, first)

    def spread(self, value: ir.Value) -> ir.Value:
        """Put a number into every lane."""
        return self._spread(value, self.number)

    def load(self, place: ir.Value, mask: ir.Value | None = None) -> ir.Value:
        """Read a vector; lanes that are not marked are not read, and 0."""
        if mask is None:
            return self.builder.load(self.pointer(place), align=1)
        arguments = [self.pointer(place), ir.Constant(_INT32, 1), mask, self.zero]
        return self._call(f"llvm.masked.load.{self._suffix}.p0", self.kind, arguments)

    def store(self, place: ir.Value, value: ir.Value, mask: ir.Value | None = None) -> None:
        """Write a vector, or its marked lanes."""
        if mask is None:
            self.builder.store(value, self.pointer(place), align=1)
            return
        arguments = [value, self.pointer(place), ir.Constant(_INT32, 1), mask]
        self._call(f"llvm.masked.store.{self._suffix}.p0", ir.VoidType(), arguments)

    def multiply_add(self, x: ir.Value, y: ir.Value, z: ir.Value) -> ir.Value:
        """Give x * y + z, rounded once where the processor can, else twice."""
        return self._call(f"llvm.fmuladd.{self._suffix}", self.kind, [x, y, z])

    def prefetch(self, place: ir.Value) -> None:
        """Ask for a cache line that will be written."""
        pointer = self.builder.inttoptr(place, _BYTES)
        hints = [ir.Constant(_INT32, hint) for hint in (1, 3, 1)]
        self._call("llvm.prefetch.p0", ir.VoidType(), [pointer, *hints])

    def interleave(self, low: ir.Value, high: ir.Value, width: int) -> tuple[ir.Value, ir.Value]:
        """Swap the odd groups of `width` lanes of one vector with the even ones of another."""
        lanes = range(self.lanes)
        even = [i if not i & width else i - width + self.lanes for i in lanes]
        odd = [i + width if not i & width else i + self.lanes for i in lanes]
        masks = [ir.Constant(ir.VectorType(_INT32, self.lanes), order) for order in (even, odd)]
        first, second = (self.builder.shuffle_vector(low, high, mask) for mask in masks)
        return first, second

    def loop(
        self,
        count: ir.Value,
        step: int,
        values: Sequence[ir.Value],
        body: Callable[[ir.Value, Sequence[ir.Value]], Sequence[ir.Value]],
    ) -> Sequence[ir.Value]:
        """Write `for i in range(0, count, step): values = body(i, values)`; count may be 0."""
        builder = self.builder
        before = builder.block
        head, inside, after = (builder.append_basic_block(part) for part in ("head", "body", "end"))
        builder.branch(head)
        builder.position_at_end(head)
        i = builder.phi(INT)
        states = [builder.phi(value.type) for value in values]
        builder.cbranch(builder.icmp_signed("<", i, count), inside, after)
        builder.position_at_end(inside)
        results = [*body(i, states), builder.add(i, ir.Constant(INT, step))]
        starts = [*values, ir.Constant(INT, 0)]
        for state, start, result in zip([*states, i], starts, results, strict=True):
            state.add_incoming(start, before)
            state.add_incoming(result, builder.block)
        builder.branch(head)
        builder.position_at_end(after)
        return states


def declared(
    module: ir.Module, name: str, arguments: Sequence[ir.Type], result: ir.Type | None = None
) -> tuple[ir.Function, bool]:
    """Find or declare a function that is not inlined; tell whether it has yet to be written."""
    if name in module.globals:
        return module.globals[name], False
    kind = ir.FunctionType(result or ir.VoidType(), arguments)
    function = ir.Function(module, kind, name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    function.attributes.add("nounwind")
    return function, True


def _build_transpose(function: ir.Function, number: ir.Type) -> None:
    target, target_step, source, source_step, rows, columns = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    code = Vectors(builder, number)
    everything = code.mask(columns)
    vectors = []
    for row in range(code.lanes):
        # Of a row that does not exist no lane is read; its address must be a good one all the same,
        # because a processor is slow to find out that it need not complain.
        exists = builder.icmp_signed("<", ir.Constant(INT, row), rows)
        count = builder.select(exists, columns, ir.Constant(INT, 0))
        offset = builder.mul(source_step, ir.Constant(INT, row))
        place = builder.add(source, builder.select(exists, offset, ir.Constant(INT, 0)))
        vectors.append(code.load(place, everything if row == 0 else code.mask(count)))
    width = 1
    while width < code.lanes:
        for row in range(code.lanes):
            if not row & width:
                pair = code.interleave(vectors[row], vectors[row + width], width)
                vectors[row], vectors[row + width] = pair
        width *= 2
    for row, vector in enumerate(vectors):
        with builder.if_then(builder.icmp_signed("<", ir.Constant(INT, row), columns)):
            place = builder.add(target, builder.mul(target_step, ir.Constant(INT, row)))
            code.store(place, vector)
    builder.ret_void()


def _tile_function(module: ir.Module, number: ir.Type, rows: int, vectors: int) -> ir.Function:
    """Write the function of one height and width in vectors."""
    name = f"minitorch_tile_{number}_{rows}_{vectors}"
    function, is_new = declared(module, name, [number, *[INT] * 8])
    if not is_new:
        return function
    alpha, accumulate, depth, left, right, right_step, out, out_step, columns = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    code = Vectors(builder, number)
    places = [
        [
            code.shifted(builder.add(out, builder.mul(out_step, ir.Constant(INT, i))), j)
            for j in range(0, vectors * code.size, code.size)
        ]
        for i in range(rows)
    ]
    for row in places:
        code.prefetch(code.shifted(row[-1], code.size - 1))

    def body(i: ir.Value, sums: Sequence[ir.Value]) -> Sequence[ir.Value]:
        start = builder.add(right, builder.mul(i, right_step))
        row = [code.load(code.shifted(start, j * code.size)) for j in range(vectors)]
        base = builder.gep(builder.inttoptr(left, number.as_pointer()), [i])
        results = []
        for r in range(rows):
            place = builder.gep(base, [ir.Constant(INT, r * PANEL_STEP)])
            factor = code.spread(builder.load(place, align=code.itemsize))
            for j in range(vectors):
                results.append(code.multiply_add(factor, row[j], sums[r * vectors + j]))
        return results

    sums = code.loop(depth, 1, [code.zero] * (rows * vectors), body)
    scale = code.spread(alpha)
    masks = [code.mask(columns, j * code.lanes) for j in range(vectors)]
    flat = [place for row in places for place in row]
    with builder.if_else(builder.icmp_signed("!=", accumulate, ir.Constant(INT, 0))) as (yes, no):
        with yes:
            for number_, (place, value) in enumerate(zip(flat, sums, strict=True)):
                mask = masks[number_ % vectors]
                old = code.load(place, mask)
                code.store(place, code.multiply_add(value, scale, old), mask)
        with no:
            for number_, (place, value) in enumerate(zip(flat, sums, strict=True)):
                code.store(place, builder.fmul(value, scale), masks[number_ % vectors])
    builder.ret_void()
    return function


def _build_dot(function: ir.Function, number: ir.Type) -> None:
    left, right, count = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    code = Vectors(builder, number)
    step = _DOT_VECTORS * code.lanes
    whole = builder.and_(count, ir.Constant(INT, -step))

    def at(base: ir.Value, i: ir.Value) -> ir.Value:
        return builder.add(base, builder.mul(i, ir.Constant(INT, code.itemsize)))

    def body(i: ir.Value, sums: Sequence[ir.Value]) -> Sequence[ir.Value]:
        x, y = at(left, i), at(right, i)
        return [
            code.multiply_add(
                code.load(code.shifted(x, j * code.size)),
                code.load(code.shifted(y, j * code.size)),
                total,
            )
            for j, total in enumerate(sums)
        ]

    sums = list(code.loop(whole, step, [code.zero] * _DOT_VECTORS, body))
    while len(sums) > 1:
        half = len(sums) // 2
        sums = [builder.fadd(x, y) for x, y in zip(sums[:half], sums[half:], strict=True)]

    def rest(i: ir.Value, sums: Sequence[ir.Value]) -> Sequence[ir.Value]:
        i = builder.add(whole, i)
        mask = code.mask(builder.sub(count, i))
        x, y = code.load(at(left, i), mask), code.load(at(right, i), mask)
        return [code.multiply_add(x, y, sums[0])]

    [total] = code.loop(builder.sub(count, whole), code.lanes, sums, rest)
    lanes = [builder.extract_element(total, ir.Constant(_INT32, i)) for i in range(code.lanes)]
    while len(lanes) > 1:
        half = len(lanes) // 2
        lanes = [builder.fadd(x, y) for x, y in zip(lanes[:half], lanes[half:], strict=True)]
    builder.ret(lanes[0])


def _row_builder(scalar: Any, rows: int) -> Callable[..., Any]:
    """Write the call that adds one or several rows to another."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(scalar)
        name = f"minitorch_add_{rows}_{number}"
        scales, *places = arguments
        factors = [scales] if rows == 1 else cgutils.unpack_tuple(builder, scales, rows)
        kinds = [number] * rows + [INT] * len(places)
        function, is_new = declared(builder.module, name, kinds)
        if is_new:
            _build_add_rows(function, number, rows)
        builder.call(function, [*factors, *places])
        return context.get_dummy_value()

    return build


def _build_add_rows(function: ir.Function, number: ir.Type, rows: int) -> None:
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    code = Vectors(builder, number)
    factors = [code.spread(factor) for factor in function.args[:rows]]
    out, row, count, *step = function.args[rows:]
    starts = [row]
    for _ in range(rows - 1):
        starts.append(builder.add(starts[-1], step[0]))
    whole = builder.and_(count, ir.Constant(INT, -code.lanes))

    def add(i: ir.Value, mask: ir.Value | None) -> None:
        offset = builder.mul(i, ir.Constant(INT, code.itemsize))
        place = builder.add(out, offset)
        total = code.load(place, mask)
        for factor, start in zip(factors, starts, strict=True):
            total = code.multiply_add(factor, code.load(builder.add(start, offset), mask), total)
        code.store(place, total, mask)

    def body(i: ir.Value, _: Sequence[ir.Value]) -> Sequence[ir.Value]:
        add(i, None)
        return []

    code.loop(whole, code.lanes, [], body)
    add(whole, code.mask(builder.sub(count, whole)))
    builder.ret_void()
